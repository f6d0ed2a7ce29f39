"""A graph that is drawn: its nodes, edges and scopes, and the facts of each node."""

from __future__ import annotations

import copy
import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd.compiling.comparisons import Comparison
from autograd.drawing.collecting import uncollected
from autograd.drawing.facts import NODE, Facts, facts_of, formula, notation, shortened
from autograd.drawing.layout.ranks import depth_first
from autograd.explaining.origins import arising, is_finite
from autograd.formulas.formula import Tracer, partial_formulas
from autograd.graph import Scope, backward_order
from autograd.rules import elementary
from autograd.rules.elementary import TABLE, Elementary
from autograd.tensors.tensor import Tensor
from autograd.value import Value

Array = Any

SUMS = ("add", "sub", "sum", "mean")
CANCELLED = 1e-6
"""Part of its operands that a sum leaves, below which they are nearly equal."""
FLAGS = "nan", "inf", "dead ReLU", "released"
"""Flags of nodes, in the order in which they are shown."""


@dataclass(frozen=True)
class Edge:
    """Operand of a node, with the factor of the chain rule there."""

    source: int
    """Index of the operand."""
    target: int
    """Index of the node that has it as an operand."""
    place: int
    """Index of the operand among the target's parents."""
    derivative: float | None
    """Partial derivative of a Value; None for a Tensor, whose slope is no number."""
    rule: str
    """Partial derivative as a formula, or the operation that has it."""


class Graph:
    """Nodes that some roots were computed from, operands first, and the facts of each.

    Nodes are referred to by their indices in this order, which is the same for the same graph.
    `names` are names for nodes without one; `gradients` are shown in place of those that the nodes
    hold.
    """

    @uncollected()
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
        self.comparisons: list[Comparison] | None = None
        """Comparisons that were made on the way; None where they are not known."""
        self._known: dict[int, dict[Any, str]] = {}
        place = self.index.__getitem__
        self.parents = [list(map(place, node.parents)) for node in self.nodes]
        """Operands of each node that are nodes, in order, duplicates kept."""
        self._place_in_scopes()
        given = {**self._outermost_parameters, **(names or {})}
        self.names: list[str] = [node.name or given.get(node, "") for node in self.nodes]
        """Name of each node, as it was given; or ""."""

    @property
    def gradients(self) -> Mapping[Any, Any] | None:
        """Gradients that are shown in place of those that the nodes hold."""
        return self._gradients

    @gradients.setter
    def gradients(self, found: Mapping[Any, Any] | None) -> None:
        self._gradients = found
        self.__dict__.pop("numbers", None)  # which a copy has too

    def set_roots(self, roots: Sequence[Any]) -> None:
        """Make other nodes the roots, and place all nodes in their scopes anew."""
        self.roots, self._results, self._known = list(roots), set(roots), {}
        self._place_in_scopes()

    def _place_in_scopes(self) -> None:
        self.scopes: list[Scope] = []
        """Scopes of nodes, outer ones first."""
        self.scope_number: dict[Scope, int] = {}
        self.outers: list[int] = []
        """Number of the scope around each scope, or -1."""
        self.depths: list[int] = []
        """Depth of each scope: the number of scopes that it is in, with itself."""
        known = {None: -1}
        self.scope_numbers = [
            known[scope] if scope in known else known.setdefault(scope, self._enter(scope))
            for scope in [node.scope for node in self.nodes]
        ]
        """Number of the scope of each node, or -1; a leaf is in the scope where it is used."""
        self.alike: dict[int, int] = {}
        """Number of blocks of which a scope is the one that stays open."""
        self._place_leaves()

    def _place_leaves(self) -> None:
        numbers = self.scope_numbers
        waiting = [not parents for parents in self.parents]
        for i in range(len(self) - 1, -1, -1):
            for parent in self.parents[i]:
                if not self.parents[parent]:
                    own = (
                        numbers[i] if waiting[parent] else self._around(numbers[parent], numbers[i])
                    )
                    numbers[parent], waiting[parent] = own, False

    def _enter(self, scope: Scope) -> int:
        """Return the number of a scope, after those around it."""
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
        """Return the innermost scope around two scopes."""
        while a != b:
            if a < 0 or (b >= 0 and self.depths[b] > self.depths[a]):
                a, b = b, a
            a = self.outers[a]
        return a

    @functools.cached_property
    def _paths(self) -> dict[int, str]:
        """Paths of modules in modules of other scopes, by the numbers of their scopes."""
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
        """Parameters of modules that are in no other, with their paths."""
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

    def with_scopes(
        self, scopes: Sequence[Scope], outers: Sequence[int], numbers: Sequence[int]
    ) -> Graph:
        """Return the graph with other scopes: those around each, and those of its nodes."""
        other = copy.copy(self)
        for name in ("_paths", "_outermost_parameters"):
            other.__dict__.pop(name, None)
        other.scopes, other.outers, other.depths = list(scopes), list(outers), []
        other.scope_number = {scope: i for i, scope in enumerate(scopes)}
        for outer in outers:
            other.depths.append(1 if outer < 0 else other.depths[outer] + 1)
        other.scope_numbers, other.alike = list(numbers), {}
        other._place_leaves()
        return other

    def path(self, number: int) -> str:
        """Return the path of the module of a scope in that of the scope around it; or ""."""
        return self._paths.get(number, "")

    def scope_label(self, number: int) -> str:
        """Return the label of a scope: of a module, its path and class, as "layers.0: Linear"."""
        path, name = self.path(number), shortened(self.scopes[number].name)
        count = f", one of {self.alike[number]:,}" if number in self.alike else ""
        return f"{path}: {name}{count}" if path else f"{name}{count}"

    def __len__(self) -> int:
        return len(self.nodes)

    def id(self, i: int) -> str:
        """Return the id of a node in the files that are written."""
        return f"n{i}"

    def name(self, i: int, scope: int | None = None) -> str:
        """Return the name of a node, as one line of printable characters that fits; or "".

        A parameter in a scope around that of its module has the path from there, as "layers.0.W".
        """
        if scope is not None and scope != self.scope_numbers[i] and not self.parents[i]:
            return shortened(self._parameters(scope).get(self.nodes[i], self.names[i]))
        return shortened(self.names[i])

    def is_parameter(self, i: int) -> bool:
        """Return whether a node is a parameter of a module."""
        return self.nodes[i] in self._outermost_parameters

    def _parameters(self, scope: int) -> dict[Any, str]:
        """Return the parameters of the module of a scope with their paths."""
        owner: Any = self.scopes[scope].owner if scope >= 0 else None
        if not callable(getattr(owner, "named_parameters", None)):
            return self._outermost_parameters
        if id(owner) not in self._known:
            self._known[id(owner)] = {node: path for path, node in owner.named_parameters()}
        return self._known[id(owner)]

    @functools.cached_property
    def labels(self) -> dict[Any, str]:
        """Labels of nodes: as explanations name them, parameters by their paths."""
        from autograd.explaining.rules import labels_of

        found = labels_of(self.nodes)
        taken = set(found.values())
        for node, name in zip(self.nodes, self.names):
            if not node.name and name and name not in taken:
                found[node] = name
                taken.add(name)
        return found

    def kind(self, i: int) -> str:
        """Return "leaf", "result" for a root, or "other"."""
        node = self.nodes[i]
        return "leaf" if node.row is None else "result" if node in self._results else "other"

    def gradient(self, i: int) -> Any:
        """Return the derivative by a node, a number or an array; None where none was computed."""
        node = self.nodes[i]
        if self.gradients is not None:
            return self.gradients.get(node)
        return node.grad if node.has_grad and self._is_reached[i] else None

    @functools.cached_property
    def _is_reached(self) -> list[bool]:
        """For each node, False for a leaf whose gradient is left from a pass through others."""
        found = [bool(parents) for parents in self.parents]
        for root in self.roots:
            found[self.index[root]] = True
        for node, parents in zip(self.nodes, self.parents):
            if parents and node.has_grad:
                for parent in parents:
                    found[parent] = True
        return found

    def edges(self, i: int) -> list[Edge]:
        """Return the edges of the operands of a node, in order, duplicates kept."""
        node = self.nodes[i]
        rules = rules_of(node)
        partials = node.partials if type(node) is Value else [None] * len(node.parents)
        return [
            Edge(parent, i, k, partial, rule)
            for k, (parent, partial, rule) in enumerate(zip(self.parents[i], partials, rules))
        ]

    def flags(self, i: int) -> list[str]:
        """Return the flags of a node, also that a backward pass has released the graph below it."""
        found = self._unfit(i)
        node = self.nodes[i]
        if node.row is elementary.relu and _is_dead(node):
            found.append("dead ReLU")
        if node.row is not None and type(node) is Tensor and not node.operands:
            found.append("released")
        return found

    def _unfit(self, i: int) -> list[str]:
        """Return which of nan and inf arise in a node, or are in the gradient by it."""
        node, gradient = self.nodes[i], self.gradient(i)
        is_plain = type(node) is Value and type(gradient) in (float, type(None))
        if is_plain and math.isfinite(node.data) and math.isfinite(gradient or 0.0):
            return []
        own = [] if is_finite(node.data) else arising(node)
        of_gradient = [] if gradient is None else [np.isnan(gradient), np.isinf(gradient)]
        return [
            flag
            for k, flag in enumerate(("nan", "inf"))
            if flag in own or (of_gradient and np.any(of_gradient[k]))
        ]

    def flags_of(self, some: Sequence[int]) -> tuple[str, ...]:
        """Return the flags that any of some nodes have; "dead ReLU" only where all ReLUs are."""
        chosen = np.array(some, np.intp)
        is_plain, data, slopes = (row[chosen] for row in self.numbers)
        found = {flag for i in chosen[~is_plain].tolist() for flag in self.flags(i)}
        unfit = "nan", "inf"
        found.update(flag for flag, has in zip(unfit, (np.isnan, np.isinf)) if has(slopes).any())
        for i in chosen[~np.isfinite(data)].tolist():
            if found.issuperset(unfit):
                break
            found.update(arising(self.nodes[i]))
        others = [self.nodes[i] for i in chosen[~is_plain].tolist()]
        if not all(_is_dead(node) for node in others if node.row is elementary.relu):
            found.discard("dead ReLU")
        return tuple(flag for flag in FLAGS if flag in found)

    @functools.cached_property
    def is_settled(self) -> list[bool]:
        """For each node, whether a factor of its gradient may be small as nearly equal numbers are.

        Those are sums and differences that leave less than `CANCELLED` of what is in them: what
        fits leaves them, and there a small gradient does not vanish.
        """
        found = [False] * len(self)
        sums = [i for i, node in enumerate(self.nodes) if node.row is not None and node.op in SUMS]
        cancelled = {
            i
            for i in sums
            if _size(self.nodes[i])
            < CANCELLED * max((_size(self.nodes[p]) for p in self.parents[i]), default=0.0)
        }
        for i in range(len(self) - 1, -1, -1):
            if found[i] or not cancelled.isdisjoint(self.parents[i]):
                for parent in self.parents[i]:
                    found[parent] = True
        return found

    @functools.cached_property
    def numbers(self) -> tuple[Array, Array, Array]:
        """For each node True where it and its gradient are numbers, no ReLU's; the two, or 0."""
        relu = elementary.relu
        gradients = [self.gradient(i) for i in range(len(self))]
        is_plain = [
            type(node.data) is float and node.row is not relu and (g is None or type(g) is float)
            for node, g in zip(self.nodes, gradients)
        ]
        found = np.array(is_plain, bool)
        data, slopes = np.zeros(len(self)), np.zeros(len(self))
        data[found] = [node.data for node in itertools.compress(self.nodes, is_plain)]
        slopes[found] = [g or 0.0 for g in itertools.compress(gradients, is_plain)]
        return found, data, slopes

    @functools.cached_property
    def operands(self) -> tuple[Array, Array]:
        """Number of the operands of each node, and those of all nodes in a row."""
        counts = np.fromiter(map(len, self.parents), np.intp, len(self))
        return counts, np.fromiter(itertools.chain(*self.parents), np.intp, counts.sum())

    @functools.cached_property
    def walk(self) -> list[int]:
        """Nodes in the order of a program that goes from the operands of each to the next."""
        return depth_first(self.parents)[0]

    def facts(self, i: int) -> Facts:
        """Return the facts of a node."""
        node = self.nodes[i]
        found = facts_of(node.data, self.gradient(i))
        name = self.name(i)
        called = [self.names[parent] for parent in self.parents[i]]
        return replace(
            found,
            op=notation(node),
            formula=formula(node, called),
            name=name,
            flags=tuple(self.flags(i)),
        )


def _size(node: Any) -> float:
    """Return the largest magnitude of a node's value."""
    data = node.data
    return abs(data) if type(data) is float else float(np.max(np.abs(data), initial=0.0))


def _is_dead(relu: Any) -> bool:
    """Return whether a ReLU has output and slope 0 everywhere."""
    if type(relu) is Value:
        return bool(relu.partials == (0.0,))
    return relu.size > 0 and bool(np.all(relu.operands[0].data <= 0))


def rules_of(node: Any) -> Sequence[str]:
    """Return, for each parent, the derivative by it as a formula, or the operation that has it."""
    row = node.row
    if isinstance(row, Elementary) and TABLE.get(row.name) is row and row is not elementary.where:
        rules = _formulas(row)
        return [rule for rule, x in zip(rules, node.operands) if isinstance(x, NODE)]
    return [
        f"{node.op}, operand {k + 1}" for k, x in enumerate(node.operands) if isinstance(x, NODE)
    ]


@functools.cache
def _formulas(row: Elementary) -> list[str]:
    """Return the partials of a row, with its operands named x0, x1, ... and its value z."""
    return [repr(formula) for formula in partial_formulas(row, Tracer())]
