"""Cells of a box: their texts, and their sizes in Helvetica."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.drawing.facts import BINS, Facts

Array = Any

SIZE = 11
LINE = 14
"""Distance between lines."""
ROW = 27
"""Height of the cell of a line."""
PADDING = 7
LONG = 20
"""Length of a call above which its operands have a line of their own."""
SMALL = 4, 5
"""Most rows and columns of an array that is shown number by number."""
TEXT = 16
"""Height of its rows."""
HEAT = 6, 12
"""Most rows and columns of a heat map; of larger arrays it shows the means of blocks."""
PIXEL = 8
"""Width and height of an element of it."""
BAD = 99
"""Level of what is nan or infinite."""
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
    is_head: bool = False
    is_gradient: bool = False
    is_bad: bool = False
    """True where a number in it is nan or infinite."""
    table: Table | None = None
    """Numbers of an array, which stand in place of the lines."""
    heat: Array = None
    """Levels of an array's elements, or of blocks of them: from -5 to 5, or BAD."""


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers in rows and columns, the widths of these, and the width of the label before them."""

    numbers: Array
    texts: list[list[str]]
    widths: list[float]
    label: str
    label_width: float


@dataclass(slots=True)
class _Row:
    """Cells beside one another, with the widths that they need, and a height."""

    cells: list[dict[str, Any]]
    widths: list[float]
    height: float = ROW


def cells_of(facts: Facts, contents: str) -> tuple[float, float, list[Cell]]:
    """Return the width and height of a box, and its cells: operation, name, rows beside them."""
    rows = _rows(facts, contents)
    _, margin, _ = border(facts)
    height = sum(row.height for row in rows)
    x, found = float(margin), []
    for text in (facts.formula or _operation(facts.op), facts.name):
        if text:
            lines = text.splitlines()
            room = _room(lines, is_head=True)
            found.append(Cell(x, margin, room, height, lines, is_head=True))
            x += room
    room = math.ceil(max(sum(row.widths) for row in rows))
    y = float(margin)
    for row in rows:
        left, more = x, (room - sum(row.widths)) / len(row.cells)
        for cell, width in zip(row.cells, row.widths):
            found.append(Cell(left, y, width + more, row.height, **cell))
            left += width + more
        y += row.height
    return x + room + margin, height + 2 * margin, found


def _rows(facts: Facts, contents: str) -> list[_Row]:
    value, numbers, slopes = list(facts.value), facts.numbers, facts.slopes
    is_array = numbers is not None and numbers.dtype.kind in "fiub"
    if slopes is not None and numbers is not None and slopes.shape != numbers.shape:
        slopes = None
    is_known = facts.gradient != "—"
    bad = is_known and not math.isfinite(facts.size)
    gradient = _line(f"grad {facts.gradient}", is_gradient=True, is_bad=bad)
    rows = [_line(contents)] if contents else []
    if is_array and numbers.shape == ():
        value = value[:1]
    if is_array and _is_small(numbers):
        rows += [_line(text) for text in value[:-1]]
        rows.append(_table(numbers, "", "", is_gradient=False))
        rows.append(_table(slopes, "grad", "+", True) if slopes is not None else gradient)
    else:
        rows += [_line(text, is_bad=not math.isfinite(facts.scale)) for text in value]
        if is_array and len(value) > 1 and numbers.size > 1:
            rows.append(_heats([x for x in (numbers, slopes) if x is not None]))
        rows.append(gradient)
    return rows + [_line(f"⚠ {flag}") for flag in facts.flags]


def _line(text: str, is_gradient: bool = False, is_bad: bool = False) -> _Row:
    is_bad &= any(word in text for word in ("nan", "inf"))
    cell = {"lines": [text], "is_gradient": is_gradient, "is_bad": is_bad}
    return _Row([cell], [_room([text])])


def _is_small(array: Array) -> bool:
    """Return whether an array is shown number by number: as a row or a matrix."""
    rows, columns = _flat(array).shape if array.size else (0, 0)
    return bool(array.ndim <= 2 and rows * columns > 1 and rows <= SMALL[0] and columns <= SMALL[1])


def _flat(array: Array) -> Array:
    """Return an array as a matrix."""
    return array.reshape(-1, array.shape[-1] if array.ndim else 1)


def _table(array: Array, label: str, sign: str, is_gradient: bool) -> _Row:
    matrix = _flat(array)
    texts = [[_short(x) for x in row] for row in matrix.tolist()]
    widths = [max(map(length, column)) + 10 for column in zip(*texts)]
    before = length(label) + 6 if label else 0.0
    table = Table(matrix, texts, widths, label, before)
    lines = [" ".join(filter(None, (label * (not k), *row))) for k, row in enumerate(texts)]
    cell = {"lines": lines, "table": table, "is_gradient": is_gradient}
    return _Row([cell], [before + sum(widths) + PADDING], TEXT * len(texts) + ROW - TEXT)


def _short(x: float) -> str:
    return f"{x or 0.0:.3g}" if isinstance(x, float) else str(x)  # -0.0 as number() has it


def _heats(arrays: Sequence[Array]) -> _Row:
    maps = [heat_of(array) for array in arrays]
    height = max(len(levels) for levels in maps) * PIXEL + 2 * PADDING
    cells = [{"lines": [], "heat": levels} for levels in maps]
    return _Row(cells, [levels.shape[1] * PIXEL + 2 * PADDING for levels in maps], height)


def heat_of(array: Array) -> Array:
    """Return the levels of an array's elements beside the largest, or of the means of blocks."""
    matrix = _flat(array).astype(np.float64)
    matrix = matrix / _largest(matrix)  # whose sums do not overflow
    with np.errstate(invalid="ignore"):  # inf - inf
        for axis, most in ((0, HEAT[0]), (1, HEAT[1])):
            count = matrix.shape[axis]
            if count > most:
                starts = np.arange(most) * count // most
                sums = np.add.reduceat(matrix, starts, axis)
                sizes = np.diff(starts, append=count)
                matrix = sums / (sizes[:, None] if axis == 0 else sizes)
        levels = np.sign(matrix) * np.ceil(np.abs(matrix) / _largest(matrix) * BINS)
    return np.where(np.isfinite(matrix), levels, BAD).astype(np.intp)


def _largest(matrix: Array) -> float:
    """Return the magnitude of the largest finite element, or 1 where all are 0."""
    return float(np.max(np.abs(matrix[np.isfinite(matrix)]), initial=0.0)) or 1.0


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
