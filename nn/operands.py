"""Predictions and targets as losses take them: Tensors, or arrays of floats or with Values in them.

A TypeError or a ValueError names the loss, what it got and what it needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor, Value
from autograd.arithmetic.standing import asarray
from nn.options import is_masked, plain_array

OBJECT = np.dtype(object)
REAL = (Value, int, float, np.integer, np.floating)

_ONES = {
    np.dtype(real): (np.dtype(whole), int(np.array(1, real).view(whole)))
    for real, whole in (("f2", "u2"), ("f4", "u4"), ("f8", "u8"))
}
"""Bits of 1 as an integer, by type: only numbers from 0 to 1 have bits that are no larger."""


def pair(
    name: str, prediction: Any, target: Any, needs: str = "the shapes must be the same"
) -> tuple[Any, Any]:
    """Return predictions and targets as real numbers; ValueError unless they have one shape."""
    x = as_real(name, "predictions", prediction)
    y = as_real(name, "targets", target, type_of(x))
    if shape_of(x) != shape_of(y):
        got = f"predictions of shape {shape_of(x)} and targets of {shape_of(y)}"
        raise ValueError(f"{name}: got {got}; {needs}")
    return x, y


def as_real(name: str, what: str, x: Any, dtype: Any = np.float64) -> Any:
    """Return an operand as real numbers; those without a floating type get `dtype`."""
    if isinstance(x, (Tensor, Value, float)):
        return x
    array = as_array(name, what, x)
    kind = array.dtype.kind
    if kind == "f" and isinstance(x, np.ndarray):
        return array
    if kind in "fbiu":
        return array.astype(dtype)
    if not all(isinstance(each, REAL) for each in array.flat):
        raise TypeError(f"{name}: got {what} of type {array.dtype}; it needs real numbers")
    return array


def as_array(name: str, what: str, x: Any) -> Any:
    """Return an operand as an array or a Tensor; TypeError for what is none."""
    try:
        return x if type(x) is Tensor else plain_array(name, what, x)
    except (TypeError, ValueError) as error:  # of Tensors in a list, or of a ragged one
        if is_masked(x):
            raise
        raise TypeError(f"{name}: got {what} that are no array; {error}") from None


def shape_of(x: Any) -> tuple[int, ...]:
    """Return the shape of an operand; () of a number or a Value."""
    return getattr(x, "shape", ())


def kind_of(x: Any) -> Any:
    """Return the kind of NumPy's type of an operand, "O" of a Value or an array of them."""
    return getattr(x, "dtype", OBJECT).kind


def type_of(x: Any) -> Any:
    """Return the floating type that an operand has or takes."""
    return x.dtype if kind_of(x) == "f" else np.float64


def constants(name: str, what: str, x: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Return constant weights of a type, broadcast to a shape."""
    array = as_array(name, what, x)
    if type(array) is Tensor or array.dtype.kind not in "fbiu":
        got = f"{type(array).__name__} of {array.dtype}"
        raise TypeError(f"{name}: got {what} as {got}; it needs constant real numbers")
    try:
        return np.broadcast_to(array.astype(dtype), shape)
    except ValueError:
        got = f"{what} of shape {array.shape}"
        raise ValueError(f"{name}: got {got}; it must broadcast to {shape}") from None


def numbers_in(x: Any) -> npt.NDArray[Any]:
    """Return the plain numbers in an operand."""
    found: npt.NDArray[Any] = x.data if type(x) is Tensor else asarray(x)
    if found.dtype.kind == "O":
        numbers = [each.data if isinstance(each, Value) else each for each in found.flat]
        return np.array(numbers, np.float64).reshape(found.shape)
    return found


def check_unit(name: str, y: Any) -> None:
    """Raise unless each target lies between 0 and 1; usually one pass over their bits tells."""
    if type(y) is float and 0 <= y <= 1:
        return
    numbers = numbers_in(y)
    whole, one = _ONES.get(numbers.dtype, (OBJECT, 0))
    if whole is OBJECT or not numbers.size or numbers.view(whole).max() > one:  # it may be -0
        check_range(name, "targets", numbers, 1, "they must lie between 0 and 1")


def check_labels(name: str, labels: npt.NDArray[Any], classes: int) -> None:
    """Raise ValueError unless labels are numbers of classes."""
    needs = f"for {classes} classes they are 0 to {classes - 1}"
    check_range(name, "labels", labels, classes - 1, needs)


def check_range(name: str, what: str, x: npt.NDArray[Any], top: int, needs: str) -> None:
    """Raise ValueError unless all numbers lie between 0 and `top`."""
    if x.size and not (x.min() >= 0 and x.max() <= top):
        raise ValueError(f"{name}: got {what} from {x.min()} to {x.max()}; {needs}")


def check_classes(name: str, x: Any) -> None:
    """Raise ValueError unless the last axis of predictions has classes."""
    shape = shape_of(x)
    if not shape or not shape[-1]:
        raise ValueError(f"{name}: got predictions of shape {shape}; it needs (..., classes)")
