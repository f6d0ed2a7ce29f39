"""The machine of Python: a program printed as functions of Python, which are executed.

Arithmetic of floats raises where IEEE 754 has an answer; the same source is then run once more with
functions that do not. It is the specification of the other machines, and runs everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd.arithmetic.floats import PRIMITIVES as FUNCTIONS
from autograd.arithmetic.floats import RAISED
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Called, Outcome, Program, RowsRun, Run
from autograd.formulas.generated import compile_function

LENGTH = 1500
"""Most instructions of a function: of many more, CPython compiles each one more slowly."""

SPECIAL = {"inf": math.inf, "nan": math.nan}
QUIET = {op: PRIMITIVES[op].compute for op in (*FUNCTIONS, "div")} | SPECIAL
QUICK = {**FUNCTIONS, **SPECIAL}


def _text(op: str, operands: Sequence[str], quiet: bool) -> str:
    if op == "div" and quiet:
        return f"div({', '.join(operands)})"
    if op not in PRIMITIVES:
        return f"{op}({', '.join(operands)})"
    return PRIMITIVES[op].python.format(*operands)


def _call_name(k: int, op: Called) -> str:
    """Return the name of a call, which is the k-th instruction."""
    return f"call{k}_{op.function}" if op.function.isidentifier() else f"call{k}"


def _constant(x: float) -> str:
    text = repr(x)
    return f"({text})" if text[0] == "-" else text


def sources(program: Program, quiet: bool = False) -> list[str]:
    """Return the functions of a program: each takes the list of slots that the others need."""
    first, code = program.inputs, program.code
    start = first + len(program.constants)
    pieces = [range(i, min(i + LENGTH, len(code))) for i in range(0, len(code), LENGTH)]
    names = [*[f"x{i}" for i in range(first)], *map(_constant, program.constants)]
    names += [f"t{k}" for k in range(len(code))]
    guards: dict[int, list[tuple[int, bool]]] = {}
    for index, (slot, expected) in enumerate(program.guards):
        guards.setdefault(slot, []).append((index, expected))
    needed_after = _last_pieces(program)
    found = []
    for number, piece in enumerate(pieces):
        own = range(start + piece.start, start + piece.stop)
        read = {i for k in piece for i in code[k].operands if i < own.start}
        lines = [f"{names[i]} = s[{i}]" for i in sorted(read) if not first <= i < start]
        for k in piece:
            op, operands = code[k]
            slot = start + k
            called = _call_name(k, op) if isinstance(op, Called) else op
            text = _text(called, [names[i] for i in operands], quiet)
            lines.append(f"t{k} = {text}")
            for index, expected in guards.get(slot, ()):
                lines.append(f"if {'not ' * expected}t{k}: return {index}")
        kept = [i for i in own if needed_after[i] > number]
        lines += [f"s[{i}] = {names[i]}" for i in kept]
        body = "".join([f"    {line}\n" for line in [*lines, "return -1"]])
        found.append(f"def piece{number}(s):\n{body}")
    return found


def _last_pieces(program: Program) -> list[int]:
    """Return, for each slot, the last piece that reads it; that of outputs is after all others."""
    start = program.inputs + len(program.constants)
    last = [0] * program.slots
    for k, (_, operands) in enumerate(program.code):
        for i in operands:
            last[i] = k // LENGTH
    for i in program.outputs:
        last[i] = len(program.code) // LENGTH + 1
    return last[:start] + last[start:]


def source(program: Program) -> str:
    """Return the whole program as Python."""
    return "\n".join(sources(program))


def machine(program: Program) -> Run:
    """Make a program ready to run."""
    start = program.inputs + len(program.constants)
    room = [*program.constants, *[0.0] * len(program.code)]
    outputs, count, code = program.outputs, program.inputs, program.code
    ready: dict[bool, list[Callable[..., int]]] = {}
    early = [k for k, guard in enumerate(program.guards) if guard.slot < start]

    calls = {
        _call_name(k, op): op.compute for k, (op, _) in enumerate(code) if isinstance(op, Called)
    }

    def pieces(quiet: bool) -> list[Callable[..., int]]:
        if quiet not in ready:
            scope = (QUIET if quiet else QUICK) | calls
            ready[quiet] = [
                compile_function(text, f"piece{k}", scope)
                for k, text in enumerate(sources(program, quiet))
            ]
        return ready[quiet]

    def run(inputs: Any) -> Outcome:
        given = inputs.tolist() if hasattr(inputs, "tolist") else inputs
        slots: list[Any] = [*given, *room]
        if len(slots) != count + len(room):
            raise ValueError(f"program: got {len(slots) - len(room)} inputs; it needs {count}")
        for k in early:
            if bool(slots[program.guards[k].slot]) != program.guards[k].expected:
                return [], k
        try:
            failed = _through(pieces(False), slots)
        except RAISED:
            failed = _through(pieces(True), slots)
        if failed >= 0:
            return [], failed
        return [float(slots[i]) for i in outputs], -1

    codes = [piece.__code__.co_code for piece in pieces(False)]
    run.bytes = sum(map(len, codes))  # type: ignore[attr-defined]  # the report reads it
    return run


def _through(pieces: list[Callable[..., int]], slots: list[Any]) -> int:
    for piece in pieces:
        failed = piece(slots)
        if failed >= 0:
            return failed
    return -1


def rows(
    program: Program, shared: Sequence[bool] = (), summed: Sequence[bool] = (), exact: bool = True
) -> RowsRun:
    """Make a program ready to run for many rows, one by one; sums are in the order of the tape's.

    All that it computes is exact.
    """
    run_row = machine(program)

    def run(count: int, inputs: tuple[Any, ...], outputs: tuple[Any, ...], left: Any, /) -> int:
        columns = [x[..., k] for x in outputs for k in range(x.shape[-1])]
        sums = [[0.0] * 8 for _ in columns]
        gone = 0
        for row in range(count):
            given = [x if x.ndim == 1 else x[row] for x in inputs]
            results, failed = run_row([y for x in given for y in x.tolist()])
            if len(left):
                left[row] = failed
            gone += failed >= 0
            for k, (column, z) in enumerate(zip(columns, results)):
                if column.ndim:
                    column[row] = z
                else:
                    sums[k][row % 8] += z
        for column, s in zip(columns, sums):
            if not column.ndim:
                column[()] = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
        return gone

    return run
