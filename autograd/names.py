"""Suggestions for mistyped names."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is one slip from another name, as late in it as can be; or None.

    A slip is a letter too many, too few, wrong, or two that changed places; capitals and
    underscores do not count. Names that are only alike, as sinc and sin, would mislead: a name that
    NumPy or the module `math` has is meant as it stands.

    >>> nearest("sine", ["cos", "sin"]), nearest("Soft_Max", ["softmax"])
    ('sin', 'softmax')
    >>> nearest("sinc", ["sin"]), nearest("erfinv", ["erf"])
    (None, None)
    """
    own = _plain(name)
    plain = {each: _plain(each) for each in known}
    if found := [each for each, text in plain.items() if text == own]:
        return found[0]
    if _is_word(name):
        return None
    slips = [each for each, text in plain.items() if _is_slip(own, text)]
    return max(slips, key=lambda each: _shared(own, plain[each]), default=None)


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()


def _is_word(name: str) -> bool:
    import math

    import numpy as np

    words = ("cot", "sec", "csc", "coth", "csch", "acot", "asec", "acsc")  # of mathematics
    return name in words or hasattr(math, name) or hasattr(np, name)


def _is_slip(one: str, other: str) -> bool:
    """Return whether one edit makes two words equal."""
    if min(len(one), len(other)) < 2 or abs(len(one) - len(other)) > 1:
        return False
    start = _shared(one, other)
    rest, more = one[start:], other[start:]
    swapped = rest[:2] == more[:2][::-1] and rest[2:] == more[2:]
    return swapped or rest[1:] == more[1:] or rest[1:] == more or rest == more[1:]


def _shared(one: str, other: str) -> int:
    """Count the letters that two words have in common from the start."""
    ends = min(len(one), len(other))
    return next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), ends)
