"""Computation graphs drawn: nodes to DOT (`graphviz`), DOT to SVG (`graphviz-pure`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from autograd import ops
from autograd.graph import backward_order
from autograd.value import Value

FONT = "Helvetica"  # the metrics that layout programs know; what is shown may be its like
FAMILY = "Helvetica,Arial,Liberation Sans,Arimo,sans-serif"
COLOURS = {"leaf": "#e8f1fb", "result": "#fdeedc", "other": "#ffffff"}


class Drawing:
    """A drawn graph: `dot` is its source, `svg` the picture; in a notebook it shows itself."""

    def __init__(self, dot: str) -> None:
        self.dot = dot

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, the same bytes for the same graph.

        Raises RuntimeError where no layout program is found or where it fails.
        """
        return _svg(self.dot)

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the drawing to a file, `.svg` or `.dot`, complete or not at all.

        Raises ValueError for another ending.
        """
        target = Path(path)
        if target.suffix not in (".svg", ".dot"):
            raise ValueError(f"save: got {target.name!r}; the name must end in .svg or .dot")
        text = self.svg if target.suffix == ".svg" else self.dot
        partial = target.with_name(target.name + ".partial")
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return target


def draw(node: Value) -> Drawing:
    """Draw the graph that a Value was computed from.

    Each node shows its operation, its name, its value and its gradient, which is a dash until a
    backward pass has reached it. An operand that is used twice by a node has two edges to it.
    Raises TypeError for anything but a Value.

    >>> x = Value(2.0, name="x")
    >>> y = x * x
    >>> print(draw(y).dot.count("->"))
    2
    """
    import graphviz  # here and below: slow to import, and not everybody draws

    if not isinstance(node, Value):
        raise TypeError(f"draw: got {type(node).__name__}; it needs a Value")
    order = list(reversed(backward_order([node])))
    ids = {v: f"n{i}" for i, v in enumerate(order)}
    graph = graphviz.Digraph(
        "graph",
        graph_attr={"rankdir": "LR", "bgcolor": "transparent", "ranksep": "0.4", "ordering": "in"},
        node_attr={"shape": "plain", "fontname": FONT, "fontsize": "11"},
        edge_attr={"arrowsize": "0.7", "color": "#5b6570"},
    )
    for v in order:
        kind = "result" if v is node else "other" if v.row else "leaf"
        graph.node(ids[v], f"<{_table(v, COLOURS[kind])}>", id=ids[v], tooltip=_story(v))
        for i, (parent, partial) in enumerate(zip(v.parents, v.partials)):
            graph.edge(
                ids[parent],
                ids[v],
                id=f"{ids[parent]}_{ids[v]}_{i}",
                tooltip=f"local derivative {partial:.6g}",
            )
    return Drawing(graph.source)


def _operation(v: Value) -> str:
    """The notation of the operation, with the constants among its operands: "* 2", "2 /"."""
    if v.row is None:
        return ""
    if len(v.operands) == len(v.parents):
        return v.row.notation
    if v.row is ops.where:
        return "where"
    texts = ["" if isinstance(x, Value) else f"{x:.6g}" for x in v.operands]
    if v.row.infix:
        return f" {v.row.notation} ".join(texts).strip()
    return f"{v.row.notation}({', '.join(text or '·' for text in texts)})"


def _number(x: float) -> str:
    return f"{x:.4f}" if 1e-3 <= abs(x) < 1e5 else f"{x:.4g}"


def _table(v: Value, colour: str) -> str:
    import html

    heads = "".join(
        f'<TD ROWSPAN="2"><B>{html.escape(text)}</B></TD>'
        for text in (_operation(v), _shortened(v.name or ""))
        if text
    )
    grad = _number(v.grad) if v.has_grad else "—"
    return (
        f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="7" BGCOLOR="{colour}" '
        f'COLOR="#5b6570"><TR>{heads}<TD>value {_number(v.data)}</TD></TR>'
        f"<TR><TD>grad {grad}</TD></TR></TABLE>"
    )


def _shortened(text: str) -> str:
    """A name as one line of printable characters that fits a node."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= 40 else text[:39] + "…"


def _story(v: Value) -> str:
    import html

    name = _shortened(v.name or "") or v.op or "a Value"
    return html.escape(f"{name}: value {v.data!r}, grad {v.grad if v.has_grad else '—'}")


def _svg(dot: str, timeout: float = 60.0) -> str:
    import subprocess

    for program in _programs():
        try:
            done = subprocess.run(
                [program, "-Kdot", "-Tsvg"],
                input=dot.encode(),
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except OSError:
            continue
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"draw: the layout took more than {timeout:g} s") from None
        errors = done.stderr.decode(errors="replace").strip()
        if done.returncode or "lost" in errors:  # a lost edge is an error, not a picture
            reason = errors.splitlines()[-1] if errors else f"status {done.returncode}"
            raise RuntimeError(f"draw: the layout failed: {reason}")
        text = done.stdout.decode()
        return _accessible(text[text.index("<svg") :])
    raise RuntimeError("draw: found no layout program; pip install graphviz-pure, or use .dot")


def _programs() -> Iterator[str]:
    """Where a layout program may be, the best first: graphviz-pure draws alike everywhere."""
    import shutil
    import sysconfig

    if chosen := os.environ.get("CHAINRULE_DOT"):
        yield chosen
    name = "graphviz-pure.exe" if sys.platform == "win32" else "graphviz-pure"
    folders = {sysconfig.get_path("scripts"), str(Path(sys.executable).parent)}
    folders.add(sysconfig.get_path("scripts", f"{os.name}_user"))
    for folder in sorted(folders):
        if (Path(folder) / name).exists():
            yield str(Path(folder) / name)
    for program in ("graphviz-pure", "dot"):
        if found := shutil.which(program):
            yield found


def _accessible(svg: str) -> str:
    """Say that this is a picture, and of what; name fonts as wide as that of the layout."""
    svg = svg.replace(f'font-family="{FONT}', f'font-family="{FAMILY}')
    return svg.replace("<svg ", '<svg role="img" aria-label="computation graph" ', 1)
