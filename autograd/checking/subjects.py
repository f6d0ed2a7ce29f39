"""Subjects of a check: a function of numbers and arrays, with the derivative under test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.calls import alias
from autograd.checking.inputs import (
    CheckError,
    Function,
    Inputs,
    Leaf,
    call,
    matched,
    parameters_of,
)
from autograd.checking.results import (
    Arrays,
    added,
    inner,
    is_objects,
    joined,
    numbers,
    rate_along,
    signed,
    summed,
)
from autograd.checking.settings import Settings
from autograd.graph import Variables
from autograd.nodes import is_node
from autograd.recording import recording
from autograd.tensors.tensor import Tensor
from autograd.transforms import gradients
from autograd.trees import BRANCHES
from autograd.value import NUMBER, Value

EPSILON = 2.0**-52
PLAIN = (Value, Tensor, float, np.ndarray, *NUMBER)
"""Types that a function may return as they are."""


class TimeUp(BaseException):
    """Error at the end of a check's time; no `except Exception` of a user's takes it."""


class Subject:
    """Function with its derivative: `evaluate` is the function, `slope` the derivative."""

    def __init__(self, f: Function, inputs: Inputs, parameters: Any, order: int, seed: int) -> None:
        self.f, self.inputs, self.order = f, inputs, order
        self.count = len(inputs.leaves)  # parameters come after them
        more = [Leaf(name, p, p) for name, p in parameters_of(parameters)]
        self.leaves = [*inputs.leaves, *more]
        self.at = [leaf.array for leaf in self.leaves]
        """Point of the check."""
        has_arrays = not all(leaf.is_number for leaf in self.leaves)
        self.arguments = self._aliased if has_arrays or more else inputs.rebuild
        """Return the arguments of the function, of nodes for all leaves."""
        self._rng = np.random.default_rng(seed)
        self.settings = Settings()
        self.scatter = 0.0
        """Error of the values, as far as it is known."""
        self._form: Any = None
        self.here: Any = None
        """Result at the point."""
        self.shape: tuple[int, ...] = ()
        self.epsilon = EPSILON
        """Relative rounding error of results."""
        self.weights: Any = None
        """Factors of the numbers of the result, before all are added up."""

    def start(self, y: Any) -> None:
        """Note the result of the function at the point of the check."""
        self.here = y
        self.shape = np.shape(y)
        is_one = np.size(y) == 1
        self.weights = np.ones(self.shape) if is_one else signed(self._rng, self.shape)

    def nodes(self, arrays: Arrays) -> list[Any]:
        """Return fresh variables for the inputs, and the parameters with these numbers."""
        made = []
        for leaf, array in zip(self.leaves, arrays):
            if leaf.parameter is None:
                made.append(Value(array.item()) if leaf.is_number else Tensor(array))
            elif leaf.is_number:
                leaf.parameter.data = array.item()
                made.append(leaf.parameter)
            else:
                leaf.parameter._data = np.array(array)
                made.append(leaf.parameter)
        return made

    def _aliased(self, nodes: Arrays) -> Any:
        """Return the arguments, of nodes that the function may write into."""
        return self.inputs.rebuild([alias(x) for x in nodes[: self.count]])

    def joined(self, y: Any, word: str = "the function") -> Any:
        """Return a result as one number or array; dicts keep the order of the first result."""
        if isinstance(y, PLAIN) and not is_objects(y):
            return y
        if not isinstance(y, BRANCHES) or y is None:
            return joined(y, word)
        if self._form is None:
            self._form = y
        return joined(matched(self._form, y, word), word)

    def graph(self, arrays: Arrays) -> tuple[Any, list[Any]]:
        """Return the weighted sum of the result as a node, and the variables."""
        self.settings.call()
        nodes = Variables(self.nodes(arrays))
        y = call(self.f, self.arguments(nodes))
        return self.total(self.derived(self.joined(y), nodes)), nodes

    def derived(self, y: Any, nodes: Sequence[Any]) -> Any:
        """Return the derivative one order below the checked one, along fixed directions."""
        if self.order == 1:
            return y
        rng = np.random.default_rng(1)
        for _ in range(self.order - 1):
            if not is_node(y):
                return y
            whole = summed(y * signed(rng, y.shape) if np.ndim(y.data) else y)
            shares = gradients(whole, list(nodes), create_graph=True)
            y = added([summed(s * d) for s, d in zip(shares, self.directions(rng))])
        return y

    def directions(self, rng: np.random.Generator) -> list[Any]:
        """Return a direction for each leaf; for a single number, 1."""
        if len(self.leaves) == 1 and self.leaves[0].array.size == 1:
            return [np.ones(self.leaves[0].array.shape)]
        return [signed(rng, leaf.array.shape) for leaf in self.leaves]

    def total(self, y: Any) -> Any:
        """Return the weighted sum of a result, as a node or a number."""
        if not is_node(y):
            return float(np.sum(np.asarray(y, float) * self.weights))
        if isinstance(y, Value) or not y.ndim:
            return y if np.all(self.weights == 1.0) else y * float(self.weights)
        return summed(y * self.weights)

    def result(self, arrays: Arrays) -> Any:
        """Return the numbers that the function returns."""
        raise NotImplementedError

    def evaluate(self, arrays: Arrays) -> float:
        """Return their weighted sum."""
        self.settings.call()
        return self.weighted(self.result(arrays))

    def weighted(self, y: Any) -> float:
        """Return the weighted sum of the numbers that the function returned."""
        if np.shape(y) != self.shape:
            got = f"the function returned shape {np.shape(y)} and, at another point, {self.shape}"
            raise CheckError(f"{got}; it must always return the same")
        return float(np.sum(y * self.weights)) if self.shape else float(y)

    def slope(self, along: Arrays) -> float:
        """Return the derivative under test of that sum, along a direction."""
        raise NotImplementedError

    def fresh_slope(self, along: Arrays) -> float:
        """Recompute `slope`, without the cache."""
        raise NotImplementedError

    def derivative_graph(self, along: Arrays) -> tuple[Any, list[Any]] | None:
        """Return the derivative under test as a node, and the variables, where it can be had."""
        raise NotImplementedError

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on the check."""
        if not self.inputs.kept:
            return ()
        kept = ", ".join(self.inputs.kept)
        return (f"not checked: {kept} (an int is an option, but where argnums= names it)",)


class Differentiated(Subject):
    """Function of Values and Tensors; its derivative is the engine's."""

    def __init__(
        self, f: Function, inputs: Inputs, parameters: Any = None, order: int = 1, seed: int = 0
    ) -> None:
        super().__init__(f, inputs, parameters, order, seed)
        if recording.is_paused():
            raise ValueError("gradcheck: got a function inside no_grad; there is no gradient")
        self.start(self.result(self.at))
        self._slopes: list[Any] | None = None
        self._of: Any = None

    def result(self, arrays: Arrays) -> Any:
        """Return the result of the function as plain numbers."""
        if self.order > 1:
            nodes = Variables(self.nodes(arrays))
            y = self.joined(call(self.f, self.arguments(nodes)))
            return numbers(self.derived(y, nodes))
        y = call(self.f, self.arguments(self.nodes(arrays)))
        return y.data if type(y) is Value else numbers(self.joined(y))

    def slope(self, along: Arrays) -> float:
        """Return the derivative along a direction."""
        if self._slopes is None or self._of is not self.weights:
            root, nodes = self.graph(self.at)
            self._of, self._depends = self.weights, is_node(root)
            if is_node(root):
                self._slopes = list(gradients(root, list(nodes)))
            else:
                self._slopes = [np.zeros(np.shape(d)) for d in along]
        return inner(self._slopes, along)

    def fresh_slope(self, along: Arrays) -> float:
        """Recompute `slope`, without the cache."""
        self._slopes = None
        return self.slope(along)

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks, also where the result does not depend on the inputs."""
        lost = () if self._depends else ("the result was not computed from the inputs",)
        return super().notes + lost

    def derivative_graph(self, along: Arrays) -> tuple[Any, list[Any]] | None:
        """Return the derivative as a graph, or None."""
        root, nodes = self.graph(self.at)
        if not is_node(root):
            return None
        shares = gradients(root, list(nodes), create_graph=True)
        return rate_along(shares, along), nodes
