"""Functions without a derivative answer for Tensors and Values what NumPy does for their data."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.arrays import discrete

X, Y = np.array([[3.0, 0.0, 1.0], [-np.inf, np.nan, 3.0]]), np.array([0.0, 3.0, 5.0])
CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "isclose": lambda m, x, y: m.isclose(x, y, equal_nan=True),
    "isin": lambda m, x, y: m.isin(test_elements=y, element=x, invert=True),
    "argpartition": lambda m, x, y: m.argpartition(y, 1),
    "count_nonzero": lambda m, x, y: m.count_nonzero(x, axis=1, keepdims=True),
    "digitize": lambda m, x, y: m.digitize(x, y, right=True),
    "lexsort": lambda m, x, y: m.lexsort((y, y)),
    "searchsorted": lambda m, x, y: m.searchsorted(y, x, side="right"),
    "histogram2d": lambda m, x, y: m.histogram2d(y, y, bins=2),
    "histogram_bin_edges": lambda m, x, y: m.histogram_bin_edges(y, 3, (0.0, 4.0)),
    "histogramdd": lambda m, x, y: m.histogramdd([y, y], bins=2),
    "unique": lambda m, x, y: m.unique(x, return_index=True, return_counts=True, axis=1),
    "setdiff1d": lambda m, x, y: m.setdiff1d(x, y),
}
ONE = {"nanargmax", "nanargmin", "argwhere", "flatnonzero", "nonzero"}
ONE |= {name for name in discrete.__all__ if name.startswith("unique_")}


def _called(name: str, m: Any, x: Any, y: Any) -> list[Any]:
    function = getattr(m, name)
    found = (
        CALLS[name](m, x, y) if name in CALLS else function(x) if name in ONE else function(x, y)
    )
    return list(found) if isinstance(found, (tuple, list)) else [found]


@pytest.mark.parametrize("name", discrete.__all__)
def test_the_answer_is_numpys(name: str) -> None:
    x, y = Tensor(X), Tensor(Y)
    values = [Value(v) for v in Y]
    with np.errstate(invalid="ignore"):
        expected = _called(name, np, X, Y)
        for found in (
            _called(name, np, x, y),
            _called(name, ag, x, y),
            _called(name, ag, X, values),
        ):
            assert len(found) == len(expected)
            for one, other in zip(found, expected):
                for part, plain in zip(
                    *((z if isinstance(z, list) else [z]) for z in (one, other))
                ):
                    assert not isinstance(part, Tensor)
                    np.testing.assert_array_equal(part, plain)


def test_questions_about_types_and_text_are_answered_for_the_data() -> None:
    t = Tensor(np.eye(2, dtype=np.float32))
    assert np.array_repr(t) == np.array_repr(t.data)
    assert np.array2string(t, precision=1) == np.array2string(t.data, precision=1)
    assert (np.can_cast(t, np.float16), np.common_type(t)) == (False, np.float32)
    np.testing.assert_array_equal(np.triu_indices_from(t, 1), np.triu_indices_from(t.data, 1))


def test_weights_that_would_lose_their_gradient_are_refused() -> None:
    with pytest.raises(TypeError, match=r"^histogramdd: got weights of a Tensor"):
        np.histogramdd([Y], weights=Tensor(Y))
    with pytest.raises(TypeError, match=r"^histogram2d: got weights of a Tensor"):
        np.histogram2d(Y, Y, 3, None, None, Tensor(Y))


def test_a_density_whose_bins_a_tensor_moves_is_refused() -> None:
    """It was a constant: the widths of its bins are computed from the numbers."""
    t, edges = Tensor(Y), [0.0, 1.0, 6.0]
    moved: list[Callable[[], Any]] = [
        lambda: np.histogram(t, 3, density=True),
        lambda: np.histogram(t, "auto", density=True),
        lambda: np.histogram(Y, Tensor(edges), density=True),
        lambda: np.histogram(t.data, 3, (t[0], t[2]), True, t),
        lambda: ag.histogram(Y, 2, (0.0, Value(4.0)), True),
        lambda: np.histogram2d(t, Y, 3, None, True),
        lambda: np.histogram2d(t, Y, [3, edges], density=True),
        lambda: np.histogramdd([t, Y], density=True),
    ]
    for call in moved:
        with pytest.raises(
            TypeError, match=r"^histogram\w*: got density=True and bins that a Tensor"
        ):
            call()
    for options in ({"bins": edges}, {"bins": 3, "range": (0.0, 6.0)}):
        plain = np.histogram(Y, **options, density=True)[0]
        np.testing.assert_array_equal(np.histogram(t, **options, density=True)[0], plain)
    np.testing.assert_array_equal(np.histogram(Y, Tensor(edges))[0], np.histogram(Y, edges)[0])
    of_range = np.histogram(t, 2, (t[0], Value(5.0)))[0]
    np.testing.assert_array_equal(of_range, np.histogram(Y, 2, (0.0, 5.0))[0])
    both = np.histogram2d(t, Y, [edges, edges], density=True)[0]
    np.testing.assert_array_equal(both, np.histogram2d(Y, Y, [edges, edges], density=True)[0])
