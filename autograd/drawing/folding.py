"""Folding of a large graph: sets of nodes that are drawn as one box.

Nodes are numbered as in the graph, operands first, and boxes are sets of them. The edges between
boxes are always those between their nodes. Modules, other scopes and the blocks that a graph
repeats are opened from the outermost on as long as there is room; of blocks that are alike one is
opened, and the others are one box. Where even the outermost are too many, or there is nothing of
the kind, these are folded in turn: leaves that go to the same boxes, sums of sums and chains,
expressions that are used once, siblings, and at last whole levels of the graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from autograd.drawing.blocks import ALIKE
from autograd.drawing.boxes import Boxes
from autograd.drawing.dominators import REDUCTIONS
from autograd.drawing.graph import Graph
from autograd.drawing.scoped import Scoped
from autograd.graph import Scope
from autograd.value import Value

Array = Any
Expand = Collection[str] | Callable[[Scope], bool]

EDGES = 3
"""Largest number of edges, relative to the largest number of boxes."""
FEW = 3
"""Number of scalar parameters of a folded scope from which on they are one box."""


class Folding(Boxes):
    """Boxes of a graph, folded until they are few enough.

    `graph` is the given one with repeated blocks as scopes.
    """

    def __init__(self, graph: Graph, expand: Expand = ()) -> None:
        self.scoped = Scoped(graph)
        super().__init__(self.scoped.graph)
        graph = self.graph
        self.is_reduction = np.array([node.op in REDUCTIONS for node in graph.nodes], bool)
        self.forced = self._opened(expand)
        self.is_root = np.zeros(len(graph), bool)
        self.is_root[[graph.index[root] for root in graph.roots]] = True
        opened = [i for i, is_open in enumerate(self.forced) if is_open and self.is_asked[i]]
        self.is_kept = self.is_named & ~self.is_leaf | np.isin(graph.scope_numbers, opened)
        self.is_kept |= self.is_root
        self._close([True] * len(graph.scopes))

    def _opened(self, expand: Expand) -> list[bool]:
        """Return for each scope whether it stays open: it or one in it is to be expanded."""
        scopes, outers = self.graph.scopes, self.graph.outers
        if callable(expand):
            self.is_asked = [bool(expand(scope)) for scope in scopes]
        else:
            wanted = {expand} if isinstance(expand, str) else set(expand)
            self.is_asked = [
                not wanted.isdisjoint((s.name, s.path, *self.graph.scope_label(i).split(": ")))
                for i, s in enumerate(scopes)
            ]
        found = list(self.is_asked)
        for i in range(len(scopes) - 1, -1, -1):
            if found[i] and outers[i] >= 0:
                found[outers[i]] = True
        return found

    def fold(self, depth: int | None, most: int) -> None:
        """Fold scopes that are in more than `depth` others, and more until boxes are few enough."""
        if self._open(depth, most):
            return
        for step in (
            self._bundle_leaves, self._fold_reductions, self._fold_chains, self._fold_expressions,
            self._fold_siblings, self._bundle_leaves,
        ):  # fmt: skip
            step()
            if self._is_small(most):
                self._bundle_parameters()
                return
        self._fold_levels(most)

    def _open(self, depth: int | None, most: int) -> bool:
        """Open what there is room for; return whether there is room for the rest.

        Columns are drawn box by box, or where that leaves less room to open others as one box each.
        """
        chosen: list[tuple[int, bool, list[bool]]] = []
        for as_one in (False, True) if max(self.scoped.columns, default=-1) >= 0 else (False,):
            if depth is None:
                tries = self._open_most(most, as_one)
            else:
                tries = self._open_to(min(depth, max(self.graph.depths, default=0)))
            for is_open in tries:
                self._close(is_open, as_one)
                self._bundle_parameters()
                if self._is_small(most):
                    others = [a for a, column in zip(is_open, self.scoped.columns) if column < 0]
                    chosen.append((sum(others), not as_one, is_open))
                    break
        if not chosen:
            return False
        _, by_box, is_open = max(chosen)
        self._close(is_open, not by_box)
        self._bundle_parameters()
        return True

    def _open_to(self, depth: int) -> Iterator[list[bool]]:
        """Iterate over what is open at a depth, and at smaller ones."""
        of_blocks, levels = self.scoped.is_block, self.scoped.levels
        for d in range(depth, -1, -1):
            is_open = [level <= d for level in levels]
            yield [a or b for a, b in zip(is_open, self.forced)]
            if any(of_blocks):
                is_open = [a and not b for a, b in zip(is_open, of_blocks)]
                yield [a or b for a, b in zip(is_open, self.forced)]

    def _open_most(self, most: int, as_one: bool) -> Iterator[list[bool]]:
        """Iterate over what is open, from as much as there is room for to nothing.

        All scopes of one depth are opened together; where there is no room for that, those that
        stand for others, and columns last. Scopes of one node say more than the node, and stay
        closed.
        """
        graph, scoped = self.graph, self.scoped
        costs, total, counts = self._costs(as_one)
        by_depth: dict[int, list[int]] = {}
        columns: dict[int, list[int]] = {}
        outers = set(graph.outers)
        for i, depth in enumerate(graph.depths):
            is_single = counts[i] == 1 and i not in outers and not scoped.is_bare[i]
            if scoped.is_rest[i] or self.forced[i] or is_single:
                continue
            if scoped.columns[i] < 0:
                by_depth.setdefault(depth, []).append(i)
            elif not as_one and i not in outers:
                columns.setdefault(depth, []).append(i)
        is_open = list(self.forced)
        total += sum(costs[i] for i, forced in enumerate(self.forced) if forced)
        opened: list[list[int]] = []

        def open_all(some: list[int]) -> bool:
            nonlocal total
            new = [i for i in some if graph.outers[i] < 0 or is_open[graph.outers[i]]]
            cost = sum(costs[i] for i in new)
            if total + cost > most:
                return False
            total += cost
            opened.extend([new] if new else [])
            for i in new:
                is_open[i] = True
            return True

        depths = sorted(by_depth)
        done = 0
        while done < len(depths) and open_all(by_depth[depths[done]]):
            done += 1
        for depth in depths[done:]:
            for i in by_depth[depth]:
                if scoped.runs[i] >= 0:
                    open_all([i])
        for depth in sorted(columns):
            open_all(columns[depth])
        yield is_open
        while opened:
            for _ in range(max(1, len(opened) // 4)):
                for i in opened.pop():
                    is_open[i] = False
            yield is_open

    def _costs(self, as_one: bool) -> tuple[list[int], int, list[int]]:
        """Return how many boxes come with the opening of each scope, and those outside, about.

        Return the number of nodes in each scope, too.
        """
        graph, scoped = self.graph, self.scoped
        inside = np.bincount(
            np.array(graph.scope_numbers, np.intp)[~self.is_leaf] + 1,
            minlength=len(graph.scopes) + 1,
        ).tolist()
        counts = inside[1:]
        users: dict[int, list[int]] = {}
        leaf = self.is_leaf[self.edges[0]]
        for source, target in self.edges[:, leaf].T.tolist():
            users.setdefault(source, []).append(target)
        bundles: Counter[Any] = Counter()
        holding = set()
        numbers, outers = graph.scope_numbers, graph.outers
        for source, some in users.items():
            scope, own = numbers[source], [numbers[i] for i in some]
            key = tuple(some) if scope in own else ()
            bundles[scope, key] += 1
            holding.add(scope)
        for (scope, key), count in bundles.items():
            inside[scope + 1] += min(count, ALIKE) if key else min(count, 2)
        together = scoped.together(as_one)
        seen = set()
        for i, outer in enumerate(outers):
            run = together[i]
            if run < 0:
                inside[outer + 1] += 1 + (i in holding)
            elif run not in seen:
                seen.add(run)
                inside[outer + 1] += 1 + (i in holding)
        costs = [
            cost - (run < 0) * (1 + (i in holding))
            for i, (cost, run) in enumerate(zip(inside[1:], together))
        ]
        return costs, inside[0], counts

    def _is_small(self, most: int) -> bool:
        if len(self._boxes()) > most:
            return False
        return bool(self._links().shape[1] <= EDGES * most)

    def _close(self, is_open: list[bool], as_one: bool = False) -> None:
        """Fold the scopes that are not open, and those of a run as one, or also of a column."""
        graph, n = self.graph, len(self.graph)
        folded = [-1]
        for i, outer in enumerate(graph.outers):
            around = folded[outer + 1]
            folded.append(around if around >= 0 else -1 if is_open[i] else i)
        self.scope = np.array(graph.scope_numbers, np.intp)
        self.folded = np.array(folded, np.intp)[self.scope + 1]
        outside = self.is_leaf & self.is_named & (self.folded >= 0)
        self.scope[outside] = np.array([*graph.outers, -1], np.intp)[self.folded[outside]]
        self.folded[outside] = -1
        own = np.arange(n)
        last = np.zeros(len(graph.scopes) + 1, np.intp)
        np.maximum.at(last, self.folded, own)
        self.of = self.part = np.where(self.folded < 0, own, last[self.folded])
        runs = np.array([*self.scoped.together(as_one), -1], np.intp)[self.folded]
        closed = np.flatnonzero(runs >= 0)
        if len(closed):
            last = np.zeros(runs.max() + 1, np.intp)
            np.maximum.at(last, runs[closed], closed)
            self.of = self.of.copy()
            self.of[closed] = last[runs[closed]]
        bare = np.array([*self.scoped.is_bare, False], bool)[self.scope]
        self.scope[bare] = np.array([*graph.outers, -1], np.intp)[self.scope[bare]]
        counts = Counter(self.scoped.runs)
        graph.alike = {
            i: counts[run]
            for i, (run, opened) in enumerate(zip(self.scoped.runs, is_open))
            if opened and run >= 0 and not self.scoped.is_rest[i] and folded[i + 1] < 0
        }

    # How boxes are put together; arrays have a place for each number of a node

    def _put(self, into: Array, least: int = 2) -> None:
        """Put each box into another, repeatedly, where `least` come together."""
        while True:
            further = into[into]
            if np.array_equal(further, into):
                break
            into = further
        counts = np.bincount(into[self._boxes()], minlength=len(into))
        into = np.where(counts[into] >= least, into, np.arange(len(into)))
        self._number(into[self.of])

    def _number(self, of: Array) -> None:
        """Number boxes by their last nodes."""
        last = np.zeros(len(of), np.intp)
        np.maximum.at(last, of, np.arange(len(of)))
        self.of = last[of]

    def _group(self, boxes: Array, keys: list[Any], least: int) -> None:
        """Fold the boxes with equal keys into one."""
        into = np.arange(len(self.of))
        last: dict[Any, int] = {}
        for box, key in zip(boxes[::-1].tolist(), keys[::-1]):
            into[box] = last.setdefault(key, box)
        self._put(into, least)

    def _followers(self, scope: Array) -> Array:
        """Return, for each box, the one that it is folded into in a chain, or itself."""
        links, leaf = self._links(), self._all(self.is_leaf)
        links = links[:, ~leaf[links[0]]]
        n = len(self.of)
        single = np.bincount(links[0], minlength=n)[links[0]] == 1
        single &= np.bincount(links[1], minlength=n)[links[1]] == 1
        return self._single(links, scope, single, n)

    def _single(self, links: Array, scope: Array, chosen: Array, n: int) -> Array:
        """Return, for each box, the end of its chosen link inside a scope, or itself."""
        source, target = links
        kept = self._any(self.is_kept)
        chosen = chosen & (scope[source] == scope[target]) & ~kept[source]
        into = np.arange(n)
        into[source[chosen]] = target[chosen]
        return into

    def _leaves(self) -> tuple[Array, list[Any]]:
        """Return the boxes of leaves, and for each what must be equal in those that are one."""
        leaf = self._all(self.is_leaf) & ~self._any(self.is_kept)
        links = self._links()
        users: dict[int, list[int]] = {}
        for source, target in links[:, leaf[links[0]]].T.tolist():
            users.setdefault(source, []).append(target)
        boxes = np.array(sorted(users), np.intp)
        keys = [
            (self._places(users[box]), type(self.graph.nodes[box]), self.graph.is_parameter(box))
            for box in boxes.tolist()
        ]
        return boxes, keys

    def _places(self, users: list[int]) -> tuple[Any, ...]:
        """Return where a leaf is used: by which boxes, of the open one of some blocks in which.

        So a layer's weights are one box where the other blocks that have them are another.
        """
        scoped, outers = self.scoped, self.graph.outers
        rest = {scoped.runs[i] for i in self.folded[users].tolist() if i >= 0 and scoped.is_rest[i]}
        found: list[Any] = []
        for box in users if rest else ():
            folded = self.folded[box]
            column = -1 if folded < 0 else scoped.columns[folded]
            scope = self.scope[box] if folded < 0 else outers[folded]
            around = scope
            while around >= 0 and scoped.runs[around] not in rest:
                around = outers[around]
            found.append((scope, column) if around >= 0 and (folded < 0 or column >= 0) else box)
        return tuple(dict.fromkeys(found)) or tuple(users)

    def _bundle_leaves(self) -> None:
        """Fold leaves that go to the same boxes."""
        boxes, keys = self._leaves()
        self._group(boxes, keys, 2)

    def _bundle_parameters(self) -> None:
        """Fold leaves that go to the same boxes where they are many, or few numbers of scopes."""
        boxes, keys = self._leaves()
        counts = Counter(keys)
        chosen = [
            counts[key] >= ALIKE
            or (
                counts[key] >= FEW
                and key[1] is Value
                and all(type(place) is tuple or self.folded[place] >= 0 for place in key[0])
            )
            for key in keys
        ]
        self._group(boxes[chosen], [key for key, is_one in zip(keys, chosen) if is_one], 2)

    def _fold_reductions(self) -> None:
        """Fold sums of sums, and the like."""
        links, n = self._links(), len(self.of)
        source, target = links
        single = np.bincount(source, minlength=n)[source] == 1
        same = self.is_reduction[source] & (self.op[source] == self.op[target])
        same &= ~(self._is_scope()[source] | self._is_scope()[target])
        self._put(self._single(links, self._outermost(), single & same, n))

    def _fold_chains(self) -> None:
        """Fold chains: nodes each used by the next alone, which uses no other result."""
        self._put(self._followers(self._outermost()), 3)

    def _fold_expressions(self) -> None:
        """Fold boxes that are used once into their users."""
        links, n = self._links(), len(self.of)
        links = links[:, ~self._all(self.is_leaf)[links[0]]]
        single = np.bincount(links[0], minlength=n)[links[0]] == 1
        self._put(self._single(links, self._outermost(), single, n))

    def _fold_siblings(self) -> None:
        """Fold boxes that are alike on the same level."""
        boxes = self._boxes()
        boxes = boxes[~(self._any(self.is_kept) | self._all(self.is_leaf))[boxes]]
        scope, alike, level = self._outermost(), self._alike(), self._levels()
        keys = zip(scope[boxes].tolist(), level[boxes].tolist(), alike[boxes].tolist())
        self._group(boxes, list(keys), 2)

    def _fold_levels(self, most: int) -> None:
        """Fold all boxes on the same levels, more and more levels."""
        step = 1
        while not self._is_small(most):
            kept, leaf = self._any(self.is_kept), self._all(self.is_leaf)
            boxes = self._boxes()
            level = self._levels()
            if step > 2 * level.max():
                return
            chosen = boxes[~(kept & (step == 1))[boxes] & ~leaf[boxes]]
            self._group(chosen, (level[chosen] // step).tolist(), 2)
            self._bundle_leaves()
            step *= 2
