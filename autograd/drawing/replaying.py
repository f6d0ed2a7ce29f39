"""Gradients of a graph compared with differences: the graph is replayed around a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.arithmetic.floats import floats
from autograd.checking.differences import around, ladder
from autograd.checking.replaying import OpaqueError, function_of, wide
from autograd.checking.report import Verdict
from autograd.checking.verdicts import Judgement, of_values
from autograd.rules.elementary import Elementary
from autograd.tensors.tensor import Tensor
from autograd.value import Value

Function = Callable[..., Any]

WORK = 200_000
"""Largest amount of work, in operations on arrays of a few numbers: half a second."""


@dataclass(frozen=True)
class Check:
    """Derivative by one node, as compared with differences."""

    analytic: float
    numeric: float
    bound: float
    """Bound on the error of the difference."""
    verdict: str
    """agrees, differs, or another verdict of `gradcheck`."""
    words: str = ""
    """Explanation of the verdict."""


def checks(nodes: Sequence[Any], gradients: Sequence[Any]) -> tuple[list[Check | None], str]:
    """Return the check of each node, and where there are none, the reason in words.

    The nodes stand operands first, the root last, with the gradients of the sum of its elements. Of
    an array, the derivative along one direction is checked. Leaves come first, then nodes in the
    order of their distance from the root, until all or a fixed amount of work is done.
    """
    found: list[Check | None] = [None] * len(nodes)
    try:
        graph = _Replay(nodes)
    except OpaqueError as error:
        return found, str(error)
    if not graph.is_unchanged():
        return found, "the data of a leaf has been changed since the graph was made"
    left: float = WORK
    order = sorted(range(len(nodes)), key=lambda i: (nodes[i].row is not None, -i))
    for i in order:
        later = graph.users(i)
        left -= graph.cost(later)
        if left < 0:
            return found, ""
        if gradients[i] is not None:
            found[i] = graph.check(i, later, gradients[i])
    return found, ""


class _Replay:
    def __init__(self, nodes: Sequence[Any]) -> None:
        self.nodes = nodes
        self.index = {node: i for i, node in enumerate(nodes)}
        self.numbers = all(isinstance(node, Value) for node in nodes)
        """True where many points can be computed at once, as arrays in the place of numbers."""
        self.single = any(isinstance(x, Tensor) and x.dtype != np.float64 for x in nodes)
        """True where gradients have fewer digits than the differences, which are of doubles."""
        self.data = [wide(node._data) for node in nodes]
        self.users_of: list[list[int]] = [[] for _ in nodes]
        for i, node in enumerate(nodes):
            for parent in node.parents:
                self.users_of[self.index[parent]].append(i)
        self.plans = [self.plan(node) for node in nodes]

    def plan(self, node: Any) -> tuple[Function, list[int], list[Any]]:
        """Return the function of a node, the nodes it takes (-1: none), and the constants."""
        inputs = node.operands if isinstance(node, Value) else node._inputs or node.operands
        places = [self.index[x] if isinstance(x, (Value, Tensor)) else -1 for x in node.operands]
        constants = [wide(x) if i < 0 else None for x, i in zip(inputs, places)]
        return function_of(node) if node.row else _no_function, places, constants

    def is_unchanged(self) -> bool:
        """Return whether the replayed graph has the same values."""
        for i, node in enumerate(self.nodes):
            if node.row is None:
                continue
            with np.errstate(all="ignore"):
                again, then = self.again(i, {}), np.asarray(node._data)
            digits = 1e-9 if then.dtype == np.float64 else 1e-2
            if not np.allclose(again, then, digits, digits * 1e-3, equal_nan=True):
                return False
        return True

    def users(self, i: int) -> list[int]:
        """Return the nodes computed from a node, in order."""
        reached = {i}
        todo = [i]
        for j in todo:
            new = set(self.users_of[j]) - reached
            reached |= new
            todo += new
        return sorted(reached - {i})

    def cost(self, later: Sequence[int]) -> float:
        """Return the amount of work of a check."""
        if self.numbers:
            return 300.0 + sum(len(self.nodes[j].operands) for j in later)
        return 300.0 + 48 * sum(2 + int(self.data[j].size) // 100 for j in later)

    def again(self, i: int, moved: dict[int, Any]) -> Any:
        """Return a node recomputed from its operands, some of which have moved."""
        function, places, constants = self.plans[i]
        data = self.data
        return function(
            *[
                constant if j < 0 else moved[j] if j in moved else data[j]
                for j, constant in zip(places, constants)
            ]
        )

    def check(self, i: int, later: Sequence[int], gradient: Any) -> Check:
        """Check the derivative of the root by a node, as `gradcheck` does."""
        at, along = self.data[i], np.float64(1.0)
        if not self.numbers:
            rng = np.random.default_rng(0)
            along = rng.choice([-1.0, 1.0], at.shape) * rng.uniform(0.5, 1.5, at.shape)
        start = float(at) if self.numbers else 0.0
        with np.errstate(all="ignore"):
            slope = float(np.sum(np.multiply(np.real(gradient), along)))
        steps = ladder(start if self.numbers else 1.0)
        points = around(start, steps)
        if self.numbers:
            totals = self.totals(i, later, np.array(points))  # all at once
        else:
            totals = [self.totals(i, later, at + t * along)[0] for t in points]
        found = of_values(start, steps, dict(zip(points, totals)), slope)
        return Check(slope, found.numeric, found.bound, *self.verdict(later, found, slope))

    def totals(self, i: int, later: Sequence[int], at: Any) -> list[float]:
        """Return the sum of the root's elements, with a node moved; of Values at many points."""
        moved = {i: at}
        with np.errstate(all="ignore"):
            for j in later:
                moved[j] = self.again(j, moved)
        root = moved.get(len(self.nodes) - 1, self.data[-1])
        if self.numbers:
            found: list[float] = np.broadcast_to(root, np.shape(at)).tolist()
            return found
        with np.errstate(all="ignore"):
            return [float(np.real(np.sum(root)))]

    def verdict(self, later: Sequence[int], found: Judgement, slope: float) -> tuple[str, str]:
        """Return the verdict in a word, and its explanation here."""
        words = "" if self.numbers else "along one direction of all entries at once"
        if found.verdict == Verdict.RIGHT:
            return "agrees", words
        if self.single and abs(slope - found.numeric) <= 1e-4 * abs(found.numeric):
            return "agrees", f"{words}, as far as single precision goes"
        if kink := self.kink(later):
            return "at a kink", f"{kink} has one here, and its derivative there is a convention"
        if found.verdict == Verdict.WRONG:
            return "differs", words
        return found.verdict, "rounding, or the edge of the domain, hides the difference"

    def kink(self, later: Sequence[int]) -> str:
        """Return the first operation after a node that is at a kink; "" where there is none."""
        for node in [self.nodes[j] for j in later]:
            if isinstance(node, Value) and isinstance(node.row, Elementary) and node.row.kinks:
                xs = [float(getattr(x, "_data", x)) for x in node.operands]
                if len(xs) == len(node.row.operands) and abs(node.row.kinks(floats, *xs)) < 1e-12:
                    return node.row.name
        return ""


def _no_function() -> None:
    """Do nothing: the function of a leaf."""
