"""Derivatives by hand, of plain Python functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.foreign.operators import is_operator, pulled
from autograd.checking.inputs import CheckError, Function, Inputs, call, change, has_leaves, matched
from autograd.checking.results import Arrays, array_of, inner, is_list, numbers, rate_along
from autograd.checking.subjects import Subject
from autograd.graph import Variables
from autograd.trees import BRANCHES
from autograd.value import shown

UNCHANGEABLE = {float, int, bool, str, type(None)}
"""Types of inputs that a function can't write into."""


class Given(Subject):
    """Plain Python function with its derivative by hand, in one of three forms."""

    def __init__(
        self,
        f: Function,
        inputs: Inputs,
        seed: int = 0,
        *,
        derivative: Function | None = None,
        jvp: Function | None = None,
        vjp: Function | None = None,
    ) -> None:
        super().__init__(f, inputs, None, 1, seed)
        self._derivative, self._jvp, self._vjp = derivative, jvp, vjp
        self.jacobians: dict[str, Any] = {}
        """Jacobians at the point that are no arrays, by the names of the leaves."""
        self._found: list[Any] | None = None
        self._of: Any = None
        self.start(self.result(self.at))

    def plain(self, arrays: Arrays) -> list[Any]:
        """Return the inputs as plain numbers and arrays."""
        return [leaf.plain(array) for leaf, array in zip(self.leaves, arrays)]

    def result(self, arrays: Arrays) -> Any:
        """Return the result of the function as plain numbers."""
        return numbers(self.joined(self._called(self.f, "the function", arrays)))

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
                raise CheckError(f"{word} changed its {what}; it must not")
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
        rates = [np.asarray(d, float) for d in along]

        def tangents() -> list[Any]:
            return self.inputs.tangents(self.plain(rates))

        rate = self._called(self._jvp, "jvp", arrays, tangents, "tangents")
        rate = numbers(self.joined(rate, "jvp"))
        if np.shape(rate) != self.shape:
            got = f"jvp returned shape {np.shape(rate)} for a result of shape {self.shape}"
            raise CheckError(f"{got}; they must be the same")
        return float(np.sum(rate * self.weights))

    def _shares(self, arrays: Arrays) -> list[Any]:
        """Return the derivatives of the weighted sum by all leaves, each in the leaf's shape."""
        if self._found is not None and self._of is self.weights and arrays is self.at:
            return self._found
        word = "the derivative" if self._vjp is None else "vjp"
        if self._vjp is None:
            assert self._derivative is not None
            given = self._called(self._derivative, word, arrays)
        else:
            given = self._called(self._vjp, word, arrays, lambda: [self._seed()], "seed")
        shares = []
        for part, leaf in zip(self._parts(given, word), self.leaves):
            if is_operator(part) and self._vjp is None:
                self.jacobians[leaf.name] = part
                shares.append(pulled(part, self.weights, leaf.array.shape, word, leaf.name))
                continue
            array = array_of(part, word)
            needed = leaf.array.shape if self._vjp is not None else self.shape + leaf.array.shape
            if array.shape != needed:
                if _long(array.shape) != _long(needed):
                    got = f"{word} returned shape {array.shape} by {leaf.name}"
                    raise CheckError(f"{got}; it must be {needed}")
                array = array.reshape(needed)
            if self._vjp is None and self.shape:
                counts = self.weights != 0.0  # of the others not even 0 * inf
                array = np.tensordot(self.weights[counts], array[counts], 1)
            shares.append(array)
        if arrays is self.at:
            self._found, self._of = shares, self.weights
        return shares

    def _seed(self) -> Any:
        return self.weights.copy() if self.shape else 1.0

    def _parts(self, given: Any, word: str) -> list[Any]:
        """Return the parts, one for each leaf, of a derivative in the form of the inputs."""
        if len(self.leaves) == 1 and not isinstance(given, BRANCHES[:3]):
            return [given]
        names, form = self.inputs.names, self.inputs.form
        moved = [i for i, part in enumerate(form) if has_leaves(part)]
        if len(moved) == 1:
            (i,) = moved
            is_one = is_list(given) and len(given) == 1
            is_of_all = type(given) is tuple and 1 < len(given) == len(form)
            if is_list(form[i]) or not (is_one or is_of_all):
                return matched(form[i], given, word, names[i])
        if not is_list(given) or len(given) not in (len(form), len(moved)):
            got = f"{word} returned {shown(given)}"
            raise CheckError(f"{got}; it needs one for each of {len(moved)} inputs")
        own = given if len(given) == len(moved) else [given[i] for i in moved]
        return [part for i, x in zip(moved, own) for part in matched(form[i], x, word, names[i])]

    def derivative_graph(self, along: Arrays) -> tuple[Any, list[Any]] | None:
        """Return the derivative as a graph, or None."""
        if self._derivative is None or self.shape:
            return None
        nodes = Variables(self.nodes(self.at))
        parts = self._parts(call(self._derivative, self.arguments(nodes)), "")
        return rate_along(parts, along), nodes

    def graph(self, arrays: Arrays) -> tuple[Any, list[Any]]:
        """Return the graph if f of nodes is the same function; else no node."""
        root, nodes = super().graph(arrays)
        same = np.allclose(numbers(root), self.evaluate(arrays), 1e-9, 0.0, equal_nan=True)
        return (root, nodes) if same else (None, nodes)


def _long(shape: Sequence[int]) -> list[int]:
    """Return the shape without axes of one: SciPy takes [[g]] for [g]."""
    return [n for n in shape if n != 1]
