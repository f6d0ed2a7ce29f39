"""Contraction: a product and the sum that alone reads it become one operation, rounded once.

Machines do it where `exact=False` allows it, and each by this pass, so that they give the same
bits.
"""

from __future__ import annotations

from autograd.compiling.program import Instruction, Program

FUSED = ("fma", "fms", "fnma")
"""Operations beside the primitives, of x, y and z: x * y + z, x * y - z and z - x * y."""
SUMS = {"add": ("fma", "fma"), "sub": ("fms", "fnma")}
"""Operations that a sum becomes when its first or second operand is the product."""


def contracted(program: Program) -> Program:
    """Return a program with its products fused into sums; of two products, the second is."""
    first, code = program.inputs + len(program.constants), program.code
    uses = [0] * program.slots
    for _, operands in code:
        for i in operands:
            uses[i] += 1
    for i in (*program.outputs, *[guard.slot for guard in program.guards]):
        uses[i] += 2  # a product that is needed itself stays
    fused: set[int] = set()
    sums: dict[int, tuple[str, tuple[int, ...]]] = {}
    for slot, (op, operands) in enumerate(code, first):
        for k in (1, 0) if op in SUMS else ():
            i = operands[k]
            if i >= first and uses[i] == 1 and code[i - first].op == "mul":
                sums[slot] = SUMS[op][k], (*code[i - first].operands, operands[1 - k])
                fused.add(i)
                break
    place, made = [*range(first)], list[Instruction]()
    for slot, instruction in enumerate(code, first):
        place.append(first + len(made))
        if slot not in fused:
            op, operands = sums.get(slot, instruction)
            made.append(Instruction(op, tuple([place[i] for i in operands])))
    return program._replace(
        code=tuple(made),
        outputs=tuple([place[i] for i in program.outputs]),
        guards=tuple([guard._replace(slot=place[guard.slot]) for guard in program.guards]),
    )
