"""Layers and losses of networks."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules.elementary import UNIT
from tests.tensor_table import (
    KINDS,
    PLAIN,
    PLUS,
    Example,
    Operand,
    Source,
    enter,
    of,
    operation,
)


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
