"""Gradient checking: analytic derivatives compared with differences that have an error bound."""

from typing import Any

from autograd.checking.gradients import gradcheck
from autograd.checking.report import (
    Entry,
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
)

__all__ = [
    "Entry",
    "GradientCheckError",
    "GradientCheckWarning",
    "GradientReport",
    "gradcheck",
]
MOVED = ("gradient_test", "strategies")
"""Names of `autograd.testing` that were here in 0.1."""


def __getattr__(name: str) -> Any:
    """Return a name that has moved, with a warning."""
    if name not in MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import warnings

    from autograd import testing

    message = f"autograd.checking.{name} is autograd.testing.{name} now"
    warnings.warn(message, DeprecationWarning, stacklevel=2)
    return getattr(testing, name)
