"""How much memory a backward pass takes, and that graphs are freed at once."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor

LAYERS, WIDTH = 100, 64
ARRAY = WIDTH * WIDTH * 8


def network_peak(release: bool) -> tuple[float, float]:
    """The memory that the graph takes, and what the backward pass takes more, in arrays."""
    rng = np.random.default_rng(0)
    weights = [Tensor(rng.normal(size=(WIDTH, WIDTH)) / 8) for _ in range(LAYERS)]
    z = Tensor(rng.normal(size=(WIDTH, WIDTH)))
    tracemalloc.start()
    for W in weights:
        z = ag.linear(z, W, activation=ag.relu)
    loss = ag.sum(z * z)
    del z, W
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    loss.backward(release=release)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(W.has_grad for W in weights)
    return before / ARRAY, (peak - before) / ARRAY


def test_a_released_graph_makes_room_for_the_gradients() -> None:
    graph, more = network_peak(release=True)
    assert graph > LAYERS
    assert more < 8, "the gradients of the weights take the place of what the layers held"
    _, more = network_peak(release=False)
    assert more > LAYERS


def test_graphs_are_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        x = Tensor(np.ones(3))
        y = ag.tanh(x * 2) + ag.conv2d(ag.reshape(x, (1, 1, 1, 3)), np.ones((1, 1, 1, 1))).sum()
        z = ag.sum(y @ y)
        z.backward()
        inner = weakref.ref(y)
        del y, z
        assert inner() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("release", [True, False])
def test_a_deep_graph_is_swept_and_freed(release: bool) -> None:
    x = Tensor([1.0])
    y = x
    for _ in range(100_000):
        y = y + x
    y.backward(release=release)
    assert x.grad.tolist() == [100_001.0]
    del y
