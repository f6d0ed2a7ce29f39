"""Comparisons that a function makes of its variables: on which side of them its graph holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from autograd import derivatives, modes, value
from autograd.arithmetic import arrays
from autograd.compiling.keys import is_key
from autograd.nodes import is_node
from autograd.rules.structural import bare as array_of
from autograd.value import Value, bare
from autograd.watching import unwatched, watched

Comparison = tuple[str, Any, Any, Any]
"""Comparison as "lt", or predicate as "isnan": what it is of, nodes, numbers or arrays; the answer.

A predicate has None on the other side. "read" is a node whose numbers a function took, with its
name: no comparison is known of what it found.
"""
Result = TypeVar("Result")

ORDERS = {each.__name__: each for each in arrays.COMPARISONS.values()}
PREDICATES = {each.__name__: each for each in arrays.PREDICATES if each.nin == 1}
PREDICATES.pop("logical_not")


def compared(function: Callable[[], Result]) -> tuple[Result, list[Comparison]]:
    """Call a function, and return the comparisons of Values and Tensors that it makes too.

    >>> import autograd as ag
    >>> x = ag.Value(2.0, name="x")
    >>> compared(lambda: x if x > 1.0 else -x)
    (Value(data=2.0, grad=0.0, name='x'), [('gt', Value(data=2.0, grad=0.0, name='x'), 1.0, True)])
    """
    watcher = _Comparisons()
    return watched(watcher, function), watcher.found


class _Comparisons:
    """Watcher that notes comparisons, and leaves all else as it is."""

    def __init__(self) -> None:
        self.found: list[Comparison] = []

    def asked(self, what: str, x: Any, y: Any) -> Any:
        """Note a comparison, predicate or truth."""
        if what == "bool":
            what, y = "ne", 0.0
        if what in ORDERS:
            self._note(what, x, y, ORDERS[what])
        elif what in PREDICATES:
            self._note(what, x, None, PREDICATES[what])
        elif what == "read" and is_node(x):
            self.found.append((what, x, y, None))
        elif what == "round":
            self.found.append(("read", x, what, None))
        elif what == "hash" and is_key():
            self.found.append(("read", x, "a dict or set", None))
        return NotImplemented

    def _note(self, what: str, x: Any, y: Any, function: Callable[..., Any]) -> None:
        numbers = [array_of(bare(side)) for side in ((x,) if y is None else (x, y))]
        try:
            self.found.append((what, x, y, function(*numbers)))
        except (TypeError, ValueError):  # which who compares will meet too
            return

    def told(self, predicate: Callable[..., Any], operands: Sequence[Any]) -> Any:
        """Note what a predicate of NumPy says of Values and numbers."""
        compare = arrays.COMPARISONS.get(predicate, predicate)  # type: ignore[call-overload]
        if any(type(x) is Value for x in operands):
            first, *rest = operands
            self.asked(compare.__name__.strip("_"), first, rest[0] if rest else None)
        return predicate(*map(bare, operands))

    # Ordinary answers

    def is_number(self, x: Any) -> bool:
        """Return that no Value stands for a number."""
        return False

    def number(self, x: Value) -> float:
        """Return the number of a Value."""
        return unwatched(bare, x)  # type: ignore[no-any-return]

    def left_out(self, *operands: Any) -> Sequence[bool]:
        """Return, for each operand of a row, whether its choice leaves it out."""
        return unwatched(value.left_out, *operands)

    def made_inside(self, ys: Sequence[Any], level: int) -> bool:
        """Return whether the ys were made from leaves of this level, and numbers."""
        return unwatched(modes.all_made_inside, ys, level)

    def reverse(self, ys: Any, xs: Any, seeds: Any, level: int) -> list[Any] | None:
        """Return derivatives, in reverse mode."""
        return unwatched(modes.pullback, ys, xs, seeds, False, level)

    def forward(self, ys: Any, xs: Any, tangents: Any, level: int) -> list[list[Any]] | None:
        """Return derivatives, in forward mode."""
        return unwatched(modes.pushforward, ys, xs, tangents, False, level)

    def sweeps(self, ys: Any, xs: Any, seeds: Any) -> list[list[float]] | None:
        """Return derivatives for many seeds."""
        return unwatched(derivatives.reverse, ys, xs, seeds)
