"""The primitives as the tape machine of the C core has them, printed when the core is built."""

from __future__ import annotations

from autograd.compiling.primitives import PRIMITIVES, Primitive

SHAPES = {1: "TAPE_UNARY", 2: "TAPE_BINARY", 3: "TAPE_TERNARY"}
"""Lists of the primitives of so many operands."""


def _entry(primitive: Primitive) -> str:
    operands = [f"x{i}" for i in range(primitive.arity)]
    return f"    X({primitive.name}, {primitive.c.format(*operands)})"


def headers() -> dict[str, str]:
    """Return the header of the core with a list X(name, expression of x0, x1, ...) a shape.

    A list X(name) has those that the C library computes, and LLVM does not.
    """
    text = "/* Written by compiling/tape_source.py from compiling/primitives.py. */\n#pragma once\n"
    for arity, shape in SHAPES.items():
        entries = [_entry(each) for each in PRIMITIVES.values() if each.arity == arity]
        text += " \\\n".join([f"#define {shape}(X)", *entries]) + "\n"
    library = [f"    X({each.name})" for each in PRIMITIVES.values() if not each.llvm]
    text += " \\\n".join(["#define TAPE_LIBRARY(X)", *library]) + "\n"
    return {"tape_primitives.h": text}
