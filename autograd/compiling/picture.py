"""Programs as graphs of Values, to draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.arithmetic.base import COMPARISONS
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Program, compute_of
from autograd.formulas.formula import SIGN
from autograd.rules.elementary import TABLE
from autograd.rules.row import Row
from autograd.value import Value, node_of


class Drawn(Row):
    """Primitive that is no row of the table, as it is drawn."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sign = SIGN[name] if name in COMPARISONS else ""


DRAWN: dict[str, Any] = {
    name: TABLE[name] if name in TABLE and name != "where" else Drawn(name) for name in PRIMITIVES
}


def nodes(program: Program, inputs: Sequence[float]) -> list[Value]:
    """Return the outputs and guards of a program at a point, as nodes without derivatives."""
    slots: list[Any] = [Value(x, name=f"x{i}") for i, x in enumerate(inputs)]
    slots += program.constants
    numbers: list[Any] = [*inputs, *program.constants]
    for op, places in program.code:
        operands = [slots[i] for i in places]
        numbers.append(z := compute_of(op)(*[numbers[i] for i in places]))
        row = DRAWN.get(op) or Drawn(op)
        shown = float(z[0] if isinstance(z, list) else z)
        slots.append(node_of(row, shown, operands, [0.0 for x in operands if type(x) is Value]))
    wanted = [*program.outputs, *[guard.slot for guard in program.guards]]
    found = [slots[i] for i in dict.fromkeys(wanted)]
    return [x if type(x) is Value else Value(x) for x in found]
