"""Arrays, and arrays that broadcast against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd.rules.elementary import REAL
from autograd.testing.strategies.scalars import DOMAINS, as_strategy

SIDE, AXES = 3, 3
"""Largest size of an axis, and largest number of axes."""


def arrays(
    shape: Any = None,
    elements: Any = REAL,
    *,
    dtype: Any = np.float64,
    least: int = 0,
) -> st.SearchStrategy[Any]:
    """Arrays of scalars: of a shape, or of any with up to 3 axes, with sizes 0 and 1 among them.

    `elements` is an interval (low, high) or a strategy; equal elements are common, so that they
    tie. `least` is the shortest that an axis may be. `shape` may be a strategy too.

    >>> from hypothesis import find
    >>> t = find(arrays(2, (0, 5)), lambda t: t[0] != t[1])
    >>> t.shape
    (2,)
    """
    if shape is None:
        shape = hnp.array_shapes(min_dims=0, max_dims=AXES, min_side=least, max_side=SIDE)
    inner = as_strategy(elements)
    kept = inner if np.dtype(dtype) == np.float64 else _rounded(inner, np.dtype(dtype))
    found = hnp.arrays(dtype, shape, elements=kept)
    if inner in DOMAINS:
        DOMAINS[found] = DOMAINS[inner]
    return found


def broadcastable(
    *elements: Any, dtype: Any = np.float64, least: int = 0
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Tuples of arrays, two or one for each of `elements`, whose shapes broadcast together.

    >>> from hypothesis import find
    >>> x, y = find(broadcastable(), lambda t: t[0].shape != t[1].shape)
    >>> (x + y).shape == np.broadcast_shapes(x.shape, y.shape)
    True
    """
    inner = elements or (REAL, REAL)
    shapes = hnp.mutually_broadcastable_shapes(
        num_shapes=len(inner), min_dims=0, max_dims=AXES, min_side=least, max_side=SIDE
    )
    return shapes.flatmap(
        lambda found: st.tuples(
            *(arrays(s, e, dtype=dtype) for s, e in zip(found.input_shapes, inner))
        )
    )


def _rounded(inner: st.SearchStrategy[Any], dtype: Any) -> st.SearchStrategy[Any]:
    """Return the numbers of a strategy that stay in their domain when rounded to the type."""
    rounded = inner.map(lambda x: dtype.type(x).item())
    return rounded.filter(DOMAINS[inner].__contains__) if inner in DOMAINS else rounded
