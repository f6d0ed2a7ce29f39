"""Expressions that are alike side by side: examples of a loss, neurons of a layer."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import autograd as ag
import nn
from autograd import Value
from autograd.drawing.dominators import Expressions, with_alike
from autograd.drawing.graph import Graph
from autograd.drawing.layout import PAGE
from autograd.drawing.svg import _laid_out
from autograd.drawing.view import Box, View
from tests.drawing.graphs import RNG, graphs
from tests.drawing.test_folding import check_conserved


def error(sizes: list[int], points: int, inputs: int = 3) -> Value:
    """The squared error of a network of neurons on some points."""
    net = nn.MLP(inputs, sizes, rng=RNG(0))
    results = [net(x) for x in RNG(1).normal(size=(points, inputs)).tolist()]
    loss: Value = sum((y - 1.0) ** 2 for y in results)
    loss.backward()
    return loss


def frames(view: View) -> dict[str, list[Box]]:
    """The boxes in each scope that is drawn, by its label."""
    found: dict[str, list[Box]] = {}
    for box in view.boxes:
        if box.scope >= 0:
            found.setdefault(view.graph.scope_label(box.scope), []).append(box)
    return found


@given(graphs())
@settings(max_examples=60)
def test_an_expression_is_all_that_leads_through_it_alone(roots: list[Any]) -> None:
    graph = Graph(roots)
    found = Expressions(graph)
    operations = {i for i, parents in enumerate(graph.parents) if parents}
    for i in operations:
        reached, stack = set(), [graph.index[root] for root in graph.roots]
        while stack:
            k = stack.pop()
            if k != i and k not in reached:
                reached.add(k)
                stack += graph.parents[k]
        assert set(found.inside(i)) == operations - reached


@given(graphs())
@settings(max_examples=60)
def test_expressions_of_a_set_are_apart_equal_and_none_uses_another(roots: list[Any]) -> None:
    graph = Graph([*roots, *(ag.sin(ag.exp(x) * 2.0) for x in roots)])
    for _, members in Expressions(graph).sets():
        assert len(members) > 1
        inside = [i for nodes in members for i in nodes]
        assert len(set(inside)) == len(inside)
        assert len({tuple(sorted(graph.nodes[i].op for i in nodes)) for nodes in members}) == 1
        tops = {nodes[-1] for nodes in members}
        for nodes in members:
            seen, stack = set(), list(graph.parents[nodes[-1]])
            while stack:
                k = stack.pop()
                if k not in seen:
                    seen.add(k)
                    stack += graph.parents[k]
            assert not seen & tops


def test_of_the_examples_of_a_loss_one_is_open_with_its_layers_as_columns() -> None:
    drawn = ag.draw(error([4, 4, 1], 4))
    view = drawn._view
    check_conserved(view)
    ((label, inside),) = frames(view).items()
    assert label == "*, +, relu, -, **, one of 4"
    neurons = [box for box in inside if box.kind == "folded"]
    assert Counter(box.contents for box in neurons) == {"7 nodes": 4, "9 nodes": 4}
    others = [box for box in view.boxes if box.facts.op == "*, +, relu, -, ** × 3"]
    assert [len(box.nodes) for box in others] == [3 * 74]
    weights = [box for box in view.boxes if box.facts.name.startswith(("w", "b"))]
    assert sorted(len(box.nodes) for box in weights) == [5, 16, 20]
    shape, _ = _laid_out(view)
    places = {box.id: place for box, place in zip(view.boxes, shape.boxes)}
    first, second = (
        [places[box.id] for box in neurons if box.contents == size]
        for size in ("7 nodes", "9 nodes")
    )
    assert max(x for x, _ in first) < min(x for x, _ in second)
    assert len({y for _, y in first}) == len({y for _, y in second}) == 4
    assert shape.width <= PAGE


@pytest.mark.parametrize("points", [2, 3, 5, 12])
@pytest.mark.parametrize("sizes", [[3, 1], [8, 8, 1], [16, 16, 1], [40, 1]])
def test_examples_of_any_number_and_network(points: int, sizes: list[int]) -> None:
    view = ag.draw(error(sizes, points))._view
    check_conserved(view)
    assert len(view.boxes) <= 60
    if len(view.graph) > 60:
        assert f"one of {points}" in " ".join(frames(view))


def test_layers_that_are_too_wide_for_their_lines_are_one_box_each() -> None:
    view = ag.draw(error([16, 16, 1], 2))._view
    sizes = {len(box.nodes) for box in view.boxes if box.facts.op == "*, +, relu × 16"}
    assert sizes == {16 * 7, 16 * 33}


def test_neurons_of_a_step_are_beside_each_other_and_of_the_steps_one_is_open() -> None:
    weights = RNG(0).normal(size=(4, 5)).tolist()
    rows = [[Value(w) for w in row] for row in weights]
    state: list[Any] = [0.5] * 4
    for x in np.linspace(-1, 1, 20).tolist():
        state = [ag.tanh(sum((w * s for w, s in zip(row, state)), row[-1] * x)) for row in rows]
    view = ag.draw(sum(s * s for s in state))._view
    check_conserved(view)
    assert 20 in view.graph.alike.values()


def test_options_with_two_terms_each_are_blocks_and_not_two_columns() -> None:
    spot, sigma = Value(100.0, name="S"), Value(0.2, name="sigma")
    total: Any = 0.0
    for k in range(6):
        d = ag.log(spot / (90.0 + 5.0 * k)) / sigma + sigma / 2.0
        total = total + spot * (1.0 + ag.erf(d)) - 90.0 * (1.0 + ag.erf(d - sigma))
    view = ag.draw(total, most=40)._view
    check_conserved(view)
    assert any(label.endswith("one of 5") for label in frames(view))


def test_parts_of_a_sum_or_of_a_product_are_no_expressions_of_their_own() -> None:
    terms = [Value(float(i)) * 2.0 for i in range(64)]
    while len(terms) > 1:
        terms = [a + b for a, b in zip(terms[::2], terms[1::2])]
    assert with_alike(Graph(terms))[1] == []


@pytest.mark.parametrize("make", [
    lambda x, w: x * w,
    lambda x, w: x + ag.sin(w),
    lambda x, w: ag.exp(x) * x,
])  # fmt: skip
def test_deep_graphs_with_operands_that_all_parts_use(make: Any) -> None:
    x, w = Value(0.5), ag.tanh(Value(0.1))
    for _ in range(5_000):
        x = make(x, w) * Value(0.1)
    check_conserved(ag.draw(x)._view)
