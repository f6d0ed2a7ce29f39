"""Polynomials as arrays of coefficients."""

from typing import Any

import numpy as np

from tests.tensor_table import ANY, PLUS, Example, Operand, Source, of, operation


@operation("polyval")
def _(d: Source) -> Example:
    return of(lambda m, p, x: m.polyval(p, x), (d.size(least=1),), d.shape())


@operation("polyadd")
def _(d: Source) -> Example:
    return of(lambda m, p, q: m.polyadd(p, q), (d.size(),), d.choice((), (d.size(),)))


@operation("polysub")
def _(d: Source) -> Example:
    return of(lambda m, p, q: m.polysub(p, q), d.choice((), (d.size(),)), (d.size(),))


@operation("polymul")
def _(d: Source) -> Example:
    return of(lambda m, p, q: m.polymul(p, q), (d.size(least=1),), (d.size(least=1),))


@operation("polydiv")
def _(d: Source) -> Example:
    k, remains = d.integer(1, 3), d.choice(True, False)

    def f(m: Any, p: Any, q: Any) -> Any:
        quotient, rest = m.polydiv(p, q)
        return m.sum(rest) if remains else quotient  # in float32 rest may have a 0 in front

    return of(f, (k + d.integer(0, 2),), (k,))


@operation("polyder")
def _(d: Source) -> Example:
    order = d.integer(0, 2)
    return of(lambda m, p: m.polyder(p, order), (d.integer(1, 4),))


@operation("polyint")
def _(d: Source) -> Example:
    order = d.integer(0, 2)
    return of(lambda m, p: m.polyint(p, order), (d.size(),))


@operation("polyint with constants", roads=("package",))
def _(d: Source) -> Example:
    return of(lambda m, p, k: m.polyint(p, 2, k=k), (d.size(),), (d.integer(1, 2),))


@operation("vander")
def _(d: Source) -> Example:
    count, increasing = d.choice(None, 0, 1, 2, 4), d.choice(True, False)
    return of(lambda m, x: m.vander(x, count, increasing), (d.size(),))


@operation("poly", repeats=False)
def _(d: Source) -> Example:
    n = d.size(least=1)
    return of(lambda m, x: m.poly(x), d.choice((n,), (n,), (n, n)))


@operation("polyfit", repeats=False)
def _(d: Source) -> Example:
    n, k = d.integer(3, 5), d.size(least=1)
    degree, weighted = d.integer(0, 2), d.choice(True, False)
    columns = d.choice((), (k,))

    def f(m: Any, x: Any, y: Any, *w: Any) -> Any:
        x = x + np.arange(3.0 * n)[::3]
        return m.polyfit(x, y, degree, w=w[0] if w else None)

    weights = [Operand((n,), PLUS)] * weighted
    return Example(f, (Operand((n,)), Operand((n, *columns)), *weights))


@operation("polyfit with more", repeats=False)
def _(d: Source) -> Example:
    more: dict[str, Any] = d.choice({"cov": True}, {"cov": "unscaled"}, {"full": True})
    columns = d.choice((), (2,))

    def f(m: Any, x: Any, y: Any) -> Any:
        return m.polyfit(x + np.arange(0.0, 15.0, 3.0), y, 1, **more)[1] * m.sum(y * y)

    return of(f, (5,), (5, *columns))


@operation("roots", repeats=False)
def _(d: Source) -> Example:
    """Of polynomials with roots near -2, -1, 1, 2, beside which there may be zeros."""
    n, before, after = d.integer(1, 3), d.integer(0, 1), d.integer(0, 1)
    p = np.poly(np.array([-2.0, 1.0, 2.0])[:n])

    def f(m: Any, x: Any) -> Any:
        return m.roots(m.pad(p + 0.05 * x, (before, after)))

    return Example(f, (Operand((n + 1,), ANY),))
