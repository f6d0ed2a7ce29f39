"""Operations with a pullback of one's own, functions that are computed once more, and anomalies."""

import copy
import math
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.checking import GradientCheckError

pytestmark = pytest.mark.both


@ag.custom_vjp(lambda g, z, x, y: (g * z * y, g * z * x), check=True)
def exp_of_product(x: float, y: float) -> float:
    return math.exp(x * y)


def test_a_derivative_by_hand_is_used_in_every_order() -> None:
    def by_hand(x: Any, y: Any) -> Any:
        return exp_of_product(x, y) * x

    def by_table(x: Any, y: Any) -> Any:
        return ag.exp(x * y) * x

    both = (0, 1)
    assert exp_of_product(0.5, 2.0) == math.exp(1.0), "of numbers it is what it was"
    assert exp_of_product.__name__ == "exp_of_product"
    for transform in (ag.grad, ag.hessian):
        np.testing.assert_allclose(
            transform(by_hand, both)(0.5, 2.0), transform(by_table, both)(0.5, 2.0), rtol=1e-14
        )
    x = Value(0.5, name="x")
    y = exp_of_product(x, 2.0)
    assert (y.op, y.operands, y.parents) == ("exp_of_product", (x, 2.0), (x,))
    y.backward()
    assert x.grad == pytest.approx(2 * math.e)
    assert "exp_of_product" in ag.draw(y).dot
    assert copy.deepcopy(y).operands[1] == 2.0
    slope = ag.gradients(y, x, create_graph=True)
    x.data = 1.0
    with pytest.raises(ValueError, match="data that exp_of_product was computed from"):
        ag.gradients(y, x, create_graph=True)
    assert slope.data == pytest.approx(2 * math.e)
    with ag.no_grad():
        assert exp_of_product(x, 2.0).parents == ()


def test_of_arrays() -> None:
    @ag.custom_vjp(lambda g, z, x, k: (g * 2 * x * k, None), check=True)
    def scaled_square(x: Any, k: Any) -> Any:
        return x * x * k

    t = Tensor([1.0, 2.0, 3.0])
    (scaled_square(t, 2.0) * np.array([1.0, 10.0, 100.0])).sum().backward()
    np.testing.assert_array_equal(t.grad, [4.0, 80.0, 1200.0])
    ints = ag.custom_vjp(lambda g, z, x: g * 0)(np.sign)
    assert ints(Tensor([2.0])).dtype == np.float64


def test_a_wrong_pullback_is_found_when_asked() -> None:
    wrong = ag.custom_vjp(lambda g, z, x: 3 * g * x, check=True)(lambda x: x * x)
    for x in (Value(2.0), Tensor([1.0, 2.0])):
        with pytest.raises(GradientCheckError, match="wrong: analytic 6, numeric 4"):
            wrong(x)
        with ag.no_grad():
            wrong(x)
    unasked = ag.custom_vjp(lambda g, z, x: 3 * g * x)(lambda x: x * x)
    assert ag.grad(unasked)(2.0) == 6.0


@pytest.mark.parametrize(
    ("pullback", "f", "message"),
    [
        (
            lambda g, z, x: (g, g),
            lambda x: x,
            r"the pullback gave tuple \(1.0, 1.0\) for 1 operand",
        ),
        (lambda g, z, x: g, lambda x: "text", "got str 'text' where a number must be"),
        (lambda g, z, x: "text", lambda x: x, "got str 'text' where a number must be"),
        (lambda g, z, x: g, lambda x: None, "it returned None; it must return"),
    ],
)
def test_refusals(pullback: Any, f: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        ag.custom_vjp(pullback)(f)(Value(1.0))
    with pytest.raises(TypeError, match="custom_vjp: got int 3"):
        ag.custom_vjp(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="it must return a real array"):
        ag.custom_vjp(lambda g, z, x: g)(lambda x: "text")(Tensor(1.0))


@pytest.mark.parametrize("of", [Value, Tensor])
def test_checkpoint_gives_the_same_derivatives(of: Any) -> None:
    def block(x: Any, w: Any) -> Any:
        return [ag.tanh(x * w) * outside, x + 1.0, *[2.0] * (of is Value)]

    def program(x: Any, w: Any, block: Any) -> Any:
        v = w * x  # an argument that depends on another, and on what is outside
        a, b, *c = block(v * outside, w)
        return a * b * (c[0] if c else 2.0) + ag.exp(-a) * w

    outside = of(0.7)
    found = []
    for each in (block, ag.checkpoint(block)):
        x, w = of(0.5), of(1.5)
        outside.zero_grad()
        y = program(x, w, each)
        y.backward()
        first = [v.grad for v in (x, w, outside)]
        graphs = ag.gradients(y, [x, w, outside], create_graph=True)
        second = [ag.gradients(g, [x, w, outside]) for g in graphs]
        found.append([float(y.data), *map(float, first), *np.ravel(second)])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-13)
    nodes = ag.checkpoint(block)(of(0.1), 2.0)
    assert [len(node.parents) for node in nodes[:2]] == [2, 2], "nothing of the inside is kept"
    with ag.no_grad():
        assert ag.checkpoint(block)(of(0.1), 2.0)[0].parents == ()


def test_checkpoint_sees_keywords_and_the_variables_of_other_functions() -> None:
    by_closure = lambda w: ag.checkpoint(lambda x: x * w * w)(3.0)  # noqa: E731
    by_keyword = lambda w: ag.checkpoint(lambda x, w: x * w * w)(3.0, w=w)  # noqa: E731
    for f in (by_closure, by_keyword):
        assert (ag.grad(f)(2.0), ag.grad(ag.grad(f))(2.0), ag.hessian(f)(2.0)) == (12.0, 6.0, 6.0)
    inner = lambda w: ag.sum(ag.checkpoint(lambda x: x * w * w)(Tensor([3.0])))  # noqa: E731
    np.testing.assert_array_equal(ag.hessian(inner)(np.array([2.0])), [[6.0]])
    a = Tensor([2.0])
    b = a * 3
    ag.checkpoint(lambda x, k: x * k)(Tensor([5.0]), k=b).sum().backward()
    assert (b.grad, a.grad) == (5.0, 15.0)


def test_shares_that_are_none_or_numbers() -> None:
    by_one = ag.custom_vjp(lambda g, z, x, y: (g * y, None))(lambda x, y: x * y)
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    by_one(x, y).sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 4.0])
    np.testing.assert_array_equal(y.grad, [0.0, 0.0])
    slopes = ag.gradients(by_one(x, y).sum(), [x, y], create_graph=True)
    np.testing.assert_array_equal(slopes[1].data, [0.0, 0.0])
    total = ag.custom_vjp(lambda g, z, x: g * 3)(lambda x: np.sum(x) * 3)
    np.testing.assert_array_equal(ag.grad(total)(np.array([1.0, 2.0])), [3.0, 3.0])
    with ag.no_grad():
        assert total(x).parents == ()


def test_a_share_may_be_an_array_that_is_somebody_elses() -> None:
    half_square = ag.custom_vjp(lambda g, z, x: x)(lambda x: np.sum(x * x) / 2)
    t = ag.Tensor([1.0, 2.0])
    half_square(t).backward()
    t.grad += 1
    np.testing.assert_array_equal(t.data, [1.0, 2.0])


def test_checkpoint_of_tensors_computes_again() -> None:
    calls = []
    W = Tensor(np.linspace(-1, 1, 9).reshape(3, 3))

    def layer(x: Any) -> Any:
        calls.append(1)
        return ag.tanh(x @ W)

    x = Tensor([1.0, 2.0, 3.0])
    gradients = []
    for each in (layer, ag.checkpoint(layer)):
        W.zero_grad()
        x.zero_grad()
        y = each(each(x)).sum()
        y.backward()
        gradients.append((x.grad, W.grad))
    for a, b in zip(*gradients):
        np.testing.assert_allclose(a, b, rtol=1e-14)
    assert len(calls) == 2 + 2 + 2
    y = ag.checkpoint(layer)(x).sum()
    W.data = W.data * 2
    with pytest.raises(ValueError, match="what layer uses has been changed"):
        y.backward()


def test_lines_are_recorded_when_asked() -> None:
    x = Value(2.0)
    assert x.line is None
    with ag.record_lines():
        y, z = ag.sum([x * x, 1.0]), x.exp() + Value(1.0)
        t = ag.exp(Tensor([1.0]))
    nodes = [y, y.parents[0], z, *z.parents, t]
    assert {node.line[0] for node in nodes} == {__file__}
    assert len({node.line[1] for node in nodes}) == 2
    assert (x * x).line is None


def no_slope_at_1(x: Any) -> Any:
    return ag.sqrt(x - 1.0)


ANOMALIES: list[tuple[Any, str]] = [
    (lambda: ag.log(Value(0.0, name="p")) * 2, r"log\(p=0.0\) gave -inf, at .*test_custom.py:\d+"),
    (lambda: Value(1e308) * 10.0, r"mul\(1e\+308, 10.0\) gave inf"),
    (lambda: no_slope_at_1(Value(1.0, name="x")), r"the derivative of sqrt\(0.0\) by operand 1 gave inf, and so the gradient of x=1.0, at .*test_custom.py:"),
    (lambda: Value(math.nan, name="w") * 2, "the leaf w=nan is not finite"),
    (lambda: ag.sum(ag.sqrt(Tensor([1.0, 0.0], name="t"))), r"sqrt\(t=array of shape \(2,\)\) by operand 1 gave inf at \[1\], 1 of 2 elements, and so the gradient of t=array"),
    (lambda: (lambda x: x * 1e308 + x * 1e308)(Value(0.5)), "the sum of the gradients of 0.5 overflowed"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "message"), ANOMALIES)
def test_anomalies_are_traced_to_where_they_arose(program: Any, message: str) -> None:
    with ag.detect_anomaly():
        y = program()
        leaves = [y]
        with pytest.raises(FloatingPointError, match=f"^detect_anomaly: .*{message}"):
            y.backward()
        while leaves[-1].parents:
            leaves.append(leaves[-1].parents[0])
        assert not any(node.has_grad for node in leaves), "nothing was written"
    with np.errstate(all="ignore"):
        y.backward()


def test_what_does_no_harm_is_no_anomaly() -> None:
    with ag.detect_anomaly():
        x = Value(0.0)
        ag.where(x > 0, ag.log(x), x * x + 1).backward()
        t, z = Tensor([0.0, 4.0]), Tensor([1.0, 0.0])
        with np.errstate(all="ignore"):
            ag.where(t > 0, ag.sqrt(t), 0.0).sum().backward()
            with pytest.raises(FloatingPointError, match=r"div\(.*\) gave inf at \[1\]"):
                (ag.where(t > 0, ag.log(t), 0.0) / z).sum().backward()
        np.testing.assert_array_equal(t.grad, [0.0, 0.25])
        with pytest.raises(FloatingPointError, match="sqrt"):
            ag.jacobian(lambda x: [ag.sqrt(x)])(0.0)
        with pytest.raises(FloatingPointError, match="div"):
            ag.grad(lambda t: 1 / t)(0.0)
    assert ag.grad(lambda t: 1 / t)(0.0) == -math.inf

    @ag.detect_anomaly()
    def f() -> float:
        return ag.grad(ag.log)(0.0)

    with pytest.raises(FloatingPointError, match="log"):
        f()


SHARES: list[tuple[Any, str]] = [
    (np.ones(2), r"a share of shape \(2,\) for an operand of shape \(3,\)"),
    (np.ones((2, 3)), r"a share of shape \(2, 3\) for an operand of shape \(3,\)"),
    (np.ones((1, 3)), r"a share of shape \(1, 3\) for an operand"),
    (np.ones(0), r"a share of shape \(0,\) for an operand"),
    ("text", "the pullback returned str 'text'; it must return a real array"),
    (1j * np.ones(3), "it must return a real array"),
    (([None, None, None],), "it must return a real array"),
    (([[1.0], [1.0, 2.0]],), "it must return a real array"),
    ((np.ones(3), np.ones(3)), "the pullback gave tuple"),
    ((), "the pullback gave tuple"),
]


@pytest.mark.parametrize(("share", "message"), SHARES)
@pytest.mark.parametrize("way", ["backward", "released", "where", "graph"])
def test_shares_that_do_not_fit_are_refused(share: Any, message: str, way: str) -> None:
    f = ag.custom_vjp(lambda g, z, x: share)(lambda x: 2.0 * x)
    x = Tensor(np.ones(3))
    y = f(x)
    y = ag.where(x > 0.0, y, x) if way == "where" else y
    total = y.sum()
    with pytest.raises((TypeError, ValueError), match=message):
        ag.gradients(total, x, create_graph=True) if way == "graph" else total.backward(
            release=way == "released"
        )
    assert not x.has_grad


@pytest.mark.parametrize(
    "share", [2.0, 2, np.float32(2.0), np.array(2), ([2.0] * 3,), np.full(3, 2)]
)
def test_shares_may_be_numbers_and_of_other_real_types(share: Any) -> None:
    f = ag.custom_vjp(lambda g, z, x: share)(lambda x: 2.0 * x)
    for dtype in (np.float64, np.float32):
        x = Tensor(np.ones(3, dtype))
        f(x).sum().backward()
        np.testing.assert_array_equal(x.grad, [2.0] * 3)
        assert x.grad.dtype == dtype
        g = ag.gradients(f(x).sum(), x, create_graph=True)
        np.testing.assert_array_equal(g.data, [2.0] * 3)


@pytest.mark.parametrize("way", ["backward", "where", "graph"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_share_too_few_or_too_many_loses_no_gradient(way: str, count: int) -> None:
    """Not only of custom operations: any rule may forget one."""
    x, y = Tensor(np.ones(3)), Tensor(np.ones(3))
    z = x * y
    z._pull = lambda g, *_: [g] * count

    class Row:
        name = "forgetful"

        def shares(self, node: Any, g: Any) -> Any:
            return [g] * count

    if way == "graph":
        z._row = Row()  # type: ignore[assignment]
    total = (ag.where(x.data > 0.0, z, z) if way == "where" else z).sum()
    with pytest.raises(TypeError, match=rf"gave {count} shares of the gradient; it needs one"):
        ag.gradients(total, [x, y], create_graph=True) if way == "graph" else total.backward()


def test_an_operation_that_was_not_chosen_gives_nothing() -> None:
    """Not even the nan that its pullback makes of 0."""
    rate = ag.custom_vjp(lambda g, z, x: g * np.inf)(np.sqrt)
    x = Tensor([0.0, 4.0])
    y = ag.where(np.array([False, False]), rate(x), 2.0 * x)
    with np.errstate(all="ignore"):
        ag.sum(y).backward()
        assert x.grad.tolist() == [2.0, 2.0]
        graph = ag.gradients(ag.sum(y), x, create_graph=True)
    assert graph.data.tolist() == [2.0, 2.0]
