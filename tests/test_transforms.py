"""Derivatives of nodes by nodes, recording, copies, and operations of one's own."""

import copy
import math
import pickle
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value
from autograd.checking import gradcheck
from autograd.rules.elementary import TABLE

pytestmark = pytest.mark.both


@given(st.floats(-2, 2))
def test_orders_of_a_power(x: float) -> None:
    v = Value(x)
    z = v**5
    for k in range(5):
        z = ag.gradients(z, v, create_graph=True)
        expected = math.prod(range(5, 4 - k, -1)) * x ** (4 - k)
        assert z.data == pytest.approx(expected, rel=1e-13, abs=1e-13)
    assert ag.gradients(z, v) == 0.0


def test_gradients_touch_nobodys_grad_and_keep_the_form() -> None:
    x, y = Value(2.0), Value(3.0)
    u = x * y
    z = u * u + x
    assert ag.gradients(z, [x, y, u, z]) == [2 * 6 * 3 + 1, 2 * 6 * 2, 12.0, 1.0]
    assert ag.gradients(z, x, seed=0.5) == 18.5
    assert [g.data for g in ag.gradients(z, [u, Value(1.0)], create_graph=True)] == [12.0, 0.0]
    assert not any(v.has_grad for v in (x, y, u, z))
    mixed = ag.gradients(ag.gradients(z, u, create_graph=True), [x, y])
    assert mixed == [2 * 3.0, 2 * 2.0], "2u depends on x and y through u"
    assert ag.gradients(z, x, seed=x, create_graph=True).data == 74.0


def test_gradients_of_tensors() -> None:
    t = Tensor([1.0, 2.0])
    z = (t * t).sum()
    np.testing.assert_array_equal(ag.gradients(z, t), [2.0, 4.0])
    g, other = ag.gradients(t * 3, [t, Tensor([5.0])], seed=[1.0, 2.0])
    np.testing.assert_array_equal(g, [3.0, 6.0])
    np.testing.assert_array_equal(other, [0.0])
    assert not t.has_grad


def test_data_that_was_changed_is_found_out() -> None:
    x, y = Value(2.0), Value(3.0)
    z = ag.tanh(x * y) + y
    x.data = 5.0
    assert ag.gradients(z, y) == 1 + 2 / math.cosh(6) ** 2, "for the point where it was computed"
    with pytest.raises(
        ValueError, match=r"^gradients: data that mul was computed from has been changed"
    ):
        ag.gradients(z, y, create_graph=True)
    with pytest.raises(ValueError, match="has been changed"), ag.no_grad():
        ag.gradients(z, y, create_graph=True)
    x.data = 2.0
    assert ag.gradients(z, y, create_graph=True).data == ag.gradients(z, y)
    total = ag.sum([x, y])
    y.data = 1.0
    with pytest.raises(ValueError, match="data that sum was computed from"):
        ag.gradients(total, x, create_graph=True)
    w = ag.where(True, x, y)
    x.data = 7.0
    with pytest.raises(ValueError, match="data that where was computed from"):
        ag.gradients(w, x, create_graph=True)
    with pytest.raises(TypeError, match="got str 'a'"):
        x.data = "a"  # type: ignore[assignment]


def test_untaken_branches_contribute_nothing_in_any_order() -> None:
    for f, at in ((lambda x: ag.where(x > 0, ag.sqrt(x), 0.0), 0.0),
                  (lambda x: ag.where(x > 0, ag.log(x), 0.0), -1.0)):  # fmt: skip
        x = Value(at)
        slope = ag.gradients(f(x), x, create_graph=True)
        assert (slope.data, ag.gradients(slope, x)) == (0.0, 0.0)
    x = Value(-1.0)
    z = ag.where(x > 0, ag.log(x), x * x)
    slope = ag.gradients(z, x, create_graph=True)
    assert (slope.data, ag.gradients(slope, x)) == (-2.0, 2.0)
    v = Value(0.0)
    (ag.sqrt(v) ** 2).backward()
    assert math.isnan(v.grad), "a zero that arises by arithmetic is IEEE's"


def test_no_grad() -> None:
    x, t = Value(2.0), Tensor([1.0])
    with ag.no_grad():
        for node in (x * x, ag.exp(x), ag.sum([x, 1.0]), ag.where(True, x, 0.0), t * 2, ag.exp(t)):
            assert (node.op, node.parents) == ("", ())
        with ag.no_grad():
            pass
        assert (x * x).parents == ()
        recorded: list[Any] = []
        thread = threading.Thread(target=lambda: recorded.append(x * x))
        thread.start()
        thread.join()
        assert recorded[0].parents == (x, x), "another thread records"
    assert (x * x).parents == (x, x)

    @ag.no_grad()
    def f() -> Any:
        return x * x

    assert f().parents == ()
    with pytest.raises(KeyError), ag.no_grad():
        raise KeyError
    assert (x * x).parents == (x, x)


COPIERS = [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]


@pytest.mark.parametrize("duplicate", COPIERS)
def test_copies_of_graphs_live_on_their_own(duplicate: Any) -> None:
    a, b = Value(2.0, name="a"), Value(3.0)
    z = ag.tanh(a * b / 10) + ag.logsumexp([a, 1.0, b]) ** 2 + ag.where(a > b, a, b)
    z.backward()
    twin = duplicate({"z": z, "a": a, "list": [b, a]})
    assert twin["a"] is twin["list"][1], "what belongs together stays together"
    assert (twin["a"].name, twin["a"].grad) == ("a", a.grad)
    twin["z"].backward()
    assert twin["a"].grad == 2 * a.grad
    assert twin["list"][0].grad == 2 * b.grad
    slope = ag.gradients(twin["z"], twin["a"], create_graph=True)
    assert slope.data == ag.gradients(z, a)
    t = Tensor([1.0, 2.0], name="t")
    u = ag.sum(ag.exp(t) @ np.ones((2, 2)) * 0.5)
    t2, u2 = duplicate((t, u))
    u2.backward()
    np.testing.assert_array_equal(t2.grad, ag.gradients(u, t))
    assert not t.has_grad


@pytest.mark.parametrize("duplicate", COPIERS)
def test_copies_at_any_depth(duplicate: Any) -> None:
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1e-9
    twin_y, twin_x = duplicate((y, x))
    twin_y.backward()
    assert (twin_x.grad, x.has_grad) == (1.0, False)


def test_a_shallow_copy_is_another_node_of_the_same_operation() -> None:
    x = Value(2.0)
    y = x * x
    z = copy.copy(y)
    assert z is not y
    assert (z.data, z.parents) == (4.0, (x, x))


def test_a_graph_with_an_unknown_operation_is_refused() -> None:
    double = ag.elementary("passing", lambda m, x: 2 * x, lambda m, x, z: (2,))
    data = pickle.dumps(double(Value(1.0)))
    del TABLE["passing"]
    with pytest.raises(
        ValueError, match=r"^passing: got a graph with an operation that is not defined"
    ):
        pickle.loads(data)


def test_an_operation_of_ones_own_joins_everything() -> None:
    try:
        power_mean = ag.elementary(
            "quadratic_mean",
            lambda m, x, y=1.0: m.sqrt(0.5 * (x * x + y * y)),
            lambda m, x, y, z: (0.5 * x / z, 0.5 * y / z),
            domain=((0.0, math.inf), (0.0, math.inf)),
            poles=lambda m, x, y: m.abs(x) + m.abs(y),
            doc="Quadratic mean of x and y.",
        )
        x, y = Value(3.0, name="x"), Value(4.0)
        z = power_mean(x, y)
        assert z.data == power_mean(3.0, 4.0) == power_mean(np.array([3.0]), 4.0)[0]
        assert power_mean(1.0) == 1.0
        assert power_mean.__doc__ == "Quadratic mean of x and y."
        assert gradcheck(power_mean, 3.0, 4.0).count("right") == 2
        assert (
            gradcheck(lambda t: ag.sum(power_mean(t, 2.0)), np.array([1.0, 5.0])).count("right")
            == 2
        )

        def slope(x: Any) -> Any:
            return ag.gradients(power_mean(x, 4.0), x, create_graph=True)

        assert gradcheck(slope, 3.0).count("right") == 1
        assert "quadratic_mean" in ag.draw(z).svg
        assert pickle.loads(pickle.dumps(z)).op == "quadratic_mean"
        ag.elementary("quadratic_mean", lambda m, x: x, lambda m, x, z: (1,))  # a second try
        assert z.op == "quadratic_mean"
        assert ag.gradients(z, y, create_graph=True).data == ag.gradients(z, y)
    finally:
        TABLE.pop("quadratic_mean", None)


@pytest.fixture
def odd() -> Any:
    """A function that defines an operation for one test only."""
    yield lambda value, partials, **more: ag.elementary("odd", value, partials, **more)
    TABLE.pop("odd", None)


@pytest.mark.parametrize("kind", [float, Value, Tensor])
def test_operands_may_have_any_name(odd: Any, kind: Any) -> None:
    f = odd(lambda m, z, t0, X, row, g: z * z + m.exp(t0) * (1 + t0) + X * row * g,
            lambda m, z, t0, X, row, g, _: (2 * z, m.exp(t0) * (2 + t0), row * g, X * g, X * row))  # fmt: skip
    x = [3.0, 1.0, 2.0, 5.0, 7.0]
    leaves = [kind(v) for v in x]
    z = f(*leaves)
    assert getattr(z, "data", z) == 9 + 2 * math.e + 70
    if kind is not float:
        z.backward()
        assert [float(v.grad) for v in leaves] == [6.0, 3 * math.e, 35.0, 14.0, 10.0]


def test_formulas_may_hold_infinity_and_themselves(odd: Any) -> None:
    f = odd(
        lambda m, x: m.where(x < math.inf, m.sin(x), math.nan),
        lambda m, x, z: (m.odd(x + math.pi / 2),),
    )
    x = Value(0.5)
    slope = ag.gradients(f(x), x, create_graph=True)
    assert slope.data == pytest.approx(math.cos(0.5))
    assert ag.gradients(slope, x) == pytest.approx(-math.sin(0.5))
    t = Tensor([0.5])
    f(t).backward()
    assert t.grad[0] == pytest.approx(math.cos(0.5))


def test_equal_partials_give_leaves_gradients_of_their_own(odd: Any) -> None:
    f = odd(lambda m, x, y: m.exp(x + y), lambda m, x, y, z: (m.exp(x + y), m.exp(x + y)))
    x, y = Tensor([1.0, 2.0]), Tensor([0.0, 1.0])
    f(x, y).backward([1.0, 1.0])
    assert not np.shares_memory(x.grad, y.grad)


def test_a_tensor_of_an_unknown_operation_is_refused(odd: Any) -> None:
    data = pickle.dumps(odd(lambda m, x: 2 * x, lambda m, x, z: (2,))(Tensor([1.0])))
    del TABLE["odd"]
    with pytest.raises(
        ValueError, match=r"^odd: got a graph with an operation that is not defined"
    ):
        pickle.loads(data)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("linear", lambda m, x: x, lambda m, x, z: (1,)), ValueError, "a built-in operation has it"),
        (("odd", lambda m, x: 5.0, lambda m, x, z: (0.0,)), TypeError, "odd is constant"),
        (("odd", lambda m, x: x**2, lambda m, x, z: (2 * x,)), TypeError, "odd can't be followed"),
        (("odd", lambda m, x: x, lambda m, x, z: 1), TypeError, "odd can't be followed"),
        (("odd", lambda m, x: m.where(x == 2, 1, x), lambda m, x, z: (1,)), TypeError, "compare with < <= > >="),
        (("exp", lambda m, x: x, lambda m, x, z: (1,)), ValueError, "a built-in operation has it"),
        (("sum", lambda m, x: x, lambda m, x, z: (1,)), ValueError, "a built-in operation has it"),
        (("two words", lambda m, x: x, lambda m, x, z: (1,)), ValueError, "must be an identifier"),
        (("odd", lambda m, x: x, lambda m, x, z: (1, 2)), TypeError, "1 operands, 2 partials and 1 domains"),
        (("odd", lambda m, x: x if x > 0 else -x, lambda m, x, z: (1,)), TypeError, "m.where, not with if"),
        (("odd", lambda m, x: m.nothing(x), lambda m, x, z: (1,)), TypeError, "odd can't be followed \\(nothing is no operation\\)"),
    ],
)  # fmt: skip
def test_definitions_that_are_refused(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ag.elementary(*arguments)
    assert "odd" not in TABLE


def test_a_square_whose_exponent_is_a_variable() -> None:
    x, y = Value(2.0), Value(2.0)
    slope = ag.gradients(x**y, x, create_graph=True)
    assert ag.gradients(slope, y) == pytest.approx(2.0 + 4.0 * math.log(2.0))  # x + y x log(x)
