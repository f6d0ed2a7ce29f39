"""Public names of the packages, by the pages of the reference that document them.

A page names them in fences, one for each module:

    ```{reference} autograd
    Value Tensor <rows>
    ```

where <rows> stands for the table of elementary operations, <shapes> and its like for the functions
of a room of `autograd`, and <all> for what the module has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from inspect import isclass, isfunction
from pathlib import Path

import autograd as ag
from autograd.rules.elementary import BUILT_IN

PAGES = Path(__file__).parent / "reference"
FENCE = re.compile(r"^```\{reference\} ([\w.]+)\n(.*?)^```\n", re.M | re.S)


def public(module: str) -> list[str]:
    """Return the public names of a module: those in `__all__`, else what is defined in it."""
    found = import_module(module)
    own = (
        name
        for name, each in vars(found).items()
        if (isclass(each) or isfunction(each)) and each.__module__ == module and name[0] != "_"
    )
    return list(getattr(found, "__all__", own))


def named(module: str, words: str) -> Iterator[str]:
    """Yield the names that a fence stands for, in order."""
    for word in words.split():
        match word.strip("<>"):
            case "rows":
                yield from sorted(BUILT_IN)
            case "all":
                yield from public(module)
            case room if word[0] == "<":
                yield from sorted({*ag._ROOMS[room].split()} & {*ag.__all__})
            case name:
                yield name


def documented() -> list[tuple[str, str]]:
    """Return the module and the name of each entry of the reference."""
    return [
        (module, name)
        for page in sorted(PAGES.glob("*.md"))
        for module, words in FENCE.findall(page.read_text())
        for name in named(module, words)
    ]
