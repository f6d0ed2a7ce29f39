"""The machine of LLVM: programs run as their primitives do, to the last bit."""

import gc
import itertools
import os
import pickle
import subprocess
import sys
import textwrap
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import compiled
from autograd.compiling import llvm, llvm_source
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Guard, Instruction, Program
from autograd.compiling.tape import machine as tape
from tests.compiling.programs import EDGES, bits, random_inputs, random_program, same
from tests.threads import at_once

lack = llvm.lacks()
needed = pytest.mark.skipif(lack is not None, reason=f"LLVM can't run: {lack}")
pytestmark = [pytest.mark.both, needed]


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_primitive_is_what_it_is_defined_as_to_the_last_bit(name: str) -> None:
    n = PRIMITIVES[name].arity
    run = llvm.machine(Program(n, (), (Instruction(name, tuple(range(n))),), (n,)))
    for xs in itertools.product((*EDGES, 0.3, -2.7, 710.0, 1e17), repeat=n):
        expected = float(PRIMITIVES[name].compute(*xs))
        assert bits(run(xs)[0]) == bits([expected]), xs


@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(0, 80), st.sampled_from((5, 1000)))
def test_a_program_gives_what_its_primitives_do(
    seed: int, inputs: int, size: int, chunk: int
) -> None:
    """Also in several functions, which hand on what they computed."""
    program = random_program(seed, inputs, size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llvm_source, "CHUNK", chunk)
        run: Any = llvm.machine(program)
    for k in range(3):
        xs = random_inputs(seed + k, inputs)
        expected = program.evaluate(xs)
        assert same(run(xs), expected)
        out = np.zeros(len(program.outputs))
        failed = run.into(out, np.array(xs))
        assert same(([*out], failed), expected)


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_guards_fail_in_their_order(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """At both sides, at ties, and where the later one is known first."""
    monkeypatch.setattr(llvm_source, "CHUNK", chunk)
    code = (Instruction("lt", (0, 1)), Instruction("neg", (0,)), Instruction("exp", (0,)))
    guards = Guard(6, True), Guard(5, True), Guard(4, False), Guard(1, True)
    program = Program(2, (1.0, 0.0), code, (6, 4), guards)
    run = llvm.machine(program)
    for xs in itertools.product((1.0, 0.0, -1000.0, float("nan")), repeat=2):
        assert same(run(xs), program.evaluate(xs)), xs
    assert run([1.0, 1.0]) == ([np.exp(1.0), 0.0], -1)
    assert [run(xs)[1] for xs in ((-1e3, 1.0), (0.0, 1.0), (1.0, 2.0), (1.0, 0.0))] == [0, 1, 2, 3]
    assert llvm.machine(Program(1, (), (), (), (Guard(0, False),)))([float("nan")])[1] == 0


def test_a_program_of_nothing_gives_what_it_is_given() -> None:
    assert llvm.machine(Program(2, (0.5,), (), (2, 1, 1)))([3.0, 4.0]) == ([0.5, 4.0, 4.0], -1)
    assert llvm.machine(Program(0, (), (), ()))([]) == ([], -1)


def test_a_long_program_is_compiled_in_parts() -> None:
    code = [Instruction("mul", (0, 1))]
    for k in range(5000):
        code.append(Instruction("add" if k % 2 else "mul", (k + 2, k % 2)))
    program = Program(2, (), tuple(code), (len(code) + 1,))
    source = llvm_source.row_source(program)
    assert len(source.modules) == 7
    assert source.arena <= 2, "places are used again"
    xs = [0.999, 0.5]
    assert llvm.machine(program)(xs) == tape(program)(xs)


def test_it_says_what_it_got_and_what_it_needs() -> None:
    run: Any = llvm.machine(Program(2, (), (Instruction("add", (0, 1)),), (2,)))
    for wrong in ([1.0], [1.0, 2.0, 3.0], np.zeros(2, np.float32)):
        with pytest.raises(ValueError, match="native: it needs 2 inputs"):
            run(wrong)
    with pytest.raises(ValueError, match="outputs need 1 numbers"):
        run.into(np.zeros(2), [1.0, 2.0])
    with pytest.raises(TypeError, match="must be real number"):
        run([1.0, "x"])
    with pytest.raises(TypeError, match="one argument"):
        run()
    for wrong in ((0, 1, 1, 0, 1, None), (1, -1, 1, 0, 1, None), (1, 1, 1, -1, 1, None)):
        with pytest.raises(ValueError, match="native: got"):
            compiled.library.native(*wrong)  # type: ignore[union-attr]


def test_code_is_freed_with_the_last_that_runs_it() -> None:
    made: list[Any] = []
    native = compiled.library.native  # type: ignore[union-attr]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            compiled.library, "native", lambda *a: (made.append(weakref.ref(a[-1])), native(*a))[1]
        )
        run = llvm.machine(Program(1, (), (Instruction("exp", (0,)),), (1,)))
    assert made[0]() is not None
    assert run([0.0]) == ([1.0], -1)
    del run
    gc.collect()
    assert made[0]() is None


def test_threads_run_one_program_at_once() -> None:
    """Each in memory of its own, also where it lets others run meanwhile."""
    n = 30_000
    code = tuple(Instruction("add", (k + 1, 0)) for k in range(n))
    run = llvm.machine(Program(1, (1.0,), code, (n + 1,)))

    def work(k: int) -> None:
        for _ in range(20):
            assert run([float(k)]) == ([1.0 + n * k], -1)

    at_once(work)


def test_the_source_is_text_with_every_bit() -> None:
    text = llvm.source(
        Program(1, (0.1,), (Instruction("exp", (0,)), Instruction("mul", (2, 1))), (3,))
    )
    assert "call double @c_exp(double %t2)" in text
    assert "fmul double %t3, 0x3FB999999999999A" in text


def test_llvmlite_is_imported_only_where_it_is_asked_for() -> None:
    code = """
        import sys
        import autograd, autograd.compiling.llvm
        assert not any(name.startswith("llvmlite") for name in sys.modules)
        sys.modules["llvmlite"] = None  # as where it is not installed
        from autograd.compiling.llvm import lacks, machine
        from autograd.compiling.program import Program
        assert lacks() == "it needs llvmlite: pip install chainrule[compile]", lacks()
        try:
            machine(Program(0, (), (), ()))
        except ImportError as error:
            print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ})
    assert run.stdout.strip().endswith("pip install chainrule[compile]")
    assert run.stdout.count("\n") == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_compiles_too() -> None:
    code = """
        import os
        from autograd.compiling import llvm
        from autograd.compiling.program import Instruction, Program
        program = Program(1, (), (Instruction("exp", (0,)),), (1,))
        run = llvm.machine(program)
        if child := os.fork():
            assert os.waitpid(child, 0)[1] == 0
        assert run([0.0]) == llvm.machine(program)([0.0]) == ([1.0], -1)
    """
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)]
    subprocess.run(command, check=True, timeout=60)


def test_a_compiled_function_runs_on_the_tape_until_llvm_is_ready() -> None:
    def f(x: Any) -> Any:
        return ag.exp(x) * ag.sin(x) if x > 0 else x

    quick = ag.compile(ag.value_and_grad(f), machine="llvm")
    slow = ag.compile(ag.value_and_grad(f), machine="llvm", wait=True)
    for x in (0.3, -0.3, 0.7):
        assert quick(x) == slow(x) == ag.value_and_grad(f)(x)
    assert {row.machine for row in quick.report().programs} <= {"llvm", "tape, until llvm is ready"}
    assert [row.machine for row in slow.report().programs] == ["llvm", "llvm"]
    assert "call double @c_exp" in slow.source("llvm")
    again = pickle.loads(pickle.dumps(ag.compile(ag.exp, "llvm", True)))
    assert again(0.0) == 1.0
    assert "llvm" in str(again.report())


def test_where_llvm_fails_the_tape_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no room for code")

    monkeypatch.setattr(llvm, "row_source", fails)
    f = ag.compile(lambda x: ag.exp(x), machine="llvm", wait=True)
    assert f(0.0) == 1.0
    (row,) = f.report().programs
    assert row.machine == "tape, RuntimeError: no room for code"
