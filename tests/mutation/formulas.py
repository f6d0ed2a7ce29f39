"""Slightly wrong formulas: every partial of every row, changed at one place of its tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import add, ge, gt, le, lt, mul, neg, sub, truediv
from typing import Any

from autograd.arithmetic.floats import Ieee
from autograd.formulas.formula import Formula, Tracer, name, number, partial_formulas, variables
from autograd.rules.elementary import Elementary

Change = tuple[str, str, Formula]
"""What kind of change it is, what was changed into what, and the formula that comes of it."""

FLIPPED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
WITH_TIES = {"lt": "le", "le": "lt", "gt": "ge", "ge": "gt"}
SIGNS: dict[str, Callable[..., Any]] = {
    "add": add, "sub": sub, "mul": mul, "div": truediv, "neg": neg,
    "lt": lt, "le": le, "gt": gt, "ge": ge,
}  # fmt: skip
COMMUTE = {"add", "mul", "hypot", "maximum", "minimum", "logaddexp"}


def partials(row: Elementary) -> list[Formula]:
    """The partials of a row as formulas of x0, x1, ... and z."""
    return partial_formulas(row, Tracer())


def changes(f: Formula, names: Sequence[Formula]) -> Iterator[Change]:
    """A formula with one part changed, wherever it stands; `names` are what it may refer to."""
    for part in _parts(f):
        for kind, changed in _changed(part, names):
            yield kind, f"{part!r} -> {changed!r}", _replaced(f, part, changed)


def _parts(f: Formula) -> list[Formula]:
    """The formula and all that it is made of but names, each once; of conditions the root."""
    found = {f: None}
    for part in (queue := [f]):
        inner = part.arguments if part.op not in ("number", "name", *FLIPPED) else ()
        for each in inner:
            if each.op != "name" and each not in found:
                found[each] = None
                queue.append(each)
    return [*found]


def _replaced(f: Formula, old: Formula, new: Formula) -> Formula:
    if f is old:
        return new
    if f.op in ("name", "number"):
        return f
    return Formula(f.op, *(_replaced(a, old, new) for a in f.arguments))


def _changed(f: Formula, names: Sequence[Formula]) -> Iterator[tuple[str, Formula]]:
    """What one slip makes of a part, at its root or at a name that it refers to."""
    if f.op in FLIPPED:
        yield "wrong branch", Formula(FLIPPED[f.op], *f.arguments)
        yield "ties", Formula(WITH_TIES[f.op], *f.arguments)
        return
    if f.op == "number" and float(f.arguments[0]) == 0.0:
        yield "not zero", number(1)
        return
    yield from _scaled(f)
    if f.op == "number":
        return
    if f.op == "name":
        yield from (("wrong operand", other) for other in names if other is not f)
        return
    for i, x in enumerate(f.arguments):
        if x.op == "name" and not (f.op == "where" and i == 0):
            for kind, other in (*_scaled(x), *(("wrong operand", n) for n in names if n is not x)):
                yield kind, Formula(f.op, *f.arguments[:i], other, *f.arguments[i + 1 :])
    if f.op == "where":
        condition, x, y = f.arguments
        yield from (("wrong branch", g) for g in (Formula("where", condition, y, x), x, y))
    elif len(f.arguments) == 2:
        x, y = f.arguments
        if f.op in ("add", "sub"):
            yield from (("dropped term", g) for g in (x, -y if f.op == "sub" else y))
        if f.op in ("mul", "div"):
            yield from (("dropped factor", g) for g in (x, 1 / y if f.op == "div" else y))
        if f.op not in COMMUTE:
            yield "wrong operand", Formula(f.op, y, x)


def _scaled(f: Formula) -> Iterator[tuple[str, Formula]]:
    yield "sign", -f
    yield "factor 2", 2 * f
    yield "+0.1 %", 1.001 * f
    yield "zero", number(0)


def evaluated(f: Formula, m: Any, scope: dict[str, Any]) -> Any:
    """A formula in an arithmetic."""
    if f.op == "name":
        return scope[f.arguments[0]]
    if f.op == "number":
        return Ieee(f.arguments[0])
    return (SIGNS.get(f.op) or getattr(m, f.op))(*(evaluated(a, m, scope) for a in f.arguments))


def rule(formulas: Sequence[Formula]) -> Callable[..., tuple[Any, ...]]:
    """What a row has as its `partials`, from formulas."""

    def partials(m: Any, *operands: Any) -> tuple[Any, ...]:
        *xs, z = operands
        scope = {f"x{i}": x for i, x in enumerate(xs)} | {"z": z}
        return tuple([evaluated(f, m, scope) for f in formulas])

    return partials


def of_row(row: Elementary) -> Iterator[tuple[int, str, str, list[Formula]]]:
    """(which partial, the kind of change, the change, all partials) for every change of a row."""
    right = partials(row)
    names = [name(x) for x in (*variables(row), "z")]
    for i, f in enumerate(right):
        known = {f}
        for kind, what, changed in changes(f, names):
            if changed not in known:
                known.add(changed)
                yield i, kind, what, [*right[:i], changed, *right[i + 1 :]]
