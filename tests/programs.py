"""Random programs: inputs, constants, and one operation after another."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from autograd.arithmetic.base import COMPARISONS
from autograd.arithmetic.floats import PRIMITIVES, divide, floats
from autograd.formulas.tape_source import OPERANDS

OF_FLOATS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": divide,
    "neg": operator.neg,
    "where": floats.where,
    **COMPARISONS,
    **{op: getattr(floats, op) for op in PRIMITIVES},
}
EDGES = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    710.0,
    -745.5,
    1e-310,
    1e308,
    math.inf,
    -math.inf,
    math.nan,
)
numbers = st.sampled_from(EDGES) | st.floats(-4, 4) | st.floats()


class Listing(NamedTuple):
    """A program in the order that the tape machine takes it."""

    inputs: int
    constants: tuple[float, ...]
    code: tuple[tuple[str, tuple[int, ...]], ...]
    outputs: tuple[int, ...]
    guards: tuple[tuple[int, bool], ...]

    def numbers(self, inputs: Sequence[float]) -> list[float]:
        """What is in every slot."""
        slots = [*map(float, inputs), *self.constants]
        for op, operands in self.code:
            slots.append(float(OF_FLOATS[op](*(slots[i] for i in operands))))
        return slots

    def run(self, inputs: Sequence[float]) -> list[float] | int:
        """The outputs, or the index of the first guard that does not hold."""
        slots = self.numbers(inputs)
        for i, (slot, expected) in enumerate(self.guards):
            if bool(slots[slot]) != expected:
                return i
        return [slots[i] for i in self.outputs]


@st.composite
def listings(draw: st.DrawFn, most: int = 30, guards: int = 3) -> Listing:
    """Programs of every operation, which use recent results more than once, and some never."""
    inputs, constants = draw(st.integers(0, 4)), tuple(draw(st.lists(numbers, max_size=3)))
    first = inputs + len(constants)
    code: list[tuple[str, tuple[int, ...]]] = []
    for k in range(first, first + draw(st.integers(0, most)) if first else 0):
        op = draw(st.sampled_from([*OPERANDS, "add", "sub", "mul", "mul", "div", "where"]))
        recent = st.integers(max(0, k - 6), k - 1) | st.integers(0, k - 1)
        code.append((op, tuple(draw(recent) for _ in range(OPERANDS[op]))))
    slot = st.integers(0, first + len(code) - 1) if first else st.nothing()
    outputs = draw(st.lists(slot, max_size=4)) if first else []
    checked = draw(st.lists(st.tuples(slot, st.booleans()), max_size=guards)) if first else []
    return Listing(inputs, constants, tuple(code), tuple(outputs), tuple(checked))


def same(xs: Any, ys: Any) -> bool:
    """Whether numbers are equal to the last bit; a nan equals any."""
    if isinstance(xs, int) or isinstance(ys, int):
        return bool(xs == ys)
    return [repr(float(x)) for x in xs] == [repr(float(y)) for y in ys]
