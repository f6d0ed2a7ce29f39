"""Functions that write into their first argument: leaves, refusals, repeats."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value

WRITES: dict[str, Callable[[Any, Any], None]] = {
    "put": lambda x, v: np.put(x, [1, 0], v),
    "put_along_axis": lambda x, v: np.put_along_axis(x, np.array([1, 0]), v, 0),
    "place": lambda x, v: np.place(x, [True, True, False], v),
    "putmask": lambda x, v: np.putmask(x, [True, True, False], v),
    "copyto": lambda x, v: np.copyto(x, np.append(v, 0.0), where=[True, True, False]),
    "add.at": lambda x, v: np.add.at(x, [1, 0], v),
    "multiply.at": lambda x, v: np.multiply.at(x, [1, 0], v),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_constant_written_into_a_leaf_leaves_it_a_leaf(name: str) -> None:
    write, t, plain = WRITES[name], Tensor([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    double = t * t
    write(t, np.array([5.0, 7.0]))
    write(plain, np.array([5.0, 7.0]))
    assert t.row is None
    np.testing.assert_array_equal(t.data, plain)
    double.sum().backward()
    np.testing.assert_array_equal(t.grad, [2.0, 4.0, 6.0])  # of what it was


@pytest.mark.parametrize("name", WRITES)
def test_a_node_written_into_a_leaf_makes_it_a_result(name: str) -> None:
    t, v = Tensor([1.0, 2.0, 3.0]), Tensor([5.0, 7.0])
    write = WRITES[name]
    write(t, v)
    assert t.row is not None
    slopes = ag.gradients((t * [1.0, 10.0, 100.0]).sum(), v)
    assert sorted(slopes) == ([1.0, 20.0] if name == "multiply.at" else [1.0, 10.0])
    with ag.no_grad(), pytest.raises(ValueError, match="inside no_grad only leaves"):
        write(t, v)


@pytest.mark.parametrize("name", WRITES)
def test_an_array_takes_no_tensor(name: str) -> None:
    """It would lose the gradient."""
    with pytest.raises(TypeError, match="would drop the gradient"):
        WRITES[name](np.zeros(3), Tensor([5.0, 7.0]))


def test_values_are_written_too() -> None:
    t, v = Tensor([1.0, 2.0, 3.0]), Value(5.0)
    np.put(t, [0, 2], [v, 7.0])
    t.sum().backward()
    assert (t.tolist(), v.grad) == ([5.0, 2.0, 7.0], 1.0)


def test_views_are_refused_as_other_writes_into_them_are() -> None:
    t = Tensor(np.ones((2, 2))) * 1.0
    with pytest.raises(ValueError, match="would not change"):
        np.put(t[0], 0, 5.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda t: np.put(t, 9, 1.0), "put: index 9 is out of bounds"),
        (lambda t: np.place(t, t > 0, []), "place: Cannot insert from an empty array!"),
        (lambda t: np.copyto(t, 1.0, where=[True, False]), "copyto: could not broadcast"),
        (lambda t: np.copyto(Tensor(np.ones(3, "f4")), t, "safe"), "copyto: got float64 to write"),
        (lambda t: np.fill_diagonal(t, 1.0), "fill_diagonal: array must be at least 2-d"),
        (lambda t: np.bincount([0, 1], t), "bincount: got (2,) numbers and weights of shape (3,)"),
        (lambda t: np.bincount(t), "bincount: Cannot cast"),
    ],
)
def test_what_can_not_be_written_says_so(wrong: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError, IndexError)) as error:
        wrong(Tensor(np.ones(3)))
    name, _, words = message.partition(": ")
    assert str(error.value).startswith(f"{name}: got ")
    assert words in str(error.value)


@given(st.lists(st.integers(-3, 2), max_size=8), st.sampled_from(["add", "multiply", "subtract"]))
def test_a_ufunc_is_applied_as_often_as_an_index_is_named(places: list[int], name: str) -> None:
    ufunc, v = getattr(np, name), np.arange(1.0, 1.0 + len(places))
    plain = np.array([1.0, 2.0, 3.0])
    for t in (Tensor(plain), Tensor(plain) * 1.0):
        ufunc.at(t, places, Tensor(v))
        expected = plain.copy()
        ufunc.at(expected, places, v)
        np.testing.assert_array_equal(t.data, expected)


def test_a_histogram_of_weights_counts_what_numpy_counts() -> None:
    rng = np.random.default_rng(3)
    x = np.append(rng.integers(0, 7, 200) / 6, [0.0, 1.0, -1.0, 2.0])  # edges among them
    w = rng.random(x.size).astype(np.float32)
    for options in ({"bins": 6}, {"bins": 6, "range": (0.0, 1.0)}, {"bins": [0.0, 0.5, 1.0]}):
        for density in (False, True):
            found, edges = np.histogram(x, **options, density=density, weights=Tensor(w))
            plain, plain_edges = np.histogram(x, **options, density=density, weights=w)
            np.testing.assert_allclose(found.data, plain, rtol=1e-6)
            np.testing.assert_array_equal(edges, plain_edges)
            assert found.dtype == plain.dtype


def test_single_numbers_are_written_over_in_every_order() -> None:
    def f(x: Any, v: Any) -> Any:
        y = x**2
        np.putmask(y, True, v**2)
        return np.sum(y * v)

    xs = [Tensor(2.0), Tensor(3.0)]
    slopes = ag.gradients(f(*xs), xs, create_graph=True)
    assert [slope.item() for slope in slopes] == [0.0, 27.0]
    assert [slope.item() for slope in ag.gradients(slopes[1], xs)] == [0.0, 18.0]
