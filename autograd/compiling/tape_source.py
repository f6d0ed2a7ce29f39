"""The primitives as the tape machine of the C core has them, printed when the core is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from autograd.arithmetic.floats import PRIMITIVES as FUNCTIONS
from autograd.compiling.polynomials import PLAIN, POLYNOMIALS
from autograd.compiling.primitives import PRIMITIVES
from autograd.formulas.c_source import COMPARISONS, Doubles
from autograd.formulas.formula import Formula, Tracer, name

SHAPES = {1: "TAPE_UNARY", 2: "TAPE_BINARY", 3: "TAPE_TERNARY"}
"""Lists of the primitives of so many operands."""
HEAD = "/* Written by compiling/tape_source.py from compiling/{}.py. */\n"


def _list(shape: str, entries: list[str]) -> str:
    return " \\\n    ".join([f"#define {shape}(X)", *entries]) + "\n"


def primitives_header() -> str:
    """Return a list X(name, expression of x0, x1, ...) for each number of operands.

    Lists X(name) have those that the C library computes and LLVM does not, and the polynomials, of
    which some are near within a distance only, and some are primitives of near programs alone.
    """
    text = HEAD.format("primitives") + "#pragma once\n"
    for arity, shape in SHAPES.items():
        operands = [f"x{i}" for i in range(arity)]
        text += _list(
            shape,
            [
                f"X({each.name}, {each.c.format(*operands)})"
                for each in PRIMITIVES.values()
                if each.arity == arity
            ],
        )
    text += _list(
        "TAPE_LIBRARY", [f"X({each.name})" for each in PRIMITIVES.values() if not each.llvm]
    )
    near = [op for op, polynomial in POLYNOMIALS.items() if polynomial.within < inf]
    rest = [op for op in POLYNOMIALS if op not in near and op not in PLAIN]
    text += _list("TAPE_POLYNOMIALS", [f"X({op})" for op in rest])
    text += _list("TAPE_NEAR_ALONE", [f"X({op}, ISA(near_{op})(x0))" for op in PLAIN])
    return text + _list("TAPE_NEAR", [f"X({op}, {POLYNOMIALS[op].within!r})" for op in near])


class Machine(Doubles):
    """Dialect of C for the functions of one instruction set, whose names are those of ISA()."""

    functions: Mapping[str, str] = {
        **Doubles.functions,
        **{op: f"ISA({op})" for op in ("fma", "pow2", "exponent", "significand")},
    }

    def choice(self, f: Formula, texts: list[str]) -> str:
        """Return a where(condition, x, y), by bits and not by branches."""
        return f"ISA(choose)({', '.join(texts)})"


MACHINE = Machine()
OPERATIONS = Tracer((*FUNCTIONS, *Machine.functions))


def _function(op: str, value: Callable[..., Any]) -> str:
    """Return a polynomial, or what stands for it, as a function.

    Each of its operations is a statement: what is computed in one branch of a choice alone, no
    compiler would compute for several numbers at once.
    """
    names: dict[Formula, str] = {}
    lines: list[str] = []

    def visit(f: Formula) -> None:
        if f in names or f.op in ("name", "number"):
            return
        for each in f.arguments:
            visit(each)
        if f.op not in COMPARISONS:
            text, _ = MACHINE.spell(f, names)
            names[f] = f"t{len(names)}"
            lines.append(MACHINE.assignment.format(names[f], text))

    visit(result := value(OPERATIONS, name("x0")))
    body = "".join([f"    {line}\n" for line in [*lines, f"return {names[result]};"]])
    return f"static inline double ISA(near_{op})(double x0) {{\n{body}}}\n"


def polynomials_header() -> str:
    """Return the polynomials as functions; the header is read once for each instruction set.

    Where nothing is fused there are none, and the C library takes their places.
    """
    near = "".join([_function(op, each.value) for op, each in POLYNOMIALS.items()])
    plain = "".join([_function(op, value) for op, value in PLAIN.items()])
    return HEAD.format("polynomials") + f"#ifdef FUSED\n{near}#else\n{plain}#endif\n"


def headers() -> dict[str, str]:
    """Return the headers of the core that the tape machine includes."""
    return {
        "tape_primitives.h": primitives_header(),
        "tape_polynomials.h": polynomials_header(),
    }
