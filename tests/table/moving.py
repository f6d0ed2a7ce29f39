"""What moves elements."""

import math
from typing import Any

from tests.tensor_table import (
    Example,
    Source,
    of,
    operation,
)


@operation("reshape")
def _(d: Source) -> Example:
    shape = d.shape()
    new: list[Any] = [shape[i] for i in d.order(len(shape))]
    for _ in range(d.integer(0, 2)):
        new.insert(d.integer(0, len(new)), 1)
    if len(new) > 1 and d.choice(True, False):
        i = d.integer(1, len(new) - 1)
        new[i - 1 : i + 1] = [new[i - 1] * new[i]]
    if new and math.prod(new) and d.choice(True, False):
        new[d.integer(0, len(new) - 1)] = -1
    return of(lambda m, x: m.reshape(x, tuple(new)), shape)


@operation("ravel")
def _(d: Source) -> Example:
    return of(lambda m, x: m.ravel(x), d.shape())


@operation("transpose", tries=3)
def _(d: Source) -> Example:
    shape = d.shape()
    order = [i - len(shape) * d.integer(0, 1) for i in d.order(len(shape))]
    axes = d.choice(order, order, None)
    return of(lambda m, x: m.transpose(x, axes), shape)


@operation("x.T and x.mT")
def _(d: Source) -> Example:
    if d.choice(True, False):
        return of(lambda m, x: m.axes_reversed(x), d.shape())
    return of(lambda m, x: m.matrices_transposed(x), d.shape(low=2))


@operation("swapaxes")
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    i, j = d.axis(len(shape)), d.axis(len(shape))
    return of(lambda m, x: m.swapaxes(x, i, j), shape)


@operation("moveaxis")
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    start, end = d.some_axes(len(shape), least=1), d.some_axes(len(shape), least=1)
    count = min(len(start), len(end))
    if count == 1:
        return of(lambda m, x: m.moveaxis(x, start[0], end[0]), shape)
    return of(lambda m, x: m.moveaxis(x, start[:count], end[:count]), shape)


@operation("expand_dims")
def _(d: Source) -> Example:
    shape, count = d.shape(high=2), d.integer(1, 2)
    axes = d.some_axes(len(shape) + count, least=count)[:count]
    axis = axes[0] if count == 1 else axes
    return of(lambda m, x: m.expand_dims(x, axis), shape)


@operation("squeeze")
def _(d: Source) -> Example:
    shape = tuple(d.choice(1, 2, 1, 3) for _ in range(d.integer(0, 3)))
    ones = [i - len(shape) * d.integer(0, 1) for i, n in enumerate(shape) if n == 1]
    axis = d.choice(None, tuple(ones), *ones[:1])
    return of(lambda m, x: m.squeeze(x, axis=axis), shape)


@operation("atleast_2d")
def _(d: Source) -> Example:
    name = d.choice("atleast_1d", "atleast_2d", "atleast_3d")
    return of(lambda m, x: getattr(m, name)(x), d.shape())


@operation("broadcast_to")
def _(d: Source) -> Example:
    whole = d.shape()
    start = d.integer(0, len(whole))
    part = tuple(d.choice(n, 1) for n in whole[start:])
    return of(lambda m, x: m.broadcast_to(x, whole), part)


@operation("concatenate")
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    axis = d.axis(len(shape))
    sizes = [d.size() for _ in range(d.integer(1, 3))]
    shapes = [(*shape[: axis % len(shape)], n, *shape[axis % len(shape) + 1 :]) for n in sizes]
    return of(lambda m, *xs: m.concatenate(xs, axis=axis), *shapes)


@operation("concatenate in a row")
def _(d: Source) -> Example:
    shapes = [d.shape() for _ in range(d.integer(1, 2))]
    return of(lambda m, *xs: m.concatenate(xs, axis=None), *shapes)


@operation("concatenate with itself")
def _(d: Source) -> Example:
    return of(lambda m, x: m.concatenate([x, x * 2, x]), d.shape(low=1))


@operation("stack")
def _(d: Source) -> Example:
    shape = d.shape(high=2)
    axis = d.axis(len(shape) + 1)
    return of(lambda m, *xs: m.stack(xs, axis=axis), *[shape] * d.integer(1, 3))


@operation("hstack")
def _(d: Source) -> Example:
    name = d.choice("hstack", "vstack", "dstack", "column_stack")
    n, k = d.size(), d.size()
    shapes = d.choice([(n,), (n,)], [(n, k), (n, k)], [(n, k, 2), (n, k, 2)], [(), ()])
    return of(lambda m, *xs: getattr(m, name)(xs), *shapes)


@operation("split")
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    axis = d.axis(len(shape))
    n = shape[axis]
    places = d.choice(max(1, n), 1, [1, 2], [d.integer(0, 3)], [-1], [2, 1])
    part = d.integer(0, (places if isinstance(places, int) else len(places) + 1) - 1)
    return of(lambda m, x: m.split(x, places, axis=axis)[part], shape)


@operation("array_split", roads=("numpy",))
def _(d: Source) -> Example:
    count = d.integer(1, 4)
    part = d.integer(0, count - 1)
    return of(lambda m, x: m.array_split(x, count)[part], d.shape(low=1))


@operation("repeat")
def _(d: Source) -> Example:
    shape = d.shape()
    axis = d.axis(len(shape)) if shape and d.choice(True, False) else None
    n = math.prod(shape) if axis is None else shape[axis]
    counts = d.choice(d.integer(0, 3), d.rng().integers(0, 3, n).tolist())
    return of(lambda m, x: m.repeat(x, counts, axis=axis), shape)


@operation("tile")
def _(d: Source) -> Example:
    times = d.choice(2, 0, (1, 2), (2, 1, 2), (3,), ())
    return of(lambda m, x: m.tile(x, times), d.shape())


@operation("flip")
def _(d: Source) -> Example:
    shape = d.shape()
    axis = d.axes(len(shape))
    return of(lambda m, x: m.flip(x, axis=axis), shape)


@operation("roll")
def _(d: Source) -> Example:
    shape, shift = d.shape(), d.integer(-4, 4)
    if not shape or d.integer(0, 2) == 2:
        return of(lambda m, x: m.roll(x, shift), shape)
    axes = d.some_axes(len(shape), least=1)
    shifts = d.choice(shift, tuple(d.integer(-4, 4) for _ in axes))
    return of(lambda m, x: m.roll(x, shifts, axis=axes), shape)


@operation("rot90", roads=("numpy",))
def _(d: Source) -> Example:
    shape, k = d.shape(low=2), d.integer(-1, 4)
    axes = d.some_axes(len(shape), least=2)[:2]
    return of(lambda m, x: m.rot90(x, k, axes=axes), shape)


@operation("pad")
def _(d: Source) -> Example:
    shape, number = d.shape(low=1), d.choice(0.0, 1.5, -1)
    width = d.choice(
        d.integer(0, 2), (1, 2), tuple((d.integer(0, 2), d.integer(0, 2)) for _ in shape)
    )
    return of(lambda m, x: m.pad(x, width, constant_values=number), shape)


@operation("pad with what is there")
def _(d: Source) -> Example:
    mode, shape = d.choice("edge", "reflect", "symmetric", "wrap"), d.shape(low=1, least=1)
    width = d.choice(d.integer(0, 2), tuple((d.integer(0, 4), d.integer(0, 2)) for _ in shape))
    return of(lambda m, x: m.pad(x, width, mode=mode), shape)


@operation("sliding_window_view", roads=("package",))
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    axis = d.axis(len(shape))
    size = d.integer(0, shape[axis])
    return of(lambda m, x: m.sliding_window_view(x, size, axis), shape)


@operation("take")
def _(d: Source) -> Example:
    shape = d.shape(least=1)
    axis = d.axis(len(shape)) if shape and d.choice(True, False) else None
    places = d.places(math.prod(shape) if axis is None else shape[axis], d.shape(high=2))
    return of(lambda m, x: m.take(x, places, axis=axis), shape)


@operation("take past the ends", roads=("numpy", "methods"))
def _(d: Source) -> Example:
    mode, shape = d.choice("wrap", "clip"), d.shape(low=1, least=1)
    axis, places = d.axis(len(shape)), d.rng().integers(-7, 7, 4)
    return of(lambda m, x: m.take(x, places, axis=axis, mode=mode), shape)


@operation("take_along_axis")
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.axis(len(shape))
    i = axis % len(shape)
    places = d.places(shape[i], (*shape[:i], d.size(), *shape[i + 1 :]))
    return of(lambda m, x: m.take_along_axis(x, places, axis=axis), shape)


@operation("delete", roads=("numpy",))
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.axis(len(shape))
    place = d.integer(0, shape[axis] - 1)
    return of(lambda m, x: m.delete(x, place, axis=axis), shape)


@operation("rollaxis", roads=("numpy",))
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    axis, start = d.axis(len(shape)), d.integer(0, len(shape))
    return of(lambda m, x: m.rollaxis(x, axis, start), shape)


@operation("fliplr", roads=("numpy",))
def _(d: Source) -> Example:
    name = d.choice("fliplr", "flipud")
    return of(lambda m, x: getattr(m, name)(x), d.shape(low=2))


@operation("hsplit", roads=("numpy",))
def _(d: Source) -> Example:
    name, part = d.choice("hsplit", "vsplit", "dsplit"), d.integer(0, 1)
    return of(lambda m, x: getattr(m, name)(x, [1])[part], d.shape(low=3))


@operation("resize", roads=("numpy",))
def _(d: Source) -> Example:
    new = d.shape(1, 2)
    return of(lambda m, x: m.resize(x, new), d.shape(least=1))
