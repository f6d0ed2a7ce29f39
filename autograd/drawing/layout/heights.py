"""Heights of nodes: near those that they are joined to, and clear of their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from autograd.drawing.layout.ordering import Columns

BETWEEN = 13.0
"""Distance from a box to other boxes and lines; on a page an id has room there."""
BESIDE = 8.0
"""Distance between lines."""
LARGE = 5000
"""Number of nodes above which heights are not refined."""
STRAIGHT = 8.0
"""Weight of straightness in a line, beside that of nearness between boxes."""
MAIN = 4.0
"""Weight of the longest way to a result."""


def heights(
    columns: Columns, sizes: Sequence[float], is_line: Sequence[bool], main: Sequence[int]
) -> list[float]:
    """Return the height of the middle of each node.

    `main` has for boxes the one in whose line they stand if they can, or -1. In turn each column
    takes the places that are nearest to the means of its neighbours', in order and clear of one
    another.
    """
    offsets = [_offsets(nodes, sizes, is_line) for nodes in columns.lists]
    middle = [0.0] * len(sizes)
    for nodes, offset in zip(columns.lists, offsets):
        for v, at in zip(nodes, offset):
            middle[v] = at - offset[-1] / 2
    lines = [*main, *[-1] * (len(sizes) - len(main))]
    pulls = [
        [
            [
                (u, 0.0, MAIN)
                if lines[u] == v or lines[v] == u
                else (
                    u,
                    sizes[u] * at - sizes[v] * own,
                    STRAIGHT if is_line[u] and is_line[v] else 1.0,
                )
                for u, at, own in some
            ]
            for v, some in enumerate(side)
        ]
        for side in (columns.ins, columns.outs)
    ]
    ins, outs = pulls
    both = [a + b for a, b in zip(ins, outs)]
    rounds = [(ins, 1), (outs, -1), (ins, 1)]
    if len(sizes) <= LARGE:
        rounds += [(both, -1), (both, 1)] * 5
    lists = list(zip(columns.lists, offsets))
    for side, way in rounds:
        for nodes, offset in lists[::way]:
            _settle(nodes, offset, side, middle)
    return middle


def _offsets(nodes: Sequence[int], sizes: Sequence[float], is_line: Sequence[bool]) -> list[float]:
    """Return how far each node of a column is below the first, at least."""
    found = [0.0] * (len(nodes) > 0)
    for v, w in pairwise(nodes):
        gap = BESIDE if is_line[v] and is_line[w] else BETWEEN
        found.append(found[-1] + (sizes[v] + sizes[w]) / 2 + gap)
    return found


def _settle(
    nodes: Sequence[int],
    offsets: Sequence[float],
    pulls: Sequence[Sequence[tuple[int, float, float]]],
    middle: list[float],
) -> None:
    """Move the nodes of a column to the nearest places to those wanted: an isotonic regression."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight and number of nodes
    for v, offset in zip(nodes, offsets):
        total, weight = 0.0, 0.0
        for u, more, strength in pulls[v]:
            total += strength * (middle[u] + more)
            weight += strength
        mean = total / weight if weight else middle[v]
        weight = weight or 0.01
        mean, count = mean - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, heavy, many = blocks.pop()
            mean = (mean * weight + other * heavy) / (weight + heavy)
            weight += heavy
            count += many
        blocks.append((mean, weight, count))
    k = 0
    for mean, _, count in blocks:
        for v, offset in zip(nodes[k : k + count], offsets[k : k + count]):
            middle[v] = mean + offset
        k += count
