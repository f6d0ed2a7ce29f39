"""Many rows at once: a compiled function of inputs that have one more axis in front."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import math
from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import Any, Protocol

import numpy as np

from autograd.calls import SEVERAL, Names, chosen, places
from autograd.compiling.errors import CaughtError
from autograd.compiling.forms import DOUBLE, Form
from autograd.compiling.machines import Chosen
from autograd.compiling.passing import numbers_of
from autograd.compiling.row_arguments import Arguments, mapped
from autograd.compiling.row_runs import RowsKey, RowsReady
from autograd.compiling.versions import Signature, Version
from autograd.transformed import Transformed
from autograd.value import shown

LARGEST = 2**53
"""Largest int that a float has."""


class Compiled(Protocol):
    """Compiled function, as far as rows need it: its programs, and how it gets more of them."""

    __wrapped__: Callable[..., Any]
    _chosen: Chosen
    _wait: bool
    _signatures: dict[Form, Signature]

    @property
    def _called(self) -> str: ...
    def _signature(self, form: Form, inputs: Sequence[float]) -> Signature: ...
    def _found(
        self, signature: Signature, inputs: Any
    ) -> tuple[Version | None, Sequence[float]]: ...
    def _tell(self, signature: Signature) -> None: ...
    def _use(self, version: Version) -> None: ...


def _named(compiled: Compiled, args: Sequence[Any], kwargs: Any, shared: Any) -> list[Any]:
    """Return positional arguments with their names; check those that are shared."""
    try:
        parameters = [*inspect.signature(compiled.__wrapped__).parameters.values()]
    except (TypeError, ValueError):  # of a function in C
        parameters = []
    names, more = [], "args"
    for each in parameters:
        if each.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD):
            names.append(each.name)
        elif each.kind == Parameter.VAR_POSITIONAL:
            more = each.name
    names += [more] * (len(args) - len(names))
    known = {*names, *kwargs, *[each.name for each in parameters]}
    unknown = [name for name in shared if name not in known]
    if unknown:
        raise ValueError(f"rows: got shared={unknown[0]!r}; the arguments are {', '.join(names)}")
    return [*zip(names, args)]


# What comes out


class Layout:
    """Places of a program's outputs in the results of a row."""

    summed: Sequence[bool] = ()
    """For each leaf, whether it is summed over the rows."""
    flags: tuple[bool, ...] = ()
    """For each output, whether it is."""

    def __init__(self, version: Version) -> None:
        self.tree, moved = (self._marked(version, more) for more in (0.0, 0.5))
        first, second = _leaves(self.tree), _leaves(moved)
        self.form = mapped(self.tree, np.shape)
        self.shapes = [x.shape for x in first]
        self.types = [x.dtype for x in first]
        self.constants = [x.ravel().astype(np.float64) for x in first]
        with np.errstate(invalid="ignore"):
            self.moved = [
                (y - x).ravel() == 0.5 if x.dtype == DOUBLE else np.zeros(x.size, bool)
                for x, y in zip(first, second)
            ]
        self.pieces = self._pieces()

    @staticmethod
    def of(version: Version, summed: Callable[[Any], Sequence[bool]]) -> Layout:
        """Return the layout of a version, which keeps it, with the leaves that are summed."""
        if version.layout is None:
            version.layout = Layout(version)
        found: Layout = copy.copy(version.layout)
        found.summed = summed(found.tree)
        if any(found.summed):
            found.flags = tuple(
                [s for s, m in zip(found.summed, found.moved) for _ in range(m.sum())]
            )
        else:
            found.flags = (False,) * len(version.program.outputs)
        return found

    @staticmethod
    def _marked(version: Version, more: float) -> Any:
        """Return a result with the index of each output, and something more, in its place."""
        return version.result([k + more for k in range(len(version.program.outputs))])

    def _pieces(self) -> list[tuple[int, int, int]]:
        """Return runs of columns that outputs have, in their order: (leaf, start, stop)."""
        found = []
        for leaf, moved in enumerate(self.moved):
            edges = np.flatnonzero(np.diff([0, *moved.astype(int), 0])).tolist()
            found += [(leaf, *edge) for edge in zip(edges[::2], edges[1::2])]
        return found

    def place(self, outputs: Sequence[float]) -> list[Any]:
        """Return the numbers of the leaves of one row."""
        rest = iter(outputs)
        found = [x.copy() for x in self.constants]
        for leaf, start, stop in self.pieces:
            found[leaf][start:stop] = [next(rest) for _ in range(start, stop)]
        return found


def _leaves(tree: Any) -> list[Any]:
    """Return the leaves of a result as arrays of numbers."""
    found: list[Any] = []
    mapped(tree, found.append)
    arrays = []
    for x in found:
        array = np.asarray(x)
        if array.dtype == np.dtype(object):
            with contextlib.suppress(TypeError, ValueError):
                array = array.astype(np.float64)
        if array.dtype.kind not in "biuf" or (
            array.dtype.kind in "iu" and array.size and abs(array).max() > LARGEST
        ):
            raise TypeError(f"rows: f returned {shown(x)}; it must return numbers")
        arrays.append(array)
    return arrays


def _gradients(compiled: Compiled, given: Sequence[Any], kwargs: Any, shared: Any) -> Any:
    """Return a function that tells which leaves of a result are gradients by what is shared."""
    f: Any = compiled.__wrapped__
    name = f._transform.__name__ if isinstance(f, Transformed) else ""
    if name not in ("grad", "value_and_grad"):
        return lambda tree: [False] * len(_leaves(tree))
    argnums, has_aux, argnames = f._options
    by = chosen(name, argnums, argnames)
    positions = places(name, by, len(given), kwargs, f.__wrapped__)
    one = by.one if type(by) is Names else not isinstance(by, SEVERAL)
    are = [(i if isinstance(i, str) else given[i][0]) in shared for i in positions]

    def summed(tree: Any) -> list[bool]:
        slopes = tree[1] if name == "value_and_grad" else tree[0] if has_aux else tree
        parts = [slopes] if one else slopes
        own = [is_shared for part, is_shared in zip(parts, are) for _ in _leaves(part)]
        others = [False] * (len(_leaves(tree)) - len(own))
        return own + others if name == "grad" else others + own

    return summed


class Results:
    """Results of all rows, which come in groups."""

    def __init__(self, compiled: Compiled, given: Arguments, layout: Layout, exact: bool) -> None:
        self.compiled, self.given, self.first, self.exact = compiled, given, layout, exact
        self.types = [{each} for each in layout.types]
        sizes = [math.prod(shape) for shape in layout.shapes]
        self.arrays = [
            np.zeros(size) if is_sum else np.empty((given.count, size))
            for size, is_sum in zip(sizes, layout.summed)
        ]

    def _check(self, form: Any, types: Sequence[Any]) -> None:
        if form != self.first.form:
            raise ValueError(
                f"rows: {self.compiled._called} returns results of other forms for some rows; "
                "they must have one form"
            )
        for known, each in zip(self.types, types):
            known.add(each)

    def group(self, version: Version, layout: Layout, rows: Any) -> Any:
        """Run a program for some rows, or all (None), and return those that left."""
        self._check(layout.form, layout.types)
        given, program = self.given, version.program
        all_rows = rows is None
        count = given.count if all_rows else len(rows)
        blocks = [b if all_rows or b.ndim == 1 else b[rows] for b in given.blocks]
        into = [
            np.zeros(len(array)) if is_sum
            else array if all_rows else np.empty((count, array.shape[1]))
            for array, is_sum in zip(self.arrays, layout.summed)
        ]  # fmt: skip
        left = np.full(count if program.guards else 0, -1, np.int64)
        gone = self._run(version, RowsKey(given.shared(), layout.flags, self.exact))(
            count,
            tuple([b for b in blocks if b.shape[-1]]),
            tuple([into[leaf][..., start:stop] for leaf, start, stop in layout.pieces]),
            left,
        )
        stay = np.flatnonzero(left < 0) if gone else slice(None)
        for array, new, is_sum, moved, constants in zip(
            self.arrays, into, layout.summed, layout.moved, layout.constants
        ):
            if not moved.all():
                same = constants[~moved]
                if is_sum:
                    same = same * (count - gone) if gone < count else 0.0
                new[..., ~moved] = same
            if is_sum:
                array += new
            elif not all_rows:
                array[rows[stay]] = new[stay]
        if gone < count:
            self.compiled._use(version)
        if not gone:
            return np.empty(0, np.int64)
        return np.flatnonzero(left >= 0) if all_rows else rows[left >= 0]

    def _run(self, version: Version, key: RowsKey) -> RowsReady:
        run = version.rows.get(key)
        if run is None:
            chosen, wait = self.compiled._chosen, self.compiled._wait
            run = version.rows[key] = RowsReady(version.program, chosen, wait, key)
        return run

    def one(self, row: int, layout: Layout, outputs: Sequence[float]) -> None:
        """Put in the results of one row, which its program gave alone."""
        self._check(layout.form, layout.types)
        self._put(row, layout.place(outputs))

    def _put(self, row: int, leaves: Sequence[Any]) -> None:
        for array, new, is_sum in zip(self.arrays, leaves, self.first.summed):
            if is_sum:
                array += new
            else:
                array[row] = new

    def eager(self, row: int) -> None:
        """Compute a row by the function itself."""
        args, kwargs = self.given.row(row)
        result = self.compiled.__wrapped__(*args, **kwargs)
        leaves = _leaves(result)
        self._check(mapped(result, np.shape), [x.dtype for x in leaves])
        self._put(row, [x.ravel() for x in leaves])

    def tree(self) -> Any:
        """Return the results, of the form that a row's have."""
        found = iter(
            [
                array.reshape(array.shape[:-1] + shape).astype(np.result_type(*types), copy=False)[
                    ()
                ]
                for array, shape, types in zip(self.arrays, self.first.shapes, self.types)
            ]
        )
        return mapped(self.first.tree, lambda _: next(found))


def rows(
    compiled: Compiled, args: Sequence[Any], kwargs: dict[str, Any], shared: Any, exact: bool
) -> Any:
    """Compute all rows: by each program those that fit it, and new ones for the others."""
    shared = (shared,) if isinstance(shared, str) else shared
    if not isinstance(shared, (list, tuple, set, frozenset)):
        raise TypeError(f"rows: got shared={shared!r}; it needs names of arguments, as in ('x',)")
    named = _named(compiled, args, kwargs, shared)
    given = Arguments(
        [(name, x, name in shared) for name, x in named],
        {name: (name, x, name in shared) for name, x in kwargs.items()},
    )
    return computed(compiled, given, _gradients(compiled, named, kwargs, shared), exact)


def _first(compiled: Compiled, form: Form, given: Arguments) -> Signature:
    """Return the signature, recorded for the first row that has no error which f may catch."""
    for row in range(given.count - 1):
        with contextlib.suppress(CaughtError):
            return compiled._signature(form, given.inputs(row))
    return compiled._signature(form, given.inputs(given.count - 1))


def computed(
    compiled: Compiled, given: Arguments, summed: Callable[[Any], list[bool]], exact: bool
) -> Any:
    """Compute all rows; `summed` tells which leaves of a row's result are summed over the rows."""
    form = given.form()
    signature = compiled._signatures.get(form)
    if given.count and signature is None:
        signature = _first(compiled, form, given)
    if signature is None:
        raise ValueError(
            f"rows: got no rows, and {compiled._called} has not been called with arguments of this "
            "form before; what it returns is not known"
        )
    versions = [*signature.versions]
    layout_of = functools.cache(lambda version: Layout.of(version, summed))
    results = Results(compiled, given, layout_of(versions[0]), exact)
    rest: Any = None if given.count else np.empty(0, np.int64)
    for version in versions:
        if rest is None or len(rest):
            rest = results.group(version, layout_of(version), rest)
    while len(rest):
        row, rest = int(rest[0]), rest[1:]
        found, pieces = compiled._found(signature, given.inputs(row))
        if found is None:
            compiled._tell(signature)
            results.eager(row)
            continue
        results.one(row, layout_of(found), numbers_of(pieces))
        if found not in versions:
            versions.append(found)
            rest = results.group(found, layout_of(found), rest)
    return results.tree()
