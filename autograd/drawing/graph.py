"""What a drawing knows about each node of a graph, whatever its kind."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd import ops
from autograd.graph import Scope, backward_order
from autograd.ops import TABLE, Elementary
from autograd.printers import Tracer, partial_formulas
from autograd.tensors import structural
from autograd.tensors.tensor import Tensor
from autograd.value import Value

NODE = (Value, Tensor)
VANISHING = 1e-6
"""A gradient this small, beside 1 and beside the largest of the drawing, is flagged."""
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
    """Lines: "value " and the number; of an array, its shape and type, its mean and extremes."""
    gradient: str
    """The derivative by it, with its sign; of an array, its norm and extremes; "—" if not known."""
    sign: str
    """Of the gradient: "pos", "neg", "both" for an array that has both, "" if 0 or not known."""
    size: float
    """The magnitude of the gradient, of an array the largest; nan if it is not known."""
    flags: tuple[str, ...]
    """What is wrong with it, in words: "nan", "inf", "dead ReLU", "released"."""


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
        self.roots: list[Any] = list(dict.fromkeys(roots))
        self._results = set(self.roots)
        self.nodes: list[Any] = backward_order(self.roots)[::-1]
        self.index: dict[Any, int] = {node: i for i, node in enumerate(self.nodes)}
        self.gradients = gradients
        self._known: dict[int, dict[Any, str]] = {}
        index = self.index
        self.parents = [[index[parent] for parent in node.parents] for node in self.nodes]
        """Of each node the operands that are nodes, in order, duplicates kept."""
        self._place_in_scopes()
        given = {**self._outermost_parameters, **(names or {})}
        self.names: list[str] = [node.name or given.get(node, "") for node in self.nodes]
        """Of each node its name, as it was given; or ""."""

    def _place_in_scopes(self) -> None:
        self.scopes: list[Scope] = []
        """The scopes that nodes are in, outer ones first."""
        self.scope_number: dict[Scope, int] = {}
        self.outers: list[int] = []
        """Of each scope the number of the one around it, or -1."""
        self.depths: list[int] = []
        """Of each scope in how many it is, with itself."""
        known = {None: -1}
        self.scope_numbers = numbers = [
            known[scope] if scope in known else known.setdefault(scope, self._enter(scope))
            for scope in [node.scope for node in self.nodes]
        ]
        """Of each node the number of its scope, or -1; of a leaf, where it is used."""
        waiting = [not parents for parents in self.parents]
        for i in range(len(self) - 1, -1, -1):
            for parent in self.parents[i]:
                if not self.parents[parent]:
                    own = (
                        numbers[i] if waiting[parent] else self._around(numbers[parent], numbers[i])
                    )
                    numbers[parent], waiting[parent] = own, False

    def _enter(self, scope: Scope) -> int:
        """The number of a scope, after those around it."""
        around, outer = [scope], scope.outer
        while outer is not None and outer not in self.scope_number:
            around.append(outer)
            outer = outer.outer
        for each in reversed(around):
            if each not in self.scope_number:
                number = -1 if each.outer is None else self.scope_number[each.outer]
                self.outers.append(number)
                self.depths.append(1 if number < 0 else self.depths[number] + 1)
                self.scope_number[each] = len(self.scopes)
                self.scopes.append(each)
        return self.scope_number[scope]

    def _around(self, a: int, b: int) -> int:
        """The innermost scope that two are in."""
        while a != b:
            if a < 0 or (b >= 0 and self.depths[b] > self.depths[a]):
                a, b = b, a
            a = self.outers[a]
        return a

    @functools.cached_property
    def _paths(self) -> dict[int, str]:
        """Of each scope of a module that is in a module of another scope, its path there."""
        found: dict[int, str] = {}
        inside: dict[int, dict[int, str]] = {}  # of modules, by their identities
        for i, (scope, outer) in enumerate(zip(self.scopes, self.outers)):
            own, modules = id(scope.owner), getattr(scope.owner, "named_modules", None)
            if callable(modules) and own not in inside:
                inside[own] = {id(module): path for path, module in modules()}
            while outer >= 0 and id(self.scopes[outer].owner) not in inside:
                outer = self.outers[outer]
            if outer >= 0 and scope.owner is not None:
                found[i] = inside[id(self.scopes[outer].owner)].get(own, "")
        return found

    @functools.cached_property
    def _outermost_parameters(self) -> dict[Any, str]:
        """The parameters of modules that are in no other, with their paths."""
        found: dict[Any, str] = {}
        seen: set[int] = set()
        within: list[bool] = []  # for each scope whether it is in a module
        for scope, outer in zip(self.scopes, self.outers):
            owner = scope.owner
            parameters = getattr(owner, "named_parameters", None)
            is_inner = outer >= 0 and within[outer]
            within.append(is_inner or callable(parameters))
            if callable(parameters) and not is_inner and id(owner) not in seen:
                seen.add(id(owner))
                for path, parameter in parameters():
                    found.setdefault(parameter, path)
        return found

    def scope_label(self, number: int) -> str:
        """What a scope is called: of a module, its path and its class, as "layers.0: Linear"."""
        path, name = self._paths.get(number), shortened(self.scopes[number].name)
        return f"{path}: {name}" if path else name

    def __len__(self) -> int:
        return len(self.nodes)

    def id(self, i: int) -> str:
        """What the node is called in the files that are written."""
        return f"n{i}"

    def name(self, i: int, scope: int | None = None) -> str:
        """The name of a node, as one line of printable characters that fits; or "".

        Of a parameter in a scope around that of its module, the path from there, as "layers.0.W".
        """
        if scope is not None and scope != self.scope_numbers[i] and not self.parents[i]:
            return shortened(self._parameters(scope).get(self.nodes[i], self.names[i]))
        return shortened(self.names[i])

    def is_parameter(self, i: int) -> bool:
        """Whether a node is a parameter of a module."""
        return self.nodes[i] in self._outermost_parameters

    def _parameters(self, scope: int) -> dict[Any, str]:
        """The parameters of the module of a scope with their paths."""
        owner: Any = self.scopes[scope].owner if scope >= 0 else None
        if not callable(getattr(owner, "named_parameters", None)):
            return self._outermost_parameters
        if id(owner) not in self._known:
            self._known[id(owner)] = {node: path for path, node in owner.named_parameters()}
        return self._known[id(owner)]

    @functools.cached_property
    def labels(self) -> dict[Any, str]:
        """What each node is called in words: as explanations call it, parameters by their paths."""
        from autograd.explaining.rules import labels_of

        found = labels_of(self.nodes)
        taken = set(found.values())
        for node, name in zip(self.nodes, self.names):
            if not node.name and name and name not in taken:
                found[node] = name
                taken.add(name)
        return found

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
        rules = rules_of(node)
        partials = node.partials if type(node) is Value else [None] * len(node.parents)
        return [
            Edge(parent, i, k, partial, rule)
            for k, (parent, partial, rule) in enumerate(zip(self.parents[i], partials, rules))
        ]

    def flags(self, i: int) -> list[str]:
        """What is wrong with a node, also that a backward pass has released what was below it."""
        node, gradient = self.nodes[i], self.gradient(i)
        found = []
        if type(node) is Value and (gradient is None or isinstance(gradient, float)):
            numbers = node.data, 0.0 if gradient is None else gradient
            if not (math.isfinite(numbers[0]) and math.isfinite(numbers[1])):
                found += ["nan"] * any(map(math.isnan, numbers))
                found += ["inf"] * any(map(math.isinf, numbers))
        else:
            for what, has in (("nan", np.isnan), ("inf", np.isinf)):
                if np.any(has(node.data)) or (gradient is not None and np.any(has(gradient))):
                    found.append(what)
        if node.row is ops.relu and _is_dead(node):
            found.append("dead ReLU")
        if node.row is not None and type(node) is Tensor and not node.operands:
            found.append("released")
        return found

    def facts(self, i: int) -> Facts:
        """What is shown of a node."""
        node = self.nodes[i]
        found = facts_of(node.data, self.gradient(i))
        name = self.name(i)
        return replace(found, op=notation(node), name=name, flags=tuple(self.flags(i)))


def facts_of(data: Any, gradient: Any) -> Facts:
    """What is shown of a number or an array, and of the gradient by it, which may be None."""
    value = (f"value {number(data)}",) if isinstance(data, float) else summary(data)
    if gradient is None:
        return Facts("", "", value, "—", "", math.nan, ())
    if isinstance(gradient, float):
        told, low, high = number(gradient, "+"), gradient, gradient
    else:
        told, low, high = gradient_summary(gradient), *_extremes(gradient)
    sign = "both" if low < 0 < high else "pos" if high > 0 else "neg" if low < 0 else ""
    return Facts("", "", value, told, sign, max(abs(low), abs(high)), ())


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
    if x == 0:
        return "0"
    digits = ".4f" if 1e-3 <= abs(x) < 1e5 else ".4g"
    return f"{float(x):{'' if math.isnan(x) else sign}{digits}}"


def summary(array: Any) -> tuple[str, ...]:
    """An array in words: its shape and type, its mean and its extremes."""
    shape = f"{'×'.join(map(str, array.shape)) or 'scalar'} {array.dtype}"
    if array.size <= 1:
        return (*(f"value {number(x)}" for x in array.ravel().tolist()), shape)
    low, mean, high = _three(array)
    if low == high:
        return shape, f"all {number(low)}"
    return shape, f"mean {number(mean)}, {number(low)} … {number(high)}"


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


def _extremes(array: Any) -> tuple[float, float]:
    return (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)


def _is_dead(relu: Any) -> bool:
    """Whether nothing goes through it, back or forth."""
    if type(relu) is Value:
        return bool(relu.partials == (0.0,))
    return relu.size > 0 and bool(np.all(relu.operands[0].data <= 0))


def rules_of(node: Any) -> Sequence[str]:
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
