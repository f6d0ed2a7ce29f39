"""Pages opened in a real Chromium; without one, or without Playwright, the tests are skipped."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd.drawing.graph import Graph
from autograd.drawing.page import page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    " --disable-background-networking --disable-component-update"
).split()
READY = "html[data-ready]"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}


def program() -> str | None:
    """The Chromium that CHROMIUM= names, or that is found."""
    names = (os.environ["CHROMIUM"],) if "CHROMIUM" in os.environ else NAMES
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    found = program()
    if found is None:
        pytest.skip("there is no Chromium; install it, or name it by CHROMIUM=")
    with playwright.sync_playwright() as started:
        try:
            chromium = started.chromium.launch(executable_path=found, args=FLAGS, timeout=60_000)
        except playwright.Error as error:  # one that was named must start
            if "CHROMIUM" in os.environ:
                raise
            pytest.skip(f"{found} does not start: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()


Opened = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """A function that opens the page of a root; in the end nothing was asked for, and no error."""
    contexts: list[Any] = []
    requests: list[str] = []
    errors: list[str] = []

    def opened(
        root: Any,
        at: str = "",
        width: int = 1280,
        height: int = 800,
        ready: str = READY,
        fails: bool = False,
        **look: Any,
    ) -> Any:
        file = tmp_path / f"{len(contexts)}.html"
        file.write_text(root if isinstance(root, str) else page(Graph([root])), encoding="utf-8")
        look = {"color_scheme": "light", "reduced_motion": "reduce"} | look
        context = browser.new_context(viewport={"width": width, "height": height}, **look)
        contexts.append(context)
        shown = context.new_page()
        shown.on("request", lambda request: requests.append(request.url))
        if not fails:
            shown.on("pageerror", lambda error: errors.append(str(error)))
        shown.on("console", lambda message: errors.append(message.text))
        shown.goto(file.as_uri() + at)
        shown.wait_for_selector(ready, state="attached", timeout=10_000)
        return shown

    yield opened
    for context in contexts:
        context.close()
    assert not errors
    assert [url for url in requests if not url.startswith("file:")] == []
    assert len(requests) == len(contexts), "each page is the only thing that is asked for"


@pytest.fixture(scope="session")
def axe() -> str:
    found = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    return (Path(found.__file__).parent / "axe.min.js").read_text("utf-8")


def violations(page: Any, axe: str) -> list[str]:
    """Return the faults that axe-core finds, a line for each rule."""
    page.evaluate(axe)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:150]}"
        for rule in found["violations"]
    ]
