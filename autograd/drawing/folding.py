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

from autograd.drawing.blocks import ALIKE, Scoped
from autograd.drawing.graph import Graph
from autograd.graph import Scope
from autograd.value import Value

Array = Any
Expand = Collection[str] | Callable[[Scope], bool]

EDGES = 3
"""Largest number of edges, relative to the largest number of boxes."""
FEW = 3
"""Number of scalar parameters of a folded scope from which on they are one box."""


class Folding:
    """Boxes: `of` has, for each node, the number of its box, and `part` that of its part.

    A part is a single node or a folded scope; a box is one part or several. Numbers are those of
    the last nodes in them. `graph` is the given one with repeated blocks as scopes, `folded` has
    the folded scope of each node, or -1, and `scope` the one in which it is drawn.
    """

    def __init__(self, graph: Graph, expand: Expand = ()) -> None:
        self.scoped = Scoped(graph)
        self.graph = graph = self.scoped.graph
        counts, sources = graph.operands
        self.edges = np.array([sources, np.repeat(np.arange(len(graph)), counts)])
        self.is_leaf = counts == 0
        self._known: tuple[Array, Array, Array] | None = None
        self.is_named = np.array([bool(name) for name in graph.names], bool)
        codes: dict[str, int] = {}
        ops = [node.op for node in graph.nodes]
        self.op = np.array([codes.setdefault(op, len(codes)) for op in ops], np.intp)
        sums = [
            codes[op] for op in ("add", "mul", "maximum", "minimum", "logaddexp") if op in codes
        ]
        self.is_reduction = np.isin(self.op, sums)
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
        if depth is None:
            tries = self._open_most(most)
        else:
            tries = self._open_to(min(depth, max(self.graph.depths, default=0)))
        for is_open in tries:
            self._close(is_open)
            self._bundle_parameters()
            if self._is_small(most):
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

    def _open_to(self, depth: int) -> Iterator[list[bool]]:
        """Iterate over what is open at a depth, and at smaller ones."""
        of_blocks, levels = self.scoped.is_block, self.scoped.levels
        for d in range(depth, -1, -1):
            is_open = [level <= d for level in levels]
            yield [a or b for a, b in zip(is_open, self.forced)]
            if any(of_blocks):
                is_open = [a and not b for a, b in zip(is_open, of_blocks)]
                yield [a or b for a, b in zip(is_open, self.forced)]

    def _open_most(self, most: int) -> Iterator[list[bool]]:
        """Iterate over what is open, from as much as there is room for to nothing.

        All scopes of one depth are opened together; where there is no room for that, those that
        stand for others. Scopes of one node say more than the node, and stay closed.
        """
        graph, scoped = self.graph, self.scoped
        costs, total, counts = self._costs()
        by_depth: dict[int, list[int]] = {}
        outers = set(graph.outers)
        for i, depth in enumerate(graph.depths):
            is_single = counts[i] == 1 and i not in outers and not scoped.is_bare[i]
            if not (scoped.is_rest[i] or self.forced[i] or is_single):
                by_depth.setdefault(depth, []).append(i)
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
            opened.append(new)
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
        yield is_open
        while opened:
            for _ in range(max(1, len(opened) // 4)):
                for i in opened.pop():
                    is_open[i] = False
            yield is_open

    def _costs(self) -> tuple[list[int], int, list[int]]:
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
        runs = set()
        for i, outer in enumerate(outers):
            run = scoped.runs[i]
            if run < 0:
                inside[outer + 1] += 1 + (i in holding)
            elif run not in runs:
                runs.add(run)
                inside[outer + 1] += 1 + (i in holding)
        costs = [
            cost - (run < 0) * (1 + (i in holding))
            for i, (cost, run) in enumerate(zip(inside[1:], scoped.runs))
        ]
        return costs, inside[0], counts

    def _is_small(self, most: int) -> bool:
        if len(self._boxes()) > most:
            return False
        return bool(self._links().shape[1] <= EDGES * most)

    def _close(self, is_open: list[bool]) -> None:
        """Fold the scopes that are not open, and those of a run as one."""
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
        runs = np.array([*self.scoped.runs, -1], np.intp)[self.folded]
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

    # What there is to know of boxes; arrays have a place for each number of a node

    def _boxes(self) -> Array:
        return self._parts()[1]

    def _links(self) -> Array:
        """Return the pairs of boxes with edges between them, once each."""
        return self._parts()[2]

    def _parts(self) -> tuple[Array, Array, Array]:
        """Return the boxes and the links of `of`, with it; they are found once."""
        if self._known is None or self._known[0] is not self.of:
            self._known = self.of, np.flatnonzero(np.bincount(self.of)), self._pairs()
        return self._known

    def _pairs(self) -> Array:
        source, target = self.of[self.edges]
        different = source != target
        n = len(self.of)
        pairs = np.sort(source[different] * n + target[different])
        return np.array(np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], n))

    def _all(self, of_nodes: Array) -> Array:
        """Return for each box whether something is true of all its nodes."""
        found = np.ones(len(self.of), bool)
        found[self.of[~of_nodes]] = False
        return found

    def _any(self, of_nodes: Array) -> Array:
        return ~self._all(~of_nodes)

    def _outermost(self) -> Array:
        """Return the scope in which each box is drawn: that of its last node, outside folds."""
        scope = self.scope.copy()
        for i in np.flatnonzero(self._is_scope()):
            scope[i] = self.graph.outers[self.folded[i]]
        return scope

    def _is_scope(self) -> Array:
        """Return, by the number of each box, whether its last node is of a folded scope."""
        return self.folded >= 0

    def _alike(self) -> Array:
        """Return a number for each box: equal for boxes with equal operations in like scopes."""
        mixed = (self.op.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        found = np.zeros(len(self.of), np.uint64)
        np.add.at(found, self.of, np.where(self.is_leaf & self.is_named, np.uint64(0), mixed))
        names: dict[str, int] = {}
        of_scopes = [names.setdefault(s.name, len(names)) for s in self.graph.scopes]
        words = np.array([*of_scopes, -1])[self.folded]
        return found ^ (words.astype(np.uint64) << np.uint64(32))

    def _levels(self) -> Array:
        """Return the longest way from a leaf to each box."""
        level = [0] * len(self.of)
        links = self._links()
        sources, targets = links[:, np.argsort(links[1], kind="stable")].tolist()
        for source, target in zip(sources, targets):
            if level[source] >= level[target]:
                level[target] = level[source] + 1
        return np.array(level, np.intp)

    # How boxes are put together

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
            (tuple(users[box]), type(self.graph.nodes[box]), self.graph.is_parameter(box))
            for box in boxes.tolist()
        ]
        return boxes, keys

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
            or (counts[key] >= FEW and key[1] is Value and all(self.folded[list(key[0])] >= 0))
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
