"""Campaigns: each point has a result or a failure, in order, whatever happens to a worker."""

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd.campaigns import PointError
from autograd.campaigns.sizing import Sizes
from autograd.campaigns.working import computed
from tests.campaigns.work import NotLoaded, odd, once, slow, square, wave


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


@given(st.lists(st.floats(allow_nan=False)), st.none() | st.integers(1, 9))
def test_results_have_the_order_of_the_points(
    threads: ThreadPoolExecutor, points: list[float], chunk: int | None
) -> None:
    found = ag.campaign(square, points, threads, chunk)
    assert len(found) == len(points)
    assert [*found] == [x * x for x in points]
    assert not found.failures


def test_results_come_before_all_points_are_done(threads: ThreadPoolExecutor) -> None:
    asked = []

    def noted(x: int) -> int:
        asked.append(x)
        return x

    with ag.campaign(noted, range(1000), threads, 1) as found:
        assert next(found) == 0
    assert len(asked) < 1000
    with pytest.raises(RuntimeError, match="campaign: it has been closed"):
        next(found)


def test_arrays_are_points_by_their_rows(threads: ThreadPoolExecutor) -> None:
    rows = np.arange(12.0).reshape(4, 3)
    np.testing.assert_array_equal([*ag.campaign(square, rows, threads, 3)], rows * rows)


def test_what_a_point_does_stays_with_it() -> None:
    """Also where it ends its process; the others are computed all the same."""
    found = ag.campaign(odd, [*range(12)], 2, 5)
    results = [*found]
    assert {i: error.kind for i, error in found.failures.items()} == {
        3: "ValueError",
        5: "SystemExit",
        7: "WorkerDied",
        9: "TypeError",
    }
    assert [i for i, x in enumerate(results) if isinstance(x, PointError)] == [3, 5, 7, 9]
    assert [x for x in results if not isinstance(x, PointError)] == [0, 1, 4, 16, 36, 64, 100, 121]
    assert str(results[3]) == "points[3]: ValueError: three and more"
    assert "in odd" in results[3].trace


def test_a_process_that_ends_once_costs_nothing(tmp_path: Path) -> None:
    found = ag.campaign(functools.partial(once, str(tmp_path)), range(4), 1, 3)
    assert [*found] == [*range(4)]


def test_functions_that_workers_cannot_load_stop_it_at_once() -> None:
    with pytest.raises(TypeError, match="a worker can't load the function: ImportError: no such"):
        next(ag.campaign(NotLoaded(), range(4), 1))


def test_compiled_functions_take_a_chunk_as_rows() -> None:
    points = [(0.1 * i, np.array([i, -1.0])) for i in range(12)]
    f = ag.compile(wave)
    expected = [f(point) for point in points]
    rows = []
    plain = f.rows
    f.rows = lambda *args: rows.append(1) or plain(*args)
    _, found = computed(f, points)
    assert rows == [1], "one call for all"
    for x, y in zip(found, expected):
        assert x.keys() == y.keys()
        assert type(x["sum"]) is type(y["sum"])
        assert x["sum"] == y["sum"]
        assert x["both"][0] == y["both"][0]
        np.testing.assert_array_equal(x["both"][1], y["both"][1])


@pytest.mark.parametrize(
    "points",
    [
        [(x, np.ones(2)) for x in [1.0] * 9 + [-1.0]],
        [(1.0, np.ones(2))] * 9 + [(1.0, np.ones(3))],
        [(1.0, np.ones(2))] * 9 + [(2, np.ones(2))],
    ],
)
def test_chunks_of_unlike_points_are_computed_one_by_one(points: list[Any]) -> None:
    _, found = computed(ag.compile(wave), points)
    for point, x in zip(points, found):
        if point[0] < 0:
            assert isinstance(x, PointError)
        else:
            np.testing.assert_array_equal(x["both"][1], wave(point)["both"][1])


class Breaking(ThreadPoolExecutor):
    """Pool that breaks after some chunks."""

    def __init__(self, after: int) -> None:
        super().__init__(1)
        self.left = after

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        self.left -= 1
        if self.left < 0:
            raise BrokenExecutor("a worker ended")
        return super().submit(*args, **kwargs)


def test_an_executor_that_breaks_stops_the_campaign_which_goes_on_later(tmp_path: Path) -> None:
    path, asked = tmp_path / "journal", []

    def noted(x: int) -> int:
        asked.append(x)
        return x

    with Breaking(5) as pool, pytest.raises(BrokenExecutor) as caught:
        [*ag.campaign(noted, range(10), pool, 1, journal=path)]
    assert "the executor broke: BrokenExecutor: a worker ended; " in str(caught.value)
    assert f"of 10 points are done, and in {path}" in str(caught.value)
    before = path.read_text().count("\n") - 1
    assert before > 0
    asked.clear()
    with ThreadPoolExecutor(2) as pool:
        assert [*ag.campaign(noted, range(10), pool, journal=path)] == [*range(10)]
    assert sorted(asked) == [*range(before, 10)]


def test_an_executor_that_is_closed_is_told(threads: ThreadPoolExecutor) -> None:
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with pytest.raises(BrokenExecutor, match="cannot schedule new futures after shutdown; 0 of 3"):
        [*ag.campaign(square, range(3), closed)]


PROGRAM = """
import functools, signal, sys, autograd as ag
from tests.campaigns.work import gated
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has none
    print(*ag.campaign(functools.partial(gated, sys.argv[1]), range(60), 1, 1, journal=sys.argv[2]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_killed_and_interrupted_campaigns_go_on(tmp_path: Path) -> None:
    """And their workers end."""
    program, journal = tmp_path / "program.py", tmp_path / "journal"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program), str(tmp_path), str(journal)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}

    def begun() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def lines() -> int:
        return journal.read_text().count("\n") if journal.exists() else 0

    for count, end in enumerate((signal.SIGKILL, signal.SIGINT), 1):
        run = begun()
        _until(lambda: len([*tmp_path.glob("waits*")]) == count)  # noqa: B023  # it is called here
        if end == signal.SIGINT:
            os.killpg(run.pid, end)  # as a terminal does: to all of them
        else:
            run.send_signal(end)
        _, told = run.communicate(timeout=30)  # ends when the workers have closed their ends, too
        assert run.returncode != 0
        assert ("KeyboardInterrupt" in told) == (end == signal.SIGINT)
        assert 1 < lines() <= 21
        _until(lambda: not _has_group(run.pid))  # noqa: B023  # the same
    (tmp_path / "open").touch()
    found, told = begun().communicate(timeout=60)
    assert found.split() == [str(x * x) for x in range(60)], told
    assert lines() == 61, "no point twice"


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def _has_group(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_programs_without_a_guard_are_told_what_is_missing(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import autograd as ag\n"
        "from tests.campaigns.work import square\n"
        "print(*ag.campaign(square, range(3), 1))\n"
    )
    found = subprocess.run(
        [sys.executable, str(program)], env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert found.returncode == 1
    assert "under `if __name__ == '__main__':`" in found.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: ag.campaign(3, [1]), "campaign: got int 3; it needs a function of one point"),
        (lambda: ag.campaign(square, (x for x in "ab")), "as points; it needs a list or an array"),
        (lambda: ag.campaign(square, {1, 2}), "got set {1, 2} as points; it needs a list"),
        (lambda: ag.campaign(square, {1: 2}), "got dict {1: 2} as points; it needs a list"),
        (lambda: ag.campaign(square, 5), "got int 5 as points; it needs a list"),
        (lambda: ag.campaign(square, np.array(5.0), 1), "array(5.) as points; it needs a list"),
        (lambda: ag.campaign(square, [1], chunk=0), "got chunk=0; it must be 1, 2, ..."),
        (lambda: ag.campaign(square, [1], chunk=True), "got chunk=True; it must be 1, 2, ..."),
        (lambda: ag.campaign(square, [1], chunk=2.0), "got chunk=2.0; it must be 1, 2, ..."),
        (lambda: ag.campaign(square, [1], 0), "got executor=0; a number of processes is from 1"),
        (lambda: ag.campaign(square, [1], "8"), "got str '8' as executor; it takes a number of"),
        (lambda: ag.campaign(square, [1], True), "got bool True as executor; it takes a number"),
        (lambda: ag.campaign((x for x in "a").__next__, [1], 1), "can't be sent to other processes"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(call: Callable[[], Any], told: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_counts_may_be_integers_of_numpy() -> None:
    assert [*ag.campaign(square, [1.0, 3.0], np.int64(1), np.int8(2))] == [1.0, 9.0]


def test_on_a_console_it_says_how_far_it_is(threads: ThreadPoolExecutor) -> None:
    found = ag.campaign(functools.partial(odd), [1.0, 2.0, 3.0], threads)
    assert repr(found) == "<campaign of odd at 3 points: 0 given, 0 failed>"
    assert [*found]
    assert repr(found) == f"<campaign of odd at 3 points: 3 given, {len(found.failures)} failed>"


def test_points_that_cannot_be_sent_fail_alone() -> None:
    found = [*ag.campaign(type, [1, (x for x in "a"), 2], 1, 3)]
    assert [found[0], found[2]] == [int, int]
    assert found[1].kind == "TypeError"


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=30),
    st.integers(1, 10**6),
    st.integers(1, 1000),
)
def test_chunks_take_a_time_that_a_dispatcher_can_serve(
    seconds: list[float], left: int, workers: int
) -> None:
    """And the last ones are small, and none is far beyond those that were timed."""
    sizes, most = Sizes(None), 1
    assert sizes.next(left, workers) == 1
    for each in seconds:
        sizes.note(most, each * most)
        size = sizes.next(left, workers)
        assert 1 <= size <= 16 * most
        assert size == 1 or size * sizes._each <= 10.0
        assert size <= max(left / (2 * workers) + 1, 0.005 / sizes._each)
        most = max(size, most)


def test_a_bar_counts_points_and_failures(
    threads: ThreadPoolExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    [*ag.campaign(lambda x: 1 / x, range(8), threads, 2, progress=True)]
    told = capsys.readouterr().err
    assert "8/8" in told
    assert "failed=1" in told
    [*ag.campaign(square, range(8), threads)]
    assert not capsys.readouterr().err, "there is no terminal"


def test_slow_points_are_shared(threads: ThreadPoolExecutor) -> None:
    begin = time.perf_counter()
    assert [*ag.campaign(slow, range(30), threads)] == [x * x for x in range(30)]
    assert time.perf_counter() - begin < 30 * 0.02 + 0.5
