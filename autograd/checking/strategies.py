"""Former place of `autograd.testing.strategies`."""

from typing import Any

from autograd.checking import __getattr__ as _moved

MOVED = ("Expression", "arrays", "broadcastable", "expressions", "numbers", "operands", "scalars")


def __getattr__(name: str) -> Any:
    """Hand on a name that has moved, with a warning."""
    if name not in MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_moved("strategies"), name)
