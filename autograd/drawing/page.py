"""A graph as one HTML file that goes through its forward and backward pass step by step.

The file loads nothing: its policy allows the style and the script inside it, by their hashes, and
nothing else. All numbers come from the engine; the script only shows them.
"""

from __future__ import annotations

import copy
import functools
import json
import operator
import re
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from autograd import functions
from autograd.drawing.graph import Graph, constant, gradient_summary, number, shortened
from autograd.drawing.svg import picture
from autograd.drawing.view import View
from autograd.recording import recorded
from autograd.value import Value

MOST = 1000
"""Largest number of nodes of a page; more are laid out too slowly, and nobody looks at all."""
HERE = Path(__file__).parent
SCRIPTS = ("picture.js", "story.js", "page.js")
FORWARD, SEED, BACKWARD = range(3)


def page(graph: Graph) -> str:
    """Return the page of a graph: the same bytes for the same graph.

    The backward pass is that of the root; for an array that of the sum of its elements, and for
    several roots that of their sum. No `grad` is read or changed. Raises ValueError for more than
    1,000 nodes.
    """
    import html  # slow to import, as are the other things that only the page needs

    about = ""
    if len(graph.roots) > 1:
        about = f", through the sum of {len(graph.roots)} results"
        graph = _summed(graph)
    (root,) = graph.roots
    nodes = graph.nodes
    if len(nodes) > MOST:
        raise _too_large(f"a graph of {len(nodes):,} nodes; stepping needs at most {MOST:,}")
    contents = _Contents(root, nodes, graph)
    texts = {
        "data": json.dumps(contents.data(), ensure_ascii=False, separators=(",", ":")),
        "style": (HERE / "page.css").read_text("utf-8"),
        "script": "\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS),
    }
    texts["data"] = texts["data"].replace("<", "\\u003c")  # so that no text ends the element
    label = html.escape(shortened(contents.labels[root]))
    return Template((HERE / "page.html").read_text("utf-8")).substitute(
        texts,
        policy=_policy(texts),
        title=f"The chain rule through {label}" if graph.name(len(nodes) - 1) else "The chain rule",
        about=f"{len(nodes):,} nodes, {len(contents.steps):,} steps{about}",
        svg=contents.svg(),
    )


def _summed(graph: Graph) -> Graph:
    """Return the graph of the sum of its roots, from which each of them gets a seed of 1."""
    parts = [root if isinstance(root, Value) else functions.sum(root) for root in graph.roots]
    is_plain = all(isinstance(part, Value) for part in parts)
    with recorded():
        total = functions.sum(parts) if is_plain else functools.reduce(operator.add, parts)
    total.name = "total"
    return Graph([total], dict(zip(graph.nodes, graph.names)))


def _too_large(what: str) -> ValueError:
    return ValueError(f"html: got {what}, so draw a part of it, or save it as .svg")


def _policy(texts: dict[str, str]) -> str:
    """Return the policy of the page: it may run its own script and use its own style only."""
    import base64
    import hashlib

    def source(name: str) -> str:
        digest = hashlib.sha256(texts[name].encode()).digest()
        return f"{name}-src 'sha256-{base64.b64encode(digest).decode()}'"

    return f"default-src 'none'; {source('style')}; {source('script')}; base-uri 'none'"


class _Contents:
    """Contents of the page of a graph."""

    def __init__(self, root: Any, nodes: list[Any], graph: Graph) -> None:
        from autograd.explaining.ledger import ledger

        self.root, self.nodes, self.graph, self.index = root, nodes, graph, graph.index
        self.numbers: dict[tuple[str, ...], int] = {}
        self.seed = 1.0 if isinstance(root, Value) else np.ones(root.shape, root.dtype)
        self.gradients: dict[Any, Any] = {root: self.seed}
        self.labels = graph.labels
        self.steps: list[list[int | None]] = [[FORWARD, i] for i in range(len(nodes))]
        self.steps.append([SEED, len(nodes) - 1, self.number(self.seed)])
        for entry in ledger(root, self.seed):
            self.gradients[entry.operand] = entry.after
            is_product = isinstance(entry.operand, Value) and isinstance(entry.result, Value)
            numbers = [entry.adjoint, entry.partial if is_product else None]
            numbers += [entry.share, entry.before, entry.after]
            place = _place(entry.result, entry.position)
            i = self.index[entry.result]
            self.steps.append([BACKWARD, i, place, *map(self.number, numbers)])

    def number(self, x: Any) -> int | None:
        """Return the index of a number, or of an array, in the list of them."""
        if x is None:
            return None
        if isinstance(x, float):
            texts: tuple[str, ...] = (repr(x), told(x), number(x, "+"))
        else:
            array = np.asarray(x)
            exact = np.array2string(
                array, 60, separator=", ", threshold=200, floatmode="unique", suppress_small=False
            )
            shown = told(array.item()) if array.size == 1 else _norm(array)
            texts = (exact, shown, gradient_summary(array))
        return self.numbers.setdefault(texts, len(self.numbers))

    def svg(self) -> str:
        """Return the picture, with the gradients after the last step."""
        drawn = copy.copy(self.graph)
        drawn.gradients = self.gradients
        svg = picture(View(drawn, fold=False))
        svg = re.sub(r"<style>[^<]*</style>", "", svg, count=1)  # the page has its own
        return svg.replace(">\n<", "><")  # spaces between elements would be nodes of the page

    def data(self) -> dict[str, Any]:
        """Return the data for the script."""
        from autograd.drawing.replaying import checks

        found, reason = checks(self.nodes, [self.gradients.get(node) for node in self.nodes])
        nodes = [self.node(i, check) for i, check in enumerate(found)]
        return {
            "nodes": nodes,
            "steps": self.steps,
            "root": len(nodes) - 1,
            "unchecked": reason or "the graph is too large to check every node",
            "numbers": list(self.numbers),
        }

    def node(self, i: int, check: Any) -> dict[str, Any]:
        """Return the data of one node."""
        from autograd.explaining.notations import told_name
        from autograd.explaining.rules import derivatives_of, formula_of, operand_labels

        node, label = self.nodes[i], self.labels[self.nodes[i]]
        facts: dict[str, Any] = {
            "id": self.graph.id(i),
            "label": shortened(label),
            "term": told_name(label),
            "op": node.op,
            "value": self.number(node.data),
            "named": self.graph.name(i, self.graph.scope_numbers[i]) == shortened(label),
            "edges": [],
        }
        if node.row:
            facts["formula"] = typeset(formula_of(node, self.labels)[0])
            facts["numbers"] = _put_in(node)
            facts["constants"] = ", ".join(
                f"{text} is a constant, {constant(x)}"
                for x, text in zip(node.operands, operand_labels(node, self.labels))
                if isinstance(x, np.ndarray)
            )
        for edge, found in zip(self.graph.edges(i), derivatives_of(node, self.labels)):
            rule = typeset(found.formula) if found.formula else ""
            place = f"{self.graph.id(edge.source)}_{facts['id']}_{edge.place}"
            slope = self.number(edge.derivative)
            facts["edges"].append([edge.source, place, slope, rule, found.is_share])
        if node.line:
            facts["line"] = f"{Path(node.line[0]).name}, line {node.line[1]}"
        if check:
            numbers = [self.number(x) for x in (check.analytic, check.numeric, check.bound)]
            facts["check"] = [*numbers, check.verdict, check.words]
        return facts


def told(x: float) -> str:
    """Return a number in six digits, as people write it."""
    return f"{x:.6g}".replace("-", "−")


def typeset(formula: str) -> str:
    """Return a formula with the typographic signs for times, minus and small powers.

    >>> typeset("2 * x**2 - 'a * b'")
    "2 · x² − 'a * b'"
    """
    return _SIGNS.sub(_sign, formula)


_SIGNS = re.compile(
    r"""'(?:[^'\\]|\\.)*'  |  "(?:[^"\\]|\\.)*"  # names in quotes, which stay as they are
    | \*\*[2-9](?![\d.])  |  [ ]\*[ ]  |  -""",
    re.VERBOSE,
)


def _sign(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("**"):
        return "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(text[2])]
    return {" * ": " · ", "-": "−"}.get(text, text)


def _put_in(node: Any) -> str:
    """Return the formula of a Value with numbers in place of names; "" where they say no more."""
    from autograd.explaining.rules import formula_of

    if not isinstance(node, Value) or not all(isinstance(x, (Value, float)) for x in node.operands):
        return ""
    labels = {x: told(x.data) for x in node.parents}
    if len(labels) > 8 or node.op == "pos":
        return ""
    bracketed = {x: f"({text})" if text[0] == "−" else text for x, text in labels.items()}
    text = typeset(formula_of(node, bracketed)[0].replace("'", "")).replace(" · ", " × ")
    return re.sub(r"(?<!−)\((−[\d.e−]+)\)(?![*²-⁹])", r"\1", text)


def _place(node: Any, position: int) -> int:
    """Return the index among the parents of the operand at a position."""
    return sum(hasattr(x, "parents") for x in node.operands[:position])


def _norm(array: Any) -> str:
    shape = "×".join(map(str, array.shape))
    if not array.any():
        return f"zeros ({shape})"
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(np.abs(array).astype(np.float64).ravel()))
    return f"norm {told(norm)} ({shape})"
