"""Minimisations from many starts."""

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import autograd as ag
from autograd.campaigns import PointError
from tests.campaigns.work import bowl

FIT = functools.partial(optimize.minimize, ag.value_and_grad(bowl), jac=True, method="BFGS")
STARTS = [[a, b] for a in (-1.2, 0.8) for b in (-1.5, 0.7)] + [[1.1, 0.9]]


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as found:
        yield found


def fit(x: Any) -> Any:
    return FIT(np.asarray(x))


def test_all_minima_are_found(pool: ThreadPoolExecutor) -> None:
    """Of the bowl there is one in each quadrant, lower on the left."""
    fits = ag.multistart(fit, STARTS, pool)
    signs = [tuple(np.sign(each.x)) for each in fits.minima]
    assert sorted(signs) == [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    assert sorted(sum((each.starts for each in fits.minima), ())) == [*range(5)]
    assert [each.fun for each in fits.minima] == sorted(each.fun for each in fits.minima)
    assert fits.best.x[0] < -1
    assert fits.best.fun == fits.minima[0].fun
    assert [set(each.starts) for each in fits.minima if len(each.starts) > 1] == [{3, 4}]
    assert [each.converged for each in fits.minima] == [len(each.starts) for each in fits.minima]


def test_least_squares_are_ranked_by_their_cost(pool: ThreadPoolExecutor) -> None:
    def least(x: Any) -> Any:
        return optimize.least_squares(lambda p: [p[0] ** 2 - 1.0, 0.1 * (p[0] - 1.0)], x)

    fits = ag.multistart(least, [[-2.0], [2.0]], pool)
    assert [each.starts for each in fits.minima] == [(1,), (0,)]
    assert fits.best.cost == pytest.approx(0, abs=1e-12)
    assert "jac" not in fits.best


def test_a_minimum_knows_how_many_starts_say_that_they_converged(pool: ThreadPoolExecutor) -> None:
    def one(x: Any) -> Any:
        return SimpleNamespace(x=1.0, fun=0.0, success=x > 0)

    (minimum,) = ag.multistart(one, [-1.0, 1.0, 2.0], pool).minima
    assert (len(minimum.starts), minimum.converged) == (3, 2)


def test_failures_stay_with_their_starts(pool: ThreadPoolExecutor, tmp_path: Path) -> None:
    def some(x: Any) -> Any:
        if x == 0.0:
            raise ArithmeticError("zero")
        return SimpleNamespace(x=x, fun=np.nan if x < 0 else x)

    path = tmp_path / "journal"
    for _ in range(2):
        fits = ag.multistart(some, [0.0, -1.0, 2.0], pool, journal=path)
        assert [*fits.failures] == [0]
        assert [each.starts for each in fits.minima] == [(2,)]
        assert fits.best.fun == 2.0
    assert isinstance(fits.results[0], PointError)
    with pytest.raises(ValueError, match=r"no minimum was found: points\[0\]: ArithmeticError"):
        _ = ag.multistart(some, [0.0], pool).best
    with pytest.raises(ValueError, match="no result is finite"):
        _ = ag.multistart(some, [-1.0], pool).best
    with pytest.raises(ValueError, match="there are no starts"):
        _ = ag.multistart(some, [], pool).best


def test_bad_input_is_told_in_one_line(pool: ThreadPoolExecutor) -> None:
    with pytest.raises(TypeError, match="multistart: got int 3; it needs a function"):
        ag.multistart(3, [1.0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="multistart: got tol=-1; it must be a number from 0 on"):
        ag.multistart(fit, [1.0], tol=-1)
    with pytest.raises(ValueError, match="multistart: got tol='a'; it must be a number from 0 on"):
        ag.multistart(fit, [1.0], tol="a")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"multistart: minimize returned float 1\.0; it needs a"):
        ag.multistart(lambda x: x, [1.0], pool)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"x": 1.0, "fun": [1.0, 2.0]}, "list [1.0, 2.0] as fun; it needs one number"),
        ({"x": 1.0, "fun": "low"}, "str 'low' as fun; it needs one number"),
        ({"x": 1.0, "cost": 1j}, "complex 1j as cost; it needs one number"),
        ({"x": None, "fun": 1.0}, "None as x; it needs numbers"),
        ({"x": ag.Value(1.0), "fun": 1.0}, "as x; it needs numbers"),
    ],
)
def test_results_without_numbers_are_named(
    pool: ThreadPoolExecutor, result: dict[str, Any], told: str
) -> None:
    with pytest.raises(TypeError, match=r"^multistart: minimize returned ") as caught:
        ag.multistart(lambda x: SimpleNamespace(**result), [1.0, 2.0], pool)
    assert told in str(caught.value)


def test_on_a_console_fits_are_one_line(pool: ThreadPoolExecutor) -> None:
    found = ag.multistart(lambda x: SimpleNamespace(x=x, cost=abs(x)), [1.0, -2.0, "a"], pool)
    assert repr(found) == "<fits from 3 starts: 2 minima, the least 1; 1 failed>"
    assert repr(ag.multistart(fit, [], pool)) == "<fits from 0 starts: 0 minima; 0 failed>"
