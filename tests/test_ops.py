"""The table: every row on floats, arrays, Values and Tensors, from one list."""

import itertools
import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.arithmetic.floats import evaluate
from autograd.checking import gradcheck
from autograd.checking.domains import Domain
from autograd.checking.reals import REALS, precision, real
from autograd.rules.elementary import ALIASES, CONDITION, TABLE, Elementary, Interval
from autograd.tensors.compiling import VALUES
from autograd.testing.strategies import operands
from autograd.testing.strategies.scalars import is_smooth
from autograd.value import OPERATIONS

pytestmark = pytest.mark.both

ROWS = list(TABLE.values())
SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -3.0,
    1e-300,
    -1e-300,
    1e300,
    710.0,
    -750.0,
    math.inf,
    -math.inf,
    math.nan,
]
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def bits(x: float) -> bytes:
    """The bits of a float; all nans are one."""
    return b"nan" if math.isnan(x) else struct.pack("d", x)


def split(row: Elementary, x: tuple[float, ...]) -> tuple[tuple[float, ...], list[float]]:
    """Operands that choose, and those to differentiate by."""
    free = [v for v, domain in zip(x, row.domain) if domain is not CONDITION]
    return x[: len(x) - len(free)], free


def typical(row: Elementary) -> list[float]:
    """Operands inside the domain of any row."""
    return [0.5 + 0.25 * i + (domain[0] == 1.0) for i, domain in enumerate(row.domain)]


@every_row
def test_a_row_is_complete(row: Elementary) -> None:
    assert len(row.domain) == len(row.operands), "every operand needs a domain"
    assert row.doc
    assert row.doc.endswith(".")
    assert getattr(ag, row.name).__doc__ == row.doc
    assert getattr(ag, row.name).__name__ == row.name


def anything(row: Elementary, seed: int) -> Iterator[tuple[float, ...]]:
    """150 times operands that may be any float: special ones, usual ones, and any bits."""
    rng = np.random.default_rng(seed)
    shape = 150, len(row.operands)
    kinds = (
        rng.choice(SPECIAL, shape), rng.normal(size=shape) * 3,
        rng.integers(0, 2**64, shape, np.uint64).view(np.float64),
    )  # fmt: skip
    yield from map(tuple, np.choose(rng.integers(0, 3, shape), kinds).tolist())


seeds = st.integers(0, 2**32 - 1)
a_few_times = settings(max_examples=max(2, settings().max_examples // 25))


@every_row
@a_few_times
@given(seed=seeds)
def test_the_made_function_is_the_row_bit_for_bit(row: Elementary, seed: int) -> None:
    kinds = [kind for kind in itertools.product("vc", repeat=len(row.operands)) if "v" in kind]
    for x in anything(row, seed):
        z, partials = evaluate(row, *x)
        assert bits(OPERATIONS[row, "c" * len(x)](*x)) == bits(z)
        if row.name == "where":  # Values have an edge to the chosen operand only
            continue
        for kind in kinds:
            made = OPERATIONS[row, "".join(kind)](
                *[ag.Value(v) if k == "v" else v for v, k in zip(x, kind)]
            )
            expected = [d for d, k in zip(partials, kind) if k == "v"]
            assert bits(made.data) == bits(z), (row.name, kind, x)
            assert list(map(bits, made.partials)) == list(map(bits, expected)), (kind, x)


def points(row: Elementary, seed: int, count: int) -> list[Any]:
    """A column for each operand: points where the row is smooth, many of them simple."""
    rng = np.random.default_rng(seed)

    def number(interval: Interval) -> float:
        if interval is CONDITION:
            return float(rng.random() < 0.5)
        domain = Domain(*interval)
        low, high = domain.usual
        return float(rng.choice(domain.simple) if rng.random() < 0.2 else rng.uniform(low, high))

    found: list[tuple[float, ...]] = []
    while len(found) < count:
        point = tuple(map(number, row.domain))
        if is_smooth(row, point):
            found.append(point)
    return [np.array(column) for column in zip(*found)]


@every_row
@a_few_times
@given(seed=seeds)
def test_arrays_are_the_row_at_500_points(row: Elementary, seed: int) -> None:
    columns = points(row, seed, 500)
    exact = [evaluate(row, *point) for point in zip(*map(np.ndarray.tolist, columns))]
    values, partials = zip(*exact)
    np.testing.assert_allclose(VALUES[row](*columns), values, rtol=4e-15, atol=4e-15)
    fixed, free = split(row, tuple(columns))
    leaves = [ag.Tensor(x) for x in free]
    weights = np.random.default_rng(seed).uniform(0.5, 2.0, 500)
    getattr(ag, row.name)(*fixed, *leaves).backward(weights)
    for leaf, slopes in zip(leaves, np.transpose(partials)[len(fixed) :]):
        np.testing.assert_allclose(leaf.grad, weights * slopes, rtol=1e-13, atol=1e-14)


def difference(row: Elementary, x: tuple[float, ...], i: int) -> float:
    """The derivative by operand i, from values of 60 digits."""
    with precision(200):
        h = real(2.0**-60 * max(1.0, abs(x[i])))
        ends = []
        for sign in (1, -1):
            moved = [real(v) for v in x]
            moved[i] = moved[i] + sign * h
            ends.append(row.value(REALS, *moved))
        return float((ends[0] - ends[1]) / (h + h))


@pytest.mark.once
@every_row
@a_few_times
@given(seed=seeds)
def test_partials_are_differences_of_60_digits(row: Elementary, seed: int) -> None:
    for x in zip(*map(np.ndarray.tolist, points(row, seed, 20))):
        for i, (slope, domain) in enumerate(zip(evaluate(row, *x)[1], row.domain)):
            if domain is not CONDITION:
                assert slope == pytest.approx(difference(row, x, i), rel=1e-11, abs=1e-30), (x, i)


def assert_right(report: ag.GradientReport) -> None:
    """Only small derivatives, beside larger numbers, may have lost their digits."""
    for entry in report.entries:
        assert entry.verdict == "right" or (
            entry.verdict == "inaccurate" and abs(entry.numeric) < 1e-6
        ), str(entry)


@pytest.mark.once
@pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")  # it is looked at
@every_row
@settings(max_examples=max(1, settings().max_examples // 16))
@given(data=st.data())
def test_gradcheck_knows_every_row(row: Elementary, data: st.DataObject) -> None:
    """Of Values and, as up to nine numbers, of Tensors."""
    points = data.draw(st.lists(operands(row), min_size=1, max_size=3))
    function, weights = getattr(ag, row.name), np.linspace(1.0, 2.0, len(points))
    fixed, free = split(row, points[0])
    assert_right(gradcheck(lambda *x: function(*fixed, *x), *free, raise_error=False))
    if ROWS.index(row) % 6:
        return
    columns = [np.array(column) for column in zip(*points)]
    fixed, free = split(row, tuple(columns))  # type: ignore[arg-type]
    assert_right(
        gradcheck(lambda *x: ag.sum(function(*fixed, *x) * weights), *free, raise_error=False)
    )


@every_row
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tensors_keep_their_dtype(row: Elementary, dtype: Any) -> None:
    x = [np.full((2, 3), v, dtype) for v in typical(row)]
    leaves = [ag.Tensor(v) for v in x]
    z = getattr(ag, row.name)(*leaves)
    assert z.dtype == dtype
    ag.sum(z).backward()
    assert all(leaf.grad.dtype == dtype for leaf in leaves)


@every_row
def test_functions_answer_in_kind(row: Elementary) -> None:
    function, n = getattr(ag, row.name), len(row.operands)
    x = typical(row)
    assert type(function(*x)) is float
    assert type(function(*map(ag.Value, x))) is ag.Value
    assert type(function(*map(ag.Tensor, x))) is ag.Tensor
    assert np.shape(function(*([v, v] for v in x))) == (2,)
    assert function(*map(np.float64, x)) == function(*x)
    with pytest.raises(TypeError, match=f"^{row.name}: got {n + 1} operands; it needs {n} "):
        function(*x, 1.0)
    if row.name != "where":
        with pytest.raises(TypeError, match=r"a real number|real numbers"):
            function(*["a"] * n)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("ag.div(1, 0)", math.inf), ("ag.div(-1, 0)", -math.inf), ("ag.div(1, -0.0)", -math.inf),
        ("ag.div(0, 0)", math.nan), ("ag.log(0)", -math.inf), ("ag.log(-1)", math.nan),
        ("ag.exp(1000)", math.inf), ("ag.exp(-1000)", 0.0), ("ag.sqrt(-1)", math.nan),
        ("ag.pow(0, 0)", 1.0), ("ag.pow(-8, 1 / 3)", math.nan), ("ag.pow(-2, 3)", -8.0),
        ("ag.pow(0, -1)", math.inf), ("ag.pow(-0.0, -1)", -math.inf), ("ag.relu(math.nan)", math.nan),
        ("ag.pow(10, 400)", math.inf), ("ag.pow(-10, 401)", -math.inf),
        ("ag.sigmoid(-1000)", 0.0), ("ag.sigmoid(1000)", 1.0), ("ag.sech(1000)", 0.0),
        ("ag.maximum(math.nan, 1)", math.nan), ("ag.maximum(1, math.nan)", math.nan),
        ("ag.sin(math.inf)", math.nan), ("ag.log1p(-1)", -math.inf), ("ag.abs(-0.0)", 0.0),
        ("ag.binary_cross_entropy(0, 0)", 0.0), ("ag.binary_cross_entropy(1, 1)", 0.0),
        ("ag.binary_cross_entropy(0, 1)", math.inf),
        ("ag.sigmoid_cross_entropy(1000, 1)", 0.0), ("ag.sigmoid_cross_entropy(1000, 0)", 1000.0),
    ],
)  # fmt: skip
def test_ieee_answers(call: str, expected: float) -> None:
    assert bits(eval(call)) == bits(expected)


@pytest.mark.parametrize(
    ("function", "x", "slope"),
    [  # conventions at kinks
        (ag.relu, 0.0, 0.0), (ag.relu, -0.0, 0.0), (ag.abs, 0.0, 0.0),
        (lambda x: ag.maximum(x, 1.0), 1.0, 0.5), (lambda x: ag.maximum(1.0, x), 1.0, 0.5),
        (lambda x: x**0, 0.0, 0.0), (lambda x: x**2, 0.0, 0.0), (lambda x: x**1, 0.0, 1.0),
        (lambda x: 0.0**x, 2.0, 0.0),
        # digits that 1 - z*z and z*(1 - z) would lose
        (ag.tanh, 20.0, 1.6993417021166355e-17), (ag.sigmoid, 40.0, 4.248354255291589e-18),
        (ag.sigmoid, -700.0, 9.859676543759770e-305), (ag.tanh, 800.0, 0.0),
        (lambda x: ag.sigmoid_cross_entropy(x, 1.0), 50.0, -1.9287498479639178e-22),
        # an untaken branch contributes nothing
        (lambda x: ag.where(x > 0, ag.sqrt(x), 0.0), 0.0, 0.0),
        (lambda x: ag.where(x > 0, ag.log(x), x), -1.0, 1.0),
    ],
)  # fmt: skip
def test_conventions_and_digits(function: Any, x: float, slope: float) -> None:
    v = ag.Value(x)
    function(v).backward()
    assert v.grad == pytest.approx(slope, rel=1e-15, abs=0)


@pytest.mark.parametrize(
    ("name", "x", "z", "slopes"),
    [  # ties, 0, the ends of domains, nan; None where nothing is promised
        ("maximum", (1, 1), 1, (0.5, 0.5)), ("maximum", (math.nan, 1), math.nan, None),
        ("maximum", (1, math.nan), math.nan, None), ("minimum", (1, 1), 1, (0.5, 0.5)),
        ("minimum", (math.nan, 1), math.nan, None), ("minimum", (1, math.nan), math.nan, None),
        ("clip", (1, 1, 3), 1, (0.5, 0.5, 0)), ("clip", (3, 1, 3), 3, (0.5, 0, 0.5)),
        ("clip", (2, 2, 2), 2, (0.25, 0.25, 0.5)), ("clip", (5, 3, 1), 1, (0, 0, 1)),
        ("clip", (math.nan, 1, 3), math.nan, None), ("clip", (2, math.nan, 3), math.nan, None),
        ("abs", (math.nan,), math.nan, (math.nan,)),
        ("sign", (0,), 0, (0,)), ("sign", (-0.0,), -0.0, (0,)), ("sign", (math.nan,), math.nan, None),
        ("step", (1, 1), 1, (0, 0)), ("step", (math.nan, 0), math.nan, None),
        ("step", (0, math.nan), math.nan, None), ("relu", (math.nan,), math.nan, (1,)),
        ("leaky_relu", (0, 0.5), 0, (0.5, 0)), ("elu", (0, 2), 0, (2, 0)),
        ("leaky_relu", (0, math.inf), math.nan, None), ("elu", (0, math.inf), math.nan, None),
        ("where", (True, 2, 3), 2, (0, 1, 0)), ("where", (False, 2, 3), 3, (0, 0, 1)),
        ("mod", (0, 3), 0, (1, 0)), ("mod", (0, -3), -0.0, (1, 0)), ("mod", (-0.0, 3), 0, (1, 0)),
        ("mod", (-3, 3), 0, (1, 1)), ("mod", (-1, 3), 2, (1, 1)), ("mod", (1, -3), -2, (1, 1)),
        ("mod", (1, 0), math.nan, None), ("pow", (0, 0), 1, (0, -math.inf)),
        ("pow", (0, 1), 0, (1, 0)), ("pow", (0, 2), 0, (0, 0)), ("pow", (0, 0.5), 0, (math.inf, 0)),
        ("pow", (-2, 0), 1, (0, math.nan)), ("pow", (math.inf, 0), 1, (0, math.inf)),
        ("binary_cross_entropy", (1, 1), 0, (-1, -math.inf)),
        ("binary_cross_entropy", (0, 0), 0, (1, math.inf)),
        ("binary_cross_entropy", (0.5, 0), math.log(2), (2, 0)),
        ("binary_cross_entropy", (0.5, 1), math.log(2), (-2, 0)),
        ("binary_cross_entropy", (1, 0), math.inf, (math.inf, -math.inf)),
        ("hypot", (0, 0), 0, (0, 0)), ("side", (0,), 0, (math.nan,)), ("unit", (0, 0), 0, None),
        ("ratio", (0, 0), 0, (math.inf, 0)), ("monomial", (0, 0, -1), 0, (math.inf, 0, math.nan)),
        ("power_log", (0, 1), 0, (-math.inf, 0)), ("power_log", (0, 2), 0, (0, 0)), ("direction", (0, 0), 0, None),
        ("logaddexp", (math.inf, math.inf), math.inf, None), ("logaddexp", (0, -math.inf), 0, (1, 0)),
        ("logaddexp", (-math.inf, -math.inf), -math.inf, None),
        ("logaddexp", (math.nan, 0), math.nan, None), ("logaddexp", (0, math.nan), math.nan, None),
        ("logaddexp2", (math.inf, math.inf), math.inf, None), ("logaddexp2", (1, 1), 2, (0.5, 0.5)),
        ("logaddexp2", (-math.inf, -math.inf), -math.inf, None), ("logaddexp2", (math.nan, 0), math.nan, None),
        ("fmax", (1, 1), 1, (0.5, 0.5)), ("fmax", (math.nan, 1), 1, (0, 1)), ("fmax", (1, math.nan), 1, (1, 0)),
        ("fmin", (1, 1), 1, (0.5, 0.5)), ("fmin", (math.nan, 1), 1, (0, 1)), ("fmin", (1, math.nan), 1, (1, 0)),
        ("fmax", (math.nan, math.nan), math.nan, (0, 0)), ("fmin", (math.nan, math.nan), math.nan, (0, 0)),
        ("heaviside", (0, 0.5), 0.5, (0, 1)), ("heaviside", (-0.0, 0.5), 0.5, (0, 1)), ("heaviside", (math.nan, 0.5), math.nan, None),
        ("copysign", (0, -1), -0.0, (0, 0)), ("copysign", (2, -0.0), -2, (-1, 0)), ("copysign", (-2, -0.0), -2, (1, 0)),
        ("floor_divide", (7, -2), -4, (0, 0)), ("floor_divide", (1, 0), math.inf, (0, 0)), ("floor_divide", (0, -2), -0.0, (0, 0)),
        ("fmod", (-7, 2), -1, (1, 3)), ("fmod", (1, 0), math.nan, None), ("sinc", (0,), 1, (0,)), ("spherical_j1", (0,), 0, (1 / 3,)),
        ("gelu_tanh", (-1e200,), -0.0, (0,)),
        ("gelu_tanh", (1e200,), 1e200, (1,)),
    ],
)  # fmt: skip
def test_rows_at_their_edges(name: str, x: Any, z: float, slopes: Any) -> None:
    found, partials = evaluate(TABLE[name], *map(float, x))
    assert bits(found) == bits(float(z))
    assert slopes is None or partials == pytest.approx(slopes, nan_ok=True)


def test_a_row_may_not_branch_with_if() -> None:
    from autograd.formulas.formula import Tracer, value_formula
    from autograd.rules.elementary import REAL, elementary

    bad = elementary("bad", lambda m, x: x if x > 0 else -x, lambda m, x, z: (1,), domain=(REAL,))
    with pytest.raises(TypeError, match=r"must choose with m\.where"):
        value_formula(bad, Tracer())


@every_row
def test_ufuncs_methods_and_bools(row: Elementary) -> None:
    """Through NumPy's and SciPy's ufunc of the same meaning, as a method, and of True and False."""
    import scipy.special

    function, x = getattr(ag, row.name), typical(row)
    names = [row.name, *(ufunc for ufunc, name in ALIASES.items() if name == row.name)]
    for name in names:
        ufunc = getattr(np, name, None) or getattr(scipy.special, name, None)
        if isinstance(ufunc, np.ufunc) and ufunc.nin == len(x):
            for kind in (ag.Value, ag.Tensor):
                z = ufunc(*map(kind, x))
                assert type(z) is kind
                assert z.op == row.name
                assert z.data == pytest.approx(function(*x), rel=4e-16)
        if len(x) == 1 and not row.infix:
            assert getattr(ag.Value(x[0]), name)().data == function(*x)
    with np.errstate(all="ignore"):
        assert bits(float(function(*[True] * len(x)))) == bits(function(*[1.0] * len(x)))


def test_arrays_of_values_through_numpy() -> None:
    x = ag.Value(0.5)
    array = np.array([1.0, 2.0]) * x
    for name in ("exp", "sin", "arctan", "tanh", "sqrt"):
        made = getattr(np, name)(array)
        assert [v.data for v in made] == getattr(np, name)(np.array([0.5, 1.0])).tolist()
    ag.sum(np.exp(array)).backward()
    assert x.grad == pytest.approx(math.exp(0.5) + 2 * math.exp(1.0))


def test_integers_and_booleans_in_arrays_are_real_numbers() -> None:
    assert ag.square([10**10])[0] == 1e20
    assert ag.add([True], [True])[0] == 2.0
    assert ag.softmax(np.array([2, 3], "u1")).sum() == pytest.approx(1.0)
    assert ag.dot([2**40], [2**40]) == ag.prod([2**40, 2**40]) == 2.0**80
    assert ag.neg(np.uint8([3]))[0] == -3.0
    assert ag.pow([2], -1)[0] == 0.5
    assert ag.where([True, False], [1, 2], 0).tolist() == [1.0, 0.0]
