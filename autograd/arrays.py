"""NumPy as an arithmetic for the rows of the table, and which ufunc is which row."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

UFUNCS: dict[str, np.ufunc] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "pow": np.power,
    "abs": np.absolute,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "maximum": np.maximum,
}
COMPARISONS: dict[np.ufunc, Callable[[Any, Any], Any]] = {
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
}
ROW_OF = {ufunc: name for name, ufunc in UFUNCS.items()}


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


def _sigmoid() -> Callable[..., Any]:
    from scipy.special import expit

    return expit  # type: ignore[no-any-return]


MADE_OF: dict[str, Callable[[], Callable[..., Any]]] = {
    "relu": lambda: _relu,
    "sigmoid": _sigmoid,
}
"""Rows that NumPy or SciPy compute faster than their formulas would; imported when first used."""

PRIMITIVES = (*UFUNCS, *MADE_OF)


def primitive(name: str) -> Callable[..., Any]:
    """The function of arrays that computes a row in one go."""
    return MADE_OF[name]() if name in MADE_OF else UFUNCS[name]
