"""A graph computed again from other numbers, in other arithmetics.

The checker does so to bound rounding errors and to compute in higher precision; nothing here looks
at a derivative.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.arithmetic.base import Arithmetic
from autograd.graph import backward_order
from autograd.rules import elementary, structural
from autograd.rules.complexes import is_complex
from autograd.rules.elementary import Elementary
from autograd.rules.nary import Nary
from autograd.rules.row import Scalar
from autograd.rules.structural import Structural
from autograd.tensors.compiling import VALUES
from autograd.tensors.tensor import Tensor
from autograd.value import Value, nary_value

Function = Callable[..., Any]


class OpaqueError(Exception):
    """Error for an operation that cannot be replayed: only its derivative is known."""


PRODUCTS = (
    *("matmul", "linear", "inv", "solve", "det", "logabsdet", "cholesky", "pinv", "lstsq", "roots"),
    *("eigenvalues", "eigenvectors", "general_eigenvalues", "general_eigenvectors"),
    *("singular_values", "left_vectors", "right_vectors", "orthogonal_factor", "upper_factor"),
    *("triangular", "lu", "banded", "toeplitz", "sylvester"),
    *("expm", "logm", "sqrtm", "matrix_power", "funm"),
)
"""Operations that run over the last axis of their first operand for each of their numbers."""


class Instruction(NamedTuple):
    """One node and the inputs it was computed from."""

    node: Any
    places: tuple[int, ...]
    """Indices of its operands in the program; -1 for a constant."""
    constants: tuple[Any, ...]
    """Operands that are constants; None for others."""

    @property
    def is_scalar(self) -> bool:
        """True for an operation of Values."""
        return isinstance(self.node, Value)

    def operands(self, results: Sequence[Any], constant: Function) -> list[Any]:
        """Return the operands in a replay."""
        return [
            constant(c) if place < 0 else results[place]
            for place, c in zip(self.places, self.constants)
        ]


STAIRS = {
    elementary.floor, elementary.ceil, elementary.trunc, elementary.round,
    elementary.floor_divide, elementary.mod, elementary.fmod,
}  # fmt: skip
"""Operations that jump from stair to stair."""
QUICK = {"", "add", "sub", "mul", "div", "neg", "square", "abs", "where", "maximum", "minimum"}
"""Operations that cost little in many bits; a leaf has no name."""
SLOW = {"erf": 8.0, "erfc": 8.0, "gelu": 8.0, "bell": 2.0}
"""Operations that cost more than others there, and how much."""


class Program:
    """Operations behind a node, operands first, the node itself last."""

    def __init__(self, root: Any) -> None:
        nodes = backward_order([root])[::-1]
        index = {id(node): i for i, node in enumerate(nodes)}
        self.steps = [_step(node, index) for node in nodes]
        self.is_scalar = all(step.is_scalar for step in self.steps)

    @functools.cached_property
    def size(self) -> int:
        """Estimated number of operations on single numbers."""
        return sum(1 if step.is_scalar else _size(step.node) for step in self.steps)

    @property
    def has_stairs(self) -> bool:
        """True where an operation jumps from stair to stair, as in rounding."""
        return any(step.node.row in STAIRS for step in self.steps)

    @functools.cached_property
    def _is_complex(self) -> bool:
        return any(is_complex(step.node) for step in self.steps)

    @functools.cached_property
    def _units(self) -> tuple[float, float]:
        """Units of work in 160 bits, of arithmetic and of other functions."""
        quick = slow = 0.0
        for step in self.steps:
            count, name = 1 if step.is_scalar else _size(step.node), step.node.op
            if name in QUICK:
                quick += count
            else:
                slow += count * SLOW.get(name, 1.0)
        return quick, slow

    def work(self, bits: int) -> float:
        """Return the work of a replay: a unit is one operation on single numbers of 160 bits.

        That of arithmetic grows as the bits, of other functions as their square.
        """
        (quick, slow), many = self._units, bits / 160
        return quick * many + slow * many**2

    def run(self, arithmetic: Any, leaves: Mapping[int, Any]) -> Any:
        """Compute the result from other leaves, given by `id`; other leaves stay as they were.

        An arithmetic has `number(x)`, which converts a plain number or array, and
        `apply(step, operands)`. Raises OpaqueError where complex numbers are among the results.
        """
        if self._is_complex:
            raise OpaqueError("there are complex numbers, which no arithmetic here has")
        results: list[Any] = []
        for step in self.steps:
            if step.node.row is not None:
                operands = step.operands(results, arithmetic.constant)
                results.append(arithmetic.apply(step, operands))
            elif id(step.node) in leaves:
                results.append(leaves[id(step.node)])
            else:
                results.append(arithmetic.number(wide(step.node._data)))
        return results[-1]


def _size(node: Any) -> int:
    """Estimate the operations on single numbers in one of arrays."""
    inputs, inner = node._inputs, 1
    if node.op == "einsum":
        *arrays, subscripts = inputs
        letters = subscripts.partition("->")[0].split(",")
        sizes = {c: n for term, x in zip(letters, arrays) for c, n in zip(term, x.shape)}
        return int(len(arrays) * math.prod(sizes.values()))
    if node.op in PRODUCTS:
        inner = inputs[0].shape[-1]
    elif node.op.startswith("conv2d"):
        inner = math.prod(inputs[1].shape[1:])
    return max([1, inner * int(np.size(node._data)), *(int(np.size(x)) for x in inputs)])


def _step(node: Any, index: Mapping[int, int]) -> Instruction:
    inputs = node.operands if isinstance(node, Value) else node._inputs or node.operands
    places = tuple([index.get(id(x), -1) for x in node.operands])
    constants = tuple([wide(x) if i < 0 else None for x, i in zip(inputs, places)])
    return Instruction(node, places, constants)


def wide(x: Any) -> Any:
    """Return floats in double precision, so that differences keep their digits; all else as is."""
    if isinstance(x, (float, np.ndarray)) and np.asarray(x).dtype.kind == "f":
        return np.asarray(x, np.float64)
    return x


def function_of(node: Any) -> Function:
    """Return the function of plain arrays of a node; OpaqueError if only a derivative is known."""
    row = node.row
    if row is elementary.where:
        return np.where if isinstance(node, Tensor) else lambda truth, chosen: chosen
    if row is structural.values:
        return lambda *xs: np.array(xs, np.float64).reshape(node.shape)
    if isinstance(row, Elementary):
        return VALUES[row]
    if isinstance(row, Nary):
        return lambda *xs: _of_many(row, xs)
    if isinstance(row, Structural):
        return row.of_arrays
    raise OpaqueError(f"{row.name} has a derivative of its user's own, and can't be computed again")


def _of_many(row: Nary, xs: Sequence[Any]) -> Any:
    """Compute an operation of any number of numbers, at each of many points."""
    inputs, options = row.split(xs)
    try:
        return row.value(_ARRAYS, inputs, *options)
    except ValueError:  # it branches, and so takes one point at a time
        of_each = np.broadcast_arrays(*inputs)
        points = zip(*(x.ravel().tolist() for x in of_each))
        found = [nary_value(row, list(point), *options)[0] for point in points]
        return np.array(found).reshape(of_each[0].shape)


class _Arrays(Arithmetic):
    """Arithmetic of arrays, with a compiled function for each row."""

    def applied(self, row: Scalar, *operands: Any) -> Any:
        """Apply an operation to arrays."""
        if isinstance(row, Nary):
            return super().applied(row, *operands)
        return VALUES[row](*operands)


_ARRAYS = _Arrays()
