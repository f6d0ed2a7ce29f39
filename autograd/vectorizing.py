"""Functions of numbers, applied to all elements of arrays."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.arithmetic.standing import first_of, standing
from autograd.arrays.assembling import operand
from autograd.arrays.making import lifted
from autograd.compiling import entry
from autograd.custom import custom_vjp
from autograd.nodes import is_node, plain
from autograd.recording import no_grad
from autograd.rules.structural import bare, sum_to_shape
from autograd.tensors.tensor import Tensor
from autograd.transformed import Transformed
from autograd.trees import flatten
from autograd.value import Value
from autograd.watching import watcher, watchers

if TYPE_CHECKING:
    from autograd.compiling.elements import Found
    from autograd.compiling.functions import Compiled

HERE = str(Path(__file__).parent)


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

    A function that `compile` returned runs for all elements at once, as `compiled.rows` does, with
    its branches taken element by element, and so do its derivatives. Its arrays are taken as
    float64; ints, strings and other objects are those of all elements.

    >>> from autograd import Tensor, exp
    >>> gauss = vectorize(lambda x, width: exp(-((x / width) ** 2)))
    >>> gauss(Tensor([0.0, 1.0]), 1.0)
    Tensor([1.        , 0.36787944])
    >>> import autograd as ag
    >>> payoff = vectorize(ag.compile(lambda x, k: x - k if x > k else 0.0))
    >>> payoff(np.array([90.0, 120.0]), np.array([[100.0], [80.0]]))
    array([[ 0., 20.],
           [10., 40.]])
    """
    if pyfunc is None:  # as a decorator with options
        return functools.partial(
            vectorize, otypes=otypes, doc=doc, excluded=excluded, cache=cache, signature=signature
        )
    left_out = frozenset(excluded or ())
    is_compiled = isinstance(pyfunc, Transformed) and pyfunc._transform is entry.compile
    plain = np.vectorize(pyfunc, otypes, doc, left_out, cache, signature)

    @functools.wraps(pyfunc)
    def function(*args: Any, **kwargs: Any) -> Any:
        given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
        if standing and (found := first_of([*given.values()])) is not None:
            name = getattr(pyfunc, "__name__", "a function")
            return found.called_back(function, name, f"vectorize of {name}", args, kwargs)
        if watchers and any(map(_is_recorded, given.values())):
            if not any(isinstance(x, (np.ndarray, list, tuple)) for x in given.values()):
                return pyfunc(*args, **kwargs)
            count = 1 if signature is None else len(_parsed(signature, len(given))[1])
            each = np.vectorize(pyfunc, [object] * count, None, left_out, signature=signature)
            return _columns(each(*args, **kwargs))
        arrays = {k: lifted(x) for k, x in given.items() if k not in left_out}
        if any(isinstance(x, Value) for x in given.values()) and not any(
            np.ndim(x) for x in arrays.values()
        ):
            return pyfunc(*args, **kwargs)
        given |= arrays
        if is_compiled:
            return _typed(_of_compiled(pyfunc, given, left_out, signature), otypes)
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


def _is_recorded(x: Any) -> bool:
    """Return whether it is, or has, a number of a function that is recorded."""
    several = x.flat if isinstance(x, np.ndarray) and x.dtype == object else (x,)
    own = watcher()
    return own is not None and any(type(y) is Value and own.is_number(y) for y in several)


def _columns(found: Any) -> Any:
    """Return arrays of the parts of tuples for an array of those."""
    if isinstance(found, tuple) or not found.size or not isinstance(found.flat[0], tuple):
        return found
    parts = np.empty((len(found.flat[0]), found.size), object)
    for i, each in enumerate(found.flat):
        parts[:, i] = each
    return tuple([part.reshape(found.shape) for part in parts])


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
            "a choice as ag.maximum, or to be compiled first, by ag.compile"
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


def _parsed(signature: str, count: int) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the names of the axes of each input and each output of a signature."""
    inputs, outputs = (
        [tuple(re.findall(r"\w+", core)) for core in re.findall(r"\(.*?\)", part)]
        for part in signature.split("->")
    )
    if len(inputs) != count:
        got = f"{count} arguments"
        raise TypeError(f"vectorize: got {got} for the signature {signature!r}")
    return inputs, outputs


def _check_cores(inputs: Any, shapes: Sequence[tuple[int, ...]], signature: str) -> None:
    """Raise where the last axes of arrays are not those of a signature."""
    sizes: dict[str, int] = {}
    for core, full in zip(inputs, shapes):
        shape = full[len(full) - len(core) :]
        if len(full) < len(core) or any(sizes.setdefault(d, n) != n for d, n in zip(core, shape)):
            raise ValueError(f"vectorize: got shape {full} for {core} in {signature!r}")


def _of_cores(call: Callable[..., Any], several: dict[Any, Any], signature: str) -> Any:
    """Return what a function of vectors or matrices gives for each of them, in stacks."""
    inputs, outputs = _parsed(signature, len(several))
    _check_cores(inputs, [x.shape for x in several.values()], signature)
    cut = {k: x.ndim - len(core) for core, (k, x) in zip(inputs, several.items())}
    loop = np.broadcast_shapes(*(x.shape[: cut[k]] for k, x in several.items()))
    wide = {k: np.broadcast_to(x, loop + x.shape[cut[k] :]) for k, x in several.items()}
    found = [call({k: x[index] for k, x in wide.items()}) for index in np.ndindex(loop)]
    if not found:
        raise ValueError(f"vectorize: got stacks of shape {loop}; it needs one element at least")
    of_several = isinstance(found[0], tuple)
    columns = list(zip(*found)) if of_several else [found]
    joined = tuple(_joined(column, loop) for column in columns)
    _check_results(outputs, joined, loop, signature)
    return joined if of_several else joined[0]


def _check_results(outputs: Any, found: Sequence[Any], loop: Any, signature: str) -> None:
    """Raise where results have other axes than a signature says."""
    for core, z in zip(outputs, found, strict=True):
        if z.ndim - len(loop) != len(core):
            raise ValueError(f"vectorize: got results of {z.shape} for {core} in {signature!r}")


def _joined(column: Sequence[Any], loop: tuple[int, ...]) -> Any:
    z = np.stack([operand(x) for x in column])
    return z.reshape(loop + z.shape[1:])


# Compiled functions


def _of_compiled(
    compiled: Any, given: dict[Any, Any], left_out: frozenset[Any], signature: str | None
) -> Any:
    """Return what a compiled function gives for each element."""
    from autograd.compiling.elements import WHOLE, is_whole, none_summed

    keys = [*given]
    of_arrays = [k for k in keys if k not in left_out]
    outputs: list[tuple[str, ...]] | None = None
    if signature is None:
        inner = {k: 0 for k in of_arrays if is_node(given[k]) or not is_whole(given[k])}
    else:
        inputs, outputs = _parsed(signature, len(of_arrays))
        _check_cores(inputs, [np.shape(given[k]) for k in of_arrays], signature)
        inner = {k: len(core) for k, core in zip(of_arrays, inputs)}
    axes = [inner.get(k, WHOLE) for k in keys]
    elements = _Elements(compiled, keys, _names(compiled, keys))
    found = elements.applied([*given.values()], axes, none_summed)
    if outputs is not None and signature is not None:
        _check_results(outputs, flatten(found.results)[0], found.loop, signature)
    return found.results


def _names(compiled: Any, keys: Sequence[Any]) -> list[str]:
    try:
        names = [*inspect.signature(compiled.__wrapped__).parameters]
    except (TypeError, ValueError):  # of a function in C
        names = []
    return [k if isinstance(k, str) else names[k] if k < len(names) else f"{k}" for k in keys]


class _Elements:
    """Compiled function for the elements of arrays, with derivatives of any order."""

    def __init__(self, compiled: Compiled, keys: Sequence[Any], names: Sequence[str]) -> None:
        self.compiled, self.keys, self.names = compiled, keys, names

    def applied(self, operands: list[Any], axes: Sequence[int], summed: Any) -> Found:
        """Return the results; where there are nodes among the operands, they are nodes.

        Operands have this many axes in an element, or are `WHOLE`; `summed` tells which leaves of
        an element's result are summed over all.
        """
        from autograd.compiling.elements import WHOLE, of_rows, shares_of, taken

        by = [i for i, x in enumerate(operands) if any(map(is_node, flatten(x)[0]))]
        types = [x.dtype for x in flatten(operands)[0] if hasattr(x, "dtype")]
        dtype = np.result_type(*types) if types else np.dtype(np.float64)
        last: list[Found] = []

        def placed(xs: Sequence[Any]) -> list[Any]:
            new = dict(zip(by, xs))
            return [new.get(i, x) for i, x in enumerate(operands)]

        def value(*xs: Any) -> Any:
            given = taken(self.names, placed(xs), axes)
            found = of_rows(self.compiled, self.keys, given, summed)
            last[:] = [found._replace(results=_typed_as(found.results, dtype))]
            return last[0].results

        def pullback(g: Any, z: Any, *xs: Any) -> Any:
            factors, (_, loop, shared, sums) = flatten(g)[0], last[0]
            pulled = shares_of(self.compiled, self.keys, by)
            inner = [WHOLE if s else np.ndim(plain(x)) - len(loop) for x, s in zip(factors, sums)]
            names = [*self.names, *["a derivative"] * len(factors)]

            def shares_summed(tree: Any) -> list[bool]:
                return [shared[i] for i, part in zip(by, tree) for _ in flatten(part)[0]]

            each = _Elements(pulled, range(len(names)), names)
            found = each.applied([*placed(xs), *factors], [*axes, *inner], shares_summed).results
            shares = [
                share if axes[i] == WHOLE else _share(share, np.shape(plain(x)), shared[i])
                for i, share, x in zip(by, found, xs)
            ]
            return shares[0] if len(shares) == 1 else tuple(shares)

        if by:
            xs = [operands[i] for i in by]
            results = custom_vjp(pullback)(value)(*xs)
            return last[0]._replace(results=results)
        value()
        return last[0]


def _typed_as(results: Any, dtype: Any) -> Any:
    """Return results in the smaller type of floats that operands have."""
    if dtype.kind != "f" or dtype.itemsize >= 8:
        return results
    leaves, rebuild = flatten(results)
    return rebuild([x.astype(dtype) if x.dtype.kind == "f" else x for x in leaves])


def _share(share: Any, shape: tuple[int, ...], is_sum: bool) -> Any:
    """Return the share of an operand of a shape, of its elements' shares or their sum."""
    share = share if isinstance(share, Tensor) else np.asarray(share)
    return share.reshape(shape) if is_sum else sum_to_shape(share, shape)
