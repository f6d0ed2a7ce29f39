"""The trial of all rules, as a table: python -m tests.mutation."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.mutation.reasons import REASONS, used
from tests.mutation.trial import Verdict, accused, trial


def table(verdicts: list[Verdict]) -> str:
    """How many mutants of each rule there are, what killed them, and the names of the living."""
    lines = [f"{'rule':34}{'mutants':>8}{'killed':>8}{'equal':>8}  killed by"]
    for family in dict.fromkeys(v.mutant.family for v in verdicts):
        lines.append(f"\n{family}")
        own = [v for v in verdicts if v.mutant.family == family]
        for rule in dict.fromkeys(v.mutant.rule for v in own):
            lines.append(_line(rule, [v for v in own if v.mutant.rule == rule]))
    lines += ["", "by kind"]
    for kind in sorted({v.mutant.kind for v in verdicts}):
        lines.append(_line(kind, [v for v in verdicts if v.mutant.kind == kind]))
    lines += ["", _line("all", verdicts)]
    return "\n".join(lines)


def _line(name: str, verdicts: list[Verdict]) -> str:
    by = Counter(v.killed_by.split(" (")[0] for v in verdicts if v.killed_by)
    equal = sum(bool(v.excuse) for v in verdicts)
    lives = sum(v.lives for v in verdicts)
    causes = ", ".join(f"{cause} {n}" for cause, n in by.most_common())
    survive = f"  {lives} LIVE" if lives else ""
    return f"{name:34}{len(verdicts):8}{by.total():8}{equal:8}  {causes}{survive}"


PAGE = """\
# Our own rules on trial

A test that cannot fail proves nothing. So every partial derivative of the table of elementary
operations, every operation of any number of operands, every pullback of arrays, every choice and
every sweep is made slightly wrong, in every way that a slip of the hand could, and the checks that
the rules are tested by have to find each of them out. Nothing is changed on disk: the partials are
changed as formulas, the rest as syntax that is compiled again. `make mutants` tries them all,
prints each that lives with the reason why it may, and writes this page; `make test` tries a sample.

{table}

*Killed*: a check finds it out, by differences of the value in 60 digits, by the textbook's function
in as many digits as it takes, by the conventions at ties and edges, by second derivatives, or by an
error. *Equal*: it is another way to write the same rule. Of partials this is shown in 50 digits,
inside the domain and at every combination of the numbers where branches meet; of programs the
reason is in `tests/mutation/reasons.py`. *Left to other tests*: it is the bookkeeping of sweeps,
which engine runs, who keeps a copy, what is released, and the reason names the tests of that.

The C core is not changed: its rows, for Values and for the elements of arrays, are printed from the
same table, so that a wrong row is wrong in both. That they are the row bit for bit is held by
`tests/test_twins.py` and `tests/test_forms.py`. The slopes of one operation stand in C as well, those
of `softmax_cross_entropy_sum`; the second holds them to the Python form that is on trial here.
"""


def page(verdicts: list[Verdict]) -> str:
    """The sums of it, in Markdown."""
    lines = ["| what | mutants | killed | equal | left to other tests |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")

    def add(name: str, chosen: list[Verdict]) -> None:
        killed = sum(bool(v.killed_by) for v in chosen)
        left = sum("(test_" in v.excuse for v in chosen)
        equal = sum(bool(v.excuse) for v in chosen) - left
        numbers = (len(chosen), killed, equal, left)
        lines.append(f"| {name} | {' | '.join(f'{n:,}' for n in numbers)} |")

    for family, name in FAMILIES.items():
        add(name, [v for v in verdicts if v.mutant.family == family])
    for kind in sorted({v.mutant.kind for v in verdicts}):
        add(f"*{kind}*", [v for v in verdicts if v.mutant.kind == kind])
    add("**all**", verdicts)
    return PAGE.format(table="\n".join(lines))


FAMILIES = {
    "rows": "partials of elementary operations",
    "n-ary": "partials of operations of any number of operands",
    "pullbacks": "pullbacks of arrays",
    "choices": "flat sides, masks and squares of roots",
    "sweeps": "sweeps",
}


def main() -> int:
    """Try all; 1 if a mutant lives that is not explained, or what is right does not."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/mutants.md too")
    write = parser.parse_args().write
    start = time.perf_counter()
    if wrongly := accused():
        print("Right, and accused:", *wrongly, sep="\n  ")
    verdicts = list(trial())
    print(table(verdicts))
    for title, chosen in (
        ("Equal, with the reason", [v for v in verdicts if v.excuse]),
        ("ALIVE", [v for v in verdicts if v.lives]),
    ):
        print(f"\n{title}: {len(chosen)}")
        for v in chosen:
            print(f"  {v.mutant.rule}, {v.mutant.kind}: {v.mutant.change}  [{v.excuse or '?'}]")
    for who, what, why in sorted({*REASONS} - used):
        print(f"  a reason that is not needed: {who}, {what}  [{why}]")
    print(f"\n{len(verdicts)} mutants in {time.perf_counter() - start:.0f} s")
    if write:
        (Path(__file__).parents[2] / "docs" / "mutants.md").write_text(page(verdicts))
    return int(bool(wrongly) or any(v.lives for v in verdicts))


sys.exit(main())
