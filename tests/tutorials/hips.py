"""The mathematics of HIPS autograd's documented examples, in our words.

A program takes NumPy's namespace `m`, special functions `s` and its variables; so the same text
runs on this package, where `m` is NumPy itself, and on HIPS's, where it is `autograd.numpy`. Run
as a script in HIPS's environment it prints what HIPS finds: tests/tutorials/hips.json.
"""

import itertools
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Example(NamedTuple):
    """A function of one number, array or tree, and a point."""

    f: Callable[..., Any]
    point: Any
    order: int = 1


EXAMPLES: dict[str, Example] = {}


def example(point: Any, order: int = 1) -> Callable[..., Any]:
    def named(f: Callable[..., Any]) -> Callable[..., Any]:
        EXAMPLES[f.__name__] = Example(f, point, order)
        return f

    return named


def some(*shape: int, seed: int = 0, scale: float = 1.0) -> Any:
    return np.random.default_rng([seed, *shape]).normal(size=shape) * scale


# The tutorial, and one number after another


@example(2.5, order=3)
def sine_by_a_series(m: Any, s: Any, x: Any) -> Any:
    total = term = x
    k = 1
    while m.abs(term) > 1e-3:
        term = -term * x**2 / ((k + 1) * (k + 2))
        total = total + term
        k += 2
    return total


@example(0.75, order=5)
def tanh_by_exponentials(m: Any, s: Any, x: Any) -> Any:
    return (1.0 - m.exp(-2 * x)) / (1.0 + m.exp(-(2 * x)))


@example(np.array([-0.3, 0.8]))
def valley(m: Any, s: Any, x: Any) -> Any:
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


ROWS = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.3], [0.74, -2.49, 1.39]])
LABELS = np.array([True, True, False, True])


@example(np.array([0.1, -0.2, 0.3]))
def logistic_regression(m: Any, s: Any, weights: Any) -> Any:
    p = 0.5 * (m.tanh(m.dot(ROWS, weights) / 2.0) + 1)
    return -m.sum(m.log(p * LABELS + (1 - p) * (1 - LABELS)))


@example(3.0)
def root_by_descent(m: Any, s: Any, a: Any) -> Any:
    x = 10.0
    for _ in range(120):
        x = x - 0.05 * (x**2 - a)
    return x


# Densities


def log_normal(m: Any, x: Any, mean: Any, deviation: Any) -> Any:
    apart = (x - mean) / deviation
    return -0.5 * apart**2 - m.log(deviation) - 0.5 * np.log(2 * np.pi)


def log_normal_of_vectors(m: Any, x: Any, mean: Any, covariance: Any) -> Any:
    apart = x - mean
    distance = m.sum(apart * m.linalg.solve(covariance, apart.T).T, axis=-1)
    _, size = m.linalg.slogdet(covariance)
    return -0.5 * (distance + size + x.shape[-1] * np.log(2 * np.pi))


MIXTURE = {"shares": some(3), "means": some(3, 2), "roots": some(3, 2, 2, scale=0.2) + np.eye(2)}
POINTS = some(12, 2, seed=1)


@example(MIXTURE)
def mixture_of_normals(m: Any, s: Any, p: Any) -> Any:
    shares = p["shares"] - s.logsumexp(p["shares"])
    each = []
    for i in range(3):
        covariance = m.dot(p["roots"][i].T, p["roots"][i])
        each.append(shares[i] + log_normal_of_vectors(m, POINTS, p["means"][i], covariance))
    return m.sum(s.logsumexp(m.vstack(each), axis=0))


INPUTS = np.concatenate([np.linspace(-2, -0.5, 6), np.linspace(1, 2, 6)])[:, None]
TARGETS = np.cos(2 * INPUTS[:, 0]) / 2


def bells(m: Any, p: Any, x: Any, y: Any) -> Any:
    """Covariances that fall with the distance."""
    lengths = m.exp(p[1:])
    apart = m.expand_dims(x / lengths, 1) - m.expand_dims(y / lengths, 0)
    return m.exp(p[0]) * m.exp(-0.5 * m.sum(apart**2, axis=2))


def of_process(m: Any, p: Any, x: Any, y: Any) -> Any:
    """The logarithm of the density of values of a Gaussian process."""
    covariance = bells(m, p[2:], x, x) + (m.exp(p[1]) + 1e-4) * np.eye(len(y))
    apart = y - p[0]
    _, size = m.linalg.slogdet(covariance)
    distance = m.dot(apart, m.linalg.solve(covariance, apart))
    return -0.5 * (distance + size + len(y) * np.log(2 * np.pi))


@example(np.array([0.1, -1.5, 0.2, -0.3]))
def gaussian_process(m: Any, s: Any, p: Any) -> Any:
    return of_process(m, p, INPUTS, TARGETS)


@example(some(4 + 4 + 12, scale=0.1))
def deep_gaussian_process(m: Any, s: Any, p: Any) -> Any:
    hidden = p[8:]
    first = of_process(m, p[:4], INPUTS, hidden)
    return first + of_process(m, p[4:8], m.atleast_2d(hidden).T, TARGETS)


@example(some(8 + 20, scale=0.3))
def latent_variables_of_a_process(m: Any, s: Any, p: Any) -> Any:
    each = m.reshape(p[:8], (2, 4))
    latent = m.reshape(p[8:], (20, 1))
    data = some(20, 2, seed=3)
    fits = sum([of_process(m, each[i], latent, data[:, i]) for i in range(2)])
    return fits + m.sum(log_normal(m, latent, 0.0, 1.0))


@example(np.array([0.4]))
def acquisition(m: Any, s: Any, x: Any) -> Any:
    p = np.array([0.1, -1.5, 0.2, -0.3])
    covariance = bells(m, p[2:], INPUTS, INPUTS) + (np.exp(p[1]) + 1e-4) * np.eye(len(TARGETS))
    beside = bells(m, p[2:], INPUTS, m.atleast_2d(x))
    by = m.linalg.solve(covariance, beside)
    mean = p[0] + m.dot(by.T, TARGETS - p[0])
    deviation = m.sqrt(m.diag(np.exp(p[2]) - m.dot(by.T, beside)))
    best = np.max(TARGETS)
    z = (mean - best) / deviation
    share = 0.5 * (1 + s.erf(z / np.sqrt(2)))
    return m.sum((mean - best) * share + deviation * m.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))


COUNTS = np.array([3, 0, 7, 2, 11, 4, 1, 5])


@example((4.0, 0.4))
def negative_binomial(m: Any, s: Any, p: Any) -> Any:
    r, share = p
    rising = sum(
        [m.sum(m.log(r + np.arange(n))) - np.sum(np.log(np.arange(1, n + 1))) for n in COUNTS]
    )
    return rising + np.sum(COUNTS) * m.log(share) + len(COUNTS) * r * m.log(1 - share)


SEEN = some(10, 6, seed=4)


@example(some(6 * 2 + 2 * 10 + 1, scale=0.5))
def independent_components(m: Any, s: Any, p: Any) -> Any:
    weights, latent = m.reshape(p[:12], (6, 2)), m.reshape(p[12:32], (2, 10))
    noise = m.exp(p[-1])
    z = (m.dot(weights, latent).T - SEEN) / noise
    return m.sum(-1.7 * m.log(1 + z**2 / 2.4) - m.log(noise))


WORD = [0, 2, 1, 1, 3, 0, 2, 3]


@example((some(3), some(3, 3), some(3, 4)))
def hidden_markov(m: Any, s: Any, p: Any) -> Any:
    """Its gradient by the logarithms are the counts that the EM algorithm expects."""
    start, steps, shown = p
    forward = start
    for letter in WORD:
        forward = s.logsumexp(forward[:, None] + steps, axis=0) + shown[:, letter]
    return s.logsumexp(forward)


NOISE = some(9, 2, seed=5)


@example(some(4, scale=0.5))
def variational_bound(m: Any, s: Any, p: Any) -> Any:
    mean, width = p[:2], p[2:]
    samples = NOISE * m.exp(width) + mean
    place, size = samples[:, 0], samples[:, 1]
    target = log_normal(m, size, 0.0, 1.35) + log_normal(m, place, 0.0, m.exp(size))
    return m.sum(width) + 1 + np.log(2 * np.pi) + m.mean(target)


@example(some(3 + 3 * 4, scale=0.5))
def variational_mixture(m: Any, s: Any, p: Any) -> Any:
    shares, parts = p[:3] - s.logsumexp(p[:3]), m.reshape(p[3:], (3, 4))
    bound = 0.0
    for k in range(3):
        x = NOISE * m.exp(parts[k, 2:]) + parts[k, :2]
        each = [m.sum(log_normal(m, x, q[:2], m.exp(q[2:])), axis=-1) for q in parts]
        density = s.logsumexp(m.vstack(each).T + shares, axis=1)
        target = m.logaddexp(log_normal(m, x[:, 0], 1.0, 0.5), log_normal(m, x[:, 1], -1.0, 0.5))
        bound = bound + m.exp(shares[k]) * m.mean(target - density)
    return bound


# Networks


def layers(*sizes: int, seed: int = 0, scale: float = 0.4) -> Any:
    pairs = enumerate(itertools.pairwise(sizes))
    return [
        (some(n, k, seed=seed + i, scale=scale), some(k, seed=seed + i, scale=scale))
        for i, (n, k) in pairs
    ]


def through(m: Any, parts: Any, x: Any, slope: Any) -> Any:
    for W, b in parts:
        z = m.dot(x, W) + b
        x = slope(z)
    return z


BATCH, CLASSES = some(7, 5, seed=6), np.eye(3)[[0, 2, 1, 1, 0, 2, 2]]


@example(layers(5, 4, 3))
def classifier(m: Any, s: Any, p: Any) -> Any:
    z = through(m, p, BATCH, m.tanh)
    likelihood = m.sum((z - s.logsumexp(z, axis=1, keepdims=True)) * CLASSES)
    return likelihood - 0.5 * sum([m.sum(W**2) + m.sum(b**2) for W, b in p])


@example(layers(1, 4, 4, 1))
def regression(m: Any, s: Any, p: Any) -> Any:
    z = through(m, p, INPUTS, m.tanh)
    return m.sum(log_normal(m, z, TARGETS[:, None], 0.1))


@example(some(3, (1 + 1) * 4 + (4 + 1) * 1, scale=0.5))
def bayesian_network(m: Any, s: Any, sets: Any) -> Any:
    x, at = m.expand_dims(INPUTS, 0), 0
    for n, k in ((1, 4), (4, 1)):
        W = m.reshape(sets[:, at : at + n * k], (3, n, k))
        b = m.reshape(sets[:, at + n * k : at + (n + 1) * k], (3, 1, k))
        z = m.einsum("mnd,mdo->mno", x, W) + b
        x, at = m.exp(-(z**2)), at + (n + 1) * k
    return m.sum(-m.sum((z - TARGETS[:, None]) ** 2, axis=1)[:, 0] / 0.1 - m.sum(sets**2, axis=1))


IMAGES = some(2, 1, 6, 6, seed=7)


@example({"kernel": some(3, 1, 3, 3, scale=0.4), "bias": some(3), "out": some(12, 2, scale=0.4)})
def convolutions(m: Any, s: Any, p: Any) -> Any:
    z = p["bias"][:, None, None]
    for i, j in itertools.product(range(3), range(3)):
        part = IMAGES[:, :, i : i + 4, j : j + 4]
        z = z + m.einsum("nchw,kc->nkhw", part, p["kernel"][:, :, i, j])
    largest = m.max(m.max(m.reshape(z, (2, 3, 2, 2, 2, 2)), axis=5), axis=3)
    z = m.dot(m.reshape(m.tanh(largest), (2, 12)), p["out"])
    return m.sum((z - s.logsumexp(z, axis=1, keepdims=True))[:, 0])


TEXT = np.eye(4)[[[0, 2], [1, 1], [3, 0], [2, 2], [0, 3]]]
"""Five letters of two texts."""


def joined(m: Any, weights: Any, *parts: Any) -> Any:
    return m.dot(m.hstack((*parts, np.ones((parts[0].shape[0], 1)))), weights)


def likelihood(m: Any, s: Any, weights: Any, hidden: Any, letters: Any) -> Any:
    z = joined(m, weights, hidden)
    return m.sum((z - s.logsumexp(z, axis=1, keepdims=True)) * letters)


@example({"start": some(1, 3), "change": some(4 + 3 + 1, 3, scale=0.4), "predict": some(3 + 1, 4)})
def recurrent_network(m: Any, s: Any, p: Any) -> Any:
    hidden, total = m.repeat(p["start"], 2, axis=0), 0.0
    for letters in TEXT:
        total += likelihood(m, s, p["predict"], hidden, letters)
        hidden = m.tanh(joined(m, p["change"], letters, hidden))
    return total / TEXT.size


GATES = ("change", "forget", "into", "out")


@example(
    {"cells": some(1, 3), "start": some(1, 3, seed=1), "predict": some(3 + 1, 4)}
    | {name: some(4 + 3 + 1, 3, seed=i, scale=0.4) for i, name in enumerate(GATES)}
)
def long_short_term_memory(m: Any, s: Any, p: Any) -> Any:
    gate = lambda z: 0.5 * (m.tanh(z) + 1.0)  # noqa: E731
    hidden, cells, total = m.repeat(p["start"], 2, axis=0), m.repeat(p["cells"], 2, axis=0), 0.0
    for letters in TEXT:
        total += likelihood(m, s, p["predict"], hidden, letters)
        change, forget, into, out = (joined(m, p[name], letters, hidden) for name in GATES)
        cells = cells * gate(forget) + gate(into) * m.tanh(change)
        hidden = gate(out) * m.tanh(cells)
    return total / TEXT.size


def standardised(m: Any, z: Any) -> Any:
    centred = z - m.mean(z, axis=0, keepdims=True)
    return centred / (m.std(z, axis=0, keepdims=True) + 1)


def standard_network(m: Any, parts: Any, x: Any) -> Any:
    for W, b in parts[:-1]:
        x = m.maximum(0, standardised(m, m.dot(x, W) + b))
    return m.dot(x, parts[-1][0]) + parts[-1][1]


@example((layers(2, 4, 5), layers(5, 4, 1, seed=3)))
def adversaries(m: Any, s: Any, p: Any) -> Any:
    makes, judges = p
    made = 0.5 * (m.tanh(standard_network(m, makes, some(7, 2, seed=8))) + 1.0)
    odds = [standard_network(m, judges, x) for x in (BATCH, made)]
    right, wrong = (z - m.logaddexp(0, z) for z in odds)
    return m.mean(right) - m.mean(wrong)


@example((layers(2, 4, 5), layers(5, 4, 4, seed=3)))
def variational_encoder(m: Any, s: Any, p: Any) -> Any:
    decoder, encoder = p
    found = standard_network(m, encoder, BATCH)
    mean, width = found[:, :2], found[:, 2:]
    latent = some(7, 2, seed=9) * m.exp(width) + mean
    inside = m.sum(
        log_normal(m, latent, 0.0, 1.0) - log_normal(m, latent, mean, m.exp(width)), axis=-1
    )
    odds = standard_network(m, decoder, latent)
    return m.mean(inside + m.sum(-m.logaddexp(0, -odds * np.sign(BATCH)), axis=-1))


# Simulations


@example(layers(2, 5, 2, scale=0.5))
def differential_equation(m: Any, s: Any, p: Any) -> Any:
    """Of Runge and Kutta's steps; HIPS's example asks SciPy for its solver."""
    y, h, total = np.array([2.0, 0.0]), 0.1, 0.0
    for _ in range(8):
        k = through(m, p, y, m.tanh)
        middle = through(m, p, y + h / 2 * k, m.tanh)
        y = y + h * middle
        total = total + m.sum(m.abs(y - np.array([1.0, -0.5])))
    return total


def neighbours(m: Any, f: Any) -> Any:
    return (
        m.roll(f, 1, axis=0) + m.roll(f, -1, axis=0) + m.roll(f, 1, axis=1) + m.roll(f, -1, axis=1)
    )


def without_divergence(m: Any, vx: Any, vy: Any) -> Any:
    h = 1.0 / vx.shape[0]
    ahead = m.roll(vx, -1, axis=0) - m.roll(vx, 1, axis=0)
    aside = m.roll(vy, -1, axis=1) - m.roll(vy, 1, axis=1)
    source, p = -0.5 * h * (ahead + aside), np.zeros(vx.shape)
    for _ in range(6):
        p = (source + neighbours(m, p)) / 4.0
    vx = vx - 0.5 * (m.roll(p, -1, axis=0) - m.roll(p, 1, axis=0)) / h
    return vx, vy - 0.5 * (m.roll(p, -1, axis=1) - m.roll(p, 1, axis=1)) / h


def carried(m: Any, whole: Any, f: Any, vx: Any, vy: Any) -> Any:
    """What was upstream a moment ago, between four cells."""
    n, k = f.shape
    across, down = np.meshgrid(np.arange(n), np.arange(k))
    x, y = m.ravel(down - vx), m.ravel(across - vy)
    left, top = whole(x), whole(y)
    u, v = x - left, y - top
    left, top, right, low = left % n, top % k, (left + 1) % n, (top + 1) % k
    upper = (1 - v) * f[left, top] + v * f[left, low]
    lower = (1 - v) * f[right, top] + v * f[right, low]
    return m.reshape((1 - u) * upper + u * lower, (n, k))


SMOKE = np.add.outer(np.arange(6), np.arange(6)) % 3 / 2.0


@example(some(2, 6, 6, scale=0.7))
def smoke(m: Any, s: Any, speeds: Any) -> Any:
    vx, vy, f = speeds[0], speeds[1], SMOKE
    for _ in range(3):
        vx, vy = carried(m, s.whole, vx, vx, vy), carried(m, s.whole, vy, vx, vy)
        vx, vy = without_divergence(m, vx, vy)
        f = carried(m, s.whole, f, vx, vy)
    return m.mean((f - SMOKE.T[::-1]) ** 2)


# What is held


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [x for name in sorted(tree) for x in leaves(tree[name])]
    if isinstance(tree, (list, tuple)):
        return [x for each in tree for x in leaves(each)]
    return [tree]


def numbers(tree: Any) -> list[float]:
    """The sums of all numbers of a derivative with three sets of weights."""
    flat = np.concatenate([np.ravel(x) for x in leaves(tree)])
    return [float(flat @ some(flat.size, seed=k)) for k in range(3)]


def found(m: Any, s: Any, value_and_grad: Any, grad: Any) -> dict[str, list[float]]:
    """The value of each example, and numbers of its derivatives."""
    answers = {}
    for name, (f, point, order) in EXAMPLES.items():
        of = lambda x, f=f: f(m, s, x)  # noqa: E731
        value, slope = value_and_grad(of)(point)
        answers[name] = [float(value), *numbers(slope)]
        for _ in range(order - 1):
            of = grad(of)
            answers[name] += numbers(grad(of)(point))
    return answers


if __name__ == "__main__":
    import autograd.numpy
    from autograd.scipy import special

    import autograd

    special.whole = lambda x: autograd.numpy.floor(x).astype(int)
    print(
        json.dumps(found(autograd.numpy, special, autograd.value_and_grad, autograd.grad), indent=1)
    )
