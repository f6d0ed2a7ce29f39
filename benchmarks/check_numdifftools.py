"""numdifftools on functions of one number whose values another process computes.

Reads a point a line, asks for values by lines of "?" and an operand, and answers with "=", the
derivative and its estimated error. Runs in the environment of the peers.
"""

from __future__ import annotations

import sys
import warnings

import numdifftools


def value(x: float) -> float:
    """The value that the other process answers with."""
    print("?", repr(float(x)), flush=True)
    return float(sys.stdin.readline())


def main() -> None:
    """Answer line by line."""
    warnings.simplefilter("ignore")
    derivative = numdifftools.Derivative(value, full_output=True)
    for line in iter(sys.stdin.readline, ""):
        found = derivative(float(line))
        print("=", float(found.estimate), float(found.error_estimate), flush=True)


if __name__ == "__main__":
    main()
