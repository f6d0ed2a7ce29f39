"""Inputs of a check: what is moved, what stays as it is, and that nothing is written into."""

import functools
import math
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.checking import gradcheck
from autograd.checking.inputs import change

pytestmark = pytest.mark.both

KINDS: list[Any] = []


def power(x: Any, n: Any) -> Any:
    """A power that only knows ints as exponents; it notes what it got."""
    KINDS.append(type(n))
    y = x * 0.0 + 1.0
    for _ in range(n):
        y = y * x
    return y


# Options


def power_slope(x: Any, n: Any) -> Any:
    return n * x ** (n - 1)


@pytest.mark.parametrize("form", [{}, {"derivative": power_slope}])
def test_an_int_beside_a_float_is_an_option(form: dict[str, Any]) -> None:
    KINDS.clear()
    report = gradcheck(power, 2.0, 3, **form)
    assert [entry.name for entry in report.entries] == ["x"]
    assert {*KINDS} == {int}
    assert report.notes == ("not checked: n (an int is an option, but where argnums= names it)",)
    by_name = {key: functools.partial(f, n=3) for key, f in form.items()}
    assert gradcheck(functools.partial(power, n=3), 2.0, **by_name).notes == ()


def test_ints_are_floats_where_there_are_no_others_or_argnums_names_them() -> None:
    def product(x: Any, y: Any) -> Any:
        return x * y

    assert [e.name for e in gradcheck(product, 3, 2).entries] == ["x", "y"]
    assert [e.name for e in gradcheck(product, 3, 2.5).entries] == ["y"]
    assert [e.name for e in gradcheck(product, 3, 2.5, argnums=(0, 1)).entries] == ["x", "y"]
    assert [e.name for e in gradcheck(product, 3, 2.5, argnums=-2).entries] == ["x"]
    assert gradcheck(lambda x: ag.sum(x * x), np.arange(3)).count("right") == 3


def test_a_list_of_numbers_is_an_array() -> None:
    report = gradcheck(lambda x: x[0] * x[1] + x[2], [1, 2.5, 3])
    assert report.count("right") == 3
    Point = namedtuple("Point", "x order")  # its fields are things of their own
    assert [e.name for e in gradcheck(lambda p: p.x**p.order, Point(2.0, 3)).entries] == ["p[0]"]


def test_options_of_every_kind_stay_what_they_are() -> None:
    labels, seen = np.array([2, 0]), []

    def loss(p: Any, x: Any, labels: Any, mean: Any, kind: Any, nothing: Any, f: Any) -> Any:
        seen.append((type(p["steps"]), labels.dtype.kind, mean, kind, nothing, f))
        y = f(p["w"] * x)[labels]
        return ag.sum(y) / (2 if mean else 1)

    report = gradcheck(
        loss, {"w": 0.5, "steps": 3}, np.array([0.1, 0.2, 0.3]), labels, True, "a", None, ag.tanh
    )
    assert report.count("right") == 4
    assert {*seen} == {(int, "i", True, "a", None, ag.tanh)}


FORMS: dict[str, tuple[Any, dict[str, Any]]] = {
    "one of two inputs": ((2.0, 3), {"derivative": lambda x, n: n * x ** (n - 1)}),
    "a tuple with nothing": ((2.0, 3), {"derivative": lambda x, n: (n * x ** (n - 1), None)}),
    "jvp": ((2.0, 3), {"jvp": lambda x, n, t: t * n * x ** (n - 1)}),
    "vjp": ((2.0, 3), {"vjp": lambda x, n, g: g * n * x ** (n - 1)}),
    "the second": ((3, 2.0), {"derivative": lambda n, x: (None, n * x ** (n - 1))}),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_derivative_leaves_options_out(name: str) -> None:
    inputs, form = FORMS[name]

    def f(one: Any, other: Any) -> Any:
        return math.pow(other, one) if isinstance(one, int) else math.pow(one, other)

    report = gradcheck(f, *inputs, **form)
    assert (report.verdict, len(report.entries)) == ("right", 1)


def test_options_inside_trees() -> None:
    def f(p: Any) -> Any:
        return p["w"] ** p["n"] * (2.0 if p["name"] == "twice" else 1.0) * p["rest"][1]

    p = {"w": 1.5, "n": 2, "name": "twice", "rest": ["a", 3.0]}
    for slope in (
        lambda p: {"w": 4 * p["w"] * p["rest"][1], "rest": [2 * p["w"] ** 2]},
        lambda p: {"n": 0, "w": 4 * p["w"] * p["rest"][1], "rest": [None, 2 * p["w"] ** 2]},
    ):
        assert gradcheck(f, p, derivative=slope).count("right") == 2

    def rate(p: Any, t: Any) -> Any:
        assert (t["n"], t["rest"][0]) == (None, None)
        return 4 * p["w"] * p["rest"][1] * t["w"] + 2 * p["w"] ** 2 * t["rest"][1]

    assert gradcheck(f, p, jvp=rate).count("right") == 2


def test_argnums_leaves_floats_alone() -> None:
    def f(x: Any, scale: Any, data: Any) -> Any:
        return np.sum(x * data) * scale

    x, data = np.ones(3), np.arange(3.0)
    report = gradcheck(f, x, 2.0, data, derivative=lambda x, c, d: c * d, argnums=0)
    assert report.count("right") == 3
    with pytest.raises(ValueError, match=r"gradcheck: got argnums=3 for a call with 3 arguments"):
        gradcheck(f, x, 2.0, data, argnums=3)


@pytest.mark.parametrize("given", [("a",), (None,), (True,), (1j,), ()])
def test_without_a_float_there_is_nothing_to_check(given: Any) -> None:
    report = gradcheck(lambda *x: 1.0, *given, raise_error=False)
    assert report.problem.startswith("there are no floats among the inputs, and so nothing to")


# Writing into inputs


def total(x: Any) -> Any:
    return float(np.sum(np.concatenate([np.ravel(part) for part in leaves_of(x)]) ** 2))


def leaves_of(x: Any) -> list[Any]:
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, list) else [x]
    return [np.asarray(part, float) for part in parts]


def twice(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: 2 * part for key, part in x.items()}
    return [2 * part for part in x] if isinstance(x, list) else 2 * x


def product_of(x: Any, y: Any) -> Any:
    return sum(float(np.sum(a * b)) for a, b in zip(leaves_of(x), leaves_of(y)))


PLACES: dict[str, tuple[Any, Any, str]] = {
    "an array": (np.array([1.0, 2.0, 3.0]), 2, "x[2]"),
    "a list": ([1.0, 2.0, 3.0], 2, "x[2]"),
    "a dict": ({"a": 1.0, "b": 2.0}, "b", "x['b']"),
    "an array in a dict": ({"a": np.ones(2)}, "a", "x['a']"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", ["the function", "the derivative", "jvp", "vjp"])
def test_whoever_writes_into_the_inputs_is_told(place: str, who: str) -> None:
    x, key, name = PLACES[place]

    def writing(f: Any) -> Any:
        def inner(x: Any, *more: Any) -> Any:
            y = f(x, *more)
            x[key] = x[key] + 1.0
            return y

        return inner

    f = writing(total) if who == "the function" else total
    forms = {
        "the function": {"derivative": twice},
        "the derivative": {"derivative": writing(twice)},
        "jvp": {"jvp": writing(lambda x, t: 2 * product_of(x, t))},
        "vjp": {"vjp": writing(lambda x, g: twice(x))},
    }
    report = gradcheck(f, x, raise_error=False, **forms[who])
    assert report.verdict == "failed"
    assert report.problem == f"{who} changed its input {name}; it must not"
    before = {"an array": [1.0, 2.0, 3.0], "a list": [1.0, 2.0, 3.0]}.get(place)
    assert before is None or list(x) == before


def test_seeds_and_tangents_are_not_written_into_either() -> None:
    def vjp(x: Any, seed: Any) -> Any:
        seed *= np.cos(x)
        return seed

    def jvp(x: Any, tangent: Any) -> Any:
        tangent *= np.cos(x)
        return tangent

    x = np.array([1.0, 2.0])
    report = gradcheck(np.sin, x, vjp=vjp, raise_error=False)
    assert report.problem == "vjp changed its seed; it must not"
    report = gradcheck(np.sin, x, jvp=jvp, raise_error=False)
    assert report.problem == "jvp changed its tangents; it must not"


def test_a_buffer_that_a_derivative_returns_again_and_again() -> None:
    buffer = np.zeros(2)

    def slope(x: Any) -> Any:
        buffer[:] = 3 * x**2
        return buffer

    report = gradcheck(lambda x: float(np.sum(x**3)), np.ones(2), derivative=slope)
    assert report.count("right") == 2


def test_functions_of_nodes_may_write_into_what_they_get() -> None:
    def f(x: Any, p: Any) -> Any:
        x[0] = x[1] * p.pop()
        return ag.sum(x * x)

    x, p = np.array([1.0, 2.0]), [3.0]
    assert gradcheck(f, x, p).count("right") == 3
    assert (x.tolist(), p) == ([1.0, 2.0], [3.0])


def test_what_changed_in_a_tree_is_named() -> None:
    x = np.array([[1.0, np.nan], [3.0, 4.0]])
    y = x.copy()
    assert change([x, (1, "a", None)], [y, (1, "a", None)], "x") == ""
    y[1, 0] = 5.0
    assert change([x], [y], "x") == "x[0][1, 0]"
    assert change({"a": 1}, {"a": 1, "b": 2}, "x") == "x"
    assert change([1.0], [1.0, 2.0], "x") == "x"
    assert change(math.nan, math.nan, "x") == ""


# Functions that raise


def test_whoever_raises_is_named() -> None:
    def raising(*given: Any) -> Any:
        raise RuntimeError("too\nfar")

    for who, form in (("the derivative", "derivative"), ("jvp", "jvp"), ("vjp", "vjp")):
        report = gradcheck(math.sin, 1.0, raise_error=False, **{form: raising})
        assert report.problem.startswith(f"{who} raised RuntimeError: too far, at ")
    report = gradcheck(math.sqrt, -1.0, derivative=math.cos, raise_error=False)
    assert report.problem == "the function raised ValueError: math domain error"
    report = gradcheck(math.sin, 1.0, derivative=lambda x: None, raise_error=False)
    assert report.problem == "the derivative returned nothing; it must be numbers or arrays"
    for text in ("0.7", ["0.7"], np.array(["0.7"]), 0.7j, np.array("2026-01-01", "M8[D]")):
        report = gradcheck(math.sin, 1.0, derivative=lambda x: text, raise_error=False)  # noqa: B023
        assert report.problem.endswith("; it must be numbers or arrays")
    report = gradcheck(np.sum, np.ones(2), jvp=lambda x, v: "a", raise_error=False)
    assert report.problem.startswith("jvp returned str 'a'; it must return")
