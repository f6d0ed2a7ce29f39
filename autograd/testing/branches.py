"""Branches of a function that no point reached, found by running it while its code is watched."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from autograd.testing.pasting import node_of

Function = Callable[..., Any]
Place = tuple[int, int, int, int]
"""Line and column of the start, then of the end."""
Reached = dict[CodeType, set[int]]
"""Offsets of the instructions that ran, for each code."""
OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
LONGEST = 50
"""Most characters of a condition that is shown."""


class Branches:
    """Branches in the source of a function; none where it has no source, or is not a user's.

    What only raises is no branch: it guards the domain.
    """

    def __init__(self, f: Function) -> None:
        code = _code(f)
        self.codes = [] if code is None else [*_nested(code)]
        self._blocks: list[tuple[list[ast.AST], str]] = []
        node = node_of(code) if code is not None else None
        if isinstance(node, ast.Lambda):
            self._note(node.body)
        elif node is not None:
            self._note_all(node.body, "")

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def _note_all(self, block: list[ast.stmt], label: str) -> None:
        """Note a block, the rest of it after each condition, and what is inside."""
        if block and label:
            self._blocks.append(([*block], label))
        for i, statement in enumerate(block):
            if isinstance(statement, ast.If) and block[i + 1 :]:
                self._blocks.append(([*block[i + 1 :]], f"after {_title(statement)}"))
            self._note(statement)

    def _note(self, node: ast.AST) -> None:
        """Note the branches of a statement or an expression."""
        match node:
            case ast.If() | ast.For() | ast.While():
                self._note_all(node.body, _title(node))
                self._note_all(node.orelse, f"else of {_title(node)}")
                self._note(node.iter if isinstance(node, ast.For) else node.test)
            case ast.Try():
                self._note_all(node.body, "")
                for handler in node.handlers:
                    kind = f" {ast.unparse(handler.type)}" if handler.type else ""
                    self._note_all(handler.body, f"except{kind}")
                self._note_all(node.orelse, "else of try")
                self._note_all(node.finalbody, "")
            case ast.Match():
                for case in node.cases:
                    self._note_all(case.body, f"case {ast.unparse(case.pattern)}")
            case ast.IfExp():
                self._blocks += [([node.body], _title(node))]
                self._blocks += [([node.orelse], f"else of {_title(node)}")]
                self._note_parts(node)
            case ast.With() | ast.FunctionDef():
                self._note_all(node.body, "")
            case _:
                self._note_parts(node)

    def _note_parts(self, node: ast.AST) -> None:
        for part in ast.iter_child_nodes(node):
            self._note(part)

    def missing(self, reached: Reached) -> list[str]:
        """Return what was not reached, each as `line 3 (else of if x > 0)`."""
        ran, every = [], []
        constants: list[tuple[Place, Any, bool]] = []
        for code in filter(reached.get, self.codes):  # the others are in what was not reached
            for offset, place, constant in _instructions(code):
                every.append(place)
                has_run = offset in reached.get(code, ())
                if has_run:
                    ran.append(place)
                if constant:
                    constants.append((place, *constant, has_run))
        found: list[tuple[Place, str]] = []
        for block, label in self._blocks:
            place = _place(block[0])[:2] + _place(block[-1])[2:]
            if isinstance(block[0], (ast.Raise, ast.Assert)) or _is_within(place, found):
                continue
            inside = [x for x in every if _holds(place, x)]
            if inside:
                is_missed = not any(_holds(place, x) for x in ran)
            else:
                value = getattr(block[0], "value", None)
                same = [has for x, c, has in constants if _holds(x, place) and c == value]
                is_missed = bool(same) and not any(same)
            if is_missed:
                found.append((place, label))
        return [_told(place, label) for place, label in sorted(found)]


def _told(place: Place, label: str) -> str:
    first, _, last, _ = place
    lines = f"line {first}" if first == last else f"lines {first}-{last}"
    return f"{lines} ({label})"


def _is_within(place: Place, found: Iterable[tuple[Place, str]]) -> bool:
    return any(_holds(outer, place) for outer, _ in found)


def _holds(outer: Place, inner: Place) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _place(node: Any) -> Place:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _title(node: ast.If | ast.IfExp | ast.For | ast.While) -> str:
    if isinstance(node, ast.For):
        text = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
    else:
        word = "while" if isinstance(node, ast.While) else "if"
        text = f"{word} {ast.unparse(node.test)}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def _code(f: Any) -> CodeType | None:
    """Return the code of a user's function, also in a wrapper, a method or an object."""
    while isinstance(f, functools.partial):
        f = f.func
    f = inspect.unwrap(f) if callable(f) else f
    f = getattr(f, "__func__", f)
    own = f if hasattr(f, "__code__") else vars(type(f)).get("__call__")
    code = getattr(own, "__code__", None)
    if not isinstance(code, CodeType) or code.co_filename.startswith(OURS):
        return None
    return code if linecache.getlines(code.co_filename) else None


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _instructions(code: CodeType) -> Iterator[tuple[int, Place, tuple[Any] | tuple[()]]]:
    """Iterate over offsets, places and, of those that return one, constants in a tuple."""
    for i, (line, end_line, column, end_column) in enumerate(code.co_positions()):
        if line and end_line and end_column:  # else it is the beginning
            yield 2 * i, (line, column or 0, end_line, end_column), _returned(code, 2 * i)


def _returned(code: CodeType, offset: int) -> tuple[Any] | tuple[()]:
    """Return the constant of RETURN_CONST (CPython 3.12, 3.13), whose place is that of `return`."""
    import opcode

    wanted = opcode.opmap.get("RETURN_CONST")
    if wanted is None or code.co_code[offset] != wanted:
        return ()
    return (code.co_consts[code.co_code[offset + 1]],)


@contextmanager
def watched(codes: Iterable[CodeType]) -> Iterator[Reached | None]:
    """Note the instructions of these codes that run in the block; None where it cannot be done.

    CPython 3.12 and later watch each instruction until it has run once. 3.11 traces, unless
    something else does, such as a debugger.
    """
    reached: Reached = {code: set() for code in codes}
    if sys.version_info >= (3, 12):
        monitoring = sys.monitoring
        tool = next((i for i in (4, 3) if monitoring.get_tool(i) is None), None)
        if tool is None:
            yield None
            return

        def ran(code: CodeType, offset: int) -> Any:
            reached[code].add(offset)
            return monitoring.DISABLE

        event = monitoring.events.INSTRUCTION
        monitoring.use_tool_id(tool, "chainrule")
        monitoring.register_callback(tool, event, ran)
        try:
            for code in reached:
                monitoring.set_local_events(tool, code, event)
            yield reached
        finally:
            for code in reached:
                monitoring.set_local_events(tool, code, 0)
            monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)
    elif sys.gettrace() is not None:
        yield None
    else:

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            offsets = reached.get(frame.f_code)
            if offsets is None:
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            if event == "opcode":
                offsets.add(frame.f_lasti)
            return trace

        sys.settrace(trace)
        try:
            yield reached
        finally:
            sys.settrace(None)


def never_reached(f: Function, run: Callable[[Any], Any], points: Iterable[Any]) -> list[str]:
    """Return the branches of f that it does not come to when it is run at the points."""
    branches = Branches(f)
    if not branches:
        return []
    known, missing = -1, []
    with watched(branches.codes) as reached:
        if reached is None:
            return []
        for point in points:
            try:
                run(point)
            except Exception:  # it has been judged
                continue
            total = sum(map(len, reached.values()))
            if total > known:
                known, missing = total, branches.missing(reached)
                if not missing:
                    break
    return missing
