"""What boxes say: formulas, numbers of arrays, and marks only where they are true."""

from __future__ import annotations

import itertools
import math
import os
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import autograd as ag
import nn
from autograd import Tensor, Value
from autograd.drawing import palette
from autograd.drawing.cells import BAD, HEAT, heat_of
from tests.drawing.graphs import RNG

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawn: ag.Drawing) -> list[str]:
    return [element.text or "" for element in ET.fromstring(drawn.svg).iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda x, w: x[1:], "x[1:]"),
        (lambda x, w: x[..., 0], "x[..., 0]"),
        (lambda x, w: x[:, None, ::2], "x[:, None, ::2]"),
        (lambda x, w: x[[0, 1]], "x[array 2]"),
        (lambda x, w: (x * 2.0)[1:, 0], "[1:, 0]"),
        (lambda x, w: w @ x, "w @ x"),
        (lambda x, w: w * 2.0, "w * 2"),
        (lambda x, w: 1.0 - w, "1 - w"),
        (lambda x, w: -w, "-w"),
        (lambda x, w: ag.tanh(w), "tanh(w)"),
        (lambda x, w: x - x, "x - x"),
        (lambda x, w: ag.tanh(w * 2.0), "tanh"),
    ],
)
def test_an_operation_is_a_formula_where_its_operands_have_names(make: Any, text: str) -> None:
    x, w = Tensor(np.ones((3, 3)), name="x"), Tensor(np.ones((3, 3)), name="w")
    assert text in texts(ag.draw(make(x, w)))


def test_long_names_make_no_formula() -> None:
    long = Value(1.0, name="a" * 20) * Value(1.0, name="b")
    assert "*" in texts(ag.draw(long))


def test_a_small_matrix_is_shown_as_one_and_what_is_wrong_in_it_is_red() -> None:
    x = Tensor([[1.0, -2.5], [np.nan, 0.125]], name="x")
    y = (x * [[7.0, 0.0], [np.inf, -3.0]]).sum()
    y.backward()
    drawn = ag.draw(y)
    group = next(g for g in ET.fromstring(drawn.svg).iter(f"{SVG}g") if "x:" in (g[0].text or ""))
    places = {t.text: (t.get("x"), t.get("y")) for t in group.iter(f"{SVG}text")}
    (a, top), (b, also), (c, low), (d, under) = (places[t] for t in ("1", "-2.5", "nan", "0.125"))
    assert (a, b, top, low) == (c, d, also, under), "rows and columns"
    assert {"grad", "7", "0", "inf", "-3"} <= set(places)
    shades = [p.get("class") for p in group.iter(f"{SVG}path")]
    assert sorted(filter(None, shades)) == ["bad", "bad", "neg5", "pos5"], "of value and gradient"


def test_a_zero_has_no_sign() -> None:
    x = Tensor([[1.0, 2.0], [3.0, -0.0]], name="x")
    ag.sum(x * -0.0).backward()
    assert not {"-0", "+0"} & {word for text in texts(ag.draw(x)) for word in text.split()}


def test_a_large_array_is_a_heat_map_and_none_is_of_one_number() -> None:
    x = Tensor(RNG(0).normal(size=(30, 784)), name="x")
    y = (x * x).sum()
    y.backward()
    svg = ag.draw(y).svg
    assert svg.count('class="heat"') == 4, "values and gradients of x and x * x"
    assert len(svg) < 30_000
    assert 'class="heat"' not in ag.draw(Tensor([1.0]) * 2.0).svg
    assert 'class="heat"' not in ag.draw(Tensor(np.zeros((0, 9))) * 2.0).svg


floats = st.floats(allow_nan=True, allow_infinity=True, width=32)


@given(arrays.arrays(np.float64, arrays.array_shapes(max_dims=4, max_side=30), elements=floats))
def test_heat_maps_show_the_means_of_blocks(array: Any) -> None:
    levels = heat_of(array)
    assert levels.shape[0] <= HEAT[0]
    assert levels.shape[1] <= HEAT[1]
    assert set(levels.ravel().tolist()) <= {*range(-5, 6), BAD}
    if np.isfinite(array).all():
        assert BAD not in levels
        assert not levels.any() or np.abs(levels).max() == 5, "the largest is the deepest"
    else:
        assert BAD in levels, "nothing hides what is wrong"
    whole = array.reshape(-1, array.shape[-1])
    if whole.shape[0] <= HEAT[0] and whole.shape[1] <= HEAT[1] and np.isfinite(array).all():
        assert (np.sign(levels) == np.sign(whole)).all()


def test_a_gradient_left_from_another_pass_is_not_shown() -> None:
    model = nn.Sequential(nn.Linear(2, 3, rng=RNG(0)), nn.Tanh())
    X = np.ones((4, 2))
    model(X).sum().backward()
    for drawn in (ag.draw(model, X), ag.draw(model(X))):
        assert {box.facts.gradient for box in drawn._view.boxes} == {"—"}
    x = Value(2.0, name="x")
    y = x * 3.0
    y.backward()
    assert ag.draw(x)._view.boxes[0].facts.gradient == "+3.0000", "it is its own"
    assert ag.draw(y * 2.0)._view.boxes[0].facts.gradient == "+3.0000", "y is of that pass"
    assert ag.draw(x * 5.0)._view.boxes[0].facts.gradient == "—"


def test_a_gradient_vanishes_only_where_a_relative_change_does_nothing_either() -> None:
    a, b = Value(1e300, name="a"), Value(1e-300, name="b")
    y = a * b * 3.0
    y.backward()
    assert "vanishing" not in ag.draw(y).text
    z = ag.sigmoid(Value(-30.0)) + 1.0
    z.backward()
    assert "vanishing" in ag.draw(z).text


def test_a_folded_box_is_dead_only_where_all_of_its_relus_are() -> None:
    def drawn(*inputs: float) -> str:
        y = ag.sum([ag.relu(Value(x) * 2.0) for x in inputs])
        y.backward()
        return ag.draw(y, most=4).text

    assert "dead" in drawn(*[-1.0] * 8)
    assert "8 boxes" not in drawn(*[-1.0] * 8)
    assert "dead" not in drawn(1.0, *[-1.0] * 6, 1.0)


def test_a_path_that_cannot_be_written_is_named(tmp_path: Any) -> None:
    target = tmp_path / "nowhere" / "x.svg"
    with pytest.raises(
        FileNotFoundError, match=rf"No such file or directory: '{re.escape(os.fspath(target))}'$"
    ):
        ag.draw(Value(1.0)).save(target)


# Linear light of red, green and blue as people without one kind of cones see it (Viénot, Brettel and
# Mollon, "Digital video colourmaps for checking the legibility of displays by dichromats", 1999)
SEEN = {
    "all": np.eye(3),
    "no red": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "no green": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
}


def light(colour: str) -> Any:
    c = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a: Any, b: Any) -> float:
    """As WCAG 2 defines it."""
    low, high = sorted(float(x @ [0.2126, 0.7152, 0.0722]) for x in (a, b))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK])
def test_texts_can_be_read_on_every_colour_and_signs_told_apart_by_all(colours: Any) -> None:
    for name, colour in colours.items():
        if name not in ("ink", "line"):
            assert contrast(light(colours["ink"]), light(colour)) >= 4.5, name
    for matrix in SEEN.values():
        for a, b in itertools.combinations(("pos5", "neg5", "other", "bad"), 2):
            one, other = (matrix @ light(colours[name]) for name in (a, b))
            assert np.abs(one - other).max() > 0.04, (a, b)


def test_pages_have_the_colours_as_variables() -> None:
    css = palette.variables()
    assert f"--drawn-pos5:{palette.LIGHT['pos5']};" in css.split("@media")[0]
    assert f"--drawn-pos5:{palette.DARK['pos5']};" in css.split("@media")[1]


def flags(root: Any) -> dict[str, tuple[str, ...]]:
    return {box.facts.op or box.facts.name: box.facts.flags for box in ag.draw(root)._view.boxes}


def test_what_is_not_finite_is_flagged_where_it_arises_and_not_where_it_was_given() -> None:
    inf = math.inf
    mask = np.where(np.tril(np.ones((2, 2))) > 0, 0.0, -inf)
    scores = Tensor(np.ones((2, 2)), name="scores")
    with np.errstate(all="ignore"):
        masked = (ag.softmax(scores + mask) ** 2).sum()
        masked.backward()
        overflown = ag.tanh(ag.exp(Tensor([1000.0, 1.0], name="x")))
        none = ag.exp(Value(inf, name="x") - inf)
    assert not any(flags(masked).values())
    assert not any(flags(Value(inf, name="x") * 2.0).values())
    assert not any(flags(ag.maximum(Value(2.0, name="x"), -inf)).values())
    assert flags(overflown) == {"x": (), "exp": ("inf",), "tanh": ()}
    assert flags(none) == {"x": (), "- inf": ("nan",), "exp": ()}
    assert flags(Value(math.nan, name="x") * 2.0) == {"x": ("nan",), "* 2": ()}
    root = ag.sqrt(Value(0.0, name="x"))
    root.backward()
    assert flags(root) == {"x": ("inf",), "sqrt": ()}, "of a gradient"
