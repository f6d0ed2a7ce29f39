"""The tape machine of the C core: ready in a fraction of a microsecond a primitive."""

from __future__ import annotations

from autograd import compiled
from autograd.compiling.program import Program, Run


def lacks() -> str | None:
    """Return what is missing to run, if anything is."""
    return "it needs the C core, which is not here" if compiled.library is None else None


def machine(program: Program) -> Run:
    """Make a program ready to run in the C core, if there is one."""
    if compiled.library is None:
        raise RuntimeError('machine="tape" is a part of the C core, which is not here')
    run: Run = compiled.library.tape(*program)
    return run
