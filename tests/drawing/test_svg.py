"""Drawings of graphs."""

import os
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value, draw
from demos.neuron import neuron
from tests.drawing.graphs import RNG, chain, graphs

ROOT = Path(__file__).parents[2]

SVG = "{http://www.w3.org/2000/svg}"


def shown(svg: str) -> list[str]:
    """All text that a drawing shows."""
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_node_shows_operation_name_value_and_gradient() -> None:
    o, _ = neuron()
    texts = shown(draw(o).svg)
    for text in (
        "tanh",
        "o",
        "value 0.7071",
        "grad +1.0000",
        "w1",
        "value -3.0000",
        "w1 * x1",
        "+",
    ):
        assert text in texts
    assert "grad —" not in texts


def test_a_gradient_is_a_dash_until_it_is_computed() -> None:
    x = Value(2.0)
    y = x * 3
    assert "grad —" in shown(draw(y).svg)
    y.backward()
    texts = shown(draw(y).svg)
    assert "grad —" not in texts
    assert "grad +3.0000" in texts
    x.zero_grad()
    assert shown(draw(y).svg).count("grad —") == 1


@pytest.mark.parametrize(
    ("make", "text"),
    [(lambda x: x * 2, "* 2"), (lambda x: 2 / x, "2 /"), (lambda x: ag.maximum(x, 0), "maximum(·, 0)"),
     (lambda x: x**2, "** 2"), (lambda x: -x, "-"), (lambda x: ag.where(True, x, 0), "where"),
     (lambda x: x + x, "+"), (lambda x: ag.maximum(0.1, x), "maximum(0.1, ·)")],
)  # fmt: skip
def test_constants_stand_beside_the_operation(make: Any, text: str) -> None:
    assert text in shown(draw(make(Value(3.0))).svg)


def test_an_operand_that_is_used_twice_has_two_edges_in_order() -> None:
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    dot = draw((x * x) / y).dot
    edges = [line.split("[")[0].split() for line in dot.splitlines() if "->" in line]
    (x_id, _, square), again, (left, _, quotient), (y_id, _, same) = edges
    assert again == [x_id, "->", square]
    assert (left, same) == (square, quotient)
    assert len({x_id, y_id, square, quotient}) == 4


def test_the_same_graph_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import hashlib, numpy as np, autograd as ag, nn; from demos.neuron import neuron;"
        "net = nn.Sequential(nn.Linear(3, 4, rng=np.random.default_rng(0)), nn.ReLU());"
        "mlp = nn.MLP(4, [6, 6, 1], rng=np.random.default_rng(0));"
        "drawings = [ag.draw(neuron()[0]), ag.draw(net, np.ones((2, 3)), depth=1),"
        " ag.draw(mlp, [1.0] * 4, most=30)];"
        "text = ''.join(x for d in drawings for x in (d.svg, d.dot, d.text));"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "CHAINRULE_PURE_PYTHON": pure},
        ).stdout
        for seed, pure in (("1", "0"), ("2", "1"))
    }  # fmt: skip
    assert len(found) == 1


HOSTILE = [
    "</text><script>alert(1)</script>", '"', "a\nb", "\x00\x07\x1b[31m", "\u202eevil", "x" * 10_000, r"\N\G\l", "&lt;b&gt;",
    "\ud800", "]]>", "<!-- -->", "\\", "<B>bold</B>", "--", "\ufffe\uffff", "神经网络" * 30, "é∂∇", " ", "n0:w", "<>",
]  # fmt: skip
TAGS = {"svg", "g", "title", "desc", "style", "polygon", "path", "text"}


def check_hostile(name: str, tmp_path: Path | None = None) -> None:
    x = Value(1.0, name=name)
    t = Tensor([1.0, 2.0], name=name)
    with ag.scope(name):
        y = x * 2.0
    y.name = name
    for drawing in (draw([y, t]), draw([y], depth=0)):
        root = ET.fromstring(drawing.svg.encode())
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= TAGS
        assert all(
            not a.startswith("on") and "href" not in a for e in root.iter() for a in e.attrib
        )
        if name.isascii() and name.isprintable() and len(name) < 40 and name.strip():
            assert shown(drawing.svg).count(name) >= 1
        assert "\x1b" not in drawing.text
        drawing.text.encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(name: str) -> None:
    check_hostile(name)


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=30, deadline=None)
def test_any_name_stays_text(name: str) -> None:
    check_hostile(name)


@given(graphs(15))
@settings(max_examples=15, deadline=None)
def test_pictures_are_well_formed_and_say_what_each_thing_is(roots: list[Any]) -> None:
    drawing = draw(roots)
    root = ET.fromstring(drawing.svg)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    groups = [g for g in root.iter(f"{SVG}g") if g.get("class") in ("node", "edge", "cluster")]
    count = Counter(g.get("class") for g in groups)
    assert count["node"] == len(drawing.graph)
    assert count["edge"] == sum(map(len, drawing.graph.parents))
    assert all(g.find(f"{SVG}title").text for g in groups)  # type: ignore[union-attr]
    assert (root.get("role"), root.find(f"{SVG}desc") is not None) == ("img", True)
    assert root.get("aria-label", "").startswith("computation graph")


def test_titles_tell_the_chain_rule() -> None:
    o, _ = neuron()
    titles = [e.text or "" for e in ET.fromstring(draw(o).svg).iter(f"{SVG}title")]
    assert titles[0] == "computation graph of o"
    assert "o = tanh: value 0.7071; grad +1.0000" in titles
    assert "+ → o: local derivative 0.5, sends back +0.5" in titles
    assert "x1 → *: local derivative -3, sends back -1.5" in titles
    W, x = Tensor([[1.0, 2.0]], name="W"), Tensor([3.0, 4.0], name="x")
    told = draw(ag.exp(W @ x)).dot
    assert "x → matmul: local derivative matmul, operand 2" in told
    assert "matmul → exp: local derivative z" in told


def test_colours_go_by_sign_and_magnitude_and_words_say_it_too() -> None:
    x = [Value(1.0, name=f"x{k}") for k in range(4)]
    y = ag.sum([x[0], x[1] * -0.05, x[2] * 1e-3, x[3] * 1e-9])
    y.backward()
    texts = [e.text for e in ET.fromstring(draw(y).svg).iter(f"{SVG}text")]
    assert {"grad +1.0000", "grad -0.0500", "grad +0.0010", "grad +1e-09", "⚠ vanishing"} <= set(
        texts
    )
    rows = {"x0": "pos5", "x1": "neg4", "x2": "pos2", "x3": "pos1"}
    for element in ET.fromstring(draw(y).svg).iter(f"{SVG}g"):
        if (element.findtext(f"{SVG}text") or "") in rows:
            classes = [p.get("class") for p in element.iter(f"{SVG}polygon")]
            assert rows.pop(element.findtext(f"{SVG}text") or "") in classes
    assert not rows
    assert "prefers-color-scheme:dark" in draw(y).svg


@pytest.mark.parametrize(
    ("make", "word", "border"),
    [
        (lambda: ag.log(Value(-1.0)) * 1.0, "nan", ("4", None, 2)),
        (lambda: ag.log(Value(0.0)) * 1.0, "inf", (None, None, 4)),
        (lambda: ag.relu(Value(-1.0)) * 1.0, "dead ReLU", ("2", "5,2", 1)),
        (lambda: Value(1.0) * 1e-9 + Value(1.0), "vanishing", ("2", "2,3", 1)),
        (lambda: ag.log(Tensor([-1.0, 1.0])).sum(), "nan", ("4", None, 2)),
        (lambda: ag.log(Tensor([0.0, 1.0])).sum(), "inf", (None, None, 4)),
        (lambda: ag.relu(Tensor([-1.0, -2.0])).sum(), "dead ReLU", ("2", "5,2", 1)),
        (lambda: (Tensor([1.0]) * 1e-9 + Tensor([1.0])).sum(), "vanishing", ("2", "2,3", 1)),
    ],
)
def test_what_is_wrong_is_seen_by_shape_and_word(make: Any, word: str, border: Any) -> None:
    with np.errstate(all="ignore"):
        y = make()
        y.backward()
    drawing = draw(y)
    assert word in drawing.text
    found = [g for g in ET.fromstring(drawing.svg).iter(f"{SVG}g") if g.get("class") == "node"]
    looks = {f"⚠ {word}" in [e.text for e in g]: look(g) for g in found}
    assert looks[True] == border
    assert looks.get(False, (None, None, 0)) == (None, None, 0)


def look(node: ET.Element) -> tuple[str | None, str | None, float]:
    """The width and dashes of a border, and how far it is from the cells."""
    frame, cell, *_ = node.iter(f"{SVG}polygon")
    left, inner = (
        min(float(p.split(",")[0]) for p in e.get("points", "").split()) for e in (frame, cell)
    )
    return frame.get("stroke-width"), frame.get("stroke-dasharray"), inner - left


def test_edges_are_as_wide_as_what_the_chain_rule_sends_along_them() -> None:
    x = [Value(1.0, name=f"x{k}") for k in range(4)]
    y = ag.sum([x[0], x[1] * -0.5, x[1] * 0.05, x[2] * 1e-2, x[3] * 1e-3, x[3]])
    assert not re.search(r'class="edge w\d"', draw(y).svg), "nothing is known yet"
    y.backward()
    edges = [
        g for g in ET.fromstring(draw(y).svg).iter(f"{SVG}g") if g.get("class", "")[:4] == "edge"
    ]
    found = {g.findtext(f"{SVG}title"): g.get("class") for g in edges}
    assert found["x1 → * -0.5: local derivative -0.5, sends back -0.5"] == "edge w5"
    assert found["x1 → * 0.05: local derivative 0.05, sends back +0.05"] == "edge w4"
    assert found["x2 → * 0.01: local derivative 0.01, sends back +0.01"] == "edge w3"
    assert found["x3 → * 0.001: local derivative 0.001, sends back +0.001"] == "edge"
    assert found["x0 → sum: local derivative 1, sends back +1"] == "edge w5"


def test_a_relu_that_lets_something_through_is_not_dead() -> None:
    for y in (ag.relu(Value(1.0)), ag.relu(Tensor([-1.0, 1.0])), ag.relu(Tensor(np.ones((0, 2))))):
        assert "dead" not in draw(y).text


@pytest.mark.parametrize("name", ["plain", "W" * 39, "神经网络的权重", "∂L/∂w", "Ωμέγα"])
def test_no_text_is_wider_than_its_cell(name: str) -> None:
    """By the widths of Helvetica's letters, which its like share; others by their kind."""
    W = Tensor(RNG(0).normal(size=(30, 784)) * 1e-7, name=name)
    y = (W * -123456.7).sum() + ag.clip(Value(0.123456789, name=name), -0.123456, 0.654321)
    y.backward()
    for group in ET.fromstring(draw(y).svg).iter(f"{SVG}g"):
        if group.get("class") != "node":
            continue
        room = 0.0
        for element in group:
            if element.tag == f"{SVG}polygon":
                xs = [float(p.split(",")[0]) for p in element.get("points", "").split()]
                room = max(xs) - min(xs)
            elif element.tag == f"{SVG}text":
                assert 11 * width(element.text or "") < room, element.text


def width(text: str) -> float:
    """In ems, not less than it is."""
    return sum(map(_width, text))


def _width(c: str) -> float:
    if c in "()[],.:;·|-− /fijlrt":
        return 0.34
    wide = unicodedata.east_asian_width(c) in "WF" or c in "…—"
    return 1.0 if wide else 0.944 if c in "WmM" else 0.73 if c.isupper() or c == "w" else 0.556


def test_a_long_call_has_two_lines_in_its_cell() -> None:
    x = Value(0.123456789)
    texts = ET.fromstring(draw(ag.clip(x, -0.123456, 0.654321)).svg).iter(f"{SVG}text")
    found = {t.text: (float(t.get("x", "")), float(t.get("y", ""))) for t in texts}
    (x1, y1), (x2, y2) = found["clip"], found["(·, -0.123456, 0.654321)"]
    assert x1 == x2
    assert y2 - y1 >= 13


def test_special_numbers_can_be_drawn() -> None:
    x = Value(0.0)
    z = ag.log(x) + 1 / (x * 1e-200) + 1e300
    z.backward()
    assert "value -inf" in shown(draw(z).svg)
    y = Value(1.0) * 1e-320
    y.backward()
    assert {"grad +1e-320", "⚠ vanishing"} <= set(shown(draw(y).svg))


def test_saving(tmp_path: Path) -> None:
    drawing = draw(Value(1.0))
    assert drawing.save(tmp_path / "x.svg").read_text() == drawing.svg == drawing._repr_svg_()
    assert drawing.save(str(tmp_path / "x.dot")).read_text() == drawing.dot
    with pytest.raises(ValueError, match=r"got 'x\.gif'; the name must end in"):
        drawing.save(tmp_path / "x.gif")
    with pytest.raises(FileNotFoundError):
        drawing.save(tmp_path / "nowhere" / "x.svg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.dot", "x.svg"]


def test_failures_are_one_line() -> None:
    with pytest.raises(TypeError, match=r"draw: got float 1\.0; it needs Values or Tensors"):
        draw(1.0)  # type: ignore[arg-type]


def test_pictures_fit_a_page_and_can_be_read_there() -> None:
    """At 900 pixels letters of 11 have at least 9; only what is wider by itself is wider."""
    for y in (neuron()[0], chain(150), ag.sum([Value(float(i)) ** 2 for i in range(40)])):
        root = ET.fromstring(draw(y, fold=False).svg)
        _, _, units, high = map(float, root.get("viewBox", "").split())
        width, height = float(root.get("width", "")), float(root.get("height", ""))
        assert width <= 901
        assert 11 * width / units >= 8.99
        assert height / width == pytest.approx(high / units, rel=0.01)
    assert 'width="900"' not in draw(Value(1.0)).svg, "small ones are no larger than they need be"


def test_only_dot_needs_the_graphviz_package() -> None:
    code = (
        "import sys, autograd as ag; ag.draw(ag.Value(1.0)).svg; print('graphviz' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
