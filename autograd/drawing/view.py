"""View of a graph: boxes, each a node or several, and the links between them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd.drawing.cells import Cell, cells_of
from autograd.drawing.collecting import uncollected
from autograd.drawing.facts import VANISHING, Facts, facts_of, shortened
from autograd.drawing.folding import EDGES, Expand, Folding
from autograd.drawing.graph import Edge, Graph
from autograd.drawing.limits import MOST


@dataclass(frozen=True)
class Box:
    """One node, or several that are folded."""

    id: str
    nodes: Sequence[int]
    kind: str
    """One of "leaf", "result", "other" and, for several nodes, "folded"."""
    facts: Facts
    """Facts; for several nodes: a summary as `op`, with the value and gradient of their results."""
    contents: str
    """Number of nodes and of numbers that are folded; "" for one node."""
    scope: int
    """Number of the scope that it is drawn in, or -1."""
    is_live: bool = False
    """True on a page, whose script writes the numbers of arrays anew."""

    @cached_property
    def cells(self) -> tuple[float, float, list[Cell]]:
        """Width and height, and cells."""
        return cells_of(self.facts, self.contents)


@dataclass(frozen=True)
class Link:
    """Edges from one box to another; of two single nodes each edge is a link of its own."""

    id: str
    source: Box
    target: Box
    edge: Edge | None
    """Only edge of the link; None between boxes in which several nodes are folded."""
    count: int
    """Number of edges."""
    share: float | None = None
    """Share along the link: the gradient of the target times the local derivative."""


class View:
    """Boxes in order, operands first, and links in the order of their targets and operands.

    Every edge between nodes of different boxes is in one link. `largest` is the magnitude of the
    largest finite gradient, `largest_share` that of the largest share of a link; `note` says which
    nodes were folded, and why.
    """

    @uncollected()
    def __init__(
        self,
        graph: Graph,
        depth: int | None = None,
        expand: Expand = (),
        fold: bool = True,
        most: int = MOST,
        is_live: bool = False,
    ) -> None:
        self.note = ""
        self._is_live = is_live
        self.of: Sequence[int] = range(len(graph))
        part: Sequence[int] = self.of
        folded: list[int] = []
        edges = sum(map(len, graph.parents))
        if fold and (depth is not None or len(graph) > most or edges > EDGES * most):
            folding = Folding(graph, expand)
            folding.fold(depth, most)
            graph = folding.graph
            self.of, part = folding.of.tolist(), folding.part.tolist()
            folded = folding.folded.tolist()
        self.graph = graph
        self._drawn_in = folding.scope.tolist() if folded else graph.scope_numbers
        self.largest = self._largest()
        members: dict[int, list[int]] = {}
        for i, box in enumerate(self.of):
            members.setdefault(box, []).append(i)
        self._numbers = {box: members[box] for box in sorted(members)}
        given = self._given() if folded else set()
        self.boxes: list[Box] = []
        by_number: dict[int, Box] = {}
        for box, nodes in self._numbers.items():
            made = self._single(nodes[0]) if len(nodes) == 1 else None
            if made is None or (folded and folded[nodes[0]] >= 0):
                made = self._folded(nodes, part, folded, given)
            by_number[box] = made
            self.boxes.append(made)
        self.links = self._links(by_number)
        self.largest_share = max((abs(link.share or 0.0) for link in self.links), default=0.0)
        if len(self.boxes) < len(graph):
            self.note = f"{len(graph):,} nodes in {len(self.boxes):,} boxes"

    def _largest(self) -> float:
        is_plain, _, numbers = self.graph.numbers
        others = map(self.graph.gradient, np.flatnonzero(~is_plain).tolist())
        arrays = [np.max(np.abs(g), initial=0.0) for g in others if g is not None]
        sizes = np.abs([*numbers, *arrays])
        return float(np.max(sizes[np.isfinite(sizes)], initial=0.0))

    def _flagged(self, facts: Facts, nodes: Sequence[int]) -> Facts:
        """Return the facts, flagged "vanishing" if the gradient is tiny beside 1 and the rest.

        Where all is settled it is not: there what fits is what made it small.
        """
        size = facts.size * max(facts.scale, 1.0)  # of what a relative change does, too
        is_tiny = 0.0 < size < VANISHING * min(self.largest, 1.0)
        if is_tiny and not all(self.graph.is_settled[i] for i in nodes):
            return replace(facts, flags=(*facts.flags, "vanishing"))
        return facts

    def _single(self, i: int) -> Box:
        graph = self.graph
        scope = self._drawn_in[i]
        facts = self._flagged(replace(graph.facts(i), name=graph.name(i, scope)), [i])
        return Box(graph.id(i), [i], graph.kind(i), facts, "", scope, self._is_live)

    def _given(self) -> set[int]:
        """Return the nodes that are used outside their boxes, and the roots."""
        found = {self.graph.index[root] for root in self.graph.roots}
        for box, parents in zip(self.of, self.graph.parents):
            for parent in parents:
                if self.of[parent] != box:
                    found.add(parent)
        return found

    def _folded(
        self, nodes: list[int], part: Sequence[int], folded: Sequence[int], given: set[int]
    ) -> Box:
        graph = self.graph
        out = [i for i in nodes if i in given]
        scopes = {part[i]: folded[i] for i in nodes if folded[i] >= 0}
        leaves = [i for i in nodes if not graph.parents[i]]
        titles = Counter(graph.scopes[scope].name for scope in scopes.values())
        loose = [i for i in nodes if folded[i] < 0 and graph.parents[i]]
        operations = Counter(graph.nodes[i].op for i in loose)
        name = ""
        if len(scopes) == 1 and not loose:
            name = graph.path(*scopes.values())
        elif not loose:
            name = _first_and_last([graph.path(number) for number in scopes.values()])
        if not scopes and not loose:
            name = _first_and_last([graph.name(i, self._drawn_in[i]) for i in leaves])
        title = (
            ", ".join(filter(None, (_times(titles), _times(operations)))) or f"× {len(leaves):,}"
        )
        contents = f"{len(nodes):,} nodes" if len(leaves) < len(nodes) > 1 else ""
        facts = _together(graph, out or nodes, nodes)
        facts = self._flagged(
            replace(facts, op=shortened(title), name=shortened(name)), out or nodes
        )
        kind = "folded"
        last = nodes[-1]
        number = graph.outers[folded[last]] if folded[last] >= 0 else self._drawn_in[last]
        return Box(f"g{last}", nodes, kind, facts, contents, number, self._is_live)

    def _links(self, boxes: dict[int, Box]) -> list[Link]:
        graph, links = self.graph, []
        between = self._between()
        for number, nodes in self._numbers.items():
            target, found = boxes[number], between.get(number, {})
            for edge in graph.edges(nodes[0]) if target.kind != "folded" else ():
                source = boxes[self.of[edge.source]]
                if source.kind != "folded":
                    name = f"{source.id}_{target.id}_{edge.place}"
                    share = _share(graph.gradient(edge.target), edge.derivative)
                    links.append(Link(name, source, target, edge, 1, share))
                    found.pop(self.of[edge.source], 0)
                elif uses := found.pop(self.of[edge.source], 0):
                    links.append(Link(f"{source.id}_{target.id}", source, target, None, uses))
            for box, uses in found.items():
                source = boxes[box]
                links.append(Link(f"{source.id}_{target.id}", source, target, None, uses))
        return links

    def _between(self) -> dict[int, dict[int, int]]:
        """Return, for each box, how many edges come from which others, in order."""
        of, n = np.array(self.of, np.intp), len(self.graph)
        counts, operands = self.graph.operands
        sources, targets = of[operands], np.repeat(of, counts)
        outside = sources != targets
        pairs, first, counts = np.unique(
            targets[outside] * n + sources[outside], return_index=True, return_counts=True
        )
        order = np.argsort(first)
        found: dict[int, dict[int, int]] = {}
        for pair, count in zip(pairs[order].tolist(), counts[order].tolist()):
            found.setdefault(pair // n, {})[pair % n] = count
        return found


def _share(adjoint: Any, derivative: float | None) -> float | None:
    """Return the share of an operand; None where it is unknown, no number, or not finite."""
    if derivative is None or not isinstance(adjoint, float):
        return None
    share = adjoint * derivative
    return share if math.isfinite(share) else None


def _times(counts: Counter[str]) -> str:
    """Return words with their counts: "Block × 12", "Linear, ReLU × 6", "* × 3, tanh"."""
    if len(set(counts.values())) == 1 and len(counts) < 4:
        (n,) = set(counts.values())
        return ", ".join(counts) + (f" × {n:,}" if n > 1 else "")
    shown = [f"{word} × {n:,}" if n > 1 else word for word, n in counts.most_common(3)]
    return ", ".join(shown) + (", …" if len(counts) > 3 else "")


def _first_and_last(names: list[str]) -> str:
    names = [name for name in names if name]
    if len(names) < 2:
        return "".join(names)
    if re.sub(r"\d+", "", names[0]) == re.sub(
        r"\d+", "", names[-1]
    ):  # a sum recalls its last first
        names = sorted((names[0], names[-1]), key=_places)
    first, last = names[0].split("."), names[-1].split(".")
    while len(last) > 1 and first[:1] == last[:1]:  # what they share is said once
        first, last = first[1:], last[1:]
    return f"{names[0]} … {'.'.join(last)}"


def _places(name: str) -> list[tuple[int, str]]:
    """Return the numbers in a name, as they are ordered."""
    return [(len(digits), digits) for digits in re.findall(r"\d+", name)]


def _together(graph: Graph, out: list[int], nodes: list[int]) -> Facts:
    """Return the facts of the results of a box."""
    if len(out) == 1:
        facts = graph.facts(out[0])
    else:
        values = [graph.nodes[i].data for i in out]
        gradients = [graph.gradient(i) for i in out]
        data, gradient = _array(values), _array(gradients)
        facts = facts_of(data, gradient)
        facts = replace(facts, value=facts.value[1:])  # the shape of the list says nothing
    return replace(facts, flags=graph.flags_of(nodes))


def _array(values: list[Any]) -> Any:
    """Return all numbers as one array; None if some are unknown."""
    if any(x is None for x in values):
        return None
    if all(isinstance(x, float) for x in values):
        return np.array(values)
    return np.concatenate([np.ravel(x) for x in values])
