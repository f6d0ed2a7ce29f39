"""Derivatives of nodes and of functions, nesting freely in one another.

A function is called on variables that stand for its arguments. Where its result was computed from
those alone, its derivatives are floats and arrays; where Values or Tensors of the caller went in,
by an argument or otherwise, they are graphs, so that they can be differentiated again.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn
from autograd.calls import Call, Function, chosen, constant, like, note_derivatives
from autograd.derivatives import reverse
from autograd.later import Later
from autograd.modes import pullback, pushforward
from autograd.names import hinted
from autograd.nodes import is_node, plain, plain_tree
from autograd.recording import recording, transformed
from autograd.rules.complexes import is_complex
from autograd.tensors.tensor import Tensor
from autograd.transformed import Transformed
from autograd.trees import flatten
from autograd.value import Value, shown
from autograd.watching import watcher

series = Later("autograd.series", "series", globals())


@hinted
def gradients(y: Any, xs: Any, seed: Any = None, create_graph: bool = False) -> Any:
    """Return d y / d x for any node x that y was computed from, leaves and intermediates alike.

    No `grad` changes. `xs` is a node or a list of them, and the result has the same form: floats,
    or arrays for Tensors; with `create_graph=True` nodes, which can be differentiated again. A node
    that y was not computed from has derivative 0. `seed` is a factor of the derivatives; a y of
    more than one element needs one of its shape.

    Raises TypeError for anything but nodes, ValueError where, for a graph, data that y was computed
    from has been changed since.

    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> slope = gradients(x**3, x, create_graph=True)
    >>> slope.data, gradients(slope, x)
    (12.0, 12.0)
    """
    nodes = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    for node in (y, *nodes):
        if not is_node(node):
            raise TypeError(f"gradients: got {shown(node)}; it needs Values or Tensors")
    found = pullback([y], nodes, [seed], as_graph=create_graph or is_node(seed)) or []
    note_derivatives(found)
    return found if isinstance(xs, (list, tuple)) else found[0]


@hinted
def value_and_grad(
    f: Function, argnums: Any = 0, has_aux: bool = False, argnames: Any = None
) -> Function:
    """Return a function that computes the value of f and its gradient, as `grad` does, in one go.

    It has the form that `scipy.optimize.minimize(..., jac=True)` takes.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    by = chosen("value_and_grad", argnums, argnames)

    def of_arguments(*args: Any, **kwargs: Any) -> Any:
        return _value_and_grad("value_and_grad", f, args, kwargs, by, has_aux)

    return Transformed(value_and_grad, f, of_arguments, argnums, has_aux, argnames)


def _value_and_grad(
    name: str, f: Function, args: Any, kwargs: Any, argnums: Any, has_aux: bool = False
) -> tuple[Any, Any]:
    call = Call(name, f, args, kwargs, argnums)
    aux = None
    if has_aux:
        if not isinstance(call.out, tuple) or len(call.out) != 2:
            got = shown(call.out)
            raise TypeError(f"{name}: with has_aux f returns (value, aux); it returned {got}")
        call.out, aux = call.out
    y = call.output()
    slopes, as_graph = call.gradient(y)
    found = call.rebuild(slopes)
    if not as_graph:
        y, aux = plain(y) if np.ndim(plain(y)) == 0 else y.item(), plain_tree(aux)
    return ((y, aux), found) if has_aux else (y, found)


@hinted
def grad(f: Function, argnums: Any = 0, has_aux: bool = False, argnames: Any = None) -> Function:
    """Return a function that computes the gradient of f, which returns one number.

    It takes the arguments of f. `argnums` is the index of the argument to differentiate by, or a
    tuple of them; `argnames` in its place is a name, or a tuple of them. These arguments are
    numbers, arrays, or lists, tuples and dicts of them, and the gradient has their form. Integers
    are differentiated by as floats. With `has_aux` f returns its value and something else, which is
    passed on: the result is (gradient, aux).

    Raises TypeError where f does not return one number or where an argument is no number; a number
    that does not depend on the arguments has gradient 0, with a warning.

    >>> grad(lambda x, y: x * y**2, argnums=(0, 1))(2.0, 3.0)
    (9.0, 12.0)
    >>> grad(lambda p: p["w"] * p["x"][0] + p["x"][1])({"w": 2.0, "x": [3.0, 4.0]})
    {'w': 3.0, 'x': [2.0, 1.0]}
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda x, rate: x * rate**2, argnames="rate")(2.0, rate=3.0)
    12.0
    """
    by = chosen("grad", argnums, argnames)

    def of_arguments(*args: Any, **kwargs: Any) -> Any:
        value, found = _value_and_grad("grad", f, args, kwargs, by, has_aux)
        return (found, value[1]) if has_aux else found

    return Transformed(grad, f, of_arguments, argnums, has_aux, argnames)


@hinted
def elementwise_grad(f: Function, argnums: Any = 0, argnames: Any = None) -> Function:
    """Return a function that computes the slopes of f, which is applied element by element.

    In general it is the derivative of the sum of all results, in one reverse sweep: the sums of the
    columns of the Jacobian, as in HIPS's autograd. Where each element of the result depends on the
    element in its place alone, as those of ufuncs do, this is its slope. `derivative` is for
    functions of one number, `vjp` weighs the results.

    >>> elementwise_grad(np.tanh)(np.array([0.0, 1.0])).round(3)
    array([1.  , 0.42])
    """
    by = chosen("elementwise_grad", argnums, argnames)

    def of_arguments(*args: Any, **kwargs: Any) -> Any:
        call = Call("elementwise_grad", f, args, kwargs, by)
        nodes = call.real_outputs()
        ones = [np.ones_like(y.data) if type(y) is Tensor else 1.0 for y in nodes]
        found = pullback(nodes, call.xs, ones, not call.is_closed(nodes)) or []
        call.notice(found, nodes)
        return call.rebuild(found)

    return Transformed(elementwise_grad, f, of_arguments, argnums, argnames)


@hinted
def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """Return the value of f, and a function that pulls derivatives back (reverse mode, one sweep).

    That function takes v, in the form of the value, and returns the derivatives of the sum of v * f
    by the arguments: v times the Jacobian. For one argument they have its form, for several they
    are a tuple.

    >>> y, pull = vjp(lambda x: [x[0] * x[1], x[0] ** 2], [2.0, 3.0])
    >>> y, pull([1.0, 10.0])
    ([6.0, 4.0], [43.0, 2.0])
    """
    numbers = 0 if len(primals) == 1 else tuple(range(len(primals)))
    call = Call("vjp", f, primals, {}, numbers)
    ys, form = call.outputs()
    closed = call.is_closed(ys)

    def pull(v: Any) -> Any:
        seeds = like("vjp", "v", v, call.out, ys)
        pairs = [(y, s) for y, s in zip(ys, seeds) if is_node(y)]
        nodes, given = [y for y, _ in pairs], [s for _, s in pairs]
        as_graph = not closed or any(map(is_node, seeds))
        found = pullback(nodes, call.xs, given, as_graph) or []
        call.notice(found, nodes)
        return call.rebuild(found)

    return form([plain(y) for y in ys] if closed else ys), pull


@hinted
def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return the value of f, and its rate of change (forward mode, one sweep).

    `primals` are the arguments and `tangents` their rates of change, in the same form: the result
    is (f, the Jacobian times the tangents).

    >>> jvp(lambda x, y: [x * y, x**2], (2.0, 3.0), (1.0, 0.0))
    ([6.0, 4.0], [3.0, 4.0])
    """
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (list, tuple)):
            raise TypeError(f"jvp: got {what} {shown(given)}; it must be a tuple of arguments")
    return _jvp("jvp", f, primals, {}, range(len(primals)), tangents)


def _jvp(
    name: str, f: Function, args: Sequence[Any], kwargs: Any, argnums: Any, tangents: Sequence[Any]
) -> tuple[Any, Any]:
    call = Call(name, f, args, kwargs, argnums)
    primals = tuple([args[i] for i in call.argnums])
    moved = like(name, "tangents", tuple(tangents), primals, call.xs)
    ys, form = call.outputs()
    nodes, found = list(filter(is_node, ys)), None
    if not (call.of_nodes or any(map(is_node, moved))):
        found = pushforward(nodes, call.xs, [moved], level=call.level)
    closed = found is not None
    (rates,) = found or pushforward(nodes, call.xs, [moved], as_graph=True) or [[]]
    call.notice(rates, nodes)
    rate = iter(rates)
    out = [next(rate) if is_node(y) else _still(y, not closed) for y in ys]
    return form(list(map(plain, ys)) if closed else ys), form(out)


def _still(y: Any, as_graph: bool) -> Any:
    """Return the rate of change of a number or an array that does not change: zeros."""
    rate = np.zeros_like(y, y.dtype if y.dtype.kind in "fc" else float) if np.shape(y) else 0.0
    return constant(rate) if as_graph else rate


@hinted
def jacobian(
    f: Function, argnums: Any = 0, mode: str | None = None, argnames: Any = None
) -> Function:
    """Return a function that computes the derivatives of all outputs of f by all its inputs.

    The result has the form of f's result, with a derivative in the form of the argument in each
    place: of arrays, an array of the shapes of both. `mode` is "reverse", which takes a sweep for
    each output, "forward", which takes one for each input, or None: the mode with fewer sweeps.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1], x[0] ** 2])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0], [4.0, 0.0]]
    """
    if mode not in (None, "forward", "reverse"):
        raise ValueError(f'jacobian: got mode={mode!r}; it must be "forward", "reverse" or None')

    by = chosen("jacobian", argnums, argnames)

    def of_arguments(*args: Any, **kwargs: Any) -> Any:
        return _jacobian("jacobian", f, args, kwargs, by, mode)

    return Transformed(jacobian, f, of_arguments, argnums, mode, argnames)


def _jacobian(
    name: str, f: Function, args: Any, kwargs: Any, argnums: Any, mode: str | None
) -> Any:
    """Return the derivatives of each output by each variable."""
    call = Call(name, f, args, kwargs, argnums)
    ys, form = call.outputs()
    nodes: list[Any] = [y for y in ys if is_node(y)]
    xs, closed = call.xs, call.is_closed(nodes)
    if any(map(is_complex, xs)):
        raise TypeError(f"{name}: got complex numbers to differentiate by; it needs real ones")
    if any(map(is_complex, nodes)):
        if mode == "reverse":
            raise TypeError(f'{name}: got complex results; they need mode="forward"')
        mode = "forward"
    if recording.unusual:
        for y in nodes:
            recording.check_pass(y, np.ones(np.shape(plain(y))) if type(y) is Tensor else None)
    outs, ins = (sum(getattr(node, "size", 1) for node in some) for some in (nodes, xs))
    all_values = Tensor not in map(type, [*nodes, *xs])
    found: Sequence[Any] | None
    few = closed and ins < outs and Tensor not in map(type, xs)
    if mode == "forward" or (mode is None and few):
        found = _columns(nodes, xs, closed)
    elif all_values and closed:
        own = watcher()
        sweeps = reverse if own is None else own.sweeps
        found = sweeps(nodes, xs, _identity(len(nodes)))
    else:
        found = [_rows_of(y, xs, closed) for y in nodes]
    assert found is not None
    call.notice((block for row in found for block in row), nodes)
    rows = iter(found)
    blocks = [next(rows) if is_node(y) else call.zeros(y, not closed) for y in ys]
    return form([call.rebuild(row) for row in blocks])


def _identity(n: int) -> list[list[float]]:
    return [[float(i == j) for j in range(n)] for i in range(n)]


def _units(node: Any) -> list[Any]:
    """Return 1 for a Value; for a Tensor, an array for each element, with a 1 there."""
    if type(node) is Value:
        return [1.0]
    return list(np.eye(node.size, dtype=node.dtype).reshape(node.size, *node.shape))


def _joined(parts: list[Any], outer: Any, inner: Any, closed: bool) -> Any:
    """Join the derivatives of each element of the outer node, of the inner node's shape, as one."""
    if type(outer) is Value:
        return parts[0]
    shape = (*outer.shape, *np.shape(plain(inner)))
    if not parts:
        nothing = np.zeros(shape, getattr(inner, "dtype", None))
        return nothing if closed else constant(nothing)
    if type(inner) is Value and not is_node(parts[0]):
        return np.reshape(parts, outer.shape) if outer.shape else parts[0]
    return np.stack(parts).reshape(shape)


def _rows_of(y: Any, xs: list[Any], closed: bool) -> list[Any]:
    """Return the derivatives of one output by each variable, a sweep for each of its elements."""
    rows = [pullback([y], xs, [seed], not closed) or [] for seed in _units(y)]
    return [_joined([row[k] for row in rows], y, x, closed) for k, x in enumerate(xs)]


def _columns(ys: list[Any], xs: list[Any], closed: bool) -> list[list[Any]]:
    """Return the derivatives of all outputs, a sweep for each element of the variables."""
    still = [0.0 if type(x) is Value else np.zeros(x.shape, x.dtype) for x in xs]
    units = [_units(x) for x in xs]
    tangents = [[*still[:k], u, *still[k + 1 :]] for k, some in enumerate(units) for u in some]
    rates = iter(pushforward(ys, xs, tangents, not closed) or ())
    columns: list[list[Any]] = []
    for x, some in zip(xs, units):
        parts = [next(rates) for _ in some]
        columns.append(
            [_last(_joined([r[i] for r in parts], x, y, closed), x) for i, y in enumerate(ys)]
        )
    return [list(row) for row in zip(*columns)]


def _last(found: Any, x: Any) -> Any:
    """Move the axes of x from the front to the back, and convert to its type."""
    n, wanted = np.ndim(plain(x)), getattr(x, "dtype", np.dtype(np.float64))
    found = np.moveaxis(found, range(n), range(-n, 0)) if n else found
    same = is_complex(found) or getattr(found, "dtype", wanted) == wanted
    return found if same else found.astype(wanted)


@hinted
def hessian(f: Function, argnums: Any = 0, argnames: Any = None) -> Function:
    """Return a function that computes all second derivatives of f, which returns one number.

    The result is the Jacobian of the gradient: for a list of numbers, a list of lists.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    by = chosen("hessian", argnums, argnames)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return _value_and_grad("hessian", f, args, kwargs, by)[1]

    gradient.__wrapped__ = f  # type: ignore[attr-defined]  # for the names of its arguments

    def of_arguments(*args: Any, **kwargs: Any) -> Any:
        return _jacobian("hessian", gradient, args, kwargs, by, "reverse")

    return Transformed(hessian, f, of_arguments, argnums, argnames)


@hinted
def hvp(f: Function) -> Function:
    """Return a function (x, v, ...) -> the Hessian of f at x times v, at the cost of two gradients.

    v has the form of x; further arguments are passed to f after x. SciPy names it `hessp`.

    >>> hvp(lambda x: x[0] ** 2 * x[1])([2.0, 3.0], [1.0, 10.0])
    [46.0, 4.0]
    """

    def of_arguments(x: Any, v: Any, *args: Any, **kwargs: Any) -> Any:
        call = Call("hvp", f, (x, *args), kwargs, 0)
        y = call.output()
        vs = like("hvp", "v", v, x, call.xs)
        closed = call.is_closed([y]) and not any(is_node(each) for each in vs)
        if not is_node(y):
            return call.rebuild(call.zeros(y, not closed))
        # also where nothing is recorded
        slopes: Any = transformed(pullback, [y], call.xs, [None], True)
        found = pullback(slopes, call.xs, vs, not closed) or []
        call.notice(found, [y])
        return call.rebuild(found)

    made = Transformed(hvp, f, of_arguments)
    made.__signature__ = inspect.signature(of_arguments)
    return made


@hinted
def derivative(f: Function, order: int = 1) -> Function:
    """Return a function that computes the n-th derivative of f, a function of one number.

    f may return lists, tuples or dicts of numbers; the result has their form. Orders above 1 come
    from the Taylor series, which costs about order^2 evaluations of f.

    >>> derivative(lambda x: x**4, order=3)(2.0)
    48.0
    """
    order = _order("derivative", order)

    def of_argument(x: Any, *args: Any, **kwargs: Any) -> Any:
        if order == 0:
            return f(x, *args, **kwargs)
        if order == 1:
            return _jvp("derivative", f, (x, *args), kwargs, (0,), (1.0,))[1]
        coefficients = _taylor("derivative", f, (x, *args), kwargs, order)
        leaves, rebuild = flatten(coefficients[order])
        return rebuild([math.factorial(order) * leaf for leaf in leaves])

    return Transformed(derivative, f, of_argument, order)


@hinted
def taylor(f: Function, x: Any, order: int) -> list[Any]:
    """Return the Taylor coefficients of f about x: [f(x), f'(x), f''(x)/2!, ...].

    f is a function of one number; each coefficient has the form of its result. They are computed
    one after the other, each operation's from its own derivative (Moore, "Interval Analysis", 1966,
    chapter 11), so that order n costs about n^2 evaluations of f. Through arrays, and through
    derivatives by `custom_vjp`, they are derivatives of derivatives, whose cost at least doubles
    with every order.

    >>> taylor(lambda x: 1 / (1 - x), 0.0, 4)
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    return _taylor("taylor", f, (x,), {}, _order("taylor", order))


def _taylor(name: str, f: Function, args: Sequence[Any], kwargs: Any, order: int) -> list[Any]:
    call = Call(name, f, args, kwargs, 0)
    is_number = isinstance(args[0], StandIn) and isinstance(args[0], float)
    if len(call.xs) != 1 or not (is_number or isinstance(call.xs[0], Value)):
        raise TypeError(f"{name}: got {shown(args[0])}; it is for functions of one number")
    ys, form = call.outputs()
    nodes, closed = list(filter(is_node, ys)), call.is_closed(ys)
    found, as_graph = None, not closed or watcher() is not None
    if Tensor not in map(type, [call.xs[0], *nodes]):
        found = series(nodes, call.xs[0], order, as_graph)
    if found is None:
        found = _nested(nodes, call.xs[0], order, as_graph)
    if as_graph and closed:
        found = [list(map(plain, row)) for row in found]
    if order:
        call.notice((c for row in found for c in row[1:]), nodes)
    rows = iter(found)
    coefficients = [next(rows) if is_node(y) else [y, *[_still(y, not closed)] * order] for y in ys]
    return [form([row[k] for row in coefficients]) for k in range(order + 1)]


def _nested(ys: list[Any], x: Value, order: int, as_graph: bool) -> list[list[Any]]:
    """Return the Taylor coefficients of each y, as derivatives of derivatives."""
    rows = [[y] for y in ys]
    rates = ys
    for k in range(1, order + 1):
        (rates,) = pushforward(rates, [x], [[1.0]], as_graph=True) or [[]]
        for row, rate in zip(rows, rates):
            row.append(rate / math.factorial(k))
    return rows if as_graph else [list(map(plain, row)) for row in rows]


def _order(name: str, order: Any) -> int:
    if isinstance(order, bool) or not hasattr(order, "__index__") or index(order) < 0:
        raise ValueError(f"{name}: got order={order!r}; it must be an integer from 0 on")
    return index(order)


def stop_gradient(tree: Any) -> Any:
    """Return equal numbers apart from the graph: nothing is differentiated through them.

    Takes a node, or lists, tuples and dicts of them; all else is left as it is.

    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    leaves, rebuild = flatten(tree)
    return rebuild([x.detach() if is_node(x) else x for x in leaves])
