"""Functions of many points along a first axis: each point must give what it gives alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.calls import places
from autograd.checking.forms import added
from autograd.checking.inputs import CheckError, Function, Inputs, Parts, RaisedError, call
from autograd.checking.report import Entry, GradientReport, Verdict
from autograd.checking.results import array_of, signed
from autograd.checking.running import checked_set, told
from autograd.checking.settings import Settings, Spent
from autograd.nodes import is_node
from autograd.tensors.tensor import Tensor
from autograd.trees import flatten

MOST = 8
"""Largest number of points that are looked at alone."""
ALIKE = 1e-8
"""Largest difference of their results, relative to the largest of them; its root in float32."""


def checked_batch(
    batched: Any, f: Function, inputs: Sequence[Any], args: Any, of_set: Any, forms: Any,
    argnums: Any, *more: Any,
) -> GradientReport:  # fmt: skip
    """Return the report on a function of many points; the rest is as in `checked_set`."""
    derivative, jvp, vjp, *others = forms
    if args or any(of_set) or any(others) or isinstance(derivative, (list, tuple)):
        raise ValueError("gradcheck: got batched; it takes one derivative, jvp or vjp, and no args")
    try:
        batch = Batch(f, inputs, argnums, batched)
    except CheckError as error:
        return GradientReport((), str(error))
    with np.errstate(all="ignore"):
        alone = compared(batch, f, (derivative, jvp, vjp), more[-1])
    if alone.problem:
        return alone
    whole = derivative and of_blocks(batch, derivative)
    report = checked_set(f, inputs, (), of_set, (whole, jvp, vjp, *others), argnums, *more)
    return report if report.problem else added(report, alone)


class Batch:
    """Inputs with many points along the first axis, of all arrays or of those of some inputs."""

    def __init__(self, f: Function, given: Sequence[Any], argnums: Any, batched: Any) -> None:
        self.inputs = Inputs(f, given, argnums)
        chosen = range(len(given)) if batched is True else batched
        try:
            self.chosen = {*places("gradcheck", chosen, len(given), ())}
        except (TypeError, ValueError) as error:
            raise type(error)(str(error).replace("argnums", "batched")) from None
        sizes = {len(x) for x in self._arrays(self.arguments(np.array))}
        if len(sizes) != 1:
            got = " and ".join(map(str, sorted(sizes))) or "no"
            raise CheckError(
                f"there are arrays of {got} points along their first axes; "
                "batched= names the inputs that have as many"
            )
        (self.size,) = sizes

    def arguments(self, made: Callable[[Any], Any]) -> list[Any]:
        """Return the arguments, with arrays made of those of the point of the check."""
        leaves = [x.plain(x.array) if x.is_number else made(x.array) for x in self.inputs.leaves]
        return list(self.inputs.rebuild(leaves))

    def _arrays(self, arguments: Sequence[Any]) -> list[Any]:
        found = [x for i in self.chosen for x in flatten(arguments[i])[0]]
        return [x for x in found if np.ndim(x)]

    def alone(self, i: int, arguments: Sequence[Any], tangents: Sequence[Any] = ()) -> list[Any]:
        """Return arguments with one of the points, a batch of one."""
        rows = [_row(x, i) if k in self.chosen else x for k, x in enumerate(arguments)]
        return [*rows, *[_row(x, i) for x in tangents]]

    def tangents(self) -> list[Any]:
        """Return random rates of change of the inputs that are checked."""
        rng = np.random.default_rng(7)
        leaves = self.inputs.leaves
        return self.inputs.tangents([x.plain(signed(rng, x.array.shape)) for x in leaves])


def _row(tree: Any, i: int) -> Any:
    leaves, rebuild = flatten(tree)
    return rebuild([x[i : i + 1] if np.ndim(x) else x for x in leaves])


class Blocks:
    """Jacobian of many points, of which each result depends on its own point alone."""

    def __init__(self, blocks: Any, shape: tuple[int, ...]) -> None:
        n = shape[0]
        inner = int(np.prod(shape[1:]))
        if not blocks.ndim or len(blocks) != n or blocks.size % max(1, n * inner):
            got = f"the derivative returned shape {blocks.shape}"
            raise CheckError(f"{got}; it must be that of a derivative for each of {n} points")
        self.blocks = blocks.reshape(n, -1, inner)
        self.shape = n * self.blocks.shape[1], n * inner

    def rmatvec(self, seed: Any) -> Any:
        """Return the products of the seed's rows with the blocks."""
        return np.einsum("ni,nij->nj", seed.reshape(len(self.blocks), -1), self.blocks).ravel()


def of_blocks(batch: Batch, derivative: Function) -> Function:
    """Return a derivative of many points as that of the whole."""

    def whole(*given: Any) -> Any:
        parts = batch.inputs.parts(derivative(*given), "the derivative")
        arrays = [array_of(part, "the derivative") for part in parts]
        return Parts([Blocks(x, leaf.array.shape) for x, leaf in zip(arrays, batch.inputs.leaves)])

    return whole


def compared(batch: Batch, f: Function, forms: Sequence[Any], settings: Settings) -> GradientReport:
    """Judge whether points give alone what they give among the others."""
    found: list[Entry] = []
    try:
        for entry in _compared(batch, f, forms, settings):
            found.append(entry)
        return GradientReport(tuple(found))
    except Spent:
        why = f"not every point was looked at alone: {settings.spent}"
        return GradientReport(tuple(found), notes=(why,))
    except CheckError as error:
        return GradientReport((), str(error))
    except RaisedError as error:
        return GradientReport((), told(error.error, error.function, f"for one point, {error.word}"))


def _compared(
    batch: Batch, f: Function, forms: Sequence[Any], settings: Settings
) -> Iterator[Entry]:
    derivative, jvp, vjp = forms
    made = np.array if any(forms) else Tensor

    def called(g: Function, given: Sequence[Any], word: str = "the function") -> Any:
        settings.call(1 if g is f else 0)
        return call(g, given, word)

    arguments = batch.arguments(made)
    result = called(f, arguments)
    if len(_numbers(result)) != 1:
        raise CheckError("the function returned several arrays; with batched it must be one")
    seed = [np.cos(np.arange(1.0, 1.0 + np.size(x))).reshape(np.shape(x)) for x in _numbers(result)]
    every = [
        ("the function", "result", f, ()),
        ("the derivative", "derivative", derivative, ()),
        ("jvp", "jvp", jvp, batch.tangents()),
        ("vjp", "vjp", vjp, seed),
    ]
    for word, name, g, others in every:
        if g is None:
            continue
        together = _numbers(called(g, [*batch.arguments(made), *others], word))
        for i in np.unique(np.linspace(0, batch.size - 1, MOST).astype(int)).tolist():
            own = batch.alone(i, batch.arguments(made), others)
            alone = _numbers(called(g, own, word))
            if found := _unlike(together, alone, i, batch.size, word):
                yield Entry(
                    f"{name} of point", float(i), *found, Verdict.WRONG,
                    "alone the point gives something else",
                )  # fmt: skip
                break


def _unlike(
    together: Sequence[Any], alone: Sequence[Any], i: int, size: int, word: str
) -> tuple[float, float, float] | None:
    """Return the numbers that are least alike, and the tolerance; None where all are."""
    for many, one in zip(together, alone):
        if not many.ndim or len(many) != size:
            got = f"{word} returned shape {many.shape} for {size} points"
            raise CheckError(f"{got}; it needs one result for each along the first axis")
        if one.shape != (1, *many.shape[1:]):
            got = f"{word} returned shape {one.shape} for one point and {many.shape} for {size}"
            raise CheckError(got)
        a, b = many[i].ravel(), one[0].ravel()
        if not a.size:
            continue
        digits = ALIKE if a.dtype == np.float64 else ALIKE**0.5
        bound = digits * float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b)))
        off = np.abs(a - b)
        off[(a == b) | (np.isnan(a) & np.isnan(b))] = 0.0
        k = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
        if not off[k] <= bound:
            return float(a[k]), float(b[k]), bound
    return None


def _numbers(tree: Any) -> list[Any]:
    """Return the arrays of a result, without those of options."""
    leaves = [x for x in flatten(tree)[0] if x is not None]
    return [np.asarray(x.data if is_node(x) else x) for x in leaves]
