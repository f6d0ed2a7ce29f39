"""Layers of Tensors: a whole layer of neurons as one matrix, many examples at once.

`weight` and `bias` say how parameters start: initialisers of `nn.init`, drawn from `rng`, a
generator or a seed, in this order; without them, weights are N(0, 1 / fan_in) and biases 0. `dtype`
is the type of the parameters. The size, stride and padding of a window are numbers, or pairs for h
and w. Inputs of shapes that do not fit raise a ValueError that names the layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import index
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

import autograd as ag
from autograd import Tensor
from nn import init
from nn.activations import Choice, get, identity
from nn.init import Initialiser
from nn.module import Module, constant
from nn.options import SHARE, Rng, checked, generator, plain_array

Start: TypeAlias = "Initialiser | None"
Size = int | Sequence[int]
DType = npt.DTypeLike

FUSED = {"relu": ag.relu, "sigmoid": ag.sigmoid, "tanh": ag.tanh}
"""Activations that are computed in the node of the weighted sum."""


class _Weighted(Module):
    """Base of linear layers and convolutions: weights W, biases b or None, an activation.

    The activation is a string where the node of the weighted sum computes it; else it is None, or a
    function that is applied afterwards.
    """

    activation: Choice

    def __init__(
        self, shape: tuple[int, ...], activation: Choice, use_bias: bool, *start: Any
    ) -> None:
        weight, bias, rng, dtype = start
        rng = generator(_kind(self), rng)
        if bias is not None and not use_bias:
            raise ValueError(f"{_kind(self)}: got an initialiser of the bias and use_bias=False")
        self.W = _parameter(self, "W", weight, shape, rng, dtype)
        self.b = _parameter(self, "b", bias, shape[:1], rng, dtype) if use_bias else None
        function = get(activation)
        fused = next((name for name, each in FUSED.items() if each is function), None)
        self.activation = None if function is identity else fused or function


class Linear(_Weighted):
    """f(x @ W.T + b): the weighted sums of a layer of neurons (notes 002, section 1.2).

    `activation` f is a name of `nn.activations` or a function; there is none by default. Shapes:
    W (nout, nin), b (nout,), or None with `use_bias=False`; x (..., nin) gives (..., nout).

    >>> layer = Linear(3, 2, "relu", rng=np.random.default_rng(0))
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        activation: Choice = None,
        *,
        use_bias: bool = True,
        weight: Start = None,
        bias: Start = None,
        rng: Rng = None,
        dtype: DType = float,
    ) -> None:
        _check_sizes(self, nin, nout)
        super().__init__((nout, nin), activation, use_bias, weight, bias, rng, dtype)

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        if type(x) is not Tensor and type(x) is not np.ndarray:
            x = _array(self, x)
            _check_shape(self, x, x.ndim > 0, f"(..., {self.W.shape[1]})")
        W, b, f = self.W, self.b, self.activation
        if self.frozen:
            W, b = self.in_use(W, b)
        try:
            if f is None or type(f) is str:
                return ag.linear(x, W, b, f)
            return f(ag.linear(x, W, b))  # type: ignore[operator]  # it is a function
        except ValueError:
            nin = W.shape[1]
            _check_shape(self, x, x.shape[-1:] == (nin,), f"(..., {nin})")
            raise


class Conv2d(_Weighted):
    """f(cross-correlation of images with kernels W, plus b); `ag.conv2d` has the formula.

    Shapes: W (nout, nin, kh, kw), b (nout,) or None; x (n, nin, h, w) gives (n, nout, oh, ow) with
    oh = (h + 2 padding - kh) // stride + 1. The other options are those of `Linear`.
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        size: Size,
        stride: Size = 1,
        padding: Size = 0,
        activation: Choice = None,
        *,
        use_bias: bool = True,
        weight: Start = None,
        bias: Start = None,
        rng: Rng = None,
        dtype: DType = float,
    ) -> None:
        _check_sizes(self, nin, nout)
        shape = (nout, nin, *_pair(self, "size", size))
        self.stride = _pair(self, "stride", stride)
        self.padding = _pair(self, "padding", padding, least=0)
        super().__init__(shape, activation, use_bias, weight, bias, rng, dtype)

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        x, f = _array(self, x), self.activation
        W, b = self.in_use(self.W, self.b)
        fits = x.ndim == 4 and x.shape[1] == W.shape[1]
        _check_windows(self, x, fits, f"(n, {W.shape[1]}, h, w)", W.shape[2:], self.padding)
        z = ag.conv2d(x, W, b, self.stride, self.padding, f if isinstance(f, str) else None)
        return f(z) if callable(f) else z


class _Pool2d(Module):
    function: Callable[..., Any]

    def __init__(self, size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        self.size = _pair(self, "size", size)
        self.stride = self.size if stride is None else _pair(self, "stride", stride)
        self.padding = _pair(self, "padding", padding, least=0)
        if any(2 * p > k for p, k in zip(self.padding, self.size)):
            got = f"padding {self.padding} for windows of {self.size}"
            raise ValueError(f"{_kind(self)}: got {got}; half is the most")

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        x = _array(self, x)
        _check_windows(self, x, x.ndim >= 2, "(..., h, w)", self.size, self.padding)
        return self.function(x, self.size, self.stride, self.padding)


class MaxPool2d(_Pool2d):
    """The largest element in each window; ties share the gradient equally.

    Shapes: x (..., h, w) gives (..., oh, ow) with oh = (h + 2 padding - size) // stride + 1. The
    stride is the size, if it is not given; padding is at most half the size.
    """

    function = staticmethod(ag.max_pool2d)


class AvgPool2d(_Pool2d):
    """The mean of each window, zeros that pad it included; shapes as in `MaxPool2d`."""

    function = staticmethod(ag.avg_pool2d)


class Flatten(Module):
    """All numbers of an example in a row: (n, ...) gives (n, product of the others)."""

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        x = _array(self, x)
        _check_shape(self, x, x.ndim > 0, "(n, ...)")
        return ag.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


class Dropout(Module):
    """In training, 0 with probability `rate`, else x / (1 - rate); in use, x.

    `rng` draws the elements that are kept. Raises ValueError unless 0 <= rate < 1.
    """

    def __init__(self, rate: float, rng: Rng = None) -> None:
        self.rate = checked("Dropout", "rate", rate, SHARE)
        self.rng = generator("Dropout", rng)

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return ag.dropout(x, self.rate, self.rng) if self.training and self.rate else x


class LayerNorm(Module):
    """(x - mean) / sqrt(variance + eps) of each example, times weight, plus bias.

    `shape` is that of the last axes of x, along which mean and variance are taken; one axis can be
    given as a number. weight and bias have that shape too, and start at 1 and 0.
    """

    def __init__(self, shape: Size, eps: float = 1e-5, *, dtype: DType = float) -> None:
        self.shape = tuple(map(index, shape)) if isinstance(shape, Sequence) else (index(shape),)
        _check_sizes(self, *self.shape)
        self.axes = tuple(range(-len(self.shape), 0))
        self.eps = eps
        self.weight = Tensor(np.ones(self.shape), dtype, name="weight")
        self.bias = Tensor(np.zeros(self.shape), dtype, name="bias")

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        x = _array(self, x)
        fits = x.shape[-len(self.shape) :] == self.shape
        _check_shape(self, x, fits, f"(..., {', '.join(map(str, self.shape))})")
        weight, bias = self.in_use(self.weight, self.bias)
        return ag.layer_norm(x, weight, bias, self.axes, self.eps)


class BatchNorm(Module):
    """(x - mean) / sqrt(variance + eps) of each channel, times weight, plus bias.

    In training, mean and variance are those of the batch, over all axes but the channels'; in use,
    and while the layer is frozen, they are the buffers `running_mean` and `running_var`. Each
    batch in training moves these by `momentum` of the way to its mean and its unbiased variance
    (over n - 1). Shapes: x (n, channels, ...), all else (channels,). weight starts at 1, bias at 0.
    """

    buffer_names = ("running_mean", "running_var")

    def __init__(
        self, channels: int, momentum: float = 0.1, eps: float = 1e-5, *, dtype: DType = float
    ) -> None:
        _check_sizes(self, channels)
        if not 0 <= momentum <= 1:
            raise ValueError(f"BatchNorm: got momentum {momentum}; it must be between 0 and 1")
        self.momentum, self.eps = momentum, eps
        self.weight = Tensor(np.ones(channels), dtype, name="weight")
        self.bias = Tensor(np.zeros(channels), dtype, name="bias")
        self.running_mean, self.running_var = np.zeros(channels, dtype), np.ones(channels, dtype)

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        x = _array(self, x)
        weight, bias = self.in_use(self.weight, self.bias)
        fits = x.ndim >= 2 and x.shape[1] == weight.size
        _check_shape(self, x, fits, f"(n, {weight.size}, ...)")
        if self.frozen or not self.training:
            return ag.batch_norm(x, weight, bias, self.running_mean, self.running_var, self.eps)
        if x.size <= weight.size:
            needs = "more than one number of each channel: larger batches, or drop_last=True"
            _check_shape(self, x, False, needs)
        self._follow(constant(x))
        return ag.batch_norm(x, weight, bias, eps=self.eps)

    def _follow(self, x: npt.NDArray[Any]) -> None:
        """Update the running statistics, as new arrays: the old ones may be in use elsewhere."""
        axes = (0, *range(2, x.ndim))
        x = x.astype(np.result_type(x, np.float32), copy=False)  # squares of float16 overflow
        for name, found in (("running_mean", x.mean(axes)), ("running_var", x.var(axes, ddof=1))):
            old = getattr(self, name)
            moved = old + self.momentum * (found - old)
            largest = np.finfo(old.dtype).max
            setattr(self, name, np.clip(moved, -largest, largest).astype(old.dtype))


class Embedding(Module):
    """The rows of W at some indices: a vector for each word, learned.

    Shapes: W (count, size); indices (...), whole numbers, give (..., size). Raises TypeError for
    others, IndexError for those outside 0 ... count-1.
    """

    def __init__(
        self, count: int, size: int, *, weight: Start = None, rng: Rng = None, dtype: DType = float
    ) -> None:
        _check_sizes(self, count, size)
        self.W = _parameter(self, "W", weight, (count, size), generator("Embedding", rng), dtype)

    def forward(self, indices: Any) -> Any:
        """Look the rows up."""
        (W,) = self.in_use(self.W)
        return ag.embedding(W, indices)


def _kind(layer: object) -> str:
    return type(layer).__name__


def _array(layer: Module, x: Any) -> Any:
    try:
        return x if isinstance(x, Tensor) else plain_array(_kind(layer), "x", x)
    except ValueError:
        raise TypeError(f"{_kind(layer)}: got a ragged list; it needs equal rows") from None


def _check_sizes(layer: Module, *sizes: int) -> None:
    whole = all(isinstance(size, (int, np.integer)) for size in sizes)
    if not whole or min(sizes, default=0) < 1:
        got = " and ".join(map(repr, sizes)) or "none"
        needs = "both must be integers of" if len(sizes) == 2 else "it must be an integer of"
        error = ValueError if whole else TypeError
        raise error(f"{_kind(layer)}: got sizes {got}; {needs} at least 1")


def _check_shape(layer: Module, x: Any, fits: bool, needs: str) -> None:
    if not fits:
        raise ValueError(
            f"{_kind(layer)}: got inputs of shape {x.shape}; it needs {needs}"
        ) from None


def _check_windows(
    layer: Module, x: Any, fits: bool, needs: str, size: Sequence[int], padding: tuple[int, int]
) -> None:
    h, w = (max(1, k - 2 * p) for k, p in zip(size, padding))
    fits = fits and x.shape[-2] >= h and x.shape[-1] >= w
    _check_shape(layer, x, fits, f"{needs}, h >= {h} and w >= {w}")


def _pair(layer: Module, what: str, size: Size, least: int = 1) -> tuple[int, int]:
    try:
        h, w = map(index, size if isinstance(size, Sequence) else (size, size))
    except (TypeError, ValueError):
        h = w = least - 1
    if min(h, w) < least:
        needs = f"an integer of at least {least}, or two of them"
        raise ValueError(f"{_kind(layer)}: got {what} {size!r}; it needs {needs}")
    return h, w


def _parameter(
    layer: Module,
    name: str,
    start: Start,
    shape: tuple[int, ...],
    rng: np.random.Generator,
    dtype: DType,
) -> Tensor:
    """Return the initial weights or biases."""
    if start is None:
        start = init.constant(0.0) if name == "b" else init.scaled_normal()
    what = "bias" if name == "b" else "weight"
    if not callable(start):
        got = f"{what} {start!r}" if np.isscalar(start) else f"{what} of type {_kind(start)}"
        needs = "it must be an initialiser of nn.init" + ", or use_bias=False" * (name == "b")
        raise TypeError(f"{_kind(layer)}: got {got}; {needs}")
    called = getattr(start, "__name__", "")
    if start is getattr(init, called, None):
        got = f"{what} nn.init.{called}"
        raise TypeError(f"{_kind(layer)}: got {got}; it must be called, as nn.init.{called}(...)")
    parameter = Tensor(start(shape, rng), dtype, name=name)
    if parameter.shape != shape:
        got = f"initial values of shape {parameter.shape} for {name}"
        raise ValueError(f"{_kind(layer)}: got {got}; it needs {shape}")
    return parameter
