"""Formula and local derivatives of one node, with the names of its operands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.arithmetic.base import COMPARISONS, Arithmetic, Operators
from autograd.arithmetic.floats import Ieee, floats
from autograd.explaining.arrays import rules as array_rules
from autograd.explaining.formulas import partials_of
from autograd.explaining.ledger import local_derivatives
from autograd.explaining.notations import (
    TEXT,
    latex_name,
    latex_of,
    operator_name,
    text_of,
    told_name,
)
from autograd.explaining.simplifying import SHORT, simplified
from autograd.formulas.formula import Formula, name, number, statements
from autograd.nodes import is_node
from autograd.rules import elementary
from autograd.rules.elementary import TABLE, Elementary
from autograd.rules.nary import Nary
from autograd.rules.row import Scalar

MOST_OPERANDS = 32
"""Largest number of operands for which formulas are printed, unless they are short."""
LONG = 60
"""Number of operations above which a formula has its common parts named."""


@dataclass(frozen=True)
class Derivative:
    """Derivative of a node by one of its operands."""

    position: int
    """Index of the operand."""
    by: str
    """Label of the operand."""
    formula: str | None
    """Derivative as a formula, or, where `is_share`, the operand's share of the cotangent g."""
    latex: str | None
    value: Any
    """Number; an array in the node's shape for an elementary operation of Tensors; or None."""
    is_share: bool = False
    """True where the operation moves and mixes elements, so that no factor belongs to each."""


def labels_of(nodes: Iterable[Any]) -> dict[Any, str]:
    """Return labels for the nodes, no two alike: their names, else v1, v2, ... in their order."""
    nodes = list(nodes)
    taken = {node.name for node in nodes if node.name}
    found: dict[Any, str] = {}
    used: set[str] = set()
    count = 0
    for node in nodes:
        label = node.name
        while not label:
            count += 1
            label = f"v{count}" if f"v{count}" not in taken else None
        again, unique = 1, label
        while unique in used or (again > 1 and unique in taken):
            again += 1
            unique = f"{label}_{again}"
        used.add(unique)
        found[node] = unique
    return found


def operand_labels(node: Any, labels: dict[Any, str]) -> list[str]:
    """Return labels for the operands of a node; constants by their numbers, arrays c1, c2, ..."""
    taken = set(labels.values())
    found, count = [], 0
    for x in node.operands:
        if is_node(x):
            found.append(labels[x])
        elif isinstance(x, (np.ndarray, list)):
            count += 1
            while f"c{count}" in taken:
                count += 1
            found.append(f"c{count}")
        else:
            found.append(_option(x))
    return found


def _option(x: Any) -> str:
    if isinstance(x, (bool, np.bool)) or not isinstance(x, (int, float, np.number)):
        return str(x)
    return text_of(simplified(number(float(x))))


def _operand(x: Any, label: str) -> Formula:
    is_number = isinstance(x, (int, float, np.number)) and not isinstance(x, np.ndarray)
    return number(float(x)) if is_number else name(label)


def formula_of(node: Any, labels: dict[Any, str]) -> tuple[str, str]:
    """Return the formula of a node by its operands, as text and in LaTeX."""
    row, texts = node.row, operand_labels(node, labels)
    if (
        row is elementary.where and len(node.operands) == 2
    ):  # a Value has the operand that was chosen
        return told_name(texts[1]), latex_name(texts[1])
    if isinstance(row, Elementary) and TABLE.get(row.name) is row:
        f = Formula(row.name, *map(_operand, node.operands, texts))
        return text_of(f), latex_of(f)
    words = _words(row, len(texts))
    shown, latex = [], []
    for x, text, word in zip(node.operands, texts, words):
        if isinstance(x, tuple) or x is None or x is False:
            continue
        is_name = is_node(x) or isinstance(x, (np.ndarray, list))
        told = told_name(text) if is_name else text
        shown.append(told if is_name or not word else f"{word}={told}")
        latex.append(
            latex_name(text) if is_name else latex_name(f"{word}={text}" if word else text + " ")
        )
    if len(shown) > 8:
        shown = [*shown[:6], "…", shown[-1]]
        latex = [*latex[:6], r"\ldots", latex[-1]]
    if row.name == "matmul":
        return " @ ".join(shown), r" \, ".join(latex)
    arguments = rf"\left( {', '.join(latex)} \right)"
    return f"{told_name(row.name)}({', '.join(shown)})", operator_name(row.name) + arguments


def _words(row: Any, count: int) -> list[str]:
    """Return the names of options; "" for operands."""
    value = getattr(row, "value", None)
    code = getattr(value, "__code__", None)
    if isinstance(row, Nary):
        words = list(code.co_varnames[2 : code.co_argcount]) if code else []
        return [""] * (count - row.options) + words[: row.options]
    names = list(code.co_varnames[: code.co_argcount]) if code else []
    return names if len(names) == count and not isinstance(row, Elementary) else [""] * count


def derivatives_of(node: Any, labels: dict[Any, str]) -> list[Derivative]:
    """Return the local derivatives by the operands that are nodes, from the operation's row."""
    row, texts = node.row, operand_labels(node, labels)
    wanted = [i for i, x in enumerate(node.operands) if is_node(x)]
    values = local_derivatives(node) if wanted else []
    is_share = not isinstance(row, Scalar) and bool(wanted)
    spelled: Sequence[tuple[str, str] | None] = [None] * len(texts)
    if is_share and all(value is None for value in values):
        spelled = array_rules(node, texts)
    elif isinstance(row, Scalar):
        is_share = False
        spelled = [None if f is None else _spelled(f) for f in _formulas(node, texts, labels)]
    return [
        Derivative(
            i,
            texts[i],
            None if (pair := spelled[i]) is None else pair[0],
            None if pair is None else pair[1],
            values[i],
            is_share and values[i] is None,
        )
        for i in wanted
    ]


def _spelled(f: Formula) -> tuple[str, str]:
    if f.size <= LONG:
        return text_of(f), latex_of(f)
    lines, (text,) = statements([f], TEXT)
    return "; ".join([*lines, text]), latex_of(f)


def _formulas(node: Any, texts: list[str], labels: dict[Any, str]) -> Sequence[Formula | None]:
    """Return the local derivatives by all operands as formulas."""
    row = node.row
    z = name(labels[node])
    if row is elementary.where and len(node.operands) == 2:
        return [None, number(1)]
    xs = list(map(_operand, node.operands, texts))
    if isinstance(row, Elementary):
        return partials_of(row, xs, z)
    operands, options = row.split(node.operands)
    traced = [Traced(f, _number(x)) for f, x in zip(xs, operands)]
    if options and row.name.endswith("softmax"):
        options = [int(i) for i in options]
    partials = row.partials(TRACED, traced, Traced(z, node.data), *options)
    formulas = [p.formula if isinstance(p, Traced) else number(p) for p in partials]
    few = len(xs) <= MOST_OPERANDS
    return [simplified(f) if few or f.size <= SHORT else None for f in formulas]


def _number(x: Any) -> float:
    return float(x.data) if is_node(x) else float(x)


class Traced(Operators):
    """Formula with its number, which decides where the partials of an n-ary operation branch."""

    def __init__(self, formula: Formula, value: float) -> None:
        self.formula, self.value = formula, Ieee(value)

    def operated(self, op: str, *operands: Any) -> Any:
        """Apply an operator; of a comparison the answer is that of the numbers."""
        if op in COMPARISONS:
            x, y = map(_traced, operands)
            return COMPARISONS[op](float(x.value), y.value)
        return TRACED.applied(TABLE[op], *operands)

    def __eq__(self, other: object) -> bool:
        return float(self.value) == _traced(other).value

    __hash__ = None  # type: ignore[assignment]  # as numbers that may change


def _traced(x: Any) -> Traced:
    return x if isinstance(x, Traced) else Traced(number(x), x)


class _Traced(Arithmetic):
    """Arithmetic of formulas with their numbers."""

    def applied(self, row: Scalar, *operands: Any) -> Traced:
        """Apply an operation to formulas and to their numbers."""
        xs = [_traced(x) for x in (operands[0] if row.many else operands)]
        value = getattr(floats, row.name)(*row.given([x.value for x in xs]))
        return Traced(Formula(row.name, *(x.formula for x in xs)), value)


TRACED = _Traced()
