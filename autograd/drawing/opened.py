"""Pictures of what is folded in the boxes of a page, which a click opens."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence

from autograd.drawing.graph import Graph
from autograd.drawing.view import View

MOST = 1_000_000
"""Most characters of all pictures of a page, before they are compressed; the others say so."""
UNFOLDED = 120
"""Most nodes of a picture that shows each of them."""
WHOLE = 1000
"""Most nodes of one that shows each of them because folding tells nothing there."""
TELLING = 0.9
"""Part of the nodes in one box from which on folding tells nothing."""
PASSES = 3
"""Most nodes that are looked at for pictures, in times of those that the graph has."""


def opened(
    graph: Graph, view: View, picture: Callable[[View], str], most: int = MOST
) -> tuple[list[str], list[int | None]]:
    """Return pictures, and for each box of a view the number of that of what is in it, or None.

    Outer boxes come before those in them. A box in a picture names that of what is in it by
    `data-inside`, and by `data-of` the nodes of the whole graph whose numbers it shows.
    """
    pictures: list[str] = []
    waiting = [(graph, view, -1, list(range(len(graph))))]
    numbers: list[int | None] = []
    left = PASSES * len(graph)
    for outer, seen, own, wholes in waiting:
        used = _used(outer, seen)
        for box in seen.boxes:
            found: int | None = None
            if box.kind == "folded" and len(box.nodes) <= min(left, _most_of(outer)):
                part = part_of(outer, box.nodes, used)
                left -= len(part)
                inner = View(part, fold=len(part) > UNFOLDED, is_live=True)
                largest = max(len(each.nodes) for each in inner.boxes)
                if TELLING * len(part) < largest and len(part) <= WHOLE:
                    inner = View(part, fold=False, is_live=True)
                text = picture(inner) if len(inner.boxes) > 1 else ""
                if text and len(text) + sum(map(len, pictures)) <= most:
                    found = len(pictures)
                    pictures.append(text)
                    parts = [wholes[outer.index[node]] for node in part.nodes]
                    waiting.append((part, inner, found, parts))
            if own < 0:
                numbers.append(found)
                continue
            shown = [wholes[i] for i in box.nodes if i in used]
            there = f' data-of="{" ".join(map(str, shown))}"'
            if found is not None:
                there += f' data-inside="{found}"'
            pictures[own] = pictures[own].replace(f' id="{box.id}"', there)
    return [re.sub(r' id="[^"]*"', "", text) for text in pictures], numbers


def _most_of(graph: Graph) -> int:
    """Return the most nodes of a box for which its picture tells more than the one it is in."""
    return max(WHOLE, int(TELLING * len(graph)))


def _used(graph: Graph, view: View) -> set[int]:
    """Return the nodes that are used outside their boxes, and the roots."""
    found = {graph.index[root] for root in graph.roots}
    for box, parents in zip(view.of, graph.parents):
        found.update([parent for parent in parents if view.of[parent] != box])
    return found


def part_of(graph: Graph, nodes: Sequence[int], used: set[int]) -> Graph:
    """Return the graph of some nodes and of their operands, which are leaves there.

    Its roots are those of the nodes that are `used` outside.
    """
    inside = set(nodes)
    outside = {parent for i in nodes for parent in graph.parents[i]} - inside
    order = sorted(inside | outside)
    place = {i: k for k, i in enumerate(order)}
    part = copy.copy(graph)
    for name in ("_paths", "numbers", "operands", "walk"):
        part.__dict__.pop(name, None)
    part.nodes = [graph.nodes[i] for i in order]
    part.index = {node: k for k, node in enumerate(part.nodes)}
    part.parents = [
        [place[parent] for parent in graph.parents[i]] if i in inside else [] for i in order
    ]
    part.__dict__["is_settled"] = [graph.is_settled[i] for i in order]
    part.names = [graph.names[i] for i in order]
    part.set_roots([graph.nodes[i] for i in nodes if i in used])
    return part
