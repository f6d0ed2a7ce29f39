"""Findings of a check at many points: counts, exit code, and the points that are not right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.checking.report import DOUBTFUL, Entry, GradientReport, Verdict
from autograd.explaining.notations import told
from autograd.explaining.words import plain_data

MOST_SHOWN = 10
Point = dict[str, Any]


@dataclass(frozen=True)
class Findings:
    """Reports of all points."""

    reports: Sequence[tuple[Point, GradientReport]]
    unchecked: int = 0
    """Number of points for which the time did not suffice."""
    seconds: float | None = None
    strict: bool = False
    """True where what is unresolved fails."""

    @property
    def counts(self) -> Counter[Verdict]:
        """Number of judgements, by verdict."""
        counted = Counter(e.verdict for _, report in self.reports for e in report.entries)
        counted[Verdict.FAILED] += sum(bool(report.problem) for _, report in self.reports)
        return counted

    @property
    def code(self) -> int:
        """Exit code."""
        counts = self.counts
        if not all(report.ok for _, report in self.reports):
            return 1
        if self.strict and counts[Verdict.UNRESOLVED]:
            return 1
        return 2 if any(counts[v] for v in DOUBTFUL) else 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes of the first report that has some."""
        return next((report.notes for _, report in self.reports if report.notes), ())

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as plain data, ready for JSON."""
        counts = self.counts
        return {
            "counts": {v: counts[v] for v in Verdict if counts[v]},
            "ok": self.code == 0,
            "entries": [
                {"point": _plain(point), **entry}
                for point, report in self.reports
                for entry in report.to_dict()["entries"]
            ],
            "problems": [
                {"point": _plain(point), "problem": report.problem}
                for point, report in self.reports
                if report.problem
            ],
            "unchecked": self.unchecked,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        entries = [e for _, report in self.reports for e in report.entries]
        names = list(dict.fromkeys(entry.name for entry in entries))
        counts = self.counts
        seen = [v for v in Verdict if counts[v]]
        width = max([8, *(len(name) for name in names)])
        lines = [" ".join([f"{'':{width}}", *(f"{v:>17}" for v in seen)]).rstrip()]
        for name in names:
            counted = Counter(entry.verdict for entry in entries if entry.name == name)
            lines.append(" ".join([f"{name:{width}}", *(f"{counted[v]:17}" for v in seen)]))
        lines += [*self._doubtful(), *self._failed(), *self.notes]
        if self.unchecked:
            checked = len(self.reports)
            total = checked + self.unchecked
            lines.append(f"{checked} of {total} points were checked in {self.seconds:g} s")
        return "\n".join(lines)

    def _doubtful(self) -> Iterator[str]:
        """Iterate over lines on points that are not right, each in one piece, the worst first."""
        shown = [
            (point, doubtful)
            for point, report in self.reports
            if (doubtful := [e for e in report.entries if not _is_right(e)])
        ]
        shown.sort(key=lambda each: -max(e.verdict.rank for e in each[1]))
        for point, entries in shown[:MOST_SHOWN]:
            texts = [" ".join(entry.columns[1:]) for entry in entries]
            if list(point) == [entries[0].name]:
                yield f"{_at(point)}: {texts[0]}"
            elif len(entries) == 1:
                yield f"{_at(point)}: by {entries[0].name}: {texts[0]}"
            else:
                yield f"{_at(point)}:"
                yield from (f"  by {e.name}: {text}" for e, text in zip(entries, texts))
        if len(shown) > MOST_SHOWN:
            yield f"... and {len(shown) - MOST_SHOWN} more"

    def _failed(self) -> Iterator[str]:
        """Iterate over lines on what went wrong, each told once."""
        failed: dict[str, list[Point]] = {}
        for point, report in self.reports:
            if report.problem:
                failed.setdefault(report.problem, []).append(point)
        for text, (first, *others) in list(failed.items())[:MOST_SHOWN]:
            more = f" (and at {len(others)} other points)" if len(others) > 1 else ""
            more = " (and at another point)" if len(others) == 1 else more
            yield f"{_at(first)}: failed: {text}{more}"
        if len(failed) > MOST_SHOWN:
            yield f"... and {len(failed) - MOST_SHOWN} other failures"


def _is_right(entry: Entry) -> bool:
    return entry.verdict in (Verdict.RIGHT, Verdict.KINK) and entry.ok


def _plain(point: Point) -> Point:
    return {x: plain_data(value) for x, value in point.items()}


def _at(point: Point) -> str:
    """Return a point as text: every variable and its number, or its numbers."""
    return ", ".join(f"{x} = {told(value)}" for x, value in point.items())
