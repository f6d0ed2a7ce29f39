"""Formulas of rows: their partials, their derivatives, and their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd.arithmetic.floats import Ieee, evaluate, floats
from autograd.explaining.simplifying import (
    COMPARISONS,
    FORMULAS,
    LONG,
    ZERO,
    expanded,
    in_order,
    shorter,
    simplified,
)
from autograd.formulas.formula import ONE, Formula, number
from autograd.graph import sweep
from autograd.rules.elementary import TABLE, Elementary
from autograd.rules.nary import NARY


def partials_of(row: Elementary, xs: Sequence[Formula], z: Formula) -> list[Formula]:
    """Return the partial derivatives of a row by its operands, simplified."""
    return [simplified(_formula(p)) for p in row.partials(FORMULAS, *xs, z)]


def _formula(x: Any) -> Formula:
    return x if isinstance(x, Formula) else number(x)


def evaluated(f: Formula, numbers: Mapping[str, float]) -> tuple[float, float]:
    """Return the number of a formula, and the largest finite one on the way there."""
    found: dict[Formula, float] = {}
    largest = 0.0
    for g in in_order(f):
        if g.op == "name":
            found[g] = numbers[g.arguments[0]]
        elif g.op == "number":
            found[g] = float(g.arguments[0])
        else:
            xs = [found[a] for a in g.arguments]
            if g.op in COMPARISONS:
                found[g] = float(COMPARISONS[g.op](*xs))
            elif g.op in NARY:
                found[g] = float(NARY[g.op].value(floats, [Ieee(x) for x in xs]))
            else:
                found[g] = evaluate(TABLE[g.op], *xs)[0]
        if math.isfinite(found[g]):
            largest = max(largest, abs(found[g]))
    return found[f], largest


def derivative(f: Formula, x: Formula) -> Formula:
    """Differentiate a formula by a name: the chain rule in reverse, each pullback from its row."""
    order = in_order(f)
    needed = {x}
    for g in order:
        if g.op not in ("name", "number") and any(a in needed for a in g.arguments):
            needed.add(g)

    def shares(g: Formula, adjoint: Formula) -> Iterable[tuple[Formula, Formula]]:
        if g in needed and g is not x:
            for a, share in zip(g.arguments, _shares(g, adjoint)):
                if a in needed and share is not None:
                    yield a, share

    adjoint = sweep(reversed(order), {f: ONE}, shares)
    found = simplified(adjoint.get(x, ZERO) if x in needed else ZERO)
    return shorter(found, expanded(found)) if found.size <= LONG else found


def _shares(f: Formula, g: Formula) -> Sequence[Formula | None]:
    if f.op in COMPARISONS:
        return None, None
    if f.op == "where":
        condition = f.arguments[0]
        return None, Formula("where", condition, g, ZERO), Formula("where", condition, ZERO, g)
    return [g * p for p in TABLE[f.op].partials(FORMULAS, *f.arguments, f)]
