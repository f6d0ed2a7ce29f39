"""chainrule write-tests: a file of gradient tests for the derivatives by hand in a module."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Any

from autograd.commands.answers import write_json
from autograd.commands.expressions import UsageError, shown_text
from autograd.commands.targets import imported
from autograd.files import write

EXAMPLES = """\
examples:
  chainrule write-tests losses
  chainrule write-tests package.losses -o tests/test_losses.py
  chainrule write-tests src/losses.py -o tests/test_losses.py --force

to look at a module imports it, which runs it; functions that have a derivative are called.
exit codes: 0 written, 2 there is nothing to test, or it could not be done
"""


def add(subparsers: Any) -> None:
    """Add the arguments of the command."""
    does = "write gradient tests for the derivatives by hand in a module"
    parser = subparsers.add_parser(
        "write-tests",
        help=does,
        description=f"{does.capitalize()}.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="module", help="a module, or a file of Python")
    parser.add_argument("-o", "--output", metavar="FILE", help="file to write (without: print it)")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.set_defaults(run=run, values=[])


def run(given: argparse.Namespace) -> int:
    """Write; return the exit code."""
    try:
        from autograd.testing.writing import Written, tests_of
    except ImportError as error:
        raise UsageError(f"write-tests: needs {error.name}; pip install '.[check]'") from None
    if given.values:
        raise UsageError(f"write-tests: got {shown_text(given.values[0])}; it needs a module alone")
    if given.output and os.path.lexists(given.output) and not given.force:
        raise UsageError(f"{given.output}: it is there already; add --force to write over it")
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings(action="ignore"):
        found: Written = tests_of(imported(_module(given.target)))
    if not found.source:
        needed = "a function f and its derivative by hand are called f and f_grad, df or the like"
        raise UsageError(f"{given.target}: got no derivatives by hand; {needed}")
    if given.output:
        try:
            write(given.output, found.source.encode())
        except OSError as error:
            raise UsageError(f"{given.output}: {error.strerror or error}") from None
    if given.json:
        write_json(tests=found.tests, untried=found.untried, source=found.source)
    elif not given.output:
        print(found.source, end="")
    return 0


def _module(target: str) -> str:
    """Return the name of a module; of a file, whose folder, or that of its package, is searched."""
    path = Path(target.strip())
    if path.suffix != ".py" or not path.is_file():
        if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", target.strip()):
            raise UsageError(f"got {shown_text(target)}; it needs a module or a file of Python")
        return target.strip()
    parts, folder = [path.stem], path.resolve().parent
    if path.stem == "__init__":
        parts = []
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    if not all(part.isidentifier() for part in parts):
        raise UsageError(f"got {shown_text(target)}; its name can't be imported")
    sys.path.insert(0, str(folder))
    return ".".join(parts)
