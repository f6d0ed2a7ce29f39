"""Functions of Values made from the rows of the table, by printing their formulas as Python.

For every row and kind of operands, "v" a Value and "c" a constant, a function is made when it is
first needed. A float formula that meets the edge of IEEE 754, where Python raises, is evaluated
again from its row in arithmetic that does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from autograd.floats import PRIMITIVES, RAISED, evaluate
from autograd.ops import BUILT_IN, TABLE, Elementary
from autograd.printers import (
    Tracer,
    name,
    partial_formulas,
    statements,
    times,
    value_formula,
    variables,
)
from autograd.recording import recording

NODE = """\
def {name}({operands}):
    {reads}
    try:
        {body}
        partials = ({partials})
    except RAISED:
        z, partials = at_the_edge({numbers})
{result}
"""
INLINE = """\
    node = new(Node)
    node._data = z
    if recording.unusual and recording.attend(node):
        node._row = None
        node._operands = node._parents = node._partials = ()
        return node
    node._row = row
    {links}
    node._partials = partials
    return node"""
CALL = "    return node(row, z, ({operands},), partials, 0, False)"
CONSTANT = """\
def {name}({operands}):
    try:
        {body}
    except RAISED:
        z, _ = at_the_edge({operands})
    return z
"""
RULE = """\
def {name}(g, z, {operands}):
    {body}
    return ({shares},)
"""


SPECIAL = {"inf": math.inf, "nan": math.nan}
"""Constants that print as names."""


def node_source(row: Elementary, kind: str, result: str = INLINE) -> str:
    """The Python function that applies a row to Values and floats; `result` makes the node."""
    m = Tracer(TABLE, PRIMITIVES)
    value, partials = value_formula(row, m), partial_formulas(row, m)
    chosen = [partial for partial, k in zip(partials, kind) if k == "v"]
    lines, texts = statements(chosen, named={"z": value})
    names = variables(row)
    values = [x for x, k in zip(names, kind) if k == "v"]
    upper = [x.upper() if k == "v" else x for x, k in zip(names, kind)]
    parents = f"({', '.join(x.upper() for x in values)},)"
    links = f"node._operands = ({', '.join(upper)},); node._parents = {parents}"
    if "c" not in kind:
        links = f"node._operands = node._parents = {parents}"
    return (NODE if values else CONSTANT).format(
        name=f"{row.name}_{kind}",
        operands=", ".join(upper),
        reads="; ".join(f"{x} = {x.upper()}._data" for x in values),
        body="\n        ".join(lines),
        partials="".join(f"{text}, " for text in texts),
        numbers=", ".join(names),
        result=result.format(links=links, operands=", ".join(upper)),
    )


def rule_source(row: Elementary, kind: str) -> str:
    """The Python function that gives each operand of kind "v" its share, as a graph."""
    partials = partial_formulas(row, Tracer(TABLE))
    shares = [times(name("g"), partial) for partial, k in zip(partials, kind) if k == "v"]
    lines, texts = statements(shares)
    return RULE.format(
        name=f"{row.name}_{kind}",
        operands=", ".join(variables(row)),
        body="\n    ".join(lines) or "pass",
        shares=", ".join(texts),
    )


class OfRows(dict[Any, Callable[..., Any]]):
    """Functions made from rows and kinds of operands when they are first needed.

    Those of a row that people have defined are kept with it, so that none outlives it.
    """

    def __missing__(self, key: Any) -> Callable[..., Any]:
        row, kind = key if type(key) is tuple else (key, "")
        is_ours: bool = row.name in BUILT_IN and TABLE.get(row.name) is row
        made = self if is_ours else row.made.setdefault(type(self), {})
        if key not in made:
            made[key] = self.make(row, kind)
        found: Callable[..., Any] = made[key]
        return found

    def make(self, row: Elementary, kind: str) -> Callable[..., Any]:
        """The function of a row for operands of a kind."""
        raise NotImplementedError


class Made(OfRows):
    """The functions made so far; of constants alone they give a float, else a node."""

    def __init__(self, node: type, library: ModuleType | None = None) -> None:
        self._node, self._library = node, library

    def make(self, row: Elementary, kind: str) -> Callable[..., Any]:
        """The function of a row for operands of a kind."""
        core = self._library
        known: Callable[..., Any] | None = (
            core.function(row.name) if core and row.name in BUILT_IN else None
        )
        if known is not None:
            return known

        def at_the_edge(*numbers: float) -> tuple[float, tuple[float, ...]]:
            z, partials = evaluate(row, *numbers)
            return z, tuple(d for d, k in zip(partials, kind) if k == "v")

        scope = {**PRIMITIVES, **SPECIAL, "RAISED": RAISED, "at_the_edge": at_the_edge, "row": row}
        scope |= {"new": object.__new__, "Node": self._node, "recording": recording}
        if core:
            scope["node"] = core.node
        source = node_source(row, kind, CALL if core else INLINE)
        return _compiled(source, f"{row.name}_{kind}", scope)


class Rules(OfRows):
    """The functions (g, z, x, ...) -> shares made so far, over functions of nodes."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = functions

    def make(self, row: Elementary, kind: str) -> Callable[..., tuple[Any, ...]]:
        """The function of a row for operands of a kind."""
        source = rule_source(row, kind)
        scope = {name: self._functions[name] for name in TABLE if f"{name}(" in source} | SPECIAL
        return _compiled(source, f"{row.name}_{kind}", scope)


def _compiled(source: str, name: str, scope: dict[str, Any]) -> Callable[..., Any]:
    exec(compile(source, f"<{name}, made from the table>", "exec"), scope)
    function: Callable[..., Any] = scope[name]
    return function
