"""Eigenvalues, singular values, QR: against mpmath, and where there is no derivative."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.rules.eigen import real_eig
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


def total(parts: Any) -> Any:
    return sum(np.sum(weights(np.shape(part)) * part) for part in parts)


def summed(f: Function) -> Function:
    return lambda x: np.sum(f(x))


def weighted(f: Function, index: Any = ...) -> Function:
    return lambda x: total([f(x)[index]])


def aligned(columns: Any, like: Any) -> Any:
    """Columns with the signs that NumPy gives them."""
    return columns * np.sign((columns * like).sum(0).astype(float))


def eigh_exactly(x: Any) -> Any:
    lower = mpmath.matrix(x.rows, x.cols)
    for i in range(x.rows):
        for j in range(x.cols):
            lower[i, j] = x[max(i, j), min(i, j)]
    w, v = mpmath.eigsy(lower)
    near = np.linalg.eigh(array(lower).astype(float))[1]
    return total([array(w).ravel(), aligned(array(v), near)])


def eig_exactly(x: Any) -> Any:
    w, v = mpmath.eig(x)
    near = real_eig(array(x).astype(float))
    order = [
        int(np.argmin(abs(array(mpmath.matrix(w)).ravel().astype(complex) - each)))
        for each in near[0]
    ]
    columns = np.array([[mpmath.re(each) for each in row] for row in array(v)], object)[:, order]
    columns = columns / np.array([mpmath.sqrt(each) for each in (columns**2).sum(0)])
    return total([[mpmath.re(w[k]) for k in order], aligned(columns, near[1])])


def svd_exactly(x: Any) -> Any:
    u, s, v = mpmath.svd_r(x)
    near = np.linalg.svd(array(x).astype(float), full_matrices=False)
    return total([aligned(array(u), near[0]), array(s).ravel(), aligned(array(v).T, near[2].T).T])


def qr_exactly(x: Any) -> Any:
    q, r = mpmath.qr(x, mode="skinny")
    near = np.linalg.qr(array(x).astype(float))
    signs = np.sign((array(q) * near[0]).sum(0).astype(float))
    return total([array(q) * signs, array(r) * signs[:, None]])


def pinv_exactly(x: Any) -> Any:
    return total([array((x.T * x) ** -1 * x.T)])


def lstsq_exactly(x: Any) -> Any:
    y = exact(np.linspace(-1, 1, x.rows)[:, None] ** 2)
    return total([array((x.T * x) ** -1 * (x.T * y)).ravel()])


PAIRS: dict[str, tuple[Function, Function]] = {
    "eigh": (lambda x: total(np.linalg.eigh(x)), eigh_exactly),
    "eig": (lambda x: total(np.linalg.eig(x)), eig_exactly),
    "svd": (lambda x: total(np.linalg.svd(x, full_matrices=False)), svd_exactly),
    "qr": (lambda x: total(np.linalg.qr(x)), qr_exactly),
    "pinv": (lambda x: total([np.linalg.pinv(x)]), pinv_exactly),
    "lstsq": (
        lambda x: total([np.linalg.lstsq(x, np.linspace(-1, 1, len(x)) ** 2)[0]]),
        lstsq_exactly,
    ),
}


def matrix(name: str, condition: float) -> Any:
    """Of some condition; with gaps of its inverse, as for eigenvalues."""
    rng = np.random.default_rng(7)
    if name == "eigh":
        v = np.linalg.qr(rng.normal(size=(4, 4)))[0]
        return v * [-0.7, 0.3, 0.3 + 1 / condition, 1.0] @ v.T
    if name == "eig":
        v = of_condition(rng, 4, 4, min(condition, 30.0))
        return v * [-0.7, 0.3, 0.3 + 1 / condition, 1.0] @ np.linalg.inv(v)
    if name == "svd":
        u = np.linalg.qr(rng.normal(size=(5, 3)))[0]
        v = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        return u * [1.0, 0.3 + 1 / condition, 0.3] @ v
    return of_condition(rng, 5, 3, condition)


@pytest.mark.parametrize("condition", [3.0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("name", PAIRS)
def test_derivatives_are_those_of_many_digits(name: str, condition: float) -> None:
    f, exactly = PAIRS[name]
    x = matrix(name, condition)
    found = error(ag.grad(f)(x), gradient(exactly, x))
    if condition <= 1e3:
        assert found <= 1e-11
    else:
        assert found <= 100 * change_of_an_ulp(f, x)


def test_seconds_are_those_of_many_digits() -> None:
    for name in ("eigh", "svd", "qr", "pinv", "lstsq"):
        f, exactly = PAIRS[name]
        x = matrix(name, 30.0)
        v = weights(x.shape)
        found = float(np.sum(ag.hvp(f)(x, v) * v))
        with mpmath.workdps(60):
            h = mpmath.mpf(10) ** -15
            ends = [exactly(exact(x) + t * h * exact(v)) for t in (-1, 0, 1)]
            right = float((ends[0] - 2 * ends[1] + ends[2]) / h**2)
        assert found == pytest.approx(right, rel=1e-10)


# Where values are equal


Q = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
DOUBLE = Q * [1.0, 1.0, 2.5] @ Q.T
DOUBLE = (DOUBLE + DOUBLE.T) / 2
EQUAL = {
    "double": DOUBLE,
    "diagonal": np.diag([1.0, 1.0, 2.5]),
    "identity": np.eye(3),
    "zero": np.zeros((3, 3)),
    "large": DOUBLE * 1e150,
    "small": DOUBLE * 1e-150,
}


def exponential_by_eigh(x: Any) -> Any:
    w, v = np.linalg.eigh(x)
    return np.sum(weights((3, 3)) * ((v * np.exp(w / np.max(w.data))) @ v.T))


@pytest.mark.parametrize("kind", EQUAL)
def test_vectors_of_equal_values_are_nan_with_the_reason(kind: str) -> None:
    x = EQUAL[kind]
    for f in (
        lambda x: np.linalg.eigh(x)[1][0, 0],
        lambda x: (
            np.linalg.svd(x)[0][0, 1] if kind in ("identity", "zero") else np.linalg.svd(x)[0][0, 2]
        ),
        lambda x: np.linalg.svd(x)[2][1, 0],
        lambda x: (
            np.linalg.eig(x)[1][0, 1 if kind == "diagonal" else 0] + np.sum(np.linalg.eig(x)[1])
        ),
    ):
        assert np.isnan(ag.grad(f)(x)[np.tril_indices(3)]).all()
        assert np.isnan(ag.jvp(f, (x,), (np.ones((3, 3)),))[1])
        with (
            ag.detect_anomaly(),
            pytest.raises(FloatingPointError, match="belong to equal values have no derivative"),
        ):
            ag.grad(f)(x)
    with np.errstate(all="ignore"):
        assert np.isnan(ag.grad(exponential_by_eigh)(x)[np.tril_indices(3)]).all()


def of_squares(f: Function, unit: float) -> Function:
    return lambda x: np.sum((f(x) / unit) ** 2) / 2


@pytest.mark.parametrize("kind", EQUAL)
def test_functions_of_eigenvalues_alone_divide_by_no_gap(kind: str) -> None:
    x = EQUAL[kind]
    top = np.abs(x).max() or 1.0
    for f in (np.linalg.eigvalsh, lambda x: np.linalg.eigh(x)[0], np.linalg.eigvals):
        slope = ag.grad(summed(f))(x)
        np.testing.assert_allclose((slope + slope.T) / 2, np.eye(3), atol=1e-14)
        slope = ag.grad(of_squares(f, top))(x)
        if f is not np.linalg.eigvals or kind not in ("double", "large", "small"):
            np.testing.assert_allclose((slope + slope.T) / 2, x / top / top, atol=1e-13 / top)


@pytest.mark.parametrize("kind", ["diagonal", "identity", "zero"])
def test_second_derivatives_at_equal_eigenvalues_are_those_of_a_trace(kind: str) -> None:
    """By eigenvalues they are nan, with a reason that says what to write."""
    x = EQUAL[kind] + 0.0
    by_values = lambda x: np.sum(np.exp(np.linalg.eigvalsh(x)))  # noqa: E731
    assert np.isnan(ag.hessian(by_values)(x)).any()
    with (
        ag.detect_anomaly(),
        pytest.raises(FloatingPointError, match=r"as np.trace\(ag.linalg.funm"),
    ):
        ag.hessian(by_values)(x)

    def by_trace(x: Any) -> Any:
        return np.trace(ag.linalg.funm((x + x.mT) / 2, np.exp))

    direction = np.array([[1.0, -0.5, 2.0], [-0.5, 0.25, 1.0], [2.0, 1.0, 0.5]])
    h = 1e-3
    ends = [np.exp(np.linalg.eigvalsh(x + s * h * direction)).sum() for s in (-2, -1, 0, 1, 2)]
    wanted = (-ends[0] + 16 * ends[1] - 30 * ends[2] + 16 * ends[3] - ends[4]) / (12 * h * h)
    found = np.sum(ag.hvp(by_trace)(x, direction) * direction)
    np.testing.assert_allclose(found, wanted, 1e-7)


@pytest.mark.parametrize("kind", ["diagonal", "identity", "zero"])
def test_equal_eigenvalues_have_no_derivatives_of_their_own(kind: str) -> None:
    f = lambda x: np.linalg.eigvals(x)[0]  # noqa: E731
    assert np.isnan(ag.grad(f)(EQUAL[kind])).any()


def test_a_vector_beside_equal_values_has_its_derivative() -> None:
    def f(x: Any) -> Any:
        return np.sum(weights(3) * np.linalg.eigh(x)[1][:, 2])

    def exactly(x: Any) -> Any:
        both = (x + x.T) / 2
        v = mpmath.matrix(np.linalg.eigh(DOUBLE)[1][:, 2].tolist())
        shifted = both - (mpmath.mpf(2.5) + mpmath.mpf(10) ** -3) * mpmath.eye(3)
        for _ in range(40):
            v = shifted**-1 * v
            v = v / mpmath.norm(v)
        sign = np.sign(float(sum(a * b for a, b in zip(v, np.linalg.eigh(DOUBLE)[1][:, 2]))))
        return sign * sum(a * b for a, b in zip(v, weights(3)))

    slope = ag.grad(f)(DOUBLE)
    assert error((slope + slope.T) / 2, gradient(exactly, DOUBLE)) <= 1e-11
    along = weights((3, 3))
    rate = ag.jvp(f, (DOUBLE,), (along,))[1]
    assert rate == pytest.approx(np.sum(slope * along), rel=1e-13)
    assert np.isnan(ag.hvp(f)(DOUBLE, along)).any()  # its rule uses all vectors


def test_a_cotangent_of_0_by_arithmetic_counts() -> None:
    """As of a residual: what is an untaken choice is told by masks, not by numbers."""
    v = np.linalg.eigh(DOUBLE)[1]
    f = lambda x: np.sum((np.linalg.eigh(x)[1] - v) ** 2)  # noqa: E731
    assert np.isnan(ag.grad(f)(DOUBLE)[np.tril_indices(3)]).all()


def test_each_matrix_of_a_stack_is_judged_by_itself() -> None:
    x = np.random.default_rng(1).normal(size=(3, 3))
    stack = np.stack([x + x.T, np.eye(3), DOUBLE])
    for f in (
        lambda x: np.sum(weights((3, 3)) * np.linalg.eigh(x)[1]),
        lambda x: np.sum(weights((3, 3)) * np.linalg.svd(x)[0]),
    ):
        slopes = ag.grad(f)(stack)
        np.testing.assert_allclose(slopes[0], ag.grad(f)(stack[0]), rtol=1e-13)
        assert np.isnan(slopes[1:][:, *np.tril_indices(3)]).all()


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_singular_values_of_zero_have_a_kink_with_slope_0(shape: Any) -> None:
    zero = np.zeros(shape)
    assert not ag.grad(lambda x: np.sum(np.linalg.svdvals(x)))(zero).any()
    one = zero.copy()
    one[0, 0] = 2.0
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(np.linalg.svdvals(x)))(one), one / 2)


def test_vectors_beyond_the_singular_values_are_known_if_there_is_one() -> None:
    x = np.random.default_rng(2).normal(size=(4, 2))
    for f, thin in (
        (lambda x: np.linalg.svd(x)[0], lambda x: np.linalg.svd(x, full_matrices=False)[0]),
        (lambda x: np.linalg.qr(x, "complete")[0], lambda x: np.linalg.qr(x)[0]),
    ):
        known = ag.grad(weighted(f, np.s_[:, :2]))(x)
        np.testing.assert_allclose(known, ag.grad(weighted(thin))(x), rtol=1e-12)
        last = ag.grad(weighted(f, (0, 3)))
        assert np.isnan(last(x)).all()
        assert np.isfinite(last(np.column_stack([x, [1, 2, -1, 0]]))).all()


def test_dependent_columns_have_no_qr() -> None:
    x = np.random.default_rng(2).normal(size=(4, 2))
    x = np.column_stack([x, x[:, 0]])
    for f in (lambda x: np.sum(np.linalg.qr(x)[0]), lambda x: np.sum(np.linalg.qr(x)[1])):
        assert np.isnan(ag.grad(f)(x)).all()
        with ag.detect_anomaly(), pytest.raises(FloatingPointError, match="dependent columns"):
            ag.grad(f)(x)


@pytest.mark.parametrize("solves", [False, True])
def test_pseudo_inverses_of_lower_rank_move_within_it(solves: bool) -> None:
    rng = np.random.default_rng(5)
    left, right, b = rng.normal(size=(5, 2)), rng.normal(size=(2, 4)), rng.normal(size=5)

    def of_left(left: Any) -> Any:
        x = left @ right
        return total([np.linalg.lstsq(x, b, rcond=1e-12)[0] if solves else np.linalg.pinv(x)])

    def exactly(left: Any) -> Any:
        x = exact(right)
        z = x.T * (x * x.T) ** -1 * (left.T * left) ** -1 * left.T
        return total([array(z * exact(b[:, None])).ravel() if solves else array(z)])

    assert error(ag.grad(of_left)(left), gradient(exactly, left)) <= 1e-12


def test_least_squares_beside_right_sides_that_do_not_count() -> None:
    x = np.eye(4)[:, :2] * [1.0, 2.0]
    y = np.array([[1.0, 2.0, -1.0, 0.5], [0.0, 0.0, 1.0, 2.0], [np.nan] * 4]).T
    f = lambda x, y: np.sum(np.linalg.lstsq(x, y)[0][:, :2])  # noqa: E731
    right = ag.grad(f)(x, y[:, :2])
    np.testing.assert_allclose(ag.grad(f)(x, y), right, rtol=1e-13)


# Which elements are read, and of what type


@pytest.mark.parametrize("uplo", ["L", "U", "l"])
def test_one_triangle_is_read_and_gets_all_of_the_gradient(uplo: str) -> None:
    x = np.random.default_rng(4).normal(size=(4, 4))
    read = np.tril(np.ones((4, 4))) if uplo in "Ll" else np.triu(np.ones((4, 4)))
    for f in (
        lambda x: np.linalg.eigvalsh(x, UPLO=uplo),
        lambda x: np.linalg.eigh(x, uplo)[1],
    ):
        slope = ag.grad(weighted(f))(x)
        assert not slope[read == 0].any()
        other = ag.grad(weighted(f))(np.where(read == 1, x, np.nan))
        np.testing.assert_array_equal(slope, other)


@pytest.mark.parametrize("n", [0, 1])
def test_matrices_of_nothing_and_of_one(n: int) -> None:
    x = Tensor(np.full((2, n, n), 3.0))
    parts = [*np.linalg.eigh(x), *np.linalg.svd(x), *np.linalg.qr(x), *np.linalg.eig(x)]
    for part, right in zip(
        parts, [f for g in ("eigh", "svd", "qr", "eig") for f in getattr(np.linalg, g)(x.data)]
    ):
        np.testing.assert_array_equal(part.data, right)
        (slope,) = ag.gradients(np.sum(part), [x])
        assert slope.shape == x.shape
        assert np.isfinite(slope).all()


def test_results_are_named_as_numpys_are() -> None:
    x = np.diag([1.0, 2.0])
    for name in ("eigh", "eig", "svd", "qr", "slogdet"):
        found, right = (getattr(np.linalg, name)(y) for y in (Tensor(x), x))
        assert type(found) is type(right)
        assert type(getattr(ag.linalg, name)(x)) is type(right)
    squares, rank = np.linalg.lstsq(Tensor(x), [1.0, 1.0])[1:3]
    assert (squares.shape, rank, np.linalg.matrix_rank(Tensor(x))) == ((0,), 2, 2)


def test_single_precision_stays() -> None:
    x = np.random.default_rng(6).normal(size=(4, 4)).astype(np.float32)
    for f in (np.linalg.eigvalsh, np.linalg.svdvals, np.linalg.pinv):
        slope, right = (ag.grad(weighted(f))(y) for y in (x, x.astype(np.float64)))
        assert slope.dtype == np.float32
        assert error(slope, right) < 1e-4


def test_a_graph_can_be_copied_and_pickled() -> None:
    x = Tensor(np.array([[1.0, 0.5], [0.5, 3.0]]), name="x")
    y = np.sum(np.linalg.eigh(x)[1] * np.linalg.svd(x)[1])
    y.backward()
    for again in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        again.backward()
    assert np.isfinite(x.grad).all()


def test_values_in_lists() -> None:
    v = Value(3.0)
    w = ag.linalg.eigh([[v, 1.0], [1.0, v]])[0]
    assert ag.gradients(w[1], v) == pytest.approx(1.0)
    assert ag.gradients(ag.sum(ag.linalg.pinv([[v]])), v) == pytest.approx(-1 / 9)
    assert ag.gradients(ag.sum(ag.linalg.lstsq([[v]], [1.0])[0]), v) == pytest.approx(-1 / 9)


T = Tensor(np.ones((2, 2)))


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: np.linalg.eigh(T, "X"), ValueError, "eigh: got UPLO='X'; it must be 'L' or 'U'"),
        (lambda: np.linalg.eig(Tensor([[0.0, 1.0], [-1.0, 0.0]])), TypeError, "eig: got a matrix with complex"),
        (lambda: np.linalg.qr(T, "raw"), ValueError, "qr: got mode='raw' of a Tensor; it knows"),
        (lambda: np.linalg.svd(Tensor([1.0])), np.linalg.LinAlgError, "svd: got shape (1,); matrices are needed"),
        (lambda: np.linalg.eigvalsh(Tensor(np.ones((2, 3)))), np.linalg.LinAlgError, "eigvalsh: got shape (2, 3); square"),
        (lambda: np.linalg.pinv(Tensor([[1.0]], np.float16)), TypeError, "pinv: got float16"),
        (lambda: np.linalg.pinv(T, 1e-3, rtol=1e-3), ValueError, "pinv: got rcond and rtol"),
        (lambda: np.linalg.lstsq(T, Tensor(np.ones(3))), np.linalg.LinAlgError, "lstsq: got shapes (2, 2) and (3,)"),
        (lambda: np.linalg.svd(Tensor([[np.nan]])), np.linalg.LinAlgError, "SVD did not converge"),
    ],
)  # fmt: skip
def test_refusals_name_the_function(call: Function, kind: type, words: str) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
