"""Every operation of Tensors, once: how it is called, on which shapes, with which options.

A call is written over a module `m` that has NumPy's names, so that one line serves NumPy itself
(`PLAIN`, which adds plain definitions of what NumPy lacks), this package (`Ours`), and PyTorch and
JAX (benchmarks/compare.py). What is not fixed, sizes, axes, indices, is drawn from a `Source` of
integers: Hypothesis in the tests, a generator of random numbers elsewhere.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.special

import autograd as ag
from autograd.rules.eigen import real_eig
from autograd.rules.elementary import ALIASES, CONDITION, OPEN, POSITIVE, REAL, TABLE, UNIT

Shape = tuple[int, ...]


# What is drawn


class Source:
    """Draws sizes, shapes, axes and indices, all made of integers between two bounds.

    `integer(low, high)` draws one, both ends included. Unless `odd` is False, axes have size 0 now
    and then, and numbers may be NumPy's.
    """

    def __init__(self, integer: Callable[[int, int], int], odd: bool = True) -> None:
        self.integer = integer
        self.odd = odd

    def choice(self, *options: Any) -> Any:
        """One of them."""
        return options[self.integer(0, len(options) - 1)]

    def rng(self) -> np.random.Generator:
        """A generator, for what does not have to shrink."""
        return np.random.default_rng(self.integer(0, 2**16))

    def size(self, least: int = 0) -> int:
        """The size of an axis, at most 3."""
        return int(max(least, self.choice(2, 3, 1, 2, 3, *(0,) * self.odd)))

    def number(self, *numbers: Any) -> Any:
        """One of some numbers."""
        return self.choice(*[x for x in numbers if self.odd or type(x) in (int, float)])

    def shape(self, low: int = 0, high: int = 3, least: int = 0) -> Shape:
        """A shape of `low` to `high` axes."""
        return tuple(self.size(least) for _ in range(self.integer(low, high)))

    def axis(self, ndim: int) -> int:
        """One of the axes, counted from either end."""
        return self.integer(0, ndim - 1) - ndim * self.integer(0, 1)

    def some_axes(self, ndim: int, least: int = 0) -> Shape:
        """Some of the axes, in any order, counted from either end."""
        count = self.integer(least, ndim)
        return tuple(i - ndim * self.integer(0, 1) for i in self.order(ndim)[:count])

    def axes(self, ndim: int) -> Any:
        """None, an axis or a tuple of some: what a reduction takes."""
        kind = self.choice("one", "some", "all") if ndim else self.choice("all", "some")
        return (
            self.axis(ndim) if kind == "one" else self.some_axes(ndim) if kind == "some" else None
        )

    def order(self, n: int) -> list[int]:
        """0 ... n-1 in any order."""
        left = list(range(n))
        return [left.pop(self.integer(0, len(left) - 1)) for _ in range(n)]

    def together(self, count: int, high: int = 3) -> list[Shape]:
        """Shapes that broadcast together."""
        whole = self.shape(0, high)
        shapes = []
        for k in range(count):
            start = self.integer(0, len(whole)) if k else 0
            part = [1 if self.integer(0, 2) == 2 else n for n in whole[start:]]
            shapes.append(tuple(part))
        return [shapes[i] for i in self.order(count)]

    def places(self, size: int, shape: Shape) -> Any:
        """Integers that index an axis, from either end, with repeats; none, if it has no size."""
        return self.rng().integers(-size, size, shape) if size else np.zeros((0, *shape[1:]), int)

    def piece(self, size: int) -> slice:
        """A slice of an axis, also backwards, in steps, and past the ends."""
        ends = [None, *range(-size - 1, size + 2)]
        return slice(self.choice(*ends), self.choice(*ends), self.choice(None, -1, 1, -2, 2))

    def basic(self, shape: Shape) -> Any:
        """A basic index: integers, slices, an ellipsis, new axes."""
        parts: list[Any] = [
            self.integer(-n, n - 1) if n and self.integer(0, 2) == 2 else self.piece(n)
            for n in shape
        ]
        if self.integer(0, 1):  # an ellipsis for some of the axes
            start = self.integer(0, len(parts))
            parts[start : self.integer(start, len(parts))] = [...]
        else:
            parts = parts[: self.integer(0, len(parts))]
        for _ in range(self.integer(0, 2)):
            parts.insert(self.integer(0, len(parts)), None)
        return parts[0] if len(parts) == 1 else tuple(parts)

    def advanced(self, shape: Shape) -> Any:
        """An index with arrays and lists of integers; slices, numbers and a new axis beside."""
        parts: list[Any] = []
        wide = self.shape(1, 2, least=1)
        for n in shape:
            kind = self.choice("array", "slice", "array", "list", "number") if n else "slice"
            if kind == "number":
                parts.append(self.integer(-n, n - 1))
            elif kind == "slice":
                parts.append(self.piece(n))
            else:
                places = self.places(n, tuple(1 if self.integer(0, 2) == 2 else k for k in wide))
                as_tuple = kind == "list" and places.ndim == 1 and self.integer(0, 1)
                listed = tuple(places.tolist()) if as_tuple else places.tolist()
                parts.append(listed if kind == "list" else places)
        if self.integer(0, 3) == 3:
            parts.insert(self.integer(0, len(parts)), self.choice(None, ...))
        return tuple(parts)

    def mask(self, shape: Shape) -> Any:
        """An index with a mask of some neighbouring axes."""
        start = self.integer(0, len(shape) - 1)
        stop = self.integer(start + 1, len(shape))
        mask = self.rng().random(shape[start:stop]) < 0.6
        parts = [self.piece(n) for n in shape[:start]] + [mask]
        parts += [self.piece(n) for n in shape[stop:]] if self.integer(0, 1) else []
        return tuple(parts) if len(parts) > 1 else mask


def seeded(rng: np.random.Generator) -> Source:
    """What draws from a generator, and nothing odd."""
    return Source(lambda low, high: int(rng.integers(low, high + 1)), odd=False)


# What is computed with


class Kind(NamedTuple):
    """Where the elements of an operand lie, and how far from 0 at least."""

    low: float
    high: float
    gap: float = 0.0


ANY = Kind(-2.0, 2.0, 0.2)
KINDS = {
    REAL: ANY,
    POSITIVE: Kind(0.3, 2.5),
    OPEN: Kind(-0.9, 0.9),
    UNIT: Kind(0.1, 0.9),
    (-1.0, math.inf): Kind(-0.8, 2.0),
    (1.0, math.inf): Kind(1.2, 3.0),
}
PLUS, FACTOR = KINDS[POSITIVE], Kind(0.6, 1.5)


class Operand(NamedTuple):
    """What an operation is applied to: an array of distinct numbers."""

    shape: Shape
    kind: Kind = ANY
    diagonal: float = 0.0
    """What is added to the diagonal of matrices, so that they are far from singular."""


class Example(NamedTuple):
    """An operation with its options, f(m, x, ...), and the operands for it."""

    f: Callable[..., Any]
    operands: tuple[Operand, ...]
    smooth: Callable[..., bool] = lambda *_: True
    """Whether it has a derivative at these arrays."""
    change: Callable[..., None] = lambda *_: None
    """What is done to the arrays first."""

    def arrays(self, rng: np.random.Generator) -> list[Any]:
        """Operands at which f has a derivative: all their elements are well apart."""
        for _ in range(100):
            found = [np.empty(x.shape) for x in self.operands]
            for kind in {x.kind for x in self.operands}:
                chosen = [a for a, x in zip(found, self.operands) if x.kind == kind]
                numbers = _distinct(rng, kind, sum(a.size for a in chosen))
                for a in chosen:
                    part, numbers = np.split(numbers, [a.size])
                    a[...] = part.reshape(a.shape)
            for a, x in zip(found, self.operands):
                if x.diagonal:
                    a += x.diagonal * np.eye(a.shape[-1])
            self.change(*found)
            if self.smooth(*found):
                return found
        raise AssertionError("no operands found at which the operation has a derivative")


def _distinct(rng: np.random.Generator, kind: Kind, n: int) -> Any:
    """Numbers of a kind, each pair of them at least 0.4 / n of the width apart."""
    u = (rng.permutation(n) + rng.uniform(0.2, 0.8, n)) / max(1, n)
    x = kind.low + kind.gap + (kind.high - kind.low - 2 * kind.gap) * u
    return x + kind.gap * np.sign(x)


def of(f: Callable[..., Any], *shapes: Shape, kind: Kind = ANY) -> Example:
    """An operation of arrays of one kind."""
    return Example(f, tuple(Operand(shape, kind) for shape in shapes))


# The modules that operations are written over


class Names:
    """Names looked up in several places, the first that has one first."""

    def __init__(self, *places: Any) -> None:
        self._places = places

    def __getattr__(self, name: str) -> Any:
        for place in self._places:
            if hasattr(place, name):
                return getattr(place, name)
        raise AttributeError(name)


def written(x: Any, index: Any, v: Any) -> Any:
    """A copy with something written into it."""
    x = x.copy()
    x[index] = v
    return x


def changed(x: Any, sign: str, y: Any) -> Any:
    """A copy after `x += y` or the like."""
    x = x.copy()
    x = getattr(operator, sign)(x, y)
    return x


def changed_in_part(x: Any, index: Any, sign: str, y: Any) -> Any:
    """A copy after `x[index] += y` or the like."""
    x = x.copy()
    x[index] = getattr(operator, sign)(x[index], y)
    return x


def getitem(x: Any, index: Any) -> Any:
    """x[index]."""
    return x[index]


def identity(x: Any) -> Any:
    """A matrix of the width and dtype of x, with ones on the diagonal."""
    return np.eye(x.shape[-1], dtype=x.dtype)


SYNTAX = SimpleNamespace(
    written=written,
    changed=changed,
    changed_in_part=changed_in_part,
    getitem=getitem,
    identity=identity,
    axes_reversed=operator.attrgetter("T"),
    matrices_transposed=operator.attrgetter("mT"),
)
"""What is written with signs instead of names, for frameworks that write it otherwise."""


def _logistic(x: Any) -> Any:
    return scipy.special.expit(x)


def _activated(z: Any, activation: str | None) -> Any:
    return z if activation is None else getattr(PLAIN, activation)(z)


def _windows(x: Any, size: Any, stride: Any, padding: Any, constant: float) -> Iterator[Any]:
    """(i, j, the window there) of images."""
    (kh, kw), (sh, sw), (ph, pw) = size, stride, padding
    widths = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    x = np.pad(x, widths, constant_values=constant)
    for i in range((x.shape[-2] - kh) // sh + 1):
        for j in range((x.shape[-1] - kw) // sw + 1):
            yield i, j, x[..., i * sh : i * sh + kh, j * sw : j * sw + kw]


def _images(x: Any, channels: Shape, places: list[tuple[int, int, Any]]) -> Any:
    """Images from their numbers, window by window."""
    high, wide = (1 + max(p[k] for p in places) for k in (0, 1))
    z = np.empty((*channels, high, wide), x.dtype)
    for i, j, value in places:
        z[..., i, j] = value
    return z


def _conv2d(
    x: Any, W: Any, b: Any = None, stride: Any = (1, 1), padding: Any = (0, 0),
    activation: str | None = None,
) -> Any:  # fmt: skip
    dtype = np.result_type(x, W, *([] if b is None else [b]))
    places = [
        (i, j, np.einsum("nchw,mchw->nm", w, W) + (0 if b is None else b))
        for i, j, w in _windows(x, W.shape[2:], stride, padding, 0.0)
    ]
    return _activated(_images(x.astype(dtype), (len(x), len(W)), places), activation)


def _max_pool2d(x: Any, size: Any, stride: Any, padding: Any = (0, 0)) -> Any:
    windows = _windows(x, size, stride, padding, -math.inf)
    return _images(x, x.shape[:-2], [(i, j, w.max((-2, -1))) for i, j, w in windows])


def _avg_pool2d(x: Any, size: Any, stride: Any, padding: Any = (0, 0)) -> Any:
    windows = _windows(x, size, stride, padding, 0.0)
    return _images(x, x.shape[:-2], [(i, j, w.mean((-2, -1))) for i, j, w in windows])


def _layer_norm(x: Any, weight: Any = None, bias: Any = None, axis: Any = -1) -> Any:
    z = (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + 1e-5)
    z = z if weight is None else z * weight
    return z if bias is None else z + bias


def _batch_norm(
    x: Any, weight: Any = None, bias: Any = None, mean: Any = None, variance: Any = None
) -> Any:
    rows = np.moveaxis(x, 1, -1)
    axes = tuple(range(x.ndim - 1))
    mean = rows.mean(axes) if mean is None else mean
    variance = rows.var(axes) if variance is None else variance
    z = (rows - mean) / np.sqrt(variance + 1e-5)
    z = z if weight is None else z * weight
    return np.moveaxis(z if bias is None else z + bias, -1, 1)


def _linear(x: Any, W: Any, b: Any = None, activation: str | None = None) -> Any:
    return _activated(x @ W.T + (0 if b is None else b), activation)


def _softmax_cross_entropy_sum(x: Any, y: Any, divisor: float = 1.0) -> Any:
    log_p = scipy.special.log_softmax(x, -1)
    if y.dtype.kind == "i":
        return -np.sum(np.take_along_axis(log_p, y[..., None], -1)) / divisor
    return -np.sum(y * log_p) / divisor


def _sigmoid_cross_entropy(x: Any, y: Any) -> Any:
    return np.logaddexp(x, 0) - x * y


def _binary_cross_entropy(p: Any, y: Any) -> Any:
    return -y * np.log(p) - (1 - y) * np.log1p(-p)


PLAIN = Names(
    SYNTAX,
    SimpleNamespace(
        **{row: getattr(np, name) for name, row in ALIASES.items() if hasattr(np, name)},
        sigmoid=_logistic,
        logistic_density=lambda x: _logistic(x) * _logistic(-x),
        logsigmoid=lambda x: -np.logaddexp(-x, 0),
        softplus=lambda x: np.logaddexp(x, 0),
        relu=lambda x: np.maximum(x, 0),
        leaky_relu=lambda x, slope: np.where(x > 0, x, slope * x),
        elu=lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(x)),
        gelu=lambda x: x * scipy.special.ndtr(x),
        gelu_tanh=lambda x: x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))) / 2,
        silu=lambda x: x * _logistic(x),
        scale=lambda x, k: k * x,
        step=lambda x, k: np.heaviside(x - k, 1).astype(np.result_type(x, k)),
        sech=lambda x: 1 / np.cosh(x),
        spherical_j1=lambda x: np.asarray(scipy.special.spherical_jn(1, x), x.dtype),
        direction=lambda x, y: x / np.hypot(x, y),
        unit=lambda x, r: x / r,
        apart=lambda x, y: x - y,
        ratio=lambda x, y: x / y,
        monomial=lambda c, x, y: c * x**y,
        power_log=lambda x, y: x**y * np.log(x),
        side=np.sign,
        bell=lambda x: np.exp(-x * x),
        lorentzian=lambda x: 1 / (1 + x * x),
        sigmoid_error=lambda x, y: 1 / (1 + np.exp(-x)) - y,
        sigmoid_cross_entropy=_sigmoid_cross_entropy,
        binary_cross_entropy=_binary_cross_entropy,
        logsumexp=lambda x, **along: np.log(np.sum(np.exp(x), **along)),
        eig=real_eig,
        eigvals=lambda x: real_eig(x)[0],
        softmax=lambda x, axis: np.exp(scipy.special.log_softmax(x, axis)),
        conv2d=_conv2d,
        max_pool2d=_max_pool2d,
        avg_pool2d=_avg_pool2d,
        layer_norm=_layer_norm,
        batch_norm=_batch_norm,
        embedding=getitem,
        linear=_linear,
        softmax_cross_entropy_sum=_softmax_cross_entropy_sum,
        sigmoid_cross_entropy_sum=lambda x, y, divisor=1.0: (
            np.sum(_sigmoid_cross_entropy(x, y)) / divisor
        ),
    ),
    np,
    np.linalg,
    scipy.special,
    scipy.linalg,
)  # fmt: skip
"""NumPy, with plain definitions of what it lacks, for values to compare with."""


OWN = SimpleNamespace(sqrt=np.sqrt, vectorize=ag.vectorize)
"""What is ours by NumPy's name too: a class does not ask its operands."""
IN_PLACE = ("sort", "partition", "put")
"""Functions whose methods write into the array instead of making another."""


class Ours(Names):
    """This package's operations by one of three roads: its own functions, NumPy's, or methods.

    Where a road does not have an operation, it is taken from the others.
    """

    ROADS = ("package", "numpy", "methods")

    def __init__(self, road: str) -> None:
        package, numpy = (ag, ag.linalg), (OWN, np, np.linalg)
        both = package + numpy if road == "package" else numpy + package
        super().__init__(SYNTAX, *both)
        self._methods = road == "methods"

    def __getattr__(self, name: str) -> Any:
        function = super().__getattr__(name)
        if not (self._methods and hasattr(ag.Tensor, name)) or name in IN_PLACE:
            return function

        def called(x: Any, *options: Any, **named: Any) -> Any:
            if not isinstance(x, ag.Tensor):
                return function(x, *options, **named)
            return getattr(x, name)(*options, **named)

        return called


# The table


class Operation(NamedTuple):
    """An operation: what draws an example of it, and what does not apply to it."""

    name: str
    example: Callable[[Source], Example]
    repeats: bool = True
    """Whether equal elements may stand beside each other, as they do in broadcast views."""
    roads: Sequence[str] = Ours.ROADS
    """The ways to call it."""
    writes: bool = False
    """Whether it writes into the first operand, which must be a Tensor then."""
    orders: int = 2
    """How many derivatives are checked."""
    tries: int = 1
    """How often it is tried where others are once, for its many options."""


OPERATIONS: dict[str, Operation] = {}


def operation(name: str, **flags: Any) -> Callable[[Callable[[Source], Example]], None]:
    """Enter what draws examples into the table."""

    def entered(example: Callable[[Source], Example]) -> None:
        assert name not in OPERATIONS
        OPERATIONS[name] = Operation(name, example, **flags)

    return entered


def enter(name: str, example: Callable[[Source], Example], **flags: Any) -> None:
    """The same, for what fits on a line."""
    operation(name, **flags)(example)


# Elementwise operations: the rows of the package's own table


def _row(name: str) -> Callable[[Source], Example]:
    row = TABLE[name]

    def example(d: Source) -> Example:
        shapes = d.together(len(row.domain), 2)
        kinds = [KINDS[domain] for domain in row.domain]
        marks = [mark for mark in (row.kinks, row.poles) if mark]

        def smooth(*x: Any) -> bool:
            return all(np.all(np.abs(mark(PLAIN, *x)) > 0.03) for mark in marks)

        f = lambda m, *x: getattr(m, name)(*x)  # noqa: E731
        return Example(f, tuple(map(Operand, shapes, kinds)), smooth)

    return example


for _name, _row_of in TABLE.items():
    if not any(domain is CONDITION for domain in _row_of.domain):
        enter(_name, _row(_name))

SIGNS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "**": operator.pow, "%": operator.mod,
}  # fmt: skip
SCALARS = (3, 0.7, np.float32(0.7), np.float64(0.7), np.int64(3), np.array(2.0), True)


def _signed(sign: str) -> Callable[[Source], Example]:
    function = SIGNS[sign]
    kind = PLUS if sign == "**" else ANY

    def smooth(x: Any, y: Any) -> bool:
        return sign != "%" or bool(np.all(np.abs(np.sin(np.pi * x / y)) > 0.03))

    def example(d: Source) -> Example:
        shapes = d.together(2)
        return Example(
            lambda m, x, y: function(x, y), tuple(Operand(s, kind) for s in shapes), smooth
        )

    return example


for _sign in SIGNS:
    enter(f"x {_sign} y", _signed(_sign))


@operation("x + number")
def _(d: Source) -> Example:
    function, number = SIGNS[d.choice("+", "-", "*", "/")], d.number(*SCALARS)
    if d.choice(True, False):
        return of(lambda m, x: function(x, number), d.shape())
    return of(lambda m, x: function(number, x), d.shape())


@operation("x ** number")
def _(d: Source) -> Example:
    number = d.number(2, 3, -1, 0, 1, 2.0, -2, np.float32(3), np.int64(2), np.array(2.0))
    return of(lambda m, x: x**number, d.shape())


@operation("number ** x")
def _(d: Source) -> Example:
    number = d.number(2, 0.5, np.int64(2), np.float32(3.0), np.int8(3))
    return of(lambda m, x: number**x, d.shape())


@operation("-abs(x)")
def _(d: Source) -> Example:
    return of(lambda m, x: -abs(+x), d.shape())


@operation("where")
def _(d: Source) -> Example:
    choice, *shapes = d.together(3)
    condition = d.rng().random(choice) < 0.5
    return of(lambda m, x, y: m.where(condition, x, y), *shapes)


@operation("clip at numbers")
def _(d: Source) -> Example:
    low, high = d.choice(-1.0, -0.5), d.choice(0.0, 1.0)

    def smooth(x: Any) -> bool:
        return bool(np.all(np.abs((x - low) * (x - high)) > 0.03))

    return Example(lambda m, x: m.clip(x, low, high), (Operand(d.shape()),), smooth)


@operation("clip at one side", roads=("numpy", "methods"))
def _(d: Source) -> Example:
    low, high = d.choice((None, 0.0), (0.0, None), (None, None))
    return of(lambda m, x: m.clip(x, low, high), d.shape())


@operation("round to decimals", roads=("numpy",))
def _(d: Source) -> Example:
    n = d.choice(1, 0, -1, 2)

    def smooth(x: Any) -> bool:
        return bool(np.all(np.abs(np.cos(np.pi * x * 10.0**n)) > 0.03))

    return Example(lambda m, x: m.around(x, n), (Operand(d.shape(0, 1)),), smooth)


# Reductions


def _reduction(
    name: str, least: int = 0, low: int = 0, kind: Kind = ANY,
    options: Callable[[Source], dict[str, Any]] | None = None,
) -> Callable[[Source], Example]:  # fmt: skip
    def example(d: Source) -> Example:
        shape = d.shape(low, least=least)
        axis = d.axes(len(shape))
        named = {"axis": axis, "keepdims": d.choice(False, True), **(options(d) if options else {})}
        return of(lambda m, x: getattr(m, name)(x, **named), shape, kind=kind)

    return example


def _degrees(d: Source) -> dict[str, Any]:
    return {"ddof": d.choice(0, 1)}


enter("sum", _reduction("sum"))
enter("mean", _reduction("mean"))
enter("prod", _reduction("prod", kind=FACTOR))
enter("max", _reduction("max", least=1), repeats=False)
enter("min", _reduction("min", least=1), repeats=False)
enter("var", _reduction("var", options=_degrees))
enter("std", _reduction("std", options=_degrees), repeats=False)
enter("median", _reduction("median", least=1), repeats=False)
enter("logsumexp", _reduction("logsumexp", least=1, low=1))


@operation("max of no rows", repeats=False)
def _(d: Source) -> Example:
    name = d.choice("max", "min", "median")
    shape = (d.size(least=1), d.choice(0, 1, 2))
    return of(lambda m, x: getattr(m, name)(x, axis=0), shape)


@operation("norm")
def _(d: Source) -> Example:
    shape = d.shape()
    one_or_two = d.some_axes(len(shape))[:2]
    axis = {0: None, 1: sum(one_or_two), 2: one_or_two}[len(one_or_two)]
    keepdims = d.choice(False, True)
    return of(lambda m, x: m.norm(x, axis=axis, keepdims=keepdims), shape)


def _along(name: str, kind: Kind = ANY, flat: bool = True, least: int = 0) -> Any:
    """An operation along one axis, or of the elements in a row."""

    def example(d: Source) -> Example:
        shape = d.shape(low=0 if flat else 1, least=least)
        axis = None if flat and (not shape or d.integer(0, 2) == 2) else d.axis(len(shape))
        return of(lambda m, x: getattr(m, name)(x, axis=axis), shape, kind=kind)

    return example


enter("cumsum", _along("cumsum"))
enter("cumprod", _along("cumprod", kind=FACTOR))
enter("sort", _along("sort"), repeats=False)
enter("softmax", _along("softmax", flat=False, least=1))
enter("log_softmax", _along("log_softmax", flat=False, least=1))


@operation("diff")
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    n, axis = d.integer(0, 2), d.axis(len(shape))
    return of(lambda m, x: m.diff(x, n, axis=axis), shape)


@operation("ufunc.reduce", repeats=False, roads=("numpy",))
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    name = d.choice("add", "multiply", "maximum", "minimum")
    axis = d.axis(len(shape))
    return of(lambda m, x: getattr(m, name).reduce(x, axis=axis), shape)


@operation("ufunc.accumulate", roads=("numpy",))
def _(d: Source) -> Example:
    name, shape = d.choice("add", "multiply"), d.shape(low=1)
    return of(lambda m, x: getattr(m, name).accumulate(x), shape)


@operation("ufunc.outer", roads=("numpy",))
def _(d: Source) -> Example:
    name = d.choice("add", "multiply", "subtract")
    return of(lambda m, x, y: getattr(m, name).outer(x, y), d.shape(0, 2), d.shape(0, 2))


# Products


def _factors(d: Source) -> tuple[Shape, Shape]:
    """Shapes of vectors, matrices and stacks of matrices that have a product."""
    n = d.size()
    one, two = d.together(2, high=2)
    left = d.choice((n,), (d.size(), n), (*one, d.size(), n))
    right = d.choice((n,), (n, d.size()), (*two, n, d.size()))
    return left, right


@operation("matmul")
def _(d: Source) -> Example:
    return of(lambda m, x, y: m.matmul(x, y), *_factors(d))


@operation("x @ y")
def _(d: Source) -> Example:
    return of(lambda m, x, y: x @ y, *_factors(d))


@operation("x @ x")
def _(d: Source) -> Example:
    n = d.size()
    return of(lambda m, x: x @ m.swapaxes(x, -1, -2) @ x, (*d.shape(0, 1), n, d.size()))


@operation("dot", roads=("numpy", "methods"))
def _(d: Source) -> Example:
    n = d.size()
    left = d.choice((n,), (*d.shape(0, 2), n), ())
    right = d.choice((n,), (*d.shape(0, 1), n, d.size()), ())
    return of(lambda m, x, y: m.dot(x, y), left, right)


@operation("vdot", roads=("numpy",))
def _(d: Source) -> Example:
    n, k = d.size(), d.size()
    return of(lambda m, x, y: m.vdot(x, y), (n, k), d.choice((n, k), (k, n), (n * k,)))


@operation("inner")
def _(d: Source) -> Example:
    n = d.size()
    left, right = d.choice((*d.shape(0, 2), n), ()), d.choice((*d.shape(0, 2), n), ())
    return of(lambda m, x, y: m.inner(x, y), left, right)


@operation("outer")
def _(d: Source) -> Example:
    return of(lambda m, x, y: m.outer(x, y), d.shape(0, 2), d.shape(0, 2))


@operation("tensordot")
def _(d: Source) -> Example:
    shared = d.shape(0, 2)
    left, right = (*d.shape(0, 2), *shared), (*shared, *d.shape(0, 1))
    if d.choice(True, False):
        return of(lambda m, x, y: m.tensordot(x, y, axes=len(shared)), left, right)
    x_axes = [i - len(shared) for i in range(len(shared))]
    y_axes = [i - len(right) * d.integer(0, 1) for i in range(len(shared))]
    order = d.order(len(shared))
    axes = [x_axes[i] for i in order], [y_axes[i] for i in order]
    return of(lambda m, x, y: m.tensordot(x, y, axes=axes), left, right)


SUBSCRIPTS = (
    "ij,jk->ik", "ij,jk", "ij,kj->ki", "i,i", "i,j", "i,j->ji", ",i->i", ",", "ba", "ij->", "ij->j",
    "ij->ji", "ii->i", "ii", "ii->", "iij->j", "iji->ij", "iij,j->i", "ii,jj->ij", "iii->i", "ij,ij->",
    "ij,ij,ij->i", "ij,jk,kl->il", "i,ij,j", "i,i,i->i", "i,j,k->kij", "b,a,c", "bij,bjk->bik",
    "aij,bjk->abik", "ij,j,jk->k", "ij,k->k", "ijk->kj", "zA,Ab", "i,->i",
)  # fmt: skip
ELLIPSES = (
    "...ij,...jk->...ik", "...i->...", "i...->...", "i...->...i", "...i,...i->...", "...,...->...",
    "...ii->...i", "...ij->...ji", "i...,i...->...", "...i,i", "...,i->...i", "...i,...j,...->...ij",
    "...", "...ij,...jk", "a...b->b...",
)  # fmt: skip


@operation("einsum", tries=3)
def _(d: Source) -> Example:
    subscripts = d.choice(*SUBSCRIPTS)
    sizes = {letter: d.size() for letter in sorted({c for c in subscripts if c.isalpha()})}
    shapes = [tuple(sizes[c] for c in term) for term in subscripts.split("->")[0].split(",")]
    return of(lambda m, *xs: m.einsum(subscripts, *xs), *shapes)


@operation("einsum with an ellipsis", tries=3)
def _(d: Source) -> Example:
    subscripts = d.choice(*ELLIPSES)
    sizes = {letter: d.size() for letter in sorted({c for c in subscripts if c.isalpha()})}
    terms = subscripts.split("->")[0].split(",")
    shapes = []
    for term, more in zip(terms, d.together(len(terms), high=2)):
        before, _, after = term.partition("...")
        spread = more if "..." in term else ()
        shapes.append((*(sizes[c] for c in before), *spread, *(sizes[c] for c in after)))
    return of(lambda m, *xs: m.einsum(subscripts, *xs), *shapes)


@operation("einsum by lists of axes")
def _(d: Source) -> Example:
    n, k = d.size(), d.size()
    output = d.choice([], [[0, 30]], [[30, 0]], [[30]])
    if d.choice(True, False):
        return of(lambda m, x: m.einsum(x, [0, 30], *output), (n, k))
    result = d.choice([], [[..., 2, 1]])
    return of(lambda m, x, y: m.einsum(x, [..., 1], y, [1, 2], *result), (2, n, k), (k, n))


@operation("einsum along a path")
def _(d: Source) -> Example:
    n, k = d.size(least=1), d.size(least=1)
    path = ["einsum_path", *d.choice([(0, 2), (0, 1)], [(0, 1, 2)], [(1, 2), (0, 1)])]
    way = d.choice("greedy", "optimal", ("greedy", 1000), path, True, False)
    subscripts = d.choice("ij,jk,ki->", "ij,jk,kl->il", "ii,ij,jk->ik")
    shapes = ((n, k), (k, n), (n, n)) if subscripts[1] == "j" else ((n, n), (n, k), (k, n))
    return of(lambda m, *xs: m.einsum(subscripts, *xs, optimize=way), *shapes)


@operation("einsum of size 1")
def _(d: Source) -> Example:
    n = d.size(least=1)
    shapes = d.choice(((2, 1), (n, 3)), ((2, n), (1, 3)), ((2, 1), (1, 3)))
    return of(lambda m, x, y: m.einsum("ij,jk->ik", x, y), *shapes)


@operation("trace")
def _(d: Source) -> Example:
    shape, (k, i, j) = _diagonals(d)
    return of(lambda m, x: m.trace(x, k, axis1=i, axis2=j), shape)


@operation("diagonal")
def _(d: Source) -> Example:
    shape, (k, i, j) = _diagonals(d)
    return of(lambda m, x: m.diagonal(x, k, axis1=i, axis2=j), shape)


def _diagonals(d: Source) -> tuple[Shape, Shape]:
    shape = d.shape(low=2)
    i, j = d.some_axes(len(shape), least=2)[:2]
    return shape, (d.integer(-2, 2), i, j)


@operation("diag")
def _(d: Source) -> Example:
    k = d.integer(-2, 2)
    return of(lambda m, x: m.diag(x, k), d.shape(1, 2))


@operation("tril")
def _(d: Source) -> Example:
    name, k = d.choice("tril", "triu"), d.integer(-2, 2)
    return of(lambda m, x: getattr(m, name)(x, k), d.shape(low=1))


# What moves elements


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


# Indices


@operation("index: basic", tries=3)
def _(d: Source) -> Example:
    shape = d.shape()
    index = d.basic(shape)
    return of(lambda m, x: m.getitem(x, index), shape)


@operation("index: integers")
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    index = d.places(shape[0], d.shape(0, 2))
    return of(lambda m, x: m.getitem(x, index), shape)


@operation("index: mixed", tries=3)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    index = d.advanced(shape)
    return of(lambda m, x: m.getitem(x, index), shape)


@operation("index: mask", tries=3)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    index = d.mask(shape)
    return of(lambda m, x: m.getitem(x, index), shape)


def _index(d: Source, shape: Shape) -> Any:
    return d.choice(d.basic, d.advanced, d.mask)(shape)


def _fitting(d: Source, shape: Shape, index: Any) -> Shape:
    """A shape that can be written to what an index chooses."""
    chosen = np.empty(shape)[index].shape
    start = d.integer(0, len(chosen))
    part = tuple(d.choice(n, 1) for n in chosen[start:])
    return (1, *part) if start == 0 and d.integer(0, 3) == 3 else part


@operation("x[index] = y", writes=True, tries=3)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    index = _index(d, shape)
    return of(lambda m, x, y: m.written(x, index, y), shape, _fitting(d, shape, index))


@operation("x[index] += y", writes=True, tries=3)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    index, sign = _index(d, shape), d.choice("iadd", "isub", "imul", "itruediv")
    chosen = np.empty(shape)[index].shape
    part = tuple(d.choice(n, 1) for n in chosen[d.integer(0, len(chosen)) :])
    return of(lambda m, x, y: m.changed_in_part(x, index, sign, y), shape, part)


@operation("x += y", writes=True)
def _(d: Source) -> Example:
    shape = d.shape()
    part = tuple(d.choice(n, 1) for n in shape[d.integer(0, len(shape)) :])
    sign = d.choice("iadd", "isub", "imul", "itruediv", "ipow")
    return of(lambda m, x, y: m.changed(x, sign, y), shape, part, kind=PLUS)


@operation("x @= y", writes=True)
def _(d: Source) -> Example:
    n = d.size()
    return of(lambda m, x, y: m.changed(x, "imatmul", y), (*d.shape(high=2), n), (n, n))


# Linear algebra


def _rows(d: Source) -> int:
    """How many rows a matrix has: few, or as many as ordinary ones have."""
    return int(d.choice(d.size(), d.size(), 5, 16, 30))


def _matrices(d: Source, stacks: int = 1) -> Operand:
    n = _rows(d)
    return Operand((*d.shape(0, stacks), n, n), ANY, _diagonal_of(n))


def _diagonal_of(n: int) -> float:
    return max(4.0, 2.0 * n**0.5)


@operation("inv", repeats=False)
def _(d: Source) -> Example:
    return Example(lambda m, x: m.inv(x), (_matrices(d),))


@operation("solve", repeats=False)
def _(d: Source) -> Example:
    one, two = d.together(2, high=2)
    n = _rows(d)
    right = d.choice((n,), (n, d.size()), (*two, n, d.size()))
    left = Operand((*one, n, n), ANY, _diagonal_of(n))
    return Example(lambda m, x, y: m.solve(x, y), (left, Operand(right)))


@operation("det", repeats=False)
def _(d: Source) -> Example:
    x = _matrices(d)
    unit = x.diagonal if x.shape[-1] > 4 else 1.0  # so that determinants are of ordinary size
    return Example(lambda m, x: m.det(x / unit), (x,))


@operation("det of a kernel", repeats=False)
def _(d: Source) -> Example:
    n, width = d.choice(5, 16, 30), d.choice(0.05, 0.3)
    t = np.linspace(0.0, 1.0, n)
    kernel = np.exp(-((t[:, None] - t) ** 2) / width) + 1e-2 * np.eye(n)
    kernel /= np.linalg.det(kernel) ** (1 / n)

    def f(m: Any, x: Any) -> Any:  # not symmetric, and far from Hadamard's bound
        return m.det((kernel + 1e-3 * x).astype(x.dtype))

    return of(f, (n, n))


@operation("det of singular matrices", repeats=False)
def _(d: Source) -> Example:
    n, lost, mixed = d.choice(2, 3, 4, 5, 8), d.integer(1, 2), d.choice(0.0, 0.3)

    def of_lower_rank(x: Any) -> None:  # exactly singular, or but for rounding
        x[..., -lost:, :] = x[..., :1, :] + mixed * x[..., -lost - 1 : -lost, :]

    lost = min(lost, n - 1)
    operand = Operand((*d.shape(0, 1), n, n))
    return Example(lambda m, x: m.det(x), (operand,), change=of_lower_rank)


@operation("slogdet", repeats=False)
def _(d: Source) -> Example:
    return Example(lambda m, x: m.slogdet(x)[1], (_matrices(d),))


@operation("cholesky", repeats=False)
def _(d: Source) -> Example:
    n, stack = _rows(d), d.shape(0, 1)

    def f(m: Any, x: Any) -> Any:
        return m.cholesky(m.matmul(x, m.swapaxes(x, -1, -2)) + m.identity(x))

    return of(f, (*stack, n, n))


# Networks


def _activation(d: Source) -> str | None:
    kind: str | None = d.choice(None, "relu", "sigmoid", "tanh")
    return kind


def _smooth(name: str, activation: str | None, **options: Any) -> Callable[..., bool]:
    """Whether weighted sums are off the kink of relu; those of nothing always are 0."""

    def smooth(*xs: Any) -> bool:
        z = getattr(PLAIN, name)(*xs, **options)
        return activation != "relu" or bool(np.all((z == 0) | (np.abs(z) > 0.003)))

    return smooth


@operation("linear")
def _(d: Source) -> Example:
    n, k, activation = d.size(), d.size(), _activation(d)
    bias = [(k,)] * d.integer(0, 1)
    f = lambda m, *xs: m.linear(*xs, activation=activation)  # noqa: E731

    shapes = [(*d.shape(0, 2), n), (k, n), *bias]
    return Example(f, tuple(map(Operand, shapes)), _smooth("linear", activation))


def _pair(d: Source, low: int, high: int) -> tuple[int, int]:
    return d.integer(low, high), d.integer(low, high)


@operation("conv2d")
def _(d: Source) -> Example:
    size, stride, padding = _pair(d, 1, 3), _pair(d, 1, 2), _pair(d, 0, 1)
    channels, kernels, activation = d.size(least=1), d.size(least=1), _activation(d)
    image = tuple(max(k - 2 * p, 1) + d.integer(0, 2) for k, p in zip(size, padding))
    bias = [(kernels,)] * d.integer(0, 1)
    options = {"stride": stride, "padding": padding}

    shapes = [(d.size(), channels, *image), (kernels, channels, *size), *bias]
    f = lambda m, *xs: m.conv2d(*xs, **options, activation=activation)  # noqa: E731
    return Example(f, tuple(map(Operand, shapes)), _smooth("conv2d", activation, **options))


def _pooled(name: str) -> Callable[[Source], Example]:
    def example(d: Source) -> Example:
        size, stride = _pair(d, 1, 3), _pair(d, 1, 3)
        padding = d.choice((0, 0), tuple(n // 2 for n in size))
        image = tuple(n + d.integer(0, 2) for n in size)
        f = lambda m, x: getattr(m, name)(x, size, stride, padding)  # noqa: E731
        return of(f, (*d.shape(2, 2), *image))

    return example


enter("max_pool2d", _pooled("max_pool2d"), repeats=False)
enter("avg_pool2d", _pooled("avg_pool2d"))


@operation("layer_norm", repeats=False)
def _(d: Source) -> Example:
    shape = (*d.shape(0, 2), d.size(least=2))
    axis = d.choice(-1, tuple(range(-len(shape), 0)))
    scale = [shape[-1:], shape[-1:]][: d.integer(0, 2)]
    return of(lambda m, *xs: m.layer_norm(*xs, axis=axis), shape, *scale)


@operation("batch_norm", repeats=False)
def _(d: Source) -> Example:
    channels = d.size(least=1)
    shape = (d.size(least=2), channels, *d.shape(0, 2, least=1))
    scale = [Operand((channels,))] * d.integer(0, 2)
    return Example(lambda m, *xs: m.batch_norm(*xs), (Operand(shape), *scale))


@operation("batch_norm with what is given")
def _(d: Source) -> Example:
    channels = d.size(least=1)
    shape = (d.size(), channels, *d.shape(0, 2))
    operands = [Operand(shape), *[Operand((channels,))] * 3, Operand((channels,), PLUS)]
    return Example(lambda m, *xs: m.batch_norm(*xs), tuple(operands))


@operation("embedding")
def _(d: Source) -> Example:
    n = d.size(least=1)
    places = d.rng().integers(0, n, d.shape(0, 2))
    return of(lambda m, x: m.embedding(x, places), (n, d.size()))


@operation("softmax_cross_entropy_sum of labels")
def _(d: Source) -> Example:
    shape, divisor = d.shape(1, 3, least=1), d.choice(1.0, 2.5)
    labels = d.rng().integers(0, shape[-1], shape[:-1])
    return of(lambda m, x: m.softmax_cross_entropy_sum(x, labels, divisor), shape)


@operation("softmax_cross_entropy_sum")
def _(d: Source) -> Example:
    shape, divisor = d.shape(low=1, least=1), d.choice(1.0, 2.5)
    f = lambda m, x, y: m.softmax_cross_entropy_sum(x, y, divisor)  # noqa: E731
    return Example(f, (Operand(shape), Operand(shape, KINDS[UNIT])))


@operation("sigmoid_cross_entropy_sum")
def _(d: Source) -> Example:
    shape, divisor = d.shape(), d.choice(1.0, 2.5)
    f = lambda m, x, y: m.sigmoid_cross_entropy_sum(x, y, divisor)  # noqa: E731
    return Example(f, (Operand(shape), Operand(shape, KINDS[UNIT])))


for _file in sorted((Path(__file__).parent / "table").glob("[a-z]*.py")):  # by family
    import_module(f"tests.table.{_file.stem}")
