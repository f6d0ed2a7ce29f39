"""NumPy's functions of Tensors: what is special about them; tensor_table.py has all of them."""

import inspect
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

pytestmark = pytest.mark.both

X = np.random.default_rng(5).normal(size=(2, 3, 4))


@pytest.mark.parametrize("name", ["argmax", "argmin", "argsort", "any", "all", "count_nonzero"])
def test_what_has_no_derivative_is_a_plain_array(name: str) -> None:
    f = getattr(np, name)
    np.testing.assert_array_equal(f(Tensor(X), axis=1), f(X, axis=1))


def test_zeros_ties_and_equal_elements() -> None:
    t = Tensor([[0.0, 2.0, 0.0], [0.0, 3.0, 4.0]])
    np.testing.assert_array_equal(
        ag.gradients(ag.sum(np.prod(t, axis=1)), t), [[0, 0, 0], [12, 0, 0]]
    )
    np.testing.assert_array_equal(ag.gradients(ag.sum(np.cumprod(t, axis=1)), t)[1], [16, 0, 0])
    np.testing.assert_array_equal(
        ag.gradients(ag.sum(np.max(Tensor([1.0, 3.0, 3.0]))), t), 0 * t.data
    )
    ties = Tensor([1.0, 3.0, 3.0])
    np.testing.assert_array_equal(ag.gradients(np.max(ties), ties), [0.0, 0.5, 0.5])
    for f in (np.std, np.linalg.norm):
        zeros = Tensor([0.0, 0.0, 0.0])
        np.testing.assert_array_equal(ag.gradients(f(zeros), zeros), [0.0, 0.0, 0.0])
    huge = Tensor([3e200, 4e200])
    assert ag.norm(huge).item() == pytest.approx(5e200)
    np.testing.assert_allclose(ag.gradients(ag.norm(huge), huge), [0.6, 0.8])
    far = Tensor([1000.0, 1000.0])
    assert ag.logsumexp(far).item() == pytest.approx(1000 + np.log(2))
    np.testing.assert_allclose(ag.gradients(ag.logsumexp(far), far), [0.5, 0.5])
    assert ag.logsumexp(Tensor([-np.inf, -np.inf])).item() == -np.inf
    assert np.prod(Tensor(np.zeros((0, 2)))).item() == 1.0
    np.testing.assert_array_equal(np.prod(Tensor(np.zeros((0, 2))), axis=0).data, [1.0, 1.0])


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda x: np.max(x, axis=3), ValueError, "^max: got shapes"),
        (lambda x: np.concatenate([x, x[0]]), ValueError, "^concatenate: got shapes"),
        (lambda x: np.linalg.norm(x, ord=1), ValueError, "^norm: got shape"),
        (lambda x: np.pad(x, 1, mode=max), TypeError, "^pad: got a function as mode="),
        (lambda x: np.pad(x, 1, mode="wrap", end_values=1), ValueError, "^pad: got end_values="),
        (lambda x: np.broadcast_to(x, (2, 2)), ValueError, "^broadcast_to: got shapes"),
    ],
)
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        wrong(Tensor(X))


def test_of_lists_with_values_and_plain_arrays() -> None:
    x, y, z = (ag.Value(v) for v in (3.0, 1.0, 2.0))
    assert ag.flip([x, 2.0])[1] is x
    assert ag.stack([[x, y], [y, z]], axis=1)[0, 1] is y
    assert [v.data for v in ag.sort([x, y, z])] == [1.0, 2.0, 3.0]
    assert [v.data for v in ag.cumsum([x, y, z])] == [3.0, 4.0, 6.0]
    assert ag.gradients(ag.median([x, y, z]), [x, y, z]) == [0.0, 0.0, 1.0]
    assert ag.argmax([x, y, z]) == 0
    assert [v.data for v in ag.diff([x, y, z])] == [-2.0, 1.0]
    np.testing.assert_array_equal(ag.concatenate([[1, 2], np.ones(1)]), [1.0, 2.0, 1.0])
    assert ag.roll(Tensor([1.0, 2.0]), 1).op == "gather"
    with pytest.raises(TypeError, match=r"^flip: got str 'text'; it needs real numbers"):
        ag.flip("text")
    with pytest.raises(TypeError, match=r"^flip: got a ragged list"):
        ag.flip([[1.0], [1.0, 2.0]])


def test_what_the_table_of_operations_has_no_place_for() -> None:
    x, labels = np.array([[0.0, 1.0, 2.0], [2.0, 0.0, 1.0]]), np.array([2, 2])
    right = ag.grad(lambda t: ag.softmax_cross_entropy_sum(t, labels))(x)
    flipped = ag.grad(lambda t: ag.softmax_cross_entropy_sum(t.T, labels))(x.T.copy())
    np.testing.assert_array_equal(flipped.T, right)
    for node in (Tensor(1.0), ag.Value(1.0)):
        for with_option in (
            lambda v: ag.softmax_cross_entropy_sum(Tensor(x), labels, v),
            lambda v: ag.sigmoid_cross_entropy_sum(Tensor(x), x * 0, v),
        ):
            with pytest.raises(TypeError, match=r"which has no derivative: use its \.data"):
                with_option(node)
    t = Tensor([0.75])
    assert ag.gradients(ag.sigmoid_cross_entropy(np.uint8(200), t).sum(), t) == -200.0
    assert ag.sigmoid_cross_entropy(np.True_, t).shape == (1,)
    assert ag.gradients((np.array([3.0], np.float16) ** Tensor([1.0])).sum(), t) == 0.0
    base = Tensor([1.0])
    np.testing.assert_allclose(
        ag.gradients((np.array([3.0], np.float16) ** base).sum(), base), 3 * np.log(3), rtol=1e-15
    )
    point = Tensor(0.5)
    assert type(ag.gradients(ag.relu(point), point, create_graph=True)) is Tensor
    assert ag.dot(Tensor(np.ones((2, 3, 4))), np.ones((2, 4, 5))).shape == (2, 3, 2, 5)
    assert np.var(Tensor([1.0, 2.0]), ddof=2).item() == np.inf
    assert np.pad(Tensor([1.0]), {0: 1}).shape == (3,)
    half = np.mean(Tensor(np.ones(70_000, np.float16)))
    assert (half.item(), half.dtype) == (1.0, np.float16)
    assert np.tensordot(Tensor(np.ones((2, 3))), np.ones((3, 2)), np.int64(1)).shape == (2, 2)
    with pytest.raises(ValueError, match=r"^diff: got n=-1"):
        np.diff(Tensor(X), -1)
    with pytest.raises(ValueError, match="axis 5 is out of bounds"):
        np.tensordot(Tensor(np.ones((2, 2))), np.ones((2, 2)), ([5], [0]))


def test_a_maximum_that_is_nan_has_no_slope() -> None:
    row = [1.0, np.nan, 3.0]
    t, values = Tensor(row), [ag.Value(x) for x in row]
    np.testing.assert_array_equal(ag.gradients(np.max(t), t), [np.nan] * 3)
    np.testing.assert_array_equal(ag.gradients(ag.min(values), values), [np.nan] * 3)
    t = Tensor([row, [2.0, 2.0, 1.0]])
    np.testing.assert_array_equal(ag.gradients(t.max(1).sum(), t), [[np.nan] * 3, [0.5, 0.5, 0.0]])
    images = np.arange(16.0).reshape(1, 1, 4, 4)
    images[0, 0, 0, 0] = np.nan
    t = Tensor(images)
    chosen = [[np.nan, np.nan, 0, 0], [np.nan, np.nan, 0, 1], [0, 0, 0, 0], [0, 1, 0, 1]]
    np.testing.assert_array_equal(ag.gradients(ag.max_pool2d(t, 2).sum(), t)[0, 0], chosen)


def test_the_logarithm_of_no_volume_has_an_infinite_slope() -> None:
    for singular, slope in (
        ([[1, 2], [2, 4]], [[np.inf, -np.inf]] * 2),
        (np.zeros((2, 2)), np.nan),
    ):
        t = Tensor(np.array([singular, [[1.0, 2.0], [3.0, 5.0]]], np.float64))
        got = ag.gradients(np.linalg.slogdet(t)[1].sum(), t)
        np.testing.assert_allclose(np.abs(got[0]), np.abs(slope) + np.zeros((2, 2)))
        np.testing.assert_allclose(got[1], [[-5.0, 3.0], [2.0, -1.0]])


@pytest.mark.parametrize("logit", [-3.0, 0.5, 2.0, 2.3, 5.0, 12.0, 60.0])
def test_losses_of_few_bits_keep_their_digits_large_or_small(logit: float) -> None:
    x = Tensor(np.full(40_000, logit, np.float32))
    x64 = float(x.data[0])
    loss = ag.sigmoid_cross_entropy_sum(x, np.ones(x.shape, np.float32), x.size)
    exact = np.log1p(np.exp(-x64))
    assert loss.item() == pytest.approx(exact, rel=1e-6)
    for _ in range(2):  # what the loss has kept for its gradient is not the leaf's to change
        x.zero_grad()
        loss.backward()
        np.testing.assert_allclose(x.grad, -1 / (1 + np.exp(x64)) / x.size, rtol=1e-6)
        x.grad *= 7


@pytest.mark.parametrize("n", [63, 64, 65, 200])
def test_operations_of_many_arrays(n: int) -> None:
    """Beyond the bits of a machine word, each in its place, constants between them."""
    xs = [Tensor([float(i), 1.0]) for i in range(n)]
    weights = np.arange(2.0 * n).reshape(n, 2)
    for join in (ag.stack, np.stack, lambda some: ag.concatenate(some).reshape(n, 2)):
        some = [x.data if i % 3 == 2 else x for i, x in enumerate(xs)]
        (join(some) * weights).sum().backward()
        (second,) = ag.gradients((join(xs) ** 2 * weights).sum(), [xs[-1]], create_graph=True)
        np.testing.assert_array_equal(second.data, 2 * xs[-1].data * weights[-1])
        for i, x in enumerate(xs):
            np.testing.assert_array_equal(x.grad, weights[i] if i % 3 < 2 else 0.0)
            x.zero_grad()


def test_the_kinds_of_many_operands_are_not_kept() -> None:
    from autograd.tensors.compiling import PULLBACKS

    before = len(PULLBACKS)
    for n in range(2, 40):
        ag.stack([Tensor(1.0) if n % (i + 1) else 2.0 for i in range(n)] + [Tensor(0.0)])
    assert len(PULLBACKS) <= before + 1


def test_rounding_by_method_takes_decimals() -> None:
    assert Tensor([1.26]).round(1).tolist() == [1.3]
    assert Tensor([1.26]).round().tolist() == [1.0]
    with pytest.raises(TypeError, match=r"^Tensor\.exp\(\) takes"):
        Tensor([1.0]).exp(1)


def test_a_single_number_is_reduced_along_axis_0() -> None:
    for f in (np.sum, np.prod, np.max, np.min):
        for axis in (0, -1, None, ()):
            for keepdims in (False, True):
                x = Tensor(3.0)
                f(x, axis=axis, keepdims=keepdims).backward()
                assert (x.grad.shape, x.grad) == ((), 1.0)


@pytest.mark.parametrize("make", [lambda t: np.pad(t, 0), lambda t: np.pad(t, 0, mode="edge")])
def test_a_number_is_padded_by_nothing(make: Any) -> None:
    t = Tensor(2.0)
    make(t).backward()
    assert (make(t).shape, make(t).item(), t.grad) == ((), 2.0, 1.0)


def test_nothing_in_a_new_shape_is_zeros() -> None:
    for dtype in (np.float32, np.float64):
        empty = Tensor(np.zeros((0, 2), dtype))
        found = np.resize(empty, (2, 3))
        assert (found.dtype, found.data.tolist()) == (dtype, np.zeros((2, 3)).tolist())
        assert np.resize(Tensor(np.ones(3, dtype)), (0,)).shape == (0,)


@pytest.mark.parametrize(
    "name", ["sum", "prod", "max", "min", "nansum", "nanprod", "nanmax", "nanmin"]
)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_of_nothing_from_an_initial_number_are_tensors(
    name: str, keepdims: bool
) -> None:
    f, x = getattr(np, name), np.zeros((2, 0), np.float32)
    z = f(Tensor(x), axis=1, initial=1.5, keepdims=keepdims)
    expected = f(x, axis=1, initial=1.5, keepdims=keepdims)
    assert isinstance(z, Tensor)
    assert (z.shape, z.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(z.data, expected)


FALLING = [[3.0, np.nan, 1.0, -0.0, 0.0, -np.inf, np.nan, 3.0], np.arange(600.0) % 7]


@pytest.mark.parametrize("x", FALLING, ids=len)
@pytest.mark.parametrize("sort", [np.sort, ag.sort])
def test_a_descending_sort_has_nan_last_and_ties_in_their_order(sort: Any, x: Any) -> None:
    """Where NumPy has it, from 2.5 on; else it is refused."""
    t, weights = Tensor(x), np.arange(float(len(x)))
    if "descending" not in inspect.signature(np.sort).parameters:
        for call in (sort, np.argsort, Tensor.argsort, Tensor.sort):
            with pytest.raises(TypeError, match="descending"):
                call(t, descending=True)
        return
    found = sort(t, descending=True)
    places = np.argsort(x, stable=True, descending=True)  # type: ignore[call-overload]
    np.testing.assert_array_equal(found.data, t.data[places])
    for falls in (np.argsort(t, stable=True, descending=True), t.argsort(descending=True)):  # type: ignore[call-overload]
        np.testing.assert_array_equal(t.data[falls], found.data)
    (found * weights).sum().backward()
    np.testing.assert_array_equal(t.grad[places], weights)
    written = t.copy()
    written.sort(descending=True)
    np.testing.assert_array_equal(written.data, found.data)
    values = [Value(1.0), Value(3.0), 3.0]
    assert [getattr(v, "data", v) for v in ag.sort(values, descending=True)] == [3.0, 3.0, 1.0]
    assert ag.sort(values, descending=True)[0] is values[1]
    with pytest.raises(ValueError, match=r"^sort: got .* kind"):
        ag.sort(t, descending=True, kind="stable")
