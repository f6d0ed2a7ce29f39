"""Playgrounds in a browser, beside the engine in Python."""

import math
import random
from typing import Any

import pytest

import autograd as ag
from demos.playgrounds.pages import NAMES, html
from demos.slowdown import COSTS, learn
from tests.browser.conftest import SIZES, Opened, violations
from tests.browser.test_stepping import text, until


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_each_page_opens_fits_and_is_accessible(
    opened: Opened,
    axe: str,
    name: str,
    scheme: str,
) -> None:
    page = html(name)
    for width, height in SIZES.values():
        shown = opened(page, width=width, height=height, color_scheme=scheme)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(shown, axe) == []


def points_of(page: Any, kind: str, figure: int = 0) -> int:
    """How many points a curve of a plot has."""
    script = f"document.querySelectorAll('figure')[{figure}].querySelector('polyline.{kind}').points.numberOfItems"
    return int(page.evaluate(script))


def test_the_slowdown_is_that_of_the_demo(opened: Opened) -> None:
    page = opened(html("slowdown"))
    told = text(page, "#said")
    for loss in COSTS.values():
        moments = learn(loss)
        below = next(k for k, moment in enumerate(moments) if moment.output < 0.5)
        assert f"after {below} steps" in told
    assert [points_of(page, kind, figure) for kind in ("one", "two") for figure in (0, 1)] == [
        301
    ] * 4
    page.focus("input[type=range]")
    page.keyboard.press("Home")
    assert text(page, "#said") != told


def test_absolute_value_is_learned_and_exact_weights_have_no_cost(opened: Opened) -> None:
    page = opened(html("absolute"))
    assert points_of(page, "one") == points_of(page, "two") == 241
    first = float(page.evaluate("costs[0]"))
    page.click("button:text-is('Step')")
    assert page.evaluate("costs.length") == 2
    page.click("button:text-is('Run')")
    until(page, "costs.length > 30")
    assert page.evaluate("costs.at(-1)") < first / 10
    page.click("button:text-is('Exact weights')")
    assert text(page, "#said").startswith("Cost 0 after 0 steps.")


def test_the_moons_are_told_apart(opened: Opened) -> None:
    page = opened(html("moons"))
    page.evaluate("descend(300)")
    assert "60 of 60" in text(page, "#said") or page.evaluate("costs.at(-1)") < 0.1
    assert (
        page.evaluate("new Set(canvas.getContext('2d').getImageData(0, 0, 64, 64).data).size") > 20
    )
    page.click("button:text-is('Other weights')")
    assert text(page, "#said").startswith("After 0 steps")


@pytest.mark.parametrize("width", [390, 1280])
def test_what_the_network_answers_is_drawn_where_the_axes_say(opened: Opened, width: int) -> None:
    page = opened(html("moons"), width=width)
    sides = page.evaluate("""[canvas, ...document.querySelectorAll('.surface .axis')].map((each) => {
        const { left, right, top, bottom } = each.getBoundingClientRect();
        return [left, right, top, bottom];
    })""")
    lines = list(zip(*sides[1:]))
    axes = [min(lines[0]), max(lines[1]), min(lines[2]), max(lines[3])]
    across = [side for side in sides[1:] if side[1] - side[0] > 9]
    axes[0], axes[1] = across[0][0], across[0][1]
    assert sides[0] == pytest.approx(axes, abs=1.0)


@pytest.mark.parametrize(
    ("axis", "least", "found"),
    [
        ("[-1.6, 2.6]", 0, "-1 0 1 2"),
        ("[-16, 0]", 1, "-16 -14 -12 -10 -8 -6 -4 -2 0"),
        ("[0, 0.77]", 0, "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7"),
        ("[0, 0]", 0, ""),
        ("[0, Infinity]", 0, ""),
        ("[0, NaN]", 0, ""),
    ],
)
def test_axes_have_round_numbers(opened: Opened, axis: str, least: int, found: str) -> None:
    page = opened(html("slowdown"))
    assert page.evaluate(f"ticks({axis}, {least}).map(short).join(' ')").replace("−", "-") == found


def test_derivatives_of_all_orders_are_those_of_the_engine(opened: Opened) -> None:
    page = opened(html("taylor", ["exp(x) * cos(x)"]))
    for x in (-1.0, 0.25):
        found = page.evaluate(f"programs.get('exp(x) * cos(x)')([{x}])")
        for n, derivative in enumerate(found):
            exact = (
                ag.derivative(lambda x: ag.exp(x) * ag.cos(x), order=n)(x)
                if n
                else math.exp(x) * math.cos(x)
            )
            assert derivative == pytest.approx(exact, rel=1e-12, abs=1e-12)
    page.select_option("select", "sqrt(1 + x)")
    assert "T(x) = " in text(page, "#said")
    assert points_of(page, "one") == 241


def test_errors_of_differences_are_those_of_differences(opened: Opened) -> None:
    page = opened(html("steps"))
    rng = random.Random(0)
    for _ in range(3):
        x = rng.uniform(-1, 1)
        value, slope = page.evaluate(f"programs.get('sin(x)')([{x}])")
        assert (value, slope) == (
            pytest.approx(math.sin(x), rel=1e-15),
            pytest.approx(math.cos(x), rel=1e-15),
        )
    assert "The best steps here are 10^−" in text(page, "#said")
    assert points_of(page, "one") == points_of(page, "two") == 129
