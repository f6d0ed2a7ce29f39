"""Rows as functions of JavaScript, for nodes of each kind: values, and partial derivatives."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from autograd.arithmetic.floats import Ieee, floats
from autograd.compiling.javascript.printing import statements
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Builder, Instruction, Program
from autograd.compiling.rows import FLATS, PARTIALS, VALUES, Number, Numbers
from autograd.rules import elementary
from autograd.rules.elementary import Elementary
from autograd.rules.nary import NARY
from autograd.rules.row import Scalar

MOST_VARIANTS = 8
"""Most programs of one row of many operands, each for another side of its choices."""
MOST_TRIED = 40
"""Most points at which other sides are looked for."""

ARRANGED: dict[Any, bool] = {
    NARY["softmax"]: True,
    NARY["log_softmax"]: True,
    NARY["logsumexp"]: True,
    NARY["max"]: True,
    NARY["min"]: False,
}
"""Rows that look for their largest operand, or smallest; they are given it first.

So one program serves whichever it is. The operand of the index that a row has comes next.
"""


def arranged(row: Scalar, xs: Sequence[float], *index: int) -> list[float]:
    """Return operands in the order in which a row that is `ARRANGED` gets them."""
    sign = 1.0 if ARRANGED[row] else -1.0
    first = max(range(len(xs)), key=lambda i: sign * xs[i])
    order = dict.fromkeys([first, *index, *range(len(xs))])
    return [xs[i] for i in order]


def is_formula(row: Any) -> bool:
    """Return whether a row of numbers has formulas, and no derivative of a user's own."""
    return isinstance(row, Scalar) and not row.is_custom


class Kernels:
    """Functions of rows, each once, with programs for the sides that their choices may take."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._programs: list[dict[Any, Program]] = []
        self._prints: list[Callable[[Program], str]] = []

    def value(self, row: Scalar, xs: Sequence[float], *options: Any) -> int:
        """Return the number of a function that writes the value of a row."""
        count = 1 if row is elementary.where else len(xs)
        return self._known(
            (row, "value", count, *options),
            lambda: value_programs(row, xs, options),
            lambda program: _function(program, "s=c.values", range(1, 1 + count), ["s[p[0]]"]),
        )

    def primitive(self, op: str) -> int:
        """Return the number of a function that writes a primitive."""
        count = PRIMITIVES[op].arity
        program = Program(count, (), [Instruction(op, tuple(range(count)))], (count,))
        return self._known(
            (op,),
            lambda: iter([program]),
            lambda program: _function(program, "s=c.values", range(1, 1 + count), ["s[p[0]]"]),
        )

    def slopes(self, row: Scalar, kind: str, xs: Sequence[float], *options: Any) -> int:
        """Return the number of a function that writes partials by operands of kind "v", and flats.

        Flats tell which operands a choice leaves out.
        """
        targets = [f"{array}[{k}]" for array in "df" for k in range(kind.count("v"))]
        return self._known(
            (row, kind, len(xs), *options),
            lambda: slope_programs(row, kind, xs, options),
            lambda program: _function(
                program, "s=c.values,d=c.slopes,f=c.flats", range(program.inputs), targets
            ),
        )

    def _known(
        self,
        key: tuple[Any, ...],
        programs: Callable[[], Iterator[Program]],
        prints: Callable[[Program], str],
    ) -> int:
        """Return the number of a function, with the program of this point and those of others."""
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._programs)
            self._programs.append({})
            self._prints.append(prints)
            several: Iterable[Program] = itertools.islice(programs(), MOST_TRIED)
        elif any(not program.guards for program in self._programs[number].values()):
            return number
        else:
            several = [next(programs())]
        known = self._programs[number]
        for program in several:
            known.setdefault((*program.code, *program.guards), program)
            if not program.guards or len(known) == MOST_VARIANTS:
                break
        return number

    def texts(self) -> list[str]:
        """Return an array of JavaScript for each function: what to try, one after the other."""
        return [
            f"[{','.join(map(prints, programs.values()))}]"
            for prints, programs in zip(self._prints, self._programs)
        ]


def _function(program: Program, names: str, places: Sequence[int], targets: Sequence[str]) -> str:
    lines, outputs = statements(program, [f"s[p[{k}]]" for k in places], "return 1;")
    body = [f"const {names};", *lines]
    body += [f"{target} = {x};" for target, x in zip(targets, outputs)]
    return f"(c,p)=>{{{''.join(body)}}}"


def value_programs(row: Scalar, xs: Sequence[float], options: Sequence[Any]) -> Iterator[Program]:
    """Iterate over programs of the value of a row: at a point, and at points on other sides."""
    builder = Builder(len(xs))
    if row is elementary.where:
        yield Builder(1).program([0])
    elif isinstance(row, Elementary):
        yield builder.program(VALUES[row](builder.emit, builder.constant, *range(len(xs))))
    else:
        for point in _points(row, xs):
            yield _followed(point, lambda m, given: m.numbers(row, "value_of", given, *options))


def slope_programs(
    row: Scalar, kind: str, xs: Sequence[float], options: Sequence[Any]
) -> Iterator[Program]:
    """Iterate over programs of z and the operands: the partials, and what is left out."""
    chosen = [i for i, k in enumerate(kind) if k == "v"]
    flats: Sequence[int] = ()
    if row is elementary.where:
        yield _constant(1.0)
    elif isinstance(row, Elementary):
        builder = Builder(1 + len(xs))
        partials = PARTIALS[row, kind](builder.emit, builder.constant, *range(1 + len(xs)))
        if row.flat:
            every = FLATS[row](builder.emit, builder.constant, *range(1, 1 + len(xs)))
            flats = [every[i] for i in chosen]
        yield builder.program([*partials, *flats])
    else:

        def follow(m: Numbers, given: Sequence[Number]) -> list[int]:
            z, *operands = given
            found = m.numbers(row, "partials_of", operands, z, *options)
            flats = m.numbers(row, "flats_of", operands, z) if row.flat else []
            return [every[i] for every in (found, flats) if every for i in chosen]

        for point in _points(row, xs):
            yield _followed(
                [float(row.value_of(floats, [*map(Ieee, point)], *options)), *point], follow
            )


def _constant(x: float) -> Program:
    builder = Builder(2)
    return builder.program([builder.constant(x)])


def _followed(
    xs: Sequence[float], follow: Callable[[Numbers, Sequence[Number]], list[int]]
) -> Program:
    """Return the program of a row that chooses by an `if`, as it goes at a point."""
    builder = Builder(len(xs))
    given = [Number(builder, i, float(x)) for i, x in enumerate(xs)]
    return builder.program(follow(Numbers(builder), given))


def _points(row: Scalar, xs: Sequence[float]) -> Iterator[Sequence[float]]:
    """Iterate over a point, and others on the sides of a row's choices."""
    yield xs
    for point in _candidates(len(xs)):
        yield arranged(row, point) if row in ARRANGED else point


def _candidates(n: int) -> Iterator[list[float]]:
    """Iterate over points on sides of a row's choices: ordinary ones, ties, zeros, infinities."""
    inf = float("inf")
    for sign in (1.0, -1.0):
        yield [sign * (n - i) for i in range(n)]
        yield [sign * (1.0 + i) for i in range(n)]
    yield [0.0] * n
    yield [1.0] * n
    for i, j in itertools.combinations(range(min(n, MOST_VARIANTS)), 2):
        for sign in (1.0, -1.0):
            yield [sign * (2.0 if k in (i, j) else 1.0 - k / (2 * n)) for k in range(n)]
    for x in (inf, -inf, float("nan")):
        for k in range(min(n, 4)):
            yield [x if i == k else 1.0 for i in range(n)]
    yield [-inf] * n
