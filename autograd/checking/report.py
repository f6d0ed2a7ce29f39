"""The report of a check, for people and for programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
SURE = 1e-3
"""Largest error that could be there unseen, relative to the derivative, before it is told."""


class GradientCheckError(AssertionError):
    """Error for a wrong derivative. Its attribute `report` is the report of the check."""

    def __init__(self, report: GradientReport) -> None:
        super().__init__(str(report))
        self.report = report


class GradientCheckWarning(UserWarning):
    """Warning that a derivative could not be judged, or lost its digits to floating point."""


class Entry:
    """Judgement of the derivative by one number among the inputs, or by many of them at once.

    Many are moved along one random direction; the derivative along it is compared.
    """

    def __init__(
        self,
        name: str,
        at: float,
        analytic: float,
        numeric: float,
        bound: float,
        verdict: Verdict,
        reason: str = "",
        low: float = math.nan,
        high: float = math.nan,
        within: bool = True,
        count: int = 1,
        size: float = 0.0,
    ) -> None:
        self.name = name
        """Name of the number: "x", or "x[2, 0]" of an array."""
        self.at = at
        """Value of the number; nan for many."""
        self.analytic = analytic
        """Derivative under test."""
        self.numeric = numeric
        """Derivative found from differences; at a kink, halfway between those of its sides."""
        self.bound = bound
        """Bound on the error of `numeric`."""
        self.verdict = verdict
        self.reason = reason
        """Explanation of the verdict."""
        self.low, self.high = low, high
        """Derivatives of the two sides at a kink, the smaller first."""
        self.within = within
        """True unless, at a kink, the derivative under test lies outside those of its sides."""
        self.count = count
        """Number of numbers that were judged at once."""
        self.size = size
        """Largest error, relative to the derivative, that could be there unseen."""

    @property
    def ok(self) -> bool:
        """True where nothing is known to be wrong."""
        return self.verdict in (Verdict.RIGHT, *DOUBTFUL) or (
            self.verdict == Verdict.KINK and self.within
        )

    def __str__(self) -> str:
        return " ".join(self.columns)

    __repr__ = __str__

    @property
    def columns(self) -> tuple[str, ...]:
        """Texts for a report, in columns."""
        where, verdict, analytic, numeric, bound, reason = self.cells
        bound += f"; {reason}" if reason else ""
        return (
            f"{where}:",
            f"{verdict}:",
            f"analytic {analytic},",
            f"numeric {numeric}".rstrip(),
            bound,
        )

    @property
    def cells(self) -> tuple[str, ...]:
        """Texts of a row: number, verdict, both derivatives, bound, reason."""
        where = self.name if self.count > 1 else f"{self.name} = {self.at:.6g}"
        numeric, bound = f"{self.numeric:.10g}", f"+- {self.bound:.1e}" if self.bound else "exactly"
        if math.isnan(self.numeric):
            numeric, bound = "", "unknown"
        verdict = str(self.verdict)
        if self.verdict == Verdict.RIGHT and SURE < self.size < 1:
            percent = 100 * self.size
            verdict += f" to {percent:.1g} %" if percent < 9.5 else f" to {percent:.0f} %"
        return where, verdict, f"{self.analytic:.10g}", numeric, bound, self.reason


class GradientReport:
    """Judgements of all entries of the inputs."""

    def __init__(
        self, entries: tuple[Entry, ...], problem: str = "", notes: tuple[str, ...] = ()
    ) -> None:
        self.entries = entries
        self.problem = problem
        """Reason why the check could not be run, in one line; "" where it was."""
        self.notes = notes
        """Further remarks, such as which operation of a graph has a wrong pullback."""

    @property
    def verdict(self) -> Verdict:
        """Worst of the verdicts; a kink counts as right where its derivative is one."""
        if self.problem:
            return Verdict.FAILED
        bad = [entry for entry in self.entries if not entry.ok] or self.entries
        return max((entry.verdict for entry in bad), key=lambda v: v.rank, default=Verdict.RIGHT)

    @property
    def ok(self) -> bool:
        """True where nothing was found wrong."""
        return not self.problem and all(entry.ok for entry in self.entries)

    def count(self, verdict: str) -> int:
        """Count the numbers that got a verdict."""
        return sum(entry.count for entry in self.entries if entry.verdict == verdict)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, ready for JSON; nan and infinities become None."""
        entries = [{key: _plain(x) for key, x in vars(entry).items()} for entry in self.entries]
        return {
            "verdict": self.verdict,
            "ok": self.ok,
            "counts": {v: self.count(v) for v in Verdict if self.count(v)},
            "entries": entries,
            "problem": self.problem,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        head, told, after = self._told()
        return "\n".join([head, *aligned(told), *after])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from autograd.notebooks import BAD, UNSURE, paragraph, table

        head, told, after = self._told()
        rows = []
        for entry in told:
            where, verdict, *others = entry.cells
            colour = UNSURE if entry.verdict in DOUBTFUL else "" if entry.ok else BAD
            rows.append([where, (verdict, colour) if colour else verdict, *others])
        titles = ("input", "verdict", "analytic", "numeric", "bound", "")
        parts = [paragraph(head, "bold"), table(titles, rows, (2, 3)) if rows else ""]
        return "".join([*parts, *map(paragraph, after)])

    def _told(self) -> tuple[str, list[Entry], list[str]]:
        """Return the first line, the entries that are told, and the lines after them."""
        if self.problem:
            return f"gradcheck: failed: {self.problem}", [], []
        told = [entry for entry in self.entries if entry.verdict != Verdict.RIGHT] or self.entries
        told = sorted(told, key=lambda entry: -entry.verdict.rank)
        left = len(told) - MOST_LINES
        counts = [f"{self.count(v)} {v}" for v in Verdict if self.count(v)]
        head = "gradcheck: " + (", ".join(counts) or "no numbers")
        more = [f"... and {left} more"] if left > 0 else []
        return head, told[:MOST_LINES], [*more, *self.notes]


def _plain(x: Any) -> Any:
    return None if isinstance(x, float) and not math.isfinite(x) else x


def aligned(entries: Sequence[Entry]) -> list[str]:
    """Return the entries, a line each, in aligned columns."""
    rows = [entry.columns for entry in entries]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [" ".join(f"{x:{w}}" for x, w in zip(row, widths)).rstrip() for row in rows]
