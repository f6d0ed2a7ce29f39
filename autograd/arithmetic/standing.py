"""Stand-ins for arrays, on which functions of arrays are called while they are recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


class StandIn:
    """Base of what stands for an array while a function of arrays is recorded.

    It notes what is done with it. NumPy's functions and operators take it, `np.asarray` does not.
    """

    __slots__ = ()
    dtype: Any

    def called(self, row: Any, function: Callable[..., Any], operands: Any) -> Any:
        """Return what a function of a row gives, noted step by step or as a whole."""
        raise NotImplementedError

    def called_back(
        self, function: Callable[..., Any], name: str, owner: str, args: Any, kwargs: Any
    ) -> Any:
        """Return what a function of the user's own gives, which the program is to call."""
        raise NotImplementedError

    @property
    def is_number(self) -> bool:
        """Return whether it stands for a number of Python."""
        raise NotImplementedError

    def as_array(self) -> Any:
        """Return it as an array; a number as one of no axes."""
        raise NotImplementedError

    def array_of(self, xs: Any) -> Any:
        """Return a list, or lists in it, that has this in it, as an array."""
        raise NotImplementedError

    def of_numbers(self, row: Any, function: Callable[..., Any], operands: Any) -> Any:
        """Return what a row's function of numbers gives for numbers of any type."""
        raise NotImplementedError

    def copied(self) -> Any:
        """Return a copy, as an array."""
        raise NotImplementedError

    def variable(self) -> Any:
        """Return a number as an array of no axes, to differentiate by."""
        raise NotImplementedError

    def drawn(self, rng: Any) -> Any:
        """Return random numbers of its shape, which each call of the program draws anew."""
        raise NotImplementedError

    def refuse(self, what: str, remedy: str) -> Any:
        """Raise: something would take the array out of the recording."""
        raise NotImplementedError


standing: list[Any] = []
"""Recordings of functions of arrays that are going on, of all contexts; mostly none."""


def asarray(x: Any, dtype: Any = None) -> Any:
    """Return anything as an array, as `np.asarray` does; what stands for one stays that."""
    if isinstance(x, StandIn):
        array = x.as_array()
        return array if dtype is None or array.dtype == dtype else array.astype(dtype)
    if standing and type(x) in (list, tuple) and (found := first_of(x)) is not None:
        return asarray(found.array_of(x), dtype)
    return np.asarray(x, dtype)


def first_of(xs: Any) -> StandIn | None:
    """Return the first stand-in in a list, or in lists in it, if there is one."""
    for x in xs:
        found = first_of(x) if type(x) in (list, tuple) else x
        if isinstance(found, StandIn):
            return found
    return None


def drawn(rng: Any, x: Any) -> Any:
    """Return random numbers, float32, in the shape of an array; None makes a new generator."""
    array = getattr(x, "_data", x)
    if isinstance(array, StandIn):
        return array.drawn(rng)
    return (np.random.default_rng() if rng is None else rng).random(x.shape, np.float32)


def called(row: Any, function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """Call a function of a row, which is noted where an operand stands for an array."""
    if standing:
        for x in operands:
            if isinstance(x, StandIn):
                return x.called(row, function, operands)
    return function(*operands)
