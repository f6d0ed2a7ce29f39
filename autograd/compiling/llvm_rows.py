"""Source of LLVM: a program over many rows of inputs, several of them at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import inf
from typing import NamedTuple

from autograd.compiling.llvm_source import Part, Printer, Source
from autograd.compiling.llvm_text import CALLED, Writer, function
from autograd.compiling.polynomials import POLYNOMIALS
from autograd.compiling.program import Program

LANES = 8
"""Sums that are kept of an output: row k is a term of sum k % 8, whatever the width is."""
CHUNK = 2_000
"""Numbers that one function computes: primitives times rows."""
WIDE = 32
"""Rows at a time where much is called: while one function waits for a result, others go on."""
MANY_CALLS = 0.08
"""Share of the primitives from which on they are many."""
FEW_CALLS, MIDDLE = 24, 16
"""Polynomials that are written out in their places, and rows at a time then."""


class _Rows(Printer):
    """Printer of a function of many rows.

    Inputs and outputs are tables of addresses: of the column of an input or output, of the number
    of an input that is shared, of the `LANES` sums of an output that is summed. Columns have room
    for a multiple of `width` rows; those beyond the last do not get into sums, and neither do rows
    in which a guard fails. `left` is -1 for each row, and becomes the index of its first guard
    that fails.
    """

    PARAMETERS = (
        "ptr noalias %inputs",
        "ptr noalias %outputs",
        "ptr noalias %left",
        "ptr noalias %arena",
    )

    def __init__(
        self, program: Program, writer: Writer, shared: Collection[int], summed: Collection[int]
    ) -> None:
        self.shared, self.summed = frozenset(shared), frozenset(summed)
        # Which rows are sums of is known when all guards are
        waits = [program.outputs[j] for j in self.summed] if program.guards else []
        super().__init__(program, writer, max(CHUNK // writer.width, 1), waits)

    def source(self) -> Source:
        """Return the source."""
        names = [f"part{k}" for k in range(self.count)]
        modules = [self._part_module(name, self.part(k)) for k, name in enumerate(names)]
        if self.guards and self.summed:
            names.append("end")
            modules.append(self._part_module("end", self._end()))
        declared = [f"declare void @{name}(ptr, ptr, ptr, ptr, i64, i64)" for name in names]
        given = "ptr %inputs, ptr %outputs, ptr %left, ptr %arena, i64 %row, i64 %rest"
        loop = [
            "entry:",
            "br label %loop",
            "loop:",
            "%row = phi i64 [0, %entry], [%next, %loop]",
            "%rest = sub i64 %count, %row",
            *[f"call void @{name}({given})" for name in names],
            f"%next = add i64 %row, {self.writer.width}",
            "%is_inside = icmp ult i64 %next, %count",
            "br i1 %is_inside, label %loop, label %done",
            "done:",
            "ret void",
        ]
        head = f"void @rows({', '.join([*self.PARAMETERS, 'i64 %count'])})"
        return self.whole(modules, "\n".join([*declared, function(head, loop), ""]))

    def _part_module(self, name: str, lines: Iterable[str]) -> str:
        head = f"void @{name}({', '.join([*self.PARAMETERS, 'i64 %row', 'i64 %rest'])})"
        return self.module(function(head, [*lines, "ret void"]))

    def begin(self) -> Writer:
        self._counted = ""
        return super().begin()

    def _end(self) -> list[str]:
        """Return the sums of the rows in which all guards hold."""
        w = self.begin()
        part = Part(self.program, w, self.load)
        for j in sorted(self.summed):
            self._sum(part, j)
        return w.lines

    def _column(self, table: str, index: int) -> str:
        """Write the load of an address from a table."""
        place = self.writer.let(f"getelementptr ptr, ptr {table}, i64 {index}")
        return self.writer.let(f"load ptr, ptr {place}, align 8")

    def input(self, slot: int) -> str:
        w, column = self.writer, self._column("%inputs", slot)
        if slot in self.shared:
            return self._splat("double", w.let(f"load double, ptr {column}, align 8"))
        place = w.let(f"getelementptr double, ptr {column}, i64 %row")
        return w.let(f"load {w.double}, ptr {place}, align 8")

    def _splat(self, scalar: str, value: str) -> str:
        """Write a number that is the same in all lanes."""
        w = self.writer
        lanes = f"<{w.width} x {scalar}>"
        one = w.let(f"insertelement {lanes} poison, {scalar} {value}, i32 0")
        zeros = f"<{w.width} x i32> zeroinitializer"
        return w.let(f"shufflevector {lanes} {one}, {lanes} poison, {zeros}")

    def guard(self, part: Part, k: int) -> None:
        w, (slot, expected) = self.writer, self.program.guards[k]
        place = w.let("getelementptr i64, ptr %left, i64 %row")
        left = w.let(f"load {w.int}, ptr {place}, align 8")
        own = w.let(f"icmp slt {w.int} {left}, splat (i64 0)")
        holds = part.truth(slot)
        fails = w.primitive("not", [holds]) if expected else holds
        first = w.primitive("and", [own, fails])
        left = w.let(f"select {w.truth} {first}, {w.int} splat (i64 {k}), {w.int} {left}")
        w.lines.append(f"store {w.int} {left}, ptr {place}, align 8")

    def output(self, part: Part, j: int) -> None:
        w = self.writer
        if j not in self.summed:
            value = part.number(self.program.outputs[j])
            place = w.let(f"getelementptr double, ptr {self._column('%outputs', j)}, i64 %row")
            w.lines.append(f"store {w.double} {value}, ptr {place}, align 8")
        elif not self.guards:
            self._sum(part, j)

    def _sum(self, part: Part, j: int) -> None:
        """Write the sums of an output, row by row in each lane."""
        w, eight = self.writer, f"<{LANES} x double>"
        value, place = part.number(self.program.outputs[j]), self._column("%outputs", j)
        counted = self._counted = self._counted or self._count()
        total = w.let(f"load {eight}, ptr {place}, align 8")
        for first in range(0, w.width, LANES):
            lanes = ", ".join([f"i32 {first + lane}" for lane in range(LANES)])
            terms, kept = [
                w.let(f"shufflevector {kind} {x}, {kind} poison, <{LANES} x i32> <{lanes}>")
                for kind, x in ((w.double, value), (w.truth, counted))
            ]
            more = w.let(f"fadd {eight} {total}, {terms}")
            total = w.let(f"select <{LANES} x i1> {kept}, {eight} {more}, {eight} {total}")
        w.lines.append(f"store {eight} {total}, ptr {place}, align 8")

    def _count(self) -> str:
        """Write which lanes get into sums."""
        w = self.writer
        numbers = ", ".join([f"i64 {lane}" for lane in range(w.width)])
        counted = w.let(f"icmp slt {w.int} <{numbers}>, {self._splat('i64', '%rest')}")
        if not self.guards:
            return counted
        place = w.let("getelementptr i64, ptr %left, i64 %row")
        left = w.let(f"load {w.int}, ptr {place}, align 8")
        return w.primitive("and", [counted, w.let(f"icmp slt {w.int} {left}, splat (i64 0)")])


class Layout(NamedTuple):
    """Rows at a time, and whether polynomials are written out in their places."""

    width: int
    is_inlined: bool


def layout_of(program: Program, polynomials: Collection[str]) -> Layout:
    """Return how many rows of a program are best computed at a time, and how."""
    called = [op for op, _ in program.code if op in CALLED]
    if 0 < len(called) <= FEW_CALLS and all(
        op in polynomials and POLYNOMIALS[op].within == inf for op in called
    ):
        return Layout(MIDDLE, True)
    return Layout(WIDE if len(called) > MANY_CALLS * len(program.code) else LANES, False)


def rows_source(
    program: Program,
    shared: Collection[int],
    summed: Collection[int],
    polynomials: Collection[str],
    layout: Layout,
) -> Source:
    """Return the source of `rows(inputs, outputs, left, arena, count)`, which sets what is left."""
    writer = Writer(layout.width, polynomials, layout.is_inlined)
    return _Rows(program, writer, shared, summed).source()
