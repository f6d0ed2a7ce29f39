"""Derivatives by hand of functions on arrays, Values and trees at once, against those by rules."""

import copy
import gc
import itertools
import math
import weakref
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.checking import GradientCheckError
from autograd.trees import flatten

pytestmark = pytest.mark.both

NUMBERS = {
    "Value": Value(0.7), "number": 0.7, "Tensor": Tensor(0.7), "0-d array": np.array(0.7),
}  # fmt: skip
ARRAYS = {
    "Tensor": Tensor([1.0, 2.0, -0.5]), "array": np.array([1.0, 2.0, -0.5]), "Value": Value(1.5),
    "float32": Tensor(np.float32([1.0, 2.0, -0.5])),
}  # fmt: skip


def decayed(k: Any, t: Any) -> Any:
    return np.exp(-k * t)


by_hand = ag.custom_vjp(
    lambda g, z, k, t: (-ag.sum(g * z * t), -ag.sum(g * z * k) if np.ndim(t) == 0 else -g * z * k),
    check=True,
)(decayed)


@pytest.mark.parametrize(("k", "t"), [*itertools.product(NUMBERS, ARRAYS)])
def test_values_and_arrays_are_operands_of_one_operation(k: str, t: str) -> None:
    """Value, kind, type and slopes of two orders are those of the same by rules."""
    rate, times = NUMBERS[k], ARRAYS[t]
    nodes = [x for x in (rate, times) if isinstance(x, (Value, Tensor))]
    if not nodes:
        assert isinstance(by_hand(rate, times), np.ndarray)
        return
    z, expected = by_hand(rate, times), decayed(rate, times)
    assert type(z) is type(expected)
    assert getattr(z, "dtype", None) == getattr(expected, "dtype", None)
    np.testing.assert_allclose(z.data, expected.data, rtol=1e-6)
    for node in nodes:
        first, second = (ag.gradients(ag.sum(y), node, create_graph=True) for y in (z, expected))
        np.testing.assert_allclose(first.data, second.data, rtol=1e-6)
        for other in nodes:
            again, wanted = (ag.gradients(ag.sum(y), other) for y in (first, second))
            np.testing.assert_allclose(again, wanted, rtol=1e-6)
    (ag.sum(z) * 2.0).backward()
    for node in nodes:
        wanted = 2.0 * np.asarray(ag.gradients(ag.sum(expected), node))
        np.testing.assert_allclose(node.grad, wanted, rtol=1e-6)
        node.zero_grad()


def model(p: Any, x: Any, *, power: int = 2) -> Any:
    hidden = x @ p["W"] + p["b"][0]
    return {"loss": np.sum(hidden**power), "hidden": hidden, "none": None}


def pulled(g: Any, z: Any, p: Any, x: Any, *, power: int = 2) -> Any:
    h = power * z["hidden"] ** (power - 1) * g["loss"] + g["hidden"]
    return {"W": np.outer(x, h) if np.ndim(x) == 1 else x.T @ h, "b": [np.sum(h), None]}, None


ruled = ag.custom_vjp(pulled, check=True)(model)


@pytest.mark.parametrize("power", [2, 3])
def test_trees_go_in_and_come_out(power: int) -> None:
    x = np.array([1.0, -2.0])
    p = {"W": np.array([[0.5, 1.0, 2.0], [0.3, -0.2, 0.1]]), "b": [0.5, "an option"], "c": None}

    def loss(f: Any) -> Any:
        def of_numbers(W: Any, b: Any) -> Any:
            z = f({"W": W, "b": [b, "an option"], "c": None}, x, power=power)
            return z["loss"] + np.sum(np.sin(z["hidden"]))

        return of_numbers

    assert ruled(p, x, power=power).keys() == {"loss", "hidden", "none"}
    given = (p["W"], p["b"][0])
    for transform in (ag.grad, ag.hessian):
        several = [flatten(transform(loss(f), (0, 1))(*given))[0] for f in (ruled, model)]
        for found, wanted in zip(*several):
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    tangents = (np.ones_like(p["W"]), 1.0)
    for one, other in zip(
        ag.jvp(loss(ruled), given, tangents), ag.jvp(loss(model), given, tangents)
    ):
        assert one == pytest.approx(other, rel=1e-13)


def test_trees_of_values_stay_values() -> None:
    polar = ag.custom_vjp(
        lambda g, z, xy: {
            "x": (g[0] * xy["x"] - g[1] * xy["y"] / z[0]) / z[0],
            "y": (g[0] * xy["y"] + g[1] * xy["x"] / z[0]) / z[0],
        },
        check=True,
    )(lambda xy: (math.hypot(xy["x"], xy["y"]), math.atan2(xy["y"], xy["x"])))
    at = {"x": Value(3.0), "y": Value(4.0)}
    r, angle = polar(at)
    assert (type(r), r.data, angle.data) == (Value, 5.0, math.atan2(4.0, 3.0))
    by_rules = lambda xy: (ag.hypot(xy["x"], xy["y"]), ag.atan2(xy["y"], xy["x"]))  # noqa: E731
    for f in (lambda x, y: polar({"x": x, "y": y}), lambda x, y: by_rules({"x": x, "y": y})):
        np.testing.assert_allclose(ag.jacobian(f, (0, 1))(3.0, 4.0), [(0.6, 0.8), (-0.16, 0.12)])

    def product(f: Any) -> Any:
        return lambda x, y: math.prod(f({"x": x, "y": y}))

    curvature = [ag.hessian(product(f), (0, 1))(3.0, 4.0) for f in (polar, by_rules)]
    np.testing.assert_allclose(*curvature, rtol=1e-13)
    scaled = ag.custom_vjp(lambda g, z, xs: [2 * each for each in g])(
        lambda xs: [2 * x for x in xs]
    )
    doubled = scaled([Value(1.0), Value(2.0)])
    assert [y.data for y in doubled] == [2.0, 4.0]
    vector = np.array([Value(1.0), Value(2.0)])
    squares = ag.custom_vjp(lambda g, z, x: 2 * g * x)(lambda x: float(np.sum(x * x)))
    squares(vector).backward()
    assert [v.grad for v in vector] == [2.0, 4.0]


def test_a_number_gives_an_array() -> None:
    powers = ag.custom_vjp(lambda g, z, x: np.sum(g * np.arange(3) * x ** np.array([0, 0, 1])))(
        lambda x: x ** np.arange(3)
    )
    y = powers(Value(3.0))
    assert (type(y), y.data.tolist()) == (Tensor, [1.0, 3.0, 9.0])
    assert ag.jacobian(powers)(3.0).tolist() == [0.0, 1.0, 6.0]
    assert ag.jacobian(ag.jacobian(powers))(3.0).tolist() == [0.0, 0.0, 2.0]


N = 5
exp = ag.custom_vjp(lambda g, z, x: g * z)(np.exp)
sine = ag.custom_vjp(lambda g, z, x: g * cosine(x))(np.sin)
cosine = ag.custom_vjp(lambda g, z, x: -g * sine(x))(np.cos)


PROGRAMS = [
    lambda f, x: f(x),
    lambda f, x: ag.sqrt(1.5 + f(2 * x)) * f(x),
    lambda f, x: f(f(x)),
    lambda f, x: ag.sum(f(x * np.array([1.0, -0.5]))),
]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(("by_hand", "by_rule"), [(exp, ag.exp), (sine, ag.sin)])
def test_orders_go_through_a_derivative_by_hand(by_hand: Any, by_rule: Any, program: Any) -> None:
    """Alone, inside others, around others, of numbers and of arrays."""
    f = lambda x: program(by_hand, x)  # noqa: E731
    wanted = ag.taylor(lambda x: program(by_rule, x), 0.3, N)
    np.testing.assert_allclose(ag.taylor(f, 0.3, N), wanted, rtol=1e-11, atol=1e-13)
    for n in range(1, N):
        slope = ag.derivative(f, order=n)(0.3)
        assert slope == pytest.approx(wanted[n] * math.factorial(n), rel=1e-11)
    assert ag.grad(ag.grad(ag.derivative(f)))(0.3) == pytest.approx(wanted[3] * 6, rel=1e-11)


@pytest.mark.parametrize(
    "pullback", [lambda g, z, x: g * math.exp(x), lambda g, z, x: float(g) * float(z)]
)
def test_a_pullback_that_no_order_goes_through_says_so(pullback: Any) -> None:
    rule = ag.custom_vjp(pullback)(math.exp)
    assert ag.grad(rule)(0.5) == math.exp(0.5)
    for program in (
        lambda: ag.grad(ag.grad(rule))(0.5),
        lambda: ag.taylor(rule, 0.5, 2),
        lambda: ag.derivative(rule, order=2)(0.5),
        lambda: ag.hessian(lambda x: rule(x[0]))([0.5]),
        lambda: ag.jvp(rule, (Tensor(0.5),), (np.array(1.0),)),
    ):
        with pytest.raises(
            TypeError, match=r"^exp: its pullback can't be differentiated"
        ) as caught:
            program()
        told = str(caught.value)
        assert told.endswith("written with functions of this package, as ag.exp for math.exp")
        assert "\n" not in told
        assert len(told) < 260


REFUSED: list[tuple[Any, Any, str]] = [
    (lambda g, z, x: g, lambda x: x["a"], "the pullback gave float 1.0 for the operand dict {'a': 2.0}; it must have its form"),
    (lambda g, z, x: {"a": g, "b": g}, lambda x: x["a"], "the pullback gave dict .* it must have its form"),
    (lambda g, z, x: (g, g), lambda x: x["a"], "the pullback gave tuple .* for 1 operand"),
    (lambda g, z, x: {"a": g}, lambda x: "text", "got str 'text' where a number must be"),
    (lambda g, z, x: {"a": g}, lambda x: {"b": None}, "it returned dict {'b': None}; it must return numbers or arrays"),
]  # fmt: skip


@pytest.mark.parametrize(("pullback", "f", "message"), REFUSED)
def test_forms_that_do_not_fit_are_refused(pullback: Any, f: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message) as caught:
        ag.custom_vjp(pullback)(f)({"a": Value(2.0)})
    assert "\n" not in str(caught.value)
    with pytest.raises(TypeError, match=r"the pullback gave list .* for the operand list"):
        ag.custom_vjp(lambda g, z, x: [g])(sum)([Value(1.0), Value(2.0)])


def test_nodes_are_given_by_place() -> None:
    rule = ag.custom_vjp(lambda g, z, x, k: g * k)(lambda x, k: x * k)
    with pytest.raises(TypeError, match=r"got Value .* as k=; operands .* given by place"):
        rule(Value(1.0), k=Value(2.0))
    x = Value(1.0)
    rule(x, k=3.0).backward()
    assert x.grad == 3.0


def test_a_wrong_share_in_a_tree_is_found_when_asked() -> None:
    wrong = ag.custom_vjp(lambda g, z, p: {"a": g * p["b"], "b": g}, check=True)(
        lambda p: p["a"] * p["b"]
    )
    with pytest.raises(GradientCheckError):
        wrong({"a": Value(2.0), "b": Value(3.0)})
    with pytest.raises(GradientCheckError):
        wrong({"a": Tensor([2.0]), "b": Value(3.0)})


def test_copies_and_memory() -> None:
    z = ruled({"W": Tensor(np.ones((2, 1))), "b": [Value(1.0), ""]}, np.ones(2))
    again = copy.deepcopy(z["loss"])
    assert ag.gradients(again, again.parents[0]).tolist() == [[6.0], [6.0]]
    gone = weakref.ref(z["hidden"])
    gc.disable()
    try:
        del z, again
        assert gone() is None, "results do not keep one another"
    finally:
        gc.enable()
