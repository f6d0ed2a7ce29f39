"""Source of a drawing in the language of Graphviz: boxes of their sizes, scopes as clusters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from autograd.drawing.cells import SIZE, border, shade_of
from autograd.drawing.palette import LIGHT
from autograd.drawing.view import Box, Link, View

if TYPE_CHECKING:
    import graphviz

FONT = "Helvetica"  # the metrics that layout programs know; what is shown may be its like
STYLES = {"": "filled", "5,2": "filled,dashed", "2,3": "filled,dotted"}
"""Graphviz styles by the dashes of a border."""


def dot_source(view: View) -> str:
    """Return the source of a picture: operands from the left, in order."""
    import graphviz  # slow to import, and not everybody draws

    drawn = graphviz.Digraph(
        "graph",
        graph_attr={
            "rankdir": "LR",
            "bgcolor": "transparent",
            "nodesep": "0.18",
            "ranksep": "0.4",
            "ordering": "in",
            "nslimit": "3",  # most graphs need a third of it; a few would take minutes
            "fontname": FONT,
            "fontsize": str(SIZE),
        },
        node_attr={
            "shape": "box",
            "fixedsize": "true",
            "style": "filled",
            "color": LIGHT["line"],
            "fontname": FONT,
            "fontsize": str(SIZE),
        },
        edge_attr={
            "arrowsize": "0.7",
            "color": LIGHT["line"],
            "fontname": FONT,
            "fontsize": str(SIZE),
        },
    )
    if view.note:
        drawn.body.append(_statement("graph", label=quoted(view.note), labelloc="b"))
    _add_boxes(drawn, view)
    drawn.body += map(_link, view.links)
    return str(drawn.source)


def _add_boxes(drawn: graphviz.Digraph, view: View) -> None:
    """Add the boxes of each scope to its cluster, and clusters to those around them."""
    import graphviz

    graph = view.graph
    inside: dict[int, list[Box]] = {}
    for box in view.boxes:
        inside.setdefault(box.scope, []).append(box)
    used = set(inside)
    for scope in inside:
        while scope >= 0 and graph.outers[scope] not in used:
            scope = graph.outers[scope]
            used.add(scope)
    clusters: dict[int, Any] = {-1: drawn}
    for scope in sorted(used - {-1}):
        frame = {"id": f"s{scope}", "labeljust": "l", "labelloc": "t", "margin": 10}
        label, colour = quoted(graph.scope_label(scope)), quoted(LIGHT["line"])
        clusters[scope] = graphviz.Digraph(f"cluster_s{scope}")
        clusters[scope].body.append(_statement("graph", label=label, color=colour, **frame))
    for scope, boxes in inside.items():
        clusters[scope].body += [_box(box, shade_of(box.facts, view.largest)) for box in boxes]
    for scope in sorted(used - {-1}, reverse=True):  # inner ones first
        clusters[graph.outers[scope]].subgraph(clusters[scope])


def _box(box: Box, shade: int) -> str:
    """Return a box with room for its cells; other programs than ours write all in one."""
    facts = box.facts
    width, height, written = box.cells
    thickness, _, dashes = border(facts)
    look = {"style": quoted(STYLES[dashes]), "penwidth": thickness} if thickness > 1 else {}
    return _statement(
        box.id,
        label=quoted(*(line for cell in written for line in cell.lines)),
        id=box.id,
        tooltip=quoted(story(box)),
        width=f"{width / 72:.4f}",
        height=f"{height / 72:.4f}",
        fillcolor=quoted(LIGHT[f"{facts.sign}{shade}" if shade else box.kind]),
        **look,
    )


def _link(link: Link) -> str:
    many = {}
    if link.count > 1:
        many = {
            "label": quoted(f"× {link.count:,}"),
            "penwidth": f"{1 + math.log10(link.count):.2f}",
        }
    ends = f"{link.source.id} -> {link.target.id}"
    return _statement(ends, id=link.id, tooltip=quoted(link_story(link)), **many)


def _statement(head: str, **attributes: object) -> str:
    return f"\t{head} [{' '.join(f'{name}={text}' for name, text in attributes.items())}]\n"


def quoted(*lines: str) -> str:
    """Return lines in which Graphviz sees no escapes, and no markup."""
    safe = [line.replace("\\", r"\\").replace('"', r"\"") for line in lines]
    return '"' + r"\n".join(safe) + '"'


def story(box: Box) -> str:
    """Describe a box in words."""
    facts = box.facts
    head = " = ".join(filter(None, (facts.name, facts.op))) or "a leaf"
    parts = [", ".join(facts.value), f"grad {facts.gradient}", *facts.flags]
    return f"{head}: {'; '.join(filter(None, (box.contents, *parts)))}"


def link_story(link: Link) -> str:
    """Describe a link in words: the factor of the chain rule, or the number of edges."""
    way = f"{_called(link.source)} → {_called(link.target)}"
    if link.edge is None:
        return f"{way}: {link.count:,} edge{'s' * (link.count > 1)}"
    known = link.edge.derivative
    share = f"{link.share:+.6g}" if link.share else "0"
    sent = "" if link.share is None else f", sends back {share}"
    return f"{way}: local derivative {link.edge.rule if known is None else f'{known:.6g}'}{sent}"


def _called(box: Box) -> str:
    return box.facts.name or box.facts.op or box.id
