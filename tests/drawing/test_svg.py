"""Drawings of graphs."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, draw
from demos.neuron import neuron

SVG = "{http://www.w3.org/2000/svg}"


def shown(svg: str) -> list[str]:
    """All text that a drawing shows."""
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_node_shows_operation_name_value_and_gradient() -> None:
    o, _ = neuron()
    texts = shown(draw(o).svg)
    for text in ("tanh", "o", "value 0.7071", "grad +1.0000", "w1", "value -3.0000", "*", "+"):
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


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert draw(neuron()[0]).svg == draw(neuron()[0]).svg


@given(st.text(max_size=60))
@settings(max_examples=40)
def test_a_hostile_name_stays_text(name: str) -> None:
    root = ET.fromstring(draw(Value(1.0, name=f"<script>{name}&\"'\\N\\n|{{}}")).svg)
    assert not list(root.iter(f"{SVG}script"))
    assert any("<script>" in (e.text or "") for e in root.iter(f"{SVG}text"))


def test_special_numbers_can_be_drawn() -> None:
    x = Value(0.0)
    z = ag.log(x) + 1 / (x * 1e-200) + 1e300
    z.backward()
    assert "value -inf" in shown(draw(z).svg)


def test_saving(tmp_path: Path) -> None:
    drawing = draw(Value(1.0))
    assert drawing.save(tmp_path / "x.svg").read_text() == drawing.svg == drawing._repr_svg_()
    assert drawing.save(str(tmp_path / "x.dot")).read_text() == drawing.dot
    with pytest.raises(ValueError, match=r"got 'x\.gif'; the name must end in"):
        drawing.save(tmp_path / "x.gif")
    with pytest.raises(FileNotFoundError):
        drawing.save(tmp_path / "nowhere" / "x.svg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.dot", "x.svg"]


def test_it_needs_no_program_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "<svg" in draw(Value(1.0)).svg


def test_failures_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"draw: got float 1\.0; it needs Values or Tensors"):
        draw(1.0)  # type: ignore[arg-type]
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho oh no >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CHAINRULE_DOT", str(broken))
    with pytest.raises(RuntimeError, match=r"^draw: the layout failed: oh no$"):
        _ = draw(Value(1.0)).svg
    monkeypatch.setattr("autograd.drawing.svg.programs", lambda: iter(["no-such-program"]))
    with pytest.raises(RuntimeError, match="found no layout program; pip install graphviz-pure"):
        _ = draw(Value(1.0)).svg
    assert "digraph" in draw(Value(1.0)).dot
