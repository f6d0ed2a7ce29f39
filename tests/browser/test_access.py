"""Accessibility of the page, as axe-core finds it: names, roles, contrast, order, at two sizes."""

from pathlib import Path
from typing import Any

import pytest

from demos.neuron import neuron
from tests.browser.conftest import Opened
from tests.browser.test_stepping import tensors

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}


@pytest.fixture(scope="session")
def axe() -> str:
    found = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    return (Path(found.__file__).parent / "axe.min.js").read_text("utf-8")


def violations(page: Any, axe: str) -> list[str]:
    """What axe-core finds wrong, a line for each rule."""
    page.evaluate(axe)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:150]}"
        for rule in found["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(opened: Opened, axe: str, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    for root in (neuron()[0], tensors()):
        page = opened(root, width=width, height=height, color_scheme=scheme)
        assert violations(page, axe) == []
        page.evaluate("location.hash = '#step=11&node=n3'")
        page.click("#tape summary")
        page.wait_for_selector("#tape li")
        assert violations(page, axe) == []
        page.keyboard.press("?")
        assert violations(page, axe) == []
