"""Boxes in which nodes are folded, opened on the page."""

import json
import re
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value
from autograd.drawing import opened as pictures
from tests.browser.conftest import Opened, violations
from tests.browser.test_arrays import all_numbers, write
from tests.browser.test_stepping import text, until


def network() -> Value:
    """A graph of more nodes than a page shows one by one, of modules in modules."""
    model = nn.MLP(6, [8, 8, 1], rng=0)
    points = [[0.1 * k * (j + 1) for k in range(6)] for j in range(5)]
    return ag.sum([(model(point) - 1.0) ** 2 for point in points])


OPEN = "document.getElementById('inside').open"
FOLDED = "nodes.findIndex(({ inside }) => inside !== undefined)"


def test_a_folded_box_opens_by_mouse_and_keyboard_and_has_what_is_in_it(
    opened: Opened, axe: str
) -> None:
    page = opened(ag.draw(network()).html)
    i = page.evaluate(FOLDED)
    page.evaluate(f"choose({i})")
    count = re.search(r"Open its ([\d,]+) nodes", text(page, "#story"))
    assert count
    page.click("#opener")
    until(page, OPEN)
    assert text(page, "#inside-title") == page.evaluate(f"nodes[{i}].label")
    assert page.locator("#inner .node").count() > 1
    labels = page.evaluate("[...document.querySelectorAll('#inner .node')].map((g) => g.ariaLabel)")
    assert all("grad" in label for label in labels)
    assert violations(page, axe) == []
    page.keyboard.press("ArrowRight")
    assert text(page, "#count").startswith("1 of"), "steps wait behind it"
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('inside').open")
    page.keyboard.press("o")
    until(page, OPEN)
    page.click("#leave")
    assert not page.evaluate("document.getElementById('inside').open")


def test_what_is_folded_in_it_opens_too_and_one_goes_back(opened: Opened) -> None:
    page = opened(ag.draw(network()).html)
    script = """(async () => {
        trail.push([(await insides).findIndex((each) => each.includes('data-inside')), 'outer']);
        await showInside();
        document.querySelector('#inner [data-inside]').focus();
    })()"""
    page.evaluate(script)
    outside = page.evaluate("document.getElementById('inner').innerHTML")
    page.keyboard.press("Enter")
    until(page, f"document.getElementById('inner').innerHTML !== {json.dumps(outside)}")
    assert text(page, "#inside-title").startswith("outer › ")
    page.click("#outer")
    until(page, f"document.getElementById('inner').innerHTML === {json.dumps(outside)}")
    assert text(page, "#inside-title") == "outer"
    assert not page.is_visible("#outer")


def test_what_has_no_room_says_so(opened: Opened, monkeypatch: Any) -> None:
    monkeypatch.setattr(pictures.opened, "__defaults__", (0,))
    page = opened(ag.draw(network()).html)
    page.evaluate("choose(nodes.findIndex(({ folded }) => folded))")
    until(page, "document.getElementById('story').textContent.includes('expand= of ag.draw')")
    assert page.locator("#opener").count() == 0


def weighted(a: Any, b: Any, c: Any, d: Any) -> Any:
    """A loss of some hundred nodes, in terms that fold."""
    w = [a, b, c, a]
    terms: list[Any] = []
    for x in [0.1 * k - 1.0 for k in range(30)]:
        hidden = [ag.relu(w[j] * x + w[j + 1] * abs(x)) for j in (0, 1, 2)]
        terms.append(ag.tanh(ag.sum(hidden) - x) ** 2)
    return ag.sum(terms) + ag.exp(d)


TEXTS = """async () => {
    const pictures = [];
    for (const box of nodes.filter(({ inside }) => inside !== undefined)) {
        trail.splice(0, 9, [box.inside, '']);
        await showInside();
        pictures.push([...document.querySelectorAll('#inner text')].map((text) => text.textContent));
    }
    $('inside').close();
    return pictures;
}"""
DRAWN = "[...document.querySelectorAll('#graph text')].map((text) => text.textContent)"


def test_a_folded_page_computes_what_its_boxes_have_and_what_is_in_them(opened: Opened) -> None:
    page, fresh = (opened(ag.draw(weighted, 0.7, b, 0.9, 0.2).html) for b in (-0.4, -2.5))
    assert page.evaluate("nodes.some(({ folded }) => folded) && inner.length > 200")
    before = page.evaluate(TEXTS)
    write(page, "b", -2.5)
    for found, right in zip(all_numbers(page), all_numbers(fresh), strict=True):
        for xs, ys in zip(found, right, strict=True):
            np.testing.assert_allclose(xs, ys, 1e-9, 1e-12)
    until(page, "flagPass === pass")
    fresh.evaluate("go(steps.length - 1)")
    assert page.evaluate(DRAWN) == fresh.evaluate(DRAWN)
    drawn = page.evaluate(TEXTS)
    flags = re.compile("⚠")  # which are those of the drawn point there
    assert [[x for x in texts if not flags.match(x)] for texts in drawn] == [
        [x for x in texts if not flags.match(x)] for texts in fresh.evaluate(TEXTS)
    ]
    assert drawn != before


def test_inputs_that_are_folded_have_fields_and_descend(opened: Opened) -> None:
    page = opened(ag.draw(network()).html)
    count = page.evaluate("movable.size")
    assert page.locator(".inputs input[type=range]").count() == count > 50
    loss = "computation.value(inner.length - 1)[0]"
    page.fill("#rate", "1e-4")
    page.evaluate("descend()")
    page.evaluate("descend()")
    assert page.evaluate("losses[2] < losses[1] && losses[1] < losses[0]")
    assert page.evaluate("losses[2]") == page.evaluate(loss)
    cells = page.locator(".inputs [data-node]").all_text_contents()
    assert len(cells) == count
    assert not [x for x in cells if x == "—"], "the pass is over"
    page.evaluate("go(0)")
    assert {*page.locator(".inputs [data-node]").all_text_contents()} == {"—"}


ALL_TOLD = """() => {
    const told_ = steps.map((each) => told(each).map((x) => [x].flat().map((y) => y.textContent ?? y).join('')).join('; '));
    return [told_, nodes.map((_, i) => (choose(i), document.getElementById('story').textContent))];
}"""


def test_each_step_and_story_of_a_folded_page_is_told(opened: Opened) -> None:
    for f, at in ((weighted, (0.7, -0.4, 0.9, 0.2)), (lambda: network(), ())):
        page = opened(ag.draw(f, *at).html)
        told, stories = page.evaluate(ALL_TOLD)
        assert all(re.search(r"\d", words) for words in told)
        assert not re.search("undefined|NaN|\\[object", " ".join(told + stories))
        page.set_viewport_size({"width": 360, "height": 800})
        for i in range(page.evaluate("nodes.length")):
            page.evaluate(f"choose({i})")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, i
        page.evaluate("choose(null), move(new Map())")
        moved, _ = page.evaluate(ALL_TOLD)
        assert len(moved) == len(told)
        assert not re.search("undefined|NaN|\\[object", " ".join(moved))
        assert len(page.pdf()) > 10_000


def test_what_is_folded_is_found_by_its_name(opened: Opened) -> None:
    page = opened(ag.draw(weighted, 0.7, -0.4, 0.9, 0.2).html)
    box = page.evaluate("nodes.findIndex(({ folded }) => folded)")
    name = page.evaluate(f"inner.find((node) => node.box === {box}).label")
    page.fill("#search", name)
    page.keyboard.press("Enter")
    assert page.evaluate("chosen") == box
    assert page.locator("#found option").count() > page.evaluate("inner.length")


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=hacked=1>", "</template><b>", "a\0b", "]]>&amp;"]
)
def test_hostile_names_of_what_is_folded_stay_text(opened: Opened, name: str) -> None:
    x = Value(0.5, name=name)
    page = opened(ag.draw(ag.sum([ag.tanh(x * k) ** 2 for k in range(1, 40)]), most=8).html)
    told = page.evaluate("(async () => (await insides).length)()")
    assert told >= 1
    shown = page.evaluate(TEXTS)
    plain = "".join(c if c.isprintable() else " " for c in name)
    assert any(plain in text for texts in shown for text in texts)
    assert page.locator("#inner img, #inner b, #graph img").count() == 0
    assert page.evaluate("typeof hacked") == "undefined"
