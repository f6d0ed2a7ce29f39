"""Values and Tensors in one formula."""

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

pytestmark = pytest.mark.both


def test_the_gradient_comes_back_to_the_value() -> None:
    v = Value(2.0)
    square = v * v
    t = Tensor([1.0, 2.0])
    z = (t * square + v).sum()  # 3 v**2 + 2 v
    z.backward()
    assert (v.grad, square.grad) == (14.0, 3.0)
    np.testing.assert_array_equal(t.grad, [4.0, 4.0])
    z.backward()
    assert v.grad == 28.0
    found = ag.gradients(z, [v, t, square])
    assert found[0] == 14.0
    assert found[2] == 3.0
    slope = ag.gradients(z, v, create_graph=True)
    assert ag.gradients(slope, v) == 6.0
    np.testing.assert_array_equal(ag.gradients(slope, t), [4.0, 4.0])


FORMS: list[Any] = [
    lambda v, t: v * t, lambda v, t: t * v, lambda v, t: v - t, lambda v, t: t / v,
    lambda v, t: v**t, lambda v, t: t**v, lambda v, t: np.multiply(v, t), lambda v, t: np.hypot(t, v),
    lambda v, t: ag.maximum(t, v), lambda v, t: ag.where(t > 1.5, v, t), lambda v, t: ag.clip(t, v, 9.0),
    lambda v, t: np.array([v, v * v]) * t, lambda v, t: t @ [v, v * v], lambda v, t: ag.matmul([[v, 1.0 * v]], t),
    lambda v, t: np.stack([v, t.sum()]), lambda v, t: ag.concatenate([[v], t]), lambda v, t: ag.outer([v, v], t),
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_value_is_as_good_as_a_tensor_of_one_number(form: Any) -> None:
    v, t = Value(1.75), Tensor([1.0, 2.0])
    w, u = Tensor(1.75), Tensor([1.0, 2.0])
    mixed = form(v, t)
    by_numbers = form(1.75, np.array([1.0, 2.0]))
    np.testing.assert_array_equal(mixed.data, np.asarray(by_numbers, float))
    assert type(mixed) is Tensor
    weights = np.linspace(1.0, 2.0, mixed.size).reshape(mixed.shape)

    def third(z: Any, a: Any, b: Any) -> Any:
        total = ag.sum(z * z * weights)
        one = ag.gradients(total, [a, b], create_graph=True)
        two = ag.gradients(one[0] + ag.sum(one[1] ** 2), [a, b], create_graph=True)
        return [total, *one, *two, *ag.gradients(two[0] * 1.0, [a, b])]

    def of_tensors(v: Any, t: Any) -> Any:
        return form(v, t) if form not in FORMS[11:14] + FORMS[15:] else None

    if (same := of_tensors(w, u)) is not None:
        for got, expected in zip(third(mixed, v, t), third(same, w, u)):
            np.testing.assert_allclose(
                getattr(got, "data", got),
                getattr(expected, "data", expected),
                rtol=1e-12,
                atol=1e-12,
            )
    report = ag.gradcheck(
        lambda v, t: ag.sum(form(v, t) ** 2 * weights), 1.75, np.array([1.0, 2.0])
    )
    assert report.count("right") == 3


def test_a_value_is_no_stronger_than_a_number() -> None:
    small = Tensor(np.ones(2, np.float32))
    assert (small * Value(2.0)).dtype == np.float32
    assert (Value(2.0) / small).dtype == np.float32


def test_transforms_of_both() -> None:
    def f(p: Any) -> Any:
        return np.sum(p["w"] * p["k"] ** 2) + p["k"]

    at = {"w": np.ones(2), "k": 3.0}
    slope = ag.grad(f)(at)
    np.testing.assert_array_equal(slope["w"], [9.0, 9.0])
    assert slope["k"] == 13.0
    second = ag.hessian(f)(at)
    assert second["k"]["k"] == 4.0
    np.testing.assert_array_equal(second["k"]["w"], [6.0, 6.0])
    np.testing.assert_array_equal(second["w"]["k"], [6.0, 6.0])
    assert ag.jvp(f, (at,), ({"w": np.zeros(2), "k": 1.0},)) == (21.0, 13.0)
    product = ag.hvp(f)(at, {"w": np.ones(2), "k": 1.0})
    assert product["k"] == 4.0 + 12.0
    np.testing.assert_array_equal(product["w"], [6.0, 6.0])


def test_what_is_not_taken_gives_a_value_nothing() -> None:
    v = Value(0.0)
    root = ag.sqrt(v)
    t = Tensor([1.0, 2.0])
    ag.sum(ag.where(t > 5, root, t)).backward()
    assert v.grad == 0.0
    ag.sum(t * root * 0.0).backward()
    assert np.isnan(v.grad), "a 0 by arithmetic is IEEE's"


def test_copies_and_pickles_of_both() -> None:
    v, t = Value(2.0), Tensor([1.0, 2.0])
    z = (t * v * v).sum()
    for remade in (copy.deepcopy([v, t, z]), pickle.loads(pickle.dumps([v, t, z]))):
        w, u, y = remade
        y.backward()
        assert (w.grad, y.item()) == (12.0, 12.0)
        np.testing.assert_array_equal(u.grad, [4.0, 4.0])
    assert not v.has_grad


def test_detect_anomaly_looks_through() -> None:
    with ag.detect_anomaly():
        z = (Tensor([1.0]) * ag.log(Value(0.0))).sum()
        with pytest.raises(FloatingPointError, match=r"log\(0\.0\) gave -inf"):
            z.backward()


def test_release() -> None:
    v, t = Value(2.0), Tensor([3.0])
    z = (t * v).sum()
    z.backward(release=True)
    assert v.grad == 3.0
    with pytest.raises(ValueError, match=r"^backward: this graph was released"):
        z.backward()
    with pytest.raises(ValueError, match=r"^backward: this graph was released"):
        ag.gradients(z, t, create_graph=True)
    assert v.grad == 3.0


def test_a_pass_inside_no_grad_reaches_the_values() -> None:
    v, t = Value(2.0), Tensor([1.0, 2.0])
    y = (t * v).sum()
    with ag.no_grad():
        y.backward()
        assert [entry.share for entry in ag.contributions(y, v)] == [3.0]
        assert (v * v).parents == ()
    assert v.grad == 3.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 3, 9000])  # C takes the small ones of single precision
@pytest.mark.parametrize("odd", [0.0, -0.0, np.inf, -np.inf, np.nan])
def test_the_slope_of_tanh_for_any_g(dtype: Any, size: int, odd: float) -> None:
    points = np.array([0.3, -0.0, 1000.0, 1e-30, -2.5, -1000.0, 9.0, np.inf], dtype)
    for first in range(len(points)):
        x = np.resize(np.roll(points, -first), size)
        g = np.resize([odd, 1.5, -0.25], size).astype(dtype)
        t = Tensor(x)
        with np.errstate(all="ignore"):
            ag.tanh(t).backward(g)
            (of_array,) = ag.gradients(ag.tanh(t), [t], seed=g)
            wanted = (g * np.cosh(np.abs(x.astype(np.float64))) ** -2.0).astype(dtype)
            many = Tensor(np.resize(x, 9000))
            by_numpy = ag.gradients(ag.tanh(many), many, seed=np.resize(g, 9000))[:size]
        assert t.grad.dtype == dtype
        for found in (t.grad, of_array):
            np.testing.assert_array_equal(found, by_numpy)
            finite = np.isfinite(wanted)
            np.testing.assert_array_equal(found[~finite], wanted[~finite])
            np.testing.assert_array_almost_equal_nulp(
                found[finite].astype(dtype), wanted[finite], 8 if dtype == np.float64 else 1
            )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 3, 9000])
def test_an_infinite_g_of_a_flat_tanh_does_not_reach_what_a_choice_left_out(
    dtype: Any, size: int
) -> None:
    u = Tensor(np.full(size, -2.0, dtype))
    flat = ag.tanh(ag.relu(u) - 1000.0)
    seed = np.full(size, np.inf, dtype)
    with np.errstate(all="ignore"):
        flat.backward(seed)
        of_array = ag.gradients(flat, u, seed=seed)
    np.testing.assert_array_equal(u.grad, 0.0)
    np.testing.assert_array_equal(of_array, 0.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 3, 9000])
def test_numpy_tells_of_an_infinite_g_of_a_flat_tanh(dtype: Any, size: int) -> None:
    t = Tensor(np.full(size, -1000.0, dtype))
    flat, seed = ag.tanh(t), np.full(size, np.inf, dtype)
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        ag.gradients(flat, t, seed=seed)
    with np.errstate(invalid="ignore"):
        assert np.isnan(ag.gradients(flat, t, seed=seed)).all()


@pytest.mark.parametrize(("at", "expected"), [(0.0, math.nan), (-1.0, 0.0)])
def test_a_slope_of_0_is_no_missing_one(at: float, expected: float) -> None:
    """It multiplies what comes to it, but on a flat side; in graphs too."""
    x = Value(at)
    y = (ag.sign(x) * Tensor([1.0, math.nan])).sum()
    y.backward()
    graph = ag.gradients(y, x, create_graph=True)
    np.testing.assert_array_equal([x.grad, ag.gradients(y, x), graph.data], [expected] * 3)


@pytest.mark.parametrize("zero", [0.0, -0.0, 2.0])
@pytest.mark.parametrize("way", ["gradients", "graph", "backward", "grad", "jacobian", "vjp"])
def test_a_zero_that_arithmetic_gave_to_a_value_counts(way: str, zero: float) -> None:
    """As from Value to Value and Tensor to Tensor: 0 times an infinite slope is nan, not 0."""
    weights = np.array([zero, 1.0])

    def of_tensors(xs: Any) -> Any:
        both = Tensor(weights) * np.array(roots(xs), object)
        return ag.sum(both)

    def roots(xs: Any) -> list[Any]:
        return [ag.sqrt(x) for x in xs]

    def found(f: Callable[[Any], Any]) -> Any:
        if way in ("grad", "jacobian"):
            return getattr(ag, way)(f)([0.0, 1.0])
        if way == "vjp":
            return ag.vjp(f, [0.0, 1.0])[1](1.0)
        xs = [Value(0.0), Value(1.0)]
        if way == "backward":
            f(xs).backward()
            return [x.grad for x in xs]
        slopes = ag.gradients(f(xs), xs, create_graph=way == "graph")
        return [float(getattr(slope, "data", slope)) for slope in slopes]

    with np.errstate(all="ignore"):
        expected = found(lambda xs: ag.dot(weights.tolist(), roots(xs)))
        np.testing.assert_array_equal(np.array(found(of_tensors), float), expected)
    assert np.isnan(expected[0]) == (zero == 0.0)


def test_a_seed_of_0_starts_nothing_in_values_either() -> None:
    x = Value(0.0)
    y = ag.sqrt(x)
    assert ag.gradients(y, [x, Tensor([1.0])], seed=0.0)[0] == 0.0
