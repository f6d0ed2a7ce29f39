"""NumPy's functions of Tensors: the same values, and derivatives of two orders."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.checking import gradcheck

RNG = np.random.default_rng(5)
X = RNG.normal(size=(2, 3, 4))
Y = RNG.normal(size=(2, 3, 4))
M = RNG.normal(size=(4, 4))
INDEX = np.array([[2, 0], [1, 1]])
CASES: dict[str, Any] = {
    "ravel": lambda x: np.ravel(x),
    "squeeze": lambda x: np.squeeze(x[:, :1, :1], axis=(1, 2)),
    "expand_dims": lambda x: np.expand_dims(x, (0, -1)),
    "atleast_2d": lambda x: np.atleast_2d(x[0, 0]),
    "swapaxes": lambda x: np.swapaxes(x, 0, -1),
    "moveaxis": lambda x: np.moveaxis(x, (0, 1), (-1, 0)),
    "rollaxis": lambda x: np.rollaxis(x, 2),
    "broadcast_to": lambda x: np.broadcast_to(x[:, :1], (3, 2, 5, 4)),
    "flip": lambda x: np.flip(x, (0, 2)),
    "flip all": lambda x: np.flip(x),
    "roll": lambda x: np.roll(x, (1, -2), axis=(0, 2)),
    "roll flat": lambda x: np.roll(x, 5),
    "rot90": lambda x: np.rot90(x),
    "repeat": lambda x: np.repeat(x, [1, 0, 2], axis=1),
    "tile": lambda x: np.tile(x, (2, 1, 3)),
    "take": lambda x: np.take(x, INDEX, axis=1),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(X, axis=2), 2),
    "diagonal": lambda x: np.diagonal(x, 1, 1, 2),
    "diag of a vector": lambda x: np.diag(x[0, 0], -1),
    "diag of a matrix": lambda x: np.diag(x[0]),
    "trace": lambda x: np.trace(x, axis1=1, axis2=2),
    "tril": lambda x: np.tril(x, -1),
    "triu": lambda x: np.triu(x),
    "pad": lambda x: np.pad(x, ((1, 0), (0, 2), (1, 1)), constant_values=3.0),
    "pad with edges": lambda x: np.pad(x, ((0, 0), (1, 2), (1, 1)), mode="edge"),
    "pad by reflection": lambda x: np.pad(x, ((0, 0), (1, 2), (1, 1)), mode="reflect"),
    "concatenate": lambda x: np.concatenate([x, Y, x * 2], axis=1),
    "concatenate flat": lambda x: np.concatenate([x, x[0]], axis=None),
    "stack": lambda x: np.stack([x, Y, x], axis=-1),
    "hstack": lambda x: np.hstack([x, Y]),
    "vstack": lambda x: np.vstack([x[0], Y[1]]),
    "column_stack": lambda x: np.column_stack([x[0, 0], Y[1, 1]]),
    "split": lambda x: np.split(x, [1, 3], axis=2)[1],
    "cumsum": lambda x: np.cumsum(x, axis=1),
    "cumsum flat": lambda x: np.cumsum(x),
    "cumprod": lambda x: np.cumprod(x, axis=2),
    "cumprod flat": lambda x: np.cumprod(x[0, :2]),
    "diff": lambda x: np.diff(x, 2, axis=2),
    "sum": lambda x: np.sum(x, axis=(0, 2)),
    "mean": lambda x: np.mean(x, axis=1, keepdims=True),
    "prod": lambda x: np.prod(x, axis=(0, 1)),
    "prod of all": lambda x: np.prod(x[0]),
    "max": lambda x: np.max(x, axis=2),
    "max of all": lambda x: np.max(x),
    "min": lambda x: np.min(x, axis=(0, 1), keepdims=True),
    "var": lambda x: np.var(x, axis=1, ddof=1),
    "std": lambda x: np.std(x, axis=(0, 2)),
    "norm": lambda x: np.linalg.norm(x, axis=1),
    "norm of all": lambda x: np.linalg.norm(x),
    "sort": lambda x: np.sort(x, axis=1),
    "median": lambda x: np.median(x, axis=2),
    "median of all": lambda x: np.median(x[:, :, :1]),
    "logsumexp": lambda x: ag.logsumexp(x, axis=1),
    "softmax": lambda x: ag.softmax(x, axis=1),
    "log_softmax": lambda x: ag.log_softmax(x),
}


def weighted(z: Any) -> Any:
    """One number that depends on every entry, and not linearly."""
    weights = np.linspace(0.5, 2.0, z.size).reshape(z.shape)
    return ag.sum(z * weights + 0.1 * z * z)


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name: str) -> None:
    f = CASES[name]
    z, expected = f(Tensor(X)), f(X)
    np.testing.assert_allclose(z.data, expected, rtol=1e-13)
    assert z.data.shape == np.shape(expected)
    report = gradcheck(lambda x: weighted(f(x)), X)
    assert report.count("right") >= X.size - 1, str(report)

    def slope(x: Any) -> Any:
        return weighted(ag.gradients(weighted(f(x)), x, create_graph=True))

    assert gradcheck(slope, X, raise_error=False).ok
    small = f(Tensor(X, dtype=np.float32))
    assert small.dtype == f(X.astype(np.float32)).dtype
    assert ag.gradients(weighted(small), small).dtype == small.dtype


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
        (lambda x: np.linalg.norm(x, ord=1), TypeError, "got ord=1"),
        (lambda x: np.pad(x, 1, mode="mean"), TypeError, "got mode='mean'"),
        (
            lambda x: np.percentile(x, 3),
            TypeError,
            "^np.percentile: it does not know Tensors; the nearest that does is median or sort",
        ),
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


def test_of_the_package_too() -> None:
    for name in ("prod", "max", "min", "var", "std", "norm", "logsumexp"):
        f = getattr(ag, name)
        np.testing.assert_allclose(f(Tensor(X), axis=1).data, f(X, axis=1), rtol=1e-13)
        np.testing.assert_allclose(
            f(Tensor(X), keepdims=True).data, f(X, keepdims=True), rtol=1e-13
        )
