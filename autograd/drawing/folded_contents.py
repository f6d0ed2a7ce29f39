"""Contents of the page of a folded graph: its boxes are stepped through, and the links of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from autograd.drawing.contents import (
    BACKWARD,
    FORWARD,
    SEED,
    Contents,
    has_infinite_constant,
    place_of,
)
from autograd.drawing.facts import shortened
from autograd.drawing.graph import Graph
from autograd.drawing.view import Box, Link, View
from autograd.tensors.tensor import Tensor


class FoldedContents(Contents):
    """Boxes of a view, and the steps from each to those it has operands in.

    The value of a box is that of its results, one after the other where they are several. A step of
    the backward pass gives a box the sum of all shares along a link; inside boxes there are none.
    """

    def __init__(self, graph: Graph, view: View) -> None:
        self.view = view
        self.insides: list[int | None] = []
        """For each box the number of the picture of what is in it."""
        self.places = {box.id: k for k, box in enumerate(view.boxes)}
        self.box_of = {i: k for k, box in enumerate(view.boxes) for i in box.nodes}
        self.results = _results(graph, view, self.box_of)
        self.links: list[list[Link]] = [[] for _ in view.boxes]
        for link in view.links:
            self.links[self.places[link.target.id]].append(link)
        super().__init__(graph)

    def _step(self) -> None:
        from autograd.explaining.ledger import ledger

        shares: dict[tuple[int, int], dict[int, Any]] = {}
        last: dict[tuple[int, int], int] = {}
        for time, entry in enumerate(ledger(self.root, self.seed)):
            self.gradients[entry.operand] = entry.after
            source, target = self.index[entry.operand], self.index[entry.result]
            box, user = self.box_of[source], self.box_of[target]
            if box != user:
                key = user, self._place(box, user, place_of(entry.result, entry.position))
                found = shares.setdefault(key, {})
                found[source] = found.get(source, 0.0) + entry.share
                last[key] = time
        self.steps += [[FORWARD, k] for k in range(len(self.view.boxes))]
        at = self.box_of[self.index[self.root]]
        start = self._of_box(at, {self.index[self.root]: self.seed})
        self.steps.append([SEED, at, self.number(start)])
        sums = {at: {self.index[self.root]: self.seed}}
        for key in sorted(last, key=last.__getitem__):
            user, place = key
            box = self.places[self.links[user][place].source.id]
            so_far = sums.setdefault(box, {})
            numbers = [self._gradients(user), None]
            numbers += [self._of_box(box, shares[key]), self._of_box(box, so_far)]
            for source, share in shares[key].items():
                so_far[source] = so_far.get(source, 0.0) + share
            numbers.append(self._of_box(box, so_far))
            self.steps.append([BACKWARD, *key, *map(self.number, numbers)])

    def _place(self, box: int, user: int, place: int) -> int:
        """Return the index of the link of an edge among those of its target."""
        name = self.view.boxes[box].id
        for k, link in enumerate(self.links[user]):
            if link.source.id == name and (link.edge is None or link.edge.place == place):
                return k
        raise AssertionError("every edge between boxes is in a link")

    def _of_box(self, k: int, numbers: dict[int, Any]) -> Any:
        """Return numbers of the results of a box, with zeros for those that have none."""
        found = [
            numbers.get(i, 0.0 * np.zeros(np.shape(self.nodes[i].data))) for i in self.results[k]
        ]
        return _together(found)

    def _gradients(self, k: int) -> Any:
        known = {i: self.gradients.get(self.nodes[i]) for i in self.results[k]}
        return self._of_box(k, {i: x for i, x in known.items() if x is not None})

    def told_nodes(self) -> list[dict[str, Any]]:
        """Return what the script is told of each box; none is checked."""
        names = Counter(box.facts.name or box.facts.op for box in self.view.boxes)
        return [self._box(k, box, names) for k, box in enumerate(self.view.boxes)]

    def _box(self, k: int, box: Box, names: Counter[str]) -> dict[str, Any]:
        from autograd.explaining.notations import told_name

        if box.kind != "folded":
            (i,) = box.nodes
            facts = {**self.node(i), "id": box.id}
            if any(link.edge is None for link in self.links[k]):  # some operands are in boxes
                facts["operands"] = [
                    [told_name(self.labels[x]), self.number(x.data)] for x in self.nodes[i].parents
                ]
            facts["edges"] = [
                self._edge(link, facts["edges"][link.edge.place] if link.edge else None)
                for link in self.links[k]
            ]
            return facts
        label = box.facts.name or box.facts.op
        if names[label] > 1:
            label = f"{label} ({self.labels[self.nodes[box.nodes[-1]]]})"
        value = _together([self.nodes[i].data for i in self.results[k]])
        facts = self.facts(label, box.facts.op, value)
        facts |= {"id": box.id, "named": True, "folded": f"{len(box.nodes):,} nodes", "mute": True}
        one = self.results[k][0] if len(self.results[k]) == 1 else None
        # in formulas the box is called by its only result, which is short
        facts["term"] = f"({label})" if one is None else told_name(self.labels[self.nodes[one]])
        if (inside := self.insides[k]) is not None:
            facts["inside"] = inside
        facts["edges"] = [self._edge(link) for link in self.links[k]]
        return facts

    def _edge(self, link: Link, of_node: list[Any] | None = None) -> list[Any]:
        """Return what the script is told of a link; of a single edge, also its derivative."""
        more = of_node[2:] if of_node else [None, 0, 0]
        return [self.places[link.source.id], link.id, *more]

    def inner(self) -> list[list[Any]]:
        """Return what the script is told of all nodes, folded or not, to compute them anew.

        Of each its label, 0 for the next of v1, v2, ...; its operation, its box and its parents;
        of an array its shape, else 0; and 1 if it has an infinite constant.
        """
        found: list[list[Any]] = []
        nameless = 0
        for i, (node, parents) in enumerate(zip(self.nodes, self.graph.parents)):
            label: str | int = shortened(self.labels[node])
            if label == f"v{nameless + 1}":
                label, nameless = 0, nameless + 1
            more: list[Any] = [list(node.shape)] if isinstance(node, Tensor) else []
            if has_infinite_constant(node):
                more = [*(more or [0]), 1]
            found.append([label, node.op, self.box_of[i], parents, *more])
        return found


def _results(graph: Graph, view: View, box_of: dict[int, int]) -> list[list[int]]:
    """Return for each box the nodes that are used outside it, and the root."""
    found: list[set[int]] = [set() for _ in view.boxes]
    for i, parents in enumerate(graph.parents):
        for parent in parents:
            if box_of[parent] != box_of[i]:
                found[box_of[parent]].add(parent)
    for root in graph.roots:
        found[box_of[graph.index[root]]].add(graph.index[root])
    return [sorted(nodes) for nodes in found]


def _together(numbers: list[Any]) -> Any:
    """Return one number as it is, several as one array."""
    return numbers[0] if len(numbers) == 1 else np.concatenate([np.ravel(x) for x in numbers])
