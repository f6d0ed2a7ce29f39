"""What a drawing knows about each node of a graph, whatever its kind."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import ops
from autograd.graph import backward_order
from autograd.ops import TABLE, Elementary
from autograd.printers import Tracer, partial_formulas
from autograd.tensors import structural
from autograd.tensors.tensor import Tensor
from autograd.value import Value

NODE = (Value, Tensor)
VANISHING = 1e-6
"""A gradient this small, beside the largest of the drawing, is flagged."""
BINS = 5
"""How many shades of gradients there are: one a decade, and the last for all that is smaller."""


@dataclass(frozen=True)
class Edge:
    """An operand of a node: where it comes from, and what the chain rule multiplies by there."""

    source: int
    """The index of the operand."""
    target: int
    """The index of the node that has it as an operand."""
    place: int
    """Which of the target's parents it is, from 0 on."""
    derivative: float | None
    """Of a Value, the partial derivative; of a Tensor, whose slope is no number, None."""
    rule: str
    """The partial derivative as a formula, or the operation that has it."""


@dataclass(frozen=True)
class Facts:
    """What is shown of a node, as it is now."""

    op: str
    """The notation of the operation with the constants among its operands; "" for a leaf."""
    name: str
    """What it is called, on one line; "" if it has no name."""
    value: tuple[str, ...]
    """The number; of an array, the shape and type, and then the mean and the extremes."""
    gradient: str
    """The derivative by it, with its sign; of an array, its norm and extremes; "—" if not known."""
    sign: str
    """Of the gradient: "pos", "neg", "both" for an array that has both, "" if 0 or not known."""
    size: float
    """The magnitude of the gradient, of an array the largest; nan if it is not known."""
    flags: tuple[str, ...]
    """What is wrong with it, in words: "nan", "inf", "dead ReLU"."""


class Graph:
    """The nodes that some roots were computed from, operands first, and what is known of them.

    Nodes are referred to by their places in this order, which is the same for the same graph.
    `names` are names for nodes without one; `gradients` are shown instead of those that the nodes
    hold.
    """

    def __init__(
        self,
        roots: Sequence[Any],
        names: Mapping[Any, str] | None = None,
        gradients: Mapping[Any, Any] | None = None,
    ) -> None:
        self.roots = list(dict.fromkeys(roots))
        self._results = set(self.roots)
        self.nodes: list[Any] = backward_order(self.roots)[::-1]
        self.index: dict[Any, int] = {node: i for i, node in enumerate(self.nodes)}
        self.names = names or {}
        self.gradients = gradients

    def __len__(self) -> int:
        return len(self.nodes)

    def id(self, i: int) -> str:
        """What the node is called in the files that are written."""
        return f"n{i}"

    def name(self, i: int) -> str:
        """The name of a node, as one line of printable characters that fits; or ""."""
        node = self.nodes[i]
        return shortened(node.name or self.names.get(node, ""))

    def kind(self, i: int) -> str:
        """One of "leaf", "result" for a root, and "other"."""
        node = self.nodes[i]
        return "leaf" if node.row is None else "result" if node in self._results else "other"

    def gradient(self, i: int) -> Any:
        """The derivative by a node, a number or an array; None where none was computed."""
        node = self.nodes[i]
        if self.gradients is not None:
            return self.gradients.get(node)
        return node.grad if node.has_grad else None

    def edges(self, i: int) -> list[Edge]:
        """The operands of a node that are nodes, in order, duplicates kept."""
        node = self.nodes[i]
        rules = _rules(node)
        partials = node.partials if type(node) is Value else [None] * len(node.parents)
        return [
            Edge(self.index[parent], i, k, partial, rule)
            for k, (parent, partial, rule) in enumerate(zip(node.parents, partials, rules))
        ]

    def facts(self, i: int) -> Facts:
        """What is shown of a node."""
        node, gradient = self.nodes[i], self.gradient(i)
        data = node.data
        told = "—" if gradient is None else number(gradient, "+") if type(node) is Value else ""
        return Facts(
            notation(node),
            self.name(i),
            (number(data),) if type(node) is Value else summary(data),
            told or gradient_summary(gradient),
            "" if gradient is None else _sign(gradient),
            math.nan if gradient is None else _size(gradient),
            tuple(_flags(node, data, gradient)),
        )


def notation(node: Any) -> str:
    """The notation of the operation, with the constants among its operands: "* 2", "2 /"."""
    row = node.row
    if row is None:
        return ""
    operands = node.operands
    word: str = getattr(row, "notation", row.name)
    if len(operands) == len(node.parents) or row is ops.where or row is structural.where:
        return word
    if isinstance(row, Elementary) and row.infix:
        texts = ["" if isinstance(x, NODE) else constant(x) for x in operands]
        return f" {word} ".join(texts).strip()
    return f"{word}({', '.join(_arguments(row, operands))})"


def _arguments(row: Any, operands: Sequence[Any]) -> list[str]:
    """The operands of a call; those that are left out where they are long or say nothing."""
    code = getattr(row.value, "__code__", None) if type(row) is structural.Structural else None
    words = code.co_varnames[: code.co_argcount] if code else ()
    texts = []
    for k, x in enumerate(operands):
        if isinstance(x, (*NODE, np.ndarray, list)):
            texts.append("·" if isinstance(x, NODE) else constant(x))
        elif x is not None and x is not False:
            texts.append(f"{words[k]}={constant(x)}" if k < len(words) else constant(x))
    return texts if len(texts) <= 6 else [*texts[:5], "…"]


def constant(x: Any) -> str:
    """A constant among operands: a number, the shape of an array, or an option."""
    if isinstance(x, (bool, np.bool)):
        return str(bool(x))
    if isinstance(x, (int, float, np.integer, np.floating)):
        return f"{float(x):.6g}"
    if isinstance(x, (np.ndarray, list)):
        return f"array {'×'.join(map(str, np.shape(x))) or 'of no axes'}"
    return shortened(str(x))


def number(x: float, sign: str = "") -> str:
    """A number as drawings have it."""
    digits = ".4f" if 1e-3 <= abs(x) < 1e5 else ".4g"
    return f"{float(x):{sign if x else ''}{digits}}"


def summary(array: Any) -> tuple[str, ...]:
    """An array in words: its shape and type, its mean and its extremes."""
    shape = f"{'×'.join(map(str, array.shape)) or 'scalar'} {array.dtype}"
    if array.size <= 1:
        return (*map(number, array.ravel().tolist()), shape)
    low, mean, high = _three(array)
    return shape, f"mean {number(mean)}", f"{number(low)} … {number(high)}"


def gradient_summary(array: Any) -> str:
    """The gradient by an array: its norm and its extremes."""
    if array.size <= 1:
        return " ".join(number(x, "+") for x in array.ravel().tolist()) or "empty"
    low, _, high = _three(array)
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(array.astype(np.float64).ravel()))
    return f"norm {number(norm)}, {number(low, '+')} … {number(high, '+')}"


def _three(array: Any) -> tuple[float, float, float]:
    """The smallest, the mean and the largest, of an array as it is."""
    with np.errstate(all="ignore"):
        return float(array.min()), float(array.mean(dtype=np.float64)), float(array.max())


def _sign(gradient: Any) -> str:
    low, high = (gradient, gradient) if isinstance(gradient, float) else _extremes(gradient)
    return "both" if low < 0 < high else "pos" if high > 0 else "neg" if low < 0 else ""


def _size(gradient: Any) -> float:
    return max(map(abs, _extremes(gradient)))


def _extremes(x: Any) -> tuple[float, float]:
    array = np.asarray(x)
    return (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)


def _flags(node: Any, data: Any, gradient: Any) -> list[str]:
    """What is wrong with a node."""
    found = []
    for what, has in (("nan", np.isnan), ("inf", np.isinf)):
        if np.any(has(data)) or (gradient is not None and np.any(has(gradient))):
            found.append(what)
    if node.row is ops.relu:
        operand = node.operands[0]
        if type(node) is Value:
            is_dead = node.partials == (0.0,)
        else:
            is_dead = node.size > 0 and bool(np.all(operand.data <= 0))
        if is_dead:
            found.append("dead ReLU")
    return found


def _rules(node: Any) -> Sequence[str]:
    """For each parent, the derivative by it as a formula, or the operation that has it."""
    row = node.row
    if isinstance(row, Elementary) and TABLE.get(row.name) is row and row is not ops.where:
        rules = _formulas(row)
        return [rule for rule, x in zip(rules, node.operands) if isinstance(x, NODE)]
    return [
        f"{node.op}, operand {k + 1}" for k, x in enumerate(node.operands) if isinstance(x, NODE)
    ]


@functools.cache
def _formulas(row: Elementary) -> list[str]:
    """The partials of a row, with its operands called x0, x1, ... and its value z."""
    return [repr(formula) for formula in partial_formulas(row, Tracer(TABLE))]


def shortened(text: str, most: int = 40) -> str:
    """A text as one line of printable characters that fits a node."""
    text = "".join(c if c.isprintable() else " " for c in text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"
