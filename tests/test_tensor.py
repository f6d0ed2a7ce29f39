"""Tensor: a graph of arrays."""

from operator import eq, ge, gt, le, lt, ne
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd as ag
from autograd import Tensor
from autograd.checking import gradcheck
from autograd.rules.structural import sum_to_shape
from tests.threads import at_once

pytestmark = pytest.mark.both

NUMBERS = st.floats(-2, 2).map(lambda x: round(x, 3))


def arrays(shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    return hnp.arrays(np.float64, shape, elements=NUMBERS)


def weighted(z: Any) -> Any:
    """One number that depends on every entry of z differently."""
    weights = np.linspace(1.0, 2.0, z.size).reshape(z.shape)
    return ag.sum(z * weights)


SMALL_SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
PAIRS = hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=3)


@settings(max_examples=max(1, settings().max_examples // 3))
@given(st.data(), PAIRS)
def test_arithmetic_broadcasts(data: st.DataObject, shapes: Any) -> None:
    x, y = (data.draw(arrays(shape)) for shape in shapes.input_shapes)
    z = Tensor(x) * 2 - Tensor(y)
    assert z.shape == shapes.result_shape
    np.testing.assert_array_equal(z.data, x * 2 - y)
    report = gradcheck(lambda x, y: weighted(x * y - 3 / (y + 5)), x, y)
    assert report.count("right") == x.size + y.size


VECTOR_PAIRS = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 1), (1, 1)),
                ((2, 0), (0, 3)), ((4, 2, 3), (3,)), ((3,), (4, 3, 2)), ((4, 2, 3), (3, 2)),
                ((2, 3), (4, 3, 2)), ((4, 1, 2, 3), (5, 3, 2))]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), VECTOR_PAIRS)
def test_matmul(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=left), rng.normal(size=right)
    np.testing.assert_array_equal((Tensor(x) @ Tensor(y)).data, x @ y)
    report = gradcheck(lambda x, y: weighted(x @ y), x, y)
    assert report.count("right") == x.size + y.size
    for mixed in (lambda t: t @ y, lambda t: ag.matmul(t, y)):
        assert gradcheck(lambda t, mixed=mixed: weighted(mixed(t)), x).ok
    assert gradcheck(lambda t: weighted(x @ t), y).ok


@settings(max_examples=max(1, settings().max_examples // 3))
@given(st.data(), SMALL_SHAPES)
def test_sum_mean_reshape_transpose(data: st.DataObject, shape: tuple[int, ...]) -> None:
    x = data.draw(arrays(shape))
    axis = data.draw(st.none() | hnp.valid_tuple_axes(len(shape)))
    keepdims = data.draw(st.booleans())
    np.testing.assert_array_equal(
        ag.sum(Tensor(x), axis, keepdims).data, np.sum(x, axis, keepdims=keepdims)
    )
    order = data.draw(st.permutations(range(len(shape))))
    order = [a - data.draw(st.sampled_from([0, len(shape)])) for a in order]

    def f(t: Any) -> Any:
        total = weighted(ag.sum(t * t, axis, keepdims))
        return total + weighted(ag.transpose(t, order)) + weighted(ag.reshape(t.T * t.T, -1))

    assert gradcheck(f, x).count("right") == x.size
    if x.size:
        np.testing.assert_allclose(Tensor(x).mean().item(), x.mean())
        assert gradcheck(lambda t: weighted(ag.mean(t * t, axis, keepdims)), x).ok


@pytest.mark.parametrize("shape", [(3,), (2, 3), (0, 3), (4, 2, 3)])
@pytest.mark.parametrize("biased", [True, False])
def test_linear_is_the_matrix_product(shape: tuple[int, ...], biased: bool) -> None:
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=shape), rng.normal(size=(2, 3)), rng.normal(size=2)
    expected = x @ W.T + (b if biased else 0)
    found = ag.linear(x, Tensor(W), b if biased else None).data
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)
    if biased:
        report = gradcheck(lambda x, W, b: weighted(ag.linear(x, W, b)), x, W, b)
    else:
        report = gradcheck(lambda x, W: weighted(ag.linear(x, W)), x, W)
    assert report.ok
    assert report.count("unresolved") == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", [None, "relu", "sigmoid"])
def test_weighted_sums_of_many_rows_and_any_number_of_units(dtype: Any, activation: Any) -> None:
    """Those that leave many of 16 over are computed with more; an infinite row stays a row."""
    rng = np.random.default_rng(0)
    for rows, inputs in ((127, 128), (128, 127), (128, 128), (130, 200)):
        for units in (1, 12, 13, 15, 16, 29, 31):
            x = rng.normal(size=(rows, inputs)).astype(dtype)
            W, b = rng.normal(size=(units, inputs)).astype(dtype), rng.normal(size=units)
            x[3, 5] = np.inf
            with np.errstate(over="ignore", invalid="ignore"):
                z = np.dot(x, W.T) + (b := b.astype(dtype))
                sigmoids = 1 / (1 + np.exp(-z))
                found = ag.linear(Tensor(x), Tensor(W), Tensor(b), activation).data
            expected = {None: z, "relu": np.maximum(z, 0), "sigmoid": sigmoids}[activation]
            assert found.flags.owndata
            assert found.flags.c_contiguous
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e3 * np.finfo(dtype).eps)


def test_where_and_the_gradient_of_what_was_not_chosen() -> None:
    x = Tensor([-1.0, 0.0, 4.0])
    z = ag.where(x > 0, x * x, -x)
    np.testing.assert_array_equal(z.data, [1.0, 0.0, 16.0])
    z.sum().backward()
    np.testing.assert_array_equal(x.grad, [-1.0, -1.0, 8.0])


def test_leaves_add_up_and_own_their_gradients() -> None:
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    z = (x + y).sum()
    z.backward()
    assert not np.shares_memory(x.grad, y.grad)
    x.grad[:] = 7.0
    np.testing.assert_array_equal(y.grad, [1.0, 1.0])
    kept = y.grad
    z.backward()
    np.testing.assert_array_equal(y.grad, [2.0, 2.0])
    np.testing.assert_array_equal(kept, [1.0, 1.0])
    y.zero_grad()
    np.testing.assert_array_equal(y.grad, [0.0, 0.0])
    assert not y.has_grad


@given(st.data())
def test_no_leaf_gradient_shares_memory(data: st.DataObject) -> None:
    x, y = Tensor(data.draw(arrays((2, 2)))), Tensor(data.draw(arrays((2, 2))))
    functions = [
        lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a @ b, lambda a, b: a.T + b.T,
        lambda a, b: a.reshape(4).reshape(2, 2) + b, lambda a, b: a.sum(0) + b,
        lambda a, b: ag.maximum(a, b), lambda a, b: ag.linear(a, b), lambda a, b: a.sum() * b,
    ]  # fmt: skip
    z = data.draw(st.sampled_from(functions))(x, y)
    seed = np.ones(z.shape)
    z.backward(seed)
    for grad in (x.grad, y.grad):
        for other in (seed, x.data, y.data, z.data, z.grad):
            assert not np.shares_memory(grad, other)
    assert not np.shares_memory(x.grad, y.grad)


def test_a_graph_keeps_the_data_it_was_computed_from() -> None:
    w = Tensor([2.0, 3.0])
    z = (w * w).sum()
    w.data = w.data - 1.0
    z.backward()
    np.testing.assert_array_equal(w.grad, [4.0, 6.0])


def test_numbers_arrays_and_numpy_on_either_side() -> None:
    x, a = Tensor([1.0, 2.0]), np.array([3.0, 4.0])
    for z in (x + a, a + x, x * 2, 2 * x, np.float64(2) * x, x / [1, 2], np.exp(x), a @ x, x @ a,
              np.maximum(a, x), 2 - x, 2**x, x**2, -x, +x, abs(x), np.matmul(a, x)):  # fmt: skip
        assert type(z) is Tensor
    assert (x + a).parents == (x,), "an array in a formula is a constant"
    assert (x > 1).tolist() == [False, True]
    assert (x == Tensor([1.0, 3.0])).tolist() == [True, False]
    assert (x != a).tolist() == [True, True]
    assert (bool(x.sum() > 1), len(x), x.T.shape) == (True, 2, (2,))
    assert (x @ a).item() == 11.0


COMPARED = [0.5, 1, True, np.float32(0.5), [0.0, 0.5, 1.0], np.array([0, 1, 2]), np.array(0.5),
            np.array([True, False, True]), Tensor([0.5, 1.0, np.nan]), Tensor(np.float32(0.5)),
            np.array([0.5, "a", None], object), "0.5", None]  # fmt: skip


@pytest.mark.parametrize("sign", [lt, le, eq, ne, gt, ge])
@pytest.mark.parametrize("other", COMPARED, ids=repr)
def test_comparisons_are_numpys_and_give_arrays(sign: Any, other: Any) -> None:
    data = getattr(other, "data", other) if isinstance(other, Tensor) else other
    for x in (np.array([0.0, 0.5, -np.inf]), np.array([0.5, 1.0, 2.0], np.float16), np.array(0.5)):
        for args, plain in (((Tensor(x), other), (x, data)), ((other, Tensor(x)), (data, x))):
            try:
                expected = np.asarray(sign(*plain))
            except TypeError:
                with pytest.raises(TypeError):
                    sign(*args)
                continue
            found = sign(*args)
            assert type(found) is np.ndarray or args[0] is other  # then NumPy is asked first
            np.testing.assert_array_equal(np.asarray(found), expected, strict=True)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [([1, 2], "f8"), (True, "f8"), (np.float32(1), "f4"), (np.ones(2, "f4"), "f4"), ([], "f8"),
     (np.arange(3, dtype=np.uint8), "f8")],
)  # fmt: skip
def test_what_a_leaf_is_made_of(data: Any, dtype: str) -> None:
    t = Tensor(data)
    assert t.dtype == np.dtype(dtype)
    assert t.shape == np.shape(data)
    assert t.grad.shape == t.shape


def test_a_leaf_is_a_copy() -> None:
    a = np.ones(2)
    t = Tensor(a, name="t")
    a[0] = 5.0
    np.testing.assert_array_equal(t.data, [1.0, 1.0])
    assert repr(t) == "Tensor([1., 1.], name='t')"
    assert f"{Tensor(1.0):.2f}" == "1.00"
    assert repr(Tensor(np.ones(1, "f4"))) == "Tensor([1.], dtype=float32)"


def test_a_deep_graph() -> None:
    x = Tensor([1.0])
    y = x
    for _ in range(20_000):
        y = y + 1e-9
    y.backward()
    assert x.grad.tolist() == [1.0]


X = Tensor(np.ones((2, 3)))


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: Tensor("a"), TypeError, "a Tensor needs real numbers"),
        (lambda: Tensor([None]), TypeError, "got list of objects; a Tensor needs real numbers"),
        (lambda: Tensor([1j], dtype=float), TypeError, "got list of complex128; float64 needs real numbers"),
        (lambda: Tensor([[1], [1, 2]]), TypeError, "got a ragged list"),
        (lambda: Tensor(X), TypeError, "got a Tensor where an array is needed"),
        (lambda: Tensor([1], dtype=int), TypeError, "got dtype int64; a Tensor needs a floating"),
        (lambda: X @ X, ValueError, r"^matmul: got shapes \(2, 3\) and \(2, 3\); inner sizes must match$"),
        (lambda: X + np.ones(7), ValueError, r"^add: got shapes \(2, 3\) and \(7,\); they must broadcast$"),
        (lambda: X.reshape(4, 4), ValueError, r"^reshape: got shapes \(2, 3\), \(4, 4\); the number"),
        (lambda: X.sum(5), ValueError, r"^sum: got shapes \(2, 3\), 5; the axis must exist$"),
        (lambda: X.transpose(0, 0), ValueError, "^transpose: .* a permutation$"),
        (lambda: ag.linear(X, np.ones((2, 2))), ValueError, "^linear: got shapes"),
        (lambda: ag.linear(X, np.ones((2, 3)), np.ones((1, 2))), ValueError, "^linear: got shapes"),
        (lambda: ag.linear(X, np.ones((2, 3)), 1.0), ValueError, "^linear: got shapes"),
        (lambda: ag.linear(X, np.ones(3)), ValueError, "^linear: got shapes"),
        (lambda: X[2], IndexError, "index 2 is out of bounds"),
        (lambda: ag.Tensor(1.0).mT, ValueError, "^mT: got shape"),
        (lambda: np.packbits(X), TypeError, "^np.packbits: it does not know Tensors; .*use t.data"),
        (lambda: f"{X:.2f}", ValueError, "^item: got shape"),
        (lambda: ag.linear(ag.Value(1.0), ag.Value(2.0)), ValueError, "^linear: got shapes"),
        (lambda: X.backward(), ValueError, "needs a seed of that shape"),
        (lambda: X.backward([1, 2]), ValueError, r"got a seed of shape \(2,\); it must be \(2, 3\)"),
        (lambda: X.item(), ValueError, r"^item: got shape \(2, 3\); it needs one element$"),
        (lambda: float(X), TypeError, r"would drop the gradient: use t\.item\(\)"),
        (lambda: np.asarray(X), TypeError, r"would drop the gradient: use t\.data"),
        (lambda: X + "a", TypeError, "unsupported operand"),
        (lambda: setattr(X, "data", [1, 2]), ValueError, r"^data: got shape \(2,\)"),
        (lambda: setattr(X + 1, "data", X.data), ValueError, "only a leaf can get new data"),
        (lambda: setattr(X, "name", 3), TypeError, "^name: got int"),
        (lambda: np.invert(X), TypeError, "^invert: it does not know Values and Tensors"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_sum_to_shape_undoes_broadcasting() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(sum_to_shape(x, (3, 1)), x.sum((0, 2)).reshape(3, 1))
    np.testing.assert_array_equal(sum_to_shape(x, ()), x.sum())


def test_axes_may_be_any_integers() -> None:
    t = Tensor(np.ones((2, 3)))
    assert t.sum(np.int64(0)).shape == (3,)
    assert t.sum([0, 1]).shape == ag.sum(np.ones((2, 3)), [0, 1]).shape == ()
    assert t.reshape([3, 2]).shape == ag.reshape(t, np.array([3, 2])).shape == (3, 2)
    assert (t % 2).data.tolist() == (1 % (t + 1)).data.tolist() == np.ones((2, 3)).tolist()


def test_a_mean_does_not_overflow_where_the_sum_does_not() -> None:
    assert (
        Tensor(np.full((10, 1), 1e38, np.float32)).mean(1).data.tolist() == [np.float32(1e38)] * 10
    )


def test_constants_are_real_numbers() -> None:
    t = Tensor([1.0, 2.0])
    v = ag.Value(3.0)
    (t * np.array([v, 2.0], dtype=object)).sum().backward()  # an array of Values is one of numbers
    assert (t.grad.tolist(), v.grad) == ([3.0, 2.0], 1.0)
    t.zero_grad()
    for wrong in (
        np.array([None, "a"], dtype=object),
        "a",
        ["a", "b"],
    ):
        with pytest.raises(TypeError, match=r"needs real numbers|unsupported operand"):
            t + wrong
        with pytest.raises(TypeError, match=r"^mul: got .* needs real numbers$"):
            ag.mul(t, wrong)
    loss = ag.sigmoid_cross_entropy(t, (0.0, 1.0))  # a tuple counts as an array
    loss.backward([1.0, 1.0])
    assert t.grad.shape == (2,)


def test_threads_add_up_in_shared_leaves() -> None:
    leaf, value = Tensor(np.zeros(100_000)), ag.Value(0.0)

    def work(_: int) -> None:
        for _ in range(20):
            leaf.sum().backward()
            (value * 1.0).backward()

    at_once(work)
    assert set(leaf.grad) == {80.0}
    assert value.grad == 80.0


@given(st.data(), hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3))
def test_the_fused_cross_entropy_is_the_sum_of_its_row(data: st.DataObject, shape: Any) -> None:
    x = data.draw(arrays(shape)) * 10
    y = data.draw(hnp.arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.25, 1.0])))
    fused = ag.sigmoid_cross_entropy_sum(Tensor(x), y, 2.0)
    np.testing.assert_allclose(fused.item(), np.sum(ag.sigmoid_cross_entropy(x, y)) / 2, rtol=1e-13)
    leaf, same = Tensor(x), Tensor(x)
    targets, alike = Tensor(y), Tensor(y)
    ag.sigmoid_cross_entropy_sum(leaf, targets, 2.0).backward()
    (ag.sigmoid_cross_entropy(same, alike).sum() / 2.0).backward()
    np.testing.assert_allclose(leaf.grad, same.grad, rtol=1e-13)
    np.testing.assert_allclose(targets.grad, alike.grad, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_fused_cross_entropy_is_the_same_of_few_and_of_many(dtype: Any) -> None:
    """C goes through few elements, NumPy through many."""
    edges = [0.0, -0.0, 1e-30, -1e-30, 0.7, -0.7, 30.0, -30.0, 700.0, -700.0]
    x, y = (z.ravel() for z in np.meshgrid(np.array(edges, dtype), np.array([0, 0.3, 1], dtype)))
    few, many = Tensor(x), Tensor(np.tile(x, (200, 1)))
    losses = [
        ag.sigmoid_cross_entropy_sum(few, y, 2),
        ag.sigmoid_cross_entropy_sum(many, np.tile(y, (200, 1)), 400),
    ]
    assert losses[0].dtype == losses[1].dtype == dtype
    precision = 16 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(losses[0].data, losses[1].data, rtol=precision)
    for loss, factor in zip(losses, (2, 400)):
        (factor * loss).backward()
    np.testing.assert_allclose(few.grad, many.grad[7], rtol=precision)
    for sure, target in ((np.inf, 0), (-np.inf, 1), (np.nan, 1)):
        leaf = Tensor(np.array([sure, 1.0], dtype))
        with np.errstate(all="ignore"):
            loss = ag.sigmoid_cross_entropy_sum(leaf, np.array([target, 0], dtype))
        loss.backward()
        np.testing.assert_array_equal(loss.data, dtype(abs(sure)))
        np.testing.assert_allclose(leaf.grad, [np.sign(sure), 1 / (1 + np.exp(-1))], rtol=precision)


def test_the_fused_cross_entropy_wants_equal_shapes() -> None:
    with pytest.raises(
        ValueError, match=r"^sigmoid_cross_entropy_sum: got shapes \(2,\) and \(3,\)"
    ):
        ag.sigmoid_cross_entropy_sum(Tensor([1.0, 2.0]), np.ones(3))


@pytest.mark.parametrize("kind", [Tensor, ag.Value])
def test_nodes_cannot_be_subclassed(kind: type) -> None:
    with pytest.raises(TypeError, match=r"can't be subclassed|not an acceptable base type"):
        type("Mine", (kind,), {})


def test_operations_of_ones_own_are_forgotten_when_they_are_defined_again() -> None:
    import gc
    import weakref

    def define() -> weakref.ref[Any]:
        f = ag.elementary("twice_defined", lambda m, x: m.exp(x), lambda m, x, z: (z,))
        t, x = Tensor([1.0]), ag.Value(1.0)
        ag.gradients(f(t).sum(), t, create_graph=True)
        f(t).sum().backward()
        f(x).backward()
        assert ag.derivative(f, order=2)(0.0) == 1.0
        assert f(0.0) == 1.0
        return weakref.ref(f(x).row)

    first, last = define(), define()
    gc.collect()
    assert first() is None
    assert last() is not None
    del ag.rules.elementary.TABLE["twice_defined"]
