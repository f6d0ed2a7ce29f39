"""Plain functions that look up, interpolate, solve, integrate or iterate."""

from __future__ import annotations

import bisect
import math
from math import cos, exp, log, pi, sin, sqrt
from typing import Any

import mpmath
import numpy as np
from scipy import integrate, interpolate, optimize

from benchmarks.check_plain_making import between, plain, sized

# A table reads best with its lines kept.
# fmt: off

T = "tables"
KNOTS = np.array([0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0])
VALUES = np.array([1.0, 1.8, 2.1, 0.7, -0.4, 0.3, 2.0])
SLOPES = np.diff(VALUES) / np.diff(KNOTS)
FINE = np.linspace(0.0, 2.0 * pi, 201)
CUBIC = interpolate.CubicSpline(KNOTS, VALUES)
NATURAL = interpolate.CubicSpline(KNOTS, VALUES, bc_type="natural")
PCHIP = interpolate.PchipInterpolator(KNOTS, VALUES)
AKIMA = interpolate.Akima1DInterpolator(KNOTS, VALUES)
QUINTIC = interpolate.make_interp_spline(KNOTS, VALUES, k=5)
BARYCENTRIC = interpolate.BarycentricInterpolator(KNOTS, VALUES)
FITTED = np.polynomial.Chebyshev.fit(KNOTS, VALUES, 4)
GRID = interpolate.RegularGridInterpolator((KNOTS, KNOTS), np.sin(np.add.outer(KNOTS, 2.0 * KNOTS)), "linear")


def _piece(knots: Any, x: float) -> int:
    return min(max(bisect.bisect_right(list(map(float, knots)), x) - 1, 0), len(knots) - 2)


def _linear(x: Any, knots: Any = KNOTS, values: Any = VALUES) -> Any:
    """Linear interpolation in mpmath."""
    if x <= knots[0] or x >= knots[-1]:
        return mpmath.mpf(float(values[0 if x <= knots[0] else -1]))
    k = _piece(knots, float(x))
    a, b, y, z = (mpmath.mpf(float(t)) for t in (knots[k], knots[k + 1], values[k], values[k + 1]))
    return y + (z - y) / (b - a) * (x - a)


def _polynomials(p: Any) -> Any:
    """A piecewise polynomial of SciPy in mpmath."""
    def exact(x: Any) -> Any:
        k = _piece(p.x, float(x))
        total = mpmath.mpf(0)
        for c in p.c[:, k]:
            total = total * (x - mpmath.mpf(float(p.x[k]))) + mpmath.mpf(float(c))
        return total
    return exact


def _spline(name: str, p: Any, *at: Any) -> None:
    d = p.derivative()
    of = p if hasattr(p, "c") and p.c.ndim == 2 else interpolate.PPoly.from_spline(p)
    plain(T, name, lambda x: float(p(x)), lambda x: [float(d(x))], between(0.05, 5.95), *at, exact=_polynomials(of))


plain(T, "np.interp", lambda x: float(np.interp(x, KNOTS, VALUES)), lambda x: [float(SLOPES[_piece(KNOTS, x)])], between(0.01, 5.99), 0.75, 1.000001, 2.9999, exact=_linear, smooth=False, other=lambda x: float(SLOPES[(_piece(KNOTS, x) + 1) % 6]))
plain(T, "np.interp outside", lambda x: float(np.interp(x, KNOTS, VALUES)), lambda x: [0.0], between(6.1, 9.0), -1.0, 6.00001, exact=_linear, smooth=False)
plain(T, "np.interp of 201 sines", lambda x: float(np.interp(x, FINE, np.sin(FINE))), lambda x: [float((np.diff(np.sin(FINE)) / np.diff(FINE))[_piece(FINE, x)])], between(0.1, 6.1), 1.0, exact=lambda x: _linear(x, FINE, np.sin(FINE)), smooth=False)
plain(T, "table by bisect", lambda x: VALUES[(k := _piece(KNOTS, x))] + SLOPES[k] * (x - KNOTS[k]), lambda x: [float(SLOPES[_piece(KNOTS, x)])], between(0.01, 5.99), 1.5, exact=_linear, smooth=False)
_spline("cubic spline", CUBIC, 1.5, 2.000001)
_spline("natural spline", NATURAL, 0.75)
_spline("PCHIP", PCHIP, 0.75, 1.2)
_spline("Akima", AKIMA, 0.75)
_spline("quintic spline", QUINTIC, 1.5)
plain(T, "barycentric", lambda x: float(BARYCENTRIC(x)), lambda x: [sum(float(VALUES[k]) * _basis_slope(k, x) for k in range(7))], between(0.05, 5.95), 1.5, exact=lambda x: sum(mpmath.mpf(float(VALUES[k])) * _basis(k, x) for k in range(7)))
plain(T, "fit by Chebyshev", lambda x: float(FITTED(x)), lambda x: [float(FITTED.deriv()(x))], between(0.0, 6.0), 3.0, exact=lambda x: mpmath.fsum(mpmath.mpf(float(c)) * mpmath.chebyt(k, (x - 3) / 3) for k, c in enumerate(FITTED.coef)))
plain(T, "table of two", lambda x, y: float(GRID((x, y))), lambda x, y: [_bilinear_slope(x, y)], between(0.05, 5.9, 2), (0.75, 1.5), exact=lambda x, y: _bilinear(x, y), smooth=False)
plain(T, "smoothstep", lambda x: (t := min(max((x - 1.0) / 2.0, 0.0), 1.0)) * t * (3.0 - 2.0 * t), lambda x: [3.0 * (t := min(max((x - 1.0) / 2.0, 0.0), 1.0)) * (1.0 - t)], between(0.0, 4.0), 2.0, 1.0001, exact=lambda x: (t := min(max((x - 1) / 2, mpmath.mpf(0)), mpmath.mpf(1))) ** 2 * (3 - 2 * t), smooth=False)


def _basis(k: int, x: Any) -> Any:
    product: Any = mpmath.mpf(1)
    for j in range(7):
        if j != k:
            product *= (x - float(KNOTS[j])) / (mpmath.mpf(float(KNOTS[k])) - float(KNOTS[j]))
    return product


def _basis_slope(k: int, x: float) -> float:
    total = 0.0
    for i in range(7):
        if i != k:
            others = [(x - KNOTS[j]) / (KNOTS[k] - KNOTS[j]) for j in range(7) if j not in (i, k)]
            total += float(np.prod(others)) / float(KNOTS[k] - KNOTS[i])
    return total


def _corner(x: Any, y: Any) -> tuple[int, int, Any]:
    i, j = _piece(KNOTS, float(x)), _piece(KNOTS, float(y))
    return i, j, GRID.values[i : i + 2, j : j + 2]


def _bilinear(x: Any, y: Any) -> Any:
    i, j, v = _corner(x, y)
    s, t = ((z - float(KNOTS[k])) / mpmath.mpf(float(KNOTS[k + 1] - KNOTS[k])) for z, k in ((x, i), (y, j)))
    v = [[mpmath.mpf(float(z)) for z in row] for row in v]
    return (1 - s) * ((1 - t) * v[0][0] + t * v[0][1]) + s * ((1 - t) * v[1][0] + t * v[1][1])


def _bilinear_slope(x: float, y: float) -> tuple[float, float]:
    i, j, v = _corner(x, y)
    h, k = KNOTS[i + 1] - KNOTS[i], KNOTS[j + 1] - KNOTS[j]
    s, t = (x - KNOTS[i]) / h, (y - KNOTS[j]) / k
    by_x = ((1 - t) * (v[1, 0] - v[0, 0]) + t * (v[1, 1] - v[0, 1])) / h
    by_y = ((1 - s) * (v[0, 1] - v[0, 0]) + s * (v[1, 1] - v[1, 0])) / k
    return float(by_x), float(by_y)


S = "solvers"


def _newton(x: float, steps: int = 40) -> float:
    y = x if x > 1.0 else 1.0
    for _ in range(steps):
        y = 0.5 * (y + x / y)
    return y


def _bisected(x: float, tolerance: float = 0.0) -> float:
    """The root of y + y**3 = x."""
    low, high = -10.0, 10.0
    for _ in range(200):
        y = 0.5 * (low + high)
        low, high = (y, high) if y + y**3 < x else (low, y)
        if high - low <= tolerance:
            break
    return 0.5 * (low + high)


def _depressed(x: Any) -> Any:
    return mpmath.findroot(lambda y: y + y**3 - x, _bisected(float(x)))


def _brent(x: float, rtol: float) -> float:
    return float(optimize.brentq(lambda y: y + y**3 - x, -10.0, 10.0, xtol=1e-300, rtol=rtol))


def _kepler(m: float) -> float:
    e = m
    for _ in range(60):
        e -= (e - 0.4 * sin(e) - m) / (1.0 - 0.4 * cos(e))
    return e


def _fixed_point(a: float, tolerance: float) -> float:
    """The root of x = cos(a x), for a below 1."""
    x = 0.5
    for _ in range(500):
        before, x = x, cos(a * x)
        if abs(x - before) <= tolerance:
            break
    return x


def _cos_slope(a: float) -> float:
    x = _fixed_point(a, 1e-15)
    return -x * sin(a * x) / (1.0 + a * sin(a * x))


def _agm(x: float) -> float:
    a, b = 1.0, x
    for _ in range(60):
        a, b = 0.5 * (a + b), sqrt(a * b)
    return a


def _agm_slope(x: float) -> float:
    """By the means of dual numbers."""
    a, b, da, db = 1.0, x, 0.0, 1.0
    for _ in range(60):
        a, b, da, db = 0.5 * (a + b), sqrt(a * b), 0.5 * (da + db), (da * b + a * db) / (2.0 * sqrt(a * b))
    return da


def _runge_kutta(k: float, steps: int = 200) -> float:
    """y' = -k y + sin t from y(0) = 1, at 2."""
    h, y = 2.0 / steps, 1.0
    for n in range(steps):
        t = n * h
        k1 = -k * y + sin(t)
        k2 = -k * (y + 0.5 * h * k1) + sin(t + 0.5 * h)
        k3 = -k * (y + 0.5 * h * k2) + sin(t + 0.5 * h)
        k4 = -k * (y + h * k3) + sin(t + h)
        y += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


def _driven(k: Any) -> Any:
    m = mpmath
    return (1 + 1 / (1 + k * k)) * m.exp(-2 * k) + (k * m.sin(2) - m.cos(2)) / (1 + k * k)


def _driven_slope(k: float) -> list[Any]:
    q = 1.0 + k * k
    return [-2.0 * exp(-2.0 * k) * (1.0 + 1.0 / q), -2.0 * k * exp(-2.0 * k) / q**2, sin(2.0) / q, -2.0 * k * (k * sin(2.0) - cos(2.0)) / q**2]


def _solved(k: float, rtol: float) -> float:
    found = integrate.solve_ivp(lambda t, y: -k * y + math.sin(t), (0.0, 2.0), [1.0], rtol=rtol, atol=1e-3 * rtol)
    return float(found.y[0, -1])


def _logistic_map(r: float) -> float:
    x = 0.3
    for _ in range(12):
        x = r * x * (1.0 - x)
    return x


def _logistic_map_slope(r: float) -> float:
    x, dx = 0.3, 0.0
    for _ in range(12):
        x, dx = r * x * (1.0 - x), x * (1.0 - x) + r * dx * (1.0 - 2.0 * x)
    return dx


def _logistic_map_exact(r: Any) -> Any:
    x = mpmath.mpf(0.3)
    for _ in range(12):
        x = r * x * (1 - x)
    return x


NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
MATRIX = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 2.0]])
SHIFT = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.3], [0.0, 0.3, 0.5]])
RIGHT = np.array([1.0, -2.0, 0.5])


def _linear_solution(a: float) -> float:
    return float(np.linalg.solve(MATRIX + a * SHIFT, RIGHT)[0])


def _linear_solution_exact(a: Any) -> Any:
    system = mpmath.matrix(MATRIX.tolist()) + a * mpmath.matrix(SHIFT.tolist())
    return mpmath.lu_solve(system, mpmath.matrix(RIGHT.tolist()))[0]


def _linear_solution_slope(a: float) -> float:
    x = np.linalg.solve(MATRIX + a * SHIFT, RIGHT)
    return float(-np.linalg.solve(MATRIX + a * SHIFT, SHIFT @ x)[0])


def _eigenvalue_slope(a: float) -> float:
    v = np.linalg.eigh(MATRIX + a * SHIFT)[1][:, -1]
    return float(v @ SHIFT @ v)


def _eigenvalue_exact(a: Any) -> Any:
    return max(mpmath.eigsy(mpmath.matrix(MATRIX.tolist()) + a * mpmath.matrix(SHIFT.tolist()), eigvals_only=True))


def _determinant_slope(a: float) -> float:
    m = MATRIX + a * SHIFT
    return float(np.linalg.det(m) * np.trace(np.linalg.solve(m, SHIFT)))


def _least(a: float) -> float:
    """Where y**4 + y**2 - a y is the least."""
    return float(optimize.minimize_scalar(lambda y: y**4 + y**2 - a * y, bracket=(-2.0, 2.0), tol=1e-10).x)


def _least_exact(a: Any) -> Any:
    return mpmath.findroot(lambda y: 4 * y**3 + 2 * y - a, _least(float(a)))


def _trapezia(k: float) -> float:
    t = np.linspace(0.0, 1.0, 1001)
    return float(np.trapezoid(np.exp(-k * t) * t, t))


def _trapezia_exact(k: Any) -> Any:
    return mpmath.fsum((mpmath.mpf(0.5) if n == 1000 else 1) * mpmath.exp(-k * t) * t for n, t in ((n, mpmath.mpf(n) / 1000) for n in range(1001))) / 1000


def _series(x: float) -> float:
    term = total = x
    for n in range(1, 200, 2):
        term *= -x * x / ((n + 1) * (n + 2))
        total += term
        if abs(term) <= 1e-17 * abs(total):
            break
    return total


plain(S, "root by Newton", _newton, lambda x: [0.5 / sqrt(x)], sized(-2, 4), 2.0, 9.0, exact=mpmath.sqrt)
plain(S, "root by four steps of Newton", lambda x: _newton(x, 4), lambda x: [_newton_slope(x, 4)], between(1.5, 9.0), 2.0, exact=lambda x: _newton_exact(x, 4))
plain(S, "bisection to the end", _bisected, lambda x: [1.0 / (1.0 + 3.0 * _bisected(x) ** 2)], between(-8.0, 8.0), 2.0, exact=_depressed)
plain(S, "bisection to 1e-6", lambda x: _bisected(x, 1e-6), lambda x: [1.0 / (1.0 + 3.0 * _bisected(x) ** 2)], between(0.5, 8.0), 2.0, exact=_depressed, smooth=False, error=2e-6)
plain(S, "bisection to 1e-9", lambda x: _bisected(x, 1e-9), lambda x: [1.0 / (1.0 + 3.0 * _bisected(x) ** 2)], between(0.5, 8.0), 2.0, exact=_depressed, smooth=False, error=2e-9)
plain(S, "brentq to the end", lambda x: _brent(x, 1e-15), lambda x: [1.0 / (1.0 + 3.0 * _bisected(x) ** 2)], between(0.5, 8.0), 2.0, exact=_depressed)
plain(S, "brentq at rtol 1e-10", lambda x: _brent(x, 1e-10), lambda x: [1.0 / (1.0 + 3.0 * _bisected(x) ** 2)], between(0.5, 8.0), 2.0, exact=_depressed, smooth=False, error=1e-10)
plain(S, "brentq at rtol 1e-6", lambda x: _brent(x, 1e-6), lambda x: [1.0 / (1.0 + 3.0 * _bisected(x) ** 2)], between(0.5, 8.0), 2.0, exact=_depressed, smooth=False, error=1e-6)
plain(S, "optimize.newton", lambda x: float(optimize.newton(lambda y: y + y**3 - x, 1.0, lambda y: 1.0 + 3.0 * y * y, tol=1e-14)), lambda x: [1.0 / (1.0 + 3.0 * _bisected(x) ** 2)], between(0.5, 8.0), 2.0, exact=_depressed)
plain(S, "optimize.fsolve", lambda x: float(optimize.fsolve(lambda y: y + y**3 - x, 1.0)[0]), lambda x: [1.0 / (1.0 + 3.0 * _bisected(x) ** 2)], between(0.5, 8.0), 2.0, exact=_depressed, smooth=False, error=1.5e-8)
plain(S, "Kepler", _kepler, lambda m: [1.0 / (1.0 - 0.4 * cos(_kepler(m)))], between(-3.0, 3.0), 1.0, exact=lambda m: mpmath.findroot(lambda e: e - mpmath.mpf(0.4) * mpmath.sin(e) - m, _kepler(float(m))))
plain(S, "fixed point to 1e-15", lambda a: _fixed_point(a, 1e-15), lambda a: [_cos_slope(a)], between(0.1, 0.9), 0.5, exact=lambda a: mpmath.findroot(lambda x: x - mpmath.cos(a * x), _fixed_point(float(a), 1e-15)))
plain(S, "fixed point to 1e-6", lambda a: _fixed_point(a, 1e-6), lambda a: [_cos_slope(a)], between(0.1, 0.9), 0.5, exact=lambda a: mpmath.findroot(lambda x: x - mpmath.cos(a * x), _fixed_point(float(a), 1e-15)), smooth=False, error=2e-6)
plain(S, "arithmetic-geometric mean", _agm, lambda x: [_agm_slope(x)], sized(-2, 2), 2.0, exact=lambda x: mpmath.agm(1, x))
plain(S, "quad", lambda k: float(integrate.quad(lambda t: exp(-k * t * t), 0.0, 1.0)[0]), lambda k: [_quad_slope(k)], between(0.2, 6.0), 1.0, exact=lambda k: mpmath.sqrt(mpmath.pi / k) / 2 * mpmath.erf(mpmath.sqrt(k)), smooth=True)
plain(S, "quad with a kink at k", lambda k: float(integrate.quad(lambda t: abs(t - k), 0.0, 1.0, epsabs=1e-8, epsrel=1e-8)[0]), lambda k: [2.0 * k - 1.0], between(0.05, 0.45), 0.3, exact=lambda k: (k * k + (1 - k) ** 2) / 2, smooth=False, error=1e-8)
plain(S, "Gauss-Legendre", lambda k: float(np.sum(WEIGHTS * np.cos(k * NODES))), lambda k: [2.0 * cos(k) / k, -2.0 * sin(k) / (k * k)], between(0.3, 6.0), 1.0, exact=lambda k: 2 * mpmath.sin(k) / k)
plain(S, "trapezia", _trapezia, lambda k: [float(np.trapezoid(-np.exp(-k * t) * t * t, t)) for t in (np.linspace(0.0, 1.0, 1001),)], between(0.1, 5.0), 1.0, exact=_trapezia_exact)
plain(S, "Runge-Kutta of 200 steps", _runge_kutta, _driven_slope, between(0.3, 3.0), 1.0, exact=_driven, smooth=False, error=1e-8)
plain(S, "solve_ivp at rtol 1e-10", lambda k: _solved(k, 1e-10), _driven_slope, between(0.3, 3.0), 1.0, exact=_driven, smooth=False, error=1e-10)
plain(S, "solve_ivp at rtol 1e-6", lambda k: _solved(k, 1e-6), _driven_slope, between(0.3, 3.0), 1.0, exact=_driven, smooth=False, error=1e-6)
plain(S, "solve_ivp at rtol 1e-3", lambda k: _solved(k, 1e-3), _driven_slope, between(0.3, 3.0), 1.0, exact=_driven, smooth=False, error=1e-3)
plain(S, "logistic map", _logistic_map, lambda r: [_logistic_map_slope(r)], between(2.0, 3.9), 3.2, exact=_logistic_map_exact)
plain(S, "linear equations", _linear_solution, lambda a: [_linear_solution_slope(a)], between(-1.0, 1.0), 0.0, exact=_linear_solution_exact)
plain(S, "largest eigenvalue", lambda a: float(np.linalg.eigvalsh(MATRIX + a * SHIFT)[-1]), lambda a: [_eigenvalue_slope(a)], between(-1.0, 1.0), 0.5, exact=_eigenvalue_exact)
plain(S, "determinant", lambda a: float(np.linalg.det(MATRIX + a * SHIFT)), lambda a: [_determinant_slope(a)], between(-1.0, 1.0), 0.5, exact=lambda a: mpmath.det(mpmath.matrix(MATRIX.tolist()) + a * mpmath.matrix(SHIFT.tolist())))
plain(S, "least of a quartic", _least, lambda a: [1.0 / (12.0 * _least(a) ** 2 + 2.0)], between(0.5, 6.0), 2.0, exact=_least_exact, smooth=False, error=1e-7)
plain(S, "sine by its series", _series, lambda x: [cos(x)], between(0.1, 6.0), 1.0, exact=mpmath.sin)
plain(S, "Lambert's W by Halley", lambda x: _lambert(x), lambda x: [_lambert(x) / (x * (1.0 + _lambert(x)))], sized(-2, 3), 1.0, exact=lambda x: mpmath.lambertw(x).real)
plain(S, "implied volatility", lambda p: float(optimize.brentq(lambda v: _bachelier(v) - p, 1e-3, 10.0, xtol=1e-14, rtol=1e-14)), lambda p: [sqrt(2.0 * pi)], between(0.1, 2.0), 0.4, exact=lambda p: p * mpmath.sqrt(2 * mpmath.pi))


def _bachelier(v: float) -> float:
    return v / sqrt(2.0 * pi)


def _lambert(x: float) -> float:
    w = log(1.0 + x)
    for _ in range(20):
        e = exp(w)
        f = w * e - x
        w -= f / (e * (w + 1.0) - (w + 2.0) * f / (2.0 * w + 2.0))
    return w


def _newton_slope(x: float, steps: int) -> float:
    y, dy = x, 1.0
    for _ in range(steps):
        y, dy = 0.5 * (y + x / y), 0.5 * (dy + 1.0 / y - x * dy / y**2)
    return dy


def _newton_exact(x: Any, steps: int) -> Any:
    y = x
    for _ in range(steps):
        y = (y + x / y) / 2
    return y


def _quad_slope(k: float) -> float:
    return exp(-k) / (2.0 * k) - sqrt(pi) * math.erf(sqrt(k)) / (4.0 * k**1.5)
