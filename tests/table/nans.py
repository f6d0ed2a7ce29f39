"""Reductions that leave out the elements that are nan."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays.statistics import METHODS
from tests.tensor_table import ANY, FACTOR, Example, Kind, Operand, Shape, Source, enter, operation

BOTH = ("package", "numpy")


def _with_holes(d: Source, f: Callable[..., Any], shape: Shape, kind: Kind = ANY) -> Example:
    """An operation of an array with some elements that are nan."""
    holes = d.rng().random(shape) < d.choice(0.0, 0.3)

    def change(x: Any) -> None:
        x[holes] = np.nan

    def silent(m: Any, x: Any) -> Any:
        with warnings.catch_warnings(action="ignore"):
            return f(m, x)

    return Example(silent, (Operand(shape, kind),), change=change)


def _reduction(name: str, least: int = 0, kind: Kind = ANY, **more: tuple[Any, ...]) -> Any:
    def example(d: Source) -> Example:
        shape = d.shape(least=least)
        named = {"axis": d.axes(len(shape)), "keepdims": d.choice(False, True)}
        named |= {option: d.choice(*choices) for option, choices in more.items()}
        if name in ("nansum", "nanprod", "nanmean") and d.choice(True, False):
            named["where"] = d.rng().random(shape) < 0.7
        if name in ("nansum", "nanprod", "nanmax", "nanmin") and d.choice(True, False):
            named["initial"] = d.choice(0.3, 2.0)
        return _with_holes(d, lambda m, x: getattr(m, name)(x, **named), shape, kind)

    return example


enter("nansum", _reduction("nansum"), roads=BOTH)
enter("nanprod", _reduction("nanprod", kind=FACTOR), roads=BOTH)
enter("nanmean", _reduction("nanmean"), roads=BOTH)
enter("nanmax", _reduction("nanmax", least=1), roads=BOTH, repeats=False)
enter("nanmin", _reduction("nanmin", least=1), roads=BOTH, repeats=False)
enter("nanvar", _reduction("nanvar", ddof=(0, 1)), roads=BOTH)
enter("nanstd", _reduction("nanstd", ddof=(0, 1)), roads=BOTH, repeats=False)
enter("nanmedian", _reduction("nanmedian", least=1), roads=BOTH, repeats=False)


@operation("nanquantile", roads=BOTH, repeats=False, tries=2)
def _(d: Source) -> Example:
    shape, method = d.shape(least=1), d.choice(*METHODS)
    named: dict[str, Any] = {"axis": d.axes(len(shape)), "method": method}
    if d.choice(True, False):
        return _with_holes(d, lambda m, x: m.nanpercentile(x, 66.0, **named), shape)
    return _with_holes(d, lambda m, x: m.nanquantile(x, 0.37, **named), shape)


def _cumulative(name: str) -> Callable[[Source], Example]:
    def example(d: Source) -> Example:
        shape = d.shape()
        axis = d.axis(len(shape)) if shape and d.choice(True, False) else None
        return _with_holes(d, lambda m, x: getattr(m, name)(x, axis=axis), shape, FACTOR)

    return example


enter("nancumsum", _cumulative("nancumsum"), roads=BOTH)
enter("nancumprod", _cumulative("nancumprod"), roads=BOTH)


@operation("nan_to_num", roads=BOTH)
def _(d: Source) -> Example:
    named = d.choice({}, {"nan": 1.5})
    return _with_holes(d, lambda m, x: m.nan_to_num(x, **named) * 2, d.shape())
