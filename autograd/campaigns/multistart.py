"""One minimisation from many starts, as a campaign, and the minima that it found."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.campaigns.running import campaign
from autograd.campaigns.working import PointError
from autograd.files import FilePath
from autograd.trees import flatten
from autograd.value import shown

KEPT = ("x", "fun", "cost", "success", "status", "message", "nit", "nfev", "njev")
"""Names in a result that are kept: SciPy's others, such as an inverse Hessian, may be large."""


@dataclass(frozen=True)
class Minimum:
    """One minimum, and the starts from which it was found."""

    x: Any
    fun: float
    starts: tuple[int, ...]
    """Places of the starts; that of the best result comes first."""
    converged: int
    """Number of these starts whose result says that it is a success."""


@dataclass(frozen=True, repr=False)
class Fits:
    """Results of a minimisation from many starts."""

    results: list[Any]
    """Result of each start, in their order, or the `PointError` that stands in its place."""
    minima: list[Minimum]
    """Minima that differ, the least first; results that are not finite are none."""

    def __repr__(self) -> str:
        n, k = len(self.results), len(self.minima)
        starts, minima = f"{n:,} start{'s' * (n != 1)}", f"{k:,} minim{'um' if k == 1 else 'a'}"
        least = f", the least {self.minima[0].fun:.6g}" if self.minima else ""
        return f"<fits from {starts}: {minima}{least}; {len(self.failures):,} failed>"

    @property
    def best(self) -> Any:
        """The result with the least value; ValueError where there is none."""
        if not self.minima:
            first = next((x for x in self.results if isinstance(x, PointError)), None)
            why = first or ("no result is finite" if self.results else "there are no starts")
            raise ValueError(f"multistart: no minimum was found: {why}")
        return self.results[self.minima[0].starts[0]]

    @property
    def failures(self) -> dict[int, PointError]:
        """Starts that failed, by their places."""
        return {i: x for i, x in enumerate(self.results) if isinstance(x, PointError)}


def multistart(
    minimize: Callable[[Any], Any],
    starts: Sequence[Any],
    executor: Any = None,
    chunk: int | None = None,
    *,
    tol: float = 1e-4,
    journal: FilePath | None = None,
    retry: bool = False,
    progress: bool | None = None,
) -> Fits:
    """Minimise from many starts, by many processes, and tell which minima there are.

    `minimize` takes one start and returns a result as SciPy's: with attributes `x`, and `fun` or,
    as of least squares, `cost`. The `results` are SciPy's OptimizeResults, with x, the value and
    what tells of success and cost in time. Two minima are one where the values and all numbers of
    x differ by less than `tol * (1 + size)`. The other arguments are those of `campaign`.

    TypeError for a result without these attributes, or where they are no real numbers.

    >>> import functools
    >>> import autograd as ag
    >>> from scipy.optimize import minimize, rosen, rosen_der
    >>> fit = functools.partial(minimize, rosen, jac=rosen_der, method="BFGS")
    >>> fits = ag.multistart(fit, [[-1.2, 1.0], [0.0, 3.0], [2.0, 2.0]], 1)
    >>> len(fits.minima), fits.best.x.round(3).tolist(), len(fits.minima[0].starts)
    (1, [1.0, 1.0], 3)
    """
    if not callable(minimize):
        raise TypeError(f"multistart: got {shown(minimize)}; it needs a function of one start")
    if not isinstance(tol, (int, float, np.number)) or not 0 <= tol < math.inf:
        raise ValueError(f"multistart: got tol={tol!r}; it must be a number from 0 on")
    from scipy.optimize import OptimizeResult

    fit = functools.partial(_kept, minimize)
    with campaign(
        fit, starts, executor, chunk, journal=journal, retry=retry, progress=progress
    ) as run:
        found = [x if isinstance(x, PointError) else OptimizeResult(x) for x in run]
    for x in found:
        if isinstance(x, PointError) and x.kind == _NoResultError.__name__:
            raise TypeError(x.reason)
    return Fits(found, _minima(found, tol))


class _NoResultError(TypeError):
    """A minimisation returned something else than a result."""


def _kept(minimize: Callable[[Any], Any], start: Any) -> dict[str, Any]:
    """Return the parts of a result that are kept."""
    result = minimize(start)
    if not hasattr(result, "x") or not (hasattr(result, "fun") or hasattr(result, "cost")):
        raise _NoResultError(
            f"multistart: minimize returned {shown(result)}; it needs a result with x, and fun or "
            "cost"
        )
    kept = {name: getattr(result, name) for name in KEPT if hasattr(result, name)}
    if "cost" in kept:  # fun is then all residuals
        kept.pop("fun", None)
    value = "cost" if "cost" in kept else "fun"
    for name, read, needs in ((value, _value, "one number"), ("x", _numbers, "numbers")):
        try:
            read(kept)
        except (TypeError, ValueError):
            raise _NoResultError(
                f"multistart: minimize returned {shown(kept[name])} as {name}; it needs {needs}"
            ) from None
    return kept


def _minima(results: Sequence[Any], tol: float) -> list[Minimum]:
    """Return the minima that differ, the least first."""
    values = {i: _value(x) for i, x in enumerate(results) if not isinstance(x, PointError)}
    numbers = {i: _numbers(results[i]) for i in values}
    order = sorted(
        (i for i in values if math.isfinite(values[i]) and np.isfinite(numbers[i]).all()),
        key=lambda i: values[i],
    )
    groups: list[list[int]] = []

    def is_one(i: int, k: int) -> bool:
        apart = abs(values[i] - values[k]) <= tol * (1 + abs(values[k]))
        return apart and np.allclose(numbers[i], numbers[k], rtol=tol, atol=tol)

    for i in order:
        for group in groups:
            if is_one(i, group[0]):
                group.append(i)
                break
        else:
            groups.append([i])
    return [
        Minimum(
            results[group[0]].x,
            values[group[0]],
            tuple(group),
            sum(bool(results[i].get("success", True)) for i in group),
        )
        for group in groups
    ]


def _value(result: Any) -> float:
    return float(np.asarray(result["cost"] if "cost" in result else result["fun"]).item())


def _numbers(result: Any) -> Any:
    leaves, _ = flatten(result["x"])
    return np.concatenate([np.ravel(np.asarray(leaf, np.float64)) for leaf in leaves])
