"""The writing down of graphs: nodes and sweeps as primitives, in Python or in the C core.

A writer is a builder that knows the nodes that it wrote down: the reference of each, and its level,
which is that of the transformed function whose leaves it depends on. What is done for every node is
done here and, the same, in c/tape_graphs.h, for rows of one or two operands, which the core has as
`template`s; all else it asks of the functions that are given.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.compiled import library
from autograd.compiling import program
from autograd.compiling.program import Builder, Guard, Instruction, Program
from autograd.compiling.rows import PARTIALS, VALUES
from autograd.formulas.formula import variables
from autograd.graph import backward_order
from autograd.recording import LINES, recording
from autograd.rules import elementary
from autograd.rules.elementary import Elementary
from autograd.value import Value

NOWHERE = 1 << 30
"""Level of what no transformed function has made: inputs, and what is computed from them alone."""

Edges = Callable[[Value, bool], Sequence[tuple[Value, int]]]
"""Function that gives the parents of a node that count, with the references of the partials."""


class Writer(Builder):
    """Builder that writes down nodes of graphs, and sweeps over them."""

    def __init__(self, inputs: int, at: Sequence[float] = ()) -> None:
        super().__init__(inputs, at)
        self.references: dict[Value, int] = {}
        """References of the nodes that were written down."""
        self._levels: dict[Value, int] = {}

    def know(self, node: Value, reference: int, level: int) -> None:
        """Take a node as written down."""
        self.references[node], self._levels[node] = reference, level

    def forget(self) -> None:
        """Let all nodes go."""
        self.references, self._levels = {}, {}

    def level(self, node: Value) -> int:
        """Return the level of a node that was written down."""
        return self._levels[node]

    def reference(self, node: Value, written: Callable[[Value], int]) -> int:
        """Return the reference of a node, with all that it was computed from."""
        if node not in self.references:
            self._follow(node, written)
        return self.references[node]

    def _follow(self, root: Value, written: Callable[[Value], int]) -> None:
        known, levels, stack = self.references, self._levels, [root]
        while stack:
            node = stack[-1]
            if node in known:
                stack.pop()
                continue
            parents = node._parents
            waiting = [x for x in parents if x not in known]
            if waiting:
                stack += waiting
            else:
                stack.pop()
                known[node] = written(node)
                level = node.level if node.row is None else NOWHERE
                for x in parents:
                    level = min(level, levels[x])
                levels[node] = level

    def order(self, roots: Sequence[Value]) -> tuple[Value, ...]:
        """Return the nodes that the roots depend on, each before its parents."""
        return tuple(backward_order(roots))

    def chooses(self, nodes: Iterable[Value]) -> bool:
        """Return whether an operation of the nodes may leave an operand out."""
        return any(node.row is not None and node.row.flat is not None for node in nodes)

    def sweep(
        self,
        is_reverse: bool,
        order: tuple[Value, ...],
        starts: dict[Value, int],
        ends: tuple[Any, ...],
        edges: Edges,
        strict: bool,
    ) -> list[int | None]:
        """Return the references of the slopes of the ends; nodes are in the order of the sweep."""
        emit, slopes = self.emit, dict(starts)
        for node in order:
            g = slopes.get(node)
            if is_reverse and (g is None or node.row is None):
                continue
            if not is_reverse and not any(parent in slopes for parent in node._parents):
                continue
            for parent, partial in edges(node, strict):
                source, to = (g, parent) if is_reverse else (slopes.get(parent), node)
                if source is not None:
                    share, before = emit("mul", source, partial), slopes.get(to)
                    slopes[to] = share if before is None else emit("add", before, share)
        return [slopes.get(x) for x in ends]


Template = tuple[int, tuple[float, ...], tuple[Instruction, ...], tuple[int, ...], bool]


def template(row: Any, kind: str) -> Template | None:
    """Return what a row is written down as, of operands in the place of slots.

    It has the value, or for a kind the partials by operands of kind "v", of the value and operands:
    inputs, constants, instructions and outputs as a program has them, and whether the row may leave
    an operand out. What has options, or is no formula, has none.
    """
    if not isinstance(row, Elementary) or row is elementary.where or row.options:
        return None
    constants: list[float] = []
    code: list[tuple[str, tuple[int, ...]]] = []
    inputs = len(variables(row)) + bool(kind)

    def constant(x: float) -> int:
        constants.append(float(x))
        return -len(constants)

    def emit(op: str, *operands: int) -> int:
        code.append((op, operands))
        return inputs + len(code) - 1

    written = PARTIALS[row, kind] if kind else VALUES[row]
    outputs = written(emit, constant, *range(inputs))

    def place(i: int) -> int:
        return inputs + ~i if i < 0 else i + len(constants) * (i >= inputs)

    return (
        inputs,
        tuple(constants),
        tuple([Instruction(op, tuple(map(place, operands))) for op, operands in code]),
        tuple(map(place, outputs)),
        row.flat is not None,
    )


def _program(
    inputs: int,
    constants: tuple[float, ...],
    code: Sequence[Instruction],
    outputs: tuple[int, ...],
    guards: Iterable[tuple[int, bool]],
) -> Program:
    kept = tuple(sorted(itertools.starmap(Guard, guards)))
    return Program(inputs, constants, code, outputs, kept)


if library is not None:
    library.give(make_program=_program, give_template=template)


def writer(inputs: Sequence[float], may_call: bool = False) -> Writer:
    """Return a writer of a function at a point.

    Where lines are noted, it has its nodes; where Python may be called, it can do that.
    """
    if library is None or may_call or recording.doing().bits & LINES:
        return Writer(len(inputs), inputs)
    made: Writer = library.builder(len(inputs), tuple(inputs), program.MOST)
    return made
