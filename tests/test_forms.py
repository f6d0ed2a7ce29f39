"""Forms of one row that are computed apart agree: elements in C, arrays in NumPy, the row itself."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.arithmetic import arrays
from autograd.arithmetic.floats import evaluate, floats
from autograd.rules import networks
from autograd.rules.elementary import TABLE

pytestmark = pytest.mark.both

REALS = (np.float64, np.float32)
FEW = 4000
"""So many elements of an array are computed in C, where it was built."""
of_reals = pytest.mark.parametrize("dtype", REALS)


def numbers(count: int, dtype: Any, seed: int = 0) -> Any:
    """Numbers of all magnitudes, and those at which rows branch."""
    rng = np.random.default_rng(seed)
    smallest, largest = (-320, 308) if dtype is np.float64 else (-45, 38)
    found = np.concatenate(
        [
            [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan],
            rng.normal(0.0, 20.0, count // 2),
            rng.choice([-1.0, 1.0], count // 2)
            * 10.0 ** rng.uniform(smallest, largest, count // 2),
        ]
    )
    return found.astype(dtype)[:count]


def is_one(found: Any, row: Any, *operands: Any, part: int = 1) -> None:
    """The value (part 0) or the first slope of each element is the row's, in doubles to the bit."""
    points = zip(*(x.astype(np.float64).tolist() for x in operands))
    expected = np.array([np.ravel(evaluate(row, *x)[part])[0] for x in points])
    if found.dtype == np.float64 and ag.core == "c":
        np.testing.assert_array_equal(found, expected)
        return
    eps = float(np.finfo(found.dtype).eps)
    with np.errstate(over="ignore", under="ignore"):
        expected = expected.astype(found.dtype)
    tiny = 4 * float(np.finfo(found.dtype).smallest_subnormal)
    np.testing.assert_allclose(found, expected, rtol=16 * eps, atol=tiny)


@of_reals
@pytest.mark.parametrize("name", networks.ACTIVATIONS)
def test_a_fused_activation_is_its_row(name: str, dtype: Any) -> None:
    for seed in range(3):
        x = Tensor(numbers(FEW, dtype, seed)[:, None])
        with np.errstate(all="ignore"):
            z = ag.linear(x, np.ones((1, 1), dtype), None, name)
            slopes = ag.gradients(z, x, seed=np.ones_like(z.data))
        row = TABLE[name]
        if name != "tanh":  # of which NumPy has its own
            is_one(z.data[:, 0], row, x.data[:, 0], part=0)
            is_one(slopes[:, 0], row, x.data[:, 0])


def test_sigmoids_of_single_precision_keep_their_digits() -> None:
    """Of numbers of all sizes, near each of the powers of 2 that the core's exp takes apart."""
    rng = np.random.default_rng(3)
    steps = np.arange(-150, 130) * np.log(2) / 2
    edges = [0.0, -0.0, 1e-45, -1e-45, 1e-38, 3e38, -3e38, np.inf, -np.inf, np.nan, -103.9, 88.7]
    found = np.concatenate([edges, *(steps + shift for shift in rng.normal(size=9) * 0.1)])
    x = Tensor(found.astype(np.float32)[:, None])
    with np.errstate(all="ignore"):
        z = ag.linear(x, np.ones((1, 1), np.float32), None, "sigmoid")
        slopes = ag.gradients(z, x, seed=np.ones_like(z.data))
        exact = x.data.astype(np.float64)
        e = np.exp(-np.abs(exact))
        wanted = np.where(exact >= 0, 1, e) / (1 + e), e / (1 + e) ** 2
    for got, want in zip((z.data, slopes), wanted):
        np.testing.assert_allclose(got, want, rtol=4 * 2.0**-23, atol=2 * 2.0**-149)


@pytest.mark.skipif(ag.core != "c", reason="NumPy's exp has other last digits")
def test_the_slope_of_tanh_in_single_precision_is_rounded_once() -> None:
    x = Tensor(numbers(FEW, np.float32))
    with np.errstate(all="ignore"):
        found = ag.gradients(ag.tanh(x), x, seed=np.ones_like(x.data))
    slopes = [evaluate(TABLE["tanh"], v)[1][0] for v in x.data.astype(np.float64).tolist()]
    np.testing.assert_array_equal(found, np.array(slopes).astype(np.float32))


@of_reals
def test_the_slopes_of_a_fused_binary_cross_entropy_are_its_row(dtype: Any) -> None:
    row = TABLE["sigmoid_cross_entropy"]
    for seed in range(3):
        x, rng = numbers(FEW, dtype, seed), np.random.default_rng(seed)
        is_exact = dtype is np.float64 and ag.core == "c"  # others differ where p is close to y
        between = [0.25, 1 - 2.0**-20, 2.0**-40] if is_exact else []
        y = rng.choice([0.0, 1.0, *between], FEW).astype(dtype)
        leaf = Tensor(x)
        with np.errstate(all="ignore"):
            loss = ag.sigmoid_cross_entropy_sum(leaf, y, 1.0)
            is_one(ag.gradients(loss, leaf), row, x, y)
        for k in range(0, FEW, 40):
            with np.errstate(all="ignore"):
                one = ag.sigmoid_cross_entropy_sum(Tensor(x[k : k + 1]), y[k : k + 1], 1.0)
            is_one(one.data.reshape(1), row, x[k : k + 1], y[k : k + 1], part=0)


@of_reals
@pytest.mark.parametrize("size", [1, 1000, 40_000])
def test_the_form_of_a_binary_cross_entropy_in_numpy_is_its_row(size: int, dtype: Any) -> None:
    """In small losses, which take a way of their own, and in large ones."""
    row, form = TABLE["sigmoid_cross_entropy"], networks.sigmoid_cross_entropy_sum.value
    rng, eps = np.random.default_rng(size), float(np.finfo(dtype).eps)
    for scale, errs in ((3.0, 0.5), (40.0, 0.0), (3.0, 0.0), (0.0, 0.0)):
        y = rng.integers(0, 2, size).astype(dtype)
        x = (np.abs(rng.normal(scale, scale / 3, size)) * np.where(y == 0, -1, 1)).astype(dtype)
        x = np.where(rng.random(size) < errs, -x, x)
        loss, slopes = form(x, y, 2.0)
        assert loss.dtype == slopes.dtype == dtype
        exact = np.sum(ag.sigmoid_cross_entropy(x.astype(np.float64), y.astype(np.float64))) / 2.0
        np.testing.assert_allclose(loss, exact, rtol=64 * eps)
        some = slice(None, None, max(1, size // 500))
        right = [evaluate(row, *v)[1][0] / 2.0 for v in zip(x[some].tolist(), y[some].tolist())]
        np.testing.assert_allclose(slopes[some], right, rtol=8 * eps)
        for other in (np.float32, np.float64):
            wider = np.result_type(dtype, other)
            for mixed in (form(x, y.astype(other), 2.0), form(x.astype(other), y, 2.0)):
                assert [each.dtype for each in mixed] == [wider] * 2
    with pytest.raises(ValueError, match="shapes"):
        form(x, y[None], 2.0)


@of_reals
@pytest.mark.parametrize("kind", ["labels", "distributions"])
@pytest.mark.parametrize("classes", [1, 2, 5])
def test_the_form_of_a_cross_entropy_in_numpy_is_the_quick_one(
    classes: int, kind: str, dtype: Any
) -> None:
    """And the plain one; also where one class dominates, and where the logits are huge."""
    rng, form = np.random.default_rng(classes), networks.softmax_cross_entropy_sum.value
    eps, rows = float(np.finfo(dtype).eps), 400
    for scale in (1e-3, 1.0, 30.0, 80.0):
        x = rng.normal(0.0, scale, (rows, classes)).astype(dtype)
        labels = rng.integers(0, classes, rows)
        share = rng.dirichlet(np.ones(classes), rows).astype(dtype)
        share[::7, 0] = 0.0
        y = labels if kind == "labels" else share
        loss, slopes = form(x.reshape(-1, 2, classes), y.reshape(-1, 2, *y.shape[1:]), 2.0)
        leaf = Tensor(x)
        quick = ag.softmax_cross_entropy_sum(leaf, y, 2.0)
        np.testing.assert_allclose(loss, quick.data, rtol=64 * eps)
        found, tiny = slopes.reshape(x.shape) / 2.0, float(np.finfo(dtype).smallest_subnormal)
        atol = tiny if kind == "labels" else 2 * eps  # where p is close to y digits cancel
        np.testing.assert_allclose(found, ag.gradients(quick, leaf), rtol=32 * eps, atol=atol)
        for k in range(0, rows, rows // 8):
            values = [Value(float(v)) for v in x[k]]
            weights = np.eye(classes)[labels[k]] if kind == "labels" else share[k].astype(float)
            plain = -ag.dot(weights.tolist(), list(ag.log_softmax(values)))
            one, own = form(x[k : k + 1], y[k : k + 1], 1.0)
            np.testing.assert_allclose(one, plain.data, rtol=64 * eps, atol=eps * 1e-30)
            np.testing.assert_allclose(
                own[0], ag.gradients(plain, values), rtol=64 * eps, atol=atol
            )
    odd = np.zeros((3, classes), dtype)
    odd[0], odd[1, 0], y = np.nan, -np.inf, y[:3]
    if classes > 1:
        y[1] = 1 if kind == "labels" else np.eye(classes)[1]  # what is impossible was not there
        loss, slopes = form(odd[1:], y[1:], 2.0)
        assert np.isfinite(loss)
    leaf = Tensor(odd)
    with np.errstate(invalid="ignore"):
        loss, slopes = form(odd, y, 2.0)
        quick = ag.softmax_cross_entropy_sum(leaf, y, 2.0)
        np.testing.assert_allclose(slopes / 2.0, ag.gradients(quick, leaf), rtol=32 * eps)
    assert np.isnan(loss)
    assert np.isnan(quick.data)
    for misfit in ((x, y), (0.5, y), (np.array(0.5), y[0]), (0.5, 0), (0.5, 0.5), (x[0], 0.5)):
        with pytest.raises(ValueError, match="shapes"):
            form(*misfit, 2.0)


@of_reals
@pytest.mark.parametrize("name", arrays.OWN)
def test_a_row_that_numpy_computes_in_its_own_way_has_the_value_of_its_formula(
    name: str, dtype: Any
) -> None:
    """Beside its formula there is no other; a function of arrays states no slope."""
    x, eps = numbers(2000, dtype), float(np.finfo(dtype).eps)
    more = [np.full_like(x, v) for v in (1.0, -0.5)][: len(TABLE[name].operands) - 1]
    operands = [x > 0, *more] if name == "where" else [x, *more]
    with np.errstate(all="ignore"):
        found = arrays.OWN[name](*operands)
        expected = [getattr(floats, name)(*map(float, v)) for v in zip(*operands)]
        np.testing.assert_allclose(
            found, np.array(expected).astype(dtype), rtol=4 * eps,
            atol=4 * float(np.finfo(dtype).smallest_subnormal),
        )  # fmt: skip
