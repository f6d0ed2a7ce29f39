"""Tensors made of Values, Tensors and numbers: ag.array and ag.stack."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

pytestmark = pytest.mark.both

NESTED: list[Any] = [
    lambda m, x, y, z: m([x, y, z]),
    lambda m, x, y, z: m((x, 1.0, z)),
    lambda m, x, y, z: m([[x, y], [2, z]]),
    lambda m, x, y, z: m([[[x]], [[y]]]),
    lambda m, x, y, z: m([x, True, np.float32(0.5), np.array(0.25), z]),
    lambda m, x, y, z: m(x),
    lambda m, x, y, z: m([x, y], ndmin=3),
    lambda m, x, y, z: m([x, x, x], dtype=np.float32),
]
MAKERS: dict[str, Any] = {
    "Values": Value,
    "Tensors": Tensor,
    "of both": lambda x: Value(x) if x < 1.0 else Tensor(x),
    "results": lambda x: Value(x) * 1.0 if x < 1.0 else Tensor([x])[0],
}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("form", NESTED)
def test_an_array_is_that_of_numpy_and_its_elements_get_their_gradients(
    form: Any, kind: str
) -> None:
    numbers = [0.5, 2.0, 3.0]
    leaves = [MAKERS[kind](x) for x in numbers]
    made, expected = form(ag.array, *leaves), form(np.array, *numbers)
    assert type(made) is Tensor
    assert made.dtype == expected.dtype
    np.testing.assert_array_equal(made.data, expected)
    found = ag.gradients(weighted(made), leaves)
    slopes = ag.grad(lambda *xs: weighted(form(ag.array, *xs)), argnums=(0, 1, 2))(*numbers)
    for g, slope in zip(found, slopes):
        assert float(g) == slope


def weighted(x: Any) -> Any:
    return ag.sum(x**2 * np.arange(1.0, 1.0 + x.size).reshape(x.shape))


@pytest.mark.parametrize("form", NESTED[:-1])  # the last is in single precision
def test_derivatives_of_an_array_are_right(form: Any) -> None:
    f = lambda *xs: weighted(form(ag.array, *xs))  # noqa: E731
    assert not ag.gradcheck(f, 0.5, 2.0, 3.0, order=2, raise_error=False).count("wrong")


def test_an_array_of_numbers_is_one_of_numpy() -> None:
    for x in ([1, 2], [], 2.0, [[1.0], [2.0]], range(3), (True, False), np.ones(2, np.float32)):
        made, expected = ag.array(x), np.array(x)
        assert type(made) is np.ndarray
        assert made.dtype == expected.dtype
        np.testing.assert_array_equal(made, expected)
    numbers = np.ones(2)
    assert ag.array(numbers) is not numbers
    assert ag.array([1.0, 2.0], np.float32, order="F", ndmin=2).shape == (1, 2)


def test_an_array_is_a_copy() -> None:
    t = Tensor([1.0, 2.0])
    made = ag.array(t)
    made[0] = 5.0
    np.testing.assert_array_equal(t.data, [1.0, 2.0])
    assert ag.array(t, copy=False) is t
    objects = np.empty(2, object)
    objects[0], objects[1] = Value(1.0), t[1]
    np.testing.assert_array_equal(ag.array(objects).data, [1.0, 2.0])


@pytest.mark.parametrize("join", [ag.stack, np.stack])
@pytest.mark.parametrize("axis", [0, -1])
def test_a_stack_with_a_tensor_in_it_is_a_tensor(join: Any, axis: int) -> None:
    v, t = Value(2.0), Tensor(3.0)
    for several, numbers in (
        ([v, t, v, 1.0], [2.0, 3.0, 2.0, 1.0]),
        ([t, v, 2], [3.0, 2.0, 2.0]),
        ([t, np.float32(1), v], [3.0, 1.0, 2.0]),
    ):
        made = join(several, axis=axis)
        assert type(made) is Tensor
        np.testing.assert_array_equal(made.data, numbers)
        v.zero_grad()
        ag.sum(made * 3.0).backward()
        assert v.grad == 3.0 * sum(x is v for x in several)


def test_a_stack_of_values_is_a_tensor_and_that_of_their_arrays_is_not() -> None:
    v, w = Value(2.0), Value(3.0)
    made = ag.stack([v, 1.0, w * v])
    assert type(made) is Tensor
    np.testing.assert_array_equal(made.data, [2.0, 1.0, 6.0])
    np.testing.assert_array_equal(np.stack([v, 1.0, w]).data, [2.0, 1.0, 3.0])
    for objects in (ag.stack([[v, 1.0], [w, v]]), np.stack([[v], [w]]), np.array([v, w])):
        assert objects.dtype == object
        assert objects.flat[0] is v


OF_LISTS: list[Any] = [
    ag.sum, ag.mean, ag.prod, ag.max, ag.min, ag.var, ag.std, ag.norm, ag.logsumexp, ag.softmax,
    ag.log_softmax, ag.exp, ag.cumsum, ag.sort, ag.median, ag.reshape, ag.trapezoid, ag.diff,
    lambda x: ag.dot(x, [1.0, 2.0, 3.0]), lambda x: ag.dot([1.0, 2.0, 3.0], x), lambda x: ag.maximum(x, 1.5),
    lambda x: ag.maximum(Tensor([1.0, 2.0, 3.0]), x), lambda x: ag.concatenate([x, [1.0]]),
    lambda x: ag.matmul(x, [1.0, 2.0, 3.0]), lambda x: ag.outer(x, [1.0, 2.0]), lambda x: ag.where([True, False, True], x, 0.0),
    lambda x: ag.linalg.solve(np.eye(3), x), lambda x: ag.einsum("i,i", x, x), lambda x: ag.stack([x, x]),
]  # fmt: skip


@pytest.mark.parametrize("f", OF_LISTS)
def test_a_list_with_tensors_in_it_is_as_good_as_a_tensor(f: Any) -> None:
    f = (lambda x: ag.reshape(x, (3, 1))) if f is ag.reshape else f
    v, t = Value(0.5), Tensor([2.0, 1.0])
    several = [t[0], v, t[1] * 2.5]
    found, expected = f(several), f(ag.array(several))
    assert type(found) is Tensor
    np.testing.assert_array_equal(found.data, expected.data)
    for g, h in zip(
        ag.gradients(ag.sum(found**2), [v, t]), ag.gradients(ag.sum(expected**2), [v, t])
    ):
        np.testing.assert_array_equal(g, h)


def test_rows_of_tensors_are_reduced_along_either_axis() -> None:
    v, w, x = Value(2.0), Value(3.0), np.array([1.0, 2.0, 4.0])
    for axis, expected in ((None, 35.0), (0, [5.0, 10.0, 20.0]), (1, [14.0, 21.0])):
        np.testing.assert_array_equal(ag.sum([v * x, w * x], axis=axis).data, expected)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda v, t: ag.array([v, None]), "^array: got None; it needs real numbers"),
        (lambda v, t: ag.array([t[0], "a"]), "^array: got str 'a'; it needs real numbers"),
        (lambda v, t: ag.array([v, 1j]), "^array: got complex 1j; it needs real numbers"),
        (lambda v, t: ag.array([v, [v]]), "^array: got a ragged list; it needs rows"),
        (lambda v, t: ag.array([v, t]), r"^array: got elements of shapes \(\) and \(2,\); they"),
        (
            lambda v, t: ag.array([v], dtype=int),
            "^astype: got dtype=int64; a Tensor needs a floating",
        ),
        (lambda v, t: ag.array([v], copy=False), "^array: got copy=False; "),
        (lambda v, t: ag.array([v], order="F"), "^array: got order='F'; "),
        (lambda v, t: ag.stack([v, None]), "^stack: got None; it needs real numbers"),
        (lambda v, t: ag.stack([t[0], None]), "^stack: got None; it needs real numbers"),
        (lambda v, t: ag.stack([v, t]), "^stack: got shapes"),
        (lambda v, t: ag.sum([t[0], None]), "^sum: got None; it needs real numbers"),
        (lambda v, t: ag.exp([t[0], t]), r"^exp: got elements of shapes \(\) and \(2,\); they"),
        (lambda v, t: np.array([t, t]), "ag.array to make one Tensor of several"),
        (lambda v, t: np.array([v, t[0]]), "ag.array to make one Tensor of several"),
    ],
)
def test_what_is_no_array_is_refused_in_one_line(wrong: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message) as error:
        wrong(Value(2.0), Tensor([1.0, 2.0]))
    assert "\n" not in str(error.value)


def test_a_list_beside_a_tensor_may_hold_tensors_and_values() -> None:
    t, v = Tensor([1.0, 2.0, 3.0]), Value(4.0)
    z = t * [t[0], v, 2.0] + [[t[2], 1.0, v]]
    np.testing.assert_array_equal(z.data, [[4.0, 9.0, 10.0]])
    z.sum().backward()
    np.testing.assert_array_equal(t.grad, [2.0, 4.0, 3.0])
    assert v.grad == 3.0
