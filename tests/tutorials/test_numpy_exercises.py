"""Exercises of two NumPy tutorials on Tensors: NumPy's values, and derivatives along a line.

They are those of "100 NumPy exercises" and of "From Python to NumPy" (N. P. Rougier) whose answer
depends on numbers smoothly, in words of our own. What Tensors refuse of the solutions stands in
docs/other-libraries.md: writing through views, and numbers of other types in the same memory.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor


def some(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng([seed, *shape]).uniform(0.2, 2.0, shape)


Function = Callable[..., Any]
EXERCISES: dict[str, tuple[Function, tuple[Any, ...]]] = {}


def exercise(*points: Any) -> Callable[[Function], Function]:
    def named(f: Function) -> Function:
        EXERCISES[f.__name__] = f, points
        return f

    return named


V, W, M, POINTS = some(10), some(10, seed=1), some(5, 5), some(6, 2)
ONE_LINE: dict[str, tuple[Function, tuple[Any, ...]]] = {
    "8 reversed": (lambda x: x[::-1] * np.arange(10), (V,)),
    "14 mean": (lambda x: x.mean(), (V,)),
    "16 a border of zeros": (lambda x: np.pad(x, 1, mode="constant", constant_values=0), (M,)),
    "18 below the diagonal": (lambda x: np.diag(x, k=-1), (V[:4],)),
    "21 tiles": (lambda x: np.tile(x, (4, 4)), (some(2, 2),)),
    "22 normalised": (lambda x: (x - np.mean(x)) / np.std(x), (M,)),
    "22 from 0 to 1": (lambda x: (x - x.min()) / (x.max() - x.min()), (M,)),
    "24 product of matrices": (lambda x, y: np.dot(x, y), (some(5, 3), some(3, 2))),
    "29 away from zero": (lambda x: x * np.where(x > 1, np.ceil(x), np.floor(x)), (V,)),
    "36 fractions": (lambda x: x - x // 1 + x % 1 - np.trunc(x), (V,)),
    "37 by broadcasting": (lambda x: np.zeros((5, 5)) + x, (V[:5],)),
    "39 between both ends": (lambda x, y: np.linspace(x, y, 11, endpoint=False)[1:], (0.3, 1.2)),
    "40 sorted": (lambda x: np.sort(x) * np.arange(10), (V,)),
    "41 added up": (lambda x: np.add.reduce(x), (V,)),
    "44 polar": (lambda x: np.stack([np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0])]), (POINTS,)),
    "47 Cauchy's matrix": (lambda x, y: np.linalg.det(1 / np.subtract.outer(x, y)), (np.arange(4.0), np.arange(4.0) + 0.5)),
    "56 a bell": (lambda x, y: np.exp(-((np.hypot(*np.meshgrid(x, x)) - y) ** 2 / 2)), (V[:4], 0.5)),
    "58 rows without their mean": (lambda x: x - x.mean(axis=1, keepdims=True), (M,)),
    "59 ordered by a column": (lambda x: x[x[:, 1].argsort()], (M,)),
    "61 the nearest": (lambda x: x[np.abs(x - 0.5).argmin()] ** 2, (V,)),
    "62 a sum of all pairs": (lambda x, y: x[None] + y[:, None], (V[:3], W[:3])),
    "65 added up by an index": (lambda x: np.bincount([1, 3, 9, 3, 4, 1], x), (V[:6],)),
    "67 over the last two axes": (lambda x: x.sum(axis=(-2, -1)), (some(2, 3, 4, 2),)),
    "67 by one shape": (lambda x: x.reshape(*x.shape[:-2], -1).sum(axis=-1), (some(2, 3, 4),)),
    "68 means of subsets": (lambda x: np.bincount([0, 1, 1, 2, 0], x) / np.bincount([0, 1, 1, 2, 0]), (V[:5],)),
    "69 diagonal of a product": (lambda x, y: np.diag(np.dot(x, y)), (M, M.T + 1)),
    "69 by einsum": (lambda x, y: np.einsum("ij,ji->i", x, y), (M, M.T + 1)),
    "69 by a sum": (lambda x, y: np.sum(x * y.T, axis=1), (M, M.T + 1)),
    "71 matrices of triples": (lambda x, y: x * y[:, :, None], (some(5, 5, 3), M)),
    "76 shifted rows": (lambda x: x[np.arange(8)[:, None] + np.arange(3)] ** 2, (V,)),
    "75 windows": (lambda x: np.lib.stride_tricks.sliding_window_view(x, 3).mean(axis=-1), (V,)),
    "84 all blocks": (lambda x: np.lib.stride_tricks.sliding_window_view(x, (3, 3)) ** 2, (M,)),
    "80 windows": (lambda x: np.pad(x, 2)[1:4, 0:3] ** 2, (M,)),
    "86 products of several": (lambda x, y: np.tensordot(x, y, axes=[[0, 2], [0, 1]]), (some(3, 4, 4), some(3, 4, 1))),
    "87 sums of blocks": (lambda x: np.add.reduceat(np.add.reduceat(x, [0, 2], axis=0), [0, 2], axis=1), (M[:4, :4],)),
    "87 by one shape": (lambda x: x.reshape(2, 2, 2, 2).sum(axis=(1, 3)), (M[:4, :4],)),
    "89 the largest": (lambda x: x[np.argsort(x)[-3:]] ** 2, (V,)),
    "89 by a partition": (lambda x: np.sum(np.partition(x, -3)[-3:] ** 2), (V,)),
    "90 all pairs": (lambda x, y: np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).prod(axis=1), (V[:3], W[:2])),
    "92 to the third": (lambda x: np.power(x, 3) + x * x * x + np.einsum("i,i,i->i", x, x, x), (V,)),
    "97 inner": (lambda x, y: np.einsum("i,i", x, y) - np.inner(x, y) * 2, (V, W)),
    "97 outer": (lambda x, y: np.einsum("i,j->ij", x, y) + np.outer(x, y), (V, W)),
    "97 sum, product": (lambda x, y: np.einsum("i->", x) * np.einsum("i,i->i", x, y), (V, W)),
    "100 bootstrap": (lambda x: np.percentile(x[np.random.default_rng(0).integers(0, 10, (40, 10))].mean(axis=1), [2.5, 97.5]), (V,)),
    "sum of products": (lambda x, y: (x.reshape(len(x), 1) * y.reshape(1, len(y))).sum(), (V, W)),
    "a walk": (lambda x: np.cumsum(np.concatenate([[0.0], x])) ** 2, (V,)),
    "a fractal's slope": (lambda x: -np.polyfit(np.log([2.0, 4.0, 8.0, 16.0]), np.log(x), 1)[0], (V[:4] + np.array([9.0, 6.0, 3.0, 1.0]),)),
}  # fmt: skip
EXERCISES.update(ONE_LINE)


@exercise(V)
def number_25_negated_in_place(x: Any) -> Any:
    x = x.copy()
    x[(x > 0.5) & (x < 1.5)] *= -1
    return x**2 * np.sign(x)


@exercise(M, M.T)
def number_35_in_place_without_copies(a: Any, b: Any) -> Any:
    a, b = a.copy(), b.copy()
    np.add(a, b, out=b)
    np.divide(a, 2, out=a)
    np.negative(a, out=a)
    return np.multiply(a, b, out=a)


@exercise(V)
def number_45_the_largest_is_replaced(x: Any) -> Any:
    x = x.copy()
    x[x.argmax()] = 0
    return x**2


@exercise(some(6, 2))
def number_52_distances(x: Any) -> Any:
    apart = x[:, None, :] - x[None, :, :]
    squares = np.sum(apart**2, axis=-1)
    return np.sqrt(squares, where=squares > 0, out=np.zeros_like(squares))


@exercise(V, W[:4])
def number_64_added_where_indices_repeat(x: Any, y: Any) -> Any:
    x = x.copy()
    np.add.at(x, [2, 2, 3, 7], y)
    return x**2


@exercise(V[:5])
def number_70_zeros_between(x: Any) -> Any:
    z = np.zeros_like(x, shape=len(x) + (len(x) - 1) * 3)
    z[::4] = x
    return z * np.arange(len(z))


@exercise(M)
def number_72_rows_change_places(x: Any) -> Any:
    x = x.copy()
    x[[0, 1]] = x[[1, 0]]
    return x * np.arange(25).reshape(5, 5)


@exercise(V)
def number_75_moving_averages(x: Any) -> Any:
    z = np.cumsum(x)
    z[3:] = z[3:] - z[:-3]
    return z[2:] / 3


@exercise(some(5, 2), some(5, 2, seed=1), some(2))
def number_78_distances_to_lines(p: Any, q: Any, point: Any) -> Any:
    along = q - p
    length = (along**2).sum(axis=1)
    share = -((p[:, 0] - point[0]) * along[:, 0] + (p[:, 1] - point[1]) * along[:, 1]) / length
    apart = p + share.reshape(len(share), 1) * along - point
    return np.sqrt((apart**2).sum(axis=1))


@exercise(V, W)
def number_98_equal_steps_on_a_path(x: Any, y: Any) -> Any:
    steps = np.sqrt(np.diff(x) ** 2 + np.diff(y) ** 2)
    way = np.zeros_like(x)
    way[1:] = np.cumsum(steps)
    at = np.linspace(0.01, 0.99, 7) * way[-1]
    return np.interp(at, way, x) + np.interp(at, way, y)


# From Python to NumPy


@exercise(some(7, 7), some(7, 7, seed=1) / 4)
def reaction_and_diffusion(u: Any, v: Any) -> Any:
    def spread(z: Any) -> Any:
        beside = z[:-2, 1:-1] + z[2:, 1:-1] + z[1:-1, :-2] + z[1:-1, 2:]
        return beside - 4 * z[1:-1, 1:-1]

    u, v = u.copy(), v.copy()
    for _ in range(4):
        change = u[1:-1, 1:-1] * v[1:-1, 1:-1] ** 2
        fed, lost = 0.035 * (1 - u[1:-1, 1:-1]), 0.1 * v[1:-1, 1:-1]
        u[1:-1, 1:-1] += 0.16 * spread(u) - change + fed
        v[1:-1, 1:-1] += 0.08 * spread(v) + change - lost
    return u + v


@exercise(some(4, 2) / 4 - 0.5)
def escape_of_points(c: Any) -> Any:
    """Mandelbrot's recurrence, in pairs of real numbers; points that are far stay as they are."""
    z = np.zeros_like(c)
    for _ in range(6):
        near = z[:, 0] ** 2 + z[:, 1] ** 2 < 4.0
        x, y = z[near, 0], z[near, 1]
        z[near] = np.stack([x**2 - y**2, 2 * x * y], axis=1) + c[near]
    return z


@exercise(some(8, 2) * 3, some(8, 2, seed=1) - 1)
def a_flock(position: Any, velocity: Any) -> Any:
    position, velocity = position.copy(), velocity.copy()
    for _ in range(3):
        dx = np.subtract.outer(position[:, 0], position[:, 0])
        dy = np.subtract.outer(position[:, 1], position[:, 1])
        distance = np.hypot(dx, dy)
        near = (distance > 0) & (distance < 2.5)
        count = np.maximum(near.sum(axis=1), 1).reshape(-1, 1)
        together = near @ velocity / count
        size = np.linalg.norm(together, axis=1, keepdims=True)
        steer = np.where(size > 0, together / np.where(size > 0, size, 1.0) - velocity, 0.0)
        middle = near @ position / count - position
        force = 0.1 * steer + 0.05 * middle * (near.sum(axis=1) > 0)[:, None]
        velocity = velocity + np.clip(force, -0.03, 0.03)
        position = position + velocity
    return position


@exercise(some(6, 6), some(6, 6, seed=1) - 1)
def smoke_in_a_box(x: Any, source: Any) -> Any:
    """Sweeps of Jacobi's iteration, with walls that are set again after each."""
    x = x.copy()
    for _ in range(5):
        beside = x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:]
        x[1:-1, 1:-1] = (source[1:-1, 1:-1] + 0.5 * beside) / 3.0
        x[0, 1:-1], x[-1, 1:-1] = -x[1, 1:-1], -x[-2, 1:-1]
        x[1:-1, 0], x[1:-1, -1] = x[1:-1, 1], x[1:-1, -2]
        x[0, 0], x[-1, -1] = 0.5 * (x[1, 0] + x[0, 1]), 0.5 * (x[-2, -1] + x[-1, -2])
    return x


# The test


def weighted(z: Any) -> Any:
    return np.sum(z * np.linspace(0.5, 1.5, np.size(z)).reshape(np.shape(z)))


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_gives_what_numpy_gives_and_its_derivative(name: str) -> None:
    f, points = EXERCISES[name]
    points = tuple(np.asarray(x, float) for x in points)
    plain = f(*points)
    nodes = [Tensor(x) for x in points]
    z = f(*nodes)
    assert isinstance(z, Tensor)
    np.testing.assert_allclose(z.data, plain, rtol=1e-14, atol=1e-14)
    slopes = ag.gradients(weighted(z), nodes)
    lines = [some(*x.shape, seed=7) - 1 for x in points]
    rate = sum(np.sum(g * v) for g, v in zip(slopes, lines))
    h = 1e-6
    ends = [weighted(f(*[x + s * h * v for x, v in zip(points, lines)])) for s in (1, -1)]
    difference = (ends[0] - ends[1]) / (2 * h)
    assert abs(rate - difference) < 1e-7 * (1 + abs(difference)), (rate, difference)
    _, forward = ag.jvp(lambda *xs: weighted(f(*xs)), tuple(points), tuple(lines))
    assert abs(rate - forward) < 1e-12 * (1 + abs(rate))
