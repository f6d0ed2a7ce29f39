"""Checks written as Python source, to be pasted into a file of tests."""

from __future__ import annotations

import ast
import functools
import linecache
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any

import numpy as np

Function = Callable[..., Any]


def called(f: Function) -> str:
    """Return a name for a function that can stand in names of tests and files."""
    if isinstance(f, functools.partial):
        return called(f.func)
    name: str = getattr(f, "__name__", type(f).__name__)
    return name if name.isidentifier() else f"lambda_{f.__code__.co_firstlineno}"


def spelled(f: Function, home: str) -> tuple[str, str]:
    """Return how a module called `home` writes a function, and the import that it needs."""
    name = getattr(f, "__name__", "")
    module = getattr(f, "__module__", None) or ""
    if module == home and name.isidentifier():
        return name, ""
    for short, where in (("ag", "autograd"), ("np", "numpy"), ("math", "math")):
        if name and getattr(sys.modules.get(where), name, None) is f:
            return f"{short}.{name}", f"import {where} as {short}".removesuffix(" as math")
    if name and getattr(sys.modules.get(module), name, None) is f:
        return name, f"from {module} import {name}"
    code = getattr(f, "__code__", None)
    if name == "<lambda>" and isinstance(code, CodeType) and (text := _lambda(code)):
        return text, ""
    if repr(f).startswith("lambda "):  # as drawn expressions print themselves
        return repr(f), ""
    return called(f), ""


def _lambda(code: CodeType) -> str:
    """Return the source of a lambda; "" if it is not to be found."""
    node = node_of(code)
    if not isinstance(node, ast.Lambda):
        return ""
    source = "".join(linecache.getlines(code.co_filename))
    return " ".join((ast.get_source_segment(source, node) or "").split())


Defined = ast.Lambda | ast.FunctionDef


def node_of(code: CodeType) -> Defined | None:
    """Return the definition that a code was compiled from; None if it is not to be found."""
    places = [p for p in code.co_positions() if None not in p and p[3]]
    found: list[Defined] = []
    for node in _definitions("".join(linecache.getlines(code.co_filename))):
        match node:
            case ast.Lambda() if code.co_name == "<lambda>":
                first, last = _start(node.body), _end(node.body)
            case ast.FunctionDef() if code.co_name == node.name:
                first, last = _start(node.body[0]), _end(node)
            case _:
                continue
        if all(first <= p[::2] and p[1::2] <= last for p in places):
            found.append(node)
    return min(found, key=lambda node: _end(node)[0] - _start(node)[0], default=None)


@functools.lru_cache(maxsize=4)  # a file of tests is asked for once by each of them
def _definitions(source: str) -> list[Defined]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [node for node in ast.walk(tree) if isinstance(node, Defined)]


def _start(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0


def literal(x: Any) -> str:
    """Return numbers and arrays, in lists, tuples and dicts, as Python writes them."""
    if isinstance(x, np.ndarray):
        dtype = "" if x.dtype in (np.float64, np.bool_) and x.size else f", dtype=np.{x.dtype}"
        if x.size == 0:
            return f"np.zeros({x.shape}{dtype})".replace(", dtype=np.float64", "")
        return f"np.array({_spelled(x.tolist())}{dtype})"
    if isinstance(x, np.generic):
        return f"np.{_spelled(x)}".replace("np.np.", "np.")
    if isinstance(x, dict):
        return f"{{{', '.join(f'{key!r}: {literal(part)}' for key, part in x.items())}}}"
    if isinstance(x, (list, tuple)):
        inner = ", ".join(map(literal, x))
        return f"[{inner}]" if isinstance(x, list) else f"({inner}{',' * (len(x) == 1)})"
    return _spelled(x) if isinstance(x, float) else repr(x)


def _spelled(numbers: Any) -> str:
    """Return numbers as Python writes them, with names for those that it prints without one."""
    return re.sub(r"\b(inf|nan)\b", r"np.\1", repr(numbers))


def pasted(f: Function, point: Sequence[Any], options: Mapping[str, Any], home: str) -> str:
    """Return a test that checks the gradient of f at one point."""
    text, needed = spelled(f, home)
    imports, arguments = {"import autograd as ag", needed}, [text, *map(literal, point)]
    for key, value in options.items():
        text, needed = spelled(value, home) if callable(value) else (repr(value), "")
        imports.add(needed)
        arguments.append(f"{key}={text}")
    call = f"ag.gradcheck({', '.join(arguments)})"
    if "np." in call:
        imports.add("import numpy as np")
    lines = [*sorted(imports - {""}), "", f"def test_the_gradient_of_{called(f)}():", f"    {call}"]
    return "\n".join(lines)
