"""How much memory a backward pass takes, and that graphs are freed at once."""

import gc
import os
import subprocess
import sys
import tracemalloc
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from tests.threads import at_once

pytestmark = pytest.mark.both

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
    assert more < LAYERS / 10, "the gradients of the weights take the place of what the layers held"
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


def test_circles_through_graphs_are_found_by_the_garbage_collector() -> None:
    class Box:
        node: Tensor

    def circle() -> weakref.ref[Tensor]:
        box = Box()
        same = ag.custom_vjp(lambda g, z, x: g * box.node.size)(lambda x: x * 1.0)
        box.node = same(Tensor(np.ones(3))) * 2.0
        return weakref.ref(box.node)

    lost = circle()
    gc.collect()
    assert lost() is None


@pytest.mark.parametrize("release", [True, False])
def test_a_deep_graph_is_swept_and_freed(release: bool) -> None:
    x = Tensor([1.0])
    y = x
    for _ in range(100_000):
        y = y + x
    y.backward(release=release)
    assert x.grad.tolist() == [100_001.0]
    del y


def test_memory_that_is_used_again_is_as_good_as_new() -> None:
    """Large results may get the memory of those before; zeros among them have to be zeros."""
    rng = np.random.default_rng(0)
    x, W = Tensor(rng.normal(size=(8, 3, 40, 40))), Tensor(rng.normal(size=(4, 3, 3, 3)))
    found = []
    for _ in range(3):
        z = ag.max_pool2d(ag.conv2d(x, W, stride=2), 3, stride=2)
        (ag.sum(z * z) + ag.sum(x[2:5, :, ::3] ** 3)).backward(release=True)
        found.append((x.grad.copy(), W.grad.copy()))
        for leaf in (x, W):
            leaf.zero_grad()
        del z
        trash = [x * np.nan for _ in range(3)]
        del trash
    for dx, dW in found[1:]:
        np.testing.assert_array_equal(dx, found[0][0])
        np.testing.assert_array_equal(dW, found[0][1])


KEPT = """
from pathlib import Path
import numpy as np
import autograd as ag

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

t = ag.Tensor(np.ones(1 << 20))
before = resident()
t * t
print(resident() - before)
"""


@pytest.mark.skipif(ag.core != "c", reason="this is about the C core")
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="it is read from /proc")
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="it keeps what is freed")
def test_memory_is_kept_for_the_next_result_unless_that_is_switched_off() -> None:
    def kept(switch: str) -> int:
        own = {"CHAINRULE_MEMORY": switch, "MALLOC_MMAP_THRESHOLD_": "65536"}
        return int(subprocess.check_output([sys.executable, "-c", KEPT], env={**os.environ, **own}))

    assert kept("1") > 6_000_000
    assert kept("0") < 2_000_000


def test_threads_share_the_memory() -> None:
    x = np.arange(200_000.0)

    def work(_: int) -> None:
        t = Tensor(x)
        for _ in range(20):
            (t * t).sum().backward(release=True)
            assert t.grad.sum() == (2 * x).sum()
            t.zero_grad()

    at_once(work)
