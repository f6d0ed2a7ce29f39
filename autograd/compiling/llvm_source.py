"""Source of LLVM: a program as a function of one row of inputs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from autograd.compiling.llvm_text import CONDITIONS, PAIR, TRUTHS, Writer, function
from autograd.compiling.program import Program

CHUNK = 1_000
"""Primitives of a function: LLVM takes more time for each in longer ones, which run no faster."""


class Source(NamedTuple):
    """Source of LLVM."""

    modules: tuple[str, ...]
    """Modules that are compiled one by one; the last has the function that the others are for."""
    arena: int
    """Numbers, of the width of the program, that the arena of a call has room for."""
    library: tuple[str, ...]
    """Functions of the C library that it calls, as `@c_` and their name."""


class Part:
    """Part of a program while it is written as one function.

    Conditions are truths, and become numbers where they are used so, and the other way round.
    """

    def __init__(self, program: Program, writer: Writer, load: Callable[[int], str]) -> None:
        self.program, self.writer, self.load = program, writer, load
        self.first = program.inputs + len(program.constants)
        self.names: dict[int, str] = {}
        self._converted: dict[int, str] = {}

    def is_truth(self, slot: int) -> bool:
        """Return whether a slot is a condition."""
        return slot >= self.first and self.program.code[slot - self.first].op in CONDITIONS

    def name(self, slot: int) -> str:
        """Return the name of a value; an input, or one of another part, is loaded."""
        known = self.names.get(slot)
        if known is None:
            if self.program.inputs <= slot < self.first:
                constant = self.program.constants[slot - self.program.inputs]
                known = self.writer.number(constant)
            else:
                known = self.load(slot)
            self.names[slot] = known
        return known

    def number(self, slot: int) -> str:
        """Return a value as a double."""
        return self._other(slot) if self.is_truth(slot) else self.name(slot)

    def truth(self, slot: int) -> str:
        """Return a value as a truth."""
        return self.name(slot) if self.is_truth(slot) else self._other(slot)

    def _other(self, slot: int) -> str:
        known = self._converted.get(slot)
        if known is None:
            w, own = self.writer, self.name(slot)
            if self.is_truth(slot):
                known = w.primitive("where", [own, w.number(1.0), w.number(0.0)])
            else:
                known = w.primitive("ne", [own, w.number(0.0)])
            self._converted[slot] = known
        return known

    def _is_pair(self, slot: int) -> bool:
        """Return whether a slot and the next one are of a pair of polynomials, of one operand."""
        code, here = self.program.code, slot - self.first
        op, operands = code[here]
        if op != PAIR[0] or self.writer.is_inlined or here + 1 == len(code):
            return False
        return code[here + 1] == (PAIR[1], operands)

    def write(self, slot: int) -> None:
        """Write the primitive of a slot, and of the next one where they are computed together."""
        if slot in self.names:
            return
        op, operands = self.program.code[slot - self.first]
        if self._is_pair(slot):
            self.names[slot], self.names[slot + 1] = self.writer.pair(self.number(operands[0]))
            return
        kinds = [self.truth if op in TRUTHS else self.number] * len(operands)
        if op == "where":
            kinds[0] = self.truth
        names = [kind(i) for kind, i in zip(kinds, operands)]
        self.names[slot] = self.writer.primitive(op, names)


class Printer:
    """Printer of a program in parts; a subclass says what becomes of its ends.

    What several parts use goes through an arena, whose places are used again.
    """

    def __init__(
        self, program: Program, writer: Writer, chunk: int, held: Iterable[int] = ()
    ) -> None:
        self.program, self.writer, self.chunk = program, writer, chunk
        self.called: set[str] = set()
        self.first = program.inputs + len(program.constants)
        self.count = max(-(-len(program.code) // self.chunk), 1)
        self.guards = _by_slot(_checked(program))
        self.outputs = _by_slot(program.outputs)
        self.places, self.arena = self._places(held)

    def _places(self, held: Iterable[int]) -> tuple[dict[int, int], int]:
        """Return places of what later parts read, or is held to the end, and their number."""
        last: dict[int, int] = {}

        def read(slot: int, part: int) -> None:
            if slot >= self.first and self._part_of(slot) < part:
                last[slot] = max(part, last.get(slot, 0))

        for k, (_, operands) in enumerate(self.program.code):
            for slot in operands:
                read(slot, k // self.chunk)
        for after, guards in self.guards.items():
            for k in guards:
                read(self.program.guards[k].slot, self._part_of(after))
        for slot in held:
            read(slot, self.count)
        places: dict[int, int] = {}
        free: list[int] = []
        ends: list[list[int]] = [[] for _ in range(self.count + 1)]
        done = count = 0
        for slot in sorted(last):
            while done < self._part_of(slot):
                free += ends[done]
                done += 1
            if not free:
                free.append(count)
                count += 1
            places[slot] = free.pop()
            ends[last[slot]].append(places[slot])
        return places, count

    def _part_of(self, slot: int) -> int:
        return max(slot - self.first, 0) // self.chunk

    def part(self, k: int) -> list[str]:
        """Return the instructions of a part."""
        w = self.begin()
        part = Part(self.program, w, self.load)
        start = self.first + k * self.chunk
        if not k:
            for slot in sorted({s for s in (*self.guards, *self.outputs) if s < self.first}):
                self._finish(part, slot)
        for slot in range(start, min(start + self.chunk, self.program.slots)):
            part.write(slot)
            if slot in self.places:
                value = part.number(slot)
                w.lines.append(f"store {w.double} {value}, ptr {self._place(slot)}, align 8")
            self._finish(part, slot)
        return w.lines

    def _finish(self, part: Part, slot: int) -> None:
        for k in self.guards.get(slot, ()):
            self.guard(part, k)
        for j in self.outputs.get(slot, ()):
            self.output(part, j)

    def _place(self, slot: int) -> str:
        w = self.writer
        return w.let(f"getelementptr {w.double}, ptr %arena, i64 {self.places[slot]}")

    def load(self, slot: int) -> str:
        """Write the load of an input, or of a value of another part."""
        w = self.writer
        if slot < self.program.inputs:
            return self.input(slot)
        value = w.let(f"load {w.double}, ptr {self._place(slot)}, align 8")
        if self.program.code[slot - self.first].op in CONDITIONS:
            value = w.primitive("ne", [value, w.number(0.0)])
        return value

    def begin(self) -> Writer:
        """Begin a module, with a writer of its own."""
        self.writer = self.writer.anew()
        return self.writer

    def module(self, *functions: str) -> str:
        """Return the module that was begun, of functions."""
        self.called |= self.writer.called
        return "\n".join([*self.writer.declared(), *functions, ""])

    def whole(self, modules: list[str], entry: str) -> Source:
        """Return the source, of the parts' modules and that of the function that calls them."""
        w = self.begin()
        w.called |= self.called
        return Source((*w.functions(), *modules, entry), self.arena, tuple(w.of_library()))

    def input(self, slot: int) -> str:
        """Write the load of an input."""
        raise NotImplementedError

    def guard(self, part: Part, k: int) -> None:
        """Write what a guard does."""
        raise NotImplementedError

    def output(self, part: Part, j: int) -> None:
        """Write what becomes of an output."""
        raise NotImplementedError


def _checked(program: Program) -> list[int]:
    """Return the slot after which each guard is checked: when it and all before it are known."""
    after, found = 0, []
    for slot, _ in program.guards:
        after = max(after, slot)
        found.append(after)
    return found


def _by_slot(slots: Iterable[int]) -> dict[int, list[int]]:
    """Return the indices of each slot."""
    found: dict[int, list[int]] = {}
    for index, slot in enumerate(slots):
        found.setdefault(slot, []).append(index)
    return found


class _Row(Printer):
    """Printer of a function of one row: it returns the index of the guard that fails, or -1."""

    PARAMETERS = "(ptr noalias %inputs, ptr noalias %outputs, ptr noalias %arena)"

    def source(self) -> Source:
        """Return the source."""
        modules, calls, declared = [], [], []
        for k in range(self.count):
            lines = [*self.part(k), "ret i32 -1"]
            modules.append(self.module(function(f"i32 @part{k}{self.PARAMETERS}", lines)))
            declared.append(f"declare i32 @part{k}(ptr, ptr, ptr)")
            calls += [
                f"%failed{k} = call i32 @part{k}(ptr %inputs, ptr %outputs, ptr %arena)",
                f"%holds{k} = icmp slt i32 %failed{k}, 0",
                f"br i1 %holds{k}, label %after{k}, label %left{k}",
                f"left{k}:",
                f"ret i32 %failed{k}",
                f"after{k}:",
            ]
        entry = function(f"i32 @row{self.PARAMETERS}", [*calls, "ret i32 -1"])
        return self.whole(modules, "\n".join([*declared, entry, ""]))

    def input(self, slot: int) -> str:
        w = self.writer
        place = w.let(f"getelementptr double, ptr %inputs, i64 {slot}")
        return w.let(f"load double, ptr {place}, align 8")

    def guard(self, part: Part, k: int) -> None:
        slot, expected = self.program.guards[k]
        ways = (f"holds{k}", f"fails{k}")[:: 1 if expected else -1]
        self.writer.lines += [
            f"br i1 {part.truth(slot)}, label %{ways[0]}, label %{ways[1]}",
            f"fails{k}:",
            f"ret i32 {k}",
            f"holds{k}:",
        ]

    def output(self, part: Part, j: int) -> None:
        w = self.writer
        value = part.number(self.program.outputs[j])
        place = w.let(f"getelementptr double, ptr %outputs, i64 {j}")
        w.lines.append(f"store double {value}, ptr {place}, align 8")


def row_source(program: Program, polynomials: Collection[str] = ()) -> Source:
    """Return the source of `row(inputs, outputs, arena)`.

    It returns the index of the first guard that fails, or -1.
    """
    return _Row(program, Writer(1, polynomials), CHUNK).source()
