"""A subject restricted to a line through the inputs, along which differences are taken.

It is evaluated in floats at steps of all sizes; replaying the graph bounds the rounding errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd.checking.detached import Graph, leak, told
from autograd.checking.differences import (
    EPSILON,
    Sample,
    few,
    ladder,
)
from autograd.checking.inputs import WrittenError
from autograd.checking.noise import Bounded, bounded
from autograd.checking.replaying import OpaqueError, Program
from autograd.checking.subjects import Subject
from autograd.nodes import is_node
from autograd.recording import record_lines
from autograd.value import Value

MOST_KEPT = 100_000
"""Largest number of numbers in a result that is kept, to be looked at one by one."""
BESIDE = 1e-3
"""Largest ratio of a result's change to that of another one beside which it may be lost."""
MOST_GRAPHS = 6
"""Largest number of graphs in which a function that branches is replayed."""


class Restriction:
    """Subject as a function of t: along one number among its inputs, or along a direction.

    For one number t is its value; for a direction t is its multiple, from 0.
    """

    def __init__(self, subject: Subject, direction: Sequence[Any]) -> None:
        self.subject, self.direction = subject, direction
        self.single, self.start = None, 0.0
        moving = [np.count_nonzero(d) for d in direction]
        if sum(moving) == 1:
            k = [int(n) for n in moving].index(1)
            self.single = k, tuple(np.argwhere(direction[k])[0].tolist())
            self.direction = [np.where(d != 0.0, 1.0, 0.0) for d in direction]
            self.start = float(subject.at[k][self.single[1]])
        self.steps = self._steps()
        self.leak: int | None = None
        """Index of the operation that takes a number for a constant which is none, if any."""
        self._results: dict[float, Any] = {self.start: subject.here}
        self._keeps = subject.weights.size <= MOST_KEPT

    def _steps(self) -> list[float]:
        if self.single is not None:
            return self.subject.leaves[self.single[0]].steps(self.start, ladder(self.start))
        moved = [
            np.abs(x[d != 0.0]).max() for x, d in zip(self.subject.at, self.direction) if d.any()
        ]
        size = max(1.0, *moved)
        return [size * h for h in ladder(1.0)]

    def point(self, t: float) -> list[Any]:
        """Return the inputs at t."""
        arrays = list(self.subject.at)
        if self.single is None:
            return [x + t * d if d.any() else x for x, d in zip(arrays, self.direction)]
        k, index = self.single
        arrays[k] = arrays[k].copy()
        arrays[k][index] = t
        return arrays

    def values(self, points: Sequence[float]) -> dict[float, float]:
        """Return the function at some t; nan outside its domain."""
        found, subject = {}, self.subject
        for t in points:
            y = self._results[t] if t in self._results else self._result(t)
            if y is None:
                found[t] = math.nan
            else:
                found[t] = y if type(y) is float and not subject.shape else subject.weighted(y)
        return found

    def _result(self, t: float) -> Any:
        """Return all numbers that the function returns at t; None outside its domain."""
        self.subject.settings.call()
        try:
            y = self.subject.result(self.point(t))
            if self.subject.shape or type(y) is not float:
                self.subject.weighted(y)  # which knows the shape
        except WrittenError:
            raise
        except Exception:  # whatever a function raises outside its domain
            y = None
        if self._keeps:
            self._results[t] = y
        return y

    def steepest(self) -> int:
        """Return the place of a number of the result that has a large derivative."""
        return int(self._rises().argmax())

    def uneven(self) -> list[int]:
        """Return the places of the numbers of the result that change, and less than others do."""
        rises = self._rises()
        return [int(i) for i in np.flatnonzero((rises > 0) & (rises < BESIDE * rises.max()))]

    def _rises(self) -> Any:
        """Return how much each number of the result changes; -1 where it is not finite."""
        h = few(self.steps)[2]  # of which the values are there
        one, other = (self._results.get(t) for t in (self.start + h, self.start - h))
        rises = np.abs(one - other) if one is not None and other is not None else np.zeros(1)
        return np.where(np.isfinite(rises), rises, -1.0).ravel()

    def bent(self) -> list[int]:
        """Return the places of the numbers of the result, those that bend most first."""
        h = few(self.steps)[2]
        below, here, above = (self._results.get(self.start + k * h) for k in (-1, 0, 1))
        if below is None or here is None or above is None:
            return [0]
        bend = np.abs(below - 2 * here + above).ravel()
        order = np.argsort(-np.where(np.isfinite(bend), bend, -1.0), kind="stable")
        return [int(i) for i in order]

    def slope(self) -> float:
        """Return the derivative under test."""
        return self.subject.slope(self.direction)

    # Values, and how wrong they are

    def slack(self, t: float, g: float) -> float:
        """Return a bound on how far rounding the inputs along a direction may move a value."""
        if self.single is not None or t == 0.0:
            return 0.0
        moved = zip(self.subject.leaves, self.direction)
        return abs(g) * max(leaf.epsilon for leaf, d in moved if d.any())

    def samples(self, values: dict[float, float]) -> dict[float, Sample] | None:
        """Return the values with bounds on their errors; None without a graph to find them."""
        left = [t for t, y in values.items() if math.isfinite(y)]
        found: dict[float, Sample] = {}
        for _ in range(MOST_GRAPHS):
            if not left:
                break
            made = self.program(left[0])
            try:
                errors = made and self._errors(*made, left, values)
            except (OpaqueError, ArithmeticError, ValueError, TypeError):
                return None
            if not errors:
                return None
            found |= {t: Sample(values[t], error) for t, error in errors.items()}
            left = [t for t in left if t not in errors]
            if left and made and self._leaks(made, left):
                return None
        return found | {t: Sample(y, math.inf) for t, y in values.items() if t not in found}

    def _leaks(self, graph: Graph, left: Sequence[float]) -> bool:
        """Return whether a number has left the graph, which does not give the values at some t."""
        side = [t for t in left if (t > self.start) == (left[0] > self.start)]
        others = [self.program(t) for t in (side[0], side[-1])] if len(side) > 1 else []
        graphs = [graph, *(made for made in others if made)]
        self.leak = leak(graphs) if len(graphs) == 3 else None
        return self.leak is not None

    def leaves(self) -> str:
        """Return where a number has left the graph, in words."""
        with record_lines():
            made = self.program(self.start)
        return told(made, self.leak) if made and self.leak is not None else ""

    def program(self, t: float) -> tuple[Program, list[Any]] | None:
        """Return the graph of the function at t, and its variables; None where there is none."""
        try:
            root, nodes = self.subject.graph(self.point(t))
        except Exception:  # it is made for plain numbers
            return None
        if root is None:
            return None
        return Program(root if is_node(root) else Value(root)), nodes

    def has_stairs(self) -> bool:
        """Return whether its graph at the point rounds, as floor does."""
        made = self.program(self.start)
        return made is not None and made[0].has_stairs

    def _errors(
        self,
        program: Program,
        nodes: Sequence[Any],
        points: list[float],
        values: dict[float, float],
    ) -> dict[float, float]:
        """Return the errors at points where the program gives the value, the first if at any."""
        if program.is_scalar:
            at_once = np.array(points)
            z, errors, _ = np.broadcast_arrays(*self._bound(program, nodes, at_once), at_once)
            same = _is_same(z, np.array([values[t] for t in points]), errors)
            return {
                t: e for t, e, is_same in zip(points, errors.tolist(), same.tolist()) if is_same
            }
        return self._thinned(program, nodes, points, values)

    def _thinned(
        self,
        program: Program,
        nodes: Sequence[Any],
        points: list[float],
        values: dict[float, float],
    ) -> dict[float, float]:
        """Return the errors for arrays: computed at some points, which stand for those between."""
        chosen = [points[0], *points[1:24:3]]  # close to the point they are what they are there
        errors = self._errors_one_by_one(program, nodes, chosen, values)
        if len(errors) < len(chosen) or len(chosen) == 1:  # the function branches
            return self._errors_one_by_one(program, nodes, points, values)
        known = [errors[t] for t in chosen]
        between = [max(pair) for pair in pairwise([*known, known[0]])][1:]
        return {
            t: errors.get(t, between[min((i - 1) // 3, len(between) - 1)])
            for i, t in enumerate(points)
        }

    def _errors_one_by_one(
        self,
        program: Program,
        nodes: Sequence[Any],
        points: list[float],
        values: dict[float, float],
    ) -> dict[float, float]:
        bounds = {t: tuple(map(float, self._bound(program, nodes, t))) for t in points}
        return {t: error for t, (z, error) in bounds.items() if _is_same(z, values[t], error)}

    def _bound(self, program: Program, nodes: Sequence[Any], t: Any) -> Bounded:
        """Return the errors at one t, or at many of them at once."""
        leaves, errors = {}, {}
        for k, (node, x, d) in enumerate(zip(nodes, self.subject.at, self.direction)):
            if self.single is not None and self.single[0] == k:
                leaves[id(node)] = t if not x.ndim else self.point(float(t))[k]
            elif self.single is None and d.any():
                moved = x + t * d
                leaves[id(node)], errors[id(node)] = moved, EPSILON * np.abs(moved)
            else:
                leaves[id(node)] = x
        return bounded(program, leaves, errors)


def _is_same(z: Any, y: Any, error: Any) -> Any:
    """Return whether replayed values are those of the function."""
    return abs(z - y) <= 8 * error + 16 * EPSILON * abs(y)
