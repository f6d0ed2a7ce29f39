"""The report of a check, for people and for programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """A verdict on a derivative, from the best to the worst."""

    RIGHT = "right"
    KINK = "kink"
    INACCURATE = "inaccurate"
    """The rule is right, and floating point loses its digits."""
    UNRESOLVED = "unresolved"
    WRONG = "wrong"
    DISCONTINUOUS = "discontinuous"
    NON_DETERMINISTIC = "non-deterministic"
    FAILED = "failed"
    """The check could not be run."""

    __repr__ = str.__repr__

    @property
    def rank(self) -> int:
        """Its place, from the best, 0, to the worst."""
        return list(Verdict).index(self)


DOUBTFUL = (Verdict.INACCURATE, Verdict.UNRESOLVED)
MOST_LINES = 10


class GradientCheckError(AssertionError):
    """A derivative is wrong. The report of the check is its attribute `report`."""

    def __init__(self, report: GradientReport) -> None:
        super().__init__(str(report))
        self.report = report


class GradientCheckWarning(UserWarning):
    """A derivative could not be judged, or has lost its digits to floating point."""


@dataclass(frozen=True)
class Entry:
    """The judgement of the derivative by one number among the inputs, or by many of them at once.

    Many are moved along one random direction, and what is compared is the derivative along it.
    """

    name: str
    """Which number: "x", or "x[2, 0]" of an array."""
    at: float
    """Its value; nan for many."""
    analytic: float
    """The derivative under test."""
    numeric: float
    """The derivative found from differences; at a kink, halfway between those of its sides."""
    bound: float
    """How wrong that may be."""
    verdict: Verdict
    reason: str = ""
    """The verdict in more words."""
    low: float = math.nan
    high: float = math.nan
    """The derivatives of the two sides at a kink, the smaller first."""
    within: bool = True
    """Whether, at a kink, the derivative under test lies between them."""
    count: int = 1
    """How many numbers were judged at once."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it, as far as could be told."""
        return self.verdict in (Verdict.RIGHT, *DOUBTFUL) or (
            self.verdict == Verdict.KINK and self.within
        )

    def __str__(self) -> str:
        return " ".join(self.columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """What there is to tell, in parts that stand one below the other in a report."""
        where = self.name if self.count > 1 else f"{self.name} = {self.at:.6g}"
        analytic, numeric = f"analytic {self.analytic:.10g},", f"numeric {self.numeric:.10g}"
        bound = f"+- {self.bound:.1e}" if self.bound else "exactly"
        if math.isnan(self.numeric):
            numeric, bound = "numeric", "unknown"
        bound += f"; {self.reason}" if self.reason else ""
        return f"{where}:", f"{self.verdict}:", analytic, numeric, bound


@dataclass(eq=False)
class GradientReport:
    """The judgements of all entries of the inputs."""

    entries: tuple[Entry, ...]
    problem: str = ""
    """Why the check could not be run, in one line; "" where it was."""
    notes: tuple[str, ...] = ()
    """What else there is to know, such as which operation of a graph has the wrong rule."""

    @property
    def verdict(self) -> Verdict:
        """The worst of the verdicts; a kink counts as right where its derivative is one."""
        if self.problem:
            return Verdict.FAILED
        bad = [entry for entry in self.entries if not entry.ok] or self.entries
        return max((entry.verdict for entry in bad), key=lambda v: v.rank, default=Verdict.RIGHT)

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problem and all(entry.ok for entry in self.entries)

    def count(self, verdict: str) -> int:
        """How many numbers got a verdict."""
        return sum(entry.count for entry in self.entries if entry.verdict == verdict)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, ready for JSON; what is no finite number is None."""
        entries = [{key: _plain(x) for key, x in asdict(entry).items()} for entry in self.entries]
        return {
            "verdict": self.verdict,
            "ok": self.ok,
            "counts": {v: self.count(v) for v in Verdict if self.count(v)},
            "entries": entries,
            "problem": self.problem,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        if self.problem:
            return f"gradcheck: failed: {self.problem}"
        told = [entry for entry in self.entries if entry.verdict != Verdict.RIGHT] or self.entries
        told = sorted(told, key=lambda entry: -entry.verdict.rank)
        lines = aligned(told[:MOST_LINES])
        if len(told) > MOST_LINES:
            lines.append(f"... and {len(told) - MOST_LINES} more")
        counts = [f"{self.count(v)} {v}" for v in Verdict if self.count(v)]
        return "\n".join(["gradcheck: " + (", ".join(counts) or "no numbers"), *lines, *self.notes])


def _plain(x: Any) -> Any:
    return None if isinstance(x, float) and not math.isfinite(x) else x


def aligned(entries: Sequence[Entry]) -> list[str]:
    """The entries, a line each, with what belongs together one below the other."""
    rows = [entry.columns for entry in entries]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [" ".join(f"{x:{w}}" for x, w in zip(row, widths)).rstrip() for row in rows]
