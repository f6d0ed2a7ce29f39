"""Graphs of Values are freed, and what they refer to is held as long as it is used."""

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autograd as ag
from autograd import Value
from tests.growth import leave_alone_what_is_there

pytestmark = pytest.mark.both

ROUNDS, NODES = 15, 60_000
"""So many that 16 bytes, the least that is allocated, of one operation in three are above the limit."""


def resident() -> float:
    """How much memory this process takes, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def chain(x: Any, n: int) -> Any:
    for _ in range(n // 3):
        x = ag.tanh(x * 1.0001 + 0.1)
    return x


def graphs(n: int) -> None:
    x = Value(0.5)
    chain(x, n).backward()
    ag.sum([x * float(k) for k in range(n // 50)]).backward()


def transforms(n: int) -> None:
    ag.grad(lambda x: chain(x, n // 2))(0.5)
    ag.derivative(lambda x: chain(x, 150), 2)(0.5)


def exceptions(n: int) -> None:
    def fails(x: Any) -> Any:
        y = chain(x, n)
        raise ZeroDivisionError(y.op)

    with pytest.raises(ZeroDivisionError):
        ag.grad(fails)(0.5)


def cycles(n: int) -> None:
    holder: list[Any] = [chain(Value(0.5), n)]
    holder.append(holder)
    del holder
    gc.collect()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="it is read from /proc")
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="it keeps what is freed")
@pytest.mark.parametrize("work", [graphs, transforms, exceptions, cycles])
def test_memory_does_not_grow(work: Callable[[int], None]) -> None:
    nodes = NODES if ag.core == "c" else NODES // 40
    leave_alone_what_is_there()
    for _ in range(3):
        work(nodes)
    grown = []
    while not grown or (grown[-1] >= 2.0 and len(grown) < 3):  # a leak grows again and again
        before = resident()
        for _ in range(ROUNDS):
            work(nodes)
        gc.collect()
        grown.append(resident() - before)
    assert min(grown) < 2.0, grown


@pytest.mark.parametrize("name", ["sum", "mean", "dot", "norm", "logsumexp"])
def test_a_list_that_changes_while_an_operation_notes_its_place(name: str) -> None:
    xs = [Value(float(k)) for k in range(1, 9)]
    arguments = (xs, xs) if name == "dot" else (xs,)
    function = getattr(ag, name)
    expected = function(*(xs[:] for _ in arguments)).data

    def meddle(frame: Any, event: str, arg: Any) -> None:
        if event == "call" and frame.f_code.co_name in ("note_place", "user_line"):
            xs.clear()
            [Value(float(k)) for k in range(100)]

    with ag.record_lines():
        sys.setprofile(meddle)
        try:
            y = function(*arguments)
        finally:
            sys.setprofile(None)
    y.backward()
    assert not xs
    assert y.data == expected
    assert sorted(x.data for x in {*y.parents}) == [float(k) for k in range(1, 9)]
    assert len(y.parents) == 8 * len(arguments)
