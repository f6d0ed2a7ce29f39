"""Random expressions of which a part left the graph: gradcheck must call their gradients wrong."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

import autograd as ag
from autograd.testing.strategies import Expression, expressions
from autograd.testing.strategies.expressions import _applied

OFF = 1e-3
"""A gradient is wrong where the part moves an entry by more than this, relative."""
HIDDEN = 1e-9
"""Rounding may hide a part that moves it by less than this, relative to the value."""


def stopped_at(e: Expression, step: int) -> Any:
    """The expression with one of its steps left out of the graph."""

    def f(*variables: Any) -> Any:
        parts = list(variables)
        for i, each in enumerate(e.steps):
            z = _applied(each, [parts[j] for j in each.operands])
            parts.append(ag.stop_gradient(z) if i == step else z)
        return parts[e._root]

    return f


def run(examples: int, seed: int, report: Any = print) -> Counter[str]:
    """How often gradcheck gave which verdict on an entry that such a part made wrong."""
    verdicts: Counter[str] = Counter()

    @seeded(seed)
    @settings(
        max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(expressions("xy", depth=4), st.integers(0, 99), st.booleans())
    def trial(e: Expression, pick: int, of_array: bool) -> None:
        inner = [i for i, s in enumerate(e.steps) if s.op and i + len(e.variables) != e._root]
        if inner:
            _check(verdicts, e, inner[pick % len(inner)], of_array, report)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial()
    return verdicts


def _check(verdicts: Counter[str], e: Expression, step: int, of_array: bool, report: Any) -> None:
    f = stopped_at(e, step)
    try:
        whole, part = (ag.grad(g, argnums=(0, 1))(*e.point) for g in (e, f))
    except (ArithmeticError, ValueError):
        return
    given = (lambda v: f(v[0], v[1])) if of_array else f
    found = ag.gradcheck(given, *([np.array(e.point)] if of_array else e.point), raise_error=False)
    if len(found.entries) != 2:
        return
    for entry, w, p in zip(found.entries, whole, part):
        if not (math.isfinite(w) and math.isfinite(p)):
            continue
        off = abs(w - p)
        if off > OFF * max(abs(w), abs(p)) and off > HIDDEN * max(1.0, abs(float(e(*e.point)))):
            verdicts[entry.verdict] += 1
            if entry.verdict != "wrong":
                report(f"{e!r} without step {step} at {e.point}: {entry}; right is {w}")
