"""Calls back into Python: functions whose derivative is given by hand, as operations of a program.

Only the machine of Python runs them: a program that has one runs there, whatever was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from autograd.compiling.program import Builder, Called, Program


def called(program: Program) -> str:
    """Return the names of the functions that a program calls, as a part of a message."""
    if not isinstance(program.code, tuple):  # which the C core made
        return ""
    names = [op.function for op, _ in program.code if isinstance(op, Called) and op.function]
    return ", ".join(dict.fromkeys(names))


class CallsError(Exception):
    """Recording that needs a builder in Python, for a program that calls Python."""


class Calls:
    """Calls in a recording, which are written into its program."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self.made = 0
        self._made: dict[Any, tuple[Any, list[int], int]] = {}
        self._partials: dict[Any, list[int]] = {}

    def _several(
        self, text: str, name: str, compute: Callable[..., Any], operands: Sequence[int]
    ) -> int:
        self.made += 1
        return self._builder.call(Called.of(f"{text} {name}", name, compute), operands)

    def _one(self, several: int, k: int) -> int:
        return self._builder.call(Called.of(f"item {k}", "", itemgetter(k)), [several])

    def _call(self, row: Any, reference: Callable[[Any], int]) -> tuple[Any, list[int], int]:
        """Write down a call; return it without its nodes, its operands and its results."""
        if row.call not in self._made:
            call = row.call.without_nodes()
            xs = [reference(row.call.leaves[i]) for i in call.nodes]
            several = self._several("call", call.name, lambda *x: call.results_of(x), xs)
            self._made[row.call] = call, xs, several
        return self._made[row.call]

    def result(self, row: Any, reference: Callable[[Any], int]) -> int:
        """Return the reference of the number that is a row's."""
        _, _, several = self._call(row, reference)
        return self._one(several, row.place)

    def partials(self, row: Any, reference: Callable[[Any], int]) -> list[int]:
        """Return the references of its derivatives by all Values among the operands."""
        if row not in self._partials:
            call, xs, several = self._call(row, reference)
            k = row.place
            found = self._several(
                "pullback of",
                call.name,
                lambda outs, *x: call.partials_of(k, outs, x),
                [several, *xs],
            )
            self._partials[row] = [self._one(found, i) for i in range(len(xs))]
        return self._partials[row]
