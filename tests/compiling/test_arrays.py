"""Functions of arrays, compiled: every operation of the table, bit by bit as eager Tensors."""

from __future__ import annotations

import copy
import pickle
import warnings
import weakref
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from tests.tensor_table import OPERATIONS, Operation, Ours, parameters, seeded
from tests.test_tensor_properties import Call
from tests.threads import at_once

pytestmark = [
    pytest.mark.both,
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

REFUSED = {
    "vectorize", "einsum along a path", "nanquantile", "quantile by q", "lu_factor",
    "lu_factor and lu_solve", "solveh_banded", "place", "putmask",
}  # fmt: skip
"""Operations that choose by numbers in Python, or call SciPy, with some of their options."""


def same(found: Any, expected: Any) -> bool:
    """Equal in type, shape and bits; one nan is like another."""
    if isinstance(expected, (list, tuple)):
        is_alike = type(found) is type(expected) and len(found) == len(expected)
        return is_alike and all(map(same, found, expected))
    if isinstance(expected, dict):
        return [*found] == [*expected] and all(same(found[key], x) for key, x in expected.items())
    one, two = np.asarray(found), np.asarray(expected)
    is_alike = type(found) is type(expected) and one.dtype == two.dtype and one.shape == two.shape
    return is_alike and np.array_equal(one, two, equal_nan=one.dtype.kind in "fc")


def leaves(z: Any) -> list[Any]:
    return [y for x in z for y in leaves(x)] if isinstance(z, (tuple, list)) else [z]


def loss_of(call: Call) -> Callable[..., Any]:
    """A number of the variables, to which each element of each result has its own part."""

    def loss(*variables: Any) -> Any:
        given = iter(variables)
        operands = [next(given) if v else x for x, v in zip(call.arrays, call.is_variable)]
        total: Any = 0.0
        for z in leaves(call.example.f(Ours(call.road), *operands)):
            if isinstance(z, Tensor):
                z = ag.abs(z) ** 2 if z.dtype.kind == "c" else z
                total = total + (z * (0.1 + np.arange(z.size).reshape(z.shape))).sum()
        return total

    return loss


@pytest.mark.parametrize("operation", parameters(OPERATIONS.values()))
def test_operations_have_the_bits_of_eager_tensors(operation: Operation) -> None:
    for seed in range(operation.tries):
        rng = np.random.default_rng(zlib.crc32(operation.name.encode()) + seed)
        call = Call(operation, seeded(rng))
        loss, variables = loss_of(call), call.variables
        eager = ag.value_and_grad(loss, argnums=tuple(range(len(variables))))
        compiled = ag.compile(eager, arrays=True)
        beside = [np.asarray(x * np.asarray(1.01, x.dtype)) for x in variables]
        for point in (variables, beside, variables):
            try:
                expected = eager(*point)
            except Exception as error:
                with pytest.raises(type(error)):
                    compiled(*point)
                continue
            try:
                found = compiled(*point)
            except TypeError:
                if operation.name not in REFUSED:
                    raise
                return
            assert same(found, expected), (call, found, expected)


def network(p: Any, x: Any, y: Any) -> Any:
    hidden = ag.tanh(x @ p["W"].T + p["b"])
    return ag.mean((hidden @ p["V"] - y) ** 2)


def parameters_of_network(rng: np.random.Generator, dtype: Any = np.float64) -> Any:
    shapes = {"W": (30, 20), "b": (30,), "V": (30,)}
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "transform",
    [
        ag.value_and_grad,
        ag.grad,
        lambda f: f,
        lambda f: lambda p, x, y: ag.hvp(f)(p, p, x, y),
        lambda f: lambda p, x, y: ag.jvp(lambda p: f(p, x, y), (p,), (p,)),
        lambda f: lambda p, x, y: ag.vjp(lambda x: ag.tanh(x @ p["W"].T), x)[1](x[:, :1] * p["b"]),
        lambda f: ag.jacobian(lambda p, x, y: ag.tanh(x[0] @ p["W"].T)),
    ],
)
def test_transforms(transform: Any, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    eager = transform(network)
    compiled = ag.compile(eager)
    for _ in range(3):
        p = parameters_of_network(rng, dtype)
        x, y = rng.normal(size=(7, 20)).astype(dtype), rng.normal(size=7).astype(dtype)
        assert same(compiled(p, x, y), eager(p, x, y))
    assert len(compiled.report().programs) == 1


@pytest.mark.parametrize("make", [list, tuple, lambda xs: {"a": [*xs], "b": tuple(xs)}])
def test_results_have_the_type_that_they_have(make: Any) -> None:
    def f(xs: Any) -> Any:
        return make([x * 2 for x in xs])

    compiled = ag.compile(f, arrays=True)
    xs = [np.ones(3), np.arange(3.0)]
    assert same(compiled(xs), f(xs))
    slopes = ag.grad(lambda xs: sum((x**2).sum() for x in xs))
    assert same(ag.compile(slopes, arrays=True)(xs), slopes(xs))


def test_gradients_that_are_constants_have_the_layout_that_they_have() -> None:
    slope = ag.grad(lambda x: (x.T * np.ones(20)).sum())
    x = np.ones((20, 30))
    assert ag.compile(slope)(x).strides == slope(x).strides


@pytest.mark.parametrize("activation", [None, "relu", "sigmoid"])
@pytest.mark.parametrize("batch", [1, 9, 200])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_layers_of_any_size(activation: Any, batch: int, dtype: Any) -> None:
    """C computes small ones in its own loops."""

    def loss(p: Any, x: Any) -> Any:
        z = ag.linear(x, p[0], p[1])
        return (ag.linear(getattr(ag, activation)(z) if activation else z, p[2], p[3]) ** 2).mean()

    eager = ag.value_and_grad(loss)
    compiled, rng = ag.compile(eager), np.random.default_rng(11)
    for _ in range(3):
        p = [rng.normal(size=shape).astype(dtype) for shape in [(20, 60), (20,), (3, 20), (3,)]]
        x = rng.normal(size=(batch, 60)).astype(dtype)
        assert same(compiled(p, x), eager(p, x))


def test_a_step_of_training_is_a_function() -> None:
    def step(p: Any, memory: Any, rate: float, x: Any, y: Any) -> Any:
        value, slopes = ag.value_and_grad(network)(p, x, y)
        memory = {name: 0.9 * memory[name] + slopes[name] for name in p}
        return {name: p[name] - rate * memory[name] for name in p}, memory, value

    rng = np.random.default_rng(1)
    p = parameters_of_network(rng)
    compiled = ag.compile(step)
    one = two = (p, {name: np.zeros_like(x) for name, x in p.items()}, 0.0)
    for k in range(5):
        x, y = rng.normal(size=(10, 20)), rng.normal(size=10)
        one, two = step(*one[:2], 0.1 / (k + 1), x, y), compiled(*two[:2], 0.1 / (k + 1), x, y)
        assert same(two, one)
    assert len(compiled.report().programs) == 1


# What is a signature, and what is a guard


def test_shapes_types_and_layouts_have_programs_of_their_own() -> None:
    compiled = ag.compile(lambda x: (x.T @ x).sum(), arrays=True)
    x = np.random.default_rng(2).normal(size=(5, 7))
    for given in (x, x[:3], x.astype(np.float32), np.asfortranarray(x), x[::2, ::3], x[::-1]):
        assert same(compiled(given), (given.T @ given).sum())
    assert len(compiled.report().programs) == 6


def test_small_arrays_are_taken_number_by_number_where_that_can_be() -> None:
    by_numbers = ag.compile(lambda x: x[0] * x[1])
    by_numbers(np.ones(2))
    assert by_numbers.report().programs[0].machine != "numpy"
    for f in (lambda x: ag.sort(x).sum(), lambda x: np.linalg.solve(np.eye(2) + x, x).sum()):
        compiled = ag.compile(ag.grad(f))
        x = np.array([2.0, 1.0])
        assert same(compiled(x), ag.grad(f)(x))
        assert same(compiled(x), ag.grad(f)(x))
        assert compiled.report().programs[0].machine == "numpy"
    with pytest.raises(Exception, match=r"sort"):
        ag.compile(lambda x: ag.sort(x).sum(), arrays=False)(x)


def test_the_truth_of_an_array_is_a_guard() -> None:
    @ag.compile
    def f(x: Any) -> Any:
        return x.sum() if x.mean() > 0 else (x * x).sum()

    x = np.linspace(-1.0, 2.0, 300)
    for given in (x, -x, x - 0.5, 0 * x):
        assert same(f(given), f.__wrapped__(given))
    assert len(f.report().programs) == 2


def test_comparisons_are_arrays_and_choose() -> None:
    def f(x: Any) -> Any:
        inside = (x > -1) & ~(x > 1.0) | (x < -2)
        return ag.where(inside, x**2, ag.sqrt(ag.abs(x)))

    x = np.random.default_rng(3).normal(size=400)
    compiled = ag.compile(lambda x: (f(x), ag.grad(lambda x: f(x).sum())(x)))
    for given in (x, 2 * x, -x):
        assert same(compiled(given), compiled.__wrapped__(given))


def test_indices_from_data_are_computed() -> None:
    def f(x: Any) -> Any:
        order = np.argsort(x)
        return (x[order] * np.arange(len(x))).sum() + x[np.argmax(x)]

    rng = np.random.default_rng(4)
    compiled = ag.compile(f)
    for _ in range(3):
        x = rng.normal(size=300)
        assert same(compiled(x), f(x))
    assert len(compiled.report().programs) == 1


def test_a_shape_from_data_is_a_guard() -> None:
    compiled = ag.compile(ag.value_and_grad(lambda x: (x[x.data > 0] ** 2).sum()))
    x = np.linspace(-1.0, 1.0, 300)
    for given in (x, x + 0.5, x, -x):
        assert same(compiled(given), compiled.__wrapped__(given))


def test_integers_are_variables_beside_large_arrays() -> None:
    def f(x: Any, rows: Any) -> Any:
        return (x[rows] ** 2).sum()

    compiled = ag.compile(ag.value_and_grad(f))
    x = np.random.default_rng(5).normal(size=(100, 5))
    for rows in ([0, 5, 5], [9, 1, 2]):
        given = np.array(rows)
        assert same(compiled(x, given), compiled.__wrapped__(x, given))
    assert len(compiled.report().programs) == 1


# Random numbers


@pytest.mark.parametrize("shape", [(2,), (1,), (), (20, 30)])
def test_dropout_draws_anew_in_eager_order(shape: Any) -> None:
    mine = [np.random.default_rng(9), np.random.default_rng(9)]

    def function_of(rng: np.random.Generator) -> Any:
        def loss(x: Any) -> Any:
            y = ag.dropout(ag.dropout(x, 0.5, rng) + x, 0.25, rng).sum()
            return y if y > 0 else y * y

        return ag.value_and_grad(loss)

    eager, compiled = function_of(mine[0]), ag.compile(function_of(mine[1]))
    rng, seen = np.random.default_rng(10), []
    for _ in range(12):
        x = rng.normal(size=shape)
        expected = eager(x)
        assert same(compiled(x), expected)
        assert mine[0].random() == mine[1].random()
        seen.append(expected[1].tobytes())
    assert len({*seen}) > 2
    assert len(compiled.report().programs) == 2


def test_dropout_by_new_generators_is_not_frozen() -> None:
    compiled = ag.compile(lambda x: ag.dropout(x, 0.5))
    x = np.ones(300)
    assert not same(compiled(x), compiled(x))
    assert {*np.unique(compiled(x))} == {0.0, 2.0}
    with pytest.raises(TypeError, match=r"compile: .*dropout would be frozen; use .*arrays=True"):
        ag.compile(lambda x: ag.dropout(x, 0.5), arrays=False)(x)


# Memory


def test_results_and_arguments_are_nobody_elses() -> None:
    constant = np.ones(300)

    def f(x: Any) -> Any:
        y = x * 2
        y[0] = 5.0
        x[1] = 7.0
        return y + constant, y * y, constant * 2, x

    compiled = ag.compile(f)
    x = np.arange(300.0)
    first = compiled(x)
    kept = copy.deepcopy(first)
    first[2][:] = -1.0
    again = compiled(x + 1)
    assert x[1] == 1.0
    assert same(first[0], kept[0])
    assert same(again[2], constant * 2)


def test_copies_are_left_out_where_nobody_can_tell() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        return x.copy(), x.copy(), y.copy(), y.copy(), x * 2, x * 2, y[:3].copy(), np.copy(y.T)

    compiled = ag.compile(f)
    x = np.arange(300.0).reshape(20, 15)
    expected = f(x)
    for _ in range(2):
        found = compiled(x)
        assert same(found, expected)
        assert [z.strides for z in found] == [z.strides for z in expected]
        for k, z in enumerate(found):
            z[...] = -k
            assert all((other == -i).all() for i, other in enumerate(found[: k + 1]))
    assert x[0, 1] == 1.0
    slopes = ag.compile(ag.grad(lambda x: (x.astype(x.dtype) ** 2).sum()))
    slopes(x)
    assert "astype" not in slopes.source()
    assert "copy" not in slopes.source()


def test_memory_of_results_is_used_again_where_nobody_holds_them() -> None:
    def f(x: Any) -> Any:
        return x * 2, x @ x, x + 1

    compiled = ag.compile(f)
    x = np.random.default_rng(8).normal(size=(64, 64))
    views, held, weak = [], [], []
    for k in range(12):
        found = compiled(x + k)
        assert same(found, f(x + k))
        if k % 3 == 0:
            held.append((k, found))
        elif k % 3 == 1:
            views.append((k, found[0][1:, ::2]))
        else:
            weak.append(weakref.ref(found[0]))
            with warnings.catch_warnings():  # NumPy 2.5 would rather not
                warnings.simplefilter("ignore", DeprecationWarning)
                found[2].shape = (32, 128)
            found[0].flags.writeable = False
        del found
    assert all(same(z, f(x + k)) for k, z in held)
    assert all(same(z, f(x + k)[0][1:, ::2]) for k, z in views)
    assert all(each() is None or not each().flags.writeable for each in weak)
    # A training, in which each call takes what the one before gave
    descend = ag.compile(lambda x: x - 0.1 * ag.grad(lambda x: (x**4).sum())(x))
    one, two, all_of_two = x, x, []
    for k in range(9):
        one, two = descend.__wrapped__(one), descend(two)
        all_of_two += [two] * (k == 4)
        assert same(two, one)
    assert not same(all_of_two[0], one)


def test_writes_into_views_are_seen() -> None:
    def f(x: Any) -> Any:
        y = x * 1.0
        part = y[10:20]
        part += 1.0
        part[0] = y.sum()
        z = y + 0.0
        np.add(y, part.sum(), out=y)
        return y * z

    x = np.random.default_rng(6).normal(size=300)
    compiled = ag.compile(f)
    for given in (x, -x):
        assert same(compiled(given), f(given))


def test_threads() -> None:
    rng = np.random.default_rng(7)
    p = parameters_of_network(rng)
    compiled = ag.compile(ag.value_and_grad(network))
    points = [(rng.normal(size=(9, 20)), rng.normal(size=9)) for _ in range(4)]
    expected = [ag.value_and_grad(network)(p, *each) for each in points]

    def work(k: int) -> None:
        for _ in range(50):
            assert same(compiled(p, *points[k]), expected[k])

    at_once(work)


# What there is to see


def test_source_report_and_pickle() -> None:
    compiled = ag.compile(np.linalg.det, arrays=True)
    compiled(np.eye(3))
    assert "det(x0)" in compiled.source()
    assert "numpy" in str(compiled.report())
    assert "det" in ag.draw(compiled).svg
    with pytest.raises(TypeError, match=r"^rows: got .*; it needs"):
        compiled.rows(np.ones((2, 3, 3)))
    again = pickle.loads(pickle.dumps(compiled))
    assert again(np.eye(3)) == 1.0
    assert again.report().programs[0].machine == "numpy"
    compiled.clear()
    assert not compiled.report().programs
    with pytest.raises(ValueError, match=r'^source: got .* "python" alone$'):
        again.source("llvm")
    with pytest.raises(TypeError, match=r"^c_source: got .*; it needs"):
        again.c_source("f")


# What can't be recorded


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: float(x.sum()), r"float\(x\).*np\.exp\(x\)"),
        (lambda x: np.zeros(int(x[0])), r"int\(x\)"),
        (lambda x: x.tolist(), r"x\.tolist\(\)"),
        (lambda x: f"{x.sum():.2f}", r"format\(x, '\.2f'\).*outside"),
        (lambda x: sum(range(x.astype(int)[0])), r"index or size"),
        (lambda x: np.random.default_rng().normal() * x, "frozen"),
        (lambda x: _backward(x), r"value_and_grad"),
        (lambda x: np.zeros(300).__iadd__(x), "constant array|NumPy's"),
    ],
)
def test_what_would_freeze_a_number_names_the_line(f: Any, message: str) -> None:
    with pytest.raises(TypeError, match=r"^compile: .*line \d+ of test_arrays\.py.*" + message):
        ag.compile(f)(np.linspace(1.0, 2.0, 300))


def _backward(x: Any) -> Any:
    t = Tensor(x)
    (t * t).sum().backward()
    return t.grad


def test_compiled_functions_call_each_other() -> None:
    inner = ag.compile(lambda x: ag.exp(x) * x, arrays=True)
    outer = ag.compile(lambda x: inner(x) + ag.grad(lambda x: inner(x).sum())(x), arrays=True)
    x = np.linspace(0.0, 1.0, 300)
    assert same(outer(x), ag.exp(x) * x + ag.grad(lambda x: (ag.exp(x) * x).sum())(x))


@pytest.mark.parametrize("x", [np.ones((5, 4)).T, np.ones((9, 8))[::2, ::2], np.ones((4, 5))])
def test_copies_of_arguments_that_are_written_have_their_layout(x: Any) -> None:
    def f(x: Any) -> Any:
        x += 1
        return x, ag.exp(x)

    assert same(found := ag.compile(f, arrays=True)(x), expected := f(x.copy("K")))
    if x.size == 20 and x.flags.forc:
        assert [z.strides for z in found] == [z.strides for z in expected]


def test_tensors_of_the_caller_stay_connected() -> None:
    x = Tensor(np.linspace(0.0, 1.0, 300))
    ag.compile(lambda x: (x * x).sum())(x).backward()
    assert same(x.grad, 2 * x.data)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0), (1, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_odd_shapes_and_numbers(shape: Any, dtype: Any) -> None:
    def f(x: Any) -> Any:
        return (ag.exp(-x * x) + ag.maximum(x, 0.5) + ag.sqrt(ag.abs(x))).sum()

    compiled = ag.compile(ag.value_and_grad(f), arrays=True)
    for number in (0.0, -0.0, 0.5, np.inf, -np.inf, np.nan, 1e-310):
        x = np.full(shape, number, dtype)
        assert same(compiled(x), ag.value_and_grad(f)(x)), number
