"""Derivatives of functions: every order, nested, of numbers in any form, and at SciPy's."""

import copy
import inspect
import math
import pickle
import warnings
from collections import namedtuple
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value, modes
from autograd.nodes import plain
from autograd.trees import flatten

pytestmark = pytest.mark.both

HIGH = SimpleNamespace(
    **{
        name: getattr(mpmath, name)
        for name in "exp log sin cos tanh sqrt log1p erf sinh atan".split()
    },
    sigmoid=lambda x: 1 / (1 + mpmath.exp(-x)),
    where=lambda condition, x, y: x if condition else y,
)
COMPOSITES: dict[str, tuple[Any, float]] = {
    "exp of sin": (lambda m, x: m.exp(m.sin(x)), 0.7),
    "logistic of a polynomial": (lambda m, x: m.sigmoid(x**3 - 2 * x), 0.4),
    "rational": (lambda m, x: (x**2 + 1) / (x**3 + 2), 1.3),
    "tanh of log": (lambda m, x: m.tanh(m.log(x) * 2), 1.6),
    "square roots": (lambda m, x: m.sqrt(1 + m.sqrt(x + x * x)), 0.9),
    "a power of x by x": (lambda m, x: x**x, 1.2),
    "log1p and erf": (lambda m, x: m.log1p(x * x) * m.erf(x), 0.6),
    "nested tanh": (lambda m, x: m.tanh(x + m.tanh(x * m.tanh(x))), 0.8),
    "a chosen branch": (lambda m, x: m.where(x > 0, m.exp(-x) / x, m.sqrt(x)), 1.1),
    "circles": (lambda m, x: m.sin(m.cos(x) * 3) / m.atan(x + 1), 0.3),
}


@pytest.mark.parametrize("name", COMPOSITES)
@pytest.mark.parametrize("transform", [ag.grad, ag.derivative])
def test_nested_five_times_against_mpmath(name: str, transform: Any) -> None:
    composite, at = COMPOSITES[name]
    f: Any = lambda x: composite(ag, x)  # noqa: E731
    with mpmath.workdps(50):
        expected = mpmath.taylor(lambda x: composite(HIGH, x), mpmath.mpf(at), 5)
        for k in range(1, 6):
            f = transform(f)
            assert f(at) == pytest.approx(float(expected[k]) * math.factorial(k), rel=1e-9)
    direct = ag.derivative(lambda x: composite(ag, x), order=5)(at)
    assert direct == pytest.approx(float(expected[5]) * 120, rel=1e-9)


DERIVATIVES: list[Any] = [ag.grad, ag.derivative, lambda f: lambda x: ag.jvp(f, (x,), (1.0,))[1]]


@pytest.mark.parametrize("d", DERIVATIVES)
def test_perturbations_are_not_confused(d: Any) -> None:
    assert d(lambda x: x * d(lambda y: x + y)(1.0))(1.0) == 1.0
    assert d(lambda x: x * d(lambda y: x * y)(2.0))(3.0) == 6.0
    assert d(lambda x: d(lambda y: d(lambda z: x * y * z)(1.0) * y)(2.0) * x)(3.0) == 24.0


def test_the_callers_nodes_are_seen_however_they_come_in() -> None:
    x = Value(2.0)
    slope = ag.grad(lambda t: x * t * t)(3.0)
    assert slope.data == 12.0
    slope.backward()
    assert x.grad == 6.0
    assert ag.grad(lambda t: t * t)(x).data == 4.0
    assert ag.grad(lambda t: t * t + Value(1.0))(3) == 6.0, "a leaf of its own is nobody's"
    y, tangent = ag.jvp(lambda t: t * x, (3.0,), (x,))
    assert (y.data, tangent.data, ag.gradients(tangent, x)) == (6.0, 4.0, 4.0)
    (row,) = ag.jacobian(lambda t: [t * x])(5.0)
    assert ag.gradients(row, x) == 1.0
    assert ag.gradients(ag.taylor(lambda t: ag.exp(x * t), 0.0, 3)[3], x) == 2.0
    _, pull = ag.vjp(lambda t: [t * x], 3.0)
    assert ag.gradients(pull([x]), x) == 4.0
    assert ag.gradients(ag.hvp(lambda t: x * t * t)(3.0, x), x) == 8.0
    with pytest.warns(UserWarning, match="not computed from t"):
        assert ag.hvp(lambda t: 1.0)(3.0, 1.0) == 0.0
    scale = Tensor([1.0, 2.0])
    rate = ag.jvp(lambda t: ag.sum(t * scale), (np.ones(2),), (np.ones(2),))[1]
    np.testing.assert_array_equal(ag.gradients(rate, scale), [1.0, 1.0])
    assert ag.derivative(lambda t: t * x, order=0)(3.0).data == 6.0
    with ag.no_grad():
        assert ag.grad(lambda t: t * t)(3.0) == 6.0, "what is inside is recorded"
        assert ag.hvp(lambda t: t**3)(2.0, 1.0) == 12.0
        assert ag.derivative(lambda t: x * t)(3.0).data == 2.0
        assert ag.jvp(lambda t: ag.sum(t**3), (np.array([2.0]),), (np.array([1.0]),)) == (8.0, 12.0)
        assert ag.grad(lambda t: x * t)(3.0).parents == ()


Point = namedtuple("Point", "x y")


def test_arguments_come_back_in_their_form() -> None:
    def f(p: Any, scale: float = 1.0) -> Any:
        return scale * (p["w"][0] * p["w"][1] + p["b"].x * p["b"].y ** 2) + (p["n"] is None)

    given = {"w": [2.0, 3], "b": Point(1.0, np.float32(2.0)), "n": None}
    assert ag.grad(f)(given, scale=2.0) == {"w": [6.0, 4.0], "b": Point(8.0, 8.0), "n": None}
    assert ag.grad(lambda x, y: x * y, argnums=(1, 0))(2.0, 3.0) == (2.0, 3.0)
    assert ag.grad(lambda x, y: x * y, argnums=-1)(2.0, 3.0) == 2.0
    assert ag.grad(lambda x, y: (x * y, {"aux": x}), has_aux=True)(2.0, 3.0) == (3.0, {"aux": 2.0})
    assert ag.value_and_grad(lambda x: (x * x, [x]), has_aux=True)(2.0) == ((4.0, [2.0]), 4.0)
    jacobian = ag.jacobian(lambda p: {"sum": p.x + p.y, "all": (p.x * p.y, 1.0)})(Point(2.0, 3.0))
    assert jacobian == {"sum": Point(1.0, 1.0), "all": (Point(3.0, 2.0), Point(0.0, 0.0))}
    assert ag.hessian(lambda x, y: x * y * y, argnums=(0, 1))(2.0, 3.0) == ((0.0, 6.0), (6.0, 4.0))
    assert ag.hvp(lambda x, k: k * x["a"] ** 3)({"a": 2.0}, {"a": 10.0}, 0.5) == {"a": 60.0}
    values = np.array([Value(1.0), Value(2.0)])
    slopes = ag.grad(lambda v: (v * v).sum())(values)
    assert [s.data for s in slopes] == [2.0, 4.0]
    rows = ag.jacobian(lambda x: np.array([x[0] * x[1], x[0]]))([2.0, 3.0])
    np.testing.assert_array_equal(rows, [[3.0, 2.0], [1.0, 0.0]])
    assert ag.grad(ag.sin).__name__ == "grad_sin"
    assert ag.grad(lambda x: ag.sum(x))([]) == []


def test_arrays() -> None:
    rng = np.random.default_rng(1)
    W, x = rng.normal(size=(3, 2)), rng.normal(size=3)
    gradient = ag.grad(lambda W: ag.sum(ag.tanh(x @ W)))(W)
    np.testing.assert_allclose(gradient, np.outer(x, 1 / np.cosh(x @ W) ** 2), rtol=1e-13)
    np.testing.assert_allclose(ag.jacobian(lambda x: x @ W)(x), W.T)
    np.testing.assert_allclose(ag.jacobian(lambda x: [ag.sum(x), ag.sum(x * x)])(x)[1], 2 * x)
    y, pull = ag.vjp(lambda x, W: x @ W, x, W)
    np.testing.assert_allclose(y, x @ W)
    by_x, by_W = pull(np.array([1.0, 10.0]))
    np.testing.assert_allclose(by_x, W @ [1.0, 10.0])
    np.testing.assert_allclose(by_W, np.outer(x, [1.0, 10.0]))
    np.testing.assert_array_equal(ag.grad(lambda t: ag.sum(t * t))(np.array([1, 2])), [2.0, 4.0])
    assert ag.vjp(ag.sin, 0.0)[1](np.array(2.0)) == 2.0
    mixed = {"a": 3.0, "b": np.array([1.0, 2.0])}
    rows = ag.jacobian(lambda p: [p["a"] ** 2, p["b"] * 2])(mixed)
    assert rows[0]["a"] == 6.0
    np.testing.assert_array_equal(rows[1]["a"], [0.0, 0.0])
    np.testing.assert_array_equal(rows[1]["b"], 2 * np.eye(2))
    value, slope = ag.value_and_grad(lambda t: ag.sum(t) + 1)(np.ones(2, np.float32))
    assert (type(value), value, slope.dtype) == (float, 3.0, np.float32)


def test_jacobian_takes_the_cheaper_way(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd import modes, transforms

    sweeps: list[tuple[str, int]] = []

    def counted(name: str, f: Any) -> Any:
        def sweep(ys: Any, xs: Any, starts: Any, level: int = 0) -> Any:
            sweeps.append((name, len(starts)))
            return f(ys, xs, starts, level)

        return sweep

    monkeypatch.setattr(transforms, "reverse", counted("reverse", transforms.reverse))
    monkeypatch.setattr(modes, "forward", counted("forward", modes.forward))
    wide = lambda x: [ag.dot(x, x), x[0] * x[1], ag.sum(x)]  # noqa: E731
    rows = ag.jacobian(wide)([float(i) for i in range(500)])
    assert sweeps.pop() == ("reverse", 3)
    assert rows[0] == [2.0 * i for i in range(500)]
    tall = ag.jacobian(lambda x: [x[0] * i + x[1] for i in range(500)])([1.0, 2.0])
    assert sweeps.pop() == ("forward", 2)
    assert tall[3] == [3.0, 1.0]
    both = [ag.jacobian(wide, mode=mode)([1.0, 2.0]) for mode in ("forward", "reverse")]
    assert both[0] == both[1]
    assert sweeps == [("forward", 2), ("reverse", 3)]


@given(
    st.lists(st.floats(-2, 2), min_size=2, max_size=2),
    st.lists(st.floats(-2, 2), min_size=2, max_size=2),
    st.floats(-2, 2),
)
def test_forward_and_backward_agree(x: list[float], t: list[float], v: float) -> None:
    def f(x: Any) -> Any:
        a = ag.sin(x[0] * x[1]) + ag.sqrt(1 + x[1] * x[1])
        return [a * x[0], ag.sum([a, x[0], ag.exp(-a * a)])]

    _, pushed = ag.jvp(f, (x,), (t,))
    _, pull = ag.vjp(f, x)
    pulled = pull([v, 1.0])
    assert v * pushed[0] + pushed[1] == pytest.approx(np.dot(pulled, t), rel=1e-9, abs=1e-9)
    h = ag.hessian(lambda x: f(x)[0] * f(x)[1])(x)
    np.testing.assert_allclose(h, np.transpose(h), rtol=1e-9, atol=1e-9)
    product = ag.hvp(lambda x: f(x)[0] * f(x)[1])(x, t)
    np.testing.assert_allclose(product, np.asarray(h) @ t, rtol=1e-9, atol=1e-9)


UNTAKEN: list[tuple[Any, float, float, float]] = [  # f, at, and its first and second derivative
    (lambda x: ag.where(x > 0, ag.sqrt(x), 0.0), 0.0, 0.0, 0.0),
    (lambda x: ag.where(x > 0, ag.log(x), x), -1.0, 1.0, 0.0),
    (lambda x: ag.where(x > 0, ag.where(x > 1, ag.log(x - 1), x * x), ag.sqrt(x)), 0.5, 1.0, 2.0),
    (lambda x: (lambda r: ag.where(x > 0, r, r * 0 + x))(1 / x), 2.0, -0.25, 0.25),
    (lambda x: ag.where(x <= 0, x**3, ag.log(x)) + ag.where(x <= 0, x, 1 / x), 0.0, 1.0, 0.0),
]


@pytest.mark.parametrize(("f", "at", "first", "second"), UNTAKEN)
def test_untaken_branches(f: Any, at: float, first: float, second: float) -> None:
    assert ag.grad(f)(at) == ag.jvp(f, (at,), (1.0,))[1] == first
    assert ag.grad(ag.grad(f))(at) == ag.hessian(f)(at) == second
    assert ag.hvp(f)(at, 1.0) == ag.derivative(f, 2)(at) == second
    assert ag.jvp(ag.grad(f), (at,), (1.0,))[1] == second


def test_what_no_seed_reaches_gives_nothing() -> None:
    assert ag.jacobian(lambda x: [x, ag.sqrt(x)])(0.0) == [1.0, math.inf]
    assert ag.vjp(lambda x: [x, ag.sqrt(x)], 0.0)[1]([1.0, 0.0]) == 1.0
    assert ag.jvp(lambda x, y: x + ag.sqrt(y), (1.0, 0.0), (2.0, 0.0)) == (1.0, 2.0)
    assert math.isnan(ag.grad(lambda x: ag.sqrt(x) ** 2)(0.0)), "a 0 by arithmetic is IEEE's"


def masked_softmax(x: list[Any]) -> Any:
    kept = [ag.where(v > 0, ag.exp(v), 0.0) for v in x]
    return ag.log(kept[0] / ag.sum(kept))


def test_masked_softmax() -> None:
    assert ag.grad(masked_softmax)([1.0, -1.0, 1.0]) == [0.5, 0.0, -0.5]
    np.testing.assert_allclose(
        ag.hessian(masked_softmax)([1.0, -1.0, 1.0]),
        [[-0.25, 0, 0.25], [0, 0, 0], [0.25, 0, -0.25]], atol=1e-16,
    )  # fmt: skip


def test_stop_gradient() -> None:
    assert ag.grad(lambda x: x * ag.stop_gradient(x))(3.0) == 3.0
    assert ag.grad(lambda x: ag.sum(ag.stop_gradient([x, 2.0])) + x)(3.0) == 1.0
    t = Tensor([1.0])
    assert ag.stop_gradient({"t": t, "s": "text"})["t"].parents == ()


def rosenbrock(x: Any) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def listed(f: Any) -> Any:
    """SciPy hands over arrays; as lists their numbers are Values."""
    return lambda x, *more: np.asarray(f(list(x), *map(list, more)))


def test_scipy_takes_the_derivatives() -> None:
    start = np.array([-1.2, 1.0, 0.5])

    def value_and_grad(x: Any) -> Any:
        value, slope = ag.value_and_grad(rosenbrock)(list(x))
        return value, np.array(slope)

    found = scipy.optimize.minimize(value_and_grad, start, jac=True, method="BFGS")
    np.testing.assert_allclose(found.x, 1.0, rtol=1e-5)
    newton = scipy.optimize.minimize(
        lambda x: rosenbrock(x), start, jac=listed(ag.grad(rosenbrock)),
        hessp=listed(ag.hvp(rosenbrock)), method="Newton-CG",
    )  # fmt: skip
    np.testing.assert_allclose(newton.x, 1.0, rtol=1e-5)
    assert newton.success
    np.testing.assert_allclose(
        ag.hessian(rosenbrock)(list(start)), scipy.optimize.rosen_hess(start), rtol=1e-12
    )

    def circles(x: Any) -> Any:
        return [x[0] ** 2 + x[1] ** 2 - 4.0, ag.exp(x[0]) + x[1] - 1.0]

    jacobian = listed(ag.jacobian(circles))
    root = scipy.optimize.root(lambda x: [float(y) for y in circles(x)], [1.0, -1.5], jac=jacobian)
    assert root.success
    fit = scipy.optimize.least_squares(
        lambda x: np.array(circles(x), float), [1.0, -1.5], jac=jacobian
    )
    np.testing.assert_allclose(fit.x, root.x, rtol=1e-6)


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: ag.grad(3), TypeError, r"grad: got int 3; it needs a function"),
    (lambda: ag.checkpoint(3), TypeError, "^checkpoint: got int 3; it needs a function"),
    (lambda: ag.custom_vjp(lambda g, z, x: g)(3), TypeError, "^custom_vjp: got int 3"),
    (lambda: ag.vjp(3, 1.0), TypeError, "^vjp: got int 3"),
    (lambda: ag.taylor(3, 1.0, 2), TypeError, "^taylor: got int 3"),
    (lambda: ag.grad(lambda x: None)(1.0), TypeError, "returned nothing; it must return one number"),
    (lambda: ag.grad(lambda x: "text")(1.0), TypeError, "returned str 'text'"),
    (lambda: ag.grad(lambda x: [x, x])(1.0), TypeError, "returned list .* one number"),
    (lambda: ag.grad(lambda x: x)(np.ones(3)), TypeError, r"returned shape \(3,\)"),
    (lambda: ag.grad(lambda x: x)("text"), TypeError, "got str 'text' to differentiate by"),
    (lambda: ag.grad(lambda x: x, argnums=1)(1.0), ValueError, "argnums=1 for a call with 1 argument"),
    (lambda: ag.grad(lambda x: x, argnums=(0, -3))(1.0, 2.0), ValueError, "with 2 arguments"),
    (lambda: ag.grad(lambda x, y: x, argnums=(1, -1))(1.0, 2.0), ValueError, "names an argument twice"),
    (lambda: ag.grad(lambda x, y: x, argnums=range(3))(1.0, 2.0), ValueError, "with 2 arguments"),
    (lambda: ag.grad(lambda x: x, argnums="x")(1.0), TypeError, "argnums='x'; it must be an int"),
    (lambda: ag.grad(lambda x: x, argnums=True)(1.0), TypeError, "argnums=True"),
    (lambda: ag.grad(lambda x: x, has_aux=True)(1.0), TypeError, "with has_aux f returns"),
    (lambda: ag.jacobian(lambda x: ())(1.0), TypeError, "returned nothing"),
    (lambda: ag.jacobian(lambda x: {"a": "text"})(1.0), TypeError, "returned str 'text'"),
    (lambda: ag.jacobian(lambda x: x, mode="up"), ValueError, "mode='up'"),
    (lambda: ag.vjp(lambda x: x, 1.0)[1]([1.0]), ValueError, "^vjp: got v of another form"),
    (lambda: ag.vjp(lambda x: x, 1.0)[1](np.ones(2)), ValueError, r"^vjp: got v of shape \(2,\) for \(\)"),
    (lambda: ag.vjp(lambda x: x, 1.0)[1]("text"), TypeError, "got str 'text' in v"),
    (lambda: ag.jvp(lambda x: x, 1.0, 1.0), TypeError, "got primals float 1.0; it must be a tuple"),
    (lambda: ag.jvp(lambda x: x, (1.0,), (1.0, 2.0)), ValueError, "tangents of another form"),
    (lambda: ag.hvp(lambda x: x[0])([1.0], [1.0, 2.0]), ValueError, "^hvp: got v of another form"),
    (lambda: ag.derivative(lambda x: x, order=-1), ValueError, "order=-1; it must be an integer from 0"),
    (lambda: ag.derivative(lambda x: x, order=1.5), ValueError, "order=1.5"),
    (lambda: ag.taylor(lambda x: x[0], [1.0, 2.0], 2), TypeError, "functions of one number"),
    (lambda: ag.derivative(lambda x: x[0], 2)(np.ones(2)), TypeError, r"^derivative: got ndarray array\(.*functions of one number"),
    (lambda: ag.gradients(Value(1.0), 1.0), TypeError, "^gradients: got float 1.0; it needs Values"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "error", "message"), REFUSED)
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_a_result_that_does_not_depend_on_its_input_is_warned_of() -> None:
    def constant(speed: Any, other: Any = 1.0) -> Any:
        return 3.0

    here = ag.grad(constant, argnums=(0, 1))
    with pytest.warns(
        UserWarning, match="grad: constant returned a number .* speed, other; its derivative is 0"
    ) as caught:
        assert here(1.0, 2.0) == (0.0, 0.0)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="not computed from x"):
        assert ag.jacobian(lambda x: [1.0, 2])(1.0) == [0.0, 0.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ag.grad(lambda x: x * 0.0)(1.0) == 0.0, "0, but computed from it"
        assert ag.grad(ag.grad(lambda x: 3 * x))(1.0) == 0.0
        assert ag.grad(lambda x, y: x, argnums=(0, 1))(1.0, 2.0) == (1.0, 0.0)


def test_derivatives_of_constants_have_the_shapes_of_both() -> None:
    x = np.ones(2, np.float32)
    results: dict[str, Any] = {
        "arrays": lambda x: (2 * x, np.ones(3)),
        "numbers": lambda x: [ag.sum(x), np.array(2.0), 5, True, np.float32(2), np.arange(3)],
        "empty": lambda x: {"a": x[:0], "b": np.zeros((0, 2)), "c": x},
    }
    inputs = [x, Tensor(x), np.ones((0, 3), np.float32), np.ones((2, 1), np.float32)]
    for f in results.values():
        for point in inputs:
            leaves = flatten(f(point.data if isinstance(point, Tensor) else point))[0]
            for mode in ("forward", "reverse"):
                blocks = flatten(ag.jacobian(f, mode=mode)(point))[0]
                for y, block in zip(leaves, blocks, strict=True):
                    assert block.shape == (*np.shape(y), *point.shape)
                    assert block.dtype == np.float32
                    assert type(block) is type(point)
            value, rate = ag.jvp(f, (point,), (point,))
            assert [np.shape(plain(r)) for r in flatten(rate)[0]] == list(map(np.shape, leaves))
            assert ag.vjp(f, point)[1](value).shape == point.shape
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ag.LostGradientWarning)
        jacobian = ag.jacobian(lambda x: np.ones((3, 1)))(x)
        hessian = ag.hessian(lambda p: 1.0)({"a": x, "b": 1.0})
        product = ag.hvp(lambda x: 1.0)(x, x)
        second = ag.derivative(lambda t: np.ones(3), 2)(1.0)
    assert (jacobian.shape, jacobian.dtype) == ((3, 1, 2), np.float32)
    assert [np.shape(hessian[i][j]) for i in "ab" for j in "ab"] == [(2, 2), (2,), (2,), ()]
    assert (product.shape, product.dtype, second.shape) == ((2,), np.float32, (3,))
    np.testing.assert_array_equal(ag.hessian(lambda x: ag.sum(3 * x))(x), np.zeros((2, 2)))


def test_vjp_takes_its_own_value_and_dicts_come_in_any_order() -> None:
    y, pull = ag.vjp(lambda x: np.array([[x[0] * 2, x[1]]]), [1.0, 2.0])
    assert (y.tolist(), pull(y)) == ([[2.0, 2.0]], [4.0, 2.0])
    v = np.array([Value(1.0), Value(2.0)])
    _, rate = ag.jvp(lambda v: v * 2, (v,), (np.array([1.0, 2.0]),))
    assert [r.data for r in rate] == [2.0, 4.0]
    y, pull = ag.vjp(lambda x: {"b": x, "a": [x * 2, 3]}, 2.0)
    assert (list(y), pull(y), pull({"a": [0.0, 7.0], "b": 1.0})) == (["b", "a"], 10.0, 1.0)
    f = lambda p: p["a"] ** 2 * p["b"]  # noqa: E731
    point, move = {"a": 1.0, "b": 2.0}, {"b": 5.0, "a": 1.0}
    assert ag.jvp(f, (point,), (move,))[1] == 9.0
    assert list(ag.hvp(f)(point, move).items()) == [("a", 14.0), ("b", 2.0)]
    with pytest.raises(ValueError, match="tangents of another form"):
        ag.jvp(f, (point,), ({"a": 1.0, "c": 5.0},))


def cubed(x: Any) -> Any:
    return x**3


@ag.grad
def decorated(x: Any, *, k: float = 1.0) -> Any:
    """Cube x."""
    return k * x**3


MADE: list[Any] = [
    ag.grad(cubed), ag.jacobian(cubed, mode="forward"), ag.hessian(cubed), ag.derivative(cubed, 3),
    ag.grad(ag.grad(cubed)), ag.derivative(ag.grad(ag.sin)), decorated,
    ag.value_and_grad(cubed, argnums=-1), ag.elementwise_grad(cubed),
    ag.grad(cubed, argnames="x"), ag.hessian(cubed, argnames="x"), ag.jacobian(ag.grad(cubed, argnames="x"), argnames="x"),
]  # fmt: skip


@pytest.mark.parametrize("made", MADE, ids=repr)
def test_transforms_pickle_and_copy(made: Any) -> None:
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert again(2.0) == made(2.0)
        assert (repr(again), again.__name__) == (repr(made), made.__name__)
    product = pickle.loads(pickle.dumps(ag.hvp(cubed)))
    assert product(2.0, 1.0) == 12.0


def test_transforms_have_the_metadata_of_functions() -> None:
    assert repr(ag.hessian(ag.grad(cubed))) == "hessian(grad(cubed))"
    assert decorated.__wrapped__(2.0) == 8.0
    assert decorated.__doc__ == "grad of decorated.\n\nCube x."
    assert str(inspect.signature(decorated)) == "(x: Any, *, k: float = 1.0) -> Any"
    assert list(inspect.signature(ag.hvp(cubed)).parameters)[:2] == ["x", "v"]
    assert decorated(2.0, k=2.0) == 24.0

    class Line:
        slope = 3.0

        def f(self, x: Any) -> Any:
            return self.slope * x

        df = ag.grad(f, argnums=1)

    assert Line().df(2.0) == 3.0


@pytest.mark.parametrize("form", [np.array, lambda y: np.array([y]), lambda y: np.array([[y]])])
def test_an_array_of_one_value_is_one_number(form: Any) -> None:
    square = lambda x: form(x * x)  # noqa: E731
    assert ag.grad(square)(3.0) == 6.0
    assert ag.value_and_grad(square)(3.0) == (9.0, 6.0)
    assert ag.hvp(square)(3.0, 1.0) == 2.0
    assert np.shape(ag.jacobian(square)(3.0)) == np.shape(form(0.0))


def energy(x: Any, rate: Any = 1.0, *, shift: Any = 0.0) -> Any:
    return x**3 * rate**2 + shift * x


NAMED = {"x": 2.0, "rate": 3.0, "shift": 5.0}


@pytest.mark.parametrize("transform", [ag.grad, ag.jacobian, ag.hessian, ag.elementwise_grad])
def test_arguments_may_be_chosen_by_name(transform: Any) -> None:
    for names, by_place in (("x", 0), ("rate", 1), (("rate", "x"), (1, 0)), (["x"], (0,))):
        expected = transform(energy, by_place)(2.0, 3.0, shift=5.0)
        made = transform(energy, argnames=names)
        assert made(2.0, 3.0, shift=5.0) == expected
        assert made(2.0, rate=3.0, shift=5.0) == expected
        assert made(**NAMED) == expected
    of_three = transform(lambda x, rate, shift: energy(x, rate, shift=shift), (2, 0))(2.0, 3.0, 5.0)
    assert transform(energy, argnames=("shift", "x"))(2.0, 3.0, shift=5.0) == of_three
    with pytest.warns(ag.LostGradientWarning, match="not computed from shift"):
        assert ag.grad(lambda x, shift: x, argnames="shift")(2.0, shift=5.0) == 0.0


def test_names_of_arguments_nest() -> None:
    mixed = ag.grad(ag.grad(energy, argnames="x"), argnames="rate")
    assert mixed(**NAMED) == 3 * 4.0 * 2 * 3.0
    assert ag.value_and_grad(energy, argnames="rate")(2.0, rate=3.0) == (72.0, 48.0)
    tree = ag.grad(lambda *, p: p["a"] * p["b"][0], argnames="p")(p={"a": 2.0, "b": [3.0]})
    assert tree == {"a": 3.0, "b": [2.0]}
    assert ag.grad(ag.linear, argnames="W")(np.ones(2), np.ones((1, 2))).tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("given", "call", "kind", "message"),
    [
        ({"argnames": "y"}, NAMED, ValueError, "grad: got argnames='y' for a call with x, rate, shift"),
        ({"argnames": ("x", "x")}, NAMED, ValueError, r"grad: got argnames=\('x', 'x'\), which has a name twice"),
        ({"argnames": 0}, NAMED, TypeError, "grad: got argnames=0; it must be a str or a tuple of them"),
        ({"argnames": "x", "argnums": 1}, NAMED, TypeError, "grad: got argnums and argnames; it needs one of them"),
        ({"argnums": "x"}, NAMED, TypeError, "grad: got argnums='x'; it must be an int"),
    ],
)  # fmt: skip
def test_names_that_are_refused(given: Any, call: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=f"^{message}"):
        ag.grad(energy, **given)(**call)


def test_elementwise_grad_is_that_of_hips() -> None:
    """As its README has it: slopes of tanh, one of the other; else sums of columns."""
    x = np.linspace(-7, 7, 5)
    first = ag.elementwise_grad(np.tanh)
    np.testing.assert_allclose(first(x), 1 - np.tanh(x) ** 2, rtol=1e-13, atol=1e-15)
    second = ag.elementwise_grad(first)
    expected = -2 * np.tanh(x) * (1 - np.tanh(x) ** 2)
    np.testing.assert_allclose(second(x), expected, rtol=1e-12, atol=1e-14)
    W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_array_equal(ag.elementwise_grad(lambda x: W @ x)(np.ones(2)), W.sum(0))
    product = lambda x, y: x * y  # noqa: E731
    assert ag.elementwise_grad(product, 1)(2.0, 3.0) == 2.0
    pair = ag.elementwise_grad(product, (0, 1))(np.float32([1, 2]), np.float32([3, 4]))
    assert [(g.tolist(), g.dtype) for g in pair] == [([3, 4], np.float32), ([1, 2], np.float32)]
    assert ag.elementwise_grad(lambda x: [x, 2 * x])(1.0) == 3.0
    with pytest.warns(ag.LostGradientWarning, match="not computed from x"):
        assert ag.elementwise_grad(lambda x: 3.0)(1.0) == 0.0
    t = ag.Tensor([1.0, 2.0])
    slopes = ag.elementwise_grad(lambda x: x**3)(t)
    np.testing.assert_array_equal(ag.gradients(slopes.sum(), t), [6.0, 12.0])


def test_graphs_of_values_alone_are_not_swept_as_those_of_tensors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That would look at each of many leaves once more, in Python."""
    monkeypatch.setattr(modes, "gradients_of_tensors", None)
    x, y = Value(2.0), Value(3.0)
    slopes = ag.gradients(x * y, [x, y], create_graph=True)
    assert [slope.data for slope in slopes] == [3.0, 2.0]
