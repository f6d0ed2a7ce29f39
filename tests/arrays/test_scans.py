"""Ufuncs applied in turn: the values are NumPy's, the derivatives those of one after another."""

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor

pytestmark = pytest.mark.filterwarnings("error")
UFUNCS = [
    np.subtract, np.divide, np.hypot, np.logaddexp, np.logaddexp2, np.maximum, np.minimum,
    np.fmax, np.fmin, np.add, np.multiply,
]  # fmt: skip
RNG = np.random.default_rng(19)
ROWS = np.exp(RNG.normal(size=(5, 2)))
TIED = np.array([[1.0, 2.0], [3.0, 2.0], [0.5, 4.0], [3.5, 4.0], [3.5, 1.0]])


def one_by_one(ufunc: Any, rows: Any) -> Any:
    return np.stack([*itertools.accumulate(rows, ufunc)])


FORMS: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
    (lambda f, x: f.accumulate(x, 0), one_by_one),
    (lambda f, x: f.accumulate(x, 0)[-2:], lambda f, x: one_by_one(f, x)[-2:]),
    (lambda f, x: f.accumulate(x, 1), lambda f, x: one_by_one(f, x.T).T),
    (lambda f, x: f.reduce(x, 0), lambda f, x: functools.reduce(f, list(x))),
    (lambda f, x: f.reduce(x, -1, keepdims=True), lambda f, x: f(x[:, :1], x[:, 1:])),
    (
        lambda f, x: f.reduce(x, 0, initial=x[0, 0]),
        lambda f, x: functools.reduce(f, [x[0, 0] + 0.0 * x[0], *x]),
    ),
]


@pytest.mark.parametrize("ufunc", UFUNCS)
@pytest.mark.parametrize("form", range(len(FORMS)))
def test_in_one_go_as_one_by_one(ufunc: Any, form: int) -> None:
    quick, slow = (functools.partial(each, ufunc) for each in FORMS[form])
    weights = np.cos(np.arange(10.0))

    def total(f: Callable[..., Any], x: Any) -> Any:
        z = f(x)
        return np.sum(z * z * weights[: z.size].reshape(z.shape))

    found, wanted = quick(Tensor(ROWS)), slow(Tensor(ROWS))
    np.testing.assert_allclose(found.data, wanted.data, 4e-16)
    for transform in (ag.grad, ag.hessian):
        left, right = (transform(functools.partial(total, f))(ROWS) for f in (quick, slow))
        np.testing.assert_allclose(left, right, 1e-11, 1e-12)
    direction = RNG.normal(size=ROWS.shape)
    for of in (lambda f: f, ag.grad):
        left, right = (
            ag.jvp(of(functools.partial(total, f)), (ROWS,), (direction,))[1] for f in (quick, slow)
        )
        np.testing.assert_allclose(left, right, 1e-11, 1e-12)


@pytest.mark.parametrize("ufunc", [f for f in UFUNCS if f not in (np.add, np.multiply)])
@pytest.mark.parametrize("method", ["reduce", "accumulate"])
def test_the_graph_does_not_grow_with_the_length(ufunc: Any, method: str) -> None:
    """One node an element made subtract.reduce of 10,000 take a quarter of a second."""
    sizes = []
    for n in (8, 64):
        z = getattr(ufunc, method)(Tensor(np.exp(np.sin(np.arange(n)))))
        sizes.append(len({id(x) for x in _nodes(z)}))
    assert sizes[0] == sizes[1] <= 8


def _nodes(z: Tensor) -> list[Any]:
    return [z, *(x for parent in z.parents for x in _nodes(parent))]


@pytest.mark.parametrize("ufunc", UFUNCS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("method", ["reduce", "accumulate"])
def test_values_have_the_bits_of_numpy(ufunc: Any, dtype: Any, method: str) -> None:
    for x in (ROWS, TIED, TIED[:1], ROWS[:, 0]):
        x = x.astype(dtype)
        found, wanted = (getattr(ufunc, method)(each, 0) for each in (Tensor(x), x))
        assert found.dtype == dtype
        np.testing.assert_array_equal(found.data, wanted)


def test_ties_share_and_nan_stays() -> None:
    t = Tensor(TIED[:, 0])
    np.sum(np.maximum.accumulate(t)).backward()
    assert t.grad.tolist() == [1.0, 2.0, 0.0, 1.5, 0.5]
    t = Tensor([1.0, np.nan, 2.0])
    np.fmax.accumulate(t)[2].backward()
    assert t.grad.tolist() == [0, 0, 1]
    assert np.isnan(np.maximum.accumulate(t).data).tolist() == [False, True, True]


def test_what_no_element_comes_to_gets_nothing() -> None:
    x = Tensor([4.0, 0.0, 9.0])
    np.maximum.accumulate(np.sqrt(x))[-1].backward()
    assert x.grad.tolist() == [0, 0, 1 / 6]


@pytest.mark.parametrize("f", [ag.grad, lambda f: lambda x: _by_jvp(f, x)])
def test_infinite_numbers_after_what_counts_are_no_matter(f: Any) -> None:
    x = np.array([0.5, -1.0, 0.0, np.inf])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = f(lambda x: np.divide.accumulate(x)[1])(x)
    assert found.tolist() == [-1.0, -0.5, 0.0, 0.0]
    assert f(lambda x: np.logaddexp.accumulate(x)[0])(x).tolist() == [1.0, 0.0, 0.0, 0.0]


def _by_jvp(f: Any, x: Any) -> Any:
    return np.array([ag.jvp(f, (x,), (e,))[1] for e in np.eye(len(x))])


@pytest.mark.parametrize("k", [Tensor(5.0), Tensor(5.0, dtype=np.float32), ag.Value(5.0)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "f",
    [np.max, np.nanmax, np.sum, np.nansum, np.fmax.reduce, np.logaddexp.reduce, np.add.reduce],
    ids=lambda f: getattr(f, "__qualname__", "reduce"),
)
def test_a_reduction_may_begin_with_a_parameter(f: Any, dtype: Any, k: Any) -> None:
    k.zero_grad()
    x = Tensor([-60.0, 1.0], dtype=dtype)
    z = f(x, initial=k)
    z.backward()
    assert z.dtype == dtype
    wanted = 1 / (1 + np.exp(-4.0)) if f == np.logaddexp.reduce else 1.0
    np.testing.assert_allclose(k.grad, wanted, 1e-6)
