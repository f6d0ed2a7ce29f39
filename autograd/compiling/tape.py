"""The tape machine of the C core: programs of any size, ready at once.

Its source, the C, is printed from the primitives. For many rows it goes through blocks of rows, by
the widest instructions that the processor has.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd import compiled
from autograd.compiling.near import near
from autograd.compiling.ordering import depth_first
from autograd.compiling.program import Program, RowsRun, Run

INSTRUCTIONS = ("any", "avx2", "avx512")
"""Sets of instructions that it may be compiled for, from the slowest on."""


def lacks() -> str | None:
    """Return what is missing to run, if anything is."""
    return "it needs the C core, which is not here" if compiled.library is None else None


def machine(program: Program, exact: bool = True, instructions: str | None = None) -> Run:
    """Make a program ready to run for one row; `instructions` are the fastest unless named."""
    if compiled.library is None:
        raise ImportError(f'compile: got machine="tape", which can\'t run here: {lacks()}')
    loosened = program if exact else near(program)
    run: Run = compiled.library.tape(*loosened, exact, instructions)
    return run


def rows(
    program: Program,
    shared: Sequence[bool] = (),
    summed: Sequence[bool] = (),
    exact: bool = True,
    instructions: str | None = None,
) -> RowsRun:
    """Make a program ready to run for many rows: inputs that they share, outputs that are sums.

    Row r is added to sum r % 8, in order, and ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)) is the sum.
    """
    if compiled.library is None:
        raise ImportError(f'compile: got machine="tape", which can\'t run here: {lacks()}')
    flags = (
        bytes(shared) or bytes(program.inputs),
        bytes(summed) or bytes(len(program.outputs)),
    )
    loosened = depth_first(program if exact else near(program))
    run: RowsRun = compiled.library.tape_rows(*loosened, exact, instructions, flags)
    return run
