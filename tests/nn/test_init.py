"""Initial weights: their moments, orthogonality, reproducibility, refusals."""

import math
from typing import Any

import numpy as np
import pytest

from nn import init

SHAPES = {"linear": (300, 200), "wide": (20, 1500), "convolution": (64, 16, 5, 3)}
NARROW = math.sqrt(3)  # the limit of a uniform distribution, in standard deviations


def _variances(nout: int, nin: int) -> list[tuple[init.Initialiser, float, float]]:
    """Each random initialiser with its variance, and its limit in standard deviations."""
    xavier, he = 2 / (nin + nout), 2 / nin
    return [
        (init.normal(), 1.0, math.inf),
        (init.normal(0.1), 0.01, math.inf),
        (init.uniform(-0.5, 0.5), 1 / 12, NARROW),
        (init.scaled_normal(), 1 / nin, math.inf),
        (init.xavier(), xavier, NARROW),
        (init.xavier(distribution="normal"), xavier, math.inf),
        (init.xavier(gain=3.0), 9 * xavier, NARROW),
        (init.he(), he, math.inf),
        (init.he(distribution="uniform"), he, NARROW),
    ]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_moments(shape: tuple[int, ...]) -> None:
    """Within five standard errors, of a seeded generator."""
    nout, nin = (size * math.prod(shape[2:]) for size in shape[:2])
    for initialiser, variance, limit in _variances(nout, nin):
        x = initialiser(shape, np.random.default_rng(7)) / math.sqrt(variance)
        assert (x.shape, x.dtype) == (shape, np.float64)
        kurtosis = 3.0 if limit == math.inf else 1.8
        assert abs(x.mean()) < 5 / math.sqrt(x.size)
        assert abs((x**2).mean() - 1) < 5 * math.sqrt((kurtosis - 1) / x.size)
        assert abs((x**4).mean() - kurtosis) < 5 * math.sqrt((105 if kurtosis == 3 else 9) / x.size)
        if limit == NARROW:
            assert 0.99 * limit < abs(x).max() <= limit
        else:
            assert abs(x).max() > 3


def test_uniform_is_between_its_ends() -> None:
    x = init.uniform(2.0, 5.0)((10_000,), np.random.default_rng(0))
    assert 2.0 <= x.min() < 2.01 < 4.99 < x.max() < 5.0
    assert abs(x.mean() - 3.5) < 5 * math.sqrt(9 / 12 / x.size)


def test_variance_is_kept_through_layers() -> None:
    """What xavier and he are for: after 10 layers the signal is about as large as before."""
    rng = np.random.default_rng(1)
    for initialiser, activation in (
        (init.xavier(), lambda x: x),
        (init.he(), lambda x: x * (x > 0)),
    ):
        x = rng.standard_normal((200, 300))
        for _ in range(10):
            x = activation(x) @ initialiser((300, 300), rng).T
        assert 0.5 < x.var() * (1 if activation(-1.0) else 0.5) < 2.0


@pytest.mark.parametrize("gain", [1.0, 0.3, math.sqrt(2)])
@pytest.mark.parametrize("shape", [(40, 40), (20, 50), (50, 20), (1, 7), (7, 1), (8, 3, 3, 3), (64, 2, 3, 3)])  # fmt: skip
def test_orthogonal(shape: tuple[int, ...], gain: float) -> None:
    drawn = init.orthogonal(gain=gain)(shape, np.random.default_rng(3))
    assert drawn.shape == shape
    assert drawn.flags.c_contiguous
    W = drawn.reshape(shape[0], -1)
    W = W if W.shape[0] <= W.shape[1] else W.T
    np.testing.assert_allclose(W @ W.T, gain**2 * np.eye(len(W)), rtol=0, atol=1e-12)


def test_orthogonal_prefers_no_direction() -> None:
    """Every entry has mean 0 and variance 1 / n; bare QR has a diagonal of one sign."""
    rng = np.random.default_rng(4)
    draws = np.array([init.orthogonal()((3, 3), rng) for _ in range(4000)])
    assert (abs(draws.mean(0)) < 5 / math.sqrt(3 * 4000)).all()
    assert (abs((draws**2).mean(0) - 1 / 3) < 5 / math.sqrt(4000) * 0.3).all()


def test_constant() -> None:
    np.testing.assert_array_equal(
        init.constant(2)((2, 3), np.random.default_rng()), np.full((2, 3), 2.0)
    )


ALL = [init.normal, lambda: init.uniform(-1, 1), init.scaled_normal, init.xavier, init.he,
       init.orthogonal]  # fmt: skip


@pytest.mark.parametrize("make", ALL)
def test_the_same_generator_gives_the_same_weights(make: Any) -> None:
    one, two, other = (make()((4, 5), np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert (one != other).all()
    rng = np.random.default_rng(0)
    assert (make()((4, 5), rng) != make()((4, 5), rng)).any(), "the generator moves on"


@pytest.mark.parametrize("make", [*ALL, lambda: init.constant(0.0)])
def test_the_generator_is_numpys(make: Any) -> None:
    for rng in (None, 0, np.random, np.random.RandomState(0)):
        with pytest.raises(TypeError, match=r"^\w+: got rng of type \w+; it needs a numpy.random"):
            make()((2, 2), rng)


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: init.normal(-1.0), "^normal: got std -1.0; it needs"),
        (lambda: init.normal(math.nan), "^normal: got std nan"),
        (lambda: init.uniform(1, 1), "^uniform: got 1 to 1; it needs finite low < high"),
        (lambda: init.uniform(0, math.inf), "^uniform: got 0 to inf"),
        (lambda: init.xavier(distribution="gauss"), "^xavier: got distribution 'gauss'; it needs 'uniform' or"),
        (lambda: init.he(distribution=""), "^he: got distribution ''"),
        (lambda: init.xavier(gain=0), "^xavier: got gain 0; it needs one that is positive"),
        (lambda: init.orthogonal(gain=math.inf), "^orthogonal: got gain inf"),
        (lambda: init.normal()((2, 0), RNG), r"^normal: got shape \(2, 0\); it needs sizes of at least 1"),
        (lambda: init.scaled_normal()((3,), RNG), r"^scaled_normal: got shape \(3,\); it needs \(nout, nin, \.\.\.\) of"),
        (lambda: init.xavier()((3,), RNG), r"^xavier: got shape \(3,\)"),
        (lambda: init.he()((), RNG), r"^he: got shape \(\)"),
        (lambda: init.he()((2, 2, 0, 3), RNG), r"^he: got shape \(2, 2, 0, 3\)"),
        (lambda: init.orthogonal()((3,), RNG), r"^orthogonal: got shape \(3,\)"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
