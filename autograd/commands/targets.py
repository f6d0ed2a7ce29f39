"""Targets of commands: an expression or a function of the user's, and numbers for its names."""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import re
import sys
import traceback
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import functions
from autograd.commands.expressions import (
    CONSTANTS,
    ParsedExpression,
    UsageError,
    shown_text,
)
from autograd.recording import record_lines
from autograd.rules.elementary import BUILT_IN
from autograd.tensors.tensor import Tensor
from autograd.trees import flatten
from autograd.value import Value, shown

Numbers = dict[str, Any]


def numbers_of(assignments: Sequence[str]) -> Numbers:
    """Return the numbers of `x=1.0`; `x=1,2,3` is an array."""
    found: Numbers = {}
    for text in assignments:
        name, sign, value = text.partition("=")
        name = unicodedata.normalize("NFKC", name)  # as Python reads the expression
        if not sign or not name.isidentifier():
            raise UsageError(f"got {shown_text(text)}; values are given as x=1.0")
        if name in found:
            raise UsageError(f"got {name} twice")
        try:
            parts = [float(part) for part in value.split(",")]
        except ValueError:
            raise UsageError(
                f"{name}: got {shown_text(value)}; it needs a number, as 1.0"
            ) from None
        found[name] = parts[0] if "," not in value else np.array(parts)
    return found


def is_function(target: str, given: argparse.Namespace) -> bool:
    """Return whether a target is module:function rather than an expression; `given` may decide it.

    Raises UsageError for a module, or a file of Python, without a function.
    """
    if given.expression:
        return False
    word = r"[^\W\d]\w*(\.[^\W\d]\w*)*"
    module, _, function = target.strip().partition(":")
    if re.fullmatch(word, module) and re.fullmatch(word, function) and not module.endswith(".py"):
        return True
    module = module.removesuffix(".py").replace("/", ".")
    if re.fullmatch(word, module) and os.path.isfile(module.replace(".", "/") + ".py"):
        taken = [text.partition("=")[0] for text in (*given.values, *getattr(given, "domain", ()))]
        if module not in taken:  # a variable may be called as a file is
            named = re.match(word, function)
            example = f"{module}:{named[0] if named else 'function'}"
            raise UsageError(f"got {shown_text(target)}; a function of it is given as {example}")
    return False


def expression_of(target: str, numbers: Numbers) -> ParsedExpression:
    """Return an expression whose names are exactly those that have a number."""
    found = ParsedExpression(target)
    for name in numbers:
        if name in CONSTANTS or name in BUILT_IN:
            what = "constant" if name in CONSTANTS else "function"
            raise UsageError(f"{name}: got a value for a {what}; call the variable otherwise")
        if name not in found.names:
            raise UsageError(f"got {name}=..., but {name} is not in the expression")
        if np.ndim(numbers[name]):
            raise UsageError(f"{name}: got several numbers; an expression needs one")
    missing = [name for name in found.names if name not in numbers]
    if missing:
        raise UsageError(f"got no value for {', '.join(missing)}; add {missing[0]}=1.0")
    return found


def function_of(target: str) -> Callable[..., Any]:
    """Return the function of module:function; the module may be in the current folder."""
    module, _, path = target.strip().partition(":")
    found = imported(module)
    for part in path.split("."):
        if not hasattr(found, part):
            raise UsageError(f"got no {part} in {module}")
        found = getattr(found, part)
    if not callable(found):
        raise UsageError(f"{target}: got {type(found).__name__}; it needs a function")
    return found  # type: ignore[no-any-return]  # it is callable


def imported(module: str) -> Any:
    """Return a module by its name; it may be in the current folder."""
    folder = os.getcwd()
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            raise UsageError(
                f"got no module {module}; it must be a file of this folder or be installed"
            ) from None
        raise UsageError(told_error(f"importing {module}", error)) from None
    except (Exception, SystemExit) as error:
        raise UsageError(told_error(f"importing {module}", error)) from None


def placed(function: Callable[..., Any], given: Numbers) -> tuple[list[Any], Numbers]:
    """Return named arguments as a function takes them: by place what has a place alone."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # it has no signature to read
        return [*given.values()], {}
    alone = [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY and p.name in given]
    return [given[x] for x in alone], {x: given[x] for x in given if x not in alone}


def called(target: str, function: Callable[..., Any], numbers: Numbers) -> tuple[Any, Numbers]:
    """Call a function of the user's on variables with these numbers; return both."""
    variables = {
        name: Tensor(x, name=name) if np.ndim(x) else Value(x, name=name)
        for name, x in numbers.items()
    }
    args, kwargs = placed(function, variables)
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        raise UsageError(f"{target}: {error}; values are given as x=1.0") from None
    except ValueError:  # it has no signature to read
        pass
    try:
        with record_lines():
            result = function(*args, **kwargs)
    except (Exception, SystemExit) as error:
        raise UsageError(told_error(target, error)) from None
    return result, variables


def told_error(what: str, error: BaseException) -> str:
    """Return an error of the user's program in one line: its kind, its message, its place."""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame)]
    place = f", at {lines[-1].filename}:{lines[-1].lineno}" if lines else ""
    reason = " ".join(str(error).split())
    return f"{what} raised {type(error).__name__}{': ' if reason else ''}{reason}{place}"


def _is_users(frame: traceback.FrameSummary) -> bool:
    ours = os.path.dirname(os.path.dirname(__file__))
    return not frame.filename.startswith((ours, "<")) and "importlib" not in frame.filename


def computed(given: argparse.Namespace) -> tuple[list[Any], Numbers]:
    """Return the nodes of the target, and its variables by name."""
    target, numbers = given.target, numbers_of(given.values)
    if is_function(target, given):
        result, variables = called(target, function_of(target), numbers)
    else:
        expression = expression_of(target, numbers)
        variables = {name: Value(numbers[name], name=name) for name in expression.names}
        result = expression.over(functions, variables)
        result = result if isinstance(result, Value) else Value(result)
    roots, _ = flatten(result)
    for root in roots:
        if not isinstance(root, (Value, Tensor)):
            raise UsageError(
                f"{target}: it returned {shown(root)}; it must return Values or Tensors, "
                "computed with the functions of this package"
            )
    if not roots:
        raise UsageError(f"{target}: it returned {shown(result)}; it must return Values or Tensors")
    return roots, variables
