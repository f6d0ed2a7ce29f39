"""Compilation of generated source, where debuggers, tracebacks and `inspect` find it."""

from __future__ import annotations

import contextlib
import itertools
import linecache
import weakref
from collections.abc import Callable
from typing import Any

from autograd.names import GENERATED

_copies = itertools.count(2)
_ended: list[str] = []
"""Files whose code is gone; `linecache` walks through its entries, and none may go meanwhile."""


def compile_function(source: str, name: str, scope: dict[str, Any]) -> Callable[..., Any]:
    """Compile a function of a source, by its name; it finds its globals in the scope.

    The source is in `linecache`, under a file name of its own, as long as the code exists, and
    until the next is compiled.
    """
    code = compile(source, file := _registered(source, name), "exec")
    exec(code, scope)
    function: Callable[..., Any] = scope.pop(name)
    forgetting = weakref.finalize(function.__code__, _ended.append, file)
    forgetting.atexit = False
    return function


def _registered(source: str, name: str) -> str:
    """Register a source in `linecache`, and return its file name."""
    with contextlib.suppress(IndexError):  # threads may empty it at once
        while True:
            linecache.cache.pop(_ended.pop(), None)
    file = f"<{name}{GENERATED}"
    while True:
        # What has no time of modification is not looked for on disk
        entry = (len(source), None, source.splitlines(keepends=True), file)
        if linecache.cache.setdefault(file, entry) is entry:  # atomic: threads get one each
            return file
        file = f"<{name} {next(_copies)}{GENERATED}"
