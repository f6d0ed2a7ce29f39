"""Every mutant of every rule, and what became of it."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from autograd.rules.elementary import BUILT_IN, TABLE, Elementary
from tests.mutation import arrays, choices, formulas, nary, programs, rows, sweeps
from tests.mutation.reasons import reason


class Mutant(NamedTuple):
    """A rule with one change: what judges it, and what says why it may live."""

    family: str
    rule: str
    kind: str
    change: str
    killer: Callable[[], str | None]
    excuse: Callable[[], str]


class Verdict(NamedTuple):
    """What became of a mutant: the check that killed it, or why it is no other rule."""

    mutant: Mutant
    killed_by: str
    excuse: str

    @property
    def lives(self) -> bool:
        """Whether it is neither killed nor explained."""
        return not (self.killed_by or self.excuse)


def _of_row(row: Elementary) -> Iterator[Mutant]:
    for i, kind, change, partials in formulas.of_row(row):

        @functools.cache
        def rule(partials: Any = partials) -> Any:
            return formulas.rule(partials)

        def equal(rule: Any = rule) -> str:
            if not rows.apart(row, rule()):
                return "equal in 50 digits"
            held = "equal in the twelve digits that rows are held to (test_accuracy.py)"
            return "" if rows.apart(row, rule(), 1e-12) else held

        yield Mutant(
            "rows", f"{row.name} by {row.operands[i]}", kind, change,
            lambda rule=rule: rows.killer(row, rule()), equal,
        )  # fmt: skip


def _of_program(family: str, target: arrays.Target, court: Any) -> Iterator[Mutant]:
    changes = [*programs.changes(target.function)]
    if family == "sweeps":
        changes = [change for change in changes if change.kind in sweeps.KINDS]
    else:
        changes += programs.of_results(target.function)
    for change in changes:
        yield Mutant(
            family, target.name, change.kind, change.what,
            lambda change=change: court.killer(target, change.function),
            lambda change=change: reason(target.name, f"{change.kind}: {change.what}"),
        )  # fmt: skip


COURTS: dict[str, Any] = {
    "n-ary": nary, "pullbacks": arrays, "choices": choices, "sweeps": sweeps,
}  # fmt: skip


def mutants() -> Iterator[Mutant]:
    """All of them."""
    for name, row in TABLE.items():
        if name in BUILT_IN:
            yield from _of_row(row)
    for family, court in COURTS.items():
        for target in court.targets():
            yield from _of_program(family, target, court)


def accused(every: int = 1) -> list[str]:
    """Right rules that a check calls wrong, of all or of every so many; then no kill is a proof."""
    found = []
    for name in sorted(BUILT_IN)[::every]:
        right = formulas.rule(formulas.partials(TABLE[name]))
        if cause := rows.killer(TABLE[name], right):
            found.append(f"{name}: {cause}")
    for court in COURTS.values():
        for target in [*court.targets()][::every]:
            if cause := court.killer(target, target.function):
                found.append(f"{target.name}: {cause}")
    return found


def trial(share: float = 1.0, seed: int = 0) -> Iterator[Verdict]:
    """The verdicts on all mutants, or on a share of them.

    A share leaves out programs that have a written reason to live: no check ends early on these, so
    that they would take most of the time.
    """
    chance = random.Random(seed)
    for mutant in mutants():
        if chance.random() < share and not (
            share < 1 and mutant.family in COURTS and mutant.excuse()
        ):
            killed_by = mutant.killer() or ""
            yield Verdict(mutant, killed_by, "" if killed_by else mutant.excuse())
