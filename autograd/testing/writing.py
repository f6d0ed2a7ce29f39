"""Files of gradient tests, written for the derivatives by hand in a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from autograd.testing.guessing import Guess, UntriedError, guess
from autograd.testing.pairing import pairs_in

OPTIONS = {
    "derivative",
    "jvp",
    "vjp",
    "order",
    "examples",
    "seed",
    "seconds",
    "strict",
    "folder",
    "executor",
}
"""Names of options of `gradient_test`, which no argument of a function can have."""

MANY, FEWER = 8, 50
"""Where there are many numbers, each check takes longer; then there are fewer."""


@dataclass(frozen=True)
class Written:
    """Source of a file of tests."""

    source: str
    """Source; "" where there is no derivative by hand."""
    tests: list[str]
    """Names of the tests."""
    untried: list[str]
    """Functions that could not be tried, each with the reason."""


def tests_of(module: ModuleType) -> Written:
    """Return gradient tests for the derivatives by hand in a module."""
    name = module.__name__
    root = name.partition(".")[0]
    space = {root: __import__(name), "np": np}
    tests: dict[str, str] = {}
    untried: list[str] = []
    for pair in pairs_in(module):
        try:
            found = guess(pair, space, name)
            if clash := (OPTIONS | {root, "np"}) & {*found.domains}:
                raise UntriedError(f"its argument {min(clash)} must be called otherwise")
        except UntriedError as error:
            untried.append(f"{pair.of}{f', {pair.by}' if pair.by else ''}: {error}")
        except Exception as error:  # of the module's own, where it is looked at
            told = " ".join(str(error).split())
            untried.append(f"{pair.of}: {type(error).__name__}: {told}")
        else:
            tests[pair.name] = _test(pair.name, found)
    source = _source(name, tests, untried) if tests or untried else ""
    return Written(source, [*tests], untried)


def _source(name: str, tests: Mapping[str, str], untried: Sequence[str]) -> str:
    body = "\n\n".join(tests.values())
    imports = ["import math"] if "math.inf" in body else []
    imports += ["import numpy as np"] if "np." in body else []
    imports += [f"import {name}"]
    imports += ["from autograd.testing import gradient_test"] if tests else []
    imports += ["from autograd.testing.strategies import arrays"] if "arrays(" in body else []
    lines = [f'"""Gradient tests of {name}, written by `chainrule write-tests`.']
    if "# guessed" in body:
        lines += ["", "Make the domains that are guessed what they are.", '"""']
    else:
        lines[0] += '"""'
    lines += ["", *imports, *(["", body] if tests else [])]
    if untried:
        lines += ["", "# Not tested:", *(f"# - {text}" for text in untried)]
    return "\n".join(lines) + "\n"


def _test(name: str, found: Guess) -> str:
    form = found.form
    fixed = ", ".join(f"{key}={text}" for key, text in form.fixed.items())
    lines = [f"{name} = gradient_test(", f"    {form.f},{f'  # guessed: {fixed}' if fixed else ''}"]
    lines += [f"    {key}={text}," for key, text in form.options.items()]
    for key, (text, remark) in found.domains.items():
        lines.append(f"    {key}={text},{f'  # {remark}' if remark else ''}")
    if found.size > MANY:
        lines.append(f"    examples={FEWER},")
    return "\n".join([*lines, ")"])
