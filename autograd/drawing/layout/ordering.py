"""Order in columns: few crossings, and the given order wherever it has as few."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 24
PATIENCE = 4
"""Sweeps without fewer crossings after which there are no more."""
SMALL = 1500
"""Number of segments up to which neighbours are exchanged too."""
TINY = 500
"""Number up to which it is tried upside down, too, and patience is greater."""
FEW = 2
"""Sweeps without fewer crossings where there are more, and all sweeps of large graphs."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Piece of a line, from a node to one in the next column.

    Where they are on the nodes' sides is told in parts of their heights, from -1/2 to 1/2.
    """

    source: int
    leaves: float
    target: int
    enters: float


class Columns:
    """Columns of nodes, with segments between neighbouring ones; `lists` has their order.

    `pins` has numbers for some nodes: smaller ones stand higher; all others have 0.
    """

    def __init__(
        self,
        lists: list[list[int]],
        nodes: int,
        segments: Sequence[Segment],
        pins: Mapping[int, float] = {},
    ) -> None:
        self.lists = lists
        self.ins: list[list[tuple[int, float, float]]] = [[] for _ in range(nodes)]
        """Segments into each node: their other ends, where they leave them and enter it."""
        self.outs: list[list[tuple[int, float, float]]] = [[] for _ in range(nodes)]
        for s in segments:
            self.ins[s.target].append((s.source, s.leaves, s.enters))
            self.outs[s.source].append((s.target, s.enters, s.leaves))
        self._size = len(segments)
        self._pins = pins
        self._has_pins = [any(v in pins for v in nodes) for nodes in lists]
        self._pin(lists)
        self.place = [0] * nodes
        self._number()

    def _number(self) -> None:
        for nodes in self.lists:
            for k, v in enumerate(nodes):
                self.place[v] = k

    def _pin(self, lists: Sequence[list[int]]) -> None:
        for nodes, has_pins in zip(lists, self._has_pins):
            if has_pins:
                nodes.sort(key=lambda v: self._pins.get(v, 0.0))

    def crossings(self) -> int:
        """Return the number of crossings of segments."""
        found = 0
        place = self.place
        for nodes in self.lists:
            ends: list[float] = []
            some = [
                (place[v] + leaves, place[u] + enters)
                for v in nodes
                for u, enters, leaves in self.outs[v]
            ]
            for _, end in sorted(some):
                k = bisect_right(ends, end)
                found += len(ends) - k
                ends.insert(k, end)
        return found

    def order(self) -> None:
        """Reorder columns, for as few crossings as are found."""
        given = [list(nodes) for nodes in self.lists]
        best, kept = self.crossings(), given
        is_small = self._size <= SMALL
        patience = PATIENCE if self._size <= TINY else FEW
        starts = [(given, True), (given, False)]
        if self._pins and self._size <= TINY:  # what passes bands is above them, as it may not be
            mirrored = [nodes[::-1] for nodes in given]
            self._pin(mirrored)
            starts.append((mirrored, True))
        for start, is_forward in starts if is_small else starts[:1]:
            self._take(start)
            waited = 0
            for _ in range(SWEEPS if is_small else FEW):
                if not best or waited >= patience:
                    break
                self._sweep(is_forward)
                is_forward = not is_forward
                if is_small:
                    self._exchange()
                found = self.crossings()
                waited += 1
                if found < best:
                    best, kept, waited = found, [list(nodes) for nodes in self.lists], 0
        self._take(kept)

    def _take(self, lists: Sequence[Sequence[int]]) -> None:
        self.lists[:] = [list(nodes) for nodes in lists]
        self._number()

    def _sweep(self, is_forward: bool) -> None:
        """Put each node at the mean of its neighbours in the column before, or behind."""
        place, others, pins = self.place, self.ins if is_forward else self.outs, self._pins
        columns = list(zip(self.lists, self._has_pins))
        for nodes, has_pins in columns if is_forward else reversed(columns):
            wanted = {}
            for v in nodes:
                some = others[v]
                mean = sum([place[u] + at - own for u, at, own in some]) / len(some) if some else 0
                wanted[v] = mean if some else -1.0
            chosen = iter(sorted([v for v in nodes if wanted[v] >= -0.5], key=wanted.__getitem__))
            nodes[:] = [next(chosen) if wanted[v] >= -0.5 else v for v in nodes]
            if has_pins:
                nodes.sort(key=lambda v: pins.get(v, 0.0))
            for k, v in enumerate(nodes):
                place[v] = k

    def _exchange(self) -> None:
        """Exchange neighbours as long as crossings become fewer."""
        place, pins = self.place, self._pins
        todo = [len(nodes) > 1 for nodes in self.lists]
        for _ in range(10):
            if not any(todo):
                return
            for c, nodes in enumerate(self.lists):
                if not todo[c]:
                    continue
                todo[c] = False
                sides = {
                    v: [
                        sorted([place[u] + at for u, at, _ in some])
                        for some in (self.ins[v], self.outs[v])
                    ]
                    for v in nodes
                }
                for k in range(len(nodes) - 1):
                    v, w = nodes[k], nodes[k + 1]
                    if self._has_pins[c] and pins.get(v, 0.0) != pins.get(w, 0.0):
                        continue
                    gain = sum(_inversions(a, b) for a, b in zip(sides[v], sides[w]))
                    if gain > 0:
                        nodes[k], nodes[k + 1] = w, v
                        place[v], place[w] = k + 1, k
                        for near in (c - 1, c, c + 1):
                            if 0 <= near < len(todo):
                                todo[near] = True


def _inversions(a: list[float], b: list[float]) -> int:
    """Return how many crossings fewer there are where the ends `b` stand before `a`."""
    return _count(a, b) - _count(b, a) if a and b else 0


def _count(a: list[float], b: list[float]) -> int:
    """Return the number of pairs of which that of `a` is behind that of `b`."""
    found = k = 0
    for x in a:
        while k < len(b) and b[k] < x:
            k += 1
        found += k
    return found
