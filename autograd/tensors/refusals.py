"""Errors of NumPy's functions as one line that names the function, and says what it got."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.tensors.protocols import array_function, numpy_name

REFUSALS = (TypeError, ValueError, IndexError)
KINDS = (*REFUSALS, np.exceptions.AxisError, np.linalg.LinAlgError)
OURS = r"(?:np\.)?[\w.]+: (?=got|it )"
HOMES = (os.path.dirname(np.__file__), os.path.dirname(os.path.dirname(__file__)))


def called(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Apply one of NumPy's functions to arguments with Tensors among them; its errors name it."""
    try:
        return array_function(function, args, kwargs)
    except REFUSALS as error:
        raise refused(numpy_name(function), error, args, kwargs) from None


def refused(
    name: str, error: Exception, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Exception:
    """Return an error that a function has met, by the name that it was called by.

    An error that a function of the user's raised stays as it is.
    """
    text = " ".join(str(error).split())
    short = name.rpartition(".")[2]
    if text.startswith((f"{short}: ", f"{name}: ", f"np.{name}: ", f"{short}() ")):
        return error
    place = error.__traceback__
    while place is not None:
        file = place.tb_frame.f_code.co_filename
        if not (file.startswith(HOMES) or file[0] == "<"):
            return error
        place = place.tb_next
    kind = next(each for each in (type(error), *type(error).__mro__) if each in KINDS)
    if known := re.match(OURS, text):
        return kind(f"{name}: {text[known.end() :]}")
    got = [*map(shown_operand, args), *(f"{k}={shown_operand(x)}" for k, x in kwargs.items())]
    return kind(f"{name}: got {', '.join(got)}; {text}")


def shown_operand(x: Any) -> str:
    """Return an argument for a message: an array by its shape."""
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        return f"an array of shape {x.shape}" if x.shape else f"{x.dtype}"
    if isinstance(x, (list, tuple)) and any(hasattr(each, "shape") for each in x):
        return f"[{', '.join(map(shown_operand, x))}]"
    text = " ".join(repr(x).split())
    return text if len(text) <= 40 else text[:37] + "..."
