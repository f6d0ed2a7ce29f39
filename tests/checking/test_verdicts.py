"""Verdicts where differences alone can't tell: kinks, jumps, lost digits, edges."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd as ag
from autograd.checking import GradientCheckError, GradientCheckWarning, gradcheck

ignored = pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")


def verdict(f: Any, x: float, g: float | None = None) -> str:
    derivative = None if g is None else lambda x: g
    report = gradcheck(f, x, derivative=derivative, raise_error=False)
    return report.verdict + ("" if report.ok else "!")


def branch(x: Any) -> Any:
    return x if x > 0 else 0.01 * x


def longer(x: Any) -> Any:
    return max(x, 0.0)


def rectified(x: Any) -> Any:
    return x if x > 0 else 0.0


@pytest.mark.parametrize("f", [ag.relu, longer, rectified])
@pytest.mark.parametrize("shift", [0.0, 1.0, 1e-8, -3e5])
def test_a_kink_takes_any_derivative_between_those_of_its_sides(f: Any, shift: float) -> None:
    def shifted(x: Any) -> Any:
        return f(x - shift)

    for g, expected in (
        (0.0, "kink"),
        (0.5, "kink"),
        (1.0, "kink"),
        (1.1, "kink!"),
        (-0.1, "kink!"),
    ):
        assert verdict(shifted, shift, g) == expected


def test_a_kink_says_what_its_sides_are() -> None:
    (entry,) = gradcheck(branch, 0.0, raise_error=False).entries
    assert (entry.low, entry.high, entry.within, entry.analytic) == (0.01, 1.0, True, 0.01)
    with pytest.raises(GradientCheckError, match=r"does not lie between .* sides, 0.01 and 1$"):
        gradcheck(branch, 0.0, derivative=lambda x: 2.0)


@pytest.mark.parametrize("x", [1e-12, -1e-12, 1e-200, -1e-200, 1e-6])
@pytest.mark.parametrize("f", [ag.relu, ag.abs, branch, rectified])
def test_beside_a_kink_there_is_none(f: Any, x: float) -> None:
    assert verdict(f, x) == "right"
    for g in (0.5, -1.5):
        assert verdict(f, x, g) == "wrong!"


def test_kinks_of_second_order_are_none_of_the_first() -> None:
    assert verdict(lambda x: ag.relu(x) ** 2, 0.0) == "right"
    assert verdict(ag.elu, 0.0) == "right"
    assert verdict(lambda x: (x - 1) ** 2 if x < 1 else 2 * (x - 1), 1.0) == "kink"


@pytest.mark.parametrize("power", [2, 3, 4])
@pytest.mark.parametrize("floats", [2, 50, 3_000, 100_000])
def test_the_other_side_of_a_smooth_join_is_wrong_beside_it(power: int, floats: int) -> None:
    """Its slope differs by next to nothing there, but from 0."""
    for above, x in ((True, 2 + floats * 2**-51), (False, 2 - floats * 2**-52)):

        def f(x: Any, above: bool = above) -> Any:
            return 0.25 + (x - 2) ** power if (x > 2) is above else 0.25

        slope = power * (x - 2) ** (power - 1)
        assert verdict(f, x, slope) == "right"
        assert verdict(f, x, 0.0) == "wrong!"
        assert verdict(f, 4 - x, 0.0) == "right"
        assert verdict(f, 4 - x, slope) == "wrong!"


def test_jumps() -> None:
    for f, x in ((ag.floor, 1.0), (ag.sign, 0.0), (lambda x: x if x < 2 else x + 1e-3, 2.0)):
        assert verdict(f, x) == "discontinuous!"
    assert verdict(lambda x: x if x < 2 else x + 1e-3, 2.0 - 1e-12) == "right"
    assert verdict(lambda x: 1.0 if x < 0 else 2.0, 0.0, 0.0) == "discontinuous!"


@ignored
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: (1 - ag.cos(x)) / (x * x), 1e-9), (lambda x: ag.exp(x) - 1 - x, 1e-200),
        (lambda x: ag.sin(x * x), 1e8 + 0.3), (lambda x: ag.sin(1 / x), 1e-110),
        (lambda x: ag.log(ag.exp(x) + ag.exp(-x)), 1e-150),
    ],
)  # fmt: skip
def test_a_right_rule_whose_digits_are_lost_is_inaccurate(f: Any, x: float) -> None:
    assert verdict(f, x) == "inaccurate"
    slope = ag.grad(f)
    for wrong in (lambda x: 2 * slope(x), lambda x: 1.001 * slope(x), lambda x: -slope(x)):
        report = gradcheck(f, x, derivative=wrong, raise_error=False)
        assert report.verdict == "wrong" or slope(x) == 0.0


EDGE_CASES = [
    (ag.tanh, 100.0), (ag.sigmoid, 1e4), (ag.sin, 1e-200), (ag.square, 1e-200), (ag.cos, 1e-200),
    (ag.exp, 709.7), (ag.sin, 1e8), (ag.log, 1e-300), (ag.square, 1e-310), (ag.square, 0.0),
    (lambda x: (x + 1e8) - 1e8, 2.0), (lambda x: 1 / (1 + x * x), 1e-170), (ag.cbrt, 1e-30),
    (lambda x: ag.sum(ag.softmax([x, 2 * x, 1.0])), 1.0), (lambda x: x**1.5, 0.0),
    (lambda x: (x - 1) * (x - 1), 1.0), (ag.log1p, -1 + 1e-12), (lambda x: ag.abs(x) ** 1.5, 0.0),
    (lambda x: 5 + 0 * x, 1.0), (lambda x: x**3 - 3 * x, 1.0), (ag.relu, -3.0), (ag.expm1, -1e-17),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x"), EDGE_CASES)
def test_right_at_the_edges_and_nowhere_else(f: Any, x: float) -> None:
    assert verdict(f, x) == "right"
    g = ag.grad(f)(x)
    for wrong in (-g, 2 * g, 1.001 * g, 0.0, g + max(abs(g), 1e-3)):
        if abs(wrong - g) > max(9e-4 * abs(g), 1e-323) and not 0 < abs(g) < 1e-16 < abs(x):
            assert verdict(f, x, wrong) == "wrong!", wrong


@ignored
def test_points_that_are_alone_are_not_judged() -> None:
    for x in (1.0, np.ones(1)):
        report = gradcheck(lambda x: ag.sum(ag.sqrt(-ag.abs(x - 1))), x, raise_error=False)
        assert report.verdict == "unresolved"


UNRESOLVED = ("unresolved", "unresolved!")
INFINITE = {
    "a root": lambda x: (x - 2) ** 0.5,
    "its negative": lambda x: 1 - (x - 2) ** 0.1,
    "of a root": lambda x: ((x - 2) ** 0.5) ** 0.5,
}


@ignored
@pytest.mark.parametrize("name", INFINITE)
@pytest.mark.parametrize("has_graph", [True, False])
def test_a_finite_slope_is_wrong_where_it_is_infinite(name: str, has_graph: bool) -> None:
    """Slopes from the side of the domain grow without end; no number of bits ends them."""
    f = INFINITE[name]
    sign = -1.0 if name == "its negative" else 1.0

    def given(x: Any) -> Any:
        y = f(x if has_graph else float(x))
        return y if has_graph or not isinstance(y, complex) else math.nan

    for g in (0.0, 1.0, -1e3, math.nan, -sign * math.inf):
        assert verdict(given, 2.0, g) == "wrong!"
    assert verdict(given, 2.0, sign * math.inf) in (("right",) if has_graph else UNRESOLVED)


@ignored
def test_an_infinite_slope_that_grows_as_a_logarithm() -> None:
    def f(x: float) -> float:
        return x * math.log(x) if x > 0 else 0.0 if x == 0 else math.nan

    assert verdict(f, 0.0, -1.0) == "wrong!"
    assert verdict(f, 0.0, -math.inf) in UNRESOLVED


@ignored
@pytest.mark.parametrize("tiny", [1e-10, 1e-20, 1e-30, 1e-200])
@pytest.mark.parametrize("has_graph", [True, False])
def test_a_steep_slope_is_not_taken_for_an_infinite_one(tiny: float, has_graph: bool) -> None:
    for f in (lambda x: (x + tiny) ** 0.5, lambda x: x * ag.log(x + tiny)):
        right = ag.grad(f)(0.0)

        def given(x: Any, f: Any = f) -> Any:
            if has_graph:
                return f(x)
            return float(f(float(x))) if x > -tiny else math.nan

        found = verdict(given, 0.0, right)
        assert found in (("right",) if has_graph else ("right", *UNRESOLVED)), (found, right)
        assert math.isinf(right) or verdict(given, 0.0, 0.1 * right) == "wrong!" or not has_graph


def test_where_the_function_is_infinite_nothing_is_judged() -> None:
    with pytest.warns(GradientCheckWarning):
        assert verdict(ag.log, 0.0) == "unresolved"


@pytest.mark.parametrize("g", [math.nan, math.inf, -math.inf])
def test_derivatives_that_are_no_number_are_wrong(g: float) -> None:
    report = gradcheck(ag.sin, 1.0, derivative=lambda x: g, raise_error=False)
    assert report.verdict == "wrong"
    assert report.to_dict()["entries"][0]["analytic"] is None


def test_what_leaves_the_graph_is_found() -> None:
    with pytest.raises(GradientCheckError, match=r"analytic 2, numeric 4(.|\n)*left the graph"):
        gradcheck(lambda x: x * ag.stop_gradient(x), 2.0)
    for x in (0.0, 1e-200, 0.001):
        assert verdict(lambda x: 2 * ag.stop_gradient(x) + ag.exp(x), x) == "wrong!"


@example(x=132.0, kind="per mille")
@given(x=st.floats(-1e3, 1e3), kind=st.sampled_from(["right", "sign", "zero", "per mille"]))
def test_a_derivative_by_hand_of_plain_python(x: float, kind: str) -> None:
    """Where there is no graph and no second stage: right ones are never wrong, nor the reverse."""

    def f(x: float) -> float:
        return math.atan(x) * math.cos(3.0 * x)

    def slope(x: float) -> float:
        return math.cos(3.0 * x) / (1.0 + x * x) - 3.0 * math.atan(x) * math.sin(3.0 * x)

    factor = {"right": 1.0, "sign": -1.0, "zero": 0.0, "per mille": 1.001}[kind]
    with np.errstate(all="ignore"):
        report = gradcheck(f, x, derivative=lambda x: factor * slope(x), raise_error=False)
    if kind == "right":
        assert report.verdict in ("right", "unresolved"), str(report)
    else:
        assert report.verdict == "wrong" or abs(slope(x)) < 1e-3, str(report)


def test_warnings_are_given_where_nothing_is_wrong() -> None:
    with pytest.warns(GradientCheckWarning, match="1 inaccurate"):
        assert gradcheck(lambda x: (1 - ag.cos(x)) / (x * x), 1e-9).ok


@ignored
@pytest.mark.parametrize("wrong", [math.inf, -math.inf, math.nan])
def test_a_derivative_that_is_not_finite_is_wrong_where_the_function_has_one(wrong: float) -> None:
    def check(f: Any, df: Any, x: Any) -> Any:
        return gradcheck(f, x, derivative=df, raise_error=False, strict=False)

    assert check(math.sqrt, lambda x: wrong, 0.25).verdict == "wrong"
    assert check(lambda x: 3.0, lambda x: wrong, 0.25).verdict == "wrong"
    assert check(math.sqrt, lambda x: math.inf, 0.0).verdict == "unresolved", (
        "as far as floats tell"
    )

    def slopes(a: Any) -> Any:
        return np.where(np.arange(20) == 3, wrong, 2 * a)

    of_array = check(lambda a: float(np.sum(a * a)), slopes, np.linspace(0.1, 1.0, 20))
    assert (of_array.count("wrong"), of_array.count("right")) == (1, 19)
    of_vector = check(lambda a: a * a, lambda a: np.diag(slopes(a)), np.linspace(0.1, 1.0, 20))
    assert (of_vector.count("wrong"), of_vector.count("right")) == (1, 19)


@ignored
def test_an_infinite_derivative_leaves_its_neighbours_alone() -> None:
    def check(a: Any) -> Any:
        with np.errstate(all="ignore"):
            return gradcheck(
                lambda a: float(np.sum(np.sqrt(a))),
                a,
                derivative=lambda a: 0.5 / np.sqrt(a),
                strict=False,
            )

    report = check(np.linspace(0.0, 1.0, 20))
    assert (report.count("unresolved"), report.count("right")) == (1, 19)


@ignored
@pytest.mark.parametrize("size", [1e4, 1e6, 1e8])
def test_a_small_result_or_entry_that_is_wrong_is_found_beside_a_large_one(size: float) -> None:
    def of_both(wrong: float) -> Any:
        return gradcheck(
            lambda x: np.array([size * x * x, math.sin(x)]), 0.7,
            derivative=lambda x: np.array([2 * size * x, wrong * math.cos(x)]), raise_error=False,
        )  # fmt: skip

    def of_entries(wrong: float) -> Any:
        return gradcheck(
            lambda a: float(np.sum(size * a[:10] ** 2) + np.sum(np.sin(a[10:]))), np.linspace(0.1, 1.0, 20),
            derivative=lambda a: np.concatenate([2 * size * a[:10], wrong * np.cos(a[10:])]), raise_error=False,
        )  # fmt: skip

    assert of_both(1.0).verdict == of_entries(1.0).verdict == "right"
    assert of_both(2.0).verdict == "wrong"
    assert of_both(2.0).entries[0].reason == "of the result's [1]"
    report = of_entries(1.5)
    assert report.verdict == "wrong"
    assert all(e.name.startswith("a[1") for e in report.entries if e.verdict == "wrong")


@ignored
def test_a_small_result_of_a_graph_is_found_beside_a_large_one() -> None:
    wrong = ag.custom_vjp(lambda g, z, x: g * 2 * np.cos(x))(math.sin)
    report = gradcheck(lambda x: [1e6 * x * x, wrong(x)], 0.7, raise_error=False)
    assert (report.verdict, report.entries[0].reason) == ("wrong", "of the result's [1]")


@pytest.mark.parametrize("offset", [1.0, 3.0, 100.0, 1e4])
@pytest.mark.parametrize("choose", [min, max])
def test_kinks_that_rounding_moves_away_from_the_point(choose: Any, offset: float) -> None:
    """x + offset has fewer digits than x: the nearest floats are on one branch with the point."""
    for x in (0.7, 1.0, 3.0, 5.1):
        top = x + offset

        def f(x: Any, top: float = top) -> Any:
            return x * choose(x + offset, top)

        low, high = top, top + x
        middle = (low + high) / 2
        for g in (low, high, middle):
            assert verdict(f, x, g) in ("kink", "right")
        assert verdict(f, x, 2 * high) in ("kink!", "wrong!")
        assert verdict(f, x + 1e-6, middle) == "wrong!"  # far enough to be told from it


@pytest.mark.parametrize(("g", "found"), [(0.0, "kink"), (0.5, "kink"), (2.0, "kink!")])
def test_what_underflows_in_floats_alone_is_judged_by_floats(g: float, found: str) -> None:
    """The norm of numbers below 1e-162 is 0 to NumPy, and is not in the replay."""
    report = gradcheck(
        np.linalg.norm, np.zeros(2), derivative=lambda x: np.full(2, g), raise_error=False
    )
    assert {e.verdict + ("" if e.ok else "!") for e in report.entries} == {found}


def test_an_infinite_derivative_of_the_other_sign_is_wrong() -> None:
    assert verdict(np.cbrt, 0.0, math.inf) == "right"
    assert verdict(np.cbrt, 0.0, -math.inf) == "wrong!"


@pytest.mark.parametrize(
    ("slopes", "found", "result"),
    [((0.0, 2.0), "kink", 0), ((1.5, 2.0), "kink", 0), ((0.0, 2.2), "wrong", 1)],
)
def test_a_kink_of_one_result_is_told_as_its_own(slopes: Any, found: str, result: int) -> None:
    """And it hides nothing that is wrong in another one."""
    (entry,) = gradcheck(
        lambda x: np.array([abs(x), 2 * x]),
        0.0,
        derivative=lambda x: np.array(slopes),
        raise_error=False,
    ).entries
    assert (entry.verdict, entry.analytic) == (found, slopes[result])
    assert entry.ok == (slopes == (0.0, 2.0))
    assert f"of the result's [{result}]" in entry.reason


@pytest.mark.parametrize("x", [1e8, 8974567215.230349, -1e10])
def test_an_oscillation_that_coarse_steps_do_not_see_is_no_mean(x: float) -> None:
    """They see the slope of the mean, and agree on it; finer ones contradict."""
    wavy = lambda x: ag.sin(x) + 0.01 * ag.abs(x)  # noqa: E731
    mean = math.copysign(0.01, x)
    wrong = ag.gradcheck(wavy, x, derivative=lambda x: mean, raise_error=False, strict=False)
    assert wrong.verdict == "wrong"
    assert ag.gradcheck(wavy, x, derivative=lambda x: math.cos(x) + mean).verdict == "right"


@pytest.mark.parametrize("beyond", [1e-12, 9.6e-12, 1e-9, 1e-6, 1e-3])
def test_the_branch_that_a_point_just_left_is_wrong(beyond: float) -> None:
    for f, slope in (
        (lambda x: ag.clip(x, -1.0, 1.0), lambda x: 1.0),
        (lambda x: ag.where(abs(x) < 1.0, 0.6 - (1.0 - x * x) ** 3, 0.6), lambda x: 6e-15),
    ):
        report = ag.gradcheck(f, 1.0 + beyond, derivative=slope, raise_error=False, strict=False)
        assert not report.ok, str(report)
