"""Verdicts of other libraries' checkers on plain functions: rules of check_rules.py, for arrays.

A peer looks at a point once and then says of each derivative there whether it accepts it. Rules are
written from the libraries' sources, as in check_rules.py; `scipy` and numdifftools, which estimate
derivatives, are run themselves, and accept what is right to 0.1 %.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from scipy.differentiate import derivative as scipy_derivative
from scipy.optimize import approx_fprime

from benchmarks import racing
from benchmarks.check_plain_making import Plain, Point

ACCEPTED, ALARM, UNRESOLVED = "accepted", "alarm", "unresolved"
FEW, NOTHING = 5e-4, 1e-12
"""Estimates tell errors of 0.1 % if they are right to half of that; what is off by less than
a small part of the value is 0."""
STEP, TORCH, JAX, HIPS, CHECK_GRAD = 1e-6, (1e-5, 1e-3), (1e-4, 1e-5), 1e-6, 1e-5
"""torch's step, its tolerances, JAX's step and tolerance, HIPS's, and a usual one of check_grad."""

Says = Callable[[Any], str]
"""Of a Jacobian, what a peer says."""


class Flat:
    """A function of all its inputs in a row, with all its results in a row."""

    def __init__(self, f: Plain, point: Point) -> None:
        self.f, self.point = f, point
        self.at = np.concatenate([np.ravel(np.asarray(x, float)) for x in point])
        self.count = np.size(np.concatenate([np.ravel(y) for y in self._parts(self.at)]))

    def _parts(self, x: Any) -> list[Any]:
        inputs, start = [], 0
        for part in self.point:
            numbers = x[start : start + np.size(part)]
            start += np.size(part)
            inputs.append(numbers.reshape(np.shape(part)) if np.ndim(part) else float(numbers[0]))
        y = self.f.value(*inputs)
        return list(y) if isinstance(y, tuple) else [y]

    def __call__(self, x: Any) -> Any:
        """The results."""
        return np.concatenate([np.ravel(np.asarray(y, float)) for y in self._parts(x)])

    def jacobian(self, given: Any) -> Any:
        """A derivative as a matrix."""
        parts = given if isinstance(given, tuple) else (given,)
        return np.concatenate(
            [
                np.asarray(p, float).reshape(self.count, np.size(x))
                for p, x in zip(parts, self.point)
            ],
            axis=1,
        )

    def lines(self) -> Iterator[tuple[int, int, Callable[[float], float]]]:
        """Each result as a function of each number, for libraries that take one."""
        for i in range(self.at.size):
            for j in range(self.count):
                yield i, j, self._line(i, j)

    def _line(self, i: int, j: int) -> Callable[[float], float]:
        def value(t: float) -> float:
            x = self.at.copy()
            x[i] = t
            try:
                return float(self(x)[j])
            except (ArithmeticError, ValueError, TypeError):
                return math.nan

        return value


def _close(given: Any, numeric: Any, atol: float, rtol: float) -> str:
    finite = np.isfinite(numeric)
    near = np.abs(given - numeric) <= atol + rtol * np.abs(numeric)
    return ACCEPTED if np.all(np.where(finite, near, given == numeric)) else ALARM


def torch_says(f: Flat) -> Says:
    """torch.autograd.gradcheck: central differences by each number."""
    steps = STEP * np.eye(f.at.size)
    numeric = np.array([(f(f.at + h) - f(f.at - h)) / (2.0 * STEP) for h in steps]).T
    return lambda J: _close(J, numeric, *TORCH)


def jax_says(f: Flat) -> Says:
    """jax.test_util.check_grads: forwards along a random tangent, backwards by a cotangent too."""
    rng = np.random.RandomState(0)  # as there
    tangent = rng.standard_normal(f.at.size)
    cotangent = rng.standard_normal(f.count)
    step, tolerance = JAX
    numeric = (f(f.at + step * tangent) - f(f.at - step * tangent)) * (0.5 / step)

    def says(J: Any) -> str:
        forwards = _close(J @ tangent, numeric, tolerance, tolerance)
        backwards = _close(cotangent @ J @ tangent, cotangent @ numeric, tolerance, tolerance)
        return ACCEPTED if forwards == backwards == ACCEPTED else ALARM

    return says


def hips_says(f: Flat) -> Says:
    """check_grads of HIPS's autograd: the same, of inner products with random vectors."""
    rng = np.random.RandomState(0)
    alone = f.at.size == f.count == 1
    v, w = (np.ones(n) if alone else rng.standard_normal(n) for n in (f.at.size, f.count))
    numeric = float(w @ (f(f.at + v * HIPS / 2.0) - f(f.at - v * HIPS / 2.0)) / HIPS)

    def says(J: Any) -> str:
        g = float(w @ J @ v)
        off = abs(g - numeric)
        near = off < HIPS or (g + numeric != 0.0 and off / abs(g + numeric) < HIPS)
        return ACCEPTED if near else ALARM

    return says


def check_grad_says(f: Flat) -> Says:
    """scipy.optimize.check_grad, which is the norm of what forward differences are off by."""
    rows = [approx_fprime(f.at, lambda x: f(x)[j]) for j in range(f.count)]  # noqa: B023
    return lambda J: ACCEPTED if np.linalg.norm(J - np.array(rows)) < CHECK_GRAD else ALARM


def _estimated(f: Flat, estimate: Callable[[Callable[[float], float], float], Any]) -> Says:
    """Of a library that estimates a derivative and its error."""
    values = f(f.at)
    found = [(i, j, *estimate(line, float(f.at[i]))) for i, j, line in f.lines()]

    def says(J: Any) -> str:
        said = {
            _judged(J[j, i], numeric, error, NOTHING * abs(values[j]))
            for i, j, numeric, error in found
        }
        return next(words for words in (ALARM, UNRESOLVED, ACCEPTED) if words in said)

    return says


def _judged(g: float, numeric: float, error: float, nothing: float) -> str:
    if not (math.isfinite(numeric) and math.isfinite(error)):
        return UNRESOLVED
    if abs(g - numeric) > error + FEW * abs(numeric) + nothing:
        return ALARM
    return ACCEPTED if error <= FEW * abs(numeric) + nothing else UNRESOLVED


def differentiate_says(f: Flat) -> Says:
    """scipy.differentiate.derivative with its defaults."""

    def estimate(line: Callable[[float], float], x: float) -> tuple[float, float]:
        found = scipy_derivative(np.vectorize(line, otypes=[float]), x)
        return float(found.df), float(found.error)

    return _estimated(f, estimate)


class Numdifftools:
    """numdifftools.Derivative with its defaults, in a process of its own."""

    def __init__(self) -> None:
        self.process: Any = None

    def __call__(self, f: Flat) -> Says:
        """Look at a point."""
        return _estimated(f, self._estimate)

    def _estimate(self, line: Callable[[float], float], x: float) -> tuple[float, float]:
        self.process = self.process or racing.start("check_numdifftools.py", peer=True)
        self._tell(x)
        while True:
            kind, *numbers = self.process.stdout.readline().split()
            if kind == "=":
                numeric, error = map(float, numbers)
                return numeric, error
            self._tell(line(float(numbers[0])))

    def _tell(self, x: float) -> None:
        self.process.stdin.write(f"{x!r}\n")
        self.process.stdin.flush()


PEERS: dict[str, Callable[[Flat], Says]] = {
    "numdifftools": Numdifftools(),
    "differentiate": differentiate_says,
    "torch": torch_says,
    "JAX": jax_says,
    "HIPS": hips_says,
    "check_grad": check_grad_says,
}
if not racing.PEERS.exists():
    del PEERS["numdifftools"]


def opinions(f: Plain, point: Point, peers: Iterable[str] = tuple(PEERS)) -> dict[str, Says]:
    """Return the verdict of each peer at a point, of Jacobians; none of float32 inputs."""
    if any(np.asarray(x).dtype == np.float32 for x in point):
        return {}
    flat = Flat(f, point)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return {who: _looked(PEERS[who], flat) for who in peers}


def _looked(look: Callable[[Flat], Says], flat: Flat) -> Says:
    """A function that raises is a check that fails."""
    try:
        says = look(flat)
    except (ArithmeticError, ValueError, TypeError):
        return lambda given: ALARM
    return lambda given: says(flat.jacobian(given))
