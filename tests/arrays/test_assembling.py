"""Arrays put together: edges and refusals; tests/table/assembling.py has the rest."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

T = Tensor(np.arange(4.0).reshape(2, 2))
INTS = np.arange(3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: np.select([T > 1], [T, T]), "select: got 1 conditions and 2 choices; it needs"),
        (lambda: np.select([T], [T]), "select: got a condition of float64; it needs booleans"),
        (lambda: np.choose(T, [T]), "choose: got indices of float64; it needs integers"),
        (lambda: np.choose([2], [T, T]), "choose: invalid entry in choice array"),
        (lambda: np.piecewise(T, [T > 1], [1.0, 2.0, 3.0]), "piecewise: got 1 conditions and 3"),
        (lambda: ag.piecewise(INTS, [INTS > 1], [T[0, 0]]), "piecewise: got x of int64"),
        (lambda: np.trim_zeros(T[0], "x"), "trim_zeros: got trim='x'; it needs 'fb'"),
        (lambda: np.insert(T, T, 0.0), "insert: got a Tensor as index; it needs integers"),
        (lambda: np.insert(INTS, 0, T[0, 0]), "insert: got a Tensor to put into an array of int"),
        (lambda: np.insert(T, 9, 0.0), "insert: index 9 is out of bounds"),
        (lambda: np.meshgrid(T, indexing="ji"), "meshgrid: got indexing='ji'; it needs 'xy'"),
        (lambda: np.broadcast_arrays(T, INTS), "broadcast_arrays: got shapes (2, 2) and (3,)"),
        (lambda: np.astype(T, int), "astype: got dtype=int64; a Tensor needs a floating type"),
        (lambda: np.linspace(T, 0, -1), "linspace: got num=-1; it must be at least 0"),
        (lambda: np.geomspace(T, 1.0), "geomspace: got 0 as an end"),
        (lambda: np.block([[T], [T[0], T]]), "block: "),
    ],
)
def test_what_can_not_be_put_together_says_so(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError, IndexError)) as error:
        wrong()
    name, _, words = message.partition(": ")
    assert str(error.value).startswith(f"{name}: got ")
    assert words in str(error.value)


def test_what_was_not_chosen_has_no_part_in_the_gradient() -> None:
    """Not even 0 times an infinite slope."""
    x = Tensor([0.0, 4.0])
    root = np.sqrt(x)
    for z in (
        np.select([x > 1], [root], 0.0),
        np.choose([0, 1], [1.0, root]),
        np.piecewise(x, [x > 1], [np.sqrt, 0.0]),
        np.compress([False, True], root),
        np.extract(x > 1, root),
    ):
        np.testing.assert_array_equal(ag.gradients(z.sum(), x), [0.0, 0.25])


def test_a_node_anywhere_makes_a_tensor() -> None:
    """Also where NumPy itself looks for no other arrays."""
    v, t = Value(2.0), Tensor(3.0)
    mask, numbers = np.array([True, False]), np.array([1.0, 1.0])
    for node in (v, t):
        for z in (
            ag.select([mask], [numbers], node),
            ag.piecewise(numbers, [mask], [0.0, node]),
            ag.insert(numbers, 0, node)[:2],
            ag.block([node, 1.0]),
            ag.append(numbers, node)[1:],
            ag.meshgrid(node, numbers)[0][:, 0],
            ag.linspace(0.0, node, 2),
        ):
            assert type(z) is Tensor
            assert ag.gradients(z.sum(), node) == 1.0 + (z.data == node.data).all()


def test_values_are_inserted_where_a_mask_says_as_numpy_reads_it() -> None:
    """NumPy once read it as integers."""
    t, mask = Tensor([1.0, 2.0, 3.0]), np.array([True, False, True])
    with warnings.catch_warnings(action="ignore"):
        for values in (0.5, [0.5]):
            plain = np.insert(t.data, mask, values)
            np.testing.assert_array_equal(np.insert(t, mask, values).data, plain)


def test_types_are_numpys() -> None:
    t = Tensor(np.ones(2, np.float32))
    for f in (
        lambda m, t: m.insert(t, 0, 0.1),
        lambda m, t: m.linspace(t, 2.0, 3),
        lambda m, t: m.geomspace(t, 2.0, 3),
        lambda m, t: m.logspace(t, 2.0, 3),
        lambda m, t: m.select([t > 0], [t], 2),
        lambda m, t: m.select([t > 0], [t], np.float64(2.0)),
        lambda m, t: m.append(t, [1]),
    ):
        found, plain = f(np, t), f(np, t.data)
        assert found.dtype == plain.dtype
        np.testing.assert_array_equal(found.data, plain)
