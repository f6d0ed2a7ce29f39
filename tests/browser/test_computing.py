"""Inputs that are moved on a page: all that follows is computed by the rows, as Python does."""

import math
import random
import struct
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Value
from autograd.drawing.contents import told
from autograd.drawing.facts import number
from autograd.explaining.ledger import ledger
from autograd.graph import backward_order
from demos.neuron import neuron
from tests.browser.conftest import Opened
from tests.browser.test_stepping import text, until

INPUT = "tr.upper:has(button:text-is('{}')) input"
SLIDER = "tr.upper:has(button:text-is('{}')) + tr input[type=range]"


def write(page: Any, name: str, x: object) -> None:
    page.fill(INPUT.format(name), str(x))
    page.keyboard.press("Enter")


def branching(x: Any, y: Any) -> Any:
    return x * y + x if x > 0.5 else x - y


def two_valleys(x: Any, y: Any) -> Any:
    return (x - 3.0) ** 2 + 2.0 * (y + 1.0) ** 2 + 0.5


def all_numbers(page: Any) -> list[list[float]]:
    """The numbers of all nodes, and of all steps."""
    script = """() => [nodes.map(({ value }) => texts(value)[0]), steps.flatMap(([phase, , ...more]) =>
        phase === 2 ? [more.slice(1).map((n) => texts(n)[0])] : [])]"""
    values, steps = page.evaluate(script)
    return [list(map(float, values)), *(list(map(float, step)) for step in steps)]


def expected_numbers(root: Value) -> list[list[float]]:
    entries = [(e.adjoint, e.partial, e.share, e.before, e.after) for e in ledger(root)]
    return [[node.data for node in backward_order([root])[::-1]], *map(list, entries)]


def test_numbers_computed_here_are_those_of_python(opened: Opened) -> None:
    drawing = ag.draw(lambda x, y: ag.sqrt(x * x + y * y) / (y - x * 3.0) - x, 2.0, 1.0)
    (root,) = drawing.graph.roots
    page = opened(drawing.html)
    before = all_numbers(page)
    assert before == expected_numbers(root)
    page.evaluate("move(new Map())")
    assert all_numbers(page) == before, "with nothing moved it is the same, to the last bit"
    for x, y in ((0.25, -1.5), (1e-300, 7.0), (1.0, 3.0), (math.inf, 1.0)):
        write(page, "x", x)
        write(page, "y", y)
        (again,) = ag.draw(
            lambda x, y: ag.sqrt(x * x + y * y) / (y - x * 3.0) - x, x, y
        ).graph.roots
        for found, right in zip(all_numbers(page), expected_numbers(again), strict=True):
            assert repr(found) == repr(right)


def test_a_slider_moves_all_that_follows(opened: Opened) -> None:
    root, inputs = neuron()
    page = opened(root)
    page.focus(SLIDER.format("x1"))
    page.keyboard.press("ArrowLeft")
    x1 = float(page.input_value(INPUT.format("x1")))
    assert x1 != 2.0
    assert float(page.input_value(SLIDER.format("x1"))) == x1
    names = {x.name: x for x in inputs}
    names["x1"].data = x1
    names = {name: Value(x.data, name=name) for name, x in names.items()}
    o = ag.tanh(names["x1"] * names["w1"] + names["x2"] * names["w2"] + names["b"])
    o.backward()
    page.click("#n9 text >> nth=0")
    assert float(text(page, "#value")) == pytest.approx(o.data, rel=1e-15)
    shown = page.evaluate("[...document.querySelectorAll('#n9 text')].map((t) => t.textContent)")
    assert f"value {number(o.data)}" in shown
    page.evaluate("choose(nodes.findIndex(({ label }) => label === 'w1'))")
    assert float(text(page, "#gradient").replace("−", "-")) == pytest.approx(
        names["w1"].grad, rel=1e-14
    )
    assert "✓ agrees" in text(page, "#story"), "differences were computed anew too"


def test_a_page_loaded_again_has_its_inputs_where_they_were(opened: Opened) -> None:
    page = opened(neuron()[0], at="#step=3")
    page.evaluate("$('tape').open = true")
    page.wait_for_selector("#tape li")
    for name, x in (("x1", "1e+300"), ("w1", "-0.0"), ("b", "-inf")):
        write(page, name, x)
    until(page, "location.hash.includes('at.')")
    until(page, "document.querySelector('#tape summary').textContent.includes('moved')")
    assert "1e+300" in text(page, "#tape ol"), "the list has the numbers of now"
    page.evaluate("go(7)")
    until(page, "location.hash.startsWith('#step=8')")
    before = page.evaluate("numbers.map((_, n) => texts(n)[0])"), page.url
    page = opened(neuron()[0], at="#" + before[1].partition("#")[2])
    assert page.evaluate("numbers.map((_, n) => texts(n)[0])") == before[0]
    assert page.evaluate("step") == 7
    page.click("text=Reset")
    until(page, "!location.hash.includes('at.')")
    until(page, "document.querySelector('#tape summary').textContent === 'All steps'")


@pytest.mark.parametrize("wrong", ["at.n0=x", "at.n0=1,2", "at.n0=", "at.n9=3", "at.n77=3"])
def test_an_address_that_says_no_inputs_moves_none(opened: Opened, wrong: str) -> None:
    page = opened(neuron()[0], at=f"#step=2&{wrong}")
    assert page.evaluate("[step, pass, movedInputs().length]") == [1, 0, 0]


@pytest.mark.parametrize("width", [390, 1280])
def test_long_gradients_have_room(opened: Opened, width: int) -> None:
    x, y = Value(-3.3554e151, name="x"), Value(8.444e158, name="a longer name")
    page = opened(-1.5 * x**2 + y * -2.3456e-150, width=width)
    page.keyboard.press("End")
    assert page.evaluate("$('story').scrollWidth <= $('story').clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_inputs_stand_as_in_the_picture(opened: Opened) -> None:
    page = opened(neuron()[0])
    names = page.evaluate(
        "[...document.querySelectorAll('.upper .link')].map((x) => x.textContent)"
    )
    assert sorted(names) == ["b", "w1", "w2", "x1", "x2"]
    heights = page.evaluate(
        "(names) => names.map((name) => boxes[nodes.findIndex(({ label }) => label === name)].y)",
        names,
    )
    assert heights == sorted(heights)


def test_numbers_are_written_as_python_writes_them(opened: Opened) -> None:
    rng = random.Random(0)
    some = [struct.unpack("d", rng.randbytes(8))[0] for _ in range(1000)]
    some += [rng.uniform(-1, 1) * 10 ** rng.randint(-8, 18) for _ in range(1000)]
    some += [rng.randint(-(10**6), 10**6) / 2 ** rng.randint(0, 12) for _ in range(1000)]
    some += [
        0.0,
        -0.0,
        1.953125,
        0.03125,
        99999.99999,
        999999.5,
        1e16,
        1e22,
        5e-324,
        1e-3,
        9.9999999e-4,
    ]
    some = [x for x in some if math.isfinite(x)]
    page = opened(neuron()[0])
    script = "(xs) => xs.map((x) => (x = Number(x), [exactly(x), sixDigits(x), drawnNumber(x, '+'), drawnNumber(x)]))"
    found = page.evaluate(script, [repr(x) for x in some])
    for x, texts in zip(some, found):
        assert texts == [repr(x), told(x), number(x, "+"), number(x)]


def test_where_a_comparison_flips_it_stops_and_says_so(opened: Opened) -> None:
    page = opened(ag.draw(branching, 1.0, 2.0).html)
    write(page, "y", 3.0)
    before = all_numbers(page)
    write(page, "x", 0.25)
    told_here = text(page, "#stopped")
    assert "x > 0.5, which is 0.25 > 0.5, is false here, and was true" in told_here
    assert "flips at x = 0.5." in told_here
    assert "belongs to the other side" in told_here
    assert all_numbers(page) == before
    write(page, "x", 0.75)
    assert not page.is_visible("#stopped")
    (root,) = ag.draw(branching, 0.75, 3.0).graph.roots
    assert all_numbers(page) == expected_numbers(root)


def test_an_order_is_found_anew_and_an_index_that_would_be_another_stops(opened: Opened) -> None:
    page = opened(ag.draw(lambda a, b: np.median(np.stack([a, b, a * b])) + 0.0, 1.0, 4.0).html)
    write(page, "a", 3.0)
    assert page.evaluate("texts(nodes[root].value)[0]") == "4.0"
    page = opened(ag.draw(lambda x: x[np.argmax(x)] * 2.0, np.array([1.0, 3.0, 2.0])).html)
    page.evaluate("moveElement(nodes.findIndex(({ label }) => label === 'x'), 2, 5)")
    assert text(page, "#stopped").startswith(
        "The comparison x[2] ≤ x[1], which is 5 ≤ 3, is false here, and was true"
    )
    assert "It flips at x[2] = 3." in text(page, "#stopped")


def test_gradient_descent_steps_runs_and_settles(opened: Opened) -> None:
    page = opened(ag.draw(two_valleys, 1.0, 1.0).html)
    page.fill("#rate", "0.1")
    page.click("button:text-is('Step')")
    assert float(page.input_value(INPUT.format("x"))) == 1.0 - 0.1 * (2 * (1.0 - 3.0))
    assert float(page.input_value(INPUT.format("y"))) == 1.0 - 0.1 * (4 * (1.0 + 1.0))
    assert text(page, "#fallen") == "1 steps, from 12.5 to 5.94."
    page.uncheck("[aria-label='Descend by y']")
    page.click("#run")
    until(page, "document.getElementById('fallen').textContent.includes('settled')")
    assert text(page, "#run") == "Run"
    assert text(page, "#count").startswith(f"{page.get_attribute('#slider', 'max')} of")
    assert float(page.input_value(INPUT.format("x"))) == pytest.approx(3.0, abs=1e-4)
    assert float(page.input_value(INPUT.format("y"))) == 1.0 - 0.1 * 8.0, "it was not to move"
    assert page.evaluate("document.querySelector('#curve polyline').points.numberOfItems") > 10
    page.click("button:text-is('Reset')")
    assert [page.input_value(INPUT.format(name)) for name in "xy"] == ["1.0", "1.0"]


def test_a_rate_that_leads_nowhere_says_so(opened: Opened) -> None:
    page = opened(ag.draw(two_valleys, 1.0, 1.0).html)
    for rate, words in {
        "3": "That is no finite number: a smaller rate may help.",
        "1e300": "That is no finite number: a smaller rate may help.",
        "": "The rate is no number: nothing is there.",
        "abc": "The rate is no number: abc.",
        "1e400": "The rate is no number: 1e400.",
    }.items():
        page.fill("#rate", rate)
        page.click("#run")
        until(page, "!running && $('fallen').textContent")
        assert text(page, "#fallen").endswith(words)
        assert "settled" not in text(page, "#fallen")
        assert text(page, "#count") == "18 of 18", "all that was computed is seen"
        page.click("button:text-is('Reset')")
        assert page.input_value(INPUT.format("x")) == "1.0"


def test_descent_stops_at_a_flip(opened: Opened) -> None:
    page = opened(ag.draw(branching, 1.0, 2.0).html)
    page.click("#run")
    until(page, "!document.getElementById('stopped').hidden")
    until(page, "document.getElementById('run').textContent === 'Run'")
    assert float(page.input_value(INPUT.format("x"))) > 0.0
    assert page.evaluate("computation.value(computation.inputs[0])[0]") > 0.5


@pytest.mark.parametrize("wrong", ["", "two", "1,5", "0x", "<b>"])
def test_what_is_no_number_is_marked_and_moves_nothing(opened: Opened, wrong: str) -> None:
    page = opened(ag.draw(two_valleys, 1.0, 1.0).html)
    before = all_numbers(page)
    write(page, "x", wrong)
    assert page.get_attribute(INPUT.format("x"), "aria-invalid") == "true"
    assert all_numbers(page) == before
    write(page, "x", "−2")
    assert page.get_attribute(INPUT.format("x"), "aria-invalid") == "false"
    assert page.evaluate("computation.value(computation.inputs[0])[0]") in (-2.0, 1.0)


def test_rows_that_javascript_can_not_compute_are_named_and_stay(opened: Opened) -> None:
    @ag.custom_vjp(lambda g, z, x: (g * 2.0,))
    def doubled(x: float) -> float:
        return 2.0 * x

    x, y = Value(1.5, name="x"), Value(2.0, name="y")
    root = doubled(x) * y
    root.parents[0].name = "own"
    page = opened(root)
    assert "own: " in text(page, "#story")
    assert page.locator(INPUT.format("x")).count() == 0
    write(page, "y", 4.0)
    assert page.evaluate("texts(nodes[root].value)[0]") == "12.0"


FLAGS = """nodes.map((_, i) => [...document.querySelectorAll(`#n${i} text, [data-flag="${i}"]`)]
    .flatMap((text) => text.textContent.split("⚠ ").slice(1).map((word) => word.trim())))"""


def flags_at(page: Any, **inputs: float) -> list[list[str]]:
    """The flags of all nodes, once the inputs have rested where they are moved to."""
    for name, x in inputs.items():
        write(page, name, x)
    page.keyboard.press("Escape")
    page.evaluate("go(steps.length - 1)")
    until(page, "flagPass === pass")
    page.wait_for_timeout(50)
    found: list[list[str]] = page.evaluate(FLAGS)
    return found


@pytest.mark.parametrize(
    ("f", "points"),
    [
        (lambda x, y: ag.relu(x) * y + ag.log(y), [(-1.0, 2.0), (1.0, 0.0), (1.0, 2.0)]),
        (lambda x, y: ag.sigmoid(ag.sigmoid(x) * 1e-5) * 1e-5 + y / y, [(1.0, 1.0), (2.0, 0.0)]),
        (two_valleys, [(3.00000001, -1.00000001), (math.inf, 1.0), (math.nan, 1.0)]),
        (lambda x, y: ag.maximum(x, -math.inf) * y - x, [(2.0, math.inf), (math.inf, 1.0)]),
        (lambda x, y: ag.exp(-(x * y - math.inf)) * 0.0, [(2.0, 3.0), (1e200, 1e200)]),
    ],
)
def test_flags_are_found_anew_by_the_rules_of_pictures(opened: Opened, f: Any, points: Any) -> None:
    page = opened(ag.draw(f, 1.5, 1.25).html)
    for x, y in points:
        boxes = ag.draw(f, x, y)._view.boxes
        assert flags_at(page, x=x, y=y) == [list(box.facts.flags) for box in boxes], (x, y)


def test_small_gradients_of_what_fits_do_not_vanish() -> None:
    def flags(f: Any, *point: float) -> set[str]:
        return {flag for box in ag.draw(f, *point)._view.boxes for flag in box.facts.flags}

    assert flags(two_valleys, 3.00000001, -1.00000001) == set()
    assert flags(lambda x: ag.sigmoid(ag.sigmoid(x) * 1e-5) * 1e-5, 1.0) == {"vanishing"}
    assert flags(lambda x: ag.tanh(x), 20.0) == {"vanishing"}
