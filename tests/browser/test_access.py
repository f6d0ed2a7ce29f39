"""Accessibility of the page, as axe-core finds it: names, roles, contrast, order, at two sizes."""

import pytest

from demos.neuron import neuron
from tests.browser.conftest import SIZES, Opened, violations
from tests.browser.test_stepping import tensors


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
