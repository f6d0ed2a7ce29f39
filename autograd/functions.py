"""exp, log, where, sum, ...: one name each for floats, arrays, lists, Values and Tensors.

The elementary functions are made from the rows of the table. The type of the result depends on the
operands: a Tensor if there is one, or a Value beside an array; else a Value if there is one, else
an array if there is one, else a float. Lists count as arrays. An array or list with Values in it is
computed element by element.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import Parameter, Signature
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from autograd import value
from autograd.arithmetic.arrays import UFUNCS
from autograd.arithmetic.floats import PRIMITIVES
from autograd.arithmetic.standing import asarray, first_of, standing
from autograd.compiled import library
from autograd.later import Later
from autograd.rules import structural
from autograd.rules.complexes import COUNTERPARTS, is_complex
from autograd.rules.elementary import BUILT_IN, CONDITION, REAL, TABLE, Elementary, Interval
from autograd.rules.elementary import elementary as _row
from autograd.rules.nary import NARY
from autograd.rules.structural import Structural, axes_of
from autograd.tensors.compiling import VALUES
from autograd.tensors.operations import apply, has, misfit, of_objects, operation
from autograd.tensors.options import REFUSALS
from autograd.tensors.tensor import Tensor
from autograd.value import NUMBER, OPERATIONS, Value, shown

if TYPE_CHECKING:  # at run time, what is imported here are the functions made from the rows
    from autograd.rules.elementary import *

refused = Later("autograd.tensors.refusals", "refused", globals())

Axis = int | Sequence[int] | None
F = TypeVar("F", bound=Callable[..., Any])


def naming(function: F) -> F:
    """Let what a function refuses name it, and say what other packages' arguments are here."""

    @functools.wraps(function)
    def named(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except REFUSALS as error:
            raise refused(function, error, args, options) from None

    return cast("F", named)


def _apply(row: Elementary, *operands: Any) -> Any:
    arrays = [_array(row.name, x) if isinstance(x, (list, tuple)) else x for x in operands]
    kinds = {type(x) for x in arrays}
    if Tensor in kinds:
        return apply(row, *arrays)
    if all(issubclass(kind, NUMBER) for kind in kinds):
        return OPERATIONS[row, "c" * len(operands)](*map(float, operands))
    found = first_of(arrays) if standing and all(isinstance(x, NUMBER) for x in arrays) else None
    if found is not None:
        return found.of_numbers(row, OPERATIONS[row, "c" * len(operands)], arrays)
    if Value in kinds or any(getattr(x, "dtype", None) == np.dtype(object) for x in arrays):
        return value.apply(row, *arrays)
    takes_complex = row.takes_complex or row in COUNTERPARTS
    for x in arrays:
        is_array = isinstance(x, np.ndarray) and x.dtype.kind in "fbiu"
        if not (isinstance(x, NUMBER) or is_array or (takes_complex and is_complex(x))):
            raise TypeError(f"{row.name}: got {shown(x)}; it needs real numbers")
    choosing = (domain is CONDITION for domain in row.domain)
    return VALUES[row](*(x if chooses else _real(x) for x, chooses in zip(arrays, choosing)))


def _real(x: Any) -> Any:
    """Return arrays of integers and booleans as floats; numbers keep their type."""
    if type(x) is float or type(x) is int:
        return float(x)
    array = asarray(x)
    return array.astype(np.float64) if array.dtype.kind in "biu" else array


def as_operand(name: str, x: Any) -> Any:
    """Return a Tensor as it is; anything else as an array, of objects if it has Values in it."""
    array = x if isinstance(x, Tensor) else _array(name, x)
    of_complex = is_complex(array)
    if of_complex and not _takes_complex(name):
        raise TypeError(f"{name}: got complex numbers, of {array.dtype}; it needs real ones")
    if of_complex or isinstance(array, Tensor):
        return array
    if array.dtype.kind not in "fbiuO":
        raise TypeError(f"{name}: got {shown(x)}; it needs real numbers")
    numbers = (np.generic, np.ndarray)  # without axes
    if array.dtype.kind == "O" and any(isinstance(each, numbers) for each in array.flat):
        plain = [each.item() if isinstance(each, numbers) else each for each in array.flat]
        array = np.array([None, *plain], object)[1:].reshape(array.shape)  # which do not wrap
    return array


def _takes_complex(name: str) -> bool:
    from autograd.tensors.complexes import TAKE_COMPLEX

    return name in TAKE_COMPLEX


def _array(name: str, x: Any) -> Any:
    """Return a list as a Tensor if it has Tensors in it, else as an array; Values are objects."""
    try:
        array = asarray(x)
    except ValueError:
        raise TypeError(f"{name}: got a ragged list; it needs rows of equal lengths") from None
    except TypeError:
        if not (isinstance(x, (list, tuple)) and has(Tensor, x)):
            raise
    else:
        return _of_numbers(name, array)
    parts = [as_operand(name, each) for each in x]
    shapes = {part.shape for part in parts}
    if len(shapes) > 1:
        got = " and ".join(map(str, sorted(shapes)))
        raise ValueError(f"{name}: got elements of shapes {got}; they must have one shape")
    return np.stack([of_objects(name, x) if x.dtype == np.dtype(object) else x for x in parts])


def _of_numbers(name: str, array: Any) -> Any:
    """Return an array, in which all objects are Values, numbers or arrays of them."""
    if array.dtype.kind == "O":
        for x in array.flat:
            is_array = isinstance(x, np.ndarray) and x.dtype.kind in "fbiu"
            if not (is_array or isinstance(x, (Value, Tensor, *NUMBER))):
                raise TypeError(f"{name}: got {shown(x)}; it needs real numbers")
    return array


def _without_options(name: str, options: dict[str, Any]) -> TypeError:
    """Return the error for options, which the functions that are made from rows do not have."""
    numpys = UFUNCS.get(name) or getattr(np, name, None)
    needs = f"np.{numpys.__name__} has options" if numpys else "its operands have no names"
    return TypeError(f"{name}: got {next(iter(options))}=; {needs}")


def function_of(row: Elementary) -> Callable[..., Any]:
    """Return the function that users call, from the row."""
    count = len(row.operands)
    made, of_value = OPERATIONS, (row, "v")

    def function(*operands: Any, **options: Any) -> Any:
        if options:
            raise _without_options(row.name, options)
        if count == len(operands) == 1 and type(operands[0]) is Value:
            return made[of_value](operands[0])
        if len(operands) < count and row.defaults:
            operands += row.defaults[len(operands) - count :]
        if len(operands) != count:
            needed = f"{count} ({', '.join(row.operands)})"
            raise TypeError(f"{row.name}: got {len(operands)} operands; it needs {needed}")
        return _apply(row, *operands)

    function.__name__ = function.__qualname__ = row.name
    function.__doc__ = row.doc
    if library is None or row.name not in BUILT_IN:
        required = count - len(row.defaults)
        function.__signature__ = Signature(  # type: ignore[attr-defined]  # inspect reads it
            [
                Parameter(
                    operand,
                    Parameter.POSITIONAL_ONLY,
                    default=row.defaults[i - required] if i >= required else Parameter.empty,
                )
                for i, operand in enumerate(row.operands)
            ]
        )
    return function


WITH_ROWS = ("autograd.shapes", "autograd.networks")
"""Rooms of functions that have rows of their own."""

globals().update({_name: function_of(_value) for _name, _value in TABLE.items()})


def elementary(  # type: ignore[no-redef]  # the table has its own of this name
    name: str,
    value: Callable[..., Any],
    partials: Callable[..., tuple[Any, ...]],
    *,
    domain: tuple[Interval, ...] | None = None,
    kinks: Callable[..., Any] | None = None,
    poles: Callable[..., Any] | None = None,
    notation: str = "",
    doc: str = "",
) -> Callable[..., Any]:
    """Define a scalar operation of your own; it joins the table and does all that others do.

    `value(m, x, ...)` gives the value z and `partials(m, x, ..., z)` the tuple of the derivatives
    by each operand, written with `+ - * /`, `< <= > >=`, `m.where(condition, x, y)` and the
    operations of the table as `m.exp(x)`: so the same two lines serve floats, arrays, Values,
    Tensors and derivatives of any order. `domain` has an interval for each operand, `kinks` and
    `poles` are formulas that are 0 there; the checks use them. A partial of 0 is multiplied as any
    number is, also where `m.where` has left an operand out: let a built-in row, as `m.maximum`,
    choose where a slope behind it may be infinite.

    Returns the function. Raises ValueError for the name of a built-in operation and TypeError for
    formulas that do not fit together.

    >>> softsign = elementary(
    ...     "softsign",
    ...     lambda m, x: x / (1 + m.abs(x)),
    ...     lambda m, x, z: (m.square(1 / (1 + m.abs(x))),),
    ... )
    >>> x = Value(-3.0)
    >>> softsign(x).backward()
    >>> softsign(1.0), x.grad
    (0.5, 0.0625)
    """
    if not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(f"elementary: got the name {name!r}; it must be an identifier")
    for room in WITH_ROWS:
        import_module(room)
    if name in BUILT_IN or name in NARY or name in structural.TABLE:
        raise ValueError(f"elementary: got the name {name!r}; a built-in operation has it")
    for each in (value, partials):
        if not hasattr(each, "__code__"):
            raise TypeError(f"elementary: got {shown(each)}; it needs two functions in Python")
    from autograd.formulas.formula import Tracer, partial_formulas, value_formula

    count = value.__code__.co_argcount - 1
    row = _row(
        name, value, partials, domain=domain or (REAL,) * count, kinks=kinks, poles=poles,
        notation=notation, doc=doc,
    )  # fmt: skip
    try:
        formula = value_formula(row, Tracer(PRIMITIVES))
        found = partial_formulas(row, Tracer((*PRIMITIVES, name)))
    except (KeyError, AttributeError, TypeError) as error:
        hint = "use + - * /, < <= > >=, m.where and the operations of the table, as m.exp"
        raise TypeError(f"elementary: {name} can't be followed ({error}); {hint}") from None
    if not count == len(found) == len(row.domain) or count < 1:
        got = f"{count} operands, {len(found)} partials and {len(row.domain)} domains"
        raise TypeError(f"elementary: {name} has {got}; there must be as many")
    if not any(f"x{i}" in str(formula) for i in range(count)):
        raise TypeError(f"elementary: {name} is constant; its value must use its operands")
    TABLE[name] = row
    return function_of(row)


def structural_general(op: Structural, *operands: Any, real: bool = False) -> Any:
    """Apply a structural operation: arrays give an array, others a Tensor.

    With `real` integers are taken as floats.
    """
    dtype = next((x.dtype for x in operands if isinstance(x, Tensor)), None)
    arrays = [
        x
        if pullback is None or (x is None and i) or isinstance(x, (Tensor, Value))
        else _of_type(as_operand(op.name, x), dtype if isinstance(x, (int, float)) else None)
        for i, (x, pullback) in enumerate(zip_longest(operands, op.pullbacks[: len(operands)]))
    ]
    if any(isinstance(x, (Tensor, Value)) or _has_values(x) for x in arrays):
        return apply(op, *arrays)
    if real:
        arrays = [_real(x) if isinstance(x, np.ndarray) else x for x in arrays]
    try:
        return op.of_arrays(*arrays)
    except (ValueError, IndexError):
        raise misfit(op, arrays) from None
    except TypeError:
        raise TypeError(str(misfit(op, arrays))) from None


def _of_type(x: Any, dtype: Any) -> Any:
    """Convert a number to the type of the Tensors beside it, if there are any."""
    return x if dtype is None else x.astype(dtype)


def structural_function(op: Structural, real: bool = False) -> Callable[..., Any]:
    """Return the function of a structural operation, with a quick path for Tensors."""
    return operation(op, functools.partial(structural_general, op, real=real))


def _has_values(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == np.dtype(object)


_matmul, _reshape, _transpose = map(
    structural_function, (structural.matmul, structural.reshape, structural.transpose)
)


@functools.cache
def _of_arrays(name: str) -> Callable[..., Any]:
    """Return a reduction of arrays and Tensors."""
    import autograd.tensors.reductions as reductions  # those of Values do not need it

    function: Callable[..., Any] = getattr(reductions, name)
    return function


# Reductions: of a list or an array with Values in it, each is one node. They have NumPy's further
# options, such as where= and dtype=, as `options`.


def _reduced(name: str, x: Any, axis: Axis, keepdims: bool, **options: Any) -> Any:
    """Reduce Values or a Tensor along axes; None where there is neither."""
    array = x if isinstance(x, (Tensor, np.ndarray)) else _array(name, x)
    if isinstance(array, Tensor):
        return _of_arrays(name)(array, axis, keepdims=keepdims, **options)
    if array.dtype.kind in "fbiu" or (is_complex(array) and _takes_complex(name)):
        return None
    if array.dtype != np.dtype(object):
        raise TypeError(f"{name}: got {shown(x)}; it needs real numbers")
    op = NARY[name]
    if axis is None:
        total = value.nary(op, array.ravel().tolist(), *options.values())
        return np.array(total, dtype=object).reshape((1,) * array.ndim) if keepdims else total
    axes = np.lib.array_utils.normalize_axis_tuple(axis, array.ndim)
    kept = [a for a in range(array.ndim) if a not in axes]
    rows = array.transpose(*kept, *axes).reshape(*(array.shape[a] for a in kept), -1)
    result = np.empty(rows.shape[:-1], dtype=object)
    for index in np.ndindex(result.shape):
        result[index] = value.nary(op, rows[index].tolist(), *options.values())
    return np.expand_dims(result, axes) if keepdims else result[()]


def _reduction(
    name: str, x: Any, axis: Axis, keepdims: bool, options: dict[str, Any], **always: Any
) -> Any:
    """Reduce with options: those that are given, and those that a function always has."""
    try:
        if options:
            given = {**always, **options}
            return getattr(np, name)(as_operand(name, x), axis, keepdims=keepdims, **given)
        axis = axes_of(axis)
        found = _reduced(name, x, axis, keepdims, **always)
        if found is not None:
            return found
        if always:
            x = asarray(_real(x))
            return _of_arrays(name)(x, axis, keepdims=keepdims, **always)[()]
        return getattr(np, name)(_real(x), axis, keepdims=keepdims)
    except REFUSALS as error:
        given = {"axis": axis, **always, "keepdims": keepdims, **options}
        raise refused(globals()[name], error, [x], given) from None


def sum(x: Any, axis: Axis = None, keepdims: bool = False, **options: Any) -> Any:
    """Sum of all elements, or along one axis or several.

    >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4., 6.])
    >>> sum([Value(1.0), 2.0]).op
    'sum'
    """
    if isinstance(x, Tensor) and not options:
        return x.sum(axis, keepdims=keepdims)
    return _reduction("sum", x, axis, keepdims, options)


def mean(x: Any, axis: Axis = None, keepdims: bool = False, **options: Any) -> Any:
    """Mean of all elements, or along one axis or several."""
    if isinstance(x, Tensor) and not options:
        return x.mean(axis, keepdims=keepdims)
    return _reduction("mean", x, axis, keepdims, options)


def prod(x: Any, axis: Axis = None, keepdims: bool = False, **options: Any) -> Any:
    """Product of all elements, or along one axis or several; zeros among them are no obstacle."""
    return _reduction("prod", x, axis, keepdims, options)


def max(x: Any, axis: Axis = None, keepdims: bool = False, **options: Any) -> Any:
    """Largest element; ties share the gradient equally. Raises ValueError where there is none."""
    return _reduction("max", x, axis, keepdims, options)


def min(x: Any, axis: Axis = None, keepdims: bool = False, **options: Any) -> Any:
    """Smallest element; ties share the gradient equally. Raises ValueError where there is none."""
    return _reduction("min", x, axis, keepdims, options)


def var(x: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False, **options: Any) -> Any:
    """Variance: the mean of (x - mean(x))**2, over n - ddof."""
    return _reduction("var", x, axis, keepdims, options, ddof=ddof)


def std(x: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False, **options: Any) -> Any:
    """Standard deviation, sqrt(var(x)); its gradient is 0 where all elements are equal."""
    return _reduction("std", x, axis, keepdims, options, ddof=ddof)


@naming
def norm(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Euclidean length, sqrt(sum(x**2)), without overflow; its gradient at the origin is 0."""
    axis = axes_of(axis)
    found = _reduced("norm", x, axis, keepdims)
    if found is not None:
        return found
    return _of_arrays("norm")(asarray(_real(x)), axis, keepdims)[()]


@naming
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))), without overflow."""
    axis = axes_of(axis)
    found = _reduced("logsumexp", x, axis, keepdims)
    if found is not None:
        return found
    return _of_arrays("logsumexp")(asarray(_real(x)), axis, keepdims)[()]


@naming
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along an axis: positive numbers that add up to 1 (notes 001)."""
    return _softmax("softmax", x, axis)


@naming
def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x)) along an axis, with all its digits where one element dominates."""
    return _softmax("log_softmax", x, axis)


def _softmax(name: str, x: Any, axis: int) -> Any:
    array = x if isinstance(x, Tensor) else as_operand(name, x)
    if isinstance(array, Tensor):
        return _of_arrays(name)(array, axis)
    if array.dtype == np.dtype(object):
        rows = np.moveaxis(array, axis, -1)
        result = np.empty(rows.shape, dtype=object)
        for *index, i in np.ndindex(rows.shape):
            result[(*index, i)] = value.nary(NARY[name], rows[tuple(index)].tolist(), i)
        return np.moveaxis(result, -1, axis)
    return _of_arrays(name)(_real(array), axis)


@naming
def dot(x: Any, y: Any, out: Any = None) -> Any:
    """x1*y1 + x2*y2 + ...: of two lists with Values, one node; of Tensors and arrays as np.dot.

    Raises ValueError where the lengths differ.

    >>> w = [Value(2.0), Value(-1.0)]
    >>> dot(w, [3.0, 4.0]).data
    2.0
    """
    left, right = (each if isinstance(each, Tensor) else as_operand("dot", each) for each in (x, y))
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return np.dot(left, right, out)
    if np.dtype(object) not in (left.dtype, right.dtype):
        return np.dot(_real(left), _real(right), out)
    if left.ndim != 1 or left.shape != right.shape:
        got = f"shapes {left.shape} and {right.shape}"
        raise ValueError(f"dot: got {got}; two lists of the same length are needed")
    return value.nary(NARY["dot"], [*left.tolist(), *right.tolist()])


def matmul(x: Any, y: Any, **options: Any) -> Any:
    """Matrix product, x @ y, of vectors, matrices and stacks of matrices.

    Options as NumPy's matmul has them. Raises ValueError where the inner sizes differ.
    """
    try:
        if options:
            return np.matmul(as_operand("matmul", x), as_operand("matmul", y), **options)
        return _matmul(x, y)
    except REFUSALS as error:
        raise refused(matmul, error, (x, y), options) from None


@naming
def reshape(x: Any, shape: int | Sequence[int], **options: Any) -> Any:
    """Reshape, with the elements in order; one size may be -1 and is then computed."""
    if options:
        return np.reshape(as_operand("reshape", x), shape, **options)
    return _reshape(x, axes_of(shape))


@naming
def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Permute the axes; reverse them, when no order is given."""
    return _transpose(x, None if axes is None else tuple(axes))


# The same, quicker where all operands are Values and numbers


def _signature(row: Elementary) -> str:
    operands, defaults = row.operands, row.defaults
    required = len(operands) - len(defaults)
    optional = map("{}={!r}".format, operands[required:], defaults)
    return f"({', '.join([*operands[:required], *optional])}, /)"


if library is not None:
    for _name, _signed in {
        **{_name: _signature(_value) for _name, _value in TABLE.items()},
        "sum": "(x, axis=None, keepdims=False, **options)",
        "mean": "(x, axis=None, keepdims=False, **options)",
        "dot": "(x, y, out=None)",
    }.items():
        _python = globals()[_name]
        if _name in TABLE and len(TABLE[_name].operands) == 1:
            _python = operation(TABLE[_name], _python)
        _doc = f"{_name}{_signed}\n--\n\n{globals()[_name].__doc__}"
        globals()[_name] = library.function(_name, _doc, __name__, _python)
