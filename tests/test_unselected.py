"""Every operation of the table, of which some entries are picked: what has no part in them may be
anything, for the gradient by the rest is as before, and by what has no part it is 0."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import autograd as ag
from autograd import Tensor, Value
from tests.tensor_table import OPERATIONS, Example, Operation, Ours, parameters, seeded

pytestmark = pytest.mark.both

WAYS = ("backward", "release", "graph")
TRIES = len(WAYS) * max(1, settings.default.max_examples // 100)
MOST = 16
"""The most elements of the operands: each is asked whether it has a part."""

# no entry of one result is without part; the slope is 0 everywhere; what is written over is gone;
# two zeros in place of nan are factors
NOT_TRIED = {
    "nanprod", "nancumprod", "vdot", "poly", "polyfit with more", "roots", "det of a kernel", "sigmoid_cross_entropy_sum",
    "softmax_cross_entropy_sum", "softmax_cross_entropy_sum of labels",
    "heaviside", "copysign", "floor_divide", "side", "sign", "step", "floor", "ceil", "trunc", "round", "round to decimals",
    "eigvals", "eig", "svd", "svdvals", "qr", "pinv", "pinv without small singular values",
    "cond", "tensorsolve", "tensorinv", "cho_factor and cho_solve", "lu_factor", "lu_factor and lu_solve",
    "solve_sylvester", "solve_triangular", "logm", "sqrtm", "fractional_matrix_power",
    *(name for name, operation in OPERATIONS.items() if operation.writes),
}  # fmt: skip


def picked(example: Example, operands: Any, places: Any) -> Any:
    """Entries of a result, in a row."""
    z = example.f(Ours("numpy"), *operands)
    parts = z if isinstance(z, (list, tuple)) else [z]
    return ag.concatenate([part.reshape(-1) for part in parts])[places]


def gradients(example: Example, arrays: Any, places: Any, way: str, of: Any = None) -> Any:
    """The value, and the gradients by all operands as they are, or as `of` makes them."""
    leaves = [Tensor(x) for x in arrays]
    operands = leaves if of is None else [of(x) for x in leaves]
    z = picked(example, operands, places)
    seed = np.arange(1.0, z.size + 1.0)
    if way == "graph":
        found = [g.data for g in ag.gradients(z, leaves, seed=seed, create_graph=True)]
    else:
        z.backward(seed=seed, release=way == "release")
        found = [x.grad for x in leaves]
    return z.data, found


def without_part(example: Example, arrays: Any, places: Any) -> list[Any]:
    """Masks of the entries that may be nan, all at once, and leave the picked as they are."""
    plain = [picked(example, [Tensor(x) for x in arrays], places).data]
    out = [np.zeros(x.shape, bool) for x in arrays]
    for mask in out:
        for i in np.ndindex(mask.shape):
            mask[i] = True
            changed = [Tensor(np.where(o, np.nan, x)) for x, o in zip(arrays, out)]
            try:
                z = picked(example, changed, places).data
            except (ValueError, IndexError):
                mask[i] = False
                continue
            mask[i] = np.array_equal(z, plain[0])
    return out


def tried(operation: Operation, seed: int, way: str) -> int:
    """Try an example with numbers of several kinds; return how many of them it took."""
    rng = np.random.default_rng(seed)
    example = operation.example(seeded(rng))
    arrays = example.arrays(rng)
    if not 0 < sum(x.size for x in arrays) <= MOST:
        return 0
    z = picked(example, [Tensor(x) for x in arrays], slice(None))
    if not z.size or not isinstance(z, Tensor):
        return 0
    places = rng.permutation(z.size)[: rng.integers(1, max(2, z.size // 2))]
    out = without_part(example, arrays, places)
    value, plain = gradients(example, arrays, places, way)
    if not any(o.any() for o in out) or any(g[o].any() for g, o in zip(plain, out)):
        return 0
    if not any(g.any() for g in plain):  # a slope of 0, as of x**0, is one of arithmetic
        return 0
    count = 0
    for number in (np.nan, np.inf, -np.inf, 0.0):
        changed = [np.where(o, number, x) for x, o in zip(arrays, out)]
        inner: Any = None
        try:
            if number == 0.0:  # what stands behind has an infinite slope there
                inner, roots = ag.sqrt, [np.where(o, 0.0, np.abs(x)) for x, o in zip(arrays, out)]
                changed = [r * r for r in roots]
                value, plain = gradients(example, roots, places, way)
                if any(g[o].any() for g, o in zip(plain, out)):
                    continue
                plain = [g / np.where(o, 1.0, 2 * r) for g, r, o in zip(plain, roots, out)]
            found, slopes = gradients(example, changed, places, way, inner)
        except (ValueError, IndexError):
            continue
        if not np.allclose(found, value, rtol=1e-12):
            continue
        count += 1
        for g, right, o in zip(slopes, plain, out):
            np.testing.assert_allclose(
                g, np.where(o, 0.0, right), rtol=1e-9, atol=1e-9, err_msg=f"{way} {number}"
            )
    return count


@pytest.mark.parametrize(
    "operation", parameters(o for name, o in OPERATIONS.items() if name not in NOT_TRIED)
)
def test_what_has_no_part_may_be_anything(operation: Operation) -> None:
    tries, seeds = 0, iter(range(20 * TRIES))
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        while tries < TRIES:  # StopIteration: it can't be tried
            tries += tried(operation, next(seeds), WAYS[tries % len(WAYS)]) > 0


@pytest.mark.parametrize(
    "operation", parameters(o for o in OPERATIONS.values() if not o.writes and o.orders > 1)
)
def test_picking_has_the_derivatives_of_a_product_with_ones_and_zeros(operation: Operation) -> None:
    """Where all is finite, masks make no difference, in both orders."""
    tries, seeds = 0, iter(range(20 * TRIES))
    while tries < TRIES // len(WAYS):  # StopIteration: it can't be tried
        rng = np.random.default_rng(next(seeds))
        example = operation.example(seeded(rng))
        arrays = example.arrays(rng)
        z = picked(example, [Tensor(x) for x in arrays], slice(None))
        if not isinstance(z, Tensor) or not z.size:
            continue
        places = rng.permutation(z.size)[: rng.integers(1, max(2, z.size // 2))]
        weights = np.zeros(z.size)
        weights[places] = np.arange(1.0, places.size + 1.0)
        found = []
        for by_product in (False, True):
            leaves = [Tensor(x) for x in arrays]
            if by_product:
                root = np.sum(picked(example, leaves, slice(None)) * weights)
            else:
                root = np.sum(picked(example, leaves, places) * weights[places])
            first = ag.gradients(root, leaves, create_graph=True)
            along = sum(np.sum(g * np.cos(np.arange(g.size).reshape(g.shape))) for g in first)
            second = ag.gradients(along, leaves)
            found.append([np.asarray(getattr(g, "data", g)) for g in (*first, *second)])
        for picking, product in zip(*found):
            np.testing.assert_allclose(picking, product, rtol=1e-9, atol=1e-9)
        tries += 1


@pytest.mark.parametrize("way", [*WAYS, "gradients"])
@pytest.mark.parametrize("leaf", [Value(0.0), Tensor(0.0), Tensor([0.0]), Tensor(np.zeros((2, 1)))])
def test_nothing_goes_into_an_empty_result(leaf: Any, way: str) -> None:
    """It has no element that an operand could move: not even 0 times an infinite slope."""
    x = leaf.detach()
    nothing = Tensor(np.zeros((2, 0)))
    for empty in (
        lambda z: z * nothing, lambda z: nothing + z, lambda z: nothing - z,
        lambda z: ag.maximum(z, nothing), lambda z: ag.where(nothing > 0.0, z, nothing),
        lambda z: (Tensor(np.ones((2, 1))) * z)[:, 1:], lambda z: ag.exp(nothing * z),
    ):  # fmt: skip
        with np.errstate(all="ignore"):
            y = ag.sum(empty(ag.sqrt(x))) + ag.sum(3.0 * x)
            x.zero_grad()
            if way == "graph":
                found = ag.gradients(y, x, create_graph=True).data
            elif way == "gradients":
                found = ag.gradients(y, x)
            else:
                y.backward(release=True) if way == "release" and isinstance(
                    y, Tensor
                ) else y.backward()
                found = x.grad
        np.testing.assert_array_equal(found, np.full(np.shape(x.data), 3.0))
