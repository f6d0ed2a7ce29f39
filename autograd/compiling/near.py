"""Programs that need not be exact: fewer and faster primitives.

`near` is the one way there, so that all machines get the same program, and give the same bits.
"""

from __future__ import annotations

from collections import Counter

from autograd.compiling.contraction import contracted
from autograd.compiling.program import Builder, Instruction, Program

DIVISORS = 1e-300, 1e300
"""Sizes of constants that a division by is a product with the reciprocal."""


def near(program: Program) -> Program:
    """Return a program that is off by some ulp, and runs faster.

    The slope of tanh is computed with tanh itself; of a divisor of several numbers there is the
    reciprocal, so that one below 6e-309 gives inf; and products are fused into sums.
    """
    return contracted(_of_reciprocals(_of_slopes(program)))


class _Rewriting:
    """Program while it is written anew, instruction by instruction.

    None is shared with another, so that guards stay in their order.
    """

    def __init__(self, program: Program) -> None:
        self.program, self.code = program, [*program.code]
        self.first = program.inputs + len(program.constants)
        self.made = Builder(program.inputs)
        constants = [self.made.constant(x) for x in program.constants]
        self.place = [*range(program.inputs), *constants]
        """References to what slots of the program have become."""

    def constant(self, slot: int) -> float | None:
        """Return the value of a slot that is a constant."""
        before = self.program.inputs
        return self.program.constants[slot - before] if before <= slot < self.first else None

    def instruction(self, slot: int) -> Instruction:
        """Return the instruction of a slot; that of an input or a constant has no name."""
        return self.code[slot - self.first] if slot >= self.first else NOTHING

    def emit(self, op: str, *references: int) -> int:
        """Write an instruction, and return its reference."""
        self.made.code.append((op, *references))
        return self.made.inputs + len(self.made.code) - 1

    def done(self) -> Program:
        """Return the new program, without what nothing needs."""
        self.made.guards = [(self.place[slot], expected) for slot, expected in self.program.guards]
        return self.made.program([self.place[i] for i in self.program.outputs])


NOTHING = Instruction("", ())


def _of_slopes(program: Program) -> Program:
    """Return a program in which the slope of tanh is a primitive, beside the tanh if there is one.

    The table has it as the square of 2 * e / (1 + e * e), for e = exp(-abs(x)).
    """
    new = _Rewriting(program)
    slopes = {
        slot: x
        for slot, (op, operands) in enumerate(new.code, new.first)
        if op == "mul" and operands[0] == operands[1]
        if (x := _operand_of_sech(new, operands[0])) is not None
    }
    wanted, known = {*slopes.values()}, dict[int, int]()
    for slot, (op, operands) in enumerate(new.code, new.first):
        x = slopes.get(slot, operands[0] if op == "tanh" else None)
        if x in wanted and x not in known:
            known[x] = new.emit("tanh_slope", new.place[x])
        if slot in slopes:
            new.place.append(known[slopes[slot]])
        else:
            new.place.append(new.emit(op, *[new.place[i] for i in operands]))
    return new.done() if slopes else program


def _operand_of_sech(new: _Rewriting, slot: int) -> int | None:
    """Return the slot of x where a slot is 2 * e / (1 + e * e) for e = exp(-abs(x))."""
    for op, number in (("div", None), ("mul", 2.0)):
        found, operands = new.instruction(slot)
        if found != op:
            return None
        if number is None:
            slot, divisor = operands
        elif new.constant(operands[0]) == number:
            slot = operands[1]
        else:
            return None
    op, operands = new.instruction(divisor)
    if op != "add" or new.constant(operands[0]) != 1.0:
        return None
    if new.instruction(operands[1]) != ("mul", (slot, slot)):
        return None
    for op in ("exp", "neg", "abs"):
        found, operands = new.instruction(slot)
        if found != op:
            return None
        slot = operands[0]
    return slot


def _of_reciprocals(program: Program) -> Program:
    """Return a program in which several numbers are divided by one by its reciprocal."""
    new = _Rewriting(program)
    uses = Counter([operands[1] for op, operands in new.code if op == "div"])
    known = dict[int, int]()
    one = new.made.constant(1.0)
    for op, operands in new.code:
        places = [new.place[i] for i in operands]
        divisor = operands[-1]
        number = new.constant(divisor)
        if op != "div" or (number is None and uses[divisor] < 2):
            new.place.append(new.emit(op, *places))
            continue
        if divisor not in known:
            if number is None:
                known[divisor] = new.emit("div", one, places[1])
            elif DIVISORS[0] < abs(number) < DIVISORS[1]:
                known[divisor] = new.made.constant(1.0 / number)
            else:
                new.place.append(new.emit(op, *places))
                continue
        reciprocal = known[divisor]
        is_it = new.constant(operands[0]) == 1.0
        new.place.append(reciprocal if is_it else new.emit("mul", places[0], reciprocal))
    return new.done()
