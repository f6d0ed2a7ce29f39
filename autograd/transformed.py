"""Transformed functions, which pickle, copy and bind as the function does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import attrgetter
from types import MethodType
from typing import Any

from autograd.value import shown


def needs_function(name: str, f: object) -> None:
    """Raise a TypeError that shows f, where it is no function."""
    if not callable(f):
        raise TypeError(f"{name}: got {shown(f)}; it needs a function")


class Transformed:
    """Function made from another one, `__wrapped__`, by a transform with some options.

    A call of it calls `run`.
    """

    __signature__: Any

    def __init__(
        self,
        transform: Callable[..., Any],
        f: Callable[..., Any],
        run: Callable[..., Any],
        *options: Any,
    ) -> None:
        name = transform.__name__
        needs_function(name, f)
        called = getattr(f, "__name__", None)
        self._transform, self._run, self._options = transform, run, options
        self.__wrapped__ = f
        self.__name__ = f"{name}_{called or 'function'}"
        self.__qualname__ = getattr(f, "__qualname__", self.__name__)
        self.__module__ = getattr(f, "__module__", __name__)
        own = getattr(f, "__doc__", None) if called else None
        self.__doc__ = f"{name} of {called or 'a function'}." + (f"\n\n{own}" if own else "")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute it."""
        return self._run(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        f = self.__wrapped__
        inner = repr(f) if isinstance(f, Transformed) else getattr(f, "__name__", repr(f))
        return f"{self._transform.__name__}({inner})"

    def __reduce__(self) -> Any:
        try:  # a function that was decorated is where its name says
            found = attrgetter(self.__qualname__)(sys.modules[self.__module__])
        except (AttributeError, KeyError):
            found = None
        if found is self:
            return self.__qualname__
        return self._transform, (self.__wrapped__, *self._options)
