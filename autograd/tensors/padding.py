"""NumPy's pad of Tensors, in all its modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules import elementary, structural
from autograd.rules.structural import bare
from autograd.tensors.moving import moving
from autograd.tensors.operations import of_value
from autograd.tensors.options import cast
from autograd.tensors.tensor import Tensor, apply
from autograd.value import Value

STATISTICS: dict[str, Any] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "median": np.median,
}
MOVES = ("edge", "reflect", "symmetric", "wrap")
OPTIONS = {
    "constant": "constant_values", "linear_ramp": "end_values", "reflect": "reflect_type",
    "symmetric": "reflect_type", **dict.fromkeys(STATISTICS, "stat_length"),
}  # fmt: skip
"""The option of each mode."""


def pad(x: Tensor, pad_width: Any, mode: Any = "constant", **options: Any) -> Tensor:
    """Pad with constants, or as NumPy's other modes do."""
    if callable(mode):
        got = "got a function as mode=, which writes into arrays"
        raise TypeError(f"pad: {got}; it needs one of NumPy's modes")
    if unknown := options.keys() - {OPTIONS.get(mode)}:
        needs = f"mode={mode!r} does not have it"
        raise ValueError(f"pad: got {min(unknown)}=; {needs}")
    if isinstance(pad_width, dict):
        given: list[Any] = [pad_width.get(i, pad_width.get(i - x.ndim, 0)) for i in range(x.ndim)]
        pad_width = [np.broadcast_to(width, 2) for width in given]
    if mode in MOVES and options.get("reflect_type", "even") == "even":
        moved: Tensor = moving(np.pad)(x, pad_width, mode=mode)
        return moved
    options = {name: _as_option(option, x.dtype) for name, option in options.items()}
    constant = options.get("constant_values", 0)
    is_one = mode == "empty" or (mode == "constant" and np.ndim(constant) == 0)
    wanted = np.asarray(pad_width)
    if not is_one or wanted.dtype.kind != "i" or wanted.min(initial=0) < 0:
        plain: Any = np.pad  # says what is wrong
        plain(bare(x), pad_width, mode, **{name: bare(option) for name, option in options.items()})
    widths = tuple(map(tuple, np.broadcast_to(wanted.astype(int), (x.ndim, 2)).tolist()))
    if is_one:
        if not isinstance(constant, Tensor):
            return apply(structural.pad, x, widths, constant)
        inside = np.pad(np.full(x.shape, True), widths)
        return apply(elementary.where, inside, apply(structural.pad, x, widths, 0), constant)
    put = WAYS[mode]
    for axis, width in enumerate(widths):
        x = put(mode, x, axis, width, options)
    return x


def _as_option(option: Any, dtype: Any) -> Any:
    """Return an option, which may be a pair for each axis, as a Tensor where one is in it."""
    if type(option) is Value:
        return of_value(option, dtype)
    if isinstance(option, Tensor):
        return cast("np.pad", option, dtype)
    if type(option) not in (list, tuple):
        return option
    parts = [_as_option(each, dtype) for each in option]
    is_tensor = any(isinstance(x, Tensor) for x in parts)
    return cast("np.pad", np.stack(parts), dtype) if is_tensor else option


def _typed(x: Tensor, end: Any) -> Any:
    return end if isinstance(end, Tensor) else x.dtype.type(end)


def _pair(x: Tensor, option: Any, axis: int, default: Any) -> Any:
    """Return what an option says of both ends of an axis."""
    return np.broadcast_to(default if option is None else option, (x.ndim, 2))[axis]


def _between(x: Tensor, axis: int, start: Any, stop: Any) -> Any:
    return x[(*(slice(None),) * axis, slice(start, stop))]


def _around(before: Any, x: Tensor, after: Any, axis: int) -> Tensor:
    return apply(structural.concatenate, before, x, after, axis)


def _filled(x: Tensor, axis: int, width: int, content: Any) -> Any:
    """Return so many elements along an axis, which others are broadcast to."""
    return np.broadcast_to(content, (*x.shape[:axis], width, *x.shape[axis + 1 :]))


def _constant(
    mode: str, x: Tensor, axis: int, width: tuple[int, int], options: dict[str, Any]
) -> Tensor:
    ends = _pair(x, options["constant_values"], axis, 0)
    before, after = (_filled(x, axis, n, _typed(x, end)) for n, end in zip(width, ends))
    return _around(before, x, after, axis)


def _ramp(
    mode: str, x: Tensor, axis: int, width: tuple[int, int], options: dict[str, Any]
) -> Tensor:
    ends = _pair(x, options.get("end_values"), axis, 0)
    edges = _between(x, axis, 0, 1), _between(x, axis, -1, None)
    sides = []
    for n, end, edge in zip(width, ends, edges):
        steps = (np.arange(n) / max(n, 1)).astype(x.dtype)
        steps = steps.reshape((n,) + (1,) * (x.ndim - axis - 1))
        sides.append(_typed(x, end) + (edge - _typed(x, end)) * steps)
    return _around(sides[0], x, np.flip(sides[1], axis), axis)


def _statistic(
    mode: str, x: Tensor, axis: int, width: tuple[int, int], options: dict[str, Any]
) -> Tensor:
    size, function = x.shape[axis], STATISTICS[mode]
    first, last = (min(int(n), size) for n in _pair(x, options.get("stat_length"), axis, size))
    parts = _between(x, axis, 0, first), _between(x, axis, size - last, None)
    before, after = (
        _filled(x, axis, n, function(part, axis, keepdims=True)) for n, part in zip(width, parts)
    )
    return _around(before, x, after, axis)


def _odd(
    mode: str, x: Tensor, axis: int, width: tuple[int, int], options: dict[str, Any]
) -> Tensor:
    """Pad with the elements that lie there when the graph is turned around its ends.

    Each turn moves it by the difference of the ends.
    """
    size = x.shape[axis]
    if size == 1 and mode == "reflect":
        widths = [(0, 0)] * axis + [width] + [(0, 0)] * (x.ndim - axis - 1)
        edge: Tensor = moving(np.pad)(x, widths, "edge")
        return edge
    turn, place = np.divmod(np.arange(-width[0], size + width[1]), size - (mode == "reflect"))
    turned = turn % 2 == 1
    places = np.where(turned, size - 1 - place, place)
    shape = (-1,) + (1,) * (x.ndim - axis - 1)
    first, last = _between(x, axis, 0, 1), _between(x, axis, -1, None)
    sign, base = (np.where(turned, a, b).astype(x.dtype) for a, b in ((-1, 1), (1, 0)))
    found = np.take(x, places, axis) * sign.reshape(shape)
    found = found + (first + last) * base.reshape(shape)
    odd: Tensor = found + (last - first) * turn.astype(x.dtype).reshape(shape)
    return odd


WAYS: dict[str, Callable[..., Tensor]] = {
    "constant": _constant, "linear_ramp": _ramp, "reflect": _odd, "symmetric": _odd,
    **dict.fromkeys(STATISTICS, _statistic),
}  # fmt: skip
"""Functions that pad one axis, by their mode."""
