"""Functions of many points along a first axis, with a derivative for each point."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.checking import gradcheck

RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 2))


def layer(x: Any, w: Any = W) -> Any:
    return np.tanh(x @ w)


def slopes(x: Any, w: Any = W) -> Any:
    return (1 - np.tanh(x @ w) ** 2)[:, :, None] * w.T


FORMS: dict[str, Any] = {
    "derivative": slopes,
    "jvp": lambda x, t: np.einsum("bij,bj->bi", slopes(x), t),
    "vjp": lambda x, g: np.einsum("bij,bi->bj", slopes(x), g),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_derivative_for_each_point(form: str) -> None:
    assert gradcheck(layer, X, batched=True, **{form: FORMS[form]}).count("right") == 15

    def wrong(x: Any, *more: Any) -> Any:
        found = FORMS[form](x, *more)
        found[2:3] *= 1.01
        return found

    report = gradcheck(layer, X, batched=True, raise_error=False, **{form: wrong})
    assert {e.name for e in report.entries if e.verdict == "wrong"} >= {"x[2, 0]", "x[2, 1]"}


@pytest.mark.parametrize("form", FORMS)
def test_a_derivative_that_is_another_one_alone(form: str) -> None:
    def alone(x: Any, *more: Any) -> Any:
        return FORMS[form](x, *more) * (1.0 if len(x) > 1 else 1.01)

    report = gradcheck(layer, X, batched=True, raise_error=False, **{form: alone})
    (entry,) = [entry for entry in report.entries if entry.verdict == "wrong"]
    assert (entry.name, entry.at) == (f"{form} of point", 0.0)
    assert entry.reason == "alone the point gives something else"


def test_points_that_know_of_each_other() -> None:
    def centred(x: Any) -> Any:
        return x - ag.mean(x, 0)

    assert gradcheck(centred, X).verdict == "right"  # as a whole
    report = gradcheck(centred, X, batched=True, raise_error=False)
    assert [e.name for e in report.entries if not e.ok] == ["result of point"]
    assert gradcheck(lambda x: ag.sum(ag.sin(x), 1), X, batched=True).count("right") == 15


def test_numbers_for_points() -> None:
    x = np.linspace(0.0, 1.0, 5)
    assert gradcheck(np.sin, x, derivative=np.cos, batched=True).count("right") == 5


def test_what_has_the_axis_is_said_or_is_every_array() -> None:
    def weighted(x: Any, n: Any, scale: Any) -> Any:
        return x[:, 0] * n * scale

    def slope(x: Any, n: Any, scale: Any) -> Any:
        return np.stack([n * scale, 0 * n, 0 * n], 1)

    n = np.arange(5)
    report = gradcheck(weighted, X, n, 2.0, derivative=slope, batched=True, argnums=0)
    assert report.count("right") == 15
    assert gradcheck(layer, X, W, derivative=slopes, argnums=0, batched=0).count("right") == 15
    report = gradcheck(layer, X, W, derivative=slopes, argnums=0, batched=True, raise_error=False)
    assert report.problem.startswith("there are arrays of 3 and 5 points along their first axes")


PROBLEMS: list[tuple[Any, dict[str, Any], str]] = [
    (np.sum, {"derivative": np.ones_like}, "the function returned shape () for 5 points"),
    (layer, {"derivative": lambda x: np.ones(4)}, "the derivative returned shape (4,)"),
    (lambda x: [x, x], {"derivative": np.ones_like}, "the function returned several arrays"),
    (lambda x: x if len(x) > 1 else 1 / 0, {"derivative": np.ones_like},
     "for one point, the function raised ZeroDivisionError"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "form", "message"), PROBLEMS)
def test_what_is_no_batch_is_told(f: Any, form: Any, message: str) -> None:
    report = gradcheck(f, X, batched=True, raise_error=False, **form)
    assert message in report.problem
    with pytest.raises(ValueError, match="got batched; it takes one derivative"):
        gradcheck(layer, X, batched=True, derivative=slopes, hvp=min)


@pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")
@pytest.mark.parametrize("most", [1, 5, 12, 40])
def test_the_calls_for_points_alone_are_counted(most: int) -> None:
    calls = 0

    def f(x: Any) -> Any:
        nonlocal calls
        calls += 1
        return layer(x)

    wrong = lambda x: 1.01 * slopes(x)  # noqa: E731
    report = gradcheck(f, X, derivative=wrong, batched=True, max_calls=most, raise_error=False)
    assert calls <= most + 1
    assert most > 5 or any("looked at alone" in note for note in report.notes)


def test_inputs_that_do_not_exist_are_refused_by_the_option_s_name() -> None:
    for wrong, error in ((3, ValueError), ("x", TypeError), ((0, 0), ValueError)):
        with pytest.raises(error, match="gradcheck: got batched="):
            gradcheck(np.sin, np.ones(3), batched=wrong)
