"""Gradient checking: analytic derivatives held against differences with an error bound."""

from typing import TYPE_CHECKING, Any

from autograd.checking.gradients import gradcheck
from autograd.checking.report import (
    Entry,
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
)

if TYPE_CHECKING:
    from autograd.checking.properties import gradient_test

__all__ = [
    "Entry",
    "GradientCheckError",
    "GradientCheckWarning",
    "GradientReport",
    "gradcheck",
    "gradient_test",
]


def __getattr__(name: str) -> Any:
    """`gradient_test`, which needs Hypothesis, is imported when it is used."""
    if name != "gradient_test":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from autograd.checking import strategies  # noqa: F401  # it says so where Hypothesis is missing
    from autograd.checking.properties import gradient_test

    return gradient_test
