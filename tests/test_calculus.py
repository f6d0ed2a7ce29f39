"""Interpolation, differences and convolutions: NumPy's at every edge, and what they refuse."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

pytestmark = pytest.mark.both

XP, FP = np.array([0.0, 1.0, 3.0, 3.5]), np.array([1.0, -2.0, 4.0, 4.0])
X = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 3.25, 3.5, 9.0, np.inf, -np.inf, np.nan])


def test_interpolation_is_numpys_at_every_end() -> None:
    points = [
        (XP, FP),
        (XP[:1], FP[:1]),
        (XP, np.array([1.0, np.inf, 2.0, 2.0])),
        (XP, np.array([np.nan, 1.0, np.inf, np.inf])),
    ]
    for (xp, fp), named in itertools.product(
        points, ({}, {"left": -7.0}, {"right": np.nan}, {"period": 2.3}, {"period": -2.3})
    ):
        if len(xp) == 1 and not named.keys() <= {"left", "right"}:
            continue
        at = X[np.isfinite(X)] if "period" in named else X if len(xp) > 1 else X[:-1]
        with np.errstate(all="ignore"):
            expected = np.interp(at, xp, fp, **named)
            for operands in ((Tensor(at), xp, fp), (at, Tensor(xp), fp), (at, xp, Tensor(fp))):
                np.testing.assert_allclose(np.interp(*operands, **named).data, expected, rtol=1e-14)


def test_interpolation_has_slopes_by_all_that_it_is_given() -> None:
    """At a point the slope after it, before the last one; beyond the ends none."""
    x = Tensor([-1.0, 0.0, 1.0, 2.0, 3.5, 4.0])
    np.interp(x, XP, FP).sum().backward()
    np.testing.assert_array_equal(x.grad, [0, -3, 3, 3, 0, 0])
    left = Value(5.0)
    ag.interp([-1.0, 0.5], XP, FP, left=left).sum().backward()
    assert left.grad == 1.0
    by_period = ag.grad(lambda p: ag.sum(ag.interp([5.1, 0.2], XP, FP, period=p)))
    step = 1e-6
    differences = np.interp([5.1, 0.2], XP, FP, period=4 + step) - np.interp(
        [5.1, 0.2], XP, FP, period=4 - step
    )
    assert by_period(4.0) == pytest.approx(differences.sum() / (2 * step), rel=1e-7)


def test_points_that_are_not_used_get_nothing() -> None:
    fp = Tensor([4.0, 1.0, 0.0])
    with np.errstate(all="ignore"):
        np.interp(0.5, [0.0, 1.0, 2.0], np.sqrt(fp)).backward()
    np.testing.assert_array_equal(fp.grad, [0.125, 0.25, 0])


@pytest.mark.parametrize("order", [1, 2])
def test_difference_quotients_are_exact_for_parabolas(order: int) -> None:
    x = np.array([0.0, 1.0, 1.5, 4.0])
    found = np.gradient(Tensor(x * x), x, edge_order=order).data
    np.testing.assert_allclose(found[1:-1], 2 * x[1:-1], rtol=1e-14)
    np.testing.assert_array_equal(found, np.gradient(x * x, x, edge_order=order))
    slopes = ag.jacobian(lambda x: np.gradient(x * x, x, edge_order=order))(x)
    assert np.all(np.abs(slopes.sum(1) - 2.0) < 1e-13), "to move all points changes 2 x by 2"
    for dtype in (np.float32, np.float16):
        assert np.gradient(Tensor(x, dtype=dtype), x, edge_order=order).dtype == dtype


def test_coordinates_that_are_variables_are_taken_one_by_one() -> None:
    """NumPy takes equal steps for one number, which would give it all of their gradient."""
    x = Tensor([0.0, 1.0, 2.0, 3.0])
    np.gradient(x.data**2, x).sum().backward()
    assert np.count_nonzero(x.grad) == 4


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_convolutions_have_numpys_values_of_all_lengths(name: str, mode: str) -> None:
    rng, function = np.random.default_rng(0), getattr(np, name)
    for n, m in itertools.product(range(1, 7), repeat=2):
        x, y = rng.normal(size=n), rng.normal(size=m)
        expected = function(x, y, mode)
        for operands in ((Tensor(x), y), (x, Tensor(y)), (Tensor(x), Tensor(y))):
            np.testing.assert_allclose(
                function(*operands, mode).data, expected, rtol=1e-13, atol=1e-15
            )


def test_what_is_outside_of_a_window_gets_nothing() -> None:
    x = Tensor([0.0, 4.0, 1.0, 9.0])
    with np.errstate(all="ignore"):
        np.convolve(np.sqrt(x), [2.0, 1.0])[3].backward()
    np.testing.assert_allclose(x.grad, [0, 0, 0.5, 1 / 3])


def test_unwrapped_angles_are_numpys() -> None:
    p = np.cumsum(np.random.default_rng(3).normal(scale=3, size=(4, 9)), 1)
    for named in ({}, {"axis": 0}, {"discont": 4.0}, {"period": 2.5}, {"period": 1.0, "axis": 0}):
        np.testing.assert_allclose(
            np.unwrap(Tensor(p), **named).data, np.unwrap(p, **named), rtol=1e-13
        )
    slope = ag.grad(lambda period: np.sum(ag.unwrap(Tensor([0.0, 0.9, 1.8]), period=period)))(1.0)
    assert slope == -3.0


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda t: np.interp(t, [0.0, 1.0], [1.0]), ValueError, r"^interp: got points of shapes \(2,\) and \(1,\); it needs two vectors"),
        (lambda t: np.interp(t, [], []), ValueError, r"^interp: got points of shapes \(0,\) and \(0,\)"),
        (lambda t: np.interp(t, [0.0], [1.0], period=0), ValueError, "^interp: got period=0; it must be another number$"),
        (lambda t: np.gradient(t, edge_order=3), ValueError, "^gradient: got edge_order=3; it must be 1 or 2$"),
        (lambda t: np.gradient(t, 1.0, 2.0, 3.0), TypeError, "^gradient: got 3 spacings for 1 axes"),
        (lambda t: np.gradient(t, [1.0, 2.0]), ValueError, r"^gradient: got coordinates of shape \(2,\) for an axis of 4"),
        (lambda t: np.gradient(t[:2], edge_order=2), ValueError, r"^gradient: got shape \(2,\) and edge_order=2; it needs 3 samples"),
        (lambda t: np.convolve(t, t, "all"), ValueError, "^convolve: got mode='all'; it must be one of full, same, valid$"),
        (lambda t: np.convolve(t, t[:0]), ValueError, r"^convolve: got shapes \(4,\) and \(0,\); it needs two vectors, not empty$"),
        (lambda t: np.correlate(t, t.reshape(2, 2)), ValueError, r"^correlate: got shapes \(4,\) and \(2, 2\)"),
        (lambda t: np.ediff1d(t, to_end=1j), TypeError, "^ediff1d: got to_end of complex128; it must fit into float64$"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong(Tensor([1.0, 2.0, 4.0, 3.0]))
    assert "\n" not in str(caught.value)
