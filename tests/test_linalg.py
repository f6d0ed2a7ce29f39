"""Linear algebra of ordinary and of singular matrices, against mpmath and closed forms."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor

DET: Callable[..., Any] = lambda x: np.linalg.det(x)  # noqa: E731


def exact(x: Any) -> Any:
    return mpmath.matrix(np.asarray(x).tolist())


def cofactors(x: Any) -> Any:
    """Those of a matrix so near that it does not matter, but regular."""
    rng = np.random.default_rng(1)
    size = mpmath.mpf(float(np.abs(x).max())) * mpmath.mpf(10) ** -60
    near = exact(x) + size * exact(rng.normal(size=x.shape))
    found = mpmath.det(near) * (near**-1).T
    return np.array(found.tolist(), object).reshape(x.shape)


def kernel(n: int, width: float, nugget: float) -> Any:
    t = np.linspace(0.0, 1.0, n)
    return np.exp(-((t[:, None] - t) ** 2) / width) + nugget * np.eye(n)


def singular(x: Any, lost: int) -> Any:
    x = x.copy()
    x[1 : 1 + lost] = x[:1]
    return x


def of_products(x: Any) -> Any:
    """Of rank n - 1 but for rounding."""
    return x[:, 1:] @ x[1:, :]


KINDS: dict[str, tuple[Callable[[Any], Any], float]] = {
    "random": (lambda x: x, 1e-14),
    "kernel": (lambda x: kernel(len(x), 0.05, 1e-2), 1e-12),
    "kernel with a small nugget": (lambda x: kernel(len(x), 0.05, 1e-6), 1e-9),
    "triangular": (lambda x: np.tril(x) + 2 * np.eye(len(x)), 1e-14),
    "orthogonal": (lambda x: np.linalg.qr(x)[0], 1e-14),
    "huge": (lambda x: x * 1e150 ** (1 / len(x)), 1e-14),
    "tiny": (lambda x: x * 1e-150 ** (1 / len(x)), 1e-14),
    "rows of many sizes": (lambda x: x * 10.0 ** np.linspace(-7, 7, len(x))[:, None], 1e-14),
    "two rows equal": (lambda x: singular(x, 1), 1e-13),
    "of lower rank but for rounding": (of_products, 1e-12),
}


def matrix(kind: str, n: int) -> tuple[Any, float]:
    x = np.random.default_rng(n).normal(size=(n, n))
    return KINDS[kind][0](x), KINDS[kind][1]


@pytest.mark.parametrize("n", [3, 5, 16, 24])
@pytest.mark.parametrize("kind", KINDS)
def test_derivatives_of_determinants(kind: str, n: int) -> None:
    x, precision = matrix(kind, n)
    with mpmath.workdps(100):
        slope = ag.grad(DET)(x)
        right = cofactors(x)
        top = max(map(abs, right.ravel()))
        assert max(map(abs, (slope - right).ravel())) <= precision * top
        if n > 16:
            return
        rng, size = np.random.default_rng(n + 1), float(np.abs(x).max())
        along, weights = (rng.normal(size=x.shape) * size for _ in range(2))
        found = float(np.sum(weights * ag.hvp(DET)(x, along)))
        h = mpmath.mpf(10) ** -25
        by = [
            mpmath.det(exact(x) + h * (s * exact(along) + t * exact(weights)))
            for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))
        ]
        second = (by[0] - by[1] - by[2] + by[3]) / (4 * h * h)
        assert abs(found - second) <= 1e4 * precision * abs(second)


@pytest.mark.parametrize("n", [3, 5, 8])
def test_determinants_of_rank_n_minus_2_and_of_nothing(n: int) -> None:
    x = np.random.default_rng(n).normal(size=(n, n))
    lower = singular(x, 2)
    assert np.abs(ag.grad(DET)(lower)).max() < 1e-15 * np.linalg.norm(x, 2) ** (n - 1)
    seconds = ag.hvp(DET)(lower, x)
    with mpmath.workdps(60):
        h = mpmath.mpf(10) ** -20
        right = (_cofactors_exactly(lower, x, h) - _cofactors_exactly(lower, x, -h)) / (2 * h)
    np.testing.assert_allclose(seconds, right.astype(float), rtol=1e-11, atol=1e-12)
    zero = np.zeros((n, n))
    assert not ag.grad(DET)(zero).any()
    assert not ag.hvp(DET)(zero, x).any()


def _cofactors_exactly(x: Any, along: Any, h: Any) -> Any:
    near = exact(x) + h * exact(along)
    return np.array((mpmath.det(near) * (near**-1).T).tolist(), object).reshape(x.shape)


def along_a_line(x: Any, v: Any, order: int) -> Callable[..., Any]:
    """A derivative of det(x + t*v) at t = 0."""
    if order == 0:
        return lambda t: np.linalg.det(x + t * v)
    less = along_a_line(x, v, order - 1)
    return ag.grad(lambda t: np.sum(less(t)))


@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_third_derivatives_are_right_or_nan_with_the_reason(n: int) -> None:
    rng = np.random.default_rng(n)
    x, v = rng.normal(size=(2, n, n))
    for point in (x, singular(x, 1), np.zeros((n, n))):
        with mpmath.workdps(50):
            line = [mpmath.det(exact(point) + t * exact(v)) for t in range(n + 1)]
            nodes = mpmath.matrix(
                [[mpmath.mpf(t) ** k for k in range(n + 1)] for t in range(n + 1)]
            )
            right = 6 * float((nodes**-1 * mpmath.matrix(line))[3]) if n > 2 else 0.0
        if n < 4 or point is x:
            assert along_a_line(point, v, 3)(np.zeros((1, 1))).item() == pytest.approx(
                right, rel=1e-11, abs=1e-11
            )
        else:
            with pytest.warns(
                RuntimeWarning, match=r"^det: third derivatives at singular matrices"
            ):
                assert np.isnan(along_a_line(point, v, 3)(np.zeros((1, 1)))).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_each_matrix_of_a_stack_is_judged_by_itself(dtype: Any) -> None:
    x = np.random.default_rng(3).normal(size=(5, 5))
    bad = x.copy()
    bad[2, 2] = np.nan
    stack = np.stack([x, singular(x, 1), np.zeros((5, 5)), 1e-7 * x, bad]).astype(dtype)
    with warnings.catch_warnings(action="ignore"):  # NumPy's own, of nan
        slopes = ag.grad(lambda x: np.sum(np.linalg.det(x)))(stack)
    assert slopes.dtype == dtype
    for slope, one in zip(slopes[:4], stack):
        alone = ag.grad(DET)(one)
        np.testing.assert_allclose(slope, alone, rtol=2e-7 if dtype == np.float32 else 1e-14)
        double = ag.grad(DET)(one.astype(np.float64))
        np.testing.assert_allclose(slope, double, rtol=1e-6, atol=1e-5 * np.abs(double).max())
    assert np.isnan(slopes[4]).all()
    t = Tensor(stack[:4])
    sign, logabsdet = np.linalg.slogdet(t)
    assert (sign[1], sign[2], logabsdet.data[2]) == (0, 0, -np.inf) or sign[1] != 0
    logabsdet.sum().backward()
    assert t.grad.dtype == dtype
    for k in (0, 3):
        np.testing.assert_allclose(
            t.grad[k],
            np.linalg.inv(stack[k].astype(np.float64)).T,
            rtol=2e-5 if dtype == np.float32 else 1e-12,
        )
    assert not np.isfinite(t.grad[2]).any()


def test_second_derivatives_in_single_precision() -> None:
    """What is huge in float32 is not where it meets what is tiny."""
    x, along = (
        np.random.default_rng(5).normal(size=(2, 3, 3)) * np.array([1e-15, 1e30])[:, None, None]
    )
    found = ag.hvp(DET)(x.astype(np.float32), along.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ag.hvp(DET)(x, along), rtol=1e-4)


def test_the_likelihood_of_a_gaussian_process() -> None:
    t = np.linspace(0, 1, 16)

    def likelihood(p: Any) -> Any:
        return np.log(np.linalg.det(np.exp(-((t[:, None] - t) ** 2) / p[0]) + 1e-2 * np.eye(16)))

    with mpmath.workdps(50):
        apart = mpmath.matrix(((t[:, None] - t) ** 2).tolist())

        def exactly(p: Any) -> Any:
            k = (-apart / p).apply(mpmath.exp)
            return mpmath.log(mpmath.det(k + mpmath.mpf(1e-2) * mpmath.eye(16)))

        right = [float(mpmath.diff(exactly, mpmath.mpf(0.02), k)) for k in (1, 2)]
    at = np.array([0.02])
    np.testing.assert_allclose(ag.grad(likelihood)(at), right[:1], rtol=1e-12)
    np.testing.assert_allclose(ag.hessian(likelihood)(at), [right[1:]], rtol=1e-10)


@pytest.mark.parametrize("n", [5, 16, 30, 100])
def test_ordinary_matrices_have_the_slopes_of_closed_forms(n: int) -> None:
    rng = np.random.default_rng(n)
    x, v = rng.normal(size=(n, n)), rng.normal(size=(n, 2))
    inverse = np.linalg.inv(x)
    slope = ag.grad(lambda x: np.linalg.slogdet(x)[1])(x)
    np.testing.assert_allclose(slope, inverse.T, rtol=1e-9, atol=1e-12)
    slope = ag.grad(lambda x: np.sum(np.linalg.solve(x, v)))(x)
    z = inverse @ v
    expected = -(inverse.T @ np.ones_like(v)) @ z.T
    np.testing.assert_allclose(slope, expected, atol=1e-11 * np.abs(expected).max())
    slope = ag.grad(lambda x: np.sum(np.linalg.inv(x)))(x)
    expected = -inverse.T @ np.ones((n, n)) @ inverse.T
    np.testing.assert_allclose(slope, expected, atol=1e-11 * np.abs(expected).max())
    k = kernel(n, 0.05, 1e-2)

    def half_of_slogdet(k: Any) -> Any:
        return np.sum(np.log(np.diagonal(np.linalg.cholesky(k))))

    slope = ag.grad(half_of_slogdet)(k)  # all of it goes to the lower triangle
    expected = np.tril(np.linalg.inv(k)) - 0.5 * np.diag(np.diag(np.linalg.inv(k)))
    np.testing.assert_allclose(slope, expected, atol=1e-9 * np.abs(expected).max())
    second = ag.hvp(lambda x: np.linalg.slogdet(x)[1])(x, x)  # of degree -1
    np.testing.assert_allclose(second, -inverse.T, atol=1e-10 * np.abs(inverse).max())


def test_lists_with_values_and_numbers_in_them() -> None:
    v, w = ag.Value(3.0), ag.Value(2.0)
    z = ag.linalg.det([[v, 1.0], [w, 4]])  # 4 v - w
    assert z.item() == pytest.approx(10.0, rel=1e-15)
    assert ag.gradients(z, [v, w]) == pytest.approx([4.0, -1.0], rel=1e-15)
    z = ag.linalg.solve([[v, 0.0], [0.0, w]], [6.0, 6.0])
    np.testing.assert_allclose(z.data, [2.0, 3.0])
    np.testing.assert_allclose(ag.gradients(ag.sum(z), [v, w]), [-2 / 3, -1.5])
    for name in ("inv", "slogdet", "cholesky"):
        z = getattr(ag.linalg, name)([[v, 0.0], [0.0, v]])
        z = z[1] if name == "slogdet" else ag.sum(z)
        right = {"inv": -2 / 9, "slogdet": 2 / 3, "cholesky": 3.0**-0.5}[name]
        assert ag.gradients(z, v) == pytest.approx(right, rel=1e-14)
    second = ag.hessian(lambda v: ag.linalg.det([[v, 1.0], [2.0, v * v]]))(2.0)
    assert second == pytest.approx(12.0)
