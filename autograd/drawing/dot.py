"""A graph in the language of Graphviz."""

from __future__ import annotations

from autograd.drawing.graph import Facts, Graph
from autograd.drawing.svg import FONT

COLOURS = {"leaf": "#e8f1fb", "result": "#fdeedc", "other": "#ffffff"}


def dot_source(graph: Graph) -> str:
    """The nodes of a graph as tables, and an edge for each operand."""
    import graphviz  # slow to import, and not everybody draws

    drawn = graphviz.Digraph(
        "graph",
        graph_attr={"rankdir": "LR", "bgcolor": "transparent", "ranksep": "0.4", "ordering": "in"},
        node_attr={"shape": "plain", "fontname": FONT, "fontsize": "11"},
        edge_attr={"arrowsize": "0.7", "color": "#5b6570"},
    )
    for i in range(len(graph)):
        facts, own = graph.facts(i), graph.id(i)
        label = f"<{_table(facts, COLOURS[graph.kind(i)])}>"
        drawn.node(own, label, id=own, tooltip=_story(facts))
        for edge in graph.edges(i):
            known = edge.rule if edge.derivative is None else f"{edge.derivative:.6g}"
            source = graph.id(edge.source)
            drawn.edge(
                source,
                own,
                id=f"{source}_{own}_{edge.place}",
                tooltip=f"local derivative {known}",
            )
    return str(drawn.source)


def _table(facts: Facts, colour: str) -> str:
    import html

    rows = [*facts.value]
    rows[-1 if len(rows) == 1 else 0] = f"value {rows[0]}" if len(rows) == 1 else rows[0]
    rows.append(f"grad {facts.gradient}")
    heads = "".join(
        f'<TD ROWSPAN="{len(rows)}"><B>{html.escape(text)}</B></TD>'
        for text in (facts.op, facts.name)
        if text
    )
    first, *others = [f"<TD>{html.escape(text)}</TD>" for text in rows]
    return (
        f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="7" BGCOLOR="{colour}" '
        f'COLOR="#5b6570"><TR>{heads}{first}</TR>'
        f"{''.join(f'<TR>{cell}</TR>' for cell in others)}</TABLE>"
    )


def _story(facts: Facts) -> str:
    import html

    name = facts.name or facts.op or "a leaf"
    return html.escape(f"{name}: value {', '.join(facts.value)}, grad {facts.gradient}")
