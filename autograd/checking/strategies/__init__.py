"""Hypothesis strategies for what derivatives are checked at and of (extra: `check`)."""

try:
    import hypothesis as _  # noqa: F401
except ImportError:  # pragma: no cover  # the test environment has it
    raise ImportError("autograd.checking.strategies needs: pip install chainrule[check]") from None

from autograd.checking.strategies.arrays import arrays, broadcastable
from autograd.checking.strategies.expressions import Expression, expressions
from autograd.checking.strategies.scalars import numbers, operands, scalars

__all__ = ["Expression", "arrays", "broadcastable", "expressions", "numbers", "operands", "scalars"]
