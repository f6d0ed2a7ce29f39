"""Functions that are applied to parts of arrays: branches, elements, signatures."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

T = Tensor([[1.0, 2.0], [3.0, 5.0]])


def stepped(x: Any) -> Any:
    if x > 2:
        return x * x
    return -x


def test_a_branch_on_data_names_its_line() -> None:
    line = stepped.__code__.co_firstlineno + 1
    wanted = rf"^vectorize: stepped branches on data in line {line} of test_along.py, 'if x > 2:';"
    with pytest.raises(ValueError, match=wanted):
        ag.vectorize(stepped)(T)


def test_where_there_is_one_element_a_branch_is_taken() -> None:
    f = ag.vectorize(stepped)
    assert ag.grad(f)(3.0) == 6.0
    assert [f(Value(1.0)).data, f(Tensor([3.0])).item(), f(Tensor(1.0)).item()] == [-1.0, 9.0, -1.0]
    np.testing.assert_array_equal(f([1.0, 3.0]), [-1.0, 9.0])


@pytest.mark.parametrize(
    "f",
    [lambda x: x - x.mean(), lambda x: x * ag.sum([x]), lambda x: ag.cumsum(x), lambda x: x[::-1]],
)
def test_what_mixes_elements_is_found_out(f: Callable[..., Any]) -> None:
    """It would give another answer than for each element by itself."""
    with pytest.raises((ValueError, TypeError, IndexError, AttributeError)):
        ag.vectorize(f)(Tensor([1.0, 2.0, 4.0]))


def test_a_function_of_values_runs_on_arrays_of_everything() -> None:
    @ag.vectorize
    def loss(x: Any, y: Any) -> Any:
        """Squared distance."""
        return (x.exp() - y) ** 2

    x, y = np.linspace(0.0, 1.0, 5), np.linspace(1.0, 3.0, 5)
    expected = 2 * (np.exp(x) - y) * np.exp(x)
    np.testing.assert_allclose(ag.grad(lambda x: ag.sum(loss(x, y)))(x), expected)
    values = [Value(v) for v in x]
    ag.sum(loss(values, y)).backward()
    np.testing.assert_allclose([v.grad for v in values], expected)
    assert loss.__doc__ == "Squared distance."


def test_arguments_that_are_left_out() -> None:
    @ag.vectorize(excluded={"p"})
    def horner(x: Any, p: Any) -> Any:
        y = 0.0
        for c in p:
            y = y * x + c
        return y

    np.testing.assert_array_equal(horner(T, p=[1.0, 0.0, 1.0]).data, T.data**2 + 1)
    np.testing.assert_array_equal(horner(T.data, p=[1.0, 0.0, 1.0]), T.data**2 + 1)


def test_several_results_and_their_types() -> None:
    both = ag.vectorize(lambda x: (x * 2, x * x), otypes=[np.float32, np.float64])
    twice, square = both(T)
    assert (twice.dtype, square.dtype) == (np.float32, np.float64)
    norm = ag.vectorize(lambda v: (v @ v, v), signature="(n)->(),(n)")
    length, same = norm(T)
    assert (length.shape, same.shape) == ((2,), (2, 2))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: ag.vectorize(lambda a: a, signature="(n,n)->(n)")(T[0]), "vectorize: got shape"),
        (lambda: ag.vectorize(lambda a: a, signature="(n)->()")(T), "vectorize: got results of"),
        (lambda: ag.vectorize(lambda a: a, signature="(),()->()")(T), "vectorize: got 1 arguments"),
        (lambda: ag.vectorize(lambda a: a, otypes="dd")(T), "vectorize: got 1 results and otypes"),
        (lambda: np.vectorize(lambda a: a)(T), "np.asarray(Tensor) would drop the gradient"),
        (lambda: np.apply_along_axis(np.sum, 0, T[:, :0]), "apply_along_axis: got shape (2, 0)"),
        (lambda: np.apply_over_axes(lambda x, a: x[0, 0], T, 0), "apply_over_axes: got a function"),
    ],
)
def test_what_can_not_be_applied_says_so(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        wrong()
    assert str(error.value).startswith(message)


def test_numpys_vectorize_names_ours() -> None:
    with pytest.raises(TypeError, match=r"ag\.vectorize"):
        np.vectorize(stepped)(T)
