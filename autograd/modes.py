"""Reverse and forward mode: derivatives of Values and Tensors by one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn
from autograd.derivatives import forward, graph_gradients, made_inside, reverse
from autograd.graph import backward_order
from autograd.later import Later
from autograd.nodes import plain, plain_zero
from autograd.recording import recording, transformed
from autograd.tensors.sweeps import adjoints, weighted
from autograd.tensors.tensor import Tensor
from autograd.value import Value
from autograd.watching import watcher, watchers

gradients_of_tensors = Later("autograd.tensors.graphs", "gradients_of_tensors", globals())


def pullback(
    ys: Sequence[Any],
    xs: Sequence[Any],
    seeds: Sequence[Any],
    as_graph: bool = False,
    level: int = 0,
    cut: bool = False,
) -> list[Any] | None:
    """Return the derivatives of the sum of all seed * y by the xs: reverse mode.

    They are floats and arrays, or, as graphs, nodes; the derivative of a Tensor by a Value is a
    Tensor of no axes then. A seed of None is 1. With `cut` the graphs are those as if no x had been
    computed from another. Numbers are None where a leaf was made inside fewer transformed functions
    than `level`, because derivatives by it must be graphs.
    """
    if recording.unusual:
        for y, seed in zip(ys, seeds):
            recording.check_pass(y, seed)
    if as_graph:
        return _graphs(ys, xs, seeds, cut)
    if watchers and (own := watcher()) is not None:
        return own.reverse(ys, xs, seeds, level)  # type: ignore[no-any-return]
    if all(type(node) is Value for node in [*ys, *xs]):
        found = reverse(ys, xs, [[1.0 if seed is None else seed for seed in seeds]], level)
        return found if found is None else found[0]
    if level and not all_made_inside(ys, level):
        return None
    pairs = [(y, s) for y, s in zip(ys, seeds) if type(y) is Tensor]
    by_node, met = adjoints([y for y, _ in pairs], [y._seed(s) for y, s in pairs])
    given = [(y, 1.0 if s is None else float(s)) for y, s in zip(ys, seeds) if type(y) is Value]
    met += [(y, seed) for y, seed in given if seed != 0.0]  # which starts nothing
    values = [x for x in xs if type(x) is Value]
    rates = reverse([weighted(met)], values, [[1.0]]) if values and met else None
    by_value = iter(rates[0] if rates else [0.0] * len(values))
    return [
        next(by_value)
        if type(x) is Value
        else copied(by_node[x])
        if x in by_node
        else plain_zero(x)
        for x in xs
    ]


def copied(array: Any) -> Any:
    """Return a copy of an array."""
    return array.copied() if isinstance(array, StandIn) else np.array(array)


def _graphs(ys: Sequence[Any], xs: Sequence[Any], seeds: Sequence[Any], cut: bool) -> list[Any]:
    pairs: list[Any] = [(y, s) for y, s in zip(ys, seeds) if type(y) is Value]
    values = [x for x in xs if type(x) is Value]
    given = [1.0 if s is None else s for _, s in pairs]
    found = graph_gradients([y for y, _ in pairs], values, given, cut)
    if len(pairs) == len(ys) and len(values) == len(xs):
        return found
    by_values = iter(found)
    pairs = [(y, s) for y, s in zip(ys, seeds) if type(y) is Tensor]
    tensors, given = [y for y, _ in pairs], [s for _, s in pairs]
    by_tensors = gradients_of_tensors(tensors, xs, given, cut)
    found = []
    for x, g in zip(xs, by_tensors):
        if type(x) is Value:
            own = next(by_values)
            g = own if g is None else g if own.row is None and own.data == 0.0 else own + g
        found.append(g)
    return found


def pushforward(
    ys: Sequence[Any],
    xs: Sequence[Any],
    tangents: Sequence[Sequence[Any]],
    as_graph: bool = False,
    level: int = 0,
) -> list[list[Any]] | None:
    """Return the rates of the ys along every tangent, which has one for each x: forward mode.

    They are numbers and arrays, or nodes as graphs; None as in `pullback`. Through Tensors, and as
    graphs, the derivatives that are pulled back are linear in the seeds, and their derivative by
    the seeds pushes forward.
    """
    if not as_graph:
        if watchers and (own := watcher()) is not None:
            return own.forward(ys, xs, tangents, level)  # type: ignore[no-any-return]
        if Tensor not in map(type, [*ys, *xs]):
            return forward(ys, xs, tangents, level)
        if level and not all_made_inside(ys, level):
            return None
        found = pushforward(ys, xs, tangents, as_graph=True) or []
        return [list(map(plain, rates)) for rates in found]

    def pulled_back() -> tuple[list[Any], Any]:
        seeds = [Value(1.0) if type(y) is Value else Tensor(np.ones_like(y.data)) for y in ys]
        return seeds, pullback(ys, xs, seeds, as_graph=True)

    seeds, back = transformed(pulled_back)  # also where nothing is recorded
    return [pullback(back, seeds, tangent, as_graph=True) or [] for tangent in tangents]


def all_made_inside(ys: Sequence[Any], level: int) -> bool:
    """Return whether all leaves behind the ys were made inside `level` transformed functions."""
    if watchers and (own := watcher()) is not None:
        return own.made_inside(ys, level)  # type: ignore[no-any-return]
    order = backward_order([y for y in ys if type(y) is Tensor])
    if any(node.level < level for node in order if node.row is None):
        return False
    return made_inside([y for y in ys if type(y) is Value], level)
