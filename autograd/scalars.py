"""NumPy's side of a Value: the attributes and methods of an array scalar."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, Self

import numpy as np

from autograd.rules import structural


class _OfTensors(dict[str, Callable[..., Any]]):
    """Functions that a room of Tensors gives when one is first asked for."""

    def __missing__(self, name: str) -> Callable[..., Any]:
        import_module("autograd.tensors.values")
        return self[name]


of_tensors = _OfTensors()
"""Functions that Tensors have for Values beside arrays: "apply" (a row), "ufunc", "function"."""

CONVERTING = ("numpy._core._methods", "numpy.lib._nanfunctions_impl")
"""Modules of NumPy that convert a mean of objects by its `dtype.type`, if it has a dtype."""


def _of_ufunc(ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that is a ufunc, which comes back by its protocol."""

    def method(self: Any, *others: Any) -> Any:
        return ufunc(self, *others)

    method.__name__ = ufunc.__name__
    method.__doc__ = f"`np.{ufunc.__name__}` of this number."
    return method


class ArrayScalar:
    """Attributes and methods of NumPy's array scalars, for a class with NumPy's protocols.

    NumPy calls the methods on the elements of an array of objects.
    """

    __slots__ = ()

    shape: tuple[int, ...] = ()
    ndim = 0
    size = 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's type of the number, float64."""
        if sys._getframe(1).f_globals.get("__name__") in CONVERTING:
            raise AttributeError("dtype")
        return np.dtype(np.float64)

    @property
    def T(self) -> Self:
        """Itself, since it has no axes."""
        return self

    def item(self) -> float:
        """Return the number; the gradient ends there."""
        number: float = self.data  # type: ignore[attr-defined]  # the class has it
        return number

    def astype(self, dtype: Any) -> Any:
        """Return itself as float64, or a Tensor without axes of another floating type."""
        wanted = np.dtype(dtype)
        if wanted.kind != "f":
            raise TypeError(f"astype: got dtype={wanted}; a Value can take a floating type")
        if wanted == np.float64:
            return self
        return of_tensors["apply"](structural.cast, self, wanted)

    @property
    def real(self) -> Self:
        """Itself, since it has no imaginary part."""
        return self

    @property
    def imag(self) -> float:
        """0, since it is real."""
        return 0.0

    def is_integer(self) -> bool:
        """Return whether it has no fraction, as a float's does."""
        x: Any = self
        return bool(np.isfinite(x) and np.floor(x) == x)

    def conjugate(self) -> Self:
        """Return itself, since it is real."""
        return self

    hypot, arctan2, fmod = map(_of_ufunc, (np.hypot, np.arctan2, np.fmod))
    __floor__, __ceil__, __trunc__ = map(_of_ufunc, (np.floor, np.ceil, np.trunc))

    def logical_xor(self, other: Any) -> bool:
        """Return whether one of both is 0, and only one."""
        return bool(self) != bool(other)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return of_tensors["function"](function, args, kwargs)
