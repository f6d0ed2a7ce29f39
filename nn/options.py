"""Validation of optimiser arguments: parameters to train, and options."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self, TypeAlias

import numpy as np

from autograd import Tensor, Value
from autograd.arithmetic.standing import asarray
from autograd.names import unknown
from nn.module import Module


@dataclass(eq=False)
class ParameterSet:
    """Base of optimisers: parameters, each once, and options, which are checked whenever set."""

    parameters: Sequence[Any] = field(repr=False)

    def __new__(cls, *_: Any, **options: Any) -> Self:
        """Refuse unknown options, with a hint at the known one."""
        known = [each.name for each in fields(cls) if each.init and each.name != "_"]
        for name in options:
            if name not in known:
                raise unknown(cls.__name__, [name], known)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        self.parameters = leaves(type(self).__name__, self.parameters)

    def __setattr__(self, name: str, x: Any) -> None:
        if name in _OPTIONS:
            x = checked(type(self).__name__, name.replace("lr", "learning rate"), x, _OPTIONS[name])
        super().__setattr__(name, x)

    def zero_grad(self) -> None:
        """Clear the gradients."""
        for parameter in self.parameters:
            parameter.zero_grad()


def leaves(owner: str, parameters: Any) -> list[Any]:
    """Return the parameters, each once."""
    hint = "such as model.parameters() gives"
    if isinstance(parameters, (Module, Value, Tensor)) or not isinstance(parameters, Iterable):
        got = type(parameters).__name__
        raise TypeError(f"{owner}: got a {got}; it must be a list of parameters, {hint}")
    found = {}
    for x in parameters:
        if not isinstance(x, (Value, Tensor)):
            got = f"a parameter of type {type(x).__name__}"
            raise TypeError(f"{owner}: got {got}; it must be a Value or a Tensor, {hint}")
        if x.op:
            raise ValueError(f"{owner}: got the result of {x.op}; it must be a leaf of the graph")
        found[id(x)] = x
    if not found:
        raise ValueError(f"{owner}: got no parameters; it must be at least 1")
    return list(found.values())


POSITIVE, NOT_NEGATIVE = "a positive finite number", "a finite number of at least 0"
SHARE, TWO_SHARES = "a number of at least 0 and below 1", "two numbers of at least 0 and below 1"
COUNT = "an int of at least 1"
Rng: TypeAlias = "np.random.Generator | int | None"  # whose import takes as long as ours
"""Random generator, a seed for one, or None for a fresh one."""
_NUMBER, _INTEGER = (int, float, np.floating, np.integer), (int, np.integer)
_FITS: dict[str, Callable[[Any], Any]] = {
    POSITIVE: lambda x: isinstance(x, _NUMBER) and 0 < x < math.inf,
    NOT_NEGATIVE: lambda x: isinstance(x, _NUMBER) and 0 <= x < math.inf,
    SHARE: lambda x: isinstance(x, _NUMBER) and 0 <= x < 1,
    TWO_SHARES: lambda x: isinstance(x, (tuple, list)) and [*map(_FITS[SHARE], x)] == [True, True],
    COUNT: lambda x: isinstance(x, _INTEGER) and x >= 1,
}
_OPTIONS = {
    "lr": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "eps": NOT_NEGATIVE,
    "tolerance": NOT_NEGATIVE,
    "momentum": SHARE,
    "alpha": SHARE,
    "betas": TWO_SHARES,
    "max_iterations": COUNT,
    "history": COUNT,
}


def generator(owner: str, rng: Rng) -> np.random.Generator:
    """Return the generator that is meant."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        needs = "it must be a numpy.random.Generator, a seed or None"
        raise TypeError(f"{owner}: got rng {rng!r}; {needs}") from None


def is_masked(x: Any) -> bool:
    """Return whether an array has masked elements; np.ma takes long to import."""
    is_array = isinstance(x, np.ndarray) and type(x) is not np.ndarray
    return is_array and bool(np.ma.is_masked(x))


def plain_array(owner: str, what: str, x: Any) -> np.ndarray[Any, Any]:
    """Return the argument as an array; TypeError for a mask, which an array would lose."""
    if is_masked(x):
        needs = f"take {what}.compressed() or {what}.filled(0), or a weight of ~{what}.mask"
        raise TypeError(f"{owner}: got {what} with masked elements; {needs}")
    array: np.ndarray[Any, Any] = asarray(x)
    return array


def checked(owner: str, what: str, x: Any, needs: str) -> Any:
    """Return a number that meets what is needed; raise an error that names the owner otherwise."""
    if _FITS[needs](x):
        return x.item() if isinstance(x, np.generic) else x
    if isinstance(x, (*_NUMBER, tuple, list)):
        raise ValueError(f"{owner}: got {what} {x}; it must be {needs}")
    raise TypeError(f"{owner}: got {what} of type {type(x).__name__}; it must be {needs}")
