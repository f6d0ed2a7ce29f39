"""Progress of `fit`: a bar on a terminal or in a notebook, elsewhere lines or nothing."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

INTERVAL = 0.05
"""Seconds between two states of the bar, at least."""


@contextmanager
def progressing(
    progress: bool | None, line: Callable[[], str], total: int, done: int
) -> Iterator[tuple[Callable[[], object] | None, Callable[[], None]]]:
    """Yield the functions to call after every batch, or None, and after every epoch.

    `line` returns the last epoch in words; `total` counts the batches, `done` those of before.
    """
    terminal = sys.stderr is not None and sys.stderr.isatty()
    shell = None if terminal or progress is False else _notebook()
    if progress is False or (progress is None and not terminal and shell is None):
        yield None, lambda: None
    elif not terminal and shell is None:
        yield None, lambda: print(line(), file=sys.stderr, flush=True)
    else:
        from tqdm import tqdm

        file = None if terminal else _Cell()
        options = {"unit": "batch", "leave": False, "mininterval": INTERVAL, "file": file}
        with tqdm(total=total, initial=done, **options) as bar:
            yield bar.update, lambda: bar.set_description_str(line(), refresh=False)


def _notebook() -> Any:
    """Return IPython's shell where it is a notebook's; else None."""
    ipython = sys.modules.get("IPython")  # a notebook has imported it
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if hasattr(shell, "kernel") else None


class _Cell(io.StringIO):
    """File whose last line stands in the output of a cell, and is replaced by the next.

    tqdm's own bar for notebooks warns where ipywidgets is missing, and leaves its first state
    in a notebook that is saved.
    """

    def __init__(self) -> None:
        from IPython.display import display

        super().__init__()
        self._shown = display({"text/plain": ""}, raw=True, display_id=True)

    def write(self, text: str) -> int:
        """Show a line, without the carriage return that it begins with."""
        if text.strip("\r"):
            self._shown.update({"text/plain": text.strip()}, raw=True)
        return len(text)
