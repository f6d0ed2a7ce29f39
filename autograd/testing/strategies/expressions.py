"""Strategies for whole functions: expressions of the operations of the table, with shared parts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from autograd import functions
from autograd.arithmetic.floats import evaluate
from autograd.rules.elementary import BUILT_IN, TABLE, Elementary
from autograd.testing.strategies.scalars import CLEARANCE, is_smooth, numbers

TAME = 1e3
"""Largest value and partial derivative at the point that an expression is drawn with."""
CONSTANTS = (1.0, 2.0, 0.5, -1.0, 3.0, -0.5, 0.1, 10.0)
BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "**": 4}
NEGATIVE, ATOM = 3, 5
"""Binding strength of a sign and of a call, beside the signs between operands."""


class Term(NamedTuple):
    """Operation on earlier parts: variables come first, then constants and operations."""

    op: str
    """Name of its row; "" for a constant."""
    operands: tuple[int, ...]
    constant: float = 0.0


class Expression:
    """Function of numbers or arrays that prints as Python in terms of `ag`.

    It can be called with floats, Values, arrays and Tensors. At `point` it is inside the domain of
    each of its operations and clear of their kinks and poles; `outside(...)` tests other points.
    """

    def __init__(
        self, variables: Sequence[str], steps: Sequence[Term], root: int, point: Sequence[float]
    ) -> None:
        self.variables, self.point = tuple(variables), tuple(point)
        self.steps, self._root = _reached(len(variables), steps, root)

    def __call__(self, *arguments: Any) -> Any:
        """Return the value of the expression."""
        return self._parts(arguments)[self._root]

    def outside(self, *arguments: float) -> str:
        """Return the operation that is outside its domain, at a kink or at a pole; "" if none.

        >>> root = Expression("x", [Term("sqrt", (0,))], 1, (4.0,))
        >>> root, root(4.0), root.outside(4.0), root.outside(-1.0)
        (lambda x: ag.sqrt(x), 2.0, '', 'sqrt(-1.0): outside its domain or close to its end')
        """
        parts = self._parts(arguments)
        for step in self.steps:
            x = tuple(parts[i] for i in step.operands)
            if step.op and (why := _unsafe(TABLE[step.op], x)):
                return f"{step.op}({', '.join(map(repr, x))}): {why}"
        return ""

    def _parts(self, arguments: Sequence[Any]) -> list[Any]:
        if len(arguments) != len(self.variables):
            needs = f"it needs {len(self.variables)} ({', '.join(self.variables)})"
            raise TypeError(f"expression: got {len(arguments)} arguments; {needs}")
        parts = list(arguments)
        for step in self.steps:
            parts.append(_applied(step, [parts[i] for i in step.operands]))
        return parts

    def __repr__(self) -> str:
        uses = Counter(i for step in self.steps for i in step.operands)
        first = len(self.variables)
        names: dict[int, str] = {}

        def spelled(i: int) -> tuple[str, int]:
            if i < first:
                return self.variables[i], ATOM
            if i in names:
                return names[i], ATOM
            step = self.steps[i - first]
            if not step.op:
                return repr(step.constant), ATOM if step.constant >= 0 else NEGATIVE
            text, binding = _spelled(TABLE[step.op], [spelled(k) for k in step.operands])
            if uses[i] == 1 or i == self._root:
                return text, binding
            names[i] = f"t{len(names)}"
            return f"({names[i]} := {text})", ATOM

        return f"lambda {', '.join(self.variables)}: {spelled(self._root)[0]}"


def _reached(variables: int, steps: Sequence[Term], root: int) -> tuple[tuple[Term, ...], int]:
    """Return the steps that a root needs, and its new index."""
    wanted = {root}
    for i in range(len(steps) - 1, -1, -1):
        if variables + i in wanted:
            wanted.update(steps[i].operands)
    place = {i: i for i in range(variables)}
    kept: list[Term] = []
    for i, step in enumerate(steps, variables):
        if i in wanted:
            place[i] = variables + len(kept)
            kept.append(step._replace(operands=tuple(place[k] for k in step.operands)))
    return tuple(kept), place[root]


def _applied(step: Term, operands: list[Any]) -> Any:
    if not step.op:
        return step.constant
    if step.op == "where":  # it chooses by a comparison of its first two
        x, y, *choices = operands
        return functions.where(x < y, *choices)
    return getattr(functions, step.op)(*operands)


def _spelled(row: Elementary, operands: list[tuple[str, int]]) -> tuple[str, int]:
    texts = [text for text, _ in operands]
    if row.name == "where":
        return f"ag.where({texts[0]} < {texts[1]}, {', '.join(texts[2:])})", ATOM
    if len(texts) == 2 and row.notation in BINDING:
        own = BINDING[row.notation]
        left, right = (own + 1, own) if own > NEGATIVE else (own, own + 1)
        x, y = (
            text if binding >= least else f"({text})"
            for (text, binding), least in zip(operands, (left, right))
        )
        return f"{x} {row.notation} {y}", own
    if row.name == "neg":
        text, binding = operands[0]
        return f"-{text}" if binding > NEGATIVE else f"-({text})", NEGATIVE
    return f"ag.{row.name}({', '.join(texts)})", ATOM


def _unsafe(row: Elementary, x: tuple[float, ...]) -> str:
    """Return why a row should not be differentiated at operands; "" if it may be."""
    if row.name == "where":
        apart = abs(x[0] - x[1]) > CLEARANCE * max(1.0, abs(x[0]))
        return "" if apart else "the two that it compares are close"
    for v, (low, high) in zip(x, row.domain):
        clear = CLEARANCE * min(1.0, high - low)
        if not low + clear <= v <= high - clear:
            return "outside its domain or close to its end"
    return "" if is_smooth(row, x) else "close to a kink or a pole"


def _value(row: Elementary, x: tuple[float, ...]) -> float:
    """Return the value of a row; nan where it is better not used."""
    if _unsafe(row, x):
        return math.nan
    z, partials = evaluate(row, *((x[0] < x[1], *x[2:]) if row.name == "where" else x))
    return z if all(abs(d) <= TAME for d in (z, *partials)) else math.nan


class _Drawing:
    """Expression while it is drawn: its parts so far, with their values at the point."""

    def __init__(
        self, draw: Callable[..., Any], rows: Sequence[Elementary], point: Sequence[float]
    ):
        self.draw, self.rows, self.values = draw, rows, list(point)
        self.variables, self.steps = len(point), list[Term]()
        self.fixed: set[int] = set()
        """Indices of constants."""

    def add(self, step: Term, value: float) -> int:
        self.steps.append(step)
        self.values.append(value)
        return len(self.values) - 1

    def root(self, depth: int) -> int:
        """Return the index of the whole: most often an operation, and never a constant."""
        if depth and self.draw(st.integers(0, 15)):
            return self.operation(depth)
        return self.variable()

    def variable(self) -> int:
        """Return the index of a variable."""
        place: int = self.draw(st.integers(0, self.variables - 1))
        return place

    def part(self, depth: int) -> int:
        """Return the index of an operand: a variable, constant, old part, or new operation."""
        kind = self.draw(st.integers(0, 7))
        if kind == 1:
            constant = self.draw(st.sampled_from(CONSTANTS))
            self.fixed.add(len(self.values))
            return self.add(Term("", (), constant), constant)
        made = [i for i in range(self.variables, len(self.values)) if i not in self.fixed]
        if kind in (2, 3) and made:
            old: int = self.draw(st.sampled_from(made))
            return old
        return self.operation(depth) if depth and kind > 1 else self.variable()

    def operation(self, depth: int) -> int:
        """Return the index of an operation: the one that is drawn, or the next that is safe."""
        at = self.draw(st.integers(0, len(self.rows) - 1))
        drawn = _arity(self.rows[at])
        operands = [self.part(depth - 1) for _ in range(drawn)]
        if self.fixed.issuperset(operands):  # an operation on constants is one more constant
            operands[0] = 0
        for row in (*self.rows[at:], *self.rows[:at]):
            places = tuple(operands[: _arity(row)])
            if len(places) < _arity(row) or self.fixed.issuperset(places):
                continue
            if math.isfinite(value := _value(row, tuple(self.values[i] for i in places))):
                return self.add(Term(row.name, places), value)
        return next(i for i in operands if i not in self.fixed)


def _arity(row: Elementary) -> int:
    return 4 if row.name == "where" else len(row.operands)


def expressions(
    variables: Sequence[str] = ("x", "y"),
    *,
    operations: Sequence[str] = (),
    depth: int = 4,
) -> st.SearchStrategy[Expression]:
    """Functions of some variables, made of the operations named, or of all that have a slope.

    Parts are used again, so that gradients have to be added up. An expression is drawn together
    with a `point` where it is smooth and of moderate size; it shrinks to `lambda x, y: x`. Calls
    are at most `depth` deep.

    >>> from hypothesis import find
    >>> find(expressions("x", operations=["mul"]), lambda e: (e(2.0), e(3.0)) == (4.0, 9.0))
    lambda x: x * x
    """
    if not variables or depth < 0:
        raise ValueError(f"expressions: got {variables!r}, depth {depth}; it needs variables")
    if unknown := [op for op in operations if op not in TABLE]:
        raise ValueError(f"expressions: got {unknown[0]!r}; the table has no such operation")
    rows = [TABLE[op] for op in operations] or [row for row in TABLE.values() if _slopes(row)]
    return st.composite(_expression)(tuple(variables), rows, depth)


def _expression(
    draw: Callable[..., Any], variables: tuple[str, ...], rows: list[Elementary], depth: int
) -> Expression:
    usual = numbers((-5.0, 5.0)).filter(lambda x: x == 0 or abs(x) > CLEARANCE)
    point = draw(st.tuples(*[usual] * len(variables)))
    drawing = _Drawing(draw, rows, point)
    root = drawing.root(depth)
    return Expression(variables, drawing.steps, root, point)


def _slopes(row: Elementary) -> bool:
    """Return whether a row of ours has a slope, unlike step, which would leave no gradient."""
    return row.name in BUILT_IN and any(evaluate(row, *(0.3, 0.6, 0.9)[: len(row.domain)])[1])
