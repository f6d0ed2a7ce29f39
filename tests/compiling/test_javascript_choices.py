"""Choices by numbers on a page: made anew, or guards that tell where they would be others."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.compiling.comparisons import compared
from autograd.compiling.javascript import computation, library
from tests.compiling.javascript import NODE
from tests.compiling.test_javascript import result

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node")

WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0])
START = np.array([3.0, 1.0, 2.0, 10.0])
POINTS = [[3.0, 1.0, 2.5, 9.0], [1.0, 5.0, 0.0, 2.0], [2.0, 2.0, 1.0, 2.0], [-0.0, 0.0, np.inf, -1]]
KNOWN: dict[str, Callable[[Any], Any]] = {
    "sort": np.sort,
    "falling": lambda x: -ag.sort(-x),
    "partition": lambda x: np.partition(x, 1),
    "median": np.median,
    "nanmedian": np.nanmedian,
    "quantile": lambda x: np.quantile(x[:3], [0.3, 0.6]).sum(),
    "percentile": lambda x: np.percentile(x, 90, method="lower"),
    "rows": lambda x: np.sort(x.reshape(2, 2), 0).reshape(4),
    "columns": lambda x: np.median(x.reshape(2, 2), 1).sum(),
    "max": lambda x: x.max(),
    "tied": lambda x: np.minimum(x, 2.0),
}
"""Functions whose choices a graph knows, also one that nobody watched."""
WATCHED: dict[str, Callable[[Any], Any]] = {
    "argmax": lambda x: x[np.argmax(x)],
    "argmin": lambda x: x[x.argmin()],
    "argmax of rows": lambda x: np.take_along_axis(x.reshape(2, 2), np.argmax(x.reshape(2, 2), 1, keepdims=True), 1).sum(),
    "argsort": lambda x: np.take_along_axis(x, np.argsort(x), 0),
    "nonzero": lambda x: x[np.nonzero(x)].sum(),
    "largest so far": np.maximum.accumulate,
    "interp at": lambda x: np.interp(x, WEIGHTS, WEIGHTS**2),
    "interp of": lambda x: np.interp(1.5, WEIGHTS, x),
    "interp by": lambda x: np.interp(2.5, np.sort(x), WEIGHTS),
    "where": lambda x: np.where(x > 2.0, x, -x),
    "any": lambda x: x if np.any(x) else -x,
    "nan": np.nan_to_num,
    "sum of known": np.nansum,
}  # fmt: skip
"""Functions whose choices are known where the function is watched."""


STEADY = {"interp of", "sum of known"}
"""Those that choose alike at all points."""


def total(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: ag.sum(f(x) * (WEIGHTS if np.shape(f(x)) else 1.0))


def anew(f: Callable[[Any], Any], is_watched: bool) -> list[Any]:
    """What is found at each point: what stops it, or the sum and its gradient."""
    x = Tensor(START, name="x")
    root, comparisons = compared(lambda: total(f)(x))
    found = computation([root], [x], comparisons if is_watched else ())
    assert found.inputs == [0]
    script = f"{library()}\nconst c = {found.text}; const result = []; let s;"
    for point in POINTS:
        puts = "".join(f"c.set(0, {number}, {k});" for k, number in enumerate(point))
        script += f"{puts.replace('inf', 'Infinity')} s = c.forward(); c.backward();"
        script += "result.push(s ?? [...c.value(c.root), ...c.gradient(0)].map(String));"
    return list(result(script))


def right(f: Callable[[Any], Any], point: list[float]) -> list[float]:
    x = Tensor(point)
    root = total(f)(x)
    root.backward()
    return [root.item(), *x.grad.tolist()]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", KNOWN)
def test_orders_are_computed_anew(name: str) -> None:
    for found, point in zip(anew(KNOWN[name], False), POINTS):
        expected = right(KNOWN[name], point)
        assert np.allclose([*map(float, found)], expected, 1e-15, equal_nan=True), point


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", WATCHED)
def test_other_choices_are_guards_that_hold_where_the_graph_does(name: str) -> None:
    stops = name in STEADY
    for found, point in zip(anew(WATCHED[name], True), POINTS):
        if isinstance(found, dict):
            stops = True
        else:
            assert np.allclose([*map(float, found)], right(WATCHED[name], point), equal_nan=True)
    assert stops


def test_a_number_that_is_sorted_and_gets_nan_stops() -> None:
    x = Tensor(START, name="x")
    found = computation([np.median(x)], [x])
    script = f"{library()}\nconst c = {found.text}; c.set(0, NaN, 2); const result = c.forward();"
    assert "node" in result(script)


def read(f: Callable[[Any], Any], x: Any) -> tuple[list[int], list[str]]:
    root, comparisons = compared(lambda: f(x))
    found = computation([root], [x], comparisons)
    return found.inputs, [*found.read.values()]


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (lambda x: x.sum() * len(np.unique(x)), "unique"),
        (lambda x: x.sum() * float(np.allclose(x, 1.0)), "allclose"),
        (lambda x: np.unwrap(x).sum(), "unwrap"),
        (lambda x: (x * np.spacing(x)).sum(), "a function without a slope"),
        (lambda x: np.quantile(x, 0.5, weights=np.ones(4), method="inverted_cdf"), "quantile"),
    ],
)
def test_inputs_stay_where_no_comparison_of_an_answer_is_known(f: Any, what: str) -> None:
    assert read(f, Tensor(START, name="x")) == ([], [what])


def test_inputs_stay_where_a_function_reads_their_numbers() -> None:
    x = Value(2.0, name="x")
    assert read(lambda x: x * round(x), x) == ([], ["round"])
    assert read(lambda x: x * ag.maximum(x, 1.0) / abs(x), x) == ([0], [])


def test_guards_name_the_elements_that_are_compared() -> None:
    x = Tensor(START, name="x")
    root, comparisons = compared(lambda: x[np.argmax(x)])
    found = computation([root], [x], comparisons)
    script = f"{library()}\nconst c = {found.text}; const result = [];"
    script += "for (let k = 0; k < c.guards.length; k++) { const g = c.guard(k); result.push([g.op, ...g.of]); }"
    assert result(script) == [["lt", [0, k], [0, 3]] for k in range(3)]


def test_lists_of_values_that_are_sorted_tell_their_order() -> None:
    xs = [Value(3.0, name="a"), Value(1.0, name="b")]
    _, comparisons = compared(lambda: ag.sort(np.array(xs, object))[0] * 1.0)
    assert [(op, x.name, y.name, answer) for op, x, y, answer in comparisons] == [
        ("le", "b", "a", True)
    ]
