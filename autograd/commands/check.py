"""chainrule check: test the derivatives of a function over its domain."""

from __future__ import annotations

import argparse
import ast
import contextlib
import inspect
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd import functions
from autograd.commands.answers import HIGHEST, bounded, subcommand, write_json
from autograd.commands.expressions import ParsedExpression, UsageError, shown_text
from autograd.commands.findings import Findings
from autograd.commands.sampling import Checks, checked, points_in
from autograd.commands.targets import function_of, is_function, numbers_of, placed

EXAMPLES = """\
examples:
  chainrule check "x * log(x)" --domain x=0:5
  chainrule check "x * log(x)" --domain x=0:5 --derivative "log(x) + 1"
  chainrule check model:loss --domain x=-1:1 k=3 --order 2
  chainrule check model:f --domain x=0:inf --derivative model:df --json
  chainrule check model:huber --domain x=-9:9 --fixed kind=smooth --fixed n=3 --workers 4
  chainrule check "x*y, x + y" --domain x=0:1 y=2

the points are spread over the domains, close to their edges and at numbers such as 0 and 1.
exit codes: 0 all right, 1 something is wrong, 2 some could not be judged, or it could not be done
"""
MOST_POINTS = 100_000
MOST_WORKERS = 64
LONGEST = 1e6
"""Largest time limit in seconds: eleven days."""
CHILD = "CHAINRULE_CHECKING"
"""Environment variable of the process that runs a check with a time limit."""


def add(subparsers: Any) -> None:
    """Add the arguments of the command."""
    parser = subcommand(subparsers, "check", "say whether a derivative is right", EXAMPLES, run)
    parser.add_argument(
        "--domain", metavar="x=LOW:HIGH", action="append", default=[],
        help="where to check, for each variable that has no number; inf is allowed",
    )  # fmt: skip
    parser.add_argument(
        "--derivative", metavar="TARGET",
        help="one by hand, an expression or module:function; of several variables one that returns "
        "a tuple (default: the engine's)",
    )  # fmt: skip
    parser.add_argument(
        "--order", type=int, default=1, help=f"of the derivative, up to {HIGHEST} (default 1)"
    )
    parser.add_argument(
        "--points", type=int, default=100, help=f"how many, up to {MOST_POINTS} (default 100)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the choice of points (default 0)")
    parser.add_argument(
        "--fixed", metavar="n=3", action="append", default=[],
        help="an argument that stays as it is: a whole number, a word, True",
    )  # fmt: skip
    parser.add_argument(
        "--strict", action="store_true", help="fail where something could not be judged"
    )
    parser.add_argument("--workers", type=int, default=1, help="number of processes (default 1)")
    parser.add_argument(
        "--dask", metavar="ADDRESS",
        help="share the points among the workers of a cluster of Dask, as tcp://host:8786",
    )  # fmt: skip
    parser.add_argument(
        "--seconds", type=float, help="begin no further point after so long, and say how many"
    )
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="end the check after so long"
    )


def run(given: argparse.Namespace) -> int:
    """Check; return the exit code."""
    if given.timeout is not None and CHILD not in os.environ:
        return _in_a_child(given.timeout)
    bounded(given, order=HIGHEST, points=MOST_POINTS, workers=MOST_WORKERS)
    if given.dask is not None and given.workers != 1:
        raise UsageError(f"--workers: got {given.workers} and --dask; it needs one of them")
    until = math.inf
    if given.seconds is not None:
        if not 0 < given.seconds <= LONGEST:
            raise UsageError(
                f"--seconds: got {given.seconds:g}; it must be above 0, {LONGEST:g} at most"
            )
        until = time.time() + given.seconds
    numbers, domains = numbers_of(given.values), _domains(given.domain)
    names = _checks(given).names
    points = points_in(domains, numbers, names, given.points, given.seed)
    reports = checked(_checks, given, points, until)
    done = [(point, report) for point, report in zip(points, reports) if report is not None]
    found = Findings(done, len(points) - len(done), given.seconds, given.strict)
    if given.json:
        write_json(target=given.target.strip(), **found.to_dict())
    else:
        print(found)
    return found.code


def _checks(given: argparse.Namespace) -> Checks:
    """Return what is to be checked."""
    numbers, domains, fixed = (
        numbers_of(given.values),
        _domains(given.domain),
        _fixed(given.fixed),
    )
    for name in domains:
        if name in numbers:
            raise UsageError(f"{name}: got a number and a domain; it needs one of them")
    for name in fixed:
        if name in numbers or name in domains:
            raise UsageError(f"{name}: got a fixed value and another; it needs one of them")
    names, kept, f = _target(given.target, [*domains, *numbers], fixed, given)
    for name in [*domains, *numbers, *fixed]:
        if name not in names and name not in kept:
            raise UsageError(f"got {name}, but {name} is not in {given.target.strip()}")
    if not names:
        raise UsageError(f"{given.target.strip()}: got no variables; there is nothing to check")
    derivative = None
    if given.derivative is not None:
        if given.order != 1:
            raise UsageError(f"--order: got {given.order} and --derivative; it must be 1 then")
        derivative = _by_hand(given.derivative, names, fixed, given)
    variable = [name for name in names if name in domains] or names
    return Checks(f, derivative, names, variable, given.order)


def _in_a_child(seconds: float) -> int:
    """Run the command in a process that can be ended."""
    if not 0 < seconds <= LONGEST:
        raise UsageError(f"--timeout: got {seconds:g}; it must be above 0, {LONGEST:g} at most")
    child = subprocess.Popen(
        [sys.executable, "-m", "autograd", *sys.argv[1:]],
        env={**os.environ, CHILD: "1"},
        start_new_session=True,
    )
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        raise UsageError(f"check: it did not end within {seconds:g} s") from None
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process, and the workers that it began."""
    if child.poll() is None and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()


def _domains(given: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the intervals of `x=0:5`."""
    found: dict[str, tuple[float, float]] = {}
    for text in given:
        name, sign, ends = text.partition("=")
        low, colon, high = ends.partition(":")
        try:
            interval = float(low), float(high)
        except ValueError:
            interval = math.nan, math.nan
        is_domain = sign and colon and name.isidentifier()
        if not is_domain or any(map(math.isnan, interval)):
            raise UsageError(f"--domain: got {shown_text(text)}; domains are given as x=0:5")
        if not interval[0] < interval[1]:
            raise UsageError(f"--domain: got {text}; the lower end must be below the upper")
        if name in found:
            raise UsageError(f"--domain: got {name} twice")
        found[name] = interval
    return found


def _fixed(given: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of `n=3`, as Python writes them; any other word is a string."""
    found: dict[str, Any] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.isidentifier():
            raise UsageError(f"--fixed: got {shown_text(text)}; it is given as n=3")
        if name in found:
            raise UsageError(f"--fixed: got {name} twice")
        try:
            found[name] = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            found[name] = value
    return found


def _target(
    target: str, names: Sequence[str], fixed: Mapping[str, Any], given: argparse.Namespace
) -> tuple[list[str], dict[str, Any], Callable[..., Any]]:
    """Return the variables, the fixed arguments that it takes, and the function of the former."""
    if is_function(target, given):
        function = function_of(target)
        ordered = _ordered(function, names, fixed)
        known = _parameters(function)
        kept = {x: fixed[x] for x in fixed if known is None or x in known}

        def call(*given: Any) -> Any:
            args, named = placed(function, {**dict(zip(ordered, given)), **kept})
            return function(*args, **named)

        return ordered, kept, call
    expressions = _expressions(target)
    every = _names(expressions)
    kept = {x: fixed[x] for x in fixed if x in every}
    for x, value in kept.items():
        if not isinstance(value, (int, float)):
            raise UsageError(f"--fixed: got {x}={value}; an expression needs a number")
    missing = [x for x in every if x not in names and x not in fixed]
    if missing:
        raise UsageError(f"got no domain for {missing[0]}; add --domain {missing[0]}=0:1")
    free = [x for x in every if x not in fixed]
    constants = {x: float(value) for x, value in kept.items()}
    return free, kept, lambda *given: _over(expressions, {**constants, **dict(zip(free, given))})


Expressions = ParsedExpression | list["Expressions"]


def _expressions(text: str) -> Expressions:
    """Return an expression; of several between commas, a list, also in brackets."""
    parts = _parts(text)
    inner = text.strip()
    if len(parts) == 1 and inner[:1] == "(" and inner[-1:] == ")":
        parts = _parts(inner[1:-1])
        if len(parts) == 1 or None in parts:
            return ParsedExpression(text)
    if len(parts) == 1 or None in parts:
        return ParsedExpression(text)
    return [_expressions(part) for part in parts if part is not None]


def _parts(text: str) -> list[str | None]:
    """Return the parts between commas outside brackets; None where a bracket closes too early."""
    parts: list[str | None] = []
    depth = start = 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return [None]
        if letter == "," and not depth:
            parts.append(text[start:i])
            start = i + 1
    last = text[start:]
    return [*parts, last] if last.strip() or not parts else parts


def _names(expressions: Expressions) -> list[str]:
    if isinstance(expressions, ParsedExpression):
        return expressions.names
    return list(dict.fromkeys(x for part in expressions for x in _names(part)))


def _over(expressions: Expressions, numbers: Mapping[str, Any]) -> Any:
    if isinstance(expressions, ParsedExpression):
        return expressions.over(functions, numbers)
    return tuple(_over(part, numbers) for part in expressions)


def _by_hand(
    target: str, names: list[str], fixed: Mapping[str, Any], given: argparse.Namespace
) -> Callable[..., Any]:
    """Return the derivative as a function of all variables, in their order."""
    used, _, derivative = _target(target, names, fixed, given)
    places = [names.index(x) for x in used]
    return lambda *given: derivative(*[given[i] for i in places])


def _parameters(function: Callable[..., Any]) -> list[str] | None:
    """Return the names of the parameters; None where it takes any."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return (
        None if any(p.kind == p.VAR_KEYWORD for p in parameters) else [p.name for p in parameters]
    )


def _ordered(
    function: Callable[..., Any], names: Sequence[str], fixed: Mapping[str, Any]
) -> list[str]:
    """Return the names in the order of the parameters of a function."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return list(names)
    known = [p.name for p in parameters]
    if _parameters(function) is not None:
        for name in names:
            if name not in known:
                raise UsageError(f"got {name}, but the function has {', '.join(known) or 'none'}")
    needed = [p.name for p in parameters if (p.default is p.empty and p.kind < 2) or p.kind == 3]
    for name in needed:
        if name not in names and name not in fixed:
            raise UsageError(f"got no domain for {name}; add --domain {name}=0:1, or {name}=1.0")
    return sorted(names, key=lambda x: known.index(x) if x in known else len(known))
