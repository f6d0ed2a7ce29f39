"""Sequential: layers, or other functions, one after the other."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator
from typing import Any, overload

from nn.module import Module, brief


class Sequential(Module):
    """Layers, or other functions, applied one after the other.

    An error in a layer says which one it was. `net[0]` is a layer, `net[:2]` a network of the first
    two, with the same parameters.

    >>> import numpy as np
    >>> from nn.layers import Linear
    >>> net = Sequential(Linear(2, 8, "tanh"), Linear(8, 1))
    >>> net(np.ones((5, 3)))
    Traceback (most recent call last):
      ...
    ValueError: layer 0 (Linear): got inputs of shape (5, 3); it needs (..., 2)
    """

    opens = True

    def __init__(self, *layers: Callable[[Any], Any]) -> None:
        for layer in layers:
            if isinstance(layer, (list, tuple)):
                got = f"a {type(layer).__name__}"
                raise TypeError(
                    f"Sequential: got {got}; it needs the layers, as Sequential(*layers)"
                )
            if not callable(layer):
                raise TypeError(f"Sequential: got {layer!r}; every layer must be callable")
            if isinstance(layer, type):
                name = layer.__name__
                raise TypeError(f"Sequential: got the class {name}; it needs {name}(...)")
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        at = 0
        try:
            for layer in self.layers:
                x = layer(x)
                at += 1
        except Exception as error:
            _say_where(error, at, layer)
            raise
        return x

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(brief, self.layers))})"

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> Sequential: ...
    def __getitem__(self, at: int | slice) -> Any:
        return Sequential(*self.layers[at]) if isinstance(at, slice) else self.layers[at]


def _say_where(error: Exception, at: int, layer: Any) -> None:
    """Put the layer in front of the message; where there is none, in a note."""
    kind = getattr(layer, "__name__", type(layer).__name__)
    if len(error.args) == 1 and isinstance(error.args[0], str):
        before, colon, rest = error.args[0].partition(": ")
        own = colon and before.replace("_", "").lower() == kind.lower()
        error.args = (f"layer {at} ({kind}): {rest if own else error.args[0]}",)
    else:
        error.add_note(f"in layer {at} ({kind})")
