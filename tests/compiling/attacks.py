"""Attacks on compiled programs: what is handed to the machines in C is an error or is computed.

`tests.attacks` runs them with its own, in processes of their own.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import importlib
import mmap
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd import compiled, watching
from autograd.compiling import llvm, tape
from autograd.compiling.llvm_rows import Layout, rows_source
from autograd.compiling.llvm_source import row_source
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Program
from tests.compiling.programs import is_decided, random_inputs, random_program, same

ERRORS = (TypeError, ValueError, KeyError, BufferError, RuntimeError, OverflowError, MemoryError)
"""Errors that may come of nonsense."""

# Programs that are none


class _Name(str):
    """Name of a primitive that claims to be each of them, and does something meanwhile."""

    def __hash__(self) -> int:
        gc.collect()
        return hash(random.choice([*PRIMITIVES]))

    def __eq__(self, other: object) -> bool:
        return random.random() < 0.5


class _Tuple(tuple[Any, ...]):
    """Tuple that lies about its length and its elements."""

    def __len__(self) -> int:
        return 10**6

    def __getitem__(self, index: Any) -> Any:
        return 10**6

    def __iter__(self) -> Any:
        return iter([10**6] * 3)


class _Int(int):
    def __index__(self) -> int:
        return 10**9

    __int__ = __index__


class _Float(float):
    """Float that has another number when it is asked, and changes what it is in."""

    inside: Any = None

    def __float__(self) -> float:
        if isinstance(self.inside, list):
            self.inside.clear()
        return 7.0


class _Raises:
    def __float__(self) -> float:
        raise KeyError("no number")

    def __bool__(self) -> bool:
        raise KeyError("no truth")

    def __repr__(self) -> str:
        raise KeyError("no text")


def _nonsense(r: random.Random) -> Any:
    return r.choice(
        (
            None, -1, 0, 1, 2**31 - 1, 2**31, 2**63, -(2**31), 1.5, float("nan"), "add", "\0", "", b"add",
            (), (0,), (0, 0, 0, 0), ("add", (0, 0)), (0, True), [], {}, object(), _Raises(), _Float(2.0),
            _Name("add"), _Tuple((0, 0)), _Int(0), np.float64(1.0), np.int64(0), np.zeros(2), True,
        )
    )  # fmt: skip


def _spoiled(x: Any, r: random.Random) -> Any:
    """Return a tuple of tuples with something in it changed."""
    if not isinstance(x, tuple) or not x or r.random() < 0.15:
        return _nonsense(r)
    parts = [*x]
    k = r.randrange(len(parts))
    if r.random() < 0.1:
        del parts[k]
    else:
        parts[k] = _spoiled(parts[k], r)
    return _Tuple(parts) if r.random() < 0.1 else tuple(parts)


def programs(times: int) -> None:
    """Hands programs with nonsense in them to the tape machine, and runs those that it takes."""
    if compiled.library is None:
        return
    for seed in range(300 * times):
        r = random.Random(seed)
        program = random_program(seed, r.randint(0, 3) + 1, r.randint(0, 30))
        parts = [*program, r.random() < 0.5, r.choice((None, None, None, "any", "avx2", "mmx"))]
        k = r.randrange(5)
        parts[k] = _spoiled(parts[k], r) if k or r.random() < 0.5 else r.randint(0, 6)
        n = parts[0] if isinstance(parts[0], int) and 0 <= parts[0] < 9 else 0
        with contextlib.suppress(*ERRORS):
            run = compiled.library.tape(*parts)
            x = random_inputs(seed, n)
            found = run(x)
            run.into(np.zeros(len(found[0])), x)
            with contextlib.suppress(Exception):
                known = Program(*parts[:5])
                known.check()
                if parts[5] and is_decided(known, x):
                    assert same(found, known.evaluate(x)), (seed, known)
        with contextlib.suppress(*ERRORS):
            count = tuple.__len__(parts[3]) if isinstance(parts[3], tuple) else 0
            flags: Any = tuple([bytes(r.randrange(2) for _ in range(k)) for k in (n, count)])
            flags = _spoiled(flags, r) if r.random() < 0.2 else flags
            run = compiled.library.tape_rows(*parts, flags)
            x, y = ([np.zeros(1 if f else (3, 1)) for f in some] for some in flags)
            run(3, tuple(x), tuple(y), np.zeros(3, np.int64))


def builders(times: int) -> None:
    """Hands nonsense to builders, which forget what they know while Python writes for them."""
    if compiled.library is None:
        return
    importlib.import_module("autograd.compiling.writing")  # gives what they ask Python for
    for seed in range(60 * times):
        r = random.Random(seed)
        n = r.randint(0, 3)
        builder: Any = compiled.library.builder(n, tuple(random_inputs(seed, n)), 1000)
        other: Any = compiled.library.builder(n, (), 1000)
        nodes: list[Any] = [ag.Value(r.choice((0.0, 1.0, 2.0))) for _ in range(3)]
        for _ in range(8):
            x, y = r.choice(nodes), r.choice(nodes)
            nodes.append(
                r.choice((x * y, ag.sin(x), ag.maximum(x, y), ag.where(x > y, x, y), x + 1))
            )
        methods = [
            name for name in dir(builder) if name[0] != "_" and callable(getattr(builder, name))
        ]

        def written(
            x: Any, builder: Any = builder, r: random.Random = r, nodes: Any = nodes
        ) -> Any:
            act = r.choice(("forget", "know", "reference", "size", "value", "none"))
            with contextlib.suppress(Exception):
                if act == "forget":
                    builder.forget()
                elif act == "know":
                    builder.know(r.choice(nodes), r.randint(-3, 5), r.randint(-1, 2**40))
                elif act == "reference":
                    builder.reference(r.choice(nodes), written)
                elif act == "value":
                    builder.value(r.randint(-3, 5))
            return r.choice(
                (0, -1, 5, 10**9, None, [], [(x, 0)], [(r.choice(nodes), -1)], _Raises())
            )

        def argument(
            r: random.Random = r, nodes: Any = nodes, other: Any = other, written: Any = written
        ) -> Any:
            some = tuple(r.choice(nodes) for _ in range(r.randint(0, 5)))
            return r.choice(
                (
                    r.choice(nodes), some, {x: r.randint(-4, 6) for x in some}, {None: 0}, written, True,
                    False, r.randint(-4, 6), r.choice([*PRIMITIVES, "fma", "and"]), other, _nonsense(r),
                )
            )  # fmt: skip

        for _ in range(60):
            name = r.choice(methods)
            order = tuple(r.sample(nodes, r.randint(0, len(nodes))))
            if r.random() < 0.4:  # as it should be, nearly
                sweep = (
                    r.random() < 0.5,
                    order,
                    {r.choice(nodes): r.randint(-3, 3)},
                    order,
                    written,
                )
                usual: dict[str, tuple[Any, ...]] = {
                    "emit": (r.choice(("add", "mul", "where", "sin")), *[r.randint(-4, n + 3) for _ in range(r.randint(1, 3))]),
                    "know": (r.choice(nodes), r.randint(-3, n + 2), r.randint(0, 3)),
                    "reference": (r.choice(nodes), written),
                    "sweep": (*sweep, r.random() < 0.5),
                    "program": ([r.randint(-3, n + 3) for _ in range(3)],),
                    "begins_as": (other, r.randint(-5, 10**6)),
                }  # fmt: skip
                given = usual.get(name, (order,))
            else:
                given = tuple(argument() for _ in range(r.randint(0, 6)))
            with contextlib.suppress(*ERRORS, AttributeError, IndexError):
                found = getattr(builder, name)(*given)
                if name == "program":
                    found.check()
                    list(found.code)
                    tape.machine(found)([0.0] * n)
            with contextlib.suppress(*ERRORS):
                compiled.library.builder(*[argument() for _ in range(r.randint(0, 4))])
        _ = builder.code, builder.constants, builder.guards, repr(builder)


# Arguments that are none


class _Buffer:
    """Object that gives its buffer by running Python, which changes what it is of."""

    def __init__(self, of: Any, act: Callable[[], Any]) -> None:
        self.of, self.act = of, act

    def __buffer__(self, flags: int) -> memoryview:
        self.act()
        return memoryview(self.of)


def _uneven(n: int, at: int = 1) -> memoryview:
    """Doubles at an odd address."""
    return memoryview(bytearray(8 * n + 8))[at : 8 * n + at].cast("d")


def _arrays(n: int, rows: int) -> list[Any]:
    """Arrays and what passes for them, most of which do not fit."""
    frozen = np.zeros((rows, n))
    frozen.flags.writeable = False
    own: Any = np.zeros((rows, n))
    packed = np.zeros(rows, np.dtype([("a", "i1"), ("b", "f8", (n,))]))["b"]
    return [
        own, frozen, packed, np.zeros((n, rows)).T, np.zeros((rows, 2 * n))[:, ::2], own[::-1],
        np.zeros((rows, n), ">f8"), np.zeros((rows, n), "f4"), np.zeros((rows, n), "i8"),
        np.zeros((rows, n), object), np.zeros((rows, n), "c16"), np.zeros((rows, n, 1)), np.zeros(()),
        np.broadcast_to(1.0, (rows, n)), np.zeros(n), np.zeros((rows, 0)), np.zeros((0, n)),
        _uneven(max(rows, 1) * n).cast("B").cast("d", (max(rows, 1), n)), _uneven(n), array.array("d", [0.0] * n),
        array.array("f", [0.0] * n), bytearray(8 * n), bytes(8 * n), memoryview(own), None, 3.0, "text",
        [0.0] * n, (0.0,) * n, [_Float(1.0)] * n, _Float(1.0), [_Raises()] * n, [[0.0] * n] * rows, {},
        _Buffer(np.zeros((rows, n)), gc.collect), np.ma.zeros((rows, n)), np.zeros((rows, n), "m8[s]"),
    ]  # fmt: skip


def arguments(times: int) -> None:
    """Hands what does not fit to programs, for one row and for many."""
    if compiled.library is None:
        return
    machines = [tape] if llvm.lacks() else [tape, llvm]
    for seed in range(2 * times):
        r = random.Random(seed)
        program = random_program(seed, 3, 20, guards=seed % 2)
        m = len(program.outputs)
        for machine in machines:
            run: Any = machine.machine(program)
            for x in _arrays(3, 1) + _arrays(3, 4):
                for inputs in (x, [x, x, x], [_Float(1.0), x, 2.0]):
                    if isinstance(inputs, list):
                        for each in inputs:
                            if isinstance(each, _Float):
                                each.inside = inputs
                    with contextlib.suppress(*ERRORS):
                        run(inputs)
                    with contextlib.suppress(*ERRORS):
                        run.pieces(tuple(r.choices((-2, -1, 0, 1, m, "x"), k=3)), inputs)
            for y in _arrays(m, 1):
                with contextlib.suppress(*ERRORS):
                    run.into(y, [1.0, 2.0, 3.0])
            flags = [r.random() < 0.3 for _ in range(3)], [r.random() < 0.3 for _ in range(m)]
            run = machine.rows(program, *flags)
            for count in (0, 1, 4, 9, -1, 2**62, 2**63 - 1, 2**63):
                few = count if 0 <= count < 10 else 4
                for _ in range(40):
                    inputs = tuple(r.choice(_arrays(k, few)) for k in (1, 2, 3)[: r.randint(1, 3)])
                    outputs = tuple(r.choice(_arrays(k, few)) for k in (m, 1)[: r.randint(1, 2)])
                    left = r.choice(
                        (
                            np.zeros(few, np.int64),
                            *_arrays(1, few),
                            _uneven(few).cast("B").cast("q"),
                        )
                    )
                    with contextlib.suppress(*ERRORS):
                        run(count, inputs, outputs, left)


# Machine code and its memory


def _guarded(n: int) -> tuple[Any, Any]:
    """Doubles that end where a page begins that nobody may read, and what keeps them."""
    size, page = max(8 * n, 8), mmap.PAGESIZE
    whole = -(-size // page) * page
    memory = mmap.mmap(-1, whole + page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    libc = ctypes.CDLL(None)
    assert libc.mprotect(ctypes.c_void_p(start + whole), ctypes.c_size_t(page), 0) == 0
    x = np.frombuffer(memory, np.float64, n, whole - 8 * n)
    return x, memory


def memory(times: int) -> None:
    """Runs machine code on inputs, outputs and arenas that end where no memory is."""
    if llvm.lacks() or sys.platform != "linux":
        return
    for seed in range(4 * times):
        size = (5, 50, 1200, 2500)[seed % 4]
        program = random_program(seed, 5, size, guards=seed % 3)
        x, y = random_inputs(seed, 5), len(program.outputs)
        source = row_source(program)
        address, kept = llvm._compiler().compiled(source, "row", lambda: None, None)
        parts = [_guarded(n) for n in (5, y, source.arena)]
        parts[0][0][:] = x
        code = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 3)(address)
        failed = code(*[part.ctypes.data for part, _ in parts])
        if is_decided(program, x):
            assert same((parts[1][0].tolist(), failed), program.evaluate(x)), seed
        for layout in (Layout(8, False), Layout(16, True), Layout(32, False)):
            _rows_in_guarded_memory(program, seed, layout)
        del kept


def _rows_in_guarded_memory(program: Program, seed: int, layout: Layout) -> None:
    y, width = len(program.outputs), layout.width
    shared, summed = {0} if seed % 2 else set(), {y - 1} if seed % 4 > 1 else set()
    source = rows_source(program, shared, summed, (), layout)
    address, kept = llvm._compiler().compiled(source, "rows", lambda: None, None)
    inputs = [_guarded(1 if i in shared else 2 * width) for i in range(5)]
    outputs = [_guarded(8 if j in summed else 2 * width) for j in range(y)]
    arena, left = _guarded(source.arena * width), _guarded(2 * width)
    left[0].view(np.int64)[:] = -1
    tables = [
        (ctypes.c_void_p * max(len(part), 1))(*[x.ctypes.data for x, _ in part])
        for part in (inputs, outputs)
    ]
    kinds = [ctypes.c_void_p] * 4
    code = ctypes.CFUNCTYPE(None, *kinds, ctypes.c_int64)(address)
    code(*tables, left[0].ctypes.data, arena[0].ctypes.data, 2 * width - 3)
    del kept


# Compiled functions


def shared_arrays(times: int) -> None:
    """Threads call one compiled function, while others change and resize what it is called with."""

    @ag.compile
    def f(v: Any, w: Any) -> Any:
        return sum(v) * w[0] if v[0] > w[1] else [v[0] - w[1]]

    stop = threading.Event()
    v, w = [1.0] * 50, np.ones(20)
    wrong: list[Any] = []

    def call() -> None:
        for _ in range(200 * times):
            try:
                found = f(v, w)
            except (TypeError, ValueError, RuntimeError, IndexError):
                continue
            if not isinstance(found, (float, list)):
                wrong.append(found)

    def change(k: int) -> None:
        r = random.Random(k)
        while not stop.is_set():
            v[:] = [r.choice((1.0, -1.0)) for _ in range(r.choice((50, 50, 3, 1)))]
            w[:] = r.random()
            if r.random() < 0.1:
                v[r.randrange(len(v))] = r.choice((1, "x", None, _Float(1.0)))

    callers = [threading.Thread(target=call) for _ in range(3)]
    changers = [threading.Thread(target=change, args=(k,)) for k in range(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for each in (*changers, *callers):
            each.start()
        for each in callers:
            each.join()
        stop.set()
        for each in changers:
            each.join()
    assert not wrong
    assert f([2.0, 3.0], np.array([4.0, 1.0])) == 20.0


class _Interrupt(BaseException):
    pass


def interrupted(times: int) -> None:
    """Interrupts first calls at any moment: afterwards they give what they should."""

    def f(v: Any) -> Any:
        return sum([ag.sin(x) * x for x in v]) if v[0] > 0.5 else ag.exp(v[1])

    def interrupt(*_: Any) -> None:
        raise _Interrupt

    slopes, points = ag.value_and_grad(f), ([1.0, 2.0, 3.0], [0.0, 1.0, 2.0])
    expected = [repr(slopes(point)) for point in points]
    before = signal.signal(signal.SIGALRM, interrupt)
    r, count = random.Random(0), 0
    try:
        while count < 40 * times:
            g = ag.compile(slopes)
            try:
                # again and again: one that comes in a finalizer is ignored
                signal.setitimer(signal.ITIMER_REAL, r.uniform(5e-5, 4e-3), 0.02)
                while True:
                    g.clear()
                    for point in points:
                        g(point)
            except _Interrupt:
                signal.setitimer(signal.ITIMER_REAL, 0.0)
                count += 1
            assert [repr(g(point)) for point in points] == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert not watching.watchers


ATTACKS: dict[str, tuple[Callable[[int], None], int, int]] = {
    "compiled programs": (programs, 10, 1000),
    "builders of programs": (builders, 1, 100),
    "interrupted first calls": (interrupted, 1, 100),
    "arguments of programs": (arguments, 1, 50),
    "memory of machine code": (memory, 1, 50),
    "arrays of threads": (shared_arrays, 1, 50),
}
