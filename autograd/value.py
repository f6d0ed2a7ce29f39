"""Value: a float that remembers how it was computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from autograd import arrays
from autograd.floats import RAISED, evaluate
from autograd.graph import Node, backward_order
from autograd.ops import TABLE, Elementary
from autograd.printers import Formula, Tracer, statements, trace

Number = int | float | np.floating[Any] | np.integer[Any] | np.bool
"""What counts as a number in a formula; True and False are 1 and 0."""


class Value(Node):
    """A scalar of a computation graph.

    A Value that is made from a number is a variable, a leaf of the graph; arithmetic with it, and
    the functions of this package, make further Values, which know their operands and the partial
    derivative by each. Numbers in a formula are constants and never become nodes. Arithmetic is
    that of IEEE 754: nothing raises, 1/0 is inf and log(-1) is nan.

    Parameters: `data`, any real number (a float of 64 bits is kept); `name`, a label for drawings
    and messages. Raises TypeError for anything else.

    >>> x = Value(2.0, name="x")
    >>> y = x * x + 3 * x
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 7.0)

    Comparisons compare the numbers, as floats do, while the hash is that of the object.
    """

    __slots__ = ("data", "partials")

    data: float
    """The number."""
    row: Elementary | None
    operands: tuple[Value | float, ...]
    parents: tuple[Value, ...]
    partials: tuple[float, ...]
    """The partial derivative by each of the parents."""
    _grad: float

    def __init__(self, data: Number, name: str | None = None) -> None:
        self.data = to_float(data)
        self.row = None
        self.operands = self.parents = self.partials = ()
        if name is not None:
            self.name = name

    @property
    def grad(self) -> float:
        """The derivative of what `backward()` was called on; 0 before any pass.

        Leaves add up over passes until `zero_grad()`; others hold what the last pass found.
        """
        return self._grad if self.has_grad else 0.0

    @grad.setter
    def grad(self, grad: Number) -> None:
        self._grad = to_float(grad)

    def detach(self) -> Value:
        """A leaf of the same number, apart from this graph."""
        return Value(self.data)

    def backward(self, seed: Number = 1.0) -> None:
        """Differentiate this Value by everything it was computed from (the chain rule, in reverse).

        Adds d self / d leaf, times `seed`, to the `grad` of every leaf and sets that of every
        other node. Any depth, any number of times; interrupted, it has changed nothing.
        """
        adjoint = {self: to_float(seed)}
        order = backward_order([self])
        for node in order:
            g = adjoint[node]
            for parent, partial in zip(node.parents, node.partials):
                adjoint[parent] = adjoint.get(parent, 0.0) + g * partial
        for node in order:
            node._grad = adjoint[node] if node.row else node.grad + adjoint[node]

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name is not None else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{name})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    # Numbers in a formula

    def __add__(self, other: Value | Number) -> Value:
        return _operator("add", self, other)

    def __radd__(self, other: Number) -> Value:
        return _operator("add", other, self)

    def __sub__(self, other: Value | Number) -> Value:
        return _operator("sub", self, other)

    def __rsub__(self, other: Number) -> Value:
        return _operator("sub", other, self)

    def __mul__(self, other: Value | Number) -> Value:
        return _operator("mul", self, other)

    def __rmul__(self, other: Number) -> Value:
        return _operator("mul", other, self)

    def __truediv__(self, other: Value | Number) -> Value:
        return _operator("div", self, other)

    def __rtruediv__(self, other: Number) -> Value:
        return _operator("div", other, self)

    def __pow__(self, other: Value | Number) -> Value:
        return _operator("pow", self, other)

    def __rpow__(self, other: Number) -> Value:
        return _operator("pow", other, self)

    def __neg__(self) -> Value:
        return MADE["neg", "v"](self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return MADE["abs", "v"](self)

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

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self.data)

    def __float__(self) -> float:
        raise TypeError(
            "float(Value) would drop the gradient: use x.data for the number, "
            "or the function of this package (ag.exp for math.exp)"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        if ufunc in arrays.COMPARISONS:
            each = np.frompyfunc(lambda x, y: arrays.COMPARISONS[ufunc](_bare(x), _bare(y)), 2, 1)
            compared = each(*map(_boxed, operands))
            return compared.astype(bool) if isinstance(compared, np.ndarray) else compared
        if ufunc not in arrays.ROW_OF:
            raise TypeError(f"np.{ufunc.__name__} does not know Values; see autograd for what does")
        return apply(TABLE[arrays.ROW_OF[ufunc]], *operands)


NUMBER = (int, float, np.floating, np.integer, np.bool)


def shown(x: object) -> str:
    """What was got, for a message: its type and the beginning of its repr."""
    text = repr(x)
    return f"{type(x).__name__} {text if len(text) <= 40 else text[:37] + '...'}"


def to_float(x: Any) -> float:
    """A number as a float; a TypeError that says what was got for anything else."""
    if isinstance(x, NUMBER):
        return float(x)
    if isinstance(x, Value):
        raise TypeError(
            "got a Value where a number is needed: use x.data, or x.detach() for a leaf"
        )
    if isinstance(x, Real):  # a Fraction, say
        return float(x)
    raise TypeError(f"got {shown(x)}; a Value needs a real number")


def _compared(x: Value, y: Any, comparison: Callable[[float, float], bool]) -> bool:
    if type(y) is Value:
        return comparison(x.data, y.data)
    if isinstance(y, NUMBER):
        return comparison(x.data, y if isinstance(y, (int, float)) else float(y))
    return NotImplemented  # type: ignore[no-any-return]  # lets Python ask the other


def _bare(x: Any) -> Any:
    return x.data if isinstance(x, Value) else x


def _boxed(x: Any) -> Any:
    """An array of objects, so that NumPy looks at Values one by one."""
    return np.asarray(x, dtype=object)


# What the rows do to Values. For every row and kind of operands, "v" a Value and "c" a constant,
# a function is printed from the formulas of the row when it is first needed.

FUNCTION = """\
def {name}({operands}):
    {reads}
    try:
        {body}
        partials = ({partials})
    except RAISED:
        z, partials = at_the_edge({numbers})
    node = new(Value)
    node.data = z
    node.row = row
    node.operands = ({operands},)
    node.parents = {parents}
    node.partials = partials
    return node
"""
CONSTANT = """\
def {name}({operands}):
    try:
        {body}
    except RAISED:
        z, _ = at_the_edge({operands})
    return z
"""
PRIMITIVES = ("abs", "cos", "exp", "log", "log1p", "pow", "sin", "sqrt", "tanh")


def _choice(formula: Formula, texts: list[str]) -> str:
    condition, x, y = texts
    return f"({x} if {condition} else {y})"


def source(row: Elementary, kind: str) -> str:
    """The Python function that applies a row to operands of a kind: "vc" is a Value, a float."""
    _, value, partials = trace(row, Tracer(TABLE, PRIMITIVES))
    chosen = [partial for partial, k in zip(partials, kind) if k == "v"]
    lines, texts = statements(chosen, _choice, named={"z": value})
    values = [x for x, k in zip(row.operands, kind) if k == "v"]
    if not values:
        return CONSTANT.format(
            name=f"{row.name}_{kind}",
            operands=", ".join(row.operands),
            body="\n        ".join(lines),
        )
    upper = [x.upper() if k == "v" else x for x, k in zip(row.operands, kind)]
    return FUNCTION.format(
        name=f"{row.name}_{kind}",
        operands=", ".join(upper),
        reads="; ".join(f"{x} = {x.upper()}.data" for x in values),
        body="\n        ".join(lines),
        partials="".join(f"{text}, " for text in texts),
        numbers=", ".join(row.operands),
        parents=f"({', '.join(x.upper() for x in values)},)",
    )


class _Made(dict[tuple[str, str], Callable[..., Value]]):
    """The functions made so far, by row and kind; of constants alone they give a float."""

    def __missing__(self, key: tuple[str, str]) -> Callable[..., Value]:
        name, kind = key
        row = TABLE[name]

        def at_the_edge(*numbers: float) -> tuple[float, tuple[float, ...]]:
            z, partials = evaluate(row, *numbers)
            return z, tuple(d for d, k in zip(partials, kind) if k == "v")

        scope = {op: getattr(math, op) for op in PRIMITIVES if op != "abs"}
        scope |= {"abs": abs, "RAISED": RAISED, "at_the_edge": at_the_edge, "row": row}
        scope |= {"new": object.__new__, "Value": Value}
        exec(compile(source(row, kind), f"<{name} of {kind}>", "exec"), scope)
        function: Callable[..., Value] = scope[f"{name}_{kind}"]
        self[key] = function
        return function


MADE = _Made()


def _operator(name: str, x: Any, y: Any) -> Value:
    if type(y) is Value:
        if type(x) is Value:
            return MADE[name, "vv"](x, y)
        if isinstance(x, NUMBER):
            return MADE[name, "cv"](float(x), y)
    elif isinstance(y, NUMBER):
        return MADE[name, "vc"](x, float(y))
    return NotImplemented  # type: ignore[no-any-return]  # lets Python ask the other


def apply(row: Elementary, *operands: Any) -> Any:
    """A row of Values and numbers, or, element by element, of arrays of them."""
    if any(isinstance(x, np.ndarray) for x in operands):
        each = np.frompyfunc(lambda *x: apply(row, *x), len(operands), 1)
        return each(*map(_boxed, operands))
    kind = "".join("v" if type(x) is Value else "c" for x in operands)
    if row.name == "where" and "v" in kind:
        return choose(*operands)
    x = [x if k == "v" else to_float(x) for x, k in zip(operands, kind)]
    return MADE[row.name, kind](*x)


def choose(condition: Any, x: Value | Number, y: Value | Number) -> Value:
    """`where` of Values: a node whose only parent is the operand that was chosen."""
    chosen = x if condition else y
    node = object.__new__(Value)
    node.row = TABLE["where"]
    if type(chosen) is Value:
        node.data, node.parents, node.partials = chosen.data, (chosen,), (1.0,)
    else:
        node.data, node.parents, node.partials = to_float(chosen), (), ()
    node.operands = (float(bool(condition)), *(node.parents or (node.data,)))
    return node
