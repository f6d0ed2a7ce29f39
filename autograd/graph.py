"""Nodes of a graph: their base, their order, the chain rule in reverse, and copies of them."""

from __future__ import annotations

import os
import weakref
from _thread import allocate_lock  # not threading, which takes longer to import than this file
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from autograd.names import NODES, AbsentSlot, present
from autograd.watching import asked, watchers

WRITING = allocate_lock()
"""Lock held while gradients are added to leaves, which graphs of several threads may share."""


def _release_in_child() -> None:
    """Release, after a fork, a lock that another thread held."""
    if WRITING.locked():
        WRITING.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_release_in_child)


class Variables(list[Any]):
    """Nodes that stand for the arguments of a function that is being transformed.

    As long as the list exists, a copy of a node that was computed from them stays in the graph.
    """

    __slots__ = ("__weakref__", "_ids")
    _ids: frozenset[int]
    __hash__ = object.__hash__  # type: ignore[assignment]  # lists have none

    def __init__(self, nodes: Iterable[Any]) -> None:
        super().__init__(nodes)
        _variables.add(weakref.ref(self, _variables.discard))  # in C alone: no interrupt is lost

    def __contains__(self, node: object) -> bool:
        if not hasattr(self, "_ids"):
            self._ids = frozenset(map(id, self))
        return id(node) in self._ids


_variables: set[weakref.ref[Variables]] = set()


def is_variable(node: Any) -> bool:
    """Return whether a node stands for an argument of a function that a thread is transforming."""
    return any(node in (ref() or ()) for ref in _variables.copy())


def _is_computed(node: Any, known: dict[Any, bool]) -> bool:
    """Return whether a variable went into a node; `known` keeps the answers for nodes below it."""
    for x in _operands_first(node, lambda x: x in known or id(x) in _snapshots):
        known[x] = is_variable(x) or any(known.get(parent, False) for parent in x.parents)
    return known[node]


def _operands_first(node: Any, is_known: Callable[[Any], bool]) -> list[Any]:
    """Return a node after all nodes that it was computed from, without those that are known."""
    order: list[Any] = []
    stack, entered = [node], set()
    while stack:
        top = stack.pop()
        if top is None:  # what is above it has been gone through
            order.append(stack.pop())
        elif top not in entered and not is_known(top):
            entered.add(top)
            stack += (top, None, *top.parents)
    return order


class Scope:
    """One time that an `ag.scope` was entered: its name, and the scope around it."""

    __slots__ = ("_owner", "name", "outer")

    def __init__(self, name: str, owner: Any, outer: Scope | None) -> None:
        self.name, self.outer = name, outer
        try:  # weakly, for a node that its owner keeps would keep its owner
            self._owner: weakref.ref[Any] | None = weakref.ref(owner)
        except TypeError:
            self._owner = None

    @property
    def owner(self) -> Any:
        """Object that it was entered for, such as a module, or None."""
        return self._owner and self._owner()

    @property
    def path(self) -> str:
        """Names from the outermost on, such as "MLP/Layer/Neuron"."""
        return f"{self.outer.path}/{self.name}" if self.outer else self.name


class Place:
    """Origin of a node: the line of a file, and the scope."""

    __slots__ = ("line", "scope")

    def __init__(self, line: tuple[str, int] | None, scope: Scope | None) -> None:
        self.line, self.scope = line, scope


LINKS = ("_grad", "_level", "_name", "_operands", "_parents", "_place", "_row")
"""Slots that every node has."""


READ_ONLY = {
    "operands": "Operands of the operation, in order, constants included.",
    "parents": "Operands that are nodes, in order, duplicates kept.",
    "partials": "Partial derivative by each of the parents.",
    "row": "Operation that made it, a row of a table; None for a leaf.",
}


def read_only(kind: type, *names: str) -> None:
    """Make slots of nodes read-only: a graph must stay as it was computed."""
    for name in ("operands", "parents", "row", *names):
        setattr(kind, name, property(attrgetter(f"_{name}"), doc=READ_ONLY[name]))


def counted(node: Any, shares: Any) -> Any:
    """Return the shares of a pullback; TypeError where there is not one for each parent."""
    if len(shares) != len(node.parents):
        raise TypeError(
            f"{node.op}: its pullback gave {len(shares)} shares of the gradient; "
            f"it needs one for each of the {len(node.parents)} nodes that it was computed from"
        )
    return shares


class Node:
    """Result of an operation, or a leaf; base of Value and Tensor."""

    if not TYPE_CHECKING:  # each kind of node brings its own, LINKS among them
        __slots__ = ()

    row: Any
    """Operation that made it, a row of a table; None for a leaf."""
    operands: tuple[Any, ...]
    """Operands of the operation, in order, constants included."""
    parents: tuple[Any, ...]
    """Operands that are nodes, in order, duplicates kept."""
    _row: Any  # where the three of them are written
    _operands: tuple[Any, ...]
    _parents: tuple[Any, ...]
    _grad: Any  # not set before the first pass, which tells "none yet" from 0
    _name: str | None  # not set where there is none
    _place: Place | None  # the same
    _level: int  # the same

    @property
    def op(self) -> str:
        """Name of the operation that made it, such as "mul"; "" for a leaf."""
        return self.row.name if self.row else ""

    @property
    def has_grad(self) -> bool:
        """True where a backward pass has reached this node since it was made or cleared."""
        return hasattr(self, "_grad")

    def __dir__(self) -> list[str]:
        return present(self, object.__dir__(self))

    def zero_grad(self) -> None:
        """Clear the gradient."""
        if hasattr(self, "_grad"):
            del self._grad

    @property
    def name(self) -> str | None:
        """Label given by the user, or None."""
        return getattr(self, "_name", None)

    @name.setter
    def name(self, name: str | None) -> None:
        if not (name is None or isinstance(name, str)):
            raise TypeError(f"name: got {type(name).__name__}; it must be a string or None")
        self._name = name

    @property
    def line(self) -> tuple[str, int] | None:
        """File and number of the line that made it, where lines were recorded, or None."""
        place = getattr(self, "_place", None)
        return place.line if place else None

    @property
    def scope(self) -> Scope | None:
        """Innermost `ag.scope` that it was made in, where scopes were noted, or None."""
        place = getattr(self, "_place", None)
        return place.scope if place else None

    @property
    def level(self) -> int:
        """Number of functions being transformed in which a leaf was made."""
        return getattr(self, "_level", 0)

    @property
    def _mask(self) -> Any:
        """Refuse NumPy's masked arrays, which ask for this, and would take `_data` for an array."""
        raise TypeError(
            f"got a masked array beside a {type(self).__name__}, which would drop the gradient; "
            "take x.compressed() or x.filled(0), or multiply by ~x.mask"
        )

    # Copies and pickles. Objects that are pickled together stay together, and no depth of graph
    # recurses: the first node that is met takes all that it was computed from into one snapshot.
    # What was computed from the variables of a function that is being transformed must not leave
    # its graph: a copy is another node of it, and a pickle is refused.

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        if id(self) not in _snapshots and _variables and _is_computed(self, {}):
            kind = type(self).__name__
            raise TypeError(
                f"pickle: got a {kind} of a function that is being transformed, which would lose "
                "its gradient; copy.deepcopy keeps it, and x.detach() is a constant to pickle"
            )
        return self._reduced()

    def _reduced(self) -> tuple[Any, ...]:
        snapshot = _snapshots.get(id(self)) or Snapshot(
            _operands_first(self, lambda node: id(node) in _snapshots)
        )
        return _member, (snapshot, snapshot.index[id(self)])

    def __copy__(self) -> Any:
        if watchers and (answer := asked("copy", self)) is not NotImplemented:
            return answer
        if is_variable(self):
            return self._named_again()
        return _remade(self._record({}), [])

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if watchers and (answer := asked("copy", self)) is not NotImplemented:
            return answer
        if _variables and _is_computed(self, memo.setdefault(id(_variables), {})):
            return self._named_again()
        import copy  # which who calls this has imported

        member, (snapshot, i) = self._reduced()
        return member(copy.deepcopy(snapshot, memo), i)

    def _named_again(self) -> Any:
        node = self._again()
        if self.name is not None:
            node.name = self.name
        return node

    def _record(self, index: dict[int, int]) -> tuple[Any, ...]:
        """Return its complete state, with the nodes of the index as `_Ref`s."""
        operands = [_Ref(index[id(x)]) if id(x) in index else x for x in self.operands]
        grad = self._grad if self.has_grad else None
        op = self.row if self.row and self.row.is_custom else self.op
        return type(self), op, operands, self.name, grad, self._data, self._extra()

    _data: Any
    _extra: Callable[[], Any]
    """Return the state that only this kind of node has."""
    _remade: Callable[..., Any]
    """Make a node from an operation's name, operands, a gradient or None, data and extra."""
    _again: Callable[[], Any]
    """Return another node of the same number or array, computed from this one."""


for _name in NODES:
    setattr(Node, _name, AbsentSlot(_name))


class _Ref(int):
    """Node among those of a snapshot, by its index."""


_snapshots: weakref.WeakValueDictionary[int, Snapshot] = weakref.WeakValueDictionary()


class Snapshot:
    """Some nodes of a graph, operands first, while they are copied or pickled."""

    def __init__(self, nodes: list[Any]) -> None:
        self.nodes = nodes
        self.index = {id(node): i for i, node in enumerate(nodes)}
        for node in nodes:
            _snapshots[id(node)] = self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, ([node._record(self.index) for node in self.nodes],)


def _remade(record: tuple[Any, ...], nodes: list[Any]) -> Any:
    kind, op, operands, name, *rest = record
    operands = tuple([nodes[x] if isinstance(x, _Ref) else x for x in operands])
    node = kind._remade(op, operands, *rest)
    if name is not None:
        node.name = name
    return node


def _restored(records: list[tuple[Any, ...]]) -> Snapshot:
    nodes: list[Any] = []
    for record in records:
        nodes.append(_remade(record, nodes))
    return Snapshot(nodes)


def _member(snapshot: Snapshot, i: int) -> Node:
    node: Node = snapshot.nodes[i]
    return node


N = TypeVar("N", bound=Node)


def backward_order(roots: Sequence[N]) -> list[N]:
    """Return every node that the roots depend on, each before its parents.

    Counts the uses of each node, then passes a node on once all its uses have been seen (Kahn,
    "Topological sorting of large networks", 1962): no recursion, no sort, and nothing is written
    to the nodes, so that an interrupt or another thread finds them as they were.
    """
    uses: dict[N, int] = dict.fromkeys(roots, 0)
    nodes = list(uses)
    for node in nodes:  # grows as it is gone through
        for parent in node._parents:
            if parent in uses:
                uses[parent] += 1
            else:
                uses[parent] = 1
                nodes.append(parent)
    order = [node for node in [*dict.fromkeys(reversed(roots))][::-1] if not uses[node]]
    for node in order:
        for parent in node._parents:
            left = uses[parent] = uses[parent] - 1
            if not left:
                order.append(parent)
    return order


def sweep(
    order: Iterable[Any], adjoint: dict[Any, Any], shares: Callable[[Any, Any], Any]
) -> dict[Any, Any]:
    """Apply the chain rule in reverse: each node with an adjoint gives its parents their shares.

    `shares(node, g)` gives pairs of a parent and its share, in the order in which they are added.
    """
    for node in order:
        if node in adjoint:
            for parent, share in shares(node, adjoint[node]):
                adjoint[parent] = adjoint[parent] + share if parent in adjoint else share
    return adjoint


def between(order: Sequence[N], xs: Iterable[Any]) -> set[N]:
    """Return the xs and the nodes that were computed from them, among nodes in backward order."""
    wanted, found = set(xs), set[N]()
    for node in reversed(order):
        if node in wanted or not found.isdisjoint(node._parents):
            found.add(node)
    return found


def below(roots: Iterable[N]) -> list[N]:
    """Return every node that the roots depend on, the roots first, in no other order."""
    seen = dict.fromkeys(roots)
    nodes = list(seen)
    for node in nodes:  # grows as it is gone through
        for parent in node._parents:
            if parent not in seen:
                seen[parent] = None
                nodes.append(parent)
    return nodes


def write_gradients(slot: Any, nodes: Iterable[Node], gradients: Iterable[Any]) -> None:
    """Write all gradients atomically: an interrupt leaves either all or none written.

    No line of Python runs between the first and the last, and interrupts and other threads wait for
    the end of a line. The gradients are in `slot`.
    """
    deque(map(slot.__set__, nodes, gradients), maxlen=0)
