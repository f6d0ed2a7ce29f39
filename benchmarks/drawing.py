"""How long layouts, drawings and pages in Chromium take.

python benchmarks/drawing.py
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import autograd as ag
from autograd.drawing.layout import lay_out
from benchmarks import layouts

ROUNDS = 5


def expression(count: int) -> ag.Value:
    """Return that many nodes: operations of what was not used yet, and of any of the last."""
    rng = random.Random(0)
    nodes = [ag.Value(rng.gauss(0, 1), name=f"x{i}") for i in range(10)]
    for i in range(count - 11):
        a, b = nodes[i], rng.choice(nodes[-30:])
        operation = rng.choice([ag.mul, ag.add, ag.sub, ag.atan2])
        nodes.append(operation(a, b) if rng.random() < 0.7 else ag.tanh(a))
    total: ag.Value = ag.sum(nodes[count - 11 :])
    total.backward()
    return total


def neurons(count: int) -> ag.Value:
    """About so many nodes, of layers of four neurons."""
    rng = random.Random(0)
    layer = [ag.Value(1.0, name=f"x{i}") for i in range(4)]
    for _ in range(count // 56 + 1):
        weights = [[ag.Value(rng.uniform(-1, 1), name="w") for _ in layer] for _ in layer]
        layer = [
            ag.tanh(sum((w * x for w, x in zip(row, layer)), ag.Value(0.1, name="b")))
            for row in weights
        ]
    total: ag.Value = ag.sum(layer)
    total.backward()
    return total


Edges = list[tuple[int, int]]


def shapes(count: int) -> dict[str, Edges]:
    """Graphs of so many boxes, of shapes that are hard to lay out."""
    rng = random.Random(0)
    chain = [(i - 1, i) for i in range(1, count)]
    side = round(count**0.5)
    grid = [(i - 1, i) for i in range(count) if i % side] + [
        (i - side, i) for i in range(side, count)
    ]
    inner = range(1, count - 1)
    return {
        "chain": chain,
        "chain and a leaf shared by all": chain + [(0, i) for i in range(2, count)],
        "random, near": [
            (rng.randrange(max(0, i - 30), i), i) for i in range(1, count) for _ in "12"
        ],
        "random, far": [(rng.randrange(i), i) for i in range(1, count) for _ in "12"],
        "sum": [(i, count - 1) for i in range(count - 1)],
        "one to all to one": [(0, i) for i in inner] + [(i, count - 1) for i in inner],
        "grid": sorted(grid, key=lambda edge: edge[1]),
        "tree": sorted([(i, (i - 1) // 2) for i in range(1, count)], key=lambda edge: edge[1]),
        "pairs that nothing joins": [(i - 1, i) for i in range(1, count, 2)],
        "layers of 50": [
            (i - i % 50 - 50 + rng.randrange(50), i) for i in range(50, count) for _ in "123"
        ],
    }


def lay_outs() -> None:
    """Print a line a shape."""
    for count, goal in ((1000, 0.3), (10_000, 3.0)):
        for name, edges in shapes(count).items():
            rounds = []
            for _ in range(ROUNDS):
                start = time.process_time()
                lay_out([(120.0, 54.0)] * count, edges)
                rounds.append(time.process_time() - start)
            print(
                f"layout of {count:6,} boxes, {len(edges):6,} edges, {name:30}: "
                f"{min(rounds):.3f} s of a processor, at most {goal} s",
                flush=True,
            )


def growth() -> None:
    """Print a line a shape: the time for a box, which does not grow with the graph."""
    for name in shapes(2):
        told = []
        for count in (10_000, 20_000, 50_000):
            edges = shapes(count)[name]
            start = time.process_time()
            lay_out([(120.0, 54.0)] * count, edges)
            told.append(f"{(time.process_time() - start) / count * 1e6:.0f} of {count:,}")
        print(f"microseconds a box, {name:30}: {', '.join(told)}", flush=True)


def least(y: ag.Value, fold: bool) -> tuple[float, float]:
    """The least seconds by the clock and of processors."""
    rounds = []
    for _ in range(ROUNDS):
        start, before = time.perf_counter(), time.process_time()
        _ = ag.draw(y, fold=fold).svg
        rounds.append((time.perf_counter() - start, time.process_time() - before))
    clock, processors = zip(*rounds)
    return min(clock), min(processors)


READY = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
"""The page is in place when its script has run, and seen when it was painted after that."""


def opened(y: ag.Value) -> list[float]:
    """Seconds until a page can be used and is seen, in a new window each."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import FLAGS, program

    rounds = []
    with sync_playwright() as started, tempfile.TemporaryDirectory() as folder:
        file = ag.draw(y).save(Path(folder) / "page.html")
        chromium = started.chromium.launch(executable_path=program(), args=FLAGS)
        for _ in range(ROUNDS):
            page = chromium.new_page(viewport={"width": 1280, "height": 800})
            start = time.perf_counter()
            page.goto(file.as_uri(), wait_until="commit")
            page.wait_for_selector("html[data-ready]", state="attached")
            page.evaluate(READY)
            rounds.append(time.perf_counter() - start)
            page.close()
        chromium.close()
    return rounds


def pages() -> None:
    """Print a line a page; without Chromium, or Playwright, a line that says so."""
    for make in (expression, neurons):
        y = make(500)
        try:
            clock = statistics.median(opened(y))
        except Exception as error:  # of a class of Playwright's own
            print(f"page in Chromium: not measured: {str(error).splitlines()[0]}")
            return
        nodes = len(ag.draw(y).graph)
        print(
            f"page of {make.__name__:10} {nodes:5,} nodes: interactive after {clock:.3f} s, "
            "at most 1.0 s"
        )


def main() -> None:
    """Print a line a drawing, and a page."""
    _ = ag.draw(ag.Value(1.0)).svg  # imports
    for make in (expression, neurons):
        for count, goal in ((100, None), (1000, 0.3), (10_000, 3.0), (100_000, 1.0)):
            y = make(count)
            drawing = ag.draw(y, fold=count > 10_000)
            clock, processors = least(y, fold=count > 10_000)
            nodes = len(drawing.graph)
            wanted = f", at most {goal} s" if goal else ""
            print(
                f"SVG of {make.__name__:10} {nodes:7,} nodes: {clock:.3f} s, of processors "
                f"{processors:.3f} s{wanted}; {len(drawing.svg) // 1000} kB",
                flush=True,
            )
    lay_outs()
    growth()
    layouts.main()
    pages()


if __name__ == "__main__":
    main()
