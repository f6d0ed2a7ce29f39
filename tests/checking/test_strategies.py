"""Draws of strategies: inside the domain, in its corners, and expressions that are what they print."""

import math
import subprocess
import sys
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.checking import gradcheck
from autograd.checking.domains import Domain
from autograd.rules.elementary import TABLE
from autograd.testing.strategies import arrays, broadcastable, expressions, scalars
from autograd.testing.strategies.expressions import Term

DOMAINS = [
    Domain(-math.inf, math.inf), Domain(0.0, math.inf), Domain(-math.inf, -3.0), Domain(0.0, 5.0),
    Domain(-1.0, 1.0, closed=True), Domain(1e6, 2e6), Domain(0.3, 0.4), Domain(1.0, 1 + 1e-13),
    Domain(0.0, 1e-20), Domain(1e15, math.inf),
]  # fmt: skip
every_domain = pytest.mark.parametrize("domain", DOMAINS, ids=str)


def drawn(
    strategy: st.SearchStrategy[Any], *more: st.SearchStrategy[Any], examples: int = 200
) -> list[Any]:
    """Examples that a campaign draws, the same every time."""
    found: list[Any] = []

    @settings(max_examples=examples, database=None, derandomize=True, phases=[Phase.generate])
    @given(st.tuples(strategy, *more) if more else strategy)
    def draw(x: Any) -> None:
        found.append(x)

    draw()
    return found


@every_domain
def test_scalars_are_inside(domain: Domain) -> None:
    found = drawn(scalars(domain.low, domain.high, closed=domain.closed), examples=80)
    assert all(x in domain for x in found)
    assert len(set(found)) > 10


def test_scalars_are_in_the_corners() -> None:
    found = drawn(scalars(), scalars())
    xs = [x for x, _ in found]
    assert {0.0, 1.0, -1.0} <= set(xs)
    assert any(x == y != 0 for x, y in found), "arguments tie"
    assert max(map(abs, xs)) <= 1e12
    assert min(abs(x) for x in xs if x) >= 1e-12


@pytest.mark.parametrize(
    "corner",
    [
        lambda x: 0 < abs(x) < 1e-5,
        lambda x: abs(x) > 1e5,
        lambda x: 0 < abs(x - 1) < 1e-3,
        lambda x: 0 < abs(x + 1) < 1e-3,
    ],
)
def test_scalars_come_close_to_and_far_from(corner: Any) -> None:
    assert corner(find(scalars(), corner))


def test_the_ends_are_drawn_where_the_interval_is_closed() -> None:
    assert {0.25, 4.25} <= set(drawn(scalars(0.25, 4.25, closed=True)))


@pytest.mark.parametrize(("low", "high"), [(5, 0), (1, 1), (0, math.nan), (math.inf, -math.inf)])
def test_an_empty_interval_is_refused(low: float, high: float) -> None:
    with pytest.raises(
        ValueError, match=r"^domain: got the interval \(.*which is empty; it needs low < high$"
    ):
        scalars(low, high)


@every_domain
@settings(max_examples=30)
@given(n=st.integers(10, 300), seed=st.integers(0, 99))
def test_a_sample_leaves_no_gap(domain: Domain, n: int, seed: int) -> None:
    low, high = domain.usual
    n *= len(domain.spans)
    sample = domain.evenly(n, Random(seed))
    assert all(x in domain for x in sample)
    part = (high - low) / (n // len(domain.spans))
    if part > max(1e-9 * abs(low), domain.sizes[0]):
        within = sorted([low, *(x for x in sample if low < x < high), high])
        assert max(y - x for x, y in pairwise(within)) <= 1.51 * part
    extremes = domain.simple + domain.extremes(n, Random(seed))
    assert all(x in domain for x in extremes)
    assert len(extremes) >= min(n, 10) / 2 or not domain.rays


def test_arrays_have_every_number_of_axes_and_sizes_0_and_1() -> None:
    found = drawn(arrays(elements=(0, 5)), examples=100)
    assert {t.ndim for t in found} == {0, 1, 2, 3}
    assert {0, 1} < {n for t in found for n in t.shape}
    assert all(((t > 0) & (t < 5)).all() and t.dtype == np.float64 for t in found)
    assert any(t.size > len(np.unique(t)) > 1 for t in found), "elements tie"
    halves = drawn(arrays((2,), (0, 0.1), dtype=np.float32), examples=50)
    assert all(t.dtype == np.float32 and ((t > 0) & (t < 0.1)).all() for t in halves)
    assert all(min(t.shape, default=1) >= 1 for t in drawn(arrays(least=1), examples=50))


def test_broadcastable_arrays_have_shapes_that_differ_and_fit() -> None:
    found = drawn(broadcastable((0, 1), (2, 3), (4, 5)), examples=60)
    for t in found:
        np.broadcast_shapes(*(x.shape for x in t))
    assert sum(len({x.shape for x in t}) > 1 for t in found) > 5
    assert all((k < x).all() and (x < k + 1).all() for t in found for k, x in zip((0, 2, 4), t))


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(expressions(("x", "y", "z")))
def test_an_expression_is_what_it_prints(e: Any) -> None:
    expected = e(*e.point)
    source = eval(repr(e), {"ag": ag})
    assert source(*e.point) == expected
    xs = [ag.Value(x) for x in e.point]
    node, other = e(*xs), source(*xs)
    if not isinstance(node, ag.Value):  # a choice between two equal constants
        assert node == other == expected
        return
    assert node.data == pytest.approx(expected, rel=1e-9)
    assert e(*(ag.Tensor([x, x]) for x in e.point)).data == pytest.approx(expected, rel=1e-9)
    assert e(*(np.array([x]) for x in e.point)) == pytest.approx(expected, rel=1e-9)
    assert len(ag.draw(node).graph) == len(ag.draw(other).graph), "the same parts are shared"


@pytest.mark.filterwarnings("ignore::autograd.LostGradientWarning")
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(expressions(depth=3))
def test_the_gradient_of_an_expression_is_right_at_its_point(e: Any) -> None:
    assert e.outside(*e.point) == ""
    slopes = ag.grad(e, argnums=(0, 1))(*e.point)
    assume(all(g == 0.0 or abs(g) > 1e-290 for g in slopes))  # of what underflows nobody can tell
    assert gradcheck(e, *e.point).verdict == "right"


def test_expressions_cover_the_table_and_share_parts() -> None:
    found = drawn(expressions())
    assert len({step.op for e in found for step in e.steps}) > 30
    assert sum(":=" in repr(e) for e in found) > 5
    choosing = drawn(expressions(operations=["where", "add"]))
    assert sum("ag.where(" in repr(e) for e in choosing) > 5


def test_expressions_shrink_to_the_smallest() -> None:
    def uses(op: str) -> Any:
        return lambda e: any(step.op == op for step in e.steps)

    def smallest(expressions: Any, condition: Any) -> Any:  # at random one in ten stops early
        return find(expressions, condition, settings=settings(derandomize=True))

    assert repr(smallest(expressions(), lambda e: True)) == "lambda x, y: x"
    assert repr(smallest(expressions("x"), uses("exp"))) == "lambda x: ag.exp(x)"
    found = smallest(expressions("x", operations=["sin", "mul"]), uses("mul"))
    assert repr(found) == "lambda x: x * x"


def test_expressions_say_where_they_are_outside() -> None:
    steps = [Term("sub", (0, 1)), Term("log", (2,)), Term("where", (0, 1, 3, 0)), Term("abs", (4,))]
    from autograd.testing.strategies import Expression

    e = Expression("xy", steps, 5, (3.0, 1.0))
    assert repr(e) == "lambda x, y: ag.abs(ag.where(x < y, ag.log(x - y), x))"
    assert e.outside(3.0, 1.0) == ""
    assert e.outside(1.0, 3.0) == "log(-2.0): outside its domain or close to its end"
    assert e.outside(1e-5, -1.0) == "abs(1e-05): close to a kink or a pole"
    with pytest.raises(TypeError, match=r"expression: got 1 arguments; it needs 2 \(x, y\)"):
        e(1.0)


def test_signs_are_bracketed_as_python_needs() -> None:
    from autograd.testing.strategies import Expression

    steps = [
        Term("", (), -1.0), Term("sub", (1, 2)), Term("sub", (0, 3)), Term("neg", (4,)), Term("pow", (5, 2)),
        Term("pow", (0, 6)), Term("pow", (7, 1)), Term("mul", (8, 3)), Term("div", (0, 9)), Term("neg", (10,)),
    ]  # fmt: skip
    e = Expression("xy", steps, 11, (2.0, 3.0))
    assert eval(repr(e), {"ag": ag})(2.0, 3.0) == e(2.0, 3.0)
    assert "x - " in repr(e)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expressions(()), r"expressions: got \(\), depth 4; it needs variables"),
        (
            lambda: expressions("x", operations=["sine"]),
            "expressions: got 'sine'; the table has no such",
        ),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_operations_can_be_chosen() -> None:
    for e in drawn(expressions("x", operations=["sin", "floor"], depth=2), examples=50):
        assert {step.op for step in e.steps} <= {"sin", "floor", ""}
    assert "floor" in TABLE


def test_hypothesis_is_needed_only_where_it_is_used() -> None:
    code = """
import sys
import autograd as ag
assert "hypothesis" not in sys.modules
sys.modules["hypothesis"] = None  # as if it were not installed
assert ag.gradcheck(ag.sin, 1.0).ok
for load in ("from autograd.testing import gradient_test", "import autograd.testing.strategies"):
    try:
        exec(load)
    except ImportError as error:
        assert "pip install chainrule[check]" in str(error), error
    else:
        raise SystemExit(load)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_names_that_have_moved_are_handed_on_with_a_warning() -> None:
    from autograd import checking, testing

    with pytest.warns(
        DeprecationWarning, match=r"^autograd\.checking\.gradient_test is autograd\.t"
    ):
        assert checking.gradient_test is testing.gradient_test
    with pytest.warns(
        DeprecationWarning, match=r"checking\.strategies is autograd\.testing\.strat"
    ):
        from autograd.checking.strategies import scalars as old
    assert old is scalars
    with pytest.raises(AttributeError, match="has no attribute 'gradient_tests'"):
        _ = checking.gradient_tests
