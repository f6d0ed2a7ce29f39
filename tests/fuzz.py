"""Random programs of Values and Tensors: C beside the twin, and gradients beside exact ones.

    python -m tests.fuzz                   100,000 programs
    python -m tests.fuzz --seed 17         one of them, with what it does and what is wrong

A seed is a program: leaves of mixed shapes and dtypes, and steps that index, copy, write, choose,
branch, scan, reduce, broadcast and use results again. It runs in C, in a process of the Python
twin, and element by element as a graph of single numbers that a naive sweep differentiates with the
rows' own partials, in 113 bits. Results of both engines have the same bits, and so have gradients, but
for the sign of a 0: what a choice left out is 0 in a sweep with masks, and 0 times a slope without.

The bound on the error of a gradient is derived in `exact_graphs`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor, Value
from autograd.arithmetic.floats import Ieee
from autograd.checking.reals import real
from autograd.rules.elementary import TABLE
from tests.exact_graphs import Pair, Ref, boxed, elementwise, swept

FACTOR = 100.0
"""A gradient may be off by so many times its bound."""


# Programs


class Program:
    """The program of a seed, run with the engine and, where wanted, with the reference."""

    def __init__(self, seed: int, with_reference: bool, told: bool = False) -> None:
        self.draw, self.told = random.Random(seed), told
        self.reference, self.tame, self.strict = with_reference, True, True
        self.leaves: list[tuple[Any, Any]] = []
        self.pool: list[tuple[Any, Any]] = []
        self.digest = hashlib.sha1(usedforsecurity=False)
        single = self.draw.random() < 0.15
        self.dtype = np.float32 if single else np.float64
        for _ in range(self.draw.randint(1, 3)):
            self.leaf()
        for _ in range(self.draw.randint(2, 9)):
            self.step()

    def say(self, *words: Any) -> None:
        if self.told:
            print(*words)

    def number(self) -> float:
        d = self.draw
        return d.choice(
            [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, *(round(d.gauss(0, 1), 2) for _ in "1234")]
        )

    def shape(self) -> tuple[int, ...]:
        return self.draw.choice([(), (1,), (2,), (3,), (2, 3), (1, 3), (2, 1), (0,), (3,), (2, 2)])

    def leaf(self) -> None:
        if self.draw.random() < 0.3:
            x: Any = Value(self.number())
        else:
            shape = self.shape()
            numbers = [self.number() for _ in range(int(np.prod(shape)))]
            x = Tensor(np.array(numbers, self.dtype).reshape(shape))
        self.say("leaf", repr(x))
        ref = self.fresh(x)
        self.leaves.append((x, ref))
        self.pool.append((x, ref))

    def fresh(self, x: Any) -> Any:
        """Numbers of the reference for a leaf."""
        if not self.reference:
            return None
        make = np.frompyfunc(lambda f: Ref(Pair(real(float(f)), Ieee(f))), 1, 1)
        return boxed(make(x.data))

    def chosen(self, what: Callable[[Any], bool] = lambda x: True) -> tuple[Any, Any] | None:
        several = [pair for pair in self.pool[-6:] if what(pair[0])]
        return self.draw.choice(several) if several else None

    def keep(self, x: Any, ref: Any, *words: Any) -> None:
        """Put a result into the pool, where it is finite and not too large."""
        data = np.asarray(x.data)
        self.say(*words, "->", repr(x))
        self.digest.update(repr(data.shape).encode() + one_nan(data).tobytes())
        if self.reference:
            ref = boxed(ref)
            assert ref.shape == data.shape, (ref.shape, data.shape)
            for number, f in zip(ref.flat, data.flat):
                number.pair.f = Ieee(f)
        if data.size <= 12 and np.all(np.isfinite(data)) and np.all(np.abs(data) < 1e3):
            self.pool.append((x, ref))

    def step(self) -> None:
        way = self.draw.choice(STEPS)
        try:
            way(self)
        except (ValueError, IndexError) as error:  # of shapes, which both engines refuse alike
            self.say(way.__name__, "refused:", error)
            self.digest.update(type(error).__name__.encode())

    def finish(self) -> tuple[list[str], str]:
        """What is wrong, and a digest of all results and gradients."""
        rng = np.random.default_rng(self.draw.randrange(2**32))
        total: Any = Value(0.0)
        ref: Any = Ref(Pair(real(0.0), Ieee(0.0)))
        for x, numbers in self.pool[-3:]:
            weights = rng.choice([1.0, -1.0, 0.5, 2.0], np.shape(x.data))
            total = total + (x * float(weights) if isinstance(x, Value) else np.sum(x * weights))
            if self.reference:
                for number, w in zip(numbers.flat, weights.flat):
                    ref = ref + number * w
        inputs = [x for x, _ in self.leaves]
        as_graph = [np.asarray(g.data) for g in ag.gradients(total, inputs, create_graph=True)]
        total.backward()
        found = [np.array(x.grad) for x in inputs]
        for x in inputs:
            x.data = x.data * 0.5 + 0.25  # graphs keep what they were computed from
        total.backward()
        again = [np.array(x.grad) for x in inputs]
        for g in (*as_graph, *found, *again):
            self.digest.update(one_nan(g + 0.0).tobytes())  # which makes a 0 of -0
        wrong = []
        for g, twice in zip(found, again):
            if not np.array_equal(g + g, twice, equal_nan=True):
                wrong.append(f"a second pass added {twice - g} to {g}")
        if self.reference:
            unit = float(np.finfo(self.dtype).eps)
            _, tame = swept(ref, unit)
            if tame:
                for word, grads in (("backward", found), ("as a graph", as_graph)):
                    wrong += [f"{word}: {told}" for told in self.compared(grads, unit)]
        return wrong, self.digest.hexdigest()

    def compared(self, grads: list[Any], unit: float) -> Iterator[str]:
        for k, ((_, numbers), g) in enumerate(zip(self.leaves, grads)):
            for i, number in np.ndenumerate(numbers):
                adjoint = getattr(number, "adjoint", None)
                exact = 0.0 if adjoint is None else float(adjoint)
                bound = 0.0 if adjoint is None else FACTOR * number.error
                off = abs(float(g[i]) - exact)
                same = off <= bound + 1e-300 if np.isfinite(exact) else not np.isfinite(g[i])
                if not same and (self.strict or np.isfinite(g[i])):
                    yield f"leaf {k}{list(i)} has {g[i]}, right {exact} +- {bound:.1e}"


def one_nan(x: Any) -> Any:
    """The numbers, with one nan for all: IEEE leaves its sign open."""
    return np.where(np.isnan(x), np.array(np.nan, x.dtype), x)


# Steps


def is_tensor(x: Any) -> bool:
    return isinstance(x, Tensor)


UNARY = (
    "neg square sqrt exp log tanh sin cos abs relu sigmoid softplus atan sign floor reciprocal"
    " log1p expm1 cbrt elu silu logsigmoid"
).split()
BINARY = "add sub mul div maximum minimum hypot atan2 pow mul add logaddexp".split()


def unary(p: Program) -> None:
    name = p.draw.choice(UNARY)
    x, ref = p.chosen() or p.pool[0]
    p.keep(getattr(ag, name)(x), p.reference and elementwise(TABLE[name], ref), name, p_of(x))


def p_of(x: Any) -> str:
    return f"{type(x).__name__}{np.shape(x.data)}"


def binary(p: Program) -> None:
    name = p.draw.choice(BINARY)
    (x, a), (y, b) = p.chosen() or p.pool[0], p.chosen() or p.pool[0]
    if p.draw.random() < 0.3:
        c = p.number()
        y, b = c, np.asarray(c, getattr(x, "dtype", None)).astype(np.float64)
    if name == "pow":
        y, b = 2.0, np.asarray(2.0)
    row = TABLE[name]
    p.keep(getattr(ag, name)(x, y), p.reference and elementwise(row, a, b), name)


def clipped(p: Program) -> None:
    x, a = p.chosen() or p.pool[0]
    low, high = -p.draw.choice([0.5, 1.0]), p.draw.choice([0.5, 1.0])
    row = TABLE["clip"]
    p.keep(ag.clip(x, low, high), p.reference and elementwise(row, a, low, high), "clip", low, high)


def guarded(p: Program) -> None:
    """A function with a pole or an edge, and something else where it is beyond."""
    x, a = p.chosen() or p.pool[0]
    name = p.draw.choice(["log", "sqrt", "reciprocal"])
    mask = x.data > 0.0
    y = ag.where(mask, getattr(ag, name)(x), 0.5 * x)
    if p.reference:
        inner, other = elementwise(TABLE[name], a), elementwise(TABLE["mul"], a, 0.5)
        a = boxed(np.where(mask, inner, other))
    p.keep(y, a, "guarded", name)


def mixed(p: Program) -> None:
    """Some elements of one and some of another."""
    (x, a), (y, b) = p.chosen() or p.pool[0], p.chosen() or p.pool[0]
    mask = x.data >= y.data
    p.keep(ag.where(mask, x, y), p.reference and boxed(np.where(mask, a, b)), "where")


def branched(p: Program) -> None:
    x, a = p.chosen() or p.pool[0]
    name = "tanh" if np.sum(x.data) > 0.25 else "square"
    p.keep(getattr(ag, name)(x), p.reference and elementwise(TABLE[name], a), "branch:", name)


def reduced(p: Program) -> None:
    x, a = p.chosen(is_tensor) or p.pool[0]
    if not is_tensor(x):
        return
    name = p.draw.choice(["sum", "mean", "prod", "cumsum", "cumprod", "max", "min"])
    axis = p.draw.choice([None, *range(x.ndim)])
    if x.size == 0 and name in ("max", "min", "mean", "prod", "cumprod"):
        return
    y = getattr(np, name)(x, axis=axis)
    if p.reference:
        a = _reduced(name, a, axis)
    p.keep(y, a, name, axis)


def _reduced(name: str, a: Any, axis: Any) -> Any:
    if name in ("max", "min"):
        return _extreme(name, a, axis)
    if not a.size:
        zero = np.frompyfunc(lambda _: Ref(Pair(real(0.0), Ieee(0.0))), 1, 1)
        return boxed(zero(getattr(np, name)(np.zeros(a.shape), axis=axis)))
    if name == "mean":
        return boxed(np.sum(a, axis=axis)) / (a.size if axis is None else a.shape[axis])
    if name in ("cumsum", "cumprod"):
        ufunc = np.add if name == "cumsum" else np.multiply
        return ufunc.accumulate(a.ravel() if axis is None else a, axis or 0)
    return boxed(getattr(np, name)(a, axis=axis))


def _extreme(name: str, a: Any, axis: Any) -> Any:
    rows = a.reshape(1, -1) if axis is None else np.moveaxis(a, axis, -1)
    found = np.empty(rows.shape[:-1], object)
    for i in np.ndindex(found.shape):
        numbers = list(rows[i])
        best = (max if name == "max" else min)(float(x.pair.f) for x in numbers)
        ties = [x for x in numbers if float(x.pair.f) == best]
        share = Pair(real(1.0) / len(ties), Ieee(1.0 / len(ties)))
        found[i] = Ref(Pair(ties[0].pair.exact, Ieee(best)), [(x, share) for x in ties])
    return boxed(found[0]) if axis is None else found


def multiplied(p: Program) -> None:
    (x, a), (y, b) = p.chosen(is_tensor) or p.pool[0], p.chosen(is_tensor) or p.pool[0]
    if not (is_tensor(x) and is_tensor(y) and x.ndim and y.ndim) or x.shape[-1] == 0:
        return
    if x.shape[-1] != y.shape[0]:
        y, b = x.T, p.reference and a.T
    p.strict = False  # its zeros are numbers
    p.keep(x @ y, p.reference and a @ b, "matmul")


MOVES: list[Callable[[Any], Any]] = [
    lambda x: x[0], lambda x: x[-1:], lambda x: x[::-1], lambda x: x[..., None],
    lambda x: x[[0, 0]], lambda x: x[..., -1], lambda x: x.reshape(-1), lambda x: x.T,
    lambda x: np.concatenate([x, x]), lambda x: np.stack([x, x]), lambda x: np.flip(x),
    lambda x: np.roll(x, 1), lambda x: np.repeat(x, 2), lambda x: np.tile(x, 2),
    lambda x: x[1:], lambda x: np.broadcast_to(x, (2, *x.shape)), lambda x: np.squeeze(x),
]  # fmt: skip


def moved(p: Program) -> None:
    x, a = p.chosen(is_tensor) or p.pool[0]
    k = p.draw.randrange(len(MOVES))
    if is_tensor(x):
        p.keep(MOVES[k](x), p.reference and boxed(MOVES[k](a)), "move", k)


def sorted_(p: Program) -> None:
    x, a = p.chosen(lambda x: is_tensor(x) and x.ndim > 0) or p.pool[0]
    if not is_tensor(x) or not x.ndim:
        return
    order = np.argsort(x.data, -1, kind="stable")
    p.keep(np.sort(x, -1), p.reference and np.take_along_axis(a, order, -1), "sort")


def written(p: Program) -> None:
    """A copy, or an intermediate result itself, with something written into it."""
    x, a = p.chosen(lambda x: is_tensor(x) and x.ndim > 0 and x.size > 0) or p.pool[0]
    y, b = p.chosen() or p.pool[0]
    if not is_tensor(x) or not x.size or not x.ndim:
        return
    index = p.draw.choice([0, -1, slice(0, 1), ..., [0, 0], x.data > 0.25, (0, ...)])
    if isinstance(index, np.ndarray) and np.ndim(y.data) > 1:
        return  # which NumPy refuses
    if is_tensor(y) and y.size and p.draw.random() < 0.5:
        place = (0,) * y.ndim
        y, b = y[place], p.reference and boxed(b[place])
    sign = p.draw.choice(["=", "+=", "*=", "x +="])
    t = x.copy() if p.draw.random() < 0.7 or x.op == "" else x * 1.0
    if sign == "x +=":
        t += y
    elif sign == "=":
        t[index] = y
    elif sign == "+=":
        t[index] += y
    else:
        t[index] *= y
    if p.reference:
        a, b = a.copy(), boxed(b)
        name = "mul" if sign == "*=" else "add"
        whole = index if isinstance(index, tuple) or index is ... else (index, ...)
        if sign == "x +=":
            a = elementwise(TABLE["add"], a, b)
        else:
            a[whole] = b if sign == "=" else elementwise(TABLE[name], a[whole], b)
    p.keep(t, a, "write", sign, index)


STEPS: list[Callable[[Program], None]] = [
    unary, unary, binary, binary, binary, clipped, guarded, mixed, branched, reduced, reduced,
    multiplied, moved, moved, moved, sorted_, written, written,
]  # fmt: skip


# Running them


def outcome(seed: int, with_reference: bool, told: bool = False) -> tuple[list[str], str]:
    """What is wrong with the program of a seed, and its digest."""
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        try:
            program = Program(seed, with_reference, told)
            return program.finish()
        except Exception as error:
            if told:
                raise
            return [f"raised {type(error).__name__}: {error}"], type(error).__name__


def failures(start: int, count: int) -> list[str]:
    """What is wrong with the programs of some seeds."""
    command = [sys.executable, "-m", "tests.fuzz", "--digests", "--seed", str(start)]
    switches = {"CHAINRULE_PURE_PYTHON": "1", "CHAINRULE_REQUIRE_C": "0"}
    twin = subprocess.Popen(
        [*command, "--count", str(count)], env=os.environ | switches, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    found, digests = [], []
    for seed in range(start, start + count):
        wrong, digest = outcome(seed, with_reference=True)
        digests.append(digest)
        found += [f"--seed {seed}: {told}" for told in wrong]
    theirs = twin.communicate()[0].split()
    assert len(theirs) == count, f"the twin gave {len(theirs)} digests of {count}"
    both = enumerate(zip(digests, theirs), start)
    return found + [f"--seed {seed}: C and its twin differ" for seed, (a, b) in both if a != b]


def main() -> int:
    """Run the programs of the seeds asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, help="the program to run alone, or the first")
    parser.add_argument("--count", type=int, help="how many, from that seed on")
    parser.add_argument("--digests", action="store_true", help="print digests alone")
    given = parser.parse_args()
    start = given.seed or 0
    if given.digests:
        for seed in range(start, start + given.count):
            print(outcome(seed, with_reference=False)[1])
        return 0
    if given.seed is not None and given.count is None:
        wrong, _ = outcome(start, with_reference=True, told=True)
        wrong += [told for told in failures(start, 1) if "differ" in told]
        print("\n".join(wrong) or "right")
        return bool(wrong)
    count, found = given.count or 100_000, 0
    for first in range(start, start + count, 1000):
        for told in failures(first, min(1000, start + count - first)):
            print(told, flush=True)
            found += 1
    print(f"{count} programs, {found} failures")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
