"""Functions of networks on arrays and Tensors, each one node.

They are weighted sums, convolutions, pooling, normalisation and losses. Images are arrays (n,
channels, height, width).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import index
from typing import Any, Never

import numpy as np

from autograd.arithmetic.standing import called, drawn
from autograd.compiled import library
from autograd.functions import as_operand, naming, structural_function, structural_general
from autograd.names import unknown
from autograd.rules import networks
from autograd.rules.reductions import deviations
from autograd.rules.structural import bare
from autograd.tensors.node import as_array
from autograd.tensors.operations import operation
from autograd.watching import asked

__all__ = [
    "avg_pool2d",
    "batch_norm",
    "conv2d",
    "dropout",
    "embedding",
    "layer_norm",
    "linear",
    "max_pool2d",
    "sigmoid_cross_entropy_sum",
    "softmax_cross_entropy_sum",
]

Activation = str | Callable[..., Any] | None
Size = int | Sequence[int]

_conv2d, _max_pool2d, _window_sum = (
    structural_function(op, real=True)
    for op in (networks.conv2d, networks.max_pool2d, networks.window_sum)
)


def linear(x: Any, W: Any, b: Any = None, activation: Activation = None, **others: Never) -> Any:
    """f(x @ W.T + b) in one node: W z + c of notes 002, section 1.2, for every row z of x.

    Shapes: x (..., n), W (m, n), b (m,) or None; the result is (..., m). `activation` is "relu",
    "sigmoid" or "tanh", or the function of this package; its slope keeps all its digits, also where
    its value is 1 to the last one.

    >>> from autograd import Tensor
    >>> linear(Tensor([[1.0, 2.0]]), np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([10.0, 0.0]))
    Tensor([[13., -1.]])
    """
    if others:
        raise unknown("linear", others, ("x", "W", "b", "activation"))
    if activation is not None:
        activation = _activation("linear", activation)
    return _linear(x, W, b, activation)


def _linear_of_any(x: Any, W: Any, b: Any, activation: Any) -> Any:
    """Apply `linear` where the quick form does not know its operands, such as lists."""
    return structural_general(networks.linear, x, *_weights("linear", W, b), activation, real=True)


def _weights(name: str, W: Any, b: Any) -> tuple[Any, Any]:
    """Convert weights and biases, if there are any, to operands."""
    return as_operand(name, W), None if b is None else as_operand(name, b)


def _activation(name: str, activation: Any) -> str | None:
    if activation is None or (type(activation) is str and activation in networks.ACTIVATIONS):
        return activation
    found = activation if isinstance(activation, str) else getattr(activation, "__name__", "")
    if found not in networks.ACTIVATIONS:
        got, known = found or activation, ", ".join(networks.ACTIVATIONS)
        raise ValueError(f"{name}: got activation {got!r}; it can be {known} or None")
    return str(found)


def _pair(name: str, what: str, size: Any) -> tuple[int, int]:
    try:
        pair = (index(size),) * 2 if not isinstance(size, Sequence) else tuple(map(index, size))
    except TypeError:
        pair = ()
    if len(pair) != 2 or min(pair) < (0 if what == "padding" else 1):
        needs = "a positive integer or two of them"
        raise ValueError(f"{name}: got {what} {size!r}; it must be {needs}")
    return pair[0], pair[1]


def _padded(name: str, x: Any, padding: Any, constant: float = 0.0) -> Any:
    x = _floating(as_operand(name, x))
    h, w = _pair(name, "padding", padding)
    if x.ndim < 2:
        raise ValueError(f"{name}: got shape {x.shape}; it needs (..., h, w)")
    if not (h or w):
        return x
    widths = [(0, 0)] * (np.ndim(x) - 2) + [(h, h), (w, w)]
    return np.pad(x, widths, constant_values=constant)


@naming
def conv2d(
    x: Any,
    W: Any,
    b: Any = None,
    stride: Size = 1,
    padding: Size = 0,
    activation: Activation = None,
) -> Any:
    """Cross-correlation of images with kernels: sum of x[n, c, i*s + k, j*s + l] * W[m, c, k, l].

    Shapes: x (n, c, h, w), W (m, c, kh, kw), b (m,) or None; the result is (n, m, oh, ow) with
    oh = (h + 2 padding - kh) // stride + 1. `stride` and `padding` (by zeros) are numbers or pairs,
    `activation` is as in `linear`. Raises ValueError for shapes that do not fit.

    >>> import autograd as ag
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(ag.Tensor(x), np.ones((1, 1, 2, 2))).data[0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    steps, kind = _pair("conv2d", "stride", stride), _activation("conv2d", activation)
    return _conv2d(_padded("conv2d", x, padding), *_weights("conv2d", W, b), steps, kind)


@naming
def max_pool2d(x: Any, size: Size, stride: Size | None = None, padding: Size = 0) -> Any:
    """Return the largest element in each window; ties share the gradient equally.

    Shapes: x (..., h, w); the result is (..., oh, ow) with oh = (h + 2 padding - size) // stride
    + 1. The stride is the size, if it is not given. Raises ValueError for sizes that do not fit.

    >>> from autograd import Tensor
    >>> max_pool2d(Tensor(np.arange(16.0).reshape(4, 4)), 2)
    Tensor([[ 5.,  7.],
            [13., 15.]])
    """
    window = _pair("max_pool2d", "size", size)
    steps = window if stride is None else _pair("max_pool2d", "stride", stride)
    images = _padded("max_pool2d", x, padding, -np.inf)
    return _max_pool2d(images, window, steps)


@naming
def avg_pool2d(x: Any, size: Size, stride: Size | None = None, padding: Size = 0) -> Any:
    """Return the mean of each window, zeros that pad it included; shapes as in `max_pool2d`.

    >>> from autograd import Tensor
    >>> avg_pool2d(Tensor(np.arange(16.0).reshape(4, 4)), 2)
    Tensor([[ 2.5,  4.5],
            [10.5, 12.5]])
    """
    window = _pair("avg_pool2d", "size", size)
    steps = window if stride is None else _pair("avg_pool2d", "stride", stride)
    count = window[0] * window[1]
    images = _padded("avg_pool2d", x, padding)
    return _window_sum(images, (1 / count,) * count, window, steps)


def _floating(x: Any) -> Any:
    """Convert integers and booleans to floats."""
    return x.astype(np.float64) if x.dtype.kind in "biu" else x


def _standardised(x: Any, axes: tuple[int, ...], eps: float) -> Any:
    """x less its mean, over its standard deviation, along axes."""
    x = _floating(x)
    if x.dtype == np.float16:  # squares of which overflow soon
        return _standardised(x.astype(np.float32), axes, eps).astype(np.float16)
    count = max(math.prod(x.shape[a] for a in axes), 1)  # of nothing there is no mean to warn of
    apart = deviations(x, axes) if x.size else x
    variance = np.sum(apart * apart, axis=axes, keepdims=True) / count
    return apart / np.sqrt(variance + eps)


@naming
def layer_norm(
    x: Any, weight: Any = None, bias: Any = None, axis: Size = -1, eps: float = 1e-5
) -> Any:
    """(x - mean) / sqrt(variance + eps) of each example, times weight, plus bias.

    Mean and variance (over n) are taken along `axis`, one or several; weight and bias broadcast to
    x (Ba, Kiros, Hinton, "Layer normalization", 2016).

    >>> layer_norm(np.array([1.0, 3.0]), eps=0.0)
    array([-1.,  1.])
    """
    x = as_operand("layer_norm", x)
    axes = tuple(map(index, axis)) if isinstance(axis, Sequence) else (index(axis),)
    return _scaled(_standardised(x, axes, eps), weight, bias)


def _scaled(x: Any, weight: Any, bias: Any) -> Any:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


@naming
def batch_norm(
    x: Any,
    weight: Any = None,
    bias: Any = None,
    mean: Any = None,
    variance: Any = None,
    eps: float = 1e-5,
) -> Any:
    """(x - mean) / sqrt(variance + eps) of each channel, times weight, plus bias.

    The channels are axis 1 of x, (n, channels) or (n, channels, ...), and weight, bias, mean and
    variance have one number for each. Mean and variance are given, as when a network is used, or
    those of the batch, over all other axes (Ioffe, Szegedy, "Batch normalization", 2015). Raises
    ValueError for one example where the batch has to tell, and for other shapes.

    >>> batch_norm(np.array([[1.0, 10.0], [3.0, 30.0]]), eps=0.0)
    array([[-1., -1.],
           [ 1.,  1.]])
    """
    x = as_operand("batch_norm", x)
    if x.ndim < 2:
        raise ValueError(f"batch_norm: got shape {x.shape}; it needs (n, channels, ...)")
    channels = x.shape[1]
    shape = (1, channels, *[1] * (x.ndim - 2))
    for what, given in (("weight", weight), ("bias", bias), ("mean", mean), ("variance", variance)):
        if given is not None and np.shape(given) != (channels,):
            got = f"{what} of shape {np.shape(given)}"
            raise ValueError(f"batch_norm: got {got} for {channels} channels")
    if (mean is None) != (variance is None):
        raise ValueError("batch_norm: got one of mean and variance; they go together")
    if mean is None:
        if x.size <= channels:
            raise ValueError(f"batch_norm: got shape {x.shape}; one number has no variance")
        axes = (0, *range(2, x.ndim))
        standard = _standardised(x, axes, eps)
    else:
        standard = (x - np.reshape(mean, shape)) / np.sqrt(np.reshape(variance, shape) + eps)
    weight = None if weight is None else np.reshape(weight, shape)
    return _scaled(standard, weight, None if bias is None else np.reshape(bias, shape))


@naming
def embedding(weight: Any, indices: Any) -> Any:
    """Return the rows of `weight` (n, m) at some indices (...), as (..., m).

    Raises TypeError for indices that are not integers, IndexError for those outside 0 ... n-1.

    >>> from autograd import Tensor
    >>> embedding(Tensor([[1.0, 2.0], [3.0, 4.0]]), [1, 1, 0])
    Tensor([[3., 4.],
            [3., 4.],
            [1., 2.]])
    """
    places = as_array(indices)
    if not places.size:  # the type of an empty list says nothing
        places = places.astype(np.intp)
    if places.dtype.kind not in "iu":
        raise TypeError(f"embedding: got indices of type {places.dtype}; they must be integers")
    weight = as_operand("embedding", weight)
    if places.size and not 0 <= places.min() <= places.max() < len(weight):
        got = f"indices from {places.min()} to {places.max()}"
        raise IndexError(f"embedding: got {got}; they lie between 0 and {len(weight) - 1}")
    return weight[places]


@naming
def dropout(x: Any, rate: float, rng: np.random.Generator | None = None) -> Any:
    """Set each element to 0 with probability `rate`, and divide the others by 1 - rate.

    Sums stay as large as they were, on average (Srivastava and others, "Dropout", 2014). Raises
    ValueError for a rate outside 0 <= rate < 1.

    >>> dropout(np.ones(4), 0.5, np.random.default_rng(0))
    array([2., 2., 2., 0.])
    """
    if not isinstance(rate, (int, float)):
        raise TypeError(f"dropout: got rate {rate!r}; it must be a number")
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: got rate {rate}; it must be at least 0 and below 1")
    if not (rng is None or hasattr(rng, "random")):
        got = f"rng {rng!r}"
        raise TypeError(f"dropout: got {got}; it must be a generator, as np.random.default_rng(0)")
    asked("random", x)  # a recording of numbers refuses
    x = as_operand("dropout", x)
    kept = drawn(rng, x) >= rate
    return x * (kept / x.dtype.type(1 - rate) if x.dtype.kind == "f" else kept / (1 - rate))


def sigmoid_cross_entropy_sum(x: Any, y: Any, divisor: float = 1.0) -> Any:
    """sum(sigmoid_cross_entropy(x, y)) / divisor, of arrays of the same shape, in one node.

    >>> from autograd import Tensor
    >>> f"{sigmoid_cross_entropy_sum(Tensor([0.0, 0.0]), np.array([0.0, 1.0])):.6f}"
    '1.386294'
    """
    return _sigmoid_cross_entropy_sum(x, y, divisor)


def softmax_cross_entropy_sum(x: Any, y: Any, divisor: float = 1.0) -> Any:
    """-sum(y * log_softmax(x)) / divisor, in one node; y may be the labels, which are integers.

    Shapes: x (..., classes), the logits; y (...) if they are labels, else (..., classes).
    Raises ValueError for other shapes and for labels outside 0 ... classes-1.

    >>> from autograd import Tensor
    >>> f"{softmax_cross_entropy_sum(Tensor([[0.0, 0.0]]), np.array([1])):.6f}"
    '0.693147'
    """
    return _softmax_cross_entropy_sum(x, y, divisor)


def _labels_fit(labels: Any, classes: int) -> bool:
    """Return whether all labels are those of some classes."""
    return not labels.size or bool(labels.min() >= 0 and labels.max() < classes)


_fit = _labels_fit if library is None else library.quick("labels_fit", _labels_fit, "")


def _checked(x: Any, y: Any, divisor: float) -> Any:
    """Compute softmax_cross_entropy_sum with checks, where the quick form fails."""
    x, y = (as_operand("softmax_cross_entropy_sum", operand) for operand in (x, y))
    x = _floating(x)
    labels = bare(y)
    if labels.dtype.kind in "iu" and x.ndim and not called(None, _fit, (labels, x.shape[-1])):
        got = f"labels from {labels.min()} to {labels.max()}"
        raise ValueError(f"softmax_cross_entropy_sum: got {got} for {x.shape[-1]} classes")
    return structural_general(networks.softmax_cross_entropy_sum, x, y, divisor)


_linear = operation(networks.linear, _linear_of_any)
_sigmoid_cross_entropy_sum = structural_function(networks.sigmoid_cross_entropy_sum, real=True)
_softmax_cross_entropy_sum = operation(networks.softmax_cross_entropy_sum, _checked)
