"""Programs: straight lines of primitives in single assignment, and how they are built.

A `Program` is what a recording of a function comes to, and what machines run. Its slots are
numbered: the inputs, then the constants, then one for each instruction, in order; an instruction
reads slots before its own alone. Guards hold where the recording is the function: each is a slot
and what it has to be, in the order of slots. Nothing traps, so that a machine may check them as
they come or at the end; what was computed after a guard that fails is thrown away.

A machine is a function `machine(program) -> run`, with `run(inputs) -> (outputs, failed)`: inputs
are a sequence of floats or a buffer of doubles, outputs a list of floats, and `failed` is the index
of the first guard that fails, or -1: then the outputs are those of the function. The index, and not
a mere bool, leads to the program of the other side. `Program.evaluate` is the definition that
machines are held to, bit by bit (one nan is like another).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from autograd.compiled import library
from autograd.compiling.primitives import PRIMITIVES

Outcome = tuple[list[float], int]
"""Outputs of a run, and the index of the first guard that failed, or -1."""


class Called(str):
    """Operation beside the primitives, which calls Python: see `called`.

    It gives a list of numbers, or takes one of them.
    """

    __slots__ = ("compute", "function")
    function: str
    """Name of the function that it calls, or nothing."""
    compute: Callable[..., Any]

    @classmethod
    def of(cls, text: str, function: str, compute: Callable[..., Any]) -> Called:
        """Return the operation, shown as some text."""
        made = cls(text)
        made.function, made.compute = function, compute
        return made


def compute_of(op: str) -> Callable[..., Any]:
    """Return the function of floats that an operation is."""
    return op.compute if isinstance(op, Called) else PRIMITIVES[op].compute


class Instruction(NamedTuple):
    """Primitive, and the slots that it reads."""

    op: str
    operands: tuple[int, ...]


if library is not None:
    library.give(instruction=Instruction)


class Guard(NamedTuple):
    """Condition of a program: the slot, a condition or a number, holds or is 0 as expected."""

    slot: int
    expected: bool


class Program(NamedTuple):
    """Straight line of primitives in single assignment."""

    inputs: int
    """Number of inputs."""
    constants: tuple[float, ...]
    code: Sequence[Instruction]
    outputs: tuple[int, ...]
    """Slots of the results."""
    guards: tuple[Guard, ...] = ()

    @property
    def slots(self) -> int:
        """Number of slots."""
        return self.inputs + len(self.constants) + len(self.code)

    def evaluate(self, inputs: Sequence[float]) -> Outcome:
        """Run it slowly, primitive by primitive."""
        slots: list[Any] = [*map(float, inputs), *self.constants]
        for op, operands in self.code:
            slots.append(compute_of(op)(*[slots[i] for i in operands]))
        failed = (k for k, guard in enumerate(self.guards) if bool(slots[guard.slot]) != guard[1])
        return [float(slots[i]) for i in self.outputs], next(failed, -1)

    def check(self) -> None:
        """Raise ValueError where it is no program."""
        first = self.inputs + len(self.constants)
        for own, (op, operands) in enumerate(self.code, first):
            known = PRIMITIVES.get(op)
            is_known = isinstance(op, Called) or (known and len(operands) == known.arity)
            if not is_known:
                raise ValueError(f"program: got {op} of {len(operands)} operands")
            if not all(0 <= i < own for i in operands):
                raise ValueError(f"program: got slot {own}, {op}, which reads {operands}")
        for i in (*self.outputs, *[guard.slot for guard in self.guards]):
            if not 0 <= i < self.slots:
                raise ValueError(f"program: got slot {i} of {self.slots}")


class Run(Protocol):
    """Program that is ready to run."""

    def __call__(self, inputs: Any, /) -> Outcome:
        """Compute the outputs, and the index of the first guard that fails, or -1."""


Machine = Callable[[Program], Run]
"""Function that makes a program ready to run."""


class RowsRun(Protocol):
    """Program that is ready to run for many rows at once."""

    def __call__(
        self, count: int, inputs: tuple[Any, ...], outputs: tuple[Any, ...], left: Any, /
    ) -> int:
        """Run `count` rows, and return how many of them left by a guard.

        Inputs and outputs are arrays of float64 that together have a column a slot, with the rows
        along the first axis; where they are shared, or summed over the rows that stay, they have
        one axis. `left`, of int64, gets the index of the first guard that fails in each row, or -1;
        it may be empty where there are no guards. The outputs of rows that left mean nothing.
        """


_bits = struct.Struct("<d").pack


MOST = 10**7
"""Most inputs and primitives of a program."""
SIGNS = ("copysign", "signbit")
"""Primitives that tell the sign of a nan."""
SIMPLER = ("where", "neg", "abs")
"""Primitives that may be left out where no operand is a constant."""


class Builder:
    """Program while it is built: shares what is computed twice, and computes what is constant.

    References are numbers: inputs from 0 on, instructions after them, and constants below 0. Only
    identities that keep every bit are used: x * 1, x / 1, x - 0, x ** 1, and signs that cancel.
    """

    def __init__(self, inputs: int, at: Sequence[float] = ()) -> None:
        self.inputs, self.asked = inputs, 0
        self.sees_signs = False
        """True where a primitive tells the sign of a nan."""
        self._values: list[Any] = list(at)
        self.code: list[tuple[Any, ...]] = []
        """Instructions, as (op, reference, ...)."""
        self.constants: list[float] = []
        self.guards: list[tuple[int, bool]] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._numbers: dict[bytes, int] = {}
        self._guarded: set[int] = set()
        self._ones = self.constant(1.0), self.constant(-1.0)
        self._zero = self.constant(0.0)

    @property
    def size(self) -> int:
        """Return the number of instructions."""
        return len(self.code)

    def begins_as(self, other: Builder, length: int) -> bool:
        """Return whether the first instructions, of some number, are the same."""
        return self.code[:length] == other.code[:length]

    def constant(self, value: float) -> int:
        """Return the reference of a constant; one for each pattern of bits."""
        bits = _bits(value)
        found = self._numbers.get(bits)
        if found is None:
            self.constants.append(float(value))
            found = self._numbers[bits] = -len(self.constants)
        return found

    def emit(self, op: str, *operands: int) -> int:
        """Return the reference of a primitive of references."""
        self.asked += 1
        key = (op, *operands)
        found = self._known.get(key)
        if found is None:
            found = None
            self.sees_signs = self.sees_signs or op in SIGNS
            if op in SIMPLER or min(operands) < 0:
                found = self._simple(op, operands)
            if found is None:
                found = self.inputs + len(self.code)
                if found > MOST:
                    raise ValueError(f"compile: got more than {MOST:,} primitives")
                self.code.append(key)
            self._known[key] = found
        return found

    def call(self, op: Called, operands: Sequence[int]) -> int:
        """Return the reference of a call of Python, which is no other one's."""
        self.asked += 1
        self.code.append((op, *operands))
        return self.inputs + len(self.code) - 1

    def value(self, reference: int) -> Any:
        """Return the value of a reference at the point that the builder was given."""
        if reference < 0:
            return self.constants[~reference]
        values = self._values
        for op, *operands in self.code[len(values) - self.inputs :]:
            given = [values[i] if i >= 0 else self.constants[~i] for i in operands]
            values.append(compute_of(op)(*given))
        return values[reference]

    def guard(self, reference: int, expected: bool) -> None:
        """Demand that a condition holds, or fails; of a constant there is nothing to demand."""
        if reference >= 0 and reference not in self._guarded:
            self._guarded.add(reference)
            self.guards.append((reference, expected))

    def _simple(self, op: str, operands: tuple[int, ...]) -> int | None:
        """Return a reference that has the value of an operation, if one is known."""
        x, y = operands[0], operands[-1]
        if op == "where" and x < 0:
            return operands[1] if self.constants[~x] else y
        if op == "where" and operands[1] == y:
            return y
        if x < 0 and max(operands) < 0:
            compute = PRIMITIVES[op].compute
            z = compute(*[self.constants[~i] for i in operands])
            return self.constant(z if z == z else math.nan)  # one nan for all machines
        one, minus = self._ones
        if op == "mul":
            if one in operands:
                return y if x == one else x
            if minus in operands:
                return self.emit("neg", y if x == minus else x)
        elif op == "pow":
            return x if y == one else None
        elif op == "div":
            return x if y == one else self.emit("neg", x) if y == minus else None
        elif op == "sub":
            return x if y == self._zero else None
        elif op == "neg":
            return self._negated(x)
        elif op == "abs" and (inner := self._negated(x)) is not None:
            return self.emit("abs", inner)
        return None

    def _negated(self, x: int) -> int | None:
        """Return what a reference is the negative of, if it is computed as one."""
        if x < self.inputs:
            return None
        op, *operands = self.code[x - self.inputs]
        return operands[0] if op == "neg" else None

    def program(self, outputs: Iterable[int]) -> Program:
        """Return the program of some outputs, without what neither they nor the guards need."""
        outputs, first = list(outputs), self.inputs
        code = self.code
        alive = bytearray(first + len(code))
        used: dict[int, None] = {}
        for i in (*outputs, *[reference for reference, _ in self.guards]):
            if i >= 0:
                alive[i] = 1
            else:
                used[i] = None
        for k in range(len(code) - 1, -1, -1):
            if alive[first + k]:
                for i in code[k][1:]:
                    if i >= 0:
                        alive[i] = 1
                    else:
                        used[i] = None
        constants = sorted(used, reverse=True)  # as they were met
        place = [*range(first), *code, *self.constants]  # of constants from the end
        for k, i in enumerate(constants):
            place[i] = first + k
        made: list[Instruction] = []
        start, new = first + len(constants), tuple.__new__  # a named tuple's own takes longer
        for k, (op, *operands) in enumerate(code, first):
            if alive[k]:
                place[k] = start + len(made)
                made.append(new(Instruction, (op, tuple([place[i] for i in operands]))))
        return Program(
            first,
            tuple([self.constants[~i] for i in constants]),
            tuple(made),
            tuple([place[i] for i in outputs]),
            tuple(sorted([Guard(place[i], expected) for i, expected in self.guards])),
        )
