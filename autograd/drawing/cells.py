"""The cells of a box: what is written in each, and what room that needs in Helvetica."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from autograd.drawing.graph import BINS, Facts

SIZE = 11
LINE = 14
"""How far apart lines are."""
ROW = 27
"""How high the cell of a line is."""
PADDING = 7
LONG = 20
"""A longer call has its operands on a line of their own."""
BORDERS = {
    "nan": (4, 2, ""),
    "inf": (1, 4, ""),
    "dead ReLU": (2, 1, "5,2"),
    "vanishing": (2, 1, "2,3"),
}
"""A flag is seen by the shape of the border too, its width, the margin and its dashes: thick, with
another one inside, dashed, dotted."""
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
"""How much wider a word of bold letters is, of the operations that there are."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in a box, and the lines in the middle of it."""

    x: float
    y: float
    width: float
    height: float
    lines: list[str]
    is_head: bool
    is_gradient: bool


def cells_of(facts: Facts, contents: str) -> tuple[float, float, list[Cell]]:
    """The width and height of a box, and its cells: operation, name, and the rows beside them."""
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
    """The width of the border of a box, its distance from the cells, and its dashes."""
    return next((BORDERS[flag] for flag in BORDERS if flag in facts.flags), PLAIN)


def shade_of(facts: Facts, largest: float) -> int:
    """How large a gradient is beside the largest, a decade a step: 0, for none, or 1 to BINS."""
    if not facts.sign or math.isnan(facts.size):
        return 0
    return bin_of(facts.size, largest)


def bin_of(size: float, largest: float) -> int:
    """How large a number is beside the largest, a decade a step: 1 to BINS."""
    if not 0.0 < size < largest < math.inf:
        return 1 if size < largest else BINS
    return max(1, BINS - math.floor(math.log10(largest) - math.log10(size)))


def _operation(op: str) -> str:
    """An operation, with the operands of a long call on a line of their own."""
    name, bracket, rest = op.partition("(")
    return f"{name}\n({rest}" if bracket and len(op) > LONG else op


def length(text: str, is_head: bool = False) -> float:
    """How long a line of text is; operations and names are bold."""
    return SIZE * (_BOLD if is_head else 1.0) * _ems(text)


def _room(lines: list[str], is_head: bool = False) -> int:
    return math.ceil(max(length(line, is_head) for line in lines)) + 2 * PADDING


@functools.lru_cache(10_000)
def _ems(text: str) -> float:
    return sum(_letters(text))


def _letters(text: str) -> Iterator[float]:
    """The width of each letter; of those that are not in the font, about that of their kind."""
    for c in text:
        if c in _WIDTH:
            yield _WIDTH[c]
        else:
            wide = unicodedata.east_asian_width(c) in "WF" or ord(c) > 0xFFFF
            yield 1.1 if wide else 0.75
