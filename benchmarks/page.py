"""Pages of 500 nodes in Chromium: their size, how soon they answer, and a slider's answer.

    python -m benchmarks.page

Chromium and Playwright are those of `make test-browser`. Times are the least of several, in ms. The
answer is all that the script does for one move: forward, backward, contributions, and what is in
sight written anew; and then also the layout by the browser.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
import nn
from autograd.graph import backward_order
from benchmarks.layouts import expression
from tests.browser.conftest import FLAGS, READY, program

ANSWER = """async () => {
    const slider = document.querySelector('.inputs input[type=range]');
    const frame = () => new Promise(requestAnimationFrame);
    const times = [];
    for (let k = 0; k < 40; k++) {
        await frame();
        slider.value = +slider.min + ((slider.max - slider.min) * (k + 1)) / 42;
        const start = performance.now();
        slider.dispatchEvent(new Event('input'));
        const done = performance.now();
        document.body.getBoundingClientRect();
        times.push([done - start, performance.now() - start]);
    }
    return [0, 1].map((j) => Math.min(...times.map((each) => each[j])));
}"""
LOADED = "performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart"
LIMITS = {"kB": 400.0, "interactive": 500.0, "answer": 16.0}


def network() -> ag.Value:
    """The loss of a network on six points: just under 500 nodes."""
    model = nn.MLP(3, [4, 4, 1], rng=0)
    points = np.random.default_rng(0).normal(size=(6, 3)).tolist()
    return ag.sum([(model(point) - 1.0) ** 2 for point in points])


GRAPHS = {"a network": network, "random operations": lambda: expression(500, 0, 40)}


def measured(chromium: Any, file: Path, repeats: int = 5) -> dict[str, float]:
    """Return what a page takes, the least of some repeats."""
    found: list[list[float]] = []
    for _ in range(repeats):
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.goto(file.as_uri())
        page.wait_for_selector(READY, state="attached")
        ready = float(page.evaluate(LOADED))
        found.append([ready, *page.evaluate(ANSWER)])
        page.close()
    least = [min(times) for times in zip(*found)]
    return dict(zip(("interactive", "answer", "answer and layout"), least))


def main() -> int:
    """Print the figures; 1 if one is above its limit."""
    from playwright.sync_api import sync_playwright

    is_above = False
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=program(), args=FLAGS)
        for (name, make), fold in itertools.product(GRAPHS.items(), (True, False)):
            root = make()
            start = time.thread_time()
            html = ag.draw(root, fold=fold).html
            made = time.thread_time() - start
            file = Path(folder) / "page.html"
            file.write_text(html, "utf-8")
            figures = {"kB": len(html.encode()) / 1000, **measured(chromium, file)}
            how = "folded" if fold else "all shown"
            print(
                f"{name}, {len(backward_order([root]))} nodes, {how}, made in {made:.1f} s of a CPU"
            )
            for what, x in figures.items():
                limit = f"  at most {LIMITS[what]:.0f}" if what in LIMITS else ""
                print(f"{what:18} {x:8.1f}{limit}")
            is_above |= any(figures[what] > limit for what, limit in LIMITS.items())
        chromium.close()
    return int(is_above)


if __name__ == "__main__":
    sys.exit(main())
