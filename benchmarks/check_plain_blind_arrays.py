"""Held out: plain functions of small arrays, with one result or several, and losses."""

from __future__ import annotations

import math
from math import cos, sin, sqrt
from typing import Any

import mpmath
import numpy as np
from scipy import linalg, special

from benchmarks.check_plain_making import array, between
from benchmarks.check_plain_making import held_out as plain

# A table reads best with its lines kept.
# fmt: off

V = "several results"
A = "arrays"
L = "losses"
m = mpmath
mpf = mpmath.mpf
RNG = np.random.default_rng(23)
DATA = RNG.normal(size=(10, 3))
TARGETS = DATA @ np.array([1.0, -0.5, 2.0]) + 0.2 * RNG.normal(size=10)
SIGNS = np.where(DATA @ np.array([1.0, 1.0, -1.0]) + 0.7 * RNG.normal(size=10) > 0.0, 1.0, 0.0)
TIMES = RNG.exponential(2.0, 10)
SEEN = (RNG.uniform(size=10) < 0.7).astype(float)
COUNTS = RNG.poisson(3.0, 10).astype(float)
ROOT = RNG.normal(size=(4, 4))
COVARIANCE = ROOT @ ROOT.T + np.eye(4)
RETURNS = np.array([0.05, 0.08, 0.02, 0.11])
KERNEL = np.array([0.25, 0.5, -0.75])


def _scores(w: Any) -> list[Any]:
    """DATA @ w, in mpmath."""
    return [m.fsum(float(x) * y for x, y in zip(row, w)) for row in DATA]


def _form(a: Any, matrix: Any) -> Any:
    n = len(a)
    return m.fsum(float(matrix[i, j]) * a[i] * a[j] for i in range(n) for j in range(n))


def _spread(s: Any) -> Any:
    return np.diag(s) - np.outer(s, s)


def _spherical_slope(r: float, t: float, p: float) -> list[Any]:
    by_r = np.array([sin(t) * cos(p), sin(t) * sin(p), cos(t)])
    by_t = np.array([r * cos(t) * cos(p), r * cos(t) * sin(p), -r * sin(t)])
    return [(by_r, by_t, np.array([-r * sin(t) * sin(p), r * sin(t) * cos(p), 0.0]))]


def _pendulum(a: Any) -> Any:
    return np.array([a[1], -9.81 * np.sin(a[0]) - 0.3 * a[1] * np.abs(a[1])])


def _hunters(a: Any) -> Any:
    return np.array([1.1 * a[0] - 0.4 * a[0] * a[1], 0.1 * a[0] * a[1] - 0.4 * a[1]])


def _normed_slope(a: Any) -> Any:
    c, s, n = a - a.mean(), a.std(), len(a)
    return (np.eye(n) - 1.0 / n) / s - np.outer(c, c) / (n * s**3)


def _normed_exact(a: Any) -> Any:
    mean = m.fsum(a) / len(a)
    s = m.sqrt(m.fsum((x - mean) ** 2 for x in a) / len(a))
    return [(x - mean) / s for x in a]


def _camera_slope(a: Any) -> Any:
    x, y, z = a
    return 800.0 * np.array([[1.0 / z, 0.0, -x / z**2], [0.0, 1.0 / z, -y / z**2]])


def _rotated(a: Any) -> Any:
    """A vector turned by a quaternion that needs no norm of 1."""
    w, x, y, z = a
    return np.array([w * w + x * x - y * y - z * z, 2 * (x * y + w * z), 2 * (x * z - w * y)])


def _rotated_slope(a: Any) -> Any:
    w, x, y, z = a
    return 2.0 * np.array([[w, x, -y, -z], [z, y, x, w], [-y, z, -w, x]])


plain(V, "spherical to Cartesian", lambda r, t, p: np.array([r * sin(t) * cos(p), r * sin(t) * sin(p), r * cos(t)]), _spherical_slope, between(0.3, 2.8, 3), exact=lambda r, t, p: [r * m.sin(t) * m.cos(p), r * m.sin(t) * m.sin(p), r * m.cos(t)])
plain(V, "pendulum with drag", _pendulum, lambda a: [np.array([[0.0, 1.0], [-9.81 * np.cos(a[0]), -0.6 * np.abs(a[1])]])], array(0.3, 2.0, 2), exact=lambda a: [a[1], -mpf(9.81) * m.sin(a[0]) - mpf(0.3) * a[1] * abs(a[1])])
plain(V, "hunters and hunted", _hunters, lambda a: [np.array([[1.1 - 0.4 * a[1], -0.4 * a[0]], [0.1 * a[1], 0.1 * a[0] - 0.4]])], array(0.5, 9.0, 2), exact=lambda a: [mpf(1.1) * a[0] - mpf(0.4) * a[0] * a[1], mpf(0.1) * a[0] * a[1] - mpf(0.4) * a[1]])
plain(V, "log of a softmax", special.log_softmax, lambda a: [np.eye(4), -np.tile(special.softmax(a), (4, 1))], array(-3.0, 3.0, 4), exact=lambda a: [x - m.log(m.fsum(map(m.exp, a))) for x in a])
plain(V, "normed layer", lambda a: (a - a.mean()) / a.std(), lambda a: [_normed_slope(a)], array(-2.0, 2.0, 5), exact=_normed_exact)
plain(V, "pinhole camera", lambda a: 800.0 * a[:2] / a[2], lambda a: [_camera_slope(a)], array(0.5, 3.0, 3), exact=lambda a: [800 * a[0] / a[2], 800 * a[1] / a[2]])
plain(V, "turned by a quaternion", _rotated, lambda a: [_rotated_slope(a)], array(-1.0, 1.0, 4), exact=_rotated)
plain(V, "convolution", lambda a: np.convolve(a, KERNEL), lambda a: [linalg.convolution_matrix(KERNEL, 4)], array(-1.0, 1.0, 4), exact=lambda a: [m.fsum(float(KERNEL[k - i]) * a[i] for i in range(4) if 0 <= k - i < 3) for k in range(6)])
plain(V, "gate of a cell", lambda a: special.expit(DATA[:4] @ a) * np.tanh(DATA[4:8] @ a), lambda a: [((g := special.expit(DATA[:4] @ a)) * (1.0 - g) * np.tanh(DATA[4:8] @ a))[:, None] * DATA[:4], (special.expit(DATA[:4] @ a) / np.cosh(DATA[4:8] @ a) ** 2)[:, None] * DATA[4:8]], array(-1.0, 1.0, 3), exact=lambda a: [m.tanh(y) / (1 + m.exp(-x)) for x, y in zip(_scores(a)[:4], _scores(a)[4:8])])
plain(V, "volatility and its logarithm", lambda x: np.array([sqrt(x), 0.5 * math.log(x), 1.0 / x]), lambda x: [np.array([0.5 / sqrt(x), 0.5 / x, -1.0 / (x * x)])], between(0.05, 4.0), exact=lambda x: [m.sqrt(x), m.log(x) / 2, 1 / x])
plain(V, "rates of three reactions", lambda a: np.array([-0.04 * a[0] + 1e4 * a[1] * a[2], 0.04 * a[0] - 1e4 * a[1] * a[2] - 3e7 * a[1] ** 2, 3e7 * a[1] ** 2]), lambda a: [np.array([[-0.04, 1e4 * a[2], 1e4 * a[1]], [0.04, -1e4 * a[2] - 6e7 * a[1], -1e4 * a[1]], [0.0, 6e7 * a[1], 0.0]])], array(0.1, 1.0, 3), exact=lambda a: [-mpf(0.04) * a[0] + 10000 * a[1] * a[2], mpf(0.04) * a[0] - 10000 * a[1] * a[2] - 30000000 * a[1] ** 2, 30000000 * a[1] ** 2])


def _sharpe_slope(a: Any) -> list[Any]:
    risk = np.sqrt(a @ COVARIANCE @ a)
    return [RETURNS / risk, -(RETURNS @ a) * (COVARIANCE @ a) / risk**3]


def _charges(p: Any) -> Any:
    """Energy of three charges in the plane."""
    q = (1.0, -2.0, 1.5)
    total: Any = 0
    for i in range(3):
        for j in range(i):
            d = p[2 * i : 2 * i + 2] - p[2 * j : 2 * j + 2]
            total += q[i] * q[j] * (d[0] * d[0] + d[1] * d[1]) ** -0.5
    return total


def _charges_slope(p: Any) -> Any:
    q, g = (1.0, -2.0, 1.5), np.zeros(6)
    for i in range(3):
        for j in range(i):
            d = p[2 * i : 2 * i + 2] - p[2 * j : 2 * j + 2]
            force = -q[i] * q[j] * d / np.linalg.norm(d) ** 3
            g[2 * i : 2 * i + 2] += force
            g[2 * j : 2 * j + 2] -= force
    return g


def _rayleigh_slope(a: Any) -> list[Any]:
    return [2.0 * COVARIANCE @ a / (a @ a), -2.0 * (a @ COVARIANCE @ a) / (a @ a) ** 2 * a]


def _beale(a: Any) -> Any:
    x, y = a
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_slope(a: Any) -> list[Any]:
    x, y = a
    powers = ((1.5, 1), (2.25, 2), (2.625, 3))
    return [2.0 * (c - x + x * y**k) * np.array([y**k - 1.0, k * x * y ** (k - 1)]) for c, k in powers]


plain(A, "Sharpe ratio", lambda a: float(RETURNS @ a / np.sqrt(a @ COVARIANCE @ a)), _sharpe_slope, array(0.05, 1.0, 4), exact=lambda a: m.fsum(float(r) * x for r, x in zip(RETURNS, a)) / m.sqrt(_form(a, COVARIANCE)))
plain(A, "risk less return", lambda a: float(2.0 * a @ COVARIANCE @ a - RETURNS @ a), lambda a: [4.0 * COVARIANCE @ a, -RETURNS], array(-0.5, 1.0, 4), exact=lambda a: 2 * _form(a, COVARIANCE) - m.fsum(float(r) * x for r, x in zip(RETURNS, a)))
plain(A, "three charges", lambda a: float(_charges(a)), lambda a: [_charges_slope(a)], lambda rng: (np.array([0.0, 0.0, 1.5, 0.2, 0.4, 1.3]) + array(-0.3, 0.3, 6)(rng)[0],), exact=_charges)
plain(A, "Rayleigh's quotient", lambda a: float(a @ COVARIANCE @ a / (a @ a)), _rayleigh_slope, array(-1.0, 1.0, 4), exact=lambda a: _form(a, COVARIANCE) / m.fsum(x * x for x in a))
plain(A, "Beale", _beale, _beale_slope, array(-2.0, 2.0, 2), exact=_beale)
plain(A, "Griewank", lambda a: float(1.0 + a @ a / 4000.0 - np.prod(np.cos(a / np.sqrt([1.0, 2.0, 3.0])))), lambda a: [a / 2000.0, np.prod(np.cos(a / np.sqrt([1.0, 2.0, 3.0]))) * np.tan(a / np.sqrt([1.0, 2.0, 3.0])) / np.sqrt([1.0, 2.0, 3.0])], array(-20.0, 20.0, 3), exact=lambda a: 1 + m.fsum(x * x for x in a) / 4000 - m.fprod(m.cos(x / m.sqrt(k + 1)) for k, x in enumerate(a)))
plain(A, "trace of an inverse", lambda a: float(np.trace(np.linalg.inv(a))), lambda a: [-(np.linalg.inv(a) @ np.linalg.inv(a)).T], lambda rng: (array(-0.6, 0.6, 3, 3)(rng)[0] + 2.0 * np.eye(3),), exact=lambda a: sum((m.matrix(a.tolist()) ** -1)[k, k] for k in range(3)))
plain(A, "mean of a harmonic kind", lambda a: float(5.0 / np.sum(1.0 / a)), lambda a: [5.0 / (np.sum(1.0 / a) * a) ** 2], array(0.2, 3.0, 5), exact=lambda a: 5 / m.fsum(1 / x for x in a))
plain(A, "correlation with a ramp", lambda a: float(np.corrcoef(a, np.arange(5.0))[0, 1]), lambda a: [_normed_slope(a).T @ ((np.arange(5.0) - 2.0) / (5.0 * sqrt(2.0)))], array(-1.0, 1.0, 5), exact=lambda a: m.fsum(x * (k - 2) for k, x in enumerate(_normed_exact(a))) / (5 * m.sqrt(2)))
plain(A, "chain of 40 springs", lambda a: float(0.5 * np.sum(np.diff(a) ** 2) + 0.25 * np.sum(np.diff(a) ** 4)), lambda a: [np.append(0.0, d := np.diff(a)) - np.append(d, 0.0), np.append(0.0, d**3) - np.append(d**3, 0.0)], array(-1.0, 1.0, 40), exact=lambda a: m.fsum((a[k + 1] - a[k]) ** 2 / 2 + (a[k + 1] - a[k]) ** 4 / 4 for k in range(39)))


def _cox(w: Any) -> float:
    """The partial likelihood of proportional hazards."""
    s = DATA @ w
    return float(sum(SEEN[i] * (np.log(np.exp(s[TIMES[i] <= TIMES]).sum()) - s[i]) for i in range(10)))


def _cox_slope(w: Any) -> Any:
    s, g = DATA @ w, np.zeros(3)
    for i in range(10):
        at_risk = TIMES[i] <= TIMES
        g += SEEN[i] * (special.softmax(s[at_risk]) @ DATA[at_risk] - DATA[i])
    return g


def _cox_exact(w: Any) -> Any:
    s = _scores(w)
    return m.fsum(m.log(m.fsum(m.exp(z) for z, t in zip(s, TIMES) if t >= TIMES[i])) - s[i] for i in range(10) if SEEN[i])


def _focal_slope(w: Any) -> Any:
    """Of the loss -(1 - p)^2 log p, where p is the probability of the class that is right."""
    z = np.where(SIGNS > 0.0, 1.0, -1.0)
    p = special.expit(z * (DATA @ w))
    return (z * (2.0 * (1.0 - p) * np.log(p) - (1.0 - p) ** 2 / p) * p * (1.0 - p)) @ DATA


def _focal_exact(w: Any) -> Any:
    ps = [1 / (1 + m.exp(-z if s > 0.0 else z)) for z, s in zip(_scores(w), SIGNS)]
    return -m.fsum((1 - p) ** 2 * m.log(p) for p in ps)


def _triplet(a: Any) -> Any:
    """The loss of an anchor, DATA's first, and another row to be far from."""
    near, far = a - DATA[0], a - DATA[1]
    return near.dot(near) - far.dot(far) + 0.5


plain(L, "cross entropy of two classes", lambda w: float(-np.mean(SIGNS * np.log(p := special.expit(DATA @ w)) + (1.0 - SIGNS) * np.log(1.0 - p))), lambda w: [DATA.T @ (special.expit(DATA @ w) - SIGNS) / 10.0], array(-1.0, 1.0, 3), exact=lambda w: m.fsum(m.log1p(m.exp(z)) - s * z for z, s in zip(_scores(w), SIGNS)) / 10)
plain(L, "ridge regression", lambda w: float(np.sum((DATA @ w - TARGETS) ** 2) + 0.7 * w @ w), lambda w: [2.0 * DATA.T @ (DATA @ w - TARGETS), 1.4 * w], array(-2.0, 2.0, 3), exact=lambda w: m.fsum((z - float(y)) ** 2 for z, y in zip(_scores(w), TARGETS)) + mpf(0.7) * m.fsum(x * x for x in w))
plain(L, "quantile regression", lambda w: float(np.sum(np.maximum(0.8 * (r := TARGETS - DATA @ w), -0.2 * r))), lambda w: [-DATA.T @ np.where(DATA @ w < TARGETS, 0.8, -0.2)], array(-1.0, 2.0, 3), exact=lambda w: m.fsum(max(mpf(0.8) * (float(y) - z), mpf(-0.2) * (float(y) - z)) for z, y in zip(_scores(w), TARGETS)), smooth=False)
plain(L, "loss of Cauchy", lambda w: float(np.sum(np.log1p((DATA @ w - TARGETS) ** 2))), lambda w: [DATA.T @ (2.0 * (r := DATA @ w - TARGETS) / (1.0 + r * r))], array(-1.0, 2.0, 3), exact=lambda w: m.fsum(m.log1p((z - float(y)) ** 2) for z, y in zip(_scores(w), TARGETS)))
plain(L, "gamma regression", lambda w: float(np.sum(TIMES * np.exp(-DATA @ w) + DATA @ w)), lambda w: [-DATA.T @ (TIMES * np.exp(-DATA @ w)), DATA.sum(0)], array(-0.7, 0.7, 3), exact=lambda w: m.fsum(float(t) * m.exp(-z) + z for z, t in zip(_scores(w), TIMES)))
plain(L, "negative binomial", lambda w: float(np.sum((COUNTS + 2.0) * np.log(2.0 + np.exp(DATA @ w)) - COUNTS * (DATA @ w))), lambda w: [DATA.T @ ((COUNTS + 2.0) * (e := np.exp(DATA @ w)) / (2.0 + e)), -DATA.T @ COUNTS], array(-1.0, 1.0, 3), exact=lambda w: m.fsum((float(c) + 2) * m.log(2 + m.exp(z)) - float(c) * z for z, c in zip(_scores(w), COUNTS)))
plain(L, "Cox's likelihood", _cox, lambda w: [_cox_slope(w)], array(-1.0, 1.0, 3), exact=_cox_exact)
plain(L, "focal loss", lambda w: float(-np.sum((1.0 - (p := special.expit(np.where(SIGNS > 0.0, 1.0, -1.0) * (DATA @ w)))) ** 2 * np.log(p))), lambda w: [_focal_slope(w)], array(-1.0, 1.0, 3), exact=_focal_exact)
plain(L, "triplets", lambda a: float(_triplet(a)), lambda a: [2.0 * (a - DATA[0]), -2.0 * (a - DATA[1])], array(-1.0, 1.0, 3), exact=_triplet)
plain(L, "likelihood of a beta", lambda a, b: float(10.0 * special.betaln(a, b) - (a - 1.0) * _logs(0) - (b - 1.0) * _logs(1)), lambda a, b: [(10.0 * special.digamma(a) - _logs(0), 10.0 * special.digamma(b) - _logs(1)), (-10.0 * special.digamma(a + b), -10.0 * special.digamma(a + b))], between(0.5, 5.0, 2), exact=lambda a, b: 10 * m.log(m.beta(a, b)) - (a - 1) * mpf(_logs(0)) - (b - 1) * mpf(_logs(1)))
plain(L, "fit of a decay", lambda a: float(0.5 * np.sum((a[0] * np.exp(-a[1] * TIMES) - SIGNS) ** 2)), lambda a: [_decay_jacobian(a).T @ (a[0] * np.exp(-a[1] * TIMES) - SIGNS)], array(0.3, 1.5, 2), exact=lambda a: m.fsum((a[0] * m.exp(-a[1] * float(t)) - s) ** 2 for t, s in zip(TIMES, SIGNS)) / 2)


def _decay_jacobian(a: Any) -> Any:
    e = np.exp(-a[1] * TIMES)
    return np.stack([e, -a[0] * TIMES * e], 1)


def _logs(which: int) -> float:
    p = special.expit(DATA[:, 0])
    return float(np.sum(np.log(p if which == 0 else 1.0 - p)))
