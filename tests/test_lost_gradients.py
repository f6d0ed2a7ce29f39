"""Every transform of functions that copy, detach or ignore their arguments."""

import copy
import dataclasses
import pickle
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor, Value

pytestmark = pytest.mark.both

Function = Callable[..., Any]
X, F32 = np.array([0.5, 2.0]), np.array([0.5, 2.0], np.float32)

TRANSFORMS: dict[str, Callable[[Function, Any], Any]] = {  # of functions that return one number
    "grad": lambda f, x: ag.grad(f)(x),
    "value_and_grad": lambda f, x: ag.value_and_grad(f)(x),
    "jacobian": lambda f, x: ag.jacobian(f)(x),
    "jacobian, forward": lambda f, x: ag.jacobian(f, mode="forward")(x),
    "hessian": lambda f, x: ag.hessian(f)(x),
    "hvp": lambda f, x: ag.hvp(f)(x, x),
    "jvp": lambda f, x: ag.jvp(f, (x,), (x,)),
    "vjp": lambda f, x: ag.vjp(f, x)[1](1.0),
    "grad of jvp": lambda f, x: ag.grad(lambda t: ag.sum(ag.jvp(f, (t,), (t,))[1]))(x),
    "jvp of grad": lambda f, x: ag.jvp(ag.grad(f), (x,), (x,)),
    "jacobian of hessian": lambda f, x: ag.jacobian(ag.hessian(f))(x),
}
OF_NUMBERS: dict[str, Callable[[Function, Any], Any]] = TRANSFORMS | {
    "derivative": lambda f, x: ag.derivative(f)(x),
    "second derivative": lambda f, x: ag.derivative(f, 2)(x),
    "taylor": lambda f, x: ag.taylor(f, x, 3),
    "grad of grad": lambda f, x: ag.grad(ag.grad(f))(x),
    "five deep": lambda f, x: ag.grad(ag.derivative(ag.grad(ag.derivative(ag.grad(f)))))(x),
}
CASES = [
    *[(t, x) for t in OF_NUMBERS.values() for x in (0.5, Value(0.5))],
    *[(t, x) for t in TRANSFORMS.values() for x in (X, F32, Tensor(X))],
]
IDS = [f"{name} of {x}" for name in OF_NUMBERS for x in ("a number", "a Value")]
IDS += [f"{name} of {x}" for name in TRANSFORMS for x in ("float64", "float32", "a Tensor")]


def numbers(tree: Any) -> Any:
    """All numbers of a tree, one after the other."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        return np.concatenate([numbers(x) for x in tree])
    return np.ravel(getattr(tree, "data", tree))


@dataclasses.dataclass
class Pair:
    first: Any
    second: Any


class Noted:
    """An object whose attributes are nodes."""

    def __init__(self, x: Any) -> None:
        self.x = x


COPIES: dict[str, Function] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy of a result": lambda x: copy.deepcopy(x * 1.0),
    "copy of a result": lambda x: copy.copy(x * 1.0),
    "deepcopy of a list": lambda x: copy.deepcopy([x, [x]])[1][0],
    "deepcopy of a dict": lambda x: copy.deepcopy({"x": x * 1.0})["x"],
    "deepcopy of an object": lambda x: copy.deepcopy(Noted(x)).x,
    "deepcopy of an array of objects": lambda x: copy.deepcopy(_objects(x))[0],
    "asdict of a dataclass": lambda x: dataclasses.asdict(Pair(x, 1.0))["first"],
    "a copy of a copy": lambda x: copy.deepcopy(copy.copy(copy.deepcopy(x))),
    "copies and what they were made of": lambda x: 0.5 * x + 0.5 * copy.deepcopy(x),
    "a module": lambda x: _module(x),
}


def _objects(x: Any) -> Any:
    array = np.empty(1, object)
    array[0] = x
    return array


def _module(x: Any) -> Any:
    module = nn.Module()
    module.weight = x * 1.0  # type: ignore[attr-defined]  # as a function of weights sets them
    return copy.deepcopy(module).weight


def smooth(x: Any) -> Any:
    return ag.sum(ag.exp(0.5 * x) * x)


@pytest.mark.parametrize(("transform", "x"), CASES, ids=IDS)
def test_copies_inside_stay_in_the_graph(transform: Any, x: Any) -> None:
    expected = numbers(transform(smooth, x))
    for name, copied in COPIES.items():
        found = numbers(transform(lambda x, copied=copied: smooth(copied(x)), x))
        rtol = 2e-6 if x is F32 else 1e-14
        np.testing.assert_allclose(found, expected, rtol=rtol, err_msg=name)


def test_copies_of_what_is_outside_are_apart_as_ever() -> None:
    w = Value(3.0, name="w")
    v = w * 2

    def f(x: Any) -> Any:
        twin, twin_w = copy.deepcopy((v, w))
        assert twin is not v
        twin.backward()
        assert (twin_w.grad, twin_w.name) == (2.0, "w")
        return x * pickle.loads(pickle.dumps(twin))

    assert ag.grad(f)(5.0) == 6.0
    assert not w.has_grad


def test_copies_in_a_nested_function_stay_in_the_outer_graph() -> None:
    assert ag.grad(lambda x: ag.grad(lambda y: copy.deepcopy(x) * y * y)(2.0))(3.0) == 4.0
    assert ag.hessian(lambda x: ag.jvp(lambda y: copy.copy(x * x) * y, (1.0,), (1.0,))[1])(3.0) == 2

    def in_a_thread(x: Any) -> Any:
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(copy.deepcopy(x) * 3))
        thread.start()
        thread.join()
        return found[0]

    assert ag.grad(in_a_thread)(1.0) == 3.0


@pytest.mark.parametrize("x", [2.0, np.array([2.0])], ids=["Value", "Tensor"])
def test_copies_in_checkpoints_and_pullbacks(x: Any) -> None:
    square = ag.custom_vjp(lambda g, z, x: 2 * g * copy.deepcopy(x))(lambda x: x * x)
    cube = ag.checkpoint(lambda x: copy.copy(x) * copy.deepcopy(x) * x)
    for f, second in ((square, 2.0), (cube, 12.0)):
        leaf = Value(x) if isinstance(x, float) else Tensor(x)
        slope = ag.gradients(ag.sum(f(leaf)), leaf, create_graph=True)
        assert np.ravel(ag.gradients(ag.sum(slope), leaf)) == second
        for transform in (ag.hessian, lambda f: lambda x: ag.hvp(f)(x, np.ones_like(x))):
            assert np.ravel(transform(lambda x, f=f: ag.sum(f(x)))(x)) == second
    assert ag.gradcheck(lambda x: ag.sin(copy.deepcopy(x)), x).ok


@pytest.mark.parametrize("x", [2.0, np.array([2.0])], ids=["Value", "Tensor"])
def test_what_is_written_into_a_copy_leaves_the_original(x: Any) -> None:
    def f(x: Any) -> Any:
        twin = copy.deepcopy(x)
        if isinstance(twin, Tensor):
            assert not np.shares_memory(twin.data, x.data)
            twin[0] = 5.0
        return ag.sum(x * x + twin)

    assert np.ravel(ag.grad(f)(x)) == (5.0 if isinstance(x, float) else 4.0)


def test_pickles_inside_are_refused() -> None:
    for x in (1.0, X):
        for f in (lambda x: x, lambda x: x * 2, lambda x: {"a": [Noted(x)]}):
            with pytest.raises(
                TypeError, match=r"^pickle: got a (Value|Tensor) of a function that"
            ):
                ag.grad(lambda x, f=f: ag.sum(pickle.loads(pickle.dumps(f(x)))))(x)
        constant = ag.grad(lambda x: ag.sum(x * pickle.loads(pickle.dumps(x.detach()))))(x)
        np.testing.assert_array_equal(constant, x)


def test_many_copies_take_no_long_time() -> None:
    calls = [0]
    from autograd import graph

    def counted(node: Any) -> bool:
        calls[0] += 1
        return original(node)

    def f(x: Any) -> Any:
        states = [x]
        for _ in range(500):
            states.append(ag.sin(states[-1]))
        return ag.sum(copy.deepcopy(states))

    original, graph.is_variable = graph.is_variable, counted  # type: ignore[assignment]
    try:
        assert ag.grad(f)(0.0) == 501.0
    finally:
        graph.is_variable = original
    assert calls[0] <= 1500


def test_a_copy_of_what_was_written_into_back_propagates_as_the_original() -> None:
    for duplicate in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)), shallow):
        t = Tensor([1.0, 2.0])
        a = t * 1.0
        y = a * a
        a[0] = 50.0
        twin, leaf = duplicate([y, t])
        twin.sum().backward()
        np.testing.assert_array_equal(leaf.grad, [2.0, 4.0])


def shallow(pair: Any) -> Any:
    y, t = pair
    return copy.copy(y), t


# Results that were not computed from the arguments


LOST: dict[str, Function] = {
    "detach": lambda x: x.detach(),
    "a new leaf": lambda x: type(x)(x.data),
    "stop_gradient": ag.stop_gradient,
    "no_grad": ag.no_grad()(lambda x: x * 1.0),
    "a copy in no_grad": ag.no_grad()(copy.deepcopy),
    "a number": lambda x: 3.0,
    "item": lambda x: x.data if isinstance(x, Value) else x.data.sum().item(),
    "arithmetic behind it": lambda x: ag.exp(x.detach() * 2) + 1,
}
KEPT: dict[str, Function] = {
    "linear": lambda x: 3.0 * x,
    "times 0": lambda x: 0.0 * x,
    "an untaken branch": lambda x: ag.where(x > 100, x, 0.0),
    "a flat side": lambda x: ag.relu(x - 100.0),
    "partly detached": lambda x: x * x.detach(),
    "quadratic": lambda x: x * x,
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize(("transform", "x"), CASES, ids=IDS)
def test_a_lost_gradient_is_said_once_with_the_name_of_the_argument(
    transform: Any, x: Any, name: str
) -> None:
    def loses(speed: Any) -> Any:
        return ag.sum(LOST[name](speed)) if np.ndim(getattr(x, "data", x)) else LOST[name](speed)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = transform(loses, x)
    (warning,) = caught
    assert warning.category is ag.LostGradientWarning
    message = str(warning.message)
    assert " returned a " in message
    assert (
        "that was not computed from speed; its derivative is 0" in message or "from t;" in message
    )
    assert ("no_grad leave the graph" in message) == (name not in ("a number", "item"))
    assert warning.filename == __file__
    assert not numbers(found[1:] if isinstance(found, tuple | list) else found).any()


@pytest.mark.parametrize(("transform", "x"), CASES, ids=IDS)
def test_a_derivative_that_is_0_is_nothing_lost(transform: Any, x: Any) -> None:
    of_arrays = np.ndim(getattr(x, "data", x))
    for kept in KEPT.values():
        transform(lambda x, kept=kept: ag.sum(kept(x)) if of_arrays else kept(x), x)


def test_one_line_is_told_once() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for x in range(5):
            ag.grad(lambda x: x.detach())(x)
        ag.grad(lambda x: x.detach())(1.0)
    assert [w.lineno - caught[0].lineno for w in caught] == [0, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error", ag.LostGradientWarning)
        with pytest.raises(ag.LostGradientWarning, match=r"^grad: <lambda> returned a Value that"):
            ag.grad(lambda x: x.detach())(1.0)


def test_a_part_that_is_reached_is_enough() -> None:
    both = (0, 1)
    assert ag.grad(lambda x, y: x * 2, both)(1.0, 2.0) == (2.0, 0.0)
    assert ag.jacobian(lambda x: [x.detach(), x, 1.0])(1.0) == [0.0, 1.0, 0.0]
    assert ag.jvp(lambda x: [x.detach(), x], (1.0,), (0.0,)) == ([1.0, 1.0], [0.0, 0.0])
    assert ag.grad(lambda x: ag.sum(x))(np.zeros(0)).shape == (0,)
    with pytest.warns(ag.LostGradientWarning, match="not computed from y;"):
        assert ag.grad(lambda x, y: x * 2, 1)(1.0, 2.0) == 0.0
    with pytest.warns(ag.LostGradientWarning, match="not computed from argument 1;"):
        assert ag.grad(lambda *xs: xs[0] * 2, 1)(1.0, 2.0) == 0.0
    with pytest.warns(ag.LostGradientWarning, match=r"^jacobian: .* not computed from x;"):
        slopes = ag.jacobian(lambda x: Value(ag.grad(lambda x: x**3)(x).data))(2.0)
    assert slopes == 0.0, "what is detached behind a derivative is lost too"


@given(
    st.lists(st.sampled_from(["copy", "deepcopy", "nest", "detach", "sin", "mul"]), max_size=6),
    st.floats(-1.5, 1.5),
    st.floats(-1.5, 1.5),
)
def test_random_programs_against_the_complex_step(steps: list[str], x: float, y: float) -> None:
    """Where something is detached its number is a constant, which the complex step is given."""
    constants: list[float] = []

    def program(x: Any, y: Any) -> Any:
        z = x * y
        for step in steps:
            if step == "copy":
                z = copy.copy(z) + copy.copy(x)
            elif step == "deepcopy":
                z, x = copy.deepcopy([z, x])
            elif step == "nest":  # with a closure over variables of the outer function
                z = z * ag.grad(lambda t, x=x, z=z: ag.sin(t * copy.deepcopy(x)) + t * z)(y)
            elif step == "detach":
                constants.append(z.data if isinstance(z, Value) else z)
                z = z.detach() * x if isinstance(z, Value) else z * x
            elif step == "sin":
                z = ag.sin(z) + x
            else:
                z = z * z + y
        return z

    def bare(x: complex, y: complex) -> complex:
        given = iter(constants)
        z = x * y
        for step in steps:
            if step == "copy":
                z = z + x
            elif step == "nest":
                z = z * (np.cos(y * x) * x + z)
            elif step == "detach":
                z = next(given) * x
            elif step == "sin":
                z = np.sin(z) + x
            elif step == "mul":
                z = z * z + y
        return z

    found = ag.grad(program, (0, 1))(x, y)
    h = 1e-30
    by_x, by_y = bare(x + 1j * h, complex(y)).imag / h, bare(complex(x), y + 1j * h).imag / h
    assert found == pytest.approx((by_x, by_y), rel=1e-9, abs=1e-12)
    rate = ag.jvp(program, (x, y), (1.0, -2.0))[1]
    assert rate == pytest.approx(by_x - 2 * by_y, rel=1e-9, abs=1e-9)
