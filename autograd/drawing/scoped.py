"""Scopes of a graph with the blocks that it repeats as further ones."""

from __future__ import annotations

from collections import Counter
from typing import Any

from autograd.drawing.blocks import Blocks, Run
from autograd.drawing.dominators import with_alike
from autograd.drawing.facts import listed
from autograd.drawing.graph import Graph
from autograd.graph import Scope


class Scoped:
    """A graph with the blocks of its runs as scopes; lists have a place for each scope."""

    def __init__(self, graph: Graph) -> None:
        self._given = len(graph.scopes)
        graph, sets = with_alike(graph)
        found = Blocks(graph, sets)
        self._set_of = found.set_of
        self._gone: set[int] = set()
        self._old = graph
        self._ups = list(graph.outers)
        """Scope around each, those of `graph` first, then the blocks."""
        self._names: list[str] = []
        self._numbers = list(graph.scope_numbers)
        self._run_of: dict[int, int] = {}
        self._column_of: dict[int, int] = {}
        self._single: set[int] = set()
        self._count = 0
        for run in found.runs:
            self._enter(run, run.scope)
        self._dissolve()
        children: dict[int, list[int]] = {}
        for i, up in enumerate(self._ups):
            if i not in self._gone:
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
            is_old = i < len(graph.scopes)
            name = "" if is_old else self._names[i - len(graph.scopes)]
            scopes.append(graph.scopes[i] if is_old else Scope(name, None, outer))
        self.graph = graph.with_scopes(
            scopes, [new[self._ups[i]] for i in order], [new[i] for i in self._numbers]
        )
        self.runs = [self._run_of.get(i, -1) for i in order]
        """Number of the run that each is in, or -1."""
        self.columns = [self._column_of.get(i, -1) for i in order]
        """Number of the column that each is in, or -1; they are none of those of runs."""
        self.is_bare = [i in self._single for i in order]
        """True for blocks of one node, which need no frame."""
        self.is_block = [i >= self._given for i in order]
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
        columns: dict[Any, int] = {}
        for block in run.blocks:
            if len(block) == 1 and isinstance(block[0], int) and block[0] >= first:
                own = block[0] - first
                self._ups[own] = outer
            else:
                own = len(self._ups)
                self._ups.append(outer)
                self._names.append(self._called(block))
                if len(block) == 1 and isinstance(block[0], int):
                    self._single.add(own)
                sets = Counter(
                    int(self._set_of[i - first]) for i in block if isinstance(i, int) and i >= first
                )
                for thing in block:
                    if isinstance(thing, Run):
                        self._enter(thing, own)
                    elif thing < first:
                        self._numbers[thing] = own
                    else:
                        self._ups[thing - first] = own
                        of = int(self._set_of[thing - first])
                        if sets[of] == 1 and of >= 0:
                            self._gone.add(thing - first)
                        elif of >= 0:
                            key = own, of
                            if key not in columns:
                                columns[key], self._count = self._count, self._count + 1
                            self._column_of[thing - first] = columns[key]
            (self._column_of if run.is_column else self._run_of)[own] = number

    def together(self, with_columns: bool) -> list[int]:
        """Return for each scope the number of its run, or also of its column; -1 for others."""
        return [
            column if run < 0 and with_columns else run
            for run, column in zip(self.runs, self.columns)
        ]

    def _dissolve(self) -> None:
        """Put what is in an expression that is the only one of its set in a block into that."""

        def around(scope: int) -> int:
            while scope in self._gone:
                scope = self._ups[scope]
            return scope

        self._ups = list(map(around, self._ups))
        self._numbers = list(map(around, self._numbers))

    def _called(self, block: list[int | Run]) -> str:
        """Return the name of a block: its operations and scopes, each once."""
        words: list[str] = []
        for thing in block:
            if isinstance(thing, Run):
                words += self._called(thing.blocks[0]).split(", ")
            elif thing < len(self._old):
                words.append(self._old.nodes[thing].row.notation)
            elif thing - len(self._old) < self._given:
                words.append(self._old.scopes[thing - len(self._old)].name)
            else:
                words += self._old.scopes[thing - len(self._old)].name.split(", ")
        return listed(words)

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
