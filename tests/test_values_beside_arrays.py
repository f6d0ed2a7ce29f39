"""A Value beside an array of numbers: a Tensor, of which the Value is an operand."""

import operator
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.arithmetic import arrays
from autograd.graph import below
from autograd.rules.elementary import CONDITION, TABLE

pytestmark = pytest.mark.both

OPERATORS: list[Any] = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod,
    operator.floordiv,
]  # fmt: skip
UFUNCS: list[Any] = [
    np.add, np.subtract, np.multiply, np.divide, np.power, np.remainder, np.hypot, np.arctan2,
    np.maximum, np.minimum, np.logaddexp, np.floor_divide, np.fmod, np.copysign, np.heaviside,
    np.fmax, np.fmin,
]  # fmt: skip
BESIDE = OPERATORS + UFUNCS
TYPES = ["e", "f", "d", "g", "b", "i", "Q", "?"]
POINTS = [0.5, 1.0, 3.0]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("f", BESIDE)
@pytest.mark.parametrize("number", [0.5, 1.3, -0.0, np.inf, np.nan])
def test_it_is_computed_as_numpy_computes_a_float(f: Any, dtype: str, number: float) -> None:
    array, v = np.array(POINTS).astype(dtype), Value(number)
    with np.errstate(all="ignore"):
        for of_value, of_number in (
            (f(v, array), f(number, array)),
            (f(array, v), f(array, number)),
        ):
            assert type(of_value) is Tensor
            assert of_value.dtype == of_number.dtype
            if f in (operator.pow, np.power):  # NumPy has a quick square root for a float
                np.testing.assert_allclose(of_value.data, of_number, rtol=1e-15)
            else:
                np.testing.assert_array_equal(of_value.data, of_number)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2, 3)])
@pytest.mark.parametrize("f", BESIDE)
def test_arrays_without_axes_and_numbers_make_a_value(f: Any, shape: tuple[int, ...]) -> None:
    v = Value(1.5)
    numbers = np.full(shape, 2.0)
    for found in (f(v, numbers), f(numbers, v)):
        assert type(found) is (Tensor if shape else Value)
        assert np.shape(found) == shape or not shape
    for number in (2, 2.0, np.float32(2), np.int8(2), np.bool(True)):
        assert type(f(v, number)) is type(f(number, v)) is Value


@pytest.mark.parametrize("name", [name for name in TABLE if len(TABLE[name].operands) > 1])
def test_every_function_has_its_derivatives_by_a_value_in_each_place(name: str) -> None:
    f, row = getattr(ag, name), TABLE[name]
    middle = [
        0.5 if low < 0.5 < high else low + 1.0 if low > -np.inf else high - 1.0
        for low, high in (domain if domain is not CONDITION else (-1, 1) for domain in row.domain)
    ]
    several = [x + np.array([0.0, 0.125, 0.25]) for x in middle]
    for place, domain in enumerate(row.domain):
        at = several[place][1]

        def of(k: Any, xs: Any = several, place: int = place) -> Any:
            return f(*xs[:place], k, *xs[place + 1 :])

        made = of(Value(at))
        assert type(made) is Tensor
        np.testing.assert_array_equal(made.data, of(at))
        if domain is CONDITION:
            assert made.parents == ()
            continue
        x, t = Value(at), Tensor(at)
        for y in (x, t):
            ag.sum(of(y) ** 2.0).backward()
        assert x.grad == t.grad
        for order in (1, 2, 3):
            found = ag.derivative(lambda k: ag.sum(of(k) ** 2.0), order=order)(at)
            one_by_one = ag.derivative(
                lambda k: ag.sum([of(k, [float(x[i]) for x in several]) ** 2.0 for i in range(3)]),
                order=order,
            )(at)
            assert found == pytest.approx(one_by_one, rel=1e-10, abs=1e-10)


def decay(k: Any, t: Any) -> Any:
    return np.sum(np.exp(-k * t))


def test_every_transform_of_a_scalar_parameter() -> None:
    t, k = np.linspace(0.0, 2.0, 7), 0.5
    slopes = [float(np.sum((-t) ** order * np.exp(-k * t))) for order in range(4)]
    assert ag.grad(decay)(k, t) == pytest.approx(slopes[1], rel=1e-14)
    assert type(ag.grad(decay)(k, t)) is float
    assert ag.value_and_grad(decay)(k, t) == pytest.approx(slopes[:2], rel=1e-14)
    for order in (1, 2, 3):
        assert ag.derivative(decay, order=order)(k, t) == pytest.approx(slopes[order], rel=1e-14)
    f = lambda k: decay(k, t)  # noqa: E731
    assert ag.jvp(f, (k,), (2.0,)) == pytest.approx((slopes[0], 2.0 * slopes[1]), rel=1e-14)
    assert ag.hvp(f)(k, 2.0) == pytest.approx(2.0 * slopes[2], rel=1e-14)
    assert ag.hessian(f)(k) == pytest.approx(slopes[2], rel=1e-14)
    taylor = [d / n for d, n in zip(slopes, (1, 1, 2, 6))]
    assert ag.taylor(f, k, 3) == pytest.approx(taylor, rel=1e-14)
    np.testing.assert_allclose(ag.jacobian(lambda k: np.exp(-k * t))(k), -t * np.exp(-k * t))
    moved, rate = ag.jvp(lambda k: np.exp(-k * t), (k,), (2.0,))
    np.testing.assert_allclose(moved, np.exp(-k * t))
    np.testing.assert_allclose(rate, -2.0 * t * np.exp(-k * t))
    _, pull = ag.vjp(lambda k: np.exp(-k * t), k)
    assert pull(t) == pytest.approx(-np.sum(t * t * np.exp(-k * t)), rel=1e-14)
    by_both = ag.hessian(decay, argnums=(0, 1))(k, t)
    np.testing.assert_allclose(by_both[0][1], (k * t - 1.0) * np.exp(-k * t), atol=1e-15)
    report = ag.gradcheck(f, k, order=2)
    assert report.count("right") == 1


def test_a_jacobian_by_a_few_values_takes_a_pass_for_each_of_them() -> None:
    t = np.linspace(0.0, 1.0, 100_000)  # a pass for each element would need 80 GB
    by_k = ag.jacobian(lambda k: np.exp(-k * t))(0.5)
    np.testing.assert_allclose(by_k, -t * np.exp(-0.5 * t))
    by_a, by_b = ag.jacobian(lambda p: p[0] * np.exp(p[1] * t))([2.0, -0.5])
    np.testing.assert_allclose(by_a, np.exp(-0.5 * t))
    np.testing.assert_allclose(by_b, 2.0 * t * np.exp(-0.5 * t))


def test_numbers_are_floats_also_through_arrays() -> None:
    found = ag.hessian(lambda p: decay(p[0], np.array([1.0, 2.0])) * p[1])([0.5, 2.0])
    assert [type(x) for row in found for x in row] == [float] * 4


def test_it_costs_a_few_nodes_however_long_the_array() -> None:
    def nodes(n: int) -> int:
        return sum(1 for _ in below([decay(Value(0.5), np.linspace(0.0, 1.0, n))]))

    assert nodes(2) == nodes(1000) < 9


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_small_types_stay_in_every_gradient(dtype: Any) -> None:
    t = Tensor(np.array([1.0, 2.0], dtype))
    v = Value(0.1)
    y = np.exp(np.array([1.0, 2.0], dtype) * v) * t
    assert y.dtype == dtype
    y.sum().backward()
    assert t.grad.dtype == dtype
    assert type(v.grad) is float


@pytest.mark.parametrize("ufunc", sorted(arrays.COMPARISONS, key=str))
def test_comparisons_are_arrays_of_booleans(ufunc: Any) -> None:
    v, array = Value(2.0), np.array([1.0, 2.0, np.nan])
    infix = arrays.COMPARISONS[ufunc]
    for f in (ufunc, infix):
        for found, expected in ((f(v, array), f(2.0, array)), (f(array, v), f(array, 2.0))):
            assert found.dtype == np.bool
            np.testing.assert_array_equal(found, expected)
            with np.errstate(invalid="ignore"):
                of_objects = f(np.array([v, v, np.nan], object), array)
            np.testing.assert_array_equal(of_objects, f(np.array([2.0, 2.0, np.nan]), array))
        assert f(v, 3.0) == f(2.0, 3.0)
    assert ufunc(v, np.array([v, 1.0], object)).dtype == np.bool


def test_predicates_of_a_value() -> None:
    for number in (0.0, -0.0, 1.0, -np.inf, np.nan):
        for predicate in (np.isnan, np.isfinite, np.isinf, np.signbit, np.logical_not):
            assert predicate(Value(number)) == predicate(number)
    np.testing.assert_array_equal(np.logical_and(Value(2.0), np.array([0.0, 3.0])), [False, True])
    np.testing.assert_array_equal(np.logical_xor(np.array([0.0, 3.0]), Value(2.0)), [True, False])


def test_objects_stay_objects() -> None:
    v, w = Value(2.0), Value(3.0)
    objects = np.array([v, w])
    for found in (v * objects, objects * v, objects * np.array([1.0, 2.0]), ag.hypot(objects, v),
                  ag.maximum([v, 1.0], np.array([1.0, 2.0])), np.hypot(v, objects)):  # fmt: skip
        assert found.dtype == object
        assert Value in map(type, found)
    objects += v
    objects *= objects
    assert [x.data for x in objects] == [16.0, 25.0]
    ag.sum(objects).backward()
    assert (v.grad, w.grad) == (26.0, 10.0)


def in_place(name: str) -> Any:
    return lambda a, v: getattr(operator, name)(a, v)


REFUSED: dict[str, Any] = {
    name: in_place(name)
    for name in ("iadd", "isub", "imul", "itruediv", "ipow", "imod", "ifloordiv")
} | {
    "out=": lambda a, v: np.multiply(a, v, out=a),
    "an element": lambda a, v: operator.setitem(a, 0, v),
    "matmul": lambda a, v: a @ v,
    "matmul from the left": lambda a, v: v @ a,
    "a complex number": lambda a, v: v * 1j,
    "words": lambda a, v: v * np.array(["a", "b"]),
    "dates": lambda a, v: np.array(["2020-01-01"], "M8[D]") * v,
    "bits": lambda a, v: a | v,
    "shapes": lambda a, v: ag.clip(a, v, np.ones(5)),
    "None": lambda a, v: v * np.array([1.0, None]),
    "a ufunc that it does not know": lambda a, v: np.gcd(a, v),
}  # fmt: skip


@pytest.mark.parametrize("way", REFUSED)
def test_what_has_no_right_answer_is_refused_in_one_line(way: str) -> None:
    a, v = np.array([1.0, 2.0]), Value(2.0)
    with pytest.raises((TypeError, ValueError)) as error:
        REFUSED[way](a, v)
    assert "\n" not in str(error.value)
    assert ":" in str(error.value)
    np.testing.assert_array_equal(a, [1.0, 2.0])


MASKED: list[Any] = [
    *OPERATORS[:4], np.ma.multiply, np.ma.hypot, lambda m, x: np.ma.exp(x),
]  # fmt: skip


@pytest.mark.parametrize("kind", [Value, Tensor])
@pytest.mark.parametrize("f", MASKED)
@pytest.mark.parametrize("mask", [[False, False], [False, True]])
def test_masked_arrays_drop_no_gradient(f: Any, kind: Any, mask: list[bool]) -> None:
    """NumPy's module of masked arrays reads an attribute `_data`, as our nodes have one."""
    m, x = np.ma.array([1.0, 2.0], mask=mask), kind(2.0)
    with pytest.raises(TypeError, match=r"would drop the gradient; take x.compressed\(\)"):
        f(m, x)
    if True in mask:
        with pytest.raises(TypeError, match=r"take x.compressed\(\)"):
            np.multiply(x, m)
        return
    product = np.multiply(x, m)
    assert type(product) is Tensor
    ag.sum(product).backward()
    assert x.grad == 3.0


def test_outer_products() -> None:
    v, a = Value(2.0), np.array([1.0, 3.0])
    for found in (np.multiply.outer(v, a), np.multiply.outer(a, v)):
        np.testing.assert_array_equal(found.data, [2.0, 6.0])
