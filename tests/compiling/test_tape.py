"""The tape machine of the C core: programs run as their primitives do, and no program harms it."""

import itertools
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import compiled
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Guard, Instruction, Program
from autograd.compiling.tape import machine
from tests.compiling.programs import EDGES, is_decided, random_inputs, random_program, same
from tests.threads import at_once

pytestmark = [
    pytest.mark.both,
    pytest.mark.skipif(compiled.core != "c", reason="it is a part of the C core"),
]


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_primitive_is_what_it_is_defined_as_to_the_last_bit(name: str) -> None:
    n = PRIMITIVES[name].arity
    program = Program(n, (), (Instruction(name, tuple(range(n))),), (n,))
    run = machine(program)
    for xs in itertools.product((*EDGES, 0.3, -2.7, 710.0, 1e17), repeat=n):
        if is_decided(program, xs):
            assert same(run(xs), program.evaluate(xs)), xs


@given(st.integers(0, 2**32), st.integers(0, 5), st.integers(0, 80))
def test_a_program_gives_what_its_primitives_do(seed: int, inputs: int, size: int) -> None:
    program = random_program(seed, max(inputs, 1), size)
    run: Any = machine(program)
    for k in range(3):  # in the same arena
        xs = random_inputs(seed + k, program.inputs)
        expected = program.evaluate(xs)
        if not is_decided(program, xs):
            continue
        assert same(run(xs), expected)
        assert same(run(tuple(xs)), expected)
        out = np.zeros(len(program.outputs))
        failed = run.into(out, np.array(xs))
        assert same(([*out], failed), expected)


def test_guards_fail_in_their_order() -> None:
    """Also where the later one is known first."""
    code = (Instruction("neg", (0,)), Instruction("exp", (0,)))
    run = machine(Program(1, (0.0,), code, (3,), (Guard(3, True), Guard(0, True), Guard(1, False))))
    assert run([1.0])[1] == -1
    assert run([0.0])[1] == 1
    assert run([-1000.0])[1] == 0
    assert machine(Program(1, (), (), (), (Guard(0, False),)))([float("nan")])[1] == 0


def test_places_are_used_again() -> None:
    """So that a long chain takes no more memory than a short one."""
    chain = tuple(Instruction("mul", (max(k - 1, 0), 0)) for k in range(1, 100_000))
    run: Any = machine(Program(1, (), chain, (len(chain),)))
    assert run([1.0]) == ([1.0], -1)
    assert run.places == 2


MALFORMED: dict[str, Any] = {
    "got -1 inputs": (-1, (), (), (), ()),
    "got 4611686018427387904 inputs": (2**62, (), (), (), ()),
    "no primitive": (1, (), (("frobnicate", (0,)),), (), ()),
    "2 operands; it needs 1": (1, (), (("exp", (0, 0)),), (), ()),
    "0 operands; it needs 2": (1, (), (("add", ()),), (), ()),
    "slot 1": (1, (), (("exp", (1,)),), (), ()),
    "slot -1": (1, (), (("exp", (-1,)),), (), ()),
    "slot 36893488147419103232": (1, (), (("exp", (2**65,)),), (), ()),
    "slot 0.0": (1, (), (("exp", (0.0,)),), (), ()),
    "output 0 has slot 2": (1, (), (("exp", (0,)),), (2,), ()),
    "guard 0 has slot 2": (1, (), (("exp", (0,)),), (), ((2, True),)),
    "instruction 0 is ('exp',)": (1, (), (("exp",),), (), ()),
    "instruction 0 is 'exp'": (1, (), ("exp",), (), ()),
    "instruction 0 is (5, ": (1, (), ((5, (0,)),), (), ()),
    "guard 0 is 3": (1, (), (), (), (3,)),
    "must be real number": (1, ("a",), (), (), ()),
    "must be tuple": (1, [], (), (), ()),
}


@pytest.mark.parametrize("message", MALFORMED)
def test_a_malformed_program_is_refused_in_one_line(message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        machine(Program(*MALFORMED[message]))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.skipif(
    sys.platform != "linux" or "LD_PRELOAD" in os.environ, reason="memory is limited otherwise"
)
def test_where_memory_ends_there_is_an_error() -> None:
    """At every size: some of it is found before there is none."""
    program = """
        import resource
        from autograd.compiling.program import Program
        from autograd.compiling.tape import machine
        resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
        for k in range(22, 28):
            try:
                machine(Program(2**k, (), (), (0,)))([])
            except (MemoryError, ValueError) as error:
                print(type(error).__name__)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert (found[0], found[-1]) == ("ValueError", "MemoryError"), "the first lacks its inputs"


def test_inputs_and_outputs_of_another_form_are_refused() -> None:
    run: Any = machine(Program(2, (), (Instruction("add", (0, 1)),), (2,)))
    frozen = np.zeros(1)
    frozen.flags.writeable = False
    wrong_inputs = ([1.0], (1.0, 2.0, 3.0), np.zeros(3), np.zeros(2, "f4"), np.zeros(6)[::2])
    for wrong in (*wrong_inputs, "ab", 3.0, ["a", "b"], bytes(16), None):
        with pytest.raises((TypeError, ValueError)):
            run(wrong)
        with pytest.raises((TypeError, ValueError)):
            run.pieces((1,), wrong)
    for sizes in (
        (),
        (2,),
        (1, 1),
        (-1, -1),
        (0, 2),
        (-2,),
        (2**63,),
        (-(2**80),),
        ("a",),
        (None,),
    ):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            run.pieces(sizes, [1.0, 2.0])
    with pytest.raises(TypeError, match="tuple of sizes"):
        run.pieces([1], [1.0, 2.0])
    for wrong in (frozen, np.zeros(2), np.zeros(1, "f4"), np.zeros((1, 0)), 3.0, bytes(8)):
        with pytest.raises((TypeError, ValueError, BufferError)):
            run.into(wrong, [1.0, 2.0])
    calls: list[Callable[[], Any]] = [
        lambda: run(), lambda: run([1.0], [2.0]), lambda: run(inputs=[1.0]), lambda: run.into([1.0]),
        lambda: run.pieces((1,)),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(TypeError, match=r"takes|argument"):
            call()
    assert run([1.0, True]) == run.pieces((-1,), [1.0, True]) == ([2.0], -1)
    assert [x.tolist() for x in run.pieces((0, 1, 0), np.arange(4.0)[::-2])[0]] == [[], [4.0], []]
    assert run(np.array([1.0, 2.0], ">f8")) == ([3.0], -1)


def test_a_list_that_shrinks_while_it_is_read_is_refused() -> None:
    class Shrinking:
        def __float__(self) -> float:
            xs.clear()
            return 1.0

    xs: list[Any] = [Shrinking(), 2.0]
    with pytest.raises(RuntimeError, match="change"):
        machine(Program(2, (), (Instruction("add", (0, 1)),), (2,)))(xs)


def test_a_run_inside_a_run_and_runs_in_threads_have_arenas_of_their_own() -> None:
    code = [Instruction("sin" if k % 2 else "cos", (k,)) for k in range(20_000)]
    program = Program(1, (), tuple(code), (len(code), 1))  # so long that others run meanwhile
    run = machine(program)

    class Nested:
        def __float__(self) -> float:
            run([5.0])
            return 0.5

    assert run([Nested()]) == run([0.5]) == program.evaluate([0.5])
    expected = [program.evaluate([k / 10]) for k in range(4)]

    def work(k: int) -> None:
        for _ in range(20):
            assert run([k / 10]) == expected[k]

    at_once(work)
