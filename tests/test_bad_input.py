"""Bad input: one line that names the function, says what it got and what it needs."""

import re
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.rules.complexes import COUNTERPARTS
from autograd.rules.elementary import BUILT_IN, TABLE
from autograd.tensors.complexes import TAKE_COMPLEX

pytestmark = pytest.mark.both

M, V3, S = np.arange(1.0, 7.0).reshape(2, 3), np.array([1.0, 2.0, 3.0]), np.eye(3) + 1.0

AXIS = [7, "a", 1.5]
"""Axes that no array has: each function of arrays refuses each of them."""
ALONG = ("prod any all argmax argmin median cumsum cumprod sort argsort squeeze flip diff").split()
SHAPES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("squeeze", (M,), {"axis": 0}),
    ("expand_dims", (M,), {"axis": 7}),
    ("swapaxes", (M, 0, 5), {}),
    ("moveaxis", (M, 0, 5), {}),
    ("moveaxis", (M, (0, 1), 0), {}),
    ("broadcast_to", (M, (2, 4)), {}),
    ("roll", (M, 1), {"axis": 5}),
    ("repeat", (M, [1, 2, 3, 4]), {}),
    ("repeat", (M, -1), {}),
    ("tile", (M, -1), {}),
    ("tile", (M, "a"), {}),
    ("take", (M, [9]), {}),
    ("take_along_axis", (M, np.array([0]), 1), {}),
    ("pad", (M, "a"), {}),
    ("split", (V3, 2), {}),
    ("split", (V3, 3), {"axis": 4}),
    ("diag", (np.ones((2, 3, 4)),), {}),
    ("diagonal", (V3,), {}),
    ("trace", (V3,), {}),
    ("tril", (M, "a"), {}),
    ("concatenate", ([M, V3],), {}),
    ("stack", ([M, V3],), {}),
    ("stack", ([V3],), {"axis": 9}),
    ("reshape", (M, (4, 2)), {}),
    ("transpose", (M, (0, 0)), {}),
    ("transpose", (M, (0, 1, 2)), {}),
    ("matmul", (M, M), {}),
    ("dot", (M, M), {}),
    ("inner", (M, S[:2, :2]), {}),
    ("outer", (V3, np.array(["a"])), {}),
    ("tensordot", (M, V3), {"axes": 2}),
    ("diff", (V3,), {"n": -1}),
    ("clip", (V3, "a", 1.0), {}),
    ("where", (True, V3, M[:, :2]), {}),
    ("hypot", (V3, M[:, :2]), {}),
    ("hypot", (V3, 1j * V3), {}),
    ("maximum", (V3, "a"), {}),
    ("add", (V3, np.array(["a", "b", "c"])), {}),
]
CASES = [(name, (M,), {"axis": axis}) for name in ALONG for axis in AXIS] + SHAPES


def nodes_of(x: Any) -> Any:
    """The first operand as a Tensor; of a list each."""
    return [Tensor(each) for each in x] if isinstance(x, list) else Tensor(x)


def ways(name: str, operands: tuple[Any, ...], options: dict[str, Any]) -> dict[str, str]:
    """What np.f(t), t.f() and ag.f(t) say."""
    place = 1 if name == "where" else 0
    given: list[Any] = [*operands]
    given[place] = nodes_of(given[place])
    calls = {
        "ag": lambda: getattr(ag, name)(*given, **options),
        "np": lambda: getattr(np, name)(*given, **options),
    }
    if place == 0 and hasattr(given[0], name) and name != "sort":  # which sorts in place
        calls["t"] = lambda: getattr(given[0], name)(*given[1:], **options)
    told = {}
    for way, call in calls.items():
        if not hasattr({"ag": ag, "np": np}.get(way, given[0]), name):
            continue
        with pytest.raises((TypeError, ValueError, IndexError)) as caught:
            call()
        told[way] = str(caught.value)
    return told


@pytest.mark.parametrize(
    ("name", "operands", "options"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)
def test_a_refusal_names_the_function_whichever_way_it_was_called(
    name: str, operands: tuple[Any, ...], options: dict[str, Any]
) -> None:
    for way, told in ways(name, operands, options).items():
        assert re.match(rf"(np\.)?{name}: got \S", told), (way, told)
        assert "\n" not in told
        assert len(told) < 200
        needs = told.partition("; ")[2]
        assert needs.strip(), (way, told)


OTHERS = {
    "text": "text", "nothing": None, "an object": object(), "complex": 1j, "complex array": 1j * S,
    "a ragged list": [[1.0, 2.0], [3.0]], "words": np.array(["a", "b"]), "a dict": {"a": 1.0},
}  # fmt: skip
REAL = (
    "sum mean prod max min var std norm logsumexp softmax log_softmax matmul reshape transpose"
    " linear conv2d max_pool2d avg_pool2d layer_norm batch_norm dropout embedding"
).split()
MORE: dict[str, tuple[Any, ...]] = {
    "matmul": (S,), "dot": (S,), "reshape": ((9,),), "linear": (S,), "conv2d": (np.ones((1, 1, 1, 1)),),
    "max_pool2d": (1,), "avg_pool2d": (1,), "dropout": (0.5,), "embedding": ([0],),
}  # fmt: skip


def takes_complex(name: str) -> bool:
    """Whether complex numbers are answered, as tests/test_complex.py holds them to be."""
    row = TABLE.get(name)
    return name in TAKE_COMPLEX if row is None else row.takes_complex or row in COUNTERPARTS


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("name", [*REAL, *sorted(BUILT_IN)])
def test_operands_that_are_no_real_numbers_are_refused(name: str, what: str) -> None:
    if name == "where":  # whose first operand is a condition
        return
    if "complex" in what and takes_complex(name):
        return
    more = (S,) * (len(TABLE[name].operands) - 1) if name in TABLE else MORE.get(name, ())
    with pytest.raises((TypeError, ValueError), match=rf"^{name}: got ") as caught:
        getattr(ag, name)(OTHERS[what], *more)
    assert "\n" not in str(caught.value)


ONLY_ARRAYS: dict[str, tuple[Any, ...]] = {
    "matmul": (S,), "diag": (), "diagonal": (), "trace": (), "tril": (), "split": (2,), "diff": (),
    "sort": (), "softmax": (), "layer_norm": (), "batch_norm": (), "embedding": ([0],),
    "linear": (S,), "conv2d": (S,), "max_pool2d": (2,), "swapaxes": (0, 1), "transpose": ((1, 0),),
    "reshape": ((2,),), "moveaxis": (0, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", ONLY_ARRAYS)
def test_a_value_where_only_arrays_make_sense_is_refused(name: str) -> None:
    for x in (Value(2.0), Tensor(2.0), 2.0):
        with pytest.raises((TypeError, ValueError, IndexError)) as caught:
            getattr(ag, name)(x, *ONLY_ARRAYS[name])
        if not isinstance(x, float):  # of plain numbers NumPy says it
            assert re.match(rf"(np\.)?{name}: got \S", str(caught.value)), str(caught.value)
            assert "\n" not in str(caught.value)
    for name in ag.linalg.__all__:
        if name in ("inv", "det", "cholesky", "slogdet"):
            with pytest.raises(ValueError, match=rf"^(linalg\.)?{name}: got shape \(\); "):
                getattr(ag.linalg, name)(Value(2.0))


def test_a_function_of_the_users_keeps_its_own_error() -> None:
    def mine(row: Any) -> Any:
        raise ValueError("mine: got a row")

    with pytest.raises(ValueError, match=r"^mine: got a row$"):
        np.piecewise(Tensor(V3), [V3 > 1], [mine])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ag.softmax(Tensor(M), dim=0), "softmax: got dim=; write axis="),
        (lambda: ag.norm(Tensor(M), keepdim=True), "norm: got keepdim=; write keepdims="),
        (lambda: ag.concatenate([Tensor(M)], dim=0), "concatenate: got dim=; write axis="),
        (
            lambda: ag.sum(Tensor(M), nonsense=0),
            "sum: got nonsense=; it has axis, dtype, out, keepdims, initial, where",
        ),
    ],
)
def test_options_that_do_not_exist(call: Any, words: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).endswith(words)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_an_operand_too_many_is_refused_and_nothing_is_written(name: str) -> None:
    """NumPy's ufuncs take it for an array to write into."""
    operands: list[Any] = [Tensor([1.0, 2.0]) for _ in range(len(TABLE[name].operands) + 1)]
    with pytest.raises(TypeError, match=rf"^{name}: got {len(operands)} operands; it needs"):
        getattr(ag, name)(*operands)
    assert all(x.data.tolist() == [1.0, 2.0] for x in operands)
