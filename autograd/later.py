"""Rooms that are entered when something in them is first asked for, so that imports take less time.

Few programs need NumPy's rarer functions, and their rooms take as long to import as the rest.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Container
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

TEACHING: list[str] = []
"""Rooms that teach Tensors more of NumPy's functions."""


def learn(function: Any = None, known: Container[Any] = ()) -> None:
    """Enter the rooms that teach, one after the other until a function is known.

    Functions of numpy.fft have a room of their own.
    """
    for room in TEACHING:
        import_module(room)
        if function in known:
            return
    if getattr(function, "__module__", "") == "numpy.fft":
        import_module("autograd.fft")


def named(op: str, *tables: dict[str, Any]) -> Any:
    """Return the row of an operation of a graph that was made elsewhere.

    Its room may not have been entered here; ValueError where none has it.
    """
    for rooms in ([], [*TEACHING, "autograd.fft"]):
        for room in rooms:
            import_module(room)
        for table in tables:
            if op in table:
                return table[op]
    raise ValueError(f"{op}: got a graph with an operation that is not defined here")


class Later:
    """Function of a room; what is asked of it, as its docstring, is asked of the function.

    The function takes its place among `names`, the globals of a module, where it is first needed.
    """

    def __init__(self, room: str, name: str, names: dict[str, Any]) -> None:
        self.__module__, self.__name__, self.__qualname__ = room, name, name
        self._names = names

    @functools.cached_property
    def __wrapped__(self) -> Callable[..., Any]:
        function: Callable[..., Any] = _found(self.__module__, self.__name__)
        if self._names.get(self.__name__) is self:
            self._names[self.__name__] = function
        return function

    @property  # type: ignore[misc]  # which mypy would have written to
    def __class__(self) -> type:  # so that help() shows a function, with its signature
        return FunctionType

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self.__wrapped__.__doc__

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function."""
        return self.__wrapped__(*args, **named)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __reduce__(self) -> tuple[Any, ...]:
        return _found, (self.__module__, self.__name__)


def _found(room: str, name: str) -> Any:
    """Return a function of a room."""
    return getattr(import_module(room), name)


class LaterModule(ModuleType):
    """Module that is not imported yet; an import of it puts the module itself in its place."""

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return import_module(self.__name__).__doc__

    def __getattr__(self, name: str) -> Any:
        vars(self).update(vars(import_module(self.__name__)))
        return object.__getattribute__(self, name)

    def __dir__(self) -> list[str]:
        return dir(import_module(self.__name__))
