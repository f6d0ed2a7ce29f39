"""PyTorch for `compare`: its functions under NumPy's names, and its gradients."""

from __future__ import annotations

import functools
import importlib
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.compare_frameworks import Framework
from tests.tensor_table import Names


def pytorch() -> Framework:
    """PyTorch, of which float64 is asked."""
    torch = importlib.import_module("torch")
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)

    def pull(f: Callable[..., Any], arrays: Sequence[Any], seed: Any = None) -> Any:
        leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in arrays]
        z = f(*leaves)
        if not z.requires_grad:
            return z.numpy(), [np.zeros(np.shape(x)) for x in arrays]
        found = torch.autograd.grad(
            z, leaves, torch.ones_like(z) if seed is None else torch.as_tensor(seed),
            allow_unused=True, materialize_grads=True,
        )  # fmt: skip
        return z.detach().numpy(), [g.numpy() for g in found]

    def bend(f: Callable[..., Any], x: Any) -> Any:
        leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        z = f(leaf)
        (slope,) = torch.autograd.grad(z.sum(), leaf, create_graph=True)
        (found,) = torch.autograd.grad(
            slope.sum() + 0 * leaf.sum(), leaf, materialize_grads=True, allow_unused=True
        )
        return z.detach().numpy(), [found.numpy()]

    return Framework("PyTorch", _torch_names(torch), pull, bend, torch)


def _torch_names(torch: Any) -> Names:
    F = torch.nn.functional

    def along_rows(reduce: Callable[..., Any]) -> Callable[..., Any]:
        """A reduction along the last axis as one along any, or several; of () along none."""

        def reduced(x: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
            every = range(x.ndim)
            axes = every if axis is None else np.atleast_1d(np.array(axis, int)) % max(1, x.ndim)
            kept = [i for i in every if i not in axes]
            count = math.prod(x.shape[i] for i in axes)
            rows = x.permute(*kept, *map(int, axes)).reshape([*(x.shape[i] for i in kept), count])
            z = reduce(rows, **options)
            return z.reshape([1 if i in axes else x.shape[i] for i in every]) if keepdims else z

        return reduced

    def row(x: Any, axis: int | None) -> tuple[Any, int]:
        return (x.reshape(-1), 0) if axis is None else (x, axis)

    def along(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, axis=None: function(*row(x, axis))

    def index_of(index: Any) -> Any:
        """An index as PyTorch takes it; None where a slice runs backwards, which it can't."""
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(i, slice) and (i.step or 1) < 0 for i in parts):
            return None
        return tuple(torch.as_tensor(i) if isinstance(i, (list, np.ndarray)) else i for i in parts)

    def places_of(x: Any, index: Any) -> Any:
        """The places of what NumPy chooses."""
        places = np.arange(math.prod(x.shape)).reshape(tuple(x.shape))[index]
        return torch.as_tensor(np.array(places))

    def getitem(x: Any, index: Any) -> Any:
        own = index_of(index)
        return x.reshape(-1)[places_of(x, index)] if own is None else x[own]

    def written(x: Any, index: Any, v: Any) -> Any:
        x, own = x.clone(), index_of(index)
        if own is None:
            places = places_of(x, index)
            v = v.reshape(v.shape[max(0, v.ndim - places.ndim) :]).expand(places.shape)
            return x.reshape(-1).index_put((places,), v).reshape(x.shape)
        x[own] = v
        return x

    def changed_in_part(x: Any, index: Any, sign: str, y: Any) -> Any:
        return written(x, index, getattr(operator, sign[1:])(getitem(x, index), y))

    def changed(x: Any, sign: str, y: Any) -> Any:
        return getattr(operator, sign)(x.clone(), y)

    def clip(x: Any, low: Any, high: Any) -> Any:
        if torch.is_tensor(low):  # which then must not be larger than x
            return torch.clip(*torch.broadcast_tensors(x, low, high))
        return x.clone() if low is None and high is None else torch.clip(x, low, high)

    def dot(x: Any, y: Any) -> Any:
        if not (x.ndim and y.ndim):
            return x * y
        return torch.tensordot(x, y, ([x.ndim - 1], [max(0, y.ndim - 2)]))

    def tensordot(x: Any, y: Any, axes: Any) -> Any:
        return torch.tensordot(x, y, axes)

    def transpose(x: Any, axes: Any = None) -> Any:
        return x.permute(*(range(x.ndim)[::-1] if axes is None else axes))

    def expand_dims(x: Any, axis: Any) -> Any:
        axes = np.atleast_1d(axis)
        for i in sorted(axes % (x.ndim + len(axes))):
            x = x.unsqueeze(int(i))
        return x

    def repeat(x: Any, counts: Any, axis: int | None = None) -> Any:
        x, i = row(x, axis)
        return torch.repeat_interleave(x, torch.as_tensor(counts), i)

    def roll(x: Any, shift: Any, axis: Any = None) -> Any:
        if axis is None:
            return torch.roll(x, shift)
        pairs = np.broadcast(shift, axis)
        return torch.roll(x, *(tuple(map(int, some)) for some in zip(*pairs)))

    def pad(x: Any, width: Any, mode: Any = "constant", **options: Any) -> Any:
        if mode != "constant":  # those of PyTorch know fewer axes
            return x.reshape(-1)[torch.as_tensor(np.pad(places_of(x, ...), width, mode=mode))]
        pairs = np.broadcast_to(width, (x.ndim, 2))[::-1]
        return F.pad(x, tuple(map(int, pairs.ravel())), value=options["constant_values"])

    def take(x: Any, places: Any, axis: int | None = None, mode: Any = "raise") -> Any:
        x, i = row(x, axis)
        if mode != "raise":
            places = np.take(np.arange(x.shape[i]), places, mode=mode)
        return x[(slice(None),) * (i % x.ndim) + (torch.as_tensor(places),)]

    def take_along_axis(x: Any, places: Any, axis: int) -> Any:
        return torch.take_along_dim(x, torch.as_tensor(places) % x.shape[axis], axis)

    def delete(x: Any, place: int, axis: int) -> Any:
        return take(x, np.delete(np.arange(x.shape[axis]), place), axis)

    def of_triangle(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, k=0: function(x if x.ndim > 1 else x.expand(len(x), len(x)), k)

    def solve(x: Any, y: Any) -> Any:
        one = y.ndim == 1
        z = torch.linalg.solve(x, y[:, None].expand(*x.shape[:-1], 1) if one else y)
        return z[..., 0] if one else z

    def activated(z: Any, activation: str | None) -> Any:
        return getattr(torch, activation)(z) if activation else z

    def linear(x: Any, W: Any, b: Any = None, activation: str | None = None) -> Any:
        return activated(F.linear(x, W, b), activation)

    def conv2d(x: Any, W: Any, b: Any = None, activation: str | None = None, **options: Any) -> Any:
        return activated(F.conv2d(x, W, b, **options), activation)

    def layer_norm(x: Any, weight: Any = None, bias: Any = None, axis: Any = -1) -> Any:
        z = F.layer_norm(x, x.shape[-len(np.atleast_1d(axis)) :])
        z = z if weight is None else z * weight
        return z if bias is None else z + bias

    def batch_norm(
        x: Any, weight: Any = None, bias: Any = None, mean: Any = None, variance: Any = None
    ) -> Any:
        if mean is None:
            return F.batch_norm(x, None, None, weight, bias, training=True)
        shape = (-1, *[1] * (x.ndim - 2))  # F.batch_norm does not differentiate by what is given
        weight, bias, mean, variance = (v.reshape(shape) for v in (weight, bias, mean, variance))
        return (x - mean) / torch.sqrt(variance + 1e-5) * weight + bias

    def softmax_cross_entropy_sum(x: Any, y: Any, divisor: float = 1.0) -> Any:
        rows = x.reshape(-1, x.shape[-1])
        if isinstance(y, np.ndarray):
            labels = torch.as_tensor(y.reshape(-1))
            return F.cross_entropy(rows, labels, reduction="sum") / divisor
        return F.cross_entropy(rows, y.reshape(rows.shape), reduction="sum") / divisor

    def loss(function: Callable[..., Any], reduction: str) -> Callable[..., Any]:
        return lambda x, y, divisor=1.0: (
            function(*torch.broadcast_tensors(x, y), reduction=reduction) / divisor
        )

    own = SimpleNamespace(
        getitem=getitem, written=written, changed=changed, changed_in_part=changed_in_part,
        identity=lambda x: torch.eye(x.shape[-1]), axes_reversed=transpose,
        matrices_transposed=lambda x: x.mT,
        # the rows
        pos=torch.positive, mod=torch.remainder, direction=lambda x, y: x / torch.hypot(x, y),
        apart=torch.subtract,
        cbrt=lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3), sech=lambda x: 1 / torch.cosh(x),
        step=lambda x, k: torch.where(x - k < 0, 0.0, 1.0), scale=lambda x, k: k * x,
        leaky_relu=lambda x, slope: torch.where(x > 0, x, slope * x),
        elu=lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(x)),
        logistic_density=lambda x: torch.sigmoid(x) * torch.sigmoid(-x),
        logsigmoid=F.logsigmoid, softplus=F.softplus, gelu=F.gelu, silu=F.silu,
        gelu_tanh=functools.partial(F.gelu, approximate="tanh"),
        sigmoid_error=lambda x, y: torch.sigmoid(x) - y,
        sigmoid_cross_entropy=loss(F.binary_cross_entropy_with_logits, "none"),
        binary_cross_entropy=loss(F.binary_cross_entropy, "none"),
        where=lambda condition, x, y: torch.where(torch.as_tensor(condition), x, y),
        clip=clip, around=lambda x, n: torch.round(x, decimals=n),
        add=_Ufunc(torch.add, torch.sum, torch.cumsum), subtract=_Ufunc(torch.sub),
        multiply=_Ufunc(torch.mul, torch.prod, torch.cumprod),
        maximum=_Ufunc(torch.maximum, torch.amax), minimum=_Ufunc(torch.minimum, torch.amin),
        # reductions
        sum=along_rows(lambda x: x.sum(-1)), mean=along_rows(lambda x: x.mean(-1)),
        prod=along_rows(lambda x: x.prod(-1)), max=along_rows(lambda x: x.amax(-1)),
        min=along_rows(lambda x: x.amin(-1)),
        var=along_rows(lambda x, ddof: x.var(-1, correction=ddof)),
        std=along_rows(lambda x, ddof: x.std(-1, correction=ddof)),
        median=along_rows(lambda x: torch.quantile(x, 0.5, -1)),
        logsumexp=along_rows(lambda x: torch.logsumexp(x, -1)),
        norm=along_rows(lambda x: torch.linalg.vector_norm(x, dim=-1)),
        cumsum=along(torch.cumsum), cumprod=along(torch.cumprod),
        sort=along(lambda x, axis: torch.sort(x, axis).values), softmax=along(torch.softmax),
        log_softmax=along(torch.log_softmax), diff=lambda x, n, axis: torch.diff(x, n, axis),
        # products
        dot=dot, vdot=lambda x, y: torch.dot(x.reshape(-1), y.reshape(-1)), inner=torch.inner,
        outer=lambda x, y: torch.outer(x.reshape(-1), y.reshape(-1)), tensordot=tensordot,
        diagonal=lambda x, k, axis1, axis2: torch.diagonal(x, k, axis1, axis2),
        trace=lambda x, k, axis1, axis2: torch.diagonal(x, k, axis1, axis2).sum(-1),
        tril=of_triangle(torch.tril), triu=of_triangle(torch.triu),
        # what moves elements
        transpose=transpose, expand_dims=expand_dims,
        squeeze=lambda x, axis: x.squeeze() if axis is None else x.squeeze(axis),
        concatenate=lambda xs, axis=0: torch.cat(*_joined(xs, axis)),
        stack=lambda xs, axis: torch.stack(tuple(xs), axis),
        split=lambda x, places, axis: torch.tensor_split(x, places, axis),
        array_split=torch.tensor_split, repeat=repeat, roll=roll, pad=pad, take=take,
        tile=lambda x, times: torch.tile(x, tuple(np.atleast_1d(np.array(times, int)).tolist())),
        flip=lambda x, axis: torch.flip(x, tuple(
            range(x.ndim) if axis is None else np.atleast_1d(np.array(axis, int)).tolist())),
        rot90=lambda x, k, axes: torch.rot90(x, k, axes), take_along_axis=take_along_axis,
        delete=delete, resize=lambda x, new: x.reshape(-1)[
            torch.as_tensor(np.resize(places_of(x, ...), new))],
        rollaxis=lambda x, axis, start: torch.movedim(
            x, axis, start - (axis % x.ndim < start)),
        # linear algebra and networks
        solve=solve, linear=linear, conv2d=conv2d, max_pool2d=F.max_pool2d,
        avg_pool2d=F.avg_pool2d, layer_norm=layer_norm, batch_norm=batch_norm,
        embedding=lambda weight, places: F.embedding(torch.as_tensor(places), weight),
        softmax_cross_entropy_sum=softmax_cross_entropy_sum,
        sigmoid_cross_entropy_sum=loss(F.binary_cross_entropy_with_logits, "sum"),
    )  # fmt: skip
    return Names(own, torch, torch.linalg, torch.special)


def _joined(xs: Sequence[Any], axis: int | None) -> tuple[tuple[Any, ...], int]:
    return (tuple(x.reshape(-1) for x in xs), 0) if axis is None else (tuple(xs), axis)


@dataclass
class _Ufunc:
    """A function of two, with what NumPy's ufuncs have besides."""

    function: Callable[..., Any]
    reducing: Callable[..., Any] | None = None
    accumulating: Callable[..., Any] | None = None

    def __call__(self, x: Any, y: Any) -> Any:
        return self.function(x, y)

    def reduce(self, x: Any, axis: int) -> Any:
        assert self.reducing is not None
        return self.reducing(x, axis)

    def accumulate(self, x: Any) -> Any:
        assert self.accumulating is not None
        return self.accumulating(x, 0)

    def outer(self, x: Any, y: Any) -> Any:
        return self.function(x.reshape((*x.shape, *[1] * y.ndim)), y)
