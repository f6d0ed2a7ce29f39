"""Recognise the library that a function is of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.checking.foreign.jax import JaxProblem, is_jax
from autograd.checking.foreign.problems import Problem
from autograd.checking.foreign.torch import TorchProblem, is_torch


def foreign(f: Any, inputs: Sequence[Any], parameters: Any) -> Callable[..., Problem] | None:
    """Return how to check a function that is not of this engine; None where it is."""
    if is_torch(f, inputs, parameters):
        return TorchProblem
    if is_jax(f, inputs):
        return JaxProblem
    return None


def advice(error: Exception) -> str:
    """Return what to do where a function of a library that was not recognised got our nodes."""
    text = str(error)
    if "must be Tensor, not" in text:
        return "; with PyTorch's tensors as inputs, PyTorch's derivative is checked"
    if "abstract array" in text or "valid JAX" in text:
        return "; with JAX's arrays as inputs, JAX's derivative is checked"
    return ""
