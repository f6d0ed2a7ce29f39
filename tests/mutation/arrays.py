"""What kills a wrong pullback: differences of NumPy's values along a direction.

The operations and their operands are those of tests/tensor_table.py, of first and of second order:
some pullbacks are met only in the graphs of gradients. A case keeps its graph and the exact number;
a mutant is put into the nodes of the graph, in the way of arrays and in that of Tensors.
"""

from __future__ import annotations

import contextlib
import functools
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import autograd as ag
from autograd import Tensor
from autograd.arithmetic import arrays
from autograd.graph import backward_order
from autograd.later import learn
from autograd.rules import (
    eigen,
    elementary,
    factors,
    linalg,
    networks,
    qr,
    singular,
    structural,
    systems,
)
from autograd.rules.structural import OfEach, Structural
from autograd.tensors.compiling import PULLBACKS
from autograd.tensors.node import bare
from autograd.tensors.operations import QUICK
from tests import (
    test_factors,
    test_forms,
    test_fused,
    test_linalg,
    test_linalg_decompositions,
    test_linalg_functions,
    test_reductions,
)
from tests.mutation.examples import MORE, TIES
from tests.mutation.programs import Function, written
from tests.mutation.rows import fails
from tests.slopes import slope
from tests.tensor_table import OPERATIONS, PLAIN, Example, Ours, seeded
from tests.test_tensor_properties import RAISED, product

SEEDS = 8
ENOUGH = 60
"""So many cases of an operation are kept."""


class Target(NamedTuple):
    """A function that takes part in a rule, the rows that it serves, and what replaces it."""

    name: str
    function: Function
    rows: tuple[Any, ...]
    put: Callable[[Function], contextlib.AbstractContextManager[Any]]


@dataclass(eq=False)
class Case:
    """A graph, and the derivative along a direction that it should have."""

    name: str
    root: Tensor
    leaves: list[Tensor]
    direction: list[Any]
    along: Callable[[float], float]
    precision: float
    rows: Counter[Any]

    @functools.cached_property
    def known(self) -> tuple[float, float] | None:
        """The derivative and how far off one may be, by the rules of when it is first asked for."""
        with warnings.catch_warnings(action="ignore"):
            try:
                slopes = ag.gradients(self.root, self.leaves)
                size = sum(float(np.sum(np.abs(s * v))) for s, v in zip(slopes, self.direction))
                return slope(self.along), self.precision * max(size, 1e-3)
            except RAISED:  # a side of the point has no value
                return None


def targets() -> Iterator[Target]:
    """All pullbacks, and the functions that are parts of them."""
    learn(np.fft.fft)  # or the rows of rooms that nobody has entered are left out
    known: set[Any] = set()
    for op in structural.TABLE.values():
        given = op.pullbacks
        if given and not isinstance(given, OfEach) and known.issuperset(given):
            continue  # those of another row, where they are on trial
        known.update([] if isinstance(given, OfEach) else given)
        if isinstance(given, OfEach):
            yield Target(
                op.name, given._pullback, _rows_of(op),
                lambda f, op=op: mock.patch.object(op, "pullbacks", OfEach(f)),
            )  # fmt: skip
            continue
        for k, pullback in enumerate(given):
            if pullback is not None:
                yield Target(
                    f"{op.name} by {k}", pullback, _rows_of(op),
                    lambda f, op=op, k=k, given=given: mock.patch.object(
                        op, "pullbacks", (*given[:k], f, *given[k + 1 :])
                    ),
                )  # fmt: skip
        if op.through is not None:
            yield Target(
                f"{op.name} through", op.through, (op,),
                lambda f, op=op: mock.patch.object(op, "through", f),
            )  # fmt: skip
    put = functools.partial(_patch, arrays, "sigmoid_error")
    rows = _rows_named("sigmoid_cross_entropy_sum")
    yield Target("sigmoid_error of arrays", arrays.sigmoid_error, rows, put)
    for module, name, served in HELPERS:
        yield Target(
            name, getattr(module, name), _rows_named(served), functools.partial(_patch, module, name)
        )  # fmt: skip
    for op, module, name, served in DERIVATIVES:
        yield Target(
            f"{op.name} itself", written(module, name), _rows_named(served),
            functools.partial(_value, op, linalg._of_stacks if module is linalg else lambda f: f),
        )  # fmt: skip


def _rows_named(names: str) -> tuple[Any, ...]:
    return tuple(structural.TABLE[name] for name in names.split())


def _rows_of(op: Structural) -> tuple[Any, ...]:
    """What nodes of an operation have as their row."""
    return (elementary.where,) if op is structural.where else (op,)


def _patch(module: Any, name: str, f: Function) -> Any:
    return mock.patch.object(module, name, f)


def _value(op: Structural, wrapped: Callable[[Function], Function], f: Function) -> Any:
    return mock.patch.object(op, "value", wrapped(f))


PRODUCTS = "prod cumprod others firsts firsts_back"
HELPERS = (
    *((factors, name, PRODUCTS) for name in ("_times", "_plus", "_without_each", "_of_first", "_sums")),
    (linalg, "_third", "cofactors_along"), (linalg, "_half", "cholesky"),
    (networks, "_rows", "linear"), (networks, "_linear_weight", "linear"),
    (networks, "_before", "linear conv2d"), (networks, "_activated", "linear conv2d"),
    (networks, "_from_labels", "softmax_cross_entropy_sum"),
    (networks, "_from_distributions", "softmax_cross_entropy_sum"),
    (networks, "_partial", "sigmoid_cross_entropy_sum"),
    (structural, "may_repeat", "getitem setitem scatter"),
)  # fmt: skip
DERIVATIVES = (
    (factors.others, factors, "_others", PRODUCTS), (factors.firsts, factors, "_firsts", PRODUCTS),
    (factors.firsts_back, factors, "_firsts_back", PRODUCTS),
    (linalg.cofactors, linalg, "_cofactors", "det logabsdet cofactors"),
    (linalg.cofactors_along, linalg, "_cofactors_along", "cofactors cofactors_along"),
    *((op, networks, op.value.__name__, op.name)
      for op in (networks.sigmoid_cross_entropy_sum, networks.softmax_cross_entropy_sum)),
)  # fmt: skip
"""Operations whose values are derivatives of others, or come with their slopes."""


# Cases


UNSMOOTH = ("round to decimals",)
"""Jumps are too near."""


def _examples() -> Iterator[tuple[str, Example, str, int]]:
    for name, example in (*TIES.items(), *MORE.items()):
        yield from ((name, example, "package", seed) for seed in (0, 3))
    for seed in range(SEEDS):
        for operation in OPERATIONS.values():
            if operation.name not in UNSMOOTH:
                rng = np.random.default_rng([seed, *map(ord, operation.name)])
                for _ in range(operation.tries):
                    yield operation.name, operation.example(seeded(rng)), operation.roads[0], seed


@functools.cache
def cases() -> list[Case]:
    """Some of every operation."""
    found: list[Case] = []
    count: Counter[Any] = Counter()
    for name, example, road, seed in _examples():
        with warnings.catch_warnings(action="ignore"), contextlib.suppress(*RAISED):
            for case in _cases_of(name, example, road, seed):
                if any(count[row] < ENOUGH for row in case.rows):
                    found.append(case)
                    count.update(set(case.rows))
    return found


def _cases_of(name: str, example: Example, road: str, seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    exact = example.arrays(rng)
    kinds = ([np.float64], [np.float64], [np.float64], [np.float32], [np.float32, np.float64])
    dtypes = kinds[seed % len(kinds)]
    arrays = [x.astype(dtypes[k % len(dtypes)]) for k, x in enumerate(exact)]
    is_exact = all(x.dtype == np.float64 for x in arrays)
    exact = [x.astype(np.float64) for x in arrays]
    direction = [np.asarray(rng.uniform(-1, 1, x.shape)) for x in arrays]
    m = Ours(road)
    leaves = [Tensor(x) for x in arrays]
    z = example.f(m, *leaves)
    weights = np.asarray(rng.uniform(0.5, 1.5, z.shape), z.dtype)
    if not z.size or not np.all(np.isfinite(z.data)):
        return

    def along(t: float) -> float:
        moved = [np.asarray(x + t * v) for x, v in zip(exact, direction)]
        return float(np.sum(example.f(PLAIN, *moved) * weights.astype(np.float64)))

    if not z.ndim and not seed:  # with a seed of 1
        weights = np.ones_like(weights)
        yield _case(name, z, leaves, direction, along, is_exact)
    yield _case(name, ag.sum(z * weights), leaves, direction, along, is_exact)
    if not is_exact or name in TIES:
        return

    def energy(*xs: Tensor) -> Any:
        z = example.f(m, *xs)
        return ag.sum(weights * (z + 0.5 * z * z))

    other = [np.cos(7 * v) for v in direction]

    def slopes_along(t: float) -> float:
        xs = [Tensor(x + t * v) for x, v in zip(exact, direction)]
        return product(ag.gradients(energy(*xs), xs), other)

    slopes = ag.gradients(energy(*leaves), leaves, create_graph=True)
    root = sum(ag.sum(s * v) for s, v in zip(slopes, other))
    if root.row is not None:
        yield _case(f"{name}, twice", root, leaves, direction, slopes_along, is_exact)


def _case(
    name: str, root: Any, leaves: list[Tensor], direction: list[Any],
    along: Callable[[float], float], is_exact: bool,
) -> Case:  # fmt: skip
    rows: Counter[Any] = Counter()
    for node in backward_order([root]):
        if isinstance(node, Tensor):
            rows[node.row] += 1
            _lock((node._data, node._inputs))
    return Case(name, root, leaves, direction, along, 1e-6 if is_exact else 1e-4, rows)


def _lock(x: Any) -> None:
    """Nothing may write into an array, or the cases after a mutant that does would be others."""
    if isinstance(x, np.ndarray):
        x.flags.writeable = False
    elif isinstance(x, tuple):
        for each in x:
            _lock(each)


def of_rows(rows: Iterable[Any]) -> list[Case]:
    """The cases in which some rows take part, those of the fewest rows first."""
    found = [case for case in cases() if any(row in case.rows for row in rows)]
    return sorted(found, key=lambda case: case.rows.total())


# Killing


def pull(row: Any, kind: str) -> Any:
    """What gives the shares of the operands of kind "v", from the rules as they are now."""
    op: Structural = structural.where if row is elementary.where else row
    return structural.together(
        [f for f, k in zip(op.pullbacks, kind) if k == "v" and f], op.through
    )


def is_wrong(case: Case, rows: tuple[Any, ...]) -> str:
    """How a case comes out wrong with the rules as they are now; "" where it comes out right."""
    if case.known is None:
        return ""
    expected, tolerance = case.known
    nodes = [n for n in backward_order([case.root]) if isinstance(n, Tensor) and n.row in rows]
    before = [node._pull for node in nodes]
    of_graphs = {}
    try:
        for node in nodes:
            kind = "".join("v" if isinstance(x, Tensor) else "c" for x in node.operands)
            node._pull = pull(node.row, kind)
            if node.row is elementary.where or isinstance(node.row, Structural):
                op = structural.where if node.row is elementary.where else node.row
                of_graphs[op, kind + "c" * op.keeps] = node._pull
        with (
            mock.patch.dict(PULLBACKS, of_graphs),
            np.errstate(all="ignore"),
            warnings.catch_warnings(action="ignore"),
        ):
            for as_graph in (False, True):
                slopes = ag.gradients(case.root, case.leaves, create_graph=as_graph)
                found = product([bare(s) for s in slopes], case.direction)
                if not abs(found - expected) <= tolerance:
                    return "differences, as graphs" if as_graph else "differences"
    except Exception as error:
        return f"an error ({type(error).__name__})"
    finally:
        for node, old in zip(nodes, before):
            node._pull = old
    return ""


@functools.cache
def edges(op: Any) -> list[Callable[[], None]]:
    """Tests of what no differences show: zeros, huge and tiny numbers, singular matrices."""
    if op in _rows_named(PRODUCTS):
        return [
            *(functools.partial(test_factors.test_products, row) for row in test_factors.ROWS),
            test_factors.test_what_is_infinite_or_nan, test_factors.test_large_adjoints,
        ]  # fmt: skip
    if op in _rows_named("det cofactors cofactors_along"):
        return [
            *(functools.partial(test_linalg.test_derivatives_of_determinants, kind, n)
              for kind in test_linalg.KINDS for n in (3, 5)),
            *(functools.partial(test_linalg.test_third_derivatives_are_right_or_nan_with_the_reason, n)
              for n in (3, 4)),
            *(functools.partial(test_linalg.test_each_matrix_of_a_stack_is_judged_by_itself, dtype)
              for dtype in (np.float64, np.float32)),
            test_linalg.test_second_derivatives_in_single_precision,
        ]  # fmt: skip
    if op in _rows_named("std norm"):
        test, function = (
            test_reductions.test_slopes_by_no_elements_have_their_shape,
            getattr(ag, op.name),
        )
        return [functools.partial(test, function, shape) for shape in ((0,), (0, 3), (2, 0))]
    if op in _rows_named("linear conv2d"):
        test = test_fused.test_a_fused_activation_is_the_plain_one
        return [
            functools.partial(test, name, np.float64, rows)
            for name in networks.ACTIVATIONS for rows in (1, 1500)
        ]  # fmt: skip
    if op is networks.sigmoid_cross_entropy_sum:
        test = test_forms.test_the_form_of_a_binary_cross_entropy_in_numpy_is_its_row
        return [functools.partial(test, size, np.float64) for size in (1, 1000, 40_000)]
    if op is networks.softmax_cross_entropy_sum:
        test = test_forms.test_the_form_of_a_cross_entropy_in_numpy_is_the_quick_one
        return [
            functools.partial(test, classes, kind, np.float64)
            for kind in ("labels", "distributions") for classes in (1, 2, 5)
        ]  # fmt: skip
    if op is eigen.general_eigenvalues:
        of_all = test_linalg_decompositions.test_functions_of_eigenvalues_alone_divide_by_no_gap
        of_one = test_linalg_decompositions.test_equal_eigenvalues_have_no_derivatives_of_their_own
        return [
            functools.partial(test, kind)
            for test in (of_all, of_one) for kind in ("diagonal", "identity", "zero")
        ]  # fmt: skip
    return SINGLE.get(op, [])


def _logarithms_of_singular_matrices() -> None:
    x = Tensor([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [3.0, 5.0]]])
    with np.errstate(all="ignore"):
        found = ag.gradients(np.linalg.slogdet(x)[1], x, seed=np.ones(2))
    np.testing.assert_allclose(
        found, [[[math.inf, -math.inf], [-math.inf, math.inf]], [[-5.0, 3.0], [2.0, -1.0]]]
    )


SINGLE: dict[Any, list[Callable[[], None]]] = {
    linalg.logabsdet: [_logarithms_of_singular_matrices],
    systems.lu: [test_linalg_functions.test_each_matrix_of_a_stack_of_factors_is_judged_by_itself],
    singular.lstsq: [
        test_linalg_decompositions.test_least_squares_beside_right_sides_that_do_not_count
    ],
    qr.orthogonal_factor: [
        test_linalg_decompositions
        .test_vectors_beyond_the_singular_values_are_known_if_there_is_one
    ],
}  # fmt: skip
"""Operations with one such test."""


def killer(target: Target, function: Function) -> str | None:
    """What finds out a function that takes the place of a part of a rule; None where nothing does."""
    for case in of_rows(target.rows):
        _ = case.known  # by the right rules
        with target.put(function):
            if how := is_wrong(case, target.rows):
                return how
    with (
        target.put(function), mock.patch.dict(PULLBACKS, clear=True),
        mock.patch.dict(QUICK, clear=True), warnings.catch_warnings(action="ignore"),
    ):  # fmt: skip
        return "edges" if any(fails(test) for row in target.rows for test in edges(row)) else None
