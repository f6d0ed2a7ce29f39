"""Layout of DOT as SVG, by a program installed with the package, and the style of the picture.

Colours become classes, with a style for light and one for dark surroundings. The title of each node
and edge describes it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from autograd.drawing.cells import LINE as LEADING
from autograd.drawing.cells import SIZE, bin_of, border, length, shade_of
from autograd.drawing.dot import FILLS, FONT, LINE, SHADES, link_story, story
from autograd.drawing.view import Box, View

FAMILY = f'{FONT},Arial,"Liberation Sans",Arimo,sans-serif'
INK = "#1b1f24"
WEIGHTS = {"w3": 1.4, "w4": 1.9, "w5": 2.6}
"""Width of an edge by the size of its share beside the largest, a decade a step."""
DARK_INK, DARK_LINE = "#e9ebee", "#8b96a3"
DARK_FILLS = {"leaf": "#2a3038", "result": "#1d3526", "other": "#1b2026", "folded": "#2c2840"}
DARK_SHADES = {
    "pos": ("#33291c", "#4a3518", "#614318", "#785012", "#8a580c"),
    "neg": ("#1c2a40", "#1d3557", "#204271", "#25508c", "#2a5ca3"),
    "both": ("#2d2536", "#3a2b4b", "#483261", "#573a78", "#65418d"),
}  # fmt: skip


class LayoutTimeoutError(RuntimeError):
    """Error for a layout that takes too long."""


def laid_out(dot: str, timeout: float = 60.0) -> str:
    """Return the picture of a DOT source, as the layout program writes it.

    Raises RuntimeError where no layout program is found or where it fails.
    """
    import subprocess  # slow to import, and not everybody draws

    for program in programs():
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
            message = f"draw: the layout took more than {timeout:g} s"
            raise LayoutTimeoutError(message) from None
        errors = done.stderr.decode(errors="replace").strip()
        if done.returncode or "lost" in errors:  # a lost edge is an error, not a picture
            reason = errors.splitlines()[-1] if errors else f"status {done.returncode}"
            raise RuntimeError(f"draw: the layout failed: {reason}")
        text = done.stdout.decode()
        return text[text.index("<svg") :]
    raise RuntimeError("draw: found no layout program; pip install graphviz-pure, or use .dot")


def programs() -> Iterator[str]:
    """Iterate over the layout programs, the best first: graphviz-pure draws alike everywhere."""
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


def presented(svg: str, view: View) -> str:
    """Return a picture with a description, in colours for light and dark."""
    import html

    boxes = {box.id: box for box in view.boxes}
    links = {link.id: link for link in view.links}
    stories = {name: link_story(link) for name, link in links.items()}
    stories |= {f"s{i}": view.graph.scope_label(i) for i in range(len(view.graph.scopes))}

    def group(found: re.Match[str]) -> str:
        name, kind, inner = found.groups()
        if kind == "node":
            text = story(boxes[name])
            shapes = _box(boxes[name], _corner(inner), view.largest)
        else:
            text, shapes = stories[name], _shapes(inner)
            if kind == "edge" and (share := links[name].share):
                weight = f"w{bin_of(abs(share), view.largest_share)}"
                kind += f" {weight}" * (weight in WEIGHTS)
        title = html.escape(text, quote=False)
        return f'<g id="{name}" class="{kind}">\n<title>{title}</title>\n{shapes}\n</g>\n'

    size = re.search(r'width="[^"]*" height="[^"]*"\s+viewBox="[^"]*"', svg)
    start = re.search(r"<g [^>]*>\n<title>[^<]*</title>\n", svg)
    if size is None or start is None:
        raise RuntimeError("draw: the layout program wrote no picture")
    body = _GROUP.sub(group, _AROUND.sub("", svg[start.end() :]))
    first = start[0][: start[0].index("\n")]
    named = [view.graph.name(view.graph.index[root]) for root in view.graph.roots]
    what = "computation graph" + " of " * any(named) + ", ".join(filter(None, named))
    what = html.escape(what)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chainrule" role="img" '
        f'aria-label="{what}" {" ".join(size[0].split())}>\n<title>{what}</title>\n'
        f"<desc>{html.escape(_about(view))}</desc>\n<style>{_style(body)}</style>\n{first}\n{body}\n"
    )


def _about(view: View) -> str:
    """Describe the picture as a whole."""
    edges = sum(map(len, view.graph.parents))
    known = any(box.facts.gradient != "—" for box in view.boxes)
    parts = [
        f"{len(view.graph):,} nodes, {edges:,} edges, from operands on the left to results.",
        "Each box has an operation, a name, a value and a gradient"
        + ("." if known else ", which is not computed yet."),
        f"Drawn are {view.note}." if view.note else "",
    ]
    return " ".join(filter(None, parts))


_AROUND = re.compile(r"<!--[^\n]*-->\n|<g id=[^>]*><a [^>]*>\n|</a>\n</g>\n")
"""Comments, and links around shapes, which are there for the tooltips."""
_GROUP = re.compile(
    r'<g id="([^"]*)" class="(node|edge|cluster)">\n'
    r"<title>[^<]*</title>\n((?:<[pt][^\n]*\n)*)</g>\n"
)
_CORNER = re.compile(r' points="\S+ (\S+),(\S+) ')
_SHAPE = re.compile(
    r'<path [^>]*?(?P<width> stroke-width="[^"]*")?(?P<d> d="[^"]*")/>'
    r'|<polygon [^>]*? points="(?P<first>\S+) (?P<rest>[^"]*) (?P=first)"/>'
    r'|<text [^>]*? x="(?P<x>[^"]*)" y="(?P<y>[^"]*)"[^>]*>(?P<text>[^<]*)</text>'
)


def _corner(inner: str) -> tuple[float, float]:
    """Return the left upper corner of a box."""
    found = _CORNER.search(inner)
    if found is None:
        raise RuntimeError("draw: the layout program left out a box")
    return float(found[1]), float(found[2])


def _shapes(inner: str) -> str:
    """Return the shapes of an edge or of the frame of a scope; the style gives their colours."""
    found = []
    for shape in _SHAPE.finditer(inner):
        if shape["d"]:
            found.append(f"<path{shape['width'] or ''}{shape['d']}/>")
        elif shape["first"]:
            found.append(f'<polygon points="{shape["first"]} {shape["rest"]}"/>')
        else:
            found.append(f'<text x="{shape["x"]}" y="{shape["y"]}">{shape["text"]}</text>')
    return "\n".join(found)


def _box(box: Box, corner: tuple[float, float], largest: float) -> str:
    """Return a box and its cells; texts have the lengths of Helvetica, whatever the font."""
    import html

    left, top = corner
    facts, (width, height, written) = box.facts, box.cells
    thickness, _, dashes = border(facts)
    wide = f' stroke-width="{thickness}"' * (thickness > 1)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    lines = [
        f'<polygon class="{box.kind}"{wide}{dashed} points="{_corners(left, top, width, height)}"/>'
    ]
    shade = shade_of(facts, largest)
    for cell in written:
        name = f' class="{facts.sign}{shade}"' if cell.is_gradient and shade else ""
        x, y = left + cell.x, top + cell.y
        lines.append(f'<polygon{name} points="{_corners(x, y, cell.width, cell.height)}"/>')
        bold = ' font-weight="bold"' if cell.is_head else ""
        middle = x + cell.width / 2
        line = y + cell.height / 2 + 0.36 * SIZE - LEADING / 2 * (len(cell.lines) - 1)
        for text in cell.lines:
            place = f'x="{middle:.1f}" y="{line:.1f}"{bold}'
            fit = f'textLength="{length(text, cell.is_head):.1f}" lengthAdjust="spacingAndGlyphs"'
            lines.append(f"<text {place} {fit}>{html.escape(text, quote=False)}</text>")
            line += LEADING
    return "\n".join(lines)


def _corners(x: float, y: float, width: float, height: float) -> str:
    left, top, right, low = f"{x:.1f}", f"{y:.1f}", f"{x + width:.1f}", f"{y + height:.1f}"
    return f"{left},{low} {left},{top} {right},{top} {right},{low}"


def _classes() -> dict[str, str]:
    """Return the class for each colour."""
    shades = {c: f"{sign}{k}" for sign, some in SHADES.items() for k, c in enumerate(some, 1)}
    return {colour: kind for kind, colour in FILLS.items()} | shades


def _style(body: str) -> str:
    """Return the rules for light and dark surroundings, of the classes that a picture has."""
    used = {name: colour for colour, name in _classes().items() if f'class="{name}"' in body}
    dark = {f"{sign}{k}": c for sign, some in DARK_SHADES.items() for k, c in enumerate(some, 1)}
    dark |= DARK_FILLS
    light = "".join(f".chainrule .{name}{{fill:{colour}}}" for name, colour in used.items())
    heavy = "".join(
        f".chainrule .{name} path{{stroke-width:{width}}}"
        for name, width in WEIGHTS.items()
        if f'class="edge {name}"' in body
    )
    night = "".join(f".chainrule .{name}{{fill:{dark[name]}}}" for name in used)
    return (
        f".chainrule{{max-width:100%;height:auto}}"
        f".chainrule text{{font:{SIZE}px {FAMILY};text-anchor:middle;fill:{INK}}}"
        f".chainrule [font-weight]{{font-weight:bold}}"
        f".chainrule polygon,.chainrule path{{fill:none;stroke:{LINE}}}"
        f".chainrule .edge polygon{{fill:{LINE}}}"
        f".chainrule .cluster polygon{{stroke-opacity:.5}}{heavy}{light}"
        f"@media(prefers-color-scheme:dark){{.chainrule text{{fill:{DARK_INK}}}"
        f".chainrule polygon,.chainrule path{{stroke:{DARK_LINE}}}"
        f".chainrule .edge polygon{{fill:{DARK_LINE}}}{night}}}"
    )
