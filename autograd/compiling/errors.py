"""Errors that Python's floats raise, and Values don't, in functions that may catch them."""

from __future__ import annotations

import traceback

from autograd.compiling.lines import is_of_users, shown_line
from autograd.compiling.program import Builder
from autograd.compiling.recording import RecordingError


class CaughtError(RecordingError):
    """End of a recording at a point where floats raise: there the function runs as it is."""


def hold_errors(name: str, builder: Builder) -> None:
    """Demand that nothing is divided by 0, and that no power is too large; raise where it is."""
    zero = builder.constant(0.0)
    for own, (op, *operands) in enumerate([*builder.code], builder.inputs):
        if op in ("div", "fmod"):
            held = builder.emit("ne", operands[1], zero)
        elif op == "pow" or (op == "mul" and operands[0] == operands[1]):
            held = builder.emit("isfinite", own)
        else:
            continue
        if not builder.value(held):
            raise CaughtError(
                f"compile: {name} divides by 0, or takes a power that is too large, which is an "
                "error of Python's floats that it may catch; ask for that by an if"
            )
        builder.guard(held, True)


def of_variables(name: str, error: BaseException) -> RecordingError:
    """Return the error of a function that raised one for variables, and none for numbers."""
    frames = [x for x in traceback.walk_tb(error.__traceback__) if is_of_users(x[0])]
    line = shown_line(frames[-1][0].f_code.co_filename, frames[-1][1]) if frames else name
    text = " ".join(str(error).split())  # in one line
    what = f"{type(error).__name__} is raised for variables, not for numbers"
    what += f": {text}" if text else ""
    return RecordingError(
        f"compile: {line}: {what}; use functions of NumPy or of this package, and make text and "
        "other objects of the numbers outside"
    )
