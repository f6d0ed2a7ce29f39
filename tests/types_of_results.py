"""What type checkers see: mypy reads it in `make check`; test_types.py runs it."""

from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import autograd as ag
from autograd import Tensor, Value

v, t, x, n = Value(2.0), Tensor([1.0]), 2.0, 3
a = np.ones(2)
Array = npt.NDArray[Any]

assert_type(ag.exp(v), Value)
assert_type(ag.exp(t), Tensor)
assert_type(ag.exp(x), float)
assert_type(ag.exp(n), float)
assert_type(ag.exp(np.float64(2.0)), float)
assert_type(ag.exp(a), Array)
assert_type(ag.exp([1.0, 2.0]), Any)
assert_type(ag.sqrt(ag.tanh(v)), Value)

assert_type(ag.hypot(v, v), Value)
assert_type(ag.hypot(v, x), Value)
assert_type(ag.hypot(n, v), Value)
assert_type(ag.hypot(t, v), Tensor)
assert_type(ag.hypot(x, t), Tensor)
assert_type(ag.hypot(a, t), Tensor)
assert_type(ag.hypot(v, a), Tensor)
assert_type(ag.hypot(a, v), Tensor)
assert_type(ag.hypot(x, n), float)
assert_type(ag.hypot(a, x), Array)
assert_type(ag.hypot(x, a), Array)

assert_type(ag.leaky_relu(v), Value)
assert_type(ag.leaky_relu(t, 0.1), Tensor)
assert_type(ag.step(x), float)
assert_type(ag.clip(v, 0.0, 1.0), Value)
assert_type(ag.clip(t, 0.0, v), Tensor)
assert_type(ag.where(True, t, x), Tensor)
assert_type(ag.where(t > 1, v, t), Tensor)
assert_type(ag.where(v > 1, v, 0.0), Value)

assert_type(ag.sum(t, axis=0), Tensor)
assert_type(ag.mean(v), Value)
assert_type(ag.max(t, keepdims=True), Tensor)
assert_type(ag.sum([v, v]), Any)
assert_type(ag.var(t, ddof=1), Tensor)
assert_type(ag.logsumexp(t, -1), Tensor)
assert_type(ag.softmax(t), Tensor)
assert_type(ag.softmax(a), Array)
assert_type(ag.dot(np.ones(1), t), Tensor)
assert_type(ag.matmul(t, t), Tensor)
assert_type(ag.reshape(t, (1, 1)), Tensor)
assert_type(ag.sort(t, axis=0), Tensor)
assert_type(ag.cumsum(t), Tensor)

assert_type(ag.exp(v) * 2 + v, Value)
assert_type(2 * ag.exp(t) @ t, Tensor)
ag.exp("text")  # type: ignore[call-overload]
ag.exp(v, v)  # type: ignore[call-overload]
