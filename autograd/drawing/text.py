"""Drawings as text for terminals."""

from __future__ import annotations

from collections import Counter

from autograd.drawing.facts import shortened
from autograd.drawing.view import Box, View

DEEPEST = 12
"""Largest depth of indentation; deeper operands follow at the left, under their name."""


def listing(view: View) -> str:
    """Return the results, and below each box its operands, in order.

    A box is shown in full once, where it comes first, and then referred to.
    """
    graph = view.graph
    names = Counter(box.facts.name for box in view.boxes)

    def name(box: Box) -> str:
        """Return the name of a box, or its label in explanations, or the last node folded in it."""
        label = shortened(graph.labels[graph.nodes[box.nodes[-1]]])
        if not box.facts.name:
            return f"{label} {box.facts.op}".strip()
        is_ambiguous = names[box.facts.name] > 1 and len(box.nodes) == 1
        return label if is_ambiguous else box.facts.name

    operands: dict[str, list[tuple[Box, int]]] = {}
    uses = dict.fromkeys((box.id for box in view.boxes), 0)
    for link in view.links:
        operands.setdefault(link.target.id, []).append((link.source, link.count))
        uses[link.source.id] += 1
    lines: list[str] = []
    seen: set[str] = set()
    later = [box for box in view.boxes if not uses[box.id]]
    later += [box for box in view.boxes if uses[box.id] and box.kind == "result"]
    later += view.boxes  # where folding made circles, nothing may be left out
    for start in later:
        if start.id in seen:
            continue
        rest = [start]
        while rest:
            todo = [(rest.pop(0), 1, "", "")]
            while todo:
                box, count, head, indent = todo.pop()
                times = f"{count:,} × " if count > 1 else ""
                if box.id in seen:
                    lines.append(f"{head}{times}{name(box)} (above)")
                    continue
                inner = operands.get(box.id, [])
                if inner and len(indent) > 3 * DEEPEST:
                    rest.append(box)
                    lines.append(f"{head}{times}{name(box)} (below)")
                    continue
                seen.add(box.id)
                lines.append(f"{head}{times}{_line(box, name(box))}")
                for k, (operand, many) in reversed(list(enumerate(inner, 1))):
                    is_last = k == len(inner)
                    todo.append((
                        operand,
                        many,
                        indent + ("└─ " if is_last else "├─ "),
                        indent + ("   " if is_last else "│  "),
                    ))  # fmt: skip
            rest = [box for box in rest if box.id not in seen]
    return "\n".join([*lines, *([view.note] if view.note else [])])


def _line(box: Box, name: str) -> str:
    facts = box.facts
    head = " = ".join(filter(None, (name, facts.op if facts.name else "")))
    parts = [head, box.contents, *facts.value, f"grad {facts.gradient}", *facts.flags]
    return "  ".join(filter(None, parts))
