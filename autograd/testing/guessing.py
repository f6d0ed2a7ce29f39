"""Arguments at which a function can be tried with its derivative, and the domains around them."""

from __future__ import annotations

import inspect
import itertools
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from autograd.checking.domains import Domain
from autograd.checking.gradients import gradcheck
from autograd.checking.report import Verdict
from autograd.checking.subjects import TimeUp
from autograd.checking.timing import can_interrupt, time_limit
from autograd.nodes import is_real
from autograd.rules.elementary import TABLE
from autograd.testing import hints
from autograd.testing.forms import Form, forms
from autograd.testing.pairing import Pair
from autograd.testing.pasting import literal
from autograd.trees import flatten

Function = Callable[..., Any]
Shape = tuple[int, ...] | None
"""Shape of an argument, () for a number, None for an integer."""

SHAPES: tuple[Shape, ...] = ((), (3,), (2,), (4,), (5,), (4, 3), None)
SCALES = ((0.2, 0.9), (-2.0, 2.0), (1.5, 4.0), (-0.9, -0.2), (3.0, 9.0), (-9.0, -3.0))
"""Intervals of the first trials."""
INTERVALS = (
    *((-10.0, 10.0), (0.0, 10.0), (-1.0, 1.0), (0.0, 1.0), (1.0, 10.0)),
    *((-10.0, 0.0), (-1.0, 0.0), (-10.0, -1.0)),
)
"""Domains that are tried, the first ones first."""
TRIALS = 20_000
"""Most combinations of shapes."""
SAMPLES = 24
"""Numbers at which a domain is tried."""
STEP, SEEN = 1e-3, 1e-9
"""Relative step that has to change a value by a part that can be seen."""
LONGEST = 1.0
"""Seconds that one call may take."""
PATIENCE = 10.0
"""Seconds for a pair."""
MISFIT = "Type|Attribute|Index|Value.*(shape|dimension|broadcast|unpack|mismatch|size|length)"
"""Pattern of errors that tell of the kind of an argument and not of its numbers."""


class UntriedError(Exception):
    """Reason why a pair can't be tried, in one line."""


@dataclass(frozen=True)
class Guess:
    """Form that fits, with the domain of each variable and a remark on it."""

    form: Form
    domains: Mapping[str, tuple[str, str]]
    size: int
    """Number of numbers in the variables."""


def guess(pair: Pair, space: Mapping[str, Any], module: str) -> Guess:
    """Return how a pair can be tested; raise UntriedError.

    `space` has what the texts name: the module, and `np`.
    """
    path = f"{pair.of}.forward" if pair.style == "layer" else pair.of
    model = eval(f"{module}.{path}", dict(space))
    parameters = _parameters(model)
    start = time.monotonic()
    reason = ""
    for shapes in itertools.islice(_combinations(model, parameters), TRIALS):
        for scale in SCALES:
            if time.monotonic() - start > PATIENCE:
                raise UntriedError(reason or "it takes too long")
            values = _drawn(shapes, scale)
            try:
                found = _fitting(pair, parameters, shapes, values, space, module)
            except UntriedError as error:
                is_misfit = re.match(MISFIT, str(error))
                if not reason or (re.match(MISFIT, reason) and not is_misfit):
                    reason = str(error)
                if is_misfit:
                    break
            else:
                point = {p.name: x for p, x in zip(parameters, values)}
                point = {name: point[name] for name in found.variables}
                size = sum(map(np.size, point.values()))
                return Guess(found, _domains(pair, model, found, point, space), size)
    raise UntriedError(reason)


def _parameters(f: Any) -> list[inspect.Parameter]:
    """Return the parameters that a call needs; where it needs none, those that are numbers."""
    try:
        every = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        raise UntriedError("it has no signature to read") from None
    positional = [p for p in every if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p for p in positional if p.default is p.empty]
    found = needed or [p for p in positional if isinstance(p.default, float)]
    for p in every:
        if p.kind == p.KEYWORD_ONLY and p.default is p.empty:
            raise UntriedError(f"it needs {p.name}= by name")
    for p in found:
        if note := hints.no_number(p):
            raise UntriedError(f"its parameter {p.name} is a {note}")
    if not found:
        raise UntriedError("it takes no arguments of its own")
    return found


def _combinations(
    f: Function, parameters: Sequence[inspect.Parameter]
) -> Iterator[tuple[Shape, ...]]:
    """Iterate over shapes for the parameters, those first that are alike and simple."""
    choices: list[list[Shape]] = []
    for p in parameters:
        axes = hints.axes(f, p)
        if hints.is_whole(p):
            choices.append([None])
        elif axes is None:
            choices.append([*SHAPES])
        else:
            known = [x for x in SHAPES if x is not None]
            choices.append([x for x in known if len(x) == axes or (axes < 0 and x)])
    alike = [c for c in zip(*choices) if len(set(c)) == 1]
    yield from alike
    every = itertools.islice(itertools.product(*choices), 10 * TRIALS)
    order = sorted(every, key=lambda c: sum(map(SHAPES.index, c)))
    yield from (c for c in order if c not in alike)


def _drawn(shapes: Sequence[Shape], scale: tuple[float, float]) -> list[Any]:
    rng = np.random.default_rng(0)
    low, high = scale
    found: list[Any] = []
    for shape in shapes:
        x = np.round(rng.uniform(low, high, shape or ()), 3)
        found.append(2 if shape is None else x if shape else float(x))
    return found


def _fitting(
    pair: Pair,
    parameters: Sequence[inspect.Parameter],
    shapes: Sequence[Shape],
    values: Sequence[Any],
    space: Mapping[str, Any],
    module: str,
) -> Form:
    """Return a form that a check accepts at these values; one that is right, where there is one."""
    texts = {p.name: literal(x) for p, x in zip(parameters, values)}
    by_name = {p.name: x for p, x in zip(parameters, values)}
    real = [p.name for p, shape in zip(parameters, shapes) if shape is not None]
    kept, reason = None, "its arguments must be integers"
    for variables in dict.fromkeys([tuple(real), tuple(real[:1])]):
        if pair.parameter:
            variables = (pair.parameter,)
        if not variables or not set(variables) <= set(real):
            continue
        for form in forms(pair, texts, variables, space, module):
            point = [by_name[name] for name in variables]
            f, options = form.made(space)
            if problem := _problem(f, point):
                raise UntriedError(problem)
            try:
                with _limited(5 * LONGEST):
                    report = gradcheck(f, *point, **options, raise_error=False)
            except TimeUp:
                reason = f"its check took more than {5 * LONGEST:g} s"
                continue
            if report.problem:
                reason = report.problem
            elif report.verdict in (Verdict.RIGHT, Verdict.KINK):
                return form
            else:
                kept = kept or form
    if kept is None:
        raise UntriedError(reason)
    return kept


def _limited(seconds: float) -> AbstractContextManager[None]:
    """Return a time limit, where there is one."""
    return time_limit(seconds) if can_interrupt() else nullcontext()


def _problem(f: Function, point: Sequence[Any]) -> str:
    """Return why a function can't be tested at a point; "" where it can."""
    try:
        with _limited(LONGEST), np.errstate(all="ignore"):
            y = f(*[x.copy() if isinstance(x, np.ndarray) else x for x in point])
    except TimeUp:
        return f"it did not return within {LONGEST:g} s"
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
    leaves, _ = flatten(y)
    if not leaves or not all(is_real(x) for x in leaves):
        return f"it returned {type(y).__name__}, which is not numbers"
    is_finite = all(np.isfinite(np.asarray(x, float)).all() for x in leaves)
    return "" if is_finite else "it was finite nowhere that was tried"


def _domains(
    pair: Pair,
    model: Function,
    form: Form,
    point: Mapping[str, Any],
    space: Mapping[str, Any],
) -> dict[str, tuple[str, str]]:
    """Return text and remark for each variable."""
    trial = _Trial(*form.made(space), point)
    row = TABLE.get(getattr(model, "__name__", "")) if not pair.by else None
    found = {}
    for i, (name, x) in enumerate(point.items()):
        told = hints.from_docstring(model, name)
        if row is not None and row.domain[i] != (-np.inf, np.inf):
            interval, remark = row.domain[i], ""
        elif told and trial.is_defined(name, 0.5 * sum(told)):
            interval, remark = told, "from the docstring"
        else:
            interval, remark = trial.interval(name), "guessed"
            if trial.is_cut_off:
                remark = "guessed: outside, the function is cut off"
        low, high = (f"{end:.6g}".replace("inf", "math.inf") for end in interval)
        text = f"({low}, {high})"
        found[name] = (f"arrays({np.shape(x)}, {text})" if np.ndim(x) else text, remark)
    return found


class _Trial:
    """Trial calls of a function and its derivative around a point."""

    def __init__(
        self, f: Function, options: Mapping[str, Function], point: Mapping[str, Any]
    ) -> None:
        self.f, self.options, self.point = f, options, point
        self.is_cut_off = False
        """True after a function has stayed the same where its derivative is not 0."""

    def interval(self, name: str) -> tuple[float, float]:
        """Return the first interval that fits an argument; else one around its value."""
        self.is_cut_off = False
        for low, high in INTERVALS:
            inner = Domain(low, high).evenly(SAMPLES, Random(0))
            if all(self.is_defined(name, y) and not self._is_cut_off(name, y) for y in inner):
                return low, high
        x = self.point[name]
        low, high = float(np.min(x)), float(np.max(x))
        width = 0.1 * max(abs(low), abs(high))
        return low - width, high + width

    def is_defined(self, name: str, y: float) -> bool:
        """Return whether both can be called with an argument moved to y."""
        derivative, xs = self.options.get("derivative"), self._moved(name, y)
        return not _problem(self.f, xs) and not (derivative and _problem(derivative, xs))

    def _moved(self, name: str, y: float) -> list[Any]:
        x = self.point[name]
        moved = {**self.point, name: np.full(np.shape(x), y) if np.ndim(x) else y}
        return list(moved.values())

    def _is_cut_off(self, name: str, y: float) -> bool:
        """Return whether f does not change around y, as if it were cut off, but has a slope."""
        step = STEP * max(1.0, abs(y))
        here, beside = self._moved(name, y), self._moved(name, y + step)
        try:
            z = np.asarray(self.f(*here), float)
            is_flat = np.array_equal(z, np.asarray(self.f(*beside), float))
            rate = self._slope(name, here, z) if is_flat else 0.0
        except Exception:
            return False
        is_cut_off = rate * step > SEEN * max(1.0, float(np.max(np.abs(z))))
        self.is_cut_off |= is_cut_off
        return is_cut_off

    def _slope(self, name: str, xs: Sequence[Any], z: Any) -> float:
        """Return the size of the derivative by an argument."""
        i, (option, derivative) = [*self.point].index(name), next(iter(self.options.items()))
        if option == "jvp":
            rates = [np.ones_like(x) * (k == i) for k, x in enumerate(xs)]
            return float(np.max(np.abs(derivative(*xs, *rates))))
        seed = [np.ones_like(z) if z.ndim else 1.0] * (option == "vjp")
        parts = derivative(*xs, *seed)
        return float(np.max(np.abs(parts[i] if len(xs) > 1 else parts)))
