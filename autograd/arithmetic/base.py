"""Bases of arithmetics, in which rows are evaluated, and of their numbers."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from autograd.rules.elementary import TABLE
from autograd.rules.nary import NARY
from autograd.rules.row import Scalar


class Arithmetic:
    """Arithmetic `m` of the rows: `m.exp(x)` is one of its primitives, or the operation `exp`.

    Primitives are attributes. Any other operation is `applied`, which computes its formula unless
    an arithmetic has another way.
    """

    def __init__(self, **primitives: Callable[..., Any]) -> None:
        vars(self).update(primitives)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        row: Scalar | None = TABLE.get(name) or NARY.get(name)
        if row is None:
            raise AttributeError(f"{name} is no operation")
        return functools.partial(self.applied, row)

    def applied(self, row: Scalar, *operands: Any) -> Any:
        """Apply an operation that is no primitive; one of many operands has them in a list."""
        return row.value(self, *operands)


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
"""Comparisons that a row may use."""


class Operators:
    """Base of numbers: each operator is the operation of that name, `operated`."""

    __slots__ = ()

    def operated(self, op: str, *operands: Any) -> Any:
        """Apply "add", "sub", "mul", "div", "neg", or a comparison: "lt", "le", "gt", "ge"."""
        raise NotImplementedError

    def __neg__(self) -> Any:
        return self.operated("neg", self)

    def __add__(self, other: Any) -> Any:
        return self.operated("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.operated("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return self.operated("sub", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.operated("sub", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.operated("mul", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.operated("mul", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.operated("div", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.operated("div", other, self)

    def __lt__(self, other: Any) -> Any:
        return self.operated("lt", self, other)

    def __le__(self, other: Any) -> Any:
        return self.operated("le", self, other)

    def __gt__(self, other: Any) -> Any:
        return self.operated("gt", self, other)

    def __ge__(self, other: Any) -> Any:
        return self.operated("ge", self, other)
