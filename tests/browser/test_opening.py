"""Boxes in which nodes are folded, opened on the page."""

import re
from typing import Any

import autograd as ag
import nn
from autograd import Value
from autograd.drawing import opened as pictures
from tests.browser.conftest import Opened, violations
from tests.browser.test_stepping import text, until


def network() -> Value:
    """A graph of more nodes than a page shows one by one, of modules in modules."""
    model = nn.MLP(6, [8, 8, 1], rng=0)
    points = [[0.1 * k * (j + 1) for k in range(6)] for j in range(5)]
    return ag.sum([(model(point) - 1.0) ** 2 for point in points])


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
    assert page.evaluate("document.getElementById('inside').open")
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
    assert page.evaluate("document.getElementById('inside').open")
    page.click("#leave")
    assert not page.evaluate("document.getElementById('inside').open")


def test_what_is_folded_in_it_opens_too_and_one_goes_back(opened: Opened) -> None:
    page = opened(ag.draw(network()).html)
    script = """(() => {
        const k = [...insides].findIndex((each) => each.content.querySelector('[data-inside]'));
        open(k, 'outer');
        document.querySelector('#inner [data-inside]').focus();
    })()"""
    page.evaluate(script)
    outside = page.evaluate("document.getElementById('inner').innerHTML")
    page.keyboard.press("Enter")
    assert text(page, "#inside-title").startswith("outer › ")
    assert page.evaluate("document.getElementById('inner').innerHTML") != outside
    page.click("#outer")
    assert text(page, "#inside-title") == "outer"
    assert not page.is_visible("#outer")


def test_what_has_no_room_says_so(opened: Opened, monkeypatch: Any) -> None:
    monkeypatch.setattr(pictures.opened, "__defaults__", (0,))
    page = opened(ag.draw(network()).html)
    page.evaluate("choose(nodes.findIndex(({ folded }) => folded))")
    until(page, "document.getElementById('story').textContent.includes('expand= of ag.draw')")
    assert page.locator("#opener").count() == 0
