"""Results as JSON and back, to the last bit; nothing that is read is evaluated."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

from autograd.value import shown

TAKES = "None, numbers, text, arrays of numbers, and lists, tuples and dicts of them"
LONG = 2**63
"""Integers from here on are written in hexadecimal: Python limits the length of decimals."""


def encoded(x: Any, place: str = "") -> Any:
    """Return plain data for JSON; TypeError, which names the place, for what can't be written.

    Of other types than JSON's there is a dict with one key, which tells the type.
    """
    kind = type(x)
    if x is None or kind is bool or kind is str:
        return x
    if kind is int:
        return x if -LONG < x < LONG else {"int": hex(x)}
    if kind is float:
        return x if math.isfinite(x) else {"float": repr(x)}
    if kind is complex:
        return {"complex": [encoded(x.real), encoded(x.imag)]}
    if kind is list:
        return [encoded(each, f"{place}[{i}]") for i, each in enumerate(x)]
    if kind is tuple:
        return {"tuple": [encoded(each, f"{place}[{i}]") for i, each in enumerate(x)]}
    if kind is dict:
        return {
            "dict": [
                [encoded(key, f"{place}, a key"), encoded(each, f"{place}[{key!r}]")]
                for key, each in x.items()
            ]
        }
    if (kind is np.ndarray or isinstance(x, np.generic)) and x.dtype.kind in "biufc":
        data = base64.b64encode(np.ascontiguousarray(x).tobytes()).decode()
        shape = list(x.shape) if kind is np.ndarray else None
        return {"array": [x.dtype.str, shape, data]}
    raise TypeError(f"{shown(x)}{f' at {place}' if place else ''}")


def decoded(x: Any) -> Any:
    """Return what `encoded` was given; ValueError for anything else."""
    if isinstance(x, list):
        return [decoded(each) for each in x]
    if not isinstance(x, dict):
        return x
    try:
        ((kind, data),) = x.items()
        match kind:
            case "int":
                return int(data, 16)
            case "float":
                return float(data)
            case "complex":
                return complex(*map(decoded, data))
            case "tuple":
                return tuple(decoded(each) for each in data)
            case "dict":
                return {decoded(key): decoded(each) for key, each in data}
            case "array":
                return _array(*data)
    except (TypeError, ValueError, AttributeError):
        pass
    raise ValueError("it holds no result")


def _array(name: str, shape: list[int] | None, data: str) -> Any:
    dtype = np.dtype(name)
    if dtype.kind not in "biufc":
        raise ValueError(name)
    flat = np.frombuffer(base64.b64decode(data, validate=True), dtype)
    if shape is None:
        return flat[0]
    return flat.reshape(shape).copy()  # frombuffer's can't be written
