"""The choice of a machine: the fastest one comes where it pays, and where it was asked for."""

from __future__ import annotations

import gc
import importlib.util
import time
import weakref
from typing import Any

import pytest

import autograd as ag
from autograd import compiled as engine
from autograd.compiling import llvm, machines, versions
from autograd.compiling.program import Instruction, Program
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
