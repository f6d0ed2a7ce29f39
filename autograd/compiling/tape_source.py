"""The primitives as the tape machine of the C core has them, printed when the core is built."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from autograd.arithmetic.floats import PRIMITIVES as FUNCTIONS
from autograd.compiling.polynomials import OF_SINGLE, PLAIN, POLYNOMIALS
from autograd.compiling.primitives import PRIMITIVES
from autograd.formulas.c_source import COMPARISONS, Reals, element_source
from autograd.formulas.formula import Formula, Tracer, name
from autograd.rules.elementary import TABLE

SHAPES = {1: "TAPE_UNARY", 2: "TAPE_BINARY", 3: "TAPE_TERNARY"}
"""Lists of the primitives of so many operands."""
HEAD = "/* Written by compiling/tape_source.py from compiling/{}.py. */\n"


def _list(shape: str, entries: list[str]) -> str:
    return " \\\n    ".join([f"#define {shape}(X)", *entries]) + "\n"


def primitives_header() -> str:
    """Return a list X(name, expression of x0, x1, ...) for each number of operands.

    Lists X(name) have those that the C library computes and LLVM does not, and the polynomials, of
    which some are near within a distance only, some are primitives of near programs alone, and some
    are there in single precision, too.
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
    text += _list("TAPE_OF_SINGLE", [f"X({op})" for op in OF_SINGLE])
    text += _list("TAPE_POLYNOMIALS", [f"X({op})" for op in rest])
    text += _list("TAPE_NEAR_ALONE", [f"X({op}, ISA(near_{op})(x0))" for op in PLAIN])
    return text + _list("TAPE_NEAR", [f"X({op}, {POLYNOMIALS[op].within!r})" for op in near])


class Machine(Reals):
    """Dialect of C for the functions of one instruction set, whose names are those of ISA()."""

    def __init__(self, real: str = "double") -> None:
        super().__init__(real)
        self.real, self._type = real, "_float" if real == "float" else ""

    def call(self, op: str, texts: list[str]) -> str:
        """Return a call of the C library, or of what has no branches."""
        if op in OWN:
            return f"ISA({OWN[op]}{self._type})({', '.join(texts)})"
        return super().call(op, texts)

    def choice(self, f: Formula, texts: list[str]) -> str:
        """Return a where(condition, x, y), by bits and not by branches."""
        return f"ISA(choose{self._type})({', '.join(texts)})"


OWN = {op: op for op in ("fma", "pow2", "exponent", "significand")} | {"exp": "near_exp"}
"""Functions of an instruction set by their names in formulas."""
MACHINE = Machine()
OPERATIONS = Tracer((*FUNCTIONS, *OWN))


def _function(op: str, value: Callable[..., Any], machine: Machine = MACHINE) -> str:
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
            text, _ = machine.spell(f, names)
            names[f] = f"t{len(names)}"
            lines.append(machine.assignment.format(names[f], text))

    visit(result := value(OPERATIONS, name("x0")))
    body = "".join([f"    {line}\n" for line in [*lines, f"return {names[result]};"]])
    return f"static inline {machine.real} ISA(near_{op})({machine.real} x0) {{\n{body}}}\n"


def polynomials_header() -> str:
    """Return the polynomials as functions; the header is read once for each instruction set.

    Where nothing is fused there are none, and the C library takes their places.
    """
    near = "".join([_function(op, each.value) for op, each in POLYNOMIALS.items()])
    near += "".join([_function(f"{op}_float", f, Machine("float")) for op, f in OF_SINGLE.items()])
    plain = "".join([_function(op, value) for op, value in PLAIN.items()])
    plain += "".join(
        [
            f"static inline float ISA(near_{op}_float)(float x0) {{ return {op}f(x0); }}\n"
            for op in OF_SINGLE
        ]
    )
    return HEAD.format("polynomials") + f"#ifdef FUSED\n{near}#else\n{plain}#endif\n"


def elements_header() -> str:
    """Return functions of an element of single precision, for each instruction set."""
    text = element_source(TABLE["sigmoid"], "value_and_slope", "float", Machine("float"))
    return f"/* Written by compiling/tape_source.py from rules/elementary.py. */\n{text}"


def headers() -> dict[str, str]:
    """Return the headers of the core that its machines include."""
    return {
        "tape_primitives.h": primitives_header(),
        "tape_polynomials.h": polynomials_header(),
        "tensor_elements.h": elements_header(),
    }
