"""Plain functions of small arrays: results with several numbers, losses, test functions."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
from scipy import optimize, special

from benchmarks.check_plain_making import array, between, normal, plain

# A table reads best with its lines kept.
# fmt: off

V = "several results"
A = "arrays"
L = "losses"
m = mpmath
RNG = np.random.default_rng(11)
X = RNG.normal(size=(12, 4))
LABELS = np.sign(X @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.5 * RNG.normal(size=12))
TARGETS = X @ np.array([0.5, 1.0, -1.0, 2.0]) + 0.1 * RNG.normal(size=12)
COUNTS = RNG.poisson(2.0, 12).astype(float)
CLASSES = RNG.integers(0, 3, 12)
SYMMETRIC = RNG.normal(size=(5, 5)) + 5.0 * np.eye(5)
SYMMETRIC = 0.5 * (SYMMETRIC + SYMMETRIC.T)


def _rows(a: Any) -> list[Any]:
    """The products of the rows of X with a, in mpmath."""
    return [m.fsum(m.mpf(float(w)) * x for w, x in zip(row, a)) for row in X]


def _spread(s: Any) -> Any:
    return np.diag(s) - np.outer(s, s)


plain(V, "polar to Cartesian", lambda r, t: np.array([r * math.cos(t), r * math.sin(t)]), lambda r, t: [(np.array([math.cos(t), math.sin(t)]), np.array([-r * math.sin(t), r * math.cos(t)]))], between(0.5, 3.0, 2), (1.0, 0.5), exact=lambda r, t: [r * m.cos(t), r * m.sin(t)])
plain(V, "powers", lambda x: np.array([x, x**2, x**3, x**4]), lambda x: [np.array([1.0, 2.0 * x, 3.0 * x**2, 4.0 * x**3])], normal(1.0), 1.0, 0.5, exact=lambda x: [x, x**2, x**3, x**4])
plain(V, "sine and cosine", lambda x: (math.sin(x), math.cos(x)), lambda x: [np.array([math.cos(x), -math.sin(x)])], normal(2.0), 1.0, exact=lambda x: [m.sin(x), m.cos(x)])
plain(V, "softmax", lambda a: np.exp(a) / np.exp(a).sum(), lambda a: [_spread(np.exp(a) / np.exp(a).sum())], array(-2.0, 2.0, 4), exact=lambda a: [m.exp(x) / m.fsum(map(m.exp, a)) for x in a])
plain(V, "elementwise tanh", np.tanh, lambda a: [np.diag(1.0 - np.tanh(a) ** 2)], array(-2.0, 2.0, 5), exact=lambda a: [m.tanh(x) for x in a])
plain(V, "matrix times vector", lambda a: X[:3] @ a, lambda a: [X[:3]], array(-2.0, 2.0, 4), exact=lambda a: _rows(a)[:3])
plain(V, "layer", lambda a: np.tanh(X[:5] @ a), lambda a: [(1.0 - np.tanh(X[:5] @ a) ** 2)[:, None] * X[:5]], array(-1.0, 1.0, 4), exact=lambda a: [m.tanh(x) for x in _rows(a)[:5]])
plain(V, "unit vector", lambda a: a / np.linalg.norm(a), lambda a: [np.eye(3) / np.linalg.norm(a), -np.outer(a, a) / np.linalg.norm(a) ** 3], array(0.2, 2.0, 3), exact=lambda a: [x / m.sqrt(m.fsum(y * y for y in a)) for x in a])
plain(V, "running sums", np.cumsum, lambda a: [np.tril(np.ones((5, 5)))], array(-1.0, 1.0, 5), exact=lambda a: [m.fsum(a[: k + 1]) for k in range(5)])
plain(V, "running products", np.cumprod, lambda a: [_products_slope(a)], array(0.5, 1.5, 4), exact=lambda a: [m.fprod(a[: k + 1]) for k in range(4)])
plain(V, "cross product", lambda a: np.cross(a, [1.0, 2.0, 3.0]), lambda a: [np.array([[0.0, 3.0, -2.0], [-3.0, 0.0, 1.0], [2.0, -1.0, 0.0]])], array(-1.0, 1.0, 3), exact=lambda a: [3 * a[1] - 2 * a[2], a[2] - 3 * a[0], 2 * a[0] - a[1]])
plain(V, "results of very different size", lambda x: np.array([1e6 * x * x, math.sin(x)]), lambda x: [np.array([2e6 * x, math.cos(x)])], between(0.2, 1.4), 0.7, exact=lambda x: [1e6 * x * x, m.sin(x)])
plain(V, "Lorenz", lambda a: np.array([10.0 * (a[1] - a[0]), a[0] * (28.0 - a[2]) - a[1], a[0] * a[1] - 8.0 / 3.0 * a[2]]), lambda a: [np.array([[-10.0, 10.0, 0.0], [28.0 - a[2], -1.0, -a[0]], [a[1], a[0], -8.0 / 3.0]])], array(-10.0, 10.0, 3), exact=lambda a: [10 * (a[1] - a[0]), a[0] * (28 - a[2]) - a[1], a[0] * a[1] - m.mpf(8.0 / 3.0) * a[2]])
plain(V, "residuals of an exponential", lambda a: a[0] * np.exp(-a[1] * np.arange(6.0)) - 1.0, lambda a: [np.stack([np.exp(-a[1] * np.arange(6.0)), -a[0] * np.arange(6.0) * np.exp(-a[1] * np.arange(6.0))], 1)], array(0.2, 1.5, 2), exact=lambda a: [a[0] * m.exp(-a[1] * k) - 1 for k in range(6)])
plain(V, "forward kinematics", lambda a: np.array([np.cos(a[0]) + np.cos(a[0] + a[1]), np.sin(a[0]) + np.sin(a[0] + a[1])]), lambda a: [np.array([[-np.sin(a[0]), 0.0], [np.cos(a[0]), 0.0]]), np.array([[-1.0, -1.0], [0.0, 0.0]]) * np.sin(a[0] + a[1]), np.array([[0.0, 0.0], [1.0, 1.0]]) * np.cos(a[0] + a[1])], array(-2.0, 2.0, 2), exact=lambda a: [m.cos(a[0]) + m.cos(a[0] + a[1]), m.sin(a[0]) + m.sin(a[0] + a[1])])


def _products_slope(a: Any) -> Any:
    p = np.cumprod(a)
    return np.tril(p[:, None] / a[None, :])


plain(A, "scipy's rosen", optimize.rosen, lambda a: [optimize.rosen_der(a)], array(-1.5, 1.5, 4), (np.ones(3) * 1.2,), exact=lambda a: m.fsum(100 * (a[k + 1] - a[k] ** 2) ** 2 + (1 - a[k]) ** 2 for k in range(len(a) - 1)))
plain(A, "Himmelblau", lambda a: (a[0] ** 2 + a[1] - 11.0) ** 2 + (a[0] + a[1] ** 2 - 7.0) ** 2, lambda a: [2.0 * (a[0] ** 2 + a[1] - 11.0) * np.array([2.0 * a[0], 1.0]), 2.0 * (a[0] + a[1] ** 2 - 7.0) * np.array([1.0, 2.0 * a[1]])], array(-4.0, 4.0, 2), exact=lambda a: (a[0] ** 2 + a[1] - 11) ** 2 + (a[0] + a[1] ** 2 - 7) ** 2)
plain(A, "Ackley", lambda a: float(-20.0 * np.exp(-0.2 * np.sqrt(np.mean(a * a))) - np.exp(np.mean(np.cos(2.0 * np.pi * a))) + 20.0 + np.e), lambda a: [4.0 / len(a) * a / np.sqrt(np.mean(a * a)) * np.exp(-0.2 * np.sqrt(np.mean(a * a))), 2.0 * np.pi / len(a) * np.sin(2.0 * np.pi * a) * np.exp(np.mean(np.cos(2.0 * np.pi * a)))], array(-3.0, 3.0, 3), exact=lambda a: -20 * m.exp(-m.mpf(0.2) * m.sqrt(m.fsum(x * x for x in a) / 3)) - m.exp(m.fsum(m.cos(2 * m.pi * x) for x in a) / 3) + 20 + m.e)
plain(A, "Rastrigin of 4", lambda a: float(np.sum(a * a - 10.0 * np.cos(2.0 * np.pi * a))), lambda a: [2.0 * a, 20.0 * np.pi * np.sin(2.0 * np.pi * a)], array(-5.0, 5.0, 4), exact=lambda a: m.fsum(x * x - 10 * m.cos(2 * m.pi * x) for x in a))
plain(A, "quadratic form", lambda a: float(a @ SYMMETRIC @ a), lambda a: [2.0 * SYMMETRIC @ a], array(-1.0, 1.0, 5), exact=lambda a: m.fsum(m.mpf(float(SYMMETRIC[i, j])) * a[i] * a[j] for i in range(5) for j in range(5)))
plain(A, "log sum of exps", lambda a: float(special.logsumexp(a)), lambda a: [special.softmax(a)], array(-3.0, 3.0, 6), (np.array([700.0, 701.0, -5.0]),), exact=lambda a: max(a) + m.log(m.fsum(m.exp(x - max(a)) for x in a)))
plain(A, "norm", lambda a: float(np.linalg.norm(a)), lambda a: [a / np.linalg.norm(a)], array(-1.0, 1.0, 6), (np.array([1e-5, 1.0]),), exact=lambda a: m.sqrt(m.fsum(x * x for x in a)))
plain(A, "entropy", lambda a: float(-np.sum(special.xlogy(a, a))), lambda a: [-1.0 - np.log(a)], array(0.05, 1.0, 4), exact=lambda a: -m.fsum(x * m.log(x) for x in a))
plain(A, "log of a determinant", lambda a: float(np.linalg.slogdet(a)[1]), lambda a: [np.linalg.inv(a).T], lambda rng: (array(-0.5, 0.5, 3, 3)(rng)[0] + 2.0 * np.eye(3),), exact=lambda a: m.log(abs(m.det(m.matrix(a.tolist())))))
plain(A, "trace of a cube", lambda a: float(np.trace(a @ a @ a)), lambda a: [3.0 * (a @ a).T], array(-1.0, 1.0, 3, 3), exact=lambda a: np.trace(a.dot(a).dot(a)))
plain(A, "variance", lambda a: float(np.var(a)), lambda a: [2.0 / len(a) * (a - a.mean())], array(-1.0, 1.0, 6), exact=lambda a: m.fsum((x - m.fsum(a) / 6) ** 2 for x in a) / 6)
plain(A, "geometric mean", lambda a: float(np.prod(a) ** 0.25), lambda a: [0.25 * np.prod(a) ** 0.25 / a], array(0.2, 2.0, 4), exact=lambda a: m.fprod(a) ** m.mpf(0.25))
plain(A, "Lennard-Jones of 3", lambda a: _lennard(a.reshape(3, 2)), lambda a: [_lennard_slope(a.reshape(3, 2)).ravel()], lambda rng: (np.array([0.0, 0.0, 1.2, 0.1, 0.5, 1.1]) + 0.1 * array(-1.0, 1.0, 6)(rng)[0],), exact=lambda a: _lennard(a.reshape(3, 2)))
plain(A, "sum of 100 sines", lambda a: float(np.sin(a).sum()), lambda a: [np.cos(a)], array(-3.0, 3.0, 100), exact=lambda a: m.fsum(map(m.sin, a)))
plain(A, "rosen of 60", optimize.rosen, lambda a: [optimize.rosen_der(a)], array(-1.5, 1.5, 60), exact=lambda a: m.fsum(100 * (a[k + 1] - a[k] ** 2) ** 2 + (1 - a[k]) ** 2 for k in range(59)))
plain(A, "entries of very different size", lambda a: float(1e6 * a[0] ** 2 + a[1] ** 2 + 1e-4 * a[2] ** 2), lambda a: [2.0 * a * np.array([1e6, 1.0, 1e-4])], array(0.3, 1.0, 3), exact=lambda a: 1000000 * a[0] ** 2 + a[1] ** 2 + m.mpf(1e-4) * a[2] ** 2)


def _lennard(p: Any) -> Any:
    total: Any = 0
    for i in range(3):
        for j in range(i):
            d = p[i] - p[j]
            s = 1 / (d[0] * d[0] + d[1] * d[1])
            total += 4 * (s**6 - s**3)
    return total


def _lennard_slope(p: Any) -> Any:
    g = np.zeros((3, 2))
    for i in range(3):
        for j in range(i):
            d = p[i] - p[j]
            s = 1.0 / (d @ d)
            force = 4.0 * (6.0 * s**5 - 3.0 * s**2) * -2.0 * s**2 * d
            g[i] += force
            g[j] -= force
    return g


def _softmaxes(w: Any) -> Any:
    return special.softmax(X[:, :2] @ w.reshape(2, 3), 1)


def _cross_entropy_exact(w: Any) -> Any:
    total = m.mpf(0)
    for row, c in zip(X[:, :2], CLASSES):
        scores = [m.fsum(m.mpf(float(x)) * w[3 * i + k] for i, x in enumerate(row)) for k in range(3)]
        total += m.log(m.fsum(map(m.exp, scores))) - scores[c]
    return total / 12


def _mlp(w: Any, exp: Any = np.tanh) -> Any:
    return np.mean((np.tanh(X[:, :2] @ w[:4].reshape(2, 2)) @ w[4:6] + w[6] - TARGETS) ** 2)


def _mlp_slope(w: Any) -> Any:
    h = np.tanh(X[:, :2] @ w[:4].reshape(2, 2))
    r = 2.0 / 12.0 * (h @ w[4:6] + w[6] - TARGETS)
    inner = X[:, :2].T @ (np.outer(r, w[4:6]) * (1.0 - h * h))
    return np.concatenate([inner.ravel(), h.T @ r, [r.sum()]])


def _mlp_exact(w: Any) -> Any:
    total = m.mpf(0)
    for row, y in zip(X[:, :2], TARGETS):
        h = [m.tanh(sum(m.mpf(float(x)) * w[2 * i + k] for i, x in enumerate(row))) for k in range(2)]
        total += (h[0] * w[4] + h[1] * w[5] + w[6] - m.mpf(float(y))) ** 2
    return total / 12


def _logistic_slope(w: Any) -> Any:
    return -X.T @ (LABELS * special.expit(-LABELS * (X @ w)))


plain(L, "logistic regression", lambda w: float(np.log1p(np.exp(-LABELS * (X @ w))).sum()), lambda w: [_logistic_slope(w)], array(-1.0, 1.0, 4), exact=lambda w: m.fsum(m.log1p(m.exp(-float(y) * z)) for y, z in zip(LABELS, _rows(w))))
plain(L, "logistic regression with a penalty", lambda w: float(np.log1p(np.exp(-LABELS * (X @ w))).sum() + 0.5 * w @ w), lambda w: [_logistic_slope(w), w], array(-1.0, 1.0, 4), exact=lambda w: m.fsum(m.log1p(m.exp(-float(y) * z)) for y, z in zip(LABELS, _rows(w))) + m.fsum(x * x for x in w) / 2)
plain(L, "least squares", lambda w: float(np.mean((X @ w - TARGETS) ** 2)), lambda w: [2.0 / 12.0 * X.T @ (X @ w - TARGETS)], array(-1.0, 1.0, 4), exact=lambda w: m.fsum((z - float(y)) ** 2 for y, z in zip(TARGETS, _rows(w))) / 12)
plain(L, "lasso", lambda w: float(np.mean((X @ w - TARGETS) ** 2) + 0.1 * np.abs(w).sum()), lambda w: [2.0 / 12.0 * X.T @ (X @ w - TARGETS), 0.1 * np.sign(w)], array(-1.0, 1.0, 4), (np.array([1e-5, 0.5, -0.5, 1.0]),), exact=lambda w: m.fsum((z - float(y)) ** 2 for y, z in zip(TARGETS, _rows(w))) / 12 + m.mpf(0.1) * m.fsum(map(abs, w)), smooth=False)
plain(L, "Huber regression", lambda w: float(special.huber(1.0, X @ w - TARGETS).sum()), lambda w: [X.T @ np.clip(X @ w - TARGETS, -1.0, 1.0)], array(-1.0, 1.0, 4), exact=lambda w: m.fsum(d * d / 2 if abs(d) <= 1 else abs(d) - m.mpf(0.5) for d in (z - float(y) for y, z in zip(TARGETS, _rows(w)))), smooth=False)
plain(L, "hinge of a machine", lambda w: float(np.maximum(0.0, 1.0 - LABELS * (X @ w)).sum() + 0.5 * w @ w), lambda w: [-X.T @ (LABELS * (LABELS * (X @ w) < 1.0)), w], array(-1.0, 1.0, 4), exact=lambda w: m.fsum(max(m.mpf(0), 1 - float(y) * z) for y, z in zip(LABELS, _rows(w))) + m.fsum(x * x for x in w) / 2, smooth=False)
plain(L, "Poisson regression", lambda w: float(np.sum(np.exp(X @ w) - COUNTS * (X @ w))), lambda w: [X.T @ (np.exp(X @ w) - COUNTS)], array(-0.7, 0.7, 4), exact=lambda w: m.fsum(m.exp(z) - float(c) * z for c, z in zip(COUNTS, _rows(w))))
plain(L, "cross entropy", lambda w: float(-np.log(_softmaxes(w)[np.arange(12), CLASSES]).mean()), lambda w: [(X[:, :2].T @ (_softmaxes(w) - np.eye(3)[CLASSES]) / 12.0).ravel()], array(-1.0, 1.0, 6), exact=_cross_entropy_exact)
plain(L, "network of two layers", lambda w: float(_mlp(w)), lambda w: [_mlp_slope(w)], array(-1.0, 1.0, 7), exact=_mlp_exact)
plain(L, "likelihood of a normal", lambda u, s: float(0.5 * np.sum(((TARGETS - u) / s) ** 2) + 12.0 * np.log(s)), lambda u, s: [(-float(np.sum(TARGETS - u)) / s**2, -float(np.sum((TARGETS - u) ** 2)) / s**3 + 12.0 / s)], between(0.3, 2.0, 2), (0.0, 1.0), exact=lambda u, s: m.fsum(((float(y) - u) / s) ** 2 for y in TARGETS) / 2 + 12 * m.log(s))
plain(L, "probit regression", lambda w: float(-special.log_ndtr(LABELS * (X @ w)).sum()), lambda w: [-X.T @ (LABELS * np.exp(-0.5 * (X @ w) ** 2 - special.log_ndtr(LABELS * (X @ w))) / np.sqrt(2.0 * np.pi))], array(-0.7, 0.7, 4), exact=lambda w: -m.fsum(m.log(m.ncdf(float(y) * z)) for y, z in zip(LABELS, _rows(w))))
plain(L, "KL to a target", lambda a: float(special.kl_div(special.softmax(a), np.array([0.5, 0.3, 0.2])).sum()), lambda a: [_kl_slope(a)], array(-1.0, 1.0, 3), exact=lambda a: m.fsum((p := m.exp(x) / m.fsum(map(m.exp, a))) * m.log(p / m.mpf(t)) for x, t in zip(a, (0.5, 0.3, 0.2))))
plain(L, "cosine similarity", lambda a, b: float(a @ b / np.sqrt(a @ a * (b @ b))), lambda a, b: [(b / np.sqrt(a @ a * (b @ b)), a / np.sqrt(a @ a * (b @ b))), (-a * (a @ b) / np.sqrt(a @ a) ** 3 / np.sqrt(b @ b), -b * (a @ b) / np.sqrt(b @ b) ** 3 / np.sqrt(a @ a))], lambda rng: (array(-1.0, 1.0, 3)(rng)[0], array(-1.0, 1.0, 3)(rng)[0]), exact=lambda a, b: a.dot(b) / m.sqrt(a.dot(a) * b.dot(b)))


def _kl_slope(a: Any) -> Any:
    p = special.softmax(a)
    s = np.log(p / np.array([0.5, 0.3, 0.2]))
    return p * (s - p @ s)
