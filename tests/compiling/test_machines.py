"""The choice of a machine: the fastest one comes where it pays, and where it was asked for."""

from __future__ import annotations

import array
import gc
import importlib.util
import random
import time
import weakref
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import compiled as engine
from autograd.compiling import llvm, machines, versions
from autograd.compiling.program import Guard, Instruction, Program
from autograd.compiling.tape import machine as tape

pytestmark = pytest.mark.both
lack = llvm.lacks()
needed = pytest.mark.skipif(lack is not None, reason=f"LLVM can't run: {lack}")
in_c = pytest.mark.skipif(engine.core != "c", reason="the tape is a part of the C core")


def of_size(size: int) -> Program:
    return Program(1, (), tuple(Instruction("exp", (0,)) for _ in range(size)), (0,))


def test_calls_that_pay() -> None:
    """Fewer the larger a program is, never below what a primitive takes and saves."""
    calls = [machines.calls_that_pay(of_size(n)) for n in (1, 10, 1000, 30_000)]
    assert calls == sorted(calls, reverse=True)
    assert 25_000 < calls[-1] < 70_000
    assert machines.calls_that_pay(of_size(0)) == machines.calls_that_pay(of_size(30_001)) == 0


def waited(compiled: Any) -> str:
    """Wait until nothing is made any longer, and return the machine of the only program."""
    for _ in range(3000):
        (row,) = compiled.report().programs
        if "until" not in row.machine:
            break
        time.sleep(0.01)
    return row.machine


@needed
@pytest.mark.parametrize("argument", [[0.5, 2.0], (0.5, 2.0)])
def test_the_fastest_takes_over_after_some_calls(
    argument: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "calls_that_pay", lambda program: 20)
    f = ag.value_and_grad(lambda v: ag.exp(v[0]) * v[1])
    compiled, stays = ag.compile(f), ag.compile(f, machine="tape")
    first = [compiled(argument) for _ in range(19)]
    assert compiled.report().programs[0].machine == "tape"
    compiled(argument)
    assert waited(compiled) == "llvm"
    assert {repr(x) for x in (*first, compiled(argument), f(argument))} == {repr(f(argument))}
    row = compiled.report().programs[0]
    assert row.bytes > 100
    assert row.printing_ms > 0 < row.compiling_ms
    for _ in range(50):
        assert stays(argument) == first[0]
    assert stays.report().programs[0].machine == "tape"


@needed
def test_who_waits_has_the_fastest_at_once() -> None:
    compiled = ag.compile(ag.exp, wait=True)
    assert compiled(0.0) == 1.0
    assert compiled.report().programs[0].machine == "llvm"


def test_without_llvm_the_first_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(versions, "calls_that_pay", lambda program: 1)
    for wait in (False, True):
        compiled = ag.compile(ag.exp, wait=wait)
        assert [compiled(0.0) for _ in range(3)] == [1.0] * 3
        assert compiled.report().programs[0].machine == machines.chosen(None).name


@needed
def test_where_it_fails_the_first_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no room for code")

    monkeypatch.setattr(llvm, "row_source", fails)
    monkeypatch.setattr(versions, "calls_that_pay", lambda program: 2)
    compiled = ag.compile(ag.exp)
    assert [compiled(0.0) for _ in range(5)] == [1.0] * 5
    assert waited(compiled) == "tape, RuntimeError: no room for code"
    assert compiled(0.0) == 1.0


@in_c
def test_calls_are_counted_and_what_follows_is_done_once() -> None:
    run: Any = tape(Program(1, (), (), (0,)))
    done: list[int] = []
    run.after(3, lambda: done.append(1))
    assert [run([1.0]), run([2.0]), len(done)] == [([1.0], -1), ([2.0], -1), 0]
    assert run([3.0]) == ([3.0], -1)
    assert run([4.0]) == ([4.0], -1)
    assert done == [1]
    run.after(1, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run([1.0])
    assert run([1.0]) == ([1.0], -1)
    with pytest.raises(TypeError):
        run.after("1", None)


def test_a_function_that_is_let_go_leaves_nothing() -> None:
    compiled = ag.compile(lambda x: x * x)
    compiled(2.0)
    known = weakref.ref(compiled._versions()[0])
    del compiled
    gc.collect()
    assert known() is None


def test_a_report_has_bytes_and_times() -> None:
    compiled = ag.compile(lambda x: ag.exp(x) * 2.0)
    compiled(1.0)
    (row,) = compiled.report().programs
    assert row.bytes > 10
    assert row.compiling_ms > 0
    assert str(compiled.report()).splitlines()[1].split()[-2:] == ["bytes", "machine"]


RUNS = [
    pytest.param(tape, marks=in_c, id="tape"),
    pytest.param(llvm.machine, marks=needed, id="llvm"),
]
SQUARES = Program(
    3,
    (2.0,),
    (*[Instruction("mul", (i, i)) for i in range(3)], Instruction("lt", (0, 3))),
    (4, 5, 6, 0),
    (Guard(7, True),),
)


@pytest.mark.parametrize("machine", RUNS)
def test_numbers_that_are_held_stay_when_floats_are_used_again(machine: Any) -> None:
    """Lists, and numbers that were taken out of them, over many runs."""
    run, r = machine(SQUARES), random.Random(3)
    held: list[tuple[Any, Any]] = []
    for _ in range(2000):
        x = [r.uniform(-1, 1) for _ in range(3)]
        expected = [*[each * each for each in x], x[0]]
        found, failed = run(x)
        assert (found, failed) == (expected, -1)
        held = r.sample(held, min(len(held), 20))
        i = r.randrange(4)
        held.append(
            r.choice([(found, expected), (found[i], expected[i]), (found[1:], expected[1:])])
        )
        assert all(one == other for one, other in held)
    assert run([2.0, 0.0, 0.0]) == ([], 0)
    assert all(one == other for one, other in held)


@pytest.mark.parametrize("machine", RUNS)
def test_many_more_outputs_than_are_kept(machine: Any) -> None:
    n = 2100  # MOST_KEPT is 4096
    run = machine(Program(2, (), (), (0, 1) * n))
    one, other = run([1.0, 2.0])[0], run([3.0, 4.0])[0]
    assert (one, other) == ([1.0, 2.0] * n, [3.0, 4.0] * n)


@pytest.mark.parametrize("machine", RUNS)
@pytest.mark.parametrize("memory", ["rows", "odd", "reversed", "same", "overlapping", "bytes"])
def test_arrays_of_any_memory_are_read_and_written(machine: Any, memory: str) -> None:
    """Numbers in a row go straight in and out, where they are apart; all others by way of memory."""
    run, x = machine(SQUARES), np.array([0.5, -3.0, 4.0])
    expected = SQUARES.evaluate(x.tolist())[0]
    assert (
        run.pieces((4,), x)[0][0].tolist()
        == run.pieces((4,), x.tolist())[0][0].tolist()
        == expected
    )
    room = np.zeros(100, np.uint8)
    if memory == "rows":
        given, out = x.reshape(1, 3), np.zeros((2, 2))
    elif memory == "odd":
        given, out = room[1:25].view(np.float64), room[33:65].view(np.float64)
        given[:] = x
    elif memory == "bytes":
        given, out = array.array("d", x), array.array("d", [0.0] * 4)
    elif memory == "reversed":
        given, out = x[::-1].copy()[::-1], np.zeros(8)[::2]
        assert run.pieces((4,), given)[0][0].tolist() == expected
        with pytest.raises(ValueError, match="contiguous"):
            run.into(out, x)
        return
    else:
        shared = np.zeros(8)
        given, out = shared[1:4], shared[:4] if memory == "same" else shared[3:7]
        given[:] = x
    assert run.into(out, given) == -1
    assert np.ravel(out).tolist() == expected
    for wrong in (np.zeros(3), np.zeros(4, np.float32), np.zeros(4, ">f8"), [0.0] * 4):
        with pytest.raises((ValueError, TypeError, BufferError)):
            run.into(wrong, x)
    frozen = np.zeros(4)
    frozen.flags.writeable = False
    with pytest.raises((ValueError, BufferError)):
        run.into(frozen, x)
    assert run.pieces((4,), [9.0, 0.0, 0.0])[1] == 0
    with pytest.raises(ValueError, match="3 inputs"):
        run.pieces((4,), x[:2])
