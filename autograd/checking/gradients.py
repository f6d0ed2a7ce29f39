"""gradcheck: is this derivative right?"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograd.calls import alias
from autograd.checking.differences import derivative as difference
from autograd.recording import recording
from autograd.tensors.tensor import Tensor
from autograd.value import NUMBER, Value, shown, to_float

RESOLVED = 1e-4
"""An estimate decides if its error bound is at most this part of the derivatives compared."""
NEGLIGIBLE = 1e-8
"""A derivative this much smaller than the slopes around the point counts as zero."""


class GradientCheckError(AssertionError):
    """A derivative is wrong. The report of the check is its attribute `report`."""

    def __init__(self, report: GradientReport) -> None:
        super().__init__(str(report))
        self.report = report


class GradientCheckWarning(UserWarning):
    """A derivative could not be judged."""


class Entry(NamedTuple):
    """The judgement of the derivative by one number among the inputs."""

    name: str
    """Which number: "x", or "x[2, 0]" of an array."""
    at: float
    """Its value."""
    analytic: float
    """The derivative under test."""
    numeric: float
    """The derivative found from differences."""
    bound: float
    """How wrong the difference may be."""
    verdict: str
    """right, wrong or unresolved."""

    def __str__(self) -> str:
        return (
            f"{self.name} = {self.at:.6g}: {self.verdict}: analytic {self.analytic:.10g}, "
            f"numeric {self.numeric:.10g} +- {self.bound:.1e}"
        )


@dataclass(eq=False)
class GradientReport:
    """The judgements of all entries of the inputs."""

    entries: tuple[Entry, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        return not any(entry.verdict == "wrong" for entry in self.entries)

    def count(self, verdict: str) -> int:
        """How many entries got a verdict."""
        return sum(entry.verdict == verdict for entry in self.entries)

    def __str__(self) -> str:
        shown = [entry for entry in self.entries if entry.verdict != "right"] or self.entries
        lines = [str(entry) for entry in shown[:10]]
        if len(shown) > 10:
            lines.append(f"... and {len(shown) - 10} more")
        counts = [f"{self.count(v)} {v}" for v in ("right", "wrong", "unresolved") if self.count(v)]
        return "\n".join(["gradcheck: " + (", ".join(counts) or "no inputs"), *lines])


def gradcheck(
    f: Callable[..., Any],
    *inputs: Any,
    derivative: Callable[..., Any] | None = None,
    raise_error: bool = True,
) -> GradientReport:
    """Check the gradient of f at the inputs, numbers or arrays, against differences.

    f takes the inputs, as Values and Tensors, and returns one number; its gradient is the engine's
    own. Or it is what `derivative(*inputs)` returns, a number or an array for one input, else a
    tuple of them; f is then plain Python and gets floats and arrays. The tolerance is not a
    setting: differences at many steps are extrapolated, and the error that they estimate for
    themselves decides (Ridders 1982).

    Raises GradientCheckError, naming the input and both numbers, where a derivative is wrong,
    unless `raise_error=False`; warns where differences cannot tell. Inputs should lie inside the
    domain of f and away from its kinks.

    >>> import autograd as ag
    >>> print(gradcheck(lambda x: x * ag.sin(x), 2.0))
    gradcheck: 1 right
    x = 2: right: analytic 0.07700375373, numeric 0.07700375373 +- 7.6e-13
    >>> gradcheck(lambda x: x**3, 2.0, derivative=lambda x: 2 * x**2)
    Traceback (most recent call last):
      ...
    autograd.checking.gradients.GradientCheckError: gradcheck: 1 wrong
    x = 2: wrong: analytic 8, numeric 12 +- 3.4e-14
    """
    xs = [_Input(x) for x in inputs]
    if derivative is None:
        gradients = _engine_gradients(f, xs)
    else:
        _result(f(*(x.plain(x.array) for x in xs)))  # fails here if it fails at all
        gradients = _given_gradients(derivative(*(x.plain(x.array) for x in xs)), xs)
    entries = []
    for k, (x, gradient) in enumerate(zip(xs, gradients)):
        label = "x" if len(xs) == 1 else f"x{k + 1}"
        for index in np.ndindex(x.array.shape):
            where = f"{label}[{', '.join(map(str, index))}]" if index else label
            at = float(x.array[index])
            along = _along(f, xs, k, index, plain=derivative is not None)
            entries.append(_judged(along, at, float(gradient[index]), where))
    report = GradientReport(tuple(entries))
    if raise_error and not report.ok:
        raise GradientCheckError(report)
    if unresolved := report.count("unresolved"):
        warnings.warn(
            f"gradcheck: {unresolved} of {len(entries)} derivatives could not be judged\n{report}",
            GradientCheckWarning,
            stacklevel=2,
        )
    return report


class _Input:
    """One input of a check, as an array of floats of 64 bits."""

    def __init__(self, x: Any) -> None:
        self.is_number = isinstance(x, (Value, *NUMBER))
        data = x.data if isinstance(x, (Value, Tensor)) else x
        self.array = Tensor(data).data.astype(np.float64)  # refuses what is not real

    def plain(self, array: Any) -> Any:
        """As users write it: a float, or a fresh array."""
        return array.item() if self.is_number else array.copy()

    def leaf(self, array: Any) -> Any:
        """As a variable of a graph."""
        return Value(array.item()) if self.is_number else Tensor(array)


def _result(result: Any) -> float:
    data = result.data if isinstance(result, (Value, Tensor)) else result
    if isinstance(data, np.ndarray) and data.size == 1:
        data = data.item()
    if not isinstance(data, NUMBER):
        got = f"an array of shape {data.shape}" if isinstance(data, np.ndarray) else shown(data)
        raise TypeError(f"gradcheck: the function returned {got}; it must return one number")
    return to_float(data)


def _engine_gradients(f: Callable[..., Any], xs: list[_Input]) -> list[Any]:
    if recording.here():
        raise ValueError("gradcheck: got a function inside no_grad; there is no gradient to check")
    leaves = [x.leaf(x.array) for x in xs]
    result = f(*map(alias, leaves))
    _result(result)
    if not isinstance(result, (Value, Tensor)):
        raise TypeError(
            "gradcheck: the function returned a number that was not computed from its inputs; "
            "use the functions of this package in it, or give its derivative"
        )
    result.backward()
    return [np.asarray(leaf.grad) for leaf in leaves]


def _given_gradients(given: Any, xs: list[_Input]) -> list[Any]:
    parts = (given,) if len(xs) == 1 else given
    if not isinstance(parts, (tuple, list)) or len(parts) != len(xs):
        raise TypeError(f"gradcheck: got {shown(given)}; a derivative for each input is needed")
    arrays = [np.asarray(getattr(part, "data", part), dtype=np.float64) for part in parts]
    for array, x in zip(arrays, xs):
        if array.shape != x.array.shape:
            got = f"a derivative of shape {array.shape} for an input of shape {x.array.shape}"
            raise ValueError(f"gradcheck: got {got}; the shapes must be the same")
    return arrays


def _along(
    f: Callable[..., Any], xs: list[_Input], k: int, index: tuple[int, ...], plain: bool
) -> Callable[[float], float]:
    """f as a function of one number among its inputs."""

    def along(moved: float) -> float:
        arrays = [x.array for x in xs]
        arrays[k] = arrays[k].copy()
        arrays[k][index] = moved
        if not plain:
            return _result(f(*(x.leaf(a) for x, a in zip(xs, arrays))))
        try:
            return _result(f(*(x.plain(a) for x, a in zip(xs, arrays))))
        except (ArithmeticError, ValueError):  # as Python's own functions do outside their domain
            return math.nan

    return along


def _judged(along: Callable[[float], float], at: float, g: float, name: str) -> Entry:
    with np.errstate(all="ignore"):  # points outside the domain are left out
        numeric, bound, slope = difference(along, at)
    tolerance, error = 4 * bound, abs(g - numeric)
    resolved = tolerance <= RESOLVED * max(abs(g), abs(numeric))
    if not math.isfinite(bound):
        verdict = "unresolved"
    elif not math.isfinite(g):
        verdict = "wrong"
    elif resolved:
        verdict = "right" if error <= max(tolerance, 1e-10 * abs(g)) else "wrong"
    elif error > 100 * tolerance:  # too coarse to see a slight error; a gross one still shows
        verdict = "wrong"
    else:
        zero = error <= tolerance <= NEGLIGIBLE * slope or g == numeric == 0.0
        verdict = "right" if zero else "unresolved"
    return Entry(name, at, g, numeric, bound, verdict)
