"""A nonlinear fit with derivatives from the graph, held against certified parameters.

    python -m demos.fit

The data are Misra1a of NIST's Statistical Reference Datasets for nonlinear regression (Misra, 1978;
https://www.itl.nist.gov/div898/strd/nls/data/misra1a.shtml): the volume of a gas adsorbed by
porous material, y, at pressures x. The model is y = b1 (1 - exp(-b2 x)).

    start (500.0, 0.0001): 238.9421 0.0005501564; certified, 9 digits or more
    start (250.0, 0.0005): 238.9421 0.0005501564; certified, 9 digits or more
    standard deviations 2.707008 7.266869e-06, residual sum of squares 0.1245514
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.optimize

import autograd as ag

OBSERVED = [
    (10.07, 77.6), (14.73, 114.9), (17.94, 141.1), (23.93, 190.8), (29.61, 239.9),
    (35.18, 289.0), (40.02, 332.8), (44.82, 378.4), (50.76, 434.8), (55.05, 477.3),
    (61.01, 536.8), (66.40, 593.1), (75.47, 689.1), (81.78, 760.0),
]  # fmt: skip
STARTS = [(500.0, 1e-4), (250.0, 5e-4)]
CERTIFIED = (2.3894212918e02, 5.5015643181e-04)
CERTIFIED_DEVIATIONS = (2.7070075241e00, 7.2668688436e-06)
CERTIFIED_SQUARES = 1.2455138894e-01


def residuals(b: Sequence[Any]) -> list[Any]:
    """Return the residuals of the observations, for parameters that are floats or Values."""
    return [y - b[0] * (1.0 - ag.exp(-b[1] * x)) for y, x in OBSERVED]


def fit(start: Sequence[float]) -> tuple[Any, Any, float]:
    """The parameters, their standard deviations and the residual sum of squares."""
    jacobian = ag.jacobian(residuals)
    found = scipy.optimize.least_squares(
        lambda b: np.array(residuals(b)),
        start,
        jac=lambda b: np.array(jacobian(list(b))),
        x_scale="jac",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
    )
    squares = float(found.fun @ found.fun)
    variance = squares / (len(OBSERVED) - len(start))
    deviations = np.sqrt(variance * np.diag(np.linalg.inv(found.jac.T @ found.jac)))
    return found.x, deviations, squares


def digits(found: Sequence[float], certified: Sequence[float]) -> float:
    """How many digits agree, in the worst of the numbers."""
    errors = [abs(x - c) / abs(c) for x, c in zip(found, certified)]
    return min(15.0, -math.log10(max(*errors, 1e-15)))


def main(arguments: Sequence[str] = ()) -> None:
    """Fit from both of NIST's starts."""
    for start in STARTS:
        b, deviations, squares = fit(start)
        agreement = min(9, int(digits(b, CERTIFIED)))  # what lies beyond depends on the machine
        print(f"start {start}: {b[0]:.7g} {b[1]:.7g}; certified, {agreement} digits or more")
    print(
        f"standard deviations {deviations[0]:.7g} {deviations[1]:.7g}, "
        f"residual sum of squares {squares:.7g}"
    )


if __name__ == "__main__":
    main()
