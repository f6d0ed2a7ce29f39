"""Which of NumPy's functions take complex numbers; all others refuse them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import numpy as np

TAKE_COMPLEX = frozenset(
    """
    angle conjugate float_power imag iscomplex iscomplexobj isreal isrealobj real real_if_close
    all any allclose argwhere array2string array_equal array_equiv array_repr array_str can_cast
    common_type count_nonzero diag_indices_from flatnonzero isclose may_share_memory
    min_scalar_type ndim nonzero result_type shape shares_memory size tril_indices_from
    triu_indices_from
    append array array_split atleast_1d atleast_2d atleast_3d block broadcast_arrays broadcast_to
    column_stack compress concatenate copy delete diag diagflat diagonal dsplit dstack empty_like
    expand_dims extract flip fliplr flipud full_like hsplit hstack matrix_transpose moveaxis
    ones_like pad ravel repeat reshape resize roll rollaxis rot90 split squeeze stack swapaxes take
    take_along_axis tile transpose tril triu vsplit vstack where zeros_like
    cross cumsum diff dot ediff1d einsum inner kron matmul mean outer sinc std sum tensordot trace
    trapezoid var vdot
    linalg.cross linalg.diagonal linalg.inv linalg.matmul linalg.matrix_norm linalg.matrix_power
    linalg.matrix_transpose linalg.multi_dot linalg.norm linalg.outer linalg.solve linalg.tensordot
    linalg.tensorinv linalg.tensorsolve linalg.trace linalg.vecdot linalg.vector_norm
    """.split()
)
"""Names of those that take complex numbers, too. NumPy's others would compare them, or round."""
OF_COMPLEX = {attrgetter(name)(np) for name in TAKE_COMPLEX}
OF_COMPLEX |= {np.max, np.min, np.amax, np.amin, np.clip, np.round, np.prod, np.cumprod}
"""Functions that take them, or whose rows refuse them, so that nothing is to be looked for."""


def refuse_complex(name: str, operands: Iterable[Any]) -> None:
    """Raise where there are complex numbers among some operands, which may stand in lists."""
    found = _complex_one(operands)
    if found is not None:
        got = f"got complex numbers, of {np.dtype(getattr(found, 'dtype', complex))}"
        raise TypeError(f"{name}: {got}; it needs real ones")


def _complex_one(operands: Iterable[Any]) -> Any:
    """Return an operand that is complex, or None."""
    for x in operands:
        data = getattr(x, "_data", x)
        if type(data) is np.ndarray:
            if data.dtype.kind == "c":
                return x
        elif isinstance(data, (list, tuple)):
            if (found := _complex_one(data)) is not None:
                return found
        elif isinstance(data, (complex, np.complexfloating)):
            return x
    return None
