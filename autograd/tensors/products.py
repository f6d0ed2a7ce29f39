"""NumPy's sums of products of Tensors: einsum, tensordot and their kin."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.rules import structural
from autograd.rules.structural import bare
from autograd.tensors.operations import apply
from autograd.tensors.protocols import NUMPY
from autograd.tensors.tensor import Tensor
from autograd.value import Value, shown


def as_operand(x: Any) -> Any:
    """Return a Tensor as it is, anything else as an array."""
    if isinstance(x, Tensor):
        return x
    array = asarray(x)
    is_object = array.dtype.kind == "O" and not array.ndim and not isinstance(array[()], Value)
    if array.dtype.kind not in "fbiucO" or is_object:
        raise TypeError(f"got {shown(x)}; it needs real numbers")
    return array


def einsum(subscripts: Any, *arrays: Any, optimize: Any = False) -> Any:
    """Return sums of products, by subscripts or by lists of axes after each operand.

    The order of the products is NumPy's choice, unless `optimize` names a path or a way to find it.
    """
    operands: Sequence[Any] = arrays
    if not isinstance(subscripts, str):
        subscripts, operands = _in_letters(subscripts, *arrays)
    xs: list[Any] = [as_operand(x) for x in operands]
    terms, output = _spelled_out(subscripts.replace(" ", ""), [x.ndim for x in xs])
    if optimize not in (False, True, None):
        return _along_path(terms, output, xs, optimize)
    sizes: dict[str, int] = {}
    for x, term in zip(xs, terms):
        for letter, size in zip(term, x.shape):
            if size != 1 or letter not in sizes:
                sizes[letter] = size
    for k, term in enumerate(terms):
        wide = [i for i, c in enumerate(term) if xs[k].shape[i] != 1 or sizes[c] == 1]
        if len(wide) < len(term):  # NumPy stretches axes of size 1, whose letters others have
            xs[k] = xs[k].reshape([xs[k].shape[i] for i in wide])
            terms[k] = term = "".join(term[i] for i in wide)
    for k, term in enumerate(terms):
        for letter in sorted({c for c in term if term.count(c) > 1}):
            while term.count(letter) > 1:
                i = term.index(letter)
                j = term.index(letter, i + 1)
                xs[k] = np.diagonal(xs[k], 0, i, j)
                term = term[:i] + term[i + 1 : j] + term[j + 1 :] + letter
        elsewhere = output + "".join(terms[:k] + terms[k + 1 :])
        alone = tuple(i for i, c in enumerate(term) if c not in elsewhere)
        xs[k] = xs[k].sum(alone) if alone else xs[k]
        terms[k] = "".join(c for c in term if c in elsewhere)
    return apply(structural.einsum, *xs, f"{','.join(terms)}->{output}")


def _along_path(terms: list[str], output: str, xs: list[Any], optimize: Any) -> Any:
    """Return the product, a few operands at a time, in the order that NumPy finds or is given."""
    try:
        path, _ = np.einsum_path(f"{','.join(terms)}->{output}", *map(bare, xs), optimize=optimize)
    except (TypeError, KeyError):
        needs = 'it needs True, False, "greedy", "optimal" or a path of np.einsum_path'
        raise TypeError(f"einsum: got optimize={optimize!r}; {needs}") from None
    for places in path[1:]:
        chosen = [(terms.pop(i), xs.pop(i)) for i in sorted(places, reverse=True)]
        left = "".join(terms) + output
        some = {c: None for term, _ in chosen for c in term if c in left}
        term = "".join(some) if terms else output
        xs.append(einsum(f"{','.join(t for t, _ in chosen)}->{term}", *(x for _, x in chosen)))
        terms.append(term)
    return xs[0]


def _in_letters(*operands_and_axes: Any) -> tuple[str, list[Any]]:
    """Return subscripts and operands, of operands with a list of axes after each."""
    several = list(operands_and_axes)
    output = several.pop() if len(several) % 2 else None
    try:
        *terms, last = (
            "".join("..." if a is ... else AXES[index(a)] for a in axes)
            for axes in [*several[1::2], () if output is None else output]
        )
    except (TypeError, IndexError):
        needs = 'it needs subscripts such as "ij,jk->ik", or a list of axes after each operand'
        raise TypeError(f"einsum: got no string first; {needs}") from None
    return ",".join(terms) + ("" if output is None else f"->{last}"), several[::2]


AXES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""Letters of axes that are numbers, in an order that sorting keeps."""
LETTERS = "".join(map(chr, [*range(ord("a"), ord("z") + 1), *range(ord("A"), ord("Z") + 1)]))


def _spelled_out(subscripts: str, ndims: list[int]) -> tuple[list[str], str]:
    """Return the letters of the operands and of the output, those of "..." among them."""
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ndims):
        got = f"{len(ndims)} operands for {subscripts!r}"
        raise ValueError(f"einsum: got {got}; it needs {len(terms)}")
    spare = "".join(c for c in LETTERS if c not in subscripts)
    extra = [n - len(t) + 3 if "..." in t else 0 for n, t in zip(ndims, terms)]
    most = builtins.max(extra)
    terms = [t.replace("...", spare[most - n : most]) for t, n in zip(terms, extra)]
    for term, ndim in zip(terms, ndims):
        if len(term) != ndim:
            raise ValueError(
                f"einsum: got an operand of {ndim} axes for {term!r} in {subscripts!r}; "
                f"it needs {len(term)}"
            )
    letters = "".join(terms)
    once = "".join(c for c in sorted(set(letters)) if letters.count(c) == 1 and c not in spare)
    return terms, output.replace("...", spare[:most]) if arrow else spare[:most] + once


def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """Return sums of products over axes of each: a count of last and first ones, or two lists."""
    x, y = as_operand(x), as_operand(y)
    pair = (range(-axes, 0), range(axes)) if np.ndim(axes) == 0 else axes
    left, right = (
        list(np.lib.array_utils.normalize_axis_tuple(np.atleast_1d(several).astype(int), z.ndim))
        for several, z in zip(pair, (x, y))
    )
    if [x.shape[i] for i in left] != [y.shape[i] for i in right]:
        got = f"shapes {x.shape} and {y.shape} for the axes {left} and {right}"
        raise ValueError(f"tensordot: got {got}; their sizes must be the same")
    rest_left = [i for i in range(x.ndim) if i not in left]
    rest_right = [i for i in range(y.ndim) if i not in right]
    count = math.prod(x.shape[i] for i in left)
    shape = [*(x.shape[i] for i in rest_left), *(y.shape[i] for i in rest_right)]
    rows = np.transpose(x, [*rest_left, *left]).reshape(-1 if count else _size(x, rest_left), count)
    columns = np.transpose(y, [*right, *rest_right])
    columns = columns.reshape(count, -1 if count else _size(y, rest_right))
    return apply(structural.matmul, rows, columns).reshape(shape)


def _size(x: Any, axes: Sequence[int]) -> int:
    return math.prod(x.shape[i] for i in axes)


def dot(x: Any, y: Any) -> Any:
    """Return x @ y, but of stacks of matrices every row of x with every column of y."""
    x, y = as_operand(x), as_operand(y)
    if not (x.ndim and y.ndim):
        return x * y
    if x.ndim <= 2 and y.ndim <= 2:
        return apply(structural.matmul, x, y)
    return tensordot(x, y, ([-1], [-builtins.min(2, y.ndim)]))


def inner(x: Any, y: Any) -> Any:
    """Return sums of products over the last axes."""
    x, y = as_operand(x), as_operand(y)
    if x.ndim and y.ndim and x.shape[-1] != y.shape[-1]:
        raise ValueError(f"inner: got shapes {x.shape} and {y.shape}; last sizes must match")
    return tensordot(x, y, ([-1], [-1])) if x.ndim and y.ndim else x * y


def outer(x: Any, y: Any) -> Any:
    """Return all products of two elements, as a matrix."""
    return np.reshape(as_operand(x), (-1, 1)) * np.reshape(as_operand(y), (1, -1))


NUMPY.update(
    {
        np.dot: dot,
        np.einsum: einsum,
    }
)
