"""Parts of a cluster that are laid out each by itself.

Graphs that nothing joins are packed side by side. Parts that are joined to the rest alike, as the
terms of a sum or the results of one source, stand in columns like those of a newspaper, where one
would be high. Each of their common sources comes along the top, and goes down before each column;
what goes to their common target goes down behind each column and along the bottom, as one line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from autograd.drawing.layout.heights import BETWEEN
from autograd.drawing.layout.items import Item, Net, Plan, Point
from autograd.drawing.layout.level import GAP, SIDE, TRACK, Level
from autograd.drawing.layout.ranks import depth_first

MANY = 12
"""Number of parts from which on they are put in columns."""
SOURCES = 2
"""Largest number of sources that such parts have in common."""
HIGH, SCREEN = 1000.0, 700.0
"""Height from which on there are several columns, and that which these should have."""
WIDE = 1.6 * SCREEN
"""Width in which columns stand where a page is wider: they are wrapped, too."""

BEHIND = SIDE + 2 * TRACK
"""Width behind a column."""


def arrange(items: Sequence[Item], nets: dict[int, Net], room: float) -> Plan:
    """Return the layout of the items of a cluster, no wider than the room if boxes allow it."""
    groups = _alike(items, nets, room)
    if groups:
        return _with_columns(items, nets, groups, room)
    return _apart(items, nets, room)


# Graphs that nothing joins


def _components(items: Sequence[Item], nets: dict[int, Net]) -> list[list[int]]:
    """Return the items that are joined, those with the outside first, the others in order."""
    outside = len(items)
    up = list(range(outside + 1))

    def find(v: int) -> int:
        while up[v] != v:
            up[v] = v = up[up[v]]
        return v

    for net in nets.values():
        start = find(net.start if net.start >= 0 else outside)
        for v in [*(v for _, v in net.ends), *[outside] * net.leaves]:
            other = find(v)
            up[min(start, other)] = start = max(start, other)
    found: dict[int, list[int]] = {outside: []}
    for v in range(outside):
        found.setdefault(find(v), []).append(v)
    joined = found.pop(outside)
    others = sorted(found.values(), key=lambda some: min(items[v].place for v in some))
    return [joined, *others] if joined else others


def _apart(items: Sequence[Item], nets: dict[int, Net], room: float) -> Plan:
    """Return the layout of items, those that nothing joins apart, in the order of heights."""
    parts = _components(items, nets)
    if len(parts) == 1:
        return Level(items, nets, room).plan()
    part, local = [0] * len(items), [0] * len(items)
    for i, own in enumerate(parts):
        for k, v in enumerate(own):
            part[v], local[v] = i, k
    inner: list[dict[int, Net]] = [{} for _ in parts]
    for source, net in nets.items():
        v = net.start if net.start >= 0 else net.ends[0][1]
        start = local[net.start] if net.start >= 0 else -1
        ends = [(edge, local[end]) for edge, end in net.ends]
        inner[part[v]][source] = replace(net, start=start, ends=ends)
    plans = [Level([items[v] for v in own], some, room).plan() for own, some in zip(parts, inner)]
    is_joined = bool(plans[0].exits or plans[0].entries)  # to the outside, from side to side
    order = sorted(range(len(parts)), key=lambda i: (i > 0 or not is_joined, -plans[i].height))
    sizes = [(plans[i].width, plans[i].height) for i in order]
    width = max(width for width, _ in sizes)
    while True:
        corners = _shelves(sizes, width, is_joined)
        right = max(x + w for (x, _), (w, _) in zip(corners, sizes))
        low = max(y + h for (_, y), (_, h) in zip(corners, sizes))
        if low <= SCREEN or width >= room:
            break
        width = min(width + room / 8, room)
    whole = Plan(right, low)
    for i, (x, y) in zip(order, corners):
        for v in parts[i]:
            items[v].left += x
            items[v].top += y
        moved = plans[i].moved(x, y)
        whole.lines |= moved.lines
        whole.entries |= moved.entries
        whole.exits |= {source: [*way, (right, way[-1][1])] for source, way in moved.exits.items()}
    return whole


def _shelves(
    sizes: Sequence[tuple[float, float]], width: float, is_first_alone: bool
) -> list[Point]:
    """Return corners of rectangles, given by falling heights, on shelves of a width.

    What is low enough stands below the one before.
    """
    corners: list[Point] = []
    x = y = high = 0.0  # of the shelf
    column, low = 0.0, 0.0  # width and height of what stands at x
    for k, (w, h) in enumerate(sizes):
        if k > is_first_alone and w <= column and low + BETWEEN + h <= high:
            corners.append((x, y + low + BETWEEN))
            low += BETWEEN + h
            continue
        x += column + GAP * bool(corners)
        if not corners or x + w > width or (k == 1 and is_first_alone):
            x, y, high = 0.0, y + high + BETWEEN * bool(corners), h
        corners.append((x, y))
        column, low = w, h
    return corners


# Parts that are joined to the rest alike


@dataclass
class Group:
    """Parts with the same sources, and the same target or none; each has its items in order."""

    sources: tuple[int, ...]
    target: int
    """Item, or -1."""
    parts: list[list[int]] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    """About how high each part is."""
    columns: int = 1

    @property
    def before(self) -> float:
        """Width before a column, where the sources come down."""
        return (SIDE + TRACK * (len(self.sources) + 1)) * bool(self.sources)


def _alike(items: Sequence[Item], nets: dict[int, Net], room: float) -> list[Group]:
    """Return the groups of parts that are to be in several columns."""
    if len(items) < MANY:
        return []
    incoming: list[list[int]] = [[] for _ in items]
    users: list[list[int]] = [[] for _ in items]
    for source, net in nets.items():
        for v in dict.fromkeys(v for _, v in net.ends):
            incoming[v].append(source)
            if net.start >= 0:
                users[net.start].append(v)
        if net.leaves:
            users[net.start].append(-1)
    if max(max(map(len, incoming)), sum(not some for some in users)) < MANY:
        return []
    operands = [
        list(dict.fromkeys(start for s in some if (start := nets[s].start) >= 0))
        for some in incoming
    ]
    order, _ = depth_first(operands)
    turn = {v: k for k, v in enumerate(order)}
    if any(turn[u] > turn[v] for v, some in enumerate(operands) for u in some):
        return []  # there are circles
    part = [-1] * len(items)
    """Last item of the part in which each item is: all that uses it is in there."""
    target: dict[int, int] = {}
    for v in reversed(order):
        around = {part[user] if user >= 0 else -1 for user in users[v]}
        if not users[v]:
            part[v], target[v] = v, -1
        elif len(users[v]) == 1 and (user := users[v][0]) >= 0 and len(operands[user]) >= MANY:
            part[v], target[v] = v, user
        elif len(around) == 1:
            part[v] = around.pop()
    members: dict[int, list[int]] = {}
    sources: dict[int, set[int]] = {}
    depth = [0] * len(items)
    for v in order:
        if (own := part[v]) >= 0:
            members.setdefault(own, []).append(v)
            inner = [u for u in operands[v] if part[u] == own]
            depth[v] = 1 + max((depth[u] for u in inner), default=-1)
            known = sources.setdefault(own, set())
            known.update(s for s in incoming[v] if nets[s].start < 0 or part[nets[s].start] != own)
    groups: dict[tuple[tuple[int, ...], int], Group] = {}
    for own in sorted(members, key=lambda v: items[v].place):
        if len(sources[own]) <= SOURCES:
            key = tuple(sorted(sources[own])), target[own]
            groups.setdefault(key, Group(*key)).parts.append(sorted(members[own]))
    found = []
    for group in groups.values():
        if len(group.parts) >= MANY:
            _measure(group, items, nets, depth, room)
            if group.columns > 1:
                found.append(group)
    return found


def _measure(
    group: Group,
    items: Sequence[Item],
    nets: dict[int, Net],
    depth: Sequence[int],
    room: float,
) -> None:
    """Set the heights of parts, and the number of columns."""
    widths: dict[int, float] = {}
    for part in group.parts:
        high: dict[int, float] = {}
        for v in part:
            d = depth[v]
            high[d] = high.get(d, 0.0) + items[v].height + BETWEEN
            widths[d] = max(widths.get(d, 0.0), items[v].width + items[v].strip)
        group.heights.append(max(high.values()))
    one = sum(widths.values()) + GAP * (len(widths) - 1) + group.before + BEHIND
    starts = [nets[source].start for source in group.sources if nets[source].start >= 0]
    room = min(room, WIDE)
    room -= max((items[v].strip + items[v].width + GAP for v in starts), default=0.0) + 2 * SIDE
    if group.target >= 0:
        room -= items[group.target].strip + items[group.target].width + GAP
    total = sum(group.heights)
    if total > HIGH:
        group.columns = min(math.ceil(total / SCREEN), int(room / one))


def _with_columns(
    items: Sequence[Item], nets: dict[int, Net], groups: Sequence[Group], room: float
) -> Plan:
    """Return the layout with each group as one item, and its columns in that."""
    made = [Block(items, nets, group) for group in groups]
    inside = {v: i for i, one in enumerate(made) for v in one.places}
    kept = [v for v in range(len(items)) if v not in inside]
    local = {v: k for k, v in enumerate(kept)}
    local |= {v: len(kept) + i for v, i in inside.items()}
    outer: dict[int, Net] = {}
    for source, net in nets.items():
        start = local[net.start] if net.start >= 0 else -1
        ends = [(edge, local[v]) for edge, v in net.ends if local[v] != start]
        if not ends and not net.leaves:
            continue
        if net.start in inside:
            one = made[inside[net.start]]
            source = one.first_of(source)
            if source in outer:
                outer[source].ends += ends
                continue
        outer[source] = replace(net, start=start, ends=ends)
    whole = [*(items[v] for v in kept), *(one.item for one in made)]
    plan = _apart(whole, outer, room)
    for one in made:
        one.place(items, plan)
    return plan


class Block:
    """Columns of a group, as one item for what is around them."""

    def __init__(self, items: Sequence[Item], nets: dict[int, Net], group: Group) -> None:
        self.places: dict[int, Point] = {}
        """Place of each item, from the corner of the whole."""
        self.coming: dict[int, list[Point]] = {}
        """Ways of edges from common sources."""
        self.going: dict[int, list[Point]] = {}
        """Ways of sources to the common target."""
        self.lines: dict[int, list[Point]] = {}
        """Ways of edges inside parts."""
        self._target: dict[int, list[int]] = {}
        """Edges of each source that go to the target."""
        step = sum(group.heights) / group.columns
        columns: list[list[int]] = [[] for _ in range(group.columns)]
        total = 0.0
        for part, height in zip(group.parts, group.heights):
            columns[min(int((total + height / 2) / step), group.columns - 1)] += part
            total += height
        number = {v: c for c, own in enumerate(columns) for v in own}
        local = {v: k for own in columns for k, v in enumerate(own)}
        inner: list[dict[int, Net]] = [{} for _ in columns]
        for source in group.sources:
            for edge, v in nets[source].ends:
                if v in number:
                    some = inner[number[v]]
                    some.setdefault(source, Net(-1, nets[source].place)).ends.append(
                        (edge, local[v])
                    )
        for source, net in nets.items():
            if net.start in number:
                ends = [(edge, local[v]) for edge, v in net.ends if v in number]
                self._target[source] = [edge for edge, v in net.ends if v not in number]
                leaves = bool(self._target[source])
                inner[number[net.start]][source] = Net(local[net.start], net.place, ends, leaves)
        plans = [
            Level([items[v] for v in own], some, math.inf).plan()
            for own, some in zip(columns, inner)
        ]
        top = (TRACK * len(group.sources) + BETWEEN) * bool(group.sources)
        bottom = top + max(plan.height for plan in plans)
        self._line = bottom + BETWEEN * (group.target >= 0)
        x = 0.0
        for own, plan in zip(columns, plans):
            bus, x = x, x + group.before
            for v in own:
                items[v].left += x
                items[v].top += top
                self.places[v] = items[v].left, items[v].top
            moved = plan.moved(x, top)
            self.lines |= moved.lines
            self._lead(group, nets, moved, bus, x)
            x += plan.width + TRACK
            for source, way in moved.exits.items():
                y = way[-1][1]
                self.going[source] = [*way, (x, y), (x, self._line)]
            x += BEHIND - TRACK
        self.sources = [source for source in self.going if self._target[source]]
        for source in self.sources:
            self.going[source].append((x, self._line))
        heights = {
            edge: TRACK * (k + 1)
            for k, source in enumerate(group.sources)
            for edge, v in nets[source].ends
            if v in number
        }
        self.item = Item(
            x,
            self._line,
            ends=heights,
            starts=dict.fromkeys(self.sources[:1], self._line),
            is_cluster=True,
            place=min(items[v].place for v in number),
        )

    def _lead(self, group: Group, nets: dict[int, Net], plan: Plan, bus: float, x: float) -> None:
        """Set the ways of the common sources to the entries of a column."""
        entries = {}
        for source in group.sources:
            for edge, _ in nets[source].ends:
                if edge in plan.entries:
                    entries[source] = plan.entries[edge]
        for k, source in enumerate(sorted(entries, key=lambda s: -entries[s])):
            y, at = TRACK * (group.sources.index(source) + 1), bus + TRACK * (k + 1)
            way = [(0.0, y), (at, y), (at, entries[source]), (x, entries[source])]
            for edge, _ in nets[source].ends:
                if edge in plan.entries:
                    self.coming[edge] = way

    def first_of(self, source: int) -> int:
        """Return the source whose name the line to the target has."""
        return self.sources[0] if source in self.going else source

    def place(self, items: Sequence[Item], plan: Plan) -> None:
        """Put items and lines where the whole stands."""
        left, top = self.item.left, self.item.top
        for v, (x, y) in self.places.items():
            items[v].left, items[v].top = left + x, top + y

        def moved(points: Sequence[Point]) -> list[Point]:
            return [(left + x, top + y) for x, y in points]

        for edge, way in self.lines.items():
            if edge in self.coming:
                way = [*plan.lines[edge], *moved(self.coming[edge]), *moved(way)]
            else:
                way = moved(way)
            plan.lines[edge] = way
        for source, way in self.going.items():
            for edge in self._target[source]:
                plan.lines[edge] = [*moved(way), *plan.lines[edge]]
