"""Functions of vectors or numbers, applied to all that an array has of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd.arrays.assembling import operand
from autograd.arrays.making import lifted
from autograd.arrays.row import implements
from autograd.recording import no_grad
from autograd.rules.structural import bare
from autograd.tensors.tensor import Tensor
from autograd.value import Value

HERE = str(Path(__file__).parent.parent)


@implements(np.apply_along_axis)
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """Apply a function to each vector along an axis, and put what it gives in its place.

    >>> apply_along_axis(lambda v: v - v.sum(), 1, np.array([[1.0, 2.0], [3.0, 5.0]]))
    array([[-2., -1.],
           [-5., -3.]])
    """
    x = operand(arr)
    rows = np.moveaxis(x, axis, -1)
    before = rows.shape[:-1]
    vectors = rows.reshape((int(np.prod(before)), rows.shape[-1]))
    if not len(vectors):
        raise ValueError(f"apply_along_axis: got shape {x.shape}; it needs a vector at least")
    found = np.stack([operand(func1d(v, *args, **kwargs)) for v in vectors])
    axes, place = list(range(len(before) + found.ndim - 1)), axis % x.ndim
    inner = axes[len(before) :]
    order = [*axes[:place], *inner, *axes[place : len(before)]]
    return np.transpose(found.reshape(before + found.shape[1:]), order)


@implements(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """Apply a function of an array and an axis, again and again, for each of some axes.

    >>> apply_over_axes(np.sum, np.ones((2, 3, 4)), [0, 2])
    array([[[8.],
            [8.],
            [8.]]])
    """
    x = operand(a)
    n = x.ndim
    for axis in np.atleast_1d(axes).tolist():
        np.lib.array_utils.normalize_axis_index(axis, n)  # or it raises
        found = func(x, axis % n)
        if np.ndim(found) == n - 1:
            found = np.expand_dims(found, axis % n)
        if np.ndim(found) != n:
            got = f"a function that makes shape {np.shape(found)} of {x.shape}"
            raise ValueError(f"apply_over_axes: got {got}; it must reduce the axis or leave it")
        x = found
    return x


# Functions of numbers


def vectorize(
    pyfunc: Callable[..., Any] | None = None,
    otypes: Any = None,
    doc: str | None = None,
    excluded: Iterable[int | str] | None = None,
    cache: bool = False,
    signature: str | None = None,
) -> Any:
    """Return a function of arrays from one of numbers, as np.vectorize, with derivatives.

    Of Tensors the function is called once, with all elements: what is written for Values serves
    both, but where it branches on data, which raises and names the line. Some elements are computed
    one by one, too, and must agree. With a signature such as "(n),(n)->()" it is called for each
    vector or matrix. Arguments in `excluded`, by place or by name, are handed on as they are.

    >>> from autograd import Tensor, exp
    >>> gauss = vectorize(lambda x, width: exp(-((x / width) ** 2)))
    >>> gauss(Tensor([0.0, 1.0]), 1.0)
    Tensor([1.        , 0.36787944])
    """
    if pyfunc is None:  # as a decorator with options
        return functools.partial(
            vectorize, otypes=otypes, doc=doc, excluded=excluded, cache=cache, signature=signature
        )
    left_out = frozenset(excluded or ())
    plain = np.vectorize(pyfunc, otypes, doc, left_out, cache, signature)

    @functools.wraps(pyfunc)
    def function(*args: Any, **kwargs: Any) -> Any:
        given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
        arrays = {k: lifted(x) for k, x in given.items() if k not in left_out}
        if any(isinstance(x, Value) for x in given.values()) and not any(
            np.ndim(x) for x in arrays.values()
        ):
            return pyfunc(*args, **kwargs)
        given |= arrays
        places, named = [given[i] for i in range(len(args))], {k: given[k] for k in kwargs}
        if not any(isinstance(x, Tensor) for x in arrays.values()):
            return _each(lifted, plain(*places, **named))
        several = {k: operand(x) for k, x in arrays.items()}

        def call(some: dict[Any, Any]) -> Any:
            all_of = {**given, **some}
            return pyfunc(*(all_of[i] for i in range(len(args))), **{k: all_of[k] for k in kwargs})

        if signature is not None:
            found = _of_cores(call, several, signature)
        else:
            found = _of_all(call, several, getattr(pyfunc, "__name__", "the function"))
        return _typed(found, otypes)

    if doc is not None:
        function.__doc__ = doc
    return function


def _each(change: Callable[[Any], Any], found: Any) -> Any:
    """Change a result, or each of several."""
    return tuple(map(change, found)) if isinstance(found, tuple) else change(found)


def _typed(found: Any, otypes: Any) -> Any:
    """Return results in the types asked for."""
    if otypes is None:
        return found
    several = found if isinstance(found, tuple) else (found,)
    if len(otypes) != len(several):
        raise ValueError(f"vectorize: got {len(several)} results and otypes for {len(otypes)}")
    cast = [x if x.dtype == np.dtype(t) else x.astype(t) for x, t in zip(several, otypes)]
    return tuple(cast) if isinstance(found, tuple) else cast[0]


def _of_all(call: Callable[..., Any], several: dict[Any, Any], name: str) -> Any:
    """Return what a function of numbers gives for all elements at once."""
    shape = np.broadcast_shapes(*(x.shape for x in several.values()))
    try:
        found = call(several)
    except ValueError as error:
        if "truth value" not in str(error):
            raise
        import traceback  # for a message alone

        frames = traceback.extract_tb(error.__traceback__)
        frame = [f for f in frames if not f.filename.startswith(HERE)][-1]
        place = f"line {frame.lineno} of {Path(frame.filename).name}, {frame.line!r}"
        raise ValueError(
            f"vectorize: {name} branches on data in {place}; of many elements it needs ag.where, "
            "or a choice as ag.maximum"
        ) from None
    found = _each(lambda z: np.broadcast_to(operand(z), shape).copy(), found)
    wide = {k: np.broadcast_to(bare(x), shape) for k, x in several.items()}
    size = int(np.prod(shape))
    for i in sorted({0, size // 2, size - 1} if size > 1 else ()):
        with no_grad(), np.errstate(all="ignore"):
            one = call({k: Value(float(x.flat[i])) for k, x in wide.items()})
        pairs = zip(*(z if isinstance(z, tuple) else (z,) for z in (one, found)))
        for alone, together in pairs:
            got, given = float(bare(together).flat[i]), float(getattr(alone, "data", alone))
            if not np.isclose(got, given, 1e-3, 1e-6, equal_nan=True):
                raise ValueError(
                    f"vectorize: {name} gives {given:.6g} for an element alone and {got:.6g} among "
                    "all; it must use each element by itself, or have a signature="
                )
    return found


def _of_cores(call: Callable[..., Any], several: dict[Any, Any], signature: str) -> Any:
    """Return what a function of vectors or matrices gives for each of them, in stacks."""
    inputs, outputs = (
        [tuple(re.findall(r"\w+", core)) for core in re.findall(r"\(.*?\)", part)]
        for part in signature.split("->")
    )
    if len(inputs) != len(several):
        got = f"{len(several)} arguments"
        raise TypeError(f"vectorize: got {got} for the signature {signature!r}")
    sizes: dict[str, int] = {}
    for core, x in zip(inputs, several.values()):
        shape = x.shape[x.ndim - len(core) :]
        if x.ndim < len(core) or any(sizes.setdefault(d, n) != n for d, n in zip(core, shape)):
            raise ValueError(f"vectorize: got shape {x.shape} for {core} in {signature!r}")
    cut = {k: x.ndim - len(core) for core, (k, x) in zip(inputs, several.items())}
    loop = np.broadcast_shapes(*(x.shape[: cut[k]] for k, x in several.items()))
    wide = {k: np.broadcast_to(x, loop + x.shape[cut[k] :]) for k, x in several.items()}
    found = [call({k: x[index] for k, x in wide.items()}) for index in np.ndindex(loop)]
    if not found:
        raise ValueError(f"vectorize: got stacks of shape {loop}; it needs one element at least")
    of_several = isinstance(found[0], tuple)
    columns = list(zip(*found)) if of_several else [found]
    joined = tuple(_joined(column, loop) for column in columns)
    for core, z in zip(outputs, joined, strict=True):
        if z.ndim - len(loop) != len(core):
            raise ValueError(f"vectorize: got results of {z.shape} for {core} in {signature!r}")
    return joined if of_several else joined[0]


def _joined(column: Sequence[Any], loop: tuple[int, ...]) -> Any:
    z = np.stack([operand(x) for x in column])
    return z.reshape(loop + z.shape[1:])


__all__ = ["apply_along_axis", "apply_over_axes", "vectorize"]
