"""Operations of networks, each one node: weighted sums, convolutions, losses.

Convolutions are written as matrix products: the patches of the images that the kernel meets are the
columns of a matrix (Chellapilla, Puri, Simard 2006), whose rows stay long runs of memory.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic import arrays
from autograd.arithmetic.arrays import ARRAYS
from autograd.arithmetic.base import Arithmetic
from autograd.rules import elementary
from autograd.rules.reductions import log_softmax, softmax
from autograd.rules.structural import Structural, call, is_plain, reached_from_ones, structural

Pair = tuple[int, int]


class _Both(Arithmetic):
    """Arithmetic of rows in pullbacks: of arrays at once, of Tensors as nodes of their graph."""

    def applied(self, row: Any, *operands: Any) -> Any:
        """Apply an operation as pullbacks do."""
        return call(row, *operands)


_BOTH = _Both(where=ARRAYS.where)  # conditions are arrays, also those of Tensors


# Activations that weighted sums compute too

ACTIVATIONS = ("relu", "sigmoid", "tanh")
BY_VALUE = ("relu",)
"""Activations with slopes that their rows find from their values.

From those of others they could not be found: where sigmoid is 1 to the last digit, its slope still
has all of its own.
"""


def _activated(u: Any, activation: str | None) -> Any:
    """Return the activation of an array, and its slopes where they are to be kept."""
    if activation is None:
        return u, None
    z = getattr(ARRAYS, activation)(u)
    if activation in BY_VALUE:
        return z, None
    (slope,) = elementary.TABLE[activation].partials(ARRAYS, u, z)
    return z, slope


def _before(g: Any, z: Any, activation: str | None, slope: Any, u: Callable[[], Any]) -> Any:
    """Return the cotangent of a weighted sum u, from that of its activation z."""
    if activation is None:
        return g
    if slope is None:
        x = None if activation in BY_VALUE else u()
        (slope,) = elementary.TABLE[activation].partials(_BOTH, x, z)
    return g * slope


# Weighted sums


def _linear(x: Any, W: Any, b: Any, activation: str | None) -> Any:
    if not getattr(x, "ndim", 0) or getattr(W, "ndim", 0) != 2:
        raise ValueError("shapes")
    if b is not None and getattr(b, "shape", ()) != W.shape[:1]:
        raise ValueError("shapes")
    z = np.dot(x, W.T)
    if b is not None:
        z = np.add(z, b, z) if z.dtype is b.dtype else z + b
    return _activated(z, activation)


def _rows(x: Any) -> Any:
    """Return the examples of a batch of any shape, one a row."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _linear_weight(g: Any, x: Any) -> Any:
    if g.shape[1] == 1:  # BLAS is quicker where it is told of a vector
        return np.dot(g.reshape(-1), x)[None]
    return np.dot(g.T, x)


def _linear_bias(g: Any, *_: Any) -> Any:
    rows = _rows(g)
    return np.dot(_ones(rows.shape[0], rows.dtype), rows)  # faster than a sum over the first axis


@functools.lru_cache(16)
def _ones(n: int, dtype: Any) -> Any:
    return np.ones(n, dtype)


def _linear_reach(mask: Any, x: Any, W: Any, *_: Any) -> list[Any]:
    """Return the reach of a weighted sum: all weights of a unit, all inputs of an example."""
    units = _linear_bias(mask)
    return [
        np.broadcast_to(mask.sum(-1, keepdims=True), x.shape),
        np.broadcast_to(units[:, None], W.shape),
        units,
    ]


linear: Structural = structural(
    "linear",
    _linear,
    lambda g, z, x, W, *_: np.dot(g, W),
    lambda g, z, x, *_: _linear_weight(_rows(g), _rows(x)),
    _linear_bias,
    through=lambda g, z, x, W, b, activation, slope: _before(
        g, z, activation, slope, lambda: call(linear, x, W, b, None)
    ),
    reach=_linear_reach,
    keeps=True,
    fused=3,
    needs="x (..., n), W (m, n) and b (m,) are needed",
    doc="W x + c of notes 002, section 1.2, of each row of x: x @ W.T + b, and an activation.",
)


# Convolutions: bilinear, and so are their pullbacks, which are one another's


def _windows(x: Any, size: Pair, stride: Pair, out: Pair) -> Iterator[Any]:
    """Iterate over the places in a window: a view of the elements there in all windows."""
    (kh, kw), (sh, sw), (oh, ow) = size, stride, out
    for i in range(kh):
        for j in range(kw):
            yield x[..., i : i + sh * oh : sh, j : j + sw * ow : sw]


def _out(shape: Sequence[int], size: Pair, stride: Pair) -> Pair:
    """Return the number of windows that fit along each axis."""
    if min(size) < 1 or min(stride) < 1 or shape[-2] < size[0] or shape[-1] < size[1]:
        raise ValueError("windows")
    return (shape[-2] - size[0]) // stride[0] + 1, (shape[-1] - size[1]) // stride[1] + 1


def _columns(x: Any, size: Pair, stride: Pair) -> Any:
    """Return the patches of images (n, c, h, w) as a matrix: (c * kh * kw, n * oh * ow)."""
    n, c = x.shape[:2]
    out = _out(x.shape, size, stride)
    columns = np.empty((c, math.prod(size), n, *out), x.dtype)
    for k, window in enumerate(_windows(x.transpose(1, 0, 2, 3), size, stride, out)):
        columns[:, k] = window
    return columns.reshape(c * math.prod(size), -1)


def _channels_first(g: Any) -> Any:
    """Return images (n, c, h, w) as a matrix with a row for each channel."""
    return g.transpose(1, 0, 2, 3).reshape(g.shape[1], -1)


def _conv2d(x: Any, W: Any, b: Any, stride: Pair, activation: str | None) -> Any:
    if x.ndim != 4 or W.ndim != 4 or x.shape[1] != W.shape[1]:
        raise ValueError("shapes")
    if b is not None and b.shape != W.shape[:1]:
        raise ValueError("shapes")
    columns = _columns(x, W.shape[2:], stride)
    z = W.reshape(len(W), -1) @ columns
    if b is not None:
        z += b[:, None]
    images = z.reshape(len(W), len(x), *_out(x.shape, W.shape[2:], stride)).transpose(1, 0, 2, 3)
    images, slope = _activated(images, activation)
    return images, (columns, slope)


def _conv2d_by_weight(g: Any, z: Any, x: Any, W: Any, b: Any, *options: Any) -> Any:
    stride, _, kept = options
    if kept is None:
        return call(conv2d_weight, g, x, W.shape[2:], stride)
    columns, _ = kept
    return (_channels_first(g) @ columns.T).reshape(W.shape)


def _conv2d_reach(mask: Any, x: Any, W: Any, b: Any, stride: Pair, *_: Any) -> list[Any]:
    """Return the reach of a convolution: whole kernels, and all below a window, in all channels."""
    n, _, h, w = x.shape
    channels = mask.sum((0, 2, 3))
    windows = _conv2d_input(
        mask.sum(1, keepdims=True), np.ones((1, 1, *W.shape[2:])), (n, 1, h, w), stride
    )
    return [
        np.broadcast_to(windows, x.shape),
        np.broadcast_to(channels[:, None, None, None], W.shape),
        channels,
    ]


conv2d: Structural = structural(
    "conv2d",
    _conv2d,
    lambda g, z, x, W, b, stride, *_: call(conv2d_input, g, W, x.shape, stride),
    _conv2d_by_weight,
    lambda g, *_: g.sum((0, 2, 3)),
    through=lambda g, z, x, W, b, stride, activation, kept: _before(
        g, z, activation, kept and kept[1], lambda: call(conv2d, x, W, b, stride, None)
    ),
    reach=_conv2d_reach,
    keeps=True,
    fused=4,
    needs="images (n, c, h, w), W (m, c, kh, kw) not larger than they, and b (m,) are needed",
    doc="Cross-correlation of images with kernels, plus b, and an activation.",
)


def _conv2d_input(g: Any, W: Any, shape: Sequence[int], stride: Pair) -> Any:
    n, c, h, w = shape
    size, out = W.shape[2:], g.shape[2:]
    columns = W.reshape(len(W), -1).T @ _channels_first(g)
    patches = columns.reshape(c, math.prod(size), n, *out)
    z = np.zeros((c, n, h, w), columns.dtype)
    for k, window in enumerate(_windows(z, size, stride, out)):
        window += patches[:, k]
    return z.transpose(1, 0, 2, 3)


conv2d_input: Structural = structural(
    "conv2d_input",
    _conv2d_input,
    lambda g, z, h, W, shape, stride: call(conv2d, g, W, None, stride, None),
    lambda g, z, h, W, shape, stride: call(conv2d_weight, h, g, W.shape[2:], stride),
    reach=reached_from_ones(lambda: conv2d_input),
    doc="Share of the images of conv2d.",
)
conv2d_weight: Structural = structural(
    "conv2d_weight",
    lambda g, x, size, stride: (_channels_first(g) @ _columns(x, size, stride).T).reshape(
        g.shape[1], x.shape[1], *size
    ),
    lambda g, z, h, x, size, stride: call(conv2d, x, g, None, stride, None),
    lambda g, z, h, x, size, stride: call(conv2d_input, h, g, x.shape, stride),
    reach=reached_from_ones(lambda: conv2d_weight),
    doc="Share of the kernels of conv2d.",
)


# Pooling


def _max_pool2d(x: Any, size: Pair, stride: Pair) -> Any:
    first, *others = _windows(x, size, stride, _out(x.shape, size, stride))
    z = first.copy("K")
    for window in others:
        np.maximum(z, window, out=z)
    return z


def _max_pool2d_share(g: Any, z: Any, x: Any, size: Pair, stride: Pair) -> Any:
    images, top = (x, z) if is_plain(x) else (x.data, z.data)
    chosen = tuple(w == top for w in _windows(images, size, stride, top.shape[-2:]))
    ties = np.zeros_like(top)
    for each in chosen:
        ties += each
    ties[ties == 0] = np.nan  # nothing equals nan
    return call(spread, g / ties, chosen, x.shape, size, stride)


def _max_pool2d_reach(mask: Any, x: Any, size: Pair, stride: Pair) -> list[Any]:
    return [_spread(mask, [1.0] * math.prod(size), x.shape, size, stride)]


max_pool2d: Structural = structural(
    "max_pool2d",
    _max_pool2d,
    _max_pool2d_share,
    needs="images (..., h, w) and windows that are not larger are needed",
    reach=_max_pool2d_reach,
    doc="The largest element in each window; ties share the gradient equally.",
    moves=True,
    chooses=True,
    by_product=True,
)


def _spread(g: Any, weights: Sequence[Any], shape: Sequence[int], size: Pair, stride: Pair) -> Any:
    z = np.zeros_like(g, shape=shape)  # in the order of memory that g has
    apart = stride[0] >= size[0] and stride[1] >= size[1]
    for weight, window in zip(weights, _windows(z, size, stride, g.shape[-2:])):
        if apart:
            np.multiply(g, weight, out=window)
        else:
            window += g * weight
    return z


def _gathered(x: Any, weights: Sequence[Any], size: Pair, stride: Pair) -> Any:
    windows = _windows(x, size, stride, _out(x.shape, size, stride))
    z = next(windows) * weights[0]
    for weight, window in zip(weights[1:], windows):
        z += window * weight
    return z


window_sum: Structural = structural(
    "window_sum",
    _gathered,
    lambda g, z, x, weights, size, stride: call(spread, g, weights, x.shape, size, stride),
    needs="images (..., h, w) and windows that are not larger are needed",
    doc="Sums over windows with a weight, or an array of them, for each place; mean pooling.",
    moves=True,
    chooses=True,
    by_product=True,
)
spread: Structural = structural(
    "spread",
    _spread,
    lambda g, z, h, weights, shape, size, stride: call(window_sum, g, weights, size, stride),
    doc="Each element times the weights of its window, added up where windows overlap.",
    moves=True,
    chooses=True,
    by_product=True,
)


# Losses

FEW = 64
"""Count of numbers up to which Python is faster than NumPy."""
BLOCK = 16384
"""Number of elements that stay in the cache while a loss is computed."""
SMALL = 0.1
"""Of losses that are larger on average, rounding 1 + e costs less than a sum does anyway."""


def _blocks(*arrays: Any) -> Iterator[tuple[Any, ...]]:
    rows = [np.asarray(x).reshape(-1) for x in arrays]
    if len(rows[0]) <= BLOCK:
        yield tuple(rows)
        return
    for start in range(0, len(rows[0]), BLOCK):
        yield tuple([row[start : start + BLOCK] for row in rows])


def _sigmoid_cross_entropy(x: Any, y: Any, divisor: float) -> Any:
    """Compute the sum of the row of this name, and its slopes by x.

    In place and block by block, since training waits for it. Losses that are small keep their
    digits.
    """
    if np.shape(x) != np.shape(y):
        raise ValueError("shapes")
    slopes, total = np.empty(np.shape(x), np.result_type(x, y)), 0.0
    zero, one = np.zeros((), slopes.dtype), arrays.one(slopes.dtype)
    scale = np.asarray(1.0 / divisor, slopes.dtype)
    work = np.empty((4, min(BLOCK, slopes.size)), slopes.dtype)
    for xs, ys, slope in _blocks(x, y, slopes):
        e, positive, u, t = work[:, : len(xs)]
        np.abs(xs, e)
        np.negative(e, e)
        np.exp(e, e)
        np.add(e, one, u)
        np.greater_equal(xs, zero, out=positive, casting="unsafe")
        arrays.sigmoid_error((e, u, positive), ys, slope, t)
        slope *= scale
        positive -= ys
        positive *= xs  # max(x, 0) - x y
        positive += np.log(u, t)
        part = float(np.add.reduce(positive))
        if not part > SMALL * len(xs):
            u -= one
            e -= u  # what 1 + e has rounded off, and log(1 + e) lacks
            part += float(np.add.reduce(e))
        total += part
    return np.asarray(total / divisor, slopes.dtype), slopes


def _sigmoid_cross_entropy_share(g: Any, z: Any, x: Any, y: Any, divisor: Any, slopes: Any) -> Any:
    if slopes is None:
        return _partial(0, x, y) * (g / divisor)
    return slopes[...] if g == 1 else slopes * g  # a view, which leaves copy


def _partial(k: int, x: Any, y: Any) -> Any:
    return elementary.sigmoid_cross_entropy.partials(_BOTH, x, y, None)[k]


sigmoid_cross_entropy_sum = structural(
    "sigmoid_cross_entropy_sum",
    _sigmoid_cross_entropy,
    _sigmoid_cross_entropy_share,
    lambda g, z, x, y, divisor, slopes: _partial(1, x, y) * (g / divisor),
    keeps=True,
    needs="the shapes must be the same",
    doc="Sum of sigmoid_cross_entropy(x, y) over all elements, over a divisor.",
)


def _are_labels(y: Any) -> bool:
    return is_plain(y) and y.dtype.kind in "iu"


def _places(labels: Any, classes: int) -> Any:
    """Return the indices of the labels' elements among all; ValueError for labels out of range."""
    row = labels.ravel().astype(np.intp, copy=False)  # unsigned ones would make floats
    if row.size:
        few = row.tolist() if row.size < FEW else [row.min(), row.max()]
        if not 0 <= min(few) <= max(few) < classes:
            raise ValueError("labels")
    return _starts(row.size, classes) + row


@functools.lru_cache(16)
def _starts(rows: int, classes: int) -> Any:
    return np.arange(0, rows * classes, classes)


def _softmax_cross_entropy(x: Any, y: Any, divisor: float) -> Any:
    labels = _are_labels(y)
    if not getattr(x, "ndim", 0) or np.shape(y) != (x.shape[:-1] if labels else x.shape):
        raise ValueError("shapes")
    classes = x.shape[-1]
    first = _starts(math.prod(x.shape[:-1]), classes)
    tops = first + np.argmax(x, -1).ravel()
    p = np.subtract(x, x.ravel()[tops].reshape(*x.shape[:-1], 1), order="C")
    places = _places(y, classes) if labels else None
    chosen = p.take(places) if labels else p.copy()
    np.exp(p, p)
    flat = p.reshape(-1)
    ones, flat[tops] = flat[tops], 0  # 1 or nan
    rest = np.dot(p, _ones(classes, p.dtype)).ravel()
    flat[tops] = ones
    total = ones + rest
    logs = np.log1p(rest + (ones - 1))  # so that a small loss keeps its digits
    if not labels:  # a class of probability 0 may have the logit -inf
        apart = logs.reshape(*x.shape[:-1], 1) - chosen
        chosen = np.multiply(y, apart, where=y != 0, out=np.zeros_like(p))
    losses = logs - chosen if labels else chosen.ravel()
    np.divide(p, total.reshape(*x.shape[:-1], 1), p)
    slopes = (
        _from_labels(flat, places, tops, rest / total)
        if labels
        else (_from_distributions(p, y, tops, rest / total))
    )
    return np.dot(losses, _ones(losses.size, losses.dtype)) / divisor, slopes.reshape(x.shape)


def _from_labels(p: Any, places: Any, tops: Any, others: Any) -> Any:
    """Return the slopes p - y, where p may be 1 to the last digit; `others` is 1 - max(p)."""
    p[places] = np.where(places == tops, -others, p[places] - 1)
    return p


def _from_distributions(p: Any, y: Any, tops: Any, others: Any) -> Any:
    """Return the slopes p sum(y) - y, in the same way."""
    without = 1 - p
    without.reshape(-1)[tops] = others
    return p * (y.sum(-1, keepdims=True) - y) - y * without


def _softmax_cross_entropy_share(g: Any, z: Any, x: Any, y: Any, divisor: Any, slopes: Any) -> Any:
    if slopes is not None:
        return np.multiply(slopes, np.array(g / divisor, slopes.dtype))
    p = softmax(x, -1)
    if _are_labels(y):
        return (p - np.eye(x.shape[-1])[y]) * (g / divisor)
    return (p * y.sum(-1, keepdims=True) - y) * (g / divisor)


softmax_cross_entropy_sum = structural(
    "softmax_cross_entropy_sum",
    _softmax_cross_entropy,
    _softmax_cross_entropy_share,
    lambda g, z, x, y, divisor, slopes: -log_softmax(x, -1) * (g / divisor),
    keeps=True,
    needs="x (..., classes), and labels (...) or probabilities (..., classes), are needed",
    doc="Sum of -y log(softmax(x)) over all elements, over a divisor.",
)
