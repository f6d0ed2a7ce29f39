"""Pictures as SVG: the boxes and lines of a layout, and their style.

Colours become classes, with a style for light and one for dark surroundings. The title of each node
and edge describes it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from autograd.drawing.cells import BAD, PIXEL, SIZE, TEXT, Cell, bin_of, border, length, shade_of
from autograd.drawing.cells import LINE as LEADING
from autograd.drawing.collecting import uncollected
from autograd.drawing.dot import FONT, link_story, story
from autograd.drawing.layout import PADDING, Shape, lay_out
from autograd.drawing.layout.items import Point
from autograd.drawing.palette import DARK, LIGHT
from autograd.drawing.view import Box, Link, View

FAMILY = f'{FONT},Arial,"Liberation Sans",Arimo,sans-serif'
EDGE = 4
"""Distance of the picture from its border."""
HEAD = 7
"""Length of the head of an arrow, and its width where the line is narrow."""
WIDEST = 4.0
"""Largest width of a line."""
PIXELS, SMALL = 900, 9
"""Width of a page in pixels, and the smallest size of letters on it."""
LARGE = 4 / 3
"""Pixels for a unit, where there is room."""
WEIGHTS = {"w3": 1.4, "w4": 1.9, "w5": 2.6}
"""Width of an edge by the size of its share beside the largest, a decade a step."""


@uncollected()
def picture(view: View) -> str:
    """Return the picture of a view, with a description, in colours for light and dark."""
    import html

    shape, scopes = _laid_out(view)
    parts = []
    for (x, y, width, height), scope in zip(shape.frames, scopes):
        label = view.graph.scope_label(scope)
        text = _text(x + PADDING + length(label) / 2, y + PADDING + 0.36 * SIZE, label)
        corners = _corners(x, y, width, height)
        parts.append(
            _group(f"s{scope}", "cluster", label, f'<polygon points="{corners}"/>\n{text}')
        )
    for link, line, (x, y) in zip(view.links, shape.lines, shape.labels):
        weight = f"w{bin_of(abs(link.share), view.largest_share)}" if link.share else ""
        kind = f"edge {weight}" if weight in WEIGHTS else "edge"
        width = min(1 + math.log10(link.count), WIDEST)
        shapes = _arrow(line, width)
        if link.count > 1:
            shapes += "\n" + _text(x, y - width / 2, _times(link))
        parts.append(_group(link.id, kind, link_story(link), shapes))
    for box, corner in zip(view.boxes, shape.boxes):
        parts.append(_group(box.id, "node", story(box), _box(box, corner, view.largest)))
    width, height = shape.width, shape.height
    if view.note:
        width, height = max(width, length(view.note)), height + 2 * LEADING
        parts.append(_text(width / 2, height - LEADING / 2, view.note) + "\n")
    body = "".join(parts)
    named = [view.graph.name(view.graph.index[root]) for root in view.graph.roots]
    what = html.escape("computation graph" + " of " * any(named) + ", ".join(filter(None, named)))
    width, height = width + 2 * EDGE, height + 2 * EDGE
    scale = max(min(LARGE, PIXELS / width), SMALL / SIZE)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chainrule" role="img" '
        f'aria-label="{what}" width="{scale * width:.0f}" height="{scale * height:.0f}" '
        f'viewBox="0 0 {width:.1f} {height:.1f}">\n<title>{what}</title>\n'
        f"<desc>{html.escape(_about(view))}</desc>\n<style>{_style(body)}</style>\n"
        f'<g id="graph0" class="graph" transform="translate({EDGE} {EDGE})">\n{body}</g>\n</svg>\n'
    )


def _laid_out(view: View) -> tuple[Shape, list[int]]:
    """Return the layout of a view, and the scopes that its frames are of."""
    outers = view.graph.outers
    used = set()
    for box in view.boxes:
        scope = box.scope
        while scope >= 0 and scope not in used:
            used.add(scope)
            scope = outers[scope]
    scopes = sorted(used)
    number = {scope: i for i, scope in enumerate(scopes)} | {-1: -1}
    place = {box.id: i for i, box in enumerate(view.boxes)}
    shape = lay_out(
        [box.cells[:2] for box in view.boxes],
        [(place[link.source.id], place[link.target.id]) for link in view.links],
        [number[box.scope] for box in view.boxes],
        [number[outers[scope]] for scope in scopes],
        [length(view.graph.scope_label(scope)) for scope in scopes],
        [length(_times(link)) if link.count > 1 else 0.0 for link in view.links],
    )
    return shape, scopes


def _times(link: Link) -> str:
    return f"× {link.count:,}"


def _group(name: str, kind: str, title: str, shapes: str) -> str:
    import html

    title = html.escape(title, quote=False)
    return f'<g id="{name}" class="{kind}">\n<title>{title}</title>\n{shapes}\n</g>\n'


def _text(x: float, y: float, text: str) -> str:
    import html

    return f'<text x="{x:.1f}" y="{y:.1f}">{html.escape(text, quote=False)}</text>'


def _arrow(line: Sequence[Point], width: float) -> str:
    """Return the path of an edge, and its head."""
    *corners, (tip, end) = line
    back = tip - HEAD
    pieces = [f"M{corners[0][0]:.1f},{corners[0][1]:.1f}"]
    for (x, y), (right, low) in pairwise([*corners, (back, end)]):
        if x == right or y == low:
            pieces.append(f"L{right:.1f},{low:.1f}")
        else:
            middle = (x + right) / 2
            pieces.append(f"C{middle:.1f},{y:.1f} {middle:.1f},{low:.1f} {right:.1f},{low:.1f}")
    half = HEAD / 2 + (width - 1) / 2
    head = f"{back:.1f},{end - half:.1f} {tip:.1f},{end:.1f} {back:.1f},{end + half:.1f}"
    wide = f' stroke-width="{width:.2f}"' * (width > 1)
    return f'<path{wide} d="{"".join(pieces)}"/>\n<polygon points="{head}"/>'


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
        name = f"{facts.sign}{shade}" if cell.is_gradient and shade and not cell.table else ""
        name = "bad" if cell.is_bad else name
        x, y = left + cell.x, top + cell.y
        kind = f' class="{name}"' if name else ""
        lines.append(f'<polygon{kind} points="{_corners(x, y, cell.width, cell.height)}"/>')
        if cell.table:
            lines += _table(cell, x, y, largest, box.is_live)
            continue
        if cell.heat is not None:
            lines.append(_heat(cell, x, y))
            continue
        bold = ' font-weight="bold"' if cell.is_head else ""
        middle = x + cell.width / 2
        line = y + cell.height / 2 + 0.36 * SIZE - LEADING / 2 * (len(cell.lines) - 1)
        for text in cell.lines:
            place = f'x="{middle:.1f}" y="{line:.1f}"{bold}'
            fit = f'textLength="{length(text, cell.is_head):.1f}" lengthAdjust="spacingAndGlyphs"'
            lines.append(f"<text {place} {fit}>{html.escape(text, quote=False)}</text>")
            line += LEADING
    return "\n".join(lines)


def _table(cell: Cell, x: float, y: float, largest: float, is_live: bool) -> list[str]:
    """Return the numbers of an array, those of a gradient each in its colour.

    Those that are `is_live` are in a group, without the colours, which the script gives them.
    """
    table = cell.table
    assert table is not None
    left = x + (cell.width - sum(table.widths) - table.label_width) / 2
    top = y + (cell.height - TEXT * len(table.texts)) / 2
    shades: dict[str, list[str]] = {}
    texts, label = [], []
    if table.label:
        middle = top + TEXT * len(table.texts) / 2 + 0.36 * SIZE
        label.append(_text(left + table.label_width / 2 - 2, middle, table.label))
    left += table.label_width
    for k, (row, words) in enumerate(zip(table.numbers.tolist(), table.texts)):
        at = left
        for number, word, width in zip(row, words, table.widths):
            if not math.isfinite(number):
                shades.setdefault("bad", []).append(_rectangle(at, top + k * TEXT, width, TEXT))
            elif cell.is_gradient and number:
                name = f"{'pos' if number > 0 else 'neg'}{bin_of(abs(number), largest)}"
                shades.setdefault(name, []).append(_rectangle(at, top + k * TEXT, width, TEXT))
            texts.append(_text(at + width / 2, top + (k + 0.5) * TEXT + 0.36 * SIZE, word))
            at += width
    if is_live:
        return [*label, f'<g class="numbers">{"".join(texts)}</g>']
    return [*[_filled(shades)] * bool(shades), *label, *texts]


def _heat(cell: Cell, x: float, y: float) -> str:
    """Return a heat map: runs of elements of a colour, in a frame."""
    rows, columns = cell.heat.shape
    left = round(x + (cell.width - columns * PIXEL) / 2)
    top = round(y + (cell.height - rows * PIXEL) / 2)
    shades: dict[str, list[str]] = {}
    for k, row in enumerate(cell.heat.tolist()):
        start = 0
        for end in range(1, columns + 1):
            if end == columns or row[end] != row[start]:
                if level := row[start]:
                    name = f"{'pos' if level > 0 else 'neg'}{abs(level)}"
                    place = left + start * PIXEL, top + k * PIXEL, (end - start) * PIXEL, PIXEL
                    shades.setdefault("bad" if level == BAD else name, []).append(
                        _rectangle(*place)
                    )
                start = end
    corners = _corners(left, top, columns * PIXEL, rows * PIXEL)
    return f'{_filled(shades)}<polygon points="{corners}"/>'


def _filled(shades: dict[str, list[str]]) -> str:
    """Return rectangles without borders, by their colours."""
    paths = [f'<path class="{name}" d="{"".join(parts)}"/>' for name, parts in shades.items()]
    return f'<g class="heat">{"".join(paths)}</g>'


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    left, top, right, low = (f"{place:.1f}" for place in (x, y, x + width, y + height))
    return f"M{left},{top}L{right},{top}L{right},{low}L{left},{low}"


def _corners(x: float, y: float, width: float, height: float) -> str:
    left, top, right, low = f"{x:.1f}", f"{y:.1f}", f"{x + width:.1f}", f"{y + height:.1f}"
    return f"{left},{low} {left},{top} {right},{top} {right},{low}"


def _style(body: str) -> str:
    """Return the rules for light and dark surroundings, of the classes that a picture has."""
    classes = set(re.findall(r'class="([^"]*)"', body))
    used = [name for name in LIGHT if name in classes]
    light, night = (
        "".join(f".chainrule .{name}{{fill:{colours[name]}}}" for name in used)
        for colours in (LIGHT, DARK)
    )
    heavy = "".join(
        f".chainrule .{name} path{{stroke-width:{width}}}"
        for name, width in WEIGHTS.items()
        if f"edge {name}" in classes
    )
    if "heat" in classes:
        heavy += ".chainrule .heat path{stroke-width:0}"
    return (
        f".chainrule{{max-width:100%;height:auto}}"
        f".chainrule text{{font:{SIZE}px {FAMILY};text-anchor:middle;fill:{LIGHT['ink']}}}"
        f".chainrule [font-weight]{{font-weight:bold}}"
        f".chainrule polygon,.chainrule path{{fill:none;stroke:{LIGHT['line']}}}"
        f".chainrule .edge polygon{{fill:{LIGHT['line']}}}"
        f".chainrule .cluster polygon{{stroke-opacity:.5}}{heavy}{light}"
        f"@media(prefers-color-scheme:dark){{.chainrule text{{fill:{DARK['ink']}}}"
        f".chainrule polygon,.chainrule path{{stroke:{DARK['line']}}}"
        f".chainrule .edge polygon{{fill:{DARK['line']}}}{night}}}"
    )
