"""Errors as one line that names the function, what it got and what it needs.

A call that fails is looked at once more: NumPy says what it has against the same call with arrays,
so that `np.f(t)`, `t.f()` and `ag.f(t)` are refused in the same words.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.tensors.options import REFUSALS
from autograd.tensors.protocols import array_function

KINDS = (TypeError, ValueError, IndexError, np.exceptions.AxisError, np.linalg.LinAlgError)
OURS = r"([\w.]+: )?(?=got )"
SITE = os.path.dirname(os.path.dirname(np.__file__))
HOMES = tuple(
    folder + os.sep
    for folder in (
        os.path.dirname(np.__file__),
        os.path.join(SITE, "scipy"),
        os.path.dirname(os.path.dirname(__file__)),
    )
)


def called(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Apply one of NumPy's functions to arguments with Tensors among them; its errors name it."""
    try:
        return array_function(function, args, dict(kwargs))
    except REFUSALS as error:
        raise refused(function, error, args, kwargs) from None


def refused(
    function: Callable[..., Any],
    error: Exception,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    name: str = "",
) -> Exception:
    """Return the error of a function for a call that has failed, from the one it failed with.

    An error that a function of the user's raised stays as it is.
    """
    error = getattr(error, "before", error)  # that of a function inside
    place = error.__traceback__
    while place is not None:
        file = place.tb_frame.f_code.co_filename
        if not (file.startswith(HOMES) or file[0] == "<"):
            return error
        place = place.tb_next
    name, text = name or function.__name__, " ".join(str(error).split())
    if text.startswith(f"{name}: got ") or ": it does not know " in text:
        return error
    if known := re.match(OURS, text):
        return kind_of(error)(f"{name}: {text[known.end() :]}")
    from autograd.tensors import faults  # which takes time, and is not needed else

    said, told = faults.found(function, name, error, args, kwargs)
    found = kind_of(said)(told)
    found.before = error  # type: ignore[attr-defined]
    return found


def kind_of(error: Exception) -> type[Exception]:
    """Return the type of the error that tells of another."""
    if isinstance(error, (OverflowError, ZeroDivisionError)):
        return ValueError
    kinds = type(error).__mro__
    return next((each for each in kinds if each in KINDS), TypeError)
