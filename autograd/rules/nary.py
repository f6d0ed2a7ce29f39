"""The scalar operations of any number of operands, each one node: value and partials.

They are written like the rows of the table, over an arithmetic `m` of floats or of nodes, but with
lists of operands: `value(m, xs)` gives z and `partials(m, xs, z)` the list of dz/dx.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.rules.row import Scalar


class Nary(Scalar):
    """Operation of any number of operands, `least` at least."""

    many = True

    of_square: Callable[..., list[Any]] | None
    """Partials of z*z/2, like `partials`."""
    flat: Callable[..., list[Any]] | None
    """Function `flat(m, xs, z)`, with a condition for each operand."""

    def __init__(
        self,
        name: str,
        value: Callable[..., Any],
        partials: Callable[..., list[Any]],
        least: int,
        doc: str,
        options: int = 0,
        of_square: Callable[..., list[Any]] | None = None,
        flat: Callable[..., list[Any]] | None = None,
    ) -> None:
        self.name, self.doc, self.least, self.options = name, doc, least, options
        self.value, self.partials, self.of_square, self.flat = value, partials, of_square, flat


def _total(xs: Sequence[Any]) -> Any:
    total = 0.0
    for x in xs:
        total = total + x
    return total


def _largest(m: Any, xs: Sequence[Any]) -> Any:
    largest = xs[0]
    for x in xs[1:]:
        largest = m.maximum(largest, x)
    return largest


def _smallest(m: Any, xs: Sequence[Any]) -> Any:
    smallest = xs[0]
    for x in xs[1:]:
        smallest = m.minimum(smallest, x)
    return smallest


def _ties(m: Any, xs: Sequence[Any], z: Any) -> list[Any]:
    """Share equally among operands equal to z; nothing equals nan, and each gets nan then."""
    equal = [bool(x <= z) and bool(x >= z) for x in xs]
    count = sum(equal) or float("nan")
    return [chosen / count for chosen in equal]


def _prod(m: Any, xs: Sequence[Any]) -> Any:
    product = 1.0
    for x in xs:
        product = product * x
    return product


def _prod_partials(m: Any, xs: Sequence[Any], z: Any) -> list[Any]:
    """Return the products of all other operands, which z / x is not where x is 0."""
    before, after = [1.0], [1.0]
    for x in xs[:-1]:
        before.append(before[-1] * x)
    for x in xs[:0:-1]:
        after.append(after[-1] * x)
    return [b * a for b, a in zip(before, reversed(after))]


def _halves(xs: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    return xs[: len(xs) // 2], xs[len(xs) // 2 :]


def _dot(m: Any, xs: Sequence[Any]) -> Any:
    total = 0.0
    for x, y in zip(*_halves(xs)):
        total = total + x * y
    return total


def _dot_partials(m: Any, xs: Sequence[Any], z: Any) -> list[Any]:
    left, right = _halves(xs)
    return [*right, *left]


INF = float("inf")


def _length(m: Any, xs: Sequence[Any], over: float = 1.0) -> Any:
    """Return sqrt(sum(x*x) / over)."""
    size = _largest(m, [m.abs(x) for x in xs])  # so that squares neither overflow nor underflow
    if not 0 < size < INF:
        return size / over
    return size * m.sqrt(_total([(x / size) * (x / size) for x in xs]) / over)


def _bounded(m: Any, xs: Sequence[Any]) -> list[Any]:
    """Return a vector of the direction of one whose length is inf; of two infinities nan."""
    signs = [1.0 if x >= INF else -1.0 if x <= -INF else 0.0 for x in xs]
    if signs.count(0.0) == len(xs) - 1:
        return signs
    return [0.5**64 * x for x in xs]


def _norm_partials(m: Any, xs: Sequence[Any], z: Any) -> list[Any]:
    if z >= INF:
        xs = _bounded(m, xs)
        z = m.norm(xs)
    return [m.unit(x, z) for x in xs]


def _shifted(m: Any, xs: Sequence[Any]) -> tuple[int, list[Any], Any]:
    """Return the index of the largest operand, each exp(x - largest), and the sum of the others.

    The largest is an operand like the others here: so the derivative of its exponential, which is
    1, comes through the sum of the others, in which it is not rounded off. Infinities that are
    equal share, as in logaddexp.
    """
    k = max(range(len(xs)), key=xs.__getitem__)
    each = [1.0 if j == k else m.exp(m.apart(x, xs[k])) for j, x in enumerate(xs)]
    if not xs[k] <= INF:
        each[k] = xs[k]  # nan
    return k, each, _total([e for j, e in enumerate(each) if j != k])


def _logsumexp(m: Any, xs: Sequence[Any]) -> Any:
    k, _, rest = _shifted(m, xs)
    return xs[k] + m.log1p(rest) if -INF < xs[k] < INF else _largest(m, xs)


def _logsumexp_partials(m: Any, xs: Sequence[Any], z: Any) -> list[Any]:
    _, each, rest = _shifted(m, xs)
    return [e / (1.0 + rest) for e in each]


def _mean(m: Any, xs: Sequence[Any]) -> Any:
    return _total(xs) / len(xs)


def _freedom(xs: Sequence[Any], ddof: float) -> float:
    """Return n - ddof, but never negative, as in NumPy."""
    return max(len(xs) - ddof, 0.0)


def _deviations(m: Any, xs: Sequence[Any]) -> list[Any]:
    """Return x - mean(x), from differences to one of the operands, which equal ones do not round.

    As a constant it may be any: deviations do not depend on it.
    """
    near = xs[0] if isinstance(xs[0], float) else getattr(xs[0], "data", 0.0)
    moved = [x - near for x in xs] if near < 0 or near > 0 else xs
    mean = m.mean(moved)
    return [x - mean for x in moved]


def _var(m: Any, xs: Sequence[Any], ddof: float) -> Any:
    return _total([x * x for x in _deviations(m, xs)]) / _freedom(xs, ddof)


def _var_partials(m: Any, xs: Sequence[Any], z: Any, ddof: float) -> list[Any]:
    return [2.0 * x / _freedom(xs, ddof) for x in _deviations(m, xs)]


def _std(m: Any, xs: Sequence[Any], ddof: float) -> Any:
    return _length(m, _deviations(m, xs), _freedom(xs, ddof))


def _std_partials(m: Any, xs: Sequence[Any], z: Any, ddof: float) -> list[Any]:
    if len(xs) == 1 and not ddof:
        return [0.0]  # flat, and no kink
    return [m.unit(x, z) / _freedom(xs, ddof) for x in _deviations(m, xs)]


# softmax and log_softmax give one node for each operand: that of the index `i`


def _weighed(m: Any, xs: Sequence[Any]) -> tuple[int, list[Any], Any]:
    """Return what `_shifted` does; with nan where the largest is infinite, as others have it."""
    k, each, rest = _shifted(m, xs)
    if not -INF < xs[k] < INF:
        each[k] = float("nan")
    return k, each, rest


def _softmax(m: Any, xs: Sequence[Any], i: int) -> Any:
    k, each, rest = _weighed(m, xs)
    return each[i] / (each[k] + rest)


def _probabilities(m: Any, xs: Sequence[Any], i: int) -> tuple[list[Any], Any]:
    """Return the softmax of all operands, and 1 less that of index i, as a sum of the others."""
    k, shifted, rest = _weighed(m, xs)
    each = [e / (shifted[k] + rest) for e in shifted]
    # of the largest alone 1 - it cancels; of another the sum does, in what is derived from it
    return each, m.sum(each[:i] + each[i + 1 :]) if i == k else 1.0 - each[i]


def _softmax_partials(m: Any, xs: Sequence[Any], z: Any, i: int) -> list[Any]:
    each, others = _probabilities(m, xs, i)
    return [z * others if j == i else -z * p for j, p in enumerate(each)]


def _log_softmax(m: Any, xs: Sequence[Any], i: int) -> Any:
    k, each, rest = _weighed(m, xs)
    return (xs[i] - xs[k]) - m.log1p(each[k] - 1.0 + rest)


def _log_softmax_partials(m: Any, xs: Sequence[Any], z: Any, i: int) -> list[Any]:
    each, others = _probabilities(m, xs, i)
    return [others if j == i else -p for j, p in enumerate(each)]


# A table reads best with its lines kept.
# fmt: off

NARY: dict[str, Nary] = {
    op.name: op
    for op in (
        Nary("sum", lambda m, xs: _total(xs), lambda m, xs, z: [1.0] * len(xs), 0, "Sum."),
        Nary("mean", _mean, lambda m, xs, z: [1.0 / len(xs)] * len(xs), 1, "Arithmetic mean."),
        Nary("prod", _prod, _prod_partials, 0, "Product."),
        Nary("max", _largest, _ties, 1, "Largest; ties share the gradient equally.",
             flat=lambda m, xs, z: [x < z for x in xs]),
        Nary("min", _smallest, _ties, 1, "Smallest; ties share the gradient equally.",
             flat=lambda m, xs, z: [x > z for x in xs]),
        Nary("dot", _dot, _dot_partials, 0, "x1*y1 + x2*y2 + ..."),
        Nary(
            "norm", lambda m, xs: _length(m, xs), _norm_partials, 1,
            "Euclidean length; its gradient at 0 is 0.", of_square=lambda m, xs, z: [*xs],
        ),
        Nary("logsumexp", _logsumexp, _logsumexp_partials, 1, "log(exp(x1) + exp(x2) + ...)."),
        Nary("softmax", _softmax, _softmax_partials, 1, "exp(x) over the sum of all exp(x).", 1),
        Nary("log_softmax", _log_softmax, _log_softmax_partials, 1, "log(softmax(x)).", 1),
        Nary("var", _var, _var_partials, 1, "Variance, over n - ddof.", 1),
        Nary(
            "std", _std, _std_partials, 1,
            "Standard deviation, over n - ddof; 0 has gradient 0.", 1,
            of_square=lambda m, xs, z, ddof: [x / _freedom(xs, ddof) for x in _deviations(m, xs)],
        ),
    )
}
