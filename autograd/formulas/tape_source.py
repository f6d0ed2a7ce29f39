"""Operations of the tape machine, printed as C from what every row is written in.

A program is a list of these operations, and nothing of it is stated a second time: the text of each
is that of the formula dialect that prints the rest of the core.
"""

from __future__ import annotations

from autograd.arithmetic.floats import PRIMITIVES
from autograd.formulas.formula import SIGN, Dialect, Formula, name
from autograd.rules.elementary import TABLE

OPERANDS: dict[str, int] = {
    **dict.fromkeys(SIGN, 2),
    "neg": 1,
    "where": 3,
    **{op: len(TABLE[op].operands) if op in TABLE else 1 for op in PRIMITIVES},
}
"""Number of operands of every operation of a program."""
SHAPES = {1: "TAPE_UNARY", 2: "TAPE_BINARY", 3: "TAPE_TERNARY"}


def operation_text(op: str, dialect: Dialect) -> str:
    """Return an operation of x0, x1, ... as text."""
    return dialect.spell(Formula(op, *(name(f"x{i}") for i in range(OPERANDS[op]))), {})[0]


def tape_header(dialect: Dialect) -> str:
    """Return a list X(op, text) of all operations for each number of operands."""
    return "".join(
        f"#define {shape}(X) \\\n"
        + " \\\n".join(
            f"    X({op}, {operation_text(op, dialect)})" for op in OPERANDS if OPERANDS[op] == n
        )
        + "\n"
        for n, shape in SHAPES.items()
    )
