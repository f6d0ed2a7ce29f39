"""chainrule explain: the value and the derivatives of an expression, as formulas and numbers."""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograd import functions, transforms
from autograd.commands.answers import HIGHEST, bounded, note, subcommand, write_json
from autograd.commands.expressions import ParsedExpression, UsageError
from autograd.commands.targets import computed, expression_of, is_function, numbers_of
from autograd.explaining.formulas import derivative, evaluated
from autograd.explaining.notations import latex_of, text_of, told_name
from autograd.explaining.simplifying import FORMULAS, simplified, value_of
from autograd.explaining.words import Explanation, plain_data
from autograd.formulas.formula import Formula, name, number

EXAMPLES = """\
examples:
  chainrule explain "x**2 * sin(x)" x=3
  chainrule explain "x**2 * sin(y)" x=3 y=1 --wrt x --order 2
  chainrule explain model:loss x=1.0

formulas are simplified, and held against the numbers of the engine: where they differ the exit code
is 1. Of a function of your own each variable is explained by what its gradient is made of.
"""
LONGEST = 2000
"""Largest number of operations in a formula that is printed."""
TOO_LONG = 20000
"""Largest number of operations in a formula that is differentiated."""
AGREEMENT, LOST = 1e-8, 1e-12
"""Largest error of a formula against the engine: relative, and beside its largest number."""
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def add(subparsers: Any) -> None:
    """Add the arguments of the command."""
    parser = subcommand(subparsers, "explain", "say what a derivative is and why", EXAMPLES, run)
    parser.add_argument(
        "--wrt", metavar="NAME", action="append", help="the variable (may be repeated; default all)"
    )
    parser.add_argument("--order", type=int, default=1, help=f"of the derivative, up to {HIGHEST}")


def run(given: argparse.Namespace) -> int:
    """Explain; return the exit code."""
    bounded(given, order=HIGHEST)
    return _function(given) if is_function(given.target, given) else _expression(given)


def _wanted(given: argparse.Namespace, names: list[str]) -> list[str]:
    for each in given.wrt or ():
        if each not in names:
            have = ", ".join(names) or "no variables"
            raise UsageError(f"--wrt: got {each}; there is {have}")
    return list(dict.fromkeys(given.wrt or names))


def _function(given: argparse.Namespace) -> int:
    roots, variables = computed(given)
    if len(roots) != 1 or math.prod(getattr(roots[0], "shape", ())) != 1:
        raise UsageError(f"{given.target}: it returned more than one number; explain needs one")
    if given.order != 1:
        raise UsageError("--order: got a function; higher orders are for expressions")
    (root,) = roots
    if root.name is None and root.row is not None:
        root.name = given.target.rpartition(":")[2].strip()
    said = [Explanation(root, root, None)]
    said += [Explanation(variables[x], root, None) for x in _wanted(given, list(variables))]
    if given.json:
        write_json(target=given.target.strip(), explanations=[each.to_dict() for each in said])
    else:
        print("\n\n".join(each.text for each in said))
    return 0


@dataclass(frozen=True)
class _Derivative:
    """Derivative of an expression, by the engine and, where it is not too long, as a formula."""

    by: str
    order: int
    value: float
    formula: Formula | None
    formula_value: float | None
    lost: float = 0.0
    """Bound on the error where large numbers cancel."""

    @property
    def agrees(self) -> bool | None:
        """Return whether the two are equal; None without a formula, or where one is not finite."""
        if self.formula_value is None:
            return None
        x, y = self.value, self.formula_value
        if not (math.isfinite(x) and math.isfinite(y)):
            return True if x == y or (math.isnan(x) and math.isnan(y)) else None
        return abs(x - y) <= AGREEMENT * max(abs(x), abs(y)) + self.lost

    def told(self, d: str) -> str:
        """Return the derivative as one line of text."""
        times = str(self.order).translate(RAISED) if self.order > 1 else ""
        formula = ""
        if self.formula is None or self.formula.size > LONGEST:
            formula = "(a formula too long to print) = "
        elif value_of(self.formula) is None:
            formula = f"{text_of(self.formula)} = "
        return f"{d}{times}/{d}{told_name(self.by)}{times} = {formula}{self.value!r}"

    def to_dict(self) -> dict[str, Any]:
        """Return the derivative as data for JSON."""
        shown = None if self.formula is None or self.formula.size > LONGEST else self.formula
        return {
            "by": self.by,
            "order": self.order,
            "formula": None if shown is None else text_of(shown),
            "latex": None if shown is None else latex_of(shown),
            "value": plain_data(self.value),
            "formula_value": plain_data(self.formula_value),
            "agrees": self.agrees,
        }


def _expression(given: argparse.Namespace) -> int:
    numbers = numbers_of(given.values)
    expression = expression_of(given.target, numbers)
    value = float(expression.over(functions, numbers))
    formula = expression.over(FORMULAS, {x: name(x) for x in expression.names})
    formula = simplified(formula if isinstance(formula, Formula) else number(formula))
    wanted = _wanted(given, expression.names)
    found = [
        each for x in wanted for each in _derivatives(expression, formula, numbers, x, given.order)
    ]
    if given.json:
        write_json(
            target=expression.text,
            variables={x: plain_data(numbers[x]) for x in expression.names},
            value=plain_data(value),
            formula=text_of(formula),
            latex=latex_of(formula),
            derivatives=[each.to_dict() for each in found],
        )
    else:
        at = ", ".join(f"{told_name(x)} = {numbers[x]!r}" for x in expression.names)
        print(f"{' '.join(expression.text.split())} = {value!r}{', at ' if at else ''}{at}")
        for each in found:
            print(each.told("d" if len(expression.names) == 1 else "∂"))
        if not found:
            print("there are no variables to differentiate by")
    for each in found:
        if each.formula is not None and not each.agrees:
            word = "by the rules" if each.agrees is None else "but by the rules"
            note(
                f"order {each.order} by {each.by}: the formula gives {each.formula_value!r}, "
                f"{word} it is {each.value!r}"
            )
    return 1 if any(each.agrees is False for each in found) else 0


def _derivatives(
    expression: ParsedExpression, formula: Formula, numbers: dict[str, float], x: str, order: int
) -> Iterator[_Derivative]:
    """Iterate over the derivatives of orders 1 to `order` by one variable."""

    def f(t: Any) -> Any:
        return expression.over(functions, {**numbers, x: t})

    current: Formula | None = formula
    for n in range(1, order + 1):
        with warnings.catch_warnings(action="ignore"):  # that a branch does not depend on x
            value = float(transforms.derivative(f, order=n)(numbers[x]))
        if current is not None:
            current = derivative(current, name(x)) if current.size <= TOO_LONG else None
        if current is None:
            yield _Derivative(x, n, value, None, None)
            continue
        by_formula, largest = evaluated(current, numbers)
        yield _Derivative(x, n, value, current, by_formula, LOST * largest)
