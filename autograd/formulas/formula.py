"""Symbolic evaluation: a row applied to formulas yields a formula, printed by a dialect as source.

The functions of the engines are compiled from this source, so that a derivative is stated once, in
its row, and still runs at full speed.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from autograd.arithmetic.base import Arithmetic, Operators
from autograd.rules.elementary import Elementary
from autograd.rules.row import Scalar

BINDING = {"lt": 0, "le": 0, "gt": 0, "ge": 0, "add": 1, "sub": 1, "mul": 2, "div": 2, "neg": 3}
SIGN = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}
ATOM = 4


class Formula(Operators):
    """Operation on formulas; equal formulas are one object, so that common parts are shared."""

    __slots__ = ("__weakref__", "arguments", "op", "size")
    op: str
    arguments: tuple[Any, ...]
    size: int
    """Number of operations, names and numbers in its text."""
    _known: ClassVar[WeakValueDictionary[tuple[Any, ...], Formula]] = WeakValueDictionary()

    def __new__(cls, op: str, *arguments: Any) -> Formula:
        """Find or make the formula."""
        if op not in ("name", "number"):
            arguments = tuple([a if isinstance(a, Formula) else number(a) for a in arguments])
        if op in ("abs", "neg") and arguments[0].op == "neg":  # |-x| = |x|, -(-x) = x
            inner: Formula = arguments[0].arguments[0]
            return inner if op == "neg" else cls(op, inner)
        key = op, *[id(a) if isinstance(a, Formula) else a for a in arguments]
        known = cls._known.get(key)
        if known is None:
            known = super().__new__(cls)
            known.op, known.arguments = op, arguments
            known.size = 1 + sum([a.size for a in arguments if isinstance(a, Formula)])
            cls._known[key] = known
        return known

    def __eq__(self, other: object) -> bool:
        raise TypeError("a row must compare with < <= > >=, not with == or !=")

    __hash__ = object.__hash__

    def operated(self, op: str, *operands: Any) -> Formula:
        """Return the formula of an operation."""
        return Formula(op, *operands)

    def __repr__(self) -> str:
        return PYTHON.spell(self, {})[0]

    def __bool__(self) -> bool:
        raise TypeError("a row must choose with m.where, not with if")


def name(text: str) -> Formula:
    """Return a variable."""
    return Formula("name", text)


def number(value: float) -> Formula:
    """Return a constant; equal but differently signed zeros stay apart."""
    return Formula("number", repr(float(value)))


ONE, MINUS_ONE = number(1), number(-1)


class Tracer(Arithmetic):
    """Arithmetic of formulas: `m.exp(x)` is the formula exp(x).

    Rows that are not in `primitives` are written out in full; without primitives every operation
    stays itself, one node of a graph.
    """

    def __init__(self, primitives: Iterable[str] | None = None) -> None:
        named = ("where", *(primitives or ()))
        super().__init__(**{op: functools.partial(Formula, op) for op in named})
        self._writes_out = primitives is not None

    def applied(self, row: Scalar, *operands: Any) -> Any:
        """Return the formula of an operation, or write it out."""
        if self._writes_out:
            return super().applied(row, *operands)
        return Formula(row.name, *(operands[0] if row.many else operands))


def variables(row: Elementary) -> list[str]:
    """Return the names of a row's operands in print: x0, x1, ..., whatever the row names them."""
    return [f"x{i}" for i in range(len(row.operands))]


def value_formula(row: Elementary, m: Tracer) -> Formula:
    """Return the value of a row."""
    return _formula(row.value(m, *map(name, variables(row))))


def partial_formulas(row: Elementary, m: Tracer) -> list[Formula]:
    """Return the partials of a row; they may refer to its value as z."""
    return [_formula(p) for p in row.partials(m, *map(name, variables(row)), name("z"))]


def _formula(x: Any) -> Formula:
    return x if isinstance(x, Formula) else number(x)


def times(g: Formula, partial: Formula) -> Formula:
    """Return g * partial, without the multiplication by 1 or by a reciprocal."""
    if partial is ONE:
        return g
    if partial is MINUS_ONE:
        return Formula("neg", g)
    if partial.op == "div" and partial.arguments[0] is ONE:
        return Formula("div", g, partial.arguments[1])
    return Formula("mul", g, partial)


def share_formulas(row: Elementary, kind: str, m: Tracer) -> list[Formula]:
    """Return the shares of the operands of kind "v": the cotangent g times each partial."""
    return [times(name("g"), p) for p, k in zip(partial_formulas(row, m), kind) if k == "v"]


Spelled = tuple[str, int]
"""Text of a formula, and how tightly its last operation binds."""


class Dialect:
    """Printer of formulas; this is Python's."""

    assignment = "{} = {}"

    def spell(self, f: Formula, names: Mapping[Formula, str]) -> Spelled:
        """Return a formula, with names for the parts that have one."""
        if f in names:
            return names[f], ATOM
        if f.op in ("name", "number"):
            text = str(f.arguments[0])
            return self.name(text) if f.op == "name" else self.number(text)
        return self.operation(f, [self.spell(a, names) for a in f.arguments])

    def name(self, text: str) -> Spelled:
        """Return a variable."""
        return text, ATOM

    def number(self, text: str) -> Spelled:
        """Return a constant, as Python's repr has it."""
        return text, ATOM if text[0] != "-" else BINDING["neg"]

    def operation(self, f: Formula, spelled: list[Spelled]) -> Spelled:
        """Return an operation of operands that are already text."""
        if f.op in SIGN:
            (x, p), (y, q) = spelled
            own = BINDING[f.op]
            return f"{_in(x, p, own)} {SIGN[f.op]} {_in(y, q, own + 1)}", own
        if f.op == "neg":
            return f"-{_in(*spelled[0], ATOM)}", BINDING["neg"]
        texts = [text for text, _ in spelled]
        return self.choice(f, texts) if f.op == "where" else self.call(f.op, texts), ATOM

    def call(self, op: str, texts: list[str]) -> str:
        """Return a function of operands."""
        return f"{op}({', '.join(texts)})"

    def choice(self, f: Formula, texts: list[str]) -> str:
        """Return a where(condition, x, y)."""
        condition, x, y = texts
        return f"({x} if {condition} else {y})"

    def is_apart(self, f: Formula) -> bool:
        """Return whether a formula shares no parts with the formulas around it."""
        return False


def _in(text: str, binding: int, least: int) -> str:
    return f"({text})" if binding < least else text


PYTHON = Dialect()


def statements(
    wanted: list[Formula], dialect: Dialect = PYTHON, named: Mapping[str, Formula] | None = None
) -> tuple[list[str], list[str]]:
    """Return the assignments of common parts, and the text of each formula in terms of them.

    `named` gives formulas a name of their own, such as z.
    """
    own = {f: text for text, f in (named or {}).items()}
    uses: Counter[Formula] = Counter()
    order: list[Formula] = []

    def visit(f: Formula) -> None:
        if dialect.is_apart(f):
            return
        uses[f] += 1
        if uses[f] == 1 and f.op not in ("name", "number"):
            for a in f.arguments:
                visit(a)
            order.append(f)

    for f in [*own, *wanted]:
        visit(f)
    lines: list[str] = []
    names: dict[Formula, str] = {}
    for f in order:
        if f in own or uses[f] > 1:
            text, _ = dialect.spell(f, names)
            names[f] = own.get(f) or f"t{len(names)}"
            lines.append(dialect.assignment.format(names[f], text))
    for f, text in own.items():
        if f not in names:  # a row whose value is one of its operands, or a number
            lines.append(dialect.assignment.format(text, dialect.spell(f, names)[0]))
    return lines, [dialect.spell(f, names)[0] for f in wanted]
