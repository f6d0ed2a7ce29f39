"""Attacks on the engines: whatever is done to them, they give an error or the right number.

A wrong step in C ends the process, so these run in processes of their own: test_attack.py gives
each a moment, `make attack` gives them longer. `python -m tests.attacks [name] [times]`.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import gc
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd as ag
import nn
from autograd import Tensor, Value
from tests.compiling import attacks as of_programs

# Nonsense in the place of every attribute


class _Equals:
    """Object that claims to be equal to all, and answers no question."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        raise RuntimeError("not hashable")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


DELETED = object()
NONSENSE = (
    DELETED, None, 7, -1.5, "text", (), (None,), (3, 4), [], {}, object(), _Equals(), id, Tensor,
    np.zeros(0), np.array("text"), np.array([None, 1], object), np.zeros((2, 3), np.int8), 1j,
)  # fmt: skip


def _values() -> Any:
    x = Value(2.0)
    return x * x * 3.0 + ag.sin(x), [x]


def _tensors() -> Any:
    x, W = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[1.0, -1.0], [0.5, 2.0]])
    y = ag.softmax_cross_entropy_sum(ag.linear(x, W, activation="relu"), np.array([0, 1]))
    return y + (x @ W).sum() + (x[[0, 0]] * W / 3.0).sum(), [x, W]


def _subjects() -> Iterator[tuple[str, Callable[[], tuple[Any, Any, list[Any]]]]]:
    """Ways to make something to attack: it, the root of its graph or None, and the leaves."""
    for make in (_values, _tensors):
        y, _ = make()
        graph = _below(y)
        for i in range(len(graph)):

            def node(make: Any = make, i: int = i) -> tuple[Any, Any, list[Any]]:
                y, leaves = make()
                return _below(y)[i], y, leaves

            yield f"node {i} of {make.__name__}, {graph[i].op or 'leaf'}", node
    others: list[Callable[[], Any]] = [
        lambda: ag.draw(Tensor([1.0]) * 2.0),
        lambda: ag.draw(Value(1.0) * 2.0),
        lambda: nn.Linear(2, 2, rng=0),
        lambda: nn.MLP(2, [2, 1], rng=0),
        lambda: nn.Sequential(nn.Linear(2, 2, rng=0), nn.BatchNorm(2)),
        lambda: nn.Adam(nn.Linear(2, 2, rng=0).parameters(), 0.1),
        lambda: ag.gradcheck(lambda x: x * x, 1.0),
        lambda: nn.History(),
        lambda: ag.scope("a"),
        lambda: ag.custom_vjp(lambda g, z, x: g)(lambda x: x)(Tensor([1.0])).row,
    ]
    for made in others:
        yield f"{type(made()).__name__}", lambda made=made: (made(), None, [])


def _below(y: Any) -> list[Any]:
    found: list[Any] = [y]
    for node in found:
        found += [x for x in node.parents if not any(x is known for known in found)]
    return found


def _uses() -> list[Callable[[Any], Any]]:
    """All that can be done to an object; errors are answers."""
    return [
        repr, str, copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)), hash, bool,
        lambda x: x.backward(), lambda x: x.backward(release=True),
        lambda x: x.zero_grad(), lambda x: x.grad, lambda x: x.data, lambda x: x.detach(),
        lambda x: x.writable(), lambda x: x * x, lambda x: x + 1.0, lambda x: x @ x,
        lambda x: x[0], lambda x: x.sum(), lambda x: x.parameters(), lambda x: x.step(),
        lambda x: x(np.ones((1, 2))), lambda x: x._repr_svg_(), lambda x: x.html,
        lambda x: ag.linear(x, x, x), lambda x: ag.softmax_cross_entropy_sum(x, np.array([0, 1])),
        lambda x: ag.sigmoid_cross_entropy_sum(x, x.data), ag.exp, ag.sum, ag.stack,
        lambda x: x.__init__(), lambda x: ag.gradients(x, _below(x), create_graph=True),
    ]  # fmt: skip


def attributes(times: int) -> None:
    """Sets every attribute of every object to nonsense, deletes it, and uses what is left."""
    turn = 0
    for about, make in _subjects():
        x, y, leaves = make()
        wanted = None if y is None else _gradients(y, leaves)
        for name in [*dict.fromkeys([*dir(x), *getattr(x, "__dict__", ())])]:
            is_method = callable(getattr(type(x), name, None)) and not hasattr(x, "__dict__")
            chosen = [NONSENSE[(turn := turn + 1) % len(NONSENSE)] for _ in range(times)]
            for new in [None] if is_method else [DELETED, None, *chosen]:
                x, y, leaves = make()
                try:
                    delattr(x, name) if new is DELETED else setattr(x, name, new)
                except Exception:
                    if y is not None and not is_method:
                        assert _gradients(y, leaves) == wanted, (about, name, new)
                    continue
                if y is not None and not name.startswith("_"):
                    assert name in ("data", "grad", "name"), f"{about}: {name} became {new!r}"
                for use in _uses():
                    with contextlib.suppress(Exception):
                        use(x)
                if y is not None:
                    x, y, leaves = make()
                    delattr(x, name) if new is DELETED else setattr(x, name, new)
                    with contextlib.suppress(Exception):
                        y.backward(release=bool(turn % 2))


def _gradients(y: Any, leaves: list[Any]) -> list[Any]:
    y.backward()
    return [np.asarray(x.grad).tolist() for x in leaves]


# Arguments that change


def _choices() -> Iterator[tuple[str, Callable[[Any, Any], Any], Any]]:
    """Functions of a matrix and of something that chooses or shapes, and may be changed later."""
    W = Tensor(np.linspace(-1.0, 1.0, 16).reshape(4, 4))
    labels = np.array([0, 1, 2, 3])
    yield "labels", lambda x, c: ag.softmax_cross_entropy_sum(x, c), labels
    yield "labels in bytes", lambda x, c: ag.softmax_cross_entropy_sum(x, c), labels.astype("u1")
    yield "many labels", lambda x, c: ag.softmax_cross_entropy_sum(x[c], c % 4), np.arange(999) % 4
    yield "cross_entropy", lambda x, c: nn.cross_entropy(x, c), labels
    yield "weighted", lambda x, c: nn.cross_entropy(x, c, weight=np.arange(4) + 1.0), labels
    yield "nll", lambda x, c: nn.nll(ag.log_softmax(x), c), labels
    yield "bce", lambda x, c: nn.bce(ag.sigmoid(x[0]), c), np.array([0, 1, 1, 0])
    yield "indices", lambda x, c: (x[c] * W[c]).sum(), np.array([0, 0, 2])
    yield "pairs of indices", lambda x, c: (x[c, c] ** 2).sum(), np.array([0, 0, 2])
    yield "a list", lambda x, c: (x[c] ** 2).sum(), [0, 0, 2]
    yield "a list in a tuple", lambda x, c: (x[..., c] ** 2).sum(), [0, 0, 2]
    yield "a mask", lambda x, c: (x[c] ** 2).sum(), np.eye(4, dtype=bool)
    yield "a mask of rows", lambda x, c: (x[c] ** 2).sum(), np.array([True, False, True, False])
    yield "where", lambda x, c: ag.where(c, x * x, x).sum(), np.eye(4, dtype=bool)
    yield "np.where", lambda x, c: np.where(c, x * x, x).sum(), np.eye(4, dtype=bool)
    yield "take", lambda x, c: (np.take(x, c) ** 2).sum(), np.array([0, 5, 5])
    yield "take along", lambda x, c: (x.take(c, 1) ** 2).sum(), np.array([0, 3, 3])
    yield "embedding", lambda x, c: (ag.embedding(x, c) ** 2).sum(), np.array([[0, 3], [3, 3]])
    yield "repeat", lambda x, c: (np.repeat(x, c, 0) ** 2).sum(), np.array([0, 1, 3, 0])
    yield "integers", lambda x, c: (x * c).sum() + (c / x).sum() + (x**c).sum(), np.arange(4) + 1
    yield "booleans", lambda x, c: (x * c).sum(), np.array([True, False, True, False])
    yield "integers of a matrix", lambda x, c: (x @ c).sum(), np.arange(16).reshape(4, 4)
    yield "an index of itself", lambda x, c: (x[(c, slice(None))] ** 2).sum(), np.array([3, 3])
    yield "written", _written, np.array([0, 2, 2])
    yield (
        "custom",
        ag.custom_vjp(lambda g, z, x, c: (g * c, None))(lambda x, c: x * c),
        np.eye(4, dtype=int),
    )


def _written(x: Any, c: Any) -> Any:
    y = x * 1.0
    y[c] = x[c] ** 2
    return (y * y).sum()


def arguments(times: int) -> None:
    """Changes what chose and shaped between the passes: gradients stay those of the value."""
    for name, f, choice in _choices():
        for new in (0, 1, -1, 3 * 10**7, -(2**62)):
            for graph in (False, True):
                found = []
                for changed in (False, True):
                    x, c = Tensor(np.linspace(0.5, 2.0, 16).reshape(4, 4)), copy.deepcopy(choice)
                    try:
                        y = f(x, c)
                    except (TypeError, ValueError) as error:
                        raise AssertionError(name) from error
                    if changed and isinstance(c, list):
                        c[:] = [new] * len(c)
                    elif changed:
                        c[...] = np.array(new).astype(c.dtype)
                    y = y.sum()
                    if graph:
                        found.append(ag.gradients(y, x, create_graph=True).data)
                    else:
                        y.backward()
                        found.append(x.grad)
                np.testing.assert_array_equal(*found, f"{name}, with {new} afterwards")


def hooks(times: int) -> None:
    """Gives Tensors new data while NumPy computes with the old, from what NumPy calls."""
    n = 3000

    def replace(*_: Any, **__: Any) -> None:
        for t in (a, b):
            with contextlib.suppress(Exception):
                t.data = np.full(t.shape, 5.0)
                t.writable()[...] = 5.0
        gc.collect()

    formulas: list[Callable[[Any, Any], Any]] = [
        lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a + b, lambda a, b: 1e300 * (a * b),
        lambda a, b: ag.exp(a * 1e4), lambda a, b: (a * b).sum(), lambda a, b: ag.log(a - a),
        lambda a, b: ag.linear(a.reshape(-1, 30), b.reshape(-1, 30)),
    ]  # fmt: skip
    for f in formulas:
        for start in (0.0, 1e200):
            a, b = Tensor(np.full(n, start)), Tensor(np.full(n, start))
            with np.errstate(all="call", call=replace):
                y = f(a, b).sum()
                y.backward()
            a, b = Tensor(np.full(n, start)), Tensor(np.full(n, start))
            with warnings.catch_warnings(), np.errstate(all="warn"):
                warnings.simplefilter("always")
                warnings.showwarning = replace
                y = f(a, b).sum()
                y.backward()


def pullbacks(times: int) -> None:
    """Changes the graph, and the shares, from inside of a backward pass."""

    def attack(act: Callable[[Any], Any]) -> None:
        nodes: list[Any] = []

        @ag.custom_vjp(lambda g, z, x: act(nodes) or g)
        def same(x: Any) -> Any:
            return x * 1.0

        x = Tensor(np.ones(3))
        middle = x * 2.0
        y = (same(middle * 3.0) * middle).sum()
        nodes += [*_below(y)]
        with contextlib.suppress(Exception):
            y.backward()
            if x.has_grad and np.all(np.isfinite(x.grad)):
                assert x.grad.shape == (3,)

    slots = ("_data", "_row", "_operands", "_parents", "_inputs", "_pull", "_grad")
    for i in range(8):
        for slot in slots:
            for new in NONSENSE:
                attack(
                    lambda nodes, i=i, slot=slot, new=new: setattr(nodes[i % len(nodes)], slot, new)
                )
            attack(lambda nodes, i=i, slot=slot: delattr(nodes[i % len(nodes)], slot))
        attack(
            lambda nodes, i=i: nodes[i % len(nodes)].backward(
                np.ones(nodes[i % len(nodes)].shape), True
            )
        )
        attack(lambda nodes, i=i: nodes[i % len(nodes)].__init__(np.ones(5)))
        attack(lambda nodes: [nodes.clear(), gc.collect()].clear())


# Threads and interrupts


def threads(times: int) -> None:
    """Eight threads over shared leaves, while others give them new data of the same numbers."""
    w = Tensor(np.linspace(-1.0, 1.0, 40_000).reshape(200, 200))
    original, stop, wrong = w.data.copy(), threading.Event(), []
    (w * w).sum().backward()
    wanted = w.grad.copy()
    w.zero_grad()

    def compute() -> None:
        for _ in range(times):
            y = (w * w).sum()
            (g,) = ag.gradients(y, [w])
            if not np.array_equal(g.data if isinstance(g, Tensor) else g, wanted):
                wrong.append(1)

    def write() -> None:
        while not stop.is_set():
            w.data = original.copy()
            w.zero_grad()
            np.asarray(w.grad)

    workers = [threading.Thread(target=compute) for _ in range(8)]
    writers = [threading.Thread(target=write) for _ in range(2)]
    for each in (*writers, *workers):
        each.start()
    for each in workers:
        each.join()
    stop.set()
    for each in writers:
        each.join()
    assert not wrong


class _Interrupt(BaseException):
    pass


def interrupts(times: int) -> None:
    """Interrupts passes at any moment: afterwards everything is as it should be."""
    y, leaves = _tensors()
    wanted = _gradients(y, leaves)
    count = 0

    def interrupt(*_: Any) -> None:
        raise _Interrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    rng = np.random.default_rng(0)
    try:
        while count < times:
            try:
                signal.setitimer(signal.ITIMER_REAL, float(rng.uniform(2e-5, 2e-3)))
                while True:
                    y, leaves = _tensors()
                    y.backward(release=bool(count % 2))
                    ag.gradients(_tensors()[0], [], create_graph=True)
            except _Interrupt:
                count += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    y, leaves = _tensors()
    assert y.row is not None, "it records"
    assert _gradients(y, leaves) == wanted


def asynchronous(times: int) -> None:
    """Interrupts a thread from another, which Python does between any two of its instructions."""
    y, leaves = _tensors()
    wanted = _gradients(y, leaves)
    done = threading.Event()
    state = {"count": 0}

    def work() -> None:
        while state["count"] < times:
            try:
                while True:
                    _tensors()[0].backward()
            except _Interrupt:
                state["count"] += 1
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        assert thread.ident is not None
        if state["count"] < times:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident), ctypes.py_object(_Interrupt)
            )
        done.wait(0.0005)
    assert _gradients(*_tensors()) == wanted


ATTACKS: dict[str, tuple[Callable[[int], None], int, int]] = {
    "attributes": (attributes, 1, 20),
    "arguments": (arguments, 1, 1),
    "hooks": (hooks, 1, 1),
    "pullbacks": (pullbacks, 1, 1),
    "threads": (threads, 20, 2000),
    "interrupts": (interrupts, 300, 20_000),
    "asynchronous": (asynchronous, 100, 20_000),
    **of_programs.ATTACKS,
}
"""Each with how many times it is tried in the tests, and in `make attack`."""


def main(names: list[str]) -> None:
    """Run the attacks of these names, or all of them, for long."""
    short = "--short" in names
    chosen = [name for name in names if name in ATTACKS] or [*ATTACKS]
    for name in chosen:
        attack, few, many = ATTACKS[name]
        attack(few if short else many)
        print(f"{name}: withstood", flush=True)


if __name__ == "__main__":
    import faulthandler

    faulthandler.enable()
    main(sys.argv[1:])
