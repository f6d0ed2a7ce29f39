"""Operations of many numbers in one node: their digits, and those of the plain operations."""

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from tests.test_accuracy import REFERENCE
from tests.test_held_together import first_and_second, of_list

pytestmark = pytest.mark.both


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
