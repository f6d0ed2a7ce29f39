"""Gradient checking: analytic derivatives held against differences with an error bound."""

from autograd.checking.gradients import (
    Entry,
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
    gradcheck,
)

__all__ = ["Entry", "GradientCheckError", "GradientCheckWarning", "GradientReport", "gradcheck"]
