"""The checker, itself put to the test with right and with wrong derivatives."""

import math
import re
import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.checking import GradientCheckError, GradientCheckWarning, gradcheck
from autograd.checking.differences import derivative

FUNCTIONS = {
    "square": (lambda x: x * x, lambda x: 2 * x),
    "sin": (math.sin, math.cos),
    "exp": (math.exp, math.exp),
    "tanh": (math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    "rational": (lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
    "quartic": (lambda x: x**4 - 3 * x, lambda x: 4 * x**3 - 3),
    "wave": (lambda x: math.sin(20 * x), lambda x: 20 * math.cos(20 * x)),
    "cancelling": (lambda x: (1e6 + x) - 1e6, lambda x: 1.0),
}
every_function = pytest.mark.parametrize("name", FUNCTIONS)
POINTS = st.floats(-5, 5)


@every_function
def test_the_error_bound_holds_but_for_two_points_in_a_thousand(name: str) -> None:
    f, slope = FUNCTIONS[name]
    points = np.linspace(-5.0, 5.0, 501).tolist()
    estimates = [derivative(f, x) for x in points]
    exceeded = [
        x for x, e in zip(points, estimates) if not abs(e.derivative - slope(x)) <= 4 * e.bound
    ]
    assert len(exceeded) <= 1, exceeded


@pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")
@every_function
@given(x=POINTS)
def test_a_right_derivative_is_never_called_wrong(name: str, x: float) -> None:
    f, slope = FUNCTIONS[name]
    assert gradcheck(f, x, derivative=slope, raise_error=False).count("wrong") == 0


MUTANTS = {
    "sign": lambda d, x: -d,
    "factor": lambda d, x: 2 * d,
    "zero": lambda d, x: 0.0,
    "percent": lambda d, x: 1.01 * d,
    "per mille": lambda d, x: 1.001 * d,
    "shift": lambda d, x: d + 1e-3,
    "nan": lambda d, x: math.nan,
}


@pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")
@every_function
@pytest.mark.parametrize("mutant", MUTANTS)
@settings(max_examples=max(1, settings().max_examples // 16))  # a fixed set of 600 is below
@given(x=POINTS)
def test_a_wrong_derivative_is_never_called_right(name: str, mutant: str, x: float) -> None:
    f, slope = FUNCTIONS[name]
    assume(abs(slope(x)) > 1e-3)
    wrong = MUTANTS[mutant]
    report = gradcheck(f, x, derivative=lambda x: wrong(slope(x), x), raise_error=False)
    assert report.count("right") == 0, str(report)


def test_the_message_says_which_input_and_both_numbers() -> None:
    with pytest.raises(GradientCheckError) as caught:
        gradcheck(
            lambda a, b: np.sum(a * a) * b,
            np.array([1.0, 2.0]),
            3.0,
            derivative=lambda a, b: (np.array([6.0, 13.0]), 5.0),
        )
    assert str(caught.value).startswith(
        "gradcheck: 2 right, 1 wrong\na[1] = 2: wrong: analytic 13, numeric 12 "
    )
    (entry,) = (e for e in caught.value.report.entries if e.verdict == "wrong")
    assert (entry.name, entry.at, entry.analytic) == ("a[1]", 2.0, 13.0)
    assert entry.numeric == pytest.approx(12.0)


def test_what_cannot_be_told_is_said() -> None:
    with pytest.warns(GradientCheckWarning, match="1 of 1 derivatives could not be judged"):
        report = gradcheck(ag.log, -1.0, strict=False)
    assert report.entries[0].reason == "the function is nan here"
    with pytest.warns(GradientCheckWarning, match="1 of 1 derivatives could not be judged"):
        report = gradcheck(lambda x: math.nan, 1.0, derivative=lambda x: 1.0, strict=False)
    assert report.ok
    assert report.count("unresolved") == 1


def test_what_cannot_be_told_fails_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GradientCheckError, match="1 unresolved"):
        gradcheck(ag.log, -1.0)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with pytest.warns(GradientCheckWarning):
        gradcheck(ag.log, -1.0)
    with pytest.raises(GradientCheckError, match="1 unresolved"):
        gradcheck(ag.log, -1.0, strict=True)


def test_flat_functions_and_optima_are_right() -> None:
    assert gradcheck(lambda x: 0 * x + 5, 1.0).count("right") == 1
    assert gradcheck(lambda x: x**3 - 3 * x, 1.0).count("right") == 1
    assert gradcheck(ag.cos, 1e-200).count("right") == 1
    assert gradcheck(ag.relu, -3.0).count("right") == 1


def test_points_outside_the_domain_are_left_out() -> None:
    assert gradcheck(ag.log, 1e-3).count("right") == 1
    assert gradcheck(lambda t: ag.sum(ag.sqrt(t)), np.array([0.01, 4.0])).count("right") == 2


def test_inputs_of_every_kind() -> None:
    for x in (2, 2.0, np.float32(2), ag.Value(2.0), np.array([[2.0]]), ag.Tensor([2.0])):
        assert gradcheck(lambda x: ag.sum(x * x) if np.ndim(x) else x * x, x).count("right") == 1
    with pytest.raises(GradientCheckError, match="there are no floats among the inputs"):
        gradcheck(lambda: ag.Value(1.0))
    assert str(gradcheck(lambda x: ag.sum(x * x), np.ones((0, 3)))) == "gradcheck: no numbers"


def test_a_real_hand_written_gradient() -> None:
    """SciPy's Rosenbrock function and its derivative."""
    from scipy.optimize import rosen, rosen_der

    x = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
    assert gradcheck(rosen, x, derivative=rosen_der).count("right") == 5
    with pytest.raises(GradientCheckError, match=r"x\[2\] = 0.8: wrong"):
        gradcheck(rosen, x, derivative=lambda x: rosen_der(x) + 1.0 * (x == 0.8))


def changing(x: Any) -> Any:
    x += 1.0
    return np.sum(x)


PROBLEMS: list[tuple[Any, str]] = [
    (lambda: gradcheck(lambda x: None, 1.0), "the function returned nothing; it must return"),
    (lambda: gradcheck(lambda x: "a", 1.0), "the function returned str 'a'; it must return"),
    (lambda: gradcheck(lambda x: 1 / 0, 1.0), "raised ZeroDivisionError: division by zero, at "),
    (lambda: gradcheck(lambda x: x**0.5, -1.0, derivative=abs), "the function returned complex"),
    (lambda: gradcheck(ag.mul, 1.0, 2.0, derivative=lambda x, y: 1.0),
     "the derivative returned float 1.0; it needs one for each of 2 inputs"),
    (lambda: gradcheck(np.sum, np.ones(2), derivative=lambda x: 1.0),
     r"the derivative returned shape \(\) by a; it must be \(2,\)"),
    (lambda: gradcheck(np.sin, np.ones(2), derivative=np.cos),
     r"the derivative returned shape \(2,\) by x; it must be \(2, 2\)"),
    (lambda: gradcheck(np.sin, np.ones(2), jvp=lambda x, v: 1.0),
     r"jvp returned shape \(\) for a result of shape \(2,\)"),
    (lambda: gradcheck(np.sin, np.ones(2), vjp=lambda x, v: "text"), "vjp returned str 'text'"),
    (lambda: gradcheck(changing, np.ones(2), derivative=np.ones_like),
     "the function changed its input x; it must not"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), PROBLEMS)
def test_what_keeps_a_check_from_being_run_is_told_in_one_line(call: Any, message: str) -> None:
    with pytest.raises(GradientCheckError, match=f"^gradcheck: failed: .*{message}") as caught:
        call()
    report = caught.value.report
    assert (report.verdict, report.ok, "\n" in report.problem) == ("failed", False, False)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gradcheck(3, 1.0), TypeError, "gradcheck: got int 3; it needs a function"),
        (lambda: gradcheck(ag.exp, 1.0, order=0), ValueError, "gradcheck: got order=0"),
        (lambda: gradcheck(ag.exp, 1.0, order=2, derivative=ag.exp), ValueError,
         "got order=2 and a derivative by hand"),
        (lambda: gradcheck(ag.exp, 1.0, parameters=[ag.exp(ag.Value(1.0))]), TypeError,
         "among the parameters; it needs leaves"),
        (lambda: gradcheck(ag.exp, 1.0, timeout=-1.0), ValueError, "timeout: got -1.0"),
        (lambda: gradcheck(ag.exp, 1.0, seed=-1), ValueError, "gradcheck: got seed=int -1"),
        (lambda: gradcheck(ag.exp, 1.0, seconds="1"), ValueError, "gradcheck: got seconds=str '1'"),
        (lambda: gradcheck(ag.exp, 1.0, derivative=ag.exp, parameters=[ag.Value(1.0)]), ValueError,
         "got parameters and a derivative by hand"),
    ],
)  # fmt: skip
def test_refusals(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # it may be swallowed
def test_a_function_that_never_returns() -> None:
    def forever(x: Any) -> Any:
        while True:
            try:
                x = x + 1.0
            except Exception:  # what swallows errors is stopped too
                continue

    report = gradcheck(forever, 1.0, timeout=0.2, raise_error=False)
    assert report.problem == "the function did not return within 0.2 s"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_limit_that_an_interpreter_swallowed_is_raised_again() -> None:
    class Swallowing:
        def __del__(self) -> None:  # errors in it go nowhere
            until = time.monotonic() + 0.15
            while time.monotonic() < until:
                pass

    def slow(x: Any) -> Any:
        Swallowing()
        while True:
            pass

    assert gradcheck(slow, 1.0, timeout=0.1, raise_error=False).verdict == "failed"


def test_random_functions_and_derivatives() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(GradientCheckError, match=r"x = nan: non-deterministic: .* and then "):
        gradcheck(lambda x: x * rng.random(), 1.0)
    report = gradcheck(abs, 1.0, derivative=lambda x: rng.random(), raise_error=False)
    assert report.verdict == "non-deterministic"
    assert "its derivative gave" in str(report)


def test_constants_are_right_and_said_to_be() -> None:
    report = gradcheck(lambda x: 3.0, 1.0)
    assert report.verdict == "right"
    assert report.notes == ("the result was not computed from the inputs",)


def test_long_reports_are_cut() -> None:
    report = gradcheck(np.sum, np.ones(30), derivative=lambda x: 2 * x, raise_error=False)
    assert not report.ok
    assert re.search(r"\.\.\. and \d+ more$", str(report))
    assert report.count("wrong") == 30


@pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")
@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (math.exp, math.exp, 100.0), (math.exp, math.exp, 600.0), (math.sin, math.cos, 1e8),
        (lambda x: math.sin(100 * x), lambda x: 100 * math.cos(100 * x), 1e6),
        (lambda x: 1 / x, lambda x: -1 / x**2, 1e-8), (math.cbrt, lambda x: x ** (-2 / 3) / 3, 1e-8),
        (math.log, lambda x: 1 / x, 0.5), (lambda x: x * math.log(x), lambda x: 1 + math.log(x), 0.3),
        (lambda x: 2.0**x, lambda x: math.log(2) * 2.0**x, 150.0), (math.tan, lambda x: 1 + math.tan(x) ** 2, 1.5),
    ],
)  # fmt: skip
def test_far_from_the_usual(f: Any, slope: Any, x: float) -> None:
    assert gradcheck(f, x, derivative=slope, raise_error=False).count("wrong") == 0
    for wrong in (lambda x: 0.0, lambda x: -slope(x), lambda x: 1.01 * slope(x)):
        assert gradcheck(f, x, derivative=wrong, raise_error=False).count("right") == 0


@pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")
def test_a_jump_is_not_called_right() -> None:
    assert gradcheck(ag.floor, 1.0, raise_error=False).count("right") == 0


def test_inside_no_grad_there_is_nothing_to_check() -> None:
    with (
        pytest.raises(ValueError, match=r"^gradcheck: got a function inside no_grad"),
        ag.no_grad(),
    ):
        gradcheck(lambda x: x * x, 2.0)


@pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")
@every_function
def test_nearly_every_wrong_derivative_is_called_wrong(name: str) -> None:
    """Some stay unresolved, where differences cannot tell; a fixed set of points counts them."""
    f, slope = FUNCTIONS[name]
    verdicts = []
    for x in np.linspace(-4.97, 4.93, 15).tolist():
        if abs(slope(x)) > 0.1:
            for mutant in ("sign", "factor", "zero", "percent", "per mille"):
                wrong = MUTANTS[mutant]
                report = gradcheck(
                    f, x, derivative=lambda x, w=wrong: w(slope(x), x), raise_error=False
                )
                verdicts.append(report.entries[0].verdict)
    assert "right" not in verdicts
    assert verdicts.count("wrong") >= 0.97 * len(verdicts), Counter(verdicts)
