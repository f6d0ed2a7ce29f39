"""The gradients of a graph held against differences: the graph is computed again around a node."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import ops
from autograd.checking import Entry, GradientCheckWarning, gradcheck
from autograd.checking.differences import derivative
from autograd.floats import floats
from autograd.nary import Nary
from autograd.ops import TABLE, Elementary
from autograd.tensors import structural
from autograd.tensors.making import VALUES
from autograd.tensors.structural import Structural
from autograd.tensors.tensor import Tensor
from autograd.value import Value, nary_value

Function = Callable[..., Any]

WORK = 200_000
"""How much of it there is at most, in operations of arrays of a few numbers: half a second."""


@dataclass(frozen=True)
class Check:
    """The derivative by one node as it is held against differences."""

    analytic: float
    numeric: float
    bound: float
    """How wrong the difference may be."""
    verdict: str
    """agrees, differs, or another word of `gradcheck`."""
    words: str = ""
    """What else there is to know."""


class OpaqueError(Exception):
    """An operation that can't be computed again, because only its derivative was given."""


def checks(nodes: Sequence[Any], gradients: Sequence[Any]) -> tuple[list[Check | None], str]:
    """The check of each node, and in words why there are none, where there are none.

    The nodes stand operands first, the root last, with the gradients of the sum of its elements.
    Of an array, the derivative along one direction is checked. Leaves come first, then what is
    nearest to the root, until all or a fixed amount of work is done.
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
        """Whether many points can be computed at once, as arrays in the place of numbers."""
        self.single = any(isinstance(x, Tensor) and x.dtype != np.float64 for x in nodes)
        """Whether gradients have fewer digits than the differences, which are of doubles."""
        self.data = [_wide(node._data) for node in nodes]
        self.users_of: list[list[int]] = [[] for _ in nodes]
        for i, node in enumerate(nodes):
            for parent in node.parents:
                self.users_of[self.index[parent]].append(i)
        self.plans = [self.plan(node) for node in nodes]

    def plan(self, node: Any) -> tuple[Function, list[int], list[Any]]:
        """How to compute a node: a function, which nodes it takes (-1: none), and the constants."""
        inputs = node.operands if isinstance(node, Value) else node._inputs or node.operands
        places = [self.index[x] if isinstance(x, (Value, Tensor)) else -1 for x in node.operands]
        constants = [_wide(x) if i < 0 else None for x, i in zip(inputs, places)]
        return _function(node) if node.row else _no_function, places, constants

    def is_unchanged(self) -> bool:
        """Whether the graph computed again is the same."""
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
        """What was computed from a node, in order."""
        reached = {i}
        todo = [i]
        for j in todo:
            new = set(self.users_of[j]) - reached
            reached |= new
            todo += new
        return sorted(reached - {i})

    def cost(self, later: Sequence[int]) -> float:
        """How much work a check is."""
        if self.numbers:
            return 300.0 + sum(len(self.nodes[j].operands) for j in later)
        return 300.0 + 48 * sum(2 + int(self.data[j].size) // 100 for j in later)

    def again(self, i: int, moved: dict[int, Any]) -> Any:
        """A node computed from its operands, of which some have moved."""
        function, places, constants = self.plans[i]
        data = self.data
        return function(
            *[
                constant if j < 0 else moved[j] if j in moved else data[j]
                for j, constant in zip(places, constants)
            ]
        )

    def check(self, i: int, later: Sequence[int], gradient: Any) -> Check:
        """The derivative of the root by a node, as `gradcheck` judges it."""
        at, along = self.data[i], np.float64(1.0)
        if not self.numbers:
            rng = np.random.default_rng(0)
            along = rng.choice([-1.0, 1.0], at.shape) * rng.uniform(0.5, 1.5, at.shape)
        start = float(at) if self.numbers else 0.0
        slope = float(np.sum(np.multiply(gradient, along)))
        if self.numbers:
            points = [start]  # all at once: which they are does not depend on the function
            derivative(_noted(points), start)
            totals = dict(zip(points, self.totals(i, later, np.array(points))))
            entry = _judged(
                lambda t: totals[t] if t in totals else self.totals(i, later, np.array([t]))[0],
                start,
                slope,
            )
        else:
            entry = _judged(lambda t: self.totals(i, later, at + t * along)[0], start, slope)
        return Check(slope, entry.numeric, entry.bound, *self.verdict(later, entry))

    def totals(self, i: int, later: Sequence[int], at: Any) -> list[float]:
        """The sum of the root's elements, with a node moved; of Values at each of many points."""
        moved = {i: at}
        with np.errstate(all="ignore"):
            for j in later:
                moved[j] = self.again(j, moved)
        root = moved.get(len(self.nodes) - 1, self.data[-1])
        if self.numbers:
            found: list[float] = np.broadcast_to(root, np.shape(at)).tolist()
            return found
        return [float(np.sum(root))]

    def verdict(self, later: Sequence[int], entry: Entry) -> tuple[str, str]:
        """The verdict in a word, and in more words what it means here."""
        words = "" if self.numbers else "along one direction of all entries at once"
        if entry.verdict == "right":
            return "agrees", words
        error = abs(entry.analytic - entry.numeric)
        if self.single and error <= 1e-4 * abs(entry.numeric):
            return "agrees", f"{words}, as far as single precision goes"
        if kink := self.kink(later):
            return "at a kink", f"{kink} has one here, and its derivative there is a convention"
        if entry.verdict == "wrong":
            return "differs", words
        return entry.verdict, "rounding, or the edge of the domain, hides the difference"

    def kink(self, later: Sequence[int]) -> str:
        """The first operation after a node that stands at a kink; "" where there is none."""
        for node in [self.nodes[j] for j in later]:
            if isinstance(node, Value) and isinstance(node.row, Elementary) and node.row.kinks:
                xs = [float(getattr(x, "_data", x)) for x in node.operands]
                if len(xs) == len(node.row.operands) and abs(node.row.kinks(floats, *xs)) < 1e-12:
                    return node.row.name
        return ""


def _function(node: Any) -> Function:
    """What computes a node from plain arrays."""
    row = node.row
    if row is ops.where:
        return np.where if isinstance(node, Tensor) else lambda truth, chosen: chosen
    if row is structural.values:
        return lambda *xs: np.array(xs, np.float64).reshape(node.shape)
    if isinstance(row, Elementary):
        return VALUES[row]
    if isinstance(row, Nary):
        return lambda *xs: _of_many(row, xs)
    if isinstance(row, Structural):
        return row.of_arrays
    raise OpaqueError(f"{row.name} has a derivative of its user's own, and can't be computed again")


def _no_function() -> None:
    """What computes a leaf."""


def _noted(points: list[float]) -> Callable[[float], float]:
    """A function that notes where it is asked for."""

    def noted(t: float) -> float:
        points.append(t)
        return math.nan

    return noted


def _judged(along: Callable[[float], float], at: float, slope: float) -> Entry:
    """A derivative held against differences of a function of one number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GradientCheckWarning)
        report = gradcheck(along, at, derivative=lambda _: slope, raise_error=False)
    return report.entries[0]


def _of_many(row: Nary, xs: Sequence[Any]) -> Any:
    """An operation of any number of numbers, at each of many points."""
    inputs, options = row.split(xs)
    try:
        return row.value(_ARRAYS, inputs, *options)
    except ValueError:  # it branches, and so takes one point at a time
        of_each = np.broadcast_arrays(*inputs)
        points = zip(*(x.ravel().tolist() for x in of_each))
        found = [nary_value(row, list(point), *options)[0] for point in points]
        return np.array(found).reshape(of_each[0].shape)


class _Arrays:
    """The arithmetic of arrays: each function is made from its row when it is first needed."""

    def __getattr__(self, name: str) -> Function:
        if name not in TABLE:
            raise AttributeError(name)
        return VALUES[TABLE[name]]


_ARRAYS = _Arrays()


def _wide(x: Any) -> Any:
    """In double precision, so that differences keep their digits."""
    if isinstance(x, (float, np.ndarray)) and np.asarray(x).dtype.kind == "f":
        return np.asarray(x, np.float64)
    return x
