"""Graphs that JavaScript computes anew: nodes as data, and their rows as functions."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from autograd.compiling.comparisons import ORDERS, PREDICATES, Comparison
from autograd.compiling.functions import Compiled
from autograd.compiling.javascript.kernels import ARRANGED, Kernels, arranged, is_formula
from autograd.compiling.javascript.numberwise import UnknownError, numberwise
from autograd.compiling.javascript.printing import functions, number
from autograd.compiling.primitives import PRIMITIVES
from autograd.graph import backward_order
from autograd.rules import elementary, structural
from autograd.rules.structural import bare as array_of
from autograd.tensors.tensor import Tensor
from autograd.value import Value, bare
from autograd.value import apply as applied

NODE = (Value, Tensor)
MOVING = (
    structural.getitem, structural.gather, structural.reshape, structural.transpose,
    structural.broadcast_to,
)  # fmt: skip
"""Rows that only move the numbers of their operand."""
MOST = 20_000
"""Most numbers of a graph that is printed."""


class Computation(NamedTuple):
    """Graph as an expression of JavaScript."""

    text: str
    inputs: list[int]
    """Indices of the nodes whose numbers may be changed."""
    still: dict[int, str]
    """Nodes that JavaScript can't compute, with the reason."""
    read: dict[int, str]
    """Nodes whose numbers a function took, with its name: no comparison of its answer is known."""


@functools.cache
def library() -> str:
    """Return the statements of JavaScript that the text of every computation needs."""
    return functions() + (Path(__file__).parent / "computation.js").read_text("utf-8")


def computation(
    roots: Sequence[Any] | Compiled,
    inputs: Iterable[Any] | None = None,
    comparisons: Sequence[Comparison] = (),
) -> Computation:
    """Return what computes the graph of some roots anew, with the gradient of the last one.

    `inputs` are the leaves that may change; where none are given, those that have a name.
    `comparisons` are those that were made while the graph was. Of a compiled function, it is the
    graph that `ag.draw` shows, with its guards.
    Raises ValueError where the graph is too large.
    """
    if isinstance(roots, Compiled):
        nodes, guards = roots.drawn_program()
        return _Printer(nodes, inputs, [*itertools.starmap(_compared, guards)], True).printed()
    return _Printer(roots, inputs, comparisons).printed()


def _compared(node: Value, expected: bool) -> Comparison:
    """Return the comparison that a guard of a program is."""
    if node.op in ORDERS or node.op in PREDICATES:
        x, y = [*node.operands, None][:2]
        return node.op, x, y, expected
    return "ne", node, 0.0, expected


class _Printer:
    """Printer of a graph: slots of the numbers of nodes first, then hidden ones and constants."""

    def __init__(
        self,
        roots: Sequence[Any],
        inputs: Iterable[Any] | None,
        comparisons: Sequence[Comparison],
        are_primitives: bool = False,
    ) -> None:
        self.kernels, self.are_primitives = Kernels(), are_primitives
        self.nodes = backward_order([*dict.fromkeys(roots)])[::-1]
        self.index = {node: i for i, node in enumerate(self.nodes)}
        compared = [
            self.origin(x) for _, *sides, _ in comparisons for x in sides if isinstance(x, NODE)
        ]
        for node in backward_order([*dict.fromkeys(compared)])[::-1]:
            if node not in self.index:
                self.index[node] = len(self.nodes)
                self.nodes.append(node)
        self.size = self.edges = 0
        self.places: list[int] = []
        for node in self.nodes:
            self.places.append(self.size)
            self.size += _size(node)
        if self.size > MOST:
            raise _too_large(self.size)
        self.numbers: list[str] = []
        """Numbers that are there from the beginning: [place, [...]]."""
        self.kept: list[str] = []
        """Partials that stay, in the same form."""
        self.constants: dict[str, int] = {}
        self.still: dict[int, str] = {}
        self.read: dict[int, str] = {}
        self.guards: list[str] = []
        self.root = self.index[roots[-1]]
        chosen = [x for x in self.nodes if x.name] if inputs is None else inputs
        self.inputs = [self.index[x] for x in chosen if x in self.index and x.row is None]
        self.comparisons = comparisons

    def printed(self) -> Computation:
        """Return the text."""
        nodes = [self.node(i) for i in range(len(self.nodes))]
        for comparison in self.comparisons:
            self.guard(comparison, -1)
        if self.size > MOST:
            raise _too_large(self.size)
        fixed = self.below([*self.still, *self.read])
        self.inputs = [i for i in self.inputs if i not in fixed]
        fields = {
            "kernels": self.kernels.texts(),
            "nodes": nodes,
            "numbers": self.numbers,
            "kept": self.kept,
            "guards": self.guards,
            "isArray": [str(int(isinstance(x, Tensor))) for x in self.nodes],
            "order": [*map(str, self.order())],
            "inputs": [*map(str, self.inputs)],
        }
        lists = [f"{name}:[{','.join(found)}]" for name, found in fields.items()]
        counts = f"size:{self.size},edges:{self.edges},root:{self.root}"
        text = f"new Computation({{{','.join(lists)},{counts}}})"
        return Computation(text, self.inputs, self.still, self.read)

    def order(self) -> list[int]:
        """Return the nodes in the order of the sweep: Tensors, then the Values below them."""
        if self.are_primitives:
            return []
        root = self.nodes[self.root]
        order, values = list[Any](), list[Any]()
        ready = [root] if isinstance(root, Tensor) else []
        if not ready:
            values.append(root)
        uses = Counter([x for node in backward_order([root]) for x in node.parents])
        while ready:
            order.append(node := ready.pop())
            for parent in node.parents:
                uses[parent] -= 1
                if isinstance(parent, Value):
                    values.append(parent)
                elif not uses[parent]:
                    ready.append(parent)
        return [self.index[node] for node in [*order, *backward_order(values)] if node.row]

    def below(self, still: Iterable[int]) -> set[int]:
        """Return the nodes that some were computed from, with these."""
        return {self.index[x] for x in backward_order([self.nodes[i] for i in still])}

    def constant(self, x: float) -> int:
        """Return the slot of a constant."""
        text = number(float(x))
        if text not in self.constants:
            self.constants[text] = self.size
            self.start(self.size, [x])
            self.size += 1
        return self.constants[text]

    def start(self, place: int, numbers: Iterable[float]) -> None:
        """Note numbers that are there from the beginning."""
        self.numbers.append(_list([place, _list(number(float(x)) for x in numbers)]))

    def origin(self, x: Any) -> Any:
        """Return the node that has the numbers of what is only compared, and moves them there."""
        while x not in self.index and x.row in MOVING:
            (x,) = x.parents
        return x

    def slots(self, x: Any, hidden: Mapping[Any, int] = MappingProxyType({})) -> list[int]:
        """Return the slots of a node, or of a number or array."""
        if isinstance(x, Value) and x in hidden:
            return [hidden[x]]
        if isinstance(x, NODE):
            if x not in self.index:
                inner = np.reshape(self.slots(x.parents[0]), x.parents[0].shape)
                row: Any = x.row
                return [*np.ravel(row.value(inner, *x.operands[1:])).tolist()]
            first = self.places[self.index[x]]
            return [*range(first, first + _size(x))]
        return [self.constant(each) for each in np.ravel(x).tolist()]

    def guard(
        self, comparison: Comparison, node: int, hidden: Mapping[Any, int] = MappingProxyType({})
    ) -> None:
        """Add guards for what was compared, inside a node or, -1, by the function."""
        op, *compared, answer = comparison
        if op == "read":
            self.read[self.index[self.origin(compared[0])]] = compared[1]
            return
        sides = [
            np.reshape(self.slots(x, hidden), np.shape(array_of(bare(x))))
            for x in compared
            if x is not None
        ]
        for *slots, expected in np.broadcast(*sides, answer):
            held = str(bool(expected)).lower()
            self.guards.append(_list([f"'{op}'", slots[0], slots[-1], held, node]))

    def node(self, i: int) -> str:
        """Return the data of a node."""
        node, place = self.nodes[i], self.places[i]
        data = [place, _size(node)]
        if node.row is None:
            self.start(place, np.ravel(node.data))
            return _list(data)
        edge = self.edges
        self.edges += sum(_size(x) for x in node.parents)
        parents = [self.index[x] for x in node.parents]
        ops = self.operations(node, place, edge)
        if ops is None:
            self.still[i] = f"{node.row.name} is computed in Python alone"
            ops = []
            self.start(place, np.ravel(node.data))
            if isinstance(node, Value):
                self.kept.append(_list([edge, _list(map(number, node.partials))]))
        places = _list([place, *[self.places[k] for k in parents]])
        targets = _list([~k for k in range(edge, self.edges)])
        if len(ops) == 1 and ops[0].endswith(f",{places},{targets}]") and data[1] == 1:
            kernels = ops[0].removeprefix("[").removesuffix(f",{places},{targets}]")
            return f"[{_list(parents)},{kernels}]"  # the rest follows
        return _list([*data, _list(parents), edge, _list(ops)])

    def operations(self, node: Any, place: int, edge: int) -> list[str] | None:
        """Return the operations of numbers that a node is; None where it is none."""
        if self.are_primitives:
            if node.op not in PRIMITIVES:
                return None
            places = [place, *[self.slots(x)[0] for x in node.operands]]
            return [_list([self.kernels.primitive(node.op), -1, _list(places), "[]"])]
        if node.row is structural.sort:
            return self.sorted(node, place, edge)
        if not isinstance(node, Value):
            try:
                return self.of_array(node, place, edge)
            except UnknownError:
                return None
        if not is_formula(node.row):
            return None
        if not node.parents:
            self.start(place, [node.data])
            return []
        targets = iter(range(edge, self.edges))
        row: Any = node.row
        slots = [self.slots(x)[0] for x in row.split(node.operands)[0]]
        return [self.operation(node, place, slots, [~next(targets) for x in node.parents])]

    def operation(
        self, node: Value, place: int, slots: Sequence[int], targets: Sequence[int]
    ) -> str:
        """Return an operation of numbers: where it writes and reads, and where its shares go.

        Shares go to slots of hidden nodes, or, as ~edge, to edges.
        """
        row: Any = node.row
        xs, options = row.split(node.operands)
        if row is elementary.where:
            xs, slots = xs[1:], slots[1:]
        numbers = [x._data if isinstance(x, Value) else float(x) for x in xs]
        kind = "".join(["v" if isinstance(x, Value) else "c" for x in xs])
        if row in ARRANGED:
            return self.arranged(row, numbers, options, kind, [place, *slots], targets)
        kernel = self.kernels.value(row, numbers, *options)
        slopes = self.kernels.slopes(row, kind, numbers, *options)
        return _list([kernel, slopes, _list([place, *slots]), _list(targets)])

    def arranged(
        self,
        row: Any,
        xs: Sequence[float],
        options: Sequence[int],
        kind: str,
        places: Sequence[int],
        targets: Sequence[int],
    ) -> str:
        """Return an operation whose operands are arranged; it may have an index.

        It has functions for an index of the first operand, and of the second, and targets for all.
        """
        numbers = arranged(row, xs, *options)
        indices = [(0,), (1,)][: len(xs)] if options else [()]
        values = [self.kernels.value(row, numbers, *index) for index in indices]
        slopes = [self.kernels.slopes(row, "v" * len(xs), numbers, *index) for index in indices]
        some = iter(targets)
        to = [next(some) if k == "v" else "null" for k in kind]
        own = options[0] if options else -1
        more = [own, str(ARRANGED[row]).lower()]
        return _list([_list(values), _list(slopes), _list(places), _list(to), *more])

    def sorted(self, node: Any, place: int, edge: int) -> list[str] | None:
        """Return an operation for each row that was sorted: slots, those of its elements at ranks.

        It has the number of nan among them, which are last, and for which the ranks may be others.
        """
        x, _, axis, ranks, falls = node.operands
        if x.dtype.kind != "f":
            return None
        ends = np.moveaxis(np.arange(node.size).reshape(node.shape), axis, 0) + place
        rows = np.moveaxis(np.arange(x.size).reshape(x.shape), axis, 0)
        ranks = np.arange(len(rows)) if ranks is None else np.moveaxis(np.asarray(ranks), axis, 0)
        ranks = np.broadcast_to(np.expand_dims(ranks, (*range(ranks.ndim, ends.ndim),)), ends.shape)
        count = np.isnan(np.moveaxis(x.data, axis, 0)).sum(0)
        first = self.places[self.index[x]]
        found = []
        for lane in np.ndindex(rows.shape[1:]):
            at = (slice(None), *lane)
            of = rows[at]
            lists = {"of": of + first, "targets": ~(of + edge), "to": ends[at], "ranks": ranks[at]}
            fields = [f"{name}:{_list(part.tolist())}" for name, part in lists.items()]
            fields += [f"nans:{count[lane]}", f"falls:{int(falls)}"]
            found.append(f"{{{','.join(fields)}}}")
        return found

    def of_array(self, node: Any, place: int, edge: int) -> list[str]:
        """Return the operations of a node of an array."""
        leaves, results, comparisons = numberwise(node)
        where: dict[Value, int] = {}
        to: dict[Value, int] = {}
        for parent, own in zip(node.parents, leaves):
            for slot, leaf in zip(self.slots(parent), own):
                where[leaf], to[leaf] = slot, ~edge
                edge += 1
        ends = list[tuple[int, Any]]()
        for slot, x in enumerate(results, place):
            if isinstance(x, Value) and x.row is not None and x not in where:
                where[x] = to[x] = slot
            else:
                ends.append((slot, x))
        compared = [x for _, *sides, _ in comparisons for x in sides if isinstance(x, Value)]
        values = [x for x in results if isinstance(x, Value)]
        found = []
        for x in backward_order([*dict.fromkeys(values + compared)])[::-1]:
            if x.row is None:
                if x not in where:
                    where[x] = to[x] = self.constant(x._data)
                continue
            if x not in where:
                where[x] = to[x] = self.size
                self.size += 1
            if not is_formula(x.row):
                raise UnknownError
            xs, _ = x.row.split(x.operands)
            slots = [where[each] if isinstance(each, Value) else self.constant(each) for each in xs]
            found.append(self.operation(x, where[x], slots, [to[each] for each in x.parents]))
        for slot, x in ends:
            if isinstance(x, Value):
                copy = applied(elementary.pos, x)
                found.append(self.operation(copy, slot, [where[x]], [to[x]]))
            else:
                self.start(slot, [x])
        for comparison in comparisons:
            self.guard(comparison, self.index[node], where)
        return found


def _size(node: Any) -> int:
    return 1 if isinstance(node, Value) else int(node.size)


def _list(parts: Iterable[Any]) -> str:
    return f"[{','.join(map(str, parts))}]"


def _too_large(size: int) -> ValueError:
    return ValueError(f"javascript: got a graph of {size:,} numbers; it needs at most {MOST:,}")
