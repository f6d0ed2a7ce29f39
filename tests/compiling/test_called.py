"""Functions with a derivative given by hand, checkpoints and `no_grad` in what is compiled."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.compiling.llvm import lacks
from tests.compiling.test_compiled import numbers
from tests.threads import at_once

pytestmark = pytest.mark.both


@ag.custom_vjp(lambda g, z, x: g * z)
def exp(x: float) -> float:
    return math.exp(x)


@ag.custom_vjp(lambda g, z, x: g * math.cos(x))
def sin(x: float) -> float:
    return math.sin(x)


@ag.custom_vjp(lambda g, z, x, p: (g[0] * p[0] * 2 * x + g[1], [g[0] * x * x, None]))
def pair(x: float, p: list[float]) -> tuple[float, float]:
    return x * x * p[0], x + p[1]


@ag.custom_vjp(lambda g, z, x, power=2: g * power * x ** (power - 1), check=True)
def raised(x: float, power: int = 2) -> float:
    return x**power


def f(x: Any, y: Any) -> Any:
    a, b = pair(x, [y, 3.0])
    return exp(x * y) * a + b * y + (exp(y) if x > 0.5 else sin(x) * raised(y, power=3))


def paused(x: Any, y: Any) -> Any:
    with ag.no_grad():
        w = ag.exp(x) * y + exp(y)
        slope = ag.grad(lambda t: t * t * y)(x)
        large = ag.logsumexp([x, y, w])
    return w * x + slope * y + ag.where(x > y, large, w * w) * x


def kept(x: Any, y: Any) -> Any:
    inner = ag.checkpoint(lambda a, b: {"s": ag.sin(a) * b, "t": a * exp(b)})(x, y)
    return inner["s"] * inner["t"]


def closed(x: Any, y: Any) -> Any:
    """A function with a derivative by hand may use what is around it, and nothing moves."""
    scale = 3.0
    return ag.custom_vjp(lambda g, z, a: g * scale)(lambda a: a * scale)(x) * y


SLOPES: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    "value": lambda f: f,
    "both": lambda f: ag.value_and_grad(f, argnums=(0, 1)),
    "one": lambda f: lambda x, y: ag.grad(lambda t: f(t, y))(x),
    "inside": lambda f: ag.grad(lambda x, y: ag.sin(f(x, y)) * ag.stop_gradient(f(x, y))),
}
POINTS = ((0.3, 2.0), (0.7, -1.0), (0.25, 0.125), (0.3, 2.0))


@pytest.mark.parametrize("g", [f, paused, kept, closed], ids=lambda g: g.__name__)
@pytest.mark.parametrize("name", SLOPES)
def test_values_and_first_derivatives_are_those_of_the_function(name: str, g: Any) -> None:
    whole = SLOPES[name](g)
    compiled = ag.compile(whole)
    for point in POINTS:
        found, expected = compiled(*point), whole(*point)
        if g is kept:  # whose chain is multiplied in another order
            np.testing.assert_allclose(
                *[ag.trees.flatten(x)[0] for x in (found, expected)], rtol=1e-13
            )
        else:
            assert numbers(found) == numbers(expected)


@pytest.mark.parametrize("name", SLOPES)
def test_checkpoints_of_arrays_are_as_if_they_were_not_there(name: str) -> None:
    def g(x: Any, y: Any) -> Any:
        return ag.sum(ag.checkpoint(lambda a: ag.tanh(a @ y))(x * 2.0))  # y is reached, not given

    x, y = np.linspace(-1.0, 1.0, 12).reshape(4, 3), np.linspace(0.5, 2.0, 6).reshape(3, 2)
    whole = SLOPES[name](g)
    found, expected = (
        ag.trees.flatten(f(x, y))[0] for f in (ag.compile(whole, arrays=True), whole)
    )
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


def test_forward_mode_and_second_derivatives_take_the_pullback_of_functions_of_ours() -> None:
    def product(v: Any) -> Any:
        return exp(v[0] * v[1]) * pair(v[0], [v[1], 1.0])[0]

    for whole in (
        ag.hessian(product),
        ag.jacobian(product, mode="forward"),
        ag.hessian(lambda v: kept(*v)),
    ):
        compiled = ag.compile(whole)
        for point in POINTS:
            np.testing.assert_allclose(compiled([*point]), whole([*point]), rtol=1e-12)
    whole = ag.hessian(lambda v: sin(v[0]))
    for f in (whole, ag.compile(whole)):
        with pytest.raises(
            TypeError, match=r"^sin: its pullback can't be .* as ag.exp for math.exp$"
        ):
            f([1.0])


def test_a_derivative_ends_in_no_grad_at_every_order() -> None:
    def g(v: Any) -> Any:
        with ag.no_grad():
            w = v[0] * v[1]
        return w * v[0] ** 3 + ag.no_grad()(lambda: v[1] * v[0])() * v[1]

    for whole in (g, ag.grad(g), ag.hessian(g), ag.hvp(g)):
        compiled = ag.compile(whole)
        for point in POINTS:
            more = ([1.0, 0.5],) if whole.__name__.startswith("hvp") else ()
            assert numbers(compiled([*point], *more)) == numbers(whole([*point], *more))
        assert len(compiled.report().programs) == 1


@pytest.mark.parametrize("machine", ["tape", "python", "llvm"])
def test_the_machine_of_python_runs_it_and_the_report_says_so(machine: str) -> None:
    if (machine == "llvm" and lacks()) or (machine == "tape" and ag.core != "c"):
        return
    compiled = ag.compile(f, machine=machine, wait=True)
    assert compiled(0.3, 2.0) == f(0.3, 2.0)
    (row,) = compiled.report().programs
    assert row.machine == "python, which calls raised, sin, pair, exp"
    assert "_exp(" in compiled.source()
    assert "call exp" in str(ag.draw(compiled))
    for source in (lambda: compiled.c_source("f"), lambda: compiled.source("llvm")):
        with pytest.raises(
            ValueError, match=r"^(c_)?source: got a program that calls raised, sin, pair, exp, of"
        ):
            source()


def test_rows_are_calls_one_by_one() -> None:
    slopes = ag.value_and_grad(f, argnums=(0, 1))
    compiled = ag.compile(slopes)
    x, y = np.linspace(0.1, 0.9, 9), np.linspace(-1.0, 1.0, 9)
    value, (by_x, by_y) = compiled.rows(x, y)
    for k in range(9):
        assert numbers((value[k], (by_x[k], by_y[k]))) == numbers(slopes(float(x[k]), float(y[k])))


def test_what_a_function_by_hand_takes_from_around_it_is_refused_where_the_inputs_move_it() -> None:
    """Its number would stay what it was."""

    def sly(x: Any, y: Any) -> Any:
        return ag.custom_vjp(lambda g, z, a: g)(lambda a: a + y.data)(x) * y

    def sly_slope(x: Any, y: Any) -> Any:
        return ag.custom_vjp(lambda g, z, a: g * y.data)(lambda a: a)(x) * y

    for g in (sly, sly_slope):
        compiled = ag.compile(ag.grad(g, argnums=(0, 1)))
        with pytest.raises(
            TypeError, match=r"^compile: .* calls <lambda>, which .* pass it as an operand"
        ):
            compiled(1.0, 2.0)
    with pytest.raises(TypeError, match=r"got Value|was not given"):
        ag.compile(lambda x, y: ag.custom_vjp(lambda g, z, a: g)(lambda a: a + y)(x))(1.0, 2.0)


def test_a_function_by_hand_may_be_random_or_fail() -> None:
    """It is called in each call, and what it raises comes out."""
    drawn = ag.custom_vjp(lambda g, z, x: g)(lambda x: x + random.random())
    compiled = ag.compile(lambda x: drawn(x) * 2.0)
    assert len({compiled(1.0) for _ in range(5)}) == 5
    root = ag.custom_vjp(lambda g, z, x: g / (2 * z))(lambda x: math.sqrt(x))
    slope = ag.compile(ag.grad(root))
    assert slope(4.0) == 0.25
    with pytest.raises(ValueError, match="math domain error"):
        slope(-4.0)
    assert slope(4.0) == 0.25
    several = ag.custom_vjp(lambda g, z, x: sum(g))(lambda x: [x] * (1 + (x > 2.0)))
    first = ag.compile(lambda x: several(x)[0])
    assert first(1.0) == 1.0
    with pytest.raises(TypeError, match=r"^<lambda>: it returned 2 numbers, and 1 when"):
        first(3.0)


def test_threads_call_it_at_once() -> None:
    slopes = ag.value_and_grad(f)
    compiled = ag.compile(slopes)

    def work(k: int) -> None:
        for i in range(50):
            x = (k + 7 * i) % 11 / 11
            assert numbers(compiled(x, 0.5)) == numbers(slopes(x, 0.5))

    at_once(work)


def test_nothing_is_called_where_nothing_moves_it() -> None:
    compiled = ag.compile(lambda x: x * ag.grad(exp)(2.0))
    assert compiled(3.0) == 3.0 * math.exp(2.0)
    assert compiled.report().programs[0].machine == compiled._chosen.name


@pytest.mark.parametrize("arrays", [False, True])
def test_branches_that_hang_on_what_a_function_gives_are_those_of_its_result(arrays: bool) -> None:
    """A function that gives another number each time is not asked again for the result."""
    rng = random.Random(0)

    @ag.custom_vjp(lambda g, z, x: g)
    def noisy(x: Any) -> Any:
        return x * rng.gauss(0, 1)

    def f(x: Any) -> Any:
        return y * 2 if (y := noisy(x)) > 0 else y - 100

    for _ in range(20):
        compiled = ag.compile(f, arrays=arrays)
        x = np.ones(1) if arrays else 1.0
        for _ in range(4):
            found = np.array(compiled(x) if arrays else [compiled(x), *compiled.rows([1.0, 2.0])])
            assert np.all((found > 0) | (found < -100))


def test_rows_that_a_user_defines_are_operations() -> None:
    cube = ag.elementary("cube_of_a_test", lambda m, x: x * x * x, lambda m, x, z: (3 * x * x,))
    compiled = ag.compile(ag.grad(lambda x: cube(x) * x))
    assert compiled(2.0) == 32.0
    assert "return" in compiled.c_source("slope")
