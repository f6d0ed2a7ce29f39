"""What a choice left out contributes nothing, whatever stands behind it; other zeros are IEEE's."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.rules.elementary import TABLE
from autograd.rules.nary import NARY

NAN = math.nan


def every_way(f: Callable[[Any], Any], x: Any) -> dict[str, Any]:
    """The gradient of a function of one array in all modes."""
    x = np.asarray(x, float)
    plain, freed, graph = (Tensor(x) for _ in range(3))
    with np.errstate(all="ignore"):
        roots = [f(t) for t in (plain, freed, graph)]
        roots[0].backward()
        roots[1].backward(release=True)
        as_graph = ag.gradients(roots[2], graph, create_graph=True)
        moved = [float(ag.jvp(f, (x,), (each.reshape(x.shape),))[1]) for each in np.eye(x.size)]
        second = ag.hessian(f)(x)
        of_grad = ag.grad(f)(x)
    return {
        "backward": plain.grad, "release": freed.grad, "graph": as_graph.data, "grad": of_grad,
        "forward": np.reshape(moved, x.shape), "second": second,
    }  # fmt: skip


def written(x: Any, index: Any, value: Any) -> Any:
    """A copy of an array in which something was written over."""
    y = x * 1.0
    y[index] = value
    return y


ROOT = ag.sqrt
LINE, SQUARE = [4.0, 0.0, 1.0], [[1.0, 0.0], [0.0, 4.0]]
DATA = np.array([1.0, NAN, 3.0])

# (the function, its argument, its gradient): slopes are infinite, or nan, where nothing is chosen
CHOICES: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "index": (lambda x: ROOT(x)[0], LINE, [0.25, 0, 0]),
    "slice": (lambda x: np.sum(ROOT(x)[::2]), LINE, [0.25, 0, 0.5]),
    "mask of nan": (
        lambda a: np.sum(((a[0] * np.arange(3.0) - DATA) ** 2)[~np.isnan(DATA)]), [2.0], [4.0],
    ),
    "constants of nan": (lambda x: np.sum((x * DATA)[[0, 2]]), LINE, [1.0, 0, 3.0]),
    "take": (lambda x: np.sum(np.take(ROOT(x), [0, 2])), LINE, [0.25, 0, 0.5]),
    "take_along_axis": (lambda x: np.sum(np.take_along_axis(ROOT(x), np.array([2, 0]), 0)), LINE, [0.25, 0, 0.5]),
    "split": (lambda x: np.split(ROOT(x), 3)[0][0], LINE, [0.25, 0, 0]),
    "delete": (lambda x: np.sum(np.delete(ROOT(x), 1)), LINE, [0.25, 0, 0.5]),
    "roll": (lambda x: np.roll(ROOT(x), 1)[1], LINE, [0.25, 0, 0]),
    "sort": (lambda x: np.sort(ROOT(x))[2], LINE, [0.25, 0, 0]),
    "sort of inf": (lambda x: np.sort(1 / x)[0], LINE, [-1 / 16, 0, 0]),
    "max": (lambda x: np.max(ROOT(x)), LINE, [0.25, 0, 0]),
    "max along an axis": (lambda x: np.sum(np.max(ROOT(x), 0)), SQUARE, [[0.5, 0], [0, 0.25]]),
    "min": (lambda x: np.min(-ROOT(x)), LINE, [-0.25, 0, 0]),
    "median": (lambda x: np.median(-ROOT(x)), LINE, [0, 0, -0.5]),
    "writing over": (lambda x: np.sum(written(ROOT(x), 1, 0.0)), LINE, [0.25, 0, 0.5]),
    "what was written over": (lambda x: np.sum(written(written(x * 0.0, slice(None), ROOT(x)), 1, 3.0)), LINE, [0.25, 0, 0.5]),
    "diagonal": (lambda x: np.sum(np.diagonal(ROOT(x))), SQUARE, [[0.5, 0], [0, 0.25]]),
    "trace": (lambda x: np.trace(ROOT(x)), SQUARE, [[0.5, 0], [0, 0.25]]),
    "einsum's diagonal": (lambda x: np.einsum("ii->", ROOT(x)), SQUARE, [[0.5, 0], [0, 0.25]]),
    "tril": (lambda x: np.sum(np.tril(ROOT(x))), [[1.0, 0.0], [1.0, 4.0]], [[0.5, 0], [0.5, 0.25]]),
    "triu": (lambda x: np.sum(np.triu(ROOT(x))), [[1.0, 1.0], [0.0, 4.0]], [[0.5, 0.5], [0, 0.25]]),
    "pad and back": (lambda x: np.sum(np.pad(ROOT(x), 1)[1:2]), LINE, [0.25, 0, 0]),
    "concatenate": (lambda x: np.concatenate([ROOT(x), x])[0], LINE, [0.25, 0, 0]),
    "cumsum": (lambda x: np.cumsum(ROOT(x))[0], LINE, [0.25, 0, 0]),
    "max_pool2d": (lambda x: np.sum(ag.max_pool2d(ROOT(x), 2)), SQUARE, [[0, 0], [0, 0.25]]),
    "avg_pool2d with gaps": (lambda x: np.sum(ag.avg_pool2d(ROOT(x), 1, 2)), [[1.0, 0], [0, 0]], [[0.5, 0], [0, 0]]),
    "cumprod": (lambda x: np.cumprod(ROOT(x))[0], LINE, [0.25, 0, 0]),
    "prod along an axis": (lambda x: np.prod(ROOT(x), 0)[1], [[0.0, 4.0], [1.0, 1.0]], [[0, 0.25], [0, 1.0]]),
    "norm along an axis": (lambda x: np.linalg.norm(ROOT(x), axis=0)[1], [[0.0, 4.0], [1.0, 1.0]], [[0, 0.5 / 5**0.5], [0, 0.5 / 5**0.5]]),
    "std along an axis": (lambda x: np.std(ROOT(x), 0)[1], [[0.0, 4.0], [1.0, 1.0]], [[0, 0.125], [0, -0.25]]),
    "a row of a product": (lambda x: (ROOT(x) @ np.array([2.0, 3.0]))[1], [[0.0, 1.0], [1.0, 4.0]], [[0, 0], [1.0, 0.75]]),
    "a column of a product": (lambda x: (np.array([2.0, 3.0]) @ (1 / x))[1], [[0.0, 1.0], [1.0, -1.0]], [[0, -2.0], [0, -3.0]]),
    "infinite factors of a product": (lambda x: (ROOT(x).reshape(3, 1) @ (1 / x).reshape(1, 3))[0, 2], LINE, [0.25, 0, -2.0]),
    "einsum": (lambda x: np.einsum("ij,j->i", ROOT(x), np.array([2.0, 3.0]))[1], [[0.0, 1.0], [1.0, 4.0]], [[0, 0], [1.0, 0.75]]),
    "a window of images": (
        lambda x: ag.conv2d(ROOT(x), np.ones((1, 1, 1, 2)))[0, 0, 0, 0], [[[[1.0, 4.0, 0.0]]]], [[[[0.5, 0.25, 0]]]],
    ),
    "an example of a fused relu": (lambda x: np.sum(ag.linear(1 / x, -np.ones((1, 2)), None, "relu")), [[0.0, 1.0], [-1.0, -2.0]], [[0, 0], [1.0, 0.25]]),
    "max along an axis, beside nan": (lambda x: np.max(ROOT(x), 1)[1], [[-1.0, 4.0], [0.0, 4.0]], [[0, 0], [0, 0.25]]),
    "where": (lambda x: np.sum(ag.where(x > 0, ROOT(x), 1.0)), [0.0, 4.0], [0, 0.25]),
    "where in where": (lambda x: np.sum(ag.where(x > 0, ag.where(x < 3, 1 / (x - 4), x), 0.0)), [4.0, 2.0, -1], [1.0, -0.25, 0]),
    "nothing through a product": (lambda x: np.where(False, np.sum(ROOT(x) @ np.ones(3)), np.sum(x)), LINE, [1.0, 1, 1]),
    "nothing in the end": (
        lambda x: np.sum(ag.where([False, True, True], ag.where([True, False, False], np.ones(3) * (np.ones(3) @ ROOT(x)), x), x)), LINE, [1.0, 1, 1],
    ),
    "var of some": (lambda x: np.var(ROOT(x)[::2]), LINE, [0.125, 0, -0.25]),
    "acos of clip": (lambda x: np.sum(ag.acos(ag.clip(x, -1.0, 1.0))), [1.5, -3.0], [0, 0]),
    "root of relu": (lambda x: np.sum(ROOT(ag.relu(x))), [-1.0, 4.0], [0, 0.25]),
    "relu of log": (lambda x: np.sum(ag.relu(ag.log(x))), [0.0, 4.0], [0, 0.25]),
    "maximum": (lambda x: np.sum(np.maximum(ROOT(x), 0.5)), [0.0, 4.0], [0, 0.25]),
    "maximum of a number": (lambda x: np.sum(np.maximum(0.5, ROOT(x))), [0.0, 4.0], [0, 0.25]),
    "root of max": (lambda x: ROOT(np.max(x)), [0.0, -1.0], [math.inf, 0]),
    "broadcast": (
        lambda x: np.sum(ag.where([[False, False], [True, True]], ROOT(x).reshape(2, 1), 1.0)), [0.0, 4.0], [0, 0.5],
    ),
    "minimum of a root": (lambda x: np.sum(ROOT(np.minimum(x, 0.0))), [2.0], [0]),
    "division by a rounded one": (lambda x: np.sum(x / np.floor(x)), [0.5], [math.inf]),
    "floor": (lambda x: np.sum(np.floor(ROOT(x) + 0.5) * x), [0.0, 4.0], [0, 2.0]),
    "a fused relu": (lambda x: np.sum(ROOT(ag.linear(x, np.array([[1.0, 0, 0], [0, 0, -1]]), None, "relu"))), LINE, [0.25, 0, 0]),
    "a power of a fused relu": (lambda x: np.sum(ag.linear(x, np.array([[1.0, 0, 0], [0, 0, -1]]), None, "relu") ** 1.5), LINE, [3.0, 0, 0]),
    "fused relus of all units": (
        lambda x: np.sum(ROOT(ag.linear(x, np.array([[1.0, -1.0], [-1.0, 1.0]]), None, "relu"))), [[1.0, 0.0], [0.0, 1.0]], [[0.5, -0.5], [-0.5, 0.5]],
    ),
    "an example of a fused tanh": (
        lambda x: ag.linear(ROOT(x), x[1:], None, "tanh")[1, 0], [[-1.0, 0.0], [1.0, 0.25]], np.array([[0, 0], [1.5, 0.75]]) / np.cosh(1.125) ** 2,
    ),
    "one of several examples of a fused relu": (
        lambda x: ag.linear(ROOT(x), np.array([[1.0, -1.0]]), None, "relu")[1, 0], [[-1.0, 0.0], [4.0, 1.0], [1.0, 4.0]], [[0, 0], [0.25, -0.5], [0, 0]],
    ),
    "a fused relu of images": (
        lambda x: np.sum(ROOT(ag.conv2d(x, -np.ones((1, 1, 1, 1)), activation="relu"))), [[[[1.0, 2.0]]]], [[[[0, 0]]]],
    ),
}  # fmt: skip

MATRICES: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "solve": (lambda x: np.sum(np.linalg.solve(2 * np.eye(2), ROOT(x))[:, 0]), [[1.0, 0.0], [4.0, 0.0]], [[0.25, 0], [0.125, 0]]),
    "det": (lambda x: np.linalg.det(ROOT(x))[1], [[[-1.0]], [[4.0]]], [[[0]], [[0.25]]]),
    "det beside nan": (lambda x: np.linalg.det(x)[1], [[[NAN]], [[4.0]]], [[[0]], [[1.0]]]),
    "inv": (lambda x: np.linalg.inv(1 + ROOT(x))[1, 0, 0], [[[0.0]], [[4.0]]], [[[0]], [[-1 / 36]]]),
    "cholesky": (lambda x: np.linalg.cholesky(1 + ROOT(x))[1, 0, 0], [[[0.0]], [[9.0]]], [[[0]], [[1 / 24]]]),
}  # fmt: skip


@pytest.mark.parametrize("name", MATRICES)
def test_what_has_no_part_in_a_matrix(name: str) -> None:
    f, x, expected = MATRICES[name]
    for way, gradient in every_way(f, x).items():
        if way != "second":
            np.testing.assert_allclose(gradient, expected, rtol=1e-12, err_msg=way)
        else:
            assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", CHOICES)
def test_what_was_not_chosen_contributes_nothing(name: str) -> None:
    f, x, expected = CHOICES[name]
    found = every_way(f, x)
    second = found.pop("second")
    for way, gradient in found.items():
        np.testing.assert_allclose(gradient, expected, rtol=1e-12, err_msg=way)
    if np.isfinite(expected).all():
        assert np.isfinite(second).all()


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_in_every_dtype(name: str, dtype: Any) -> None:
    f, x, expected = CHOICES[name]
    t = Tensor(np.asarray(x), dtype=dtype)
    with np.errstate(all="ignore"):
        f(t).backward()
    assert t.grad.dtype == dtype
    np.testing.assert_allclose(t.grad, np.asarray(expected, dtype), rtol=2e-3)


def test_inner_gradients_are_strict_too() -> None:
    x = Tensor([4.0, 0.0])
    before = x * 1.0
    root = ag.sqrt(written(before, 1, 0.0))
    root[0].backward()
    np.testing.assert_array_equal(root.grad, [1.0, 0.0])
    assert all(np.isfinite(node.grad).all() for node in (x, before, root, root.parents[0]))


TIES: list[tuple[Callable[[Any], Any], float]] = [
    (lambda x: ROOT(x) ** 2, 0.0),
    (lambda x: 0.0 * ag.log(x), 0.0),
    (lambda x: ROOT(ag.abs(x)), 0.0),
    (lambda x: ROOT(ag.relu(x)), 0.0),
    (lambda x: ROOT(ag.floor(x)), 0.0),
    (lambda x: 0.0 * ag.relu(x + 1.0) * ag.log(x), 0.0),
    (lambda x: ag.relu(x + 1.0) * (x * NAN), 1.0),
]


@pytest.mark.parametrize(("f", "x"), TIES)
def test_zeros_of_arithmetic_and_of_ties_stay(f: Callable[[Any], Any], x: float) -> None:
    v, t = Value(x), Tensor(x)
    with np.errstate(all="ignore"):
        for node in (v, t):
            f(node).backward()
            assert np.isnan(node.grad)
            assert np.isnan(ag.gradients(f(node), node))
            assert np.isnan(ag.gradients(f(node), node, create_graph=True).data)
    assert math.isnan(ag.jvp(f, (x,), (1.0,))[1])


def test_the_tie_of_a_fused_relu_is_that_of_relu() -> None:
    for f in (
        lambda x: ROOT(ag.linear(x, np.ones((1, 1)), None, "relu")),
        lambda x: ROOT(ag.relu(x @ np.ones((1, 1)))),
    ):
        x = Tensor([[0.0]])
        with np.errstate(all="ignore"):
            y = f(x)
            y.backward(seed=[[1.0]])
            assert np.isnan(x.grad).all()
            graph = ag.gradients(y, x, seed=[[1.0]], create_graph=True)
        assert np.isnan(graph.data).all()


def test_a_slope_on_a_flat_side_depends_on_nothing() -> None:
    for f in (lambda x: ag.linear(x, np.ones((1, 1)), None, "relu"), ag.relu):
        x, w = Tensor([[-1.0]]), Tensor([[0.0]])
        with np.errstate(all="ignore"):
            slope = ag.gradients(f(x) * ROOT(w), x, seed=[[1.0]], create_graph=True)
            assert ag.gradients(slope, w, seed=[[1.0]]) == 0.0


# Every row that chooses

FLAT = [row for row in TABLE.values() if row.flat]
POINTS = {
    "mod": [(1.0, 3.0), (-1.0, -3.0)],
    "fmod": [(1.0, 3.0), (-1.0, 3.0)],
    "floor_divide": [(1.0, 3.0), (-4.0, 3.0)],
    "fmax": [(1.0, 2.0), (2.0, 1.0), (NAN, 1.0), (1.0, NAN)],
    "fmin": [(1.0, 2.0), (2.0, 1.0), (NAN, 1.0), (1.0, NAN)],
    "heaviside": [(2.0, 0.5), (-2.0, 0.5)],
    "copysign": [(2.0, -3.0), (-2.0, 3.0)],
    "sign": [(2.0,), (-2.0,)],
    "side": [(2.0,), (-2.0,)],
    "maximum": [(1.0, 2.0), (2.0, 1.0)],
    "minimum": [(1.0, 2.0), (2.0, 1.0)],
    "clip": [(0.0, 1.0, 2.0), (1.5, 1.0, 2.0), (3.0, 1.0, 2.0), (1.5, 2.0, 1.0)],
    "step": [(1.0, 2.0), (2.0, 1.0)],
    "floor": [(1.5,)],
    "ceil": [(1.5,)],
    "trunc": [(1.5,), (-1.5,), (0.0,)],
    "round": [(1.75,)],
    "relu": [(-1.0,)],
    "leaky_relu": [(1.0, 0.5)],
    "elu": [(1.0, 0.5)],
}  # fmt: skip


@pytest.mark.parametrize("row", FLAT, ids=lambda row: row.name)
@pytest.mark.parametrize("of", [Value, Tensor])
def test_flat_sides_of_rows(row: Any, of: Any) -> None:
    function = getattr(ag, row.name)
    for point in POINTS[row.name]:
        out = row.flat(_Numbers(), *point)
        assert any(out)
        for k, is_out in enumerate(out):
            if not is_out:
                continue
            others = [of(x) for x in point]

            def behind(x: Any, k: int = k, others: Any = others, point: Any = point) -> Any:
                # what stands behind the operand has an infinite slope
                return function(*others[:k], ROOT(x) + point[k], *others[k + 1 :])

            def before(
                x: Any, k: int = k, others: Any = others, z: Any = None, point: Any = point
            ) -> Any:
                # and here what stands before it
                z = function(*point)
                return ROOT(function(*others[:k], x, *others[k + 1 :]) - z)

            for f, at in ((behind, 0.0), (before, point[k])):
                x, y = of(at), of(at)
                with np.errstate(all="ignore"):
                    f(x).backward()
                    assert x.grad == 0.0
                    assert ag.gradients(f(y), y) == 0.0
                    assert ag.gradients(f(y), y, create_graph=True).data == 0.0
                    assert ag.jvp(f, (at,), (1.0,))[1] == 0.0
                    assert ag.grad(ag.grad(f))(at) == 0.0
                    if of is Value:
                        assert ag.taylor(f, at, 3)[1:] == [0.0] * 3


class _Numbers:
    """The arithmetic of floats, by the functions of this package."""

    where = staticmethod(lambda condition, x, y: x if condition else y)

    def __getattr__(self, name: str) -> Any:
        return getattr(ag, {"rint": "round"}.get(name, name))


def test_points_of_all_rows_with_flat_sides() -> None:
    assert {row.name for row in FLAT} == set(POINTS)


@pytest.mark.parametrize("row", FLAT, ids=lambda row: row.name)
def test_an_operand_is_left_out_where_it_changes_nothing(row: Any) -> None:
    """Neither here nor all around: not at a tie, where a flat side ends."""
    function = getattr(ag, row.name)
    for x in itertools.product(
        (-1.5, -1.0, -0.5, 0.0, 0.4999, 0.5, 1.0, 2.5), repeat=len(row.domain)
    ):
        if math.isnan(function(*x)):
            continue
        around = [*itertools.product(*((v - 1e-9, v, v + 1e-9) for v in x))]
        for k, is_out in enumerate(row.flat(_Numbers(), *x)):
            moved = [function(*near) for near in around]
            held = [function(*near[:k], x[k], *near[k + 1 :]) for near in around]
            assert bool(is_out) == (moved == held), (x, k)


@pytest.mark.parametrize("name", [name for name, op in NARY.items() if op.flat])
def test_flat_sides_of_many_operands(name: str) -> None:
    sign = 1.0 if name == "max" else -1.0
    function = getattr(ag, name)
    x, y = Value(0.0), Value(1.0)
    z = function([sign * ROOT(x), sign * y, -sign * 5])
    z.backward()
    assert (x.grad, y.grad) == (0.0, sign)
    assert ag.gradients(z, [x, y]) == [0.0, sign]
    assert [g.data for g in ag.gradients(z, [x, y], create_graph=True)] == [0.0, sign]
    assert ag.jvp(lambda x: function([sign * ROOT(x), sign]), (0.0,), (1.0,))[1] == 0.0
    assert ag.taylor(lambda x: function([sign * ROOT(x), sign]), 0.0, 2) == [sign, 0.0, 0.0]
    assert ag.grad(ag.grad(lambda x: function([sign * ROOT(x), sign])))(0.0) == 0.0


# Seeds of 0


def test_a_seed_of_zero_starts_nothing() -> None:
    v, t = Value(0.0), Tensor([0.0, 4.0])
    with np.errstate(all="ignore"):
        root = ag.sqrt(v)
        root.backward(seed=0)
        assert (v.grad, root.grad) == (0.0, 0.0)
        assert ag.gradients(ag.sqrt(v), v, seed=0.0) == 0.0
        assert ag.gradients(ag.sqrt(v), v, seed=0.0, create_graph=True).data == 0.0
        ag.sqrt(t).backward(seed=[0.0, 1.0])
    np.testing.assert_array_equal(t.grad, [0.0, 0.25])
    v.backward(seed=0)
    assert v.grad == 0.0


def test_gradients_add_up_over_strict_passes() -> None:
    x, t = Value(0.0), Tensor([4.0, 0.0])
    for _ in range(2):
        (ag.max([ROOT(x), 1.0]) + 3 * x).backward()
        with np.errstate(all="ignore"):
            (ROOT(t)[0] + 3 * t[1]).backward()
    assert x.grad == 6.0
    np.testing.assert_array_equal(t.grad, [0.5, 6.0])


def test_data_that_leaves_got_later_changes_nothing() -> None:
    x = Value(2.0)
    y = ag.acos(ag.clip(x, -1.0, 1.0)) + ag.relu(x)
    x.data = -3.0
    y.backward()
    assert x.grad == 1.0 or math.isnan(x.grad)


# What goes with it


def test_values_in_arrays_that_were_left_out() -> None:
    x, y = Value(0.0), Value(4.0)
    with np.errstate(all="ignore"):
        t = Tensor(np.ones(2)) * np.array([ROOT(x), ROOT(y)])
        np.max(t).backward()
    assert (x.grad, y.grad) == (0.0, 0.25)


def test_no_warning_of_what_was_left_out_and_those_of_the_rest() -> None:
    x = Tensor([4.0, 0.0])
    ROOT(x)[0].backward()  # warnings are errors here
    y = Tensor([4.0, 0.0])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.sum(ag.relu(ROOT(y) + 1.0)).backward()
    np.testing.assert_array_equal(y.grad, [0.25, np.inf])
    with np.errstate(all="raise"):
        z = Tensor([4.0, 0.0])
        ROOT(z)[0].backward()


def test_what_is_left_out_is_no_anomaly() -> None:
    with ag.detect_anomaly():
        for x in (Tensor([0.5, 1.5]), Value(1.5)):
            ag.sum(ag.acos(ag.clip(x, -1.0, 1.0))).backward() if isinstance(x, Tensor) else ag.acos(
                ag.clip(x, -1.0, 1.0)
            ).backward()
            assert np.isfinite(x.grad).all()


def test_the_ledger_is_that_of_the_pass() -> None:
    for x in (Value(1.5), Tensor([1.5])):
        y = ag.acos(ag.clip(x, -1.0, 1.0))
        entries = ag.contributions(y, x, seed=None if isinstance(x, Value) else [1.0])
        assert [float(np.sum(entry.share)) for entry in entries] == [0.0]
        assert float(np.sum(entries[-1].after)) == 0.0


def test_a_custom_pullback_gets_zeros_and_may_run_twice() -> None:
    calls = []

    @ag.custom_vjp(lambda g, z, x: calls.append(1) or g * np.cos(x))
    def sine(x: Any) -> Any:
        return np.sin(x)

    x = Tensor([0.0, 1.0])
    with np.errstate(all="ignore"):
        ROOT(sine(x) * 1.0)[1].backward()
    np.testing.assert_allclose(x.grad, [0.0, 0.5 * np.cos(1.0) / np.sqrt(np.sin(1.0))])
    assert 1 <= len(calls) <= 2
