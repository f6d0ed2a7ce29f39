"""Laws that derivatives obey, whatever is derived: random graphs of Values and of Tensors.

No number here is anybody's opinion. Forward and reverse mode are each other's adjoint, what is
pulled back is linear in the seed, Hessians are symmetric, what a gradient leaves over shrinks like
the square of the step, and a second pass finds the very bits of the first.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd as ag
from tests.random_graphs import Graph, graphs, points

pytestmark = pytest.mark.both

NUMBERS = st.floats(-2, 2).map(lambda x: round(x, 3))
SHAPES = st.sampled_from(
    [((), (), ()), ((2,), (2,), (2,)), ((2, 3), (3,), ()), ((2, 1), (1, 3), (2, 3))]
)


class Values:
    """Functions of three Values."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.x: list[Any] = data.draw(points(3), "x")

    def like(self, tree: Any) -> Any:
        """Numbers in the form of the arguments or of the results."""
        return [self.data.draw(NUMBERS) for _ in tree]

    def function(self, graph: Graph) -> Callable[..., Any]:
        """The results, as a list."""
        return lambda *x: graph(ag, x)


class Tensors(Values):
    """Functions of three Tensors that broadcast."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        spread = data.draw(points(8), "spread")
        self.x = [
            np.resize(np.roll(spread, k), shape) + 0.1 * k
            for k, shape in enumerate(data.draw(SHAPES, "shapes"))
        ]

    def like(self, tree: Any) -> Any:
        """Arrays in the shapes of those."""
        rng = np.random.default_rng(self.data.draw(st.integers(0, 2**16)))
        return [rng.uniform(-2, 2, np.shape(x)) for x in tree]


def inner(xs: Any, ys: Any) -> float:
    """The sum of all products."""
    return math.fsum(float(np.sum(np.multiply(x, y))) for x, y in zip(xs, ys, strict=True))


def size(*several: Any) -> float:
    """As large as rounding may be told by."""
    return 1.0 + max(float(np.max(np.abs(x), initial=0.0)) for xs in several for x in xs)


both = pytest.mark.parametrize("kind", [Values, Tensors])
FUNCTIONS = graphs(leaves=3, most=8, outputs=2)


@both
@given(data=st.data(), graph=FUNCTIONS)
def test_forward_and_reverse_mode_are_adjoint(kind: Any, data: Any, graph: Graph) -> None:
    """<J v, w> = <v, J^T w>."""
    case = kind(data)
    f = case.function(graph)
    v = case.like(case.x)
    y, Jv = ag.jvp(f, tuple(case.x), tuple(v))
    w = case.like(y)
    z, pull = ag.vjp(f, *case.x)
    wJ = pull(w)
    assert all(np.array_equal(a, b) for a, b in zip(y, z, strict=True))
    assert [np.shape(g) for g in wJ] == [np.shape(x) for x in case.x]
    assert inner(Jv, w) == pytest.approx(inner(v, wJ), abs=1e-11 * size(Jv, wJ))


@both
@given(data=st.data(), graph=FUNCTIONS, a=NUMBERS, b=NUMBERS)
def test_pulling_back_is_linear(kind: Any, data: Any, graph: Graph, a: float, b: float) -> None:
    """J^T (a u + b w) = a J^T u + b J^T w."""
    case = kind(data)
    y, pull = ag.vjp(case.function(graph), *case.x)
    u, w = case.like(y), case.like(y)
    one, other = pull(u), pull(w)
    together = pull([a * p + b * q for p, q in zip(u, w)])
    for found, p, q in zip(together, one, other, strict=True):
        np.testing.assert_allclose(found, a * p + b * q, atol=1e-12 * size(one, other))


def total(case: Any, graph: Graph) -> Callable[..., Any]:
    """One number: a weighted sum of all results."""
    weights = case.like(graph(ag, case.x))
    return lambda *x: sum(ag.sum(w * y) for w, y in zip(weights, graph(ag, x)))


@both
@given(data=st.data(), graph=FUNCTIONS)
def test_hessians_are_symmetric(kind: Any, data: Any, graph: Graph) -> None:
    """<H u, v> = <u, H v>; of Values also entry by entry, and H v is the product with H."""
    case = kind(data)
    f = total(case, graph)
    of_list = lambda x: f(*x)  # noqa: E731
    u, v = case.like(case.x), case.like(case.x)
    product = ag.hvp(of_list)
    Hu, Hv = product(case.x, u), product(case.x, v)
    assert inner(Hu, v) == pytest.approx(inner(u, Hv), abs=1e-11 * size(Hu, Hv))
    if kind is Values:
        H = np.array(ag.hessian(of_list)(case.x))
        np.testing.assert_allclose(H, H.T, atol=1e-12 * size(H))
        np.testing.assert_allclose(H @ v, Hv, atol=1e-11 * size(H))


@both
@given(data=st.data(), graph=FUNCTIONS)
def test_a_pass_repeats_bit_for_bit(kind: Any, data: Any, graph: Graph) -> None:
    """In the same graph and in one that is built again; and leaves hold the sum of both passes."""
    case = kind(data)
    f = total(case, graph)
    node = ag.Value if kind is Values else ag.Tensor

    def leaves() -> list[Any]:
        return [node(x) for x in case.x]

    xs, again = leaves(), leaves()
    y, z = f(*xs), f(*again)
    y.backward()
    first = [np.copy(x.grad) for x in xs]
    z.backward()
    assert all(np.array_equal(g, x.grad) for g, x in zip(first, again))
    assert all(np.array_equal(g, h) for g, h in zip(first, ag.gradients(y, xs)))
    y.backward()
    assert all(np.array_equal(2 * g, x.grad) for g, x in zip(first, xs))


@both
@given(data=st.data(), graph=FUNCTIONS)
def test_what_the_gradient_leaves_over_is_of_second_order(
    kind: Any, data: Any, graph: Graph
) -> None:
    """|f(x + h d) - f(x) - h <g, d>| shrinks like h^2: a wrong gradient would make it h."""
    case = kind(data)
    f = total(case, graph)
    d = [0.5 + v / 8 for v in map(np.asarray, case.like(case.x))]
    value, slopes = ag.value_and_grad(f, argnums=(0, 1, 2))(*case.x)

    def at(h: float) -> list[Any]:
        return [x + h * v for x, v in zip(case.x, d)]

    def left(h: float) -> float:
        return abs(float(f(*at(h))) - value - h * inner(slopes, d))

    def bend(h: float) -> float:
        return inner(ag.hvp(lambda x: f(*x))(at(h), d), d)

    h, k = 1e-3, 1e-4
    noise = 1e-13 * size([value], slopes, graph(ag, case.x))
    assume(abs(bend(0.0)) * k * k > 100 * noise)  # else rounding is all that is left
    assume(abs(bend(h) - bend(0.0)) < 0.1 * abs(bend(0.0)))
    assert math.log10(left(h) / left(k)) == pytest.approx(2.0, abs=0.1)
