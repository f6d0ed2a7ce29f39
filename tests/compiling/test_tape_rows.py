"""Many rows at once: each as one row alone, whatever they share and wherever they lie in memory."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import compiled
from autograd.compiling import polynomials
from autograd.compiling.polynomials import POLYNOMIALS
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Guard, Instruction, Program
from autograd.compiling.tape import INSTRUCTIONS, machine, rows
from tests.compiling.programs import EDGES, bits, is_decided, random_inputs, random_program
from tests.threads import at_once

pytestmark = [
    pytest.mark.both,
    pytest.mark.skipif(compiled.core != "c", reason="it is a part of the C core"),
]


def runs(instructions: str) -> bool:
    try:
        machine(Program(0, (), (), ()), instructions=instructions)
    except ValueError:
        return False
    return True


HERE = [each for each in INSTRUCTIONS if compiled.core == "c" and runs(each)]
NOTHING = np.empty(0, np.int64)


def lanes_summed(terms: np.ndarray) -> float:
    """The sum of a column in the order that is promised."""
    s = [0.0] * 8
    for r, term in enumerate(terms.tolist()):
        s[r % 8] += term
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))


def without_signs(program: Program) -> Program:
    """A program that does not ask for the sign of a number, which for a nan is open."""
    other = {"signbit": "isnan", "copysign": "hypot"}
    return program._replace(
        code=tuple(Instruction(other.get(op, op), operands) for op, operands in program.code)
    )


def laid_out(shape: tuple[int, int], how: str) -> np.ndarray:
    """An array whose rows are together, or its columns, or nothing."""
    n, m = shape
    if how == "between others":
        return np.zeros((2 * n, m + 3))[::2, 1 : 1 + m]
    if how == "backwards":
        return np.zeros((n, m))[::-1, ::-1]
    return np.zeros(shape, order="F" if how == "columns" else "C")


layouts = st.sampled_from(["rows", "columns", "between others", "backwards"])


@given(
    st.integers(0, 2**32),
    st.integers(1, 5),
    st.integers(0, 60),
    st.sampled_from([0, 1, 7, 8, 9, 63, 64, 65, 130]),
    st.sampled_from(HERE),
    st.booleans(),
    layouts,
    st.data(),
)
def test_rows_are_what_one_row_alone_is(
    seed: int,
    inputs: int,
    size: int,
    count: int,
    instructions: str,
    exact: bool,
    layout: str,
    data: st.DataObject,
) -> None:
    program = without_signs(random_program(seed, inputs, size))
    flags = st.lists(st.booleans(), min_size=10, max_size=10)
    shared, summed = data.draw(flags)[:inputs], data.draw(flags)[: len(program.outputs)]
    x = laid_out((count, inputs), layout)
    x[:] = [random_inputs(seed + r, inputs) for r in range(count)] or np.zeros((0, inputs))
    common = np.array(random_inputs(seed - 1, inputs))
    x[:, shared] = common[shared]
    one = machine(program, exact, instructions)
    expected = [one(row.tolist()) for row in x]

    out, sums = laid_out((count, len(program.outputs)), layout), np.zeros(len(program.outputs))
    left = np.full(count, -1)
    gone = rows(program, shared, summed, exact, instructions)(
        count,
        tuple(common[i : i + 1] if s else x[:, i : i + 1] for i, s in enumerate(shared)),
        tuple(sums[i : i + 1] if s else out[:, i : i + 1] for i, s in enumerate(summed)),
        left,
    )
    assert left.tolist() == [failed for _, failed in expected]
    assert gone == np.count_nonzero(left >= 0)
    stayed = [(r, outputs) for r, (outputs, failed) in enumerate(expected) if failed < 0]
    for i, is_sum in enumerate(summed):
        column = [outputs[i] for _, outputs in stayed]
        if not is_sum:
            assert bits([out[r, i] for r, _ in stayed]) == bits(column)
            continue
        terms = np.zeros(count)
        terms[[r for r, _ in stayed]] = column
        assert bits([sums[i]]) == bits([lanes_summed(terms)])


@pytest.mark.parametrize("instructions", HERE)
@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_primitive_of_numbers_that_rows_share_or_not(name: str, instructions: str) -> None:
    n = PRIMITIVES[name].arity
    program = Program(n, (), (Instruction(name, tuple(range(n))),), (n,))
    points = np.array([*EDGES, 0.3, -2.7, 710.0])
    x = np.array(np.meshgrid(*[points] * n)).reshape(n, -1).T.copy()
    x = x[[is_decided(program, row.tolist()) for row in x]]
    expected = [program.evaluate(row.tolist())[0][0] for row in x]
    for shared in np.ndindex(*[2] * n):
        for point in points if any(shared) else (0.0,):
            chosen = np.all(
                (x == point) | (np.isnan(x) & np.isnan(point)) | ~np.array(shared, bool), 1
            )
            some, count = x[chosen], int(chosen.sum())
            if point == 0:  # of which there are two
                some, count = some[:0], 0
            out = np.zeros((count, 1))
            given = tuple(
                np.array([point]) if s else some[:, i : i + 1] for i, s in enumerate(shared)
            )
            rows(program, shared, (), True, instructions)(count, given, (out,), NOTHING)
            assert bits(out[:, 0].tolist()) == bits(
                [z for z, c in zip(expected, chosen) if c][:count]
            )


@pytest.mark.parametrize("name", POLYNOMIALS)
@pytest.mark.parametrize("instructions", HERE)
def test_polynomials_are_near(name: str, instructions: str) -> None:
    """Also beside numbers that are too large for them, and at every edge."""
    program = Program(1, (), (Instruction(name, (0,)),), (1,))
    x = np.array(
        [*EDGES, *np.linspace(-30, 30, 999), *np.geomspace(1e-300, 1e300, 500), 709.7, -745]
    )
    near, exact = np.zeros_like(x), np.zeros_like(x)
    for out, is_exact in ((near, False), (exact, True)):
        run = rows(program, exact=is_exact, instructions=instructions)
        run(len(x), (x[:, None],), (out[:, None],), NOTHING)
    with np.errstate(invalid="ignore"):
        off = np.abs(near - exact) / np.spacing(np.abs(exact))
    assert np.all((off <= 4) | (near == exact) | (np.isnan(near) & np.isnan(exact)))
    assert np.array_equal(np.signbit(near), np.signbit(exact)) or name in ("log",)
    assert polynomials.POLYNOMIALS[name].within >= 2**20


def test_arrays_that_do_not_fit_are_refused() -> None:
    program = Program(2, (), (Instruction("lt", (0, 1)),), (2,), (Guard(2, True),))
    run: Any = rows(program, (True, False), (False,))
    ok = (3, (np.zeros(1), np.zeros((3, 1))), (np.zeros((3, 1)),), np.zeros(3, np.int64))
    assert run(*ok) == 3
    frozen = np.zeros((3, 1))
    frozen.flags.writeable = False
    for place, wrong in (
        (0, -1), (0, 4), (1, ()), (1, (np.zeros(1),)), (1, (np.zeros((3, 2)),)),
        (1, (np.zeros(2), np.zeros((3, 1)))), (1, (np.zeros(1), np.zeros((3, 1)), np.zeros((3, 1)))),
        (1, (np.zeros(1, "f4"), np.zeros((3, 1)))), (1, (np.zeros(1), np.zeros((2, 1)))),
        (1, (np.zeros(1), np.zeros((3, 1, 1)))), (1, (np.zeros(()), np.zeros((3, 1)))), (1, (1.0, 2.0)),
        (1, [np.zeros(1), np.zeros((3, 1))]), (2, ()), (2, (np.zeros(1),)), (2, (frozen,)),
        (3, np.zeros(2, np.int64)), (3, np.zeros(3)), (3, np.zeros(3, np.int32)), (3, None),
    ):  # fmt: skip
        given: list[Any] = [*ok]
        given[place] = wrong
        with pytest.raises((TypeError, ValueError, BufferError)) as error:
            run(*given)
        assert "\n" not in str(error.value)
    for flags in ((True,), (True, False, False)):
        with pytest.raises(ValueError, match="flags"):
            rows(program, flags)
    with pytest.raises(ValueError, match="no instructions of mmx"):
        rows(program, instructions="mmx")


def test_rows_run_in_threads_at_once() -> None:
    program = random_program(11, 3, 200, guards=0)
    run = rows(program)
    x = np.array([random_inputs(r, 3) for r in range(2000)])
    expected = np.zeros((2000, len(program.outputs)))
    run(2000, (x,), (expected,), NOTHING)

    def work(_: int) -> None:
        out = np.zeros_like(expected)
        for _ in range(10):
            out[:] = 0
            run(2000, (x,), (out,), NOTHING)
            np.testing.assert_array_equal(out, expected)

    at_once(work)


def test_what_rows_share_is_computed_once() -> None:
    """And inputs are loaded when they are needed, so that a block has room for few numbers."""
    chain = [Instruction("sin", (0,))]
    chain += [Instruction("sin", (3 + k,)) for k in range(1000)]
    total = [Instruction("mul", (1003, 1)), Instruction("add", (1004, 2))]
    program = Program(3, (), (*chain, *total), (1005,))
    run: Any = rows(program, (True, False, False))
    assert run.places == 2
