"""Programs of arrays that need not be exact: near those that are, in fewer passes."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd.compiled import library
from autograd.compiling.near_passes import NEAR
from autograd.compiling.passes import ONE, WHOLE
from tests.compiling.test_kernels import MACHINES, SPECIAL, made_by

pytestmark = [
    pytest.mark.both,
    pytest.mark.skipif(library is None, reason="kernels need the C core"),
]

INSIDE = {
    "exp": 700.0,
    "log": 1e300,
    "tanh": 20.0,
    "sin": 2.0**20,
    "cos": 2.0**20,
    "tanh_slope": 350.0,
}
EXACT = {
    name: getattr(mpmath, name, lambda x: mpmath.sech(x) ** 2) for name in INSIDE
}  # the square of sech is the slope of tanh
LOOPS = [*NEAR.values(), "near_tanh_slope_d"]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("loop", LOOPS)
def test_polynomials_are_off_by_few_units_in_the_last_place(loop: str, machine: str) -> None:
    rng = np.random.default_rng(1)
    name, kind = loop[len("near_") : -2], np.dtype(loop[-1])
    most = min(INSIDE[name], 80.0) if kind == np.float32 else INSIDE[name]
    x = most ** rng.uniform(-1, 1, 300) * rng.choice([-1, 1], 300)
    x = np.concatenate([x, rng.normal(size=100), [1e-310, most]]).astype(kind)
    x = np.abs(x) if name == "log" else x
    found = made_by(machine, loop, [x], (WHOLE,), np.empty_like(x))
    tiny = float(np.finfo(kind).smallest_subnormal)
    with mpmath.workprec(1200):
        for at, got in zip(x.tolist(), found.tolist()):
            exact = EXACT[name](mpmath.mpf(at))
            ulp = max(abs(float(np.spacing(kind.type(float(exact))))), tiny)
            assert abs(mpmath.mpf(got) - exact) <= (4 if name == "tanh_slope" else 3) * ulp, (
                at,
                got,
            )


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("of", "loop"), NEAR.items())
def test_polynomials_are_numpys_at_the_edges(of: Any, loop: str, machine: str) -> None:
    function, letter = of
    with np.errstate(over="ignore"):
        x = np.array([*SPECIAL, -1e300, -745.3, 710.0, -1.0, 5e-324, -5e-324]).astype(letter)
    for kinds, given_ in [((WHOLE,), x), *[((ONE,), x[k:]) for k in range(len(x))]]:
        found = made_by(machine, loop, [given_], kinds, np.empty_like(given_))
        with np.errstate(all="ignore"):
            wanted = function(given_ if kinds == (WHOLE,) else np.full_like(given_, given_[0]))
        np.testing.assert_allclose(found, wanted, rtol=4 * np.finfo(letter).eps)
        is_zero = wanted == 0
        assert np.array_equal(np.signbit(found[is_zero]), np.signbit(wanted[is_zero]))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("letter", "fd")
def test_fused_products_are_those_of_exact_arithmetic(letter: str, machine: str) -> None:
    rng = np.random.default_rng(2)
    xs = [rng.integers(-9, 9, 21).astype(letter) for _ in range(3)]
    for name, sign, last in (("fma", 1, 1), ("fms", 1, -1), ("fnma", -1, 1)):
        for kinds in np.ndindex(2, 2, 2):
            x, y, z = [each if kind == WHOLE else each[0] for kind, each in zip(kinds, xs)]
            found = made_by(machine, f"{name}_{letter}", xs, kinds, np.empty_like(xs[0]))
            assert np.array_equal(found, np.broadcast_to(sign * x * y + last * z, 21))


SMOOTH: tuple[Callable[..., Any], ...] = (
    lambda x, y: ag.tanh(x * y + x), lambda x, y: ag.exp(ag.tanh(x)) - y * 0.5,
    lambda x, y: x / (2 + y * y), lambda x, y: ag.sqrt(1 + x * x) - 3 * y, lambda x, y: ag.sin(x) * ag.cos(y) - x,
    lambda x, y: ag.log(1 + x * x) + y, lambda x, y: ag.sigmoid(x) - x * y, lambda x, y: ag.where(x > y, x * 3, y),
)  # fmt: skip


@given(
    st.lists(st.tuples(st.sampled_from(SMOOTH), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6),
    st.sampled_from(["f4", "f8"]), st.sampled_from([(40,), (300, 7)]), st.integers(0, 99),
)  # fmt: skip
def test_values_and_gradients_are_near_those_of_eager_tensors(
    steps: Any, dtype: str, shape: tuple[int, ...], seed: int
) -> None:
    def f(x: Any, y: Any) -> Any:
        found = [x, y]
        for g, i, j in steps:
            found.append(g(found[i % len(found)], found[j % len(found)]))
        return ag.mean(found[-1])

    rng = np.random.default_rng(seed)
    point = rng.normal(size=shape).astype(dtype), rng.normal(size=shape[-1:]).astype(dtype)
    eager = ag.value_and_grad(f, argnums=(0, 1))
    wanted, slopes = eager(*point)
    value, found = ag.compile(eager, arrays=True, exact=False)(*point)
    eps = float(np.finfo(dtype).eps)
    # Rounding of x > y may choose another side only where both come to nearly the same
    assert abs(value - wanted) <= 1e4 * eps * max(1.0, abs(wanted))
    for got, want in zip(found, slopes):
        off = np.abs(got - want)
        assert np.median(off) <= 1e4 * eps * np.abs(want).max() + eps


def kernel_of(compiled: Any) -> str:
    return "\n".join([line.strip(" #") for line in compiled.source().splitlines() if "# t" in line])


def test_a_product_and_its_sum_are_one_pass_and_so_is_the_slope_of_tanh() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 50))
    compiled = ag.compile(lambda x, y: np.tanh(x * y + x) - 2 * y, arrays=True, exact=False)
    wanted = np.tanh(x * y + x) - 2 * y
    np.testing.assert_allclose(compiled(x, y), wanted, rtol=1e-13, atol=1e-15)
    functions = [line.split(" = ")[1].split("(")[0] for line in kernel_of(compiled).splitlines()]
    assert functions == ["fma_d", "near_tanh_d", "fnma_d"]
    slope = ag.compile(ag.grad(lambda x: ag.sum(ag.tanh(x))), arrays=True, exact=False)
    np.testing.assert_allclose(slope(x), 1 / np.cosh(x) ** 2, rtol=1e-13)
    assert "near_tanh_slope_d" in kernel_of(slope)
    assert "exp" not in kernel_of(slope)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 15, 16, 17, 1000, 300_001])
def test_sums_of_what_a_kernel_computes_are_made_there(dtype: Any, size: int) -> None:
    """They are nearer to the sum of all digits than NumPy's; what is not finite stays so."""
    x, y = np.random.default_rng(size).normal(size=(2, size)).astype(dtype)

    def f(x: Any, y: Any) -> Any:
        z = (x - y) ** 2
        return np.sum(z), (z * x).sum(axis=None), (x * y).sum(keepdims=True), np.sum(x), z - 1

    compiled = ag.compile(f, arrays=True, exact=False)
    for _ in range(2):
        found = compiled(x, y)
        z = (x - y) ** 2
        for got, terms in zip(found, (z, z * x, x * y, x)):
            exactly = math.fsum(terms.astype(float).tolist())
            bound = float(np.finfo(dtype).eps) * math.fsum(np.abs(terms.astype(float)).tolist())
            assert abs(float(np.squeeze(got)) - exactly) <= bound
        assert [type(got) for got in found] == [type(want) for want in f(x, y)]
        assert found[0].dtype == dtype
        np.testing.assert_allclose(found[4], z - 1, rtol=1e-5)
    assert f"sum_{x.dtype.char}" in kernel_of(compiled)
    assert kernel_of(compiled).count("sum_") == 2, "of no argument, and not as an array"
    assert "sum_" not in ag.compile(f, arrays=True).source()
    for special in (np.inf, -np.inf, np.nan):
        x[size // 2] = special
        with np.errstate(invalid="ignore"):
            wanted = f(x, y)
        assert [repr(float(got)) for got in compiled(x, y)[:2]] == [
            repr(float(want)) for want in wanted[:2]
        ]
    x[:] = 0
    y[:] = 1e30 if dtype == np.float32 else 1e300
    with np.errstate(over="ignore"):
        assert compiled(x, y)[0] == np.inf


def test_products_stay_where_their_operands_are_written_into_or_others_need_them() -> None:
    def f(x: Any, y: Any) -> Any:
        z = x * 1.5
        product = z * y
        z += 7
        twice = x * y
        return product + z, twice + 1, twice - 2

    x, y = np.random.default_rng(0).normal(size=(2, 50))
    found = ag.compile(f, arrays=True, exact=False)(x, y)
    for got, want in zip(found, f(x, y)):
        np.testing.assert_allclose(got, want, rtol=1e-12)


def test_exactness_goes_with_the_function() -> None:
    x = np.linspace(-3.0, 3.0, 400)
    exact, near = (ag.compile(np.tanh, arrays=True, exact=k) for k in (True, False))
    assert np.array_equal(exact(x), np.tanh(x))
    assert "near_tanh" not in exact.source()
    near(x)
    again = pickle.loads(pickle.dumps(near))
    again(x)
    assert "near_tanh_d" in again.source()
    formula = ag.compile(lambda v: ag.tanh(v) * v, exact=False)
    assert np.array_equal(formula.rows(x), formula.rows(x, exact=False))
    assert np.array_equal(formula.rows(x, exact=True), ag.compile(formula.__wrapped__).rows(x))
