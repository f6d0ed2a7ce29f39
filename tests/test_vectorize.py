"""Functions that are applied to parts of arrays: branches, elements, signatures, compiled ones."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.trees import flatten

T = Tensor([[1.0, 2.0], [3.0, 5.0]])


def stepped(x: Any) -> Any:
    if x > 2:
        return x * x
    return -x


def test_a_branch_on_data_names_its_line() -> None:
    line = stepped.__code__.co_firstlineno + 1
    wanted = (
        rf"^vectorize: stepped branches on data in line {line} of test_vectorize.py, 'if x > 2:';"
    )
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


# Compiled functions


def curved(x: Any, y: Any, n: int = 2) -> Any:
    """A function with sides, of which one is constant."""
    if x > y:
        return ag.exp(x) * y**n
    return x * y * y if x > -1.0 else 3.0


def one_by_one(f: Callable[..., Any], *operands: Any) -> Any:
    """The function of each element by itself, of arrays that broadcast: the reference."""
    wide = [
        np.broadcast_to(ag.array(x), np.broadcast_shapes(*map(np.shape, operands)))
        for x in operands
    ]
    elements = [f(*[x[i] for x in wide]) for i in np.ndindex(wide[0].shape)]
    return ag.array(elements).reshape(wide[0].shape)


SHAPES: Sequence[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((5,), ()), ((), (4,)), ((3, 1), (4,)), ((2, 3), (2, 3)), ((1,), (1, 1)), ((), ()), ((1, 3), (3, 1)),
]  # fmt: skip
compiled_only = pytest.mark.both


@compiled_only
@pytest.mark.parametrize("shapes", SHAPES)
def test_compiled_elements_are_calls_one_by_one(shapes: Any) -> None:
    """Values with NumPy's broadcasting, and derivatives of first and second order."""
    r = np.random.default_rng(0)
    x, y = (r.normal(size=shape) * 2 for shape in shapes)
    f = ag.compile(curved)
    each = ag.vectorize(f)
    expected = np.vectorize(curved, otypes=[float])(x, y)
    for found in (each(x, y), each(x.tolist(), y=y), ag.vectorize(f, otypes=[float])(x, y)):
        assert type(found) is np.ndarray
        assert found.shape == expected.shape
        assert np.array_equal(found, expected)
    given = Tensor(x), Tensor(y)
    z = each(*given)
    assert type(z) is Tensor
    assert np.array_equal(z.data, expected)
    weights = r.normal(size=expected.shape)

    def total(g: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, y: ag.sum(weights * g(x, y) ** 2)

    alone = total(lambda x, y: one_by_one(curved, x, y))
    (total(each)(*given)).backward()
    for t, slope in zip(given, ag.grad(alone, argnums=(0, 1))(x, y)):
        np.testing.assert_allclose(t.grad, slope, 1e-13, 1e-13)
    for which, shape in enumerate(shapes):

        def second(g: Callable[..., Any], which: int = which, shape: Any = shape) -> Any:
            f = (lambda v: g(v, y)) if which == 0 else (lambda v: g(x, v))
            return ag.hvp(f)((x, y)[which], np.ones(shape))

        np.testing.assert_allclose(second(total(each)), second(alone), 1e-12, 1e-12)


@compiled_only
def test_compiled_elements_forward_and_in_mixed_company() -> None:
    each = ag.vectorize(ag.compile(curved))
    x = np.array([-2.0, 0.5, 2.0])
    _, rate = ag.jvp(lambda x: each(x, 1.0), (x,), (np.ones(3),))
    np.testing.assert_allclose(rate, [0.0, 1.0, np.exp(2.0)])
    v = Value(1.0)
    ag.sum(each(x, v)).backward()
    assert v.grad == pytest.approx(0.0 + 2 * 0.5 * 1.0 + 2 * np.exp(2.0))
    assert each(Value(2.0), 1.0).data == np.exp(2.0)
    assert each(x, 1.0, 3).tolist() == each(x, 1.0, n=3).tolist() == each(x, 1.0).tolist()
    values = [Value(a) for a in x]
    ag.sum(each(values, 1.0)).backward()
    np.testing.assert_allclose([v.grad for v in values], rate)


@compiled_only
def test_compiled_elements_with_excluded_weights_and_trees() -> None:
    """What is left out is shared by all; its gradient is the sum."""

    def model(w: Any, x: Any, mode: str) -> Any:
        z = w["k"][0] * x + w["k"][1]
        return {"z": z * w["b"], "both": (z * z if mode == "square" else z, 1.0)}

    each = ag.vectorize(ag.compile(model), excluded={0, "mode"})
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    w = {"k": np.array([0.5, -1.0]), "b": 2.0}
    found = each(w, x, mode="square")
    np.testing.assert_allclose(found["z"], 2 * (0.5 * x - 1))
    assert found["both"][1].shape == (2, 3)

    def loss(w: Any, x: Any) -> Any:
        found = each(w, x, mode="square")
        return ag.sum(found["z"] * found["both"][0])

    def alone(w: Any, x: Any) -> Any:
        results = [model(w, v, "square") for v in ag.ravel(x)]
        return sum([each["z"] * each["both"][0] for each in results])

    for argnums in (0, 1, (0, 1)):
        got, wanted = (flatten(ag.grad(f, argnums=argnums)(w, x))[0] for f in (loss, alone))
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_allclose(one, other, 1e-12)


@compiled_only
def test_compiled_elements_that_are_vectors() -> None:
    f = ag.compile(lambda a, b: (sum([p * q for p, q in zip(a, b)]), a * b[0]))
    each = ag.vectorize(f, signature="(n),(n)->(),(n)")
    r = np.random.default_rng(1)
    a, b = r.normal(size=(4, 1, 3)), r.normal(size=(2, 3))
    dots, scaled = each(a, b)
    np.testing.assert_allclose(dots, (a * b).sum(-1))
    np.testing.assert_allclose(scaled, a * b[:, :1])
    assert scaled.shape == (4, 2, 3)
    A, B = Tensor(a), Tensor(b)
    dots, scaled = each(A, B)
    ag.sum(dots**2 + scaled[..., 1]).backward()
    C, D = Tensor(a), Tensor(b)
    ag.sum((C * D).sum(-1) ** 2 + (C * D[:, :1])[..., 1]).backward()
    np.testing.assert_allclose(A.grad, C.grad, 1e-12)
    np.testing.assert_allclose(B.grad, D.grad, 1e-12)
    with pytest.raises(ValueError, match=r"vectorize: got shape \(4,\) for"):
        each(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="vectorize: got results of"):
        ag.vectorize(ag.compile(lambda a: a), signature="(n)->()")(a)


@compiled_only
def test_compiled_elements_of_types_and_none() -> None:
    each = ag.vectorize(ag.compile(curved))
    x = np.array([0.5, 2.0], np.float32)
    t = Tensor(x)
    z = each(t, np.float32(1.0))
    assert z.dtype == np.float32
    assert each(t, np.ones(2)).dtype == np.float64
    ag.sum(z).backward()
    assert t.grad.dtype == np.float32
    assert each(np.array([1, 2]), np.array([True])).tolist() == [1.0, np.exp(2.0)]
    assert each(np.zeros((0, 3)), 1.0).shape == (0, 3)
    with pytest.raises(
        TypeError, match=r"vectorize: got ndarray of complex128 for x; it takes numbers"
    ):
        each(np.zeros(2, complex), 1.0)
    with pytest.raises(ValueError, match=r"vectorize: got shapes \(2,\), \(3,\); they must"):
        each(np.zeros(2), np.zeros(3))


@compiled_only
def test_compiled_elements_are_recorded_anew_after_clear() -> None:
    """Also what pulls derivatives back: it would have the factor of before."""
    factor = 2.0
    f = ag.compile(lambda x: x * x * factor)
    each, slope = ag.vectorize(f), ag.grad(lambda x: ag.sum(ag.vectorize(f)(x)))
    x = np.array([1.0, 3.0])
    assert slope(x).tolist() == [4.0, 12.0]
    factor = 5.0
    f.clear()
    assert slope(x).tolist() == [10.0, 30.0]
    assert each(x).tolist() == [5.0, 45.0]
