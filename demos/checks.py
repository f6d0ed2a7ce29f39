"""Property-based gradient checks: every operation at random points of its domain.

Hypothesis draws the operands; every derivative is judged against extrapolated differences, of the
operation on Values and, with the same operands, on Tensors.
"""

import argparse
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings

import autograd as ag
from autograd.checking import GradientCheckWarning
from autograd.rules.elementary import CONDITION, TABLE, Elementary
from autograd.testing import strategies


def check(row: Elementary, points: int) -> Counter[str]:
    """How often a derivative of a row got which verdict."""
    verdicts: Counter[str] = Counter()
    function = getattr(ag, row.name)

    @settings(max_examples=points, database=None, deadline=None, derandomize=True)
    @given(strategies.operands(row))
    def judge(x: tuple[float, ...]) -> None:
        free = [v for v, domain in zip(x, row.domain) if domain is not CONDITION]
        fixed = x[: len(x) - len(free)]

        def values(*v: Any) -> Any:
            return function(*fixed, *v)

        def tensors(*v: Any) -> Any:
            return ag.sum(function(*fixed, *v))

        f: Callable[..., Any]
        for f, inputs in ((values, free), (tensors, [np.array([v]) for v in free])):
            report = ag.gradcheck(f, *inputs, raise_error=False)
            verdicts.update(entry.verdict for entry in report.entries)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GradientCheckWarning)  # they are counted
        judge()
    return verdicts


def main(arguments: Sequence[str] = ()) -> None:
    """Print a line an operation."""
    parser = argparse.ArgumentParser(prog="python -m demos.checks", description=__doc__)
    parser.add_argument("--points", type=int, default=50, help="points an operation")
    points = parser.parse_args(arguments).points
    total: Counter[str] = Counter()
    print(f"{'operation':24}{'right':>7}{'wrong':>7}{'other':>7}")
    for row in TABLE.values():
        verdicts = check(row, points)
        total += verdicts
        other = verdicts.total() - verdicts["right"] - verdicts["wrong"]
        print(f"{row.name:24}{verdicts['right']:7}{verdicts['wrong']:7}{other:7}", flush=True)
    print(f"{sum(total.values()):,} derivatives checked, {total['wrong']} wrong")
    if total["wrong"]:
        raise SystemExit(1)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
