"""The choice of a machine: by what is installed, or by name.

A machine is a module of this room, of the machine's name, with a function `machine`; one that needs
what may be missing also has `lacks()`, which says what, or gives None.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

from autograd.compiling.program import Machine, RowsRun

MACHINES = ("tape", "python")
"""Machines by name, the one that is taken first."""
KNOWN = (*MACHINES, "llvm")
SLOW = {"llvm": "tape"}
"""Machines that take long to make a program ready, and which one runs it meanwhile."""


class Chosen(NamedTuple):
    """Machine, its name, and the machine that runs meanwhile, if one does."""

    name: str
    machine: Any
    first: Machine


def _module(name: str) -> Any:
    try:
        return importlib.import_module(f"autograd.compiling.{name}")
    except ModuleNotFoundError:
        return None


def _lacks(name: str) -> str | None:
    module = _module(name)
    if module is None:
        return "it is not in this version"
    lacks: str | None = module.lacks() if hasattr(module, "lacks") else None
    return lacks


def chosen(name: str | None) -> Chosen:
    """Return the machine of a name, or the first that can run."""
    if name is None:
        name = next(each for each in MACHINES if _lacks(each) is None)
    lack = _lacks(name)
    if lack is not None:
        raise ImportError(f"compile: got machine={name!r}, which can't run here: {lack}")
    return Chosen(name, _module(name).machine, _module(SLOW.get(name, name)).machine)


def rows_of(name: str) -> Callable[..., RowsRun]:
    """Return the function that makes a program ready for many rows, of a machine or its first."""
    found: Callable[..., RowsRun] = _module(SLOW.get(name, name)).rows
    return found
