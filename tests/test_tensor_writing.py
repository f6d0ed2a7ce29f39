"""Writing into Tensors, with and without graphs that need what was there."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor
from autograd.checking import gradcheck
from tests.slopes import slope

pytestmark = pytest.mark.both


def product_so_far(x: Any) -> Any:
    """A loop that fills an array from what it has written before."""
    out = np.zeros_like(x)
    for i in range(len(x)):
        out[i] = x[i] ** 2 * (out[i - 1] if i else 1.0)
    return np.sum(out)


def in_place(x: Any) -> Any:
    """All operators, aliases and overlapping slices."""
    same = x
    x += 1.0
    x[0] = x[1] * x[2]
    x *= x
    x[1:] -= x[:-1]
    x[[0, 2]] /= 2.0
    x[x > 1e9] = 0.0
    assert same is x
    return np.sum(x**2)


@pytest.mark.parametrize("f", [product_so_far, in_place])
def test_a_function_may_write(f: Any) -> None:
    x = np.array([1.0, 2.0, 3.0])
    assert ag.value_and_grad(f)(x)[0] == pytest.approx(float(f(x.copy())))
    assert gradcheck(f, x).count("right") == 3
    assert gradcheck(lambda x: np.sum(ag.gradients(f(x.copy()), x, create_graph=True) ** 2), x).ok
    np.testing.assert_array_equal(x, [1.0, 2.0, 3.0])


def test_graphs_keep_what_a_tensor_was_before() -> None:
    t = Tensor([1.0, 2.0, 3.0])
    double = t * 2
    t[0] = 5.0  # a constant into a leaf: its data
    assert t.row is None
    ((double.sum()) + (t * t).sum()).backward()
    np.testing.assert_array_equal(t.grad, [2 + 10, 2 + 4, 2 + 6])

    w = Tensor([3.0, 4.0])
    a = w * w
    b = a * 1.0
    a[0] = w[1] * 2.0
    assert (a.op, b.parents[0] is a) == ("setitem", True), "not looked into before it is swept"
    (a * a + b).sum().backward()
    np.testing.assert_allclose(w.grad, [2 * 3, 8 * 4 + 4 * 4**3 + 2 * 4])
    assert b.parents[0] is not a
    assert b.parents[0].op == "mul"


def test_a_tensor_written_into_from_itself_is_no_circle() -> None:
    w = Tensor([1.0, 2.0])
    a = w * 3
    a[0] = a.sum()
    a += a
    a.sum().backward()
    np.testing.assert_array_equal(w.grad, [6.0, 12.0])


@given(st.data())
def test_random_programs_of_writes(data: st.DataObject) -> None:
    """Against NumPy for the value, and against differences for the gradient."""
    steps = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(["set", "add", "mul", "keep"]),
                st.sampled_from([0, -1, slice(1, 3), slice(None, None, -2), [0, 2, 0], ...]),
                st.sampled_from([0, 1, 2]),
            ),
            max_size=5,
        )
    )

    def program(x: Any) -> Any:
        kept = 0.0
        y = x * 1.0
        for what, to, of in steps:
            if what == "set":
                y[to] = y[of] * x[0]
            elif what == "add":
                y += y[of] * x[1]
            elif what == "mul":
                y *= x[2]
            else:
                kept = kept + np.sum(np.sin(y))
        return np.sum(y * y) + kept

    x = np.array([0.5, -0.75, 0.625])
    value, found = ag.value_and_grad(program)(x)
    assert value == pytest.approx(float(program(x)), rel=1e-12)
    exact = [slope(lambda h, v=v: program(x + h * v)) for v in np.eye(3)]
    np.testing.assert_allclose(found, exact, rtol=1e-8, atol=1e-9 * (1 + abs(value)))


def test_the_last_of_several_writes_to_one_place_stays() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    y = Tensor([0.0, 0.0]) * 1.0
    y[[0, 0, 1]] = x
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [0.0, 1.0, 1.0])


def test_dtype_and_shape_stay() -> None:
    t = Tensor(np.ones(2, np.float32))
    t += np.array([0.1, 0.2])
    assert t.dtype == np.float32
    u = t * 1.0
    u *= Tensor([2.0, 3.0])
    assert u.dtype == np.float32
    u[...] = np.ones((1, 1, 2))  # NumPy lets it have more axes
    u[:] = Tensor([[5.0, 6.0]])
    assert u.data.tolist() == [5.0, 6.0]
    for wrong in (
        lambda: u.__iadd__(np.ones((3, 2))),
        lambda: t.__iadd__(np.ones((3, 2))),
        lambda: t.__setitem__(slice(None), [1.0, 2.0, 3.0]),
        lambda: u.__setitem__(slice(None), Tensor([1.0, 2.0, 3.0])),
    ):
        with pytest.raises(ValueError, match=r"(to write into|got shapes) \(2,\)"):
            wrong()
    assert u.data.tolist() == [5.0, 6.0]


def test_an_array_is_written_into_where_nobody_else_holds_it() -> None:
    t = Tensor([1.0, 2.0])
    place = t.data.ctypes.data
    t[0] = 3.0
    t.writable()[1] = 4.0
    assert t.data.ctypes.data == place
    held = t.data
    t[0] = 5.0
    np.testing.assert_array_equal(held, [3.0, 4.0])
    given = np.array([7.0, 8.0])
    t.data = given
    t[0] = 0.0
    np.testing.assert_array_equal(given, [7.0, 8.0])
    with pytest.raises(ValueError, match=r"^writable: only a leaf can be written to"):
        (t * 2).writable()


def test_released_graphs_let_go_of_the_data() -> None:
    t = Tensor([1.0, 2.0])
    place = t.data.ctypes.data
    loss = (t * t).sum()
    loss.backward(release=True)
    t.writable()[:] -= 0.5
    assert t.data.ctypes.data == place


def test_what_was_written_into_behind_the_back_of_a_graph_is_found_out() -> None:
    w = Tensor([1.0, 2.0])
    loss = (w * w).sum()
    w.data -= 1.0
    with pytest.raises(ValueError, match="data that mul was computed from was written into since"):
        loss.backward()
    with pytest.raises(ValueError, match="was written into since"):
        ag.gradients(loss, w, create_graph=True)
    (w * w).sum().backward()  # a new graph has the new data
    np.testing.assert_array_equal(w.grad, [0.0, 2.0])
    y = w * 3
    z = ag.exp(y)
    with pytest.raises(ValueError, match="only a leaf can get new data"):
        y.data *= 0.0
    with pytest.raises(ValueError, match=r"data that (mul|exp) was computed from was written into"):
        z.sum().backward()


def test_what_cannot_be_followed_is_refused() -> None:
    w = Tensor([[1.0, 2.0], [3.0, 4.0]])
    for view in (w[0], w.T, w.reshape(4), w[:, 0]):
        with pytest.raises(ValueError, match=r"is a \w+ of another, which would not change"):
            view[0] = 1.0
    row = w[0].copy()
    row[0] = 9.0
    assert w.data[0, 0] == 1.0
    plain = np.ones(2)
    with pytest.raises(TypeError, match=r"^add: got an array to write into"):
        plain += w[0]
    with pytest.raises(ValueError, match="setting an array element") as caught:
        plain[0] = w[0, 0]
    assert "would drop the gradient" in str(caught.value.__cause__)
    y = w * 2
    with ag.no_grad():
        w[0, 0] = y[0, 0] * 5  # in here all is constant
        with pytest.raises(
            ValueError, match=r"^setitem: inside no_grad only leaves can be written"
        ):
            y[0, 0] = 1.0
    assert w.data[0, 0] == 10.0


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda y: pickle.loads(pickle.dumps(y))]
)
def test_copies_of_what_was_computed_from_data_written_into_since(again: Any) -> None:
    t = Tensor([1.0, 2.0])
    y = t * t
    t.data -= 1.0
    with pytest.raises(
        ValueError, match=r"^copy: data that mul was computed from was written into"
    ):
        again(y)
    v = ag.Value(2.0)
    z = v * v
    v.data = 5.0
    copied = again(z)
    copied.backward()
    assert copied.parents[0].grad == 4.0
    with pytest.raises(ValueError, match="has been changed"):
        ag.gradients(copied, [copied.parents[0]], create_graph=True)
