"""Derivatives by hand in several forms at once, and of several orders."""

import math
import re
import time
from typing import Any

import numpy as np
import pytest

from autograd.checking import gradcheck
from autograd.checking.second import MOST

pytestmark = pytest.mark.once

A = np.random.default_rng(0).normal(size=(4, 3))
X = np.array([0.1, -0.2, 0.3])


def f(x: Any) -> Any:
    return np.tanh(A @ x)


def slopes(x: Any) -> Any:
    return (1 - np.tanh(A @ x) ** 2)[:, None] * A


def slightly_off(x: Any) -> Any:
    """A Jacobian that is off by less than differences are asked to tell."""
    found = slopes(x)
    found[1, 2] *= 1 + 1e-5
    return found


FORMS = {
    "derivative": lambda slopes: slopes,
    "jvp": lambda slopes: lambda x, v: slopes(x) @ v,
    "vjp": lambda slopes: lambda x, w: w @ slopes(x),
}
PAIRS = [("derivative", "jvp"), ("derivative", "vjp"), ("jvp", "vjp")]


def test_forms_that_are_right_agree() -> None:
    report = gradcheck(f, X, **{word: form(slopes) for word, form in FORMS.items()})
    assert report.count("right") == 9
    assert report.entries[-1].name == "vjp by x[2]"
    assert report.notes == tuple(f"{one} and {other} agree with each other" for one, other in PAIRS)


@pytest.mark.parametrize("pair", PAIRS)
def test_products_tell_two_forms_apart_without_differences(pair: Any) -> None:
    one, other = pair

    def coarse(x: Any) -> Any:
        return np.tanh(A @ np.asarray(x, float)) + 1e11  # leaves no graph

    forms = {one: FORMS[one](slopes), other: FORMS[other](slightly_off)}
    report = gradcheck(coarse, X, raise_error=False, **forms)
    (entry,) = [entry for entry in report.entries if entry.verdict == "wrong"]
    assert entry.name == f"{one} against {other} by x"
    assert entry.bound < abs(entry.analytic - entry.numeric) < 1e-3


def test_what_differences_find_is_said_once() -> None:
    def wrong(x: Any) -> Any:
        return 1.01 * slopes(x)

    report = gradcheck(f, X, jvp=FORMS["jvp"](slopes), vjp=FORMS["vjp"](wrong), raise_error=False)
    assert {e.name.split()[0] for e in report.entries if e.verdict == "wrong"} == {"vjp"}
    assert "jvp and vjp do not agree with each other" in report.notes


def test_two_forms_may_take_different_sides_of_a_kink() -> None:
    report = gradcheck(abs, 0.0, jvp=lambda x, v: v, vjp=lambda x, g: -g)
    assert report.ok
    assert report.notes == ("jvp and vjp take different sides of the kink",)


def test_a_form_that_fails_is_named_and_the_others_are_judged() -> None:
    report = gradcheck(f, X, derivative=slopes, jvp=lambda x: x, raise_error=False)
    assert report.problem.startswith("jvp: jvp raised TypeError: ")
    assert report.count("right") == 3


# Second derivatives


def bowl(x: Any) -> Any:
    return float(np.sum(x**4) + x[0] * x[1] * x[2])


def bowl_slope(x: Any) -> Any:
    return 4 * x**3 + np.array([x[1] * x[2], x[0] * x[2], x[0] * x[1]])


def bowl_hessian(x: Any) -> Any:
    off = np.array([[0, x[2], x[1]], [x[2], 0, x[0]], [x[1], x[0], 0]])
    return np.diag(12 * x**2) + off


SECOND = {
    "hessian": lambda hessian: hessian,
    "hvp": lambda hessian: lambda x, v: hessian(x) @ v,
}


def test_a_gradient_a_hessian_and_products_with_it() -> None:
    for first in ({"derivative": bowl_slope}, {"vjp": lambda x, g: g * bowl_slope(x)}):
        second = {word: form(bowl_hessian) for word, form in SECOND.items()}
        report = gradcheck(bowl, X, **first, **second)
        assert report.count("right") == 9
        assert report.notes == ("hessian and hvp agree with each other",)


@pytest.mark.parametrize("word", SECOND)
def test_an_asymmetric_hessian_names_the_pair(word: str) -> None:
    def hessian(x: Any) -> Any:
        found = bowl_hessian(x)
        found[2, 0] += 0.5
        return found

    report = gradcheck(
        bowl, X, derivative=bowl_slope, raise_error=False, **{word: SECOND[word](hessian)}
    )
    wrong = [entry for entry in report.entries if entry.verdict == "wrong"]
    assert [entry.name for entry in wrong] == [f"{word} by x[0]", f"{word} by x[0] and x[2]"]
    assert (wrong[0].reason, wrong[1].reason) == ("of the result's [2]", "it is not symmetric")
    assert wrong[1].numeric - wrong[1].analytic == pytest.approx(0.5)


def test_products_with_a_large_hessian_are_looked_at_along_random_directions() -> None:
    n = MOST + 2
    M = np.random.default_rng(1).normal(size=(n, n))
    M = M + M.T

    def products(factor: float) -> Any:
        def hvp(x: Any, v: Any) -> Any:
            y = M @ v
            y[3] *= factor
            return y

        return hvp

    for factor, verdict in ((1.0, "right"), (1.01, "wrong")):
        report = gradcheck(
            lambda x: 0.5 * float(x @ M @ x), np.ones(n), derivative=lambda x: M @ x,
            hvp=products(factor), raise_error=False,
        )  # fmt: skip
        assert report.verdict == verdict
        assert any("symmetric" in e.reason for e in report.entries) == (factor != 1.0)


def product(x: Any, y: Any) -> Any:
    return float(np.sum(x**2)) * y**3


def product_slope(x: Any, y: Any) -> Any:
    return 2 * x * y**3, 3 * np.sum(x**2) * y**2


def product_blocks(x: Any, y: Any) -> Any:
    cross = 6 * x * y**2
    return (2 * y**3 * np.eye(2), cross), (cross, 6 * np.sum(x**2) * y)


def product_matrix(x: Any, y: Any) -> Any:
    (xx, xy), (yx, yy) = product_blocks(x, y)
    return np.block([[xx, xy[:, None]], [yx[None], np.array([[yy]])]])


@pytest.mark.parametrize("hessian", [product_blocks, product_matrix])
def test_a_hessian_by_several_inputs(hessian: Any) -> None:
    def hvp(x: Any, y: Any, u: Any, v: Any) -> Any:
        (xx, xy), (yx, yy) = product_blocks(x, y)
        return xx @ u + xy * v, yx @ u + yy * v

    report = gradcheck(
        product, np.array([1.0, 2.0]), 1.5, derivative=product_slope, hessian=hessian, hvp=hvp
    )
    assert (report.count("right"), report.verdict) == (9, "right")


def test_a_hessian_in_dicts_with_options() -> None:
    def value(p: Any) -> Any:
        return p["w"] @ p["w"] * p["b"] ** p["power"]

    def slope(p: Any) -> Any:
        w, b = p["w"], p["b"]
        return {"b": 2 * b * w @ w, "w": 2 * b**2 * w}

    def hessian(p: Any) -> Any:
        w, b = p["w"], p["b"]
        return {
            "b": {"w": 4 * b * w, "b": 2 * w @ w},
            "w": {"w": 2 * b**2 * np.eye(2), "b": 4 * b * w},
        }

    p = {"w": np.array([1.0, 2.0]), "b": 3.0, "power": 2}
    assert gradcheck(value, p, derivative=slope, hessian=hessian).count("right") == 6


def test_a_hessian_of_an_array_of_two_axes() -> None:
    def matrix(x: Any) -> Any:
        return np.diag(6 * x.ravel())

    x = np.arange(1.0, 5.0).reshape(2, 2)
    for hessian in (matrix, lambda x: matrix(x).reshape(2, 2, 2, 2)):
        report = gradcheck(
            lambda x: np.sum(x**3), x, derivative=lambda x: 3 * x**2, hessian=hessian
        )
        assert report.count("right") == 8


# Any order


@pytest.mark.parametrize("wrong", [None, 1, 2, 3, 4])
def test_a_derivative_of_each_order(wrong: int | None) -> None:
    chain = [math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x), math.sin]
    if wrong is not None:
        right = chain[wrong - 1]
        chain[wrong - 1] = lambda x: 1.01 * right(x)
    report = gradcheck(math.sin, 1.0, derivative=tuple(chain), raise_error=False)
    names = ["derivative", "derivative 2", "derivative 3", "derivative 4"]
    assert [entry.name for entry in report.entries] == [f"{name} by x" for name in names]
    found = [entry.name for entry in report.entries if entry.verdict == "wrong"]
    assert found[:1] == ([f"{names[wrong - 1]} by x"] if wrong else [])


def test_higher_derivatives_of_an_array_and_of_several_results() -> None:
    def third(x: Any) -> Any:
        found = np.zeros((3, 3, 3))
        found[range(3), range(3), range(3)] = 24 * x
        for i, j, k in [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]:
            found[i, j, k] = 1.0
        return found

    report = gradcheck(bowl, X, derivative=(bowl_slope, bowl_hessian, third))
    assert report.count("right") == 9

    def bent(x: Any) -> Any:
        z = np.tanh(A @ x)
        return (-2 * z * (1 - z**2))[:, None, None] * A[:, :, None] * A[:, None, :]

    assert gradcheck(f, X, derivative=(slopes, bent)).count("right") == 6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradcheck(bowl, X, hessian=bowl_hessian), "got hessian, the derivative of a grad"),
        (lambda: gradcheck(bowl, X, jvp=min, hvp=min), "got hvp, .* needs derivative= or vjp="),
        (lambda: gradcheck(bowl, X, derivative=(min, min), hessian=min), "needs one of them"),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("hessian", "message"),
    [
        (lambda x, y: np.eye(2), r"hessian has shape \(2, 2\); it must be \(3, 3\)"),
        (lambda x, y: ((np.eye(2), x), (y, y)), r"a block of hessian has shape \(\); it needs 2"),
        (lambda x, y: (x, y), "hessian returned ndarray .*needs one for each of 2 inputs"),
    ],
)
def test_what_is_no_hessian_is_told(hessian: Any, message: str) -> None:
    report = gradcheck(
        product, X[:2], 1.5, derivative=product_slope, hessian=hessian, raise_error=False
    )
    assert re.search(message, report.problem), report.problem


@pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")
def test_forms_are_not_compared_when_there_is_no_time_left() -> None:
    def slow(x: Any, t: Any) -> Any:
        time.sleep(0.05)
        return t

    start = time.monotonic()
    report = gradcheck(
        lambda x: x, np.ones(3), jvp=slow, vjp=slow, seconds=0.1, strict=False, raise_error=False
    )
    assert time.monotonic() - start < 0.3  # one comparison takes as long
    assert "jvp and vjp were not compared: there was no time left" in report.notes
