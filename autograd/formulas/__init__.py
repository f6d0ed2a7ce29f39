"""Formulas of rows, and the functions that are printed from them, each when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.rules.elementary import BUILT_IN, TABLE, Elementary

Function = Callable[..., Any]


class CompiledRows(dict[Any, Function]):
    """Functions compiled from rows on first use, by row and kind of operands.

    Functions of a row that a user has defined are kept with it, so that none outlives it.
    """

    def __init__(self, compiled: Callable[[Any, str], Function]) -> None:
        self._compiled = compiled

    def __missing__(self, key: Any) -> Function:
        row, kind = key if type(key) is tuple else (key, "")
        is_ours = row.name in BUILT_IN and TABLE.get(row.name) is row
        is_own = type(row) is Elementary and not is_ours
        kept = row.made.setdefault(self._compiled, {}) if is_own else self
        if key not in kept:
            kept[key] = self._compiled(row, kind)
        found: Function = kept[key]
        return found
