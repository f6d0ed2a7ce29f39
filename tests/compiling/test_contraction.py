"""Contraction: which products are fused into sums, and that nothing else changes."""

import random

import pytest

from autograd.compiling.contraction import FUSED, contracted
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Guard, Instruction, Program
from tests.compiling.programs import bits, random_inputs, random_program


def of_sums_and_products(seed: int) -> Program:
    program, r = random_program(seed, size=60), random.Random(seed)
    two = [name for name, each in PRIMITIVES.items() if each.arity == 2 and not each.is_condition]
    code = [
        Instruction(r.choice(("mul", "add", "sub")), operands)
        if op in two
        else Instruction(op, operands)
        for op, operands in program.code
    ]
    return program._replace(code=tuple(code))


def rounded_twice(program: Program, inputs: list[float]) -> tuple[list[float], int]:
    """Results of a program whose fused operations round as those that they stand for."""
    code, slots = list[Instruction](), [*range(program.inputs + len(program.constants))]
    for op, operands in program.code:
        xs = [slots[i] for i in operands]
        if op in FUSED:
            code.append(Instruction("mul", (xs[0], xs[1])))
            product = len(program.constants) + program.inputs + len(code) - 1
            pair = (xs[2], product) if op == "fnma" else (product, xs[2])
            op, xs = "add" if op == "fma" else "sub", [*pair]
        code.append(Instruction(op, tuple(xs)))
        slots.append(program.inputs + len(program.constants) + len(code) - 1)
    return Program(
        program.inputs,
        program.constants,
        tuple(code),
        tuple(slots[i] for i in program.outputs),
        tuple(Guard(slots[i], expected) for i, expected in program.guards),
    ).evaluate(inputs)


def test_nothing_but_the_rounding_changes() -> None:
    fused = 0
    for seed in range(300):
        program = of_sums_and_products(seed)
        found, inputs = contracted(program), random_inputs(seed, program.inputs)
        fused += len(program.code) - len(found.code)
        outputs, failed = rounded_twice(found, inputs)
        expected = program.evaluate(inputs)
        assert (bits(outputs), failed) == (bits(expected[0]), expected[1])
    assert fused > 20


@pytest.mark.parametrize(
    ("operands", "op"),
    [
        (("add", 3, 2), "fma"),
        (("add", 2, 3), "fma"),
        (("sub", 3, 2), "fms"),
        (("sub", 2, 3), "fnma"),
    ],
)
def test_a_sum_of_a_product(operands: tuple[str, int, int], op: str) -> None:
    name, i, j = operands
    program = Program(3, (), (Instruction("mul", (0, 1)), Instruction(name, (i, j))), (4,))
    assert contracted(program).code == (Instruction(op, (0, 1, 2)),)


def test_a_product_that_is_needed_itself_stays() -> None:
    product, total = Instruction("mul", (0, 1)), Instruction("add", (3, 2))
    again = Instruction("sub", (3, 0))
    assert "fma" not in PRIMITIVES
    for program in (
        Program(3, (), (product, total), (4, 3)),
        Program(3, (), (product, total), (4,), (Guard(3, True),)),
        Program(3, (), (product, total, again), (4, 5)),
        Program(3, (), (product, Instruction("add", (3, 3))), (4,)),
    ):
        assert contracted(program) == program
