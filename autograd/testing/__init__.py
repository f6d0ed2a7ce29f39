"""Tests of people's gradients, by Hypothesis: `gradient_test`, and strategies to draw from."""

from autograd.testing import strategies
from autograd.testing.gradients import gradient_test

__all__ = ["gradient_test", "strategies"]
