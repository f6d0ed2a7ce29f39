"""Piecewise functions and their derivatives: with Python's `if`, `ag.where`, `abs` and `max`.

At a kink the derivative is that of one of the two sides.
"""

from __future__ import annotations

from math import pi
from typing import Any

from benchmarks.check_making import Formula, Terms, piecewise

# A table reads best with its lines kept.
# fmt: off


def _beyond(at: float) -> Formula:
    """The second of two branches, from `at` on."""
    return lambda m, x: x > at


def _between(low: float, high: float) -> Formula:
    """The second of three branches."""
    return lambda m, x: (x > low) + (x >= high)


def _always(value: float) -> Terms:
    return lambda m, x: [value]


ZERO, ONE = _always(0.0), _always(1.0)
AT_0: dict[str, Any] = {"kinks": (0.0,)}

# Activations

piecewise("relu", lambda m, x: x if x > 0.0 else 0.0, _beyond(0.0), ZERO, ONE, **AT_0)
piecewise("relu of the library", lambda m, x: m.relu(x), _beyond(0.0), ZERO, ONE, **AT_0)
piecewise("relu by max", lambda m, x: max(0.0, x), _beyond(0.0), ZERO, ONE, **AT_0)
piecewise("leaky relu", lambda m, x: x if x > 0.0 else 0.01 * x, _beyond(0.0), _always(0.01), ONE, **AT_0)
piecewise("leaky relu by where", lambda m, x: m.where(x > 0.0, x, 0.2 * x), _beyond(0.0), _always(0.2), ONE, **AT_0)
piecewise("elu", lambda m, x: x if x > 0.0 else m.expm1(x), _beyond(0.0), lambda m, x: [m.exp(x)], ONE, **AT_0)
piecewise("selu", lambda m, x: 1.0507 * (x if x > 0.0 else 1.67326 * m.expm1(x)), _beyond(0.0), lambda m, x: [1.0507 * 1.67326 * m.exp(x)], _always(1.0507), **AT_0)
piecewise("celu", lambda m, x: m.maximum(0.0, x) + m.minimum(0.0, 2.0 * m.expm1(x / 2.0)), _beyond(0.0), lambda m, x: [m.exp(x / 2.0)], ONE, **AT_0)
piecewise("relu6", lambda m, x: min(max(x, 0.0), 6.0), _between(0.0, 6.0), ZERO, ONE, ZERO, kinks=(0.0, 6.0))
piecewise("hard tanh", lambda m, x: m.clip(x, -1.0, 1.0), _between(-1.0, 1.0), ZERO, ONE, ZERO, kinks=(-1.0, 1.0))
piecewise("hard sigmoid", lambda m, x: 0.0 if x <= -3.0 else 1.0 if x >= 3.0 else (x + 3.0) / 6.0, _between(-3.0, 3.0), ZERO, _always(1.0 / 6.0), ZERO, kinks=(-3.0, 3.0))
piecewise("hard swish", lambda m, x: 0.0 if x <= -3.0 else x if x >= 3.0 else x * (x + 3.0) / 6.0, _between(-3.0, 3.0), ZERO, lambda m, x: [x / 3.0, 0.5], ONE, kinks=(-3.0, 3.0))
piecewise("soft shrink", lambda m, x: x + 0.5 if x < -0.5 else x - 0.5 if x > 0.5 else 0.0, _between(-0.5, 0.5), ONE, ZERO, ONE, kinks=(-0.5, 0.5))
piecewise("hard shrink", lambda m, x: 0.0 if -0.5 < x < 0.5 else x, _between(-0.5, 0.5), ONE, ZERO, ONE, near=(-0.5, 0.5))
piecewise("squared relu", lambda m, x: m.relu(x) ** 2, _beyond(0.0), ZERO, lambda m, x: [2.0 * x], **AT_0)
piecewise("relu of a wave", lambda m, x: m.relu(m.sin(x)), lambda m, x: m.sin(x) > 0.0, ZERO, lambda m, x: [m.cos(x)], kinks=(0.0,), near=(-pi, pi, 2.0 * pi))
piecewise("shifted relus", lambda m, x: m.relu(x + 1.0) - 2.0 * m.relu(x) + 0.5 * m.relu(x - 2.5), lambda m, x: (x > -1.0) + (x > 0.0) + (x > 2.5), ZERO, ONE, _always(-1.0), _always(-0.5), kinks=(-1.0, 0.0, 2.5))

# Absolute values

piecewise("abs", lambda m, x: m.abs(x), _beyond(0.0), _always(-1.0), ONE, **AT_0)
piecewise("abs by if", lambda m, x: -x if x < 0.0 else x, _beyond(0.0), _always(-1.0), ONE, **AT_0)
piecewise("abs of a shift", lambda m, x: 3.0 * abs(x - 0.5), _beyond(0.5), _always(-3.0), _always(3.0), kinks=(0.5,))
piecewise("abs of a parabola", lambda m, x: abs(x * x - 1.0), _between(-1.0, 1.0), lambda m, x: [2.0 * x], lambda m, x: [-2.0 * x], lambda m, x: [2.0 * x], kinks=(-1.0, 1.0))
piecewise("abs of sin", lambda m, x: m.abs(m.sin(x)), lambda m, x: m.sin(x) > 0.0, lambda m, x: [-m.cos(x)], lambda m, x: [m.cos(x)], kinks=(0.0,), near=(-pi, pi))
piecewise("root of abs", lambda m, x: m.sqrt(abs(x) + 1.0), _beyond(0.0), lambda m, x: [-0.5 / m.sqrt(1.0 - x)], lambda m, x: [0.5 / m.sqrt(1.0 + x)], **AT_0)
piecewise("log of abs", lambda m, x: m.log1p(m.abs(x)), _beyond(0.0), lambda m, x: [-1.0 / (1.0 - x)], lambda m, x: [1.0 / (1.0 + x)], **AT_0)
piecewise("abs to the 1.5", lambda m, x: abs(x) ** 1.5, _beyond(0.0), lambda m, x: [-1.5 * m.sqrt(-x)], lambda m, x: [1.5 * m.sqrt(x)], **AT_0)
piecewise("signed square", lambda m, x: x * abs(x), _beyond(0.0), lambda m, x: [-x, -x], lambda m, x: [x, x], **AT_0)
piecewise("Laplace density", lambda m, x: 0.5 * m.exp(-m.abs(x)), _beyond(0.0), lambda m, x: [0.5 * m.exp(x)], lambda m, x: [-0.5 * m.exp(-x)], **AT_0)
piecewise("two absolute values", lambda m, x: abs(x + 2.0) + abs(x - 3.0), _between(-2.0, 3.0), lambda m, x: [-1.0, -1.0], lambda m, x: [1.0, -1.0], lambda m, x: [1.0, 1.0], kinks=(-2.0, 3.0))
piecewise("cusp", lambda m, x: m.sqrt(m.abs(x)), _beyond(0.0), lambda m, x: [-0.5 / m.sqrt(-x)], lambda m, x: [0.5 / m.sqrt(x)], near=(0.0,))

# Losses

piecewise("hinge", lambda m, x: max(0.0, 1.0 - x), _beyond(1.0), _always(-1.0), ZERO, kinks=(1.0,))
piecewise("squared hinge", lambda m, x: m.maximum(0.0, 1.0 - x) ** 2, _beyond(1.0), lambda m, x: [-2.0, 2.0 * x], ZERO, kinks=(1.0,))
piecewise("modified huber", lambda m, x: m.where(x >= -1.0, m.relu(1.0 - x) ** 2, -4.0 * x), _between(-1.0, 1.0), _always(-4.0), lambda m, x: [-2.0, 2.0 * x], ZERO, kinks=(-1.0, 1.0))
piecewise("huber", lambda m, x: 0.5 * x * x if abs(x) <= 1.0 else abs(x) - 0.5, _between(-1.0, 1.0), _always(-1.0), lambda m, x: [x], ONE, kinks=(-1.0, 1.0))
piecewise("smooth L1", lambda m, x: m.where(m.abs(x) < 0.25, 2.0 * x * x, m.abs(x) - 0.125), _between(-0.25, 0.25), _always(-1.0), lambda m, x: [4.0 * x], ONE, kinks=(-0.25, 0.25))
piecewise("mean absolute error", lambda m, x: (abs(x - 1.0) + abs(2.0 * x + 1.0)) / 2.0, _between(-0.5, 1.0), _always(-1.5), _always(0.5), _always(1.5), kinks=(-0.5, 1.0))
piecewise("pinball", lambda m, x: 0.9 * x if x >= 0.0 else -0.1 * x, _beyond(0.0), _always(-0.1), _always(0.9), **AT_0)
piecewise("insensitive", lambda m, x: m.relu(m.abs(x) - 0.75), _between(-0.75, 0.75), _always(-1.0), ZERO, ONE, kinks=(-0.75, 0.75))
piecewise("Tukey's biweight", lambda m, x: 1.0 - (1.0 - x * x / 4.0) ** 3 if abs(x) < 2.0 else 1.0, _between(-2.0, 2.0), ZERO, lambda m, x: [1.5 * x * (1.0 - x * x / 4.0) ** 2], ZERO, kinks=(-2.0, 2.0))

# Maxima and minima

piecewise("max with a wave", lambda m, x: max(x, m.sin(2.0 * x)), lambda m, x: x >= m.sin(2.0 * x), lambda m, x: [2.0 * m.cos(2.0 * x)], ONE, kinks=(0.0,), near=(0.9477471335169905, -0.9477471335169905))
piecewise("max with a square", lambda m, x: m.maximum(x, x * x), _between(0.0, 1.0), lambda m, x: [2.0 * x], ONE, lambda m, x: [2.0 * x], kinks=(0.0, 1.0))
piecewise("min of exp and a line", lambda m, x: m.minimum(m.exp(x), 2.0 - x), lambda m, x: m.exp(x) > 2.0 - x, lambda m, x: [m.exp(x)], _always(-1.0), near=(0.4428544010023886,))
piecewise("max of sin and cos", lambda m, x: m.sin(x) if m.sin(x) > m.cos(x) else m.cos(x), lambda m, x: m.sin(x) > m.cos(x), lambda m, x: [-m.sin(x)], lambda m, x: [m.cos(x)], near=(pi / 4, -0.75 * pi))
piecewise("median of three", lambda m, x: m.maximum(m.minimum(x, 2.0), m.minimum(m.maximum(x, 2.0), 0.5 * x + 0.25)), lambda m, x: (x > 0.5) + (x > 2.0) + (x > 3.5), _always(0.5), ONE, ZERO, _always(0.5), kinks=(0.5, 2.0, 3.5))

# Choices

piecewise("tent", lambda m, x: m.where(x < 1.0, x, 2.0 - x), _beyond(1.0), ONE, _always(-1.0), kinks=(1.0,))
piecewise("log beyond 0, else a line", lambda m, x: m.where(x > 0.0, m.log1p(x), x), _beyond(0.0), ONE, lambda m, x: [1.0 / (1.0 + x)], **AT_0)
piecewise("bump", lambda m, x: m.exp(-1.0 / (1.0 - x * x)) if -1.0 < x < 1.0 else 0.0, _between(-1.0, 1.0), ZERO, lambda m, x: [-2.0 * x / (1.0 - x * x) ** 2 * m.exp(-1.0 / (1.0 - x * x))], ZERO, near=(-1.0, 1.0))
piecewise("x log x with its limit", lambda m, x: m.where(x > 0.0, x * m.log(x), 0.0), _beyond(0.0), ZERO, lambda m, x: [m.log(x), 1.0], near=(0.0,))
piecewise("tax", lambda m, x: 0.1 * x if x <= 0.3 else 0.1 * x + 0.25 * (x - 0.3) if x <= 1.7 else 0.1 * x + 0.25 * (x - 0.3) + 0.4 * (x - 1.7), lambda m, x: (x > 0.3) + (x > 1.7), _always(0.1), lambda m, x: [0.1, 0.25], lambda m, x: [0.1, 0.25, 0.4], kinks=(0.3, 1.7))
piecewise("B-spline", lambda m, x: 0.0 if abs(x) >= 2.0 else (2.0 - abs(x)) ** 3 / 6.0 if abs(x) > 1.0 else 2.0 / 3.0 - x * x + abs(x) ** 3 / 2.0, lambda m, x: 0 if abs(x) >= 2.0 else (1 if x < 0.0 else 2) if abs(x) > 1.0 else (3 if x < 0.0 else 4), ZERO, lambda m, x: [0.5 * (2.0 + x) ** 2], lambda m, x: [-0.5 * (2.0 - x) ** 2], lambda m, x: [-2.0 * x, -1.5 * x * x], lambda m, x: [-2.0 * x, 1.5 * x * x], kinks=(-2.0, 0.0, 2.0), near=(-1.0, 1.0))
piecewise("exp, then its tangent", lambda m, x: m.exp(x) if x < 1.0 else m.exp(1.0) * x, _beyond(1.0), lambda m, x: [m.exp(x)], lambda m, x: [m.exp(1.0)], kinks=(1.0,))
piecewise("sinc with its limit", lambda m, x: 1.0 if x == 0.0 else m.sin(x) / x, lambda m, x: x > 0.0, lambda m, x: [m.cos(x) / x, -m.sin(x) / (x * x)], lambda m, x: [m.cos(x) / x, -m.sin(x) / (x * x)], near=(0.0,))
piecewise("spring and stop", lambda m, x: 50.0 * x * x if x < 0.125 else 50.0 * x * x + 1e6 * (x - 0.125), _beyond(0.125), lambda m, x: [100.0 * x], lambda m, x: [100.0 * x, 1e6], kinks=(0.125,))
piecewise("slight kink", lambda m, x: m.sin(x) + 0.01 * m.abs(x - 0.75), _beyond(0.75), lambda m, x: [m.cos(x), -0.01], lambda m, x: [m.cos(x), 0.01], kinks=(0.75,))

# Jumps and waves with corners

INTEGERS = tuple(float(k) for k in range(-8, 9))
CORNERS: dict[str, Any] = {"domain": (-1000.5, 1000.5)}  # beyond, a float in ten thousand is a corner


def _zigzag(m: Any, x: Any) -> Any:
    """The distance to the nearest even number."""
    u = x - 2.0 * m.floor(x / 2.0)
    return u if u < 1.0 else 2.0 - u


piecewise("step", lambda m, x: 1.0 if x > 0.0 else 0.0 * x, lambda m, x: 0, ZERO, near=(0.0,))
piecewise("floor", lambda m, x: m.floor(x), lambda m, x: 0, ZERO, near=INTEGERS, **CORNERS)
piecewise("sawtooth", lambda m, x: x - m.floor(x), lambda m, x: 0, ONE, near=INTEGERS, **CORNERS)
piecewise("zigzag", _zigzag, lambda m, x: x - 2.0 * m.floor(x / 2.0) >= 1.0, ONE, _always(-1.0), kinks=INTEGERS, **CORNERS)
piecewise("zigzag beside a parabola", lambda m, x: 0.1 * x * x + 3.0 * _zigzag(m, x), lambda m, x: x - 2.0 * m.floor(x / 2.0) >= 1.0, lambda m, x: [0.2 * x, 3.0], lambda m, x: [0.2 * x, -3.0], kinks=INTEGERS, **CORNERS)
piecewise("exp of a zigzag", lambda m, x: m.exp(-2.0 * _zigzag(m, x)), lambda m, x: x - 2.0 * m.floor(x / 2.0) >= 1.0, lambda m, x: [-2.0 * m.exp(-2.0 * _zigzag(m, x))], lambda m, x: [2.0 * m.exp(-2.0 * _zigzag(m, x))], kinks=INTEGERS, **CORNERS)
piecewise("quantised and rest", lambda m, x: m.floor(x) + (x - m.floor(x)) ** 2, lambda m, x: 0, lambda m, x: [2.0 * x, -2.0 * m.floor(x)], near=INTEGERS, **CORNERS)


def _staircase_terms(k: int) -> Terms:
    return lambda m, x: [1.0] * k if k else [0.0]


STAIRS = (-3.5, -2.0, -1.25, 0.0, 0.625, 1.5, 2.75, 4.0)
piecewise("slopes that grow", lambda m, x: sum(m.relu(x - at) for at in STAIRS), lambda m, x: sum(x > at for at in STAIRS), *map(_staircase_terms, range(len(STAIRS) + 1)), kinks=STAIRS)


def _ladder(m: Any, x: Any) -> Any:
    return sum((-1.0) ** k * abs(x - at) for k, at in enumerate(STAIRS))


def _ladder_terms(k: int) -> Terms:
    signs = [(-1.0) ** i * (1.0 if i < k else -1.0) for i in range(len(STAIRS))]
    return lambda m, x: signs


piecewise("ladder of absolute values", _ladder, lambda m, x: sum(x > at for at in STAIRS), *map(_ladder_terms, range(len(STAIRS) + 1)), kinks=STAIRS)
