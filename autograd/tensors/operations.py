"""Application of operations to Tensors: compute the result, and record how.

`plainly` is the definition. The C core has quick forms of it, for the sake of small arrays, and of
large ones, to which it gives memory that was used before.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn, asarray, called
from autograd.compiled import library
from autograd.later import Later
from autograd.recording import recording
from autograd.rules import elementary, structural
from autograd.rules.complexes import COUNTERPARTS, is_complex
from autograd.rules.elementary import Elementary
from autograd.rules.structural import Structural, bare
from autograd.tensors.compiling import VALUES, pull_of
from autograd.tensors.node import TensorNode, as_array, new
from autograd.value import NUMBER as REAL
from autograd.value import Value, shown
from autograd.value import bare as number_of

Operation = Elementary | Structural

NUMBER = (int, float, complex, np.inexact, np.integer, np.bool)
DOUBLE = np.dtype(np.float64)
OPERAND = (TensorNode, *NUMBER, np.ndarray, np.generic, list, Value)


def plainly(row: Operation, *operands: Any) -> Any:
    """Apply an operation to Tensors, Values, arrays and numbers: the definition."""
    if row is elementary.where:
        operands = (bare(number_of(operands[0])), *operands[1:])
    nodes, inputs, kind, takes_complex = [], [], "", row.takes_complex
    for i, x in enumerate(map(unshared, operands)):
        node = x if isinstance(x, TensorNode) else _constant(row, i, x, operands)
        if isinstance(node, TensorNode):
            nodes.append(node)
            inputs.append(node._data)
            kind += "v"
            if not takes_complex and node._data.dtype.kind == "c":
                row, takes_complex = _of_complex(row, node._data), True
        else:
            nodes.append(x)
            inputs.append(node)
            kind += "c"
    try:
        data = called(row, value_of(row), inputs)
    except np.linalg.LinAlgError:
        raise
    except (ValueError, np.exceptions.AxisError):  # an IndexError says all there is to say
        raise misfit(row, inputs) from None
    except TypeError:
        if found := unreal(row, inputs):
            raise found from None
        raise
    if type(row) is Structural and row.keeps:
        data, kept = data
        inputs.append(kept)
    parents = tuple([x for x in nodes if isinstance(x, TensorNode)])
    return _noted(row, data, tuple(nodes), parents, tuple(inputs), pull_of(row, kind))


def _of_complex(row: Any, x: Any) -> Any:
    """Return the row that computes of complex numbers what another one does of real ones."""
    if row not in COUNTERPARTS:
        raise _refused(row, x)
    return COUNTERPARTS[row]


def _refused(row: Operation, x: Any) -> TypeError:
    got = f"got complex numbers, of {np.asarray(x).dtype}"
    return TypeError(f"{row.name}: {got}; it needs real ones")


def dtype_of(operands: Sequence[Any]) -> np.dtype[Any]:
    """Return the type that Values among the operands take: that of the Tensors or arrays there."""
    found: set[np.dtype[Any]] = set()
    for x in operands:
        if isinstance(x, TensorNode):
            found_type: np.dtype[Any] = x._data.dtype
            return found_type if found_type.kind == "f" else np.finfo(found_type).dtype
        if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fbiu":
            found.add(x.dtype)
    return np.result_type(*found, 0.0) if found - {DOUBLE} else DOUBLE


def unshared(x: Any) -> Any:
    """Return an operand as a node keeps it: a copy of indices, labels and conditions.

    They may be changed before the backward pass, which would then be wrong. Other arrays are
    kept as they are: the docs say that they must not be changed.
    """
    if isinstance(x, np.ndarray):
        return x if x.dtype.kind in "fc" else x.copy("K")  # as C does
    return type(x)(map(unshared, x)) if type(x) is tuple or type(x) is list else x


def value_of(row: Operation) -> Callable[..., Any]:
    """Return the function of arrays that computes an operation."""
    if type(row) is Structural:
        value = row.value
        return value if library is None else library.quick(row.name, value, "")
    return VALUES[row]


def _noted(
    row: Any,
    data: Any,
    operands: tuple[Any, ...],
    parents: tuple[Any, ...],
    inputs: tuple[Any, ...],
    pull: Any,
) -> Any:
    """Return the node of a result, or a leaf where nothing is recorded."""
    node = new()
    node._data = data if type(data) is np.ndarray else asarray(data)
    if recording.unusual and recording.attend(node):
        node._pull = node._row = None
        node._inputs = node._operands = node._parents = ()
        return node
    node._pull = pull
    node._row = row
    node._operands = operands
    node._parents = parents
    node._inputs = inputs
    return node


if library is not None:
    _noted = library.note


def custom_node(row: Any, data: Any, operands: tuple[Any, ...], inputs: list[Any]) -> Any:
    """Return the result of an operation that is not of the table; `row.pull` gives the shares."""
    parents = tuple([x for x in operands if isinstance(x, TensorNode)])
    return _noted(row, data, operands, parents, tuple(inputs), row.pull)


def _constant(row: Operation, i: int, x: Any, operands: Sequence[Any]) -> Any:
    """Return an operand that is no Tensor as it enters a formula; an option is left as it is."""
    if type(x) is float or type(x) is int or (isinstance(x, StandIn) and x.is_number):
        return x
    if type(row) is Structural:
        is_option = i >= len(row.pullbacks) or row.pullbacks[i] is None
        if type(x) is not Value and (is_option or not isinstance(x, (np.ndarray, list))):
            return x
    dtype = dtype_of(operands[1:] if row is elementary.where else operands)
    if type(x) is Value:
        return of_value(x, dtype)
    if isinstance(x, list) and has(TensorNode, x):
        return of_list(x)
    if is_complex(x) and not row.takes_complex:
        raise _refused(row, x)
    if type(x) is complex:
        return x
    array = x if type(x) is np.ndarray else as_array(x)
    if array.dtype.kind not in "fbiuc":
        if array.dtype.kind == "O":
            return of_objects(row.name, array, dtype)
        raise TypeError(f"{row.name}: got {shown(x)}; it needs real numbers")
    if type(row) is Structural or (row is elementary.where and i == 0):
        return array
    wanted = np.result_type(array.dtype, dtype)  # in smaller types slopes would be wrong
    return array if array.dtype == wanted else array.astype(wanted)


def has(kind: Any, xs: Sequence[Any]) -> bool:
    """Return whether something of a kind is in a list, or in lists in it."""
    return any(isinstance(x, kind) or (isinstance(x, (list, tuple)) and has(kind, x)) for x in xs)


def of_list(xs: Sequence[Any]) -> Any:
    """Return a Tensor of a list with Tensors in it, or in lists in it."""
    return np.stack([of_list(x) if isinstance(x, (list, tuple)) else x for x in xs])


def of_value(x: Value, dtype: Any) -> Any:
    """Return a Tensor without axes of a Value."""
    return _noted(structural.values, np.array(x.data, dtype), (x,), (x,), (), None)


def of_values(array: Any, dtype: Any) -> Any:
    """Return a Tensor whose elements are Values; their gradients come back to them."""
    several = tuple(array.ravel().tolist())
    data = structural.values.value(*several, array.shape, dtype)
    return _noted(structural.values, data, several, several, (), None)


def of_objects(name: str, array: Any, dtype: Any = np.float64) -> Any:
    """Return a Tensor of Values, with numbers among them that stay constants."""
    for x in array.flat:
        if not isinstance(x, (Value, *REAL)):
            raise TypeError(f"{name}: got {shown(x)}; it needs real numbers")
    is_value = np.array([type(x) is Value for x in array.flat], bool).reshape(array.shape)
    if is_value.all():
        return of_values(array, dtype)
    numbers = np.where(is_value, 0.0, array).astype(dtype)
    return plainly(structural.setitem, numbers, of_values(array[is_value], dtype), is_value)


def unreal(row: Operation, inputs: Sequence[Any]) -> TypeError | None:
    """Return the error for operands of which one is no real numbers; None where all are."""
    takes = row.pullbacks if isinstance(row, Structural) else inputs
    for i, (x, each) in enumerate(zip(inputs, takes if isinstance(takes, (list, tuple)) else ())):
        is_left_out = each is None or (x is None and i)
        if not (is_left_out or isinstance(x, (*REAL, np.ndarray, list, tuple))):
            return TypeError(f"{row.name}: got {shown(x)}; it needs real numbers")
    return None


def misfit(row: Operation, inputs: Sequence[Any]) -> Exception:
    """Return the error for operands that do not fit together."""
    if found := unreal(row, inputs):
        return found
    shapes = " and ".join(str(x.shape) for x in inputs if isinstance(x, np.ndarray))
    options = "".join(f", {x}" for x in inputs if isinstance(x, (int, tuple)) and x is not False)
    needs = row.needs if isinstance(row, Structural) else "they must broadcast"
    return ValueError(f"{row.name}: got shapes {shapes}{options}; {needs}")


# The same as functions and operators; the C core has quick forms of them


class _Pulls(dict[int, Any]):
    """Pullbacks of an operation, by its operands: a bit for each that is a Tensor, and one more."""

    def __init__(self, row: Operation) -> None:
        self._row = row

    def value(self) -> Callable[..., Any]:
        """Return the function that computes it, which takes time to make."""
        return value_of(self._row)

    def __missing__(self, key: int) -> Any:
        kind = "".join("v" if key >> i & 1 else "c" for i in range(key.bit_length() - 1))
        self[key] = pull = pull_of(self._row, kind)
        return pull


def operation(row: Operation, general: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Return a function that applies an operation to operands with a Tensor among them.

    `general` is called for other operands, and for those that do not fit.
    """
    general = general or functools.partial(plainly, row)
    if library is None or row is elementary.where:
        return general
    elementary_operands = len(row.operands) if isinstance(row, Elementary) else 0
    quick: Callable[..., Any] = library.operation(
        (row, None, _Pulls(row), general), elementary_operands, row.keeps
    )
    return quick


class _Quick(dict[Operation, Callable[..., Any]]):
    """Functions of the operations that are always there; others come and go, and none is kept."""

    def __missing__(self, row: Operation) -> Callable[..., Any]:
        table: Mapping[str, Operation] = structural.TABLE
        if isinstance(row, Elementary):
            table = elementary.TABLE if row.name in elementary.BUILT_IN else {}
        if table.get(row.name) is not row:
            return functools.partial(plainly, row)
        self[row] = found = operation(row)
        return found


QUICK = _Quick()


def apply(row: Operation, *operands: Any) -> Any:
    """Apply an operation to Tensors, Values, arrays and numbers."""
    return plainly(row, *operands) if library is None else QUICK[row](*operands)


# Ufuncs

function_of = Later("autograd.tensors.ufuncs", "function_of", globals())


class _Operations(dict[np.ufunc, Callable[..., Any]]):
    """Functions of Tensors for ufuncs, found on first use."""

    def __missing__(self, ufunc: np.ufunc) -> Callable[..., Any]:
        self[ufunc] = found = function_of(ufunc)
        return found  # type: ignore[no-any-return]  # a function


OPERATIONS = _Operations()
