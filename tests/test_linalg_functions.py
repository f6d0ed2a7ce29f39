"""Functions of matrices and SciPy's solvers: against mpmath, at equal eigenvalues, and refusals."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg

import autograd as ag
from autograd import Tensor, Value
from tests.exact_matrices import (
    array,
    change_of_an_ulp,
    error,
    exact,
    gradient,
    of_condition,
    weights,
)

Function = Callable[..., Any]


def total(z: Any) -> Any:
    return np.sum(weights(np.shape(z)) * z)


def positive(condition: float, gap: float, n: int = 4) -> Any:
    """A symmetric matrix of some condition, with two eigenvalues at a distance."""
    v = np.linalg.qr(np.random.default_rng(3).normal(size=(n, n)))[0]
    x = v * [1 / condition, 0.5, 0.5 + gap, 1.0][:n] @ v.T
    return (x + x.T) / 2


@functools.cache
def logarithm(x: tuple[tuple[Any, ...], ...]) -> Any:
    """Two functions are held against it, at the same matrices."""
    return mpmath.logm(mpmath.matrix(x))


EXACT: dict[str, Function] = {
    "expm": mpmath.expm,
    "logm": lambda x: logarithm(tuple(map(tuple, x.tolist()))),
    "sqrtm": mpmath.sqrtm,
    "fractional_matrix_power": lambda x: mpmath.expm(EXACT["logm"](x) / 3),
}
OURS: dict[str, Function] = {
    "expm": ag.linalg.expm,
    "logm": ag.linalg.logm,
    "sqrtm": ag.linalg.sqrtm,
    "fractional_matrix_power": lambda x: ag.linalg.fractional_matrix_power(x, 1 / 3),
}


@pytest.mark.parametrize(("gap", "condition"), [(0.1, 3.0), (1e-3, 1e3), (1e-9, 1e3), (0.0, 3.0)])
@pytest.mark.parametrize("name", EXACT)
def test_functions_are_those_of_many_digits(name: str, gap: float, condition: float) -> None:
    x = positive(condition, gap, 3)
    f = lambda x: total(OURS[name](x))  # noqa: E731
    with mpmath.workdps(60):
        right = gradient(lambda x: mpmath.re(total(array(EXACT[name](x)))), x)
    found = error(ag.grad(f)(x), right)
    assert found <= 1e-11 or found <= 100 * change_of_an_ulp(f, x)


def test_exponentials_of_large_and_nilpotent_matrices() -> None:
    for x in (np.diag([1.0, 2.0], 1), 10 * np.array([[0.0, 1.0], [-1.0, 0.0]]), np.zeros((3, 3))):
        right = gradient(lambda x: total(array(mpmath.expm(x))), x)
        assert error(ag.grad(lambda x: total(ag.linalg.expm(x)))(x), right) <= 1e-13


# Functions of symmetric matrices

SCALARS: dict[str, tuple[Function, Function]] = {
    "exp": (np.exp, mpmath.exp),
    "log": (np.log, mpmath.log),
    "sqrt": (ag.sqrt, mpmath.sqrt),
    "rational": (lambda w: 1 / (1 + w * w), lambda w: 1 / (1 + w * w)),
    "tanh": (np.tanh, mpmath.tanh),
}


def by_taylor(f: Function) -> Function:
    """f of a matrix near a multiple of the identity, or by eigenvalues that are far apart."""

    def of_matrix(x: Any) -> Any:
        w, v = mpmath.eigsy((x + x.T) / 2)
        return total(array(v * mpmath.diag([f(each) for each in w]) * v.T))

    return of_matrix


@pytest.mark.parametrize("gap", [0.3, 1e-3, 1e-6, 1e-9, 0.0])
@pytest.mark.parametrize("name", SCALARS)
def test_divided_differences_are_right_at_any_gap(name: str, gap: float) -> None:
    f, exactly = SCALARS[name]
    x = positive(3.0, gap)
    with mpmath.workdps(60):
        right = gradient(by_taylor(exactly), x)
    of_tensor = lambda x: total(ag.linalg.funm((x + x.T) / 2, f))  # noqa: E731
    assert error(ag.grad(of_tensor)(x), right) <= 3e-14
    along = weights((4, 4))
    with mpmath.workdps(60):
        h = mpmath.mpf(10) ** -15
        ends = [by_taylor(exactly)(exact(x) + t * h * exact(along)) for t in (-1, 0, 1)]
        second = float((ends[0] - 2 * ends[1] + ends[2]) / h**2)
    assert float(np.sum(ag.hvp(of_tensor)(x, along) * along)) == pytest.approx(second, rel=1e-9)


@pytest.mark.parametrize("x", [np.eye(3), np.zeros((3, 3)), np.diag([2.0, 2.0, -1.0])])
def test_polynomials_of_matrices_have_the_derivatives_of_products(x: Any) -> None:
    by_products = lambda x: total(x @ x @ x)  # noqa: E731
    as_function = lambda x: total(ag.linalg.funm((x + x.T) / 2, lambda w: w**3))  # noqa: E731
    symmetric = lambda x: by_products((x + x.T) / 2)  # noqa: E731
    np.testing.assert_allclose(ag.grad(as_function)(x), ag.grad(symmetric)(x), atol=1e-13)
    v, u = weights((3, 3)), np.eye(3)[::-1]
    np.testing.assert_allclose(ag.hvp(as_function)(x, v), ag.hvp(symmetric)(x, v), atol=1e-12)
    thirds = [
        ag.grad(lambda x: np.sum(u * ag.hvp(f)(x, v)))(x)  # noqa: B023
        for f in (as_function, symmetric)
    ]
    np.testing.assert_allclose(*thirds, atol=1e-11)


def test_a_kink_between_eigenvalues_is_seen() -> None:
    """Far from it, second derivatives of abs are 0 everywhere, and divided differences are not."""
    x = np.array([[0.3, 0.2], [0.2, -0.7]])
    f = lambda x: total(ag.linalg.funm((x + x.T) / 2, np.abs))  # noqa: E731
    v, h = weights((2, 2)), 1e-5
    ends = [ag.grad(f)(x + sign * h * v) for sign in (1, -1)]
    np.testing.assert_allclose(ag.hvp(f)(x, v), (ends[0] - ends[1]) / (2 * h), atol=1e-8)


@pytest.mark.filterwarnings("ignore::scipy.linalg.LinAlgWarning")
def test_roots_of_singular_matrices_have_no_derivative() -> None:
    x = np.diag([1.0, 0.0])
    with np.errstate(all="ignore"):
        assert np.isnan(ag.grad(lambda x: np.sum(ag.linalg.sqrtm(x)))(x)).all()
        with ag.detect_anomaly(), pytest.raises(FloatingPointError):
            ag.grad(lambda x: np.sum(ag.linalg.sqrtm(x)))(x)


# Solvers


@pytest.mark.parametrize("condition", [3.0, 1e3])
def test_solvers_are_those_of_many_digits(condition: float) -> None:
    x, y = of_condition(np.random.default_rng(2), 4, 4, condition), weights((4, 2))
    positive_definite = positive(condition, 0.1)
    z = exact(y)
    cases: list[tuple[Function, Function, Any]] = [
        (
            lambda x: ag.linalg.lu_solve(ag.linalg.lu_factor(x), y),
            lambda x: x**-1 * z,
            x,
        ),
        (
            lambda x: ag.linalg.cho_solve(ag.linalg.cho_factor((x + x.T) / 2), y),
            lambda x: ((x + x.T) / 2) ** -1 * z,
            positive_definite,
        ),
        (
            lambda x: ag.linalg.solve_sylvester(x @ x.T, np.diag([1.0, 2.0]), y),
            lambda x: mpmath.matrix(
                [
                    list(row)
                    for row in zip(
                        *[list((x * x.T + k * mpmath.eye(4)) ** -1 * z[:, k - 1]) for k in (1, 2)]
                    )
                ]
            ),
            x,
        ),
    ]
    for ours, exactly, at in cases:
        f = lambda x: total(ours(x))  # noqa: B023, E731
        right = gradient(lambda x: total(array(exactly(x))), at)  # noqa: B023
        found = error(ag.grad(f)(at), right)
        assert found <= 1e-11 or found <= 100 * change_of_an_ulp(f, at)


def test_solvers_of_stacks() -> None:
    x = np.random.default_rng(4).normal(size=(3, 4, 4)) + 4 * np.eye(4)
    y = weights((4, 2))
    for f in (
        lambda x: ag.linalg.solve_triangular(x, y, lower=True),
        lambda x: ag.linalg.lu_solve(ag.linalg.lu_factor(x), y),
        ag.linalg.expm,
        ag.linalg.sqrtm,
    ):
        whole, slopes = f(Tensor(x)), ag.grad(lambda x: np.sum(f(x)))(x)  # noqa: B023
        for k, one in enumerate(x):
            np.testing.assert_allclose(whole.data[k], f(Tensor(one)).data, rtol=1e-13, atol=1e-15)
            slope = ag.grad(lambda x: np.sum(f(x)))(one)  # noqa: B023
            np.testing.assert_allclose(slopes[k], slope, rtol=1e-11, atol=1e-12)


@pytest.mark.filterwarnings("ignore::scipy.linalg.LinAlgWarning")
def test_singular_factors_have_no_derivative() -> None:
    x = np.array([[1.0, 2.0], [2.0, 4.0]])
    f = lambda x: np.sum(ag.linalg.lu_factor(x)[0])  # noqa: E731
    with np.errstate(all="ignore"):
        assert np.isnan(ag.grad(f)(x)).all()


@pytest.mark.filterwarnings("ignore::scipy.linalg.LinAlgWarning")
def test_each_matrix_of_a_stack_of_factors_is_judged_by_itself() -> None:
    x = np.array([[2.0, 1.0], [1.0, -3.0]])
    f = lambda x: np.sum(ag.linalg.lu_factor(x)[0])  # noqa: E731
    stack = np.stack([x, [[1.0, 2.0], [2.0, 4.0]], np.zeros((2, 2)), x])
    with np.errstate(all="ignore"):
        slopes = ag.grad(f)(stack)
    np.testing.assert_allclose(slopes[[0, 3]], [ag.grad(f)(x)] * 2, rtol=1e-13)
    assert np.isnan(slopes[1:3]).all()


def test_values_and_arrays() -> None:
    v = Value(2.0)
    z = ag.linalg.solve_triangular([[v, 0.0], [0.0, 1.0]], [1.0, 1.0])
    assert ag.gradients(ag.sum(z), v) == pytest.approx(-0.25)
    assert ag.gradients(ag.linalg.expm([[v]])[0, 0], v) == pytest.approx(np.exp(2.0))
    x = np.diag([1.0, 2.0])
    factor = ag.linalg.cho_factor(x)
    np.testing.assert_array_equal(factor[0], scipy.linalg.cho_factor(x)[0])
    np.testing.assert_array_equal(ag.linalg.toeplitz([1.0, 2.0], [1.0, 3.0]), [[1, 3], [2, 1]])


def test_scipy_is_imported_when_it_is_used() -> None:
    program = "import sys, autograd; sys.exit(any(m.startswith('scipy') for m in sys.modules))"
    subprocess.run([sys.executable, "-c", program], check=True)


T = Tensor(np.ones((2, 2)))


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: ag.linalg.solve_triangular(T, np.ones(3)), ValueError, "solve_triangular: got right sides of shape (3,); they must have 2 rows"),
        (lambda: ag.linalg.solve_triangular(T, np.ones(2), trans=5), ValueError, "solve_triangular: got trans=5"),
        (lambda: ag.linalg.solve_triangular(T * np.nan, np.ones(2)), ValueError, "solve_triangular: got inf or nan"),
        (lambda: ag.linalg.solve_triangular(T * 0.0, np.ones(2)), np.linalg.LinAlgError, "solve_triangular: "),
        (lambda: ag.linalg.cho_factor(-T), np.linalg.LinAlgError, "cholesky: "),
        (lambda: ag.linalg.lu_factor(Tensor(np.ones((2, 3)))), np.linalg.LinAlgError, "lu_factor: got shape (2, 3); square"),
        (lambda: ag.linalg.lu_solve((T, [0, 1]), np.ones(2), trans=3), ValueError, "lu_solve: got trans=3"),
        (lambda: ag.linalg.solve_banded((1, 1), T, np.ones(2)), ValueError, "solve_banded: got a band of shape (2, 2); it must have 3 rows"),
        (lambda: ag.linalg.solveh_banded(-T, np.ones(2)), np.linalg.LinAlgError, "solveh_banded: "),
        (lambda: ag.linalg.solve_toeplitz((T[0], np.ones(3)), np.ones(2)), ValueError, "solve_toeplitz: got 2 rows and 3 columns"),
        (lambda: ag.linalg.solve_sylvester(T, -T.data, np.ones((2, 2))), np.linalg.LinAlgError, "solve_sylvester: got a singular equation"),
        (lambda: ag.linalg.block_diag(Tensor(np.ones((1, 1, 1)))), ValueError, "block_diag: got shape (1, 1, 1)"),
        (lambda: ag.linalg.expm(Tensor([1.0])), np.linalg.LinAlgError, "expm: got shape (1,)"),
        (lambda: ag.linalg.sqrtm(Tensor(np.diag([1.0, -1.0]))), TypeError, "sqrtm: got a matrix with a complex result"),
        (lambda: ag.linalg.funm(Tensor([[0.0, 1.0], [2.0, 0.0]]), np.exp), ValueError, "funm: got a matrix that is not symmetric"),
        (lambda: ag.linalg.funm(T, lambda w: w * Tensor(2.0)), TypeError, "funm: got a function that depends on a Tensor"),
        (lambda: ag.linalg.fractional_matrix_power(T, Tensor(0.5)), TypeError, "fractional_matrix_power: got a Tensor as the exponent"),
    ],
)  # fmt: skip
def test_refusals_name_the_function(call: Function, kind: type, words: str) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
