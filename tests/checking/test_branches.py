"""Branches that no point reached: exactly those, by line, whatever the form of the branch."""

import functools
import linecache
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd.checking import GradientCheckError
from autograd.testing import gradient_test
from autograd.testing.branches import Branches, never_reached, watched

pytestmark = pytest.mark.both
told_here = pytest.mark.skipif(
    sys.version_info < (3, 12) and sys.gettrace() is not None,
    reason="on 3.11 nothing is told where something else traces",
)
Function = Callable[[float], float]


def missing(f: Function, *points: float) -> list[str]:
    """Return the branches that are missing, whoever traces the tests."""
    branches, trace = Branches(f), sys.gettrace()
    sys.settrace(None)
    try:
        with watched(branches.codes) as reached:
            for x in points:
                f(x)
    finally:
        sys.settrace(trace)
    assert reached is not None
    return branches.missing(reached)


def steps(x: float) -> float:
    """Lines count from the definition."""
    if x > 3:
        y = x
        return y
    elif x < -3:
        return -x
    else:
        z = 1.0
    if x == 17:
        raise ValueError(x)
    try:
        w = 1 / x
    except ZeroDivisionError:
        w = 0.0
    return z + w


def loops(x: float) -> float:
    for i in range(3):
        if i == 5:
            x = x + 1
    while x > 1000:
        x = x / 2

    def inner(y: float) -> float:
        return y if y < 100 else 2 * y

    if x < 10:
        return inner(x)
    return x


def matched(x: float) -> float:
    match round(x):
        case 1:
            return x
        case _:
            return 3 * x


def constant(x: float) -> float:
    return x if x > 0 else 0.0


def early(x: float) -> float:
    if x < 0:
        return 0
    return 1 / x if x else 1.0


def inside(x: float) -> float:
    return 2 * (x if x < 1 else 5.0)


def straight(x: float) -> float:
    return x * x


@pytest.mark.parametrize(
    ("f", "points", "told"),
    [
        (steps, [1.0, 2.0], ["3-4 (if x > 3)", "6 (if x < -3)", "14 (except ZeroDivisionError)"]),
        (steps, [4.0, -4.0], ["8 (else of if x < -3)", "9-15 (after if x > 3)"]),
        (steps, [4.0, -4.0, 0.0], []),
        (loops, [1.0], ["3 (if i == 5)", "5 (while x > 1000)", "8 (else of if y < 100)", "12 (after if x < 10)"]),
        (loops, [30.0], ["3 (if i == 5)", "5 (while x > 1000)", "11 (if x < 10)"]),
        (matched, [1.0], ["5 (case _)"]),
        (constant, [1.0], ["1 (else of if x > 0)"]),
        (constant, [-1.0], ["1 (if x > 0)"]),
        (constant, [1.0, -1.0], []),
        (early, [1.0], ["2 (if x < 0)", "3 (else of if x)"]),
        (early, [-1.0], ["3 (after if x < 0)"]),
        (inside, [0.0], ["1 (else of if x < 1)"]),
        (lambda x: (x if x > 2 else 1 if x > 50 else 3), [5.0], ["0 (else of if x > 2)"]),
        (functools.partial(constant), [1.0], ["1 (else of if x > 0)"]),
        (straight, [], []),
    ],
)  # fmt: skip
def test_branches_of_every_form(f: Function, points: Sequence[float], told: list[str]) -> None:
    first = getattr(f, "func", f).__code__.co_firstlineno
    for _ in range(2):  # whatever watched the code before
        found = missing(f, *points)
        assert [_moved(text, first) for text in found] == told


def _moved(text: str, first: int) -> str:
    """The text with lines that count from the first."""
    lines, space, rest = text.partition(" ")[2].partition(" ")
    return "-".join(str(int(line) - first) for line in lines.split("-")) + space + rest


thresholds = st.lists(st.integers(-5, 5), min_size=1, max_size=4)


@given(thresholds, st.lists(st.integers(-6, 6), max_size=4), st.booleans())
def test_what_is_told_is_what_no_condition_let_in(
    limits: list[int], points: list[int], in_one_line: bool
) -> None:
    lines, told = ["def f(x):", "    total = 0.0"], []
    for limit in limits:
        sides = [any(x > limit for x in points), any(x <= limit for x in points)]
        labels = [f"if x > {limit}", f"else of if x > {limit}"]
        if in_one_line:
            lines += [f"    total += x if x > {limit} else 2.0"]
            places = [len(lines)] * 2
        else:
            lines += [
                f"    if x > {limit}:",
                "        total += x",
                "    else:",
                "        total += 2",
            ]
            places = [len(lines) - 2, len(lines)]
        told += [f"line {n} ({t})" for n, t, has in zip(places, labels, sides) if not has]
    source = "\n".join([*lines, "    return total", ""])
    linecache.cache["<generated>"] = len(source), None, source.splitlines(True), "<generated>"
    scope: dict[str, Any] = {}
    exec(compile(source, "<generated>", "exec"), scope)
    assert [text for text in missing(scope["f"], *map(float, points)) if "after" not in text] == (
        told if points else []
    )


def test_what_has_no_source_or_is_ours_has_no_branches() -> None:
    made = eval("lambda x: x if x > 0 else 0.0")
    for f in (made, ag.softplus, ag.linalg.solve, abs, float, ag.Value):
        assert not Branches(f)


def relu(x: Any) -> Any:
    return x if x > 0 else 0.0 * x


def relu_slope(x: float) -> float:
    if x > 0:
        return 1.0
    return 0.0


@told_here
def test_a_gradient_test_tells_them_and_does_not_fail() -> None:
    first = relu.__code__.co_firstlineno
    by_hand = relu_slope.__code__.co_firstlineno
    for x, told in (
        ((1, 2), (f"line {first + 1} (else of if x > 0)", f"line {by_hand + 3} (after if x > 0) of relu_slope")),
        ((-1, 2), ()),
    ):  # fmt: skip
        test = gradient_test(relu, derivative=relu_slope, x=x, examples=10)
        test()
        assert test.search.summary.never_reached == told  # type: ignore[attr-defined]
    test = gradient_test(relu, x=(1, 2), examples=10)
    test()
    assert len(test.search.summary.never_reached) == 1  # type: ignore[attr-defined]
    test = gradient_test(relu, derivative=lambda x: x, x=(1, 2), examples=10, folder=None)
    with pytest.raises(GradientCheckError):
        test()
    assert test.search.summary.never_reached == ()  # type: ignore[attr-defined]


def test_who_traces_is_left_alone() -> None:
    seen, before = list[str](), sys.gettrace()

    def trace(frame: Any, event: str, _: Any) -> None:
        seen.append(frame.f_code.co_name)

    sys.settrace(trace)
    try:
        found = never_reached(constant, constant, [1.0])
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)
    assert "constant" in seen or not found
    assert len(found) == (sys.version_info >= (3, 12))
