"""Folding of a large graph: sets of nodes that are drawn as one box.

Nodes are numbered as in the graph, operands first, and boxes are sets of them. The edges between
boxes are always those between their nodes. Modules and other scopes are folded first, at the
greatest depth that is small enough. Where that is not enough, or there are no scopes, these are
folded in turn: leaves that go to the same boxes, sums of sums and chains, expressions that are used
once, siblings, and at last whole levels of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from autograd.drawing.graph import Graph
from autograd.graph import Scope

Array = Any
Expand = Collection[str] | Callable[[Scope], bool]

ALIKE = 4
"""Number of like boxes beside or behind one another from which on they are one."""
EDGES = 3
"""Largest number of edges, relative to the largest number of boxes."""


class Folding:
    """Boxes: `of` has, for each node, the number of its box, and `part` that of its part.

    A part is a single node or a folded scope; a box is one part or several. Numbers are those of
    the last nodes in them.
    """

    def __init__(self, graph: Graph, expand: Expand = ()) -> None:
        self.graph = graph
        pairs = [(p, i) for i, parents in enumerate(graph.parents) for p in parents]
        self.edges = np.array(pairs, np.intp).reshape(-1, 2).T
        self.scope = np.array(graph.scope_numbers, np.intp)
        self.is_leaf = np.array([not parents for parents in graph.parents], bool)
        self.is_named = np.array([bool(name) for name in graph.names], bool)
        codes: dict[str, int] = {}
        ops = [node.op for node in graph.nodes]
        self.op = np.array([codes.setdefault(op, len(codes)) for op in ops], np.intp)
        sums = [
            codes[op] for op in ("add", "mul", "maximum", "minimum", "logaddexp") if op in codes
        ]
        self.is_reduction = np.isin(self.op, sums)
        self.open = self._opened(expand)
        opened = [i for i, is_open in enumerate(self.open) if is_open and self.is_asked[i]]
        self.is_kept = self.is_named & ~self.is_leaf | np.isin(self.scope, opened)
        self.is_kept[[graph.index[root] for root in graph.roots]] = True
        self.of = self.part = np.arange(len(graph))

    def _opened(self, expand: Expand) -> list[bool]:
        """Return for each scope whether it stays open: it or one in it is to be expanded."""
        scopes, number = self.graph.scopes, self.graph.scope_number
        if callable(expand):
            self.is_asked = [bool(expand(scope)) for scope in scopes]
        else:
            wanted = {expand} if isinstance(expand, str) else set(expand)
            self.is_asked = [
                not wanted.isdisjoint((s.name, s.path, *self.graph.scope_label(i).split(": ")))
                for i, s in enumerate(scopes)
            ]
        found = list(self.is_asked)
        for scope in reversed(scopes):
            if found[number[scope]] and scope.outer:
                found[number[scope.outer]] = True
        return found

    def fold(self, depth: int | None, most: int) -> None:
        """Fold scopes that are in more than `depth` others, and more until boxes are few enough."""
        deepest = max(self.graph.depths, default=0)
        start = deepest if depth is None else min(depth, deepest)
        for d in range(start, -1, -1):
            self._fold_scopes(d)
            if depth is not None or not self._is_small(most):
                self._fold_repeats()
            if any(self._is_small(most) for _ in self._steps(is_last=d == 0)):
                return
        self._fold_levels(most)

    def _steps(self, is_last: bool) -> Iterator[None]:
        """Fold more and more; nodes in open scopes only where nothing else can be folded."""
        yield
        steps = [self._bundle_leaves, self._fold_reductions, self._fold_chains]
        more = [self._fold_expressions, self._fold_siblings, self._bundle_leaves]
        for step in steps + more * is_last:
            step()
            yield

    def _is_small(self, most: int) -> bool:
        if len(self._boxes()) > most:
            return False
        return bool(self._links().shape[1] <= EDGES * most)

    # What there is to know of boxes; arrays have a place for each number of a node

    def _boxes(self) -> Array:
        return np.flatnonzero(np.bincount(self.of))

    def _links(self) -> Array:
        """Return the pairs of boxes with edges between them, once each."""
        source, target = self.of[self.edges]
        different = source != target
        n = len(self.of)
        pairs = np.sort(source[different] * n + target[different])
        return np.array(np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], n))

    def _all(self, of_nodes: Array) -> Array:
        """Return for each box whether something is true of all its nodes."""
        found = np.ones(len(self.of), bool)
        np.logical_and.at(found, self.of, of_nodes)
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
        for source, target in links[:, np.argsort(links[1], kind="stable")].T.tolist():
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

    def _fold_scopes(self, depth: int) -> None:
        graph = self.graph
        folded = [-1]
        for i, (outer, own) in enumerate(zip(graph.outers, graph.depths)):
            around = folded[outer + 1]
            folded.append(around if around >= 0 else i if own > depth and not self.open[i] else -1)
        self.folded = np.array(folded, np.intp)[self.scope + 1]
        self.folded[self.is_leaf & self.is_named] = -1
        last = np.zeros(len(graph.scopes) + 1, np.intp)
        np.maximum.at(last, self.folded, np.arange(len(self.of)))
        self.of = self.part = np.where(self.folded < 0, np.arange(len(self.of)), last[self.folded])
        for i in np.flatnonzero(self.is_leaf & self.is_named & (self.scope >= 0)).tolist():
            moved = folded[self.scope[i] + 1]
            if moved >= 0:  # it stands outside
                self.scope[i] = graph.outers[moved]

    def _fold_repeats(self) -> None:
        """Fold scopes that are alike, side by side or one after the other."""
        boxes = self._boxes()
        boxes = boxes[self._is_scope()[boxes]]
        if len(boxes) < ALIKE - 1:
            return
        scope, alike, level = self._outermost(), self._alike(), self._levels()
        keys = list(zip(scope[boxes].tolist(), level[boxes].tolist(), alike[boxes].tolist()))
        before = len(self._boxes())
        self._group(boxes, keys, ALIKE)
        into = np.arange(len(self.of))
        for run in self._runs(scope):
            codes = [int(alike[box]) for box in run]
            at = 0
            while at < len(run):
                length = _repeated(codes, at)
                if length:
                    into[run[at : at + length]] = run[at + length - 1]
                at += length or 1
        self._put(into)
        if len(self._boxes()) < before:
            self._bundle_leaves(ALIKE)

    def _runs(self, scope: Array) -> Iterator[list[int]]:
        """Iterate over chains of folded scopes, each the only user of the one before."""
        into = self._followers(scope, only=self._is_scope())
        starts = set(np.flatnonzero(into != np.arange(len(into))).tolist())
        starts -= set(into[list(starts)].tolist()) if starts else set()
        for box in sorted(starts):
            run = [box]
            while into[run[-1]] != run[-1]:
                run.append(int(into[run[-1]]))
            yield run

    def _followers(self, scope: Array, only: Array | None = None) -> Array:
        """Return, for each box, the one that it is folded into in a chain, or itself."""
        links, leaf = self._links(), self._all(self.is_leaf)
        links = links[:, ~leaf[links[0]]]
        n = len(self.of)
        single = np.bincount(links[0], minlength=n)[links[0]] == 1
        single &= np.bincount(links[1], minlength=n)[links[1]] == 1
        into = self._single(links, scope, single, n)
        return into if only is None else np.where(only & only[into], into, np.arange(n))

    def _single(self, links: Array, scope: Array, chosen: Array, n: int) -> Array:
        """Return, for each box, the end of its chosen link inside a scope, or itself."""
        source, target = links
        kept = self._any(self.is_kept)
        chosen = chosen & (scope[source] == scope[target]) & ~kept[source]
        into = np.arange(n)
        into[source[chosen]] = target[chosen]
        return into

    def _bundle_leaves(self, least: int = 2) -> None:
        """Fold leaves that go to the same boxes."""
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
        self._group(boxes, keys, least)

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


def _repeated(codes: list[int], at: int) -> int:
    """Return the length of a short repeated pattern that begins at a place; 0 if there is none."""
    best = 0
    for period in range(1, 7):
        end = at + period
        while codes[end : end + period] == codes[at : at + period]:
            end += period
        if (end - at) // period >= ALIKE - 1 and end - at > best:
            best = end - at
    return best
