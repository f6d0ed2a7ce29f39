"""Graphs that JavaScript computes anew: nodes as data, and their rows as functions."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from autograd.compiling.javascript import kernels
from autograd.compiling.javascript.kernels import Kernels
from autograd.compiling.javascript.printing import functions, number
from autograd.graph import backward_order
from autograd.rules import elementary
from autograd.value import Value

MOST = 20_000
"""Most numbers of a graph that is printed."""

Comparison = tuple[str, Any, Any, bool]
"""Comparison as "lt", or predicate as "isnan": its sides, nodes or numbers, and the answer."""


class Computation(NamedTuple):
    """Graph as an expression of JavaScript."""

    text: str
    inputs: list[int]
    """Indices of the nodes whose numbers may be changed."""
    still: dict[int, str]
    """Nodes that JavaScript can't compute, with the reason."""


@functools.cache
def library() -> str:
    """Return the statements of JavaScript that the text of every computation needs."""
    return functions() + (Path(__file__).parent / "computation.js").read_text("utf-8")


def computation(
    roots: Sequence[Any],
    inputs: Iterable[Any] | None = None,
    comparisons: Sequence[Comparison] = (),
) -> Computation:
    """Return what computes the graph of some roots anew, with the gradient of the last one.

    `inputs` are the leaves that may change; where none are given, those that have a name.
    `comparisons` are those that were made while the graph was.
    Raises ValueError where the graph is too large.
    """
    return _Printer(roots, inputs, comparisons).printed()


class _Printer:
    def __init__(
        self, roots: Sequence[Any], inputs: Iterable[Any] | None, comparisons: Sequence[Comparison]
    ) -> None:
        self.kernels = Kernels()
        self.nodes = backward_order([*dict.fromkeys(roots)])[::-1]
        self.drawn = len(self.nodes)
        if not all(isinstance(node, Value) for node in self.nodes):
            raise ValueError("javascript: got a Tensor; it computes graphs of Values")
        self.index = {node: i for i, node in enumerate(self.nodes)}
        compared = [x for _, *sides, _ in comparisons for x in sides if isinstance(x, Value)]
        for node in backward_order([*dict.fromkeys(compared)])[::-1]:
            if node not in self.index:
                self.index[node] = len(self.nodes)
                self.nodes.append(node)
        self.size = self.edges = 0
        self.places: list[int] = []
        for node in self.nodes:
            self.places.append(self.size)
            self.size += _size(node)
        self.numbers: list[str] = []
        """Numbers that are there from the beginning: [place, [...]]."""
        self.kept: list[str] = []
        """Partials that stay, in the same form."""
        self.constants: dict[str, int] = {}
        self.still: dict[int, str] = {}
        self.root = self.index[roots[-1]]
        chosen = [x for x in self.nodes if x.name] if inputs is None else inputs
        self.inputs = [self.index[x] for x in chosen if x in self.index and x.row is None]
        self.comparisons = comparisons

    def printed(self) -> Computation:
        """Return the text."""
        nodes = [self.node(i) for i in range(len(self.nodes))]
        guards = [
            f"['{op}',{self.place(x)},{self.place(y)},{str(answer).lower()}]"
            for op, x, y, answer in self.comparisons
        ]
        if self.size > MOST:
            raise ValueError(
                f"javascript: got a graph of {self.size:,} numbers; it needs at most {MOST:,}"
            )
        fixed = self.below(self.still)
        self.inputs = [i for i in self.inputs if i not in fixed]
        order = [self.index[node] for node in backward_order([self.nodes[self.root]]) if node.row]
        fields = {
            "kernels": [f"[{','.join(variants)}]" for variants in self.kernels.texts],
            "nodes": nodes,
            "isArray": [str(int(not isinstance(x, Value))) for x in self.nodes],
            "numbers": self.numbers,
            "kept": self.kept,
            "guards": guards,
            "order": [*map(str, order)],
            "inputs": [*map(str, self.inputs)],
        }
        lists = [f"{name}:[{','.join(found)}]" for name, found in fields.items()]
        counts = f"size:{self.size},edges:{self.edges},root:{self.root}"
        return Computation(
            f"new Computation({{{','.join(lists)},{counts}}})", self.inputs, self.still
        )

    def below(self, still: Iterable[int]) -> set[int]:
        """Return the nodes that some were computed from, with these."""
        return {self.index[x] for x in backward_order([self.nodes[i] for i in still])}

    def place(self, x: Any) -> int:
        """Return where a node or constant is."""
        if isinstance(x, Value):
            return self.places[self.index[x]]
        text = number(float(x))
        if text not in self.constants:
            self.constants[text] = self.size
            self.numbers.append(f"[{self.size},[{text}]]")
            self.size += 1
        return self.constants[text]

    def node(self, i: int) -> str:
        """Return the data of a node."""
        node, place = self.nodes[i], self.places[i]
        if node.row is None:
            self.start(i)
            return f"[{place},{_size(node)}]"
        parents = [self.index[x] for x in node.parents]
        edge, kernel, pullback = self.edges, -1, -1
        self.edges += sum(_size(x) for x in node.parents)
        places = [place]
        reason = self.why_not(node)
        if reason:
            self.still[i] = reason
            self.start(i)
            self.kept.append(f"[{edge},[{','.join(map(number, node.partials))}]]")
        elif parents:
            xs, options = node.row.split(node.operands)
            if node.row is elementary.where:
                xs = xs[1:]
            places += [self.place(x) for x in xs]
            numbers = [x.data if isinstance(x, Value) else float(x) for x in xs]
            kind = "".join(["v" if isinstance(x, Value) else "c" for x in xs])
            found = kernels.values(node.row, numbers, *options)
            kernel = self.kernels.value(found, [1] * (1 + len(xs)))
            found = kernels.slopes(node.row, kind, numbers, *options)
            pullback = self.kernels.slopes(found, len(xs), len(parents))
        else:
            self.start(i)
        return (
            f"[{place},{_size(node)},{kernel},[{','.join(map(str, places))}],{pullback},"
            f"[{','.join(map(str, parents))}],{edge}]"
        )

    def start(self, i: int) -> None:
        """Note the numbers of a node as they are."""
        self.numbers.append(f"[{self.places[i]},[{number(self.nodes[i].data)}]]")

    def why_not(self, node: Any) -> str:
        """Return why JavaScript can't compute a node; "" where it can."""
        if not kernels.is_known(node.row):
            return f"{node.row.name} has a derivative of its own, written in Python"
        return ""


def _size(node: Any) -> int:
    return 1 if isinstance(node, Value) else node.size
