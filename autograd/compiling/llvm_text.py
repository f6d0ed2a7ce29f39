"""Instructions of LLVM, on one double or on several at once: a dialect of primitives."""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Iterable, Sequence
from math import inf

from autograd.arithmetic.floats import PRIMITIVES as FUNCTIONS
from autograd.compiling.polynomials import PLAIN, POLYNOMIALS
from autograd.compiling.primitives import PRIMITIVES
from autograd.formulas.formula import Formula, Tracer, name

BIASED, ROOT, WHOLE = 0x3FF << 52, 0x3FE6A09E667F3BCD, 0x433 << 52
"""As bits of doubles: the exponent of 1, sqrt(1/2), and 2 ** 52, whose last bits are an integer."""
FMA = "call {double} @llvm.fma.{kind}({double} {0}, {double} {1}, {double} {2})"
BITWISE: dict[str, tuple[str, ...]] = {
    "fma": (FMA,),
    "fms": ("fneg {double} {2}", FMA.replace("{2}", "{3}")),
    "fnma": ("fneg {double} {0}", FMA.replace("{0}", "{3}")),
    "pow2": (
        "bitcast {double} {0} to {int}",
        "shl {int} {1}, int(52)",
        f"add {{int}} {{2}}, int({BIASED})",
        "bitcast {int} {3} to {double}",
    ),
    "exponent": (
        "bitcast {double} {0} to {int}",
        f"sub {{int}} {{1}}, int({ROOT})",
        f"add {{int}} {{2}}, int({BIASED})",
        "lshr {int} {3}, int(52)",
        f"or {{int}} {{4}}, int({WHOLE})",
        "bitcast {int} {5} to {double}",
        f"fsub {{double}} {{6}}, real({2.0**52 + 1023})",
    ),
    "significand": (
        "bitcast {double} {0} to {int}",
        f"sub {{int}} {{1}}, int({ROOT})",
        f"and {{int}} {{2}}, int({(1 << 52) - 1})",
        f"add {{int}} {{3}}, int({ROOT})",
        "bitcast {int} {4} to {double}",
    ),
}
"""Operations that polynomials are computed with, beside the primitives."""
STEPS: dict[str, tuple[str, ...]] = dict.fromkeys(PLAIN, ())
STEPS |= {name: primitive.llvm for name, primitive in PRIMITIVES.items()} | BITWISE
CALLED = frozenset([name for name, steps in STEPS.items() if not steps])
"""Primitives that the C library, or a polynomial, computes."""
CONDITIONS = frozenset([name for name, each in PRIMITIVES.items() if each.is_condition])
TRUTHS = ("and", "or", "not")
"""Primitives of truths alone; `where` has one as its first operand."""
PAIR = "tanh_slope", "tanh"
"""Polynomials that one function computes, where both are needed of an operand."""
BOTH = "both_of_tanh"
_written_out = Tracer((*FUNCTIONS, *BITWISE))


class Writer:
    """Writer of instructions in single assignment, on `width` doubles at once.

    `polynomials` has the primitives that are computed as polynomials: by a call, or written out in
    place, where those of one operand share what they have in common.
    """

    def __init__(
        self, width: int = 1, polynomials: Iterable[str] = (), is_inlined: bool = False
    ) -> None:
        self.width, self.polynomials = width, frozenset(polynomials)
        self.is_inlined = is_inlined
        self._inner: dict[str, dict[Formula, str]] = {}
        self.double, self.truth, self.int = (
            scalar if width == 1 else f"<{width} x {scalar}>" for scalar in ("double", "i1", "i64")
        )
        self.lines: list[str] = []
        self.called: set[str] = set()
        """Primitives that are called: functions of the C library, or polynomials."""
        self._steps: dict[str, list[str]] = {}
        self._count = 0

    def anew(self) -> Writer:
        """Return a writer like this one, for another module."""
        return Writer(self.width, self.polynomials, self.is_inlined)

    def let(self, text: str) -> str:
        """Write an instruction, and return the name of its result."""
        self._count += 1
        result = f"%t{self._count}"
        self.lines.append(f"{result} = {text}")
        return result

    def number(self, value: float) -> str:
        """Return a constant, with all its bits."""
        return self._splat("double", f"0x{struct.pack('>d', value).hex().upper()}")

    def _splat(self, scalar: str, text: str) -> str:
        return text if self.width == 1 else f"splat ({scalar} {text})"

    def primitive(self, op: str, operands: Sequence[str]) -> str:
        """Write a primitive, and return the name of its result."""
        if self.is_inlined and op in self.polynomials and not self._goes_beyond(op):
            known = self._inner.setdefault(operands[0], {name("x"): operands[0]})
            return self.formula(_formula(op), known)
        steps = self._steps.get(op)
        if steps is None:
            steps = self._steps[op] = self._prepared(op, len(operands))
        names = [*operands]
        for step in steps:
            names.append(self.let(step.format(*names)))
        return names[-1]

    def pair(self, operand: str) -> tuple[str, str]:
        """Write the polynomials of `PAIR`, and return the names of their results."""
        self.called.add(BOTH)
        kind = self._result(BOTH)
        found = self.let(f"call {kind} @{self._function(BOTH)}({self.double} {operand})")
        first, second = (self.let(f"extractvalue {kind} {found}, {i}") for i in (0, 1))
        return first, second

    def _prepared(self, op: str, arity: int) -> list[str]:
        """Return the steps of a primitive, of which all but the names of operands is known."""
        steps = STEPS[op]
        if not steps or op in self.polynomials:
            self.called.add(op)
            operands = ", ".join([f"{{double}} {{{i}}}" for i in range(arity)])
            steps = (f"call {{double}} @{self._function(op)}({operands})",)
        kind = "f64" if self.width == 1 else f"v{self.width}f64"
        types = {"double": self.double, "truth": self.truth, "int": self.int, "kind": kind}
        prepared = []
        for step in steps:
            text = re.sub(r"\{([a-z]+)\}", lambda m: types[m[1]], step)
            text = re.sub(r"\breal\(([^)]*)\)", lambda m: self.number(float(m[1])), text)
            text = re.sub(r"\bint\((\d+)\)", lambda m: self._splat("i64", m[1]), text)
            text = re.sub(r"\btruth\((\w+)\)", lambda m: self._splat("i1", m[1]), text)
            prepared.append(text)
        return prepared

    def _result(self, op: str) -> str:
        return f"{{{self.double}, {self.double}}}" if op == BOTH else self.double

    def _function(self, op: str) -> str:
        if op in self.polynomials or op == BOTH:
            return f"polynomial_{op}_{self.width}"
        return f"c_{op}" if self.width == 1 else f"each_{op}_{self.width}"

    def formula(self, f: Formula, names: dict[Formula, str]) -> str:
        """Write a formula, each of its parts once, and return the name of its result."""
        if f not in names:
            if f.op == "number":
                names[f] = self.number(float(f.arguments[0]))
            else:
                names[f] = self.primitive(f.op, [self.formula(a, names) for a in f.arguments])
        return names[f]

    def declared(self) -> list[str]:
        """Return the declarations of what the instructions call."""
        return [
            f"declare {self._result(op)} @{self._function(op)}"
            f"({', '.join([self.double] * (PRIMITIVES[op].arity if op in PRIMITIVES else 1))})"
            for op in sorted(self.called)
        ]

    def of_library(self) -> list[str]:
        """Return the functions of the C library that the instructions lead to."""
        beyond = [op for op in self.called if self._goes_beyond(op)]
        return sorted(beyond)

    def _goes_beyond(self, op: str) -> bool:
        if op in self.polynomials:
            return POLYNOMIALS[op].within < inf
        return op != BOTH

    def functions(self) -> list[str]:
        """Return the module of the functions that the instructions call, if there is one."""
        found = [_polynomial(op, self.width) for op in sorted(self.called & self.polynomials)]
        found += [_both(self.width)] if BOTH in self.called else []
        beyond = self.of_library()
        if self.width > 1:
            found += [_each(op, self.width) for op in beyond]
        scalars = Writer()
        scalars.called |= {*beyond}
        return ["\n".join([*scalars.declared(), *found, ""])] if found else []


def _each(op: str, width: int) -> str:
    """Return the function that has the C library compute a primitive, lane by lane."""
    lanes, arity = f"<{width} x double>", PRIMITIVES[op].arity
    w = Writer()
    places = [w.let(f"alloca {lanes}, align {8 * width}") for _ in range(arity)]
    for i, place in enumerate(places):
        w.lines.append(f"store {lanes} %x{i}, ptr {place}")
    for lane in range(width):
        at = [w.let(f"getelementptr double, ptr {place}, i64 {lane}") for place in places]
        z = w.primitive(op, [w.let(f"load double, ptr {each}") for each in at])
        w.lines.append(f"store double {z}, ptr {at[0]}")
    parameters = ", ".join([f"{lanes} %x{i}" for i in range(arity)])
    head = f"{lanes} @each_{op}_{width}({parameters})"
    result = w.let(f"load {lanes}, ptr {places[0]}")
    return function(head, [*w.lines, f"ret {lanes} {result}"])


@functools.cache
def _formula(op: str) -> Formula:
    found: Formula = POLYNOMIALS[op].value(_written_out, name("x"))
    return found


def _polynomial(op: str, width: int) -> str:
    """Return the function of a polynomial; lanes beyond its reach are the C library's."""
    w = Writer(width)
    within = POLYNOMIALS[op].within
    z = w.formula(_formula(op), {name("x"): "%x0"})
    if within < inf:
        near = w.primitive("le", [w.primitive("abs", ["%x0"]), w.number(within)])
        lanes = w.let(f"bitcast {w.truth} {near} to i{width}")
        all_near = w.let(f"icmp eq i{width} {lanes}, -1")
        w.lines += [f"br i1 {all_near}, label %near, label %far"]
        w.lines += ["near:", f"ret {w.double} {z}", "far:"]
        z = w.primitive("where", [near, z, w.primitive(op, ["%x0"])])
    head = f"{w.double} @polynomial_{op}_{width}({w.double} %x0)"
    return function(head, [*w.lines, f"ret {w.double} {z}"])


def _both(width: int) -> str:
    """Return the function of the polynomials of `PAIR`."""
    w, names = Writer(width), {name("x"): "%x0"}
    kind, found = f"{{{w.double}, {w.double}}}", "poison"
    for i, op in enumerate(PAIR):
        z = w.formula(_formula(op), names)
        found = w.let(f"insertvalue {kind} {found}, {w.double} {z}, {i}")
    head = f"{kind} @polynomial_{BOTH}_{width}({w.double} %x0)"
    return function(head, [*w.lines, f"ret {kind} {found}"])


def function(head: str, lines: Iterable[str]) -> str:
    """Return a function: its head, and what it does."""
    body = "\n".join(lines)
    return f"define {head} nounwind {{\n{body}\n}}"
