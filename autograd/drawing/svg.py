"""DOT laid out as SVG, by a program that is installed with the package, and made fit to be shown.

Colours become classes, with a style for light and one for dark surroundings; what each node and
each edge is stands in its title.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from autograd.drawing.dot import FILLS, FONT, LINE, SHADES, SIZE, link_story, story
from autograd.drawing.view import View

FAMILY = f'{FONT},Arial,"Liberation Sans",Arimo,sans-serif'
INK = "#1b1f24"
DARK_INK, DARK_LINE = "#e9ebee", "#8b96a3"
DARK_FILLS = {"leaf": "#2a3038", "result": "#1d3526", "other": "#1b2026", "folded": "#2c2840"}
DARK_SHADES = {
    "pos": ("#33291c", "#4a3518", "#614318", "#785012", "#8a580c"),
    "neg": ("#1c2a40", "#1d3557", "#204271", "#25508c", "#2a5ca3"),
    "both": ("#2d2536", "#3a2b4b", "#483261", "#573a78", "#65418d"),
}  # fmt: skip


class LayoutTimeoutError(RuntimeError):
    """The layout takes too long."""


def laid_out(dot: str, timeout: float = 60.0) -> str:
    """The picture of a DOT source, as the layout program writes it.

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


def presented(svg: str, view: View) -> str:
    """A picture that says what it is, in colours for light and dark."""
    import html

    stories = {box.id: story(box) for box in view.boxes}
    stories |= {link.id: link_story(link) for link in view.links}
    stories |= {f"s{i}": view.graph.scope_label(i) for i in range(len(view.graph.scopes))}

    def group(found: re.Match[str]) -> str:
        text = html.escape(stories.get(found[1], ""), quote=False)
        return f'<g id="{found[1]}" class="{found[2]}">\n<title>{text}</title>'

    size = re.search(r'width="[^"]*" height="[^"]*"\s+viewBox="[^"]*"', svg)
    start = re.search(r"<g [^>]*>\n<title>[^<]*</title>\n", svg)
    if size is None or start is None:
        raise RuntimeError("draw: the layout program wrote no picture")
    body = re.sub(r"<!--.*?-->\n", "", svg[start.end() :], flags=re.DOTALL)
    body = re.sub(r'<g id="a_[^>]*>\n?|<a [^>]*>\n?|</a>\n</g>\n?', "", body)
    body = re.sub(
        r'<g id="([^"]*)" class="(node|edge|cluster)">\n<title>[^<]*</title>', group, body
    )
    body = _coloured(_centred(body.replace("&#45;", "-")))
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
    """What the picture as a whole shows."""
    edges = sum(map(len, view.graph.parents))
    known = any(box.facts.gradient != "—" for box in view.boxes)
    parts = [
        f"{len(view.graph):,} nodes, {edges:,} edges, from operands on the left to results.",
        "Each box has an operation, a name, a value and a gradient"
        + ("." if known else ", which is not computed yet."),
        f"Drawn are {view.note}." if view.note else "",
    ]
    return " ".join(filter(None, parts))


_POINTS = re.compile(r'<polygon ([^>]*?) ?points="(\S+) (\S+) (\S+) (\S+) \2"/>')
_TEXT = re.compile(r'<text [^>]*?text-anchor="(\w+)" x="([^"]*)" y="([^"]*)"([^>]*)>')


def _centred(body: str) -> str:
    """Texts in the middles of their cells, so that they fit in other fonts too."""
    middle = ""
    lines: list[str] = []
    for line in body.splitlines():
        if found := _POINTS.match(line):
            left, right = sorted(float(point.split(",")[0]) for point in (found[2], found[4]))
            middle = f"{(left + right) / 2:.2f}"
            line = f'<polygon {found[1]} points="{" ".join(found.groups()[1:])}"/>'
        elif found := _TEXT.match(line):
            x = middle if found[1] == "start" else found[2]
            bold = ' font-weight="bold"' if "bold" in found[4] else ""
            y = found[3]
            if lines and lines[-1].startswith("<text"):  # two lines of a cell, a little apart
                lines[-1] = re.sub(
                    r'y="([^"]*)"', lambda m: f'y="{float(m[1]) - 1.5:g}"', lines[-1]
                )
                y = f"{float(y) + 1.5:g}"
            line = f'<text x="{x}" y="{y}"{bold}>{line[found.end() :]}'
        lines.append(line)
    return "\n".join(lines)


def _coloured(body: str) -> str:
    """Classes in the place of colours, and one polygon for a cell and its border."""
    for colour, name in _classes().items():
        body = body.replace(f'fill="{colour}" stroke="none"', f'class="{name}"')
    for own in (f'fill="none" stroke="{LINE}" ', f'fill="{LINE}" stroke="{LINE}" '):
        body = body.replace(own, "")
    return re.sub(
        r'(<polygon class="\w+" points="([^"]*)"/>\n)<polygon points="\2"/>\n', r"\1", body
    )


def _classes() -> dict[str, str]:
    """The class for each colour."""
    shades = {c: f"{sign}{k}" for sign, some in SHADES.items() for k, c in enumerate(some, 1)}
    return {colour: kind for kind, colour in FILLS.items()} | shades


def _style(body: str) -> str:
    """The rules for light and dark surroundings, of the classes that a picture has."""
    used = {name: colour for colour, name in _classes().items() if f'class="{name}"' in body}
    dark = {f"{sign}{k}": c for sign, some in DARK_SHADES.items() for k, c in enumerate(some, 1)}
    dark |= DARK_FILLS
    light = "".join(f".chainrule .{name}{{fill:{colour}}}" for name, colour in used.items())
    night = "".join(f".chainrule .{name}{{fill:{dark[name]}}}" for name in used)
    return (
        f".chainrule{{max-width:100%;height:auto}}"
        f".chainrule text{{font:{SIZE}px {FAMILY};text-anchor:middle;fill:{INK}}}"
        f".chainrule [font-weight]{{font-weight:bold}}"
        f".chainrule polygon,.chainrule path{{fill:none;stroke:{LINE}}}"
        f".chainrule .edge polygon{{fill:{LINE}}}"
        f".chainrule .cluster polygon{{stroke-opacity:.5}}{light}"
        f"@media(prefers-color-scheme:dark){{.chainrule text{{fill:{DARK_INK}}}"
        f".chainrule polygon,.chainrule path{{stroke:{DARK_LINE}}}"
        f".chainrule .edge polygon{{fill:{DARK_LINE}}}{night}}}"
    )
