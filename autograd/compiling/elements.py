"""A compiled function of numbers for each element of arrays, with NumPy's broadcasting."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiling.functions import Compiled
from autograd.compiling.many import computed
from autograd.compiling.row_arguments import Arguments, mapped
from autograd.functions import where
from autograd.transforms import grad
from autograd.trees import flatten
from autograd.value import Value, shown

WHOLE = -1
"""Number of axes of an argument that is handed on as it is, to all elements."""


def is_whole(x: Any) -> bool:
    """Return whether an argument is no array, nor a number that an array may have: an option."""
    is_number = isinstance(x, (float, np.floating, complex, np.complexfloating))
    return not (is_number or isinstance(x, (np.ndarray, list, tuple)))


class Taken(NamedTuple):
    """Arguments as rows have them: each the rows of an array, or what all of them share."""

    loop: tuple[int, ...]
    """Shape of what the elements are of."""
    args: list[tuple[str, Any, bool]]
    """Names, arguments, and whether they are shared."""


def taken(names: Sequence[str], operands: Sequence[Any], axes: Sequence[int]) -> Taken:
    """Broadcast arguments, of which an element has this many axes at the end, or `WHOLE`."""
    arrays = [None if n == WHOLE else _array(name, x) for name, x, n in zip(names, operands, axes)]
    outer = [None if x is None else x.shape[: x.ndim - n] for x, n in zip(arrays, axes)]
    try:
        loop = np.broadcast_shapes(*[shape for shape in outer if shape is not None])
    except ValueError:
        shapes = ", ".join([str(shape) for shape in outer if shape is not None])
        raise ValueError(f"vectorize: got shapes {shapes}; they must broadcast") from None
    count, args = math.prod(loop), list[tuple[str, Any, bool]]()
    has_rows = any(shape is not None and set(shape) - {1} for shape in outer)
    for name, x, array, shape in zip(names, operands, arrays, outer):
        if array is None or shape is None:
            args.append((name, x, True))
            continue
        inner = array.shape[len(shape) :]
        if has_rows and set(shape) <= {1}:  # it is computed with once
            args.append((name, array.reshape(inner) if inner else float(array.item()), True))
        else:
            args.append((name, np.broadcast_to(array, loop + inner).reshape(count, *inner), False))
            has_rows = True
    return Taken(loop, args)


def _array(name: str, x: Any) -> Any:
    try:
        array = np.asarray(x)
    except (TypeError, ValueError):
        array = np.asarray(None)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise TypeError(f"vectorize: got {shown(x)} for {name}; it takes numbers of 64 bits")
    return array


class Found(NamedTuple):
    """Results of all elements."""

    results: Any
    """Tree of arrays, with the axes of the loop in front but where they are sums."""
    loop: tuple[int, ...]
    shared: list[bool]
    """Arguments that all elements share."""
    sums: list[bool]
    """Leaves of the results that are sums over all elements."""


def of_rows(
    compiled: Compiled, keys: Sequence[int | str], given: Taken, summed: Callable[[Any], list[bool]]
) -> Found:
    """Compute all elements, of arguments by place or by name."""
    args = [x for key, x in zip(keys, given.args) if isinstance(key, int)]
    kwargs = {key: x for key, x in zip(keys, given.args) if isinstance(key, str)}
    shared = [is_shared for *_, is_shared in given.args]
    if all(shared):
        found = compiled(*[x for _, x, _ in args], **{key: x for key, (_, x, _) in kwargs.items()})
        return Found(mapped(found, np.asarray), (), shared, none_summed(found))
    sums = list[bool]()

    def noted(tree: Any) -> list[bool]:
        sums[:] = summed(tree)
        return [*sums]

    found = computed(compiled, Arguments(args, kwargs), noted, exact=True)
    are_sums = iter(sums)
    shaped = mapped(
        found,
        lambda x: x if next(are_sums) else np.asarray(x).reshape(given.loop + np.shape(x)[1:]),
    )
    return Found(shaped, given.loop, shared, sums)


def none_summed(tree: Any) -> list[bool]:
    """Return that no leaf of a result is a sum."""
    leaves: list[Any] = []
    mapped(tree, leaves.append)
    return [False] * len(leaves)


# Derivatives


def shares_of(compiled: Compiled, keys: Sequence[int | str], by: Sequence[int]) -> Compiled:
    """Return a compiled function that pulls the derivatives by the results of an element back.

    It takes the operands, and a factor for each number or array of the result; it gives a tuple of
    the shares of those operands that are in `by`.
    """
    known = compiled.derived.get((*keys, None, *by))
    if known is None:
        known = compiled.derived[(*keys, None, *by)] = _shares_of(compiled, keys, by)
    return known


def _shares_of(compiled: Compiled, keys: Sequence[int | str], by: Sequence[int]) -> Compiled:
    f, count = compiled.__wrapped__, len(keys)

    def weighted(*given: Any) -> Any:
        operands, factors = given[:count], given[count:]
        args = [x for key, x in zip(keys, operands) if isinstance(key, int)]
        kwargs = {key: x for key, x in zip(keys, operands) if isinstance(key, str)}
        leaves: list[Any] = []
        mapped(f(*args, **kwargs), leaves.append)
        # A result that is constant is no lost gradient, where others need not be
        total = where(True, 0.0, flatten(operands[by[0]])[0][0])
        for leaf, factor in zip(leaves, factors):
            for y, g in zip(_numbers(leaf), _numbers(factor)):
                total = total + y * g if isinstance(y, Value) else total
        return total

    machine, wait, *_, cache = compiled._options
    slopes = grad(weighted, argnums=tuple(by))
    return Compiled(compiled._transform, slopes, machine, wait, cache=cache)


def _numbers(x: Any) -> list[Any]:
    return [*x.flat] if isinstance(x, np.ndarray) else [x]
