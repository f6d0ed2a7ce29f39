"""Boxes of a graph: sets of nodes, each drawn as one.

Arrays have a place for each number of a node; numbers of boxes are those of the last nodes in them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.drawing.graph import Graph

Array = Any


class Boxes:
    """Nodes of a graph as boxes: `of` has, for each node, the number of its box.

    `part` has that of its part: a part is a single node or a folded scope, and a box is one part or
    several. `folded` has the folded scope of each node, or -1, and `scope` the one in which it is
    drawn.
    """

    of: Array
    part: Array
    folded: Array
    scope: Array

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        counts, sources = graph.operands
        self.edges = np.array([sources, np.repeat(np.arange(len(graph)), counts)])
        self.is_leaf = counts == 0
        self.is_named = np.array([bool(name) for name in graph.names], bool)
        codes: dict[str, int] = {}
        ops = [node.op for node in graph.nodes]
        self.op = np.array([codes.setdefault(op, len(codes)) for op in ops], np.intp)
        self._known: tuple[Array, Array, Array] | None = None

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
