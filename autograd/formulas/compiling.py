"""Functions compiled from rows of the table, by printing their formulas as Python.

A row is compiled for a kind of operands, "v" a node and "c" a constant, when it is first needed. Of
Values it gives a node; where its float formula meets the edge of IEEE 754, at which Python raises,
it is evaluated again in arithmetic that does not. Its value and its pullback are also compiled over
other functions: those of arrays, and those of nodes, whose derivatives are graphs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from autograd.arithmetic.base import Arithmetic
from autograd.arithmetic.floats import PRIMITIVES, RAISED, evaluate
from autograd.formulas.formula import (
    Dialect,
    Formula,
    Tracer,
    partial_formulas,
    share_formulas,
    statements,
    value_formula,
    variables,
)
from autograd.formulas.generated import compile_function
from autograd.recording import recording
from autograd.rules.elementary import BUILT_IN, Elementary

Function = Callable[..., Any]

NODE = """\
def {name}({operands}):
    try:
        {body}
    except RAISED:
        z, partials = at_the_edge({numbers})
{result}
"""
INLINE = """\
    node = new(Node)
    node._data = z
    node._row = row
    {links}
    node._partials = partials
    if unusual and recording.attend(node):
        node._row = None
        node._operands = node._parents = node._partials = ()
    return node"""
CALL = "    return node(row, z, ({operands},), partials, 0, False)"
CONSTANT = "    return z"

SPECIAL = {"inf": math.inf, "nan": math.nan}
"""Constants that print as names."""


class Python(Dialect):
    """Dialect of compiled Python; `scope` has its names beside the functions of formulas."""

    scope: Mapping[str, Any] = SPECIAL

    def call(self, op: str, texts: list[str]) -> str:
        """Return a call; a user's function may have the name of a variable or a keyword."""
        return super().call(op if op in BUILT_IN else f"{op}_", texts)

    def body(self, lines: list[str]) -> list[str]:
        """Return the body of a function, from its statements."""
        return lines


PYTHON = Python()


def node_source(row: Elementary, kind: str, result: str = INLINE) -> str:
    """Return the source of a function of Values and floats for a row; `result` makes the node."""
    m = Tracer(PRIMITIVES)
    value, partials = value_formula(row, m), partial_formulas(row, m)
    chosen = [partial for partial, k in zip(partials, kind) if k == "v"]
    lines, texts = statements(chosen, named={"z": value})
    names = variables(row)
    values = [x for x, k in zip(names, kind) if k == "v"]
    upper = [x.upper() if k == "v" else x for x, k in zip(names, kind)]
    parents = f"({', '.join(x.upper() for x in values)},)"
    links = f"node._operands = ({', '.join(upper)},)\n    node._parents = {parents}"
    if "c" not in kind:
        links = f"node._operands = node._parents = {parents}"
    reads = [f"{x} = {x.upper()}._data" for x in values]
    lines.append(f"partials = ({''.join(f'{text}, ' for text in texts)})")
    return NODE.format(
        name=f"{row.name}_{kind}",
        operands=", ".join(upper),
        body="\n        ".join([*reads, *lines]),
        numbers=", ".join(names),
        result=(result if values else CONSTANT).format(links=links, operands=", ".join(upper)),
    )


def compile_node(node: type, core: ModuleType | None, row: Elementary, kind: str) -> Function:
    """Compile the function of Values and floats for a row; floats alone give a float."""
    known: Function | None = core.function(row.name) if core and row.name in BUILT_IN else None
    if known is not None:
        return known

    def at_the_edge(*numbers: float) -> tuple[float, tuple[float, ...]]:
        z, partials = evaluate(row, *numbers)
        return z, tuple(d for d, k in zip(partials, kind) if k == "v")

    scope = {**PRIMITIVES, **SPECIAL, "RAISED": RAISED, "at_the_edge": at_the_edge, "row": row}
    scope |= {"new": object.__new__, "Node": node, "recording": recording}
    scope["unusual"] = recording.unusual  # one list, as long as there is a process
    if core:
        scope["node"] = core.node
    source = node_source(row, kind, CALL if core else INLINE)
    return compile_function(source, f"{row.name}_{kind}", scope)


def compile_pullback(
    row: Elementary,
    kind: str,
    over: str,
    m: Arithmetic,
    primitives: Iterable[str] | None = None,
    dialect: Python = PYTHON,
) -> Function:
    """Compile a function (g, z, x0, ...) -> shares of operands of kind "v", in an arithmetic."""
    shares = share_formulas(row, kind, Tracer(primitives))
    name, operands = f"{row.name}_{kind}_pullback_of_{over}", ["g", "z", *variables(row)]
    return compile_formulas(shares, name, operands, m, dialect)


CALLED = r"(?<![\w.])(\w+)\("
"""Pattern of a function that a source calls."""


def compile_formulas(
    wanted: Formula | list[Formula],
    name: str,
    operands: list[str],
    m: Arithmetic,
    dialect: Python = PYTHON,
) -> Function:
    """Compile a function that computes one formula, or a tuple of several, in an arithmetic."""
    several = wanted if isinstance(wanted, list) else [wanted]
    lines, texts = statements(several, dialect)
    result = f"({', '.join(texts)},)" if several is wanted else texts[0]
    body = "".join([f"    {line}\n" for line in dialect.body([*lines, f"return {result}"])])
    called = {*re.findall(CALLED, body)} - {*dialect.scope}
    scope = {**dialect.scope, **{op: getattr(m, op.removesuffix("_")) for op in called}}
    return compile_function(f"def {name}({', '.join(operands)}):\n{body}", name, scope)
