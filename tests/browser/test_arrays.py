"""Arrays on a page: each of their numbers can be moved, and all that follows is as in Python."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.drawing.facts import gradient_summary, summary
from autograd.explaining.ledger import ledger
from autograd.graph import backward_order
from tests.browser.conftest import Opened, violations
from tests.browser.test_stepping import CONTRAST, SHOTS, text, until

X = np.random.default_rng(0).normal(size=(4, 3))
Y = np.random.default_rng(1).normal(size=(4, 2))


def network(w: Any, b: Any, v: Any) -> Any:
    return ((ag.tanh(X @ w + b) @ v - Y) ** 2).mean()


def of_many_kinds(w: Any, b: Any, v: Any) -> Any:
    """Indices, choices, broadcasts and reductions, and a root that is an array."""
    chosen = ag.where(w > b, w * v[0, 0], ag.exp(w))
    return ag.softmax(chosen[1:] * b[::-1], axis=1).T + ag.maximum(v, 0.1).sum(axis=0)


def inputs() -> list[Any]:
    rng = np.random.default_rng(2)
    return [rng.normal(size=(3, 2)), np.array([0.5, -0.25]), rng.normal(size=(2, 2))]


def field(name: str) -> str:
    return f"input[aria-label='{name}, value']"


def write(page: Any, name: str, x: object) -> None:
    page.fill(field(name), str(x))
    page.keyboard.press("Enter")


READ = """() => {
    const flat = (n) => (texts(n)[0].match(/-?(nan|inf|[\\d.]+(e[+-]\\d+)?)/g));
    return [nodes.map(({ value }) => flat(value)), ...steps.flatMap(([phase, , , g, , ...more]) =>
        phase === 2 ? [[g, ...more].map(flat)] : [])];
}"""


def all_numbers(page: Any) -> list[list[np.ndarray]]:
    """The numbers of all nodes, and of all steps: an adjoint, a share, and sums around it."""
    return [[np.array(x, float) for x in numbers] for numbers in page.evaluate(READ)]


def expected_numbers(root: Any) -> list[list[np.ndarray]]:
    values = [np.ravel(node.data) for node in backward_order([root])[::-1]]
    seed = 1.0 if isinstance(root, Value) else np.ones(root.shape)
    steps = [[e.adjoint, e.share, e.before, e.after] for e in ledger(root, seed)]
    return [values, *([np.ravel(x) for x in step] for step in steps)]


def assert_as_in_python(page: Any, root: Any) -> None:
    for found, right in zip(all_numbers(page), expected_numbers(root), strict=True):
        for xs, ys in zip(found, right, strict=True):
            np.testing.assert_allclose(xs, ys, 1e-13, 1e-13)


@pytest.mark.parametrize("function", [network, of_many_kinds])
def test_moving_one_number_computes_all_anew(opened: Opened, function: Any) -> None:
    given = inputs()
    page = opened(ag.draw(function, *given).html)
    page.evaluate("move(new Map())")
    assert_as_in_python(page, ag.draw(function, *given).graph.roots[0])
    write(page, "w[1, 0]", 0.4)
    write(page, "b[1]", "−0.5")
    given[0][1, 0], given[1][1] = 0.4, -0.5
    (root,) = ag.draw(function, *given).graph.roots
    assert_as_in_python(page, root)
    drawn = page.evaluate("nodes.map(({ value }) => drawnValue(texts(value)))")
    slopes = page.evaluate("nodes.map((node, i) => texts(gradientAt(i, steps.length - 1))[2])")
    found = ag.gradients(root, backward_order([root])[::-1], np.ones(root.shape))
    for node, gradient, line, slope in zip(
        backward_order([root])[::-1], found, drawn, slopes, strict=True
    ):
        lines = summary(np.asarray(node.data))
        assert line == lines[0 if node.size == 1 else 1]
        if function is network:  # the other has sums that are 0 but for rounding
            assert slope == gradient_summary(np.asarray(gradient))


def test_the_slider_moves_the_number_that_was_gone_to(opened: Opened) -> None:
    page = opened(ag.draw(network, *inputs()).html)
    page.focus(field("w[2, 1]"))
    page.focus("input[aria-label='w[2, 1], slider']")
    page.keyboard.press("ArrowRight")
    moved = page.evaluate("[...computation.value(0)]")
    before = inputs()[0].ravel()
    assert moved[:5] == before[:5].tolist()
    assert moved[5] > before[5]
    assert float(page.get_attribute(field("w[2, 1]"), "title")) == moved[5]


def test_a_step_shows_its_matrices_by_the_formula_of_the_pullback(opened: Opened) -> None:
    page = opened(ag.draw(network, *inputs()).html)
    k = page.evaluate(
        "steps.findIndex(([phase, i, p]) => phase === 2 && ruleOf(i, p).includes('c1.mT @ g'))"
    )
    page.evaluate(f"go({k})")
    root = ag.draw(network, *inputs()).graph.roots[0]
    entry = next(e for e in ledger(root) if e.operand.name == "w")
    labels = page.eval_on_selector_all("#sum .matrix", "(all) => all.map((m) => m.title)")
    shown = [np.array(eval(label)) for label in labels]  # noqa: S307: our own brackets
    np.testing.assert_allclose(shown[0], X)
    np.testing.assert_allclose(shown[1], entry.adjoint)
    np.testing.assert_allclose(shown[2], entry.share)
    np.testing.assert_allclose(shown[0].T @ shown[1], shown[2], 1e-13)
    assert "ᵀ @" in text(page, "#sum")
    page.evaluate("move(new Map())")
    page.evaluate(f"go({k})")
    again = page.eval_on_selector_all("#sum .matrix", "(all) => all.map((m) => m.title)")
    np.testing.assert_allclose(np.array(eval(again[0])), X)


def test_descent_goes_down_by_all_numbers(opened: Opened) -> None:
    given = inputs()
    page = opened(ag.draw(network, *given).html)
    page.fill("#rate", "0.1")
    page.click("button:text-is('Step')")
    gradients = ag.grad(network, (0, 1, 2))(*given)
    for i, x, gradient in zip(
        page.evaluate("computation.inputs"), _in_order(page, given), _in_order(page, gradients)
    ):
        found = page.evaluate(f"[...computation.value({i})]")
        np.testing.assert_allclose(found, (x - 0.1 * gradient).ravel(), 1e-13)
    page.click("#run")
    until(page, "losses.length > 50")
    page.click("button:text-is('Reset')")
    until(page, "!running")
    assert (
        page.evaluate("[...computation.value(nodes.findIndex((n) => n.label === 'w'))]")
        == given[0].ravel().tolist()
    )


def _in_order(page: Any, trees: Any) -> list[np.ndarray]:
    labels = page.evaluate("computation.inputs.map((i) => nodes[i].label)")
    return [np.asarray(trees["wbv".index(label)]) for label in labels]


def test_the_element_at_which_a_comparison_flips_is_named(opened: Opened) -> None:
    page = opened(ag.draw(lambda w: (w * w).sum() if w[1] > 0.5 else w.sum(), np.ones(2)).html)
    write(page, "w[1]", 0.0)
    assert "It flips at w[1] = 0.5." in text(page, "#stopped")
    write(page, "w[1]", 2.0)
    assert not page.is_visible("#stopped")
    assert page.evaluate("texts(nodes[root].value)[0]") == "5.0"


def test_large_inputs_have_no_fields_and_descend(opened: Opened) -> None:
    page = opened(ag.draw(lambda w, a: (w * w * a).sum(), np.ones((7, 8)), 2.0).html)
    assert "Too many numbers for fields" in text(page, "#story")
    assert page.locator(field("w[0, 0]")).count() == 0
    page.uncheck("[aria-label='Descend by a']")
    page.click("button:text-is('Step')")
    assert "steps, from 112 to 71.68" in text(page, "#fallen")


def test_graphs_of_too_many_numbers_and_of_complex_ones_stay_still(opened: Opened) -> None:
    page = opened((Tensor(np.ones((150, 150)), name="w") * 2.0).sum())
    assert "45,001 numbers; it needs at most 20,000" in text(page, "#story")
    assert page.evaluate("computation") is None
    page = opened(ag.abs(Tensor(np.array([1 + 2j]), name="z") * 2.0).sum())
    assert "Complex numbers are not computed anew" in text(page, "#story")


def test_gradients_through_what_stays_are_not_told(opened: Opened) -> None:
    a, x, s = Tensor(np.eye(2) * 2.0, name="A"), Tensor([1.0, 2.0], name="x"), Value(2.0, name="s")
    page = opened((ag.linalg.solve(a, x) * s).sum())
    assert "solve is computed in Python alone" in text(page, "#story")
    write(page, "s", 3.0)
    assert page.evaluate("texts(nodes[root].value)[0]") == "4.5"
    told = "(label) => { const i = nodes.findIndex((n) => n.label === label); return texts(gradientAt(i, 1e9))[2]; }"
    assert page.evaluate(told, "s") == "+1.5000"
    assert [page.evaluate(told, label) for label in "Ax"] == ["—", "—"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits(opened: Opened, axe: str, width: int, scheme: str) -> None:
    page = opened(ag.draw(network, *inputs()).html, width=width, color_scheme=scheme)
    write(page, "w[0, 0]", 1.5)
    page.keyboard.press("Escape")
    page.evaluate("go(steps.length - 2)")
    assert not violations(page, axe)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"arrays-{scheme}-{width}.png", full_page=width == 390)


def test_a_story_has_an_array_as_a_matrix_or_as_a_map(opened: Opened) -> None:
    rng = np.random.default_rng(0)
    large, small = rng.normal(size=(8, 10)), rng.normal(size=(10, 2))
    page = opened(ag.draw(lambda w, x: ag.tanh(w @ x).sum(), large, small).html)
    page.evaluate("choose(nodes.findIndex(({ label }) => label === 'w')), go(steps.length - 1)")
    classes = """(id) => {
        const found = [];
        for (const path of document.querySelectorAll(`#${id} .heatmap path`))
            for (const [, x, y] of path.getAttribute('d').matchAll(/M(\\d+),(\\d+)/g))
                found[10 * y + Number(x)] = path.getAttribute('class');
        return found;
    }"""
    for id, array in (("value", large), ("gradient", None)):
        found = page.evaluate(classes, id)
        assert len(found) == 80
        lines = "(id) => getComputedStyle(document.querySelector(`#${id} .heatmap path`)).stroke"
        assert page.evaluate(lines, id) == "none"
        if array is not None:
            names = {1: "pos", -1: "neg"}
            assert [name[:3] for name in found] == [names[int(np.sign(x))] for x in array.ravel()]
    page.evaluate("moveElement(nodes.findIndex(({ label }) => label === 'w'), 79, -100)")
    assert page.evaluate(classes, "value")[79] == "neg5"
    page.evaluate("moveElement(nodes.findIndex(({ label }) => label === 'w'), 0, Infinity)")
    assert page.evaluate(classes, "value")[0] == "bad"
    page.evaluate("choose(nodes.findIndex(({ op }) => op === 'sum'))")
    assert page.locator("#value .heatmap, #value .matrix").count() == 0, "it is a number"


def test_complex_arrays_are_told_in_words_and_not_as_matrices(opened: Opened) -> None:
    page = opened(ag.draw(lambda x: np.abs(np.fft.fft(x)[1]), np.array([1.0, 2.0, 3.0, 5.0])).html)
    for k in range(int(page.get_attribute("#slider", "max"))):
        page.evaluate(f"go({k})")
        assert "nan" not in text(page, "#step")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_in_boxes_are_read_in_any_light_and_infinite_ones_too(
    opened: Opened, axe: str, scheme: str
) -> None:
    mask = np.where(np.tril(np.ones((3, 3))) > 0, 0.0, -np.inf)
    drawing = ag.draw(lambda x: (ag.softmax(x @ x.T + mask, axis=-1) @ x).sum(), X[:3])
    page = opened(drawing.html, at="#step=99", color_scheme=scheme)
    assert page.locator("#graph .numbers .bad").count() >= 3
    assert page.locator("#graph .numbers .pos, #graph .numbers .neg").count() > 9
    assert page.evaluate(CONTRAST) == []
    assert violations(page, axe) == []


def test_matrices_in_boxes_follow_steps_and_moved_inputs(opened: Opened) -> None:
    page = opened(ag.draw(network, *inputs()).html)
    boxes = """() => cells.map(({ arrays }) => arrays.filter(({ frame }) => !frame)
        .map(({ array }) => [...array.children].map((text) => text.textContent)))"""
    assert {x for box in page.evaluate(boxes) for xs in box for x in xs} - {"—"}, "one is known"
    assert page.evaluate("[...document.querySelectorAll('#graph .heat:not(.hidden)')].length") == 0
    page.evaluate("go(steps.length - 1)")
    drawn = page.evaluate(boxes)
    write(page, "w[1, 0]", 0.4)
    page.evaluate("fill(step)")
    given = inputs()
    given[0][1, 0] = 0.4
    fresh = opened(ag.draw(network, *given).html, at="#step=999")
    assert page.evaluate(boxes) == fresh.evaluate(boxes) != drawn
    assert not {x for box in page.evaluate(boxes) for xs in box for x in xs if x == "—"}


def test_maps_in_boxes_are_those_of_pictures_where_inputs_move(opened: Opened) -> None:
    def f(w: Any) -> Any:
        return (np.tanh(w) ** 2).sum()

    w = np.random.default_rng(3).normal(size=(5, 9))
    page = opened(ag.draw(f, w).html)
    shades = """() => [...document.querySelectorAll('#graph .heat')].map((map) => {
        const { x, y, width, height } = around(map.nextElementSibling);
        const found = [];
        for (let v = y + 4; v < y + height; v += 8) for (let u = x + 4; u < x + width; u += 8) {
            const path = [...map.children].find((p) => p.isPointInFill(new DOMPoint(u, v)));
            found.push(path && path.getAttribute('class') !== 'none' ? path.getAttribute('class') : '');
        }
        return found;
    })"""
    before = page.evaluate(shades)
    w[2, 3], w[4, 8] = 9.0, -7.0
    write(page, "w[2, 3]", 9.0)
    write(page, "w[4, 8]", -7.0)
    page.evaluate("fill(step)")
    fresh = opened(ag.draw(f, w).html, at="#step=999")
    found = page.evaluate(shades)
    assert [len(each) for each in found] == [45] * len(before)
    assert found == fresh.evaluate(shades) != before
