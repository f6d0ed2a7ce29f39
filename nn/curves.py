"""Curves of a training run as a picture (SVG), in the colours of what is around it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from autograd.notebooks import escaped

WIDTH, HEIGHT, GAP = 620, 150, 12
"""Size of a panel in pixels, and what is left free below it."""
LEFT, RIGHT, TOP = 58, 596, 26
"""Borders of the curves in a panel; the numbers of the scale stand at the left, titles above."""
PLACES = 300
"""Places of a curve; of longer ones each place has the smallest and the largest number."""
DECADES = 2
"""Powers of ten between the smallest and the largest number from which a scale is logarithmic."""
DASH = 4
"""Length of what stands for a point without neighbours."""
EXTREME = 1e300
"""Size from which a number is left out, as nan and infinities are; below the inverse it is 0."""
NEAR = 1e-12
"""Relative difference of numbers up to which they are equal in a picture."""
COLOURS = {"training": "#3b82c4", "validation": "#d9822b"}
"""The blue and the orange of drawings, which people with any colour vision tell apart."""

Lines = Mapping[str, Sequence[float]]


def curves(panels: Sequence[tuple[str, Lines]], best: int | None) -> str:
    """Return a picture with a panel for each measure, which has lines by their names.

    `best` is the number of the best epoch, which is marked.
    """
    epochs = max((len(y) for _, lines in panels for y in lines.values()), default=0)
    parts = []
    for i, (name, lines) in enumerate(panels):
        parts.append(f'<g transform="translate(0 {i * (HEIGHT + GAP)})">')
        parts += _panel(name, lines, epochs, best)
        parts.append("</g>")
    low = (HEIGHT + GAP) * len(panels) + 6
    parts.append(_text(LEFT - 6, low, "epoch", "end"))
    for n in ticks(1, max(epochs, 2), most=8):
        if 1 <= n <= epochs and n == int(n):
            parts.append(_text(_across(n, epochs), low, f"{n:,.0f}", "middle"))
    about = escaped(f"{', '.join(name for name, _ in panels)} over {epochs:,} epochs")
    style = f"max-width:100%;height:auto;min-width:{WIDTH * 3 // 4}px;font:12px sans-serif"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{about}" width="{WIDTH}" '
        f'height="{low + 8}" viewBox="0 0 {WIDTH} {low + 8}" style="{style}" fill="currentColor">\n'
        f"<title>{about}</title>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(name: str, lines: Lines, epochs: int, best: int | None) -> Iterator[str]:
    """Iterate over the elements of a panel: scale, title, curves and their legend."""
    numbers = [x for y in lines.values() for x in y if abs(x) < EXTREME]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    is_log = low > 1 / EXTREME and math.log10(high) - math.log10(low) >= DECADES
    marks = powers(low, high) if is_log else ticks(low, high)
    low, high = marks[0], marks[-1]
    if is_log:
        low, high = math.log10(low), math.log10(high)

    def up(x: float) -> float:
        place = math.log10(x) if is_log else x
        return HEIGHT - (place - low) / (high - low) * (HEIGHT - TOP)

    yield _text(LEFT, 16, name, "start", ' font-weight="bold"')
    for x in marks:
        yield _line(LEFT, up(x), RIGHT, up(x), ' stroke-opacity=".15"')
        yield _text(LEFT - 6, up(x) + 4, f"{x:.4g}", "end")
    if best is not None and epochs > 1:
        x = _across(best, epochs)
        yield _line(x, TOP, x, HEIGHT, ' stroke-opacity=".5" stroke-dasharray="3 3"')
    legend = []
    for label, values in lines.items():
        places = thinned(values)
        points = [(_across(n, epochs), up(x)) if abs(x) < EXTREME else None for n, x in places]
        look = f'fill="none" stroke="{COLOURS[label]}" stroke-width="1.8" stroke-linecap="round"'
        yield f'<path d="{path(points)}" {look} stroke-linejoin="round"/>'
        told = escaped(f"\xa0{label} {values[-1]:.4g}" if values else f"\xa0{label}")
        legend.append(f'<tspan fill="{COLOURS[label]}">\N{BLACK CIRCLE}</tspan>{told}')
    spaces = "\xa0" * 4
    yield f'<text x="{RIGHT}" y="16" text-anchor="end">{spaces.join(legend)}</text>'


def thinned(values: Sequence[float]) -> list[tuple[int, float]]:
    """Return the numbers with their epochs, of long curves the outermost of each place."""
    size = -(-len(values) // PLACES)
    if size <= 2:
        return list(enumerate(values, 1))
    points = []
    for start in range(0, len(values), size):
        some = [(n, x) for n, x in enumerate(values[start : start + size], start + 1)]
        finite = [point for point in some if abs(point[1]) < EXTREME] or some[:1]
        ends = {min(finite, key=lambda p: p[1]), max(finite, key=lambda p: p[1])}
        points += sorted(ends)
    return points


def path(points: Sequence[tuple[float, float] | None]) -> str:
    """Return the path through points, with gaps; a point alone is a dash."""
    pieces = []
    for is_gap, group in itertools.groupby(points, lambda point: point is None):
        run = [point for point in group if point is not None]
        if len(run) == 1:
            ((x, y),) = run
            pieces.append(f"M{x - DASH / 2:.1f},{y:.1f}h{DASH}")
        elif not is_gap:
            pieces.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in run))
    return "".join(pieces)


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Return round numbers in equal steps that enclose an interval.

    >>> ticks(0.5, 3.2), ticks(5, 5)
    ([0.0, 1.0, 2.0, 3.0, 4.0], [4.0, 4.5, 5.0, 5.5, 6.0])
    """
    size = max(abs(low), abs(high))
    if high - low <= max(NEAR * size, 1 / EXTREME):
        room = size / 5 if size > 1 / EXTREME else 1.0
        low, high = low - room, high + room
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(k * power for k in (1, 2, 5, 10) if k * power >= rough * (1 - 1e-9))
    return [k * step for k in range(math.floor(low / step), math.ceil(high / step) + 1)]


def powers(low: float, high: float, most: int = 4) -> list[float]:
    """Return powers of ten that enclose an interval of positive numbers.

    >>> powers(0.02, 300)
    [0.01, 1.0, 100.0, 10000.0]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = -(-(last - first) // most)
    return [10.0**k for k in range(first, last + step, step)]


def _across(n: float, epochs: int) -> float:
    return LEFT + 6 + (n - 1) / max(epochs - 1, 1) * (RIGHT - LEFT - 12)


def _line(x: float, y: float, right: float, low: float, look: str) -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{low:.1f}"'
    return f'<line {ends} stroke="currentColor"{look}/>'


def _text(x: float, y: float, text: str, anchor: str, look: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{look}'
    return f"<text {place}>{escaped(text)}</text>"
