"""Arrays put together from others, and parts taken out of them."""

from typing import Any

import numpy as np

from tests.tensor_table import PLUS, Example, Operand, Source, of, operation


@operation("select")
def _(d: Source) -> Example:
    one, other = d.together(2)
    shape = np.broadcast_shapes(one, other)
    first, second = (d.rng().random(shape) < 0.4 for _ in range(2))
    default: Any = d.choice(0, 1.5)
    return of(lambda m, x, y: m.select([first, second], [x, y], default), one, other)


@operation("select by what is compared")
def _(d: Source) -> Example:
    shape = d.shape()
    return of(lambda m, x: m.select([x < -1, x < 1], [x * x, 2.0], x), shape)


@operation("choose")
def _(d: Source) -> Example:
    one, other = d.together(2)
    shape = np.broadcast_shapes(one, other)
    mode = d.choice("wrap", "clip")
    indices = d.rng().integers(-3, 5, shape) if d.integer(0, 1) else d.rng().integers(0, 2, shape)
    return of(lambda m, x, y: m.choose(indices, [x, y, 1.0], mode=mode), one, other)


@operation("choose rows")
def _(d: Source) -> Example:
    n, k = d.size(least=1), d.size()
    indices = d.rng().integers(0, n, k)
    return of(lambda m, x: m.choose(indices, x), (n, k))


@operation("piecewise")
def _(d: Source) -> Example:
    shape, rest = d.shape(), d.choice([], [1.5], [lambda x: x * x])
    functions = [lambda x: 3 * x, lambda x, *k: x * x * x, *rest]
    return of(lambda m, x: m.piecewise(x, [x < -1, x > 0], functions), shape)


@operation("piecewise with a parameter")
def _(d: Source) -> Example:
    n = d.size(least=1)
    mask = d.rng().random(n) < 0.6
    functions = [lambda x, k: k * x, lambda x, k: x - k]
    k = d.choice(2.0, -1.0)
    return of(lambda m, x: m.piecewise(x, mask, functions, k), (n,))


@operation("compress")
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    axis = d.choice(None, d.axis(len(shape)))
    size = int(np.prod(shape)) if axis is None else shape[axis]
    mask = d.rng().random(max(size - d.integer(0, 1), 0)) < 0.6
    return of(lambda m, x: m.compress(mask, x, axis=axis), shape)


@operation("extract")
def _(d: Source) -> Example:
    return of(lambda m, x: m.extract(x < 0.5, x), d.shape())


@operation("trim_zeros")
def _(d: Source) -> Example:
    before, after, sides = d.integer(0, 2), d.integer(0, 2), d.choice("fb", "f", "b", "BF")
    return of(lambda m, x: m.trim_zeros(m.pad(x, (before, after)), sides), (d.size(),))


@operation("block")
def _(d: Source) -> Example:
    n, k = d.size(), d.size()
    kind = d.choice("flat", "nested", "one", "deep")

    def f(m: Any, x: Any, y: Any) -> Any:
        if kind == "one":
            return m.block(x * y)
        if kind == "flat":
            return m.block([x, 1.0 + y * y, y])
        if kind == "deep":
            return m.block([[[x], [y]], [[y], [y]]])
        return m.block([[x, y], [x, np.zeros((n, k), y.dtype)]])

    return of(f, (n, k), (n, k))


@operation("append")
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    axis = d.choice(None, d.axis(len(shape)))
    return of(lambda m, x, y: m.append(x, y, axis), shape, shape)


@operation("append a number")
def _(d: Source) -> Example:
    return of(lambda m, x: m.append(x, 2.0), d.shape())


@operation("insert", tries=2)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    axis = d.choice(None, d.axis(len(shape)))
    n = int(np.prod(shape)) if axis is None else shape[axis]
    obj = d.choice(0, n, -n, [0, n], [n], np.array([0, 0, n]), slice(0, n, 2), [])
    return of(lambda m, x, y: m.insert(x, obj, y, axis), shape, d.choice((), (1,)))


@operation("insert rows", tries=2)
def _(d: Source) -> Example:
    n, k, some = d.size(), d.size(), d.integer(1, 2)
    obj = d.choice(d.places(n, (some,)) if n else [0] * some, d.integer(0, n))
    return of(lambda m, x, y: m.insert(x, obj, y, 0), (n, k), d.choice((some, k), (k,), ()))


@operation("broadcast_arrays")
def _(d: Source) -> Example:
    shapes = d.together(3)

    def f(m: Any, *xs: Any) -> Any:
        return m.stack(m.broadcast_arrays(*xs))

    return of(f, *shapes)


@operation("meshgrid")
def _(d: Source) -> Example:
    shapes = [d.shape(0, 1, least=1) for _ in range(d.integer(1, 3))]
    options = {
        "indexing": d.choice("xy", "ij"), "sparse": d.choice(True, False),
        "copy": d.choice(True, False),
    }  # fmt: skip

    def f(m: Any, *xs: Any) -> Any:
        return m.concatenate([m.ravel(x) for x in m.meshgrid(*xs, **options)])

    return of(f, *shapes)


@operation("diagflat")
def _(d: Source) -> Example:
    k = d.integer(-2, 2)
    return of(lambda m, x: m.diagflat(x, k), d.shape(high=2))


@operation("atleast")
def _(d: Source) -> Example:
    least = d.choice("atleast_1d", "atleast_2d", "atleast_3d")
    if d.choice(True, False):
        return of(lambda m, x: getattr(m, least)(x), d.shape())
    one, other = d.shape(), d.shape()

    def f(m: Any, x: Any, y: Any) -> Any:
        return m.concatenate([m.ravel(z) for z in getattr(m, least)(x, y)])

    return of(f, one, other)


if hasattr(np, "unstack"):

    @operation("unstack")
    def _(d: Source) -> Example:
        shape = d.shape(low=1, least=1)
        axis = d.axis(len(shape))
        return of(lambda m, x: m.unstack(x, axis=axis)[-1], shape)


@operation("astype", roads=("package", "numpy"))
def _(d: Source) -> Example:
    dtype, copy = d.choice(np.float64, np.float32), d.choice(True, False)

    def f(m: Any, x: Any) -> Any:
        return m.astype(x, np.float64) * 2.0 + 0.0 * m.astype(x, dtype, copy=copy)

    return of(f, d.shape())


@operation("linspace", tries=2)
def _(d: Source) -> Example:
    one, other = d.together(2, 2)
    num, endpoint = d.integer(0, 4), d.choice(True, False)
    axis = d.choice(0, -1)
    if d.choice(True, False):
        return of(lambda m, x, y: m.linspace(x, y, num, endpoint, axis=axis), one, other)
    return of(lambda m, x, y: m.linspace(x, y, num + 2, endpoint, retstep=True)[1], one, other)


@operation("linspace from a number")
def _(d: Source) -> Example:
    number, num = d.choice(2, 0.5), d.integer(1, 3)
    if d.choice(True, False):
        return of(lambda m, x: m.linspace(number, x, num), d.shape())
    return of(lambda m, x: m.linspace(x, number, num, dtype=np.float64), d.shape())


@operation("logspace")
def _(d: Source) -> Example:
    one, other = d.together(2, 2)
    num, endpoint, axis = d.integer(0, 4), d.choice(True, False), d.choice(0, -1)
    base = d.choice(10.0, 2)
    return of(lambda m, x, y: m.logspace(x, y, num, endpoint, base, axis=axis), one, other)


@operation("logspace of a base")
def _(d: Source) -> Example:
    shapes, num = d.together(3, 2), d.integer(0, 3)
    operands = (Operand(shapes[0]), Operand(shapes[1]), Operand(shapes[2], PLUS))
    return Example(lambda m, x, y, base: m.logspace(x, y, num, base=base), operands)


@operation("geomspace")
def _(d: Source) -> Example:
    one, other = d.together(2, 2)
    num, endpoint, axis = d.integer(0, 4), d.choice(True, False), d.choice(0, -1)
    sign = d.choice(1.0, -1.0)
    f = lambda m, x, y: m.geomspace(sign * x, sign * y, num, endpoint, axis=axis)  # noqa: E731
    return of(f, one, other, kind=PLUS)
