"""Drawn calls: the graph is that of the call, whatever the function asks of its variables."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.drawing.calling import graph_of_call
from autograd.drawing.graph import Graph

pytestmark = pytest.mark.both

ASKED: dict[str, tuple[Callable[..., Any], Any, list[str]]] = {
    "a comparison": (lambda x: x * x if x > 1.0 else x, 2.0, ["gt"]),
    "a truth": (lambda x: x * x if x else x, 2.0, ["ne"]),
    "a predicate of NumPy": (lambda x: x + x if np.isnan(x) else x * x, 2.0, ["isnan"]),
    "a comparison of an array": (lambda x: (x * x).sum() if x.sum() > 0 else x, np.ones(2), ["gt"]),
    "a choice in an array": (lambda x: ag.where(x > 0, x, -x).sum(), np.array([1.0, -1.0]), ["gt"]),
    "a derivative": (lambda x: ag.grad(lambda z: z**3)(x) * x, 2.0, []),
    "a derivative elsewhere": (lambda x: ag.grad(lambda z: z**3)(2.0) * x, 2.0, []),
    "a derivative with a comparison": (
        lambda x: ag.grad(lambda z: z**3 if z > 0 else z)(x) * x, 2.0, ["gt"]
    ),
    "a tangent": (lambda x: ag.jvp(ag.sin, (2.0,), (1.0,))[1] * x, 2.0, []),
    "a Jacobian": (lambda x: ag.sum(ag.jacobian(lambda z: z**3)(np.ones(2))) * x, 2.0, []),
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_whatever_is_asked_the_drawn_value_is_that_of_the_function(asked: str) -> None:
    function, x, comparisons = ASKED[asked]
    graph = graph_of_call(function, [x])
    plain = function(ag.Tensor(x) if isinstance(x, np.ndarray) else ag.Value(x))
    assert np.array_equal(graph.roots[0].data, plain.data)
    assert [op for op, *_ in graph.comparisons] == comparisons
    assert "<!doctype html>" in ag.draw(function, x).html


def test_flags_are_those_of_the_gradients_that_are_shown() -> None:
    x = ag.Value(2.0, name="x")
    graph = Graph([x * 3.0])
    assert graph.flags_of([0]) == ()
    other = copy.copy(graph)
    other.gradients = {x: math.nan}
    assert other.flags_of([0]) == ("nan",)
    assert graph.flags_of([0]) == ()
    other.gradients = {x: 3.0}
    assert other.flags_of([0]) == ()
