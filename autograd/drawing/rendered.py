"""Pictures as PNG and PDF, by matplotlib, which draws what their SVG has: shapes and texts.

Letters are outlines of the font that matplotlib brings along, so files look alike everywhere.
"""

from __future__ import annotations

import functools
import io
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

DENSITY = 2.0
"""Pixels of a PNG for a pixel of the picture, where the file does not become too large."""
LARGEST, LONGEST = 4e7, 30_000
"""Largest number of pixels of a PNG, and of those along one side."""
PAGE = 14_400
"""Largest side of a page of PDF, in points (PDF 2.0, annex C.1)."""
FINE = 100
"""Size at which outlines of letters are read."""
NARROWER = 0.88
"""Width of Helvetica, which the layout reckons with, by that of the font."""

Style = dict[str, str]
Part = tuple[str, str, bool]
"""Kind of an element, its classes, and whether it has a font-weight of its own."""


def rendered(svg: str, form: str) -> bytes:
    """Return a picture as "png" or "pdf", in its colours for light surroundings.

    Raises ImportError where matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backends.backend_pdf import FigureCanvasPdf
        from matplotlib.collections import PathCollection
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D
    except ImportError:
        text = (
            f"save: .{form} needs matplotlib, which is not installed; pip install chainrule[plot]"
        )
        raise ImportError(text) from None
    from xml.etree import ElementTree

    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    pixels = DENSITY * float(root.attrib["width"]) / width
    pixels = min(pixels, math.sqrt(LARGEST / (width * height)), LONGEST / max(width, height))
    unit = min(1.0, PAGE / max(width, height))  # points; a figure has 72 for an inch
    shapes = list(_shapes(root, (), {"fill": "#000000", "stroke": "none"}, _Styles(root)))
    looks = [style for _, style in shapes]
    figure = Figure(
        figsize=(unit * width / 72, unit * height / 72), dpi=72 * pixels / unit, facecolor="white"
    )
    place = Affine2D().scale(1 / width, -1 / height).translate(0, 1)
    drawn = PathCollection(
        [path for path, _ in shapes],
        facecolors=[style["fill"] for style in looks],
        edgecolors=[_stroke(style) for style in looks],
        linewidths=[unit * float(style.get("stroke-width", 1)) for style in looks],
        linestyles=[_dashes(style) for style in looks],
        transform=place + figure.transFigure,
    )
    figure.add_artist(drawn)
    file = io.BytesIO()
    canvas: Any
    if form == "pdf":
        canvas = FigureCanvasPdf(figure)
        canvas.print_pdf(file, metadata={"CreationDate": None})
    else:
        canvas = FigureCanvasAgg(figure)
        canvas.print_png(file)
    return file.getvalue()


def _shapes(
    element: Any, above: tuple[Part, ...], inherited: Style, styles: _Styles
) -> Iterator[tuple[Any, Style]]:
    """Iterate over the outlines in an element, moved to their places, and how they look."""
    line = (*above, (_kind(element), element.get("class", ""), "font-weight" in element.attrib))
    style = inherited | {k: v for k, v in element.attrib.items() if k in _INHERITED}
    style |= styles.of(line)
    kind = _kind(element)
    if kind == "text":
        yield _outline(element, style), style | {"stroke": "none"}
    elif kind in ("polygon", "path"):
        yield _path(element.get("points") or element.get("d"), kind == "polygon"), style
    elif kind in ("svg", "g"):
        move = re.findall(r"-?[\d.]+", element.get("transform", "translate(0 0)"))
        for child in element:
            for path, look in _shapes(child, line, style, styles):
                path.vertices += [float(x) for x in move]
                yield path, look
    elif kind not in ("title", "desc", "style"):
        raise ValueError(f"save: got a picture with <{kind}>, which only .svg can have")


_INHERITED = ("fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "font-weight")


def _path(text: str, closed: bool) -> Any:
    """Return the path of a polygon's points, or of M, L and C with absolute places."""
    import numpy as np
    from matplotlib.path import Path

    points: list[Any] = []
    codes: list[Any] = []
    for letter, numbers in re.findall(r"([MLC]?)([^MLC]+)", text):
        places = np.array(re.split(r"[\s,]+", numbers.strip()), float).reshape(-1, 2)
        code = {"C": Path.CURVE4, "M": Path.MOVETO}.get(letter, Path.LINETO)
        points += [*places]
        codes += [code] * len(places)
    codes[0] = Path.MOVETO
    if closed:
        points.append(points[0])
        codes.append(Path.CLOSEPOLY)
    return Path(points, codes)


def _outline(element: Any, style: Style) -> Any:
    """Return the letters of a text, as wide as it says, around the middle of its place."""
    import numpy as np
    from matplotlib.path import Path

    found = re.match(r"(\d+)px", style.get("font", ""))
    size = float(found[1]) if found else 10.0
    vertices, codes, end = [np.empty((0, 2))], [np.empty(0, Path.code_type)], 0.0
    for letter in element.text or "":
        outline, code, advance = _glyph(letter, style.get("font-weight", "normal"))
        vertices.append(outline + np.array([end, 0.0]))
        codes.append(code)
        end += advance
    fit = float(element.get("textLength", NARROWER * size * end)) / (size * end or 1)
    moved = np.concatenate(vertices) * (fit * size, -size)
    moved += float(element.get("x")) - fit * size * end / 2, float(element.get("y"))
    return Path(moved, np.concatenate(codes))


@functools.cache
def _glyph(letter: str, weight: str) -> tuple[Any, Any, float]:
    """Return the outline of a letter of size 1, and its width; a sign where the font lacks it."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(FINE, 72)
    known = font.get_char_index(ord(letter)) != 0
    glyph = font.load_char(ord(letter) if known else 0xFFFD)
    vertices, codes = font.get_path()
    return vertices / FINE, codes, glyph.linearHoriAdvance / 65536 / FINE


class _Styles:
    """Style of elements by the rules for light surroundings, which stand in the picture."""

    def __init__(self, root: Any) -> None:
        text = "".join(each.text or "" for each in root.iter() if _kind(each) == "style")
        rules = []
        for selectors, body in re.findall(r"([^{}]+){([^{}]*)}", text.split("@media")[0]):
            properties = dict(each.split(":", 1) for each in body.split(";") if each)
            rules += [(each.split(), properties) for each in selectors.split(",")]
        strength = [(sum(part[0] in ".[" for part in parts), len(parts)) for parts, _ in rules]
        self.rules = [rules[i] for i in sorted(range(len(rules)), key=strength.__getitem__)]
        self.known: dict[tuple[Part, ...], Style] = {}

    def of(self, line: tuple[Part, ...]) -> Style:
        """Return the style of the last element of a line of ancestors."""
        if line not in self.known:
            found: Style = {}
            for selector, properties in self.rules:  # from the weakest to the strongest
                if _selects(selector, line):
                    found |= properties
            self.known[line] = found
        return self.known[line]


def _selects(selector: Sequence[str], line: Sequence[Part]) -> bool:
    *others, last = selector
    if not _is(last, line[-1]):
        return False
    above = iter(reversed(line[:-1]))
    return all(any(_is(word, part) for part in above) for word in reversed(others))


def _is(word: str, part: Part) -> bool:
    kind, classes, is_bold = part
    if word[0] == ".":
        return word[1:] in classes.split()
    return is_bold if word == "[font-weight]" else word == kind


def _kind(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _stroke(style: Style) -> Any:
    if style["stroke"] == "none":
        return "none"
    return style["stroke"], float(style.get("stroke-opacity", 1))


def _dashes(style: Style) -> Any:
    """Return the lengths of dashes and gaps, which matplotlib multiplies by the width."""
    lengths = style.get("stroke-dasharray", "")
    width = float(style.get("stroke-width", 1))
    return (0, [float(x) / width for x in re.split(r"[\s,]+", lengths)]) if lengths else "solid"
