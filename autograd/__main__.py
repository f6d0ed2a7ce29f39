"""Command line, `chainrule` or `python -m autograd`."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from collections.abc import Sequence

import numpy as np

from autograd.commands import check, draw, explain, write_tests
from autograd.commands.expressions import UsageError
from autograd.compiled import core
from autograd.version import __version__

COMMANDS = (draw, explain, check, write_tests)
CODES = """\
exit codes: 0 done, 1 a check failed, 2 it could not be done as asked
help on a command, with examples: chainrule COMMAND --help
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # where a terminal knows no ∂
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except UsageError as error:
        print(f"chainrule: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read has seen enough; Python must not complain when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="chainrule",
        description="Derivatives of plain Python: the package autograd.",
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    about = (
        f"chainrule {__version__} (core: {core}, Python {platform.python_version()}, "
        f"NumPy {np.__version__})"
    )
    parser.add_argument("--version", action="version", version=about)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add(subparsers)
    given, rest = parser.parse_known_args([_guarded(x) for x in arguments])
    if not hasattr(given, "run"):
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        parser.print_help(sys.stderr)
        return 2
    if wrong := [x for x in rest if not re.match(r"\w+=", x)]:
        parser.error(f"unrecognized arguments: {' '.join(wrong)}")
    given.values += rest  # those behind an option
    code: int = given.run(given)
    sys.stdout.flush()
    return code


def _guarded(argument: str) -> str:
    """Return an argument such as -x**2 with a space before it, so that it is read as no option."""
    is_option = re.fullmatch(r"--[a-z][\w-]*(=.*)?|-h|-o.*|-", argument, re.DOTALL)
    return f" {argument}" if argument.startswith("-") and not is_option else argument


if __name__ == "__main__":
    raise SystemExit(main())
