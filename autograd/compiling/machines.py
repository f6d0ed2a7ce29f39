"""The choice of a machine: by what is installed, or by name.

A machine is a module of this room, of the machine's name, with a function `machine`; one that needs
what may be missing also has `lacks()`, which says what, or gives None.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Machine, Program, RowsRun, Run

if TYPE_CHECKING:
    from autograd.compiling.stored import Store

MACHINES = ("tape", "python")
"""Machines by name, the one that is taken first."""
KNOWN = (*MACHINES, "llvm")
SLOW = {"llvm": "tape"}
"""Machines that take long to make a program ready, and which one runs it meanwhile."""
CALLER = "python"
"""Machine that runs a program with calls of functions of Python, whatever was chosen."""
FASTEST = "llvm"
"""Machine that takes over where a program runs so often that it pays."""
MOST_COMPILED = 30_000
"""Most primitives of a program for which the fastest machine is not asked by name."""
IMPORT, COMPILE, SAVED = 0.075, 60e-6, 1.2e-9
"""Seconds that the fastest machine takes at first, and for each primitive, which it then saves."""

COMPILE_ROWS, SAVED_ROWS = 120e-6, 0.1e-9
"""Seconds that it takes for each primitive of many rows, which it then saves in each row."""
FEW_CALLS = 0.01
"""Share of the primitives up to which the C library may compute them, if it is to save anything."""
OF_LIBRARY = frozenset([op for op, each in PRIMITIVES.items() if not each.llvm])


class Chosen(NamedTuple):
    """Name of a machine, and the one that runs at first, which may be it."""

    name: str
    first: Machine
    may_change: bool
    """The fastest machine may take over."""
    store: Store | None
    """Where machine code is kept from process to process."""


class Costs(NamedTuple):
    """Costs of a program that is ready: its bytes, and seconds."""

    bytes: int
    printing: float
    compiling: float


def costs_of(run: Run, seconds: float) -> Costs:
    """Return the costs of a program that a machine made ready in some seconds."""
    owner = getattr(run, "owner", None)
    return owner.costs if owner else Costs(getattr(run, "bytes", 0), 0.0, seconds)


def calls_that_pay(program: Program) -> int:
    """Return the calls after which the fastest machine would have paid for a program, or 0."""
    size = len(program.code)
    return int((IMPORT + COMPILE * size) / (SAVED * size)) if 0 < size <= MOST_COMPILED else 0


def rows_that_pay(program: Program, exact: bool) -> int:
    """Return the rows after which the fastest machine would have paid for a program, or 0.

    What the C library computes row by row takes as long in all machines.
    """
    size = len(program.code)
    if not 0 < size <= MOST_COMPILED:
        return 0
    if exact and sum([op in OF_LIBRARY for op, _ in program.code]) > FEW_CALLS * size:
        return 0
    return int((IMPORT + COMPILE_ROWS * size) / (SAVED_ROWS * size))


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


def chosen(name: str | None, folder: str | None = None) -> Chosen:
    """Return the machine of a name, or the first that can run, with a folder for machine code."""
    may_change = name is None
    if name not in (None, *KNOWN):
        raise ValueError(f"compile: got machine={name!r}; it must be one of {', '.join(KNOWN)}")
    if name is None:
        name = next(each for each in MACHINES if _lacks(each) is None)
    lack = _lacks(name)
    if lack is not None:
        raise ImportError(f"compile: got machine={name!r}, which can't run here: {lack}")
    first = _module(SLOW.get(name, name)).machine
    may_change = may_change and name == SLOW[FASTEST] and _is_installed("llvmlite")
    store = None
    if folder is not None:
        from autograd.compiling.stored import Store

        store = Store(folder)
    return Chosen(name, first, may_change, store)


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # of what was imported in an odd way
        return False


def caller(program: Program) -> Run:
    """Make a program that calls functions of Python ready to run."""
    found: Run = _module(CALLER).machine(program)
    return found


def fastest(program: Program, go_on: Callable[[], None], store: Store | None) -> Run:
    """Make a program ready by the fastest machine; `go_on` may raise to end it."""
    found: Run = _module(FASTEST).machine(program, go_on=go_on, store=store)
    return found


def rows_of(name: str) -> Callable[..., RowsRun]:
    """Return the function of a machine that makes a program ready for many rows."""
    found: Callable[..., RowsRun] = _module(name).rows
    return found
