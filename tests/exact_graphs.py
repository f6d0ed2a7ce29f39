"""Graphs of single numbers, exact beside the floats that they stand for, and their gradients.

How far a gradient may be off is found from the run itself (a running error analysis, Wilkinson
1986). Choices are those that the floats took, and each number's float stands beside its exact value,
so that the error of each partial is not estimated but seen: d = |float - exact|. A share g * p of an
adjoint g with error e is then wrong by at most |g| d + |p| e, and by a few units of rounding for the
product, the partial's own last digits and the sum that it goes into. Added up down to the leaves
these bound the error to first order; a factor of 100 stands for the second order, for operations
that round more than once, and for sums in another order. What was not chosen has no share at all,
whatever its partials; what was is multiplied as IEEE 754 does, so that a gradient that is not finite
must be so in floats too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arithmetic.floats import Ieee, floats
from autograd.checking.reals import REALS, real
from autograd.rules.elementary import TABLE, Elementary

LARGE = 1e8
"""Graphs in which a partial or an adjoint is larger, but finite, are not judged."""


class Pair:
    """An exact number and the float that stands for it, which decides where there is a choice."""

    __slots__ = ("exact", "f")

    def __init__(self, exact: Any, f: Any) -> None:
        self.exact, self.f = exact, f

    def __neg__(self) -> Pair:
        return Pair(-self.exact, -self.f)

    def __abs__(self) -> Pair:
        return Pair(abs(self.exact), abs(self.f))

    def __bool__(self) -> bool:
        return bool(self.f)


def _pair(x: Any) -> Pair:
    return x if isinstance(x, Pair) else Pair(real(x), Ieee(x))


def _sign(name: str) -> Any:
    def of(self: Pair, other: Any) -> Pair:
        other = _pair(other)
        exact, f = getattr(self.exact, name), getattr(self.f, name)
        return Pair(exact(other.exact), Ieee(f(other.f)))

    return of


def _comparison(name: str) -> Any:
    return lambda self, other: getattr(float(self.f), name)(float(_pair(other).f))


for _name in "add radd sub rsub mul rmul truediv rtruediv".split():
    setattr(Pair, f"__{_name}__", _sign(f"__{_name}__"))
for _name in "lt le gt ge".split():
    setattr(Pair, f"__{_name}__", _comparison(f"__{_name}__"))


class _Pairs:
    """The arithmetic of them, for the rows."""

    @staticmethod
    def where(condition: Any, x: Any, y: Any) -> Any:
        return x if condition else y

    def __getattr__(self, name: str) -> Any:
        if name in REAL_NAMES:
            exact, rounded = getattr(REALS, name), getattr(floats, name)

            def of(*xs: Any) -> Pair:
                pairs = [_pair(x) for x in xs]
                f = rounded(*(x.f for x in pairs))
                return Pair(exact(*(x.exact for x in pairs)), Ieee(f))

            setattr(self, name, of)
            return of
        value = TABLE[name].value
        return lambda *xs: value(self, *xs)


REAL_NAMES = frozenset(
    "exp expm1 exp2 log log1p log2 log10 pow fmod copysign sin cos tan sinh cosh tanh cbrt sqrt"
    " asin acos atan atan2 asinh acosh atanh erf erfc floor ceil trunc rint abs hypot".split()
)
PAIRS = _Pairs()
FLAT = frozenset("relu clip maximum minimum sign step floor ceil trunc round".split())
"""Rows with sides where the result does not depend on an operand, which then has no share."""


class Ref:
    """A number of the reference: its pair, and the operands with their partials."""

    __slots__ = ("adjoint", "edges", "error", "pair")

    def __init__(self, pair: Pair, edges: Any = ()) -> None:
        self.pair, self.edges = pair, edges

    def __add__(self, other: Any) -> Ref:
        return refer(TABLE["add"], self, other)

    def __radd__(self, other: Any) -> Ref:
        return refer(TABLE["add"], other, self)

    def __mul__(self, other: Any) -> Ref:
        return refer(TABLE["mul"], self, other)

    def __rmul__(self, other: Any) -> Ref:
        return refer(TABLE["mul"], other, self)

    def __truediv__(self, other: Any) -> Ref:
        return refer(TABLE["div"], self, other)


def refer(row: Elementary, *operands: Any) -> Ref:
    """A row of numbers of the reference and constants."""
    operands = (*operands, *row.defaults)[: len(row.operands)]
    xs = [x.pair if isinstance(x, Ref) else _pair(float(x)) for x in operands]
    z = _pair(row.value(PAIRS, *xs))
    partials = row.partials(PAIRS, *xs, z)
    kink = row.name in FLAT and row.kinks is not None and not float(_pair(row.kinks(PAIRS, *xs)).f)
    edges = []
    for x, p in zip(operands, map(_pair, partials)):
        is_flat = row.name in FLAT and not kink and float(p.f) == 0.0
        if isinstance(x, Ref) and not is_flat:
            edges.append((x, p))
    return Ref(z, edges)


def elementwise(row: Elementary, *arrays: Any) -> Any:
    return boxed(np.frompyfunc(lambda *xs: refer(row, *xs), len(arrays), 1)(*arrays))


def boxed(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return x
    box = np.empty((), object)
    box[()] = x
    return box


def swept(root: Ref, unit: float) -> tuple[list[Ref], bool]:
    """Set the adjoints, None where nothing arrives, and their errors; False if it got too large."""
    order: list[Ref] = []
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            node.adjoint, node.error = None, 0.0
            stack.append((node, True))
            stack += [(x, False) for x, _ in node.edges]
    root.adjoint = real(1.0)
    tame = True
    for node in reversed(order):
        g, e = node.adjoint, node.error
        if g is None:
            continue
        size = abs(float(g))
        tame &= not LARGE < size < np.inf
        for x, p in node.edges:
            share = g * p.exact
            slope, exact = float(p.f), float(p.exact)
            tame &= not (LARGE < abs(slope) < np.inf) and np.isfinite(slope) == np.isfinite(exact)
            off = abs(slope - exact) if np.isfinite(slope) else 0.0
            error = size * off + abs(exact) * e if np.isfinite(exact) else 0.0
            x.error += error + 4 * unit * (abs(float(share)) + size * min(abs(exact), 1.0))
            x.adjoint = share if x.adjoint is None else x.adjoint + share
    return order, tame
