"""Module: anything with parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
        found: dict[Parameter, str] = {}  # by identity, in order
        _find(self, "", found, set())
        return ((name, parameter) for parameter, name in found.items())

    def parameters(self) -> list[Any]:
        """Every parameter, once."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()


def _find(x: object, path: str, found: dict[Parameter, str], inside: set[int]) -> None:
    if id(x) in inside:  # modules may refer to each other
        return
    if isinstance(x, Module):
        parts: Iterable[tuple[object, object]] = vars(x).items()
    elif isinstance(x, dict):
        parts = x.items()
    elif isinstance(x, (list, tuple)):
        parts = enumerate(x)
    else:
        return
    for key, part in parts:
        name = f"{path}.{key}" if path else str(key)
        if isinstance(part, Parameter):
            found.setdefault(part, name)
        else:
            _find(part, name, found, inside | {id(x)})
