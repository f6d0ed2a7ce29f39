"""A call of a function on variables that stand for its arguments, and what is derived from it."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from operator import index
from typing import Any

import numpy as np

from autograd import ops, tensor
from autograd.derivatives import graph_gradients, made_inside, reverse
from autograd.graph import backward_order
from autograd.recording import recording, transformed, user_line
from autograd.tensor import Tensor
from autograd.trees import Rebuild, flatten, same_form
from autograd.value import MADE, NUMBER, Value, shown

Function = Callable[..., Any]


def pulled(
    name: str,
    ys: Sequence[Any],
    xs: Sequence[Any],
    seeds: Sequence[Any],
    as_graph: bool,
    cut: bool = False,
) -> list[Any]:
    """The derivatives of the sum of all seed * y by the xs; a seed of None is 1.

    With `cut` (graphs only) as if no x had been computed from another.
    """
    if recording.unusual:
        for y, seed in zip(ys, seeds):
            recording.check_pass(y, seed)
    found: dict[int, Any] = {}
    for kind in (Value, Tensor):
        mine: list[Any] = [x for x in xs if type(x) is kind]
        roots: list[Any] = [y for y in ys if type(y) is kind]
        given = [seed for y, seed in zip(ys, seeds) if type(y) is kind]
        if kind is Tensor and as_graph and mine and roots:
            raise TypeError(f"{name}: derivatives as graphs are for Values so far; got a Tensor")
        if not (mine and roots):
            got: Sequence[Any] = [plain_zero(x) for x in mine]
        elif kind is Value:
            given = [1.0 if seed is None else seed for seed in given]
            got = _pulled_values(roots, mine, given, as_graph, cut)
        else:
            parts = [y._gradients(mine, seed) for y, seed in zip(roots, given)]
            got = [sum(each[1:], each[0]) for each in zip(*parts)]
        found |= {id(x): g for x, g in zip(mine, got)}
    return [found[id(x)] for x in xs]


def _pulled_values(
    ys: list[Value], xs: list[Value], seeds: list[Any], as_graph: bool, cut: bool
) -> Sequence[Any]:
    if as_graph or any(isinstance(seed, Value) for seed in seeds):
        return graph_gradients(ys, xs, seeds, cut)
    return reverse(ys, xs, [seeds])[0]


class Call:
    """A call of a function on variables in the place of some of its arguments."""

    def __init__(
        self, name: str, f: Function, args: Sequence[Any], kwargs: dict[str, Any], argnums: Any
    ) -> None:
        self.name, self.f, self.level = name, f, recording.level + 1
        positions = _positions(name, argnums, len(args))
        chosen = [args[i] for i in positions]
        leaves, rebuild = flatten(chosen)
        self.of_nodes = any(isinstance(x, (Value, Tensor)) for x in leaves)
        self.rebuild: Rebuild = lambda new: (
            tuple(rebuild(new)) if isinstance(argnums, (list, tuple)) else rebuild(new)[0]
        )
        self.argnums, given = positions, list(args)
        with transformed():
            self.xs = [variable(name, x) for x in leaves]
            for i, tree in zip(positions, rebuild(self.xs)):
                given[i] = tree
            self.out = f(*given, **kwargs)

    def outputs(self) -> tuple[list[Any], Rebuild]:
        """The nodes and numbers that were returned, and their form."""
        leaves, rebuild = flatten(self.out)
        if not leaves:
            raise TypeError(f"{self._says()} nothing; it must return numbers or arrays")
        for y in leaves:
            if not isinstance(y, (Value, Tensor, *NUMBER)) and not is_real(y):
                raise TypeError(f"{self._says()} {shown(y)}; it must return numbers or arrays")
        if not any(isinstance(y, (Value, Tensor)) for y in leaves):
            self.warn()
        return leaves, rebuild

    def output(self) -> Any:
        """The one number that was returned: a node, or a float."""
        y = self.out
        if isinstance(y, Value) or (isinstance(y, Tensor) and y.size == 1):
            return y
        if is_real(y) and np.size(y) == 1:
            self.warn()
            return float(np.asarray(y).item())
        got = "nothing" if y is None else f"shape {y.shape}" if hasattr(y, "shape") else shown(y)
        raise TypeError(f"{self._says()} {got}; it must return one number")

    def is_closed(self, ys: Sequence[Any]) -> bool:
        """Whether all that the outputs were computed from is this call's own."""
        if self.of_nodes:
            return False
        values = [y for y in ys if type(y) is Value]
        tensors = [y for y in ys if type(y) is Tensor]
        return made_inside(values, self.level) and all(
            node.level >= self.level for node in backward_order(tensors) if node.row is None
        )

    def gradient(self, y: Any, as_graph: bool) -> list[Any]:
        """The derivatives of one output by all variables."""
        if not isinstance(y, (Value, Tensor)):
            return [plain_zero(x) for x in self.xs]
        return pulled(self.name, [y], self.xs, [None], as_graph)

    def warn(self) -> None:
        """Say that what was returned does not depend on the variables."""
        try:
            names = list(inspect.signature(self.f).parameters)
        except (TypeError, ValueError):
            names = []
        inputs = [names[i] if i < len(names) else f"argument {i}" for i in self.argnums]
        file, number = user_line() or ("<unknown>", 0)
        message = f"{self._says()} a number that was not computed from {', '.join(inputs)}"
        warnings.warn_explicit(f"{message}; its derivative is 0", UserWarning, file, number)

    def _says(self) -> str:
        return f"{self.name}: {getattr(self.f, '__name__', 'the function')} returned"


def _positions(name: str, argnums: Any, count: int) -> list[int]:
    several = argnums if isinstance(argnums, (list, tuple)) else [argnums]
    for i in several:
        if isinstance(i, bool) or not hasattr(i, "__index__"):
            raise TypeError(
                f"{name}: got argnums={argnums!r}; it must be an int or a tuple of them"
            )
        if not -count <= i < count:
            arguments = "1 argument" if count == 1 else f"{count} arguments"
            raise ValueError(f"{name}: got argnums={argnums!r} for a call with {arguments}")
    return [index(i) % count for i in several]


def variable(name: str, x: Any) -> Any:
    """What stands for a number or array; for a node, one that is the same number."""
    if isinstance(x, Value):
        return MADE[ops.pos, "v"](x)
    if isinstance(x, Tensor):
        return tensor.apply(ops.pos, x)
    if isinstance(x, NUMBER):
        return Value(float(x))
    if is_real(x):
        return Tensor(x)
    raise TypeError(f"{name}: got {shown(x)} to differentiate by; it needs numbers or arrays")


def is_real(x: Any) -> bool:
    """Whether it is a number or an array of them."""
    return isinstance(x, NUMBER) or (isinstance(x, np.ndarray) and x.dtype.kind in "fbiu")


def plain_zero(x: Any) -> Any:
    """The derivative by a node of what was not computed from it."""
    return 0.0 if isinstance(x, Value) else np.zeros(x.shape, x.dtype)


def plain(x: Any) -> Any:
    """The number or array of a node; anything else as it is."""
    if isinstance(x, Tensor):
        return x.item() if x.ndim == 0 else x.data
    return x.data if isinstance(x, Value) else x


def plain_tree(tree: Any) -> Any:
    """The numbers and arrays of the nodes in a tree."""
    leaves, rebuild = flatten(tree)
    return rebuild([plain(x) for x in leaves])


def like(name: str, what: str, tree: Any, model: Any, nodes: Sequence[Any]) -> list[Any]:
    """The leaves of a tree that must have the form and shapes of another."""
    leaves, _ = flatten(tree)
    if not same_form(tree, model):
        raise ValueError(f"{name}: got {what} of another form: {shown(tree)}, for {shown(model)}")
    for x, node in zip(leaves, nodes):
        if not (isinstance(x, (Value, Tensor)) or is_real(x)):
            raise TypeError(f"{name}: got {shown(x)} in {what}; it needs numbers or arrays")
        if np.shape(plain(x)) != np.shape(plain(node)):
            raise ValueError(
                f"{name}: got {what} of shape {np.shape(plain(x))} for {np.shape(plain(node))}"
            )
    return leaves
