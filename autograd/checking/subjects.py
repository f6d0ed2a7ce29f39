"""Subjects of a check: a function of numbers and arrays, with a claimed derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.calls import alias
from autograd.checking.inputs import (
    CheckError,
    Leaf,
    RaisedError,
    matched,
    names_of,
    parameters_of,
    paths,
)
from autograd.graph import Variables
from autograd.nodes import is_node, is_real
from autograd.recording import recording
from autograd.shapes import concatenate
from autograd.tensors.operations import of_values
from autograd.tensors.tensor import Tensor
from autograd.transforms import gradients
from autograd.trees import BRANCHES, flatten
from autograd.value import NUMBER, Value, shown

Function = Callable[..., Any]
Arrays = Sequence[Any]
"""Arrays of floats, one for each leaf, of no axes for a number."""


PLAIN = (Value, Tensor, float, np.ndarray, *NUMBER)
"""Types that a function may return as they are."""


class TimeUp(BaseException):
    """Error at the end of a check's time; no `except Exception` of a user's takes it."""


class Subject:
    """Function with its derivative: `evaluate` is the function, `slope` the derivative."""

    def __init__(
        self, f: Function, inputs: Sequence[Any], parameters: Any, order: int, seed: int
    ) -> None:
        self.f, self.order = f, order
        self._flat, self._rebuild = flatten(tuple(inputs))
        self._inputs, self._names = tuple(inputs), names_of(f, inputs)
        names = [path for x, name in zip(inputs, self._names) for path in paths(x, name)]
        self.leaves = [Leaf(name, x) for name, x in zip(names, self._flat)]
        self.count = len(self.leaves)  # of the inputs; parameters come after them
        self.leaves += [Leaf(name, p, p) for name, p in parameters_of(parameters)]
        self.at = [leaf.array for leaf in self.leaves]
        """Point of the check."""
        self._has_arrays = not all(leaf.is_number for leaf in self.leaves)
        self._rng = np.random.default_rng(seed)
        self._form: Any = None
        self.shape: tuple[int, ...] = ()
        self.weights: Any = None
        """Factors of the numbers of the result, before all are added up."""

    def start(self, y: Any) -> None:
        """Note the result of the function at the point of the check."""
        self.shape = np.shape(y)
        self.weights = signed(self._rng, self.shape) if self.shape else np.ones(())

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

    def called(self, f: Function, given: Sequence[Any]) -> Any:
        """Call a function with these inputs, in their form; nodes that it may write into."""
        if self._has_arrays:
            given = [alias(x) for x in given]
        try:
            return f(*self._rebuild(given[: self.count]))
        except Exception as error:
            raise RaisedError(error, f) from error

    def joined(self, y: Any, word: str = "the function") -> Any:
        """Return a result as one number or array; dicts keep the order of the first result."""
        if isinstance(y, PLAIN) and not _is_objects(y):
            return y
        if not isinstance(y, BRANCHES) or y is None:
            return joined(y)
        if self._form is None:
            self._form = y
        return joined(matched(self._form, y, word))

    def graph(self, arrays: Arrays) -> tuple[Any, list[Any]]:
        """Return the weighted sum of the result as a node, and the variables."""
        nodes = Variables(self.nodes(arrays))
        y = self.called(self.f, nodes)
        return self.total(self.derived(self.joined(y), nodes)), nodes

    def derived(self, y: Any, nodes: Sequence[Any]) -> Any:
        """Return the derivative one order below the checked one, along fixed directions."""
        if self.order == 1:
            return y
        rng = np.random.default_rng(1)
        for _ in range(self.order - 1):
            if not is_node(y):
                return y
            total = _sum(y * signed(rng, y.shape) if np.ndim(y.data) else y)
            shares = gradients(total, list(nodes), create_graph=True)
            y = _added([_sum(s * d) for s, d in zip(shares, self.directions(rng))])
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
        return _sum(y * self.weights)

    def result(self, arrays: Arrays) -> Any:
        """Return the numbers that the function returns."""
        raise NotImplementedError

    def evaluate(self, arrays: Arrays) -> float:
        """Return their weighted sum."""
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
        """Remarks on the function."""
        return ()


class Differentiated(Subject):
    """Function of Values and Tensors; its derivative is the engine's."""

    def __init__(self, f: Function, inputs: Sequence[Any], parameters: Any, order: int, seed: int):
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
            return numbers(self.derived(self.joined(self.called(self.f, nodes)), nodes))
        y = self.called(self.f, self.nodes(arrays))
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
        """Remark where the result does not depend on the inputs."""
        return () if self._depends else ("the result was not computed from the inputs",)

    def derivative_graph(self, along: Arrays) -> tuple[Any, list[Any]] | None:
        """Return the derivative as a graph, or None."""
        root, nodes = self.graph(self.at)
        if not is_node(root):
            return None
        shares = gradients(root, list(nodes), create_graph=True)
        return _along(shares, along), nodes


class Given(Subject):
    """Plain Python function, with a derivative by hand."""

    def __init__(
        self,
        f: Function,
        inputs: Sequence[Any],
        parameters: Any,
        seed: int,
        derivative: Function | None,
        jvp: Function | None,
        vjp: Function | None,
    ) -> None:
        super().__init__(f, inputs, parameters, 1, seed)
        self._derivative, self._jvp, self._vjp = derivative, jvp, vjp
        self._found: list[Any] | None = None
        self._of: Any = None
        self.start(self.result(self.at))

    def plain(self, arrays: Arrays) -> list[Any]:
        """Return the inputs as plain numbers and arrays."""
        return [leaf.plain(array) for leaf, array in zip(self.leaves, arrays)]

    def result(self, arrays: Arrays) -> Any:
        """Return the result of the function as plain numbers."""
        given = self.plain(arrays)
        y = numbers(self.joined(self.called(self.f, given)))
        for leaf, x, array in zip(self.leaves, given, arrays):
            if not (leaf.is_number or np.array_equal(x, array, equal_nan=True)):
                raise CheckError(f"the function changed its input {leaf.name}; it must not")
        return y

    def slope(self, along: Arrays) -> float:
        """Return the derivative along a direction."""
        return self.slope_at(self.at, along)

    def fresh_slope(self, along: Arrays) -> float:
        """Recompute `slope`, without the cache."""
        self._found = None
        return self.slope(along)

    def slope_at(self, arrays: Arrays, along: Arrays) -> float:
        """Return the derivative at other inputs."""
        inputs = self._rebuild(self.plain(arrays))
        if self._jvp is not None:
            tangents = self._rebuild(self.plain([np.asarray(d, float) for d in along]))
            rate = numbers(self.joined(calling(self._jvp, *inputs, *tangents), "jvp"))
            if np.shape(rate) != self.shape:
                got = f"jvp returned shape {np.shape(rate)} for a result of shape {self.shape}"
                raise CheckError(f"{got}; they must be the same")
            return float(np.sum(rate * self.weights))
        shares = self._shares(inputs, arrays)
        return inner(shares, along)

    def _shares(self, inputs: Sequence[Any], arrays: Arrays) -> list[Any]:
        """Return the derivatives of the weighted sum by all leaves, each in the leaf's shape."""
        if self._found is not None and self._of is self.weights and arrays is self.at:
            return self._found
        if self._vjp is not None:
            seed = self.weights.copy() if self.shape else 1.0
            given, word = calling(self._vjp, *inputs, seed), "vjp"
        else:
            assert self._derivative is not None
            given, word = calling(self._derivative, *inputs), "the derivative"
        parts = self._parts(given, word)
        shares = []
        for part, leaf in zip(parts, self.leaves):
            array = _array(part, word)
            needed = leaf.array.shape if self._vjp is not None else self.shape + leaf.array.shape
            if array.shape != needed:
                if array.size != 1 or np.prod(needed) != 1:
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

    def _parts(self, given: Any, word: str) -> list[Any]:
        """Return the parts, one for each leaf, of a result in the form of the inputs."""
        inputs, several = self._inputs, _is_list(given)
        if len(self.leaves) == 1 and not isinstance(given, BRANCHES[:3]):
            return [given]
        if len(inputs) == 1 and not (several and len(given) == 1 and not _is_list(inputs[0])):
            return matched(inputs[0], given, word, self._names[0])
        if not several or len(given) != len(inputs):
            got = f"{word} returned {shown(given)}"
            raise CheckError(f"{got}; it needs one for each of {len(inputs)} inputs")
        named = zip(inputs, given, self._names)
        return [part for x, own, name in named for part in matched(x, own, word, name)]

    def derivative_graph(self, along: Arrays) -> tuple[Any, list[Any]] | None:
        """Return the derivative as a graph, or None."""
        if self._derivative is None or self.shape:
            return None
        nodes = Variables(self.nodes(self.at))
        parts = self._parts(self.called(self._derivative, nodes), "")
        return _along(parts, along), nodes

    def graph(self, arrays: Arrays) -> tuple[Any, list[Any]]:
        """Return the graph if f of nodes is the same function; else no node."""
        root, nodes = super().graph(arrays)
        same = np.allclose(numbers(root), self.evaluate(arrays), 1e-9, 0.0, equal_nan=True)
        return (root, nodes) if same else (None, nodes)


def calling(f: Function, *given: Any) -> Any:
    """Call a function; RaisedError where it raises."""
    try:
        return f(*given)
    except Exception as error:
        raise RaisedError(error, f) from error


def signed(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Return numbers of size 0.5 to 1.5 of random sign."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape)


def inner(shares: Arrays, along: Arrays) -> float:
    """Return the sum of all products; what does not move adds nothing, not even 0 * inf."""
    products = [np.multiply(s, d)[d != 0.0].sum() for s, d in zip(shares, along) if d.any()]
    return float(sum(products))


def _along(shares: Sequence[Any], along: Arrays) -> Any:
    chosen = [(share, d) for share, d in zip(shares, along) if np.any(d)]
    return _added([_sum(s if np.ndim(d) == 0 and d == 1.0 else s * d) for s, d in chosen])


def _sum(x: Any) -> Any:
    return x.sum() if isinstance(x, (Tensor, np.ndarray)) and np.ndim(x) else x


def _added(terms: Sequence[Any]) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def joined(y: Any) -> Any:
    """Return a result as one number or array: the parts of lists, tuples and dicts in a row."""
    leaves, _ = flatten(y)
    if not leaves:
        raise CheckError(f"the function returned {_nothing(y)}; it must return numbers or arrays")
    for x in leaves:
        if not (is_node(x) or is_real(x)):
            raise CheckError(f"the function returned {shown(x)}; it must return numbers or arrays")
    if len(leaves) == 1:
        return leaves[0]
    if all(isinstance(x, Value) for x in leaves):
        return of_values(np.array(leaves, object), np.float64)
    if any(map(is_node, leaves)):
        return concatenate([_row(x) for x in leaves])
    return np.concatenate([np.ravel(x) for x in leaves])


def _row(x: Any) -> Any:
    if isinstance(x, Value):
        return of_values(np.array([x], object), np.float64)
    return x.reshape(-1) if isinstance(x, Tensor) else np.ravel(x)


def _is_list(x: Any) -> bool:
    return isinstance(x, (list, tuple))


def _is_objects(y: Any) -> bool:
    return isinstance(y, np.ndarray) and y.dtype.kind not in "fbiu"


def _nothing(y: Any) -> str:
    return "nothing" if y is None else shown(y)


def numbers(y: Any) -> Any:
    """Return a result as a float or an array of floats."""
    data = y.data if is_node(y) else y
    if isinstance(data, float):
        return data
    array = np.asarray(data, np.float64)
    return array if array.ndim else array.item()


def _array(part: Any, word: str) -> Any:
    data = part.data if is_node(part) else part
    try:
        return np.asarray(data, np.float64)
    except (TypeError, ValueError):
        raise CheckError(f"{word} returned {shown(part)}; it must be numbers or arrays") from None
