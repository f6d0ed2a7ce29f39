"""What is computed in two places has one answer: rows of Values and of Tensors, at ends too."""

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
        for x in dict.fromkeys(itertools.permutations((0.3, 0.6, 0.9, 0.6), n)):
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
