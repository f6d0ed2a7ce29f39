"""L-BFGS: how far it goes, what it moves, and what it refuses."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from nn.lbfgs import LBFGS
from tests.nn.test_optim import BOTTOM, bowl


def _rosenbrock(x: Any) -> Any:
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(3))


def _closure(f: Callable[[], Any]) -> Callable[[], Any]:
    def closure() -> Any:
        y = f()
        y.backward()
        return y

    return closure


START_OF_ROSENBROCK = [-1.2, 1.0, 0.3, -0.5]


def test_lbfgs_minimises_to_many_digits() -> None:
    """Rosenbrock's valley in four dimensions, the same way with Values and Tensors."""
    x, values = Tensor(START_OF_ROSENBROCK), [Value(x) for x in START_OF_ROSENBROCK]
    ways = []
    for parameters, point in (([x], x), (values, values)):
        optimizer = LBFGS(parameters)
        closure = _closure(lambda point=point: _rosenbrock(point))
        losses = [optimizer.step(closure) for _ in range(8)]
        assert losses == sorted(losses, reverse=True)
        assert losses[-1] < 1e-16
        ways.append(losses)
    np.testing.assert_allclose(x.data, 1.0, rtol=0, atol=1e-8)
    np.testing.assert_allclose([v.data for v in values], 1.0, rtol=0, atol=1e-8)
    np.testing.assert_allclose(ways[0][0], ways[1][0], rtol=1e-9)
    assert not x.has_grad


def test_lbfgs_goes_as_far_as_it_is_told() -> None:
    one, many = (
        LBFGS([x], n).step(_closure(lambda x=x: _rosenbrock(x)))
        for x, n in ((Tensor(START_OF_ROSENBROCK), 1), (Tensor(START_OF_ROSENBROCK), 10))
    )
    assert _rosenbrock(START_OF_ROSENBROCK) > one > many > 0.1


def test_lbfgs_moves_float32_and_leaves_alone_what_the_loss_does_not_need() -> None:
    x, spare, y = Tensor([3.0], np.float32), Tensor([0.1, 0.2], np.float32), Value(3.0)
    LBFGS([x, spare, y], 50).step(_closure(lambda: bowl(x, y).sum()))
    np.testing.assert_allclose([x.item(), y.data], BOTTOM, rtol=1e-5)
    np.testing.assert_array_equal(spare.data, np.array([0.1, 0.2], np.float32))
    assert x.dtype == spare.dtype == np.float32


def test_lbfgs_never_ends_higher_than_it_began() -> None:
    """Not where the loss is nan, and not when something goes wrong on the way."""
    x, y = Value(1e-3), Value(30.0)  # log makes it nan below 0
    closure = _closure(lambda: x - ag.log(x) + y - ag.log(y))
    losses = [LBFGS([x, y]).step(closure) for _ in range(5)]
    assert losses[-1] == pytest.approx(2.0)
    lowest = math.inf

    def breaks() -> Any:
        nonlocal lowest
        z = bowl(x, y)
        if z.data < lowest < 40:
            raise KeyboardInterrupt
        lowest = min(lowest, z.data)
        z.backward()
        return z

    x.data, y.data = 5.0, 5.0
    with pytest.raises(KeyboardInterrupt):
        LBFGS([x, y]).step(breaks)
    assert bowl(x.data, y.data) == lowest < 40
    x.data = -1.0
    with pytest.raises(FloatingPointError, match=r"^LBFGS: got a loss of nan; it"):
        LBFGS([x, y]).step(closure)
    assert x.data == -1.0


P, Q = [Tensor([1.0])], [Value(1.0)]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: LBFGS([]), ValueError, "^LBFGS: got no parameters"),
        (lambda: LBFGS(P, 0), ValueError, "^LBFGS: got max_iterations 0; it must be an int of at least 1"),
        (lambda: LBFGS(P, history=1.5), ValueError, "^LBFGS: got history 1.5"),
        (lambda: LBFGS(P, tolerance=-1.0), ValueError, "^LBFGS: got tolerance -1.0"),
        (lambda: LBFGS(P).step(lambda: None), TypeError, "^LBFGS: got a closure that returned a NoneType; it must return the loss"),
        (lambda: LBFGS(P).step(lambda: P[0] * 2), ValueError, "^LBFGS: got a closure that gave no parameter a gradient; it must call"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
