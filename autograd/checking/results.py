"""Results of functions, and their derivatives, as numbers or arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.checking.inputs import CheckError
from autograd.nodes import is_node, is_real
from autograd.rules.complexes import is_complex
from autograd.shapes import concatenate
from autograd.tensors.operations import of_values
from autograd.tensors.tensor import Tensor
from autograd.trees import flatten
from autograd.value import Value, shown

Arrays = Sequence[Any]
"""Arrays of floats, one for each leaf, of no axes for a number."""
ROUNDING = 64.0
"""Difference of two results that rounding explains, in rounding errors of one."""


def signed(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Return numbers of size 0.5 to 1.5 of random sign."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape)


def inner(shares: Arrays, along: Arrays) -> float:
    """Return the sum of all products; what does not move adds nothing, not even 0 * inf."""
    products = [np.multiply(s, d)[d != 0.0].sum() for s, d in zip(shares, along) if d.any()]
    return float(sum(products))


def rate_along(shares: Sequence[Any], along: Arrays) -> Any:
    """Return the derivative along a direction, of parts that may be nodes."""
    chosen = [(share, d) for share, d in zip(shares, along) if np.any(d)]
    return added([summed(s if np.ndim(d) == 0 and d == 1.0 else s * d) for s, d in chosen])


def summed(x: Any) -> Any:
    """Return the sum of an array's numbers, which may be a node; a number as it is."""
    return x.sum() if isinstance(x, (Tensor, np.ndarray)) and np.ndim(x) else x


def added(terms: Sequence[Any]) -> Any:
    """Return the sum of terms, which may be nodes."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def joined(y: Any, word: str = "the function") -> Any:
    """Return a result as one number or array: the parts of lists, tuples and dicts in a row."""
    leaves, _ = flatten(y)
    if not leaves:
        raise CheckError(f"{word} returned {_nothing(y)}; it must return numbers or arrays")
    for x in leaves:
        _need_real(x, word)
        if not (is_node(x) or is_real(x)):
            raise CheckError(f"{word} returned {shown(x)}; it must return numbers or arrays")
    if len(leaves) == 1:
        return leaves[0]
    if all(isinstance(x, Value) for x in leaves):
        return of_values(np.array(leaves, object), np.float64)
    if any(map(is_node, leaves)):
        return concatenate([_row(x) for x in leaves])
    return np.concatenate([np.ravel(x) for x in leaves])


def _need_real(x: Any, word: str) -> None:
    if is_complex(x):
        needs = "give their real and imaginary parts, or abs(z)"
        raise CheckError(f"{word} returned complex numbers; {needs}")


def _row(x: Any) -> Any:
    if isinstance(x, Value):
        return of_values(np.array([x], object), np.float64)
    return x.reshape(-1) if isinstance(x, Tensor) else np.ravel(x)


def is_objects(y: Any) -> bool:
    """Return whether y is an array of something else than real numbers."""
    return isinstance(y, np.ndarray) and y.dtype.kind not in "fbiu"


def _nothing(y: Any) -> str:
    return "nothing" if y is None else shown(y)


def numbers(y: Any) -> Any:
    """Return a result as a float or an array of floats of its own."""
    data = y.data if is_node(y) else y
    if isinstance(data, float):
        return data
    _need_real(data, "the function")
    array = np.array(data, np.float64)  # the function may write into it again
    return array if array.ndim else array.item()


def array_of(part: Any, word: str) -> Any:
    """Return a part of a derivative as an array of its own."""
    data = part.data if is_node(part) else part
    try:
        given = np.asarray(data)
        if data is None or given.dtype.kind not in "fbiuO":  # NumPy reads None, "0.7" and dates
            raise TypeError
        return np.array(given, np.float64)  # of its own: a function may write into it again
    except (TypeError, ValueError):
        raise CheckError(
            f"{word} returned {_nothing(part)}; it must be numbers or arrays"
        ) from None
