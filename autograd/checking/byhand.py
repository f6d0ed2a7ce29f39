"""Derivatives by hand, of plain Python functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.foreign.operators import is_operator, pulled
from autograd.checking.inputs import (
    NARROW,
    CheckError,
    Function,
    Inputs,
    Leaf,
    RaisedError,
    WrittenError,
    call,
    change,
)
from autograd.checking.results import Arrays, array_of, inner, numbers, rate_along
from autograd.checking.subjects import Subject
from autograd.graph import Variables, backward_order
from autograd.nodes import is_node
from autograd.rules import elementary

UNCHANGEABLE = {float, int, bool, str, type(None)}
"""Types of inputs that a function can't write into."""


class Given(Subject):
    """Plain Python function with its derivative by hand, in one of three forms.

    `words` name the function and the derivative in messages.
    """

    def __init__(
        self,
        f: Function,
        inputs: Inputs,
        seed: int = 0,
        *,
        derivative: Function | None = None,
        jvp: Function | None = None,
        vjp: Function | None = None,
        words: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(f, inputs, None, 1, seed)
        word = "jvp" if jvp is not None else "the derivative" if vjp is None else "vjp"
        self._of_f, self._word = words or ("the function", word)
        self._derivative, self._jvp, self._vjp = derivative, jvp, vjp
        self.jacobians: dict[str, Any] = {}
        """Jacobians at the point that are no arrays, by the names of the leaves."""
        self._found: list[Any] | None = None
        self._of: Any = None
        self._narrow: Any = None  # type of the result, if it is not the usual one
        self.start(self.result(self.at))
        narrow: Any = self._narrow
        if narrow in NARROW:
            self.epsilon = float(np.finfo(narrow).eps)
            self.weights = self.weights.astype(narrow).astype(np.float64)

    def plain(self, arrays: Arrays) -> list[Any]:
        """Return the inputs as plain numbers and arrays."""
        return [leaf.plain(array) for leaf, array in zip(self.leaves, arrays)]

    def result(self, arrays: Arrays) -> Any:
        """Return the result of the function as plain numbers."""
        y = self.joined(self._called(self.f, self._of_f, arrays), self._of_f)
        self._narrow = None if is_node(y) else getattr(y, "dtype", None)
        return numbers(y)

    def _called(
        self,
        f: Function,
        word: str,
        arrays: Arrays,
        more: Callable[[], Sequence[Any]] = tuple,
        of_more: str = "",
    ) -> Any:
        """Call a function with inputs of its own, and more of them; it may write into none."""

        def fresh() -> list[Any]:
            return [*self.inputs.rebuild(self.plain(arrays)), *more()]

        given = fresh()
        if {*map(type, given)} <= UNCHANGEABLE:
            return call(f, given, word)
        kept, found = fresh(), call(f, given, word)
        names = [f"input {name}" for name in self.inputs.names]
        names += [of_more] * (len(given) - len(names))
        for before, after, name in zip(kept, given, names):
            if what := change(before, after, name):
                raise WrittenError(f"{word} changed its {what}; it must not")
        return found

    def slope(self, along: Arrays) -> float:
        """Return the derivative along a direction."""
        return self.slope_at(self.at, along)

    def fresh_slope(self, along: Arrays) -> float:
        """Recompute `slope`, without the cache."""
        self._found = None
        return self.slope(along)

    def slope_at(self, arrays: Arrays, along: Arrays) -> float:
        """Return the derivative at other inputs."""
        if self._jvp is None:
            return inner(self._shares(arrays), along)
        return float(np.sum(self._rate(arrays, along) * self.weights))

    def _rate(self, arrays: Arrays, along: Arrays) -> Any:
        """Return what jvp gives along a direction, in the shape of the result."""
        assert self._jvp is not None
        rates = [np.asarray(d, float) for d in along]

        def tangents() -> list[Any]:
            return self.inputs.tangents(self.plain(rates))

        rate = self._called(self._jvp, self._word, arrays, tangents, "tangents")
        rate = numbers(self.joined(rate, self._word))
        if np.shape(rate) != self.shape:
            got = f"{self._word} returned shape {np.shape(rate)} for a result of shape {self.shape}"
            raise CheckError(f"{got}; they must be the same")
        return rate

    def _shares(self, arrays: Arrays) -> list[Any]:
        """Return the derivatives of the weighted sum by all leaves, each in the leaf's shape."""
        if self._vjp is None:
            return [self._weighted(*pair) for pair in zip(self._parts(arrays), self.leaves)]
        return self._parts(arrays)

    def _weighted(self, part: Any, leaf: Leaf) -> Any:
        """Return the weighted sum of a Jacobian's rows, in the leaf's shape."""
        if is_operator(part):
            return pulled(part, self.weights, leaf.array.shape, self._word, leaf.name)
        if not self.shape:
            return part
        counts = self.weights != 0.0  # of the others not even 0 * inf
        return np.tensordot(self.weights[counts], part[counts], 1)

    def _parts(self, arrays: Arrays) -> list[Any]:
        """Return what the derivative gives, or vjp with the weights: an array for each leaf."""
        is_vjp = self._vjp is not None
        if arrays is self.at and self._found and not (is_vjp and self._of is not self.weights):
            return self._found
        if self._vjp is not None:
            given = self._called(self._vjp, self._word, arrays, lambda: [self._seed()], "seed")
        else:
            assert self._derivative is not None
            given = self._called(self._derivative, self._word, arrays)
        found = []
        for part, leaf in zip(self.inputs.parts(given, self._word), self.leaves):
            if is_operator(part) and not is_vjp:
                self.jacobians[leaf.name] = part
                found.append(part)
                continue
            array = array_of(part, self._word)
            needed = leaf.array.shape if is_vjp else self.shape + leaf.array.shape
            if array.shape != needed:
                if _long(array.shape) != _long(needed):
                    got = f"{self._word} returned shape {array.shape} by {leaf.name}"
                    raise CheckError(f"{got}; it must be {needed}")
                array = array.reshape(needed)
            found.append(array)
        if arrays is self.at:
            self._found, self._of = found, self.weights
        return found

    def _seed(self) -> Any:
        if self._narrow in NARROW:
            return self.weights.astype(self._narrow) if self.shape else self._narrow.type(1.0)
        return self.weights.copy() if self.shape else 1.0

    def product(self, weights: Any, direction: Any) -> float:
        """Return the product of the Jacobian with weights and a direction, two rows of numbers."""
        kept = self.weights
        self.weights = np.reshape(weights, self.shape)
        try:
            return self.slope(split(direction, self.at))
        finally:
            self.weights = kept

    def matrix(self) -> Any:
        """Return the whole Jacobian: the numbers of the result by those of the inputs."""
        if self._jvp is not None:
            unit = np.eye(sum(x.size for x in self.at))
            columns = [self._rate(self.at, split(v, self.at)) for v in unit]
            return np.stack([np.ravel(column) for column in columns], 1)
        kept, rows = self.weights, []
        try:
            for u in np.eye(kept.size):
                self.weights = u.reshape(self.shape)
                rows.append(np.concatenate([np.ravel(share) for share in self._shares(self.at)]))
        finally:
            self.weights = kept
        return np.array(rows)

    def derivative_graph(self, along: Arrays) -> tuple[Any, list[Any]] | None:
        """Return the derivative as a graph, or None."""
        if self._derivative is None or self.shape:
            return None
        nodes = Variables(self.nodes(self.at))
        try:
            given = call(self._derivative, self.arguments(nodes), self._word)
            parts = self.inputs.parts(given, self._word)
        except (CheckError, RaisedError):  # it is made for plain numbers
            return None
        return rate_along(parts, along), nodes

    def graph(self, arrays: Arrays) -> tuple[Any, list[Any]]:
        """Return the graph if f of nodes is the same function; else no node.

        What rounds to digits means another function, and is judged from its values.
        """
        root, nodes = super().graph(arrays)
        if is_node(root) and any(x.row is elementary.round for x in backward_order([root])):
            return None, nodes
        same = np.allclose(numbers(root), self.evaluate(arrays), 1e-9, 0.0, equal_nan=True)
        return (root, nodes) if same else (None, nodes)


def _long(shape: Sequence[int]) -> list[int]:
    """Return the shape without axes of one: SciPy takes [[g]] for [g]."""
    return [n for n in shape if n != 1]


def split(row: Any, arrays: Arrays) -> list[Any]:
    """Return the numbers in a row in the shapes of arrays."""
    ends = np.cumsum([x.size for x in arrays])[:-1]
    return [part.reshape(x.shape) for part, x in zip(np.split(row, ends), arrays)]
