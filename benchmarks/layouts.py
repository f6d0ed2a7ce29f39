"""Layouts beside those of Graphviz's dot: crossings and lengths of edges on 30 graphs.

python benchmarks/layouts.py

Each graph is laid out as wide as it wants and wrapped to a page. Lines are measured from middle to
middle of their boxes, since dot cuts them at borders. Crossings are pairs of edges without a common
end, as often as they cross; dot is asked to draw the source of `ag.draw(y).dot`.
"""

from __future__ import annotations

import itertools
import json
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import autograd as ag
from autograd.drawing.dot import dot_source
from autograd.drawing.graph import Graph
from autograd.drawing.layout import PAGE, Shape, lay_out
from autograd.drawing.view import View

Line = Any
"""Array of points."""
Ends = list[tuple[str, str]]


def expression(count: int, seed: int, back: int) -> ag.Value:
    """That many nodes, each of what was not used yet and one of the last few."""
    rng = random.Random(seed)
    nodes = [ag.Value(rng.gauss(0, 1), name=f"x{i}") for i in range(10)]
    for i in range(count - 11):
        a, b = nodes[i], rng.choice(nodes[-back:])
        operation = rng.choice([ag.mul, ag.add, ag.sub, ag.atan2])
        nodes.append(operation(a, b) if rng.random() < 0.7 else ag.tanh(a))
    total: ag.Value = ag.sum(nodes[count - 11 :])
    return total


def network(*sizes: int) -> ag.Value:
    """Layers of neurons."""
    rng = random.Random(0)
    layer = [ag.Value(1.0, name=f"x{i}") for i in range(sizes[0])]
    for count in sizes[1:]:
        rows = [[ag.Value(rng.uniform(-1, 1), name="w") for _ in layer] for _ in range(count)]
        layer = [
            ag.tanh(sum((w * x for w, x in zip(row, layer)), ag.Value(0.1, name="b")))
            for row in rows
        ]
    total: ag.Value = ag.sum(layer)
    return total


def tree(leaves: int) -> ag.Value:
    """A product of pairs, of a random shape."""
    rng = random.Random(leaves)
    nodes = [ag.Value(1.0, name=f"a{i}") for i in range(leaves)]
    while len(nodes) > 1:
        i = rng.randrange(len(nodes) - 1)
        nodes[i : i + 2] = [nodes[i] * nodes[i + 1]]
    return nodes[0]


def chain(length: int) -> ag.Value:
    """Operations one after the other, every second with one shared leaf."""
    x = y = ag.Value(1.0, name="x")
    for i in range(length):
        y = ag.tanh(y) if i % 2 else y * x
    return y


def polynomial(count: int) -> ag.Value:
    """Coefficients times powers, one added after the other."""
    x = ag.Value(0.5, name="x")
    y = ag.Value(1.0, name="c0")
    for i in range(1, count):
        y = y + ag.Value(1.0, name=f"c{i}") * x**i
    return y


def series(count: int) -> ag.Value:
    """That of the exponential, each term from the one before."""
    x, term = ag.Value(0.5, name="x"), ag.Value(1.0, name="one")
    y = term
    for i in range(1, count):
        term = term * x / i
        y = y + term
    return y


def squares(count: int) -> ag.Value:
    """Least squares of a line and points."""
    w, b = ag.Value(0.5, name="w"), ag.Value(0.1, name="b")
    points = [ag.Value(float(i), name=f"x{i}") for i in range(count)]
    total: ag.Value = ag.sum([(w * x + b - x.data) ** 2 for x in points])
    return total


Make = Callable[..., ag.Value]
GRAPHS: list[tuple[Make, tuple[int, ...]]] = [
    *((expression, arguments) for arguments in (
        (15, 1, 10), (20, 2, 10), (30, 3, 10), (30, 4, 30), (45, 5, 10), (60, 6, 20), (80, 7, 20),
        (120, 8, 30), (200, 9, 30), (290, 10, 30),
    )),
    *((network, sizes) for sizes in (
        (2, 2), (3, 2, 1), (2, 3, 3, 1), (4, 4, 1), (3, 4, 4, 1), (4, 4, 4, 1), (8, 1), (6, 5, 1),
    )),
    *((tree, (leaves,)) for leaves in (5, 20, 60, 140)),
    *((chain, (length,)) for length in (20, 150)),
    *((polynomial, (count,)) for count in (4, 12)),
    *((series, (count,)) for count in (5, 40)),
    *((squares, (count,)) for count in (5, 30)),
]  # fmt: skip


def curve(points: Sequence[tuple[float, float]], steps: int = 8) -> Line:
    """Return points on a cubic curve, but for its first."""
    t = np.linspace(0, 1, steps + 1)[1:, None]
    a, b, c, d = map(np.array, points)
    return (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t * t * (1 - t) * c + t**3 * d


def laid_out(view: View, page: float) -> tuple[Ends, list[Line], bool]:
    """Return the ends and lines of our layout, and whether it is wrapped."""
    sizes, edges = [box.cells[:2] for box in view.boxes], edges_of(view)
    shape = lay_out(sizes, edges, page=page)
    is_wrapped = any(
        right < x for line in shape.lines for (x, _), (right, _) in itertools.pairwise(line)
    )
    ends = [(link.source.id, link.target.id) for link in view.links]
    return ends, lines_of(shape, sizes, edges), is_wrapped


def edges_of(view: View) -> list[tuple[int, int]]:
    """Return the links as pairs of the numbers of boxes."""
    place = {box.id: i for i, box in enumerate(view.boxes)}
    return [(place[link.source.id], place[link.target.id]) for link in view.links]


def lines_of(
    shape: Shape, sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]
) -> list[Line]:
    """Return the lines as they are drawn, from middle to middle of their boxes."""
    middles = [(x + w / 2, y + h / 2) for (x, y), (w, h) in zip(shape.boxes, sizes)]
    lines = []
    for (source, target), line in zip(edges, shape.lines):
        found = [np.array([middles[source], line[0]])]
        for (x, y), (right, low) in itertools.pairwise(line):
            if x == right or y == low:
                found.append(np.array([[right, low]]))
            else:
                middle = (x + right) / 2
                found.append(curve([(x, y), (middle, y), (middle, low), (right, low)]))
        lines.append(np.concatenate([*found, [middles[target]]]))
    return lines


def graphviz(source: str) -> tuple[Ends, list[Line]]:
    """Return the same of dot's layout."""
    command = ["dot", "-Tjson"]
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=True)
    drawn = json.loads(done.stdout)
    names = [node["name"] for node in drawn["objects"]]
    middles = [tuple(map(float, node["pos"].split(","))) for node in drawn["objects"]]
    ends, lines = [], []
    for edge in drawn["edges"]:
        points = [tuple(map(float, text.split(",")[-2:])) for text in edge["pos"].split()]
        tip, points = points[0], points[1:]  # "e,x,y", then those of the curves
        curves = [curve(points[k : k + 4]) for k in range(0, len(points) - 1, 3)]
        head = [middles[edge["tail"]], points[0]]
        lines.append(np.concatenate([head, *curves, [tip, middles[edge["head"]]]]))
        ends.append((names[edge["tail"]], names[edge["head"]]))
    return ends, lines


def length(lines: Sequence[Line]) -> float:
    return sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines)


def crossings(ends: Sequence[tuple[Any, Any]], lines: Sequence[Line]) -> int:
    """Return how often edges cross that have no end in common."""
    numbers: dict[Any, int] = {}
    both = np.array([[numbers.setdefault(name, len(numbers)) for name in pair] for pair in ends])
    both = np.repeat(both, [len(line) - 1 for line in lines], axis=0)
    a = np.concatenate([line[:-1] for line in lines])
    b = np.concatenate([line[1:] for line in lines])
    order = np.argsort(np.minimum(a, b)[:, 0], kind="stable")
    a, b, both = a[order], b[order], both[order]
    low, high = np.minimum(a, b), np.maximum(a, b)
    found = 0
    for i, end in enumerate(np.searchsorted(low[:, 0], high[:, 0], side="right")):
        others = slice(i + 1, end)
        near = (low[others, 1] <= high[i, 1]) & (high[others, 1] >= low[i, 1])
        near &= ~(both[others, :, None] == both[i]).any(axis=(1, 2))
        c, d = a[others][near], b[others][near]
        sides = _side(a[i], b[i], c), _side(a[i], b[i], d), _side(c, d, a[i]), _side(c, d, b[i])
        found += int(np.sum((sides[0] != sides[1]) & (sides[2] != sides[3])))
    return found


def _side(p: Line, q: Line, r: Line) -> Line:
    """Return whether points are to the left of lines."""
    u, v = q - p, r - p
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0] > 0


def ratio(ours: float, theirs: float) -> float:
    return ours / theirs if theirs else (1.0 if not ours else float("inf"))


def main() -> None:
    """Print a line a graph, and the medians."""
    if shutil.which("dot") is None:
        print("layouts beside dot: not measured: found no dot; it is in the package graphviz")
        return
    found: dict[str, list[tuple[float, float]]] = {"as wide as they want": [], "on a page": []}
    for make, arguments in GRAPHS:
        view = View(Graph([make(*arguments)]), fold=False)
        start = time.perf_counter()
        theirs = graphviz(dot_source(view))
        seconds = time.perf_counter() - start
        their_crossings, their_length = crossings(*theirs), length(theirs[1])
        told = []
        for (what, figures), page in zip(found.items(), (1e9, PAGE)):
            ends, lines, is_wrapped = laid_out(view, page)
            own = crossings(ends, lines)
            longer = length(lines) / their_length
            figures.append((ratio(own, their_crossings), 0.0 if is_wrapped else longer))
            told.append(
                f"{what} {own}, edges {longer:.2f} times as long{' (wrapped)' * is_wrapped}"
            )
        name = f"{make.__name__}{arguments}"
        print(
            f"{name:24} {len(view.boxes):3} boxes: crossings {'; '.join(told)}; "
            f"dot {their_crossings} in {seconds:.2f} s",
            flush=True,
        )
    for what, figures in found.items():
        ratios, longer = zip(*figures)
        print(
            f"crossings beside dot's, {what}: median {statistics.median(ratios):.2f} (goal 1.0), "
            f"largest {max(ratios):.2f} (1.3); edges where nothing is wrapped at most "
            f"{max(longer):.2f} times as long (1.2)"
        )


if __name__ == "__main__":
    main()
