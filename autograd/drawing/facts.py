"""Facts that a drawing shows of each node, whatever its kind, and their words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.rules import elementary, structural
from autograd.rules.elementary import Elementary
from autograd.tensors.tensor import Tensor
from autograd.value import Value

NODE = (Value, Tensor)
VANISHING = 1e-6
"""Gradient so small, beside 1 and beside the largest of the drawing, that it is flagged."""
BINS = 5
"""Number of shades of gradients: one a decade, and the last for all that are smaller."""


@dataclass(frozen=True)
class Facts:
    """Facts of a node, as it is now."""

    op: str
    """Notation of the operation with the constants among its operands; "" for a leaf."""
    name: str
    """Name of the node, on one line; "" if it has none."""
    value: tuple[str, ...]
    """Lines: "value " and the number; of an array, its shape and type, its mean and extremes."""
    gradient: str
    """Derivative by the node, with its sign; of an array, its norm and extremes; "—" if unknown."""
    sign: str
    """Sign of the gradient: "pos", "neg", "both" for an array that has both, "" if 0 or unknown."""
    size: float
    """Magnitude of the gradient, of an array the largest; nan if unknown."""
    flags: tuple[str, ...]
    """Flags: "nan" and "inf", which arise there or are in the gradient; "dead ReLU", "released"."""
    formula: str = ""
    """Operation with the names of its operands, where all have one and it is short; or ""."""
    scale: float = 0.0
    """Largest magnitude of the value."""
    numbers: Any = field(default=None, compare=False, repr=False)
    """Value, if it is an array."""
    slopes: Any = field(default=None, compare=False, repr=False)
    """Gradient, if it is an array."""


def facts_of(data: Any, gradient: Any) -> Facts:
    """Return the facts of a number or an array, and of the gradient by it, which may be None."""
    value: tuple[str, ...]
    if isinstance(data, float):
        value, scale, numbers = (f"value {number(data)}",), abs(data), None
    else:
        value, scale, numbers = summary(data), max(map(abs, _extremes(data))), data
    told, sign, size, slopes = "—", "", math.nan, None
    if isinstance(gradient, float):
        told, low, high = number(gradient, "+"), gradient, gradient
    elif gradient is not None:
        told, (low, high), slopes = gradient_summary(gradient), _extremes(gradient), gradient
    if gradient is not None:
        sign = "both" if low < 0 < high else "pos" if high > 0 else "neg" if low < 0 else ""
        size = max(abs(low), abs(high))
    return Facts("", "", value, told, sign, size, (), scale=scale, numbers=numbers, slopes=slopes)


def notation(node: Any) -> str:
    """Return the notation of the operation, with its constant operands: "* 2", "2 /"."""
    row = node.row
    if row is None:
        return ""
    operands = node.operands
    word: str = row.notation
    if len(operands) == len(node.parents) or row is elementary.where or row is structural.where:
        return word
    if isinstance(row, Elementary) and row.infix:
        texts = ["" if isinstance(x, NODE) else constant(x) for x in operands]
        return f" {word} ".join(texts).strip()
    if row is structural.getitem:
        return f"[{indexed(operands[1])}]"
    return f"{word}({', '.join(_arguments(row, operands))})"


LONG = 18
"""Largest length of a formula of names."""
OPERATORS = {structural.matmul: "@"}


def formula(node: Any, names: Sequence[str]) -> str:
    """Return an operation with the names of its operands; "" unless all have one and it fits."""
    row = node.row
    if row is None or not all(names) or not names or any(not name.isprintable() for name in names):
        return ""
    given = iter(names)
    texts = [next(given) if isinstance(x, NODE) else constant(x) for x in node.operands]
    word = OPERATORS.get(row, row.notation)
    is_infix = row in OPERATORS or (isinstance(row, Elementary) and row.infix)
    if row is structural.getitem:
        found = f"{names[0]}[{indexed(node.operands[1])}]"
    elif is_infix and len(texts) == 2:
        found = f"{texts[0]} {word} {texts[1]}"
    elif is_infix and len(texts) == 1:
        found = f"{word}{texts[0]}"
    elif len(texts) == len(names):
        found = f"{word}({', '.join(texts)})"
    else:
        return ""
    return found if len(found) <= LONG else ""


def indexed(key: Any) -> str:
    """Return an index as Python writes it: "1:", "..., 0"; of an array only its shape.

    >>> indexed((slice(None, 3), None, ...))
    ':3, None, ...'
    """
    parts = key if isinstance(key, tuple) else (key,)
    return ", ".join(map(_index, parts)) or "()"


def _index(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if x is None else str(x) for x in (part.start, part.stop, part.step)]
        return ":".join(ends if ends[2] else ends[:2])
    return "..." if part is ... else constant(part)


def _arguments(row: Any, operands: Sequence[Any]) -> list[str]:
    """Return the operands of a call, without those that are long or say nothing."""
    code = getattr(row.value, "__code__", None) if type(row) is structural.Structural else None
    words = code.co_varnames[: code.co_argcount] if code else ()
    texts = []
    for k, x in enumerate(operands):
        if isinstance(x, (*NODE, np.ndarray, list)):
            texts.append("·" if isinstance(x, NODE) else constant(x))
        elif x is not None and x is not False:
            texts.append(f"{words[k]}={constant(x)}" if k < len(words) else constant(x))
    return texts if len(texts) <= 6 else [*texts[:5], "…"]


def constant(x: Any) -> str:
    """Return a constant operand as text: a number, the shape of an array, or an option."""
    if isinstance(x, (bool, np.bool)):
        return str(bool(x))
    if isinstance(x, (int, float, np.integer, np.floating)):
        return f"{float(x):.6g}"
    if isinstance(x, (np.ndarray, list)):
        return f"array {'×'.join(map(str, np.shape(x))) or 'of no axes'}"
    return shortened(str(x))


def number(x: complex, sign: str = "") -> str:
    """Return a number as drawings show it."""
    if isinstance(x, complex):
        return f"{number(x.real, sign)} {number(x.imag, '+')}j"
    if x == 0:
        return "0"
    digits = ".4f" if 1e-3 <= abs(x) < 1e5 else ".4g"
    return f"{float(x):{'' if math.isnan(x) else sign}{digits}}"


def summary(array: Any) -> tuple[str, ...]:
    """Describe an array: its shape and type, its mean and its extremes, or of its sizes."""
    shape = f"{'×'.join(map(str, array.shape)) or 'scalar'} {array.dtype}"
    if array.size <= 1:
        return (*(f"value {number(x)}" for x in array.ravel().tolist()), shape)
    low, mean, high = _three(array)
    size = "size " if array.dtype.kind == "c" else ""
    if low == high:
        return shape, f"{size}all {number(low)}"
    return shape, f"{size}mean {number(mean)}, {number(low)} … {number(high)}"


def gradient_summary(array: Any) -> str:
    """Describe the gradient by an array: its norm and its extremes."""
    if array.size <= 1:
        return " ".join(number(x, "+") for x in array.ravel().tolist()) or "empty"
    low, _, high = _three(array)
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(_sizes(array).astype(np.float64).ravel()))
    return f"norm {number(norm)}, {number(low, '+')} … {number(high, '+')}"


def _three(array: Any) -> tuple[float, float, float]:
    """Return the smallest, the mean and the largest element of an array."""
    array = _sizes(array)
    with np.errstate(all="ignore"):
        return float(array.min()), float(array.mean(dtype=np.float64)), float(array.max())


def _sizes(array: Any) -> Any:
    """Return the absolute values of complex numbers, which have no order; real ones as they are."""
    return np.abs(array) if array.dtype.kind == "c" else array


def _extremes(array: Any) -> tuple[float, float]:
    array = _sizes(array)
    return (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)


def shortened(text: str, most: int = 40) -> str:
    """Return a text as one line of printable characters that fits a node."""
    text = "".join(c if c.isprintable() else " " for c in text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"


def listed(words: Sequence[str], most: int = 24) -> str:
    """Return words, each once, as a list that fits."""
    words = list(dict.fromkeys(words))
    while len(words) > 1 and len(", ".join(words)) > most:
        words[-2:] = ["…"]
    return ", ".join(words)
