"""Cells of a box: their texts, and their sizes in Helvetica."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from autograd.drawing.graph import BINS, Facts

SIZE = 11
LINE = 14
"""Distance between lines."""
ROW = 27
"""Height of the cell of a line."""
PADDING = 7
LONG = 20
"""Length of a call above which its operands have a line of their own."""
BORDERS = {
    "nan": (4, 2, ""),
    "inf": (1, 4, ""),
    "dead ReLU": (2, 1, "5,2"),
    "vanishing": (2, 1, "2,3"),
}
"""Border of a box by its flag: width, margin and dashes; thick, double, dashed, dotted."""
PLAIN = (1, 0, "")

# In thousandths of the size of the font, as in the metrics that Adobe published for it.
_WIDTHS = {
    "ijl'": 222, "|": 260, " !,./:;I[\\]ft·": 278, "-()`r{}": 333, '"': 355, "*": 389, "^": 469,
    "Jcksvxyz": 500, "#$0123456789?L_abdeghnopqu": 556, "+<=>~×−": 584, "FTZ": 611,
    "&ABEKPSVXY": 667, "CDHNRUw": 722, "GOQ": 778, "Mm": 833, "%": 889, "W": 944,
    "—…⚠": 1000, "@": 1015,
}  # fmt: skip
_WIDTH = {letter: width / 1000 for letters, width in _WIDTHS.items() for letter in letters}
_BOLD = 1.12
"""Ratio of the width of bold letters to that of others, for the operations there are."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Place in a box, and the lines in the middle of it."""

    x: float
    y: float
    width: float
    height: float
    lines: list[str]
    is_head: bool
    is_gradient: bool


def cells_of(facts: Facts, contents: str) -> tuple[float, float, list[Cell]]:
    """Return the width and height of a box, and its cells: operation, name, rows beside them."""
    before = [text for text in (contents, *facts.value) if text]
    rows = [*before, f"grad {facts.gradient}", *(f"⚠ {flag}" for flag in facts.flags)]
    _, margin, _ = border(facts)
    height = ROW * len(rows)
    x, found = float(margin), []
    for text in (_operation(facts.op), facts.name):
        if text:
            lines = text.splitlines()
            room = _room(lines, is_head=True)
            found.append(Cell(x, margin, room, height, lines, True, False))
            x += room
    room = _room(rows)
    for k, text in enumerate(rows):
        y = margin + k * ROW
        found.append(Cell(x, y, room, ROW, [text], False, k == len(before)))
    return x + room + margin, height + 2 * margin, found


def border(facts: Facts) -> tuple[int, int, str]:
    """Return the width of the border of a box, its distance from the cells, and its dashes."""
    return next((BORDERS[flag] for flag in BORDERS if flag in facts.flags), PLAIN)


def shade_of(facts: Facts, largest: float) -> int:
    """Return the size of a gradient beside the largest, a decade a step: 0, or 1 to BINS."""
    if not facts.sign or math.isnan(facts.size):
        return 0
    return bin_of(facts.size, largest)


def bin_of(size: float, largest: float) -> int:
    """Return the size of a number beside the largest, a decade a step: 1 to BINS."""
    if not 0.0 < size < largest < math.inf:
        return 1 if size < largest else BINS
    return max(1, BINS - math.floor(math.log10(largest) - math.log10(size)))


def _operation(op: str) -> str:
    """Return an operation, with the operands of a long call on a line of their own."""
    name, bracket, rest = op.partition("(")
    return f"{name}\n({rest}" if bracket and len(op) > LONG else op


def length(text: str, is_head: bool = False) -> float:
    """Return the length of a line of text; operations and names are bold."""
    return SIZE * (_BOLD if is_head else 1.0) * _ems(text)


def _room(lines: list[str], is_head: bool = False) -> int:
    return math.ceil(max(length(line, is_head) for line in lines)) + 2 * PADDING


@functools.lru_cache(10_000)
def _ems(text: str) -> float:
    return sum(_letters(text))


def _letters(text: str) -> Iterator[float]:
    """Iterate over the widths of letters; for those not in the font, about that of their kind."""
    for c in text:
        if c in _WIDTH:
            yield _WIDTH[c]
        else:
            wide = unicodedata.east_asian_width(c) in "WF" or ord(c) > 0xFFFF
            yield 1.1 if wide else 0.75
