"""Cells of notebooks in a browser: the page in its frame, and pictures in the theme of the notebook."""

from typing import Any

import pytest

import autograd as ag
from autograd.drawing import palette
from demos.neuron import neuron
from tests.browser.conftest import Opened

LIGHT, DARK = "true", "false"


def notebook(shown: Any, light: str) -> str:
    """A cell of JupyterLab in one of its themes."""
    return (
        f'<html data-ready><body data-jp-theme-light="{light}">{shown._repr_html_()}</body></html>'
    )


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def test_the_page_steps_in_its_frame(opened: Opened) -> None:
    page = opened(notebook(ag.draw(neuron()[0]).html, LIGHT))
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(state="attached")
    before = frame.locator("#count").inner_text()
    frame.locator("#next").click()
    assert frame.locator("#count").inner_text() != before
    assert page.evaluate("document.querySelector('iframe').contentDocument") is None


def test_a_page_that_gets_its_size_later_opens_as_others_do(opened: Opened) -> None:
    """JupyterLab shows a cell after it has put it together."""
    html = ag.draw(neuron()[0]).html._repr_html_()
    seen = ""
    for width in ("100%", "0"):
        cell = f'<div id="cell" style="width:{width};overflow:hidden">{html}</div>'
        page = opened(f"<html data-ready><body>{cell}</body></html>")
        frame = page.frame_locator("iframe")
        frame.locator("html[data-ready]").wait_for(state="attached")
        page.evaluate("cell.style.width = '100%'")
        seen = seen or frame.locator("#graph > svg").get_attribute("viewBox")
        frame.locator(f'#graph > svg[viewBox="{seen}"]').wait_for(state="attached", timeout=5_000)


@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize(
    ("light", "ink"), [(LIGHT, palette.LIGHT["ink"]), (DARK, palette.DARK["ink"])]
)
def test_a_drawing_goes_by_the_theme_of_the_notebook(
    opened: Opened, system: str, light: str, ink: str
) -> None:
    page = opened(notebook(ag.draw(neuron()[0]), light), color_scheme=system)
    fill = "getComputedStyle(document.querySelector('.chainrule text')).fill"
    assert page.evaluate(fill) == rgb(ink)


def test_a_large_drawing_scrolls_in_a_narrow_cell(opened: Opened) -> None:
    drawing = ag.draw([ag.Value(float(i)) * 2.0 + 1.0 for i in range(60)], fold=False)
    page = opened(notebook(drawing, LIGHT), width=400)
    wide, high, shown_wide, shown_high = page.evaluate(
        "(c => [c.scrollWidth, c.scrollHeight, c.clientWidth, c.clientHeight])"
        "(document.querySelector('.chainrule-cell'))"
    )
    assert wide > shown_wide
    assert high > shown_high
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
