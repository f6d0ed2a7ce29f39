"""Expressions that are alike beside each other: examples of a loss, neurons of a layer.

A node dominates those that all ways to the results lead through it from. It and they are an
expression of their own: what is computed for it alone. Such expressions are in each other or apart,
as scopes are. Those with equal operations, at equal heights above the leaves, none of which is
computed from another, stand beside each other: a set.

Dominators are found as by Cooper, Harvey and Kennedy, A Simple, Fast Dominance Algorithm (2001),
for a graph without circles, where one pass does; common ancestors by jump pointers, as by Myers, An
Applicative Random-Access Stack (1983).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from autograd.drawing.facts import listed
from autograd.drawing.graph import Graph
from autograd.graph import Scope

LEAST = 3
"""Smallest number of nodes of an expression that is one of a set."""
MOST = 30_000
"""Largest number of nodes of a graph that is searched; larger ones are folded by order alone."""
LEAF, OUTSIDE = -1, -2
"""Codes of operands that are leaves, and of those that are used elsewhere too."""
REDUCTIONS = "add", "mul", "maximum", "minimum", "logaddexp"
"""Operations whose operands may be of the same one: one sum is written as many."""


@dataclass
class Alike:
    """Expressions beside each other that are alike, as scopes of a graph."""

    scopes: list[int]
    """Numbers of the scopes."""
    is_simple: bool
    """True where none of them has sets inside."""


def with_alike(graph: Graph) -> tuple[Graph, list[Alike]]:
    """Return a graph in which expressions that are alike are scopes, after its own, and the sets.

    An expression is in one scope of the given graph.
    """
    if len(graph) > MOST:
        return graph, []
    found = Expressions(graph).sets()
    scopes, outers, numbers = list(graph.scopes), list(graph.outers), list(graph.scope_numbers)
    sets: list[Alike] = []
    holding = {around for around, _ in found}
    for _, members in found:  # outer ones first
        for inside in members:
            up = numbers[inside[-1]]
            words = listed([graph.nodes[i].row.notation for i in inside])
            for i in inside:
                numbers[i] = len(scopes)
            scopes.append(Scope(words, None, scopes[up] if up >= 0 else None))
            outers.append(up)
        of_set = range(len(scopes) - len(members), len(scopes))
        sets.append(Alike([*of_set], all(inside[-1] not in holding for inside in members)))
    return graph.with_scopes(scopes, outers, numbers), sets


class Expressions:
    """Expressions of a graph: operations, each with all that is computed for it alone.

    The number of an expression is that of its last node; the whole graph is one, with the number
    after all.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph, self._whole = graph, len(graph)
        self._nodes = [i for i in graph.walk if graph.parents[i]]
        self._place = {i: k for k, i in enumerate(self._nodes)}
        self._above = [self._whole] * (self._whole + 1)
        self._find_dominators()
        self._inner: list[list[int]] = [[] for _ in self._above]
        for i in self._nodes:
            self._inner[self._above[i]].append(i)
        self._describe()

    def _find_dominators(self) -> None:
        """Find the innermost expression around each: the nearest common one of its users."""
        graph, above = self._graph, self._above
        depth, jump = [0] * len(above), [self._whole] * len(above)
        is_used = [False] * len(above)
        for root in graph.roots:
            is_used[graph.index[root]] = True  # by the whole

        def common(a: int, b: int) -> int:
            while depth[a] > depth[b]:
                a = jump[a] if depth[jump[a]] >= depth[b] else above[a]
            while depth[b] > depth[a]:
                b = jump[b] if depth[jump[b]] >= depth[a] else above[b]
            while a != b:
                a, b = (jump[a], jump[b]) if jump[a] != jump[b] else (above[a], above[b])
            return a

        for i in reversed(self._nodes):  # users first
            around = above[i]
            depth[i] = depth[around] + 1
            far = jump[around]
            is_even = depth[around] - depth[far] == depth[far] - depth[jump[far]]
            jump[i] = jump[far] if is_even else around
            for parent in graph.parents[i]:
                if graph.parents[parent]:
                    above[parent] = common(above[parent], i) if is_used[parent] else i
                    is_used[parent] = True

    def _describe(self) -> None:
        """Find sizes, and codes that are equal for those with equal operations and heights."""
        graph, above = self._graph, self._above
        codes: dict[Any, int] = {}
        height = [0] * len(graph)
        self._size, self._code = [0] * len(graph), [LEAF] * len(graph)
        self._is_in_one, self._may_be = [True] * len(graph), [False] * len(graph)
        for i in self._nodes:
            parents, inner = graph.parents[i], self._inner[i]
            operands = {*parents}
            height[i] = 1 + max(height[p] for p in parents)
            self._size[i] = 1 + sum(self._size[p] for p in inner)
            own = graph.scope_numbers[i]
            self._is_in_one[i] = all(
                self._is_in_one[p] and graph.scope_numbers[p] == own for p in inner
            )
            known = [
                OUTSIDE if graph.parents[p] and above[p] != i else self._code[p] for p in parents
            ]
            others = [self._code[p] for p in inner if p not in operands]
            key = graph.nodes[i].op, own, height[i], *known, None, *others
            self._code[i] = codes.setdefault(key, len(codes))
            self._may_be[i] = self._size[i] >= LEAST and self._is_in_one[i] and self._is_whole(i)

    def _is_whole(self, i: int) -> bool:
        """Return False for a sum in a sum, and for what is weighed for a later one with its weight.

        A factor that is a leaf is no part of the other one.
        """
        graph, around = self._graph, self._above[i]
        op, parents, inner = graph.nodes[i].op, graph.parents[i], self._inner[i]
        if op == "mul" and all(not graph.parents[p] or p in inner for p in parents):
            return len(inner) > 1 or not self._may_be[inner[0]]
        if around == self._whole or op not in REDUCTIONS or op != graph.nodes[around].op:
            return True
        return i not in graph.parents[around]

    def inside(self, i: int) -> list[int]:
        """Return the nodes of an expression, operands first."""
        if i == self._whole:
            return self._nodes
        found, stack = [], [i]
        while stack:
            found.append(stack.pop())
            stack += self._inner[found[-1]]
        return sorted(found, key=self._place.__getitem__)

    def sets(self) -> list[tuple[int, list[list[int]]]]:
        """Return sets, outer ones first: the expression that each is in, and the nodes of each."""
        found = []
        waiting = [self._whole]
        for around in waiting:
            for members in self._sets_in(around):
                found.append((around, [self.inside(i) for i in members]))
                waiting += members
        return found

    def _sets_in(self, around: int) -> list[list[int]]:
        """Return the sets of the largest expressions inside another."""
        counts = Counter(self._code[i] for i in self.inside(around))
        chosen: dict[int, list[int]] = {}
        stack = list(self._inner[around])
        while stack:
            while stack:
                i = stack.pop()
                if counts[self._code[i]] > 1 and self._may_be[i]:
                    chosen.setdefault(self._code[i], []).append(i)
                else:
                    stack += self._inner[i]
            for code in [code for code, members in chosen.items() if len(members) == 1]:
                (i,) = chosen.pop(code)
                counts[code] = 0
                stack += self._inner[i]
        return [sorted(members, key=self._place.__getitem__) for members in chosen.values()]
