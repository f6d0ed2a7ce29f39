"""Lines from the end of a band to the beginnings of others, around those between them.

A haul goes from the right end of its band down beside the others, turns left above each band that
it has ends in, and enters that from the left. What is higher in its band is farther outside all the
way, and comes in higher: lines that keep their order do not cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from autograd.drawing.layout.ordering import Segment


@dataclass(eq=False)
class Haul:
    """Lines of one source from one band to others."""

    node: int
    """Node in which they leave the band."""
    home: int
    """Number of the band."""
    bands: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    """Bands that they go to, and the nodes in which they enter them."""
    x: float = 0.0
    """Place at which they go down, or up."""

    @property
    def end(self) -> int:
        """Last band that they pass or end at."""
        return max(self.home, *self.bands)


def turns(hauls: Sequence[Haul]) -> list[Segment]:
    """Return the ways from the ends of bands to the beginnings of the next as segments."""
    return [
        Segment(haul.node, 0.0, node, 0.0)
        for haul in hauls
        for b, node in zip(haul.bands, haul.nodes)
        if b == haul.home + 1
    ]


def pinned(hauls: Sequence[Haul], bands: int) -> dict[int, float]:
    """Return pins for nodes where lines pass a band: what goes farther is higher."""
    found: dict[int, float] = {}
    for haul in hauls:
        if haul.end > haul.home + 1:
            pin = haul.home / bands - haul.end
            found[haul.node] = pin
            for b, node in zip(haul.bands, haul.nodes):
                if b > haul.home + 1:
                    found[node] = pin
    return found


def tracked(hauls: Sequence[Haul], middle: Sequence[float]) -> list[int]:
    """Return the track of each haul, from the inside: clear of others, and in order."""
    order = sorted(
        range(len(hauls)),
        key=lambda i: (hauls[i].end, -hauls[i].home, -middle[hauls[i].node]),
    )
    most = max((haul.end for haul in hauls), default=0)
    taken = np.full(2 * most + 2, -1)  # of each band, and of the room above it
    found = [0] * len(hauls)
    for i in order:
        haul = hauls[i]
        low = min(2 * haul.home, *(2 * b - 1 for b in haul.bands)) + 1
        high = max(2 * haul.home, *(2 * b - 1 for b in haul.bands)) + 2
        found[i] = int(taken[low:high].max()) + 1
        taken[low:high] = found[i]
    return found
