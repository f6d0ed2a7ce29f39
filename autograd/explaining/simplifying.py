"""Simplification of formulas, as a textbook has them; it holds where both sides are finite."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Container, Mapping
from typing import Any

from autograd.arithmetic import base
from autograd.arithmetic.floats import evaluate
from autograd.formulas.formula import ONE, Formula, Tracer, number
from autograd.rules import elementary
from autograd.rules.elementary import TABLE

ZERO = number(0)
COMPARISONS = base.COMPARISONS | {"eq": operator.eq}
SPELLED_OUT = ("square", "reciprocal", "pos", "scale", "side", "bell", "lorentzian")
"""Rows that read best as the arithmetic that they are."""
LONG = 5000
"""Number of operations above which formulas are not multiplied out."""
SHORT = 20
"""Largest size of branches that are compared for equality in two forms."""
MOST_TERMS = 32
"""Largest number of terms of a sum made by multiplying out."""
FOLDED = ("abs", "sqrt", "floor", "ceil", "trunc", "round", "sign", "maximum", "minimum", "mod")
"""Functions that make a short number of short numbers."""
SYMBOLS = {
    number(elementary.LN2): ("log(2)", r"\ln 2"),
    number(elementary.LOG2_E): ("(1 / log(2))", r"\frac{1}{\ln 2}"),
    number(elementary.LOG10_E): ("(1 / log(10))", r"\frac{1}{\ln 10}"),
    number(elementary.HALF_ROOT): ("sqrt(0.5)", r"\sqrt{\frac{1}{2}}"),
    number(elementary.TWO_OVER_ROOT_PI): ("(2 / sqrt(pi))", r"\frac{2}{\sqrt{\pi}}"),
    number(elementary.ONE_OVER_ROOT_2PI): ("(1 / sqrt(2 * pi))", r"\frac{1}{\sqrt{2 \pi}}"),
    number(elementary.ROOT_2_OVER_PI): ("sqrt(2 / pi)", r"\sqrt{\frac{2}{\pi}}"),
    number(math.pi): ("pi", r"\pi"),
    number(math.e): ("e", "e"),
}
"""Constants that have a better name than their digits, in text and in LaTeX."""


FORMULAS = Tracer()


def value_of(f: Formula) -> float | None:
    """Return the number that a formula is; None where it is more than a number."""
    if f.op == "number":
        return float(f.arguments[0])
    if f.op == "neg":
        x = value_of(f.arguments[0])
        return None if x is None else -x
    if f.op == "div":
        x, y = map(value_of, f.arguments)
        return None if x is None or y is None or y == 0 else x / y
    return None


def in_order(f: Formula, known: Container[Formula] = frozenset()) -> list[Formula]:
    """Return a formula and its parts, each once, operands first; without those that are known."""
    order: dict[Formula, None] = {}
    stack = [(f, False)]
    while stack:
        g, is_done = stack.pop()
        if is_done:
            order[g] = None
        elif g not in order and g not in known:
            stack.append((g, True))
            if g.op not in ("name", "number"):
                stack.extend((a, False) for a in reversed(g.arguments))
    return list(order)


def shorter(f: Formula, g: Formula) -> Formula:
    """Return the formula that takes less to write."""
    return g if g.size < f.size else f


def expanded(f: Formula) -> Formula:
    """Return an equal formula with products of short sums multiplied out."""
    done: dict[Formula, Formula] = {}
    for g in in_order(f):
        if g.op in ("name", "number"):
            done[g] = g
            continue
        xs = [done[a] for a in g.arguments]
        if g.op in ("mul", "div"):
            right = _terms(xs[1]) if g.op == "mul" else [(xs[1], 1.0)]
            pairs = [(a, b) for a in _terms(xs[0]) for b in right]
            if 1 < len(pairs) <= MOST_TERMS:
                total: Formula | None = None
                for (x, sign), (y, other) in pairs:
                    product = x * y if g.op == "mul" else x / y
                    product = product if sign == other else -product
                    total = product if total is None else total + product
                assert total is not None
                done[g] = total
                continue
        done[g] = Formula(g.op, *xs)
    return simplified(done[f])


# To simplify: sums as terms with coefficients, products as factors with whole exponents


Ratio = tuple[float, float]
Factors = dict[Formula, int]


def simplified(f: Formula) -> Formula:
    """Return an equal, simplified formula."""
    simple: dict[Formula, Formula] = {}
    rank: dict[Formula, int] = {}  # in which order things were met, so that x*y and y*x are one

    for g in in_order(f):
        simple[g] = h = g if g.op == "name" else _simple(g, simple, rank)
        for part in in_order(h, rank):
            rank[part] = len(rank)
    return simple[f]


def _simple(f: Formula, simple: Mapping[Formula, Formula], rank: Mapping[Formula, int]) -> Formula:
    if f.op == "number":
        return _folded(f)
    xs = [simple[a] for a in f.arguments]
    if f.op in SPELLED_OUT:
        return simplified(TABLE[f.op].value(FORMULAS, *xs))
    if f.op in ("add", "sub"):
        return _sum([(xs[0], 1.0), (xs[1], 1.0 if f.op == "add" else -1.0)])
    if f.op == "neg":
        return (
            _sum([(xs[0], -1.0)])
            if xs[0].op in ("add", "sub")
            else _product([(xs[0], 1)], -1.0, rank)
        )
    if f.op in ("mul", "div"):
        return _product([(xs[0], 1), (xs[1], 1 if f.op == "mul" else -1)], 1.0, rank)
    if f.op == "pow":
        return _power(xs[0], xs[1], rank)
    if f.op == "where":
        return _choice(*xs)
    numbers = [value_of(x) for x in xs]
    if f.op in COMPARISONS:
        return _comparison(f.op, xs, numbers)
    known = [x for x in numbers if x is not None]
    if len(known) == len(xs) and f.op in TABLE:
        z, _ = evaluate(TABLE[f.op], *known)
        if float(z).is_integer() and (f.op in FOLDED or set(known) <= {0.0, 1.0}):
            return number(z + 0.0)
    return Formula(f.op, *xs)


def _folded(f: Formula) -> Formula:
    """Return a number, a negative one as the negative of another."""
    x = float(f.arguments[0])
    return -number(-x) if x < 0 else number(abs(x)) if x == 0 else f


def _comparison(op: str, xs: list[Formula], numbers: list[float | None]) -> Formula:
    x, y = numbers
    if x is not None and y is not None:
        return number(COMPARISONS[op](x, y))
    if op == "le" and y == 0 and xs[0].op == "relu":
        return simplified(Formula("le", xs[0].arguments[0], ZERO))
    if op == "le" and y == 0 and _is_positive(xs[0]):
        return ZERO
    core = _split(xs[0])[1]
    if op == "le" and y == 0 and core.op == "abs":
        return Formula("eq", core.arguments[0], ZERO)
    return Formula(op, *xs)


def _is_positive(f: Formula) -> bool:
    x = value_of(f)
    if x is not None:
        return x > 0
    if f.op == "abs":
        return _is_positive(f.arguments[0])
    if f.op == "add":
        p, q = f.arguments
        either = _is_positive(p) and _is_size(q), _is_positive(q) and _is_size(p)
        return any(either)
    return f.op in ("exp", "cosh") or (f.op == "pow" and _is_positive(f.arguments[0]))


def _is_size(f: Formula) -> bool:
    return f.op == "abs" or _is_positive(f)


def _choice(condition: Formula, x: Formula, y: Formula) -> Formula:
    truth = value_of(condition)
    if truth is not None:
        return x if truth else y
    if y.op == "where" and y.arguments[0] is condition:
        y = y.arguments[2]
    if x is y or (max(x.size, y.size) <= SHORT and expanded(x) is expanded(y)):
        return shorter(x, y)  # two forms of one formula, for the sake of digits
    return Formula("where", condition, x, y)


def _terms(f: Formula) -> list[tuple[Formula, float]]:
    """Return the summands of a simple formula, each with its sign."""
    found: list[tuple[Formula, float]] = []
    stack = [(f, 1.0)]
    while stack:
        g, sign = stack.pop()
        if g.op in ("add", "sub"):
            stack += [(g.arguments[1], sign if g.op == "add" else -sign), (g.arguments[0], sign)]
        elif g.op == "neg":
            stack.append((g.arguments[0], -sign))
        else:
            found.append((g, sign))
    return found


def _sum(parts: list[tuple[Formula, float]]) -> Formula:
    """Return a sum with signs; equal terms are collected, and choices by one condition."""
    total: dict[Formula, Ratio] = {}
    for part, sign in parts:
        for term, own in _terms(part):
            ratio, core = _split(term)
            n, d = total.get(core, (0.0, 1.0))
            m, e = sign * own * ratio[0], ratio[1]
            total[core] = _reduced(n + m if d == e else n * e + m * d, d if d == e else d * e)
    terms = [(core, n, d) for core, (n, d) in total.items() if n != 0]
    if not terms:
        return ZERO
    choices = Counter(core.arguments[0] for core, _, _ in terms if core.op == "where")
    if any(count > 1 for count in choices.values()):
        return _sum(_together(terms, choices))
    first = next((i for i, (_, n, _) in enumerate(terms) if n > 0), 0)
    terms.insert(0, terms.pop(first))
    found: Formula | None = None
    for core, n, d in terms:
        term = _times((abs(n), d), core)
        if found is None:
            found = term if n > 0 or n != n else -term
        else:
            found = found + term if n > 0 or n != n else found - term
    assert found is not None
    return found


def _together(
    terms: list[tuple[Formula, float, float]], choices: Counter[Formula]
) -> list[tuple[Formula, float]]:
    """Return terms where those that choose by the same condition are one."""
    found: list[tuple[Formula, float]] = []
    sides: dict[Formula, tuple[list[Any], list[Any]]] = {}
    for core, n, d in terms:
        sign = -1.0 if n < 0 else 1.0
        if core.op != "where" or choices[core.arguments[0]] == 1:
            found.append((_times((abs(n), d), core), sign))
            continue
        condition, *branches = core.arguments
        for side, branch in zip(sides.setdefault(condition, ([], [])), branches):
            side.append((_product([(branch, 1)], n / d, {}), 1.0))
    return [*found, *((_choice(c, _sum(x), _sum(y)), 1.0) for c, (x, y) in sides.items())]


def _split(f: Formula) -> tuple[Ratio, Formula]:
    """Return the coefficient of a simple formula, and the rest."""
    if f.op == "number" and f not in SYMBOLS:
        return (float(f.arguments[0]), 1.0), ONE
    if f.op == "mul":
        (n, d), rest = _split(f.arguments[0])
        if rest is not f.arguments[0]:
            return (n, d), f.arguments[1] if rest is ONE else rest * f.arguments[1]
    if f.op == "div":
        (n, d), over = _split(f.arguments[0])
        (m, e), under = _split(f.arguments[1])
        if over is not f.arguments[0] or under is not f.arguments[1]:
            return (n * e, d * m), over if under is ONE else over / under
    return (1.0, 1.0), f


def _times(ratio: Ratio, core: Formula) -> Formula:
    """Return a positive coefficient times the rest, which may be a product or a quotient."""
    n, d = ratio
    if core is ONE:
        return number(n) if d == 1 else number(n) / number(d)
    over: Formula
    under: Formula | None
    over, under = core.arguments if core.op == "div" else (core, None)
    if n != 1:
        over = number(n) if over is ONE else _before(number(n), over)
    if d != 1:
        under = number(d) if under is None else _before(number(d), under)
    return over if under is None else over / under


def _before(n: Formula, f: Formula) -> Formula:
    """Return n * f with n leftmost."""
    factors = [f]
    while factors[0].op == "mul":
        factors[:1] = factors[0].arguments
    product = n
    for factor in factors:
        product = product * factor
    return product


def _reduced(n: float, d: float) -> Ratio:
    """Return a ratio of whole numbers in lowest terms; others are divided."""
    if d == 1:
        return n, d
    if n.is_integer() and d.is_integer() and max(abs(n), abs(d)) < 2**53:
        common = math.gcd(int(n), int(d)) or 1
        return math.copysign(1.0, d) * n / common, abs(d) / common
    return (n / d if d else math.nan), 1.0


def _factors(f: Formula, power: int, into: Factors) -> Ratio:
    """Split a simple formula into factors; return the coefficient."""
    n = d = 1.0
    stack = [(f, power)]
    while stack:
        g, p = stack.pop()
        if g.op == "mul":
            stack += [(g.arguments[1], p), (g.arguments[0], p)]
        elif g.op == "div":
            stack += [(g.arguments[1], -p), (g.arguments[0], p)]
        elif g.op == "neg":
            n = -n if p % 2 else n
            stack.append((g.arguments[0], p))
        elif g.op == "number" and g not in SYMBOLS and _is_finite_power(g, p):
            x = float(g.arguments[0]) ** abs(p)
            n, d = (n * x, d) if p > 0 else (n, d * x)
        elif g.op == "pow" and (whole := _whole(g.arguments[1])) is not None:
            stack.append((g.arguments[0], p * whole))
        elif g is not ONE:
            into[g] = into.get(g, 0) + p
    return n, d


def _is_finite_power(f: Formula, p: int) -> bool:
    x = float(f.arguments[0])
    return (p > 0 or x != 0) and (x in (0, 1) or abs(p) * abs(math.log(abs(x))) < 700)


def _whole(f: Formula) -> int | None:
    x = value_of(f)
    return int(x) if x is not None and abs(x) < 1e6 and x.is_integer() else None


def _product(
    parts: list[tuple[Formula, int]], coefficient: float, rank: Mapping[Formula, int]
) -> Formula:
    """Return a product of powers of formulas."""
    factors: Factors = {}
    n, d = coefficient, 1.0
    for part, power in parts:
        m, e = _factors(part, power, factors)
        n, d = n * m, d * e
    n, d = _reduced(n, d)
    if n == 0:
        return ZERO
    if math.isnan(n) or d == 0:
        return number(math.nan)
    switch = next((g for g, p in factors.items() if p == 1 and _is_switch(g)), None)
    if switch is not None and (len(factors) > 1 or (n, d) != (1, 1)):
        condition, x, y = switch.arguments
        rest = [(g, p) for g, p in factors.items() if g is not switch]
        on = _product([(y if x is ZERO else x, 1), *rest], n / d, rank)
        return Formula("where", condition, *((ZERO, on) if x is ZERO else (on, ZERO)))
    alone = [g for g, p in factors.items() if p]
    if abs(n) == d == 1 and len(alone) == 1 and factors[alone[0]] == 1:
        (only,) = alone
        return only if n > 0 else _sum([(only, -1.0)]) if only.op in ("add", "sub") else -only

    def order(item: tuple[Formula, int]) -> tuple[Any, ...]:
        g = item[0]
        kind = {"number": 0, "name": 1}.get(g.op, 2)
        return kind, g.size, g.arguments[0] if kind < 2 else "", rank.get(g, 0)

    over = under = ONE
    for g, p in sorted(factors.items(), key=order):
        factor = g if abs(p) == 1 else Formula("pow", g, number(abs(p)))
        if p > 0:
            over = factor if over is ONE else over * factor
        elif p < 0:
            under = factor if under is ONE else under * factor
    core = over if under is ONE else over / under
    found = _times((abs(n), d), core)
    return found if n > 0 else -found


def _is_switch(f: Formula) -> bool:
    """Return whether a formula is 0 on one side of a condition."""
    return f.op == "where" and any(x is ZERO for x in f.arguments[1:])


def _power(x: Formula, y: Formula, rank: Mapping[Formula, int]) -> Formula:
    whole, base = _whole(y), value_of(x)
    if whole == 0 or base == 1:
        return ONE
    if whole is not None:
        return _product([(x, whole)], 1.0, rank)
    return Formula("pow", x, y)
