"""Lines of users in messages: which they are, and how they are shown."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from autograd.names import GENERATED
from autograd.recording import NUMPY, OURS

MOST_TEXT = 100
"""Most characters of a line that a message shows."""
LIBRARY = str(os.path.dirname(os.__file__))
PACKAGES = f"{OURS}{os.sep}", f"{os.path.dirname(OURS)}{os.sep}nn{os.sep}"
"""Folders of this project's packages."""


def shown_line(file: str, number: int) -> str:
    """Return a line of a file with its text, for a message."""
    text = linecache.getline(file, number).strip()
    text = text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 3]}..."
    return f"line {number} of {Path(file).name}" + (f", {text!r}" if text else "")


def is_of_users(frame: FrameType) -> bool:
    """Return whether a frame runs a file that is neither this package's nor of a library."""
    file = frame.f_code.co_filename
    return not (_is_of_a_library(file) or file[:1] == "<")


def line_above(frame: FrameType | None) -> tuple[str, int] | None:
    """Return the line of the user's own that called what a frame runs."""
    while frame is not None and not is_of_users(frame):
        frame = frame.f_back
    return frame and (frame.f_code.co_filename, frame.f_lineno)


def own_line() -> tuple[str, int]:
    """Return the line of the user's own that is run, by way of a library or not.

    It is one of a library where that is all there is.
    """
    lines = [*_lines(sys._getframe(1))]
    own = [line for line in lines if not _is_of_a_library(line[0])]
    return (own or lines or [("<unknown>", 0)])[0]


def _lines(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    while frame is not None:
        file = frame.f_code.co_filename
        if not (file.startswith((OURS, NUMPY)) or file.endswith(GENERATED)):
            yield file, frame.f_lineno
        frame = frame.f_back


def _is_of_a_library(file: str) -> bool:
    return file.startswith((*PACKAGES, LIBRARY)) or "site-packages" in file
