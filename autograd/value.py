"""Value: a float that remembers how it was computed."""

from __future__ import annotations

import functools
import math
import operator
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Never

import numpy as np

from autograd import compiled
from autograd.arithmetic import arrays
from autograd.arithmetic.base import Arithmetic
from autograd.arithmetic.floats import PRIMITIVES, RAISED, Ieee, evaluate, floats
from autograd.formulas import CompiledRows
from autograd.graph import (
    LINKS,
    WRITING,
    Node,
    backward_order,
    read_only,
    sweep,
    write_gradients,
)
from autograd.later import Later, named
from autograd.names import unknown
from autograd.recording import OURS, recording
from autograd.rules import elementary
from autograd.rules.elementary import BUILT_IN, METHODS, TABLE, Elementary
from autograd.rules.nary import NARY, Nary
from autograd.rules.row import Scalar
from autograd.scalars import ArrayScalar, of_tensors
from autograd.watching import asked, watcher, watchers

Number = int | float | np.floating[Any] | np.integer[Any] | np.bool
"""Types of numbers in a formula; True and False are 1 and 0."""


class Value(ArrayScalar, Node):
    """A scalar of a computation graph.

    A Value that is made from a number is a variable, a leaf of the graph; arithmetic with it, and
    the functions of this package, make further Values, which know their operands and the partial
    derivative by each. Numbers in a formula are constants and never become nodes. Arithmetic is
    that of IEEE 754: nothing raises, 1/0 is inf and log(-1) is nan. Beside an array of numbers the
    result is a Tensor, and the gradient comes back to the Value.

    Parameters: `data`, any real number (a float of 64 bits is kept); `name`, a label for drawings
    and messages. Raises TypeError for anything else.

    >>> x = Value(2.0, name="x")
    >>> y = x * x + 3 * x
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 7.0)

    Comparisons compare the numbers, as floats do, while the hash is that of the object.
    """

    __slots__ = (*LINKS, "_data", "_partials")

    row: Scalar | None
    operands: tuple[Any, ...]
    parents: tuple[Value, ...]
    partials: tuple[float, ...]
    """Partial derivative by each of the parents."""
    _partials: tuple[float, ...]
    _data: float
    _grad: float

    def __init__(self, data: Number, name: str | None = None, **foreign: Never) -> None:
        if foreign:
            raise unknown("Value", foreign, ("data", "name"))
        self._data = to_float(data)
        self._row = None
        self._operands = self._parents = self._partials = ()
        if name is not None:
            self.name = name
        if recording.levels or recording.unusual:
            recording.attend_leaf(self)

    def __init_subclass__(cls) -> None:
        raise TypeError(
            "Value: it can't be subclassed, for its operations would not make the subclass; "
            "let a class of your own hold one, or write functions"
        )

    @property
    def data(self) -> float:
        """Number that the Value holds; a leaf's can be changed.

        Graphs keep their derivatives at the numbers that they were computed with.
        """
        if watchers and (answer := asked("data", self)) is not NotImplemented:
            return answer  # type: ignore[no-any-return]
        return self._data

    @data.setter
    def data(self, data: Number) -> None:
        if self.row is not None:
            raise ValueError(f"data: only a leaf can get new data; this is a result of {self.op}")
        self._data = to_float(data)

    @property
    def grad(self) -> float:
        """Derivative of the node that `backward()` was called on; 0 before any pass.

        Leaves add up over passes until `zero_grad()`; others hold the derivative of the last pass.
        """
        return self._grad if self.has_grad else 0.0

    @grad.setter
    def grad(self, grad: Number) -> None:
        self._grad = to_float(grad)

    def detach(self) -> Value:
        """Return a leaf of the same number, apart from this graph."""
        if watchers and (answer := asked("detach", self)) is not NotImplemented:
            return answer  # type: ignore[no-any-return]
        return Value(self._data)

    def backward(self, seed: Number = 1.0, **foreign: Never) -> None:
        """Differentiate this Value by all nodes it was computed from (the chain rule, in reverse).

        Adds d self / d leaf, times `seed`, to the `grad` of every leaf, and sets that of every
        other node. Graphs may have any depth, and passes may be repeated; an interrupted sweep has
        changed nothing.
        """
        if foreign:
            raise unknown("backward", foreign, ("seed",))
        if watchers:
            asked("backward", self)
        if recording.unusual:
            recording.check_pass(self, to_float(seed))
        adjoints = self._adjoints(to_float(seed))
        with WRITING:
            found = [g if node._row else node.grad + g for node, g in adjoints.items()]
            write_gradients(Value._grad, adjoints, found)

    def _adjoints(self, seed: float) -> dict[Value, float]:
        """Return the derivative by every node that this was computed from."""
        order = backward_order([self])
        adjoint = dict.fromkeys(order, 0.0)
        adjoint[self] = seed
        for node in order:
            if node._parents:
                g = adjoint[node]
                for parent, partial in zip(node._parents, node._partials):
                    adjoint[parent] += g * partial
        return strict_adjoints(order, seed) if has_nan(adjoint.values()) else adjoint

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name is not None else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{name})"

    def __format__(self, spec: str) -> str:
        if spec and watchers:
            asked("format", self)
        return format(self.data, spec) if spec else repr(self)

    if TYPE_CHECKING:  # made from the rows, below

        def __add__(self, other: Value | Number) -> Value: ...
        def __radd__(self, other: Number) -> Value: ...
        def __sub__(self, other: Value | Number) -> Value: ...
        def __rsub__(self, other: Number) -> Value: ...
        def __mul__(self, other: Value | Number) -> Value: ...
        def __rmul__(self, other: Number) -> Value: ...
        def __truediv__(self, other: Value | Number) -> Value: ...
        def __rtruediv__(self, other: Number) -> Value: ...
        def __pow__(self, other: Value | Number) -> Value: ...
        def __rpow__(self, other: Number) -> Value: ...
        def __mod__(self, other: Value | Number) -> Value: ...
        def __rmod__(self, other: Number) -> Value: ...
        def __floordiv__(self, other: Value | Number) -> Value: ...
        def __rfloordiv__(self, other: Number) -> Value: ...

        # every row of one operand is a method too; these are what people expect
        exp: Callable[[], Value]
        log: Callable[[], Value]
        sqrt: Callable[[], Value]
        sin: Callable[[], Value]
        cos: Callable[[], Value]
        tan: Callable[[], Value]
        tanh: Callable[[], Value]
        sigmoid: Callable[[], Value]
        relu: Callable[[], Value]

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __neg__(self) -> Value:
        node: Value = OPERATIONS[elementary.neg, "v"](self)
        return node

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        node: Value = OPERATIONS[elementary.abs, "v"](self)
        return node

    def __round__(self, digits: int | None = None) -> Any:
        """Return an integer to count with; with `digits`, an operation like any other."""
        if digits is None:
            if watchers:
                asked("round", self)
            return round(self._data)
        digits, whole = operator.index(digits), OPERATIONS[elementary.round, "v"]
        unit = 10.0 ** min(abs(digits), 308)
        if digits < 0:
            return whole(self / unit) * unit
        if not abs(self) * unit < 2.0**52:  # it has no more digits, or is no finite number
            return choose(True, self._data, self)
        return whole(self * unit) / unit

    def clip(self, min: Any = None, max: Any = None, out: None = None) -> Any:
        """Return itself, but at least min and at most max, if given; NumPy's clip calls it."""
        if out is not None:
            raise TypeError("clip: got out; a Value can't be written into")
        return clipped(self, min, max)

    # As micrograd's programs spell it

    @property
    def _prev(self) -> set[Value]:
        return set(self.parents)

    @property
    def _op(self) -> str:
        return self.row.notation if self.row else ""

    # Numbers to compare

    def __lt__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__lt__)

    def __le__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__le__)

    def __gt__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__gt__)

    def __ge__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__ge__)

    def __eq__(self, other: object) -> bool:
        return _compared(self, other, float.__eq__)

    def __hash__(self) -> int:
        if watchers and not sys._getframe(1).f_code.co_filename.startswith(OURS):
            asked("hash", self)  # our own dicts have nodes as keys
        return object.__hash__(self)

    def __bool__(self) -> bool:
        if watchers and (answer := asked("bool", self)) is not NotImplemented:
            return answer  # type: ignore[no-any-return]
        return bool(self._data)

    def __float__(self) -> float:
        if watchers:
            asked("float", self)
        raise TypeError(
            "float(Value) would drop the gradient: use x.data for the number, where the gradient "
            "ends; with it, ag.sin(x) for math.sin(x), f'{x:.4f}' for '%.4f' % x, ag.array for "
            "array[i] = x"
        )

    def __int__(self) -> int:
        if watchers:
            asked("int", self)
        raise TypeError("int(Value) would drop the gradient: use int(x.data), where it ends")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        if any(map(_is_foreign, operands)):
            return NotImplemented
        operands = tuple([np.asarray(x) if isinstance(x, (list, tuple)) else x for x in operands])
        if method == "__call__" and any(map(_is_of_objects, options.get("out", ()))):
            (objects,) = options["out"]  # objects += x
            np.copyto(objects, _boxed(ufunc(*operands)), where=options.get("where", True))
            return objects
        if method == "__call__" and not options:
            if ufunc in arrays.PREDICATES:
                return _told(ufunc, operands)
            if not beside_numbers(operands) and (row := arrays.known_row(ufunc)) is not None:
                return apply(row, *operands)
        return of_tensors["ufunc"](ufunc, method, operands, options)

    def _again(self) -> Value:
        node: Value = OPERATIONS[elementary.pos, "v"](self)
        return node

    def _extra(self) -> tuple[float, ...]:
        return self.partials

    @staticmethod
    def _remade(
        op: str,
        operands: tuple[Any, ...],
        grad: float | None,
        data: float,
        partials: tuple[Any, ...],
    ) -> Value:
        node = Value(data)
        if op:
            node._row = _row_of(op)
            _link(node, operands, partials)
        if grad is not None:
            node._grad = grad
        return node


read_only(Value, "partials")


def _row_of(op: Any) -> Any:
    return named(op, TABLE, NARY) if isinstance(op, str) else op


NUMBER = (int, float, np.floating, np.integer, np.bool, Real)


def has_nan(slopes: Collection[float]) -> bool:
    """Return whether a slope is nan."""
    return math.isnan(sum(slopes)) and any(g != g for g in slopes)


def edges(node: Value) -> Iterable[tuple[Value, float]]:
    """Iterate over the parents of a node and the partials by them, without those left out."""
    pairs = zip(node.parents, node.partials)
    return [edge for edge, out in zip(pairs, parents_left_out(node)) if not out]


def parents_left_out(node: Value) -> list[bool]:
    """Return, for each parent of a node, whether a choice left it out."""
    xs = node.operands[: len(node.operands) - node.row.options] if node.row else ()
    found = left_out(node.row, xs, node)
    # a partial that is not 0 is of what a leaf was before it got other data
    chosen = [out for x, out in zip(xs, found) if type(x) is Value]
    return [out and partial == 0.0 for out, partial in zip(chosen, node.partials)]


def left_out(row: Scalar | None, xs: Sequence[Any], z: Any) -> Sequence[bool]:
    """Return, for each operand of a row, whether its choice leaves it out."""
    if row is None or row.flat is None:
        return [False] * len(xs)
    if watchers and (own := watcher()) is not None:
        return own.left_out(row, xs, z)  # type: ignore[no-any-return]
    return list(map(bool, row.flats_of(floats, [Ieee(bare(x)) for x in xs], Ieee(bare(z)))))


def strict_adjoints(order: list[Value], seed: float) -> dict[Value, float]:
    """Return the derivative of the first node by all, without operands that a choice left out."""
    start = {order[0]: seed} if seed else {}
    # 0 + -0 is 0, as in a sum that begins with 0
    found = sweep(order, start, lambda node, g: [(x, 0.0 + g * d) for x, d in edges(node)])
    return dict.fromkeys(order, 0.0) | {order[0]: seed} | found


def shown(x: object) -> str:
    """Return an object's type and the beginning of its repr, for a message."""
    text = " ".join(repr(x).split())  # on one line
    if x is None or " at 0x" in text:
        of_type = f"an object of type {type(x).__name__}"
        return "None" if x is None else getattr(x, "__name__", of_type)
    if isinstance(x, np.ndarray) and x.dtype.kind not in "fbiu":
        return f"ndarray of {x.dtype}"
    return f"{type(x).__name__} {text if len(text) <= 40 else text[:37] + '...'}"


def to_float(x: Any) -> float:
    """Return a number as a float; TypeError, which shows it, for anything else."""
    if isinstance(x, NUMBER):
        return float(x)
    if isinstance(x, Value):
        raise TypeError(
            "got a Value where a number is needed: use x.data, or x.detach() for a leaf; "
            "the gradient ends there"
        )
    raise TypeError(f"got {shown(x)}; a Value needs a real number")


def _compared(x: Value, y: Any, comparison: Callable[[float, float], bool]) -> bool:
    if watchers and (answer := asked(comparison.__name__.strip("_"), x, y)) is not NotImplemented:
        return answer  # type: ignore[no-any-return]
    if type(y) is Value:
        return comparison(x._data, y._data)
    if isinstance(y, NUMBER):
        return comparison(x._data, y if isinstance(y, (int, float)) else float(y))
    return NotImplemented  # type: ignore[no-any-return]  # lets Python ask the other


def bare(x: Any) -> Any:
    """Return the number of a Value; anything else as it is."""
    return x.data if isinstance(x, Value) else x


def _is_foreign(x: Any) -> bool:
    """Return whether an object, such as a Tensor, decides what ufuncs do with it and Values."""
    if type(x) is Value or type(x) is np.ndarray or type(x) is float:
        return False
    return hasattr(x, "__array_ufunc__") and not isinstance(x, (np.ndarray, np.generic))


def _is_of_objects(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == np.dtype(object)


def beside_numbers(operands: Sequence[Any]) -> bool:
    """Return whether arrays of numbers are among operands, and none of objects.

    A Value beside them is an operand of a Tensor; objects are computed one by one.
    """
    found = [x.dtype.kind for x in operands if isinstance(x, np.ndarray) and x.ndim]
    return bool(found) and "O" not in found


def _told(predicate: np.ufunc, operands: Sequence[Any]) -> Any:
    """Return what a ufunc without a derivative says of Values, numbers and arrays."""
    if not any(map(_is_of_objects, operands)):
        return _told_of_one(predicate, *operands)
    function = arrays.COMPARISONS.get(predicate, predicate)
    each = np.frompyfunc(functools.partial(_told_of_one, function), len(operands), 1)
    return np.asarray(each(*map(_boxed, operands))).astype(bool)[()]


def _told_of_one(predicate: Callable[..., Any], *operands: Any) -> Any:
    if watchers and (own := watcher()) is not None:
        return own.told(predicate, operands)
    return predicate(*map(bare, operands))


def _boxed(x: Any) -> Any:
    """Return an array of objects, so that NumPy looks at Values one by one."""
    return np.asarray(x, dtype=object)


# What the rows do to Values

compile_node = Later("autograd.formulas.compiling", "compile_node", globals())
OPERATIONS = CompiledRows(functools.partial(compile_node, Value, None))


def _operators(row: Elementary) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the methods for x . y and, with a number on the left, for y . x."""
    of_values, of_constant, of_left_constant = (
        OPERATIONS[row, kind] for kind in ("vv", "vc", "cv")
    )

    def operator(self: Value, other: Any) -> Any:
        if type(other) is Value:
            return of_values(self, other)
        if type(other) is float:
            return of_constant(self, other)
        return of_constant(self, float(other)) if isinstance(other, NUMBER) else NotImplemented

    def reflected(self: Value, other: Any) -> Any:
        if type(other) is float:
            return of_left_constant(other, self)
        return of_left_constant(float(other), self) if isinstance(other, NUMBER) else NotImplemented

    return operator, reflected


def _operators_when_needed(name: str, row: Elementary) -> None:
    """Add methods that compile the real ones, which replace them, on first use."""
    names = f"__{name}__", f"__r{name}__"

    def standing_in(method: str) -> Callable[..., Any]:
        def first(self: Value, other: Any) -> Any:
            for each, made in zip(names, _operators(row)):
                setattr(Value, each, made)
            return getattr(Value, method)(self, other)

        return first

    for method in names:
        setattr(Value, method, standing_in(method))


def apply(row: Elementary, *operands: Any) -> Any:
    """Apply a row to Values and numbers, or, element by element, to arrays of them.

    Beside arrays of numbers the result is a Tensor.
    """
    for x in operands:
        if isinstance(x, np.ndarray):
            if beside_numbers(operands):
                return of_tensors["apply"](row, *operands)
            each = np.frompyfunc(lambda *x: apply(row, *x), len(operands), 1)
            return each(*map(_boxed, operands))
        if not (type(x) is Value or isinstance(x, NUMBER)):
            raise TypeError(f"{row.name}: got {shown(x)}; it needs real numbers")
    kind = kind_of(operands)
    given = [x if type(x) is Value else float(x) for x in operands]
    return (
        choose(*given) if row is elementary.where and "v" in kind else OPERATIONS[row, kind](*given)
    )


def clipped(x: Any, low: Any, high: Any) -> Any:
    """Return x, but at least `low` and at most `high`, where they are not None."""
    if low is not None and high is not None:
        return apply(elementary.clip, x, low, high)
    if low is not None:
        return apply(elementary.maximum, x, low)
    return x if high is None else apply(elementary.minimum, x, high)


def kind_of(operands: Sequence[Any]) -> str:
    """Return the kind of each operand: "v" for a Value, "c" for a constant."""
    return "".join(["v" if type(x) is Value else "c" for x in operands])


def node_of(row: Any, z: float, operands: Sequence[Any], partials: Sequence[float]) -> Value:
    """Return a node of any number of operands; `partials` has one for each that is a Value."""
    node: Value = object.__new__(Value)
    node._data = z
    node._row = row
    _link(node, operands, partials)
    if recording.unusual and recording.attend(node):
        node._row, node._operands, node._parents, node._partials = None, (), (), ()
    return node


def _link(node: Value, operands: Sequence[Any], partials: Sequence[float]) -> None:
    node._operands, node._partials = tuple(operands), tuple(partials)
    node._parents = tuple([x for x in operands if type(x) is Value])


def choose(condition: Any, x: Value | Number, y: Value | Number) -> Value:
    """Return `where` of Values: a node whose only parent is the operand that was chosen."""
    chosen = x if condition else y
    truth = 1.0 if condition else 0.0
    if type(chosen) is Value:
        return node_of(elementary.where, chosen._data, (truth, chosen), [1.0])
    number = to_float(chosen)
    return node_of(elementary.where, number, (truth, number), [])


QUICK = Arithmetic(
    **PRIMITIVES,
    **{
        row.name: lambda x, y, row=row: OPERATIONS[row, "cc"](x, y)
        for row in (elementary.maximum, elementary.minimum, elementary.unit, elementary.apart)
    },
)
"""Arithmetic of plain floats, which raises at the edges; `floats` takes over there."""


def nary_value(op: Nary, xs: list[float], *options: Any) -> tuple[float, Sequence[float]]:
    """Return the value of an n-ary operation of floats, and its partials."""
    try:
        z = op.value(QUICK, xs, *options)
        return z, op.partials(QUICK, xs, z, *options)
    except RAISED:
        return evaluate(op, *xs, *options)


def nary(op: Nary, xs: Sequence[Any], *options: Any) -> Any:
    """Apply an operation of any number of Values and numbers, as one node; numbers give a float."""
    operands = [x if type(x) is Value else to_float(x) for x in xs]
    if len(operands) < op.least:
        raise ValueError(f"{op.name}: got no operands; it needs at least {op.least}")
    z, partials = nary_value(op, [bare(x) for x in operands], *options)
    if Value not in map(type, operands):
        return z
    chosen = [d for x, d in zip(operands, partials) if type(x) is Value]
    return node_of(op, z, [*operands, *options], chosen)


def _method(row: Elementary, name: str) -> Callable[[Value], Any]:
    def method(self: Value) -> Any:
        return OPERATIONS[row, "v"](self)

    method.__name__, method.__doc__ = name, row.doc
    return method


if compiled.library is None:  # NumPy calls them on the elements of an array of objects
    for _name, _row in METHODS.items():
        setattr(Value, _name, _method(_row, _name))
    for _name in ("add", "sub", "mul", "pow", "mod"):
        _operators_when_needed(_name, TABLE[_name])
    _operators_when_needed("truediv", elementary.div)
    _operators_when_needed("floordiv", elementary.floor_divide)


# The same in C, where it was built

if compiled.library is not None:
    _core = compiled.library
    _core.give(watchers=watchers, ask_watcher=asked)

    def node_of(row: Any, z: float, operands: Sequence[Any], partials: Sequence[float]) -> Value:
        """Return a node of any number of operands, made by the C core."""
        node: Value = _core.node(row, z, tuple(operands), tuple(partials), row.options, False)
        return node

    def _remade(
        op: str,
        operands: tuple[Any, ...],
        grad: float | None,
        data: float,
        partials: tuple[Any, ...],
    ) -> Value:
        row = _row_of(op) if op else None
        node: Value = (
            _core.node(row, data, operands, partials, row.options, True) if row else Value(data)
        )
        if grad is not None:
            node.grad = grad
        return node

    Value = compiled.in_c(  # type: ignore[misc, assignment]  # the name means this type now
        Value,
        _remade,
        [
            *(TABLE[name] for name in TABLE if name in BUILT_IN),
            *map(NARY.get, compiled.NARY + compiled.CHOOSING),
        ],
        to_float,
        lambda x: float(x) if isinstance(x, NUMBER) else NotImplemented,
    )
    OPERATIONS = CompiledRows(functools.partial(compile_node, Value, _core))
    choose = _core.function("where")
