"""Contents of a page: what its script is told of a graph, each number and formula once."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from autograd.drawing.cells import SMALL
from autograd.drawing.facts import NODE, constant, gradient_summary, shortened
from autograd.drawing.graph import Graph
from autograd.explaining.origins import has_infinite
from autograd.tensors.tensor import Tensor
from autograd.value import Value

CHECKED = 200
"""Largest number of Values that are checked here; of more the page checks the chosen one."""
FORWARD, SEED, BACKWARD = range(3)


class Contents:
    """Nodes of a graph, the steps of its passes from the root, and the gradients after them."""

    unchecked = "the graph is too large to check every node"

    def __init__(self, graph: Graph) -> None:
        (self.root,) = graph.roots
        self.nodes, self.graph, self.index = graph.nodes, graph, graph.index
        self.numbers: dict[tuple[str, ...], int] = {}
        self.formulas: dict[str, int] = {"": 0}
        self.labels = graph.labels
        self._tokens = dict(self.labels)
        self.seed = 1.0 if isinstance(self.root, Value) else np.ones(*_shape_of(self.root))
        self.gradients: dict[Any, Any] = {self.root: self.seed}
        self.steps: list[list[int | None]] = []
        self._step()

    def _step(self) -> None:
        from autograd.explaining.ledger import ledger

        count = len(self.nodes)
        self.steps += [[FORWARD, i] for i in range(count)]
        self.steps.append([SEED, count - 1, self.number(self.seed)])
        for entry in ledger(self.root, self.seed):
            self.gradients[entry.operand] = entry.after
            is_product = isinstance(entry.operand, Value) and isinstance(entry.result, Value)
            numbers = [entry.adjoint, entry.partial if is_product else None]
            numbers += [entry.share, entry.before, entry.after]
            place = place_of(entry.result, entry.position)
            i = self.index[entry.result]
            self.steps.append([BACKWARD, i, place, *map(self.number, numbers)])

    def number(self, x: Any) -> int | None:
        """Return the index of a number, or of an array, in the list of them."""
        if x is None:
            return None
        if isinstance(x, float):
            texts: tuple[str, ...] = (repr(float(x)),)  # the script writes the others
        else:
            array = np.asarray(x)
            exact = np.array2string(
                array, 60, separator=", ", threshold=200, floatmode="unique", suppress_small=False
            )
            shown = told(array.item()) if array.size == 1 else _norm(array)
            texts = (exact, shown, gradient_summary(array))
        return self.numbers.setdefault(texts, len(self.numbers))

    def formula(self, text: str) -> int:
        """Return the index of a formula in the list of them."""
        return self.formulas.setdefault(typeset(text), len(self.formulas))

    def data(self) -> dict[str, Any]:
        """Return the data for the script."""
        from autograd.explaining.notations import told_name

        nodes = self.told_nodes()
        return {
            "nodes": nodes,
            "steps": self.steps[len(nodes) :],  # after the forward ones, one for each node
            "root": self.steps[len(nodes)][1],
            "of": told_name(self.labels[self.root]),
            "unchecked": self.unchecked,
            "numbers": [_told(texts) for texts in self.numbers],
            "formulas": list(self.formulas),
        }

    def told_nodes(self) -> list[dict[str, Any]]:
        """Return what the script is told of each node."""
        from autograd.drawing.replaying import checks

        if len(self.nodes) > CHECKED and all(isinstance(node, Value) for node in self.nodes):
            return [self.node(i) for i in range(len(self.nodes))]
        found, reason = checks(self.nodes, [self.gradients.get(node) for node in self.nodes])
        self.unchecked = reason or self.unchecked
        return [self.node(i, check) for i, check in enumerate(found)]

    def node(self, i: int, check: Any = None) -> dict[str, Any]:
        """Return what the script is told of one node: the facts that it has.

        Its id and those of its edges are known by its number.
        """
        label, node = self.labels[self.nodes[i]], self.nodes[i]
        facts = self.facts(label, node.op, node.data)
        facts["shape"] = list(node.shape) if isinstance(node, Tensor) else ""
        facts["named"] = self.graph.name(i, self.graph.scope_numbers[i]) == shortened(label)
        if node.row:
            formula, rules, constants, arrays = self.rules(node)
            facts["formula"] = self.formula(formula)
            facts["mute"] = not _says_more(node)
            facts["infinite"] = has_infinite_constant(node)
            facts["constants"] = constants
            facts["arrays"] = arrays
            for edge, (rule, is_share) in zip(self.graph.edges(i), rules):
                slope = self.number(edge.derivative)
                facts["edges"].append([edge.source, 0, slope, self.formula(rule), *[1] * is_share])
        if node.line:
            facts["line"] = f"{Path(node.line[0]).name}, line {node.line[1]}"
        if check:
            numbers = [self.number(x) for x in (check.analytic, check.numeric, check.bound)]
            facts["check"] = [*numbers, check.verdict, check.words]
        return {name: fact for name, fact in facts.items() if fact is not False and fact != ""}

    def facts(self, label: str, op: str, value: Any) -> dict[str, Any]:
        """Return the facts that nodes and folded boxes have; the term only where it differs."""
        from autograd.explaining.notations import told_name

        found: dict[str, Any] = {
            "label": shortened(label),
            "op": op,
            "value": self.number(value),
            "edges": [],
        }
        term = told_name(label)
        return found if term == found["label"] else {**found, "term": term}

    def rules(self, node: Any) -> tuple[str, list[tuple[str, bool]], str, Any]:
        """Return the formula of a node, its derivatives, each a share or not, and its constants.

        The last are in words; and, of small arrays, as numbers.

        Its operands are called _0_, _1_, ... in them, and itself _z_, so that the script can write
        names or numbers there.
        """
        from autograd.explaining.rules import derivatives_of, formula_of, operand_labels

        own = {node: "_z_"}
        for k, parent in enumerate(node.parents):
            own.setdefault(parent, f"_{k}_")
        self._tokens.update(own)
        formula, _ = formula_of(node, self._tokens)
        rules = [(d.formula or "", d.is_share) for d in derivatives_of(node, self._tokens)]
        labels = operand_labels(node, self._tokens)
        given = {text: x for x, text in zip(node.operands, labels) if isinstance(x, np.ndarray)}
        constants = ", ".join(f"{text} is a constant, {constant(x)}" for text, x in given.items())
        arrays = {
            text: self.number(x) for text, x in given.items() if 0 < x.size <= math.prod(SMALL)
        }
        self._tokens.update({x: self.labels[x] for x in own})
        return formula, rules, constants, arrays or ""


def has_infinite_constant(node: Any) -> bool:
    """Return whether an operation has an operand that is no node and not finite."""
    return has_infinite([x for x in node.operands if not isinstance(x, NODE)])


def _shape_of(node: Any) -> tuple[Any, Any]:
    return node.shape, node.dtype


def _says_more(node: Any) -> bool:
    """Return whether the formula of a node with numbers in it says more than its value."""
    if not isinstance(node, Value) or not all(isinstance(x, (Value, float)) for x in node.operands):
        return False
    return len(set(node.parents)) <= 8 and node.op != "pos"


def place_of(node: Any, position: int) -> int:
    """Return the index among the parents of the operand at a position."""
    return sum(hasattr(x, "parents") for x in node.operands[:position])


def _told(texts: tuple[str, ...]) -> Any:
    """Return a number in the form for the script, which writes its texts; an array has them all."""
    if len(texts) > 1:
        return texts
    x = float(texts[0])
    return x if math.isfinite(x) else texts[0]


def told(x: float) -> str:
    """Return a number in six digits, as people write it."""
    return f"{x:.6g}".replace("-", "−")


def typeset(formula: str) -> str:
    """Return a formula with the typographic signs for times, minus and small powers.

    >>> typeset("2 * x**2 - 'a * b'")
    "2 · x² − 'a * b'"
    """
    return _SIGNS.sub(_sign, formula)


_SIGNS = re.compile(
    r"""'(?:[^'\\]|\\.)*'  |  "(?:[^"\\]|\\.)*"  # names in quotes, which stay as they are
    | \*\*[2-9](?![\d.])  |  [ ]\*[ ]  |  -""",
    re.VERBOSE,
)


def _sign(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("**"):
        return "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(text[2])]
    return {" * ": " · ", "-": "−"}.get(text, text)


def _norm(array: Any) -> str:
    shape = "×".join(map(str, array.shape))
    if not array.any():
        return f"zeros ({shape})"
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(np.abs(array).astype(np.float64).ravel()))
    return f"norm {told(norm)} ({shape})"
