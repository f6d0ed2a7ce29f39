"""Journals: what is written is read to the last bit, and a file of another kind stays as it is."""

import math
import os
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

import autograd as ag
from autograd.campaigns import PointError
from autograd.campaigns.encoding import decoded, encoded
from autograd.campaigns.journal import Journal
from tests.campaigns.work import square

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text()
)  # fmt: skip
KINDS = (
    hn.boolean_dtypes() | hn.integer_dtypes() | hn.floating_dtypes() | hn.complex_number_dtypes()
)
ARRAYS = hn.arrays(KINDS, hn.array_shapes(min_dims=0, min_side=0))
RESULTS = st.recursive(
    SCALARS | ARRAYS | hn.from_dtype(np.dtype("f4")) | hn.from_dtype(np.dtype("f8")),
    lambda x: st.lists(x) | st.lists(x).map(tuple) | st.dictionaries(st.integers() | st.text(), x),
    max_leaves=8,
)


def is_alike(x: Any, y: Any) -> bool:
    if type(x) is not type(y):
        return False
    if isinstance(x, (list, tuple)):
        return len(x) == len(y) and all(map(is_alike, x, y))
    if isinstance(x, dict):
        return [*x] == [*y] and all(map(is_alike, x.values(), y.values()))
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
    if isinstance(x, float):
        return (math.isnan(x) and math.isnan(y)) or struct.pack("d", x) == struct.pack("d", y)
    if isinstance(x, complex):
        return is_alike(x.real, y.real) and is_alike(x.imag, y.imag)
    return bool(x == y)


@given(x=RESULTS)
def test_results_are_read_as_they_were(x: Any) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        journal = Journal(path, "f", [0.5])
        journal.add([0], [x])
        journal.close()
        again = Journal(path, "f", [0.5])
        again.close()
    assert is_alike(again.done[0], x)


KEYS = ["int", "float", "complex", "tuple", "dict", "array", "x"]
DATA = st.none() | st.text() | st.integers() | st.lists(st.none() | st.integers() | st.text())


@given(st.dictionaries(st.sampled_from(KEYS), DATA | st.lists(DATA), max_size=2))
def test_what_was_not_written_by_it_is_read_or_refused(data: dict[str, Any]) -> None:
    with suppress(ValueError):
        assert not isinstance(decoded(data), bytes)
    with pytest.raises(ValueError, match="it holds no result"):
        decoded({"int": data})


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as found:
        yield found


def test_a_journal_is_read_instead_of_computing(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    path = tmp_path / "journal"
    calls: list[float] = []

    def inverse(x: float) -> float:
        calls.append(x)
        return 1 / x

    points = [2.0, 0.0, 4.0]
    first = [*ag.campaign(inverse, points, pool, journal=path)]
    assert sorted(calls) == [0.0, 2.0, 4.0]
    calls.clear()
    again = ag.campaign(inverse, points, pool, journal=path)
    assert [str(x) for x in again] == [str(x) for x in first]
    assert again.failures[1].trace == first[1].trace
    assert not calls
    assert [*ag.campaign(inverse, points, pool, journal=path, retry=True)][::2] == [0.5, 0.25]
    assert calls == [0.0], "what failed is tried again"


def test_a_line_that_is_torn_is_removed(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    path = tmp_path / "journal"
    expected = [*ag.campaign(square, [1.5, 2.5], pool, 1, journal=path)]
    whole = path.read_bytes()
    for size in range(whole.index(b"\n") + 1, len(whole)):
        path.write_bytes(whole[:size])
        assert [*ag.campaign(square, [1.5, 2.5], pool, 1, journal=path)] == expected
        assert sorted(path.read_bytes().split(b"\n")) == sorted(whole.split(b"\n"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"time,price\n1,2\n", "is no journal of a campaign; give the path of a new file"),
        (b"x", "is no journal of a campaign"),
        (b"[" * 100_000 + b"\n", "is no journal of a campaign"),
        (b'{"campaign": 2}\n', "is no journal of a campaign"),
        (None, "is the journal of another campaign: of square at 2 points, while this one is of "),
    ],
)
def test_other_files_are_refused_and_stay(
    tmp_path: Path, pool: ThreadPoolExecutor, content: bytes | None, told: str
) -> None:
    path = tmp_path / "journal"
    if content is None:
        [*ag.campaign(square, [1.0, 2.0], pool, journal=path)]
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    for f, points in ((square, [1.0, 2.5]), (square, [1.0]), (abs, [1.0, 2.0])):
        with pytest.raises(ValueError, match="campaign: ") as caught:
            ag.campaign(f, points, pool, journal=path)
        assert told in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "line", [b"{}", b"1", b'{"i":9,"y":1}', b'{"i":0,"y":{"eval":"1"}}', b'{"i":0,"error":[1]}']
)
def test_damaged_lines_are_named(tmp_path: Path, pool: ThreadPoolExecutor, line: bytes) -> None:
    path = tmp_path / "journal"
    [*ag.campaign(square, [1.0, 2.0], pool, journal=path)]
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(ValueError, match=r"line 4 of .*journal is damaged; remove that line"):
        ag.campaign(square, [1.0, 2.0], pool, journal=path)


def test_what_cannot_be_written_is_named(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    told = r"the result of points\[1\] is or has set \{2\} at \['x'\]\[0\], which a journal can't"
    with pytest.raises(TypeError, match=told):
        [
            *ag.campaign(
                lambda x: {"x": [{x} if x > 1 else x]}, [1, 2], pool, 1, journal=tmp_path / "a"
            )
        ]
    path = tmp_path / "b"
    with pytest.raises(TypeError, match=r"points\[0\] is or has an object .*, by which a journal"):
        ag.campaign(square, [object()], pool, journal=path)
    assert not path.exists()
    with pytest.raises(TypeError, match=r"is or has Value"):
        [*ag.campaign(ag.Value, [1.0], pool, journal=path)]


def test_two_campaigns_do_not_share_a_journal(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    pytest.importorskip("fcntl")
    path = tmp_path / "journal"
    with ag.campaign(square, [1.0], pool, journal=path):  # noqa: SIM117  # it is held here
        with pytest.raises(ValueError, match=r"another campaign writes .*journal now"):
            ag.campaign(square, [1.0], pool, journal=path)
    assert [*ag.campaign(square, [1.0], pool, journal=path)] == [1.0]


@pytest.mark.skipif(os.name != "posix", reason="there are no such files")
def test_what_may_have_no_end_is_no_journal(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in ("/dev/zero", tmp_path / "pipe"):
        with pytest.raises(OSError, match="it is a device, a pipe or a socket, not a regular file"):
            ag.campaign(square, [1.0], pool, journal=path)


def test_another_function_of_the_same_points_is_told(
    tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    path = tmp_path / "journal"
    [*ag.campaign(square, [1.0, 2.0], pool, journal=path)]
    with pytest.raises(ValueError, match=r"of square at 2 points, while this one is of abs at 2$"):
        ag.campaign(abs, [1.0, 2.0], pool, journal=path)


def test_arrays_of_points_are_known_by_their_bytes(
    tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    path, points = tmp_path / "journal", np.array([[0.0, 1.0]])
    [*ag.campaign(square, points, pool, journal=path)]
    for other in (-points, points.astype("f4"), points.reshape(1, 2, 1)):
        with pytest.raises(ValueError, match=r"another campaign: .*, which differ"):
            ag.campaign(square, other, pool, journal=path)
    (again,) = ag.campaign(square, points.copy(), pool, journal=path)
    np.testing.assert_array_equal(again, [0.0, 1.0])


def test_failures_say_where_they_were(tmp_path: Path) -> None:
    error = PointError("ValueError", "no", "", 3)
    assert str(error) == "points[3]: ValueError: no"
    with pytest.raises(TypeError, match="set"):
        encoded({1, 2})
