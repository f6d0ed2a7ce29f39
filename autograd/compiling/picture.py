"""Programs as graphs of Values, to draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.arithmetic.base import COMPARISONS
from autograd.compiling.plans import ArrayProgram, refs
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Program, compute_of
from autograd.formulas.formula import SIGN
from autograd.rules.elementary import TABLE
from autograd.rules.row import Row
from autograd.tensors.node import leaf_array, new
from autograd.tensors.tensor import Tensor
from autograd.value import Value, node_of


class Drawn(Row):
    """Primitive that is no row of the table, as it is drawn."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sign = SIGN[name] if name in COMPARISONS else ""


DRAWN: dict[str, Any] = {
    name: TABLE[name] if name in TABLE and name != "where" else Drawn(name) for name in PRIMITIVES
}


def nodes(
    program: Program, inputs: Sequence[float]
) -> tuple[list[Value], list[tuple[Value, bool]]]:
    """Return the outputs and guards of a program at a point, as nodes without derivatives.

    The guards come once more, each with its expected truth.
    """
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
    found = {i: x if type(x := slots[i]) is Value else Value(x) for i in wanted}
    return [*found.values()], [(found[slot], expected) for slot, expected in program.guards]


def nodes_of_arrays(program: ArrayProgram) -> list[Tensor]:
    """Return the outputs of a program of arrays as it was recorded, as nodes without derivatives.

    What is neither an array nor a number, such as a pair of them, is left out between its own
    operands and what is computed from it.
    """
    of = {i: [Tensor(_shown(program.samples[i]), name=f"x{i}")] for i in range(program.inputs)}
    for step in program.code:
        operands = [x for i in dict.fromkeys(refs([step.args, step.kwargs])) for x in of.get(i, ())]
        for i in step.writes or (step.result,):
            sample = program.samples[i] if i >= 0 else None
            of[i] = [_drawn(step, sample, operands)] if _is_number(sample) else operands
    return [x for i in dict.fromkeys(program.outputs) for x in of.get(i, ())]


def _is_number(x: Any) -> bool:
    return isinstance(x, (np.ndarray, np.generic, float, int))


def _shown(x: Any) -> Any:
    """Return an array of floating numbers for anything."""
    return leaf_array(x, None) if _is_number(x) else np.zeros(())


def _drawn(step: Any, sample: Any, operands: Sequence[Any]) -> Any:
    """Return a node of a step."""
    node = new()
    node._data, node._row = _shown(sample), Drawn(getattr(step.function, "__name__", "call"))
    node._operands = node._parents = node._inputs = tuple(operands)
    node._pull = None
    return node
