"""Gradients that are clipped, by their norm and each by itself."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value
from nn.clipping import clip_gradient_values, clip_gradients

gradients = st.lists(st.floats(-1e100, 1e100), min_size=3, max_size=3)


@given(gradients, st.floats(1e-3, 1e3))
def test_clipping_shortens_and_keeps_the_direction(g: list[float], limit: float) -> None:
    x, w, unused = Value(1.0), Tensor([1.0, 2.0]), Value(1.0)
    x.grad, w.grad = g[0], g[1:]
    norm = clip_gradients([x, w, x, unused], limit)
    assert norm == pytest.approx(math.hypot(*g))
    clipped = np.array([x.grad, *w.grad])
    assert math.hypot(*clipped) == pytest.approx(min(norm, limit))
    wanted = np.array(g) * (limit / max(norm, limit))
    np.testing.assert_allclose(clipped, wanted, rtol=1e-9, atol=1e-300)
    if norm <= limit:
        assert clipped.tolist() == g
    assert not unused.has_grad


@given(gradients, st.floats(1e-3, 1e3))
def test_clipping_by_value(g: list[float], limit: float) -> None:
    x, w, unused = Value(1.0), Tensor([1.0, 2.0], np.float32), Value(1.0)
    g[1:] = [float(np.float32(y / 1e70)) for y in g[1:]]
    x.grad, w.grad = g[0], g[1:]
    clip_gradient_values([x, w, unused], limit)
    np.testing.assert_allclose([x.grad, *w.grad], np.clip(g, -limit, limit), rtol=1e-6)
    assert w.grad.dtype == np.float32
    assert not unused.has_grad


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_a_norm_that_is_no_number_changes_nothing(bad: float) -> None:
    x, w = Value(1.0), Tensor([1.0], np.float32)
    x.grad, w.grad = bad, [3.0]
    with pytest.warns(RuntimeWarning, match=f"a gradient with {bad} of parameter 0; no gradient"):
        assert not math.isfinite(clip_gradients([x, w], 1.0))
    assert w.grad[0] == 3.0


def test_norms_of_float32_do_not_overflow() -> None:
    w = Tensor(np.zeros(4), np.float32)
    w.grad = np.full(4, 1e30)
    assert clip_gradients([w], 1.0) == pytest.approx(2e30)
    np.testing.assert_allclose(w.grad, 0.5, rtol=1e-6)


P, Q = [Tensor([1.0])], [Value(1.0)]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: clip_gradients(P, 0), ValueError, "^clip_gradients: got max_norm 0; it must be a positive"),
        (lambda: clip_gradients(nn.Linear(2, 1), 1.0), TypeError, "^clip_gradients: got a Linear; it must"),
        (lambda: clip_gradient_values(P, math.nan), ValueError, "^clip_gradient_values: got limit nan"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
