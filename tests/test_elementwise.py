"""Functions of each element: NumPy's at every edge, with derivatives that keep their digits."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

pytestmark = pytest.mark.both

ENDS = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 7.0, -7.0, 5e-324, 1e308, math.inf, -math.inf, math.nan]
ONE = "deg2rad rad2deg sinc conjugate modf frexp spacing i0 fix real imag angle isreal iscomplex isposinf isneginf"
TWO = "fmod floor_divide fmax fmin heaviside copysign logaddexp2 divmod float_power nextafter"


def parts(z: Any) -> list[Any]:
    return [
        each.data if isinstance(each, Tensor) else each
        for each in (z if isinstance(z, tuple) else (z,))
    ]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("name", [*ONE.split(), *TWO.split()])
def test_every_end_is_numpys_in_every_type(name: str, dtype: Any) -> None:
    function, count = getattr(np, name), 2 if name in TWO.split() else 1
    with np.errstate(all="ignore"):
        points = np.array([*itertools.product(ENDS, repeat=count)]).T.astype(dtype)
        if name == "sinc" and np.isnan(np.sinc(dtype(0))):  # as older NumPy has it
            points = points[:, np.abs(points[0]) > 1e-3]
        expected = parts(function(*points))
        found = function(*map(Tensor, points))
        assert isinstance(found, tuple) == isinstance(function(*points), tuple)
    for a, b in zip(parts(found), expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=4 * np.finfo(dtype).eps)
        if name not in ("isreal", "iscomplex", "frexp", "fmax", "fmin"):
            np.testing.assert_array_equal(np.signbit(a), np.signbit(b))


@pytest.mark.parametrize(
    "name",
    [n for n in TWO.split() if hasattr(ag, n) and n not in ("divmod", "float_power", "nextafter")],
)
def test_values_have_numpys_ends_too(name: str) -> None:
    for x in itertools.product(ENDS, repeat=2):
        with np.errstate(all="ignore"):
            expected = float(getattr(np, name)(*x))
        found = getattr(ag, name)(Value(x[0]), x[1]).data
        assert found == pytest.approx(expected, rel=1e-15, nan_ok=True), x
        if name not in ("fmax", "fmin") or found:  # of two zeros NumPy may take either
            assert math.isnan(found) or math.copysign(1, found) == math.copysign(1, expected), x


@pytest.mark.parametrize("x", [0.0, 1e-12, 1e-7, 1e-4, 0.05, 0.3, 0.318, 0.319, 0.7, 2.3])
def test_sinc_keeps_its_digits_in_every_order(x: float) -> None:
    """(cos - sinc) / x has none of them below 1e-7."""
    found = ag.taylor(ag.sinc, x, 4)
    with mp.workdps(80):
        series = mp.taylor(lambda t: mp.sinc(mp.pi * t), mp.mpf(x), 4)
    for k in range(5):
        assert abs(found[k] - series[k]) <= 4e-14 * abs(series[k]) + 1e-300, k


@pytest.mark.parametrize("x", [0.0, 1e-9, 1e-3, -0.5, 3.0, 8.0, -12.0, 300.0])
def test_i0_keeps_its_digits_in_every_order(x: float) -> None:
    f: Any = ag.i0
    with mp.workdps(60):
        for k in range(4):
            exact = (
                mp.diff(lambda t: mp.besseli(0, t), mp.mpf(x), k)
                if x
                else mp.mpf((1, 0, 0.5, 0)[k])
            )
            found = float(np.asarray(getattr(f(Tensor(x)), "data", f(x))))
            assert abs(found - exact) <= 4e-14 * abs(exact) + 1e-300, k
            f = ag.grad(f)


def test_what_is_a_constant_around_passes_nothing_on() -> None:
    """Not even 0 times an infinite slope."""
    for f in (np.spacing, np.angle, np.imag, np.fix, lambda x: np.modf(x)[1]):
        x = Tensor(0.0)
        with np.errstate(all="ignore"):
            f(np.sqrt(x) + 0.5).backward()
        assert x.grad == 0.0


def test_scaling_by_powers_of_two_is_exact() -> None:
    x = Tensor([5e-324, 1.75, -1e-308])
    z = np.ldexp(x, [2000, 1020, -20])
    np.testing.assert_array_equal(z.data, np.ldexp(x.data, [2000, 1020, -20]))
    z.backward(seed=np.full(3, 2.0**-1020))
    np.testing.assert_array_equal(x.grad, np.ldexp(2.0**-1020, [2000, 1020, -20]))
    with pytest.raises(
        TypeError, match=r"^ldexp: got exponents of float64; they must be integers$"
    ):
        np.ldexp(x, 2.0)
    with pytest.raises(TypeError, match="ldexp: got exponents of float64"):
        ag.ldexp(1.0, x)


def test_halves_of_a_number_are_joined_again() -> None:
    x = Tensor([3.7, -0.2, 1e-310, 12.0])
    for whole in (
        np.ldexp(*np.frexp(x)),
        sum(np.modf(x)),
        2.0 * np.divmod(x, 2.0)[0] + np.divmod(x, 2.0)[1],
    ):
        np.testing.assert_allclose(whole.data, x.data, rtol=1e-15)
        if whole.row is not None:
            whole.sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 3.0, 3.0, 3.0])


def test_values_beside_arrays_are_operands_of_all() -> None:
    for name in ("divmod", "ldexp", "float_power", "nextafter"):
        x = Value(2.5)
        z = getattr(np, name)(x, np.array([1, 2, 3]))
        (z[1] if isinstance(z, tuple) else z).sum().backward()
        expected = {
            "divmod": 3.0,
            "ldexp": 14.0,
            "float_power": 1 + 5 + 3 * 2.5**2,
            "nextafter": 3.0,
        }
        assert x.grad == expected[name]
