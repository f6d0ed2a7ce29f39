"""A call of a function on variables that stand for its arguments, and its derivatives."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from inspect import Parameter
from operator import index
from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn, asarray, standing
from autograd.graph import Variables, below
from autograd.modes import all_made_inside, pullback
from autograd.nodes import is_node, is_real, plain, plain_zero
from autograd.recording import LostGradientWarning, recording, transformed, user_line
from autograd.rules.complexes import is_complex
from autograd.tensors.tensor import Tensor
from autograd.transformed import needs_function
from autograd.trees import FLOATS, Rebuild, flatten, leaves_like
from autograd.value import NUMBER, Value, shown
from autograd.watching import watcher, watchers

Function = Callable[..., Any]
SEVERAL = (list, tuple, range)


_warned: dict[str, dict[Any, Any]] = {}  # for each file, what it was told


def note_derivatives(found: Iterable[Any]) -> None:
    """Note in the enclosing transformed functions that these are derivatives.

    A derivative that does not depend on the arguments is no lost gradient: the slope of a linear
    function is a number.
    """
    several = recording.levels and recording.doing().derivatives
    if several:
        nodes = list(filter(is_node, found))
        for known in several:
            known += nodes


class Call:
    """Call of a function on variables in the place of some of its arguments."""

    def __init__(
        self, name: str, f: Function, args: Sequence[Any], kwargs: dict[str, Any], argnums: Any
    ) -> None:
        needs_function(name, f)
        self.name, self.f, self.level = name, f, recording.level + 1
        positions = places(name, argnums, len(args), kwargs, f)
        chosen = [kwargs[i] if isinstance(i, str) else args[i] for i in positions]
        leaves, rebuild = flatten(chosen)
        floats = {*map(type, leaves)} <= FLOATS
        self.of_nodes = not floats and any(map(is_node, leaves))
        one = argnums.one if type(argnums) is Names else not isinstance(argnums, SEVERAL)
        self.rebuild: Rebuild = lambda new: rebuild(new)[0] if one else tuple(rebuild(new))
        if not floats and any(map(_gives_number, leaves)):
            self.rebuild = _of_numbers(self.rebuild, leaves)
        self.argnums, given, named = positions, list(args), dict(kwargs)
        self._derivatives: list[Any] = []

        def run() -> Any:
            xs = map(Value, leaves) if floats else [variable(name, x) for x in leaves]
            self.xs = Variables(xs)
            for i, tree in zip(positions, rebuild(self.xs if floats else [*map(alias, self.xs)])):
                if isinstance(i, str):
                    named[i] = tree
                else:
                    given[i] = tree
            return f(*given, **named)

        self.out = transformed(run, derivatives=self._derivatives)

    def outputs(self) -> tuple[list[Any], Rebuild]:
        """Return the nodes and numbers that the function returned, and their form."""
        leaves, rebuild = flatten(self.out)
        if not leaves:
            raise TypeError(f"{self._says()} nothing; it must return numbers or arrays")
        if not all(map(is_node, leaves)):
            for y in leaves:
                if not (is_node(y) or is_real(y) or is_complex(y)):
                    raise TypeError(f"{self._says()} {shown(y)}; it must return numbers or arrays")
            if not any(map(is_node, leaves)):
                self._warn(leaves)
        return leaves, rebuild

    def real_outputs(self) -> list[Any]:
        """Return the nodes that the function returned, which must be real."""
        nodes = list(filter(is_node, self.outputs()[0]))
        for y in nodes:
            self._need_real(y)
        return nodes

    def _need_real(self, y: Any) -> None:
        if is_complex(y):
            raise TypeError(f"{self._says()} complex numbers; it must return real ones, as abs(z)")

    def output(self) -> Any:
        """Return the one number that the function returned: a node, or a float."""
        y = self.out
        self._need_real(y)
        if isinstance(y, np.ndarray) and y.dtype == np.dtype(object) and y.size == 1:
            y = y.item()
        if isinstance(y, Value) or (isinstance(y, Tensor) and y.size == 1):
            return y
        if is_real(y) and np.size(y) == 1:
            self._warn([y])
            number = asarray(y).item()
            return number if isinstance(number, StandIn) else float(number)
        got = "nothing" if y is None else f"shape {y.shape}" if hasattr(y, "shape") else shown(y)
        raise TypeError(f"{self._says()} {got}; it must return one number")

    def is_closed(self, ys: Sequence[Any]) -> bool:
        """Return whether the outputs were computed from leaves of this call only."""
        return not self.of_nodes and all_made_inside(ys, self.level)

    def gradient(self, y: Any) -> tuple[list[Any], bool]:
        """Return the derivatives of one output by all variables, and whether they are graphs."""
        if not is_node(y):
            return self.zeros(y, self.of_nodes), self.of_nodes
        found = None if self.of_nodes else pullback([y], self.xs, [None], level=self.level)
        as_graph = found is None
        if found is None:
            found = pullback([y], self.xs, [None], as_graph=True) or []
        self.notice(found, [y])
        return found, as_graph

    def zeros(self, y: Any, as_graph: bool) -> list[Any]:
        """Return zeros as the derivatives by all variables of an output not computed from them."""
        shape = np.shape(y)
        found = [
            np.zeros((*shape, *np.shape(plain(x))), getattr(x, "dtype", None))
            if shape
            else plain_zero(x)
            for x in self.xs
        ]
        return list(map(constant, found)) if as_graph else found

    def notice(self, found: Iterable[Any], ys: Sequence[Any]) -> None:
        """Warn where all derivatives are 0 because no output was computed from a variable."""
        found = list(found)
        note_derivatives(found)
        for g in map(_current, found) if watchers or standing else found:
            if g != 0.0 if type(g) is float else np.any(plain(g)):
                return
        if not ys:
            return
        derivatives = set(map(id, self._derivatives))
        for node in below(filter(is_node, ys)):
            from_constants = node.row is not None and not node.parents  # as an untaken branch
            if node in self.xs or id(node) in derivatives or from_constants:
                return
        self._warn(ys)

    def _warn(self, ys: Sequence[Any]) -> None:
        """Warn that the result does not depend on the variables."""
        if not any(x.size for x in self.xs):
            return
        names = positional(self.f)
        inputs = [
            i if isinstance(i, str) else names[i] if i < len(names) else f"argument {i}"
            for i in self.argnums
        ]
        nodes = [type(y).__name__ for y in ys if is_node(y)]
        message = (
            f"{self._says()} a {nodes[0] if nodes else 'number'} that was not computed from "
            f"{', '.join(inputs)}; its derivative is 0"
        )
        if nodes:
            message += " (detach(), .data, item(), stop_gradient and no_grad leave the graph)"
        file, number = user_line() or ("<unknown>", 0)
        registry = _warned.setdefault(file, {})
        warnings.warn_explicit(message, LostGradientWarning, file, number, registry=registry)

    def _says(self) -> str:
        return f"{self.name}: {getattr(self.f, '__name__', 'the function')} returned"


def _gives_number(x: Any) -> bool:
    """Return whether the derivative by x is a number where a node of no axes stands for x."""
    return isinstance(x, complex) or (isinstance(x, StandIn) and isinstance(x, NUMBER))


def _of_numbers(rebuild: Rebuild, leaves: Sequence[Any]) -> Rebuild:
    """Return a rebuilding that gives complex numbers, not arrays, in the places of some."""

    def rebuilt(new: Sequence[Any]) -> Any:
        found = [
            g.item() if _gives_number(x) and isinstance(g, np.ndarray) and not g.ndim else g
            for x, g in zip(leaves, new)
        ]
        return rebuild(found)

    return rebuilt


class Names(tuple[str, ...]):
    """Names of arguments to differentiate by; `one` where it is one, not a tuple of one."""

    one = False


def chosen(name: str, argnums: Any, argnames: Any) -> Any:
    """Return what to differentiate by, from the two options of a transform."""
    if argnames is None:
        return argnums
    if not (type(argnums) is int and argnums == 0):
        raise TypeError(f"{name}: got argnums and argnames; it needs one of them")
    one = isinstance(argnames, str)
    given: list[Any] = list(argnames) if isinstance(argnames, (list, tuple)) else [argnames]
    found = Names(given)
    if not all(isinstance(each, str) for each in found):
        raise TypeError(f"{name}: got argnames={argnames!r}; it must be a str or a tuple of them")
    if len(set(found)) < len(found):
        raise ValueError(f"{name}: got argnames={argnames!r}, which has a name twice")
    found.one = one
    return found


def positional(f: Any) -> list[str]:
    """Return the names of the arguments that a function takes by place."""
    by_place = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [each.name for each in parameters if each.kind in by_place]


def _places_of(
    name: str, names: Names, count: int, named: Collection[str], f: Function | None
) -> list[int | str]:
    """Return where each name is given: itself, where it is given by name, or its place."""
    known = [] if all(each in named for each in names) else positional(f)[:count]
    for each in names:
        if each not in named and each not in known:
            got = ", ".join([*known, *named]) or "no arguments with names"
            raise ValueError(f"{name}: got argnames={each!r} for a call with {got}")
    return [each if each in named else known.index(each) for each in names]


def places(
    name: str, argnums: Any, count: int, named: Collection[str], f: Function | None = None
) -> list[Any]:
    """Return the arguments that argnums names, by place; `named` are those given by name."""
    if type(argnums) is Names:
        return _places_of(name, argnums, count, named, f)
    if type(argnums) is int and 0 <= argnums < count:
        return [argnums]
    if type(argnums) is range and argnums == range(count):
        return list(argnums)
    several = list(argnums) if isinstance(argnums, SEVERAL) else [argnums]
    for i in several:
        if isinstance(i, bool) or not hasattr(i, "__index__"):
            raise TypeError(
                f"{name}: got argnums={argnums!r}; it must be an int or a tuple of them"
            )
        if not -count <= i < count:
            if named:
                got = f"{', '.join(named)} by name"
                needs = f"argnames= says that, as {name}(f, argnames={next(iter(named))!r})"
                raise TypeError(f"{name}: got {got}; {needs}")
            arguments = "1 argument" if count == 1 else f"{count} arguments"
            raise ValueError(f"{name}: got argnums={argnums!r} for a call with {arguments}")
    found = [index(i) % count for i in several]
    if len(set(found)) < len(found):
        raise ValueError(f"{name}: got argnums={argnums!r}, which names an argument twice")
    return found


def variable(name: str, x: Any) -> Any:
    """Return a leaf for a number or array; for a node, a node computed from it with equal data."""
    if isinstance(x, StandIn) and isinstance(x, NUMBER):
        return Tensor(x.variable())
    if type(x) is float or isinstance(x, NUMBER):
        return Value(float(x))
    if watchers and type(x) is Value and not is_node(x):
        return watcher().variable(x)
    if is_node(x):
        return x._again()
    if is_real(x) or is_complex(x):
        return Tensor(x)
    raise TypeError(f"{name}: got {shown(x)} to differentiate by; it needs numbers or arrays")


def alias(x: Any) -> Any:
    """Return the node that the function gets for a variable: it may write into a Tensor."""
    return x._again() if type(x) is Tensor else x


def _current(x: Any) -> Any:
    """Return the number of a Value, where it is not to be recorded that it was looked at."""
    if isinstance(x, StandIn):
        return 1.0  # some are zeros at one point alone
    return x._data if type(x) is Value else x


def constant(x: Any) -> Any:
    """Return a derivative that is a number or an array as a node."""
    node = Tensor(x) if isinstance(x, np.ndarray) or is_complex(x) else Value(x)
    note_derivatives([node])
    return node


def like(name: str, what: str, tree: Any, model: Any, nodes: Sequence[Any]) -> list[Any]:
    """Return the leaves of a tree, which must have the form and shapes of another."""
    leaves = leaves_like(tree, model)
    if leaves is None:
        raise ValueError(f"{name}: got {what} of another form: {shown(tree)}, for {shown(model)}")
    for i, (x, node) in enumerate(zip(leaves, nodes)):
        if type(x) is float and type(node) is Value:
            continue
        if not (is_node(x) or is_real(x) or is_complex(x)):
            raise TypeError(f"{name}: got {shown(x)} in {what}; it needs numbers or arrays")
        if is_complex(x) and not is_complex(node):
            raise TypeError(f"{name}: got complex numbers in {what}, for real ones")
        if np.shape(plain(x)) != np.shape(plain(node)):
            raise ValueError(
                f"{name}: got {what} of shape {np.shape(plain(x))} for {np.shape(plain(node))}"
            )
        if type(node) is Value and isinstance(x, np.ndarray):
            leaves[i] = x.item()
    return leaves
