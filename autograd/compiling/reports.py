"""Reports of compiled functions: sizes, guards, times, and which machine runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd.compiling.versions import Version


class Row(NamedTuple):
    """Numbers of a program in a report."""

    inputs: int
    asked: int
    """Primitives before equal ones were shared and those left out that nothing needs."""
    primitives: int
    guards: int
    recording_ms: float
    printing_ms: float
    compiling_ms: float
    bytes: int
    """Bytes of what runs, with its memory."""
    machine: str
    """Machine that runs it."""
    row_machines: tuple[str, ...]
    """Machines that run many rows of it, if it has run any."""


class Report(NamedTuple):
    """Programs of a compiled function."""

    function: str
    machine: str
    programs: tuple[Row, ...]

    def __str__(self) -> str:
        head = "program  inputs  recorded  primitives  guards  recording   printing  compiling"
        lines = [
            f"{i:7}  {row.inputs:6}  {row.asked:8}  {row.primitives:10}  {row.guards:6}  "
            f"{row.recording_ms:6.1f} ms  {row.printing_ms:5.1f} ms  {row.compiling_ms:6.1f} ms  "
            f"{row.bytes:8}  {row.machine}{_rows_by(row)}"
            for i, row in enumerate(self.programs)
        ]
        head += "     bytes  machine"
        return "\n".join([f"{self.function}, machine {self.machine}", head, *lines])

    def __repr__(self) -> str:
        return str(self)


def _rows_by(row: Row) -> str:
    return f"; rows: {', '.join(row.row_machines)}" if row.row_machines else ""


def report_of(called: str, machine: str, versions: Sequence[Version]) -> Report:
    """Return the report of a function of a name, for which a machine was chosen."""
    costs = [v.costs() for v in versions]
    rows = [
        Row(
            v.program.inputs,
            v.asked,
            len(v.program.code),
            len(v.program.guards),
            1e3 * v.recording_seconds,
            1e3 * cost.printing,
            1e3 * cost.compiling,
            cost.bytes,
            v.machine(machine),
            tuple(sorted({run.name for run in v.rows.values()})),
        )
        for v, cost in zip(versions, costs)
    ]
    return Report(called, machine, tuple(rows))
