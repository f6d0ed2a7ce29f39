"""Derivatives of Tensors of any order, untaken branches of arrays, and arrays at SciPy's."""

from typing import Any

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given

import autograd as ag
from autograd import Tensor, Value
from autograd.rules.elementary import TABLE
from tests.test_ops import a_few_times, points, seeds

pytestmark = pytest.mark.both

ROWS = [row for row in TABLE.values() if row.name != "where"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@a_few_times
@given(seed=seeds)
def test_second_derivatives_are_those_of_values(row: Any, seed: int) -> None:
    function, columns = getattr(ag, row.name), points(row, seed, 30)
    arrays = [Tensor(x) for x in columns]
    with np.errstate(all="ignore"):
        twos = ag.gradients(function(*arrays).sum(), arrays, create_graph=True)
        seconds = [ag.gradients(two.sum(), arrays) for two in twos]
        for k, x in enumerate(zip(*map(np.ndarray.tolist, columns))):
            values = [Value(v) for v in x]
            ones = ag.gradients(function(*values), values, create_graph=True)
            for one, two, second in zip(ones, twos, seconds):
                np.testing.assert_allclose(two.data[k], one.data, rtol=1e-9, atol=1e-15)
                exact = ag.gradients(one, values)
                np.testing.assert_allclose([s[k] for s in second], exact, rtol=1e-7, atol=1e-12)


RNG = np.random.default_rng(3)
W, V, B = RNG.normal(size=(4, 3)), RNG.normal(size=(2, 4)), RNG.normal(size=4)
PROGRAMS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "matrix times vector": (lambda x: ag.sum(ag.tanh(W @ x) ** 2), (3,)),
    "vector times matrix": (lambda x: ag.sum(ag.exp(0.1 * (x @ W)) * B[:3]), (4,)),
    "matrix times matrix": (lambda x: ag.sum((x @ x.T).mT @ ag.sin(x @ W.T)), (2, 3)),
    "vector times vector": (lambda x: (x @ x) * (x @ B), (4,)),
    "linear": (lambda x: ag.sum(ag.sigmoid(ag.linear(x, W, B)) ** 2), (2, 3)),
    "linear in its weights": (lambda x: ag.sum(ag.tanh(ag.linear(V @ W, x, x[:, 0]))), (2, 3)),
    "broadcast, sum and mean": (lambda x: ag.sum(x / (1 + ag.sum(x * x, axis=1, keepdims=True))) * ag.mean(x), (2, 3)),
    "shapes": (lambda x: ag.sum(ag.exp(x.reshape(3, 2).T) @ x.T * np.transpose(x[:, :2])), (2, 3)),
    "indices with repeats": (lambda x: ag.sum(x[[0, 0, 2]] ** 3 * x[1:2]) + x[-1] * x[0], (3,)),
    "masks and new axes": (lambda x: ag.sum(x[np.array([True, False, True])][:, None] * x[None, ..., 1:] ** 2), (3,)),
    "where": (lambda x: ag.sum(ag.where(x > 0.1, x**3, ag.exp(x) * x[0])), (4,)),
    "cross-entropy": (lambda x: ag.sigmoid_cross_entropy_sum(x @ W, np.array([0.0, 1.0, 0.5])), (4,)),
    "two dtypes": (lambda x: ag.sum((x * Tensor(B[:3], dtype=np.float32)) ** 2), (3,)),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_hessians_against_differences_of_gradients(name: str) -> None:
    f, shape = PROGRAMS[name]
    x = RNG.normal(size=shape) * 0.5 + 0.3
    hessian = ag.hessian(f)(x)
    assert hessian.shape == shape + shape
    flat = hessian.reshape(x.size, x.size)
    h, rtol = (1e-6, 1e-6) if name != "two dtypes" else (1e-3, 1e-5)
    differences = []
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = h
        up, down = (ag.grad(f)(x + s * step.reshape(shape)) for s in (1, -1))
        differences.append((up - down).ravel() / (2 * h))
    np.testing.assert_allclose(flat, np.array(differences), rtol=rtol, atol=1e-7)
    np.testing.assert_allclose(flat, flat.T, rtol=1e-6, atol=1e-9)
    v = RNG.normal(size=shape)
    np.testing.assert_allclose(ag.hvp(f)(x, v).ravel(), flat @ v.ravel(), rtol=1e-7, atol=1e-9)
    _, rate = ag.jvp(f, (x,), (v,))
    assert rate == pytest.approx(np.sum(ag.grad(f)(x) * v), rel=1e-9)
    np.testing.assert_allclose(
        ag.jvp(ag.grad(f), (x,), (v,))[1].ravel(), flat @ v.ravel(), rtol=1e-7, atol=1e-9
    )


def test_third_derivatives_and_mixed_ones() -> None:
    x = np.array([0.5, -1.0])
    third = ag.grad(
        lambda t: ag.sum(ag.grad(lambda u: ag.sum(ag.grad(lambda w: ag.sum(w**4))(u)))(t))
    )(x)
    np.testing.assert_allclose(third, 24 * x)
    s = Value(2.0)
    assert ag.grad(lambda t: ag.sum(ag.sin(t)))(x).shape == (2,)
    assert ag.derivative(lambda k: k * s * s)(1.0).data == 4.0


UNTAKEN: list[tuple[Any, list[float], list[float], list[float]]] = [
    (lambda x: ag.where(x > 0, ag.sqrt(x), 0.0), [0.0, 4.0], [0.0, 0.25], [0.0, -1 / 32]),
    (lambda x: ag.where(x > 0, ag.log(x), x), [-1.0, 2.0], [1.0, 0.5], [0.0, -0.25]),
    (lambda x: ag.where(x > 0, ag.where(x > 1, ag.log(x - 1), x * x), ag.sqrt(x)), [0.5, 1.0], [1.0, 2.0], [2.0, 2.0]),
    (lambda x: (lambda r: ag.where(x > 0, r, 0.0) + ag.where(x > 0, 0.0, x))(1 / x), [0.0, 2.0], [1.0, -0.25], [0.0, 0.25]),
    (lambda x: ag.where(x > 0, ag.reshape(ag.sqrt(x.T), (2,)), 0.0), [0.0, 4.0], [0.0, 0.25], [0.0, -1 / 32]),
    (lambda x: ag.where(x > 0, ag.sqrt(x[::-1])[::-1], 0.0), [0.0, 4.0], [0.0, 0.25], [0.0, -1 / 32]),
    (lambda x: ag.where(x[:, None] > 0, ag.sqrt(x)[:, None], 0.0), [0.0, 4.0], [0.0, 0.25], [0.0, -1 / 32]),
    (lambda x: ag.where(x > 0, ag.sqrt(x) * np.ones((3, 2)), 0.0) / 3, [0.0, 4.0], [0.0, 0.25], [0.0, -1 / 32]),
]  # fmt: skip


@pytest.mark.parametrize(("f", "at", "first", "second"), UNTAKEN)
def test_untaken_branches(f: Any, at: list[float], first: list[float], second: list[float]) -> None:
    x = np.array(at)
    with np.errstate(all="ignore"):
        total = lambda x: ag.sum(f(x))  # noqa: E731
        np.testing.assert_array_equal(ag.grad(total)(x), first)
        np.testing.assert_allclose(ag.hessian(total)(x), np.diag(second), rtol=1e-15)
        t = Tensor(at)
        total(t).backward()
        np.testing.assert_array_equal(t.grad, first)


def test_zeros_of_seeds_and_tangents_start_nothing() -> None:
    x = np.array([0.0, 4.0])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(ag.jacobian(ag.sqrt)(x), [[np.inf, 0.0], [0.0, 0.25]])
        assert (
            ag.jvp(lambda x, y: ag.sum(ag.sqrt(x)) + y.sum(), (x, x), (np.zeros(2), np.ones(2)))[1]
            == 2.0
        )
        np.testing.assert_array_equal(
            ag.jvp(ag.sqrt, (x,), (np.array([0.0, 1.0]),))[1], [0.0, 0.25]
        )
    whole = lambda x: ag.where(False, ag.sum(ag.sqrt(x) @ np.ones(2)), ag.sum(x))  # noqa: E731
    np.testing.assert_array_equal(ag.grad(whole)(x), [1.0, 1.0])
    np.testing.assert_array_equal(ag.hessian(whole)(x), np.zeros((2, 2)))


def test_jacobians_forward_nested_and_of_the_callers_tensors() -> None:
    x, w = np.array([3.0, 4.0]), np.array([1.0, 2.0])
    np.testing.assert_array_equal(
        ag.jacobian(lambda x: x**2, mode="forward")(x), np.diag([6.0, 8.0])
    )
    third = ag.jacobian(ag.jacobian(lambda x: x**3))(x)
    assert third.shape == (2, 2, 2)
    assert (third[0, 0, 0], third[1, 1, 1], third.sum()) == (18.0, 24.0, 42.0)
    A = Tensor([1.0, 2.0])
    h = ag.hessian(lambda x: ag.sum(A * x * x))(x)
    np.testing.assert_array_equal(h.data, np.diag([2.0, 4.0]))
    np.testing.assert_array_equal(ag.gradients(h.sum(), A), [2.0, 2.0])
    np.testing.assert_array_equal(ag.jacobian(lambda x: x * x)(Tensor(x)).data, np.diag([6.0, 8.0]))
    np.testing.assert_array_equal(
        ag.grad(lambda w: ag.sum(ag.jacobian(lambda x: x * w)(x)))(w), [1.0, 1.0]
    )
    rows = ag.jacobian(lambda x, k: (x * 2)[:, None] * w, argnums=(0, 1), mode="forward")(x, 1.0)
    np.testing.assert_array_equal(rows[0], ag.jacobian(lambda x: (x * 2)[:, None] * w)(x))
    np.testing.assert_array_equal(rows[1], np.zeros((2, 2)))
    assert ag.jacobian(lambda x: x[0:0])(np.ones(3, np.float32)).dtype == np.float32


def test_a_seed_must_fit() -> None:
    y = Tensor([1.0, 2.0, 3.0]) * 2
    for seed in (np.ones((2, 3)), Tensor(np.ones((2, 3))), Tensor(1.0)):
        with pytest.raises(ValueError, match="got a seed of shape"):
            ag.gradients(y, y, seed=seed)
    small = Tensor([1.0], dtype=np.float32) * 2
    assert ag.gradients(small, small, seed=Tensor([1.0])).dtype == np.float32


def test_constants_of_integers() -> None:
    t = Tensor([2.0])
    (np.array([3], np.uint8) ** t).sum().backward()
    assert t.grad[0] == pytest.approx(9 * np.log(3), rel=1e-14)
    for kind in (np.uint8, np.int16, np.bool):
        t = Tensor([0.5])
        z = ag.sigmoid_cross_entropy(np.array([1], kind), t)
        assert z.data[0] == ag.sigmoid_cross_entropy(1.0, 0.5)
        z.sum().backward()
        assert t.grad[0] == -1.0
    assert (Tensor([1.0], dtype=np.float32) * np.array([2], np.uint8)).dtype == np.float32
    with pytest.raises(TypeError, match=r"^where: got None"):
        ag.where(True, t, None)


def test_sequences() -> None:
    with pytest.raises(TypeError, match="iteration over a 0-d Tensor"):
        list(Tensor(3.0))
    assert [x.item() for x in Tensor([1.0, 2.0])] == [1.0, 2.0]
    assert np.dot(Tensor([1.0, 2.0]), 2.0).data.tolist() == [2.0, 4.0]
    assert np.dot(Tensor(np.ones((2, 3, 4))), np.ones((2, 4, 5))).shape == (2, 3, 2, 5)
    assert np.sum(Tensor([1.0]), dtype=np.float32).dtype == np.float32
    assert Tensor(np.ones((2, 3))).transpose((1, 0)).shape == (3, 2)


def test_masked_softmax_and_a_branch_that_is_shared() -> None:
    def masked(x: Any) -> Any:
        e = ag.where(x > 0, ag.exp(x), 0.0)
        return ag.log(e[0] / ag.sum(e))

    x = np.array([1.0, -1.0, 1.0])
    np.testing.assert_allclose(ag.grad(masked)(x), [0.5, 0.0, -0.5])
    np.testing.assert_allclose(
        ag.hessian(masked)(x), [[-0.25, 0, 0.25], [0, 0, 0], [0.25, 0, -0.25]], atol=1e-16
    )
    t = Tensor([0.0, 4.0])
    root = ag.sqrt(t)
    with np.errstate(all="ignore"):
        (ag.sum(ag.where(t > 0, root, 0.0)) + ag.sum(root)).backward()
        assert t.grad[0] == np.inf, "taken on another path"
        t.zero_grad()
        ag.sum(ag.sqrt(t) ** 2).backward()
    assert np.isnan(t.grad[0]), "a 0 by arithmetic is IEEE's"
    assert t.grad[1] == 1.0


def test_replaced_data_is_found_out() -> None:
    t = Tensor([1.0, 2.0])
    y = ag.sum(t * t * t)
    t.data = np.array([3.0, 4.0])
    np.testing.assert_array_equal(ag.gradients(y, t), [3.0, 12.0])
    with pytest.raises(ValueError, match="data that mul was computed from has been replaced"):
        ag.gradients(y, t, create_graph=True)


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def test_scipy_straight() -> None:
    start = np.array([1.3, 0.7, 0.8, 1.9])
    found = scipy.optimize.minimize(ag.value_and_grad(rosenbrock), start, jac=True, method="BFGS")
    np.testing.assert_allclose(found.x, 1.0, rtol=1e-4)
    np.testing.assert_allclose(
        ag.hessian(rosenbrock)(start), scipy.optimize.rosen_hess(start), rtol=1e-12
    )
    for method in ("Newton-CG", "trust-krylov"):
        found = scipy.optimize.minimize(
            rosenbrock, start, jac=ag.grad(rosenbrock), hessp=ag.hvp(rosenbrock), method=method
        )
        np.testing.assert_allclose(found.x, 1.0, rtol=1e-4)
    found = scipy.optimize.minimize(
        rosenbrock,
        start,
        jac=ag.grad(rosenbrock),
        hess=ag.hessian(rosenbrock),
        method="trust-exact",
    )
    np.testing.assert_allclose(found.x, 1.0, rtol=1e-4)

    A, b = np.array([[2.0, 1.0], [1.0, 3.0], [0.5, -1.0]]), np.array([1.0, 2.0, 0.3])

    def model(p: Any) -> Any:
        return np.tanh(A @ p) - b * 0.5

    fit = scipy.optimize.least_squares(model, [0.1, 0.1], jac=ag.jacobian(model))
    by_differences = scipy.optimize.least_squares(model, [0.1, 0.1])
    np.testing.assert_allclose(fit.x, by_differences.x, rtol=1e-5)

    def system(p: Any) -> Any:
        return np.exp(p) @ np.array([[1.0, 0.2], [0.1, 1.0]]) - np.array([2.0, 3.0])

    root = scipy.optimize.root(system, [0.0, 0.0], jac=lambda p: ag.jacobian(system)(p))
    assert root.success
    np.testing.assert_allclose(system(root.x), 0.0, atol=1e-9)


def test_checkpoint_and_custom_operations_in_graphs() -> None:
    block = ag.checkpoint(lambda x: ag.tanh(x * x))
    square = ag.custom_vjp(lambda g, z, x: 2 * g * x)(lambda x: x * x)
    x = np.array([0.3, -0.7])
    plain = ag.hessian(lambda x: ag.sum(ag.tanh(x * x) * x))(x)
    np.testing.assert_allclose(ag.hessian(lambda x: ag.sum(block(x) * x))(x), plain, rtol=1e-13)
    np.testing.assert_allclose(
        ag.hessian(lambda x: ag.sum(ag.tanh(square(x)) * x))(x), plain, rtol=1e-13
    )
