"""Derivatives by hand in all their forms: what is checked of each, and of several together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from autograd.checking.byhand import Given
from autograd.checking.inputs import CheckError, Function, Inputs
from autograd.checking.report import Entry, GradientReport, Verdict
from autograd.checking.results import ROUNDING, signed
from autograd.checking.second import Gradient, Hessian, asymmetry
from autograd.transformed import needs_function

TRIALS = 3
"""Number of random products that two forms of one derivative must have alike."""
ALIKE = 1e-6
"""Largest difference of such products, relative to the largest."""
ORDERS = (
    ("derivative", "jac", "jvp", "vjp"),
    ("hessian", "hess", "derivative 2", "hvp", "hessp"),
)
"""Names of forms of one derivative, the first and the second."""
EXPLAINING = (Verdict.WRONG, Verdict.KINK, Verdict.DISCONTINUOUS, Verdict.NON_DETERMINISTIC)
"""Verdicts that explain why two forms do not agree."""


@dataclass(frozen=True)
class Forms:
    """Derivatives of one function by hand, as `gradcheck` takes them."""

    derivative: Any = None
    """Gradient or Jacobian, or a tuple of functions: each is the derivative of the one before."""
    jvp: Function | None = None
    vjp: Function | None = None
    hessian: Function | None = None
    hvp: Function | None = None

    def __post_init__(self) -> None:
        for f in (*self.chain, self.jvp, self.vjp, self.hessian, self.hvp):
            if f is not None:
                needs_function("gradcheck", f)
        if self.hessian is not None and len(self.chain) > 1:
            raise ValueError("gradcheck: got hessian and a second derivative; it needs one of them")
        if (self.hessian or self.hvp) and not (self.chain or self.vjp):
            got = "hessian" if self.hessian else "hvp"
            raise ValueError(
                f"gradcheck: got {got}, the derivative of a gradient; it needs derivative= or vjp="
            )

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in fields(self))

    @property
    def chain(self) -> Sequence[Function]:
        """The derivatives that are given as such, from the first order on."""
        if self.derivative is None:
            return ()
        return self.derivative if isinstance(self.derivative, (list, tuple)) else [self.derivative]

    def subjects(self, f: Function, inputs: Inputs, seed: int) -> dict[str, Callable[[], Given]]:
        """Return functions that make the subjects to be checked, by the names of the forms."""
        given = partial(Given, inputs=inputs, seed=seed)
        made: dict[str, Callable[[], Given]] = {}
        if self.chain:
            made["derivative"] = partial(given, f, derivative=self.chain[0])
        if self.jvp:
            made["jvp"] = partial(given, f, jvp=self.jvp)
        if self.vjp:
            made["vjp"] = partial(given, f, vjp=self.vjp)
        higher = {f"derivative {k}": g for k, g in enumerate(self.chain[1:], 2)}
        higher |= {"hessian": self.hessian} if self.hessian else {}
        before: tuple[Function, str] = Gradient(self._gradient(), inputs), "the derivative"
        if self.hvp:
            made["hvp"] = partial(given, before[0], jvp=self.hvp, words=(before[1], "hvp"))
        for k, (word, g) in enumerate(higher.items()):
            if k and len(inputs.leaves) > 1:
                raise CheckError(f"{word} by hand needs one input; there are several")
            own = g if k else Hessian(g, inputs, word)
            made[word] = partial(given, before[0], derivative=own, words=(before[1], word))
            before = own, word
        return made

    def _gradient(self) -> Function:
        vjp = self.vjp
        if self.chain or vjp is None:
            return self.chain[0] if self.chain else lambda *given: None
        return lambda *given: vjp(*given, 1.0)


def compared(
    subjects: Mapping[str, Given], reports: Mapping[str, GradientReport]
) -> GradientReport:
    """Judge what several forms of a derivative say of one another, with no differences.

    Two forms of one derivative have the same products with weights and a direction; a Hessian is
    symmetric. What differences found wrong is not counted again; at kinks two forms may take
    different sides. `reports` have the judgements of each form.
    """
    entries: list[Entry] = []
    notes: list[str] = []
    for order in ORDERS:
        for one, other in combinations([word for word in order if word in subjects], 2):
            if not subjects[one].settings.in_time():
                notes.append(f"{one} and {other} were not compared: there was no time left")
                continue
            found, pair = _unlike(subjects[one], subjects[other]), f"{one} and {other}"
            known = {v for w in (one, other) for v in EXPLAINING if reports[w].count(v)}
            if found is None:
                notes.append(f"{pair} agree with each other")
            elif Verdict.KINK in known and Verdict.WRONG not in known:
                notes.append(f"{pair} take different sides of the kink")
            elif known:
                notes.append(f"{pair} do not agree with each other")
            else:
                entries.append(_as_entry(f"{one} against {other}", subjects[one], *found))
    for word in ORDERS[1]:
        if word in subjects and subjects[word].settings.in_time():
            entries += asymmetry(word, subjects[word])
    return GradientReport(tuple(entries), notes=tuple(notes))


def _unlike(one: Given, other: Given) -> tuple[float, float, float] | None:
    """Return a product that is not alike, as each form gives it, and the tolerance; or None."""
    rng = np.random.default_rng(5)
    size = sum(x.size for x in one.at)
    pairs = []
    for _ in range(TRIALS):
        weights = signed(rng, one.shape) if one.shape else 1.0
        direction = signed(rng, (size,))
        pairs.append((one.product(weights, direction), other.product(weights, direction)))
    most = np.max(np.abs([pair for pair in pairs if np.isfinite(pair).all()]), initial=0.0)
    bound = float(max(ALIKE, ROUNDING * one.epsilon) * most)
    for a, b in pairs:
        if not (abs(a - b) <= bound or not (np.isfinite(a) or np.isfinite(b))):
            return a, b, bound
    return None


def _as_entry(name: str, subject: Given, one: float, other: float, bound: float) -> Entry:
    size = sum(x.size for x in subject.at)
    at = float(subject.at[0].item()) if size == 1 else float("nan")
    names = ", ".join(leaf.name for leaf in subject.leaves)
    reason = "a random product is not the same"
    return Entry(f"{name} by {names}", at, one, other, bound, Verdict.WRONG, reason, count=size)


def united(reports: Mapping[str, GradientReport]) -> GradientReport:
    """Return one report of several; with more than one, names say which it is of."""
    if len(reports) == 1:
        return next(iter(reports.values()))
    entries = [
        Entry(**{**vars(entry), "name": f"{word} by {entry.name}"})
        for word, report in reports.items()
        for entry in report.entries
    ]
    problems = [f"{word}: {report.problem}" for word, report in reports.items() if report.problem]
    notes = dict.fromkeys(note for report in reports.values() for note in report.notes)
    return GradientReport(tuple(entries), "; ".join(problems), tuple(notes))


def added(report: GradientReport, more: GradientReport) -> GradientReport:
    """Return a report with the entries and notes of another behind its own."""
    return GradientReport(report.entries + more.entries, report.problem, report.notes + more.notes)
