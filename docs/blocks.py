"""Code on the pages of the docs and in the README, as the tests run it and the site shows it.

A block of `pycon` is a doctest; one of `python` is run as it is, and prints the block of `text`
right below, if there is one. The blocks of a page share their names. Programs of other packages
and processes are left out.
"""

from __future__ import annotations

import doctest
import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any, NamedTuple

BLOCK = re.compile(r"^```(pycon|python)\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.M | re.S)
FOREIGN = re.compile(
    r"^(?:import|from) .*\b(?:torch|jax|micrograd|autograd\.numpy|subprocess)\b", re.M
)


class Block(NamedTuple):
    """A block of code, the line it begins on, and what it is to print."""

    language: str
    code: str
    line: int
    expected: str

    def run(self, names: dict[str, Any], place: str) -> str:
        """Run it with these names; return what it prints, or, of a doctest, what is wrong."""
        with redirect_stdout(io.StringIO()) as out:
            if self.language == "pycon":
                test = doctest.DocTestParser().get_doctest(self.code, names, place, None, 0)
                doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, clear_globs=False)
                names.update(test.globs)
            else:
                exec(compile(self.code, place, "exec"), names)
        return out.getvalue()


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a page that can be run here."""
    for match in BLOCK.finditer(text):
        if not FOREIGN.search(match[2]):
            line = text[: match.start()].count("\n") + 1
            yield Block(match[1], match[2], line, match[3] or "")
