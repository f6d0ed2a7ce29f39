"""Every operation of Tensors beside PyTorch's and JAX's: python -m benchmarks.compare [--write].

It runs with the peers' interpreter, which has benchmarks/peers.txt, in the folder of this project.
The operations are those of tests/tensor_table.py, of float64 operands; values and
gradients of a weighted sum must agree to 1e-9. Then come the points where one has to choose, which
may differ; `--write` writes what was found to docs/conventions.md. The exit status is 1 where
something differs that is not known to.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import math
import operator
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from benchmarks import complex_points
from tests.tensor_table import OPERATIONS, PLAIN, Example, Names, Operation, Ours, seeded

PAGE = Path(__file__).parent.parent / "docs" / "conventions.md"
TRIES = 3
"""Examples of every operation."""
PRECISION = 1e-9
OURS = "chainrule"


# PyTorch under NumPy's names


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


# JAX under NumPy's names


def _jax_names(jax: Any) -> Names:
    jnp, lax, nn, special = jax.numpy, jax.lax, jax.nn, jax.scipy.special

    def array_of(index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        return tuple(np.array(i) if isinstance(i, list) else i for i in parts)

    def written(x: Any, index: Any, v: Any) -> Any:
        return x.at[array_of(index)].set(v)

    def changed_in_part(x: Any, index: Any, sign: str, y: Any) -> Any:
        index = array_of(index)
        return x.at[index].set(getattr(operator, sign[1:])(x[index], y))

    def activated(z: Any, activation: str | None) -> Any:
        return getattr(nn if activation == "relu" else names, activation)(z) if activation else z

    def linear(x: Any, W: Any, b: Any = None, activation: str | None = None) -> Any:
        return activated(x @ W.T + (0 if b is None else b), activation)

    def conv2d(
        x: Any, W: Any, b: Any = None, stride: Any = (1, 1), padding: Any = (0, 0),
        activation: str | None = None,
    ) -> Any:  # fmt: skip
        z = lax.conv_general_dilated(x, W, stride, [(p, p) for p in padding])
        return activated(z if b is None else z + b[:, None, None], activation)

    def pooled(x: Any, start: float, reduce: Any, size: Any, stride: Any, padding: Any) -> Any:
        edge, ones = [(0, 0)] * (x.ndim - 2), (1,) * (x.ndim - 2)
        pads = (*edge, *((p, p) for p in padding))
        return lax.reduce_window(x, start, reduce, (*ones, *size), (*ones, *stride), pads)

    def layer_norm(x: Any, weight: Any = None, bias: Any = None, axis: Any = -1) -> Any:
        z = nn.standardize(x, axis=axis, epsilon=1e-5)
        z = z if weight is None else z * weight
        return z if bias is None else z + bias

    def batch_norm(
        x: Any, weight: Any = None, bias: Any = None, mean: Any = None, variance: Any = None
    ) -> Any:
        shape = (-1, *[1] * (x.ndim - 2))
        given = [v if v is None else v.reshape(shape) for v in (weight, bias, mean, variance)]
        weight, bias, mean, variance = given
        axes = (0, *range(2, x.ndim))
        z = nn.standardize(x, axis=axes, mean=mean, variance=variance, epsilon=1e-5)
        z = z if weight is None else z * weight
        return z if bias is None else z + bias

    def softmax_cross_entropy_sum(x: Any, y: Any, divisor: float = 1.0) -> Any:
        log_p = nn.log_softmax(x)
        if y.dtype.kind == "i":
            return -jnp.take_along_axis(log_p, y[..., None], -1).sum() / divisor
        return -(y * log_p).sum() / divisor

    def sigmoid_cross_entropy(x: Any, y: Any) -> Any:
        return -y * nn.log_sigmoid(x) - (1 - y) * nn.log_sigmoid(-x)

    own = SimpleNamespace(
        getitem=lambda x, index: x[array_of(index)], written=written,
        changed=lambda x, sign, y: getattr(operator, sign[1:])(x, y),
        changed_in_part=changed_in_part,
        identity=lambda x: jnp.eye(x.shape[-1]), axes_reversed=lambda x: x.T,
        matrices_transposed=lambda x: x.mT,
        # the rows
        sub=jnp.subtract, mul=jnp.multiply, div=jnp.divide, mod=jnp.mod, neg=jnp.negative,
        pos=jnp.positive, pow=jnp.power, asin=jnp.arcsin, acos=jnp.arccos, atan=jnp.arctan,
        atan2=jnp.arctan2, asinh=jnp.arcsinh, acosh=jnp.arccosh, atanh=jnp.arctanh,
        apart=jnp.subtract, direction=lambda x, y: x / jnp.hypot(x, y),
        sech=lambda x: 1 / jnp.cosh(x),
        step=lambda x, k: jnp.heaviside(x - k, 1.0), scale=lambda x, k: k * x,
        logistic_density=lambda x: nn.sigmoid(x) * nn.sigmoid(-x), logsigmoid=nn.log_sigmoid,
        gelu=functools.partial(nn.gelu, approximate=False),
        gelu_tanh=functools.partial(nn.gelu, approximate=True),
        sigmoid_error=lambda x, y: nn.sigmoid(x) - y,
        sigmoid_cross_entropy=sigmoid_cross_entropy,
        binary_cross_entropy=lambda p, y: -y * jnp.log(p) - (1 - y) * jnp.log1p(-p),
        # the rest
        concatenate=lambda xs, axis=0: jnp.concatenate(list(xs), axis),
        repeat=lambda x, counts, axis=None: jnp.repeat(x, np.array(counts), axis),
        split=lambda x, places, axis: jnp.split(x, places, axis), linear=linear, conv2d=conv2d,
        max_pool2d=lambda x, size, stride, padding=(0, 0): pooled(
            x, -jnp.inf, lax.max, size, stride, padding),
        avg_pool2d=lambda x, size, stride, padding=(0, 0): pooled(
            x, 0.0, lax.add, size, stride, padding) / math.prod(size),
        layer_norm=layer_norm, batch_norm=batch_norm, embedding=lambda x, places: x[places],
        softmax_cross_entropy_sum=softmax_cross_entropy_sum,
        sigmoid_cross_entropy_sum=lambda x, y, divisor=1.0: (
            sigmoid_cross_entropy(x, y).sum() / divisor),
    )  # fmt: skip
    names = Names(own, jnp, jnp.linalg, nn, special)
    return names


# Frameworks


@dataclass
class Framework:
    """A way to compute and to differentiate.

    `pull(f, arrays, seed)` gives the value of f and the gradients of the sum of seed * f, without a
    seed of f; `bend(f, x)` gives the value and the gradient of the sum of its gradient.
    """

    name: str
    m: Any
    pull: Callable[..., tuple[Any, list[Any]]]
    bend: Callable[..., tuple[Any, list[Any]]]
    module: Any


def ours() -> Framework:
    """This package; the transforms' own gradients."""
    ag = importlib.import_module("autograd")

    def pull(f: Callable[..., Any], arrays: Sequence[Any], seed: Any = None) -> Any:
        leaves = [ag.Tensor(x) for x in arrays]
        z = f(*leaves)
        if not isinstance(z, ag.Tensor):  # nothing to differentiate
            return np.asarray(z), []
        seed = np.ones(z.shape) if seed is None else seed
        return z.data, ag.gradients(z, leaves, seed=seed)

    def bend(f: Callable[..., Any], x: Any) -> Any:
        leaf = ag.Tensor(x)
        z = f(leaf)
        slope = ag.gradients(z, leaf, seed=np.ones(z.shape), create_graph=True)
        return z.data, [ag.gradients(slope, leaf, seed=np.ones(leaf.shape))]

    return Framework(OURS, Ours("package"), pull, bend, ag)


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


def jax() -> Framework:
    """JAX, of which float64 is asked."""
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)

    def pull(f: Callable[..., Any], arrays: Sequence[Any], seed: Any = None) -> Any:
        z, back = jax.vjp(f, *[jax.numpy.asarray(x, float) for x in arrays])
        if z.dtype.kind != "f":
            return np.asarray(z), []
        seed = np.ones(z.shape) if seed is None else seed
        return np.asarray(z), list(map(np.asarray, back(jax.numpy.asarray(seed, z.dtype))))

    def bend(f: Callable[..., Any], x: Any) -> Any:
        slope = jax.grad(lambda x: f(x).sum())
        found = jax.grad(lambda x: slope(x).sum())(jax.numpy.asarray(x, float))
        return np.asarray(f(jax.numpy.asarray(x, float))), [np.asarray(found)]

    return Framework("JAX", _jax_names(jax), pull, bend, jax)


# Operations


def examples(operation: Operation) -> Iterator[tuple[Example, list[Any], np.random.Generator]]:
    """Some of what NumPy does: calls, operands, and a generator for more."""
    for seed in range(TRIES * operation.tries):
        rng = np.random.default_rng(seed)
        example = operation.example(seeded(rng))
        arrays = example.arrays(rng)
        try:
            example.f(PLAIN, *arrays)
        except (ValueError, TypeError, IndexError):
            continue
        yield example, arrays, rng


def compared(operation: Operation, us: Framework, peers: Sequence[Framework]) -> dict[str, str]:
    """Return the remark on each peer: nothing, if it agrees."""
    said: dict[str, str] = {}
    for example, arrays, rng in examples(operation):
        f = functools.partial(example.f, Ours(operation.roads[0]))
        seed = rng.uniform(0.5, 1.5, us.pull(f, arrays)[0].shape)
        z, gradients = us.pull(f, arrays, seed)
        for peer in peers:
            try:
                theirs, slopes = peer.pull(functools.partial(example.f, peer.m), arrays, seed)
            except Exception as error:  # whatever they say
                said.setdefault(peer.name, f"{type(error).__name__}: {str(error).splitlines()[0]}")
                continue
            whats = ["value", *["gradient"] * len(slopes)]
            for what, x, y in zip(whats, [z, *gradients], [theirs, *slopes]):
                if x.shape != y.shape:
                    said.setdefault(peer.name, f"{what} of shape {y.shape}, ours {x.shape}")
                elif not np.allclose(x, y, PRECISION, PRECISION):
                    said.setdefault(peer.name, f"{what} differs by {np.max(np.abs(x - y)):.1e}")
    return said


# Points of convention


@dataclass
class Point:
    """A place where one has to choose: f(m, x, ...) there, and why ours is as it is.

    `differs` names the peers that are known to choose otherwise; `own` has other calls for some
    frameworks, of their module and the operands.
    """

    what: str
    f: Callable[..., Any]
    at: Sequence[Any]
    why: str
    differs: str = ""
    own: dict[str, Callable[..., Any]] | None = None
    order: int = 1
    """Of the derivatives that are shown."""
    digits: int = 6
    zero: float = 0.0
    """Size of numbers that are what rounding leaves of 0."""

    def found(self, framework: Framework) -> Found:
        """Return the numbers that a framework gives here."""
        if self.own and framework.name in self.own:
            f = functools.partial(self.own[framework.name], framework.module)
        else:
            f = functools.partial(self.f, framework.m)
        arrays = [np.asarray(x, float) for x in self.at]
        try:
            if self.order == 2:
                z, slopes = framework.bend(f, *arrays)
            else:
                z, slopes = framework.pull(f, arrays)
        except Exception as error:  # whatever they say
            return Found(f"raises {type(error).__name__.lstrip('_')}", None)
        z, *slopes = [np.where(np.abs(x) <= self.zero, 0.0, x) for x in (z, *slopes)]
        texts = [shown(x, self.digits) for x in slopes]
        words = shown(z, self.digits) + ("; " + ", ".join(texts) if self.order else "")
        return Found(words, [z, *slopes])


class Found(NamedTuple):
    """Return the answer of a framework in words, and its numbers, if it gives some."""

    words: str
    numbers: list[Any] | None

    def agrees(self, other: Found) -> bool:
        """Return whether it is the same, up to rounding; very small numbers count as such."""
        if self.numbers is None or other.numbers is None:
            return self.numbers is other.numbers
        return all(
            x.shape == y.shape and np.allclose(x, y, PRECISION, 0.0, equal_nan=True)
            for x, y in zip(map(_rounded, self.numbers), map(_rounded, other.numbers))
        )


def _rounded(x: Any) -> Any:
    """Without what is left where large numbers cancel; a slope of 1e-17 that is right stays."""
    noise = np.abs(x) < 1e-14 * np.max(np.abs(x), initial=0.0, where=np.isfinite(x))
    return np.where(noise, 0.0, x)


def shown(x: Any, digits: int) -> str:
    """An array in words; without what is left where large numbers cancel."""
    if np.ndim(x):
        return f"[{', '.join(shown(each, digits) for each in _rounded(x))}]"
    number = float(x) + 0.0  # which makes a 0 of -0
    return repr(number).removesuffix(".0") if digits > 15 else f"{number:.{digits}g}"


def _pooled(m: Any, x: Any) -> Any:
    return m.reshape(m.max_pool2d(m.reshape(x, (1, 1, 2, 2)), (2, 2), (2, 2), (0, 0)), ())


def _written_after_use(m: Any, x: Any) -> Any:
    x = x * 1.0
    z = x * x
    x[0] = 5.0
    return z


def _replaced_after_use(m: Any, x: Any) -> Any:
    z = x * x
    x.data = 2.0 * x.data
    return z


def _written_into_a_slice(m: Any, x: Any) -> Any:
    x = x * 1.0
    x[:1][0] = 5.0
    return x


IEEE = "Arithmetic is that of IEEE 754; nothing raises in the middle of a formula."
FLAT = "relu'(0) is 0 in the notes, and 0 lies between the slopes of the other kinks too."
ORIGIN = "0 lies between all one-sided slopes, and training does not die of a nan."
SHARED = "Equal elements share equally, so that their order does not matter."
FIRST = "Order is NumPy's stable one; each element of the result has one that it is."
UNTAKEN = (
    "What is not taken contributes nothing, in every order: no gradient is not a zero gradient."
)
DIGITS = "Slopes are computed in a form that keeps its digits, not from the rounded value."
NUMPY = "Values are NumPy's."
LOUD = "An error says so where it arises, as NumPy's does."
POINTS: dict[str, list[Point]] = {
    "Kinks": [
        Point("relu at 0", lambda m, x: m.relu(x), [0.0], FLAT),
        Point("relu of nan", lambda m, x: m.relu(x), [math.nan], IEEE, differs="JAX"),
        Point("abs at 0", lambda m, x: m.abs(x), [0.0], FLAT, differs="JAX"),
        Point("sign at 0", lambda m, x: m.sign(x), [0.0], FLAT),
        Point("leaky_relu at 0", lambda m, x: m.leaky_relu(x, 0.01), [0.0],
            "The slope from below, as relu's.", differs="JAX"),
        Point("elu at 0", lambda m, x: m.elu(x, 1.0), [0.0], "Both slopes are 1."),
        Point("floor at an integer", lambda m, x: m.floor(x), [2.0], FLAT),
        Point("round halfway", lambda m, x: m.round(x), [[0.5, 1.5, 2.5]], NUMPY),
        Point("mod of signs", lambda m, x, y: m.mod(x, y), [[-7.0, 7.0], [3.0, -3.0]],
            "The sign is that of y, as Python's; by y it is -floor(x / y)."),
        Point("mod where y divides x", lambda m, x, y: m.mod(x, y), [6.0, 3.0],
            "The slopes of the piece to the right."),
        Point("mod by 0", lambda m, x, y: m.mod(x, y), [1.0, 0.0], IEEE, differs="PyTorch JAX"),
        Point("step at 0", lambda m, x: m.step(x, 0.0), [0.0],
            "The threshold is reached, as in notes 001."),
        Point("hypot at the origin", lambda m, x, y: m.hypot(x, y), [0.0, 0.0], ORIGIN,
            differs="PyTorch JAX"),
        Point("norm at the origin", lambda m, x: m.norm(x), [[0.0, 0.0]], ORIGIN, differs="JAX"),
        Point("std of equal elements", lambda m, x: m.std(x, ddof=0), [[2.0, 2.0]], ORIGIN,
            differs="JAX"),
        Point("sqrt at 0", lambda m, x: m.sqrt(x), [0.0], IEEE),
        Point("sqrt(x)**2 at 0", lambda m, x: m.sqrt(x) ** 2, [0.0],
            "A 0 that arises by arithmetic times inf is nan, and is reported, never a silent 0."),
        Point("cbrt at 0", lambda m, x: m.cbrt(x), [0.0], IEEE, differs="PyTorch"),
        Point("asin at 1", lambda m, x: m.asin(x), [1.0], IEEE),
        Point("atan2 at the origin", lambda m, y, x: m.atan2(y, x), [0.0, 0.0],
            "An angle of nothing has no slope that is right; 0 / 0 is nan.", differs="PyTorch"),
    ],
    "Ties": [
        Point("max along an axis", lambda m, x: m.max(x, axis=0), [[1.0, 3.0, 3.0]], SHARED),
        Point("max along an axis, with the place", lambda m, x: m.max(x, axis=0),
            [[1.0, 3.0, 3.0]], SHARED, differs="PyTorch",
            own={"PyTorch": lambda torch, x: torch.max(x, 0).values}),
        Point("max of all", lambda m, x: m.max(x), [[1.0, 3.0, 3.0]], SHARED,
            own={"PyTorch": lambda torch, x: torch.max(x)}),
        Point("min along an axis", lambda m, x: m.min(x, axis=0), [[3.0, 1.0, 1.0]], SHARED),
        Point("maximum", lambda m, x, y: m.maximum(x, y), [3.0, 3.0], SHARED),
        Point("minimum", lambda m, x, y: m.minimum(x, y), [3.0, 3.0], SHARED),
        Point("clip at the lower bound", lambda m, x, low, high: m.clip(x, low, high),
            [1.0, 1.0, 2.0], SHARED, differs="PyTorch"),
        Point("clip at the upper bound", lambda m, x, low, high: m.clip(x, low, high),
            [2.0, 1.0, 2.0], SHARED, differs="PyTorch"),
        Point("clip at the lower bound, a number", lambda m, x: m.clip(x, 1.0, 2.0), [1.0], SHARED,
            differs="PyTorch"),
        Point("clip at bounds that cross", lambda m, x, low, high: m.clip(x, low, high),
            [1.5, 2.0, 1.0], "The upper bound wins, as NumPy's."),
        Point("sort", lambda m, x: m.sort(x, axis=0) * m.cumsum(m.exp(0 * x), axis=0),
            [[2.0, 1.0, 1.0]], FIRST),
        Point("median of an even number", lambda m, x: m.median(x), [[1.0, 4.0, 2.0, 3.0]],
            "The mean of the two in the middle, as NumPy's.", differs="PyTorch",
            own={"PyTorch": lambda torch, x: torch.median(x)}),
        Point("median of equal elements", lambda m, x: m.median(x), [[2.0, 1.0, 2.0, 2.0, 3.0]],
            FIRST, differs="PyTorch", own={"PyTorch": lambda torch, x: torch.median(x)}),
        Point("max_pool2d", _pooled, [[[1.0, 3.0], [3.0, 3.0]]], SHARED, differs="PyTorch JAX"),
        Point("argmax", lambda m, x: m.argmax(x), [[1.0, 3.0, 3.0]], "The first, as NumPy's.",
            order=0),
        Point("max with a nan", lambda m, x: m.max(x, axis=0), [[1.0, math.nan]],
            "Nothing equals nan, and so nothing is known of the slopes."),
        Point("maximum with a nan", lambda m, x, y: m.maximum(x, y), [1.0, math.nan],
            "The value is nan; nothing that is compared with nan is larger or smaller.",
            differs="PyTorch JAX"),
        Point("clip of nan", lambda m, x: m.clip(x, 1.0, 2.0), [math.nan],
            "The value is nan; nothing that is compared with nan is larger or smaller.",
            differs="PyTorch JAX"),
        Point("sort with a nan", lambda m, x: m.sort(x, axis=0), [[math.nan, 1.0]], NUMPY),
    ],
    "Powers and products": [
        Point("0 ** 0", lambda m, x, y: m.pow(x, y), [0.0, 0.0],
            "x ** 0 is flat in x; in y it falls from 1 to 0, where z log(x) is -inf.",
            differs="PyTorch JAX"),
        Point("0 ** 2", lambda m, x, y: m.pow(x, y), [0.0, 2.0], "0 ** y is flat in y."),
        Point("0 ** 0.5", lambda m, x, y: m.pow(x, y), [0.0, 0.5], IEEE),
        Point("0 ** -1", lambda m, x, y: m.pow(x, y), [0.0, -1.0], IEEE, differs="JAX"),
        Point("x ** 0 with a fixed exponent, at 0", lambda m, x: x**0, [0.0], "x ** 0 is flat."),
        Point("(-2) ** 2", lambda m, x, y: m.pow(x, y), [-2.0, 2.0],
            "Beside the exponent 2 the power is not real."),
        Point("(-2) ** 0.5", lambda m, x, y: m.pow(x, y), [-2.0, 0.5], IEEE),
        Point("prod with a zero", lambda m, x: m.prod(x), [[0.0, 2.0, 3.0]],
            "Products of the others, without division."),
        Point("prod with two zeros", lambda m, x: m.prod(x), [[0.0, 0.0, 3.0]],
            "Products of the others, without division."),
        Point("cumprod with a zero", lambda m, x: m.cumprod(x, axis=0), [[2.0, 0.0, 3.0]],
            "Products of the others, without division."),
        Point("1 / 0", lambda m, x, y: x / y, [1.0, 0.0], IEEE),
        Point("0 / 0", lambda m, x, y: x / y, [0.0, 0.0], IEEE),
        Point("log at 0", lambda m, x: m.log(x), [0.0], IEEE),
        Point("log below 0", lambda m, x: m.log(x), [-1.0],
            "The value is nan; the formula of the slope, 1 / x, is not."),
        Point("hypot of large numbers", lambda m, x, y: m.hypot(x, y), [3e200, 4e200],
            "Nothing overflows that does not have to.", differs="JAX"),
        Point("norm of large numbers", lambda m, x: m.norm(x), [[3e200, 4e200]],
            "Nothing overflows that does not have to.", differs="PyTorch JAX"),
    ],
    "Branches": [
        Point("where(x > 0, sqrt(x), 0) at 0", lambda m, x: m.where(x > 0, m.sqrt(x), 0.0), [0.0],
            UNTAKEN, differs="PyTorch JAX"),
        Point("where(x > 0, log(x), x) below 0", lambda m, x: m.where(x > 0, m.log(x), x), [-1.0],
            UNTAKEN),
        Point("sum(where(x > 0, 1 / x, 0))", lambda m, x: m.sum(m.where(x > 0, 1 / x, 0.0)),
            [[0.0, 2.0]], UNTAKEN, differs="PyTorch JAX"),
        Point("where(x > 0, sqrt(x[::-1])[::-1], 0)",
            lambda m, x: m.where(x > 0, m.flip(m.sqrt(m.flip(x, axis=0)), axis=0), 0.0),
            [[4.0, 0.0]], "What moves elements moves what is not taken, too.",
            differs="PyTorch JAX"),
        Point("where(sum(x) > 9, sum(sqrt(x)), sum(x))",
            lambda m, x: m.where(m.sum(x) > 9, m.sum(m.sqrt(x)), m.sum(x)), [[0.0, 4.0]], UNTAKEN,
            differs="PyTorch JAX"),
    ],
    "Exponentials": [
        Point("sigmoid at 40", lambda m, x: m.sigmoid(x), [40.0], DIGITS, differs="PyTorch JAX",
            digits=17),
        Point("sigmoid at -40", lambda m, x: m.sigmoid(x), [-40.0], DIGITS, digits=17),
        Point("tanh at 20", lambda m, x: m.tanh(x), [20.0], DIGITS, differs="PyTorch JAX",
            digits=17),
        Point("softplus at 30", lambda m, x: m.softplus(x), [30.0], DIGITS, digits=17),
        Point("logsigmoid at -800", lambda m, x: m.logsigmoid(x), [-800.0], DIGITS, digits=17),
        Point("gelu, where it is not said which", lambda m, x: m.gelu(x), [1.0],
            "The exact one; gelu_tanh approximates it.", differs="JAX",
            own={"JAX": lambda jax, x: jax.nn.gelu(x)}),
        Point("logaddexp of inf and inf", lambda m, x, y: m.logaddexp(x, y), [math.inf, math.inf],
            SHARED, differs="PyTorch JAX"),
        Point("logaddexp of -inf and -inf", lambda m, x, y: m.logaddexp(x, y),
            [-math.inf, -math.inf], SHARED, differs="PyTorch JAX"),
        Point("logaddexp of -inf and 0", lambda m, x, y: m.logaddexp(x, y), [-math.inf, 0.0],
            IEEE),
        Point("logsumexp of -inf alone", lambda m, x: m.logsumexp(x), [[-math.inf, -math.inf]],
            SHARED, differs="PyTorch JAX"),
        Point("logsumexp with inf", lambda m, x: m.logsumexp(x), [[math.inf, 1.0]],
            "The limit; the same as logaddexp's.", differs="PyTorch JAX"),
        Point("logsumexp with -inf", lambda m, x: m.logsumexp(x), [[-math.inf, 1.0]], IEEE),
        Point("softmax with -inf", lambda m, x: m.softmax(x, axis=-1), [[-math.inf, 0.0]], IEEE),
        Point("softmax of -inf alone", lambda m, x: m.softmax(x, axis=-1),
            [[-math.inf, -math.inf]], IEEE),
        Point("softmax with inf", lambda m, x: m.softmax(x, axis=-1), [[math.inf, 0.0]], IEEE),
    ],
    "Losses and layers": [
        Point("softmax_cross_entropy, logits inf and 0, label 0",
            lambda m, x: m.softmax_cross_entropy_sum(x, np.array(0)), [[math.inf, 0.0]], IEEE),
        Point("softmax_cross_entropy, logits -inf and 0, label 1",
            lambda m, x: m.softmax_cross_entropy_sum(x, np.array(1)), [[-math.inf, 0.0]],
            "What is masked by -inf has probability 0 and no slope."),
        Point("softmax_cross_entropy, logits -inf and 0, label 0",
            lambda m, x: m.softmax_cross_entropy_sum(x, np.array(0)), [[-math.inf, 0.0]],
            "The loss is inf; its slope is p - y all the same."),
        Point("softmax_cross_entropy, logits -inf and 0, probabilities 0 and 1",
            lambda m, x, y: m.softmax_cross_entropy_sum(x, y), [[-math.inf, 0.0], [0.0, 1.0]],
            IEEE, differs="PyTorch JAX"),
        Point("sigmoid_cross_entropy, logit inf, y = 1",
            lambda m, x, y: m.sigmoid_cross_entropy(x, y), [math.inf, 1.0], IEEE),
        Point("sigmoid_cross_entropy, logit inf, y = 0",
            lambda m, x, y: m.sigmoid_cross_entropy(x, y), [math.inf, 0.0], IEEE),
        Point("sigmoid_cross_entropy, logit -inf, y = 0",
            lambda m, x, y: m.sigmoid_cross_entropy(x, y), [-math.inf, 0.0], IEEE),
        Point("sigmoid_cross_entropy, logit 40, y = 1",
            lambda m, x, y: m.sigmoid_cross_entropy(x, y), [40.0, 1.0], DIGITS, differs="PyTorch",
            digits=17),
        Point("binary_cross_entropy, p = 0, y = 0", lambda m, p, y: m.binary_cross_entropy(p, y),
            [0.0, 0.0], "0 log 0 is 0 here.", differs="PyTorch JAX"),
        Point("binary_cross_entropy, p = 0, y = 1", lambda m, p, y: m.binary_cross_entropy(p, y),
            [0.0, 1.0], IEEE, differs="PyTorch"),
        Point("batch_norm of 1 and 3", lambda m, x: m.batch_norm(x), [[[1.0], [3.0]]],
            "The variance is over n."),
        Point("batch_norm of one example", lambda m, x: m.batch_norm(x), [[[1.0]]], LOUD,
            differs="JAX"),
        Point("layer_norm of equal elements", lambda m, x: m.layer_norm(x), [[1.0, 1.0]],
            "eps keeps it smooth."),
        Point("embedding past the end", lambda m, x: m.embedding(x, np.array([5])),
            [[[1.0], [2.0]]], LOUD, differs="JAX"),
    ],
    "Reductions": [
        Point("var, where it is not said over what", lambda m, x: m.var(x), [[1.0, 3.0]], NUMPY,
            differs="PyTorch", own={"PyTorch": lambda torch, x: torch.var(x)}),
        Point("var of one number, over n - 1", lambda m, x: m.var(x, ddof=1), [[1.0]], IEEE),
        Point("sum along no axes", lambda m, x: m.sum(x, axis=()), [[1.0, 2.0]], NUMPY,
            differs="PyTorch", own={"PyTorch": lambda torch, x: torch.sum(x, ())}),
        Point("prod of nothing", lambda m, x: m.prod(x), [[]], NUMPY),
        Point("mean of nothing", lambda m, x: m.mean(x), [[]], IEEE),
        Point("max of nothing", lambda m, x: m.max(x), [[]], LOUD),
    ],
    "Indices": [
        Point("x[[0, 0]] = [y0, y1]", lambda m, x, y: m.written(x, [0, 0], y),
            [[1.0, 2.0], [3.0, 4.0]],
            "The last that is written stays, as in NumPy, and gets all of the gradient.",
            differs="PyTorch"),
        Point("x[[0, 0]] += [y0, y1]", lambda m, x, y: m.changed_in_part(x, [0, 0], "iadd", y),
            [[1.0, 2.0], [3.0, 4.0]], "It means x[i] = x[i] + y, as in NumPy: the last stays.",
            differs="PyTorch"),
        Point("x[[0, 0]]", lambda m, x: m.getitem(x, [0, 0]), [[1.0, 2.0]], "Uses add up."),
        Point("x[[5]] of two elements", lambda m, x: m.getitem(x, np.array([5])), [[1.0, 2.0]],
            LOUD, differs="JAX"),
        Point("x[0, :, [0, 1]] of ones, its shape",
            lambda m, x: m.sum(m.getitem(x, (0, slice(None), [0, 1])), axis=0),
            [np.ones((1, 3, 2))],
            "A number beside an array of indices is one itself, as in NumPy.", differs="PyTorch",
            order=0),
    ],
    "Writing": [
        Point("x * x, and then x[0] = 5", _written_after_use, [[3.0, 4.0]],
            "What was computed before keeps the numbers that it was computed from.",
            differs="PyTorch", own={"JAX": lambda jax, x: x * x}),
        Point("x * x, and then x.data = 2 * x.data", _replaced_after_use, [[3.0, 4.0]],
            "What was computed before keeps the numbers that it was computed from.",
            differs="PyTorch", own={"JAX": lambda jax, x: x * x}),
        Point("x[:1][0] = 5", _written_into_a_slice, [[3.0, 4.0]],
            "A slice is a Tensor of its own: x would not change, and so this is refused.",
            differs="PyTorch JAX", own={"JAX": lambda jax, x: x.at[:1].set(5.0)}),
    ],
    "Second derivatives": [
        Point("relu at 0", lambda m, x: m.relu(x), [[0.0]], FLAT, order=2),
        Point("abs at 0", lambda m, x: m.abs(x), [[0.0]],
            "A root has no second derivative at 0, unless it is squared.",
            differs="PyTorch JAX", order=2),
        Point("x ** 2 at 0", lambda m, x: x**2, [0.0],
            "The formula of the slope is right there, too.", order=2),
        Point("x ** 3 at 0", lambda m, x: x**3, [0.0],
            "The formula of the slope is right there, too.", order=2),
        Point("x ** 1.0 at 0", lambda m, x: x**1.0, [0.0],
            "The formula of the slope is right there, too.", differs="JAX", order=2),
        Point("norm(x) ** 2 at the origin", lambda m, x: m.norm(x) ** 2, [[0.0, 0.0]],
            "The square of a root is smooth where the root is 0.",
            differs="PyTorch JAX", order=2),
        Point("max(x) ** 2 of equal elements", lambda m, x: m.max(x) ** 2, [[3.0, 3.0]], SHARED,
            order=2),
        Point("prod with a zero", lambda m, x: m.prod(x), [[0.0, 2.0, 3.0]],
            "Products of the others, without division.", order=2),
        Point("prod with two zeros", lambda m, x: m.prod(x), [[0.0, 0.0, 3.0]],
            "Products of the others, without division.", order=2),
        Point("where(x > 0, sqrt(x), 0) at 0", lambda m, x: m.where(x > 0, m.sqrt(x), 0.0), [0.0],
            UNTAKEN, differs="PyTorch JAX", order=2),
        Point("sigmoid at 40", lambda m, x: m.sigmoid(x), [40.0], DIGITS, differs="PyTorch JAX",
            order=2, digits=17),
        Point("tanh at 20", lambda m, x: m.tanh(x), [20.0], DIGITS, differs="PyTorch JAX", order=2,
            digits=17),
        Point("softplus at 30", lambda m, x: m.softplus(x), [30.0], DIGITS, differs="PyTorch JAX",
            order=2, digits=17),
        Point("logsumexp(x) ** 2 with -inf", lambda m, x: m.logsumexp(x) ** 2,
            [[-math.inf, 1.0, 2.0]], IEEE, order=2),
        Point("det of a singular matrix", lambda m, x: m.det(x),
            [[[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]]],
            "A polynomial has its derivative everywhere.", order=2),
    ],
    "Linear algebra": [
        Point("cholesky", lambda m, x: m.cholesky(x), [[[4.0, 2.0], [2.0, 3.0]]],
            "NumPy reads the lower triangle, so it gets the gradient.", differs="PyTorch JAX"),
        Point("cholesky of what is not symmetric", lambda m, x: m.cholesky(x),
            [[[4.0, 9.0], [2.0, 3.0]]], "NumPy reads the lower triangle, so it gets the gradient.",
            differs="PyTorch JAX"),
        Point("cholesky of what is not positive definite", lambda m, x: m.cholesky(x),
            [[[1.0, 2.0], [2.0, 1.0]]], LOUD, differs="JAX"),
        Point("det of a singular matrix", lambda m, x: m.det(x), [[[1.0, 2.0], [2.0, 4.0]]],
            "A polynomial has its derivative everywhere.", differs="PyTorch"),
        Point("det of one of rank n - 2", lambda m, x: m.det(x), [np.ones((3, 3))],
            "A polynomial has its derivative everywhere.", zero=1e-15),
        Point("slogdet of a singular matrix", lambda m, x: m.slogdet(x)[1],
            [[[1.0, 2.0], [2.0, 4.0]]], LOUD, differs="PyTorch JAX"),
        Point("inv of a singular matrix", lambda m, x: m.inv(x), [[[1.0, 2.0], [2.0, 4.0]]], LOUD,
            differs="JAX"),
        Point("solve of a singular matrix", lambda m, x, y: m.solve(x, y),
            [[[1.0, 2.0], [2.0, 4.0]], [1.0, 1.0]], LOUD, differs="JAX"),
    ],
}  # fmt: skip


# What is reported

REPEATS = {"PyTorch": "where an index repeats, all that was written gets a gradient, not the last"}
KNOWN: dict[str, dict[str, str]] = {
    "std": {"JAX": "of one element the slope is nan"},
    "max of no rows": {"PyTorch": "the median of nothing is refused"},
    "tril": {"JAX": "vectors are refused"},
    "split": {"JAX": "places that go back are refused"},
    "x[index] = y": REPEATS,
    "x[index] += y": REPEATS,
    "det of singular matrices": {"PyTorch": "the gradient is 0 where a pivot is exactly 0"},
}
"""Operations that are known to differ."""
HEAD = """\
# Conventions

Where a value or a derivative is a choice, and what it is in float64, here, in {names}.
Written by `python -m benchmarks.compare --write`, which calls all three; no number here was typed
in. Each cell has the value, then the derivative of its sum by each operand; bold is what differs
from ours.

Elsewhere they agree: the same program compares each of the {count} operations of
[tests/tensor_table.py](../tests/tensor_table.py), value and gradient, to {precision:g}. These were
found to differ, by their names there:

"""
Rows = list[tuple[Point, list[Found]]]
"""Points, with what each framework gives there."""


def page(
    differing: dict[str, list[str]], found: dict[str, Rows], frameworks: Sequence[Framework]
) -> str:
    """docs/conventions.md."""
    versions = [f"{f.name} {f.module.__version__.partition('+')[0]}" for f in frameworks[1:]]
    text = HEAD.format(names=" and ".join(versions), count=len(OPERATIONS), precision=PRECISION)
    text += "".join(f"- `{name}`: {'; '.join(said)}.\n" for name, said in differing.items())
    for group, rows in found.items():
        second = "; the derivative is the second one, of the sum of the first" * (
            rows[0][0].order == 2
        )
        text += f"\n## {group}{second}\n\n"
        text += f"| what | ours | {' | '.join(f.name for f in frameworks[1:])} | why ours is so |\n"
        text += "|---|---|---|---|---|\n"
        for point, (us, *theirs) in rows:
            cells = [us.words, *(w.words if w.agrees(us) else f"**{w.words}**" for w in theirs)]
            text += f"| {point.what} | {' | '.join(cells)} | {point.why} |\n"
    return text + complex_points.section()


def compare_operations(
    us: Framework, peers: Sequence[Framework]
) -> tuple[dict[str, list[str]], int]:
    """Those that differ, with what there is to say, and how many of them are not known to."""
    differing: dict[str, list[str]] = {}
    wrong = 0
    for name, operation in OPERATIONS.items():
        said, reasons = compared(operation, us, peers), KNOWN.get(name, {})
        surprise = said.keys() - reasons
        wrong += bool(surprise)
        if said:
            differing[name] = [f"{peer}: {reasons.get(peer, said[peer])}" for peer in said]
        verdict = "DIFFERS: " if surprise else "known to differ: " if said else "agree"
        print(f"{name:44} {verdict}{'; '.join(differing.get(name, []))}", flush=True)
    print(f"{len(OPERATIONS)} operations: {len(differing)} differ, {wrong} not known to")
    return differing, wrong


def compare_points(us: Framework, peers: Sequence[Framework]) -> tuple[dict[str, Rows], int]:
    """Return the findings at each point, and how many differ in another peer than is known."""
    found: dict[str, Rows] = {}
    wrong = 0
    for group, points in POINTS.items():
        found[group] = [(point, [point.found(f) for f in (us, *peers)]) for point in points]
        for point, (mine, *theirs) in found[group]:
            others = [(f.name, w.words) for f, w in zip(peers, theirs) if not w.agrees(mine)]
            surprise = [name for name, _ in others] != point.differs.split()
            wrong += surprise
            words = [mine.words, *(f"{name}: {text}" for name, text in others)]
            print(f"{'SURPRISE ' * surprise}{group}, {point.what}: {'  |  '.join(words)}")
    print(f"{sum(map(len, POINTS.values()))} points: {wrong} not as known")
    return found, wrong


def main() -> None:
    """Compare everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/conventions.md")
    write = parser.parse_args().write
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    us, *peers = frameworks = [ours(), pytorch(), jax()]
    differing, wrong = compare_operations(us, peers)
    found, surprises = compare_points(us, peers)
    text = page(differing, found, frameworks)
    if write:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        print(f"docs/{PAGE.name} is not current; --write")
    sys.exit(bool(wrong or surprises))


if __name__ == "__main__":
    main()
