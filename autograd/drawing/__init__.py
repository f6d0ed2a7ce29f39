"""Computation graphs drawn: as SVG, as a page, as text, and as DOT (`graphviz`)."""

from __future__ import annotations

import os
import re
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.drawing.limits import MOST
from autograd.value import shown

if TYPE_CHECKING:  # at run time modules are imported when something is drawn
    from autograd.drawing.folding import Expand
    from autograd.drawing.graph import Graph

FORMS = {".svg": "svg", ".dot": "dot", ".html": "html", ".txt": "text"}
RENDERED = {".png": "png", ".pdf": "pdf"}
"""Forms that matplotlib draws."""


class Drawing:
    """A drawn graph in four forms; notebooks show its picture, and print its text.

    All but the page show the graph as it was when it was drawn.
    """

    def __init__(
        self,
        graph: Graph,
        depth: int | None = None,
        expand: Expand = (),
        fold: bool = True,
        most: int = MOST,
    ) -> None:
        from autograd.drawing.view import View

        self.graph = graph
        self._view_of = partial(View, depth=depth, expand=expand, fold=fold, most=most)
        self._view = self._view_of(graph)

    @cached_property
    def dot(self) -> str:
        """Source of the picture, in the language of Graphviz."""
        from autograd.drawing.dot import dot_source

        return _written(dot_source(self._view))

    @cached_property
    def svg(self) -> str:
        """Picture as SVG, the same bytes for the same graph."""
        from autograd.drawing.svg import picture

        return _written(picture(self._view))

    @cached_property
    def text(self) -> str:
        """Graph as lines of text: each node, and below it its operands.

        A node that was shown before is only referred to.
        """
        from autograd.drawing.text import listing

        return _written(listing(self._view))

    @cached_property
    def html(self) -> str:
        """Page that goes through the forward and the backward pass step by step.

        The backward pass begins at the result, or at the sum of several. The graph is folded as in
        the picture, and a folded box opens by a double click. A notebook shows it in a frame.
        """
        from autograd.drawing.page import page
        from autograd.notebooks import Page

        return Page(_written(page(self.graph, partial(self._view_of, is_live=True))))

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        from autograd.notebooks import scrolled

        return scrolled(self.svg)

    def __repr__(self) -> str:
        nodes = f"{len(self.graph):,} node{'s' * (len(self.graph) != 1)}"
        return f"<drawing of {nodes}; print() shows it, .save('graph.svg') writes it>"

    def __str__(self) -> str:
        return self.text

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the drawing to a file, `.svg`, `.dot`, `.html`, `.txt`, `.png`, `.pdf`, atomically.

        Raises ValueError for another ending, OSError where it can't be written, and ImportError for
        `.png` and `.pdf` where matplotlib is not installed.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending in RENDERED:
            from autograd.drawing.rendered import rendered

            contents = rendered(self.svg, RENDERED[ending])
        elif ending in FORMS:
            contents = getattr(self, FORMS[ending]).encode()
        else:
            known = ", ".join([*FORMS, *RENDERED])
            raise ValueError(f"save: got {target.name!r}; the name must end in {known}")
        from autograd import files

        try:
            files.write(target, contents)
        except OSError as error:
            error.filename = os.fspath(target)  # not a file beside it that is written first
            raise
        return target


_UNWRITABLE = "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"


def _written(text: str) -> str:
    """Return a text without the characters that neither XML nor UTF-8 has."""
    return re.sub(_UNWRITABLE, "\N{REPLACEMENT CHARACTER}", text)


def draw(
    x: Any,
    *arguments: Any,
    depth: int | None = None,
    expand: Expand = (),
    fold: bool = True,
    most: int = MOST,
) -> Drawing:
    """Draw a computation graph.

    `x` is a Value or a Tensor, or a list, tuple or dict of them; or a function or a module, with
    the arguments to draw it for; or a compiled function, whose program is drawn. Floats and arrays
    of floats among the arguments become variables, named as the parameters; parameters of modules
    are named by their paths. Where a function gives one number, the derivatives are computed too,
    and no `grad` changes.

    Each node shows its operation, as a formula where its operands have names, its name, its value
    and its gradient: a dash until a backward pass through this graph has reached it, orange where
    positive, blue where negative, the deeper the larger. Arrays of up to four rows and five columns
    are shown number by number, larger ones as heat maps. A nan, an infinity (both red), a ReLU that
    lets nothing through and a vanishing gradient are marked. Operands stand in order, and one
    that a node uses twice has two edges to it. The width of an edge between Values shows the
    derivative that flows back along it: the gradient of its result times its local derivative.

    Modules and other `ag.scope`s have a frame. Graphs of more than `most` nodes, or three times as
    many edges, are folded to at most about `most` boxes: modules and other scopes are opened from
    the outermost on as long as there is room. Of five or more blocks that are alike, such as
    layers, steps of a loop or terms of a sum, one is open, and the others are one box,
    "Block × 11". Named parameters stay visible as long as there is room, and edges are counted.
    `depth` is the number of nested scopes that are shown open. `expand` names scopes, by class or
    path, that stay open, or is a function that returns whether a scope does. With fold=False
    everything is drawn. Pictures are about 900 pixels wide at most, unless a box is wider, and as
    high as they must be.

    Raises TypeError for anything else, and for a function that returns no node; ValueError where
    `depth` or `most` is no such number.

    >>> import autograd as ag
    >>> x = ag.Value(2.0, name="x")
    >>> print(draw(x * x))
    v1 *  value 4.0000  grad —
    ├─ x  value 2.0000  grad —
    └─ x (above)
    >>> print(draw(lambda w, b: w * 3.0 + b, 2.0, 1.0))
    v2 +  value 7.0000  grad +1.0000
    ├─ v1 * 3  value 6.0000  grad +1.0000
    │  └─ w  value 2.0000  grad +3.0000
    └─ b  value 1.0000  grad +1.0000
    """
    from autograd.drawing.calling import graph_of_call
    from autograd.drawing.facts import NODE
    from autograd.drawing.graph import Graph

    if depth is not None and not _is_count(depth, 0):
        raise ValueError(f"draw: got depth={depth!r}; it must be an integer from 0 on")
    if not _is_count(most, 1):
        raise ValueError(f"draw: got most={most!r}; it must be an integer from 1 on")
    if not callable(expand) and not hasattr(expand, "__iter__"):
        raise TypeError(f"draw: got {shown(expand)} as expand; it needs names or a function")
    if not arguments and hasattr(type(x), "nodes_of_program"):
        x = x.nodes_of_program()
    if callable(x):
        graph = graph_of_call(x, arguments)
    else:
        from autograd.trees import flatten

        roots, _ = flatten(x)
        for root in roots:
            if not isinstance(root, NODE):
                what = "Values or Tensors, or a function and its arguments"
                raise TypeError(f"draw: got {shown(root)}; it needs {what}")
        if arguments or not roots:
            what = "arguments are for functions" if roots else "it needs Values or Tensors"
            raise TypeError(f"draw: got {shown(arguments or x)}; {what}")
        graph = Graph(roots)
    return Drawing(graph, depth, expand, fold, most)


def _is_count(x: Any, least: int) -> bool:
    import operator

    try:
        return not isinstance(x, bool) and operator.index(x) >= least
    except TypeError:
        return False
