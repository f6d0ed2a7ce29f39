"""Functions of arrays that rows are: what computes each, and what pulls a gradient back.

Every row has a function that computes it. Every row and kind of operands, "v" a Tensor and "c" a
constant, has a pullback that gives the Tensors their shares of the gradient. Elementary rows are
printed as NumPy code (printing.py) and compiled on first use. The shares of a structural operation
come from its own pullbacks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic import arrays
from autograd.compiled import library
from autograd.formulas import CompiledRows
from autograd.later import Later
from autograd.rules import elementary, structural
from autograd.rules.elementary import ROUNDED_ONCE, TABLE, Elementary
from autograd.rules.structural import OfEach, Structural, together

printed_value = Later("autograd.tensors.printing", "printed_value", globals())
printed_pullback = Later("autograd.tensors.printing", "printed_pullback", globals())


def _compile_value(row: Elementary, kind: str) -> Callable[..., Any]:
    """Compile the function of arrays for a row."""
    if TABLE.get(row.name) is row and row.name in arrays.PRIMITIVES:
        return arrays.primitive(row.name)
    return printed_value(row)  # type: ignore[no-any-return]  # a function


def _compile_pullback(row: Elementary | Structural, kind: str) -> Callable[..., Sequence[Any]]:
    """Compile a function (g, z, x, ...) of arrays -> shares of the operands of kind "v"."""
    if isinstance(row, Structural):
        return _quick(row, together(_chosen(row, kind), row.through), kind)
    pull: Callable[..., Any] = printed_pullback(row, kind)
    if TABLE.get(row.name) is row and row.name in ROUNDED_ONCE:
        return _quick(row, _rounded_once(pull), kind)
    return pull


def _rounded_once(pull: Callable[..., Any]) -> Callable[..., Any]:
    """Return a pullback that computes shares of single precision in double, as C does."""

    def of_arrays(g: Any, z: Any, *operands: Any) -> Any:
        if g.dtype != np.float32:
            return pull(g, z, *operands)
        shares = pull(g, z, *[x.astype(np.float64) for x in operands])
        return tuple([share.astype(np.float32) for share in shares])

    return of_arrays


def _chosen(row: Structural, kind: str) -> list[Any]:
    """Return the pullbacks of the operands of kind "v"; TypeError where one has none."""
    wanted = [i for i, k in enumerate(kind) if k == "v"]
    for i in wanted:
        if i >= len(row.pullbacks) or row.pullbacks[i] is None:
            got = f"a Tensor or Value as operand {i + 1}"
            needs = "which has no derivative: use its .data, where the gradient ends"
            raise TypeError(f"{row.name}: got {got}, {needs}")
    return [row.pullbacks[i] for i in wanted]


def _quick(row: Any, pull: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """Return a pullback, or the C core's quick form of it for small arrays."""
    if library is None:
        return pull
    found: Callable[..., Any] = library.quick(f"{row.name} pull", pull, kind)
    return found


VALUES, PULLBACKS = CompiledRows(_compile_value), CompiledRows(_compile_pullback)


def pull_of(row: Elementary | Structural, kind: str) -> Callable[..., Sequence[Any]]:
    """Return the function (g, z, x, ...) -> shares of the operands of kind "v"."""
    op: Any = structural.where if row is elementary.where else row
    if type(op) is Structural and type(op.pullbacks) is OfEach:  # there are too many kinds to keep
        return functools.partial(op.pullbacks.together, [i for i, k in enumerate(kind) if k == "v"])
    return PULLBACKS[op, kind]
