"""Hypothesis strategies for the points and functions of checks (extra: `check`)."""

try:
    import hypothesis as _  # noqa: F401
except ImportError:  # pragma: no cover  # the test environment has it
    raise ImportError("autograd.testing.strategies needs: pip install chainrule[check]") from None

from autograd.testing.strategies.arrays import arrays, broadcastable
from autograd.testing.strategies.expressions import Expression, expressions
from autograd.testing.strategies.scalars import numbers, operands, scalars

__all__ = ["Expression", "arrays", "broadcastable", "expressions", "numbers", "operands", "scalars"]
