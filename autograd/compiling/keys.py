"""Numbers as keys of dicts and sets: looked up by their hash, of which no program knows."""

from __future__ import annotations

import dis
import functools
import os
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from autograd.recording import OURS
from autograd.value import Value

REMEMBERING = type(functools.lru_cache(dis.dis))
"""Type of what `functools.lru_cache` makes: it finds no variable again but the very same."""
LOOKING = set(
    "CONTAINS_OP BINARY_SUBSCR BINARY_OP STORE_SUBSCR DELETE_SUBSCR MAP_ADD SET_ADD BUILD_MAP"
    " BUILD_SET BUILD_CONST_KEY_MAP".split()
)
"""Instructions of Python that look a key up by themselves."""


ASKING = ("asked", "__hash__")
"""Names of our own functions that are called for a hash."""
OWN = tuple([f"{folder}{os.sep}" for folder in (OURS, os.path.join(os.path.dirname(OURS), "nn"))])
"""Folders of this project's packages."""


def is_key() -> bool:
    """Return whether who asks for a hash looks for a number by it: no function that remembers."""
    frame: Any = sys._getframe(1)
    while frame.f_code.co_name in ASKING and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    if frame.f_code.co_filename.startswith(OWN):  # which have nodes as keys
        return False
    name = dis.opname[frame.f_code.co_code[frame.f_lasti]]
    return name in LOOKING or not any(type(x) is REMEMBERING for x in _named(frame))


def _named(frame: FrameType) -> Iterator[Any]:
    """Iterate over the objects that a function may call: of names, and their attributes."""
    names = frame.f_code.co_names
    found = [*frame.f_locals.values()]
    found += [frame.f_globals[name] for name in names if name in frame.f_globals]
    for x in found:
        yield x
        for owner in (x, type(x)):
            own = getattr(owner, "__dict__", None) if not isinstance(x, Value) else None
            yield from [own[name] for name in names if own and name in own]
