"""Explanation of a node: its operation, its local derivatives, and the terms of its gradient."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic.floats import PRIMITIVES
from autograd.explaining.ledger import Contribution, terms
from autograd.explaining.notations import latex_name, latex_of, told, told_name
from autograd.explaining.rules import (
    Derivative,
    derivatives_of,
    formula_of,
    labels_of,
    operand_labels,
)
from autograd.formulas.formula import number
from autograd.graph import backward_order
from autograd.nodes import is_node
from autograd.rules.elementary import TABLE

MOST = 8
"""Largest number of derivatives and contributions that are shown; the rest is counted."""


class Explanation:
    """Explanation of a node, as text (`str`), in LaTeX, and as data.

    In a notebook it shows its LaTeX.
    """

    def __init__(self, node: Any, root: Any, seed: Any) -> None:
        self._node, self._root = node, root
        self._labels = labels_of(backward_order([root])[::-1]) if root is not None else {}
        if node not in self._labels:
            self._labels = _local_labels(node)
        self._derivatives: list[Derivative] = derivatives_of(node, self._labels)
        self._entries = None if root is None else terms(root, node, seed)
        self._gradient: Any = node.grad if node.has_grad else None
        if self._entries:
            self._gradient = self._entries[-1].after
        elif root is node:
            self._gradient = (1.0 if seed is None else seed) if np.ndim(node.data) == 0 else seed
        elif root is not None:
            self._gradient = 0.0

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"

    @property
    def name(self) -> str:
        """Label of the node: its name, or a systematic one."""
        return self._labels[self._node]

    @property
    def text(self) -> str:
        """Explanation in words, on several lines."""
        return "\n".join([*self._about(), *self._told_derivatives(), *self._told_gradient()])

    def _about(self) -> Iterator[str]:
        node, name = self._node, told_name(self.name)
        if node.row is None:
            yield f"{name} = {told(node.data)}, a leaf of the graph"
        else:
            yield f"{name} = {formula_of(node, self._labels)[0]} = {told(node.data)}"
            doc = node.row.doc or "an operation with a pullback of its own"
            yield f"  {node.op}: {doc}"
        if node.line:
            path = "".join(c if c.isprintable() else "?" for c in node.line[0])
            yield f"  at {path}:{node.line[1]}"
        texts = operand_labels(node, self._labels)
        met: set[str] = set()
        operands = []
        for x, text in zip(node.operands, texts):
            is_array = isinstance(x, (np.ndarray, list))
            if text not in met and (is_node(x) or is_array):
                met.add(text)
                constant = ", a constant" if is_array else ""
                operands.append(
                    f"{told_name(text)} = {told(x.data if is_node(x) else x)}{constant}"
                )
        yield from _few([f"  with {operand}" for operand in operands])

    def _told_derivatives(self) -> Iterator[str]:
        if not self._derivatives:
            return
        yield "local derivatives:"
        name = told_name(self.name)
        root = "L" if self._root is None else told_name(self._labels.get(self._root, "L"))
        lines = []
        for d in self._derivatives:
            by = told_name(d.by)
            if d.is_share:
                rule = d.formula or "given by the pullback of the operation"
                lines.append(f"  share of {by}, from g = ∂{root}/∂{name}: {rule}")
                continue
            parts = [f"∂{name}/∂{by}", d.formula, None if d.value is None else told(d.value)]
            if d.formula == parts[2]:
                parts[2] = None
            lines.append("  " + " = ".join(part for part in parts if part))
        yield from _few(lines)
        for op in sorted({op for d in self._derivatives for op in _unusual(d.formula or "")}):
            yield f"  where {op}(...) is: {TABLE[op].doc}"

    def _told_gradient(self) -> Iterator[str]:
        node, name = self._node, told_name(self.name)
        if self._root is None:
            if self._gradient is None:
                yield "gradient: none yet, no backward pass has reached it"
            else:
                yield f"gradient: {told(self._gradient)}, as the last backward pass left it"
                yield "  (root=... tells what it is made of)"
            return
        root = told_name(self._labels.get(self._root, "root"))
        if node is self._root:
            yield f"gradient ∂{root}/∂{name} = {told(self._gradient)}: the pass starts here"
            return
        if not self._entries:
            yield f"gradient ∂{root}/∂{name} = 0: {root} was not computed from it"
            return
        uses = "one use" if len(self._entries) == 1 else f"{len(self._entries)} uses"
        yield f"gradient ∂{root}/∂{name} = {told(self._gradient)}, from {uses}:"
        yield from _few([f"  {line}" for c in self._entries[: MOST + 1] for line in self._entry(c)])
        if len(self._entries) > MOST + 1:
            yield f"  … and {len(self._entries) - MOST - 1} more uses"

    def _entry(self, c: Contribution) -> list[str]:
        root, name = (told_name(self._labels[x]) for x in (self._root, self._node))
        result = told_name(self._labels[c.result])
        formula = formula_of(c.result, self._labels)[0]
        where = f"in {result} = {formula}, operand {c.position + 1}: "
        running = f"(was {told(c.before)}, now {told(c.after)})"
        partial = c.partial
        if partial is None:
            return [f"{where}share {told(c.share)} of ∂{root}/∂{result} {running}"]
        product = f"{_factor(c.adjoint)} · {_factor(partial)} = {told(c.share)}"
        return [f"{where}∂{root}/∂{result} · ∂{result}/∂{name} = {product} {running}"]

    @property
    def latex(self) -> str:
        """Formulas in LaTeX, aligned, without the dollars."""
        lines = [*self._latex_node(), *self._latex_derivatives(), *self._latex_gradient()]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def _latex_node(self) -> Iterator[str]:
        node, name = self._node, latex_name(self.name)
        formula = "" if node.row is None else f" = {formula_of(node, self._labels)[1]}"
        yield f"{name} &{formula or ' '}{_latex_equal(node.data, '=')}"

    def _latex_derivatives(self) -> Iterator[str]:
        for d in self._derivatives[:MOST]:
            by = latex_name(d.by)
            if d.is_share:
                if d.latex:
                    yield rf"\mathrm{{share}}\left( {by} \right) &= {d.latex}"
                continue
            formula = "" if d.latex is None else f" = {d.latex}"
            value = "" if d.value is None else _latex_equal(d.value, "=")
            value = "" if formula == value.rstrip() else value
            if formula or value:
                yield f"{_derivative(latex_name(self.name), by)} &{formula}{value}"

    def _latex_gradient(self) -> Iterator[str]:
        if self._root is None or not self._entries:
            return
        root, name = (latex_name(self._labels[x]) for x in (self._root, self._node))
        terms, numbers = [], []
        for c in self._entries[:MOST]:
            result, partial = latex_name(self._labels[c.result]), c.partial
            if partial is None:
                terms.append(rf"\mathrm{{share}}\left( {result} \right)")
                continue
            product = "" if result == root else _derivative(root, result) + r" \, "
            terms.append(product + _derivative(result, name))
            if isinstance(partial, float) and isinstance(c.adjoint, float):
                numbers.append(rf"{_latex_factor(c.adjoint)} \cdot {_latex_factor(partial)}")
        more = [r"\cdots"] if len(self._entries) > MOST else []
        line = f"{_derivative(root, name)} &= {' + '.join([*terms, *more])}"
        if len(numbers) == len(terms) and not more:
            line += f" = {' + '.join(numbers)}"
        yield line + _latex_equal(self._gradient, "=")

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as numbers, strings, lists and dicts, for JSON.

        Arrays are nested lists; numbers that are not finite are the strings "nan", "inf", "-inf".
        """
        node = self._node
        texts = operand_labels(node, self._labels)
        is_root = self._root is not None
        return {
            "name": self.name,
            "op": node.op,
            "formula": formula_of(node, self._labels)[0] if node.row else None,
            "value": plain_data(node.data),
            "line": list(node.line) if node.line else None,
            "operands": [
                {"name": text, "value": plain_data(x.data)} if is_node(x) else {"constant": text}
                for x, text in zip(node.operands, texts)
            ],
            "derivatives": [
                {
                    "operand": d.position,
                    "by": d.by,
                    "share" if d.is_share else "formula": d.formula,
                    "latex": d.latex,
                    "value": plain_data(d.value),
                }
                for d in self._derivatives
            ],
            "root": self._labels.get(self._root) if is_root else None,
            "gradient": plain_data(self._gradient),
            "contributions": [
                {
                    "result": self._labels[c.result],
                    "operand": c.position,
                    "adjoint": plain_data(c.adjoint),
                    "partial": plain_data(c.partial),
                    "share": plain_data(c.share),
                    "before": plain_data(c.before),
                    "after": plain_data(c.after),
                }
                for c in self._entries
            ]
            if self._entries is not None
            else None,
        }


def _local_labels(node: Any) -> dict[Any, str]:
    """Return names for a node and its operands; a nameless node is z, if no operand is."""
    parents = list(dict.fromkeys(node.parents))
    if node.name is None and all(parent.name != "z" for parent in parents):
        return {**labels_of(parents), node: "z" if node.row else "x"}
    return labels_of([*parents, node])


def _few(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST
    return list(lines) if more <= 1 else [*lines[:MOST], f"  … and {more} more"]


def _unusual(text: str) -> list[str]:
    """Return the functions in a formula that a reader may not know."""
    known = {*PRIMITIVES, "where", "maximum", "minimum", "round"}
    return [op for op in {*re.findall(r"\b(\w+)\(", text)} & {*TABLE} if op not in known]


def _factor(x: Any) -> str:
    text = told(x)
    return f"({text})" if text[0] == "-" else text


def _latex_number(x: float) -> str:
    return latex_of(number(float(f"{x:.6g}")))


def _latex_factor(x: float) -> str:
    text = _latex_number(x)
    return rf"\left( {text} \right)" if text[0] == "-" else text


def _latex_equal(x: Any, sign: str) -> str:
    """Return the number after an equals sign; nothing for arrays."""
    is_real = x is not None and np.ndim(x) == 0 and not np.iscomplexobj(x)
    return f" {sign} {_latex_number(float(x))}" if is_real else " "


def _derivative(of: str, by: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


def plain_data(x: Any) -> Any:
    """Return numbers and arrays for JSON, which has neither nan nor inf."""
    if x is None:
        return None
    if np.ndim(x):
        return [plain_data(row) for row in np.asarray(x)]
    if np.iscomplexobj(x):
        return [plain_data(x.real), plain_data(x.imag)]
    return float(x) if math.isfinite(x) else str(float(x))
