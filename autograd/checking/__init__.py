"""Gradient checking: analytic derivatives compared with differences that have an error bound."""

from typing import TYPE_CHECKING, Any

from autograd.checking.report import (
    Entry,
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
)
from autograd.later import Later

if TYPE_CHECKING:
    from autograd.checking.gradients import gradcheck
else:
    gradcheck = Later("autograd.checking.gradients", "gradcheck", globals())

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
