"""A graph as one HTML file that goes through its forward and backward pass step by step.

The file loads nothing: its policy allows the style and the script inside it, by their hashes, and
nothing else. Numbers come from the engine; where inputs move, the script computes them by the rows
of the engine.
"""

from __future__ import annotations

import copy
import functools
import json
import math
import operator
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from autograd import functions
from autograd.drawing import palette
from autograd.drawing.contents import Contents
from autograd.drawing.facts import shortened
from autograd.drawing.folded_contents import FoldedContents
from autograd.drawing.graph import Graph
from autograd.drawing.opened import opened
from autograd.drawing.packed import packed
from autograd.drawing.svg import picture
from autograd.drawing.view import View
from autograd.recording import recorded
from autograd.tensors.tensor import Tensor
from autograd.value import Value

UNWATCHED = (
    "What code chose by numbers on the way to the graph, as by if or argmax, stays: it is known "
    "where ag.draw gets the function itself."
)
NOTHING = "const computation = null;"
"""Script of a page that computes nothing anew."""
ALL = functools.partial(View, fold=False, is_live=True)
"""View of a page with a box for each node."""
HERE = Path(__file__).parent
UNSTARTED = """\
if (!document.documentElement.hasAttribute("data-ready"))
  document.documentElement.className = "unstarted";"""
"""Script for browsers that do not know the language of the others."""
SCRIPTS = [
    "unpacking.js",
    "numbers.js",
    "boxes.js",
    "picture.js",
    "flags.js",
    "moving.js",
    "descent.js",
    "story.js",
    "page.js",
]


def page(graph: Graph, view_of: Callable[[Graph], View] = ALL) -> str:
    """Return the page of a graph: the same bytes for the same graph.

    The backward pass is that of the root; for an array that of the sum of its elements, and for
    several roots that of their sum. No `grad` is read or changed. `view_of` says what is folded.
    """
    import html  # slow to import, as are the other things that only the page needs

    about, insides = "", list[str]()
    if len(graph.roots) > 1:
        about = f", through the sum of {len(graph.roots)} results"
        graph = _summed(graph)
    (root,) = graph.roots
    count = len(graph)
    known = copy.copy(graph)
    known.gradients = {}  # and nothing else is known
    view = view_of(known)
    is_folded = len(view.boxes) < count
    contents = FoldedContents(graph, view) if is_folded else Contents(graph)
    known.gradients = contents.gradients
    view = view_of(known)
    computing, still, fixed = _computing(graph)
    more: dict[str, Any] = {"still": still, "fixed": fixed}
    if isinstance(contents, FoldedContents):
        insides, contents.insides = opened(known, view, lambda inner: _plain(picture(inner)))
        about = f" in {len(view.boxes):,} boxes{about}"
        if computing != NOTHING:
            more["inner"] = contents.inner()
    data = packed({**contents.data(), **more})
    has_arrays = is_folded or any(isinstance(node, Tensor) for node in graph.nodes)
    names = [
        *SCRIPTS[:2],
        *["arrays.js"] * has_arrays,
        *SCRIPTS[2:],
    ]  # a folded box has an array of what is in it
    names += ["opening.js"] * is_folded
    texts = {
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
        "style": _uncommented(palette.variables())
        + _file("page.css")
        + _uncommented(palette.shades()),
        "script": "".join([_uncommented(f"{computing}\n"), *map(_file, names)]),
    }
    texts["data"] = texts["data"].replace("<", "\\u003c")  # so that no text ends the element
    label = html.escape(shortened(contents.labels[root]))
    title = f"The chain rule through {label}" if graph.name(count - 1) else "The chain rule"
    body = Template((HERE / "page.html").read_text("utf-8")).substitute(
        texts,
        unstarted=UNSTARTED,
        title=title,
        about=f"{count:,} node{'s' * (count != 1)}{about}, {len(contents.steps):,} steps",
        svg=_plain(picture(view)) if is_folded else _in_order(_plain(picture(view))),
        insides=_compressed(insides) if insides else "",
    )
    return whole(title, body, texts["style"], texts["script"], UNSTARTED)


@functools.cache
def _file(name: str) -> str:
    """Return a file of the page's, without comments."""
    return _uncommented((HERE / name).read_text("utf-8"))


def _uncommented(text: str) -> str:
    """Return text of styles or scripts without comments, blank lines and indents."""
    return _COMMENT.sub("", text)


def whole(title: str, body: str, style: str, *scripts: str) -> str:
    """Return a page of a body that uses its own style, and runs its own scripts alone."""
    return Template((HERE / "whole.html").read_text("utf-8")).substitute(
        title=title, body=body, style=style, policy=policy(style, *scripts)
    )


def _computing(graph: Graph) -> tuple[str, str, list[int]]:
    """Return the script that computes the graph anew, and in words what it can't compute.

    The last are the nodes that stay as they were drawn.
    """
    from autograd.compiling.javascript import computation, library

    if any(np.iscomplexobj(node.data) for node in graph.nodes):
        return NOTHING, "Complex numbers are not computed anew here.", []
    leaves = [node for node in graph.nodes if node.row is None]
    try:
        found = computation(graph.roots, leaves, graph.comparisons or ())
    except ValueError as error:
        return NOTHING, f"Not computed anew here: {str(error).removeprefix('javascript: ')}.", []
    fixed = [i for i in found.still if i < len(graph)]  # and not what is only compared
    named = [f"{graph.labels[graph.nodes[i]]}: {found.still[i]}" for i in fixed]
    labels = [graph.labels[node] for node in graph.nodes]
    named += dict.fromkeys(
        f"{what} took the numbers" + (f" of {labels[i]}" if i < len(graph) else "")
        for i, what in found.read.items()
    )
    words = [f"Not computed anew: {'; '.join(named)}. What it comes from stays."] if named else []
    if graph.comparisons is None and found.inputs:
        words.append(UNWATCHED)
    if any(isinstance(x, Tensor) and x.dtype != np.float64 for x in graph.nodes):
        words.append("What is moved is computed in double precision.")
    return f"{library()}\nconst computation = {found.text};", " ".join(words), fixed


_COMMENT = re.compile(r"^\s*(?://.*|/\*\*.*\*/)?\n|^[ \t]+|(?<=[;,{]) // .*$", re.MULTILINE)
"""Parts of scripts and styles that they do not need: comments, empty lines, leading spaces."""


def _plain(svg: str) -> str:
    """Return a picture in fewer characters, without what the page does itself."""
    svg = re.sub(r"<style>[^<]*</style>|(?<=>)\n<title>[^<]*</title>", "", svg)
    svg = re.sub(r' textLength="[^"]*" lengthAdjust="[^"]*"', "", svg)
    svg = re.sub(r"<[^>]*\.0[^>]*>", lambda tag: re.sub(r"\.0(?!\d)", "", tag[0]), svg)
    svg = svg.replace(' font-weight="bold"', ' class="b"').replace(' class="other"', "")
    svg = re.sub(r'(<text x="[-\d.]+" y=")([-\d.]+)', lambda x: f"{x[1]}{float(x[2]):.0f}", svg)
    svg = _CORNERS.sub(_rectangle, svg).replace(">\n<", "><")  # spaces would be nodes of the page
    return _ARROW.sub(_line, svg)


def _compressed(texts: Sequence[str]) -> str:
    """Return texts as base64 of a zlib stream, which browsers read, with a null between them."""
    import base64
    import zlib

    whole = "\0".join(texts).encode("utf-8", "replace")
    return base64.b64encode(zlib.compress(whole, 9)).decode()


def _in_order(svg: str) -> str:
    """Return a picture without ids of nodes and edges, which the script knows by their order."""
    edges = re.findall(r'<path id="[^"]*" class="edge[^>]*>', svg)
    if edges:
        together = "".join(re.sub(r' id="[^"]*" class="[^"]*"', "", edge) for edge in edges)
        svg = svg.replace("".join(edges), f'<g class="edges">{together}</g>')
    svg = re.sub(r'<g id="n\d+" class="node">', '<g class="node">', svg)
    return re.sub(r'="([\w.-]+)"(?=[ >])', r"=\1", svg)


_ARROW = re.compile(
    r'<g( id="[^"]*" class="edge[^"]*")><path d="([^"]*)"/>'
    r'<polygon points="[-\d.]+,[-\d.]+ ([-\d.]+,[-\d.]+) [^"]*"/></g>'
)


def _line(found: re.Match[str]) -> str:
    """Return an arrow as a line to its tip; the style of the page puts a head there."""
    way = re.sub(r"[\d.]+", lambda x: f"{float(x[0]):.0f}", f"{found[2]}L{found[3]}")
    way = re.sub(r",(\d+)L(\d+),\1(?!\d)", r",\1H\2", way)
    return f'<path{found[1]} d="{_relative(way)}"/>'


def _relative(way: str) -> str:
    """Return a path with each curve as seen from its start, and lines by the one number they need.

    >>> _relative("M176,1392C186,1392 186,1194 197,1194H204L204,1200")
    'M176,1392c10,0 10-198 21-198H204V1200'
    """
    text, x, y = "", 0, 0
    for letter, numbers in re.findall(r"([A-Z])([^A-Z]*)", way):
        found = [int(number) for number in re.findall(r"-?\d+", numbers)]
        if letter == "C":
            pairs = " ".join([f"{a - x},{b - y}" for a, b in zip(found[::2], found[1::2])])
            is_flat = len({y, *found[1::2]}) == 1
            letter, numbers = "c", re.sub(r"[ ,]-", "-", pairs)
            if is_flat:
                letter, numbers = "H", str(found[-2])
        elif letter == "L" and found[0] == x:
            letter, numbers = "V", str(found[1])
        text += letter + numbers
        x, y = found[-2:] if len(found) > 1 else (found[0], y)
    return text


_CORNERS = re.compile(
    r'<polygon([^>]*) points="([-\d.]+),([-\d.]+) \2,([-\d.]+) ([-\d.]+),\4 \5,\3"'
)


def _rectangle(found: re.Match[str]) -> str:
    """Return a rectangle as a path, in fewer characters than its corners take."""
    left, low, top, right = map(float, found.group(2, 3, 4, 5))
    x, y = math.floor(left), math.floor(top)
    return f'<path{found[1]} d="M{x},{y}h{right - left:g}v{low - top:g}H{x}z"'


def _summed(graph: Graph) -> Graph:
    """Return the graph of the sum of its roots, from which each of them gets a seed of 1."""
    parts = [root if isinstance(root, Value) else functions.sum(root) for root in graph.roots]
    is_plain = all(isinstance(part, Value) for part in parts)
    with recorded():
        total = functions.sum(parts) if is_plain else functools.reduce(operator.add, parts)
    total.name = "total"
    summed = Graph([total], dict(zip(graph.nodes, graph.names)))
    summed.comparisons = graph.comparisons
    return summed


def policy(style: str, *scripts: str) -> str:
    """Return the policy of a page that may use its own style and run its own scripts only."""
    import base64
    import hashlib

    def source(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    allowed = " ".join(map(source, scripts))
    return f"default-src 'none'; style-src {source(style)}; script-src {allowed}; base-uri 'none'"
