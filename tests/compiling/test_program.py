"""Programs: how they are built, and what they mean."""

import math

import pytest

from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Builder, Guard, Instruction, Program
from tests.compiling.programs import EDGES, bits, random_inputs, random_program


def test_a_program() -> None:
    """Equal parts are one, constants are computed, and what nothing needs is left out."""
    b = Builder(2)
    product = b.emit("mul", 0, 1)
    assert b.emit("mul", 0, 1) == product
    b.emit("sin", product)
    total = b.emit("add", product, b.emit("exp", b.constant(0.0)))
    below = b.emit("lt", total, 1)
    b.guard(below, False)
    program = b.program([b.emit("where", below, product, total)])
    assert program == Program(
        2,
        (1.0,),
        (
            Instruction("mul", (0, 1)),
            Instruction("add", (3, 2)),
            Instruction("lt", (4, 1)),
            Instruction("where", (5, 3, 4)),
        ),
        (6,),
        (Guard(5, False),),
    )
    assert program.evaluate([2.0, 3.0]) == ([7.0], -1)
    assert program.evaluate([2.0, 9.5])[1] == -1
    assert program.evaluate([-1.0, 2.0])[1] == 0


def test_constants_are_told_apart_by_their_bits() -> None:
    b = Builder(1)
    assert len({b.constant(0.0), b.constant(-0.0), b.constant(1.0), b.constant(math.nan)}) == 4
    assert b.constant(1) == b.constant(1.0) == b.constant(True) != 1, "a slot is no constant"


@pytest.mark.parametrize("x", EDGES)
def test_what_a_builder_leaves_out_keeps_every_bit(x: float) -> None:
    """Each primitive of a number, or of its negative, and a special constant."""
    for name, primitive in PRIMITIVES.items():
        for c in EDGES if primitive.arity == 2 else (0.0,):
            for turn in range(2 * (primitive.arity <= 2)):
                b = Builder(1)
                own = b.emit("neg", 0) if turn and primitive.arity == 1 else 0
                operands = [own, b.constant(c)][: primitive.arity]
                given = [-x if own else x, c][: primitive.arity]
                if turn:
                    operands, given = operands[::-1], given[::-1]
                found, _ = b.program([b.emit(name, *operands)]).evaluate([x])
                assert bits(found) == bits([float(primitive.compute(*given))]), (name, given)


def test_every_primitive_has_a_meaning_at_the_edges() -> None:
    for name, primitive in PRIMITIVES.items():
        for x in EDGES:
            for y in EDGES:
                found = primitive.compute(*(True, x, y)[3 - primitive.arity :])
                assert isinstance(found, bool if primitive.is_condition else float), name


def test_random_programs_are_programs() -> None:
    for seed in range(200):
        program = random_program(seed)
        program.check()
        outputs, failed = program.evaluate(random_inputs(seed, program.inputs))
        assert len(outputs) == len(program.outputs)
        assert -1 <= failed < len(program.guards)


@pytest.mark.parametrize(
    "wrong",
    [
        Program(1, (), (Instruction("mul", (0, 1)),), (1,)),
        Program(1, (), (Instruction("mul", (0,)),), (1,)),
        Program(1, (), (Instruction("gcd", (0, 0)),), (1,)),
        Program(1, (), (), (1,)),
        Program(1, (), (), (0,), (Guard(-1, True),)),
    ],
)
def test_what_is_no_program(wrong: Program) -> None:
    with pytest.raises(ValueError, match=r"^program: got "):
        wrong.check()
