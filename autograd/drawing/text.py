"""A graph as text, for terminals."""

from __future__ import annotations

from autograd.drawing.graph import Graph


def listing(graph: Graph) -> str:
    """The roots, and below each node its operands; what was shown before is only referred to."""
    lines: list[str] = []
    seen: set[int] = set()
    todo = [(graph.index[root], 0) for root in reversed(graph.roots)]
    while todo:
        i, depth = todo.pop()
        facts, indent = graph.facts(i), "  " * depth
        name = f"{graph.id(i)} {facts.name}".strip()
        if i in seen:
            lines.append(f"{indent}{name}, see above")
            continue
        seen.add(i)
        parts = (name, facts.op, *facts.value, f"grad {facts.gradient}", *facts.flags)
        lines.append(indent + "  ".join(part for part in parts if part))
        todo += [(edge.source, depth + 1) for edge in reversed(graph.edges(i))]
    return "\n".join(lines)
