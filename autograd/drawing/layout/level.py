"""Items of one cluster in columns, with the lines between them and to the outside.

Ranks are wrapped into bands like words into lines. A line to a later band leaves its own at the
right, and enters the other from the left, through the gap above it. Where the bands between have
room it runs through them, in order with their own lines; else around them, so that it has no more
pieces than the columns of two bands, however long it is. The lines of one source share their ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from autograd.drawing.layout.hauls import Haul, pinned, tracked, turns
from autograd.drawing.layout.heights import heights
from autograd.drawing.layout.items import LABEL, Item, Net, Plan, Point
from autograd.drawing.layout.ordering import Columns, Segment
from autograd.drawing.layout.ranks import bands, depth_first, longest, ranks

GAP = 28.0
"""Width between columns, in which lines go up and down."""
SIDE = 14.0
"""Width before the first column of a band, where lines enter, and behind the last."""
TRACK = 5.0
"""Distance between lines outside of bands."""
MARGIN = 60.0
"""Largest width of the lines beside bands."""
THROUGH = 1.0
"""Number of points, for each item, that lines may have in bands that they run through."""


class Level:
    """Layout of the items of one cluster; `nets` are by the number of their source."""

    def __init__(self, items: Sequence[Item], nets: dict[int, Net], room: float) -> None:
        self.items, self.nets = items, nets
        operands: list[list[int]] = [[] for _ in items]
        entered, used = [False] * len(items), [False] * len(items)
        for net in nets.values():
            for _, v in net.ends:
                entered[v] |= net.start < 0
                if net.start >= 0:
                    operands[v].append(net.start)
                    used[net.start] = True
        for some in operands:
            some[:] = dict.fromkeys(some)
        order, _ = depth_first(operands)
        self.is_leaf = [
            not (some or inside or item.is_cluster)
            for some, inside, item in zip(operands, entered, items)
        ]
        self.main = [
            -1 if item.is_cluster or items[u].is_cluster else u
            for item, u in zip(items, longest(operands, order, used))
        ]
        rank = ranks(operands, order, entered)
        self._wrap(rank, room)
        self._join()
        self._arrange()

    # Columns: of each band, one for lines that enter, its ranks, and one for lines that leave

    def _wrap(self, rank: Sequence[int], room: float) -> None:
        count = max(rank, default=0) + 1
        widths, of_leaves = [0.0] * count, [0.0] * (count + 1)
        for item, own, is_leaf in zip(self.items, rank, self.is_leaf):
            widths[own] = max(widths[own], item.strip + item.width)
            if is_leaf:
                of_leaves[own + 1] = max(of_leaves[own + 1], item.width + GAP)
        change = [0] * (count + 1)
        has_circles = False
        for net in self.nets.values():
            first = 0
            if net.start >= 0:
                has_circles |= any(rank[v] <= rank[net.start] for _, v in net.ends)
                first = min(rank[net.start] + self.is_leaf[net.start], count)
            change[first] += 1
            change[max([first, *(rank[v] for _, v in net.ends)])] -= 1
        wide = [width + GAP for width in widths]
        if sum(wide) - GAP > room or has_circles:  # there are lines beside bands
            room -= 2 * (MARGIN + SIDE)
        starts = bands(wide, of_leaves, list(accumulate(change)), room + GAP)
        spans = list(zip(starts, [*starts[1:], count]))
        later = {
            start
            for start, end in spans
            if of_leaves[start] and of_leaves[start] + sum(wide[start:end]) - GAP <= room
        }
        places = [
            own + 0.5 if is_leaf and own + 1 in later else float(own)
            for own, is_leaf in zip(rank, self.is_leaf)
        ]
        self.widths: list[float] = []
        self.bands: list[tuple[int, int]] = []
        """First and last column of each band."""
        band_of: dict[float, int] = {}
        column_of: dict[float, int] = {}
        for b, (start, end) in enumerate(spans):
            first = len(self.widths)
            inner = [(float(own), widths[own]) for own in range(start, end)]
            if start in later:
                inner.insert(0, (start - 0.5, of_leaves[start] - GAP))
            for c, (at, _) in enumerate(inner, first + 1):
                band_of[at], column_of[at] = b, c
            self.widths += [0.0, *(width for _, width in inner), 0.0]
            self.bands.append((first, len(self.widths) - 1))
        self.band = [band_of[own] for own in places]
        self.column = [column_of[own] for own in places]
        """Band of each item; and column of each node, the items first."""

    # Nodes: the items, and for each line a point in each column that it goes through

    def _join(self) -> None:
        self.keys = [item.place for item in self.items]
        """Order of nodes in columns, as it is at first."""
        self.before: dict[int, int] = {}
        """Node before each of those that are no items."""
        self.source: dict[int, int] = {}
        """Source of each of these."""
        self.last: dict[int, int] = {}
        """Node before the end of each edge."""
        self.leaving: dict[int, int] = {}
        """Node in which the lines of each source leave the cluster."""
        self.came: dict[int, int] = {}
        """Of edges that enter the cluster, the node in which they do."""
        self.hauls: list[Haul] = []
        self.haul: dict[int, Haul] = {}
        """For each node in which a line enters a band, the haul that brings it."""
        through = self._through()
        for source, net in self.nets.items():
            start, home, begin = net.start, -1, -1
            if start >= 0:
                home, begin = self.band[start], self.column[start]
            there: dict[int, list[tuple[int, int]]] = {}
            inner = []
            for edge, v in net.ends:
                if self.band[v] == home and self.column[v] > begin:
                    inner.append((edge, v))
                else:
                    there.setdefault(self.band[v], []).append((edge, v))
            if start < 0:
                for b, some in there.items():
                    node = self._node(self.bands[b][0], net.place)
                    self.came.update((edge, node) for edge, _ in some)
                    self._chain(source, node, self.bands[b][0], some, 0)
                continue
            reach = self.bands[home][1] if net.leaves or there else 0
            node = self._chain(source, start, begin, inner, reach)
            if net.leaves:
                self.leaving[source] = node
            if there:
                self._haul(source, node, home, there, source in through)

    def _through(self) -> set[int]:
        """Return the sources whose lines run through bands rather than around them.

        They need no crossing then that they would not have on a page without end.
        """
        costs = []
        for source, net in self.nets.items():
            if net.start < 0:
                continue
            home = self.band[net.start]
            passed = [self.band[v] - home - 1 for _, v in net.ends]
            if max(passed, default=0) > 0:
                columns = len(self.widths) / len(self.bands)
                costs.append((columns * sum(k for k in passed if k > 0), source))
        room = THROUGH * len(self.items)
        found = set()
        for cost, source in sorted(costs):
            room -= cost
            if room < 0:
                break
            found.add(source)
        return found

    def _haul(
        self,
        source: int,
        node: int,
        home: int,
        there: dict[int, list[tuple[int, int]]],
        is_through: bool,
    ) -> None:
        """Lead lines that leave a band in a node to others, around those between or through."""
        place, end = self.nets[source].place, max(there)
        stops = sorted({*there, *range(home + 1, end + 1)} if is_through else there)
        haul = Haul(node, home)
        self.hauls.append(haul)
        for b in stops:
            first, last = self.bands[b]
            node = self._node(first, place)
            haul.bands.append(b)
            haul.nodes.append(node)
            self.haul[node] = haul
            is_on = is_through and home < b < end
            node = self._chain(source, node, first, there.get(b, ()), last if is_on else 0)
            if is_on:
                haul = Haul(node, b)
                self.hauls.append(haul)

    def _node(self, column: int, key: float) -> int:
        self.column.append(column)
        self.keys.append(key)
        return len(self.keys) - 1

    def _chain(
        self, source: int, start: int, begin: int, ends: Sequence[tuple[int, int]], reach: int
    ) -> int:
        """Make nodes from a column on, as far as edges go, or farther; return the last."""
        chain = [start]
        for c in range(begin + 1, max([reach + 1, *(self.column[v] for _, v in ends)])):
            node = self._node(c, self.nets[source].place)
            self.before[node], self.source[node] = chain[-1], source
            chain.append(node)
        for edge, v in ends:
            self.last[edge] = chain[self.column[v] - begin - 1]
        return chain[-1]

    def _segments(self) -> list[Segment]:
        """Return the pieces of lines; edges that enter a cluster at one place are one there."""
        found = [
            Segment(u, self._leaves(u, self.source[v]), v, 0.0) for v, u in self.before.items()
        ]
        for source, net in self.nets.items():
            ends = {}
            for edge, v in net.ends:
                u, item = self.last[edge], self.items[v]
                enters = 0.0
                if edge in item.ends:
                    enters = (item.ends[edge] - item.height / 2) / self.sizes[v]
                place = u, v, enters if item.is_cluster else edge
                ends[place] = Segment(u, self._leaves(u, source), v, enters)
            found += ends.values()
        return found

    def _leaves(self, node: int, source: int) -> float:
        if node >= len(self.items) or not self.items[node].is_cluster:
            return 0.0
        return self.items[node].starts[source] / self.items[node].height - 0.5

    # Places

    def _arrange(self) -> None:
        lists: list[list[int]] = [[] for _ in self.widths]
        pins = pinned(self.hauls, len(self.bands))
        for node in sorted(range(len(self.keys)), key=self.keys.__getitem__):
            lists[self.column[node]].append(node)
        sizes = [item.height for item in self.items]
        self.sizes = sizes = sizes + [0.0] * (len(self.keys) - len(sizes))
        """Heights of nodes, those of labels on the lines to boxes with them."""
        columns = Columns(lists, len(self.keys), [*self._segments(), *turns(self.hauls)], pins)
        columns.order()
        self._give_ends(columns.place, sizes)
        columns = Columns(lists, len(self.keys), self._segments())
        is_line = [k >= len(self.items) for k in range(len(sizes))]
        self.middle = heights(columns, sizes, is_line, self.main)
        self._place_bands(lists, sizes)

    def plan(self) -> Plan:
        """Return the size and the ways of edges; items have their places."""
        found = Plan(self.width, self.height)
        for source, net in self.nets.items():
            if source in self.leaving:
                found.exits[source] = self._way(self.leaving[source], source)
            for edge, v in net.ends:
                found.lines[edge] = self._line(edge, source, v)
        found.entries = {edge: self.middle[node] for edge, node in self.came.items()}
        return found

    def _give_ends(self, place: Sequence[int], sizes: list[float]) -> None:
        """Give edges their ends at the left sides of boxes, in the order in which they come."""
        coming: list[list[int]] = [[] for _ in self.items]
        for net in self.nets.values():
            for edge, v in net.ends:
                coming[v].append(edge)
        for v, (item, edges) in enumerate(zip(self.items, coming)):
            if item.is_cluster:
                continue
            edges.sort(key=lambda edge: (place[self.last[edge]], edge))
            step = item.height / (len(edges) + 1)
            if item.strip:
                step = max(step, LABEL)
                sizes[v] = max(sizes[v], LABEL * (len(edges) + 1))
            for k, edge in enumerate(edges):
                item.ends[edge] = item.height / 2 + step * (k - (len(edges) - 1) / 2)

    def _place_bands(self, lists: Sequence[Sequence[int]], sizes: Sequence[float]) -> None:
        """Set the places of columns, bands and the lines around them."""
        coming: list[list[int]] = [[] for _ in self.bands]
        for haul in self.hauls:
            for b, node in zip(haul.bands, haul.nodes):
                coming[b].append(node)
        most = max(map(len, coming))
        pitch = min(TRACK, (MARGIN - TRACK) / max(most, 1))
        left = pitch * most + TRACK * bool(most)
        self.x = [left] * len(self.widths)
        right = bottom = 0.0
        self.turns: dict[int, list[Point]] = {}
        """For each node in which a line enters a band, its corners on the way there."""
        for b, (first, last) in enumerate(self.bands):
            x = left
            for c in range(first, last + 1):
                if c == last:
                    x += (SIDE if lists[c] else 0.0) - GAP
                self.x[c] = x
                x += SIDE * bool(lists[c]) if c == first else self.widths[c] + GAP
            right = max(right, self.x[last])
            inside = [v for nodes in lists[first : last + 1] for v in nodes]
            tops = [self.middle[v] - sizes[v] / 2 for v in inside]
            ends = [self.middle[v] + sizes[v] / 2 for v in inside]
            lines = sorted(coming[b], key=self.middle.__getitem__)
            top = bottom + LABEL * (1.5 if b or lines else 0.0) + TRACK * len(lines)
            shift = top - min(tops, default=0.0)
            bottom = max(ends, default=0.0) + shift
            for v in inside:
                self.middle[v] += shift
            for k, v in enumerate(lines):
                x, y = left - TRACK - pitch * k, top - LABEL - TRACK * k
                self.turns[v] = [(x, y), (x, self.middle[v])]
        tracks = tracked(self.hauls, self.middle)
        most = max(tracks, default=-1) + 1
        pitch = min(TRACK, (MARGIN - 2 * TRACK) / max(most - 1, 1))
        for haul, track in zip(self.hauls, tracks):
            haul.x = right + TRACK + pitch * track
        self.width = right + (2 * TRACK + pitch * (most - 1)) * bool(most)
        self.height = bottom
        for v, item in enumerate(self.items):
            c = self.column[v]
            room = self.widths[c] - item.width
            item.left = self.x[c] + (room if self.is_leaf[v] else item.strip)
            item.top = self.middle[v] - item.height / 2

    # Ways

    def _way(self, node: int, source: int) -> list[Point]:
        """Return the corners from an item, or from where a line enters a band, to a node."""
        points: list[Point] = []
        while node >= len(self.items):
            c, y = self.column[node], self.middle[node]
            points += [(self.x[c] + self.widths[c], y), (self.x[c], y)]
            if node in self.haul:
                haul, (corner, below) = self.haul[node], self.turns[node]
                node = haul.node
                points += [below, corner, (haul.x, corner[1]), (haul.x, self.middle[node])]
            elif node in self.before:
                node = self.before[node]
            else:
                return points[::-1]
        item, c = self.items[node], self.column[node]
        y = item.top + (item.starts[source] if item.is_cluster else item.height / 2)
        points += [(self.x[c] + self.widths[c], y), (item.left + item.width, y)]
        return points[::-1]

    def _line(self, edge: int, source: int, v: int) -> list[Point]:
        """Return the corners of an edge to an item."""
        item, c = self.items[v], self.column[v]
        y = item.top + item.ends[edge]
        points = [*self._way(self.last[edge], source), (self.x[c], y)]
        if 0 < item.ends[edge] < item.height:
            points.append((item.left, y))
        else:  # a strip for labels that is higher than the box
            points += [(item.left - LABEL, y), (item.left, item.top + item.height / 2)]
        return points
