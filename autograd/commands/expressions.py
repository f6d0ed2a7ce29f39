"""Expressions from the command line, read through a whitelist and never evaluated by Python."""

from __future__ import annotations

import ast
import functools
import math
import operator
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from autograd.rules.elementary import ALIASES, BUILT_IN, TABLE

LONGEST = 5000
"""Largest number of characters."""
MOST_PARTS = 500
"""Largest number of names, numbers, operations and calls."""
DEEPEST = 100
"""Largest depth of brackets and operations inside one another."""
CONSTANTS = {"pi": math.pi, "e": math.e}
MODULES = ("math", "np", "numpy", "ag")
"""Names of modules before a function or a constant, as in a program: np.sin(x)."""
OF_MODULES = {**CONSTANTS, "tau": math.tau, "inf": math.inf, "nan": math.nan}
BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Mod: "mod",
    ast.Pow: "pow",
}
UNARY: dict[type[ast.unaryop], str] = {ast.USub: "neg", ast.UAdd: "pos"}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
ALLOWED = (
    "allowed are numbers, names given as x=1.0, pi, e, + - * / % **, brackets, functions such as "
    "sin(x), and where(x > 0, x, 0)"
)
REMEDIES = {
    ast.BitXor: "^; a power is x**2",
    ast.FloorDiv: "//; write floor(x / y)",
    ast.MatMult: "@, of matrices; here all are numbers",
}
KNOWN_AS = {
    **ALIASES,
    "ln": "log",
    "fmax": "maximum",
    "fmin": "minimum",
    "sgn": "sign",
    "logistic": "sigmoid",
}
FOLDED = {"max": "maximum", "min": "minimum", "sum": "add"}
"""Functions of any number of operands, and the row that is folded over them."""
INSTEAD = {
    "cot": "1 / tan(x)",
    "sec": "1 / cos(x)",
    "csc": "1 / sin(x)",
    "coth": "1 / tanh(x)",
    "csch": "1 / sinh(x)",
    "acot": "atan(1 / x)",
    "sinc": "where(abs(x) > 0, sin(pi*x) / (pi*x), 1)",
    "degrees": "x * 180 / pi",
    "radians": "x * pi / 180",
    "deg2rad": "x * pi / 180",
    "rad2deg": "x * 180 / pi",
    "log_2": "log2(x)",
    "int": "trunc(x)",
    "fmod": "x - y * trunc(x / y)",
    "heaviside": "step(x)",
}
"""Functions that are not in the table, written with rows of the table."""


class UsageError(ValueError):
    """Error for a request that can't be met, in one line."""


class ExpressionError(UsageError):
    """Error for an expression that can't be read."""


class ParsedExpression:
    """Formula in some names, as the command line gives it.

    Only numbers, names, the arithmetic of floats, comparisons inside `where` and the functions of
    the table are allowed, up to a size. Everything is a float, so that no power is too large to be
    computed. Raises ExpressionError, with what was got and what is allowed.

    >>> import autograd as ag
    >>> ParsedExpression("x**2 + 1").over(ag, {"x": 3.0})
    10.0
    """

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise ExpressionError(f"expression: got {len(text)} characters; at most {LONGEST}")
        self.text = text.strip()
        self._tree = _parsed(self.text)
        self.names: list[str] = []
        """Variables in it, in the order in which they come."""
        self._check()

    def over(self, m: Any, numbers: Mapping[str, Any]) -> Any:
        """Return its value in an arithmetic that has the functions of the table.

        The arithmetic is `ag`, of Values or floats, or one of formulas.
        """
        return self._value(self._tree, m, {**CONSTANTS, **numbers})

    def _value(self, node: ast.expr, m: Any, numbers: Mapping[str, Any]) -> Any:
        if isinstance(node, ast.Constant):
            return float(node.value)  # type: ignore[arg-type]  # _check has seen to it
        if isinstance(node, ast.Name):
            return numbers[node.id]
        if isinstance(node, ast.Attribute):
            return OF_MODULES[node.attr]
        if isinstance(node, ast.Compare):
            left, right = node.left, node.comparators[0]
            compare = COMPARISONS[type(node.ops[0])]
            return compare(self._value(left, m, numbers), self._value(right, m, numbers))
        name, parts = _operation(node)
        row = TABLE[name]
        operands = [self._value(part, m, numbers) for part in parts]
        if name in FOLDED.values():
            return functools.reduce(getattr(m, name), operands)
        left_out = len(row.operands) - len(parts)
        defaults = row.defaults[len(row.defaults) - left_out :]
        return getattr(m, name)(*operands, *defaults)

    def _check(self) -> None:
        """Raise for everything not on the whitelist; without recursion: the depth is unknown."""
        count = 0
        stack: list[tuple[ast.expr, int, bool]] = [(self._tree, 1, False)]
        while stack:
            node, depth, may_compare = stack.pop()
            count += 1
            if count > MOST_PARTS:
                raise ExpressionError(f"expression: got more than {MOST_PARTS} parts; write less")
            if depth > DEEPEST:
                raise ExpressionError(f"expression: got more than {DEEPEST} levels; nest it less")
            if isinstance(node, ast.Constant):
                _check_number(node)
            elif isinstance(node, ast.Name):
                if node.id not in CONSTANTS and node.id not in self.names:
                    self.names.append(node.id)
            elif _of_module(node) in OF_MODULES:
                continue
            elif isinstance(node, ast.Compare):
                if not may_compare:
                    raise _refused("a comparison outside where(...)", node)
                if len(node.ops) > 1 or type(node.ops[0]) not in COMPARISONS:
                    raise _refused("a comparison other than one of < <= > >=", node)
                stack += [(node.comparators[0], depth + 1, False), (node.left, depth + 1, False)]
            else:
                name, parts = _operation(node)
                for k in reversed(range(len(parts))):
                    is_condition = name == "where" and k == 0
                    if is_condition and not isinstance(parts[0], ast.Compare):
                        raise _refused("where(...) without a comparison first", node)
                    stack.append((parts[k], depth + 1, is_condition))


def _parsed(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings(action="ignore"):  # of what Python thinks of it
            return ast.parse(text, "<expression>", "eval").body
    except SyntaxError as error:
        reason = (error.msg or "").split(";")[0].split("\n")[0][:80]
        place = f" at character {error.offset}" if error.offset else ""
        got = shown_text(text) if text else "nothing"
        raise ExpressionError(f"expression: got {got}: {reason}{place}; {ALLOWED}") from None
    except (ValueError, MemoryError, RecursionError, OverflowError, UnicodeError) as error:
        what = "null bytes" if "\0" in text else f"what Python cannot read ({type(error).__name__})"
        raise ExpressionError(f"expression: got {what}; {ALLOWED}") from None


def _check_number(node: ast.Constant) -> None:
    if type(node.value) not in (int, float):
        kinds = {
            str: "a string",
            bytes: "a string",
            bool: "a truth value",
            complex: "a complex number",
        }
        raise _refused(kinds.get(type(node.value), f"{node.value!r}"), node)
    try:
        float(node.value)  # type: ignore[arg-type]  # it is a number
    except OverflowError:
        raise _refused("a whole number beyond 1e308", node) from None


def _operation(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """Return the row of the table for a node of the tree, and its operands."""
    if isinstance(node, ast.BinOp):
        if type(node.op) not in BINARY:
            raise _refused(
                REMEDIES.get(type(node.op), f"the sign of {type(node.op).__name__}"), node
            )
        return BINARY[type(node.op)], [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and type(node.op) in UNARY:
        return UNARY[type(node.op)], [node.operand]
    if isinstance(node, ast.IfExp):
        return "where", [node.test, node.body, node.orelse]
    if not isinstance(node, ast.Call):
        raise _refused(KINDS.get(type(node), f"{type(node).__name__}"), node)
    given = node.func.id if isinstance(node.func, ast.Name) else _of_module(node.func)
    if given is None:
        raise _refused("a call of what is no name", node)
    name = FOLDED.get(given) or KNOWN_AS.get(given, given)
    if name not in BUILT_IN:
        got = f"expression: got the function {shown_text(given)}"
        raise ExpressionError(f"{got}; {_instead(given)}")
    if node.keywords:
        raise _refused(f"a keyword in {given}(...)", node)
    parts = node.args
    if given in FOLDED and len(parts) == 1 and isinstance(parts[0], (ast.List, ast.Tuple)):
        parts = parts[0].elts
    if any(isinstance(x, ast.Starred) for x in parts):
        raise _refused(f"a star in {given}(...)", node)
    row = TABLE[name]
    most, least = len(row.operands), len(row.operands) - len(row.defaults)
    if given in FOLDED:
        most, least = len(parts), 1
    if not least <= len(parts) <= most:
        needed = f"{least} or more" if given in FOLDED else f"{most} ({', '.join(row.operands)})"
        raise ExpressionError(
            f"expression: got {given} of {len(parts)} operands; it needs {needed}"
        )
    return name, parts


def _of_module(node: ast.expr) -> str | None:
    """Return the name after `np.` and the like; None for any other attribute, and for all else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id in MODULES else None
    return None


KINDS: dict[type[ast.expr], str] = {
    ast.Attribute: "an attribute, a.b",
    ast.Subscript: "an index, a[b]",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "an assignment, :=",
    ast.Starred: "a star",
    ast.List: "a list",
    ast.Tuple: "a tuple",
    ast.Set: "a set",
    ast.Dict: "a dict",
    ast.BoolOp: "and, or",
    ast.UnaryOp: "not, ~",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}


def _refused(what: str, node: ast.expr) -> ExpressionError:
    return ExpressionError(f"expression: got {what}, at character {node.col_offset + 1}; {ALLOWED}")


def _instead(name: str) -> str:
    if name in INSTEAD:
        return f"write {INSTEAD[name]}; allowed are the functions of the table"
    return "allowed are those of the table, such as sin, exp, sqrt, tanh, maximum and where"


def shown_text(text: str) -> str:
    """Return a text of the user's for a message: quoted, on one line, not long."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
