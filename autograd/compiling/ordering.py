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


def pairs_together(program: Program, pair: tuple[str, str]) -> Program:
    """Return a program in which two primitives of one operand are neighbours, where both are there.

    They come where the first of them was, in the order of `pair`.
    """
    first, code = program.inputs + len(program.constants), program.code
    found: dict[int, dict[str, int]] = {}
    for slot, (op, operands) in enumerate(code, first):
        if op in pair:
            found.setdefault(operands[0], {})[op] = slot
    place, made = [*range(first), *[-1] * len(code)], list[Instruction]()
    for slot, (op, operands) in enumerate(code, first):
        both = found[operands[0]] if op in pair else {}
        are_two = len(both) == 2 and both[op] == slot
        for each in [both[op] for op in pair] if are_two else [slot]:
            if place[each] < 0:
                place[each] = first + len(made)
                name, needed = code[each - first]
                made.append(Instruction(name, tuple([place[i] for i in needed])))
    return program._replace(
        code=tuple(made),
        outputs=tuple([place[i] for i in program.outputs]),
        guards=tuple([guard._replace(slot=place[guard.slot]) for guard in program.guards]),
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
