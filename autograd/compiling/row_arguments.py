"""Arguments of many rows: arrays that have them along the first axis, and what all rows share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.compiling.forms import Form, Nodes, form_of
from autograd.tensors.tensor import Tensor
from autograd.value import Value, shown

NUMBERS = (int, float, np.integer, np.floating)


def mapped(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return a tree of lists, tuples and dicts with its leaves changed; None has none."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {key: mapped(x, change) for key, x in tree.items()}
    if isinstance(tree, (list, tuple)):
        several = [mapped(x, change) for x in tree]
        if hasattr(tree, "_make"):
            return tree._make(several)
        return several if isinstance(tree, list) else tuple(several)
    return change(tree)


class Arguments:
    """Arguments of a call, each with its name and whether it is shared.

    The arrays of others have the rows along their first axis.
    """

    def __init__(
        self, args: Sequence[tuple[str, Any, bool]], kwargs: dict[str, tuple[str, Any, bool]]
    ) -> None:
        self.count = -1
        self._first = ""
        self.blocks: list[Any] = []
        """Arrays that together have a column an input; of one axis where rows share it."""
        self.args = [self._taken(*each) for each in args]
        self.kwargs = {name: self._taken(*each) for name, each in kwargs.items()}
        if self.count < 0:
            raise ValueError(
                "rows: got no argument that has rows; all of them are shared or static"
            )

    def _taken(self, name: str, x: Any, is_shared: bool) -> Callable[[int], Any]:
        """Return a function that gives the argument of a row."""
        if not is_shared:
            return self._split(name, x)
        if isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.dtype.itemsize < 8:
            x = x.astype(np.float64)
        inputs: list[float] = []
        try:
            form_of(x, inputs)
        except Nodes:
            self._refuse(name, x)
        self.blocks.append(np.array(inputs))
        return lambda row: x

    def _refuse(self, name: str, x: Any) -> None:
        raise TypeError(
            f"rows: got {shown(x)} for {name}; it takes numbers, and ag.vectorize takes variables"
        )

    def _split(self, name: str, x: Any) -> Callable[[int], Any]:
        if isinstance(x, (list, tuple)) and not hasattr(x, "_make"):
            leaves: list[Any] = []
            mapped(x, leaves.append)
            if all(isinstance(leaf, NUMBERS) for leaf in leaves):
                try:
                    x = np.array(x, np.float64)
                except ValueError:
                    raise ValueError(f"rows: got rows of several lengths for {name}") from None
        if isinstance(x, np.ndarray):
            return self._column(name, x)
        if isinstance(x, (Value, Tensor)):
            self._refuse(name, x)
        if isinstance(x, dict):
            fields = {key: self._split(f"{name}[{key!r}]", each) for key, each in x.items()}
            return lambda row: {key: take(row) for key, take in fields.items()}
        if isinstance(x, (list, tuple)):
            takers = [self._split(f"{name}[{i}]", each) for i, each in enumerate(x)]
            kind: Any = getattr(x, "_make", type(x))
            return lambda row: kind([take(row) for take in takers])
        if isinstance(x, (float, complex, np.floating, np.complexfloating)):
            raise ValueError(
                f"rows: got {shown(x)} for {name}, which has no axis of rows; "
                f"what all rows have is named in shared=({name.split('[')[0]!r},)"
            )
        return lambda row: x

    def _column(self, name: str, x: Any) -> Callable[[int], Any]:
        if x.dtype.kind not in "biuf" or x.dtype.itemsize > 8:
            raise TypeError(
                f"rows: got an array of {x.dtype} for {name}; it takes numbers of 64 bits"
            )
        if x.ndim == 0:
            raise ValueError(
                f"rows: got an array without axes for {name}; its first one has to be the rows, or "
                "its name is in shared="
            )
        if self.count < 0:
            self.count, self._first = len(x), name
        if self.count != len(x):
            raise ValueError(
                f"rows: got {self.count} rows of {self._first} and {len(x)} of {name}; "
                "what all rows have is named in shared="
            )
        array = np.require(x, np.float64, "A")
        self.blocks.append(array.reshape(len(x), math.prod(x.shape[1:])))
        if x.ndim == 1:
            return lambda row: float(array[row]) if len(array) else 0.0
        return lambda row: array[row].copy() if len(array) else np.zeros(x.shape[1:])

    def row(self, row: int) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments of a row; of no rows, some that have the form."""
        return [take(row) for take in self.args], {k: take(row) for k, take in self.kwargs.items()}

    def inputs(self, row: int) -> list[float]:
        """Return the numbers of a row."""
        return [
            x for block in self.blocks for x in (block if block.ndim == 1 else block[row]).tolist()
        ]

    def form(self) -> Form:
        """Return the form that the arguments of each row have."""
        args, kwargs = self.row(0)
        form = form_of(tuple(args), [])
        return ("call", form, form_of(kwargs, [])) if kwargs else form

    def shared(self) -> tuple[bool, ...]:
        """Return, for each input, whether rows share it."""
        return tuple([b.ndim == 1 for b in self.blocks for _ in range(b.shape[-1])])
