"""The functions that checkers are measured on: their derivatives are right, and the bugs are bugs."""

import math
import random
from collections import Counter
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import pytest

from benchmarks import check_costs, check_detached
from benchmarks.check_bugs import KINDS, RIGHT, Truth, derivative, family
from benchmarks.check_functions import FUNCTIONS, MP, Function
from benchmarks.check_plain_bugs import BRANCH, Derivative, derivatives, sides
from benchmarks.check_plain_bugs import KINDS as PLAIN_KINDS
from benchmarks.check_plain_functions import PARTS, PLAIN, Plain
from benchmarks.check_plain_rules import ACCEPTED, ALARM, UNRESOLVED, opinions
from benchmarks.check_plain_running import Settings, judged, once, run
from benchmarks.check_points import points
from benchmarks.check_rules import RULES, accepts

EVERY = FUNCTIONS.values()
MINUTE = "minute"  # their differences need many hundred digits


def checked(f: Function, count: int) -> list[tuple[str, float]]:
    return [(kind, x) for kind, x in points(f, count, seed=1) if kind != MINUTE]


@pytest.mark.parametrize("f", EVERY, ids=lambda f: f.name)
def test_a_right_derivative_is_that_of_differences_in_400_digits(f: Function) -> None:
    for kind, x in checked(f, 2):
        if kind == "at a kink":
            continue
        with mpmath.workdps(400):
            at = mpmath.mpf(x)
            step = abs(at) * mpmath.mpf(10) ** -30
            numeric = (f.formula(MP, at + step) - f.formula(MP, at - step)) / (2 * step)
            terms = f.terms(MP, at)
            size = mpmath.mpf(10) ** -300 + sum(map(abs, terms))  # of what may cancel
            assert abs(sum(terms) - numeric) <= 1e-12 * size, (kind, x)


@pytest.mark.parametrize("f", [f for f in EVERY if f.kinks], ids=lambda f: f.name)
def test_at_a_kink_the_derivative_is_that_of_a_side(f: Function) -> None:
    for x in f.kinks:
        truth = Truth(f, x)
        right = derivative(f, RIGHT, MP, mpmath.mpf(x))
        assert min(abs(right - side) for side in truth.sides) <= 1e-12, x


def test_functions_are_the_same_in_floats() -> None:
    for f in EVERY:
        for kind, x in points(f, 4, seed=2):
            if kind == "usual":
                assert math.isclose(f.value(x), f.formula(MP, mpmath.mpf(x)), rel_tol=1e-9), (f, x)


def test_every_kind_of_bug_and_of_point_occurs() -> None:
    bugs: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for f in EVERY:
        for kind, x in points(f, 1, seed=3):
            kinds[kind] += 1
            bugs.update(set(map(family, Truth(f, x).bugs())))
    assert set(bugs) == set(KINDS)
    assert min(bugs.values()) > 20
    assert len(kinds) == 7
    assert min(kinds.values()) > 20


def test_bugs_are_off_and_right_ones_are_not() -> None:
    relu, log = Truth(FUNCTIONS["relu"], 0.0), Truth(FUNCTIONS["x log x"], math.e)
    assert relu.kink
    assert list(relu.bugs()) == ["less 1"]
    assert relu.is_side("wrong branch 1")
    assert "missing term 0" in log.bugs()
    assert not log.is_bug(RIGHT)


def test_a_third_is_held_out_and_points_can_be_had_again() -> None:
    held_out = sum(f.held_out for f in EVERY)
    assert 0.3 < held_out / len(FUNCTIONS) < 0.36
    tan = FUNCTIONS["tan"]
    assert list(points(tan, 3, 0)) == list(points(tan, 3, 0))
    assert not set(points(tan, 3, 0)) & set(points(tan, 3, 1))


FAMILIES = sorted({f.family for f in PLAIN.values()})


def precise(part: Any) -> Any:
    numbers = [mpmath.mpf(float(x)) for x in np.ravel(part)]
    return np.array(numbers, object).reshape(np.shape(part)) if np.ndim(part) else numbers[0]


def results(f: Plain, parts: list[Any]) -> Any:
    return np.ravel(np.array(f.exact(*parts), object))


def exact_jacobian(f: Plain, point: tuple[Any, ...]) -> list[Any]:
    """By differences in 60 digits; a matrix for each input."""
    matrices = []
    for k, part in enumerate(point):
        columns = []
        for i, x in enumerate(np.ravel(part)):
            h = mpmath.mpf(10) ** -20 * (abs(mpmath.mpf(float(x))) or 1)
            moved = []
            for step in (h, -h):
                parts = [precise(each) for each in point]
                if np.ndim(part):
                    parts[k].flat[i] += step
                else:
                    parts[k] += step
                moved.append(results(f, parts))
            columns.append(((moved[0] - moved[1]) / (2 * h)).astype(float))
        matrices.append(np.array(columns).T)
    return matrices


@pytest.mark.parametrize("family", FAMILIES)
def test_plain_functions_and_their_derivatives_are_those_of_mpmath(family: str) -> None:
    for f in PLAIN.values():
        points = f.points(len(f.at) + (4 if f.held_out else 2), 0) if f.family == family else []
        for point in points:
            scalar = len(point) == 1 and np.ndim(point[0]) == 0
            if scalar and point[0] in f.kinks:
                continue
            where = f.name, point
            with mpmath.workdps(60):
                value = results(f, [precise(part) for part in point]).astype(float)
                matrices = exact_jacobian(f, point)
            error = 1e-4 if family == "cancellation" else 1e-9
            room = max(error * np.abs(value).max(), f.noise(point))
            off = np.abs(np.ravel(np.asarray(f.value(*point), float)) - value)
            assert np.all(off <= room), where
            claimed = f.derivative(*point)
            claimed = claimed if isinstance(claimed, tuple) else (claimed,)
            for matrix, own in zip(matrices, claimed, strict=True):
                own = np.asarray(own, float).reshape(matrix.shape)
                room = 1e-12 * np.abs(matrix).max() + 1e-15 * np.abs(value).max() + 1e-19
                few = 1e-6 if family == "float32" else 1e-7
                assert np.all(np.abs(own - matrix) <= few * np.abs(matrix) + room), where


def test_plain_functions_are_many_and_a_third_or_more_of_them_held_out() -> None:
    assert len(PLAIN) >= 450
    assert 0.3 < sum(f.held_out for f in PLAIN.values()) / len(PLAIN) < 0.45
    blind = {f.slope.__module__ for f in PLAIN.values() if f.held_out}
    assert blind == {part.__name__ for part in PARTS if "_blind" in part.__name__}
    assert not blind & {f.slope.__module__ for f in PLAIN.values() if not f.held_out}
    families = {f.family for f in PLAIN.values() if not f.held_out}
    assert {f.family for f in PLAIN.values() if f.held_out} == families


def test_points_of_plain_functions_are_the_same_again() -> None:
    f = PLAIN["math.sin"]
    assert f.points(9, 0) == f.points(9, 0)
    assert f.points(9, 0)[-1] not in f.points(9, 1)
    assert f.points(4, 0) == [(0.0,), (1.0,), (1e-9,), (1e5,)]


def test_bugs_of_plain_functions_are_as_large_as_they_say() -> None:
    kinds: Counter[str] = Counter()
    for f in PLAIN.values():
        point = f.points(len(f.at) + 1, 0)[-1]
        right, *bugs = derivatives(f, point, random.Random(0))
        assert not right.size
        for bug in bugs:
            kinds[bug.kind] += 1
            assert max(bug.size) >= 0.999e-3
            if bug.kind == "1 %":
                np.testing.assert_allclose([x for x in bug.size if x], 0.01, rtol=1e-3)
    assert set(kinds) == set(PLAIN_KINDS)
    relu = PLAIN["relu by max"]
    assert sides(relu, (0.0,)) == (0.0, 1.0 + 1e-9)
    assert BRANCH not in {d.kind for d in derivatives(relu, (0.0,), random.Random(0))}
    assert BRANCH in {d.kind for d in derivatives(relu, (1e-6,), random.Random(0))}


def test_peers_say_of_one_number_what_the_rules_of_the_first_table_say() -> None:
    names = ("math.sin", "pole at 0.3", "times 1e-200", "relu by max", "sin in float32")
    for f in map(PLAIN.__getitem__, names):
        for point in f.points(8, 0):
            peers = opinions(f, point, ("torch", "JAX", "HIPS"))
            for d in derivatives(f, point, random.Random(0)):
                for who, rule in RULES.items():
                    said = accepts(rule, f.value, point[0], float(d.given))
                    assert peers[who](d.given) == (ACCEPTED if said else ALARM), (f.name, d)


def test_peers_tell_bugs_of_arrays() -> None:
    for name in ("layer", "scipy's rosen", "polar to Cartesian"):
        f = PLAIN[name]
        (point,) = f.points(1, 0)
        right, *bugs = derivatives(f, point, random.Random(0))
        for who, says in opinions(f, point, ("differentiate", "torch", "JAX")).items():
            assert says(right.given) == ACCEPTED, (name, who)
            assert all(says(bug.given) == ALARM for bug in bugs if bug.kind == "10 %"), (name, who)
    log = PLAIN["math.log"]
    assert opinions(log, (1e-8,), ("differentiate",))["differentiate"](1e8) == UNRESOLVED


def test_a_plain_function_is_checked_at_its_points_with_bugs_of_one_percent_among_them() -> None:
    checks = run("math.asinh", Settings(points=2, bugs=2, seed=0, peers=False))
    assert [c.kind for c in checks[::3]] == ["right", "right"]
    assert [c.outcome for c in checks] == 2 * [ACCEPTED, ALARM, ALARM]
    assert sum(c.kind == "1 %" for c in checks) == 2
    assert [c.refusing for c in checks] == 3 * [True] + 3 * [False]
    assert all(c.calls > 4 for c in checks)
    assert "1 wrong" in once("math.asinh", "1 %", checks[0].point, refusing=True)


@pytest.mark.parametrize("stated", [None, 1e-3, 0.5])
def test_a_bug_is_accepted_where_it_is_called_right_to_a_smaller_size(stated: float | None) -> None:
    entry = SimpleNamespace(verdict="right", ok=True)
    if stated is not None:
        entry.size = stated
    report = SimpleNamespace(verdict="right", ok=True, entries=[entry])
    accepted = judged(report, Derivative("1 %", 1.0, (0.01,)))
    assert accepted == (UNRESOLVED if stated == 0.5 else ACCEPTED)
    assert judged(report, Derivative("right", 1.0, ())) == ACCEPTED


def test_what_large_checks_cost_is_counted() -> None:
    costs = list(check_costs.many(100)) + list(check_costs.transposed([20]))
    assert len(costs) == 2 * len(check_costs.LARGE) + 1
    assert all(cost.good and cost.calls > 4 for cost in costs), costs


def test_parts_that_left_the_graph_are_counted() -> None:
    told: list[str] = []
    verdicts = check_detached.run(20, 0, told.append)
    assert verdicts["wrong"] > 3
    assert not verdicts["right"]
    assert len(told) == verdicts.total() - verdicts["wrong"]
