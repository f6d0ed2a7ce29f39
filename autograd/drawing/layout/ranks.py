"""Ranks: the column of each item, and the bands into which columns are wrapped."""

from __future__ import annotations

from collections.abc import Sequence

BAND = 4.0
"""Cost of one band more, in lines that are cut at its end."""
ALONE = 8.0
"""Cost of a last band of one column."""


def depth_first(operands: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """Return the items, operands first, and the place of each in a walk from the results.

    The walk takes operands in order, so that the places of a tree have no crossings. Results come
    in the order in which they were asked for: a graph has the last of them first.
    """
    used = [False] * len(operands)
    for some in operands:
        for u in some:
            used[u] = True
    place = [-1] * len(operands)
    finished: list[int] = []
    count = 0
    starts = [v for v in reversed(range(len(operands))) if not used[v]]
    for start in [*starts, *range(len(operands))]:  # all of those left are in circles
        if place[start] >= 0:
            continue
        place[start], count = count, count + 1
        stack = [(start, iter(operands[start]))]
        while stack:
            v, rest = stack[-1]
            for u in rest:
                if place[u] < 0:
                    place[u], count = count, count + 1
                    stack.append((u, iter(operands[u])))
                    break
            else:
                finished.append(v)
                stack.pop()
    return finished, place


def longest(
    operands: Sequence[Sequence[int]], order: Sequence[int], used: Sequence[bool]
) -> list[int]:
    """Return the operand of each item that is before it on the longest way to a result, or -1.

    There is none where it is not the only one, and for an item that is on no such way. `order` has
    operands first, and `used` is False for results.
    """
    depth = [0] * len(order)
    for v in order:
        depth[v] = 1 + max([depth[u] for u in operands[v]], default=0)
    found = [-1] * len(order)
    is_on = [not some for some in used]
    for v in reversed(order):
        if is_on[v]:
            some = [u for u in operands[v] if depth[u] == depth[v] - 1]
            for u in some:
                is_on[u] = True
            if len(some) == 1:
                found[v] = some[0]
    return found


def ranks(
    operands: Sequence[Sequence[int]], order: Sequence[int], entered: Sequence[bool]
) -> list[int]:
    """Return the rank of each item: past all its operands, and near its users.

    `order` has operands first, but for those that close a circle; `entered` says of each item
    whether something outside is an operand of it.
    """
    turn = [0] * len(order)
    for k, v in enumerate(order):
        turn[v] = k
    rank = [0] * len(order)
    users: list[list[int]] = [[] for _ in order]
    for v in order:
        for u in operands[v]:
            if turn[u] < turn[v]:
                users[u].append(v)
                rank[v] = max(rank[v], rank[u] + 1)
    for v in reversed(order):
        if users[v]:
            kept = entered[v] + sum(
                bool(operands[u]) or len(users[u]) > 1 for u in operands[v] if turn[u] < turn[v]
            )
            if len(users[v]) >= kept:  # it moves, and its own leaves with it
                rank[v] = min(rank[user] for user in users[v]) - 1
    lowest = min(rank, default=0)
    return [own - lowest for own in rank]


def bands(
    widths: Sequence[float], before: Sequence[float], cuts: Sequence[int], room: float
) -> list[int]:
    """Return the first rank of each band: none wider than the room, cut where few lines are.

    `widths` are those of the columns with the gaps after them, `before` those of the leaves that a
    band has in front that begins there, and `cuts` the numbers of lines after each column.
    """
    if sum(widths) <= room:
        return [0]
    best, first = [0.0], []
    for end in range(1, len(widths) + 1):
        start, width = end - 1, widths[end - 1]
        found, at = best[start] + ALONE * (start == len(widths) - 1), start
        while start > 0 and width + widths[start - 1] <= room:
            start -= 1
            width += widths[start]
            if best[start] < found and width + before[start] <= room:
                found, at = best[start], start
        best.append(found + BAND + cuts[end - 1])
        first.append(at)
    starts = [first[-1]]
    while starts[-1]:
        starts.append(first[starts[-1] - 1])
    return starts[::-1]
