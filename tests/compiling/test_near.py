"""Programs that need not be exact: what becomes fewer and faster, and how far off that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.compiling.near import near
from autograd.compiling.program import Program
from tests.compiling.programs import random_program

pytestmark = pytest.mark.both

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "tanh": lambda x, y: ag.tanh(x * y) * ag.tanh(x),
    "layers": lambda x, y: ag.tanh(ag.tanh(x * 2.0 + y) * y - ag.tanh(x - y)),
    "sech": lambda x, y: ag.sech(x) * y,
    "quotients": lambda x, y: x / y + 2.0 / y - ag.exp(x) / (3.0 * y),
    "constants": lambda x, y: x / 3.0 + y / 7.0 - x / 1e-310 * 1e-310,
    "sides": lambda x, y: x / y if x > y else ag.tanh(x) / y,
    "logistic": lambda x, y: ag.sigmoid(x) / (1.0 + ag.softplus(y)),
}


def program_of(f: Callable[..., Any], x: float = 0.75, y: float = 1.5) -> Program:
    compiled = ag.compile(ag.value_and_grad(f, argnums=(0, 1)), machine="python")
    compiled(x, y)
    program: Program = compiled._versions()[0].program
    return program


def counted(program: Program) -> Counter[str]:
    return Counter([op for op, _ in program.code])


@pytest.mark.skipif(ag.core != "c", reason="the twin is exact")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_slopes_are_off_by_some_ulp(name: str) -> None:
    compiled = ag.compile(ag.value_and_grad(FUNCTIONS[name], argnums=(0, 1)))
    r = np.random.default_rng(0)
    x, y = r.normal(size=(2, 500)) * 3
    exact, loose = (compiled.rows(x, y, exact=is_exact) for is_exact in (True, False))
    for one, other in zip((exact[0], *exact[1]), (loose[0], *loose[1])):
        np.testing.assert_allclose(other, one, 2e-14, 1e-15)


def test_the_slope_of_tanh_comes_with_it() -> None:
    """One primitive after the tanh, or alone; not where sech is needed itself."""
    value = near(program_of(FUNCTIONS["layers"]))
    found = counted(value)
    assert found["tanh"] == found["tanh_slope"] == 3
    assert not found["exp"] + found["div"]
    for here, (op, operands) in enumerate(value.code):
        assert op != "tanh_slope" or value.code[here + 1] == ("tanh", operands)
    alone = counted(near(program_of(lambda x, y: ag.derivative(ag.tanh)(x) * y)))
    assert (alone["tanh_slope"], alone["tanh"]) == (1, 1)
    assert counted(near(program_of(lambda x, y: ag.sech(x) + y)))["div"] == 1


def test_a_divisor_of_several_numbers_is_divided_by_once() -> None:
    assert counted(near(program_of(lambda x, y: x / y)))["div"] == 1
    assert counted(program_of(lambda x, y: x / y))["div"] == 3
    found = counted(near(program_of(FUNCTIONS["constants"])))
    assert found["div"] == 1  # by what has no reciprocal


def test_guards_stay_in_their_order() -> None:
    """The index of one that fails leads to another program."""
    for seed in range(300):
        program = random_program(seed, guards=4)
        found = near(program)
        assert [guard.expected for guard in found.guards] == [g.expected for g in program.guards]
        slots = [guard.slot for guard in found.guards]
        assert slots == sorted(slots)
        for one, other in zip(program.guards, found.guards):
            ops = [
                p.code[g.slot - p.inputs - len(p.constants)].op
                for p, g in ((program, one), (found, other))
            ]
            assert ops[0] == ops[1]
        assert len(found.outputs) == len(program.outputs)
