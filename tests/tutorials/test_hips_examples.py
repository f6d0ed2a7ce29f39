"""HIPS autograd's documented examples: its numbers are ours, from the same text.

tests/tutorials/hips.json has the numbers that HIPS's package 1.9.1 found; tests/interop asks it
again.
"""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import autograd as ag
from tests.tutorials import hips

SPECIAL = SimpleNamespace(
    erf=ag.erf, logsumexp=ag.logsumexp, whole=lambda x: np.floor(x.data).astype(int)
)
HELD: dict[str, list[float]] = json.loads((Path(__file__).parent / "hips.json").read_text())


def program(name: str) -> Any:
    f = hips.EXAMPLES[name].f
    return lambda x: f(np, SPECIAL, x)


@pytest.mark.parametrize("name", hips.EXAMPLES)
def test_an_example_has_the_numbers_of_hips(name: str) -> None:
    _, point, order = hips.EXAMPLES[name]
    f = program(name)
    value, slope = ag.value_and_grad(f)(point)
    found = [float(value), *hips.numbers(slope)]
    for _ in range(order - 1):
        f = ag.grad(f)
        found += hips.numbers(ag.grad(f)(point))
    np.testing.assert_allclose(found, HELD[name], rtol=1e-12, atol=1e-12)


def test_elements_each_by_itself() -> None:
    x = np.linspace(-7.0, 7.0, 15)
    slope = program("tanh_by_exponentials")
    for exact in (lambda z: 1 - z**2, lambda z: -2 * z * (1 - z**2)):
        slope = ag.elementwise_grad(slope)
        np.testing.assert_allclose(slope(x), exact(np.tanh(x)), rtol=1e-8, atol=1e-14)


def test_minimising_the_valley() -> None:
    found = minimize(ag.value_and_grad(program("valley")), np.zeros(2), jac=True, method="CG")
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


def test_fitting_a_mixture_with_products_of_the_hessian() -> None:
    point = hips.MIXTURE
    names = sorted(point)
    sizes = np.cumsum([point[name].size for name in names])[:-1]

    def flat(x: Any) -> Any:
        parts = zip(names, np.split(x, sizes))
        return -program("mixture_of_normals")({n: z.reshape(point[n].shape) for n, z in parts})

    start = np.concatenate([point[name].ravel() for name in names])
    options = {"maxiter": 4}
    found = minimize(flat, start, jac=ag.grad(flat), hessp=ag.hvp(flat), method="Newton-CG", options=options)  # fmt: skip
    assert found.fun < flat(start) - 5


def test_descent_by_adding_up() -> None:
    loss = program("logistic_regression")
    weights, slope = np.zeros(3), ag.grad(loss)
    for _ in range(100):
        weights -= slope(weights) * 0.01
    assert loss(weights) < 0.6 * loss(np.zeros(3))


def test_a_gradient_by_hand() -> None:
    @ag.custom_vjp(lambda g, z, x: g * np.exp(x - z))
    def logsumexp(x: Any) -> Any:
        largest = np.max(x)
        return largest + np.log(np.sum(np.exp(x - largest)))

    def f(y: Any) -> Any:
        return logsumexp(y**2)

    y = np.array([1.5, 6.7, 1e-10])
    np.testing.assert_allclose(ag.grad(f)(y), ag.grad(lambda y: ag.logsumexp(y**2))(y), rtol=1e-14)
    assert ag.gradcheck(f, y).verdict == "right"


def test_the_gradient_of_a_hidden_chain_counts() -> None:
    """Each letter is shown once, and between two there is a step: the E step of EM."""
    point = hips.EXAMPLES["hidden_markov"].point
    start, steps, shown = ag.grad(program("hidden_markov"))(point)
    assert np.isclose(start.sum(), 1.0)
    assert np.isclose(steps.sum(), len(hips.WORD))
    np.testing.assert_allclose(shown.sum(axis=0), np.bincount(hips.WORD), rtol=1e-12)
