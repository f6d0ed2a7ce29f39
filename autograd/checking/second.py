"""Second derivatives by hand: a gradient and a Hessian as functions that a check can take."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.checking.byhand import Given
from autograd.checking.inputs import CheckError, Function, Inputs, Leaf, Parts
from autograd.checking.report import Entry, Verdict
from autograd.checking.results import ROUNDING, array_of, signed
from autograd.nodes import is_node

SYMMETRIC = 1e-6
"""Largest difference of two entries of a symmetric matrix, relative to them."""
SMALL = 1e-9
"""Size of entries that are rounding errors, relative to the largest."""
MOST = 64
"""Largest number of inputs for which a Hessian is made of products with it."""


class Gradient:
    """Gradient as a function: a number or an array, or several of them in a row."""

    def __init__(self, f: Function, inputs: Inputs) -> None:
        self.f, self.inputs = f, inputs

    def __call__(self, *given: Any) -> Any:
        """Return the gradient."""
        parts = self.inputs.parts(self.f(*given), "the derivative")
        found = [_shaped(part, leaf) for part, leaf in zip(parts, self.inputs.leaves)]
        return found if len(found) > 1 else found[0]


def _shaped(part: Any, leaf: Leaf) -> Any:
    """Return a derivative by a leaf in the leaf's shape; a Jacobian as it is."""
    if is_node(part):
        return part
    array = array_of(part, "the derivative")
    return array.reshape(leaf.array.shape) if array.size == leaf.array.size else array


class Hessian:
    """Hessian as the derivative of a `Gradient`.

    It comes in the form of the inputs twice over, or as one matrix of all numbers by all numbers.
    """

    def __init__(self, f: Function, inputs: Inputs, word: str) -> None:
        self.f, self.inputs, self.word = f, inputs, word

    def __call__(self, *given: Any) -> Any:
        """Return the second derivatives by each leaf, of the gradient's numbers in a row."""
        found, leaves = self.f(*given), self.inputs.leaves
        if len(leaves) == 1:
            return Parts([self._alone(found, leaves[0].array)])
        matrix, columns, start = self.matrix(found), Parts(), 0
        for leaf in leaves:
            end = start + leaf.array.size
            columns.append(matrix[:, start:end].reshape(len(matrix), *leaf.array.shape))
            start = end
        return columns

    def _alone(self, found: Any, array: Any) -> Any:
        """Return the second derivatives by one array, in its shape twice over."""
        n = array.size
        is_matrix = isinstance(found, (list, np.ndarray)) and np.shape(found) == (n, n)
        return np.reshape(found, array.shape * 2) if is_matrix else found

    def matrix(self, found: Any) -> Any:
        """Return the second derivatives by all numbers among the inputs."""
        word, sizes = self.word, [leaf.array.size for leaf in self.inputs.leaves]
        n = sum(sizes)
        if isinstance(found, np.ndarray) and found.dtype != np.dtype(object):
            if found.size != n * n:
                raise CheckError(f"{word} has shape {found.shape}; it must be {(n, n)}")
            return array_of(found, word).reshape(n, n)
        rows = [self.inputs.parts(row, word) for row in self.inputs.parts(found, word)]
        blocks = [[array_of(part, word) for part in row] for row in rows]
        for row, m in zip(blocks, sizes):
            for block, k in zip(row, sizes):
                if block.size != m * k:
                    got = f"a block of {word} has shape {block.shape}"
                    raise CheckError(f"{got}; it needs {m * k} numbers")
        whole = [
            [block.reshape(m, k) for block, k in zip(row, sizes)] for row, m in zip(blocks, sizes)
        ]
        return np.block(whole)


def asymmetry(word: str, subject: Given) -> Iterator[Entry]:
    """Judge whether a Hessian is symmetric; a pair of entries that are not alike is wrong.

    The subject is a gradient with the Hessian, or products with it, as its derivative.
    """
    names = [name for leaf in subject.leaves for name in leaf.names()]
    n = len(names)
    if subject.weights.size != n:
        return  # a second derivative of a function of several results
    if n <= MOST:
        matrix = subject.matrix()
    else:
        names = ["one direction", "another"]
        rng, matrix = np.random.default_rng(3), np.zeros((2, 2))
        one, other = signed(rng, (n,)), signed(rng, (n,))
        matrix[0, 1], matrix[1, 0] = subject.product(one, other), subject.product(other, one)
    off = np.abs(matrix - matrix.T)
    sizes = np.maximum(np.abs(matrix), np.abs(matrix.T))
    least = SMALL * np.max(sizes, initial=0.0, where=np.isfinite(sizes))
    digits = max(SYMMETRIC, ROUNDING * subject.epsilon)
    wrong = np.argwhere(off > digits * sizes + least)
    for i, j in wrong[wrong[:, 0] < wrong[:, 1]][:1].tolist():
        one, other, bound = matrix[i, j], matrix[j, i], digits * sizes[i, j] + least
        yield Entry(
            f"{word} by {names[i]} and {names[j]}", math.nan, float(one), float(other),
            float(bound), Verdict.WRONG, "it is not symmetric", count=2,
        )  # fmt: skip
