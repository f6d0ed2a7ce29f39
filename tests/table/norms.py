"""Norms of vectors and matrices, of every order, and condition numbers."""

import math
from typing import Any

import numpy as np

from tests.tensor_table import ANY, Example, Kind, Operand, Source, operation

AWAY = Kind(-2.0, 2.0, 0.3)


def _apart(parts: Any) -> bool:
    """Whether the largest and the smallest are known."""
    gaps = np.diff(np.sort(parts, -1), axis=-1)
    return bool(min(gaps[..., :1].min(initial=1), gaps[..., -1:].min(initial=1)) > 0.05)


def _smooth(order: Any) -> Any:
    def smooth(x: Any) -> bool:
        if order in (2, -2, "nuc"):
            s = np.linalg.svd(x, compute_uv=False)
            return _apart(s) and bool(s.min(initial=1) > 0.1)
        if order in (None, "fro") or not x.size:
            return True
        return _apart(np.abs(x).sum(-2 if abs(order) == 1 else -1))

    return smooth


def _least_of_largest() -> int:
    """The least size of what has a largest number: older ones of NumPy refuse norms of nothing."""
    try:
        return int(np.linalg.norm(np.zeros(0), math.inf))
    except ValueError:
        return 1


LEAST = _least_of_largest()


@operation("norm of vectors", repeats=False, roads=("numpy",))
def _(d: Source) -> Example:
    order = d.choice(1, 2, 3, math.inf, -math.inf, 0.5, -1, -2, 2.5, 1.5)
    shape = d.shape(1, 3, least={-math.inf: 1, math.inf: LEAST}.get(order, 0))
    axis, keepdims = d.axis(len(shape)), d.choice(False, True)
    f = lambda m, x: m.norm(x, ord=order, axis=axis, keepdims=keepdims)  # noqa: E731
    return Example(f, (Operand(shape, AWAY),))


@operation("norm of matrices", repeats=False, tries=2, roads=("numpy",))
def _(d: Source) -> Example:
    order = d.choice("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
    least = 1 if order in (-1, -2, -math.inf) else LEAST
    shape = (*d.shape(0, 1), d.size(least), d.size(least))
    is_turned, keepdims = d.choice(False, True), d.choice(False, True)
    axes = (-1, -2) if is_turned else (-2, -1)
    f = lambda m, x: m.norm(x, ord=order, axis=axes, keepdims=keepdims)  # noqa: E731
    smooth = _smooth(order)
    return Example(f, (Operand(shape, AWAY),), lambda x: smooth(x.mT if is_turned else x))


@operation("matrix_norm", repeats=False)
def _(d: Source) -> Example:
    order, shape = d.choice("fro", "nuc", 1, 2), (*d.shape(0, 1), d.size(LEAST), d.size(LEAST))
    keepdims = d.choice(False, True)
    f = lambda m, x: m.matrix_norm(x, ord=order, keepdims=keepdims)  # noqa: E731
    return Example(f, (Operand(shape, AWAY),), _smooth(order))


@operation("vector_norm", repeats=False)
def _(d: Source) -> Example:
    order = d.choice(1, 2, 3, math.inf)
    shape = d.shape(1, 3, least=LEAST if order == math.inf else 0)
    axis, keepdims = d.axes(len(shape)), d.choice(False, True)
    axis = None if axis == () else axis
    f = lambda m, x: m.vector_norm(x, axis=axis, ord=order, keepdims=keepdims)  # noqa: E731
    return Example(f, (Operand(shape, AWAY),))


@operation("cond", repeats=False)
def _(d: Source) -> Example:
    p = d.choice(None, 2, -2, "fro", 1, -1, math.inf)
    n = d.size(least=2)
    m = d.size(least=2) if p in (None, 2, -2) else n

    def smooth(x: Any) -> bool:
        s = np.linalg.svd(x, compute_uv=False)
        known = _smooth(p)(x) and (m != n or _smooth(p)(np.linalg.inv(x)))
        return _apart(s) and bool(s.min() > 0.3) and known

    return Example(lambda np, x: np.cond(x, p), (Operand((m, n), ANY),), smooth)
