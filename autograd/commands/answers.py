"""Making of subcommands, and their answers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from autograd.commands.expressions import UsageError

HIGHEST = 10
"""Highest order of a derivative; graphs grow with every order."""


def subcommand(
    subparsers: Any, name: str, does: str, examples: str, run: Callable[..., int]
) -> argparse.ArgumentParser:
    """Return the parser of a command about a target and numbers for its names."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=does,
        description=does[0].upper() + does[1:] + ".",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "target", help='an expression, as "x**2 * sin(x)", or module:function of your own'
    )
    parser.add_argument(
        "values", nargs="*", metavar="x=1.0", help="a number for a name; x=1,2,3 is an array"
    )
    parser.add_argument(
        "--expression", action="store_true",
        help="take targets as expressions only: no module is imported, nothing of one is run",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.set_defaults(run=run)
    return parser


def bounded(given: argparse.Namespace, **most: int) -> None:
    """Raise UsageError for options that are not from 1 to their limit."""
    for name, limit in most.items():
        if not 1 <= (got := getattr(given, name)) <= limit:
            raise UsageError(f"--{name}: got {got}; it must be from 1 to {limit}")


def note(text: str) -> None:
    """Print a remark to stderr."""
    print(f"chainrule: {text}", file=sys.stderr)


def write_json(**answer: Any) -> None:
    """Print the answer for programs."""
    print(json.dumps(answer, ensure_ascii=True, allow_nan=False, indent=2))
