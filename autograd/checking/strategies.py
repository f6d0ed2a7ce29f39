"""The old place of `autograd.testing.strategies`."""

from typing import Any

from autograd.checking import __getattr__ as _moved


def __getattr__(name: str) -> Any:
    """Hand on a strategy, with a warning."""
    return getattr(_moved("strategies"), name)
