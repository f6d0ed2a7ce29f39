"""Operations with a pullback of the user's own (custom VJPs)."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn, asarray, standing
from autograd.checking import gradcheck
from autograd.graph import Variables
from autograd.names import hinted
from autograd.nodes import is_real, plain, plain_tree
from autograd.recording import recording
from autograd.rules.complexes import conjugated, is_complex
from autograd.rules.row import Row
from autograd.tensors.operations import custom_node, dtype_of, of_values, unshared
from autograd.tensors.tensor import Tensor
from autograd.transformed import needs_function
from autograd.trees import flatten
from autograd.value import Value, node_of, shown, to_float
from autograd.watching import drawing, unwatched, watcher, watchers

Function = Callable[..., Any]


class CustomRow(Row):
    """Row of one node of Values or Tensors, in place of one of the table.

    `pullback(g, z, *operands)` gives a share for each operand, of graphs or of arrays.
    """

    is_custom = True

    def __init__(
        self,
        name: str,
        function: Function,
        pullback: Function,
        operands: Sequence[Any],
        call: Any = None,
        place: int = 0,
    ) -> None:
        self.name = name
        self.function = function
        self.call, self.place = call, place
        self._pullback = pullback
        self._then = [plain_operand(x) for x in operands]
        self._is_node = [isinstance(x, (Value, Tensor)) for x in operands]

    def shares(self, node: Any, g: Any) -> list[Any]:
        """Return the share of the cotangent g for each parent, as graphs."""
        for x, then in zip(node.operands, self._then):
            now = plain_operand(x)
            if now is not then and not np.array_equal(now, then, equal_nan=True):
                raise ValueError(
                    f"gradients: data that {self.name} was computed from has been changed since; "
                    "compute the graph again"
                )
        given = Variables([g, node, *node.operands])  # copies of these stay in the graph
        return self.pull(*given)

    def pull(self, g: Any, z: Any, *operands: Any) -> list[Any]:
        """Return the share of the cotangent g for each parent."""
        shares = self._pullback(conjugated(g), z, *operands)
        if len(shares) != len(operands):
            raise TypeError(
                f"{self.name}: the pullback gave {len(shares)} shares for "
                f"{len(operands)} operands; it needs one for each, and None where it is 0"
            )
        return [
            conjugated(_fitted(self.name, share, x))
            for share, x, is_node in zip(shares, operands, self._is_node)
            if is_node
        ]


def _fitted(name: str, share: Any, x: Any) -> Any:
    """Return a share in the shape of its operand, where it is a number; raise for other shapes."""
    if not isinstance(share, (Value, Tensor)):
        if not isinstance(x, (Tensor, np.ndarray)):
            return _number(name, share)
        share = _real(name, share, "the pullback")[...]  # a view: no gradient may share it
        if is_complex(share) and not is_complex(x):
            got = f"the pullback returned {shown(share)}"
            raise TypeError(f"{name}: {got}; it must return a real array for a real operand")
    got, shape = np.shape(plain(share)), np.shape(plain(x))
    if got != shape and got != ():
        raise ValueError(
            f"{name}: the pullback gave a share of shape {got} for an operand of shape {shape}; "
            "it must have the shape of its operand, or be a number"
        )
    if type(share) is Value and isinstance(x, Tensor):
        share = of_values(np.asarray(share, object), x.dtype)
    return share if got == shape else share * np.ones(shape, x.dtype)


@hinted
def custom_vjp(pullback: Function, *, check: bool = False) -> Callable[[Function], Function]:
    """Give a function a pullback of your own: a decorator.

    The function gets plain numbers and arrays, alone or in lists, tuples and dicts, and may compute
    with anything; None, strings and other objects, and arguments by name, are options. It returns
    numbers and arrays, in the same forms. `pullback(g, z, *operands)` gets the derivative g of
    something by the result z, in the form of z, and the options by name; it returns the derivative
    by each operand, in its form: a tuple, or for one operand the share alone; None is 0. Complex
    ones are as `Tensor.grad` has them: for z = f(x) with derivative d, g times the conjugate of d.

    Values alone give Values; beside arrays and Tensors they give Tensors. A pullback written with
    the functions of this package can be differentiated again, to any order, and forward. It may run
    twice in a pass, once more where the first run met nan, and runs once for each result.

    With `check` every recorded call first compares the pullback with differences, and raises
    GradientCheckError where it is wrong. Raises TypeError where the pullback does not give a share
    for each operand, or is differentiated again and can't be.

    >>> import math
    >>> @custom_vjp(lambda g, z, x: g * z)
    ... def exp(x):
    ...     return math.exp(x)
    >>> x = Value(0.0)
    >>> exp(3 * x).backward()
    >>> x.grad
    3.0
    """
    needs_function("custom_vjp", pullback)

    def decorate(f: Function) -> Function:
        needs_function("custom_vjp", f)

        @functools.wraps(f)
        def of_operands(*operands: Any, **options: Any) -> Any:
            call = _Call(f, pullback, operands, options)
            if not call.nodes:
                return call.called(f, operands)
            if check and not recording.is_paused():
                unwatched(call.check)
            return call.result()

        return of_operands

    return decorate


class _Call:
    """Call of a function with a pullback of its own, on operands with nodes among them."""

    def __init__(
        self, f: Function, pullback: Function, operands: tuple[Any, ...], options: dict[str, Any]
    ) -> None:
        self.name = getattr(f, "__name__", "function")
        self.f, self.pullback, self.operands, self.options = f, pullback, operands, options
        leaves, self.rebuild = flatten(operands)
        self.leaves = list(map(unshared, leaves))
        self.nodes = [i for i, x in enumerate(leaves) if is_node(x)]
        for option, x in options.items():
            if any(map(is_node, flatten(x)[0])):
                needs = "operands that are differentiated by are given by place"
                raise TypeError(f"{self.name}: got {shown(x)} as {option}=; {needs}")

    def computed(self, nodes: Sequence[Any]) -> Any:
        """Compute the function of numbers and arrays in the places of the nodes."""
        return unwatched(drawing, self.called, self.f, self.given(nodes))

    def called(self, function: Function, given: Sequence[Any], name: str = "") -> Any:
        """Call the function or its pullback; where arrays are recorded, the program is to do so."""
        if standing:
            leaves = flatten((given, self.options))[0]
            stand = next((x for x in leaves if isinstance(x, StandIn)), None)
            if stand is not None:
                name = name or self.name
                return stand.called_back(function, name, self.name, given, self.options)
        return function(*given, **self.options)

    def given(self, nodes: Sequence[Any]) -> Any:
        """Return the operands with others in the places of the nodes."""
        leaves = list(self.leaves)
        for i, x in zip(self.nodes, nodes):
            leaves[i] = x
        return self.rebuild(leaves)

    def result(self) -> Any:
        """Return the result: a node for each number or array in it."""
        xs = [self.leaves[i] for i in self.nodes]
        z = self.computed([*map(plain_operand, xs)])
        outs, form = flatten(z)
        self.form, self.count = form, len(outs)
        if not outs:
            got = f"it returned {shown(z)}"
            raise TypeError(f"{self.name}: {got}; it must return numbers or arrays")
        others = [x for x in self.leaves if not is_node(x) and is_real(x)]
        of_tensors = (
            Tensor in map(type, xs)
            or any(np.ndim(x) for x in others)
            or any(isinstance(y, np.ndarray) and y.size != 1 for y in outs)
        )
        if of_tensors:
            dtype = dtype_of([*xs, *others])
            xs = [x if type(x) is Tensor else of_values(np.asarray(x, object), dtype) for x in xs]
        make = _real if of_tensors else _number
        outs = [make(self.name, y) for y in outs]
        made = [self._node(xs, outs, form, k) for k in range(len(outs))]
        return form(made)

    def without_nodes(self) -> _Call:
        """Return the same call with numbers in the places of the nodes, whose graphs it lets go."""
        other = copy.copy(self)
        other.leaves = [*map(plain_operand, self.leaves)]
        other.operands = self.rebuild(other.leaves)
        return other

    def results_of(self, numbers: Sequence[float]) -> list[float]:
        """Return the numbers of the result, of others in the places of the nodes."""
        found = [_number(self.name, y) for y in flatten(self.computed(numbers))[0]]
        if len(found) != self.count:
            got = f"it returned {len(found)} numbers, and {self.count} when it was recorded"
            raise TypeError(f"{self.name}: {got}; compiled, it must return as many each time")
        return found

    def partials_of(self, k: int, outs: Sequence[float], numbers: Sequence[float]) -> list[float]:
        """Return the partials of the k-th number of the result by each of the nodes."""
        seeds = [0.0] * len(outs)
        seeds[k] = 1.0
        shares = unwatched(self.shares, self.form(seeds), self.form(outs), numbers)
        return [_number(self.name, share) for share in shares]

    def _node(self, xs: list[Any], outs: list[Any], form: Function, k: int) -> Any:
        """Return the node of the k-th number or array of the result."""
        still = [np.zeros_like(y) if isinstance(y, np.ndarray) else 0.0 for y in outs]
        are_values = [type(self.leaves[i]) is Value for i in self.nodes]

        def shares(g: Any, z: Any, *operands: Any) -> list[Any]:
            nodes = [operands[place] for place in places]
            zs = outs
            if not is_node(z):  # numbers for Values, also beside Tensors
                nodes = [float(x) if v else x for x, v in zip(nodes, are_values)]
            elif len(outs) > 1:  # others are computed again, so that none has to keep the rest
                again = _Call(self.f, self.pullback, self.given(nodes), self.options)
                zs = flatten(again.result())[0]
            gs, zs = ([*some[:k], x, *some[k + 1 :]] for some, x in ((still, g), (zs, z)))
            found = iter(self.shares(form(gs), form(zs), nodes))
            return [next(found) if place in places else 0.0 for place in range(len(operands))]

        real = [i for i, x in enumerate(self.leaves) if is_node(x) or is_real(x)]
        places = [real.index(i) for i in self.nodes]
        operands = [self.leaves[i] for i in real]
        for place, x in zip(places, xs):
            operands[place] = x
        inputs = list(map(plain_operand, operands))
        row = CustomRow(self.name, self.f, shares, operands, self, k)
        if isinstance(outs[k], np.ndarray):
            return custom_node(row, outs[k], tuple(operands), inputs)
        partials: Any = []
        if not recording.is_paused():
            partials = unwatched(row.pull, 1.0, outs[k], *inputs)
        return value_node(row, outs[k], operands, [_number(self.name, d) for d in partials])

    def shares(self, g: Any, z: Any, nodes: Sequence[Any]) -> list[Any]:
        """Return what the pullback gives for each node."""
        given = self.given(nodes)
        of_nodes = any(map(is_node, [*nodes, *flatten(g)[0]]))
        try:
            if of_nodes:  # what it does is part of the graph
                found = self.pullback(g, z, *given, **self.options)
            else:
                found = drawing(
                    self.called, self.pullback, (g, z, *given), f"pullback_of_{self.name}"
                )
        except TypeError as error:
            if type(error) is not TypeError or not of_nodes:
                raise
            needs = "it must be written with functions of this package, as ag.exp for math.exp"
            raise TypeError(
                f"{self.name}: its pullback can't be differentiated, for a higher order or forward "
                f"mode: {str(error).partition(':')[0]}; {needs}"
            ) from error
        count = len(self.operands)
        alone = count == 1 and isinstance(self.operands[0], (list, tuple))
        if alone or (count == 1 and not isinstance(found, (tuple, list))):
            found = (found,)
        if not isinstance(found, (tuple, list)) or len(found) != count:
            needed = f"{count} operand{'s' * (count != 1)}"
            raise TypeError(f"{self.name}: the pullback gave {shown(found)} for {needed}")
        every: list[Any] = []
        for share, x in zip(found, self.operands):
            spread = _spread(share, x)
            if spread is None:
                got = f"{shown(share)} for the operand {shown(plain_tree(x))}"
                raise TypeError(f"{self.name}: the pullback gave {got}; it must have its form")
            every += spread
        return [0.0 if every[i] is None else every[i] for i in self.nodes]

    def check(self) -> None:
        """Compare the shares with differences."""
        self.called(self._check, self.given([plain_operand(self.leaves[i]) for i in self.nodes]))

    def _check(self, *operands: Any, **options: Any) -> None:
        call = copy.copy(self)
        call.leaves, call.operands, call.options = flatten(operands)[0], operands, options
        call._compare([call.leaves[i] for i in self.nodes])

    def _compare(self, inputs: Sequence[Any]) -> None:
        if any(map(is_complex, inputs)):
            raise TypeError(f"{self.name}: got complex numbers; check=True needs real ones")
        outs, form = flatten(self.computed(inputs))
        random = np.random.default_rng(0)
        signs = [random.choice([-1.0, 1.0], np.shape(y)) for y in outs]
        weights = [w if w.ndim else float(w) for w in map(np.asarray, signs)]

        def derivative(*xs: Any) -> Any:
            shares = self.shares(form(weights), self.computed(xs), xs)
            found = [np.asarray(d, float) + np.zeros(np.shape(x)) for d, x in zip(shares, xs)]
            return found[0] if len(found) == 1 else tuple(found)

        def total(*xs: Any) -> Any:
            return sum(np.sum(w * y) for w, y in zip(weights, flatten(self.computed(xs))[0]))

        gradcheck(total, *inputs, derivative=derivative)


def is_node(x: Any) -> bool:
    """Return whether x is a node, also one that stands for a number while f is recorded."""
    return isinstance(x, (Value, Tensor))


def plain_operand(x: Any) -> Any:
    """Return the number or array of an operand as a pullback gets it, also while f is recorded."""
    return x._data if type(x) is Value else x.data if is_node(x) else x


def _spread(share: Any, x: Any) -> list[Any] | None:
    """Return a share for each leaf of an operand; None where their forms differ."""
    if share is None or x is None:
        return [None] * len(flatten(x)[0])
    if isinstance(x, dict):
        if not isinstance(share, dict) or not share.keys() <= x.keys():
            return None
        parts = [(share.get(key), each) for key, each in x.items()]
    elif isinstance(x, (list, tuple)) or getattr(x, "dtype", None) == np.dtype(object):
        if isinstance(x, np.ndarray):
            share, x = np.reshape(share, -1) if np.shape(share) == x.shape else (), x.ravel()
        if not hasattr(share, "__len__") or isinstance(share, (str, dict)) or len(share) != len(x):
            return None
        parts = list(zip(share, x))
    else:
        return [share]
    found: list[Any] = []
    for part in parts:
        spread = _spread(*part)
        if spread is None:
            return None
        found += spread
    return found


def _real(name: str, z: Any, who: str = "it") -> Any:
    try:
        array = asarray(z)
    except ValueError:  # rows of unequal lengths
        array = np.asarray(None)
    if array.dtype.kind not in "fbiuc":
        raise TypeError(f"{name}: {who} returned {shown(z)}; it must return a real array")
    return array if array.dtype.kind in "fc" else array.astype(np.float64)


def _number(name: str, z: Any) -> float:
    if isinstance(z, np.ndarray) and z.size == 1:
        z = z.item()
    try:
        return to_float(z)
    except TypeError:
        raise TypeError(f"{name}: got {shown(z)} where a number must be") from None


def value_node(row: CustomRow, z: float, operands: Sequence[Any], partials: list[float]) -> Value:
    """Return a node of Values; a leaf where nothing is recorded."""
    is_paused = recording.is_paused()
    if is_paused and (not watchers or watcher() is None):
        return Value(z)
    numbers = [x if isinstance(x, Value) else float(x) for x in operands]
    partials = [0.0] * sum(map(is_node, numbers)) if is_paused else partials
    return node_of(row, z, numbers, partials)
