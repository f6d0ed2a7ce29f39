"""Large graphs are folded, and no edge is lost."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor, Value
from autograd.drawing.dot import dot_source
from autograd.drawing.graph import Graph
from autograd.drawing.view import View
from tests.drawing.graphs import RNG, chain, edges_of, graphs


def boxes(drawn: ag.Drawing) -> dict[str, Any]:
    """The boxes that are drawn, by operation and name."""
    return {f"{b.facts.op} {b.facts.name}".strip(): b for b in drawn._view.boxes}


def check_conserved(view: View) -> None:
    """Every node is in one box, and between boxes are all the edges of their nodes."""
    graph = view.graph
    assert sorted(i for box in view.boxes for i in box.nodes) == list(range(len(graph)))
    box_of = {i: box.id for box in view.boxes for i in box.nodes}
    wanted: Counter[tuple[str, str]] = Counter()
    for i, node in enumerate(graph.nodes):
        for parent in node.parents:
            ends = box_of[graph.index[parent]], box_of[i]
            if ends[0] != ends[1]:
                wanted[ends] += 1
    found: Counter[tuple[str, str]] = Counter()
    for link in view.links:
        found[link.source.id, link.target.id] += link.count
    assert found == wanted
    assert len({link.id for link in view.links}) == len(view.links)


@given(graphs(), st.sampled_from([None, 0, 1, 2]), st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_folding_conserves_nodes_and_edges(roots: list[Any], depth: int | None, most: int) -> None:
    view = View(Graph(roots), depth, most=most)
    check_conserved(view)
    dot = dot_source(view)
    assert len(re.findall(r"^\t*\w+ -> ", dot, re.MULTILINE)) == len(view.links)


@given(graphs())
@settings(max_examples=30, deadline=None)
def test_what_is_not_folded_has_every_node_and_operand_in_order(roots: list[Any]) -> None:
    drawn = ag.draw(roots, fold=False)
    graph = drawn.graph
    edges = re.findall(r'^\t*(n\d+) -> (n\d+) \[id="?(\w+)"?', drawn.dot, re.MULTILINE)
    wanted = [
        (f"n{graph.index[p]}", f"n{i}", f"n{graph.index[p]}_n{i}_{k}")
        for i, node in enumerate(graph.nodes)
        for k, p in enumerate(node.parents)
    ]
    assert edges == wanted
    assert {m[1] for m in re.finditer(r"^\t*(n\d+) \[label", drawn.dot, re.MULTILINE)} == {
        f"n{i}" for i in range(len(graph))
    }


def test_a_small_graph_is_not_folded_and_a_large_one_is() -> None:
    y = Value(1.0)
    for _ in range(59):
        y = ag.tanh(y)
    assert len(ag.draw(y)._view.boxes) == 60
    assert {box.facts.op for box in ag.draw(ag.tanh(y))._view.boxes} == {"tanh × 59", "tanh"}
    large = ag.draw(chain(600))
    assert "601 nodes in 4 boxes" in large.svg
    assert len(ag.draw(chain(600), fold=False)._view.boxes) == 601
    assert len(ag.draw(chain(600), most=1000)._view.boxes) == 601
    assert len(ag.draw(chain(20), most=10)._view.boxes) == 4


def newton() -> Value:
    """Twelve steps towards the root of a number."""
    a, x = Value(2.0, name="a"), Value(1.0, name="x")
    for _ in range(12):
        x = x - (x * x - a) / (2.0 * x)
    return x


def squares() -> Value:
    """A hundred terms beside one another."""
    w, b = Value(0.5, name="w"), Value(0.1, name="b")
    return ag.sum([(w * float(i) + b) ** 2 for i in range(100)])


def recurrent() -> Tensor:
    """Twenty steps of a recurrent network, each with an input of its own."""
    W, U, h = (Tensor(RNG(k).normal(size=s)) for k, s in enumerate([(3, 3), (3, 2), (3,)]))
    for t in range(20):
        h = ag.tanh(W @ h + U @ Tensor([float(t), 1.0], name=f"x{t}"))
    return h.sum()


def second_order() -> Value:
    """Steps that keep two numbers each: of the series of the exponential."""
    x, term = Value(0.5, name="x"), Value(1.0)
    y = term
    for i in range(1, 40):
        term = term * x / float(i)
        y = y + term
    return y


@pytest.mark.parametrize(
    ("make", "frame", "rest", "inside"),
    [
        (newton, "*, -, /, one of 12", "*, -, / × 11", ["*", "-", "2 *", "/", "-"]),
        (squares, "*, +, **, one of 100", "*, +, ** × 99", ["* 0", "+", "** 2"]),
        (recurrent, "matmul, +, tanh, one of 20", "matmul, +, tanh × 19",
         ["", "", "matmul", "matmul", "+", "tanh"]),
        (second_order, "*, /, +, one of 39", "*, /, + × 38", ["*", "/ 39", "+"]),
        (lambda: chain(60), "*, tanh, one of 30", "*, tanh × 29", ["*", "tanh"]),
    ],
)  # fmt: skip
def test_of_the_steps_of_a_loop_one_is_open(
    make: Any, frame: str, rest: str, inside: list[str]
) -> None:
    drawn = ag.draw(make())
    view = drawn._view
    check_conserved(view)
    assert rest in boxes(drawn)
    (scope,) = {box.scope for box in view.boxes} - {-1}
    assert view.graph.scope_label(scope) == frame
    assert sorted(box.facts.op for box in view.boxes if box.scope == scope) == sorted(inside)


def test_blocks_in_blocks_are_found() -> None:
    """Terms of terms."""
    w = [Value(0.1, name=f"w{k}") for k in range(9)]
    y = ag.sum([ag.tanh(ag.sum([u * float(i) for u in w])) ** 2 for i in range(30)])
    drawn = ag.draw(y)
    check_conserved(drawn._view)
    found = drawn._view.graph.scope_label
    assert {found(box.scope) for box in drawn._view.boxes if box.scope >= 0} == {
        "*, sum, tanh, **, one of 30"
    }
    assert {"* × 8", "*, sum, tanh, ** × 29"} <= {box.facts.op for box in drawn._view.boxes}


def test_of_modules_that_are_alike_one_is_open() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            self.inner, self.outer = nn.Linear(4, 4, rng=RNG(0)), nn.Linear(4, 4, rng=RNG(1))

        def forward(self, x: Any) -> Any:
            return x + self.outer(ag.relu(self.inner(x)))

    drawn = ag.draw(nn.Sequential(*(Block() for _ in range(12))), np.ones((2, 4)))
    found = boxes(drawn)
    assert {"Block × 11 layers.0 … 10", "Linear inner", "relu", "Linear outer", "+"} <= set(found)
    assert "× 44 layers.0.inner.b … 10.outer.W" in found, "their parameters are one box"
    assert "layers.11: Block, one of 12" in drawn.svg, "the one with the result"
    check_conserved(drawn._view)


def test_a_network_of_the_notes_has_its_layers_as_columns_and_neurons_in_order() -> None:
    drawn = ag.draw(nn.MLP(2, [4, 4, 1], rng=RNG(0)), [1.0, 2.0])
    names = [b.facts.name for b in drawn._view.boxes if b.facts.op == "Neuron"]
    assert names == [
        *(f"neurons.{i}" for i in range(4)),
        *(f"neurons.{i}" for i in range(4)),
        "neurons.0",
    ]
    texts = re.findall(
        r'<g id="g\d+" class="node">\n<title>neurons.(\d) = Neuron:.*\n.*points="([\d.]+),([\d.]+)',
        drawn.svg,
    )
    places = [(name, float(x), float(y)) for name, x, y in texts]
    for layer in places[:4], places[4:8]:
        assert [name for name, _, _ in layer] == ["0", "1", "2", "3"]
        assert len({x for _, x, _ in layer}) == 1
        assert [y for _, _, y in layer] == sorted(y for _, _, y in layer)


def test_modules_fold_and_their_parameters_stay_in_sight() -> None:
    net = nn.Sequential(nn.Linear(3, 4, rng=RNG(0)), nn.Tanh(), nn.Linear(4, 2, rng=RNG(0)))
    x = np.ones((5, 3))
    outer = boxes(ag.draw(net, x, depth=0))
    assert set(outer) == {"x", "layers.0.W", "layers.0.b", "layers.2.W", "layers.2.b", "Sequential"}
    inner = boxes(ag.draw(net, x, depth=1))
    assert {"Linear layers.0", "Tanh layers.1", "Linear layers.2", "layers.2.W"} <= set(inner)
    opened = boxes(ag.draw(net, x, depth=0, expand="layers.2"))
    assert {"Linear layers.0", "Tanh layers.1", "linear(·, ·, ·)", "W", "layers.0.W"} <= set(opened)
    again = ag.draw(net, x, depth=0, expand=lambda scope: scope.name == "Tanh")
    assert {"Linear layers.0", "tanh"} <= set(boxes(again))
    whole = ag.draw(net, x)
    assert whole.dot.count("subgraph") == 4
    for label in ("layers.0: Linear", "layers.1: Tanh", "Sequential"):
        assert label in whole.svg


def test_what_is_repeated_is_counted() -> None:
    layers = [layer for _ in range(12) for layer in (nn.Linear(4, 4, rng=RNG(0)), nn.ReLU())]
    net = nn.Sequential(*layers, nn.Linear(4, 1, rng=RNG(0)))
    folded = boxes(ag.draw(net, np.ones((2, 4)), depth=1))
    assert set(folded) == {
        "x", "Linear, ReLU × 12", "Linear layers.24", "layers.24.W", "layers.24.b",
        "× 24 layers.0.b … 22.W",
    }  # fmt: skip
    neurons = boxes(ag.draw(nn.MLP(3, [5, 1], rng=RNG(0)), [1.0, 2.0, 3.0], depth=2))
    name = "Neuron × 5 neurons.0 … 4"
    outputs = [y.data for y in nn.MLP(3, [5, 1], rng=RNG(0)).layers[0]([1.0, 2.0, 3.0])]
    told = f"mean {np.mean(outputs):.4f}, 0 … {max(outputs):.4f}"
    assert neurons[name].facts.value == (told,)


def test_names_of_what_is_folded_ascend() -> None:
    xs = [Value(1.0, name=f"x{i}") for i in range(120)]
    for some in (xs, xs[::-1]):
        (name,) = (name for name in boxes(ag.draw(ag.sum([x**2 for x in some]))) if "…" in name)
        first, last = re.findall(r"x(\d+)", name)
        assert int(first) < int(last)


def test_a_network_of_many_values_becomes_a_few_boxes() -> None:
    net = nn.MLP(20, [30, 30, 1], rng=RNG(0))
    drawn = ag.draw(net, RNG(1).normal(size=20).tolist())
    assert len(drawn.graph) > 4000
    assert "Neuron × 29 neurons.1 … 29" in boxes(drawn)
    assert len(drawn._view.boxes) <= 60
    check_conserved(drawn._view)


def test_a_network_without_scopes_is_folded_by_what_is_alike() -> None:
    net = nn.MLP(20, [30, 30, 1], rng=RNG(0))
    view = ag.draw(net([1.0] * 20))._view
    assert 3 <= len(view.boxes) <= 60
    check_conserved(view)


@pytest.mark.parametrize("joined", [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b])
def test_a_graph_without_any_structure_is_folded_too(joined: Any) -> None:
    rng = RNG(0)
    nodes = [Value(float(x)) for x in rng.normal(size=10)]
    for _ in range(3000):
        i, j = rng.integers(0, len(nodes), 2)
        nodes.append(joined(nodes[i], nodes[j]))
    view = ag.draw(nodes[-200:])._view
    assert len(view.boxes) <= 60
    check_conserved(view)


def test_a_small_graph_of_many_edges_is_folded_but_not_where_that_is_unwanted() -> None:
    """Each of 300 nodes uses 20 others."""
    rng = RNG(0)
    nodes = [Value(float(x)) for x in rng.normal(size=5)]
    for _ in range(300):
        nodes.append(ag.sum([nodes[k] for k in rng.integers(0, len(nodes), 20)]))
    y = ag.sum(nodes[-20:])
    drawn = ag.draw(y)
    assert len(drawn.graph) < 500
    assert re.search(r"\d+ nodes in \d+ boxes", drawn.svg)
    check_conserved(drawn._view)
    whole = ag.draw(y, fold=False)
    assert whole.svg.count('class="node"') == len(drawn.graph)
    assert len(re.findall('class="edge', whole.svg)) == edges_of(drawn.graph.nodes)


def test_many_nodes_of_any_depth() -> None:
    drawn = ag.draw(chain(20_000))
    assert "20,001 nodes in 4 boxes" in drawn.svg
    assert "19,998 nodes" in drawn.text
    leaves = [Value(1.0) for _ in range(5_000)]
    assert len(ag.draw(ag.sum([x * 2.0 for x in leaves]))._view.boxes) == 4


def test_a_folded_box_has_the_flags_of_what_is_in_it() -> None:
    x = Value(0.0)
    y = ag.exp(ag.relu(ag.log(x) * 0.0 - 1.0))
    for _ in range(20):
        y = ag.tanh(y)
    y.backward()
    (box,) = (b for b in ag.draw(y, most=5)._view.boxes if len(b.nodes) > 1)
    assert set(box.facts.flags) == {"nan", "inf"}


def test_modules_that_are_called_twice_are_two_boxes() -> None:
    layer = nn.Linear(2, 2, rng=RNG(0))
    view = ag.draw(lambda x: layer(ag.tanh(layer(x))), np.ones((1, 2)), depth=0)._view
    assert [box.facts.op for box in view.boxes].count("Linear") == 2
    check_conserved(view)


def test_tensors_of_values_are_drawn_with_both() -> None:
    w = [Value(1.0, name="a"), Value(2.0, name="b")]
    t = (Tensor([3.0, 4.0], name="t") * np.array(w)).sum()
    t.backward()
    text = ag.draw(t).text
    assert "a  value 1.0000  grad +3.0000" in text
    assert "t  2 float64  mean 3.5000, 3.0000 … 4.0000  grad norm 2.2361, +1.0000 … +2.0000" in text


@pytest.mark.parametrize("wrong", [-1, 0.5, "2", True, None])
def test_options_are_checked(wrong: Any) -> None:
    told = re.escape(repr(wrong))
    if wrong is not None:
        with pytest.raises(ValueError, match=f"got depth={told}; it must be an integer from 0 on"):
            ag.draw(Value(1.0), depth=wrong)
    with pytest.raises(ValueError, match=f"draw: got most={told}; it must be an integer from 1 on"):
        ag.draw(Value(1.0), most=wrong)


@pytest.mark.parametrize("expand", [3, None, True])
def test_what_names_no_scopes_is_told(expand: Any) -> None:
    with pytest.raises(TypeError, match=r"^draw: got .* as expand; it needs names or a function$"):
        ag.draw(ag.Value(1.0), expand=expand)


def test_the_file_says_nothing_of_where_it_was_made() -> None:
    assert str(Path(__file__).parent) not in ag.draw(lambda x: x * x, 2.0).svg
