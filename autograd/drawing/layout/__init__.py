"""Layout of a graph of boxes in clusters: from sizes and edges to places and lines.

Layered: each box stands to the right of its operands. Columns are ordered for few crossings, and
boxes are moved to make lines straight. What is too wide for the page is wrapped like text. Clusters
are laid out from the inside, each a box for the one around it, so that frames never overlap. No
line goes through a box or a label; the work grows with the boxes and edges, not with the lengths of
edges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.drawing.collecting import uncollected
from autograd.drawing.layout.items import LABEL, Item, Net, Plan, Point
from autograd.drawing.layout.parts import arrange
from autograd.drawing.layout.ranks import depth_first

PAGE = 1090.0
"""Width of a page: with a border, letters of 11 are 9 where it has 900 pixels."""
PADDING = 10.0
"""Distance between a frame and what is in it."""
HEAD = 20.0
"""Height of the label of a frame."""


@dataclass(frozen=True)
class Shape:
    """Places of all things; x goes to the right, y down, from 0 on.

    A line goes straight between corners of the same x or y; between others it goes down or up
    between two columns, where a curve with level ends is as clear of boxes.
    """

    width: float
    height: float
    boxes: list[Point]
    """Left upper corners."""
    frames: list[tuple[float, float, float, float]]
    """Left, top, width and height of each cluster."""
    lines: list[list[Point]]
    """Corners of each edge, from its source to its target."""
    labels: list[Point]
    """Middle of the lower side of each edge's label."""


@uncollected()
def lay_out(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    inside: Sequence[int] = (),
    outers: Sequence[int] = (),
    titles: Sequence[float] = (),
    labels: Sequence[float] = (),
    page: float = PAGE,
) -> Shape:
    """Return the places of boxes of given widths and heights, and the lines of edges.

    Edges are pairs of the numbers of boxes, those of one target in the order of its operands.
    `inside` has the cluster of each box, or -1, and `outers` the one around each cluster, or -1,
    which has a smaller number. `titles` are the widths of the labels of clusters, `labels` those of
    edges, 0 for none. Where boxes allow it, the whole is no wider than `page`.
    """

    def laid_out(room: float) -> Shape:
        return _Layout(sizes, edges, inside, outers, titles, labels, room).shape()

    shape = laid_out(page)
    if outers and shape.width > page:  # there are lines beside frames that are as wide as a page
        other = laid_out(2 * page - shape.width)
        if other.width < shape.width:
            return other
    return shape


class _Layout:
    """Layouts of all clusters; the whole is the last, number -1."""

    def __init__(
        self,
        sizes: Sequence[tuple[float, float]],
        edges: Sequence[tuple[int, int]],
        inside: Sequence[int],
        outers: Sequence[int],
        titles: Sequence[float],
        labels: Sequence[float],
        page: float,
    ) -> None:
        self.edges, self.labels = edges, list(labels) or [0.0] * len(edges)
        self.inside, self.outers = list(inside) or [-1] * len(sizes), list(outers)
        operands: list[list[int]] = [[] for _ in sizes]
        for source, target in edges:
            operands[target].append(source)
        _, places = depth_first(operands)
        self.boxes = [Item(*size, place=place) for size, place in zip(sizes, places)]
        for (_, target), label in zip(edges, self.labels):
            if label:
                self.boxes[target].strip = max(self.boxes[target].strip, label + LABEL)
        self.clusters = [Item(0.0, 0.0, is_cluster=True, place=math.inf) for _ in outers]
        self.items: list[list[Item]] = [[] for _ in range(len(outers) + 1)]
        self.box_numbers, self.cluster_numbers = [0] * len(sizes), [-1] * len(outers)
        """Number of each box and cluster among the items around it."""
        for i, cluster in enumerate(self.inside):
            self._enter(cluster)
            self.box_numbers[i] = len(self.items[cluster])
            self.items[cluster].append(self.boxes[i])
            while cluster >= 0:
                own = self.clusters[cluster]
                own.place = min(own.place, places[i])
                cluster = self.outers[cluster]
        self.nets: list[dict[int, Net]] = [{} for _ in self.items]
        self.ways = [self._way(edge) for edge in range(len(edges))]
        depths = [0] * len(self.items)
        for i, outer in enumerate(outers):
            depths[i] = depths[outer] + 1
        self.plans: list[Plan | None] = [None] * len(self.items)
        for i in [*reversed(range(len(outers))), -1]:  # the inner ones first
            if self.items[i]:
                plan = arrange(self.items[i], self.nets[i], page - 2 * PADDING * depths[i])
                self.plans[i] = plan
                if i >= 0:
                    self._frame(self.clusters[i], plan, titles[i] if titles else 0.0)
        self._place()

    def _enter(self, cluster: int) -> None:
        """Put a cluster among the items around it, where its first box comes."""
        while cluster >= 0 and self.cluster_numbers[cluster] < 0:
            outer = self.outers[cluster]
            if outer >= 0:
                self._enter(outer)
            self.cluster_numbers[cluster] = len(self.items[outer])
            self.items[outer].append(self.clusters[cluster])
            cluster = outer

    def _way(self, edge: int) -> tuple[list[int], int, list[int]]:
        """Return the clusters that an edge leaves, the one around it, and those that it enters."""
        source, target = self.edges[edge]
        ups, downs = self._around(source), self._around(target)
        around = -1
        while ups and downs and ups[-1] == downs[-1]:
            around = ups.pop()
            downs.pop()
        start, end = self.box_numbers[source], self.box_numbers[target]
        place = self.boxes[source].place
        for cluster in ups:
            self.nets[cluster].setdefault(source, Net(start, place)).leaves = True
            start = self.cluster_numbers[cluster]
        for cluster in downs:
            self.nets[cluster].setdefault(source, Net(-1, place)).ends.append((edge, end))
            end = self.cluster_numbers[cluster]
        self.nets[around].setdefault(source, Net(start, place)).ends.append((edge, end))
        return ups, around, downs[::-1]

    def _around(self, box: int) -> list[int]:
        """Return the clusters around a box, the inner ones first."""
        found, cluster = [], self.inside[box]
        while cluster >= 0:
            found.append(cluster)
            cluster = self.outers[cluster]
        return found

    def _frame(self, item: Item, plan: Plan, title: float) -> None:
        """Make a cluster an item of the level around it."""
        item.width = max(plan.width, title) + 2 * PADDING
        item.height = plan.height + HEAD + PADDING
        item.starts = {source: HEAD + y for source, y in plan.starts.items()}
        item.ends = {edge: HEAD + y for edge, y in plan.entries.items()}

    def _place(self) -> None:
        """Set the places of clusters in the whole, and those of what is in them."""
        self.corners = [(0.0, 0.0)] * len(self.items)
        for i, (outer, item) in enumerate(zip(self.outers, self.clusters)):
            x, y = self.corners[outer]
            self.corners[i] = x + item.left + PADDING, y + item.top + HEAD

    def shape(self) -> Shape:
        """Return the layout in places of the whole."""
        boxes, labels = [], []
        for item, cluster in zip(self.boxes, self.inside):
            x, y = self.corners[cluster]
            boxes.append((x + item.left, y + item.top))
        for edge, (_, target) in enumerate(self.edges):
            (x, y), item = boxes[target], self.boxes[target]
            labels.append((x - LABEL / 2 - item.strip / 2, y + item.ends[edge] - 3.0))
        frames = [
            (x - PADDING, y - HEAD, item.width, item.height)
            for (x, y), item in zip(self.corners, self.clusters)
        ]
        whole = self.plans[-1]
        width, height = (whole.width, whole.height) if whole else (0.0, 0.0)
        return Shape(
            width, height, boxes, frames, list(map(self._line, range(len(self.edges)))), labels
        )

    def _line(self, edge: int) -> list[Point]:
        """Return the corners of an edge."""
        points: list[Point] = []
        source, _ = self.edges[edge]
        ups, around, downs = self.ways[edge]
        for cluster in [*ups, around, *downs]:
            plan = self.plans[cluster]
            assert plan is not None
            own = plan.exits[source] if cluster in ups else plan.lines[edge]
            x, y = self.corners[cluster]
            if cluster in downs:
                points.append((x - PADDING, y + own[0][1]))
            points += [(x + right, y + down) for right, down in own]
            if cluster in ups:
                points.append((x - PADDING + self.clusters[cluster].width, y + own[-1][1]))
        return _plain(points)


def _plain(points: Sequence[Point]) -> list[Point]:
    """Return corners without those at which a line goes straight on."""
    found: list[Point] = []
    for point in points:
        for axis in (0, 1):
            while len(found) > 1 and found[-1][axis] == found[-2][axis] == point[axis]:
                found.pop()
        if not found or point != found[-1]:
            found.append(point)
    return found
