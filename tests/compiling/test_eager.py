"""Functions that see that they are given variables: their programs give what they give for numbers, or an error."""

from __future__ import annotations

import contextlib
import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor
from autograd.compiling.eager import alike

pytestmark = pytest.mark.both

X, A, ONES = np.array([1.5, -2.0, 3.0]), np.array([[2.0, 1.0], [1.0, 3.0]]), np.ones((2, 2))


def caught(
    of: Callable[[Any], Any], error: type[BaseException] = Exception
) -> Callable[[Any], Any]:
    """Return a function that gives something else where an error is raised."""

    def f(x: Any) -> Any:
        try:
            return of(x) * 2.0
        except error:
            return 0.5 * x

    return f


def suppressed(x: Any) -> Any:
    found = 0.0
    with contextlib.suppress(TypeError):
        found = np.nextafter(x[0], 9.0)
    return found + x[1]


def by_match(x: Any) -> Any:
    match x:
        case float():
            return x * 2.0
        case _:
            return x * 3.0


def clipped(x: Any) -> Any:
    """Tell types apart, with a difference that is seen below 0 alone."""
    return max(x, 0.0) if isinstance(x, float) else x


@functools.singledispatch
def by_type(x: Any) -> Any:
    return x * 3.0


by_type.register(float, lambda x: x * 2.0)


@functools.lru_cache
def tripled(x: Any) -> Any:
    return x * 3.0


class Checked:
    """Function that is a method, and has a helper."""

    def scale(self, x: Any) -> float:
        return 3.0 if type(x) is float else 2.0

    def __call__(self, x: Any) -> Any:
        return x * self.scale(x)


def first_that_works(xs: Any) -> Any:
    def tried() -> Any:
        for f in (math.gamma, lambda x: x * 3.0):
            with contextlib.suppress(TypeError):
                yield f(xs[0])

    return next(tried())


def solved(A: Any) -> Any:
    try:
        return np.linalg.solve(A, np.array([1.0, 2.0]))
    except np.linalg.LinAlgError:
        return A[0] * 0.0


def rooted(A: Any) -> Any:
    try:
        return np.linalg.cholesky(A).sum()
    except np.linalg.LinAlgError:
        return A.sum()


def loud(x: Any) -> Any:
    with np.errstate(divide="raise"):
        try:
            return np.sum(np.log(abs(x)))
        except FloatingPointError:
            return np.sum(x)


def strict(x: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.sum(np.log(abs(x)))
        except RuntimeWarning:
            return np.sum(x)


SEEING: dict[str, tuple[Callable[[Any], Any], tuple[Any, ...]]] = {
    "a ufunc of numbers alone": (caught(lambda x: np.spacing(x)), (X, -X)),
    "text": (caught(lambda x: float(f"{x[0]}")), (X, -X)),
    "an array of numbers": (caught(lambda x: np.array(x, float)[:2].sum()), (X, -X)),
    "a function of math": (caught(lambda x: math.gamma(x[0])), (X, X + 1)),
    "what floats have": (caught(lambda x: x[0].is_integer(), AttributeError), (X, X + 0.5)),
    "suppressed": (suppressed, (X, -X)),
    "in a generator": (first_that_works, (X, X + 1)),
    "isinstance": (clipped, (1.5, -1.5)),
    "isinstance, first at 0": (lambda x: x * (2.0 if isinstance(x, float) else 3.0), (0.0, 1.5)),
    "a ratio, first at 1": (
        lambda v: v[0] / v[1] if type(v[0]) is float else v[1] / v[0],
        ([1.0, 1.0], [2.0, 1.0]),
    ),
    "a function for each type": (by_type, (0.0, 1.5)),
    "a sign in text": (lambda x: -x if str(x)[0] == "-" else x, (1.5, -1.5)),
    "a key of a dict": (lambda x: {1.5: 2.0, -1.5: 3.0}.get(x, 4.0) * x, (1.0, 1.5, -1.5)),
    "in a set": (lambda x: x if x in {1.5} else 0.0, (1.0, 1.5)),
    "in a list": (lambda x: x if x in [1.5] else 0.0, (1.0, 1.5)),
    "how many are different": (lambda x: len(set(x)) * x[0], ([1.0, 2.0], [1.0, 1.0])),
    "what is no number": (lambda x: np.nan_to_num(1.0 / x), (X, X * 0.0)),
    "remembered": (lambda x: tripled(x) * x, (1.5, 0.0, 1.5)),
    "a loop over a number": (caught(lambda x: sum(each for each in x), TypeError), (1.5, -1.5)),
    "truths that are added": (lambda x: ((x[0] > 0) + (x[2] > 0)) * x, (X, -X)),
    "match": (by_match, (1.5, -1.5)),
    "type, in a method": (Checked(), (1.5, -1.5)),
    "hasattr": (lambda x: x * 2.0 if hasattr(x, "is_integer") else x * 3.0, (1.5, -1.5)),
    "getattr": (lambda x: x * getattr(x, "nbytes", 1), (X, -X)),
    "np.isscalar": (lambda x: x * 2.0 if np.isscalar(x) else x * 3.0, (1.5, -1.5)),
    "a type of elements": (lambda x: x.sum() * (2.0 if x.dtype == object else 1.0), (X, -X)),
    "not, of elements": (lambda x: x[0] * ~(x[0] > 0), (X, -X)),
    "not, of numbers": (lambda x: x * ~(x > 0), (1.5, -1.5)),
    "division by 0": (caught(lambda x: 1.0 / x, ZeroDivisionError), (1.5, 0.0, 2.0, 0.0)),
    "remainder by 0": (caught(lambda x: 3.0 % x, ArithmeticError), (0.0, 1.5, 2.0)),
    "a power that is too large": (caught(lambda x: x**3, OverflowError), (2.0, 1e200, 3.0)),
    "a square that is too large": (caught(lambda x: x**2, OverflowError), (1e200, 2.0, -1e200)),
    "a slope": (ag.grad(caught(lambda x: 1.0 / x, ZeroDivisionError)), (1.5, 0.0, 2.0)),
    "a singular matrix": (solved, (A, ONES, 2 * A, 3 * ONES)),
    "first a singular one": (solved, (ONES, A, 3 * ONES, 2 * A)),
    "no positive one": (rooted, (A, -A, 2 * A)),
    "NumPy made to raise": (loud, (X, X * 0.0)),
    "warnings made to raise": (strict, (X, X * 0.0)),
}


WORKING = ("division by 0", "in a list", "remembered", "truths that are added", "not, of numbers")


@pytest.mark.filterwarnings("ignore:Bitwise inversion:DeprecationWarning")  # by Python 3.12
@pytest.mark.parametrize("name", SEEING)
@pytest.mark.parametrize("options", [{}, {"arrays": True}, {"arrays": False}], ids=str)
def test_a_program_gives_what_f_gives_for_numbers(name: str, options: dict[str, Any]) -> None:
    """Or it is refused, at the first call or where it would be wrong: in one line."""
    f, points = SEEING[name]
    compiled, right = ag.compile(f, **options), 0
    for point in points:
        with np.errstate(all="ignore"):
            expected = f(point)
        found, message = None, ""
        try:
            found = compiled(point)
        except TypeError as error:  # which NumPy has, too, for arrays of objects
            message = str(error) if options.get("arrays", True) else "compile: "
        assert message.startswith("compile: ") if found is None else alike(found, expected)
        assert "\n" not in message
        right += found is not None
    if name in WORKING or ("singular" in name and options != {"arrays": False}):
        assert right == len(points)


def test_an_error_names_the_line_and_what_is_raised_there() -> None:
    def guarded(x: Any) -> Any:
        try:
            y = np.nextafter(x, 9.0)
        except TypeError:
            y = x * 0.0
        return y

    line = guarded.__code__.co_firstlineno + 2
    with pytest.raises(
        TypeError, match=rf"line {line} .*nextafter.*: TypeError is raised for variables; "
    ):
        ag.compile(guarded, arrays=False)(X)
    line = clipped.__code__.co_firstlineno + 2
    with pytest.raises(TypeError, match=r"clipped gives float 0\.0 for numbers and float -1\.5 "):
        ag.compile(clipped, arrays=False)(1.5)


def test_what_was_refused_stays_so() -> None:
    """At a point that shows nothing, too; and programs that were made before go."""

    def f(x: Any) -> Any:
        return x * 2.0 if x > 0 else x * (1.0 if type(x) is float else 5.0)

    compiled = ag.compile(f)
    with pytest.raises(TypeError, match="for numbers and"):
        compiled(-1.5)
    with pytest.raises(TypeError, match="for numbers and"):
        compiled(1.5)
    compiled.clear()
    assert compiled(1.5) == 3.0


def test_refusals_keep_no_frames() -> None:
    """An error that is raised again keeps the frames of all who got it."""

    def depth_of_error() -> int:
        with pytest.raises(TypeError, match="for numbers and") as caught:
            compiled(1.5)
        return len(caught.traceback)

    compiled = ag.compile(lambda x: x * (2.0 if type(x) is float else 3.0))
    depth_of_error()
    assert depth_of_error() == depth_of_error()
    for x in (-1.5, 1.5):
        with pytest.raises(TypeError, match="for numbers and"):
            compiled(x)


def test_a_page_says_which_numbers_were_looked_up() -> None:
    page = ag.draw(lambda x, y: {1.5: 2.0}.get(x, 3.0) * y * x, 1.5, 2.0).html
    assert "a dict or set took the numbers of x" in page
    assert "took the numbers of" not in ag.draw(lambda x, y: tripled(x) * y, 1.5, 2.0).html


def test_rows_at_which_floats_raise_run_as_they_are() -> None:
    def ratio(x: Any, y: Any) -> Any:
        try:
            return x / y
        except ZeroDivisionError:
            return 7.0

    for y in ([1.0, 0.0, 2.0], [0.0, 0.0, 2.0]):
        found = ag.compile(ratio).rows(np.ones(3), np.array(y))
        assert found.tolist() == [ratio(1.0, each) for each in y]
    with pytest.raises(TypeError, match=r"^compile: ratio divides by 0"):
        ag.compile(ratio).rows(np.ones(2), np.zeros(2))


def payoff(x: Any, k: Any) -> Any:
    return x - k if x > k else 0.0


@pytest.mark.parametrize("vectorized", [ag.vectorize(payoff), ag.vectorize(ag.compile(payoff))])
@pytest.mark.parametrize(
    ("options", "size"),
    [({}, 3), ({"arrays": False}, 3), ({"arrays": True}, 3), ({}, 300)],
    ids=str,
)
def test_elements_of_arrays_are_vectorized_in_programs(
    vectorized: Any, options: dict[str, Any], size: int
) -> None:
    """Also where the function branches, and with arrays of any size."""
    compiled = ag.compile(lambda x: ag.sum(vectorized(x, 1.0)) + vectorized(x[0], k=0.5), **options)
    for x in (np.linspace(-3.0, 3.0, size), np.linspace(2.0, 4.0, size)):
        expected = np.maximum(x - 1.0, 0.0).sum() + max(x[0] - 0.5, 0.0)
        assert np.isclose(compiled(x), expected)


def test_an_error_of_a_program_is_one_of_f() -> None:
    """And where f raises none at that point, none is raised."""

    def f(x: Any) -> Any:
        return np.linalg.inv(x) if x[0, 0] != 7.0 else x

    compiled = ag.compile(f, arrays=True)
    for x in (A, 2 * A):
        assert np.array_equal(compiled(x), np.linalg.inv(x))
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        compiled(ONES)
    assert np.array_equal(compiled(3 * A), np.linalg.inv(3 * A))


@pytest.mark.parametrize("donate", [(), "x"])
def test_calls_that_are_there_for_their_errors_stay(donate: Any) -> None:
    def f(x: Any) -> Any:
        try:
            np.linalg.inv(x)
        except np.linalg.LinAlgError:
            return x + 100.0
        return x * 2.0

    compiled = ag.compile(f, arrays=True, donate=donate)
    slope = ag.grad(lambda x: np.sum(f(x)) + np.sum(f(x) * x))
    of_slope = ag.compile(slope, arrays=True, donate=donate)
    for x in (A, ONES, 2 * A, 2 * ONES):
        assert np.array_equal(compiled(x.copy()), f(x))
        assert np.array_equal(of_slope(x.copy()), slope(x))


def test_errors_of_calls_that_nobody_needs_are_raised() -> None:
    def f(x: Any) -> Any:
        np.linalg.inv(x)
        return x * 2.0

    compiled = ag.compile(f, arrays=True)
    assert np.array_equal(compiled(A), 2 * A)
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        compiled(ONES)


def test_rounding_is_no_difference() -> None:
    """Sums in another order, which cancel; ties; what any step moves."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=100) * 1e8

    def chaotic(x: Any) -> Any:
        y = np.sum(x) % 1.0
        for _ in range(200):
            y = 3.9 * y * (1.0 - y)
        return y

    cancelled = ag.compile(lambda x: np.sum(x) - np.sum(x[::-1]), arrays=False)
    assert abs(cancelled(x)) < 1e-5
    assert 0.0 <= ag.compile(chaotic, arrays=False)(x / 1e8) <= 1.0
    order = ag.compile(lambda x: np.argsort(x) * 1.0, arrays=False)
    assert sorted(order(np.zeros(20))) == [*range(20)]


def test_f_is_called_once_more_on_copies_and_draws_no_more() -> None:
    calls, rng = [], np.random.default_rng(5)

    def f(x: Any) -> Any:
        calls.append(x)
        x[0] = 7.0
        return ag.sum(ag.dropout(x, 0.5, rng=rng))

    x = np.arange(300.0)
    found = ag.compile(f)(x)
    assert x[0] == 0.0
    assert [type(each) is np.ndarray for each in calls] == [False, False, True]
    again = np.random.default_rng(5)
    rng = again
    assert found == f(x.copy())


def test_steps_of_a_training_are_held_too() -> None:
    def loss(x: Any, y: Any) -> Any:
        scale = 1.0 if isinstance(x, Tensor) and type(x.data) is np.ndarray else 2.0
        return nn.mse(x, y) * scale

    x, y = np.ones((4, 2)), np.zeros((4, 1))
    net = nn.Linear(2, 1, rng=0)
    with pytest.raises(TypeError, match=r"for numbers and .* for variables"):
        nn.fit(
            net,
            x,
            y,
            loss=loss,
            optimizer=nn.SGD(net.parameters(), lr=0.1),
            epochs=3,
            batch_size=2,
            progress=False,
            compile=True,
        )


def test_near_programs_are_held_loosely() -> None:
    """Their last digits may be others, not more."""
    x = np.linspace(-3.0, 3.0, 300)
    assert np.allclose(ag.compile(ag.tanh, exact=False)(x), np.tanh(x), rtol=1e-14)
    with pytest.raises(TypeError, match="for numbers and"):
        ag.compile(lambda x: x * (2.0 if type(x) is np.ndarray else 3.0), exact=False)(x)


@pytest.mark.parametrize(
    ("x", "y", "same"),
    [
        ([1.0, {"a": 2.0}], [1.0 + 1e-9, {"a": np.float64(2.0)}], True),
        ([1.0], (1.0,), False),
        ([1.0], [1.0, 2.0], False),
        ({"a": 1.0}, {"b": 1.0}, False),
        (np.nan, np.nan, True),
        (np.inf, -np.inf, False),
        (1, True, True),
        ("a", "b", False),
        (None, 0.0, False),
        (np.zeros((2, 1)), np.zeros((1, 2)), False),
        (-2, np.False_, False),
        (np.nan, (-8.0) ** 0.5, True),
        (Tensor([1.0]), np.array([1.0]), True),
        (functools.reduce, functools.partial, True),
    ],
)
def test_results_are_compared_loosely(x: Any, y: Any, same: bool) -> None:
    assert alike(x, y) is same


def test_an_error_for_variables_alone_says_so() -> None:
    def strict(x: Any) -> Any:
        if type(x) is not float:
            raise ValueError("needs a float")
        return 2.0 * x

    def raising(x: Any) -> Any:
        raise TypeError(x > 0.0)

    message = (
        r"^compile: line \d+ of test_eager.py, 'raise .*: ValueError is raised for variables, "
    )
    with pytest.raises(TypeError, match=rf"{message}not for numbers: needs a float; use"):
        ag.compile(strict)(1.0)

    def asserting(x: Any) -> Any:
        assert type(x) is float, "a\nb"
        return x

    with pytest.raises(
        TypeError, match=r"AssertionError is raised for variables, .*: a b"
    ) as found:
        ag.compile(asserting)(1.0)
    assert "\n" not in str(found.value)
    with pytest.raises(TypeError) as own:
        ag.compile(raising)(1.0)
    assert own.value.args == (True,)
    assert own.value.__cause__ is None


def positive(x: Any) -> Any:
    if isinstance(x, float) and x <= 0.0:
        raise ValueError("x must be positive")
    return 2.0 * x


def asserted(x: Any) -> Any:
    assert not isinstance(x, float) or x > 0.0, "x must be positive"
    return 2.0 * x


@pytest.mark.parametrize("f", [positive, asserted])
@pytest.mark.parametrize("points", [(1.0, -1.0, 2.0), (-1.0, 1.0, -2.0), (0.0, 3.0)])
def test_what_f_raises_for_numbers_is_raised(f: Any, points: Any) -> None:
    compiled = ag.compile(f)
    for x in points:
        if x > 0.0:
            assert compiled(x) == f(x)
        else:
            with pytest.raises((ValueError, AssertionError), match=r"^x must be positive"):
                compiled(x)


def test_what_is_raised_for_numbers_alone_is_refused_where_no_way_sees_it() -> None:
    def strict(x: Any) -> Any:
        if type(x) is float and x <= 0.0:
            raise ValueError("x must be positive")
        return 2.0 * x

    for x in (1.0, -1.0):
        with pytest.raises(
            TypeError, match=r"strict raises ValueError\('x must .* for numbers and "
        ):
            ag.compile(strict)(x)
    assert ag.compile(lambda x: x.relu() if x > 1.0 else 1.0 / x)(2.0) == 2.0
