"""What NumPy asks of a Tensor: ufuncs and their methods, functions, and what it refuses."""

import inspect
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.tensors.protocols import known

pytestmark = pytest.mark.both

X = np.array([[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.add.reduce(x), lambda x: np.add.reduce(x, axis=1, keepdims=True),
        lambda x: np.add.reduce(x, None), lambda x: np.multiply.reduce(x), lambda x: np.maximum.reduce(x, 1),
        lambda x: np.minimum.reduce(x), lambda x: np.add.accumulate(x), lambda x: np.multiply.accumulate(x, 1),
        lambda x: np.multiply.outer(x, x[0]), lambda x: np.subtract.outer(2.0, x),
    ],
)  # fmt: skip
def test_methods_of_ufuncs(f: Any) -> None:
    np.testing.assert_allclose(f(Tensor(X)).data, f(X), rtol=1e-15)
    assert ag.gradcheck(lambda x: ag.sum(f(x) ** 2), X).count("right") == X.size


def test_reduceat_takes_many_slices_at_once() -> None:
    """10,000 sums took 10,000 nodes; here every third slice ends before it begins."""
    at = np.arange(0, 3000, 10)
    at[1::3] = at[2::3] + 5
    for ufunc in (np.add, np.subtract, np.maximum):
        t = Tensor(np.sin(np.arange(3000.0)))
        z = ufunc.reduceat(t, at)
        np.testing.assert_allclose(z.data, ufunc.reduceat(t.data, at), rtol=1e-13, atol=1e-15)
        assert len(_nodes(z)) < 150
        assert ufunc.reduceat(t, at[:0]).shape == (0,)
    few = np.array([0, 2, 1, 1])
    report = ag.gradcheck(
        lambda x: ag.sum(np.multiply.reduceat(x, few, axis=1) ** 2), np.tile(X, 2)
    )
    assert report.count("right") == 2 * X.size


def _nodes(z: Tensor) -> set[int]:
    found, waiting = {id(z)}, [z]
    while waiting:
        parents = [p for p in waiting.pop().parents if id(p) not in found]
        found.update(map(id, parents))
        waiting += parents
    return found


@pytest.mark.parametrize(
    "f",
    [
        np.isnan, np.isfinite, np.isinf, np.signbit, np.logical_not, np.argmax, np.argmin, np.argsort,
        np.any, np.all, np.count_nonzero, np.nonzero, np.shape, np.ndim, np.size,
        lambda x: np.logical_and(x, X), lambda x: np.less(x, 1.0), lambda x: np.isclose(x, X),
        lambda x: np.array_equal(x, x), lambda x: np.allclose(X, x), lambda x: np.where(x > 0),
        lambda x: x > 0, lambda x: x == X,
    ],
)  # fmt: skip
def test_what_has_no_derivative_is_plain(f: Any) -> None:
    found = f(Tensor(X))
    assert not isinstance(found, Tensor)
    for a, b in zip(np.atleast_1d(found), np.atleast_1d(f(X)), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("f", [np.zeros_like, np.ones_like, lambda x: np.full_like(x, 3.0)])
def test_new_arrays_are_tensors_to_write_into(f: Any) -> None:
    t = Tensor(np.ones(2, np.float32))
    made = f(t)
    assert (type(made), made.dtype) == (Tensor, np.float32)
    made[0] = t[1] * 2
    assert ag.gradients(made.sum(), t).tolist() == [0.0, 2.0]


REFUSED: list[tuple[Any, str]] = [
    (lambda t: np.unpackbits(t), r"^np.unpackbits: it does not know Tensors; use t.data"),
    (lambda t: np.exp(t, where=X > 0), "^exp: got where= without out=, by which the other"),
    (lambda t: np.exp(t, out=X.copy()), "^exp: got an array to write into, which would drop"),
    (lambda t: np.bitwise_count(t), "^bitwise_count: it does not know Values and Tensors; use x.data"),
    (lambda t: np.array([t, t]), r"use t.data for the array, where the gradient ends, or ag.array"),
    (lambda t: t[t], "^getitem: got a Tensor as index"),
    (lambda t: t.astype(int), "^astype: got dtype=int64; a Tensor needs a floating type"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "message"), REFUSED)
def test_never_a_silent_constant(wrong: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message) as caught:
        wrong(Tensor(X))
    assert "\n" not in str(caught.value)


def test_every_function_of_numpy_is_known_or_refused() -> None:
    """Whatever NumPy would hand to a Tensor gives a Tensor, a plain answer, or a TypeError."""
    t = Tensor(np.eye(2) + 0.5)
    for module in (np, np.linalg):
        for name in module.__all__ if hasattr(module, "__all__") else dir(module):
            function = getattr(module, name, None)
            if not hasattr(function, "_implementation") or known(function):
                continue
            try:
                answer = function(t)
            except (TypeError, ValueError, AttributeError):
                continue
            raise AssertionError(f"np.{name} gave {answer!r} and lost the gradient")


def test_methods_are_numpys() -> None:
    t = Tensor(X)
    for name in (
        "prod",
        "var",
        "std",
        "cumsum",
        "cumprod",
        "ravel",
        "flatten",
        "max",
        "min",
        "mean",
    ):
        np.testing.assert_allclose(getattr(t, name)().data, getattr(X, name)(), rtol=1e-14)
    assert t.argmax() == X.argmax()
    assert t.swapaxes(0, 1).shape == (3, 2)
    assert t.clip(0.0, 1.0).data.max() == 1.0
    assert t.round().data.tolist() == X.round().tolist()
    assert t.tolist() == X.tolist()
    assert t.copy().op == "pos"
    assert (t.any(), t.all()) == (True, True)
    assert t.repeat(2, 0).shape == (4, 3)
    assert t.trace().item() == X.trace()
    assert t.tanh().op == np.tanh(t).op == "tanh"
    assert t.astype(np.float32).dtype == np.float32


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: ag.conv2d(Tensor(np.ones((1, 2, 3, 3))), np.ones((1, 1, 2, 2))), "^conv2d: got shapes"),
        (lambda: ag.conv2d(Tensor(np.ones((2, 3, 3))), np.ones((1, 1, 2, 2))), "^conv2d: got shapes"),
        (lambda: ag.conv2d(Tensor(np.ones((1, 1, 2, 2))), np.ones((1, 1, 3, 3))), "not larger than they"),
        (lambda: ag.conv2d(Tensor(np.ones((1, 1, 3, 3))), np.ones((1, 1, 2, 2)), stride=0), "got stride 0"),
        (lambda: ag.conv2d(Tensor(np.ones((1, 1, 3, 3))), np.ones((1, 1, 2, 2)), padding=-1), "got padding -1"),
        (lambda: ag.max_pool2d(Tensor(np.ones((2, 2))), 3), "^max_pool2d: got shapes"),
        (lambda: ag.avg_pool2d(Tensor(np.ones((2, 2))), (1, 2, 3)), r"^avg_pool2d: got size \(1, 2, 3\)"),
        (lambda: ag.linear(Tensor(np.ones((2, 2))), np.ones((2, 2)), activation="gelu"), "got activation 'gelu'"),
        (lambda: ag.dropout(Tensor(1.0), 1.0), "^dropout: got rate 1.0"),
        (lambda: ag.batch_norm(Tensor(np.ones(3))), r"^batch_norm: got shape \(3,\)"),
        (lambda: ag.batch_norm(Tensor(np.ones((1, 3)))), "one number has no variance"),
        (lambda: ag.batch_norm(Tensor(np.ones((2, 3))), np.ones(2)), r"got weight of shape \(2,\) for 3"),
        (lambda: ag.batch_norm(Tensor(np.ones((2, 3))), mean=np.ones(3)), "got one of mean and variance"),
        (lambda: ag.softmax_cross_entropy_sum(Tensor(np.ones((2, 3))), np.array([0, 3])), "got labels from 0 to 3 for 3 classes"),
        (lambda: ag.softmax_cross_entropy_sum(Tensor(np.ones((2, 3))), np.array([0, -1])), "got labels from -1 to 0"),
        (lambda: ag.softmax_cross_entropy_sum(Tensor(np.ones((2, 3))), np.ones(2)), "^softmax_cross_entropy_sum: got shapes"),
        (lambda: ag.softmax_cross_entropy_sum(Tensor(1.0), np.array(0)), "^softmax_cross_entropy_sum: got shapes"),
        (lambda: np.einsum("ij,jk", Tensor(X), Tensor(X[0])), "got an operand of 1 axes for 'jk'"),
        (lambda: np.einsum("ij,jk", Tensor(X)), "got 1 operands for 'ij,jk'"),
        (lambda: np.einsum("ij,jk", Tensor(X), Tensor(X)), "^einsum: got shapes"),
        (lambda: np.tensordot(Tensor(X), Tensor(X), 1), "their sizes must be the same"),
        (lambda: np.clip(Tensor(X), [1.0, 2.0], 3.0), "^clip: got shapes"),
        (lambda: Tensor(X).repeat([1, 2, 3], axis=0), "broadcast"),
    ],
)  # fmt: skip
def test_what_does_not_fit(wrong: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_wrong_kinds() -> None:
    with pytest.raises(TypeError, match=r"^embedding: got indices of type float64"):
        ag.embedding(Tensor(X), np.ones(2))
    with pytest.raises(
        IndexError, match=r"^embedding: got indices from 0 to 2; they lie between 0 and 1"
    ):
        ag.embedding(Tensor(X), [0, 2])
    for wrong in (
        lambda: np.linalg.inv(Tensor(np.zeros((2, 2)))),
        lambda: np.linalg.inv(Tensor(X)),
    ):
        with pytest.raises(np.linalg.LinAlgError, match=r"^inv: "):
            wrong()


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
@pytest.mark.parametrize("name", ["inv", "det", "slogdet", "cholesky", "solve"])
def test_what_linear_algebra_does_not_take(name: str, dtype: Any) -> None:
    more = [np.eye(2)] if name == "solve" else []
    with pytest.raises(
        TypeError, match=rf"^{name}: got {np.dtype(dtype)}; it is known for float32"
    ):
        getattr(np.linalg, name)(Tensor(np.eye(2), dtype), *more)
    for shape in ((2, 3), (3,), ()):
        with pytest.raises(np.linalg.LinAlgError, match=rf"^{name}: got shape .* square"):
            getattr(np.linalg, name)(Tensor(np.ones(shape)), *more)


def test_of_plain_arrays_and_of_values() -> None:
    np.testing.assert_array_equal(ag.linalg.inv(2 * np.eye(2)), 0.5 * np.eye(2))
    np.testing.assert_array_equal(ag.einsum("i,i->i", [1.0, 2.0], [3.0, 4.0]), [3.0, 8.0])
    assert ag.softmax_cross_entropy_sum(np.zeros((1, 2)), np.array([1])) == pytest.approx(np.log(2))
    assert ag.linear([[1.0, 2.0]], np.eye(2)).tolist() == [[1.0, 2.0]]
    assert ag.max_pool2d(np.arange(4.0).reshape(2, 2), 2).tolist() == [[3.0]]
    dropped = ag.dropout(np.ones(10_000, np.float32), 0.25, np.random.default_rng(0))
    assert dropped.dtype == np.float32
    assert dropped.mean() == pytest.approx(1.0, abs=0.02)
    assert set(np.unique(dropped)) == {np.float32(0.0), np.float32(1 / 0.75)}


INTEGERS: dict[str, tuple[Any, tuple[int, ...], ...]] = {
    **{
        f"linear, {f}": (lambda x, W, b, f=f: ag.linear(x, W, b, f), (3, 4), (2, 4), (2,))
        for f in (None, "relu", "sigmoid", "tanh")
    },
    **{
        f"conv2d, {f}": (
            lambda x, W, b, f=f: ag.conv2d(x, W, b, padding=1, activation=f),
            (2, 1, 3, 3), (2, 1, 2, 2), (2,),
        )
        for f in (None, "sigmoid", "tanh")
    },
    "max_pool2d": (lambda x: ag.max_pool2d(x, 2, padding=1), (4, 4)),
    "avg_pool2d": (lambda x: ag.avg_pool2d(x, 2, padding=1), (4, 4)),
    "layer_norm": (ag.layer_norm, (3, 4)), "batch_norm": (ag.batch_norm, (4, 3)),
    "logits": (lambda x: ag.sigmoid_cross_entropy_sum(x, np.zeros((3, 4))), (3, 4)),
    "labels": (lambda x: ag.softmax_cross_entropy_sum(x, np.array([0, 1, 2])), (3, 4)),
    **{
        name: (getattr(ag, name), (3, 4))
        for name in ("mean", "var", "std", "norm", "logsumexp", "softmax", "log_softmax", "median")
    },
}  # fmt: skip
"""Functions that give floats, and the shapes of their operands."""


@pytest.mark.parametrize("form", ["list", np.int64, np.int8, np.uint8, np.bool])
@pytest.mark.parametrize("name", INTEGERS)
def test_integers_are_real_numbers(name: str, form: Any) -> None:
    """Whatever their type: none wraps around, is cut off, or cuts off what is computed from it."""
    f, *shapes = INTEGERS[name]
    rng = np.random.default_rng(len(name))
    low, high = {np.uint8: (0, 256), np.bool: (0, 2)}.get(form, (-100, 100))
    whole = [rng.integers(low, high, shape) for shape in shapes]
    given = [x.tolist() if form == "list" else x.astype(form) for x in whole]
    right = f(*[x.astype(np.float64) for x in whole])
    np.testing.assert_allclose(f(*given), right, rtol=1e-14, atol=1e-14)


NO_ARRAYS = ("text", None, 1j, {}, object(), [[1.0], [1.0, 2.0]], np.array(["text"]))
TAKING: dict[str, Any] = {
    "reshape": lambda x: ag.reshape(x, 3),
    "linear": lambda x: ag.linear(x, np.eye(2)), "linear, W": lambda x: ag.linear(Tensor(X), x),
    "conv2d": lambda x: ag.conv2d(x, np.ones((1, 1, 2, 2))),
    "conv2d, W": lambda x: ag.conv2d(Tensor(np.ones((1, 1, 3, 3))), x),
    "max_pool2d": lambda x: ag.max_pool2d(x, 2), "avg_pool2d": lambda x: ag.avg_pool2d(x, 2),
    "transpose": ag.transpose, "dropout": lambda x: ag.dropout(Tensor(X), 0.5, 0 if x is None else x),
    "split": lambda x: np.split(Tensor(X), Tensor([1.0])), "tile": lambda x: np.tile(X, Tensor(2.0)),
    "delete": lambda x: np.delete(Tensor(X), Tensor(0.0)),
    "take_along_axis": lambda x: np.take_along_axis(Tensor(X), Tensor(X), 0),
}  # fmt: skip


def test_operands_may_have_their_names() -> None:
    """Each function of NumPy, by place and by name: both answer, with the same, or neither does."""
    t = Tensor(np.eye(3) + 0.1)
    for module in (np, np.linalg, np.fft):
        for name in sorted(vars(module)):
            f = vars(module)[name]
            if not callable(f) or isinstance(f, (type, np.ufunc)) or not known(f):
                continue
            if name.startswith("unique_"):  # by place alone, which inspect does not see
                continue
            try:
                parameters = inspect.signature(f).parameters.values()
            except ValueError:  # of some in C, before NumPy 2.4
                continue
            taken = [p for p in parameters if p.default is p.empty]
            if not taken or any(p.kind is not p.POSITIONAL_OR_KEYWORD for p in taken):
                continue
            answers = []
            for args, named in (([t] * len(taken), {}), ([], {p.name: t for p in taken})):
                try:
                    answers.append(repr(f(*args, **named)))
                except (TypeError, ValueError, np.linalg.LinAlgError):
                    answers.append("an error")
            assert answers[0] == answers[1], name


@pytest.mark.parametrize("x", NO_ARRAYS, ids=lambda x: type(x).__name__)
@pytest.mark.parametrize("name", TAKING)
def test_what_is_no_array_of_numbers(name: str, x: Any) -> None:
    if name == "transpose" and x == 1j:  # which is a number all the same
        return
    with pytest.raises((TypeError, ValueError), match=rf"^(np\.)?{name.split(',')[0]}: got ") as e:
        TAKING[name](x)
    assert "\n" not in str(e.value)
    assert e.value.__cause__ is None


def test_tuples_are_arrays_too() -> None:
    assert ag.reshape((1.0, 2.0), (2, 1)).tolist() == [[1.0], [2.0]]
    assert ag.linear((1.0, 2.0), ((3.0, 4.0),)).tolist() == [11.0]
