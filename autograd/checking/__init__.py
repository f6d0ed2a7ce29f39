"""Gradient checking: analytic derivatives held against differences with an error bound."""

from autograd.checking.gradients import gradcheck
from autograd.checking.report import (
    Entry,
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
)

__all__ = ["Entry", "GradientCheckError", "GradientCheckWarning", "GradientReport", "gradcheck"]
