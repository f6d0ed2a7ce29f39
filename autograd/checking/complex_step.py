"""The complex step: a further witness of a derivative, of functions that take complex numbers.

The imaginary part of f(x + ih) is h f'(x) without any cancellation (Squire and Trapp 1998), if f is
analytic: written with abs, real or conjugate it is not. So the derivative has to be that of an
integral around the point as well (Lyness and Moler 1967), which parts that are not analytic spoil.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.checking.byhand import Given
from autograd.checking.lines import Restriction
from autograd.checking.report import DOUBTFUL, Verdict
from autograd.checking.settings import Spent
from autograd.checking.verdicts import Judgement
from autograd.trees import flatten

STEP = 1e-100
RADII = tuple(2.0**-k for k in (3, 10, 17, 24, 31, 38))
"""Radii of the circles, relative to the number."""
POINTS = 8
SAME = 1e-3
"""Largest relative difference of the derivatives by a step and by a circle."""
FLAT = 1e-6
"""Slope of a flat function, relative to its values and to the number that moves."""
DIGITS = 1e-6
"""Largest relative error of a right derivative."""
VALUE = 1e-12
"""Largest relative difference of the value at the point, computed with complex numbers."""


def resolved(found: Judgement, line: Restriction, g: float) -> Judgement:
    """Return the judgement on a derivative g; what is in doubt is right if a complex step agrees.

    Alone it calls nothing wrong: what it gives is told in the reason.
    """
    if found.verdict not in DOUBTFUL or not isinstance(line.subject, Given):
        return found
    try:
        slope = derivative(line.subject, line.direction, line.start or line.steps[0])
    except Spent:
        slope = None
    if slope is None:
        return found
    if abs(g - slope) <= DIGITS * abs(slope):
        return Judgement(Verdict.RIGHT, slope, VALUE * abs(slope), "by a complex step")
    return found._replace(reason=f"{found.reason}; a complex step gives {slope:.10g}")


def derivative(subject: Given, direction: Sequence[Any], size: float) -> float | None:
    """Return the derivative along a direction by a complex step; None where it can't be had.

    `size` is that of the number that moves.
    """
    if not math.isfinite(size):
        return None
    subject.settings.call()
    here, stepped = subject.result(subject.at), _value(subject, direction, 1j * STEP)
    value = subject.weighted(here)
    sizes = float(np.sum(np.abs(here * subject.weights)))
    if stepped is None or not abs(stepped.real - value) <= VALUE * sizes:
        return None
    slope = stepped.imag / STEP
    flat = FLAT * sizes / abs(size)
    turns = np.exp(2j * np.pi * (np.arange(POINTS) + 0.5) / POINTS)
    for radius in [abs(size) * radius for radius in RADII]:
        values = [_value(subject, direction, radius * complex(turn)) for turn in turns]
        if None not in values:
            around = np.mean(np.array(values) / turns) / radius
            if abs(around - slope) <= SAME * max(abs(slope), flat):
                return slope
    return None


def _value(subject: Given, direction: Sequence[Any], t: complex) -> complex | None:
    """Return the weighted sum of the result, moved by a complex multiple of the direction."""
    moved = [
        (x + t * d) if np.any(d) else leaf.plain(x)
        for leaf, x, d in zip(subject.leaves, subject.at, direction)
    ]
    given = [complex(x) if leaf.is_number and np.iscomplexobj(x) else x
             for leaf, x in zip(subject.leaves, moved)]  # fmt: skip
    subject.settings.call()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # that an imaginary part is dropped
            found, _ = flatten(subject.f(*subject.inputs.rebuild(given)))
            row = np.concatenate([np.ravel(np.asarray(x)) for x in found])
            return complex(np.sum(row * np.ravel(subject.weights)))
    except Exception:  # whatever a function for real numbers does
        return None
