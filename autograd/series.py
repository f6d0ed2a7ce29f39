"""Taylor series through a graph of Values: each operation's coefficients from its own derivative.

If z = f(x) then z' = f'(x) x', and coefficient k of the left side needs only those below k of the
right side (Moore, "Interval Analysis", 1966, chapter 11). f' is the row's, evaluated on series; so
no operation has a recurrence of its own but + - * /.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from autograd.arithmetic.base import COMPARISONS, Arithmetic, Operators
from autograd.arithmetic.floats import Ieee
from autograd.derivatives import NODES, graph_gradients, is_zero
from autograd.graph import backward_order
from autograd.rules import elementary
from autograd.rules.row import Scalar
from autograd.value import Value, bare, left_out

Coefficient = Any
"""Number, or a Value where the series is to be differentiated; None is an exact 0.

Nothing makes anything else of it, not even an infinite factor.
"""


def _sum(terms: Sequence[Coefficient]) -> Coefficient:
    total = None
    for term in terms:
        if term is not None:
            total = term if total is None else total + term
    return total


def _product(x: Coefficient, y: Coefficient) -> Coefficient:
    return None if x is None or y is None else x * y


class Series(Operators):
    """Coefficients that are computed one after the other.

    `rest(z, k)` gives those after the first, where z is the series itself.
    """

    __slots__ = ("__weakref__", "_found", "_less", "rest")

    def __init__(self, first: Coefficient, rest: Callable[[Series, int], Coefficient]) -> None:
        self._found, self.rest = [first], rest
        self._less: dict[float, weakref.ref[Series]] = {}

    def __getitem__(self, k: int) -> Coefficient:
        while len(self._found) <= k:
            self._found.append(self.rest(self, len(self._found)))
        return self._found[k]

    @property
    def data(self) -> Any:
        """The number at the point, as of a Value."""
        return bare(self[0])

    def operated(self, op: str, *operands: Any) -> Any:
        """Apply an operator; what a row compares are points."""
        if op in COMPARISONS:
            x, y = operands
            return bool(COMPARISONS[op](_series(x)[0], _series(y)[0]))
        return _OPERATORS[op](*operands)


def _sum_of(x: Any, y: Any) -> Series:
    x, y = _series(x), _series(y)
    return Series(x[0] + y[0], lambda z, k: _sum([x[k], y[k]]))


def _negative(x: Series) -> Series:
    return Series(-x[0], lambda z, k: None if x[k] is None else -x[k])


def _difference(x: Any, y: Any) -> Series:
    if isinstance(y, Series | Value):
        return _sum_of(x, _negative(_series(y)))
    known = x._less.get(y)
    found = None if known is None else known()
    if found is None:  # one series, so that m.pow(x, y - 1) is one, whoever asks
        found = _sum_of(x, _negative(_series(y)))
        x._less[y] = weakref.ref(found)  # which it needs, and so not the other way
    return found


def _product_of(x: Any, y: Any) -> Series:
    x, y = _series(x), _series(y)
    return Series(x[0] * y[0], lambda z, k: _sum([_product(x[j], y[k - j]) for j in range(k + 1)]))


def _quotient(x: Any, y: Any) -> Series:
    x, y = _series(x), _series(y)

    def rest(z: Series, k: int) -> Coefficient:
        known = _sum([_product(y[j], z[k - j]) for j in range(1, k + 1)])
        above = _sum([x[k], None if known is None else -known])
        return None if above is None else above / y[0]

    return Series(x[0] / y[0], rest)


_OPERATORS: dict[str, Callable[..., Series]] = {
    "add": _sum_of, "sub": _difference, "mul": _product_of, "div": _quotient, "neg": _negative,
}  # fmt: skip


def _nothing(z: Series, k: int) -> Coefficient:
    return None


def _series(x: Any) -> Series:
    """Return a constant as a series."""
    if isinstance(x, Series):
        return x
    return Series(x if isinstance(x, Value) else Ieee(x), _nothing)


class _Arithmetic(Arithmetic):
    """Arithmetic of series; equal functions of one series are one series."""

    def __init__(self) -> None:
        # What a row chooses at the point is chosen around it too
        super().__init__(where=lambda condition, x, y: x if condition else y)
        self._known: dict[Any, Series] = {}
        self._made: list[Series] = []

    def applied(self, row: Scalar, *given: Any) -> Any:
        """Apply an operation to series and numbers."""
        operands, options = (given[0], given[1:]) if row.many else (given, ())
        if not any(isinstance(x, Series) for x in operands):
            return NODES.applied(row, *given)
        key = (row, *(id(x) if isinstance(x, (Series, Value)) else x for x in operands), *options)
        if key not in self._known:
            firsts = [x[0] if isinstance(x, Series) else x for x in operands]
            first = NODES.applied(row, *row.given(firsts), *options)
            self._known[key] = self.through(row, operands, options, first)
        return self._known[key]

    def through(
        self, row: Scalar, operands: Sequence[Any], options: Sequence[Any], first: Any
    ) -> Series:
        """Return the series of an operation whose value is known."""
        slopes: list[Series] = []
        firsts = [x[0] if isinstance(x, Series) else x for x in operands]
        out = left_out(row, firsts, first)
        moving = [isinstance(x, Series) and not flat for x, flat in zip(operands, out)]

        def rest(z: Series, k: int) -> Coefficient:
            if not slopes:
                slopes.extend(map(_series, row.partials_of(self, operands, z, *options)))
            moves = [
                _product(_product(x[j], slope[k - j]), float(j))
                for x, slope, moves in zip(operands, slopes, moving)
                if moves
                for j in range(1, k + 1)
                if x[j] is not None
            ]
            total = _sum(moves)
            return None if total is None else total / float(k)

        z = Series(first, rest)
        self._made.append(z)
        return z

    def close(self) -> None:
        """Free all series: those of an operation and of its slopes refer to each other."""
        for z in self._made:
            z.rest = _nothing


def series(ys: Sequence[Value], x: Value, order: int, as_graph: bool) -> list[list[Any]] | None:
    """Return the Taylor coefficients of each y as x moves, up to an order.

    None where an operation that is no row of the table stands between them.
    """
    m = _Arithmetic()
    try:
        return _series_of(m, ys, x, order, as_graph)
    finally:
        m.close()


def _series_of(
    m: _Arithmetic, ys: Sequence[Value], x: Value, order: int, as_graph: bool
) -> list[list[Any]] | None:
    known: dict[Value, Any] = {x: Series(_first(x, as_graph), lambda z, k: 1.0 if k == 1 else None)}
    for node in reversed(backward_order(ys)):
        if node in known:
            continue
        operands = [known.get(o, o) if isinstance(o, Value) else Ieee(o) for o in node.operands]
        if not any(isinstance(o, Series) for o in operands):
            known[node] = _first(node, as_graph)  # nothing moves it
        elif node.row is elementary.where:
            known[node] = operands[1]
        elif node.row and node.row.of_square and is_zero(node):
            return [_nested(y, x, order, as_graph) for y in ys]  # a kink, unless it is squared
        elif isinstance(node.row, Scalar):
            xs, _ = node.row.split(operands)
            _, options = node.row.split(node.operands)
            known[node] = m.through(node.row, xs, options, _first(node, as_graph))
        else:
            return None
        if isinstance(known[node], Series):
            known[node][order]  # now, so that no depth of graph recurses
    return [[_answer(_series(known[y])[k], as_graph) for k in range(order + 1)] for y in ys]


def _nested(y: Value, x: Value, order: int, as_graph: bool) -> list[Any]:
    """Return the coefficients of y from derivatives of derivatives, as graphs."""
    derivative, found = y, [_answer(_first(y, as_graph), as_graph)]
    for k in range(1, order + 1):
        (derivative,) = graph_gradients([derivative], [x], [1.0])
        c = derivative * (1.0 / math.factorial(k))
        found.append(c if as_graph else c.data)
    return found


def _first(node: Value, as_graph: bool) -> Any:
    return node if as_graph else Ieee(bare(node))


def _answer(c: Coefficient, as_graph: bool) -> Any:
    if as_graph:
        return c if isinstance(c, Value) else Value(0.0 if c is None else c)
    return 0.0 if c is None else float(c)
