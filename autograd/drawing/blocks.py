"""Blocks that a graph repeats: steps of a loop, like terms of a sum, layers, heads, neurons.

What is inside each scope is gone through in the order in which a program would compute it. What
comes again and again in it, with operands in the same places, is a run of blocks. Runs are then one
thing each, so that runs of runs are found too. So are expressions that are alike side by side,
wherever they come in the order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.drawing.dominators import Alike
from autograd.drawing.graph import Graph

Array = Any

ALIKE = 5
"""Number of like blocks from which on they are a run."""
LONGEST = 64
"""Largest number of things in a block."""
COLUMN = 16
"""Largest number of expressions beside each other that are drawn one by one."""
BESIDE = 3
"""Number of operations beside an expression of a set from which on a block is more than that."""
OPERANDS = 3
"""Number of operands of a thing that are compared."""


@dataclass
class Run:
    """Blocks that are alike, in a scope, or -1."""

    scope: int
    blocks: list[list[int | Run]]
    """Nodes, scopes and runs in order; scopes have numbers after those of nodes."""
    is_column: bool = False
    """True where all blocks are drawn, one by one."""


class Blocks:
    """Runs of a graph, and a code for each scope, equal for scopes with equal contents.

    Things in a scope are numbers: those of nodes, then those of scopes, then those of runs.
    """

    def __init__(self, graph: Graph, sets: Sequence[Alike] = ()) -> None:
        self._codes: dict[Any, int] = {}
        self._all_runs: list[Run] = []
        self.runs: list[Run] = []
        """Runs that are in no other."""
        self.codes = [0] * len(graph.scopes)
        self._first_scope = len(graph)
        self._first_run = len(graph) + len(graph.scopes)
        counts, self._parents = graph.operands
        self._starts = np.concatenate(([0], np.cumsum(counts)))
        self._of_node = np.array([self._code(node.op) for node in graph.nodes], np.intp)
        self._place = np.full(len(graph), -1, np.intp)
        self._nodes: dict[int, Array] = {}
        self._known: dict[Any, list[tuple[int, int, int]]] = {}
        nodes = np.array(graph.walk, np.intp)
        nodes = nodes[counts[nodes] > 0]
        numbers = np.array(graph.scope_numbers, np.intp)[nodes]
        inside = _by(numbers, nodes)
        ends: dict[int, int] = {}  # the last place of a node in each scope
        place = np.empty(len(graph), np.intp)
        place[nodes] = np.arange(len(nodes))
        for scope in range(len(graph.scopes) - 1, -1, -1):  # the inner ones first
            own = inside.get(scope)
            end = -1 if own is None else int(place[own[-1]])
            ends[scope] = end = max(end, ends.get(scope, -1))
            outer = graph.outers[scope]
            ends[outer] = max(ends.get(outer, -1), end)
        children: dict[int, list[int]] = {}
        for scope, outer in enumerate(graph.outers):
            if ends[scope] >= 0:
                children.setdefault(outer, []).append(scope)
        self.set_of = np.full(len(graph.scopes) + 1, -1)
        """Number of the set of each scope, or -1; the last is for what is no scope."""
        self._sets: dict[int, list[Alike]] = {}
        self._sizes = np.array([len(alike.scopes) for alike in sets], np.intp)
        for number, alike in enumerate(sets):
            self.set_of[alike.scopes] = number
            self._sets.setdefault(graph.outers[alike.scopes[0]], []).append(alike)
        none = np.empty(0, np.intp)
        for scope in range(len(graph.scopes) - 1, -2, -1):
            things, scopes = inside.get(scope, none), children.get(scope, [])
            codes = self._of_node[things]
            if scopes:
                things = np.concatenate((things, np.array(scopes) + self._first_scope))
                codes = np.concatenate((codes, np.array([self.codes[i] for i in scopes])))
                at = [*place[things[: -len(scopes)]], *(ends[i] + 0.5 for i in scopes)]
                way = np.argsort(np.array(at), kind="stable")
                things, codes = things[way], codes[way]
            if scope in self._sets:
                found = self._across(things, codes)
                things, codes = self._contracted(scope, things, codes, found)
                things, codes = self._with_sets(scope, things, codes)
            while found := self._found(things, codes):
                things, codes = self._contracted(scope, things, codes, found)
            self.runs += [
                self._all_runs[i] for i in things[things >= self._first_run] - self._first_run
            ]
            if scope >= 0:
                self.codes[scope] = self._code((graph.scopes[scope].name, *codes.tolist()))
                self._nodes[scope + self._first_scope] = self._inside(things)[0]

    def _code(self, key: Any) -> int:
        return self._codes.setdefault(key, len(self._codes))

    def _inside(self, things: Array) -> tuple[Array, Array]:
        """Return all nodes of things, and for each the place of the thing."""
        if not len(things) or things.max() < self._first_scope:
            return things.copy(), np.arange(len(things))
        several = np.flatnonzero(things >= self._first_scope)
        parts = [self._nodes[thing] for thing in things[several].tolist()]
        counts = np.ones(len(things), np.intp)
        counts[several] = list(map(len, parts))
        places = np.repeat(np.arange(len(things)), counts)
        nodes = things[places]
        nodes[np.isin(places, several)] = np.concatenate(parts)
        return nodes, places

    def _operands(self, things: Array) -> Array:
        """Return the places of the first operands of things; -1 for what is not among them."""
        found = np.full((len(things), OPERANDS), -1, np.intp)
        nodes, places = self._inside(things)
        self._place[nodes] = places
        counts = self._starts[nodes + 1] - self._starts[nodes]
        firsts = np.repeat(self._starts[nodes] - np.cumsum(counts) + counts, counts)
        sources = self._place[self._parents[firsts + np.arange(counts.sum())]]
        targets = np.repeat(places, counts)
        self._place[nodes] = -1
        is_plain = (things < self._first_scope)[targets]
        other = np.flatnonzero((sources != targets) & ((sources >= 0) | is_plain))
        other = other[np.argsort(targets[other], kind="stable")]
        sources, targets, is_plain = sources[other], targets[other], is_plain[other]
        if not is_plain.all():  # the operands of many nodes, each once
            pairs = targets * (len(things) + 1) + sources + 1
            _, first = np.unique(pairs, return_index=True)
            kept = is_plain.copy()
            kept[first] = True
            sources, targets = sources[kept], targets[kept]
        rank = np.arange(len(targets)) - np.searchsorted(targets, targets)
        few = rank < OPERANDS
        found[targets[few], rank[few]] = sources[few]
        return found

    def _found(self, things: Array, codes: Array) -> list[tuple[int, int, int]]:
        """Return the starts, the lengths and the numbers of blocks, of the shortest blocks."""
        periods = _periods(codes, ALIKE)
        if not periods:
            return []
        operands = self._operands(things)
        key = codes.tobytes(), operands.tobytes()
        if key not in self._known:
            self._known[key] = _runs(codes, operands, periods)
        return self._known[key]

    def _across(self, things: Array, codes: Array) -> list[tuple[int, int, int]]:
        """Return runs of blocks with more than an expression of a set, and with no whole set."""
        sets = self.set_of[(things - self._first_scope).clip(-1)]

        def is_across(block: slice) -> bool:
            numbers, counts = np.unique(sets[block], return_counts=True)
            is_set = numbers >= 0
            is_part = counts[is_set] < self._sizes[numbers[is_set]]
            if not is_part.all():
                return False
            others = block.stop - block.start - 1
            return len(is_part) > 1 or (counts[is_set].sum() == 1 and others >= BESIDE)

        periods = _periods(codes, 2)
        return _runs(codes, self._operands(things), periods, 2, is_across) if periods else []

    def _contracted(
        self, scope: int, things: Array, codes: Array, found: Sequence[tuple[int, int, int]]
    ) -> tuple[Array, Array]:
        """Return things with each of the runs that were found as one, and their codes."""
        kept = np.ones(len(things), bool)
        things, new = things.copy(), codes.copy()
        for start, length, count in found:
            end = start + length * count
            blocks = things[start:end].reshape(count, length).tolist()
            first = self._first_run
            for block in blocks if things[start:end].max() >= first else ():
                block[:] = [i if i < first else self._all_runs[i - first] for i in block]
            things[start] = self._run(Run(scope, blocks), things[start:end])
            new[start] = self._code((count, *codes[start : start + length].tolist()))
            kept[start + 1 : end] = False
        return things[kept], new[kept]

    def _run(self, run: Run, things: Array) -> int:
        number = self._first_run + len(self._all_runs)
        self._nodes[number] = self._inside(things)[0]
        self._all_runs.append(run)
        return number

    def _with_sets(self, scope: int, things: Array, codes: Array) -> tuple[Array, Array]:
        """Return things with each set of which no expression is in a run as one thing."""
        places = {thing: k for k, thing in enumerate(things.tolist())}
        kept = np.ones(len(things), bool)
        things, codes = things.copy(), codes.copy()
        for alike in self._sets.get(scope, ()):
            members = [i + self._first_scope for i in alike.scopes]
            is_column = alike.is_simple and len(members) <= COLUMN
            if not all(i in places for i in members):
                continue
            own = [places[i] for i in members]
            blocks: list[list[int | Run]] = [[i] for i in members]
            run = self._run(Run(scope, blocks, is_column), things[own])
            codes[own[0]] = self._code(("set", len(own), codes[own[0]]))
            things[own[0]] = run
            kept[own[1:]] = False
        return things[kept], codes[kept]


def _by(keys: Array, values: Array) -> dict[int, Array]:
    """Return the values of each key, in their order."""
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-2))
    return dict(zip(keys[starts].tolist(), np.split(values, starts[1:])))


def _periods(codes: Array, least: int) -> list[int]:
    """Return periods after which codes may be equal, `least` times on end."""
    longest = min(LONGEST, len(codes) // least)
    return [p for p in range(1, longest + 1) if _may_be(codes, p, least)]


def _may_be(codes: Array, period: int, least: int) -> bool:
    """Return whether codes at samples are equal to those after a period, often enough on end."""
    step = max(1, period // 4)
    equal = codes[:-period:step] == codes[period::step]
    wanted, have = (least - 1) * period // step - 1, 1
    while 2 * have <= wanted:
        equal = equal[have:] & equal[:-have]
        have *= 2
    return bool(equal.any())


def _runs(
    codes: Array,
    operands: Array,
    periods: Sequence[int],
    least: int = ALIKE,
    is_wanted: Callable[[slice], bool] = lambda block: True,
) -> list[tuple[int, int, int]]:
    """Return runs of `least` blocks, of the shortest period of which there are some."""
    for p in periods:
        before, now = operands[:-p], operands[p:]
        moved = now - before
        same = (before < 0) | ((now >= 0) & ((moved == p) | (moved == 0)))
        ok = (codes[p:] == codes[:-p]) & same.all(axis=1)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], ok.view(np.int8), [0]))))
        found, free = [], 0
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist()):
            start = max(start, free)
            if end - start < (least - 1) * p:
                continue
            covered = end - start + p
            count, rest = divmod(covered, p)
            shift = min(
                range(rest + 1), key=lambda k: _alive(operands, start + k + p * (count // 2))
            )
            start += shift
            if is_wanted(slice(start, start + p)):
                found.append((start, p, count))
                free = start + count * p
        if found:
            return found
    return []


def _alive(operands: Array, place: int) -> int:
    """Return how many things before a place are used from there on."""
    near = operands[place : place + 4 * LONGEST]
    return len(np.unique(near[(near >= 0) & (near < place)]))
