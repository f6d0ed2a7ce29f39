"""Search by points that leave no gap, a quick look at each, and the simplest failing point."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import numpy as np

from autograd import functions
from autograd.checking.domains import SIMPLE, SPECIAL, Domain
from autograd.checking.inputs import Inputs, kinds_of
from autograd.nodes import is_real, plain
from autograd.tensors.tensor import Tensor
from autograd.transforms import grad
from autograd.trees import flatten
from autograd.value import NUMBER, Value

Point = tuple[Any, ...]
"""Arguments of a function."""
CORNERS = 125
"""Largest number of combinations of special numbers."""
TIES = 30
"""Number of values each, twice, at which two arguments are made equal, and opposite."""
USUAL = 0.75
"""Part of all points that is spread evenly; the rest is spread over magnitudes."""
STEPS = (1e-4, 1e-6, 1e-8)
"""Relative steps of the quick differences: a point is odd only if all find it so."""
SMALL = 1e-3
"""Size as which smaller numbers are moved."""
ODD = 1e-3
"""Smallest relative error of a gradient that gets a full check."""
ROUNDING = 16 * 2.0**-52
"""Difference, beside values of size 1, that may be rounding."""
TRIALS = 500
"""Largest number of checks spent on making a failure simpler."""
LARGE = 16
"""Largest number of elements of an array that is made simpler."""


def points(
    domains: Sequence[Domain | None], pool: Sequence[Point], n: int, random: Random
) -> Iterator[Point]:
    """Iterate over corners and ties, and about n points, one in each stratum of each argument.

    Strata are joined in random order (a Latin hypercube: McKay, Beckman, Conover 1979), but only
    one argument at a time is tiny or huge, as it would hide the others. Arguments without a domain,
    and the shapes of arrays, are those of the points in the pool.
    """
    even = int(USUAL * n)
    usual = [None if d is None else _endless(d.evenly(even, random), random) for d in domains]
    rest = max(1, int((1 - USUAL) * n / max(1, sum(d is not None for d in domains))))
    extreme = [
        None if d is None else _endless(d.simple + d.extremes(rest, random), random)
        for d in domains
    ]
    partners = itertools.cycle(pool)

    def drawn(supplies: Sequence[Iterator[float] | None]) -> list[Any]:
        return [_filled(x, supply) for x, supply in zip(next(partners), supplies)]

    for places, values in _special(domains, pool[0], random):
        point = drawn(usual)
        for k, x in zip(places, values):
            point[k] = x
        yield tuple(point)
    for _ in range(even if any(domains) else 0):
        yield tuple(drawn(usual))
    for k, supply in enumerate(extreme):
        for _ in range(rest if supply else 0):
            yield tuple(drawn([*usual[:k], supply, *usual[k + 1 :]]))


def _endless(sample: list[float], random: Random) -> Iterator[float]:
    random.shuffle(sample)
    return itertools.cycle(sample)


def _special(
    domains: Sequence[Domain | None], model: Point, random: Random
) -> Iterator[tuple[Sequence[int], Sequence[float]]]:
    """Iterate over values for some number arguments: corners of all, and ties of each two."""
    inside = {k: d for k, d in enumerate(domains) if d and isinstance(model[k], float)}
    corners = itertools.product(*([x for x in SPECIAL if x in d] for d in inside.values()))
    for corner in itertools.islice(corners, CORNERS if inside else 0):
        yield tuple(inside), corner
    for pair in itertools.combinations(inside, 2):
        first, second = (inside[k] for k in pair)
        for sign in (1.0, -1.0):
            values = first.evenly(TIES, random) + first.simple + first.extremes(TIES, random)
            ties = [x for x in values if sign * x in second]
            yield from ((pair, (x, sign * x)) for x in ties)


def _filled(x: Any, supply: Iterator[float] | None) -> Any:
    """Return a number, or an array of the shape of x, from the supply; without one, x."""
    if supply is None:
        return x
    if isinstance(x, np.ndarray):
        taken = [next(supply) for _ in range(x.size)]
        return np.array(taken, np.float64).reshape(x.shape).astype(x.dtype)
    return next(supply)


class Quick:
    """Function and its gradient, for a quick look at whether the two agree.

    Without `derivative` the gradient is the engine's; for order 2 it is that of the derivative
    along one direction. Options, such as ints beside floats, stay what they are, as in `gradcheck`.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        derivative: Callable[..., Any] | None = None,
        order: int = 1,
        random: Random | None = None,
    ) -> None:
        self.random, self.derivative = random or Random(0), derivative
        self._f = _number(f) if order == 1 else _slope(_number(f))
        self._given = f, derivative, order

    def __reduce__(self) -> Any:
        return Quick, self._given

    def value(self, *point: Any) -> float:
        """Return f as a number, of an array the weighted sum; nan where it raises as `math`."""
        if self.derivative is None:
            leaves, rebuild = flatten(point)
            given = [_leaf(x) if is_moved else x for x, is_moved in zip(leaves, _moved(point))]
            return float(plain(self._f(*rebuild(given))))
        try:
            return float(plain(self._f(*point)))
        except (ArithmeticError, ValueError):
            return math.nan

    def gradient(self, point: Point) -> list[Any]:
        """Return the gradient by each of the numbers and arrays of a point that are no options."""
        if self.derivative is None:
            parts = flatten(grad(self._f, argnums=_places(point))(*point))[0]
        else:
            found = self.derivative(*point)
            inputs = None if all(_moved(point)) else Inputs(self.derivative, point)
            parts = inputs.parts(found, "") if inputs else flatten(found)[0]
        return [np.asarray(plain(g), np.float64) for g in parts]

    def is_outside(self, point: Point) -> bool:
        """Return whether f is not finite at a point; other errors are left to the check."""
        try:
            return not math.isfinite(self.value(*point))
        except Exception:
            return False

    def is_odd(self, point: Point) -> bool:
        """Return whether the gradient at a point misses coarse differences, or can't be had."""
        if self.is_outside(point):
            return False
        leaves, rebuild = flatten(point)

        def along(i: int, moved: Any) -> float:
            return self.value(*rebuild([*leaves[:i], moved, *leaves[i + 1 :]]))

        try:
            moved = [i for i, is_moved in enumerate(_moved(point)) if is_moved]
            return any(
                self._is_missed(along, i, leaves[i], g) for i, g in zip(moved, self.gradient(point))
            )
        except Exception:
            return True

    def _is_missed(self, along: Callable[[int, Any], float], i: int, x: Any, g: Any) -> bool:
        """Return whether differences at all steps miss a gradient, the finest by the same amount.

        An array is moved along a random direction. Differences that miss by two amounts show
        rounding, or an oscillation, and decide nothing.
        """
        if not is_real(x) or not np.size(x):
            return False
        if not np.isfinite(g).all():
            return True
        array = np.asarray(x, np.float64)
        signed, sized = self.random.choice, self.random.uniform
        signs = [signed((-1, 1)) * sized(0.5, 1.5) for _ in range(array.size)]
        direction = np.maximum(np.abs(array), SMALL) * np.reshape(signs, array.shape)
        off: list[float] = []
        for step in STEPS:
            above, below = (np.asarray(array + s * direction) for s in (step, -step))
            high, low = (along(i, a.item() if isinstance(x, NUMBER) else a) for a in (above, below))
            difference, expected = high - low, float(np.sum(g * (above - below)))
            size = max(abs(difference), abs(expected))
            if abs(difference - expected) <= ODD * size:
                return False
            is_inside = math.isfinite(difference)  # which coarse steps may leave
            if is_inside and not size <= ROUNDING * max(1.0, abs(high), abs(low)):
                off.append((difference - expected) / step)
        return len(off) > 1 and abs(off[-1] - off[-2]) <= 0.25 * abs(off[-1])


def _slope(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return the derivative of f along a fixed direction."""

    def slope(*xs: Any) -> Any:
        rates, _ = flatten(grad(f, argnums=_places(xs))(*xs))
        return sum((0.5 + (0.618 * i) % 1.0) * functions.sum(g) for i, g in enumerate(rates))

    return slope


def _moved(point: Point) -> list[bool]:
    """Return of each number, array or other object in a point whether it is no option."""
    if {*map(type, point)} == {float}:
        return [True] * len(point)
    kinds = [kind for x in point for kind in kinds_of(x)]
    kind = "f" if "f" in kinds else "i"
    return [own == kind for own in kinds]


def _places(point: Point) -> tuple[int, ...]:
    """Return the places of the arguments that are no options."""
    _, rebuild = flatten(point)
    return tuple(i for i, tree in enumerate(rebuild(_moved(point))) if any(flatten(tree)[0]))


def _leaf(x: Any) -> Any:
    return Value(float(x)) if isinstance(x, NUMBER) else Tensor(x) if is_real(x) else x


def _number(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return f, but of an array the sum with unequal weights."""

    def number(*xs: Any) -> Any:
        y = f(*xs)
        if not getattr(y, "shape", ()):
            return y
        weights = 0.5 + (0.7548776662466927 * np.arange(1, y.size + 1)) % 1.0
        return functions.sum(y * np.reshape(weights, y.shape))

    return number


def simplest(
    point: Point, domains: Sequence[Domain | None], fails: Callable[[Point], bool]
) -> Point:
    """Return a point that fails as the given one does, with numbers that are short to write.

    Numbers that are equal, or opposite, are made simpler together, and then each on its own.
    """
    flat: list[float] = []
    inside: list[Domain] = []
    for x, d in zip(point, domains):
        if d is not None and np.size(x) <= LARGE:
            flat += np.ravel(x).tolist()
            inside += [d] * np.size(x)
    trials = itertools.count()

    def packed(values: Sequence[float]) -> Point:
        rest = iter(values)
        return tuple(
            _filled(x, rest if d is not None and np.size(x) <= LARGE else None)
            for x, d in zip(point, domains)
        )

    def is_simplified(places: list[int]) -> bool:
        first = flat[places[0]]
        for simple in _simpler(first):
            new = list(flat)
            for i in places:
                new[i] = math.copysign(1.0, flat[i] * first) * simple
            is_inside = all(x in d for x, d in zip(new, inside))
            if is_inside and next(trials) < TRIALS and fails(packed(new)):
                flat[:] = new
                return True
        return False

    improving = True
    while improving:
        sizes = list(dict.fromkeys(map(abs, flat)))
        together = [[i for i, x in enumerate(flat) if abs(x) == size] for size in sizes]
        alone = [[i] for i in range(len(flat))]
        improving = sum(map(is_simplified, together + alone)) > 0
    return packed(flat)


def _simpler(x: float) -> list[float]:
    """Return numbers that are shorter to write than x, the simplest first.

    The nearest of each length is among them, and some of each size between 1 and its own.
    """
    magnitude = math.floor(math.log10(abs(x))) if x else 0
    sizes = range(1, magnitude + 1) if magnitude > 0 else range(-1, magnitude - 1, -1)
    rounded = [math.copysign(float(f"{d}e{m}"), x) for m in sizes for d in (1, 2, 5)]
    rounded = [y for y in rounded if abs(y) < abs(x) or magnitude < 0]
    for digits in range(1, 17):
        half = 0.5 * math.pow(10.0, magnitude + 1 - digits)
        rounded += [float(f"{y:.{digits}g}") for y in (x, x + half, x - half)]
    candidates = list(dict.fromkeys([*SIMPLE, *rounded]))
    return candidates[: candidates.index(x)] if x in candidates else candidates
