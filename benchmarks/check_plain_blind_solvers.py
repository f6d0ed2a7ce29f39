"""Held out: plain functions that look up, interpolate, solve, integrate or iterate."""

from __future__ import annotations

import math
from math import cos, exp, log, pi, sin, sqrt
from typing import Any

import mpmath
import numpy as np
from scipy import integrate, interpolate, linalg, optimize, sparse, special

from benchmarks.check_plain_making import between, sized
from benchmarks.check_plain_making import held_out as plain

# A table reads best with its lines kept.
# fmt: off

T = "tables"
S = "solvers"
m = mpmath
mpf = mpmath.mpf
YEARS = np.array([0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 30.0])
RATES = np.array([0.012, 0.014, 0.017, 0.021, 0.024, 0.028, 0.03, 0.033, 0.036, 0.035])
LOGS = -RATES * YEARS
HEATS = np.array([1.79, 1.31, 1.0, 0.8, 0.65, 0.55, 0.47, 0.4])
DEGREES = np.linspace(0.0, 70.0, 8)
RISING = np.array([0.0, 0.1, 0.35, 0.6, 0.9, 1.4, 2.2, 3.0])
PCHIP = interpolate.PchipInterpolator(DEGREES, np.log(HEATS))
CUBIC = interpolate.CubicSpline(YEARS, RATES)
HERMITE = interpolate.CubicHermiteSpline(DEGREES, HEATS, np.gradient(HEATS, DEGREES))
QUADRATIC = interpolate.make_interp_spline(DEGREES, HEATS, 2)
NOISY = np.sin(np.linspace(0.0, 6.0, 40)) + 0.1 * np.random.default_rng(5).normal(size=40)
SMOOTHED = interpolate.BSpline(*interpolate.splrep(np.linspace(0.0, 6.0, 40), NOISY, s=0.4))
SURFACE = np.sin(np.add.outer(np.linspace(0.0, 3.0, 7), np.linspace(0.0, 2.0, 6) ** 2))
PATCH = interpolate.RectBivariateSpline(np.linspace(0.0, 3.0, 7), np.linspace(0.0, 2.0, 6), SURFACE)
CUBE = np.random.default_rng(6).normal(size=(4, 4, 4))
TRILINEAR = interpolate.RegularGridInterpolator((np.arange(4.0),) * 3, CUBE)
PADE = np.poly1d([1.0 / 60.0, 0.15, 0.6, 1.0]), np.poly1d([0.05, -0.4, 1.0])
LEGENDRE = np.array([0.5, -1.0, 0.25, 0.75, -0.4, 0.2])


def _piece(knots: Any, x: Any) -> int:
    return min(max(int(np.searchsorted(knots, float(x), "right")) - 1, 0), len(knots) - 2)


def _straight(x: Any, knots: Any, values: Any) -> Any:
    """Linear interpolation in mpmath."""
    k = _piece(knots, x)
    a, b, y, z = (mpf(float(t)) for t in (knots[k], knots[k + 1], values[k], values[k + 1]))
    return y + (z - y) * (x - a) / (b - a)


def _steepness(x: float, knots: Any, values: Any) -> float:
    k = _piece(knots, x)
    return float((values[k + 1] - values[k]) / (knots[k + 1] - knots[k]))


def _horner(coefficients: Any, x: Any) -> Any:
    """A polynomial, its highest power first, in mpmath."""
    total = mpf(0)
    for c in coefficients:
        total = total * x + mpf(float(c))
    return total


def _powers(p: Any, x: Any) -> Any:
    """A piecewise polynomial of SciPy in mpmath."""
    k = _piece(p.x, x)
    return _horner(p.c[:, k], x - mpf(float(p.x[k])))


def _hat(t: Any, k: int, i: int, x: Any) -> Any:
    """The i-th B-spline of degree k, in mpmath."""
    if k == 0:
        return mpf(1) if t[i] <= x < t[i + 1] else mpf(0)
    total = mpf(0)
    if t[i + k] > t[i]:
        total += (x - t[i]) / (mpf(t[i + k]) - t[i]) * _hat(t, k - 1, i, x)
    if t[i + k + 1] > t[i + 1]:
        total += (t[i + k + 1] - x) / (mpf(t[i + k + 1]) - t[i + 1]) * _hat(t, k - 1, i + 1, x)
    return total


def _hats(spline: Any, x: Any) -> Any:
    knots = list(map(float, spline.t))
    return m.fsum(float(c) * _hat(knots, spline.k, i, x) for i, c in enumerate(spline.c[: len(knots) - spline.k - 1]))


def _patch_exact(x: Any, y: Any) -> Any:
    (s, t), c = (list(map(float, part)) for part in PATCH.get_knots()), PATCH.get_coeffs()
    us, vs = ([_hat(knots, 3, i, z) for i in range(len(knots) - 4)] for knots, z in ((s, x), (t, y)))
    return m.fsum(float(w) * u * v for w, (u, v) in zip(c, ((u, v) for u in us for v in vs)))


def _cell(x: float, y: float, z: float) -> tuple[list[Any], Any]:
    corner = [min(int(float(t)), 2) for t in (x, y, z)]
    i, j, k = corner
    return [t - c for t, c in zip((x, y, z), corner)], CUBE[i : i + 2, j : j + 2, k : k + 2]


def _trilinear_exact(x: Any, y: Any, z: Any) -> Any:
    (s, t, u), v = _cell(x, y, z)
    weights = [(1 - s, s), (1 - t, t), (1 - u, u)]
    return m.fsum(weights[0][i] * weights[1][j] * weights[2][k] * float(v[i, j, k]) for i in (0, 1) for j in (0, 1) for k in (0, 1))


def _trilinear_slope(x: float, y: float, z: float) -> tuple[float, ...]:
    (s, t, u), v = _cell(x, y, z)
    a, b, c = (np.array([1.0 - w, w]) for w in (s, t, u))
    return float((v[1] - v[0]) @ c @ b), float(a @ (v[:, 1] - v[:, 0]) @ c), float(a @ (v[..., 1] - v[..., 0]) @ b)


def _pade_slope(x: float) -> list[float]:
    p, q = PADE
    return [float(p.deriv()(x) / q(x)), float(-p(x) * q.deriv()(x) / q(x) ** 2)]


plain(T, "discount by a curve of rates", lambda t: exp(-t * float(np.interp(t, YEARS, RATES))), lambda t: [-(r := float(np.interp(t, YEARS, RATES))) * exp(-t * r), -t * _steepness(t, YEARS, RATES) * exp(-t * r)], between(0.3, 29.0), exact=lambda t: m.exp(-t * _straight(t, YEARS, RATES)), smooth=False)
plain(T, "curve of logarithms", lambda t: exp(float(np.interp(t, YEARS, LOGS))), lambda t: [_steepness(t, YEARS, LOGS) * exp(float(np.interp(t, YEARS, LOGS)))], between(0.3, 29.0), exact=lambda t: m.exp(_straight(t, YEARS, LOGS)), smooth=False)
plain(T, "viscosity by PCHIP of logarithms", lambda t: exp(float(PCHIP(t))), lambda t: [exp(float(PCHIP(t))) * float(PCHIP(t, 1))], between(1.0, 69.0), exact=lambda t: m.exp(_powers(PCHIP, t)))
plain(T, "forward of a cubic curve", lambda t: float(CUBIC(t)) * t, lambda t: [float(CUBIC(t)), t * float(CUBIC(t, 1))], between(0.3, 29.0), exact=lambda t: t * _powers(CUBIC, t))
plain(T, "Hermite's cubics", lambda t: float(HERMITE(t)), lambda t: [float(HERMITE(t, 1))], between(1.0, 69.0), exact=lambda t: _powers(HERMITE, t))
plain(T, "spline of degree 2", lambda t: float(QUADRATIC(t)), lambda t: [float(QUADRATIC.derivative()(t))], between(1.0, 69.0), exact=lambda t: _hats(QUADRATIC, t))
plain(T, "smoothing spline", lambda t: float(SMOOTHED(t)), lambda t: [float(SMOOTHED.derivative()(t))], between(0.1, 5.9), exact=lambda t: _hats(SMOOTHED, t))
plain(T, "patch of cubic splines", lambda x, y: float(PATCH.ev(x, y)), lambda x, y: [(float(PATCH.ev(x, y, 1, 0)), float(PATCH.ev(x, y, 0, 1)))], lambda rng: (rng.uniform(0.05, 2.95), rng.uniform(0.05, 1.95)), exact=_patch_exact)
plain(T, "table of three", lambda x, y, z: float(TRILINEAR((x, y, z))), lambda x, y, z: [_trilinear_slope(x, y, z)], between(0.05, 2.95, 3), exact=_trilinear_exact, smooth=False)
plain(T, "Padé's exp", lambda x: float(PADE[0](x) / PADE[1](x)), _pade_slope, between(-2.0, 2.0), exact=lambda x: _horner(PADE[0].c, x) / _horner(PADE[1].c, x))
plain(T, "Legendre's series", lambda x: float(np.polynomial.legendre.legval(x, LEGENDRE)), lambda x: [float(np.polynomial.legendre.legval(x, np.polynomial.legendre.legder(LEGENDRE)))], between(-1.0, 1.0), exact=lambda x: m.fsum(float(c) * m.legendre(k, x) for k, c in enumerate(LEGENDRE)))
plain(T, "table read backwards", lambda y: float(np.interp(y, RISING, np.arange(8.0))), lambda y: [_steepness(y, RISING, np.arange(8.0))], between(0.01, 2.99), exact=lambda y: _straight(y, RISING, np.arange(8.0)), smooth=False)
plain(T, "nearest in a table", lambda t: float(HEATS[int(np.abs(DEGREES - t).argmin())]), lambda t: [0.0], between(0.0, 70.0), exact=lambda t: mpf(float(HEATS[int(np.abs(DEGREES - float(t)).argmin())])), smooth=False)


def _colebrook(e: float) -> float:
    """1 over the root of the friction, at a Reynolds number of 1e5."""
    x = 7.0
    for _ in range(60):
        x = -2.0 * math.log10(e / 3.7 + 2.51e-5 * x)
    return x


def _colebrook_slope(e: float) -> float:
    x = _colebrook(e)
    outer = 2.0 / (log(10.0) * (e / 3.7 + 2.51e-5 * x))
    return 2.0 / x**3 * outer / 3.7 / (1.0 + outer * 2.51e-5)


def _colebrook_exact(e: Any) -> Any:
    x = m.findroot(lambda x: x + 2 * m.log10(e / mpf(3.7) + mpf(2.51e-5) * x), _colebrook(float(e)))
    return x**-2


def _bond(m: Any, y: Any) -> Any:
    """The price of 5 % for ten years."""
    return sum(5.0 / (1.0 + y) ** k for k in range(1, 11)) + 100.0 / (1.0 + y) ** 10


def _bond_slope(y: float) -> float:
    return -sum(5.0 * k / (1.0 + y) ** (k + 1) for k in range(1, 11)) - 1000.0 / (1.0 + y) ** 11


def _yield(p: float) -> float:
    return float(optimize.brentq(lambda y: _bond(math, y) - p, -0.5, 1.0))


def _call(m: Any, v: Any) -> Any:
    """At the money, without interest: N(v/2) - N(-v/2) of 100."""
    return 100.0 * m.erf(v / m.sqrt(8))


def _call_slope(v: float) -> float:
    return 100.0 * exp(-v * v / 8.0) / sqrt(2.0 * pi)


def _implied(p: float) -> float:
    return float(optimize.newton(lambda v: _call(math, v) - p, 0.2, _call_slope))


FLOWS = (-100.0, 20.0, 35.0, 45.0)


def _worth(r: Any, last: Any) -> Any:
    return sum(c / (1.0 + r) ** k for k, c in enumerate(FLOWS)) + last / (1.0 + r) ** 4


def _internal(last: float) -> float:
    return float(optimize.newton(lambda r: _worth(r, last), 0.1, tol=1e-13))


def _internal_slope(last: float) -> float:
    r = _internal(last)
    by_r = sum(-k * c / (1.0 + r) ** (k + 1) for k, c in enumerate(FLOWS)) - 4.0 * last / (1.0 + r) ** 5
    return -1.0 / (1.0 + r) ** 4 / by_r


def _iterated(a: float) -> float:
    """x = exp(-a x), to 1e-8."""
    x, before = 0.5, 0.0
    while abs(x - before) > 1e-8:
        before, x = x, exp(-a * x)
    return x


def _omega_slope(a: float) -> list[float]:
    w = float(special.lambertw(a).real)
    return [w / (a * a * (1.0 + w)), -w / (a * a)]


def _population(k: float) -> float:
    found = integrate.solve_ivp(lambda t, y: k * y * (1.0 - y), (0.0, 3.0), [0.1])
    return float(found.y[0, -1])


def _vibration(w: float) -> float:
    found = integrate.solve_ivp(lambda t, y: [y[1], -w * w * y[0] - 0.4 * y[1]], (0.0, 3.0), [1.0, 0.0], method="DOP853", rtol=1e-12, atol=1e-13)
    return float(found.y[0, -1])


def _vibration_exact(w: Any) -> Any:
    d = m.sqrt(w * w - mpf(0.2) ** 2)
    return m.exp(-3 * mpf(0.2)) * (m.cos(3 * d) + mpf(0.2) / d * m.sin(3 * d))


def _vibration_slope(w: float) -> list[float]:
    d = sqrt(w * w - 0.04)
    return [exp(-0.6) * w / d * each for each in (-3.0 * sin(3.0 * d), 0.6 / d * cos(3.0 * d), -0.2 / (d * d) * sin(3.0 * d))]


def _chain(k: float) -> float:
    return float(integrate.odeint(lambda y, t: [-k * y[0], k * y[0] - 0.5 * y[1]], [1.0, 0.0], [0.0, 2.0])[-1, 1])


def _chain_slope(k: float) -> list[float]:
    return [-0.5 / (k - 0.5) ** 2 * (exp(-1.0) - exp(-2.0 * k)), 2.0 * k / (k - 0.5) * exp(-2.0 * k)]


LAPLACE = 2.0 * np.eye(5) - np.eye(5, k=1) - np.eye(5, k=-1)
START = np.array([0.0, 1.0, 2.0, 0.5, 0.25])
BASE = np.array([[3.0, 1.0, 0.5], [1.0, 4.0, -1.0], [0.5, -1.0, 2.5]])
MOVED = np.array([[1.0, 0.5, 0.0], [0.5, -0.5, 0.25], [0.0, 0.25, 1.0]])
LOAD = np.array([2.0, -1.0, 1.0])
GENERATOR = np.array([[-1.0, 0.75, 0.25], [0.5, -1.25, 0.75], [0.0, 1.0, -1.0]])
TIMES = np.linspace(0.0, 3.0, 9)
DECAYS = np.exp(-0.7 * TIMES) + 0.05 * np.cos(7.0 * TIMES)


def _matrix(a: Any) -> Any:
    return m.matrix(a.tolist())


def _diffused(a: float) -> float:
    """The middle of a rod after a step of Crank and Nicolson."""
    return float(np.linalg.solve(np.eye(5) + a * LAPLACE, (np.eye(5) - a * LAPLACE) @ START)[2])


def _diffused_slope(a: float) -> list[float]:
    system = np.eye(5) + a * LAPLACE
    after = np.linalg.solve(system, (np.eye(5) - a * LAPLACE) @ START)
    return [float(-np.linalg.solve(system, LAPLACE @ x)[2]) for x in (START, after)]


def _weighted(a: float) -> float:
    """The slope of a line through DECAYS with weights exp(-a t)."""
    w = np.exp(-0.5 * a * TIMES)
    return float(np.linalg.lstsq(np.stack([w, w * TIMES], 1), w * DECAYS)[0][1])


def _weighted_exact(a: Any) -> Any:
    w = [m.exp(-a * float(t)) for t in TIMES]
    s, t, y, tt, ty = (m.fsum(v * float(x) for v, x in zip(w, xs)) for xs in (TIMES**0, TIMES, DECAYS, TIMES**2, TIMES * DECAYS))
    return (s * ty - t * y) / (s * tt - t * t)


def _weighted_slope(a: float) -> float:
    x, w = np.stack([np.ones(9), TIMES], 1), np.exp(-a * TIMES)
    normal = x.T @ (w[:, None] * x)
    line = np.linalg.solve(normal, x.T @ (w * DECAYS))
    return float(np.linalg.solve(normal, x.T @ (-TIMES * w * (DECAYS - x @ line)))[1])


def _fitted(a: float) -> float:
    """The rate that fits DECAYS with one of them moved by a."""
    ys = DECAYS + a * (np.arange(9) == 2)
    return float(optimize.least_squares(lambda b: np.exp(-b[0] * TIMES) - ys, [0.5]).x[0])


def _fitted_slope(a: float) -> float:
    b, ys = float(_fitted_exact(mpf(a))), DECAYS + a * (np.arange(9) == 2)
    e = np.exp(-b * TIMES)
    by_b = np.sum(TIMES**2 * e * e + TIMES**2 * e * (e - ys))
    return float(-TIMES[2] * e[2] / by_b)


def _fitted_exact(a: Any) -> Any:
    ts, ys = list(map(float, TIMES)), [mpf(float(y)) + (a if k == 2 else 0) for k, y in enumerate(DECAYS)]
    return m.findroot(lambda b: m.fsum(t * m.exp(-b * t) * (m.exp(-b * t) - y) for t, y in zip(ts, ys)), _fitted(float(a)))


def _compliance_slope(a: float) -> float:
    x = np.linalg.solve(BASE + a * MOVED, LOAD)
    return float(-x @ MOVED @ x)


def _steady(p: float) -> float:
    """The share of a Markov chain's third state."""
    step = np.array([[1.0 - p, p, 0.0], [0.3, 0.5, 0.2], [0.1, p, 0.9 - p]])
    return float(np.linalg.solve(np.vstack([(step.T - np.eye(3))[:2], np.ones(3)]), [0.0, 0.0, 1.0])[2])


def _steady_slope(p: float) -> float:
    """By the matrix-tree theorem: the share is 0.2 p over the sum of `_minors`."""
    top, by_top = 0.2 * p, 0.2
    below, by_below = _minors(p)
    return (by_top * below - top * by_below) / below**2


def _minors(p: float) -> tuple[float, float]:
    """The sum of the weights of the trees that lead to each state, and its derivative.

    To the first: 0.3 * 0.1 + 0.3 p + 0.2 * 0.1; to the second: p * 0.1 + p * p; to the third: 0.2 p.
    """
    return 0.05 + 0.3 * p + 0.1 * p + p * p + 0.2 * p, 0.6 + 2.0 * p


plain(S, "friction by Colebrook", lambda e: _colebrook(e) ** -2, lambda e: [_colebrook_slope(e)], sized(-4, -1.3), exact=_colebrook_exact)
plain(S, "yield by brentq", _yield, lambda p: [1.0 / _bond_slope(_yield(p))], between(70.0, 140.0), exact=lambda p: m.findroot(lambda y: _bond(m, y) - p, _yield(float(p))), smooth=False, error=4e-12)
plain(S, "volatility by Newton's default", _implied, lambda p: [1.0 / _call_slope(_implied(p))], between(2.0, 30.0), exact=lambda p: m.erfinv(p / 100) * m.sqrt(8), smooth=False, error=1.5e-8)
plain(S, "internal rate by secants", _internal, lambda c: [_internal_slope(c)], between(5.0, 60.0), exact=lambda c: m.findroot(lambda r: _worth(r, c), _internal(float(c))), smooth=False, error=1e-12)
plain(S, "root by TOMS 748", lambda a: float(optimize.toms748(lambda y: exp(y) + y - a, -5.0, 5.0)), lambda a: [1.0 / (1.0 + a - float(optimize.brentq(lambda y: exp(y) + y - a, -5.0, 5.0)))], between(0.0, 20.0), exact=lambda a: a - m.lambertw(m.exp(a)).real, smooth=False, error=4e-12)
plain(S, "root by bisect's default", lambda a: float(optimize.bisect(lambda y: exp(y) + y - a, -5.0, 5.0)), lambda a: [1.0 / (1.0 + a - float(optimize.brentq(lambda y: exp(y) + y - a, -5.0, 5.0)))], between(0.0, 20.0), exact=lambda a: a - m.lambertw(m.exp(a)).real, smooth=False, error=4e-12)
plain(S, "optimize.fixed_point", lambda a: float(optimize.fixed_point(lambda x: np.sqrt(a + x), 1.0)), lambda a: [1.0 / sqrt(1.0 + 4.0 * a)], between(0.5, 6.0), exact=lambda a: (1 + m.sqrt(1 + 4 * a)) / 2, smooth=False, error=1e-8)
plain(S, "iteration to 1e-8", _iterated, _omega_slope, between(0.3, 1.2), exact=lambda a: m.lambertw(a).real / a, smooth=False, error=2e-8)
plain(S, "quad to infinity", lambda k: float(integrate.quad(lambda t: exp(-k * t) / (1.0 + t), 0.0, math.inf)[0]), lambda k: [exp(k) * special.exp1(k), -1.0 / k], between(0.3, 5.0), exact=lambda k: m.exp(k) * m.e1(k), smooth=False, error=1.5e-8)
plain(S, "quad of an elliptic integral", lambda k: float(integrate.quad(lambda t: 1.0 / sqrt(1.0 - k * sin(t) ** 2), 0.0, 0.5 * pi, epsabs=1e-13, epsrel=1e-13)[0]), lambda k: [special.ellipe(k) / (2.0 * k * (1.0 - k)), -special.ellipk(k) / (2.0 * k)], between(0.1, 0.9), exact=m.ellipk)
plain(S, "Simpson of 41 points", lambda k: float(integrate.simpson(np.sin(k * (t := np.linspace(0.0, 2.0, 41))) / (1.0 + t), t)), lambda k: [float(integrate.simpson((t := np.linspace(0.0, 2.0, 41)) * np.cos(k * t) / (1.0 + t), t))], between(0.3, 6.0), exact=lambda k: m.fsum((1 if n in (0, 40) else 4 if n % 2 else 2) * m.sin(k * n / 20) / (1 + mpf(n) / 20) for n in range(41)) / 60)
plain(S, "solve_ivp by default", _population, lambda k: [27.0 * exp(-3.0 * k) / (1.0 + 9.0 * exp(-3.0 * k)) ** 2], between(0.3, 2.0), exact=lambda k: 1 / (1 + 9 * m.exp(-3 * k)), smooth=False, error=2e-3)
plain(S, "solve_ivp at rtol 1e-12", _vibration, _vibration_slope, between(0.5, 4.0), exact=_vibration_exact, smooth=False, error=1e-10)
plain(S, "odeint by default", _chain, _chain_slope, between(0.8, 3.0), exact=lambda k: k / (k - mpf(0.5)) * (m.exp(-1) - m.exp(-2 * k)), smooth=False, error=1e-6)
plain(S, "500 steps of Euler", lambda r: _euler(r), lambda r: [(1.0 + r / 500.0) ** 499], between(-3.0, 3.0), exact=lambda r: (1 + r / 500) ** 500)
plain(S, "Crank and Nicolson", _diffused, _diffused_slope, between(0.05, 1.0), exact=lambda a: m.lu_solve(m.eye(5) + a * _matrix(LAPLACE), (m.eye(5) - a * _matrix(LAPLACE)) * _matrix(START))[2])
plain(S, "weighted line by lstsq", _weighted, lambda a: [_weighted_slope(a)], between(0.0, 2.0), exact=_weighted_exact)
plain(S, "least_squares by default", _fitted, lambda a: [_fitted_slope(a)], between(-0.2, 0.2), exact=_fitted_exact, smooth=False, error=1e-6)
plain(S, "minimize by BFGS", lambda a: float(optimize.minimize(lambda y: math.log1p(exp(y[0])) - a * y[0], [0.0], jac=lambda y: [special.expit(y[0]) - a]).x[0]), lambda a: [1.0 / a, 1.0 / (1.0 - a)], between(0.2, 0.8), exact=lambda a: m.log(a / (1 - a)), smooth=False, error=1e-4)
plain(S, "minimum within bounds", lambda a: float(optimize.minimize_scalar(lambda y: exp(y) - a * y, bounds=(-2.0, 3.0), method="bounded").x), lambda a: [1.0 / a], between(0.5, 8.0), exact=m.log, smooth=False, error=1e-5)
plain(S, "compliance by Cholesky", lambda a: float(LOAD @ linalg.cho_solve(linalg.cho_factor(BASE + a * MOVED), LOAD)), lambda a: [_compliance_slope(a)], between(-0.5, 1.0), exact=lambda a: m.fsum(float(x) * y for x, y in zip(LOAD, m.lu_solve(_matrix(BASE) + a * _matrix(MOVED), _matrix(LOAD)))))
plain(S, "conjugate gradients to 1e-5", lambda a: float(sparse.linalg.cg(np.eye(5) * a + LAPLACE, START)[0][1]), lambda a: [float(-np.linalg.solve(np.eye(5) * a + LAPLACE, np.linalg.solve(np.eye(5) * a + LAPLACE, START))[1])], between(0.3, 3.0), exact=lambda a: m.lu_solve(m.eye(5) * a + _matrix(LAPLACE), _matrix(START))[1], smooth=False, error=3e-5)
plain(S, "steady state", _steady, lambda p: [_steady_slope(p)], between(0.05, 0.6), exact=lambda p: mpf(0.2) * p / (mpf(0.05) + mpf(0.6) * p + p * p))
plain(S, "exponential of a matrix", lambda t: float(linalg.expm(t * GENERATOR)[0, 2]), lambda t: [float((GENERATOR @ linalg.expm(t * GENERATOR))[0, 2])], between(0.1, 4.0), exact=lambda t: m.expm(_matrix(GENERATOR) * t, method="taylor")[0, 2])


def _euler(r: float) -> float:
    y = 1.0
    for _ in range(500):
        y += r / 500.0 * y
    return y
