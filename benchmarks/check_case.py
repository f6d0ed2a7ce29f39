"""One check of the benchmark of checkers: python -m benchmarks.check_case FUNCTION DERIVATIVE X."""

from __future__ import annotations

import sys
import warnings

import autograd as ag
from benchmarks.check_bugs import RIGHT, Truth, rule
from benchmarks.check_functions import FUNCTIONS


def main() -> None:
    """Print what is right, and what gradcheck says; DERIVATIVE is "right" or a kind of bug."""
    name, kind, at = sys.argv[1:]
    x = float(at)
    f, derivative = rule(name, kind)
    truth = Truth(FUNCTIONS[name], x)
    low, high = map(float, truth.sides)
    bug = "a bug" if kind != RIGHT and truth.is_bug(kind) else "no bug"
    print(f"{name} at {x!r}: right is {f'{low!r} to {high!r}' if truth.kink else repr(low)}")
    print(f"{kind}, {bug}: {derivative(x)!r}")
    warnings.simplefilter("ignore")
    print(ag.gradcheck(f, x, derivative=derivative, raise_error=False))


if __name__ == "__main__":
    main()
