"""Custom VJPs, and checkpointing (recompute in the backward pass)."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking import gradcheck
from autograd.graph import Variables, is_variable
from autograd.modes import pullback
from autograd.names import hinted
from autograd.nodes import is_real, plain
from autograd.recording import recording, transformed
from autograd.rules.row import Row
from autograd.tensors.operations import custom_node, of_values, unshared
from autograd.tensors.tensor import Tensor
from autograd.transformed import needs_function
from autograd.trees import flatten
from autograd.value import Value, node_of, shown, to_float

Function = Callable[..., Any]


class _Row(Row):
    """Row of one node of Values or Tensors, in place of one of the table.

    `pullback(g, z, *operands)` gives a share for each operand, of graphs or of arrays.
    """

    is_custom = True

    def __init__(
        self, name: str, function: Function, pullback: Function, operands: Sequence[Any]
    ) -> None:
        self.name = name
        self.function = function
        self._pullback = pullback
        self._then = [plain(x) for x in operands]
        self._is_node = [isinstance(x, (Value, Tensor)) for x in operands]

    def shares(self, node: Any, g: Any) -> list[Any]:
        """Return the share of the cotangent g for each parent, as graphs."""
        for x, then in zip(node.operands, self._then):
            if plain(x) is not then and not np.array_equal(plain(x), then, equal_nan=True):
                raise ValueError(
                    f"gradients: data that {self.name} was computed from has been changed since; "
                    "compute the graph again"
                )
        given = Variables([g, node, *node.operands])  # copies of these stay in the graph
        return self.pull(*given)

    def pull(self, g: Any, z: Any, *operands: Any) -> list[Any]:
        """Return the share of the cotangent g for each parent."""
        shares = self._pullback(g, z, *operands)
        if len(shares) != len(operands):
            raise TypeError(
                f"{self.name}: the pullback gave {len(shares)} shares for "
                f"{len(operands)} operands; it needs one for each, and None where it is 0"
            )
        return [
            _fitted(self.name, share, x)
            for share, x, is_node in zip(shares, operands, self._is_node)
            if is_node
        ]


def _fitted(name: str, share: Any, x: Any) -> Any:
    """Return a share in the shape of its operand, where it is a number; raise for other shapes."""
    if not isinstance(share, (Value, Tensor)):
        if not isinstance(x, (Tensor, np.ndarray)):
            return _number(name, share)
        share = _real(name, share, "the pullback")[...]  # a view: no gradient may share it
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

    The function gets plain numbers or arrays and may compute with anything; it returns one number
    or array. `pullback(g, z, *operands)` gets the derivative g of something by its result z, and
    returns the derivative by each operand: a tuple, or for one operand the share alone; None is 0.
    A pullback written with the functions of this package can be differentiated again. It may run
    twice in a pass: once more where the first run met nan.

    With `check` every recorded call first compares the pullback with differences, and raises
    GradientCheckError where it is wrong. Raises TypeError where the pullback does not give a share
    for each operand.

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
        name = getattr(f, "__name__", "function")

        def shares_of(g: Any, z: Any, *operands: Any) -> list[Any]:
            shares = pullback(g, z, *operands)
            if len(operands) == 1 and not isinstance(shares, (tuple, list)):
                shares = (shares,)
            if not isinstance(shares, (tuple, list)) or len(shares) != len(operands):
                needed = f"{len(operands)} operand{'s' * (len(operands) != 1)}"
                raise TypeError(f"{name}: the pullback gave {shown(shares)} for {needed}")
            return [0.0 if s is None else s for s in shares]

        def checked(inputs: list[Any], chosen: list[int]) -> None:
            """Compare the shares of the chosen inputs with differences."""
            z = np.asarray(f(*inputs))
            weights = np.random.default_rng(0).choice([-1.0, 1.0], z.shape)
            weight = weights if z.ndim else float(weights)

            def among(xs: Sequence[Any]) -> list[Any]:
                given = list(inputs)
                for i, x in zip(chosen, xs):
                    given[i] = x
                return given

            def derivative(*xs: Any) -> Any:
                given = among(xs)
                shares = shares_of(weight, f(*given), *given)
                found = [
                    np.asarray(shares[i], float) + np.zeros(np.shape(x)) for i, x in zip(chosen, xs)
                ]
                return found[0] if len(found) == 1 else tuple(found)

            gradcheck(
                lambda *xs: np.sum(weights * f(*among(xs))),
                *[inputs[i] for i in chosen],
                derivative=derivative,
            )

        @functools.wraps(f)
        def of_operands(*operands: Any) -> Any:
            kinds = {type(x) for x in operands}
            if not kinds & {Value, Tensor}:
                return f(*operands)
            if Value in kinds and kinds & {Tensor, np.ndarray}:
                raise TypeError(f"{name}: got a Value and an array; it needs operands of one kind")
            for x in operands:
                if not (isinstance(x, (Value, Tensor)) or is_real(x)):
                    raise TypeError(f"{name}: got {shown(x)}; it needs numbers or arrays")
            operands = tuple(map(unshared, operands))
            inputs = [x.data if isinstance(x, (Value, Tensor)) else x for x in operands]
            if check and not recording.is_paused():
                checked(
                    inputs, [i for i, x in enumerate(operands) if isinstance(x, (Value, Tensor))]
                )
            z, row = f(*inputs), _Row(name, f, shares_of, operands)
            if Tensor in kinds:
                return custom_node(row, _real(name, z), operands, inputs)
            z = _number(name, z)
            partials = [] if recording.is_paused() else row.pull(1.0, z, *inputs)
            return _value_node(row, z, operands, [_number(name, d) for d in partials])

        return of_operands

    return decorate


def _real(name: str, z: Any, who: str = "it") -> Any:
    try:
        array = np.asarray(z)
    except ValueError:  # rows of unequal lengths
        array = np.asarray(None)
    if array.dtype.kind not in "fbiu":
        raise TypeError(f"{name}: {who} returned {shown(z)}; it must return a real array")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _number(name: str, z: Any) -> float:
    if isinstance(z, np.ndarray) and z.size == 1:
        z = z.item()
    try:
        return to_float(z)
    except TypeError:
        raise TypeError(f"{name}: got {shown(z)} where a number must be") from None


def _value_node(row: _Row, z: float, operands: Sequence[Any], partials: list[float]) -> Value:
    if recording.is_paused():
        return Value(z)
    numbers = [x if isinstance(x, Value) else float(x) for x in operands]
    return node_of(row, z, numbers, partials)


@hinted
def checkpoint(f: Function) -> Function:
    """Return a function that keeps no graph of f, but recomputes it in the backward pass.

    Of Tensors, the backward pass computes f once more from its arguments. Of Values, each result
    keeps its derivatives by the arguments only, and graphs of derivatives compute f again. Leaves
    that f uses besides its arguments, such as the parameters of a layer, get their gradients too;
    intermediate results should be arguments.

    f returns a node, or lists, tuples and dicts of them. It has to do the same each time. Random
    generators, attributes, dicts, variables of closures and small arrays that it reaches are
    therefore restored for the second run, and afterwards set back. Raises ValueError where f still
    does something else, such as drawing from a generator that it makes afresh.

    >>> x = Value(2.0)
    >>> y = checkpoint(lambda x: x * x * x)(x)
    >>> y.parents == (x,), y.data
    (True, 8.0)
    """
    needs_function("checkpoint", f)
    name = getattr(f, "__name__", "function")

    @functools.wraps(f)
    def of_arguments(*args: Any, **kwargs: Any) -> Any:
        # here, for it needs NumPy's generators, which take a while to import
        from autograd.states import mutable_parts, put_back, states_of

        leaves, rebuild = flatten((args, kwargs))
        places = [i for i, x in enumerate(leaves) if isinstance(x, (Value, Tensor))]
        if recording.is_paused():
            return f(*args, **kwargs)

        def run(inputs: Sequence[Any]) -> tuple[list[Any], Any]:
            given, inputs = list(leaves), Variables(inputs)
            for i, x in zip(places, inputs):
                given[i] = x
            positional, named = rebuild(given)
            return flatten(f(*positional, **named))

        def anew(xs: Sequence[Any], as_graph: bool = False) -> tuple[list[Any], Any]:
            own = [x._again() if as_graph else x.detach() for x in xs]
            return own, run(own)

        xs = [leaves[i] for i in places]
        level = recording.level + 1
        parts = mutable_parts([f, *leaves])
        states = states_of(parts)
        inside, (outs, form) = transformed(anew, xs)
        others = _outside(outs, inside, level)
        operands, count = (*xs, *others), len(xs)
        kinds = {type(x) for x in [*operands, *outs] if isinstance(x, (Value, Tensor))}
        if len(kinds) > 1:
            raise TypeError(f"checkpoint: {name} mixes Values and Tensors; it needs one kind")
        trace = _trace(outs, inside, others)

        def pullback_of(k: int) -> Function:
            def shares(g: Any, z: Any, *now: Any) -> list[Any]:
                as_graph = isinstance(z, (Value, Tensor))
                if any(x.data is not then for x, then in zip(others, now[count:]) if not as_graph):
                    raise ValueError(f"checkpoint: what {name} uses has been changed since")
                with put_back(parts, states):
                    given = now[:count] if as_graph else inside
                    new, (again, _) = transformed(anew, given, as_graph)
                    if _trace(again, new, others) != trace or not _alike(again[k], z):
                        raise ValueError(
                            f"checkpoint: {name} did something else when it was computed again; "
                            "it has to do the same each time: hand it its random generator, its "
                            "data and all that it changes as arguments"
                        )
                    every = [*new, *others]
                    return pullback([again[k]], every, [g], as_graph, cut=as_graph) or []

            return shares

        def kept(k: int, y: Any) -> Any:
            row = _Row(name, f, pullback_of(k), operands)
            if isinstance(y, Tensor):
                return custom_node(row, y.data, operands, [x.data for x in operands])
            if not isinstance(y, Value):
                return y
            values = [x for x in [*inside, *others] if isinstance(x, Value)]
            return _value_node(row, y.data, operands, pullback([y], values, [None]) or [])

        return form([kept(k, y) for k, y in enumerate(outs)])

    return of_arguments


def _outside(outs: Sequence[Any], inside: Sequence[Any], level: int) -> list[Any]:
    """Return the nodes behind the outputs, besides the inputs, that began outside.

    They are leaves of the caller, and variables of functions that are being transformed.
    """
    own = set(map(id, inside))
    seen: dict[int, Any] = {id(y): y for y in outs if isinstance(y, (Value, Tensor))}
    nodes, found = list(seen.values()), []
    for node in nodes:  # grows as it is gone through
        if id(node) in own:
            continue
        if is_variable(node) or (node.row is None and node.level < level):
            found.append(node)
            continue
        for parent in node.parents:
            if id(parent) not in seen:
                seen[id(parent)] = parent
                nodes.append(parent)
    return found


def _trace(outs: Sequence[Any], inside: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Return all that determines the derivatives of a function: its operations and their constants.

    Data computed from these is determined by them.
    """
    ends: dict[Any, Any] = {x: ("argument", i) for i, x in enumerate(inside)}
    ends |= {x: ("outside", i) for i, x in enumerate(others)}
    nodes = list(dict.fromkeys(y for y in outs if isinstance(y, (Value, Tensor))))
    places = {node: i for i, node in enumerate(nodes)}
    found: list[Any] = [places.get(y) if isinstance(y, (Value, Tensor)) else None for y in outs]
    for node in nodes:  # grows as it is gone through
        if node in ends:
            found.append(ends[node])
            continue
        is_given = node.row is None or node.row.is_custom
        found.append((node.op, _digest(node.data) if is_given else None))
        for x in node.operands:
            if not isinstance(x, (Value, Tensor)):
                found.append(_digest(x))
                continue
            if x not in places:
                places[x] = len(nodes)
                nodes.append(x)
            found.append(places[x])
    return found


def _digest(x: Any) -> Any:
    """Return a key that tells a constant from another."""
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype.str, zlib.crc32(np.ascontiguousarray(x).data)
    if isinstance(x, (tuple, list)):
        return [_digest(part) for part in x]
    return str(x) if isinstance(x, (int, float, np.generic, slice)) else type(x)


def _alike(x: Any, y: Any) -> bool:
    return np.array_equal(plain(x), plain(y), equal_nan=True)
