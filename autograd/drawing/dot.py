"""What is drawn in the language of Graphviz: boxes as tables, scopes as clusters."""

from __future__ import annotations

import functools
import math
import unicodedata
from typing import TYPE_CHECKING, Any

from autograd.drawing.graph import BINS, Facts
from autograd.drawing.view import Box, Link, View

if TYPE_CHECKING:
    import graphviz

FONT = "Helvetica"  # the metrics that layout programs know; what is shown may be its like
SIZE = 11
PADDING = 6
LONG = 20
"""A longer call has its operands on a line of their own."""
LINE = "#5b6570"
FILLS = {"leaf": "#eef1f4", "result": "#e4f4e8", "other": "#ffffff", "folded": "#f1edf9"}
"""By the kind of box; in SVG they are classes, with other colours where it is dark."""
SHADES = {
    "pos": ("#fff3e5", "#ffe4c7", "#ffd0a0", "#ffb970", "#ff9f40"),
    "neg": ("#ebf2ff", "#d3e3ff", "#b3cfff", "#8eb7ff", "#6a9fff"),
    "both": ("#f5effc", "#e8daf7", "#d8c0f0", "#c4a1e6", "#b083dc"),
}
"""By the sign of the gradient, from the smallest to the largest."""
BORDERS = {
    "nan": 'BORDER="4"',
    "inf": 'BORDER="1" CELLSPACING="3"',
    "dead ReLU": 'BORDER="2" STYLE="dashed"',
    "vanishing": 'BORDER="2" STYLE="dotted"',
}
"""A flag is seen by the shape of the border too: thick, double, dashed, dotted."""


def dot_source(view: View) -> str:
    """The source of a picture: operands from the left, in order."""
    import graphviz  # slow to import, and not everybody draws

    drawn = graphviz.Digraph(
        "graph",
        graph_attr={
            "rankdir": "LR",
            "bgcolor": "transparent",
            "nodesep": "0.18",
            "ranksep": "0.4",
            "ordering": "in",
            "fontname": FONT,
            "fontsize": str(SIZE),
        },
        node_attr={"shape": "plain", "fontname": FONT, "fontsize": str(SIZE)},
        edge_attr={"arrowsize": "0.7", "color": LINE, "fontname": FONT, "fontsize": str(SIZE)},
    )
    if view.note:
        drawn.attr(label=quoted(view.note), labelloc="b")
    _add_boxes(drawn, view)
    for link in view.links:
        _add_link(drawn, link)
    return str(drawn.source)


def _add_boxes(drawn: graphviz.Digraph, view: View) -> None:
    """The boxes of each scope in its cluster, clusters in those around them."""
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
        clusters[scope] = graphviz.Digraph(f"cluster_s{scope}")
        clusters[scope].attr(
            label=quoted(graph.scope_label(scope)), id=f"s{scope}", labeljust="l", color=LINE,
            labelloc="t", margin="10",
        )  # fmt: skip
    for scope, boxes in inside.items():
        for box in boxes:
            shade = shade_of(box.facts, view.largest)
            clusters[scope].node(
                box.id, f"<{_table(box, shade)}>", id=box.id, tooltip=quoted(story(box))
            )
    for scope in sorted(used - {-1}, reverse=True):  # inner ones first
        clusters[graph.outers[scope]].subgraph(clusters[scope])


def _add_link(drawn: graphviz.Digraph, link: Link) -> None:
    many = {}
    if link.count > 1:
        many = {"label": f"× {link.count:,}", "penwidth": f"{1 + math.log10(link.count):.2f}"}
    drawn.edge(link.source.id, link.target.id, id=link.id, tooltip=quoted(link_story(link)), **many)


def quoted(text: str) -> str:
    """A text in which Graphviz sees no escapes, and no markup."""
    import graphviz

    safe: str = graphviz.escape(text)  # of a class of its own, which says so
    return safe


def shade_of(facts: Facts, largest: float) -> int:
    """How large a gradient is beside the largest, a decade a step: 0, for none, or 1 to BINS."""
    if not facts.sign or math.isnan(facts.size):
        return 0
    if not facts.size < largest or largest == 0.0:
        return BINS
    return max(1, BINS - math.floor(math.log10(largest) - math.log10(facts.size)))


def story(box: Box) -> str:
    """A box in words."""
    facts = box.facts
    head = " = ".join(filter(None, (facts.name, facts.op))) or "a leaf"
    parts = [", ".join(facts.value), f"grad {facts.gradient}", *facts.flags]
    return f"{head}: {'; '.join(filter(None, (box.contents, *parts)))}"


def link_story(link: Link) -> str:
    """A link in words: what the chain rule multiplies by, or how many edges it is."""
    way = f"{_called(link.source)} → {_called(link.target)}"
    if link.edge is None:
        return f"{way}: {link.count:,} edge{'s' * (link.count > 1)}"
    known = link.edge.derivative
    return f"{way}: local derivative {link.edge.rule if known is None else f'{known:.6g}'}"


def _called(box: Box) -> str:
    return box.facts.name or box.facts.op or box.id


def _table(box: Box, shade: int) -> str:
    facts = box.facts
    rows = [_cell(text) for text in (box.contents, *facts.value) if text]
    colour = f' BGCOLOR="{SHADES[facts.sign][shade - 1]}"' if shade else ""
    rows.append(_cell(f"grad {facts.gradient}", colour))
    rows += [_cell(f"⚠ {flag}") for flag in facts.flags]
    heads = "".join(
        _cell(text, f' ROWSPAN="{len(rows)}"', "<B>{}</B>")
        for text in (_operation(facts.op), facts.name)
        if text
    )
    border = next((BORDERS[flag] for flag in BORDERS if flag in facts.flags), 'BORDER="0"')
    spacing = "" if "CELLSPACING" in border else ' CELLSPACING="0"'
    return (
        f'<TABLE {border} CELLBORDER="1"{spacing} CELLPADDING="{PADDING}" '
        f'BGCOLOR="{FILLS[box.kind]}" COLOR="{LINE}">'
        f"<TR>{heads}{rows[0]}</TR>{''.join(f'<TR>{cell}</TR>' for cell in rows[1:])}</TABLE>"
    )


def _cell(text: str, attributes: str = "", form: str = "{}") -> str:
    inner = form.format("<BR/>".join(map(_escaped, text.splitlines())))
    return f"<TD{attributes}{_width(text)}>{inner}</TD>"


def _operation(op: str) -> str:
    """An operation, with the operands of a long call on a line of their own."""
    name, bracket, rest = op.partition("(")
    return f"{name}\n({rest}" if bracket and len(op) > LONG else op


def _escaped(text: str) -> str:
    """A text in a table; one backslash would begin an escape."""
    import html

    return html.escape(text).replace("\\", "&#92;&#92;")


@functools.lru_cache(1000)
def _width(text: str) -> str:
    """The room that letters need of which layout programs do not know the width."""
    if text.isascii() or all(c.isascii() or c in "—…·×°⚠" for c in text):
        return ""
    wide = [unicodedata.east_asian_width(c) in "WF" or ord(c) > 0xFFFF for c in text]
    return f' WIDTH="{sum(SIZE * (1.1 if w else 0.75) for w in wide) + 2 * PADDING:.0f}"'
