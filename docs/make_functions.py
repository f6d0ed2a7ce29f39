"""Writes docs/functions.md from the table of operations: python docs/make_functions.py."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
from autograd import arrays, fft, linalg, networks, shapes
from autograd.arithmetic.floats import PRIMITIVES
from autograd.formulas.formula import Tracer, name, number
from autograd.rules.complexes import COUNTERPARTS
from autograd.rules.elementary import ALIASES, CONDITION, REAL, TABLE, Elementary
from autograd.rules.nary import NARY
from autograd.tensors.complexes import TAKE_COMPLEX
from autograd.tensors.protocols import NUMPY, numpy_name
from autograd.tensors.ufuncs import knows

LONG = 140
"""Characters of a formula that nobody reads in a table."""
HEAD = """\
# Functions

Written by `python docs/make_functions.py` from the rows of
[autograd/rules/elementary.py](../autograd/rules/elementary.py); a test keeps it current.
`z` stands for the value of the function itself. Each takes numbers, arrays, lists, Values and
Tensors.

The domain is where a function is finite and differentiable, but for its kinks, where it has
one-sided derivatives only, and its poles, where it or a derivative is infinite. At a kink the
derivative is what the formula gives there: 0 for `relu`, `abs` and `sign`, half for each of two
equal operands of `maximum` and `minimum`. Outside the domain the arithmetic is that of IEEE 754.

| function | value | derivative by each operand | domain | kinks where 0 | poles where 0 |
|---|---|---|---|---|---|
"""
REDUCTIONS = """
## Reductions

Each is one node, of any number of operands.

| function | meaning |
|---|---|
"""
ARRAYS = """
## Functions of arrays

Of arrays, Tensors, and lists and arrays with Values in them, with derivatives of any order.

| function | meaning |
|---|---|
"""
COVERAGE = """
## NumPy's functions

How many of those that NumPy 2.4 hands to a Tensor it knows, by what they owe it, as
[numpy_functions.toml](numpy_functions.toml) classifies them. Others raise a TypeError. All have
NumPy's options; the few values that are refused, with the reasons, are the list `REFUSED`
of [test_numpy_signatures.py](../tests/test_numpy_signatures.py), which calls every option.

| of NumPy's | with a derivative | missing | without one | missing |
|---|---|---|---|---|
"""
KNOWN = """
The functions that a Tensor knows, besides ufuncs:

"""


VALUES = """
## Values among arrays

A Value beside an array of numbers gives a Tensor, computed at NumPy's speed, of which the Value is
an operand; beside an array without axes or a number of NumPy it stays a Value. An array of objects
with Values in it stays one: it is computed element by element, by methods of the elements that
NumPy calls, as in `np.hypot(objects, objects)` or `np.std(objects)`; one Tensor of it,
`ag.array(objects)`, is much faster. Some of NumPy's ufuncs have no loop for objects; there, use
those of this package:

"""


COMPLEX = """
## Complex numbers

A Tensor may be of complex64 or complex128; [conventions.md](conventions.md) says which of the
gradients in use it has. These take complex numbers, and `fft`; all others would have to compare or
round them, and refuse. `fft.rfft` and its like take real numbers only, as NumPy's do.

"""


def complex_ones() -> str:
    """The operations and functions that take complex numbers."""
    rows = [r.name for r in TABLE.values() if r.takes_complex or r in COUNTERPARTS]
    both = {*rows, *TAKE_COMPLEX}
    return ", ".join(sorted(both))


def interval(domain: tuple[float, float], operand: str) -> str:
    """A domain in words."""
    low, high = domain
    if domain is CONDITION:
        return f"{operand} holds or not"
    if domain == REAL:
        return ""
    if high == inf:
        return f"{operand} > {low:g}"
    return f"{low:g} < {operand} < {high:g}"


def formula(f: Callable[..., Any] | None, *operands: Any) -> str:
    """A formula of the row as text."""
    if f is None:
        return ""
    found = f(Tracer((*TABLE, *PRIMITIVES)), *operands)
    several = found if isinstance(found, tuple) else (found,)
    texts = [re.sub(r"\.0\b", "", str(x if hasattr(x, "op") else number(x))) for x in several]
    return "<br>".join(f"`{text}`" if len(text) < LONG else "in its row" for text in texts)


def line(row: Elementary) -> str:
    """The line of one function."""
    operands = [name(x) for x in row.operands]
    aliases = sorted(a for a, of in ALIASES.items() if of == row.name and a != row.name)
    also = f"<br>NumPy's {', '.join(aliases)}" if aliases else ""
    doc = row.doc.replace("|", "\\|")
    domains = [text for d, x in zip(row.domain, row.operands) if (text := interval(d, x))]
    return (
        f"| **{row.name}**({', '.join(row.operands)})<br>{doc}{also} "
        f"| {formula(row.value, *operands)} "
        f"| {formula(row.partials, *operands, name('z'))} "
        f"| {', '.join(domains) or 'all numbers'} "
        f"| {formula(row.kinks, *operands)} "
        f"| {formula(row.poles, *operands)} |\n"
    )


def summary(function: Any) -> str:
    """Return the first paragraph of a docstring, as a line of a table."""
    first, *_ = function.__doc__.split("\n\n")
    return " ".join(first.split()).replace("|", "\\|")


def without_objects() -> str:
    """The functions for ufuncs of NumPy that know no arrays of objects."""
    ufuncs = {name: each for name, each in vars(np).items() if isinstance(each, np.ufunc)}
    without = [name for name, each in ufuncs.items() if not any("O" in t for t in each.types)]
    ours = {ALIASES.get(name, name) for name in without} & {*ag.__all__}
    return ", ".join(f"`ag.{name}`" for name in sorted(ours))


def coverage() -> str:
    """How many of NumPy's functions Tensors know, by module, and which are missing."""
    classes = tomllib.loads(Path(__file__).with_name("numpy_functions.toml").read_text())
    lines = []
    for label, kind, prefix in (
        ("ufuncs", "ufuncs", ""),
        ("functions", "functions", ""),
        ("`linalg`", "functions", "linalg."),
        ("`fft`", "functions", "fft."),
    ):
        cells = []
        for has_derivative in ("with_derivative", "without"):
            names = classes[kind][has_derivative].split()
            names = [n for n in names if n.rpartition(".")[0] == prefix.rstrip(".")]
            missing = [n for n in names if not knows(_numpys(n))]
            cells += [f"{len(names) - len(missing)} of {len(names)}", ", ".join(missing)]
        lines.append(f"| {label} | {' | '.join(cells)} |\n")
    return "".join(lines)


def _numpys(name: str) -> Any:
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def document() -> str:
    """The page."""
    reductions = "".join(f"| **{op.name}** | {op.doc} |\n" for op in NARY.values())
    plain = ("matmul", "reshape", "transpose", *shapes.__all__, *arrays.__all__)
    arrays_of = [(n, getattr(ag, n)) for n in plain]
    arrays_of += [(n, f) for n, f in vars(networks).items() if n in ag.__all__]
    arrays_of += [(f"linalg.{n}", getattr(linalg, n)) for n in linalg.__all__]
    arrays_of += [(f"fft.{n}", getattr(fft, n)) for n in fft.__all__]
    lines = [f"| **{n}** | {summary(f)} |\n" for n, f in arrays_of]
    known = ", ".join(sorted(numpy_name(function) for function in NUMPY))
    rows = HEAD + "".join(map(line, TABLE.values())) + REDUCTIONS + reductions
    values = f"{VALUES}{without_objects()}.\n"
    values += f"{COMPLEX}{complex_ones()}.\n"
    return f"{rows}{ARRAYS}{''.join(lines)}{values}{COVERAGE}{coverage()}{KNOWN}{known}.\n"


if __name__ == "__main__":
    Path(__file__).with_name("functions.md").write_text(document())
