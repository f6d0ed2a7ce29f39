"""Passes of kernels that need not be exact: fewer, and polynomials in the place of NumPy's loops.

The counterpart of `near` for programs of arrays. A product is fused into the sum that alone reads
it, and the slope of tanh, which its row has in eight passes, is one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.compiling.passes import ONE, Operand, Pass
from autograd.compiling.polynomials import OF_SINGLE, PLAIN, POLYNOMIALS

NEAR = {
    **{(getattr(np, op), "d"): f"near_{op}_d" for op in POLYNOMIALS if op not in PLAIN},
    **{(getattr(np, op), "f"): f"near_{op}_f" for op in OF_SINGLE},
}
"""Loops of the C core in the place of those of functions, by their types."""
FUSED = {np.add: ("fma", "fma"), np.subtract: ("fms", "fnma")}
"""Passes that a sum becomes when its first or second operand is the product."""


def near(
    passes: Sequence[Pass], hidden: Collection[int], number: Callable[[Operand], float | None]
) -> list[Pass]:
    """Return the passes of a run, off by some units in the last place, and faster.

    Hidden are the results that nothing outside the run needs; `number` gives an operand that is
    always one number.
    """
    return _with_polynomials(_Fusing(passes, hidden, number).fused())


def _with_polynomials(passes: Sequence[Pass]) -> list[Pass]:
    found = []
    for one in passes:
        known = isinstance(one.function, np.ufunc) and one.function.types[one.loop]
        name = NEAR.get((one.function, known[0])) if known and known[0] == known[-1] else None
        found.append(one if name is None else one._replace(function=name, loop=0))
    return found


class _Fusing:
    """Passes while they are brought together."""

    def __init__(self, passes: Sequence[Pass], hidden: Collection[int], number: Any) -> None:
        self.passes, self.number = passes, number
        uses: dict[int, int] = {}
        made: dict[int, list[int]] = {}
        """For each result the passes that make it, or write into it."""
        for k, one in enumerate(passes):
            made.setdefault(one.result, []).append(k)
            for i in one.reads:
                uses[i] = uses.get(i, 0) + 1
        self.uses, self.made = uses, made
        self.inside = {i for i, of in made.items() if i in hidden and len(of) == 1}
        """Results of one pass alone that are needed in the run alone."""

    def fused(self) -> list[Pass]:
        """Return the passes; those that nothing needs any longer are left out."""
        found = [self._slope(one) or self._sum(k, one) or one for k, one in enumerate(self.passes)]
        needed = set[int]()
        kept = []
        for one in reversed(found):
            if one.result not in self.inside or one.result in needed:
                kept.append(one)
                needed.update(one.reads)
        return kept[::-1]

    def _pass_of(self, x: Operand, function: Any) -> Pass | None:
        """Return the pass that makes an operand, where it is one of a function."""
        if x.place not in self.inside or x.conversion:
            return None
        one = self.passes[self.made[x.place][0]]
        return one if one.function is function else None

    def _sum(self, k: int, one: Pass) -> Pass | None:
        """Return a sum with the product that it alone reads as one pass."""
        if one.function not in FUSED or one.function.types[one.loop][0] not in "fd":
            return None
        for at in (1, 0):
            x, other = one.operands[at], one.operands[1 - at]
            product = self._pass_of(x, np.multiply)
            if product is None or self.uses[x.place] > 1 or self._slope(product) is not None:
                continue
            a, b = product.operands
            if b.kind == ONE:
                a, b = b, a
            if b.kind != ONE and self._stay([a, b], self.made[x.place][0], k):
                name = f"{FUSED[one.function][at]}_{one.function.types[one.loop][0]}"
                return one._replace(function=name, loop=0, operands=(a, b, other))
        return None

    def _stay(self, operands: Sequence[Operand], begin: int, end: int) -> bool:
        """Return whether no pass from one to before another writes into operands."""
        return not any(begin < k < end for x in operands for k in self.made.get(x.place, ()))

    def _slope(self, one: Pass) -> Pass | None:
        """Return the square of 2 * e / (1 + e * e), for e = exp(-abs(x)), as one pass."""
        if one.function is not np.multiply or one.operands[0] != one.operands[1]:
            return None
        quotient = self._pass_of(one.operands[0], np.divide)
        if quotient is None or quotient.function.types[quotient.loop] != "dd->d":
            return None
        twice = self._pass_of(quotient.operands[0], np.multiply)
        total = self._pass_of(quotient.operands[1], np.add)
        if twice is None or total is None or self.number(twice.operands[0]) != 2.0:
            return None
        square = self._pass_of(total.operands[1], np.multiply)
        e = twice.operands[1]
        if square is None or self.number(total.operands[0]) != 1.0 or square.operands != (e, e):
            return None
        x = e
        first, last = 0, self.made[one.result][0]
        for function in (np.exp, np.negative, np.absolute):
            step = self._pass_of(x, function)
            if step is None:
                return None
            first, (x,) = self.made[step.result][0], step.operands
        return (
            one._replace(function="near_tanh_slope_d", loop=0, operands=(x,))
            if self._stay([x], first, last)
            else None
        )


def number_of(constants: Mapping[int, Any]) -> Callable[[Operand], float | None]:
    """Return a function that gives an operand which is always one number."""

    def number(x: Operand) -> float | None:
        value = x.constant if x.place < 0 else constants.get(x.place)
        return None if value is None or np.size(value) != 1 else float(np.asarray(value).item())

    return number
