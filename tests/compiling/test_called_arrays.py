"""Functions of arrays with a derivative given by hand: programs of arrays call them."""

from __future__ import annotations

import decimal
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from tests.compiling.test_arrays import same

pytestmark = pytest.mark.both


@ag.custom_vjp(lambda g, z, x: 2 * x * g)
def squared(x: Any) -> Any:
    return x * x


def _shares_of_solve(g: Any, z: Any, A: Any, b: Any) -> Any:
    by_b = np.linalg.solve(A.T, g)
    return -np.outer(by_b, z), by_b


@ag.custom_vjp(_shares_of_solve)
def solved(A: Any, b: Any) -> Any:
    return np.linalg.solve(A, b)


@ag.custom_vjp(
    lambda g, z, x, p: (g["a"] * p["s"] + g["b"][0], {"s": float(np.sum(g["a"] * x)), "n": None})
)
def several(x: Any, p: Any) -> Any:
    return {"a": x * p["s"], "b": (x + p["n"],)}


@ag.custom_vjp(lambda g, z, x, power=2: g * power * x ** (power - 1), check=True)
def raised(x: Any, power: int = 2) -> Any:
    return x**power


@ag.custom_vjp(lambda g, z, x: 2 * g)
def twice(x: Any) -> Any:
    """A function that gives what it was given, whatever its derivative says."""
    return x


def of_several(x: Any, y: Any) -> Any:
    found = several(x, {"s": ag.sum(y), "n": 3.0})
    return ag.sum(found["a"] * found["b"][0] * y)


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "elementwise": lambda x, y: ag.sum(squared(x * y)),
    "solve": lambda x, y: ag.sum(squared(solved(x[:, None] * y + 9 * np.eye(len(x)), y))),
    "several results": of_several,
    "an option": lambda x, y: ag.sum(raised(x, power=3) * y),
    "the operand itself": lambda x, y: ag.sum(twice(x) * twice(y + 1)),
    "nested": lambda x, y: ag.sum(ag.checkpoint(lambda x: squared(twice(x)))(x) * y),
    "beside no_grad": lambda x, y: ag.sum(ag.no_grad()(squared)(x) * squared(y) * x),
    "where a choice is nan": lambda x, y: ag.sum(ag.where(x > 0, squared(ag.sqrt(x)), y)),
}
SLOPES: dict[str, Callable[[Any], Any]] = {
    "value": lambda f: f,
    "both": lambda f: ag.value_and_grad(f, argnums=(0, 1)),
    "one": lambda f: lambda x, y: ag.grad(lambda t: f(t, y))(x),
}
X = np.linspace(-1.0, 2.0, 6)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("slope", SLOPES)
def test_programs_call_them_with_the_bits_of_the_function(slope: str, name: str) -> None:
    whole = SLOPES[slope](FUNCTIONS[name])
    compiled = ag.compile(whole, arrays=True)
    for x, y in ((X, X + 2), (X + 0.1, X), (X[::-1].copy(), 2 * X)):
        with np.errstate(all="ignore"):
            assert same(compiled(x, y), whole(x, y))
    assert "numpy, which calls " in str(compiled.report())


@pytest.mark.parametrize(
    "transform",
    [
        lambda f: ag.hvp(lambda x: f(x, X)),
        lambda f: lambda x, v: ag.hessian(lambda x: f(x, v))(x),
        lambda f: lambda x, v: ag.jvp(lambda x: squared(x) * v, (x,), (v,)),
        lambda f: lambda x, v: ag.vjp(lambda x: squared(x) * v, x)[1](v),
    ],
)
def test_pullbacks_of_functions_of_ours_are_differentiated_again(transform: Any) -> None:
    whole = transform(lambda x, y: ag.sum(squared(x) * squared(x * y)))
    compiled = ag.compile(whole, arrays=True)
    for x in (X, X + 1):
        assert same(compiled(x, X * x), whole(x, X * x))


def test_a_pullback_that_cant_be_differentiated_again_is_refused_in_one_line() -> None:
    root = ag.custom_vjp(lambda g, z, x: np.linalg.solve(np.diag(2 * z), g))(np.sqrt)
    slopes = ag.compile(ag.grad(lambda x: ag.sum(root(x))), arrays=True)
    assert same(slopes(X + 2), ag.grad(lambda x: ag.sum(root(x)))(X + 2))
    eager = ag.hessian(lambda x: ag.sum(ag.custom_vjp(lambda g, z, x: float(z[0]))(np.sqrt)(x)))
    for f in (eager, ag.compile(eager, arrays=True)):
        with pytest.raises(TypeError) as caught:
            f(X + 2)
        assert "\n" not in str(caught.value)


def test_forms_of_results_are_guards() -> None:
    """A result, or a share, may be of another form, or missing, at another point."""
    part = ag.custom_vjp(lambda g, z, x: np.broadcast_to(np.sum(g), x.shape))(
        lambda x: x[:2] if x[0] > 2 else x.sum()
    )
    missing = ag.custom_vjp(lambda g, z, x: g if x[0] > 1 else None)(lambda x: x * 1)
    laid = ag.custom_vjp(lambda g, z, x: g)(lambda x: np.array(x, order="CF"[int(x[0, 0] > 1)]))
    for f in (
        lambda x: ag.sum(part(x) ** 2),
        lambda x: ag.sum(missing(x) ** 2 * x),
        lambda x: ag.sum(laid(ag.reshape(x, (2, 3))).T @ ag.exp(ag.reshape(x, (2, 3)))),
    ):
        whole = ag.value_and_grad(f)
        compiled = ag.compile(whole, arrays=True)
        for x in (X, X + 4, X, X + 4):
            assert same(compiled(x), whole(x))
        assert len(compiled.report().programs) == 2


def test_each_call_calls_them_as_the_function_does_and_may_draw_count_and_fail() -> None:
    rng, calls = np.random.default_rng(0), list[str]()

    def share(g: Any, z: Any, x: Any) -> Any:
        calls.append("pullback")
        return g

    @ag.custom_vjp(share)
    def noisy(x: Any) -> Any:
        calls.append("function")
        if x[0] > 9:
            raise ValueError("too large")
        return x + rng.normal()

    whole = ag.value_and_grad(lambda x: ag.sum(noisy(x) + 0.0 * noisy(x)))
    compiled = ag.compile(whole, arrays=True)
    compiled(X)
    seen = set()
    for f in (compiled, whole):
        calls.clear()
        seen.add(f(X)[0])
        assert calls.count("function") == calls.count("pullback") == 2
    assert len(seen) == 2
    with pytest.raises(ValueError, match=r"^too large$"):
        compiled(X + 99)
    assert compiled(X)[0] not in seen


def test_what_they_keep_is_theirs() -> None:
    """Memory of a program that a function was given is not written into by the next call."""
    held: list[Any] = []
    keeping = ag.custom_vjp(lambda g, z, x: held.append(g) or g)(lambda x: held.append(x) or x * 1)
    compiled = ag.compile(ag.grad(lambda x: ag.sum(keeping(x * 2) ** 2)), arrays=True)
    large = np.linspace(0.0, 1.0, 5000)
    compiled(large)
    held.clear()
    expected = []
    for k in range(3):
        compiled(large + k)
        expected += [2 * (large + k), 4 * (large + k)]
    assert same(held, expected)


def test_they_see_the_context_of_the_caller() -> None:
    """Its context variables, NumPy's errors and decimals too, while the program is silent."""
    var = ContextVar("factor", default=1.0)

    def value(x: Any) -> Any:
        np.ones(1) / (x[:1] * 0)
        return x * var.get() * float(decimal.Decimal(1) / 3)

    by_hand = ag.custom_vjp(lambda g, z, x: g * var.get())(value)

    def along(x: Any) -> Any:
        return np.apply_along_axis(value, 0, x)

    for f in (ag.value_and_grad(lambda x: ag.sum(by_hand(x))), along):
        compiled = ag.compile(f, arrays=True)
        with np.errstate(all="ignore"):
            compiled(X + 5)
        token = var.set(5.0)
        with np.errstate(all="ignore"), decimal.localcontext() as context:
            context.prec = 3
            assert same(compiled(X + 5), f(X + 5))
        var.reset(token)
        with (
            np.errstate(divide="raise", invalid="ignore"),
            pytest.raises(FloatingPointError),
        ):
            compiled(X + 5)


def test_what_is_no_operand_or_is_written_into_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"^compile: line \d+ of .*<lambda>, which computes with an"
    ):
        ag.compile(
            ag.grad(lambda x, y: ag.sum(ag.custom_vjp(lambda g, z, a: g)(lambda a: a * y)(x))),
            arrays=True,
        )(X, X)
    into = ag.custom_vjp(lambda g, z, x: g)(lambda x: x.sort() or x)
    with pytest.raises(TypeError, match=r"^compile: line \d+ of .*, which writes into an operand"):
        ag.compile(lambda x: into(-x), arrays=True)(X)


def test_threads_call_them_at_once() -> None:
    whole = ag.value_and_grad(FUNCTIONS["solve"], argnums=(0, 1))
    compiled, wrong = ag.compile(whole, arrays=True), []

    def work(k: int) -> None:
        for i in range(20):
            x = X + (k + 7 * i) % 11
            if not same(compiled(x, X), whole(x, X)):
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_trainings_call_them() -> None:
    tanh = ag.custom_vjp(lambda g, z, x: g * (1 - z * z))(np.tanh)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 1))

    class Activation(nn.Module):
        def forward(self, x: Any) -> Any:
            return tanh(x)

    def trained(compile: bool) -> Any:
        net = nn.Sequential(nn.Linear(4, 3, rng=0), Activation(), nn.Linear(3, 1, rng=1))
        options: Any = {"loss": nn.mse, "epochs": 3, "batch_size": 8, "rng": 2, "progress": False}
        adam = nn.Adam(net.parameters())
        history = nn.fit(net, x, y, optimizer=adam, compile=compile, **options)
        return history.loss, [p.data.tobytes() for p in net.parameters()]

    assert trained(compile=True) == trained(compile=False)


def test_what_a_function_keeps_is_written_into_as_it_is_written_into_plainly() -> None:
    kept = np.zeros((3, 3))

    @ag.custom_vjp(lambda g, z, x: 0.0)
    def filled(x: float) -> Any:
        kept.fill(x)
        return kept

    def f(x: Any) -> Any:
        z = filled(x[0, 0])
        np.multiply(z, x, out=z)
        return np.dot(np.tanh(z * 3), x)

    x = np.arange(1.0, 10).reshape(3, 3)
    wanted, left = f(x), kept.copy()
    compiled = ag.compile(f, arrays=True)
    for _ in range(3):
        assert np.array_equal(compiled(x), wanted)
        assert np.array_equal(kept, left), "results go into it"
