"""What is computed in two places has one answer: Values and Tensors, fused and plain, at ends too."""

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.rules.elementary import TABLE, Elementary
from autograd.rules.quotients import quotient
from tests.test_accuracy import REFERENCE

pytestmark = pytest.mark.both

ROWS = list(TABLE.values())
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
ENDS = [
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    2.3e-308,
    1.0,
    -1.0,
    0.3,
    -2.7,
    20.0,
    -20.0,
    90.0,
    -90.0,
    710.0,
    -710.0,
]
INFINITE = [1.7e308, -1.7e308, math.inf, -math.inf, math.nan]
ULPS = 256 * 2.0**-53
"""Values are computed with the C library, Tensors with NumPy's own loops, or SciPy's: of erfc, whose
digits get lost as those of x * x do."""


def of_list(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one list, of several operands."""
    return lambda *xs: f([*xs])


def summed(f: Callable[..., Any]) -> Callable[..., Any]:
    """The sum of what a function gives."""
    return lambda *xs: ag.sum(f(*xs))


def first_and_second(f: Callable[..., Any], xs: Sequence[Any]) -> list[Any]:
    """The value, the slopes, and the slopes of the slopes' sum, as numbers."""
    with np.errstate(all="ignore"):
        z = f(*xs)
        slopes = ag.gradients(z, list(xs), create_graph=True)
        total = slopes[0]
        for slope in slopes[1:]:
            total = total + slope
        again = ag.gradients(total.sum() if isinstance(total, Tensor) else total, list(xs))
    return [x.data if isinstance(x, (Value, Tensor)) else x for x in (z, *slopes, *again)]


def assert_alike(found: Any, expected: Any, what: Any, relative: float = ULPS) -> None:
    """Equal up to a few units in the last place, and both nan or neither."""
    found, expected = float(np.sum(found)), float(np.sum(expected))
    same = found == expected or (math.isnan(found) and math.isnan(expected))
    assert same or abs(found - expected) <= relative * abs(expected) + 1e-322, (
        what,
        found,
        expected,
    )


def operands_of(row: Elementary) -> list[tuple[float, ...]]:
    """Points at the ends of the numbers, and beside them."""
    several = [x for x in ENDS + INFINITE if not math.isnan(x)]
    if len(row.operands) == 1:
        return [(x,) for x in several]
    turned = [several[k:] + several[:k] for k in (0, 5, 9)]
    return [
        x for k in range(len(row.operands)) for x in zip(*(turned * 2)[k : k + len(row.operands)])
    ]


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name != "where"], ids=lambda row: row.name
)
def test_values_and_tensors_give_one_answer(row: Elementary) -> None:
    """As Values, as Tensors of no axes and of one: value, first and second order."""
    f = getattr(ag, row.name)
    for x in operands_of(row):
        if row.name in ("mod", "fmod") and (x[1] == 0.0 or math.isinf(x[0] / x[1])):
            continue  # how often y goes into x can't be told
        of_values = first_and_second(f, [Value(v) for v in x])
        for shape in ((), (1,)):
            of_tensors = first_and_second(summed(f), [Tensor(np.full(shape, v)) for v in x])
            for k, (a, b) in enumerate(zip(of_tensors, of_values, strict=True)):
                assert_alike(a, b, (row.name, x, shape, k))


SEVERAL = [row for row in ROWS if len(row.operands) > 1 and row.name != "where"]


@pytest.mark.parametrize("row", SEVERAL, ids=lambda row: row.name)
def test_operands_that_are_constants_change_no_slope(row: Elementary) -> None:
    """Whichever they are: as Values, and as Tensors and arrays of no axes, of one and of several."""
    n = len(row.operands)
    for kinds in itertools.product((True, False), repeat=n):
        for x in itertools.permutations((0.3, 0.6, 0.9, 0.6), n):
            if not any(kinds):
                continue

            def of_some(*some: Any, x: Any = x, kinds: Any = kinds, make: Any) -> Any:
                chosen = iter(some)
                xs = [next(chosen) if k else make(v) for v, k in zip(x, kinds)]
                return getattr(ag, row.name)(*xs)

            moving = [v for v, k in zip(x, kinds) if k]
            expected = first_and_second(
                functools.partial(of_some, make=float), list(map(Value, moving))
            )
            for shape, constant in (
                ((), float),
                ((), np.float64),
                ((), np.array),
                ((1,), np.array),
                ((2,), float),
            ):
                f = summed(functools.partial(of_some, make=constant))
                found = first_and_second(f, [Tensor(np.full(shape, v)) for v in moving])
                for k, (a, b) in enumerate(zip(found, expected, strict=True)):
                    once = a if k == 0 and shape != (2,) else a / 2 if k == 0 else np.ravel(a)[0]
                    assert_alike(once, b, (row.name, x, kinds, shape, k))


INSIDE = {"acosh": (1.5, 2.0), "asin": (-0.5, 0.7), "acos": (-0.5, 0.7), "atanh": (-0.5, 0.7)}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name != "where"], ids=lambda row: row.name
)
def test_dtypes_give_one_answer(row: Elementary, dtype: Any) -> None:
    """In first and second order, in the dtype of the operands, but for its rounding."""
    f, count = getattr(ag, row.name), len(row.operands)
    if dtype is np.longdouble and row.name in ("erf", "erfc", "gelu"):
        with pytest.raises(TypeError, match=r"erfc?: got .*; it is known for float16, float32 and"):
            f(Tensor(np.longdouble(0.5)))
        return
    for xs in (INSIDE.get(row.name, (0.5, 0.75)), INSIDE.get(row.name, (1.25, 3.0))):
        x = [np.array([v, v]) + k / 8 for k, v in enumerate((*xs, 0.25)[:count])]
        exact = first_and_second(summed(f), list(map(Tensor, x)))
        found = first_and_second(summed(f), [Tensor(each.astype(dtype)) for each in x])
        for k, (a, b) in enumerate(zip(found, exact, strict=True)):
            assert a.dtype == dtype
            eps = max(float(np.finfo(dtype).eps), 2.0**-52)
            np.testing.assert_allclose(
                a.astype(float), b, rtol=32 * eps, atol=32 * eps, err_msg=f"{row.name} {k} {x}"
            )


LIMITS: dict[str, tuple[float, float, float, float]] = {  # slope and second slope at -inf and inf
    "tanh": (0, 0, 0, 0), "sigmoid": (0, 0, 0, 0), "softplus": (0, 0, 1, 0),
    "logsigmoid": (1, 0, 0, 0), "gelu": (0, 0, 1, 0), "gelu_tanh": (0, 0, 1, 0),
    "silu": (0, 0, 1, 0), "atan": (0, 0, 0, 0), "asinh": (0, 0, 0, 0), "erf": (0, 0, 0, 0),
    "erfc": (0, 0, 0, 0), "cbrt": (0, 0, 0, 0), "sech": (0, 0, 0, 0), "relu": (0, 0, 1, 0),
    "abs": (-1, 0, 1, 0), "elu": (0, 0, 1, 0), "leaky_relu": (0.01, 0, 1, 0),
    "logistic_density": (0, 0, 0, 0), "bell": (0, 0, 0, 0), "lorentzian": (0, 0, 0, 0),
    "reciprocal": (0, 0, 0, 0),
}  # fmt: skip
VALUES = {"silu": (0.0, math.inf), "gelu": (0.0, math.inf), "gelu_tanh": (0.0, math.inf)}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("kind", ["value", "float64", "float32", "float16"])
def test_limits_at_infinity(name: str, kind: str) -> None:
    f, n = getattr(ag, name), len(LIMITS[name]) // 2
    for side, x in enumerate((-math.inf, math.inf)):
        leaf: Any = Value(x) if kind == "value" else Tensor(np.asarray(x, kind))
        z, slope, curve = first_and_second(f, [leaf])
        expected = LIMITS[name][n * side : n * side + n]
        assert (float(slope), float(curve)) == pytest.approx(expected, rel=1e-3, abs=0)
        if name in VALUES:
            assert float(z) == VALUES[name][side]


@pytest.mark.parametrize("name", ["acosh", "log", "log1p", "log2", "log10", "sqrt"])
def test_limits_of_what_grows_slowly(name: str) -> None:
    z, slope, curve = first_and_second(getattr(ag, name), [Value(math.inf)])
    assert (z, slope, curve) == (math.inf, 0.0, 0.0)


def test_atan_has_a_second_derivative_where_a_square_overflows() -> None:
    for x in (1e154, 1e200, 1.7e308, math.inf, -math.inf):
        assert ag.derivative(ag.atan, 2)(x) == 0.0


@pytest.mark.parametrize("x", [-708.0, -720.0, -745.0])
def test_activations_of_tensors_underflow_gradually(x: float) -> None:
    with mp.workdps(40):
        exact = float(1 / (1 + mp.exp(-mp.mpf(x))))
    assert ag.sigmoid(Tensor(x)).data == pytest.approx(exact, rel=1e-9, abs=5e-324)
    assert ag.silu(Tensor(x)).data == pytest.approx(x * exact, rel=1e-9, abs=5e-324)
    small = ag.sigmoid(Tensor(np.float32(-95.0))).data
    assert small == pytest.approx(math.exp(-95), rel=1e-2)


def test_hypot_of_the_twin_does_not_remember_an_overflow() -> None:
    from autograd.arithmetic.floats import floats

    with pytest.raises(OverflowError):
        abs(complex(1e308, 1e308) * 1.5)
    assert math.isnan(floats.hypot(0.0, math.nan))
    assert floats.hypot(math.inf, math.nan) == math.inf
    assert math.isnan(ag.hypot(Value(0.0), math.nan).data)


# Powers at 0, squares of roots: second derivatives


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((0.0, 1.0), [[0.0, -math.inf], [-math.inf, 0.0]]),
        ((0.0, 2.0), [[2.0, 0.0], [0.0, 0.0]]),
        ((0.0, 3.0), [[0.0, 0.0], [0.0, 0.0]]),
        ((2.0, 0.0), [[0.0, 0.5], [0.5, math.log(2) ** 2]]),
    ],
)
def test_the_hessian_of_a_power(at: tuple[float, float], expected: Any) -> None:
    found = ag.hessian(lambda v: v[0] ** v[1])(list(at))
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    with np.errstate(all="ignore"):
        arrays = ag.hessian(lambda v: v[0] ** v[1])(np.array(at))
    np.testing.assert_allclose(arrays, expected, rtol=1e-14)


def test_the_third_derivative_of_a_power_at_an_exponent_of_0() -> None:
    """d^3 (x**y) / dx dy^2 is 2 log(x) / x there."""
    by_y = ag.derivative(lambda y: ag.grad(lambda x: x**y)(2.0), 2)(0.0)
    assert by_y == pytest.approx(math.log(2.0), rel=1e-14)


def test_mixed_derivatives_of_cross_entropy_agree_at_labels() -> None:
    for y in (0.0, 1.0):
        (_, pq), (qp, _) = ag.hessian(lambda v: ag.binary_cross_entropy(v[0], v[1]))([0.3, y])
        assert pq == qp == pytest.approx(-1 / 0.7 - 1 / 0.3, rel=1e-14)


ROOTS: list[tuple[Callable[[Any], Any], float]] = [
    (lambda x: abs(x) ** 2, 2), (lambda x: abs(x) * abs(x), 2), (lambda x: ag.square(abs(x)), 2),
    (lambda x: 0.5 * abs(x) * abs(x), 1), (lambda x: abs(x) ** 3, 0), (lambda x: abs(x) ** 4, 0),
    (lambda x: abs(abs(x)) ** 2, 2), (lambda x: -(abs(x) ** 2) * ag.exp(x), -2),
    (lambda x: ag.hypot(x, 2 * x) ** 2, 10), (lambda x: ag.hypot(x, 0.0) ** 2 / 4, 0.5),
    (lambda x: abs(x), math.nan), (lambda x: abs(x) ** 2 + abs(x), math.nan),
    (lambda x: ag.hypot(x, x), math.nan), (lambda x: ag.exp(abs(x)), math.nan),
    (lambda x: ag.relu(x) ** 2, 0), (lambda x: ag.relu(x), 0), (lambda x: ag.maximum(x, 0.0), 0),
    (lambda x: ag.clip(x, 0.0, 1.0), 0), (lambda x: ag.leaky_relu(x), 0),
]  # fmt: skip
LENGTHS: list[tuple[Callable[[Any], Any], float]] = [
    (lambda x: ag.norm([x, 2 * x]) ** 2, 10), (lambda x: ag.std([x, -x]) ** 2, 2),
    (lambda x: ag.var([x, -x]), 2), (lambda x: ag.norm([x, x]), math.nan),
    (lambda x: ag.std([x, -x]), math.nan), (lambda x: ag.norm([x, x]) ** 4, 0),
    (lambda x: ag.dot([abs(x)], [abs(x)]), 2), (lambda x: ag.std([x, -x], ddof=1) ** 2, 4),
]  # fmt: skip


@pytest.mark.parametrize(("f", "expected"), ROOTS + LENGTHS)
def test_second_derivatives_at_kinks(f: Callable[[Any], Any], expected: float) -> None:
    """In every mode: right where squares are smooth, nan for what has none, never a silent 0."""
    found = [
        ag.derivative(f, 2)(0.0), 2 * ag.taylor(f, 0.0, 2)[2], ag.hessian(lambda v: f(v[0]))([0.0])[0][0],
        ag.hvp(f)(0.0, 1.0), ag.derivative(ag.grad(f))(0.0), ag.jacobian(ag.grad(f))(0.0),
    ]  # fmt: skip
    np.testing.assert_array_equal(found, [expected] * len(found))


@pytest.mark.parametrize(("f", "expected"), ROOTS)
def test_second_derivatives_at_kinks_of_arrays(f: Callable[[Any], Any], expected: float) -> None:
    with np.errstate(all="ignore"):
        found = ag.hessian(lambda x: ag.sum(f(x)))(np.zeros(2))
    np.testing.assert_array_equal(np.diagonal(found), [expected] * 2)


def test_squares_of_lengths_of_arrays_are_smooth() -> None:
    x = np.zeros(3)
    for length in (ag.norm, np.hypot.reduce):
        found = ag.hessian(lambda x, f=length: f(x) ** 2)(x)
        np.testing.assert_array_equal(found, 2 * np.eye(3))
    of_std = ag.hessian(lambda x: ag.std(x) ** 2)(x)
    np.testing.assert_allclose(of_std, 2 / 3 * (np.eye(3) - 1 / 3), rtol=1e-15)
    some = np.array([[0.0, 0.0], [3.0, 4.0]])
    along = ag.hessian(lambda x: ag.sum(ag.norm(x, axis=1) ** 2))(some)
    np.testing.assert_allclose(along.reshape(4, 4), 2 * np.eye(4), atol=1e-15)
    for axis, ddof in ((0, 1), (1, 0)):
        square = lambda x, k=axis, n=ddof: ag.sum(ag.std(x, axis=k, ddof=n) ** 2)  # noqa: E731
        found = ag.hessian(square)(np.zeros((2, 2)))
        pair = np.array([[1.0, -1.0], [-1.0, 1.0]]) / (2 - ddof)
        right = np.kron(np.eye(2), pair) if axis else np.kron(pair, np.eye(2))
        np.testing.assert_allclose(found.reshape(4, 4), right, atol=1e-15)
    with np.errstate(all="ignore"):
        assert np.isnan(np.diagonal(ag.hessian(ag.norm)(x))).all()


MULTIPLES: list[Callable[[Any, Any, Any], Any]] = [
    lambda x, y, z: z, lambda x, y, z: ag.abs(x), lambda x, y, z: -z, lambda x, y, z: z * y,
    lambda x, y, z: y * z, lambda x, y, z: 2 * z * y, lambda x, y, z: ag.scale(z, 3.0), lambda x, y, z: z * z, lambda x, y, z: z + 3 * z,
    lambda x, y, z: 5 * z - z / y, lambda x, y, z: z**3, lambda x, y, z: ag.square(z),
    lambda x, y, z: (2 * z) ** 2.5, lambda x, y, z: ag.square(3 * z) / (y + 1), lambda x, y, z: z**1,
    lambda x, y, z: ag.where(True, z * y, 4.0), lambda x, y, z: ag.where(False, y, -z),
]  # fmt: skip
OTHERS: list[Callable[[Any, Any, Any], Any]] = [
    lambda x, y, z: y, lambda x, y, z: ag.abs(y), lambda x, y, z: x, lambda x, y, z: z + y,
    lambda x, y, z: z - 1.0, lambda x, y, z: 1 / z, lambda x, y, z: ag.exp(z), lambda x, y, z: z**0.5,
    lambda x, y, z: z**y, lambda x, y, z: y**z, lambda x, y, z: -y, lambda x, y, z: ag.sqrt(z),
    lambda x, y, z: ag.relu(x), lambda x, y, z: ag.hypot(x, y),
]  # fmt: skip


@pytest.mark.parametrize("of", [Value, Tensor])
@pytest.mark.parametrize("g", MULTIPLES)
def test_the_quotient_of_a_multiple(g: Callable[[Any, Any, Any], Any], of: Any) -> None:
    x, y = of(-1.5), of(0.75)
    z = ag.abs(x)
    multiple = g(x, y, z)
    found = quotient(multiple, z)
    np.testing.assert_allclose(getattr(found, "data", found), multiple.data / z.data, rtol=1e-15)


@pytest.mark.parametrize("of", [Value, Tensor])
@pytest.mark.parametrize("g", OTHERS)
def test_what_is_no_multiple_has_no_quotient(g: Callable[[Any, Any, Any], Any], of: Any) -> None:
    x, y = of(-1.5), of(0.75)
    z = ag.abs(x)
    assert quotient(g(x, y, z), z) is None


def test_the_quotient_of_what_is_a_multiple_here_and_there() -> None:
    x, y = Tensor([-1.5, 2.0]), Tensor([0.75, 0.5])
    z, here = ag.abs(x), np.array([True, False])
    for f, right in (
        (ag.where(here, 3 * z, y), [3.0, np.nan]),
        (ag.where(here, y, z * y), [np.nan, 0.5]),
        (ag.where(here, z * y, -z), [0.75, -1.0]),
    ):
        np.testing.assert_array_equal(quotient(f, z).data, right)
    assert quotient(ag.where(here, y, x), z) is None
    assert quotient(z ** np.array([1.0, 2.0]), z) is None


# Operations of many numbers, and what is fused of several


def log_sum(xs: list[Any]) -> Any:
    return xs[0] + ag.log1p(ag.sum([ag.exp(x - xs[0]) for x in xs[1:]]))


MANY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "mean": (ag.mean, lambda xs: ag.sum(xs) / 3.0),
    "dot": (lambda xs: ag.dot(xs, xs), lambda xs: ag.sum([x * x for x in xs])),
    "norm": (ag.norm, lambda xs: ag.sqrt(ag.sum([x * x for x in xs]))),
    "std": (ag.std, lambda xs: ag.sqrt(ag.var(xs))),
    "logsumexp": (ag.logsumexp, log_sum),
    "softmax": (lambda xs: ag.softmax(xs)[1], lambda xs: ag.exp(ag.log_softmax(xs)[1])),
}


@pytest.mark.parametrize("name", MANY)
def test_many_numbers_in_one_node_and_in_several(name: str) -> None:
    one, several = MANY[name]
    x = [1.25, -0.5, 0.75]
    found, expected = (first_and_second(of_list(f), [Value(v) for v in x]) for f in (one, several))
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    "name", ["logsumexp", "softmax", "log_softmax", "std", "var", "norm", "mean"]
)
@pytest.mark.parametrize("at", [0.0, 1e9, -1e9])
def test_many_values_and_one_array(name: str, at: float) -> None:
    for x in ([at, at + 1], [at + 2, at + 2, at - 3], [at], [at + 40, at], [at, at]):
        f = getattr(ag, name)
        pick = (lambda z: z[0]) if "softmax" in name else (lambda z: z)
        values, tensor = [Value(v) for v in x], Tensor(x)
        z, t = pick(f(values)), pick(f(tensor))
        slopes, of_array = ag.gradients(z, values), ag.gradients(t, [tensor])[0]
        np.testing.assert_allclose(t.data, z.data, rtol=1e-14, atol=1e-17)
        np.testing.assert_allclose(of_array, slopes, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("at", [0.0, 1e9, 2.0**40])
def test_logits_keep_their_digits_as_they_grow(at: float) -> None:
    """The offset of all logits changes nothing, in values, slopes and the graphs of slopes."""
    x, moved = [0.0, 1.0, -2.0], [at, at + 1.0, at - 2.0]
    for f in (ag.logsumexp, lambda xs: ag.softmax(xs)[0], lambda xs: ag.log_softmax(xs)[2]):
        here, there = (first_and_second(of_list(f), [Value(v) for v in p]) for p in (x, moved))
        assert there[1:] == here[1:]


def test_a_logarithm_close_to_0_keeps_its_digits() -> None:
    z = ag.logsumexp([Value(0.0), Value(-40.0)])
    assert z.data == pytest.approx(math.exp(-40), rel=1e-15)
    tensor = Tensor([0.0, -40.0])
    assert ag.logsumexp(tensor).data == pytest.approx(math.exp(-40), rel=1e-15)
    for k, sign in ((0, 1.0), (1, -1.0)):
        (slopes,) = ag.gradients(ag.log_softmax(tensor)[0], [tensor])
        assert slopes[k] == pytest.approx(sign * math.exp(-40), rel=1e-15)
        (slopes,) = ag.gradients(ag.softmax(tensor)[0], [tensor])
        assert slopes[k] == pytest.approx(sign * math.exp(-40), rel=1e-15)
    (a, _), (_, d) = ag.hessian(ag.logsumexp)([0.0, -40.0])
    assert a == d == pytest.approx(math.exp(-40), rel=1e-15)


EXPONENTIALS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "logsumexp": (ag.logsumexp, lambda i, j, p: p[i] * ((i == j) - p[j])),
    "log_softmax": (lambda xs: ag.log_softmax(xs)[0], lambda i, j, p: -p[i] * ((i == j) - p[j])),
    "softmax": (
        lambda xs: ag.softmax(xs)[0],
        lambda i, j, p: (
            p[0] * ((i == 0) - p[i]) * ((j == 0) - p[j]) - p[0] * p[i] * ((i == j) - p[j])
        ),
    ),
}
"""Functions of logits, and their second derivatives, of the softmax p."""


@pytest.mark.parametrize("name", EXPONENTIALS)
@pytest.mark.parametrize(
    "x", [[0.0, -40.0, -41.0], [-40.0, 0.0, -41.0], [38.0, 0.0, 3.0], [0.3, 0.2, -0.1]], ids=str
)
def test_curvatures_of_exponentials_keep_their_digits(name: str, x: list[float]) -> None:
    """Each second derivative on its own, also where one logit dominates."""
    f, curvature = EXPONENTIALS[name]
    with mp.workdps(60):
        each = [mp.exp(v) for v in x]
        p = [e / mp.fsum(each) for e in each]
        right = np.array([[curvature(i, j, p) for j in range(3)] for i in range(3)], object)
    for operand in (x, np.array(x)):
        found = np.array(ag.hessian(f)(operand))
        if name == "softmax":  # differences of derivatives, which cancel
            np.testing.assert_allclose(found, right.astype(float), atol=1e-15 * float(p[0]))
        else:
            np.testing.assert_allclose(found, right.astype(float), rtol=1e-13)


@pytest.mark.parametrize("name", ["logsumexp", "log_softmax", "softmax"])
def test_slopes_of_many_classes_keep_their_digits(name: str) -> None:
    """Also that of the largest logit, whose share is as small as those of the others."""
    n = 20_000
    x = Tensor(np.zeros(n, np.float32))
    z = getattr(ag, name)(x)
    (slopes,) = ag.gradients(z if name == "logsumexp" else z[5], [x])
    right = {"logsumexp": 1 / n, "log_softmax": -1 / n, "softmax": -1 / n**2}[name]
    others = np.arange(n) != 5
    np.testing.assert_allclose(slopes[others], right, rtol=1e-5)


@pytest.mark.parametrize("n", [2, 3, 7, 11, 49])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("x", [0.1, 3000.1, 1e9 + 0.1, 1e15 / 3])
def test_equal_numbers_are_standardised_to_0(n: int, dtype: Any, x: float) -> None:
    rows = np.full((4, n), min(x, float(np.finfo(dtype).max)), dtype)
    for z in (ag.layer_norm(Tensor(rows)), ag.batch_norm(Tensor(rows.T)), ag.layer_norm(rows)):
        np.testing.assert_array_equal(getattr(z, "data", z), 0.0)


@pytest.mark.parametrize("n", [2, 3, 7, 11, 49])
@pytest.mark.parametrize("x", [0.1, 1e9 + 0.1, -1e-300, 1e300])
def test_equal_numbers_do_not_deviate(n: int, x: float) -> None:
    values, tensor = [Value(x) for _ in range(n)], Tensor(np.full(n, x))
    for z in (ag.std(values), ag.var(values)):
        assert z.data == 0.0
        assert ag.gradients(z, values) == [0.0] * n
    for t in (ag.std(tensor), ag.var(tensor)):
        assert t.data == 0.0
        assert not ag.gradients(t, [tensor])[0].any()


def test_deviations_of_near_huge_and_tiny_numbers() -> None:
    for scale in (1e-200, 1.0, 1e200):
        values = [Value(v * scale) for v in (1.0, 2.0, 4.0)]
        z = ag.std(values)
        assert z.data == pytest.approx(np.std([1.0, 2.0, 4.0]) * scale, rel=1e-15)
        expected = (np.array([1.0, 2.0, 4.0]) - 7 / 3) / 3 / np.std([1.0, 2.0, 4.0])
        np.testing.assert_allclose(ag.gradients(z, values), expected, rtol=1e-14)
    step = 2.0**-20
    near = [Value(2.0**30 + k * step) for k in (0, 1, 3)]
    assert ag.var(near).data == np.var([0.0, 1.0, 3.0]) * step * step


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rows", [1, 1500])
def test_a_fused_activation_is_the_plain_one(activation: str, dtype: Any, rows: int) -> None:
    """Value, slope, and slope in a graph, where the value is 1 to the last digit too."""
    x = np.tile(np.array([[20.0], [-40.0], [0.3], [-0.7], [5.5]], dtype), (rows, 1))
    W, seed = np.ones((1, 1), dtype), np.ones((5 * rows, 1), dtype)
    answers = []
    for fused in (True, False):
        leaf = Tensor(x)
        z = ag.linear(leaf, Tensor(W), None, activation if fused else None)
        z = z if fused else getattr(ag, activation)(z)
        first = ag.gradients(z, [leaf], seed=seed)[0]
        graph = ag.gradients(z, [leaf], seed=seed, create_graph=True)[0]
        answers.append([z.data, first, graph.data, ag.gradients(graph, [leaf], seed=seed)[0]])
    for a, b in zip(*answers):
        np.testing.assert_allclose(a, b, rtol=8 * np.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("rows", [1, 1500])
def test_a_fused_cross_entropy_is_the_plain_one(rows: int) -> None:
    x = np.tile(np.array([[0.0, -40.0, -50.0], [1e9, 1e9 + 1, 0.0], [3.0, 3.0, 1.0]]), (rows, 1))
    y = np.tile([0, 1, 2], rows)
    for target in (y, np.eye(3)[y]):
        tensor = Tensor(x)
        loss = ag.softmax_cross_entropy_sum(tensor, target, 1.0)
        (slopes,) = ag.gradients(loss, [tensor])
        total = 0.0
        for k in range(3):
            values = [Value(v) for v in x[k]]
            z = -ag.log_softmax(values)[int(y[k])]
            total += z.data
            np.testing.assert_allclose(slopes[k], ag.gradients(z, values), rtol=1e-14)
        assert float(loss.data) == pytest.approx(total * rows, rel=1e-13)


@pytest.mark.parametrize("y", [0.0, 0.25, 1.0, 1 - 1e-10])
def test_a_fused_binary_cross_entropy_is_the_row(y: float) -> None:
    for x in (0.0, -40.0, 40.0, 1e9, -3.0, 0.5):
        value, tensor = Value(x), Tensor([x])
        z = ag.sigmoid_cross_entropy(value, y)
        t = ag.sigmoid_cross_entropy_sum(tensor, np.array([y]), 1.0)
        assert float(t.data) == pytest.approx(z.data, rel=1e-15)
        assert ag.gradients(t, [tensor])[0][0] == pytest.approx(
            ag.gradients(z, [value])[0], rel=1e-14
        )
        with mp.workdps(60):
            exact = REFERENCE["sigmoid_cross_entropy"](mp.mpf(min(max(x, -99), 99)), mp.mpf(y))
        if abs(x) < 99:
            assert z.data == pytest.approx(float(exact), rel=1e-15)


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


@pytest.mark.parametrize("name", ["norm", "std", "var", "logsumexp", "mean", "prod"])
@pytest.mark.parametrize("axis", [0, 1, (0, 1), None])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_of_matrices_of_values_and_of_tensors(
    name: str, axis: Any, keepdims: bool
) -> None:
    x = np.array([[3.0, -4.0, 1.5], [0.25, 2.0, -0.75]])
    weights = np.linspace(1.0, 2.0, 6).reshape(2, 3)
    values = np.array([[Value(v) for v in row] for row in x], dtype=object)
    tensor, f = Tensor(x), getattr(ag, name)
    z, t = f(values, axis, keepdims=keepdims), f(tensor, axis, keepdims=keepdims)
    w = weights.ravel()[: t.size].reshape(t.shape)
    slopes = ag.gradients(ag.sum(np.asarray(z, object) * w), values.ravel().tolist())
    (of_array,) = ag.gradients(ag.sum(t * w), [tensor])
    np.testing.assert_allclose(of_array.ravel(), slopes, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_slope_of_tanh_has_the_same_bits_in_arrays_of_any_size(dtype: Any) -> None:
    x = np.linspace(-20.0, 20.0, 9000).astype(dtype)
    seed = np.cos(x)
    seed[::97] = np.inf
    whole, parts = Tensor(x), [Tensor(part) for part in np.split(x, 9)]
    with np.errstate(invalid="ignore"):
        ag.tanh(whole).backward(seed)
        for part, g in zip(parts, np.split(seed, 9)):
            ag.tanh(part).backward(g)
    np.testing.assert_array_equal(np.concatenate([part.grad for part in parts]), whole.grad)


@pytest.mark.parametrize("small", [np.float16, np.float32])
@pytest.mark.parametrize("row", SEVERAL, ids=lambda row: row.name)
def test_constants_in_a_smaller_dtype_are_the_numbers_that_they_are(
    row: Elementary, small: Any
) -> None:
    """Slopes are not computed in it, by whatever way the operation comes."""
    f, n = getattr(ag, row.name), len(row.operands)
    constants = [np.array(x).astype(small) for x in ([0.3, 0.7], [0.6, 0.55], [0.7, 0.2])][:n]
    for k in range(n):
        found = []
        for dtype in (small, np.float64):
            operands: list[Any] = [x.astype(dtype) for x in constants]
            operands[k] = leaf = Tensor(constants[k].astype(np.float64))
            z = f(*operands)
            graph = ag.gradients(ag.sum(z), leaf, create_graph=True)
            found.append((z.data, ag.gradients(ag.sum(z), leaf), graph.data))
        np.testing.assert_array_equal(*found)
