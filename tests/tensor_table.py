"""Every operation of Tensors, once: how it is called, on which shapes, with which options.

A call is written over a module `m` that has NumPy's names, so that one line serves NumPy itself
(`PLAIN`, which adds plain definitions of what NumPy lacks), this package (`Ours`), and PyTorch and
JAX (benchmarks/compare.py). What is not fixed, sizes, axes, indices, is drawn from a `Source` of
integers.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.special

import autograd as ag
from autograd.rules.eigen import real_eig
from autograd.rules.elementary import ALIASES, OPEN, POSITIVE, REAL, UNIT

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


def seeded(rng: np.random.Generator, odd: bool = False) -> Source:
    """What draws from a generator."""
    return Source(lambda low, high: int(rng.integers(low, high + 1)), odd)


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
        # An older SciPy has none of negative numbers
        spherical_j1=lambda x: np.asarray(np.sign(x) * scipy.special.spherical_jn(1, abs(x)), x.dtype),
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
        sliding_window_view=np.lib.stride_tricks.sliding_window_view,
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


ENGINE = "contractions indices layers matrices moving reductions rows".split()
"""Families of what the engine itself computes; the others are written in them."""


def parameters(operations: Iterable[Operation]) -> list[Any]:
    """The parameters of a test, named: the twin runs only what the engine itself computes."""
    import pytest  # which benchmarks do without

    def marks(operation: Operation) -> Any:
        family = operation.example.__module__.rpartition(".")[2]
        return [] if family in ENGINE else pytest.mark.once

    return [pytest.param(each, id=each.name, marks=marks(each)) for each in operations]


for _file in sorted((Path(__file__).parent / "table").glob("[a-z]*.py")):  # by family
    import_module(f"tests.table.{_file.stem}")
