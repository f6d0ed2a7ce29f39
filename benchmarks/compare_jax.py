"""JAX for `compare`: its functions under NumPy's names, and its gradients."""

from __future__ import annotations

import functools
import importlib
import math
import operator
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.compare_frameworks import Framework
from tests.tensor_table import Names


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
