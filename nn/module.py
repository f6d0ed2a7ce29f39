"""Module: anything with parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd import Tensor, Value

Parameter = Value | Tensor


class Module:
    """The base of neurons, layers and networks.

    The parameters of a module are the Values and Tensors among its attributes, and those of the
    modules among its attributes, in lists, tuples and dicts too. A subclass sets attributes in
    `__init__` and computes in `__call__`.
    """

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter once, with its path, such as "layers.0.W"."""
        seen: set[int] = set()
        for name, parameter in _found(self, ""):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter

    def parameters(self) -> list[Any]:
        """Every parameter, once."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()


def _found(x: object, path: str) -> Iterator[tuple[str, Parameter]]:
    if isinstance(x, Parameter):
        yield path, x
        return
    if isinstance(x, Module):
        parts: list[tuple[object, object]] = list(vars(x).items())
    elif isinstance(x, dict):
        parts = list(x.items())
    elif isinstance(x, (list, tuple)):
        parts = list(enumerate(x))
    else:
        return
    for key, part in parts:
        yield from _found(part, f"{path}.{key}" if path else str(key))
