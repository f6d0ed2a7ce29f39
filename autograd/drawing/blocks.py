"""Blocks that a graph repeats: steps of a loop, like terms of a sum, layers, heads.

What is inside each scope is gone through in the order in which a program would compute it. What
comes again and again in it, with operands in the same places, is a run of blocks. Runs are then one
thing each, so that runs of runs are found too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.drawing.graph import Graph
from autograd.drawing.layout.ranks import depth_first
from autograd.graph import Scope

Array = Any

ALIKE = 5
"""Number of like blocks from which on they are a run."""
LONGEST = 64
"""Largest number of things in a block."""
LONG = 24
"""Largest length of the name of a block."""
OPERANDS = 3
"""Number of operands of a thing that are compared."""


@dataclass
class Run:
    """Blocks that are alike, in a scope, or -1."""

    scope: int
    blocks: list[list[int | Run]]
    """Nodes, scopes and runs in order; scopes have numbers after those of nodes."""


class Blocks:
    """Runs of a graph, and a code for each scope, equal for scopes with equal contents.

    Things in a scope are numbers: those of nodes, then those of scopes, then those of runs.
    """

    def __init__(self, graph: Graph) -> None:
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
        order, _ = depth_first(graph.parents)
        nodes = np.array(order, np.intp)
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
        longest = min(LONGEST, len(things) // ALIKE)
        periods = [p for p in range(1, longest + 1) if _may_be(codes, p)]
        if not periods:
            return []
        operands = self._operands(things)
        key = codes.tobytes(), operands.tobytes()
        if key not in self._known:
            self._known[key] = _runs(codes, operands, periods)
        return self._known[key]

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
            number = self._first_run + len(self._all_runs)
            self._nodes[number] = self._inside(things[start:end])[0]
            self._all_runs.append(Run(scope, blocks))
            things[start] = number
            new[start] = self._code((count, *codes[start : start + length].tolist()))
            kept[start + 1 : end] = False
        return things[kept], new[kept]


def _by(keys: Array, values: Array) -> dict[int, Array]:
    """Return the values of each key, in their order."""
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-2))
    return dict(zip(keys[starts].tolist(), np.split(values, starts[1:])))


def _may_be(codes: Array, period: int) -> bool:
    """Return whether codes at samples are equal to those after a period, often enough on end."""
    step = max(1, period // 4)
    equal = codes[:-period:step] == codes[period::step]
    wanted, have = (ALIKE - 1) * period // step - 1, 1
    while 2 * have <= wanted:
        equal = equal[have:] & equal[:-have]
        have *= 2
    return bool(equal.any())


def _runs(codes: Array, operands: Array, periods: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return runs of the shortest period of which there are some."""
    for p in periods:
        before, now = operands[:-p], operands[p:]
        moved = now - before
        same = (before < 0) | ((now >= 0) & ((moved == p) | (moved == 0)))
        ok = (codes[p:] == codes[:-p]) & same.all(axis=1)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], ok.view(np.int8), [0]))))
        found, free = [], 0
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist()):
            start = max(start, free)
            if end - start < (ALIKE - 1) * p:
                continue
            covered = end - start + p
            count, rest = divmod(covered, p)
            shift = min(
                range(rest + 1), key=lambda k: _alive(operands, start + k + p * (count // 2))
            )
            found.append((start + shift, p, count))
            free = start + shift + count * p
        if found:
            return found
    return []


def _alive(operands: Array, place: int) -> int:
    """Return how many things before a place are used from there on."""
    near = operands[place : place + 4 * LONGEST]
    return len(np.unique(near[(near >= 0) & (near < place)]))


class Scoped:
    """A graph with the blocks of its runs as scopes; lists have a place for each scope."""

    def __init__(self, graph: Graph) -> None:
        found = Blocks(graph)
        self._old = graph
        self._ups = list(graph.outers)
        """Scope around each, those of `graph` first, then the blocks."""
        self._names: list[str] = []
        self._numbers = list(graph.scope_numbers)
        self._run_of: dict[int, int] = {}
        self._single: set[int] = set()
        self._count = 0
        for run in found.runs:
            self._enter(run, run.scope)
        old = len(graph.scopes)
        children: dict[int, list[int]] = {}
        for i, up in enumerate(self._ups):
            children.setdefault(up, []).append(i)
        order: list[int] = []
        stack = children.get(-1, [])[::-1]
        while stack:
            order.append(stack.pop())
            stack += children.get(order[-1], [])[::-1]
        new = {scope: i for i, scope in enumerate(order)} | {-1: -1}
        scopes: list[Scope] = []
        for i in order:
            outer = None if self._ups[i] < 0 else scopes[new[self._ups[i]]]
            scopes.append(graph.scopes[i] if i < old else Scope(self._names[i - old], None, outer))
        self.graph = graph.with_scopes(
            scopes, [new[self._ups[i]] for i in order], [new[i] for i in self._numbers]
        )
        self.runs = [self._run_of.get(i, -1) for i in order]
        """Number of the run that each is in, or -1."""
        self.is_bare = [i in self._single for i in order]
        """True for blocks of one node, which need no frame."""
        self.is_block = [i >= old for i in order]
        self.codes = [-1 - self._run_of[i] if i in self._run_of else found.codes[i] for i in order]
        """Codes that are equal for scopes with equal contents."""
        self.is_rest = self._rest()
        """True for the blocks of a run but the one that may be open."""
        self.levels: list[int] = []
        """Depth among the given scopes; blocks of given scopes are as deep as these."""
        outers = self.graph.outers
        holds = [not is_block for is_block in self.is_block]
        for k in range(len(order) - 1, -1, -1):
            if outers[k] >= 0 and holds[k]:
                holds[outers[k]] = True
        for k, around in enumerate(outers):
            is_inner = around >= 0 and self.is_block[around] and holds[around]
            depth = self.levels[around] if around >= 0 else 0
            self.levels.append(depth + (holds[k] and not is_inner))

    def _enter(self, run: Run, outer: int) -> None:
        number, self._count = self._count, self._count + 1
        first = len(self._old)
        for block in run.blocks:
            if len(block) == 1 and isinstance(block[0], int) and block[0] >= first:
                own = block[0] - first
            else:
                own = len(self._ups)
                self._ups.append(outer)
                self._names.append(self._called(block))
                if len(block) == 1 and isinstance(block[0], int):
                    self._single.add(own)
                for thing in block:
                    if isinstance(thing, Run):
                        self._enter(thing, own)
                    elif thing < first:
                        self._numbers[thing] = own
                    else:
                        self._ups[thing - first] = own
            self._run_of[own] = number

    def _called(self, block: list[int | Run]) -> str:
        """Return the name of a block: its operations and scopes, each once."""
        words: list[str] = []
        for thing in block:
            if isinstance(thing, Run):
                words += self._called(thing.blocks[0]).split(", ")
            elif thing < len(self._old):
                words.append(self._old.nodes[thing].row.notation)
            else:
                words.append(self._old.scopes[thing - len(self._old)].name)
        words = list(dict.fromkeys(words))
        while len(words) > 1 and len(", ".join(words)) > LONG:
            words[-2:] = ["…"]
        return ", ".join(words)

    def _rest(self) -> list[bool]:
        """Return which blocks are not to be opened: all but the first, or that of a result."""
        graph = self.graph
        with_root = set()
        for root in graph.roots:
            scope = graph.scope_numbers[graph.index[root]]
            while scope >= 0:
                with_root.add(scope)
                scope = graph.outers[scope]
        chosen: dict[int, int] = {}
        for i, run in enumerate(self.runs):
            if run >= 0 and (
                run not in chosen or (i in with_root and chosen[run] not in with_root)
            ):
                chosen[run] = i
        return [run >= 0 and chosen[run] != i for i, run in enumerate(self.runs)]
