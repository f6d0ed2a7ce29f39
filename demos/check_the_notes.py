"""Are the derivatives right that the lecture notes print? Each is put to `ag.gradcheck`.

    python -m demos.check_the_notes

A formula is written down as printed, beside the function whose derivative it claims to be, and
judged at several points, all entries of a Jacobian at once. Factors that the notes leave as
symbols, like the da/dz of a chain rule, are the engine's derivatives. Where the verdict is "wrong",
what the formula should be is judged too. Misprints, where only an index or a layer's number
slipped, say so. Definitions, such as the layout of a Jacobian, claim nothing and have no row.

The formulas stand in `demos/notes_000.py` to `notes_002.py`. In the table s is the sigmoid, s' its
derivative, W(L) is of layer L, a_j or W[i,j] is an element, diag makes a matrix.

    000  (36), line 3       right  dL/dw = x [s(wx+b) - y]
    ...
    000  softmax, line 1    right  dL/db_j = -sum_i 1/F_n dF_n/db_j
    000  softmax, line 2    wrong  dL/db_j = -sum_i 1/F_n [F_n delta_nj - F_n^2]
                            right  should be -sum_i 1/F_n [F_n delta_nj - F_n F_j]
    000  softmax, line 3    wrong  dL/db_j = sum_i [F_n - y_n]
                            right  should be sum_i [F_j - y_j]
    ...
    001  step 1             wrong  dC/dyhat = y - yhat
                            right  should be yhat - y
    ...
    001  step 3, line 1     wrong  dz_k/dtheta_jk = s'(theta_k^T a) a_j
                            right  should be a_j: z_k is theta_k^T a, without s
    001  step 3, line 2     wrong  dz_k/dtheta_jk = s'(z_k) a_j
                            right  should be a_j: z_k is theta_k^T a, without s
    ...
    001  step 4             wrong  dC/da(3)_j = dC/dz(4) sum_k dz(4)/dtheta_jk dtheta_jk/da(3)_j
                            right  should be sum_k dC/dz(4)_k theta(3)_jk
    ...
    002  2.3, W, line 2     wrong  dL/dW(2) = -(y/yhat + (1-y)/(1-yhat))^T diag(s(h) (1-s(h))) T
                            right  should be (-y/yhat + (1-y)/(1-yhat))^T diag(s(h) (1-s(h))) T
    ...
    92 formulas: 73 right, 19 wrong; corrected: 19 right
"""

from __future__ import annotations

import argparse
import inspect
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

import autograd as ag
from autograd.checking.report import Verdict

NOTES = ("000", "001", "002")
POINTS = 5
SEED = 1

Function = Callable[..., Any]
Quantities = dict[str, Any]


@dataclass(frozen=True)
class Formula:
    """A derivative as it is printed: of what, by what, and at which points to try it.

    The functions take quantities of the setting and name them as their parameters. `of` returns a
    number or an array; a derivative has the shape of `of` followed by that of the quantity `by`.
    """

    setting: Callable[[np.random.Generator], Quantities]
    of: Function
    by: str
    where: str
    text: str
    printed: Function
    should: str = ""
    corrected: Function | None = None

    def __post_init__(self) -> None:
        if self.by not in _parameters(self.of):
            raise ValueError(f"{self.text}: got a function that does not name {self.by!r}")

    @property
    def expected(self) -> str:
        """Verdict that the printed formula ought to get; only the tests look at it."""
        return "wrong" if self.corrected else "right"


def formulas() -> dict[str, list[Formula]]:
    """The tables of the three notes, which are made of this module's `Formula`."""
    return {note: import_module(f"demos.notes_{note}").FORMULAS for note in NOTES}


@cache
def _parameters(f: Function) -> tuple[str, ...]:
    return tuple(inspect.signature(f).parameters)


def given(f: Function, quantities: Quantities) -> Any:
    """The function of those quantities that it names."""
    return f(*(quantities[name] for name in _parameters(f)))


def judge(formula: Formula, claim: Function, points: int = POINTS) -> str:
    """The verdict on `claim` as the derivative, the worst of all points.

    Several points, because a formula can be right at one of them by accident: with y = 1 and not
    with y = 0, say.
    """
    rng = np.random.default_rng(SEED)
    found: set[Verdict] = set()
    for _ in range(points):
        quantities = formula.setting(rng)
        claimed = np.asarray(given(claim, quantities))

        def f(x: Any, quantities: Quantities = quantities) -> Any:
            return given(formula.of, {**quantities, formula.by: x})

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ag.GradientCheckWarning)  # "unresolved" says it
            report = ag.gradcheck(
                f,
                quantities[formula.by],
                derivative=lambda x, claimed=claimed: claimed,
                raise_error=False,
            )
        found.add(report.verdict)
        if report.verdict == "wrong":
            break
    return max(found, key=lambda verdict: verdict.rank)


def main(arguments: Sequence[str] = ()) -> None:
    """Print a line a formula, and below each wrong one what it should be."""
    first = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m demos.check_the_notes", description=first)
    parser.add_argument("--points", type=int, default=POINTS, help="points a formula")
    points = parser.parse_args(arguments).points
    if points < 1:
        parser.error(f"argument --points: got {points}; it must be at least 1")
    printed: Counter[str] = Counter()
    corrected: Counter[str] = Counter()
    for note, rows in formulas().items():
        for row in rows:
            verdict = judge(row, row.printed, points)
            printed[verdict] += 1
            print(f"{note}  {row.where:17}  {verdict}  {row.text}", flush=True)
            if row.corrected:
                verdict = judge(row, row.corrected, points)
                corrected[verdict] += 1
                print(f"{'':24}{verdict}  should be {row.should}", flush=True)
    count = ", ".join(f"{n} {verdict}" for verdict, n in printed.items())
    print(f"{printed.total()} formulas: {count}; corrected: {corrected['right']} right")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
