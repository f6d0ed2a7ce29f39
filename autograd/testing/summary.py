"""Summary of a gradient test: points by their verdicts, digits, time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograd.checking.report import GradientReport, Verdict

OUTSIDE = "outside"
"""Key of the points where the function is not defined."""
MOST_DIGITS = 16.0


@dataclass(frozen=True)
class Summary:
    """Summary of a run of a gradient test."""

    function: str
    """Name of the function under test."""
    verdicts: Mapping[str, int]
    """Number of points with each verdict, the worst one of a point, and of those outside."""
    looks: int
    """Number of points that got a quick look only."""
    digits: float
    """Fewest digits to which a derivative that is right was confirmed; inf where none was."""
    seconds: float
    never_reached: tuple[str, ...] = ()
    """Branches of the function, and of its derivative, that no point reached."""

    @property
    def points(self) -> int:
        """Number of points that got a full check."""
        return sum(self.verdicts.values()) - self.verdicts.get(OUTSIDE, 0)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain data, ready for JSON."""
        return {
            "function": self.function,
            "points": self.points,
            "looks": self.looks,
            "verdicts": {key: n for key in (*Verdict, OUTSIDE) if (n := self.verdicts.get(key, 0))},
            "digits": None if math.isinf(self.digits) else round(self.digits, 1),
            "seconds": round(self.seconds, 3),
            "never_reached": list(self.never_reached),
        }


def fewest_digits(report: GradientReport) -> float:
    """Return to how many digits of the largest the derivatives that are right were confirmed."""
    right = [entry for entry in report.entries if entry.verdict == Verdict.RIGHT]
    sizes = [max(abs(entry.analytic), abs(entry.numeric)) for entry in right]
    size = max(filter(math.isfinite, sizes), default=0.0)
    off = max((abs(e.analytic - e.numeric) + e.bound for e in right), default=0.0)
    return min(MOST_DIGITS, -math.log10(off / size)) if 0 < off < size else MOST_DIGITS
