"""Derivatives where numbers are infinite: the same from whatever computes one function."""

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import autograd as ag

pytestmark = pytest.mark.filterwarnings("error", "ignore:.*in scalar:RuntimeWarning")
INF, NAN = float("inf"), float("nan")
POINTS = [x for n in (2, 3) for x in itertools.product((-INF, INF, NAN, 0.0, 3.0), repeat=n)]


def folded(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda xs: functools.reduce(f, list(xs))


SAME: dict[str, list[Callable[..., Any]]] = {
    "log of a sum": [ag.logsumexp, folded(ag.logaddexp), np.logaddexp.reduce],
    "length": [ag.norm, folded(ag.hypot), np.hypot.reduce, np.linalg.norm],
    "largest": [ag.max, folded(ag.maximum), np.maximum.reduce, np.max],
    "sum": [ag.sum, folded(ag.add), np.add.reduce],
}
"""Functions of a list of Values, then those of an array."""


def of_values(f: Callable[..., Any], x: Sequence[float]) -> tuple[Any, Any]:
    """Gradient and Hessian by graphs of Values."""
    values = [ag.Value(v) for v in x]
    slopes = ag.gradients(f(values), values, create_graph=True)
    rows = [ag.gradients(s, values) for s in slopes]
    return np.array([s.data for s in slopes]), np.array(rows)


def of_tensors(f: Callable[..., Any], x: Sequence[float]) -> dict[str, Any]:
    """Gradients and Hessians by both modes."""
    at, units = np.array(x), np.eye(len(x))
    return {
        "reverse": ag.grad(f)(at),
        "forward": np.array([ag.jvp(f, (at,), (e,))[1] for e in units]),
        "reverse over reverse": ag.hessian(f)(at),
        "forward over reverse": np.array([ag.jvp(ag.grad(f), (at,), (e,))[1] for e in units]),
    }


@pytest.mark.parametrize("what", SAME)
def test_one_function_has_one_derivative(what: str) -> None:
    for x in POINTS:
        if what == "length" and sum(abs(v) == INF for v in x) != 1:
            continue  # of two infinities the direction is not known; finite ones are tested elsewhere
        by_two = len(x) > 2 and max(map(x.count, x)) > 1  # a fold shares ties by two, and again
        with np.errstate(invalid="ignore"):
            slope, second = of_values(SAME[what][0], x)
            if NAN in x:  # which may be an operand, or what a reduction knows nothing of
                np.testing.assert_array_equal(of_tensors(SAME[what][0], x)["reverse"], slope)
                continue
            for f in SAME[what][:1] if by_two else SAME[what]:
                for mode, found in of_tensors(f, x).items():
                    wanted = second if "over" in mode else slope
                    np.testing.assert_allclose(found, wanted, 1e-12, 1e-15, err_msg=f"{x} {mode}")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("f", [np.logaddexp, np.logaddexp2])
def test_equal_infinities_share_as_equal_numbers_do(f: Any, dtype: Any) -> None:
    for end in (-INF, INF):
        x = ag.Tensor([end, end, 1.0], dtype=dtype)
        y = f(x, end)
        ag.sum(y).backward()
        assert x.grad.dtype == dtype
        assert x.grad.tolist() == [0.5, 0.5, float(end < 0)]


def test_states_that_nothing_leads_to_get_no_gradient() -> None:
    x = ag.Tensor([[-INF, -INF, 1.0], [-INF, -INF, -INF]])
    for rows in (lambda: ag.logsumexp(x, 1), lambda: np.logaddexp.reduce(x, 1)):
        x.zero_grad()
        ag.sum(rows()[:1]).backward()
        assert x.grad.tolist() == [[0, 0, 1], [0, 0, 0]]
    x.zero_grad()
    ag.sum(ag.exp(ag.logsumexp(x, 1))).backward()
    np.testing.assert_allclose(x.grad, np.exp(x.data))
