"""Rows as functions of JavaScript, each for nodes of one kind: values, and what they pull back."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd.arithmetic.floats import floats
from autograd.compiling.javascript.printing import statements
from autograd.compiling.program import Builder, Program
from autograd.compiling.rows import FLATS, PARTIALS, VALUES, Number, Numbers
from autograd.rules import elementary
from autograd.rules.elementary import Elementary
from autograd.rules.row import Scalar

MOST_VARIANTS = 16
"""Most programs of one row of many operands, each for another side of its choices."""

Variants = tuple[Program, ...]


class Kernels:
    """Functions as text, each once."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, ...], int] = {}
        self.size = 0

    def add(self, variants: Sequence[str]) -> int:
        """Return the number of a function, which is tried in variants."""
        key = tuple(variants)
        if key not in self.texts:
            self.size += sum(map(len, key))
        return self.texts.setdefault(key, len(self.texts))

    def value(self, variants: Variants, sizes: Sequence[int]) -> int:
        """Return the number of a function of operands of these sizes, the result first."""
        z, *operands = _places("s", sizes)
        return self.add(
            [_function(p, "s=c.values", [*itertools.chain(*operands)], z) for p in variants]
        )

    def slopes(self, variants: Variants, count: int, edges: int) -> int:
        """Return the number of a function of z and operands that gives partials, and flats."""
        inputs = [f"s[p[{k}]]" for k in range(1 + count)]
        targets = [f"{array}[{_plus('q', k)}]" for array in "df" for k in range(edges)]
        names = "s=c.values,d=c.partials,f=c.flats"
        return self.add([_function(p, names, inputs, targets) for p in variants])


def _plus(text: str, k: int) -> str:
    return f"{text}+{k}" if k else text


def _places(array: str, sizes: Sequence[int]) -> list[list[str]]:
    return [[f"{array}[{_plus(f'p[{k}]', j)}]" for j in range(n)] for k, n in enumerate(sizes)]


def _function(program: Program, names: str, inputs: Sequence[str], targets: Sequence[str]) -> str:
    lines, outputs = statements(program, inputs, "return 1;")
    body = [f"const {names};", *lines]
    body += [f"{target} = {x};" for target, x in zip(targets, outputs) if x != target]
    return f"(c,p,q)=>{{{''.join(body)}}}"


def is_known(row: Any) -> bool:
    """Return whether a row of numbers is a formula."""
    return isinstance(row, Scalar) and not row.is_custom


@functools.cache
def _copy() -> Variants:
    return (Builder(1).program([0]),)


def values(row: Scalar, xs: Sequence[float], *options: Any) -> Variants:
    """Return the programs of the value of a row, of operands."""
    if row is elementary.where:
        return _copy()
    if isinstance(row, Elementary):
        builder = Builder(len(xs))
        return (builder.program(VALUES[row](builder.emit, builder.constant, *range(len(xs)))),)

    def follow(numbers: Numbers, given: Sequence[Number]) -> list[int]:
        return numbers.numbers(row, "value_of", given, *options)

    return _variants(follow, [xs, *_candidates(len(xs))])


def slopes(row: Scalar, kind: str, xs: Sequence[float], *options: Any) -> Variants:
    """Return the programs of the partials by operands of kind "v", and of what they leave out."""
    if row is elementary.where:
        return (_constant(1.0),)
    chosen = [i for i, k in enumerate(kind) if k == "v"]
    if isinstance(row, Elementary):
        builder = Builder(1 + len(xs))
        partials = PARTIALS[row, kind](builder.emit, builder.constant, *range(1 + len(xs)))
        flats: Sequence[int] = ()
        if row.flat:
            every = FLATS[row](builder.emit, builder.constant, *range(1, 1 + len(xs)))
            flats = [every[i] for i in chosen]
        return (builder.program([*partials, *flats]),)

    def follow(numbers: Numbers, given: Sequence[Number]) -> list[int]:
        z, *operands = given
        found = numbers.numbers(row, "partials_of", operands, z, *options)
        if row.flat:
            found += numbers.numbers(row, "flats_of", operands, z)
        return [found[i] for i in [*chosen, *[len(xs) + i for i in chosen] * bool(row.flat)]]

    points = ([float(row.value_of(floats, p, *options)), *p] for p in [xs, *_candidates(len(xs))])
    return _variants(follow, points)


def _constant(x: float) -> Program:
    builder = Builder(2)
    return builder.program([builder.constant(x)])


def _variants(follow: Callable[[Numbers, Sequence[Number]], list[int]], points: Any) -> Variants:
    """Return the programs of a row that chooses by an `if`, recorded at points on its sides."""
    found: dict[tuple[Any, ...], Program] = {}
    for xs in points:
        builder = Builder(len(xs))
        given = [Number(builder, i, x) for i, x in enumerate(map(float, xs))]
        program = builder.program(follow(Numbers(builder), given))
        found.setdefault((program.code, program.guards), program)
        if not program.guards or len(found) == MOST_VARIANTS:
            break
    return tuple(found.values())


def _candidates(n: int) -> Iterator[list[float]]:
    """Iterate over points where another operand is the largest, or two are, or all, or infinite."""
    inf = float("inf")
    for sign in (1.0, -1.0):
        for k in range(n):
            yield [sign * (1.0 + (i - k) % n) for i in range(n)]
    yield [0.0] * n
    yield [1.0] * n
    for i, j in itertools.combinations(range(min(n, MOST_VARIANTS)), 2):
        for sign in (1.0, -1.0):
            yield [sign * (2.0 if k in (i, j) else 1.0 - k / (2 * n)) for k in range(n)]
    for x in (inf, -inf, float("nan")):
        for k in range(min(n, 4)):
            yield [x if i == k else 1.0 for i in range(n)]
