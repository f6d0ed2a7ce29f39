"""The order of programs: any gives the same, and depth first keeps little at a time."""

from __future__ import annotations

import random

import pytest

from autograd import compiled
from autograd.compiling import ordering
from autograd.compiling.program import Guard, Instruction, Program
from tests.compiling.programs import bits, random_inputs, random_program

pytestmark = pytest.mark.both


def test_a_program_in_another_order_gives_the_same() -> None:
    """To the last bit, and to the first guard that fails."""
    for seed in range(300):
        program = random_program(seed, guards=4)
        found = ordering.depth_first(program)
        found.check()
        assert len(found.code) <= len(program.code)
        assert [g.expected for g in found.guards] == [g.expected for g in program.guards]
        for k in range(3):
            x = random_inputs(10 * seed + k, program.inputs)
            (one, failed), (other, also) = program.evaluate(x), found.evaluate(x)
            assert failed == also
            assert failed >= 0 or bits(one) == bits(other)
        again = ordering.depth_first(found)
        assert (again.code, again.outputs, again.guards) == (
            found.code,
            found.outputs,
            found.guards,
        )


@pytest.mark.skipif(compiled.core != "c", reason="it is a part of the C core")
def test_the_core_has_the_order_of_its_twin() -> None:
    assert compiled.library is not None
    for seed in range(300):
        program = random_program(seed, guards=seed % 4)
        code, place = compiled.library.depth_first(*program)
        expected_code, expected_place = ordering._ordered(program)
        assert code == expected_code
        assert [*place] == [*expected_place]
    for wrong in (
        Program(1, (), (Instruction("mul", (0, 1)),), (1,)),
        Program(1, (), (), (1,)),
        Program(1, (), (), (0,), (Guard(-1, True),)),
    ):
        with pytest.raises(ValueError, match="slot"):
            compiled.library.depth_first(*wrong)


def test_layers_become_chains() -> None:
    """A thousand squares, then their sines, then the sum: no more than two are ever waiting."""
    n = 1000
    code = [Instruction("mul", (i, i)) for i in range(n)]
    code += [Instruction("sin", (n + i,)) for i in range(n)]
    code += [
        Instruction("add", (3 * n + i - 2 if i > 1 else 2 * n, 2 * n + i)) for i in range(1, n)
    ]
    program = Program(n, (), tuple(code), (4 * n - 2,))
    found = ordering.depth_first(program)
    last = {i: slot for slot, (_, operands) in enumerate(found.code, n) for i in operands}
    assert max(last[i] - i for i in range(n, n + len(found.code) - 1)) <= 3
    x = random_inputs(1, n)
    assert bits(found.evaluate(x)[0]) == bits(program.evaluate(x)[0])


def test_what_one_function_computes_comes_together() -> None:
    """Two primitives of one operand are neighbours, where both are there; the rest is as it was."""
    pair, r = ("neg", "abs"), random.Random(0)
    for seed in range(300):
        code: list[Instruction] = []
        while len(code) < 20:
            slot = r.randrange(max(len(code) - 2, 0), 2 + len(code))
            step = Instruction(r.choice([*pair, "sin"]), (slot,))
            code += [step] if step not in code else []
        program = Program(2, (), tuple(code), (*range(2, 22),), (Guard(12, True),))
        found = ordering.pairs_together(program, pair)
        found.check()
        assert len(found.code) == len(code)
        for slot, (op, operands) in enumerate(found.code, 2):
            if op == pair[0] and (pair[1], operands) in found.code:
                assert found.code[slot - 1] == (pair[1], operands)
        x = random_inputs(seed, 2)
        (one, failed), (other, also) = program.evaluate(x), found.evaluate(x)
        assert (bits(one), failed) == (bits(other), also)
