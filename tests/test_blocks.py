"""Blocks: whom they belong to, also in generators, tasks and threads, and that interrupts leave none
of them on."""

import asyncio
import contextlib
import contextvars
import ctypes
import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.anomalies import detect_anomaly
from autograd.graph import WRITING
from autograd.recording import NOTHING, recording
from tests.growth import grows
from tests.threads import at_once

pytestmark = pytest.mark.both

LEAVES = [lambda: Value(2.0), lambda: Tensor([2.0])]


@np.errstate(all="ignore")
def on(kind: str) -> bool:
    """Whether a block of a kind is on here, as operations see it."""
    found = []
    for leaf in LEAVES:
        x = leaf()
        y = x * x
        z = ag.log(leaf() * 0.0)
        if kind == "no_grad":
            found.append(not y.parents)
        elif kind == "record_lines":
            found.append(y.line is not None)
        elif kind == "scope":
            found.append(y.scope is not None)
        else:
            try:
                z.sum().backward() if isinstance(z, Tensor) else z.backward()
                found.append(False)
            except FloatingPointError:
                found.append(True)
    assert len(set(found)) == 1, (kind, found)
    return found[0]


def blocks_left() -> list[Any]:
    recording.settle()  # which operations do by and by
    return [recording.unusual, recording.levels, recording.noting, recording.floating]


KINDS: dict[str, Callable[[], Any]] = {
    "no_grad": ag.no_grad, "record_lines": ag.record_lines, "scope": lambda: ag.scope("part"),
    "detect_anomaly": detect_anomaly,
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert not any(map(on, KINDS))
    assert blocks_left() == [[], [], [], []]


each_kind = pytest.mark.parametrize("kind", list(KINDS))


@each_kind
def test_a_suspended_generator_keeps_its_block_to_itself(kind: str) -> None:
    def batches() -> Iterator[bool]:
        with KINDS[kind]():
            for _ in range(3):
                yield on(kind)
                assert on(kind)

    for inside in batches():
        assert inside
        assert not on(kind)
        with KINDS[kind]():
            assert on(kind)
    first, second = batches(), batches()
    assert [*map(next, (first, second, first, second))] == [True] * 4
    assert not on(kind)
    first.close()
    assert next(second)
    assert not on(kind)
    with pytest.raises(KeyError):
        second.throw(KeyError())
    assert all(itertools.chain.from_iterable(zip(batches(), batches())))


def test_training_around_a_generator_that_records_nothing() -> None:
    def batches() -> Iterator[float]:
        with ag.no_grad():
            for _ in range(3):
                yield (Value(1.0) * 2.0).data

    for leaf in LEAVES:
        w = leaf()
        for batch in batches():
            w.zero_grad()
            y = w * w * batch
            (y.sum() if isinstance(y, Tensor) else y).backward()
            assert float(np.sum(w.grad)) == 8.0
            assert ag.grad(lambda x, b=batch: x * x * b)(3.0) == 12.0


@each_kind
def test_a_block_around_the_consumer_holds_in_the_generator_too(kind: str) -> None:
    def numbers() -> Iterator[bool]:
        yield on(kind)
        yield on(kind)

    generator = numbers()
    with KINDS[kind]():
        assert next(generator)
    assert not next(generator)


@each_kind
def test_decorated_functions_of_every_sort(kind: str) -> None:
    @KINDS[kind]()
    def plain() -> bool:
        return on(kind)

    @KINDS[kind]()
    def generator() -> Iterator[bool]:
        got = yield on(kind)
        assert got == "sent"
        try:
            yield on(kind)
        except KeyError:
            yield on(kind)
        return on(kind)

    @KINDS[kind]()
    async def coroutine() -> bool:
        await asyncio.sleep(0)
        return on(kind)

    @KINDS[kind]()
    async def stream() -> AsyncIterator[bool]:
        for _ in range(3):
            await asyncio.sleep(0)
            yield on(kind)

    assert plain()
    assert plain.__name__ == "plain"
    g = generator()
    assert next(g)
    assert not on(kind)
    assert g.send("sent")
    assert not on(kind)
    assert g.throw(KeyError())
    with pytest.raises(StopIteration) as stop:
        next(g)
    assert stop.value.value
    g = generator()
    next(g)
    there: list[bool] = []
    thread = threading.Thread(target=lambda: there.extend((g.send("sent"), on(kind))))
    thread.start()
    thread.join()
    assert there == [True, False], "also where another thread goes on with it"
    g.close()

    async def main() -> None:
        assert await coroutine()
        assert not on(kind)
        async for inside in stream():
            assert inside
            assert not on(kind)
        assert not on(kind)

    asyncio.run(main())


@each_kind
def test_tasks_neither_leak_nor_lose_a_block(kind: str) -> None:
    async def within(steps: int) -> None:
        with KINDS[kind]():
            for _ in range(steps):
                assert on(kind)
                await asyncio.sleep(0)
                assert on(kind)
            assert all(await asyncio.gather(child(), child(), asyncio.to_thread(on, kind)))

    async def child() -> bool:
        before = on(kind)
        await asyncio.sleep(0)
        return before and on(kind)

    async def without() -> None:
        for _ in range(10):
            assert not on(kind)
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(within(5), without(), within(2), without())
        assert not on(kind)

    asyncio.run(main())


@each_kind
def test_a_coroutine_that_is_driven_by_hand(kind: str) -> None:
    class Later:
        def __await__(self) -> Iterator[None]:
            yield

    async def within() -> bool:
        with KINDS[kind]():
            await Later()
            return on(kind)

    c = within()
    c.send(None)
    assert not on(kind)
    with pytest.raises(StopIteration) as stop:
        c.send(None)
    assert stop.value.value


@each_kind
def test_context_managers_made_of_generators_and_stacks(kind: str) -> None:
    @contextlib.contextmanager
    def block() -> Iterator[None]:
        with KINDS[kind]():
            yield

    @contextlib.asynccontextmanager
    async def asynchronous() -> AsyncIterator[None]:
        with KINDS[kind]():
            yield

    with block():
        assert on(kind)
    assert not on(kind)
    with block(), block():
        assert on(kind)

    def batches() -> Iterator[bool]:
        with block():
            yield on(kind)
            yield on(kind)

    for inside in batches():
        assert inside
        assert not on(kind)
    with contextlib.ExitStack() as stack:
        stack.enter_context(KINDS[kind]())
        assert on(kind)
        stack.enter_context(block())
    assert not on(kind)

    async def main() -> None:
        async with asynchronous():
            assert on(kind)
            await asyncio.sleep(0)
            assert on(kind)
        assert not on(kind)

    asyncio.run(main())
    by_hand = KINDS[kind]()
    by_hand.__enter__()
    assert on(kind)
    by_hand.__exit__(None, None, None)
    assert not on(kind)


@each_kind
def test_contexts_and_one_object_many_times(kind: str) -> None:
    block = KINDS[kind]()
    with block:
        context = contextvars.copy_context()
        with block:
            assert on(kind)
        assert on(kind)
        assert not contextvars.Context().run(on, kind)
        assert context.run(on, kind)
    assert not on(kind)

    def many(_: int) -> None:
        for _ in range(50):
            with block:
                assert recording.doing() != NOTHING.doing

    at_once(many)


def test_what_is_transformed_inside_no_grad_is_recorded_also_in_generators() -> None:
    def slopes() -> Iterator[Any]:
        with ag.no_grad():
            while True:
                yield ag.grad(lambda x: x * x)(3.0)
                yield ag.derivative(lambda x: x**3, 2)(1.0)

    for slope in itertools.islice(slopes(), 4):
        assert slope == 6.0
        assert ag.grad(lambda x: ag.sum(x * x))(np.ones(2)).tolist() == [2.0, 2.0]


def interrupted_work(x: Value, t: Tensor) -> None:
    with ag.no_grad():
        x * x
        with ag.record_lines():
            t * t
    with ag.scope("part"), detect_anomaly():
        x * t
    ag.grad(lambda z: z * z)(2.0)
    ag.derivative(lambda z: z * z, 2)(2.0)


def is_as_before(x: Value, t: Tensor) -> None:
    for leaf in (x, t):
        leaf.zero_grad()
        y = leaf * leaf
        assert y.parents == (leaf, leaf)
        assert y.line is None
        assert y.scope is None
        (y.sum() if isinstance(y, Tensor) else y).backward()
        assert float(np.sum(leaf.grad)) == 6.0
        assert Value(1.0).level == Tensor(1.0).level == 0
    assert recording.doing() == NOTHING.doing
    assert blocks_left() == [[], [], [], []]


def keeps_nothing(x: Value) -> None:
    """What an interrupt has left on somewhere keeps what is computed after it."""
    assert grows(lambda: ag.gradients(x * x, [x], create_graph=True)) < 50
    assert grows(lambda: ag.hessian(lambda z: z * z * x)(2.0)) < 50


class InterruptError(Exception):
    pass


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # in weakrefs' own
def test_interrupts_by_signals_leave_no_block_on() -> None:
    x, t = Value(3.0), Tensor([3.0])
    came = 0

    def handler(*_: object) -> None:
        raise InterruptError

    before = signal.signal(signal.SIGALRM, handler)
    try:
        for k in range(3000):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-6 + (k % 97) * 5e-6)
                for _ in range(20):
                    interrupted_work(x, t)
            except InterruptError:
                came += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            if k % 10 == 0:
                is_as_before(x, t)
    except InterruptError:  # between the two lines above
        came += 1
    finally:
        signal.signal(signal.SIGALRM, before)
    is_as_before(x, t)
    keeps_nothing(x)
    assert came > 0


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads that take turns often: by default one waits 5 ms for another, time and again."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("switching")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_exceptions_set_in_a_thread_leave_no_block_on() -> None:
    x, t = Value(3.0), Tensor([3.0])
    rounds, began, came, right = 150, [0], [0], [False]

    def work() -> None:
        for _ in range(rounds):
            try:
                began[0] += 1
                while True:  # until it comes
                    interrupted_work(x, t)
            except InterruptError:
                came[0] += 1
        is_as_before(x, t)
        right[0] = True

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    send = ctypes.pythonapi.PyThreadState_SetAsyncExc
    deadline = time.monotonic() + 60
    for k in range(rounds):
        while began[0] <= k and time.monotonic() < deadline:
            time.sleep(0)
        time.sleep((k % 41) * 1e-5)
        while came[0] <= k and time.monotonic() < deadline:  # weakrefs' own code may swallow one
            send(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(InterruptError))
            swallowed = time.monotonic() + 0.5
            while came[0] <= k and time.monotonic() < swallowed:
                time.sleep(0)
    thread.join(60)
    assert came == [rounds]
    assert right == [True]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("inside", [False, True])
def test_a_fork_while_another_thread_is_in_a_block(inside: bool) -> None:
    entered, leave = threading.Event(), threading.Event()

    def wait() -> None:
        with ag.no_grad(), ag.record_lines():
            entered.set()
            leave.wait()

    thread = threading.Thread(target=wait)
    thread.start()
    entered.wait()
    with ag.no_grad() if inside else contextlib.nullcontext():
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                x = Value(3.0)
                assert bool((x * x).parents) is not inside
                assert len(recording.unusual) == inside
                assert not recording.noting
                code = 0
            finally:
                os._exit(code)
    _, status = os.waitpid(pid, 0)
    leave.set()
    thread.join()
    assert status == 0


def test_a_first_gradient_waits_for_a_thread_that_is_writing_one() -> None:
    """Else that thread, which has seen none, would overwrite it."""
    t = Tensor([1.0, 2.0])
    thread = threading.Thread(target=(t * 3.0).sum().backward)
    with WRITING:
        thread.start()
        thread.join(0.05)
        assert thread.is_alive()
        assert not t.has_grad
    thread.join()
    assert t.grad.tolist() == [3.0, 3.0]


def test_eight_threads_over_shared_leaves() -> None:
    x, t = Value(2.0), Tensor(np.full(3, 2.0))

    def work(k: int) -> None:
        for i in range(100):
            if (i + k) % 3 == 0:
                with ag.no_grad():
                    assert (x * x).parents == (t * t).parents == ()
            else:
                assert (x * x).parents == (x, x)
                assert ag.grad(lambda z: z * z * x)(3.0).data == 12.0
                (x * float(k)).backward()
                (t * float(k)).sum().backward()

    at_once(work, 8)
    count = sum(k for k in range(8) for i in range(100) if (i + k) % 3)
    assert x.grad == count
    assert t.grad.tolist() == [count] * 3
