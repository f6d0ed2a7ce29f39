"""Witnesses for a derivative by hand besides differences: its own rounding, and a complex step."""

import math
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.checking import gradcheck
from autograd.checking.byhand import Given
from autograd.checking.complex_step import derivative
from autograd.checking.inputs import Inputs

pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning"),
]


def plain(x: Any) -> Any:
    """Return what leaves no graph."""
    return x if isinstance(x, (float, complex)) else np.asarray(x, complex)


def verdict(f: Any, x: Any, slope: Any) -> str:
    return gradcheck(f, x, derivative=slope, raise_error=False, strict=False).verdict


# Rounding errors of the derivative


def ratio(x: Any) -> Any:
    return np.expm1(np.asarray(x, float)) / x


def ratio_slope(x: Any) -> Any:
    return (x * np.exp(x) - np.exp(x) + 1) / x**2


def cosine_ratio(x: float) -> float:
    return 2 * (math.sin(x / 2) / x) ** 2


def cosine_slope(x: float) -> float:
    return (x * math.sin(x) - 2 * (1 - math.cos(x))) / x**3


@pytest.mark.parametrize(
    ("f", "slope", "xs"),
    [(ratio, ratio_slope, (1e-5, 1e-6, 1e-7)), (cosine_ratio, cosine_slope, (1e-4, 1e-5, 1e-6))],
)
def test_a_derivative_that_loses_its_digits_is_inaccurate(f: Any, slope: Any, xs: Any) -> None:
    for x in xs:
        assert verdict(f, x, slope) == "inaccurate", x
        assert verdict(f, x, lambda x: slope(x) + 1e6) == "wrong", x


def test_so_it_is_along_directions() -> None:
    for n in (3, 30):
        x = np.full(n, 1e-6)
        assert verdict(lambda x: np.sum(ratio(x)), x, ratio_slope) == "inaccurate"


@pytest.mark.parametrize("factor", [1.01, 1.1, -1.0])
@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (lambda x: math.sin(1e6 * x), lambda x: 1e6 * math.cos(1e6 * x), 1.1),
        (lambda x: math.sin(1e3 * x), lambda x: 1e3 * math.cos(1e3 * x), 1.1),
        (lambda x: 1 / (x - 1), lambda x: -1 / (x - 1) ** 2, 1.0001),
        (lambda x: math.tan(x), lambda x: 1 + math.tan(x) ** 2, 1.57),
        (lambda x: math.sqrt(x), lambda x: 0.5 / math.sqrt(x), 1e-12),
    ],
)
def test_what_varies_much_is_no_rounding(f: Any, slope: Any, x: float, factor: float) -> None:
    assert verdict(f, x, slope) == "right"
    assert verdict(f, x, lambda x: factor * slope(x)) == "wrong"


def test_a_derivative_that_raises_beside_the_point_changes_nothing() -> None:
    def slope(x: Any) -> Any:
        if x != 1.0:
            raise ValueError("only here")
        return 3.3

    for f in (lambda x: x**3, lambda x: math.pow(x, 3)):
        report = gradcheck(f, 1.0, derivative=slope, raise_error=False)
        assert (report.problem, report.verdict) == ("", "wrong")


@pytest.mark.parametrize("other", [(2.0,), (), "text", None, {"x": 1.0}, 1 / 3, ZeroDivisionError])
def test_a_derivative_that_is_not_made_for_values_changes_nothing(other: Any) -> None:
    def slope(x: Any, y: Any) -> Any:
        if isinstance(x, ag.Value):
            if isinstance(other, type):
                raise other
            return other
        return 1.01 * y, x

    report = gradcheck(lambda x, y: x * y, 1.0, 2.0, derivative=slope, raise_error=False)
    assert [str(entry.verdict) for entry in report.entries] == ["wrong", "right"]
    assert report.problem == ""


# The complex step


def fast(x: Any) -> Any:
    return np.sin(1e9 * plain(x))


def fast_slope(x: Any) -> Any:
    return 1e9 * np.cos(1e9 * x)


POINTS = np.linspace(0.1, 3.0, 10).tolist()


def test_a_complex_step_resolves_what_differences_do_not() -> None:
    reports = [gradcheck(fast, x, derivative=fast_slope) for x in POINTS]
    assert {report.verdict for report in reports} == {"right"}


def test_it_calls_nothing_wrong() -> None:
    for x in POINTS:
        report = gradcheck(
            fast, x, derivative=lambda x: 1.01 * fast_slope(x), raise_error=False, strict=False
        )
        assert report.verdict in ("wrong", "unresolved")
        assert (report.verdict == "unresolved") == ("a complex step gives" in str(report))


def step(f: Any, x: float) -> float | None:
    subject = Given(f, Inputs(f, [x]), derivative=abs)
    return derivative(subject, [np.ones(())], x)


def test_functions_that_are_not_analytic_have_no_witness() -> None:
    for x in (0.3, 1.0, -20.0):
        exact = step(lambda x: np.exp(x) / (1 + x * x), x)
        slope = math.exp(x) * (1 + x * x - 2 * x) / (1 + x * x) ** 2
        assert exact == pytest.approx(slope, rel=1e-12, abs=1e-15)
        for f in (
            lambda x: np.exp(x) + abs(x),
            lambda x: np.exp(x) + x.real,
            lambda x: np.exp(x) * np.conj(x),
            lambda x: math.exp(x),
            lambda x: np.exp(x) * max(x, 0.5),
            lambda x: float(np.exp(x)),
            lambda x: np.asarray(np.exp(x), float),
            lambda x: np.exp(x) if isinstance(x, float) else 2 * np.exp(x),
        ):
            assert step(f, x) is None


def test_results_and_inputs_in_trees() -> None:
    A = np.random.default_rng(0).normal(size=(4, 3))

    def f(p: Any, n: int) -> Any:
        return [np.tanh(A @ p["w"]), p["b"] ** n]

    inputs = Inputs(f, [{"w": np.array([0.1, 0.2, 0.3]), "b": 2.0}, 3])
    subject = Given(f, inputs, derivative=abs)
    direction = [np.array([0.5, -1.0, 2.0]), np.array(3.0)]
    rate = (1 - np.tanh(A @ subject.at[0]) ** 2) * (A @ direction[0])
    expected = subject.weights @ np.append(rate, 3 * 2.0**2 * 3.0)
    assert derivative(subject, direction, 1.0) == pytest.approx(expected, rel=1e-12)
