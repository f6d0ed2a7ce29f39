"""A Value where NumPy's programs have a number, alone and in arrays of objects."""

import math
import warnings
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

pytestmark = pytest.mark.both

NUMBERS = [2.5, -1.25, 0.5, 3.75]


def test_its_attributes_are_those_of_an_array_scalar() -> None:
    v, number = Value(2.5), np.float64(2.5)
    for name in ("shape", "ndim", "size", "dtype"):
        assert getattr(v, name) == getattr(number, name)
    for method in (np.shape, np.ndim, np.size):
        assert method(v) == method(number)
    assert v.T is v.real is v.conjugate() is v.astype(float) is np.real(v) is v
    assert type(v.item()) is float
    small = v.astype(np.float32) * np.ones(2, np.float32)
    assert small.dtype == np.float32
    ag.sum(small).backward()
    assert v.grad == 2.0
    with pytest.raises(TypeError, match=r"^astype: got dtype=int64; "):
        v.astype(int)


OF_ARRAYS: list[Any] = [
    lambda x: np.mean(x), lambda x: np.var(x), lambda x: np.std(x), lambda x: np.std(x, ddof=1),
    lambda x: np.mean(x.reshape(2, 2), axis=0), lambda x: np.std(x.reshape(2, 2), axis=1),
    lambda x: np.hypot(x, x[::-1]), lambda x: np.arctan2(x, x[::-1]), lambda x: np.fmod(x, x[::-1]), lambda x: x // 1.3,
    lambda x: np.deg2rad(x), lambda x: np.degrees(x), lambda x: np.floor(x * 1.5),
    lambda x: np.ceil(x * 1.5), lambda x: np.trunc(x * 1.5), lambda x: np.conjugate(x),
    lambda x: np.vdot(x, x), lambda x: np.real(x), lambda x: np.rint(x * 1.5), lambda x: np.square(x),
    lambda x: np.abs(x), lambda x: np.cbrt(x), lambda x: np.arcsinh(x), lambda x: np.prod(x),
    lambda x: np.cumsum(x), lambda x: np.median(x), lambda x: np.linalg.norm(x), lambda x: np.diff(x),
    lambda x: np.reciprocal(x), lambda x: np.expm1(x), lambda x: np.max(x), lambda x: np.sort(x),
]  # fmt: skip


@pytest.mark.parametrize("f", OF_ARRAYS)
def test_numpy_calls_methods_of_the_elements_of_an_array_of_objects(f: Any) -> None:
    values = [Value(x) for x in NUMBERS]
    found, expected = f(np.array(values)), f(np.array(NUMBERS))
    numbers = np.array([getattr(z, "data", z) for z in np.ravel(found)], float)
    np.testing.assert_allclose(numbers, np.ravel(expected), rtol=1e-14)
    weights = np.linspace(1.0, 2.0, numbers.size)
    slopes = ag.gradients(ag.dot(weights, np.ravel(found)), values)
    steps = 1e-6 * np.eye(len(NUMBERS))
    differences = [
        np.sum(weights * np.ravel(f(NUMBERS + h) - f(NUMBERS - h))) / 2e-6 for h in steps
    ]
    np.testing.assert_allclose(slopes, differences, rtol=1e-6, atol=1e-6)


def test_averages_of_objects_without_nan() -> None:
    values = np.array([Value(x) for x in NUMBERS])
    for name in ("nanmean", "nanvar", "nanstd", "nansum", "average"):
        found, expected = getattr(np, name)(values), getattr(np, name)(np.array(NUMBERS))
        assert type(found) is Value
        assert found.data == pytest.approx(expected, rel=1e-14)


STAYING: list[Any] = [
    lambda x: np.clip(x, 0.0, 1.0), lambda x: np.clip(x, None, 3.0), lambda x: np.clip(x, min=3.0),
    lambda x: np.clip(x, max=1.0), lambda x: np.clip(2.0, x, 5.0), lambda x: np.clip(2.0, None, x),
    lambda x: np.clip(np.array(2.0), x, 5.0), lambda x: np.where(x > 1, x, 0.0), lambda x: np.where(x > 9, 0.0, x),
    lambda x: np.where(np.array(True), x, 1.0), lambda x: np.round(x * x), lambda x: np.round(x * x, 1),
    lambda x: np.around(x, 1), lambda x: np.sum(x * x), lambda x: np.mean(x * x), lambda x: np.max(x),
    lambda x: np.prod(x), lambda x: np.sinc(x), lambda x: np.real(x),
]  # fmt: skip


@pytest.mark.parametrize("f", STAYING)
def test_functions_that_give_a_number_give_a_value(f: Any) -> None:
    for number in NUMBERS:
        found = f(Value(number))
        assert type(found) is Value
        assert found.data == pytest.approx(f(np.float64(number)), rel=1e-15)
        if not {f} & {*STAYING[10:13]}:
            slope = (f(number + 1e-6) - f(number - 1e-6)) / 2e-6
            with warnings.catch_warnings():  # of what was not chosen
                warnings.simplefilter("ignore")
                assert ag.grad(f)(number) == pytest.approx(slope, abs=1e-8)


BESIDE: list[Any] = [
    lambda k, x: np.clip(x, k, 3.0), lambda k, x: np.clip(x, None, k), lambda k, x: np.clip(k, x, 3.0),
    lambda k, x: np.where(x > 1.0, k, x), lambda k, x: np.where(k > x, k * x, 0.0), lambda k, x: np.dot(k, x),
    lambda k, x: np.where(list(x > 1.0), k, 0.0), lambda k, x: np.where(x > 1.0, k, 3), lambda k, x: np.outer(k, x),
    lambda k, x: np.kron(k, x), lambda k, x: np.stack([x, k * x]), lambda k, x: np.tile(k, 3) * x[0],
    lambda k, x: np.ravel(k) * x, lambda k, x: np.einsum(",i->i", k, x),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["array", "tensor", "single"])
@pytest.mark.parametrize("f", BESIDE)
def test_functions_beside_arrays_give_a_tensor(f: Any, kind: str) -> None:
    k, numbers = 1.25, np.array([0.5, 1.5, 2.5])
    if kind == "single":
        numbers = numbers.astype(np.float32)
    x = Tensor(numbers) if kind == "tensor" else numbers
    found = f(Value(k), x)
    assert type(found) is Tensor
    assert found.dtype in (numbers.dtype, f(k, numbers).dtype)
    np.testing.assert_allclose(found.data, f(k, numbers), rtol=1e-7 if kind == "single" else 1e-15)
    if kind != "tensor":
        slope = (
            np.sum(f(k + 1e-4, numbers.astype(float)) - f(k - 1e-4, numbers.astype(float))) / 2e-4
        )
        assert ag.grad(lambda k: np.sum(f(k, x)))(k) == pytest.approx(slope, rel=1e-6)


def test_questions() -> None:
    odd = [0.0, -0.0, 1.5, -2.0, math.inf, -math.inf, math.nan]
    for name in ("isnan", "isfinite", "isinf", "signbit"):
        f, of_numpy = getattr(ag, name), getattr(np, name)
        expected = of_numpy(odd)
        for form in (odd, np.array(odd), Tensor(odd), [Value(x) for x in odd],
                     np.array([Value(x) for x in odd]), np.array(odd, np.float32)):  # fmt: skip
            assert f(form).dtype == bool
            np.testing.assert_array_equal(f(form), expected)
        for x in odd:
            assert f(x) == f(Value(x)) == f(Tensor(x)) == of_numpy(Value(x)) == of_numpy(x)
        with pytest.raises(TypeError, match=f"^{name}: got str 'a'; it needs real numbers"):
            f("a")
    v, w = Value(0.0), Value(1.0)
    assert np.logical_xor(np.array([v, v]), np.array([w, v])).tolist() == [True, False]
    assert (np.isclose(v, 0.0), np.allclose(w, np.ones(2)), np.array_equal(v, 0.0)) == (True,) * 3


@pytest.mark.parametrize("digits", [0, 1, 3, 15, 20, 400, -1, -2, -400])
@pytest.mark.parametrize("number", [0.1, 2.675, -123.456, 1e300, 1e-300, 0.0, math.inf, math.nan])
def test_rounding_to_digits_stays_in_the_graph(number: float, digits: int) -> None:
    x = Value(number)
    z = round(x, digits)
    assert type(z) is Value
    unit = 10.0 ** -max(digits, -300)
    np.testing.assert_allclose(z.data, round(number, digits), atol=unit, rtol=1e-15)
    z.backward()
    assert x.grad == 0.0
    assert type(round(Value(2.5))) is int
    with pytest.raises(TypeError, match="integer"):
        round(x, 1.5)  # type: ignore[call-overload]


@pytest.mark.parametrize("y", [2.0, -2.0, 0.0, -0.0, 0.3, math.inf, math.nan])
@pytest.mark.parametrize("x", [7.5, -7.5, 0.0, -0.0, 0.9, 1e300, math.inf])
def test_quotients_without_a_fraction_are_those_of_python(x: float, y: float) -> None:
    v, w = Value(x), Value(y)
    with np.errstate(all="ignore"):
        expected = np.array(divmod(x, y) if y else np.divmod(x, y))
    for found in ((v // w, v % w), divmod(v, w), divmod(v, y), divmod(x, w), (v // y, x % w)):
        assert [type(z) for z in found] == [Value, Value]
        data = np.array([z.data for z in found])
        np.testing.assert_array_equal(data, expected)
        numbers = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(data[numbers]), np.signbit(expected[numbers]))
    with np.errstate(all="ignore"):  # of which NumPy tells
        for of_array in divmod(v, np.array([y, 2.0])), divmod(np.array([x, 2.0]), w):
            assert [type(z) for z in of_array] == [Tensor, Tensor]
    for one, other in (
        (Tensor([x, 2.0]), y),
        (x, Tensor([y, 3.0])),
        (Tensor([x]), w),
        (v, Tensor([y])),
    ):
        with np.errstate(all="ignore"):
            found = divmod(one, other)
            np.testing.assert_array_equal([z.data[0] for z in found], expected)
            np.testing.assert_array_equal((one // other).data, found[0].data)
    for wrong in (v, Tensor([x])):
        with pytest.raises(TypeError, match="unsupported operand"):
            divmod(wrong, "a")  # type: ignore[operator]


WITHOUT_A_ROW: list[Any] = [
    lambda x: np.divmod(x, 2.0)[1], lambda x: np.modf(x)[0], lambda x: np.frexp(x)[0] * 1.0,
    lambda x: np.ldexp(x, 2), lambda x: np.float_power(abs(x), 1.5), lambda x: np.nextafter(x, 9.0),
]  # fmt: skip


@pytest.mark.parametrize("f", WITHOUT_A_ROW)
def test_ufuncs_that_are_put_together_take_a_value_as_a_tensor(f: Any) -> None:
    for number in NUMBERS:
        found = f(Value(number))
        assert found.data == f(number)
        number += 0.1  # a power of 2 is where frexp jumps
        slope = (f(number + 1e-6) - f(number - 1e-6)) / 2e-6
        assert ag.grad(f)(number) == pytest.approx(slope, rel=1e-6)


def test_whole_numbers() -> None:
    v = Value(-2.5)
    for of_math, of_numpy in ((math.floor, np.floor), (math.ceil, np.ceil), (math.trunc, np.trunc)):
        z = of_math(v)
        assert z.data == of_numpy(-2.5)
    with pytest.raises(
        TypeError, match=r"^int\(Value\) would drop the gradient: use int\(x.data\)"
    ):
        int(v)


def test_clip_and_round_of_numpy_and_python_stay_in_the_graph() -> None:
    for call, slope in (
        (lambda v: np.clip(v, 1.0, 3.0), 0.5), (lambda v: np.clip(v, 2.0, 3.0), 0.0),
        (lambda v: np.clip(v, None, 0.5), 0.0), (lambda v: np.clip(v, 0.5, None), 1.0),
        (lambda v: round(v, 1), 0.0), (lambda v: np.round(v, 1), 0.0),
    ):  # fmt: skip
        v = Value(1.0)
        z = call(v)
        assert isinstance(z, Value)
        assert ag.gradients(z, [v]) == [slope]
    assert round(Value(1.26), 1).data == 1.3
    assert round(Value(2.5)) == 2
