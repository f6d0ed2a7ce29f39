"""Reductions, what runs along an axis, and methods of ufuncs."""

from collections.abc import Callable
from typing import Any

from tests.tensor_table import (
    ANY,
    FACTOR,
    Example,
    Kind,
    Source,
    enter,
    of,
    operation,
)


def _reduction(
    name: str, least: int = 0, low: int = 0, kind: Kind = ANY,
    options: Callable[[Source], dict[str, Any]] | None = None,
) -> Callable[[Source], Example]:  # fmt: skip
    def example(d: Source) -> Example:
        shape = d.shape(low, least=least)
        axis = d.axes(len(shape))
        named = {"axis": axis, "keepdims": d.choice(False, True), **(options(d) if options else {})}
        return of(lambda m, x: getattr(m, name)(x, **named), shape, kind=kind)

    return example


def _degrees(d: Source) -> dict[str, Any]:
    return {"ddof": d.choice(0, 1)}


enter("sum", _reduction("sum"))
enter("mean", _reduction("mean"))
enter("prod", _reduction("prod", kind=FACTOR))
enter("max", _reduction("max", least=1), repeats=False)
enter("min", _reduction("min", least=1), repeats=False)
enter("var", _reduction("var", options=_degrees))
enter("std", _reduction("std", options=_degrees), repeats=False)
enter("median", _reduction("median", least=1), repeats=False)
enter("logsumexp", _reduction("logsumexp", least=1, low=1))


@operation("max of no rows", repeats=False)
def _(d: Source) -> Example:
    name = d.choice("max", "min", "median")
    shape = (d.size(least=1), d.choice(0, 1, 2))
    return of(lambda m, x: getattr(m, name)(x, axis=0), shape)


@operation("norm")
def _(d: Source) -> Example:
    shape = d.shape()
    one_or_two = d.some_axes(len(shape))[:2]
    axis = {0: None, 1: sum(one_or_two), 2: one_or_two}[len(one_or_two)]
    keepdims = d.choice(False, True)
    return of(lambda m, x: m.norm(x, axis=axis, keepdims=keepdims), shape)


def _along(name: str, kind: Kind = ANY, flat: bool = True, least: int = 0) -> Any:
    """An operation along one axis, or of the elements in a row."""

    def example(d: Source) -> Example:
        shape = d.shape(low=0 if flat else 1, least=least)
        axis = None if flat and (not shape or d.integer(0, 2) == 2) else d.axis(len(shape))
        return of(lambda m, x: getattr(m, name)(x, axis=axis), shape, kind=kind)

    return example


enter("cumsum", _along("cumsum"))
enter("cumprod", _along("cumprod", kind=FACTOR))
enter("sort", _along("sort"), repeats=False)
enter("softmax", _along("softmax", flat=False, least=1))
enter("log_softmax", _along("log_softmax", flat=False, least=1))


@operation("diff")
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    n, axis = d.integer(0, 2), d.axis(len(shape))
    return of(lambda m, x: m.diff(x, n, axis=axis), shape)


SCANNED = ("subtract", "divide", "hypot", "logaddexp", "logaddexp2")


@operation("ufunc.reduce", repeats=False, roads=("numpy",))
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    name = d.choice("add", "multiply", "maximum", "minimum", *SCANNED)
    axis = d.axis(len(shape))
    return of(lambda m, x: getattr(m, name).reduce(x, axis=axis), shape)


@operation("ufunc.accumulate", repeats=False, roads=("numpy",))
def _(d: Source) -> Example:
    name, shape = d.choice("add", "multiply", "maximum", "fmin", *SCANNED), d.shape(low=1)
    return of(lambda m, x: getattr(m, name).accumulate(x), shape)


@operation("ufunc.outer", roads=("numpy",))
def _(d: Source) -> Example:
    name = d.choice("add", "multiply", "subtract")
    return of(lambda m, x, y: getattr(m, name).outer(x, y), d.shape(0, 2), d.shape(0, 2))
