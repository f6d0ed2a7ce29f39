"""The order of a program: depth first, so that numbers are computed near where they are used.

A recording goes through a function layer by layer: what one needs of another lies far away, and
machine code would keep it in memory. Any order gives the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd.compiled import library
from autograd.compiling.program import Guard, Instruction, Program


def depth_first(program: Program) -> Program:
    """Return a program that does the same, first for its guards and then for its outputs.

    Each number comes just before the first that needs it. Guards stay in their order, so that the
    first that fails has the index that it had; their slots need not be in order any longer.
    """
    code, place = _ordered(program) if library is None else library.depth_first(*program)
    return program._replace(
        code=code,
        outputs=tuple([place[i] for i in program.outputs]),
        guards=tuple([Guard(place[slot], expected) for slot, expected in program.guards]),
    )


def _ordered(program: Program) -> tuple[Sequence[Instruction], Sequence[int]]:
    """Return the instructions in order, and the new slots of all; c/tape_order.h does the same."""
    first, code = program.inputs + len(program.constants), [*program.code]
    place = [*range(first), *[-1] * len(code)]
    made: list[Instruction] = []
    for root in (*[guard.slot for guard in program.guards], *program.outputs):
        stack = [root]
        while stack:
            slot = stack[-1]
            if place[slot] >= 0:
                stack.pop()
                continue
            op, operands = code[slot - first]
            waiting = [i for i in operands if place[i] < 0]
            if waiting:
                stack += waiting[::-1]
            else:
                stack.pop()
                place[slot] = first + len(made)
                made.append(Instruction(op, tuple([place[i] for i in operands])))
    return tuple(made), place
