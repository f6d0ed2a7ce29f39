"""Operations, as every node refers to them: the base of the rows of all tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Row:
    """Operation with its rule: a row of a table, or one that a user wrote.

    Tables have `Elementary` ones (of numbers, and of arrays element by element), `Nary` ones (of
    any number of numbers) and `Structural` ones (of arrays).
    """

    name: str
    doc: str = ""
    sign: str = ""
    """Notation where it is not the name, such as "+"."""
    options: int = 0
    """Number of arguments after the operands that are not differentiated by, such as ddof."""
    is_custom = False
    """True where a user gave the derivative of this one node."""
    flat: Callable[..., Any] | None = None
    """Condition under which a choice leaves out each operand; None where there is no such side.

    The operand then has no influence, not only here but all around, and gets no gradient, not even
    0 times an infinite slope.
    """
    of_square: Callable[..., Any] | None = None
    """Derivatives of z*z/2, where that is smooth and z has a kink at 0."""
    keeps: bool = False
    """True where the value is a pair: the result, and something saved for the pullbacks."""
    fused: int | None = None
    """Index of the argument that names a fused activation."""
    asks: bool = False
    """True where the last argument, None, stands for the mask of what counts of the result.

    Pullbacks get it there where not all does.
    """
    undefined: str = ""
    """Why a derivative is nan where there is none."""
    takes_complex: bool = False
    """True where the rule holds for complex operands, too; see complexes.py."""

    @property
    def notation(self) -> str:
        """Notation in formulas: a sign, or the name."""
        return self.sign or self.name

    @property
    def infix(self) -> bool:
        """True where the notation is a sign, written between or before the operands."""
        return not self.notation.isidentifier()

    def split(self, operands: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Return the operands of a node, and the options after them."""
        count = len(operands) - self.options
        return operands[:count], operands[count:]


class Scalar(Row):
    """Operation of numbers xs, written in any arithmetic `m`; options follow the operands."""

    many = False
    """True where the operands are given in a list."""
    value: Callable[..., Any]
    partials: Callable[..., Sequence[Any]]

    def given(self, xs: Sequence[Any]) -> Sequence[Any]:
        """Return the operands as `value` and `partials` take them."""
        return (xs,) if self.many else xs

    def value_of(self, m: Any, xs: Sequence[Any], *options: Any) -> Any:
        """Return the value."""
        return self.value(m, *self.given(xs), *options)

    def partials_of(self, m: Any, xs: Sequence[Any], z: Any, *options: Any) -> Sequence[Any]:
        """Return the partials by all operands."""
        return self.partials(m, *self.given(xs), z, *options)

    def flats_of(self, m: Any, xs: Sequence[Any], z: Any) -> Sequence[Any]:
        """Return, for each operand, whether a choice leaves it out."""
        if self.flat is None:
            return (0,) * len(xs)
        found: Sequence[Any] = self.flat(m, xs, z) if self.many else self.flat(m, *xs)
        return found
