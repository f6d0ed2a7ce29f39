"""Polynomials: roots, matrices and refusals; tests/table/polynomials.py has the rest."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor


def test_roots_move_as_the_coefficients_say() -> None:
    """The roots of poly(r) are r, in some order: so their derivative is that of the identity."""
    r = np.array([3.0, -1.5, 0.5, 1.0])
    there_and_back = ag.jacobian(lambda r: ag.roots(ag.poly(r)))
    found = there_and_back(r)
    np.testing.assert_allclose(np.sort(ag.roots(np.poly(r))), np.sort(r), rtol=1e-12)
    np.testing.assert_allclose(np.sort(found, 1), np.sort(np.eye(4), 1), atol=1e-9)


def test_a_double_root_has_no_finite_derivative() -> None:
    p = Tensor([1.0, -2.0, 1.0])
    with np.errstate(all="ignore"):
        slopes = ag.gradients(np.roots(p)[0], p)
    assert not np.isfinite(slopes).any()


def test_characteristic_polynomials_are_smooth_where_eigenvalues_meet_or_are_complex() -> None:
    for x in (np.eye(3), np.array([[0.0, -1.0], [1.0, 0.0]]), np.diag([1.0, 2.0, 2.0])):
        np.testing.assert_allclose(np.poly(Tensor(x)).data, np.poly(x), atol=1e-14)
        assert ag.gradcheck(lambda x: ag.poly(x), x).ok


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda t: np.roots(Tensor([1.0, 0.0, 1.0])), "roots: got a polynomial with complex roots"),
        (lambda t: np.roots(t), "roots: got shape (2, 2); it needs coefficients in one axis"),
        (lambda t: np.poly(t[:1]), "poly: got shape (1, 2); it needs roots in one axis or a"),
        (lambda t: np.vander(t), "vander: got shape (2, 2); it needs numbers in one axis"),
        (lambda t: np.polyder(t[0], -1), "polyder: got m=-1; it must be at least 0"),
        (lambda t: ag.polyint(t[0], 3, k=[1.0, 2.0]), "polyint: got 2 constants; it needs one"),
        (lambda t: np.polyfit(t[0], t[0], -1), "polyfit: got deg=-1; it must be at least 0"),
        (lambda t: np.polyfit(t[0], [1.0], 1), "polyfit: got x of shape (2,) and y of (1,)"),
        (lambda t: np.polyfit(t[0], t[0], 1, w=t), "polyfit: got w of shape (2, 2); it needs"),
        (lambda t: np.polyfit(t[0], t[0], 1, cov=True), "polyfit: got 2 points; to scale cov="),
        (lambda t: np.polyval(t[0], np.poly1d([1.0])), "polyval: got x of poly1d"),
    ],
)
def test_what_is_no_polynomial_says_so(wrong: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        wrong(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert str(error.value).startswith(message)


def test_a_fit_that_the_points_do_not_determine_warns_as_numpys() -> None:
    x = Tensor([1.0, 1.0, 1.0])
    with pytest.warns(np.exceptions.RankWarning, match="poorly conditioned"):
        found = np.polyfit(x, Tensor([1.0, 2.0, 3.0]), 1)
    with pytest.warns(np.exceptions.RankWarning):
        plain = np.polyfit(x.data, [1.0, 2.0, 3.0], 1)
    np.testing.assert_allclose(found.data, plain, rtol=1e-12)


def test_few_bits_are_kept_as_numpy_keeps_them() -> None:
    p = np.array([1.0, -3.0, 2.0], np.float32)
    t = Tensor(p)
    for f in (np.roots, np.poly, np.vander, np.polyder, np.polyint, lambda x: np.polymul(x, x)):
        found, plain = f(t), f(p)
        assert found.dtype == plain.dtype, f
        np.testing.assert_allclose(found.data, plain, rtol=1e-6)
        assert ag.gradients(found.sum(), t).dtype == np.float32
