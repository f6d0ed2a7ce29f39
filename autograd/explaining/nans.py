"""Origin of a nan or inf in a loss, or in its gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd.explaining.notations import told, told_name
from autograd.explaining.origins import (
    arising,
    backward_origins,
    forward_origin,
    is_finite,
    made_by,
)
from autograd.explaining.rules import formula_of, labels_of
from autograd.graph import backward_order
from autograd.nodes import plain

MOST = 12
"""Number of nodes above which a path is shown without its middle."""


class NanStory:
    """Origin of a nan or inf, forward and backward; true if there is any, and its text by `str`."""

    def __init__(self, root: Any, seed: Any) -> None:
        self._root, order = root, backward_order([root])
        self._labels = labels_of(order[::-1])
        self.forward: Any = None
        """Node in whose computation it first arose, from operands that are finite; or None."""
        self.forward_path: list[Any] = []
        """Nodes between that and the root, both included, if it reached the root."""
        self.backward: Any = None
        """Node whose derivative first gave it to a gradient of a leaf; or None."""
        self.backward_path: list[Any] = []
        """Nodes between that and the leaf, both included."""
        self._harmless: Any = None
        bad = {node for node in order if not is_finite(plain(node))}
        if root in bad:
            self.forward = forward_origin(root)
            self.forward_path = _path(root, self.forward, bad)[::-1]
        self._what = ""
        origins = backward_origins(root, seed)
        hurt = next((node for node in order if node.row is None and node in origins), None)
        if hurt is not None:
            self._what, self.backward, _ = origins[hurt]
            self.backward_path = [hurt]
            while self.backward_path[-1] is not self.backward:
                self.backward_path.append(origins[self.backward_path[-1]][2])
            self.backward_path.reverse()
        if bad and self.forward is None:
            first = next(filter(arising, order[::-1]), None)  # and not what was given
            if hurt is None:
                self._harmless = first
            else:
                self.forward = first

    def __bool__(self) -> bool:
        return self.forward is not None or self.backward is not None

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    @property
    def text(self) -> str:
        """Story of the nan or inf, on several lines."""
        return "\n".join(self._told())

    def _told(self) -> Iterator[str]:
        root = told_name(self._labels[self._root])
        if not self:
            yield f"{root} = {told(self._root.data)} and its gradients are finite"
            if self._harmless is not None:
                yield f"  {made_by(self._harmless)}, which reached none of them"
            return
        if self.forward is None:
            yield f"forward: all is finite, {root} = {told(self._root.data)}"
        else:
            yield f"forward: {made_by(self.forward)}{_at(self.forward)}"
            if self.forward_path:
                yield f"  and so {root} = {told(self._root.data)}, by way of"
                yield from self._path(self.forward_path)
            else:
                yield f"  but {root} = {told(self._root.data)}"
        if self.backward is None:
            yield "backward: no gradient of a leaf is nan or inf"
            return
        leaf = self.backward_path[-1]
        yield f"backward: {self._what}{_at(self.backward)}"
        yield f"  and so the gradient of {told_name(self._labels[leaf])}, by way of"
        yield from self._path(self.backward_path)

    def _path(self, nodes: Sequence[Any]) -> Iterator[str]:
        for i, node in enumerate(nodes):
            if MOST <= 2 * i < 2 * len(nodes) - MOST:
                if 2 * i in (MOST, MOST + 1):
                    yield f"    … {len(nodes) - MOST} more"
                continue
            name = told_name(self._labels[node])
            formula = f" = {formula_of(node, self._labels)[0]}" if node.row else ""
            yield f"    {name}{formula} = {told(node.data)}{_at(node)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the story as data: names, lines and paths, or None where nothing was found."""
        return {
            "found": bool(self),
            "forward": self._where(self.forward, self.forward_path),
            "backward": self._where(self.backward, self.backward_path),
        }

    def _where(self, node: Any, path: Sequence[Any]) -> dict[str, Any] | None:
        if node is None:
            return None
        return {
            "name": self._labels[node],
            "op": node.op,
            "what": made_by(node) if path is self.forward_path else self._what,
            "line": list(node.line) if node.line else None,
            "path": [self._labels[x] for x in path],
        }


def _at(node: Any) -> str:
    return f", at {node.line[0]}:{node.line[1]}" if node.line else ""


def _path(start: Any, end: Any, within: set[Any]) -> list[Any]:
    """Return the nodes from one to another that it was computed from, within a set of nodes."""
    path = [start]
    while path[-1] is not end:
        path.append(next(parent for parent in path[-1].parents if parent in within))
    return path
