"""Functions of which only values are known: noise, kinks nearby, jumps, and what may be told."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import rosen, rosen_der

import autograd as ag
from autograd.checking.differences import ladder
from autograd.checking.report import GradientReport
from autograd.checking.scatter import Scatter, points, scatter, tear

pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning"),
]


def check(f: Callable[..., Any], x: Any, derivative: Any, **options: Any) -> GradientReport:
    return ag.gradcheck(f, x, derivative=derivative, raise_error=False, strict=False, **options)


def look(f: Callable[[float], float], x: float) -> Scatter:
    steps = [h for h in ladder(x) if h > 2.0**-31]
    return scatter(x, steps, {t: f(t) for t in points(x, steps)})


# Noise


@given(st.floats(0.1, 3.0), st.integers(2, 9))
def test_what_rounding_to_digits_leaves_is_found(x: float, digits: int) -> None:
    found = look(lambda t: round(math.exp(t), digits), x)
    assert 0.1 * 10.0**-digits < found.noise < 10 * 10.0**-digits
    assert abs(found.slope.derivative - math.exp(x)) <= 8 * found.slope.bound


@given(st.floats(0.1, 3.0))
def test_a_smooth_function_has_no_noise_but_rounding(x: float) -> None:
    for f in (
        math.exp,
        math.sin,
        lambda t: math.sin(30 * t),
        lambda t: t + 1e-3 * math.sin(99 * t),
    ):
        assert look(f, x).noise <= 1e-11 * max(1.0, math.exp(x))


MAKERS: dict[str, Callable[[Callable[[float], float]], Callable[[float], float]]] = {
    "float32": lambda f: lambda x: float(np.float32(f(float(np.float32(x))))),
    "float16": lambda f: lambda x: float(np.float16(f(x))),
    "6 digits": lambda f: lambda x: float(f"{f(x):.6g}"),
    "3 digits": lambda f: lambda x: float(f"{f(x):.3g}"),
    "floor": lambda f: lambda x: np.floor(1e4 * f(x)) / 1e4,
    "NumPy's round": lambda f: lambda x: np.round(f(x), 4),
    "a rounded term": lambda f: lambda x: f(x) - x + np.floor(1e5 * x) / 1e5,
    "hashed": lambda f: lambda x: f(x) * (1 + 1e-5 * math.sin(1e9 * math.sin(1e5 * x))),
}


@pytest.mark.parametrize("maker", MAKERS)
@settings(max_examples=max(1, settings().max_examples // 10))
@given(st.floats(0.2, 2.8))
def test_rounded_functions_are_judged_as_far_as_their_digits_go(maker: str, x: float) -> None:
    def f(x: Any) -> Any:
        return np.exp(x) + np.sin(x)

    def slope(x: float) -> float:
        return math.exp(x) + math.cos(x)

    rough, few = MAKERS[maker](f), maker in ("float16", "3 digits")
    (right,) = check(rough, x, slope).entries
    assert right.verdict == "right" or (right.verdict == "unresolved" and few), str(right)
    assert right.size < 0.1 or few
    (wrong,) = check(rough, x, lambda x: 2 * slope(x)).entries
    assert wrong.verdict == "wrong", str(wrong)
    (slight,) = check(rough, x, lambda x: 1.01 * slope(x)).entries
    assert slight.verdict in ("wrong", "unresolved") or slight.size > 0.01, str(slight)


def test_the_size_is_told() -> None:
    report = check(lambda x: float(np.float16(math.sin(x))), 0.7, math.cos)
    assert report.verdict == "right"
    assert (
        "right to 0." in str(report)
        or "right to 1 %" in str(report)
        or "right to 2 %" in str(report)
    )
    assert report.to_dict()["entries"][0]["size"] > 1e-3


@pytest.mark.parametrize("option", [{"noise": 1e-3}, {"rtol": 1e-3}])
def test_noise_that_is_known_is_reckoned_with(option: dict[str, float]) -> None:
    """Of values that are smooth and off, nothing but the user can tell."""

    def off(x: float) -> float:
        return math.sin(x) + 1e-4 * math.sin(3 * x)

    assert check(off, 0.7, lambda x: 1.002 * math.cos(x)).verdict == "wrong"
    (entry,) = check(off, 0.7, lambda x: 1.002 * math.cos(x), **option).entries
    assert entry.verdict == "right"
    assert entry.size > 1e-3
    assert check(off, 0.7, lambda x: 1.5 * math.cos(x), **option).verdict == "wrong"


@pytest.mark.parametrize(
    ("option", "x"),
    [("noise", -1.0), ("rtol", math.inf), ("max_calls", 0), ("max_calls", True), ("seconds", 0.0)],
)
def test_settings_that_make_no_sense_are_refused(option: str, x: Any) -> None:
    with pytest.raises(ValueError, match=f"gradcheck: got {option}="):
        ag.gradcheck(math.sin, 1.0, derivative=math.cos, **{option: x})


# Shape


def soft(x: float) -> float:
    return math.copysign(max(abs(x) - 1.0, 0.0), x)


@pytest.mark.parametrize("away", [10.0**-k for k in range(1, 13)])
@pytest.mark.parametrize("side", [-1, 1])
def test_the_side_of_a_kink_that_the_point_is_on_counts(away: float, side: int) -> None:
    x = 1.0 + side * away
    right = 1.0 if side > 0 else 0.0
    assert check(soft, x, lambda x: right).ok
    if away >= 1e-9:
        assert check(soft, x, lambda x: 1.0 - right).verdict == "wrong"
        assert check(soft, x, lambda x: 0.5).verdict == "wrong"


def test_planes_that_meet() -> None:
    def f(x: float) -> float:
        return max(-x, 0.5, 2 * x)

    for x, slope in ((-0.500001, -1.0), (0.0, 0.0), (0.249999, 0.0), (0.250001, 2.0)):
        assert check(f, x, lambda x, slope=slope: slope).verdict == "right"
    for slope in (0.0, 1.0, 2.0):
        assert check(f, 0.25, lambda x, slope=slope: slope).ok
    assert not check(f, 0.25, lambda x: 2.5).ok


def test_a_method_that_stops_early_is_not_called_wrong() -> None:
    def root(a: float) -> float:
        a, y = math.fabs(a), 1.0
        while True:
            y, before = 0.5 * (y + a / y), y
            if abs(y - before) < 1e-3:
                return y - 0.1 * (y - before)  # a step too early

    for a in (0.7, 1.5, 2.3, 3.1):
        report = check(root, a, lambda a: 0.5 / math.sqrt(a))
        assert report.verdict in ("right", "unresolved"), str(report)


def test_a_step_of_a_graph_has_its_own_slope_where_steps_are_large() -> None:
    assert check(lambda x: np.sin(x) + np.floor(x), 0.7, np.cos).verdict == "right"
    assert check(lambda x: np.sin(x) + np.floor(x), 0.7, lambda x: np.cos(x) + 1).verdict == "wrong"


@given(st.floats(-1e3, 1e3))
def test_a_small_ripple_without_jumps_is_no_rounding(x: float) -> None:
    """A zigzag beside a parabola, and the slope of the parabola alone."""

    def f(x: Any) -> Any:
        u = x - 2 * np.floor(x / 2)
        return 0.1 * x * x + 3 * np.minimum(u, 2 - u)

    assert check(f, x, lambda x: 0.2 * x).verdict != "right"


@given(st.floats(0.8, 1.3), st.floats(1e-6, 1e-3), st.floats(1.0, 4.0))
def test_small_jumps_are_found_wherever_they_are(at: float, by: float, k: float) -> None:
    found = tear(lambda t: math.sin(k * t) + by * (t > at), 1.0, 0.5)
    assert abs(found - by) < 0.1 * by


@given(st.floats(-3.0, 3.0), st.floats(1.0, 30.0))
def test_no_jump_is_found_where_there_is_none(x: float, k: float) -> None:
    for f in (math.sin, abs, math.atan, lambda t: math.cosh(t / k)):
        found = tear(lambda t, f=f: f(k * (t - x / 2)), x, 0.5)
        assert found < 1e-13  # but for rounding


@given(st.floats(-3.0, 3.0), st.integers(1, 3), st.floats(-0.05, 0.05))
def test_nearly_a_period_between_places_is_no_jump(x: float, periods: int, off: float) -> None:
    """They see a slow wave, which the function leaves as soon as one looks between them."""
    k = 2 * math.pi * (periods + off) * 64
    assert tear(lambda t: math.cos(k * t), x, 0.5) < 1e-13


def test_what_is_off_by_very_little_is_left_open_and_told() -> None:
    (entry,) = check(math.sin, 0.7, lambda x: 1.0001 * math.cos(x)).entries
    assert entry.verdict == "unresolved"
    assert "off by 0.01 %" in entry.reason
    assert check(math.sin, 0.7, lambda x: 1.001 * math.cos(x)).verdict == "wrong"


# Budgets


def counted(f: Callable[..., Any]) -> tuple[Callable[..., Any], list[int]]:
    calls = [0]

    def g(*x: Any) -> Any:
        calls[0] += 1
        return f(*x)

    return g, calls


@given(st.floats(-3.0, 3.0))
def test_a_right_derivative_of_a_smooth_function_takes_few_calls(x: float) -> None:
    g, calls = counted(math.exp)
    assert check(g, x, math.exp).verdict == "right"
    assert calls[0] <= 40 if abs(x) < 1e-3 else 30


@pytest.mark.parametrize("most", [1, 2, 3, 10, 30, 60, 200])
def test_no_check_makes_more_calls_than_it_may(most: int) -> None:
    for f, slope in (
        (lambda x: np.sin(x), lambda x: np.diag(np.cos(x))),
        (lambda x: np.sin(x), lambda x: 1.1 * np.diag(np.cos(x))),
        (lambda x: float(np.abs(x).sum()), lambda x: 0.3 * np.ones(x.shape)),
        (lambda x: np.round(np.sin(x), 3), lambda x: np.diag(np.cos(x))),
    ):
        for n in (1, 5, 40):
            g, calls = counted(f)
            report = check(g, np.linspace(0.1, 1.0, n), slope, max_calls=most)
            assert calls[0] <= most
            if report.count("unresolved") == n and most < 10:
                assert "max_calls=" in str(report)


@pytest.mark.parametrize("most", range(30, 200, 17))
def test_what_is_off_stays_wrong_where_the_calls_end_before_it_is_found(most: int) -> None:
    x = np.linspace(0.0, 1.0, 1000)
    wrong = 2.0 * x
    wrong[[7, 500]] += 1.0
    report = check(lambda a: float(a @ a), x, lambda a: wrong, max_calls=most)
    assert report.verdict == "wrong"
    assert report.count("wrong") + report.count("right") + report.count("unresolved") == 1000
    for entry in report.entries:
        assert math.isfinite(entry.numeric)
        if entry.count == 1:  # a part of one entry is told by its own derivative
            place = int(entry.name[2:-1])
            assert entry.numeric == pytest.approx(2.0 * x[place], abs=1e-8)
            assert entry.analytic == pytest.approx(wrong[place])
            assert entry.verdict == "right" or place in (7, 500)


@pytest.mark.parametrize("seed", range(3))
def test_one_wrong_entry_of_many_is_found_in_few_calls(seed: int) -> None:
    n, rng = 10_000, np.random.default_rng(seed)
    x = rng.uniform(-1.0, 1.0, n)
    for f, slope in ((lambda a: float(a @ a), lambda a: 2.0 * a), (rosen, rosen_der)):
        place, wrong = int(rng.integers(n)), slope(x)
        wrong[place] += 1e-3 * np.linalg.norm(wrong)
        g, calls = counted(f)
        report = check(g, x, lambda a: wrong)  # noqa: B023
        assert [e.name for e in report.entries if e.verdict == "wrong"] == [f"x[{place}]"]
        assert calls[0] <= 210


def test_calls_of_functions_with_a_graph_are_counted_too() -> None:
    for most in (5, 40, 100):
        g, calls = counted(lambda x: np.tanh(x) * x)
        ag.gradcheck(g, np.linspace(0.1, 1.0, 5), raise_error=False, strict=False, max_calls=most)
        assert calls[0] <= most


def test_time_that_runs_out_leaves_what_is_known() -> None:
    import time

    def slow(x: Any) -> float:
        time.sleep(0.005)
        return float(np.sin(x).sum())

    start = time.monotonic()
    report = check(slow, np.linspace(0.1, 1.0, 12), np.cos, seconds=0.5)
    assert time.monotonic() - start < 5.0
    assert report.count("right") >= 1
    assert "the time of 0.5 s ran out" in str(report)


def test_many_inputs_take_few_calls() -> None:
    """A million takes some 30 more, to find one (make bench-check)."""
    x = np.random.default_rng(0).normal(size=50_000)
    g, calls = counted(lambda x: float(np.sin(x).sum()))
    assert check(g, x, np.cos).verdict == "right"
    assert calls[0] <= 40

    def off(x: Any) -> Any:
        slopes = np.cos(x)
        slopes[34_567] += 1e-3 * np.linalg.norm(slopes)
        return slopes

    g, calls = counted(lambda x: float(np.sin(x).sum()))
    report = check(g, x, off)
    assert [entry.name for entry in report.entries if entry.verdict == "wrong"] == ["x[34567]"]
    assert calls[0] <= 300


def test_a_transposed_jacobian_is_found_in_bounded_work() -> None:
    n = 40
    w = np.random.default_rng(0).normal(size=(n, n))
    g, calls = counted(lambda x: w @ x)
    report = check(g, np.ones(n), lambda x: w.T)
    assert report.count("wrong") == n
    assert calls[0] <= 1000


# Results that are many


def test_entries_of_the_jacobian_are_printed() -> None:
    f, slopes = (lambda x: np.array([x**2, x**3])), (lambda x: np.array([2 * x, 3 * x**2]))
    report = check(f, 2.0, slopes)
    assert "analytic 12, numeric 12" in str(report)
    assert "of the result's [1]" in str(report)
    report = check(f, 2.0, lambda x: np.array([2 * x, 3.1 * x**2]))
    assert "analytic 12.4, numeric 12" in str(report)


@given(st.integers(0, 4), st.sampled_from([1e3, 1e5, 1e7]))
def test_a_wrong_small_result_beside_large_ones_is_named(place: int, large: float) -> None:
    sizes = np.where(np.arange(5) == place, 1.0, large)

    def slopes(x: float) -> Any:
        return sizes * np.cos(x) * np.where(np.arange(5) == place, 2.0, 1.0)

    report = check(lambda x: sizes * np.sin(x), 0.7, slopes)
    assert report.verdict == "wrong"
    assert f"of the result's [{place}]" in str(report)


@pytest.mark.parametrize("x", [0.0, 1e-100, -1e-30, 1e-12, 1e-8])
def test_values_that_are_lost_beside_one_are_noise(x: float) -> None:
    def f(x: float) -> float:
        return math.log(1.0 + abs(x))

    assert check(f, x, lambda x: math.copysign(1.0, x) / (1.0 + abs(x))).ok
    assert check(f, x, lambda x: 0.0).verdict in ("kink", "wrong")
    assert check(f, x, lambda x: 3.0).verdict in ("kink", "wrong")


def test_single_precision_is_judged_by_its_digits() -> None:
    for x in np.linspace(0.1, 2.0, 20, dtype=np.float32):
        one = np.array([x])
        for f, slope in (
            (lambda x: np.sin(100 * x), lambda x: np.diag(100 * np.cos(100 * x))),
            (lambda x: np.exp(x), lambda x: np.diag(np.exp(x))),
        ):
            assert check(f, one, slope).verdict in ("right", "inaccurate")
            assert check(f, one, lambda x, slope=slope: 1.1 * slope(x)).verdict == "wrong"


@pytest.mark.parametrize("large", [1e4, 1e8, 1e12])
def test_a_slightly_wrong_small_result_beside_a_large_one(large: float) -> None:
    def f(x: float) -> Any:
        return np.array([large * x * x, math.sin(x)])

    assert check(f, 0.7, lambda x: np.array([2 * large * x, math.cos(x)])).verdict == "right"
    report = check(f, 0.7, lambda x: np.array([2 * large * x, 1.01 * math.cos(x)]))
    assert report.verdict == "wrong"
    assert "of the result's [1]" in str(report)


@pytest.mark.parametrize("x", [1e15, 1e17, 1e100, 1e300])
def test_neighbouring_floats_that_have_nothing_in_common_tell_nothing(x: float) -> None:
    assert check(math.sin, x, math.cos).verdict != "wrong"
    assert check(math.sin, x, lambda x: 0.0).verdict != "right"


@given(st.floats(-3.0, 3.0), st.floats(1.0, 30.0))
def test_a_smooth_function_has_no_jump(x: float, k: float) -> None:
    (entry,) = check(lambda x: math.sin(k * x), x, lambda x: k * math.cos(k * x) + 1e-4 * k).entries
    assert entry.verdict != "right" or entry.size > 1e-4
