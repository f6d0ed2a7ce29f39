"""Hints at the domain of a parameter: its annotation, its default, the words of a docstring."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]
Interval = tuple[float, float]

NUMBER = r"(-?\d+(?:\.\d*)?(?:e-?\d+)?|-?inf|pi)"
WIDTH = 10.0
"""Length of an interval of which the docstring has one end only."""
WORDS = {
    r"(?<!non-)(?<!non)positive": (0.0, WIDTH),
    r"non-?negative": (0.0, WIDTH),
    r"(?<!non-)(?<!non)negative": (-WIDTH, 0.0),
    r"probabilit(?:y|ies)": (0.0, 1.0),
}
NO_NUMBERS = re.compile(r"\b(bool|str|bytes|Callable|dict|Generator)\b")


def from_docstring(f: Function, name: str) -> Interval | None:
    """Return the interval that the docstring of f gives for a parameter."""
    doc = inspect.getdoc(f) or ""
    it = rf"\b{re.escape(name)}\b"
    both = re.search(rf"{NUMBER}\s*<=?\s*{it}\s*<=?\s*{NUMBER}", doc)
    inside = re.search(
        rf"{it}[^.\n]{{0,40}}?(?:\bin|between)\s*[\[(]\s*{NUMBER}\s*,\s*{NUMBER}", doc
    )
    if found := both or inside:
        low, high = map(_number, found.groups())
    else:
        above = re.search(rf"{it}\s*>=?\s*{NUMBER}|{NUMBER}\s*<=?\s*{it}", doc)
        below = re.search(rf"{it}\s*<=?\s*{NUMBER}|{NUMBER}\s*>=?\s*{it}", doc)
        low = _number(above[1] or above[2]) if above else -math.inf
        high = _number(below[1] or below[2]) if below else math.inf
        if not above and not below:
            return _from_words(doc, it)
    low = low if math.isfinite(low) else high - WIDTH
    high = high if math.isfinite(high) else low + WIDTH
    return (low, high) if math.isfinite(low) and low < high else None


def _from_words(doc: str, it: str) -> Interval | None:
    for word, interval in WORDS.items():
        about = rf"{it}[^.\n]*?\b{word}\b|\b{word}\s+(?:number\s+)?{it}"
        if re.search(about, doc, re.IGNORECASE):
            return interval
    return None


def _number(text: str) -> float:
    return math.pi if text == "pi" else float(text)


def axes(f: Function, parameter: inspect.Parameter) -> int | None:
    """Return the number of axes of a parameter, -1 for any but 0; None where nothing tells."""
    doc = inspect.getdoc(f) or ""
    told = re.search(rf"^\s*{re.escape(parameter.name)}\s*:\s*(.+)", doc, re.MULTILINE)
    text = f"{annotation(parameter)} {told[1] if told else ''}"
    if shape := re.search(r"shape[ =]*\(([^()]*)\)", text):
        return len([part for part in shape[1].split(",") if part.strip()])
    if found := re.search(r"\b([12])-?[dD]\b", text):
        return int(found[1])
    if re.search(r"matrix", text):
        return 2
    if re.search(r"[aA]rray|ArrayLike|Sequence|list|vector", text):
        return -1
    if re.search(r"\bfloat\b|scalar", text):
        return 0
    return 2 if re.fullmatch(r"[A-Z]", parameter.name) and not told else None


def is_whole(parameter: inspect.Parameter) -> bool:
    """Return whether a parameter is annotated as an integer."""
    return bool(re.fullmatch(r"int", annotation(parameter)))


def no_number(parameter: inspect.Parameter) -> str:
    """Return the annotation of a parameter that takes no numbers; else ""."""
    note = annotation(parameter)
    is_mixed = re.search(r"float|array|Array", note)
    return note if NO_NUMBERS.search(note) and not is_mixed else ""


def annotation(parameter: inspect.Parameter) -> str:
    """Return the annotation of a parameter as text."""
    note = parameter.annotation
    if note is parameter.empty:
        return ""
    return note if isinstance(note, str) else getattr(note, "__name__", str(note))
