"""Numbers that are computed with as NumPy does: where it makes arrays of them, or types tell them apart."""

from __future__ import annotations

import copy
import functools
import json
import linecache
import statistics
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm

import autograd as ag
from autograd.recording import LostGradientWarning

pytestmark = pytest.mark.both
DATA = np.linspace(-1.0, 2.0, 50)
SPECIAL = [0.0, -0.0, 1.0, 1.0 + 1e-7, 1e-9, 2.5, -3.0, 1e300, np.inf, -np.inf, np.nan]


def quadrature(x: Any) -> Any:
    at = np.linspace(0.0, x, 11)
    return np.trapezoid(np.exp(-(at**2)), at)


def late(x: Any) -> Any:
    """Needs NumPy at one side alone."""
    return x * x if x > 1.0 else x * np.interp(x, [-5.0, 0.0, 5.0], [1.0, 2.0, 0.0])


def typed(x: Any) -> Any:
    return x * 3.0 if isinstance(x, np.floating) else x * 2.0


def strict(x: Any) -> Any:
    if not isinstance(x, float):
        raise TypeError("needs a float")
    return 2.0 * x


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "data of its own": lambda x: ag.mean((x * DATA - 1.0) ** 2),
    "a grid": quadrature,
    "a table": lambda x: np.interp(x, [-5.0, 0.0, 5.0], [1.0, 3.0, 2.0]),
    "a polynomial": lambda x: np.polyval([1.0, 2.0, 3.0], x),
    "a question of arrays": lambda x: x * x if ag.isclose(x, 1.5) else x,
    "an array": lambda x: np.sum(x * np.ones(3)),
    "one branch": late,
    "a mask": lambda x: ag.sum(np.where(x < DATA, DATA * x, x)),
    "a number's number": lambda x: x * ag.stop_gradient(x),
}


@pytest.mark.parametrize("transform", [lambda f: f, ag.value_and_grad, ag.hessian])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_numbers_that_numpy_makes_arrays_of_are_computed_by_it(name: str, transform: Any) -> None:
    f = transform(FUNCTIONS[name])
    compiled = ag.compile(f)
    for x in (1.5, -0.75, 3.0, 0.5):
        assert np.array_equal(compiled(x), f(x)), x
        assert np.array_equal(compiled(np.float64(x)), f(x)), x


@pytest.mark.parametrize("f", [typed, strict, lambda x: np.isnan(x) + np.real(x + 1j).real])
def test_types_of_numbers_are_those_of_the_arguments(f: Any) -> None:
    """NumPy's numbers share programs with Python's, unless a function tells them apart."""
    for kinds in ((float, np.float64), (np.float64, float)):
        compiled = ag.compile(f)
        for x in (2.0, -1.5, 4.0):
            assert [compiled(kind(x)) for kind in kinds] == [f(kind(x)) for kind in kinds]


def test_many_calls_with_few_numbers_warn_and_say_why() -> None:
    def f(x: Any) -> Any:
        y = x
        for _ in range(200):
            y = 0.1 * (DATA[:3] * y)[2] + np.sin(x)
        return y

    compiled = ag.compile(f)
    with pytest.warns(RuntimeWarning, match=r"^compile: f is run as calls .* arrays=True .* line "):
        assert compiled(1.0) == f(1.0)
    assert compiled(2.0) == f(2.0)
    assert ag.compile(f, arrays=True)(1.0) == f(1.0)


@pytest.mark.parametrize("x", [1.0, 2.0])
def test_numbers_of_more_digits_are_compared_by_numpy(x: float) -> None:
    more = np.longdouble(1) + np.finfo(np.longdouble).eps
    for f in (lambda v: v if v < more else -v, lambda v: v if more > v else -v):
        assert ag.compile(f)(x) == f(x)


def test_what_is_refused_both_ways_says_what_it_says_of_numbers() -> None:
    def text(x: Any) -> Any:
        return json.dumps(x) if x < 0.0 else x

    for f in (text, lambda x: Decimal(x), lambda x: json.dumps({"x": [x]})):
        message = (
            r"^compile: line \d+ of test_.*: TypeError is raised for variables, not for numbers: "
        )
        with pytest.raises(TypeError, match=message) as caught:
            ag.compile(f)(-1.0)
        assert "\n" not in str(caught.value)
    compiled = ag.compile(text)
    assert compiled(1.0) == 1.0
    with pytest.raises(TypeError, match=r"variables, not for numbers: .*; use functions of NumPy"):
        compiled(-1.0)
    assert compiled(2.0) == 2.0
    with pytest.raises(TypeError, match=r"x.hex can't be compiled; use NumPy's functions, or"):
        ag.compile(lambda x: x.hex())(1.0)


def test_errors_that_come_once_are_raised_as_they_are() -> None:
    calls: list[Any] = []

    def f(x: Any) -> Any:
        calls.append(x)
        if len(calls) == 1:
            raise OSError("the disk is full")
        return x

    with pytest.raises(OSError, match=r"^the disk is full$"):
        ag.compile(f)(1.0)


SINGLE = DATA.astype(np.float32)


@pytest.mark.parametrize(
    "f", [lambda x: ag.sum(x * SINGLE), lambda x: ag.sum(x * np.ones(3, np.float32))]
)
def test_numbers_to_differentiate_by_are_refused_beside_float32(f: Any) -> None:
    """A function has them in 32 bits there, and NumPy in 64."""
    assert ag.compile(f)(0.3) == f(0.3)
    for transform in (ag.grad, ag.value_and_grad, ag.hessian, lambda f: ag.derivative(f, order=2)):
        with pytest.raises(TypeError, match=r"a number to differentiate by, beside float32, can't"):
            ag.compile(transform(f))(0.3)


THIRD = np.float32(0.3)


def closing() -> Any:
    third = np.float32(1.0 / 3.0)
    return lambda x: third / x


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * np.float32(0.3) + 1.0,
        lambda x: x + THIRD,
        lambda x, third=THIRD: x * third,
        lambda x: x - SINGLE[2],
        lambda x: np.maximum(x, THIRD),
        closing(),
    ],
)
def test_numbers_beside_those_of_float32_have_32_bits(f: Any) -> None:
    """As those of NumPy have; derivatives are those of Values, which have 64."""
    compiled = ag.compile(f)
    for x in (1.1, -0.7, 2.3):
        for kind in (float, np.float64):
            found, expected = compiled(kind(x)), f(kind(x))
            assert (found, found.dtype) == (expected, expected.dtype)
        assert ag.compile(ag.value_and_grad(f))(x) == ag.value_and_grad(f)(x)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("kind", [float, np.float64])
def test_derivatives_of_all_orders_go_through_arrays(order: int, kind: Any) -> None:
    f = ag.derivative(lambda x: ag.mean(np.exp(x * DATA) * x), order=order)
    compiled = ag.compile(f)
    for x in (0.5, -1.25):
        assert np.isclose(compiled(kind(x)), f(kind(x)), rtol=1e-14, atol=0.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: statistics.fmean([x, 2.0]),
        lambda x: quad(lambda t: x * t, 0.0, 1.0)[0],
        lambda x: expm(x * np.eye(2)),
        lambda x: json.dumps(x),
    ],
)
def test_errors_name_the_line_of_the_user_that_calls_a_library(f: Any) -> None:
    line = f.__code__.co_firstlineno
    with pytest.raises(TypeError, match=rf"^compile: line {line} of test_numbers_as_arrays.py, "):
        ag.compile(f)(1.0)


def test_long_lines_are_cut_in_messages() -> None:
    f = eval("lambda x: float(x)" + " + 0.0" * 100)
    linecache.cache["<long>"] = 1, None, ["x" * 500], "<long>"
    code = compile("lambda x: float(x)", "<long>", "eval")
    for each in (f, eval(code)):
        with pytest.raises(TypeError, match=r"^compile: line 1 of .*would freeze") as caught:
            ag.compile(each)(1.0)
        assert len(str(caught.value)) < 400
    assert "x...'" in str(caught.value)


class Holder:
    def __init__(self, x: Any) -> None:
        self.x = x


HIDING: dict[str, Callable[[Any], Any]] = {
    "an iterator": lambda x: iter([x]),
    "a view of a dict": lambda x: {"x": x}.values(),
    "an object": Holder,
    "an object in a list": lambda x: [1.0, Holder(x)],
    "a closure": lambda x: lambda: x,
    "a partial": lambda x: functools.partial(abs, x),
}


@pytest.mark.parametrize("x", [2.0, np.ones(3), np.ones(300)], ids=["number", "small", "large"])
@pytest.mark.parametrize("name", HIDING)
def test_objects_in_results_hide_no_variables(name: str, x: Any) -> None:
    """They would be those of the first call in all others."""
    for arrays in (None, True):
        with pytest.raises(TypeError, match=r"^compile: .* returned .*; it must return numbers"):
            ag.compile(HIDING[name], arrays=arrays)(x)


# Questions about numbers


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: np.isclose(x, y),
        lambda x, y: np.isclose(x, y, equal_nan=True),
        lambda x, y: np.allclose(x, y, rtol=0.5),
        lambda x, y: np.allclose(x, b=y, atol=2.0),
        lambda x, y: (ag.isnan(x), ag.isinf(x), ag.isfinite(y), ag.signbit(y)),
        lambda x, y: (x.is_integer(), y.imag),
    ],
)
def test_questions_are_guards_of_numbers(f: Any) -> None:
    """Their answers are NumPy's, of Values and in programs, which take numbers one by one."""
    compiled = ag.compile(lambda x, y: (f(x, y), x + y))
    with np.errstate(all="ignore"):
        for x in SPECIAL:
            for y in SPECIAL:
                expected = f(x, y) if "imag" in f.__code__.co_names else f(np.float64(x), y)
                found = f(ag.Value(x), ag.Value(y))
                assert (found, type(found)) == (expected, type(expected)), (x, y)
                assert compiled(x, y)[0] == expected, (x, y)
    assert all(program.machine != "numpy" for program in compiled.report().programs)


KNOTS = np.array([-1.0, 0.0, 1.0])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x if KNOTS[2] > x else x * 2.0,
        lambda x: x if KNOTS[1] == x else x * 2.0,
        lambda x: x if ~(KNOTS[1] >= x) else x * 2.0,
        lambda x: x if np.array(1.0) > x else x * 2.0,
        lambda x: x if np.float32(1.0) > x else x * 2.0,
        lambda x: x if np.longdouble(1.0) > x else x * 2.0,
        lambda x: x if np.int64(1) > x else x * 2.0,
        lambda x: x if np.greater(1.0, x) else x * 2.0,
        lambda x: x if np.logical_and(np.bool(True), x) else x + 2.0,
        lambda x: x * sum(bool(knot < x) for knot in KNOTS),
    ],
)
def test_numbers_of_numpy_are_compared_as_guards(f: Any) -> None:
    compiled = ag.compile(ag.value_and_grad(f))
    for x in (1.0, 0.0, 0.5, 2.0, -3.0, np.nan):
        assert np.array_equal(compiled(x), ag.value_and_grad(f)(x), equal_nan=True), x
    assert all(program.machine != "numpy" for program in compiled.report().programs)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: copy.deepcopy([x])[0]])
@pytest.mark.filterwarnings("ignore", category=LostGradientWarning)
def test_copies_of_numbers_are_themselves(copied: Any) -> None:
    for f in (lambda x: copied(x) * x, lambda x: copied(x * x) + 1.0, lambda x: x + copied(2.0)):
        for transform in (lambda f: f, ag.value_and_grad, ag.hessian):
            compiled = ag.compile(transform(f))
            for x in (1.5, -2.0):
                assert compiled(x) == transform(f)(x)
            assert compiled.report().programs[0].machine != "numpy"
