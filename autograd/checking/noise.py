"""How wrong a computed value may be: the graph replayed with a bound on the error of each number.

The error of a result is what the errors of its operands do to it, found by moving them and
computing the operation again, and its own rounding. No derivative rule is used: it may be the one
under test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.differences import EPSILON
from autograd.checking.replaying import Program, Step, function_of
from autograd.ops import Elementary

LEAST = 5e-324
FEW = 3
"""The operands of an operation are moved one by one up to so many, else all of them at random."""


class Bounded(NamedTuple):
    """Numbers, and how wrong each may be."""

    value: Any
    error: Any


class _Errors:
    """The arithmetic of them."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)

    def number(self, x: Any) -> Bounded:
        """A leaf that is exact."""
        return Bounded(x, np.zeros(np.shape(x)))

    def constant(self, x: Any) -> Any:
        """The same, or an option such as an axis."""
        return self.number(x) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x

    def apply(self, step: Step, operands: Sequence[Any]) -> Bounded:
        """An operation of numbers with errors."""
        function = function_of(step.node)
        values = [x.value if isinstance(x, Bounded) else x for x in operands]
        z = np.asarray(function(*values), np.float64)
        error = EPSILON * np.abs(z) + LEAST
        exact = isinstance(step.node.row, Elementary)
        moves = [
            np.where(np.isfinite(v), np.maximum(x.error, 0.0 if exact else EPSILON * np.abs(v)), 0)
            if isinstance(x, Bounded)
            else None
            for x, v in zip(operands, values)
        ]
        for chosen in self._choices(moves, exact):
            moved = [v if m is None else v + m for v, m in zip(values, chosen)]
            away = np.abs(function(*moved) - z)
            if np.isnan(away).any():
                back = [v if m is None else v - m for v, m in zip(values, chosen)]
                away = np.fmax(away, np.abs(function(*back) - z))
            error = error + np.where(np.isnan(away) & np.isfinite(z), np.inf, away)
        return Bounded(z, error)

    def _choices(self, moves: list[Any], exact: bool) -> list[list[Any]]:
        """How to move the operands each time."""
        moving = [i for i, move in enumerate(moves) if move is not None and np.any(move)]
        if exact and len(moving) <= FEW:
            return [[m if i == k else None for i, m in enumerate(moves)] for k in moving]
        if not moving:
            return []
        signs = self._rng.choice
        return [
            [None if m is None else signs([-1.0, 1.0], np.shape(m)) * m for m in moves]
            for _ in range(2)
        ]


def bounded(program: Program, leaves: dict[int, Any], errors: dict[int, Any]) -> Bounded:
    """The result of a program from some leaves, which have errors where given."""
    given = {
        key: Bounded(x, np.broadcast_to(errors.get(key, 0.0), np.shape(x)))
        for key, x in leaves.items()
    }
    with np.errstate(all="ignore"):
        found: Bounded = program.run(_Errors(), given)
    return found
