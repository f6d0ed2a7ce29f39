"""A function of another library as one of plain arrays, with its derivative as a product."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.checking.inputs import CheckError, Function, names_of, paths
from autograd.trees import Rebuild, flatten


class Part:
    """Number or array among the inputs, as the library has it: checked, or an option."""

    def __init__(self, name: str, value: Any, place: int) -> None:
        self.name, self.value, self.place = name, value, place
        self.reason: str | None = None
        """Reason why it is an option, "" for one that needs none; None for what is checked."""


class Problem:
    """Function of arrays of floats, one for each checked part, and its products with a seed.

    Each library has a subclass, which writes and reads arrays and differentiates.
    """

    def __init__(self, f: Function, inputs: Sequence[Any], named_like: Function) -> None:
        self.f = f
        self.named_like = named_like
        flat, self.rebuild, named = self.flattened(tuple(inputs))
        self.parts = [Part(name, x, place) for (name, place), x in zip(named, flat)]
        self.at: list[Any] = []
        """Point of the check, in NumPy's arrays."""
        self.notes: list[str] = []
        """Remarks for the report, besides those on options."""

    def flattened(self, inputs: tuple[Any, ...]) -> tuple[list[Any], Rebuild, list[Any]]:
        """Return the leaves, how to put others in their places, and their names and places."""
        flat, rebuild = flatten(inputs)
        names = enumerate(zip(inputs, names_of(self.named_like, inputs)))
        return flat, rebuild, [(path, i) for i, (x, name) in names for path in paths(x, name)]

    @property
    def moved(self) -> list[Part]:
        """Inputs that are checked."""
        return [part for part in self.parts if part.reason is None]

    @property
    def leaf_names(self) -> list[str]:
        """Names of the arrays that the function takes."""
        return [part.name for part in self.moved]

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks for the report."""
        options = [f"not checked: {x.name} ({x.reason})" for x in self.parts if x.reason]
        return (*options, *dict.fromkeys(self.notes))

    def arguments(self, moved: Sequence[Any]) -> Any:
        """Return the inputs, with these in the places of the checked ones."""
        rest = iter(moved)
        return self.rebuild(
            [next(rest) if x.reason is None else self.option(x.value) for x in self.parts]
        )

    def option(self, x: Any) -> Any:
        """Return an option as the function gets it."""
        return x

    def __call__(self, *arrays: Any) -> Any:
        """Compute the result as one array: several results stand in a row."""
        raise NotImplementedError

    def vjp(self, *arrays_and_seed: Any) -> Any:
        """Compute the gradient of the sum of seed * result, as the library does."""
        raise NotImplementedError

    @property
    def forms(self) -> tuple[Any, Any]:
        """The derivative as jvp and as vjp, of which one is None."""
        return None, self.vjp

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Restore the state of the library at the end."""
        yield


def plain(*arrays: Any) -> None:
    """Refuse the nodes of our engine: with them there is no graph of another library's function."""
    if not all(isinstance(x, (float, np.ndarray)) for x in arrays):
        raise TypeError("another library's function takes plain arrays")


def in_a_row(parts: Sequence[Any]) -> Any:
    """Return the arrays of a result as one."""
    if not parts:
        raise CheckError("the function returned no floats; there is nothing to check")
    return parts[0] if len(parts) == 1 else np.concatenate([np.ravel(x) for x in parts])


def taken_apart(row: Any, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Return the parts of such a row in their shapes."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    parts = np.split(np.ravel(np.asarray(row, np.float64)), ends)
    return [part.reshape(shape) for part, shape in zip(parts, shapes)]
