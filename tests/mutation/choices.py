"""What kills a wrong rule of choices, or of squares of roots: the tests of these, run once more.

Such rules say where a choice leaves an operand out, and what is smooth although a root in it has a
kink; no differences at ordinary points show them.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import warnings
from collections.abc import Callable, Iterator
from unittest import mock

import numpy as np

from autograd import Value
from autograd.rules import quotients, structural
from autograd.rules.elementary import BUILT_IN, TABLE
from autograd.rules.nary import NARY
from autograd.tensors import masks
from autograd.tensors.compiling import PULLBACKS
from autograd.tensors.operations import QUICK
from autograd.tensors.tensor import Tensor
from tests import (
    test_complex,
    test_fused,
    test_linalg_decompositions,
    test_second_derivatives,
    test_zeros,
)
from tests.mutation.arrays import Target
from tests.mutation.programs import Function
from tests.mutation.rows import fails
from tests.mutation.sweeps import patience

QUOTIENTS = ("quotient", "_is_again", "_parts", "_of_parts")
MASKS = (
    "flat_sides", "masks_of", "masked_shares", "_masks_of_mixed", "_reached", "dead",
    "_without_slope", "_flat_side", "_fitted", "note_mask",
)  # fmt: skip


def targets() -> Iterator[Target]:
    """The conditions and partials beside the rows, and the functions that use them."""
    rows = [row for name, row in TABLE.items() if name in BUILT_IN]
    for op in (*rows, *NARY.values(), *structural.TABLE.values()):
        for part in ("flat", "of_square"):
            if getattr(op, part, None):
                put = functools.partial(mock.patch.object, op, part)
                of = " of arrays" if isinstance(op, structural.Structural) else ""
                yield Target(f"{op.name}{of}, {part}", getattr(op, part), (op, part), put)
    for module, names in ((quotients, QUOTIENTS), (masks, MASKS)):
        for name in names:
            function = getattr(module, name)
            yield Target(name, function, (module,), functools.partial(_everywhere, function))


@contextlib.contextmanager
def _everywhere(function: Function, f: Function) -> Iterator[None]:
    """Another function wherever a module has this one."""
    name = function.__name__
    with contextlib.ExitStack() as stack:
        for module in [m for n, m in sys.modules.items() if n.startswith("autograd.")]:
            if vars(module).get(name) is function:
                stack.enter_context(mock.patch.object(module, name, f))
        yield


def _tests(target: Target) -> Iterator[Callable[[], None]]:
    zeros, roots = test_zeros, test_second_derivatives
    if target.rows[-1] == "flat":
        op = target.rows[0]
        if op.name in NARY and op is NARY[op.name]:
            yield functools.partial(zeros.test_flat_sides_of_many_operands, op.name)
            return
        yield functools.partial(zeros.test_an_operand_is_left_out_where_it_changes_nothing, op)
        yield from (
            functools.partial(zeros.test_flat_sides_of_rows, op, of) for of in (Value, Tensor)
        )
    elif target.rows[0] is masks:
        yield from (
            functools.partial(zeros.test_what_was_not_chosen_contributes_nothing, name)
            for name in zeros.CHOICES
        )
        yield from (
            functools.partial(zeros.test_what_has_no_part_in_a_matrix, name)
            for name in zeros.MATRICES
        )
        yield from (
            functools.partial(zeros.test_flat_sides_of_rows, row, Tensor) for row in zeros.FLAT
        )
        yield from (
            functools.partial(zeros.test_zeros_of_arithmetic_and_of_ties_stay, f, x)
            for f, x in zeros.TIES
        )
        yield functools.partial(
            test_fused.test_a_fused_activation_is_the_plain_one, "relu", np.float64, 1
        )
        yield zeros.test_the_tie_of_a_fused_relu_is_that_of_relu
        yield zeros.test_a_slope_on_a_flat_side_depends_on_nothing
        yield zeros.test_values_in_arrays_that_were_left_out
        yield zeros.test_no_warning_of_what_was_left_out_and_those_of_the_rest
        yield zeros.test_inner_gradients_are_strict_too
        yield test_linalg_decompositions.test_a_vector_beside_equal_values_has_its_derivative
    else:
        if target.rows[0] is quotients:
            for of in (Value, Tensor):
                for g in roots.MULTIPLES:
                    yield functools.partial(roots.test_the_quotient_of_a_multiple, g, of)
                for g in roots.OTHERS:
                    yield functools.partial(roots.test_what_is_no_multiple_has_no_quotient, g, of)
            yield roots.test_the_quotient_of_what_is_a_multiple_here_and_there
        for f, expected in (*roots.ROOTS, *roots.LENGTHS):
            yield functools.partial(roots.test_second_derivatives_at_kinks, f, expected)
        for f, expected in roots.ROOTS:
            yield functools.partial(roots.test_second_derivatives_at_kinks_of_arrays, f, expected)
        yield roots.test_squares_of_lengths_of_arrays_are_smooth
        yield test_complex.test_the_square_of_a_modulus_is_smooth_at_0


def killer(target: Target, function: Function) -> str | None:
    """What finds out a function that takes the place of a part of a rule; None where nothing does."""
    with (
        target.put(function), mock.patch.dict(PULLBACKS, clear=True),
        mock.patch.dict(QUICK, clear=True), warnings.catch_warnings(action="ignore"),
    ):  # fmt: skip
        return "edges" if any(map(_fails, _tests(target))) else None


def _fails(test: Callable[[], None]) -> bool:
    def in_time() -> None:
        with patience():
            test()

    return fails(in_time)
