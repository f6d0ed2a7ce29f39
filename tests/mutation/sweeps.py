"""What kills a wrong sweep: random graphs with shared parts, against differences in mpmath.

The sweeps are those of Python, which the C core does in the same way; the twins are compared bit
for bit elsewhere (test_twins.py).
"""

from __future__ import annotations

import functools
import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

import autograd as ag
from autograd import Tensor, Value, derivatives, value
from autograd.checking.reals import REALS, precision, real
from autograd.rules import structural
from autograd.tensors import graphs as tensor_graphs
from autograd.tensors import sweeps as tensor_sweeps
from autograd.tensors.node import bare
from tests.mutation.arrays import Target
from tests.mutation.programs import Function, written
from tests.mutation.rows import drawn
from tests.random_graphs import Graph, graphs

POINT = (0.3, -0.7, 1.1)
KINDS = {
    "= for +=", "sign", "factor 2", "+0.1 %", "dropped term", "dropped factor", "wrong branch",
    "not summed to shape",
}  # fmt: skip
"""What is changed: the sums, and which way is taken; the rest of a sweep is bookkeeping."""
PATIENCE = 1.0
"""Seconds of the processor that a sweep or a test may take: some mutants would go on for ever."""


SHARED = Graph(3, (
    ("sin", (0,)), ("sin", (1,)), ("product", (3, 4)), ("sum", (3, 4)), ("sum", (5, 6)), ("tanh", (2,)),
), 2)  # fmt: skip
"""Of x + y both get one and the same array, to which what else comes must not be added in place."""


@functools.cache
def functions() -> list[Graph]:
    """Graphs of three leaves and two results."""
    return [SHARED, *drawn(graphs(leaves=3, most=7, outputs=2), 30)]


@functools.cache
def exact(graph: Graph, at: tuple[float, ...] = POINT) -> list[list[float]]:
    """The derivatives of each result by each leaf, from values of 60 digits."""
    with precision(200):
        h = real(2.0**-60)
        columns = []
        for i in range(graph.leaves):
            ends = []
            for sign in (1, -1):
                xs = [real(x) for x in at]
                xs[i] = xs[i] + sign * h
                ends.append(graph(REALS, xs))
            columns.append([float((a - b) / (h + h)) for a, b in zip(*ends)])
    return [list(row) for row in zip(*columns)]


def close(found: Any, expected: Any) -> bool:
    """Equal up to rounding."""
    return bool(np.allclose(np.asarray(found, float), expected, rtol=1e-9, atol=1e-12))


# Each runs one sweep, mutated or not, over one graph


def _of_values(run: Callable[..., Any]) -> Callable[[Function, Graph], bool]:
    def is_right(function: Function, graph: Graph) -> bool:
        xs = [Value(x) for x in POINT]
        return bool(run(function, graph(ag, xs), xs, exact(graph)))

    return is_right


def left_out() -> tuple[Value, list[Value], list[float]]:
    """A result, leaves and its slopes by them; an infinite slope stands behind what is left out."""
    x, w = Value(0.0), Value(2.0)
    return ag.max([ag.sqrt(x), 1.0]) + 3.0 * x * w + ag.sin(x + w * 0.0), [x, w], [7.0, 0.0]


def _adjoints(f: Function, ys: list[Value], xs: list[Value], J: list[list[float]]) -> bool:
    found = f(ys[0], 3.0)
    y, leaves, slopes = left_out()
    strict = f(y, 3.0)
    return close([found.get(x, 0.0) for x in xs], [3.0 * d for d in J[0]]) and close(
        [strict[x] for x in leaves], [3.0 * d for d in slopes]
    )


def _reverse(f: Function, ys: list[Value], xs: list[Value], J: list[list[float]]) -> bool:
    found = f([*ys, ys[0]], xs, [[2.0, -1.0, 0.5], [0.0, 1.0, 0.0]])
    y, leaves, slopes = left_out()
    strict = f([y], leaves, [[3.0]])
    return close(found, np.array([[2.5, -1.0], [0.0, 1.0]]) @ J) and close(
        strict, [[3.0 * d for d in slopes]]
    )


def _forward(f: Function, ys: list[Value], xs: list[Value], J: list[list[float]]) -> bool:
    tangents = np.array([[2.0, -1.0, 0.5], [0.0, 1.0, 0.0]])
    y, leaves, slopes = left_out()
    strict = f([y], leaves, [[3.0, 1.0]])
    return close(f(ys, xs, tangents.tolist()), tangents @ np.transpose(J)) and close(
        strict, [[3.0 * slopes[0]]]
    )


def _graph(f: Function, ys: list[Value], xs: list[Value], J: list[list[float]]) -> bool:
    found = f([*ys, ys[0]], xs, [2.0, -1.0, 0.5])
    y, leaves, slopes = left_out()
    strict = f([y], leaves, [3.0])
    return close([g.data for g in found], np.array([2.5, -1.0]) @ J) and close(
        [g.data for g in strict], [3.0 * d for d in slopes]
    )


LAYOUTS: tuple[tuple[Any, ...], ...] = (
    ((2, 3), (3,), (2, 1)), ((2, 3), (2, 3), (2, 3)), ((2, 3), Value, Value),
)  # fmt: skip
"""The shapes of the leaves: they broadcast, or are equal, or some are Values."""
WEIGHTS = (2.0, -1.0, 0.5)
"""The seeds of the two results, and of the first once more."""


def _array(i: int, layout: tuple[Any, ...]) -> Any:
    if layout[i] is Value:
        return np.array(POINT[i])
    return POINT[i] + np.linspace(-0.1, 0.1, math.prod(layout[i])).reshape(layout[i])


@functools.cache
def exact_sums(graph: Graph, layout: tuple[Any, ...]) -> list[float]:
    """What the elements of each leaf get together, one element of the results at a time."""
    columns = [np.broadcast_to(_array(i, layout), (2, 3)) for i in range(len(layout))]
    found = np.zeros(len(layout))
    for at in np.ndindex(2, 3):
        found += np.array([2.5, -1.0]) @ exact(graph, tuple(float(c[at]) for c in columns))
    return found.tolist()


def _of_tensors(run: Callable[..., Any]) -> Callable[[Function, Graph], bool]:
    """Of each leaf, the derivative by all of its elements together."""

    def is_right(function: Function, graph: Graph) -> bool:
        if graph is SHARED and not _untaken(run, function):
            return False
        for layout in LAYOUTS:
            arrays = [_array(i, layout) for i in range(len(layout))]
            xs = [
                Value(a.item()) if kind is Value else Tensor(a) for a, kind in zip(arrays, layout)
            ]
            ys = graph(ag, xs)
            if not all(type(y) is Tensor and y.shape == (2, 3) for y in ys):
                continue
            found = run(function, [*ys, ys[0]], xs, [np.full((2, 3), w) for w in WEIGHTS])
            if not all(np.shape(g) == a.shape for g, a in zip(found, arrays)):
                return False
            if not close([np.sum(g) for g in found], exact_sums(graph, layout)):
                return False
        return True

    return is_right


def _untaken(run: Callable[..., Any], function: Function) -> bool:
    """Whether what `where` has not chosen contributes nothing, whatever its slope."""
    for weights in (np.array([1.0, 1.0, 1.0]), np.array([1.0, 2.0, 0.0])):
        x = Tensor(np.array([0.0, 4.0, 1.0]))
        y = ag.where(x.data > 0, ag.sqrt(x) * x, 3.0 * x) + ag.sqrt(ag.where(x.data > 0, x, 1.0))
        (found,) = run(function, [y], [x], [weights])
        if not close(found, weights * np.array([3.0, 3.25, 2.0])):
            return False
    return True


def _tensor_adjoints(f: Function, ys: list[Tensor], xs: list[Any], seeds: list[Any]) -> list[Any]:
    if not _conjugates(f):
        return [math.nan] * len(xs)
    adjoint, met = f(ys, seeds, note=lambda *_: None)
    totals = {id(x): adjoint.get(x, np.zeros(x.shape)) for x in xs if type(x) is Tensor}
    for part, share in met:
        for x in xs:
            if type(x) is Value:
                slope = ag.gradients(part, x) if part is not x else 1.0
                totals[id(x)] = totals.get(id(x), 0.0) + share * slope
    return [totals.get(id(x), 0.0) for x in xs]


def _swept(f: Function, ys: list[Tensor], xs: list[Any], seeds: list[Any]) -> list[Any]:
    def adjoints(ys: Any, seeds: Any, note: Any = None) -> Any:
        return f(ys, seeds, False, note, False)

    return _tensor_adjoints(adjoints, ys, xs, seeds)


def _conjugates(f: Function) -> bool:
    """Whether a step against the gradient by complex numbers descends."""
    z, x = Tensor(np.array([1.0 + 2.0j])), Tensor(np.array([3.0]))
    adjoint, _ = f([np.real(z * z) * x], [np.ones(1)])
    return np.array_equal(adjoint[z], 6.0 * np.conj(z.data)) and adjoint[x].dtype == np.float64


def _tensor_graph(f: Function, ys: list[Tensor], xs: list[Any], seeds: list[Any]) -> list[Any]:
    return [0.0 if g is None else bare(g) for g in f(ys, xs, seeds)]


def _refuses(f: Function, share: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    try:
        f(np.ones(share), shape)
    except ValueError as error:
        return str(error).startswith("backward: got a share of shape")
    return False


def _summed(f: Function, ys: list[Tensor], xs: list[Any], seeds: list[Any]) -> list[Any]:
    if not (_refuses(f, (2,), (2, 3)) and _refuses(f, (2, 3), (2, 2))):
        return [np.nan] * len(xs)
    with mock.patch.object(tensor_sweeps, "sum_to_shape", f):
        found = _tensor_adjoints(tensor_sweeps.adjoints, ys, xs, seeds)
    with mock.patch.object(tensor_graphs, "sum_to_shape", f):
        again = _tensor_graph(tensor_graphs.gradients_of_tensors, ys, xs, seeds)
    return [a if np.allclose(a, b) else a * np.nan for a, b in zip(found, again)]


def _fitted(f: Function, ys: list[Tensor], xs: list[Any], seeds: list[Any]) -> list[Any]:
    with mock.patch.object(tensor_graphs, "_fitted", f):
        return _tensor_graph(tensor_graphs.gradients_of_tensors, ys, xs, seeds)


def _added(f: Function, ys: list[Value], xs: list[Value], J: list[list[float]]) -> bool:
    with mock.patch.object(derivatives, "_add", f):
        return all(
            run(written(derivatives, name), ys, xs, J)
            for name, run in (("reverse", _reverse), ("forward", _forward))
        )


SWEEPS: dict[str, tuple[Any, str, Callable[[Function, Graph], bool]]] = {
    "Value.backward": (value, "_adjoints", _of_values(_adjoints)),
    "reverse mode of Values": (derivatives, "reverse", _of_values(_reverse)),
    "forward mode of Values": (derivatives, "forward", _of_values(_forward)),
    "graphs of Values": (derivatives, "graph_gradients", _of_values(_graph)),
    "adding of Values": (derivatives, "_add", _of_values(_added)),
    "Tensor.backward": (tensor_sweeps, "_swept", _of_tensors(_swept)),
    "graphs of Tensors": (tensor_graphs, "gradients_of_tensors", _of_tensors(_tensor_graph)),
    "fitting of Tensors": (tensor_graphs, "_fitted", _of_tensors(_fitted)),
    "sum_to_shape": (structural, "sum_to_shape", _of_tensors(_summed)),
}


def targets() -> Iterator[Target]:
    """All sweeps; what judges one is in SWEEPS."""
    for name, (module, function, _) in SWEEPS.items():
        yield Target(name, written(module, function), (name,), lambda f: mock.patch.dict({}))


@contextmanager
def patience() -> Iterator[None]:
    """A TimeoutError for what goes on for ever."""

    def ended(*_: Any) -> None:
        raise TimeoutError

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "SIGVTALRM"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, ended)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def killer(target: Target, function: Function) -> str | None:
    """What finds out a function that takes the place of a sweep; None where nothing does."""
    is_right = SWEEPS[target.name][2]
    try:
        with np.errstate(all="ignore"):
            for graph in functions():
                with patience():
                    if not is_right(function, graph):
                        return "differences"
    except Exception as error:
        return f"an error ({type(error).__name__})"
    return None
