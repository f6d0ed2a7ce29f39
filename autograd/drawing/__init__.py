"""Computation graphs drawn: nodes to DOT (`graphviz`), DOT to SVG (`graphviz-pure`)."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from autograd.drawing.dot import dot_source
from autograd.drawing.graph import Graph
from autograd.drawing.svg import laid_out
from autograd.drawing.text import listing
from autograd.tensors.tensor import Tensor
from autograd.trees import flatten
from autograd.value import Value, shown

FORMS = {".svg": "svg", ".dot": "dot", ".html": "html", ".txt": "text"}


class Drawing:
    """A drawn graph, in any of four forms; in a notebook it shows its picture, printed its text."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.dot: str = dot_source(graph)
        """The source of the picture, in the language of Graphviz."""

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, the same bytes for the same graph.

        Raises RuntimeError where no layout program is found or where it fails.
        """
        return laid_out(self.dot)

    @cached_property
    def text(self) -> str:
        """The graph as lines of text: each node below the one that it is an operand of."""
        return listing(self.graph)

    @cached_property
    def html(self) -> str:
        """A page that goes through the forward and the backward pass step by step."""
        from autograd.drawing.page import page

        return page(self.graph)

    def _repr_svg_(self) -> str:
        return self.svg

    def __str__(self) -> str:
        return self.text

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the drawing to a file, `.svg`, `.dot`, `.html` or `.txt`, complete or not at all.

        Raises ValueError for another ending.
        """
        target = Path(path)
        if target.suffix not in FORMS:
            raise ValueError(f"save: got {target.name!r}; the name must end in {', '.join(FORMS)}")
        text = getattr(self, FORMS[target.suffix])
        partial = target.with_name(target.name + ".partial")
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return target


def draw(x: Any) -> Drawing:
    """Draw the graph that a Value or a Tensor was computed from, or several of them together.

    Each node shows its operation, its name, its value and its gradient, which is a dash until a
    backward pass has reached it. An operand that is used twice by a node has two edges to it.
    Raises TypeError for anything else.

    >>> x = Value(2.0, name="x")
    >>> y = x * x
    >>> print(draw(y).dot.count("->"))
    2
    """
    roots, _ = flatten(x)
    for root in roots:
        if not isinstance(root, (Value, Tensor)):
            raise TypeError(f"draw: got {shown(root)}; it needs Values or Tensors")
    return Drawing(Graph(roots))
