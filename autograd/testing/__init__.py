"""Tests of gradients of users' functions, by Hypothesis: `gradient_test`, and strategies."""

from autograd.testing import strategies
from autograd.testing.gradients import gradient_test

__all__ = ["gradient_test", "strategies"]
