"""LLVM over many rows: each as one row alone, whatever they share and wherever they lie in memory."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import compiled
from autograd.compiling import llvm, llvm_rows, tape
from autograd.compiling.polynomials import POLYNOMIALS
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Guard, Instruction, Program
from tests.compiling.programs import EDGES, bits, random_inputs, random_program, with_slopes
from tests.threads import at_once

lack = llvm.lacks()
pytestmark = [
    pytest.mark.both,
    pytest.mark.skipif(lack is not None, reason=f"LLVM can't run: {lack}"),
]
NOTHING = np.empty(0, np.int64)


def moves(instructions: str) -> bool:
    try:
        tape.machine(Program(0, (), (), ()), instructions=instructions)
    except ValueError:
        return False
    return True


HERE = [each for each in tape.INSTRUCTIONS if compiled.core == "c" and moves(each)]


def laid_out(shape: tuple[int, int], how: str) -> Any:
    """An array whose rows are together, or its columns, or nothing."""
    n, m = shape
    if how == "between others":
        return np.zeros((2 * n, m + 3))[::2, 1 : 1 + m]
    if how == "in each other's way":
        return np.zeros((m, n + -n % 512)).T[:n]
    return np.zeros(shape, order="F" if how == "columns" else "C")


@given(
    st.integers(0, 2**32),
    st.integers(1, 9),
    st.integers(0, 60),
    st.sampled_from([0, 1, 7, 8, 9, 32, 33, 130, 257]),
    st.sampled_from([8, 16, 32]),
    st.sampled_from(["exact", "called", "written out"]),
    st.sampled_from([3, 1000]),
    st.sampled_from(["rows", "columns", "between others", "in each other's way"]),
    st.lists(st.booleans(), min_size=20, max_size=20),
)
def test_rows_are_what_one_row_alone_is(
    seed: int,
    inputs: int,
    size: int,
    count: int,
    width: int,
    how: str,
    chunk: int,
    layout: str,
    flags: list[bool],
) -> None:
    """To the last bit: also the sums, which are the tape's."""
    program, exact = with_slopes(random_program(seed, inputs, size), seed), how == "exact"
    shared, summed = flags[:inputs], flags[10 : 10 + len(program.outputs)]
    x = laid_out((count, inputs), layout)
    x[:] = [random_inputs(seed + r, inputs) for r in range(count)] or np.zeros((0, inputs))
    common = np.array(random_inputs(seed - 1, inputs))
    x[:, shared] = common[shared]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llvm_rows, "CHUNK", chunk * width)
        chosen = llvm_rows.Layout(width, how == "written out")
        patch.setattr(llvm, "layout_of", lambda *_: chosen)
        run = llvm.rows(program, shared, summed, exact)
    found = []
    for each in (run, tape.rows(program, shared, summed, exact)):
        out, sums = laid_out((count, len(program.outputs)), layout), np.zeros(len(summed))
        left = np.full(count, -1)
        gone = each(
            count,
            tuple(common[i : i + 1] if s else x[:, i : i + 1] for i, s in enumerate(shared)),
            tuple(sums[i : i + 1] if s else out[:, i : i + 1] for i, s in enumerate(summed)),
            left,
        )
        assert gone == np.count_nonzero(left >= 0)
        found.append((left.tolist(), bits(out[left < 0].ravel().tolist()), bits(sums.tolist())))
    assert found[0] == found[1]


@pytest.mark.parametrize("instructions", HERE)
@pytest.mark.parametrize("inputs", [1, 7, 8, 9, 17, 64, 200])
def test_wide_rows_are_moved_in_squares(inputs: int, instructions: str) -> None:
    """Several arrays on each side, of any layout, and blocks of any size: no number gets lost."""
    code = tuple(Instruction("mul", (i, inputs)) for i in range(inputs))
    program = Program(inputs, (2.0,), code, tuple(range(inputs, 2 * inputs + 1)))
    run = llvm.rows(program, instructions=instructions)
    cut = min(inputs, 3 + inputs // 3)
    for count in (0, 1, 31, 33, 63, 65, 300):
        for how in ("rows", "columns", "between others", "in each other's way"):
            x = np.arange(count * inputs, dtype=float).reshape(count, inputs)
            given, out = laid_out(x.shape, how), laid_out((count, inputs + 1), how)
            given[:] = x
            first, rest = np.full((count + 2, cut), -1.0), out[:, : inputs + 1 - cut]
            run(count, (given[:, :cut], given[:, cut:]), (first[:-2], rest), NOTHING)
            found = np.hstack([first[:-2], rest])
            assert np.array_equal(found, np.hstack([np.full((count, 1), 2.0), 2 * x]))
            assert (first[-2:] == -1).all()
            assert not out[:, inputs + 1 - cut :].any()


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_primitive_at_the_edges(name: str, exact: bool) -> None:
    n = PRIMITIVES[name].arity
    program = Program(n, (), (Instruction(name, tuple(range(n))),), (n,))
    points = [*EDGES, 0.3, -2.7, 710.0, 1e5, 1e17]
    x = np.array(np.meshgrid(*[points] * n)).reshape(n, -1).T.copy()
    out = np.zeros((len(x), 1))
    llvm.rows(program, exact=exact)(len(x), (x,), (out,), NOTHING)
    one = llvm.machine(program, exact)
    assert bits(out[:, 0].tolist()) == bits([one(row.tolist())[0][0] for row in x])
    if exact or name not in POLYNOMIALS:
        expected = [float(PRIMITIVES[name].compute(*row)) for row in x.tolist()]
        assert bits(out[:, 0].tolist()) == bits(expected)


def test_rows_leave_by_the_first_guard_that_fails() -> None:
    """At both sides and at ties; those that leave are in no sum."""
    code = (Instruction("lt", (0, 1)), Instruction("gt", (0, 1)))
    program = Program(2, (), code, (0, 0), (Guard(2, False), Guard(3, False)))
    run = llvm.rows(program, [False, True], [False, True])
    x = np.array([1.0, 2.0, 3.0, 2.0, np.nan, 2.0])
    out, total, left = np.zeros((6, 1)), np.zeros(1), np.zeros(6, np.int64)
    assert run(6, (x[:, None], np.array([2.0])), (out, total), left) == 2
    assert left.tolist() == [0, -1, 1, -1, -1, -1]
    assert np.isnan(total[0])
    x[4] = 2.0
    run(6, (x[:, None], np.array([2.0])), (out, total), left)
    assert total[0] == 8.0


def test_what_is_called_much_is_wide() -> None:
    calls = Program(1, (), tuple(Instruction("exp", (k,)) for k in range(9)), (9,))
    sums = Program(1, (), tuple(Instruction("add", (k, k)) for k in range(9)), (9,))
    assert llvm_rows.layout_of(sums, ()) == (8, False)
    assert llvm_rows.layout_of(calls, ()) == (32, False)
    assert llvm_rows.layout_of(calls, ("exp",)) == (16, True)
    many = Program(1, (), tuple(Instruction("exp", (k,)) for k in range(99)), (99,))
    assert llvm_rows.layout_of(many, ("exp",)) == (32, False)


def test_tanh_and_its_slope_are_of_one_call() -> None:
    """Wherever the sweep back stands in the program: the chain rule needs the slopes last of all."""

    def chain(x: Any) -> Any:
        for _ in range(40):
            x = ag.tanh(ag.exp(x) * 0.5 - x)
        return x

    compiled = ag.compile(ag.value_and_grad(chain), machine="tape")
    compiled(0.3)
    program, polynomials = llvm._loosened(compiled._versions()[0].program, False)
    layout = llvm_rows.layout_of(program, polynomials)
    assert not layout.is_inlined
    source = llvm_rows.rows_source(program, (), (), polynomials, layout)
    text = "".join(source.modules)
    assert text.count(" @polynomial_both_of_tanh_") > 40
    assert "@polynomial_tanh_" not in text


def test_it_says_what_it_got_and_what_it_needs() -> None:
    run: Any = llvm.rows(Program(2, (), (Instruction("add", (0, 1)),), (2,)))
    x, out = np.zeros((5, 2)), np.zeros((5, 1))
    for inputs in ((x[:4],), (x[:, :1],), (x.astype(np.float32),), (x[0],), (x, x)):
        with pytest.raises(ValueError, match=r"^rows: .*inputs.*needs"):
            run(5, inputs, (out,), NOTHING)
    with pytest.raises(ValueError, match=r"^rows: .*outputs.*needs"):
        run(5, (x,), (out[:3],), NOTHING)
    with pytest.raises(ValueError, match="int64"):
        run(5, (x,), (out,), np.zeros(5))
    with pytest.raises(ValueError, match="no instructions of sse9"):
        llvm.rows(Program(0, (), (), ()), instructions="sse9")
    for wrong in ((0, b"", b"", 8, 0, 0, None, 0), (1, b"", b"", 7, 0, 0, None, 0)):
        with pytest.raises(ValueError, match="native_rows: got"):
            compiled.library.native_rows(*wrong)  # type: ignore[union-attr]


def test_threads_run_one_program_at_once() -> None:
    program = Program(1, (), (Instruction("exp", (0,)), Instruction("mul", (1, 0))), (2,))
    run = llvm.rows(program, exact=False)

    def work(k: int) -> None:
        x = np.linspace(k, k + 1, 20_001)[:, None]
        out = np.zeros_like(x)
        run(len(x), (x,), (out,), NOTHING)
        np.testing.assert_allclose(out, np.exp(x) * x, rtol=1e-15)

    at_once(work)
