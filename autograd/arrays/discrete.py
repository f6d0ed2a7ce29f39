"""Functions without a derivative: counts, places, sets and questions, of the data of Tensors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays.making import lifted
from autograd.arrays.row import implements
from autograd.rules.structural import bare
from autograd.tensors.protocols import NUMPY
from autograd.tensors.tensor import Tensor
from autograd.value import Value
from autograd.watching import watchers


def data_of(x: Any) -> Any:
    """Return the array of a Tensor, and the number of a Value, also in lists."""
    if type(x) is Tensor:
        return x.data
    if type(x) in (list, tuple):
        return type(x)(map(data_of, x))
    return x.data if isinstance(x, Value) else bare(x)


def of_data(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of NumPy for Tensors, of which it takes the data."""

    @functools.wraps(function)
    def of_tensors(*operands: Any, **options: Any) -> Any:
        if function in COUNTS:
            given = inspect.signature(function).bind(*operands, **options).arguments
            if _has_node(given.pop("weights", None)):
                got = "weights of a Tensor, whose gradient it would drop"
                raise TypeError(f"{function.__name__}: got {got}; use histogram, or weights.data")
            check_widths(function, **given)
        named = {k: data_of(x) for k, x in options.items()} if options else options
        answer = function(*map(data_of, operands), **named)
        if watchers:
            from autograd.tensors.choices import tell_choice

            tell_choice(function, answer, operands, options)
        return answer

    return of_tensors


COUNTS = (np.histogram2d, np.histogramdd)


def check_widths(
    function: Any, *, bins: Any = 10, range: Any = None, density: Any = None, **numbers: Any
) -> None:
    """Refuse a density over the widths of bins that a Tensor has moved, as it would be constant."""
    several = function in COUNTS and not isinstance(bins, (int, np.integer, str))
    widths: list[Any] = [bins, range]
    if range is None and not all(np.ndim(x) for x in data_of([*bins] if several else [bins])):
        widths += numbers.values()
    if density and _has_node(widths):
        got = "density=True and bins that a Tensor moves, whose gradient it would drop"
        raise TypeError(f"{function.__name__}: got {got}; it needs a range, or x.data")


def _has_node(x: Any) -> bool:
    return any(map(_has_node, x)) if type(x) in (list, tuple) else isinstance(x, (Tensor, Value))


def _row(function: Callable[..., Any], doc: str) -> Callable[..., Any]:
    """Teach Tensors a function of their data, and return the public one."""
    of_tensors = of_data(function)
    options = f"Options as NumPy's {function.__name__} has them."
    of_tensors.__doc__ = f"{doc[:-1]}, without a derivative. {options}"
    return implements(function, lift=_lifted_each)(of_tensors)


def _lifted_each(x: Any) -> Any:
    """Lift what stands in a list, which may be one of several arrays."""
    return type(x)(map(lifted, x)) if type(x) in (list, tuple) else lifted(x)


array_equal = _row(np.array_equal, "Return whether two arrays have one shape and equal elements.")
array_equiv = _row(np.array_equiv, "Return whether two arrays are equal when they broadcast.")
allclose = _row(np.allclose, "Return whether all elements of two arrays are nearly equal.")
isclose = _row(np.isclose, "Return which elements of two arrays are nearly equal.")
isin = _row(np.isin, "Return which elements are among some others.")

argpartition = _row(
    np.argpartition, "Return the indices that bring the k-th element in order to its place."
)
argwhere = _row(np.argwhere, "Return the indices of the elements that are not 0, in rows.")
count_nonzero = _row(np.count_nonzero, "Return how many elements are not 0.")
digitize = _row(np.digitize, "Return the index of the bin that each element is in.")
flatnonzero = _row(np.flatnonzero, "Return the indices of what is not 0, counted through.")
lexsort = _row(np.lexsort, "Return the indices that sort by several keys, the last one first.")
nanargmax = _row(np.nanargmax, "Return the index of the largest element that is not nan.")
nanargmin = _row(np.nanargmin, "Return the index of the smallest element that is not nan.")
nonzero = _row(np.nonzero, "Return the indices of the elements that are not 0, axis by axis.")
searchsorted = _row(np.searchsorted, "Return where to insert elements, to keep the order.")

histogram2d = _row(np.histogram2d, "Return how many points are in each bin of a plane, and edges.")
histogram_bin_edges = _row(np.histogram_bin_edges, "Return the edges of the bins of a histogram.")
histogramdd = _row(np.histogramdd, "Return how many points are in each bin of a space, and edges.")

intersect1d = _row(np.intersect1d, "Return the elements that two arrays share, each once.")
setdiff1d = _row(np.setdiff1d, "Return the elements of one array that another has not.")
setxor1d = _row(np.setxor1d, "Return the elements that only one of two arrays has.")
union1d = _row(np.union1d, "Return the elements of two arrays, each once.")
unique = _row(np.unique, "Return the elements in order, each once.")
unique_all = _row(np.unique_all, "Return unique elements, their places and their counts.")
unique_counts = _row(np.unique_counts, "Return unique elements and their counts.")
unique_inverse = _row(np.unique_inverse, "Return unique elements, and which of them is where.")
unique_values = _row(np.unique_values, "Return unique elements.")

for _function in (
    np.array2string, np.array_repr, np.array_str, np.can_cast, np.common_type, np.diag_indices_from,
    np.iscomplexobj, np.isrealobj, np.may_share_memory, np.min_scalar_type, np.ndim, np.result_type,
    np.shape, np.shares_memory, np.size, np.tril_indices_from, np.triu_indices_from,
):  # fmt: skip
    NUMPY[_function] = of_data(_function)

__all__ = [
    "allclose",
    "argpartition",
    "argwhere",
    "array_equal",
    "array_equiv",
    "count_nonzero",
    "digitize",
    "flatnonzero",
    "histogram2d",
    "histogram_bin_edges",
    "histogramdd",
    "intersect1d",
    "isclose",
    "isin",
    "lexsort",
    "nanargmax",
    "nanargmin",
    "nonzero",
    "searchsorted",
    "setdiff1d",
    "setxor1d",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]
