"""Inputs in single and half precision: plain functions and their rules get what users give."""

from typing import Any

import numpy as np
import pytest

from autograd.checking import gradcheck
from autograd.checking.inputs import Leaf

pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning"),
]


def single(x: Any) -> Any:
    assert x.dtype == np.float32
    return x


FUNCTIONS: dict[str, Any] = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "rational": (lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
    "double inside": (lambda x: np.sin(x.astype(float)), np.cos),
}
POINTS = np.linspace(-2.9, 3.0, 12).astype(np.float32)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_rules_in_single_precision_are_judged_by_it(name: str) -> None:
    f, slope = FUNCTIONS[name]
    for factor, verdict in ((1.0, "right"), (1.01, "wrong")):
        form = scaled(slope, factor)
        for x in POINTS:
            for at in (x, np.array([x])):
                report = gradcheck(
                    lambda x: f(single(x)).sum(),
                    at,
                    derivative=form,
                    raise_error=False,
                    strict=False,
                )
                assert report.verdict == verdict, (x, str(report))


def scaled(slope: Any, factor: float) -> Any:
    return lambda x: np.float32(factor) * slope(single(x))


def test_second_derivatives_in_single_precision_are_symmetric_to_its_digits() -> None:
    M = np.random.default_rng(1).normal(size=(3, 3)).astype(np.float32)
    H = M @ M.T
    H[0, 1] *= np.float32(1 + 1e-6)
    x = np.array([0.1, 0.2, 0.3], np.float32)
    report = gradcheck(
        lambda x: x @ H @ x / 2, x, derivative=lambda x: (H + H.T) @ x / 2, hessian=lambda x: H
    )
    assert report.count("right") == 6


def test_seeds_and_tangents_are_single_too() -> None:
    A = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)

    def vjp(x: Any, seed: Any) -> Any:
        return (single(seed) * (1 - np.tanh(A @ single(x)) ** 2)) @ A

    def jvp(x: Any, tangent: Any) -> Any:
        return (1 - np.tanh(A @ single(x)) ** 2) * (A @ single(tangent))

    x = np.array([0.1, 0.2, 0.3], np.float32)
    report = gradcheck(lambda x: np.tanh(A @ single(x)), x, vjp=vjp, jvp=jvp)
    assert (report.count("right"), report.notes) == (6, ("jvp and vjp agree with each other",))


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_steps_lead_to_numbers_of_the_type(kind: Any) -> None:
    for x in (kind(1.1), kind(-3.3e-3), kind(1000.7), kind(0.0)):
        leaf, at = Leaf("x", x), float(x)
        steps = leaf.steps(at, [2.0**-k for k in range(-20, 60, 2)])
        assert steps
        assert all(at + h == float(kind(at + h)) for h in steps)
        assert type(leaf.plain(np.array(at))) is kind
