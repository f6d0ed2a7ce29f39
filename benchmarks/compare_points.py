"""Points where one has to choose, and what a framework gives there, for `compare`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from benchmarks.compare_frameworks import Framework

PRECISION = 1e-9


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
