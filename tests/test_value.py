"""Value: a graph of scalars."""

import gc
import inspect
import math
import operator
import signal
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Value
from tests.threads import at_once

pytestmark = pytest.mark.both

FINITE = st.floats(-10, 10)


def test_the_neuron_of_the_demo() -> None:
    from demos.neuron import neuron

    o, inputs = neuron()
    assert o.data == pytest.approx(math.sqrt(0.5))
    assert [v.grad for v in inputs] == pytest.approx([-1.5, 0.5, 1.0, 0.0, 0.5])


def test_a_reused_node_gets_every_share() -> None:
    a = Value(3.0)
    b = a + a
    c = b * b + b
    c.backward()
    assert a.grad == 2 * (2 * 6 + 1)
    assert b.parents == (a, a)


def test_a_second_pass_adds_to_leaves_and_starts_others_anew() -> None:
    x = Value(3.0)
    y = x * x
    z = y * x
    z.backward()
    assert (x.grad, y.grad) == (27.0, 3.0)
    z.backward()
    assert (x.grad, y.grad) == (54.0, 3.0)
    x.zero_grad()
    assert x.grad == 0.0
    assert not x.has_grad
    z.backward(seed=0.5)
    assert x.grad == 13.5
    x.backward()
    assert x.grad == 14.5


@given(
    st.recursive(st.sampled_from("xy"), lambda e: st.tuples(st.sampled_from("+-*m"), e, e)),
    FINITE,
    FINITE,
)
def test_random_graphs_against_dual_numbers(expression: Any, x: float, y: float) -> None:
    """Forward mode, written independently: pairs of a value and its two derivatives."""

    def dual(e: Any) -> tuple[float, float, float]:
        if isinstance(e, str):
            return (x, 1.0, 0.0) if e == "x" else (y, 0.0, 1.0)
        (a, ax, ay), (b, bx, by) = dual(e[1]), dual(e[2])
        if e[0] == "*":
            return math.tanh(a) * b, *(
                (1 - math.tanh(a) ** 2) * da * b + math.tanh(a) * db
                for da, db in ((ax, bx), (ay, by))
            )
        if e[0] == "m":
            s, t = (1, 0) if a > b else (0, 1) if a < b else (0.5, 0.5)
            return max(a, b), s * ax + t * bx, s * ay + t * by
        sign = 1 if e[0] == "+" else -1
        return a + sign * b, ax + sign * bx, ay + sign * by

    leaves = {"x": Value(x), "y": Value(y)}
    known: dict[int, Value] = {}

    def build(e: Any) -> Value:
        if isinstance(e, str):
            return leaves[e]
        if id(e) not in known:
            a, b = build(e[1]), build(e[2])
            known[id(e)] = {
                "+": lambda: a + b, "-": lambda: a - b, "*": lambda: ag.tanh(a) * b,
                "m": lambda: ag.maximum(a, b),
            }[e[0]]()  # fmt: skip
        return known[id(e)]

    z = build(expression)
    z.backward()
    value, *slopes = dual(expression)
    assert z.data == value
    found = [leaves["x"].grad, leaves["y"].grad]
    assert found == pytest.approx(slopes, rel=1e-9, abs=1e-9 * max(1, abs(value)))


BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod,
    operator.floordiv,
]  # fmt: skip
NUMBERS = [2, 2.0, True, np.float64(2), np.float32(2), np.int64(2), np.bool(True)]


@pytest.mark.parametrize("factor", [2.0, math.inf, math.nan])
@pytest.mark.parametrize("seed", [1.0, 0.0, -0.0, 5e-324, math.inf, math.nan])
def test_the_gradient_of_the_result_is_the_seed_to_the_last_bit(seed: float, factor: float) -> None:
    y = Value(0.0) * factor
    y.backward(seed)
    assert repr(y.grad) == repr(seed)


@pytest.mark.parametrize("op", BINARY)
@pytest.mark.parametrize("c", NUMBERS, ids=lambda c: type(c).__name__)
def test_every_operator_with_every_number_on_either_side(op: Any, c: Any) -> None:
    x = Value(3.0)
    for z, expected in ((op(x, c), op(3.0, float(c))), (op(c, x), op(float(c), 3.0))):
        assert type(z) is Value
        assert z.data == expected
        assert z.parents == (x,), "a constant is no node"
        assert len(z.operands) == 2
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        for y in (c, Value(c)):
            assert compare(x, y) is compare(3.0, float(c))
            assert compare(y, x) == compare(float(c), 3.0)


def test_functions_of_lists_take_their_elements_one_by_one() -> None:
    x = Value(3.0)
    assert np.sin(x).parents == (x,)
    of_value, of_number = ag.tanh([x, 0.5])
    assert (of_value.data, of_number) == (math.tanh(3.0), math.tanh(0.5))


def test_it_behaves_as_a_number() -> None:
    x = Value(2.5, name="x")
    assert f"{x:.3f}" == "2.500"
    assert repr(x) == "Value(data=2.5, grad=0.0, name='x')"
    assert (bool(x), bool(Value(0.0))) == (True, False)
    assert (+x is x, (-x).data, abs(-x).data) == (True, -2.5, 2.5)
    assert max(x, Value(1.0), 2) is x
    assert (x == Value(2.5), x != Value(2.5), x == "2.5") == (True, False, False)
    assert len({x, Value(2.5)}) == 2, "the hash is that of the object"
    assert Value(Fraction(1, 2)).data == (Value(0.0) + Fraction(1, 2)).data == 0.5
    with pytest.raises(ValueError, match="only a leaf can get new data"):
        (x * x).data = 1.0
    with pytest.raises(TypeError, match=r"positional argument|takes no arguments"):
        x.sqrt(1)  # type: ignore[call-arg]
    assert str(inspect.signature(ag.leaky_relu)) == "(x, slope=0.01, /)"
    d = (x * x).detach()
    assert (d.data, d.parents, d.op) == (6.25, (), "")
    assert ((x * x).op, ag.tanh(x).op) == ("mul", "tanh")


def test_where_has_an_edge_to_the_chosen_operand_only() -> None:
    x, y = Value(2.0), Value(3.0)
    assert ag.where(x > 1, x, y).parents == (x,)
    z = ag.where(x < 1, x, 7)
    assert (z.data, z.parents, z.op) == (7.0, (), "where")
    z.backward()
    assert not x.has_grad


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda x: Value("a"), TypeError, "got str 'a'; a Value needs a real number"),
        (lambda x: Value(None), TypeError, "got None; a Value needs a real number"),
        (lambda x: Value(1j), TypeError, "got complex 1j; a Value needs a real number"),
        (lambda x: Value([1]), TypeError, r"got list \[1\]; a Value needs a real number"),
        (lambda x: Value(x), TypeError, "got a Value where a number is needed: use x.data"),
        (lambda x: x + "a", TypeError, "unsupported operand"),
        (lambda x: None * x, TypeError, "unsupported operand"),
        (lambda x: x < "a", TypeError, "not supported between"),
        (lambda x: x**1j, TypeError, "unsupported operand"),
        (lambda x: math.exp(x), TypeError, "would drop the gradient: use x.data"),
        (lambda x: np.float64(x), TypeError, "would drop the gradient: use x.data"),
        (lambda x: ag.exp("a"), TypeError, "exp: got str 'a'; it needs real numbers"),
        (lambda x: ag.maximum(x, None), TypeError, "^maximum: got None; it needs real"),
        (lambda x: Value(1.0, name=3), TypeError, "^name: got int; it must be a string"),
        (lambda x: x.backward("a"), TypeError, "got str 'a'"),
        (lambda x: np.invert(x), TypeError, "^invert: it does not know Values and Tensors; use x.data; the gradient ends there"),
        (lambda x: ag.exp([x, [x]]), TypeError, "^exp: got a ragged list"),
        (lambda x: ag.sum([x, "a"]), TypeError, "sum: got str 'a'; it needs real numbers"),
        (lambda x: ag.sum("a"), TypeError, "^sum: got str 'a'; it needs real numbers"),
        (lambda x: ag.sum([x, x], axis=3), ValueError, "axis 3 is out of bounds"),
        (lambda x: ag.gradients(x, x, seed="2", create_graph=True), TypeError, "got str '2'"),
        (lambda x: ag.max([]), ValueError, "zero-size|at least"),
        (lambda x: ag.dot([x], [1.0, 2.0]), ValueError, r"^dot: got shapes \(1,\) and \(2,\)"),
        (lambda x: ag.gradients(x, 1.0), TypeError, "^gradients: got float 1.0; it needs Values"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong(Value(1.0))
    assert "\n" not in str(caught.value)


def test_a_deep_graph_is_built_swept_and_released_without_recursion() -> None:
    x = Value(1.0)
    gc.disable()
    try:
        held = sys.getrefcount(x)
        y = x
        for _ in range(1_000_000 if ag.core == "c" else 200_000):
            y = y + 1e-9
        assert sys.getrefcount(x) > held, "the first node has x for its operand"
        y.backward()
        assert x.grad == 1.0
        del y
        assert sys.getrefcount(x) == held, "memory goes by reference count, down to the first node"
    finally:
        gc.enable()


class InterruptError(Exception):
    pass


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_an_interrupted_pass_is_complete_or_has_not_begun() -> None:
    if sys.gettrace():
        pytest.skip("the interrupt may hit what measures coverage, and leave its lock locked")

    def interrupt(*_: Any) -> None:
        raise InterruptError

    leaves = [Value(float(i)) for i in range(300)]
    middle = [x * 2.0 for x in leaves]
    z = middle[0]
    for m in middle[1:]:
        z = z + m
    before = signal.signal(signal.SIGALRM, interrupt)
    interrupted, passes = 0, 0
    try:
        for i in range(200):
            try:
                try:
                    signal.setitimer(signal.ITIMER_REAL, 1e-5 * (1 + i % 70))
                    for _ in range(100):
                        z.backward()
                finally:  # where the signal may come too
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except InterruptError:
                interrupted += 1
            grads = {x.grad for x in leaves}
            assert len(grads) == 1, "all leaves have the same number of passes"
            assert {m.grad for m in middle} <= {0.0, 1.0}
            passes = max(passes, int(grads.pop()))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 100
    for x in leaves:
        x.zero_grad()
    z.backward()
    assert {x.grad for x in leaves} == {2.0}


def test_threads_may_sweep_graphs_that_share_leaves() -> None:
    x = Value(2.0)

    def work(_: int) -> float:
        y = x * 1.0
        for _ in range(200):
            y = y + x
        adjoint = y * 1.0
        adjoint.backward()
        return y.grad

    assert at_once(work) == [1.0] * 4


def test_names_go_with_their_values() -> None:
    x = Value(1.0, name="x")
    y = Value(1.0, name="y")
    assert (x.name, y.name) == ("x", "y"), "equal numbers, different nodes"
    x.name = None
    assert (x.name, y.name) == (None, "y")


@pytest.mark.parametrize("kind", [Value, ag.Tensor])
def test_attributes_of_a_graph_say_what_they_are(kind: type) -> None:
    for name in ("parents", "operands", "row", "op", "level", "data", "grad", "name"):
        assert getattr(kind, name).__doc__, name
        assert "attrgetter" not in getattr(kind, name).__doc__
