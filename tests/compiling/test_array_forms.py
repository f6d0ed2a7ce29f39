"""Shapes, types and layouts of arrays that follow from numbers: guards hold them."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.compiling.forms import outline
from autograd.compiling.noted import FIXED, OPERANDS, STATIC, WRITING
from tests.compiling.test_arrays import same

X = np.array([1.0, 3.0, 2.0, 5.0, 4.0, -1.0])
POINTS = (X, X[::-1].copy(), np.array([9.0, 0.0, 0.0, 1.0, 0.0, 2.0]), -X, 0 * X + 1.0, X)
"""Points with the largest at other places, at ties, and with other numbers above 1."""


def most(x: Any) -> Any:
    return np.argmax(x)


SHAPED: dict[str, Callable[[Any], Any]] = {
    "slice to": lambda x: x[: most(x)],
    "slice from": lambda x: x[most(x) :],
    "window": lambda x: x[most(x) % 3 : most(x) % 3 + 2],
    "step": lambda x: x[:: most(x) + 1],
    "mask": lambda x: x[x > 1],
    "mask and axis": lambda x: x[(x > 1), None],
    "mask of a list": lambda x: x[[x[0] > 1, x[1] > 1, True, False, x[0] < 2, True]],
    "nonzero": lambda x: np.nonzero(x > 1)[0],
    "method nonzero": lambda x: (x > 1).nonzero()[0],
    "where": lambda x: np.where(x > 1)[0],
    "flatnonzero": lambda x: x.take(np.flatnonzero(x > 1)),
    "argwhere": lambda x: np.argwhere(x > 1),
    "compress": lambda x: x.compress(x > 1) + x.compress(x > 1),
    "extract": lambda x: np.extract(x > 1, x),
    "unique": lambda x: np.unique(np.round(x), return_counts=True)[1],
    "union": lambda x: np.union1d(np.round(x), [1.0, 2.0]),
    "trim_zeros": lambda x: np.trim_zeros(np.maximum(x - 2, 0)),
    "delete": lambda x: np.delete(x, most(x)),
    "repeat": lambda x: x.repeat(most(x)),
    "tile": lambda x: np.tile(x, most(x)),
    "pad": lambda x: np.pad(x, most(x)),
    "broadcast_to": lambda x: np.broadcast_to(x[0], (most(x) + 1,)),
    "zeros_like": lambda x: np.zeros_like(x, shape=(most(x) + 1,)) + 1,
    "diagonal": lambda x: np.diagonal(np.outer(x, x), most(x)),
    "method diagonal": lambda x: np.outer(x, x).diagonal(most(x)),
    "axis": lambda x: np.sum(np.outer(x, x)[:, :3], axis=most(x) % 2),
    "size": lambda x: x[:3] * np.size(np.outer(x, x)[:, :3], axis=most(x) % 2),
    "method and axis": lambda x: np.outer(x, x)[:, :3].sum(most(x) % 2),
    "reduce": lambda x: np.add.reduce(np.outer(x, x)[:, :3], most(x) % 2),
    "reshape": lambda x: np.reshape(x, (most(x) % 2 + 1, -1)),
    "method reshape": lambda x: x.reshape(most(x) % 2 + 1, -1),
    "moveaxis": lambda x: np.moveaxis(x.reshape(1, 2, 3), most(x) % 2, 2)[0],
    "split": lambda x: np.split(x, [most(x)])[0],
    "array_split": lambda x: np.array_split(x, most(x) + 1)[0],
    "diff": lambda x: np.diff(x, most(x)),
    "bincount": lambda x: np.bincount((x > 1).astype(int) * most(x)),
    "reduceat": lambda x: np.add.reduceat(x, np.flatnonzero(x > 0)),
    "along an axis": lambda x: np.apply_along_axis(lambda row: row[row > 1], 0, x),
    "complex": lambda x: np.emath.sqrt(x) * 2,
    "complex number": lambda x: np.emath.sqrt(x[0]) * x,
    "power of Python": lambda x: (x.sum().item() - 10.0) ** 0.5 * x,
    "roots": lambda x: np.roots(np.round(np.maximum(x, 0))),
    "eigenvalues": lambda x: np.linalg.eigvals(x.reshape(2, 3)[:, :2]) * 2,
    "layout": lambda x: np.exp(np.swapaxes(np.outer(x, x), most(x) % 2, 0)),
}


@pytest.mark.parametrize("name", SHAPED)
def test_forms_that_follow_from_numbers_are_guards(name: str) -> None:
    """A number that is computed from a length is frozen in a program, and right for that length alone."""

    def f(x: Any) -> Any:
        y = SHAPED[name](x)
        return y, y.sum() * len(y)

    compiled = ag.compile(f, arrays=True)
    for x in POINTS:
        assert same(compiled(x), f(x)), x


def test_a_call_that_gives_its_operand_at_times_is_held() -> None:
    def f(x: Any) -> Any:
        y = np.diff(x, most(x))
        return y * 2

    compiled = ag.compile(f, arrays=True)
    for x in (-np.sort(X), np.sort(X)[:3], X, -np.sort(X)):
        assert same(compiled(x), f(x))


def test_forms_that_follow_from_forms_have_no_guards() -> None:
    def f(x: Any) -> Any:
        order = np.argsort(x)
        y = np.where(x > 1, x, 0)[order] + np.clip(x, 0, x[most(x)]) + np.roll(x, 1)
        return (np.take_along_axis(y, order, 0) ** 2).sum(0) * x[most(x)] + np.dot(x, y)

    compiled = ag.compile(f, arrays=True)
    for x in POINTS:
        assert same(compiled(x), f(x))
    (row,) = compiled.report().programs
    assert row.guards == 0


@pytest.mark.parametrize(
    "write",
    [
        lambda x: np.nan_to_num(x, copy=False),
        lambda x: np.median(x, overwrite_input=True),
        lambda x: np.apply_along_axis(lambda row: row.sort() or row, 0, x),
    ],
)
def test_writes_into_operands_that_are_not_known_are_refused(write: Any) -> None:
    def f(x: Any) -> Any:
        y = x * np.nan if x[0] > 1e9 else x * 1.0
        y[2:4] = y[2:4] / 0.0
        return write(y), y

    needed = r"^compile: line \d+ of .*writes into an operand, can't"
    with np.errstate(all="ignore"), pytest.raises(TypeError, match=needed):
        ag.compile(f, arrays=True)(X)


def test_every_function_of_numpy_that_may_write_into_an_operand_is_known() -> None:
    """By its place, by an option that is refused, or as one that writes into `out` alone."""
    told = ("overwrite_input", "copy")
    functions = {
        getattr(room, name): name
        for room in (np, np.linalg, np.fft)
        for name in dir(room)
        if hasattr(getattr(room, name), "_implementation")
    }
    assert len(functions) > 200
    writing = {
        f for f in functions if re.search(r"in[- ]?place|overwritten", f.__doc__ or "", re.I)
    }
    options = {f for f in functions if {*inspect.signature(f).parameters} & {*told}}
    known = {*WRITING, *FIXED, *STATIC, *options, *SPEAK_OF_IT}
    assert not {functions[f] for f in writing - known}
    for f in options:
        if "overwrite_input" in inspect.signature(f).parameters:
            more = {"q": 0.5} if "q" in inspect.signature(f).parameters else {}
            call: Any = functools.partial(f, overwrite_input=True, **more)
            with pytest.raises(TypeError, match="writes into an operand"):
                ag.compile(lambda x, call=call: call(x), arrays=True)(np.arange(5.0))


@pytest.mark.parametrize(
    "function", sorted([*FIXED, *OPERANDS], key=lambda f: f.__name__), ids=lambda f: f.__name__
)
def test_forms_that_are_said_to_follow_from_forms_do(function: Any) -> None:
    """Whatever the numbers are, results are of one type, shape and layout."""
    called = 0
    for call in SOME.get(function, CALLS):
        forms = set()
        for x in (X, -X, 0 * X, X * np.nan, np.where(X > 2, np.inf, X)):
            square = np.outer(x[:3], x[1:4]) + 9 * np.eye(3)
            square = square @ square.T
            with contextlib.suppress(Exception), np.errstate(all="ignore"):
                forms.add(repr(outline(call(function, square))))
        called += bool(forms)
        assert len(forms) <= 1, forms
    assert called


CALLS: tuple[Callable[..., Any], ...] = (
    lambda f, x: f(x),
    lambda f, x: f(x, x[0]),
    lambda f, x: f(x > 1, x, 0.0),
    lambda f, x: f([x, x]),
    lambda f, x: f(x, 0, 1),
    lambda f, x: f(x, (3, 3)),
    lambda f, x: f(x, 1),
    lambda f, x: f("ij,jk->ik", x, x),
    lambda f, x: f(x, np.argsort(x, 0), 0),
    lambda f, x: f(x, np.float32),
    lambda f, x: f(np.argsort(x, 0), [x, x, x]),
    lambda f, x: f(np.sort(x[0]), x[0]),
    lambda f, x: f(x[0], np.sort(x[1]), x[2]),
    lambda f, x: f(x[0]),
    lambda f, x: f(x[0], x[1]),
)
SOME: dict[Any, tuple[Callable[..., Any], ...]] = {np.where: CALLS[2:3], np.tile: CALLS[5:7]}
"""Calls of functions that have other forms as well: of one operand `where` gives places, and `tile`
takes numbers for how often, which makes millions before it refuses those that are no integers."""
SPEAK_OF_IT = {
    np.append, np.apply_along_axis, np.argpartition, np.block, np.delete, np.insert, np.lexsort,
    np.partition, np.resize,
}  # fmt: skip
"""Functions whose documentation speaks of writing in place, and which do not."""


def test_functions_that_compute_with_arrays_that_they_were_not_given_are_refused() -> None:
    with pytest.raises(TypeError, match=r"^compile: .*was not given, can't .* as an operand"):
        ag.compile(lambda x, y: np.apply_along_axis(lambda a: (a * y)[0:], 0, x), arrays=True)(X, X)
    with pytest.raises(TypeError, match=r"^compile: .*: x\.ctypes can't be compiled"):
        ag.compile(lambda x: x.ctypes.data, arrays=True)(X)
    assert not ag.compile(lambda x: hasattr(x, "magic"), arrays=True)(X)


MADE: dict[str, Callable[[Any], Any]] = {
    "zeros": np.zeros_like,
    "ones": lambda x: [np.ones_like(x), {"a": np.full_like(x, 2)}],
    "written": lambda x: np.add(np.zeros_like(x), np.where(np.arange(len(x)) == 1, x, 0)),
    "pad": lambda x: np.pad(x, 1),
    "tril": lambda x: np.tril(np.outer(x, x)),
    "diag": np.diag,
    "maximum": lambda x: np.maximum(x, 0),
    "where": lambda x: np.where(x > 99, x, 0),
    "sign": np.sign,
    "append": lambda x: np.append(x, 1),
    "vander": lambda x: np.vander(x, 3),
    "indices": np.argsort,
    "truths": lambda x: x > 0,
    "copied": lambda x: [copy.copy(x), copy.deepcopy(x) * 2],
}


@pytest.mark.parametrize("arrays", [None, True])
@pytest.mark.parametrize("name", MADE)
def test_numbers_that_numpy_makes_are_floats(name: str, arrays: Any) -> None:
    """In arrays of objects, by which numbers are taken one by one, they would be ints."""
    compiled = ag.compile(MADE[name], arrays=arrays)
    for x in (np.array([1.0, -2.0, 3.0]), np.array([-1.0, 0.0, 0.5])):
        found, expected = (ag.trees.flatten(f(x))[0] for f in (compiled, MADE[name]))
        for one, other in zip(found, expected, strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda x, s: ag.exp(s) * x,
    "tanh": lambda x, s: [x * ag.tanh(s), ag.sigmoid(s)],
    "erf": lambda x, s: ag.erf(s) * ag.hypot(s, 2.0),
    "atan2": lambda x, s: ag.atan2(s, 1.0) + ag.tan(s) * x,
    "lists": lambda x, s: [
        ag.sum([s, 2 * s, 1.0]) * x,
        ag.logsumexp([s, 1.0]),
        ag.norm([[s], [1]]),
    ],
    "choices": lambda x, s: [ag.maximum(s, 0.5) * x, ag.where(s > 0, s, -s), ag.clip(s, 0.0, 1.0)],
    "NumPy's": lambda x, s: [np.exp(s) * x, abs(s) ** 1.7, s * x, s + 1, max(s, 0.25)],
}


@pytest.mark.parametrize("kind", [float, np.float32])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_beside_arrays_are_computed_as_numbers(name: str, kind: Any) -> None:
    """Python's floats by libm, whose bits are others than those of NumPy's loops."""
    compiled, rng = ag.compile(NUMBERS[name], arrays=True), np.random.default_rng(0)
    for _ in range(40):
        s = kind(2 * rng.normal())
        found, expected = compiled(X, s), NUMBERS[name](X, s)
        assert same(found, expected)
        assert repr(found) == repr(expected)


@pytest.mark.parametrize(
    "points",
    [
        (np.float32(2.0), np.float32(-3.3)),
        (2 + 1j, 1 - 1j),
        (np.zeros((0, 3)), np.zeros((2, 0))),
        (np.ones(3, np.float32), np.arange(3, dtype=np.float32)),
    ],
)
def test_numbers_of_other_types_and_empty_arrays_keep_them(points: Any) -> None:
    def f(x: Any) -> Any:
        return x * 2 + x**2 / 3, np.exp(x), abs(x), np.sum(x), np.sum(x, 0) if np.ndim(x) else x

    compiled = ag.compile(f)
    for x in (*points, *points):
        assert same(compiled(x), f(x))
    with pytest.raises(TypeError, match=r"^compile: .*beside float32, .* float\(x\)$"):
        ag.compile(ag.grad(lambda x: x * x))(np.float32(2.0))


def test_what_is_said_instead_of_an_index_of_a_constant_is_right() -> None:
    table = np.arange(10.0)
    with pytest.raises(TypeError, match=r"np\.take_along_axis\(a, x, 0\) for a\[x\]"):
        ag.compile(lambda x: table[x.astype(int)], arrays=True)(X)
    compiled = ag.compile(lambda x: np.take_along_axis(table, x.astype(int), 0) * x, arrays=True)
    for x in (X, X + 1):
        assert same(compiled(x), table[x.astype(int)] * x)
    with pytest.raises(TypeError, match=r"np\.stack\(\[a, b\]\) for np\.array\(\[a, b\]\)"):
        ag.compile(lambda x: np.array([x[0], x[1]]), arrays=True)(X)
    compiled = ag.compile(lambda x: np.stack([x[0], x[1]]), arrays=True)
    assert same(compiled(X), X[:2])


def test_many_steps_may_give_several_arrays_of_other_shapes() -> None:
    """A recording looks at the sizes of its steps after 512 of them."""
    whole = ag.hessian(
        lambda x: ag.sum(ag.linalg.solve(ag.outer(x[:2], x[:2]) + 9 * np.eye(2), x[2:4]))
    )
    compiled = ag.compile(whole)
    for x in (X, -X, X):
        np.testing.assert_allclose(compiled(x), whole(x), rtol=1e-12, atol=1e-14)


def test_second_derivatives_of_softmax_are_compiled() -> None:
    def f(x: Any) -> Any:
        return ag.sum(ag.softmax(x) * x) + ag.log_softmax(x)[1]

    for whole in (ag.hessian(f), lambda x: ag.hvp(f)(x, np.cos(x))):
        compiled = ag.compile(whole, arrays=True)
        for x in (X, -X, 0 * X):
            assert same(compiled(x), whole(x))


@pytest.mark.parametrize("name", ["maximum", "minimum", "fmax", "fmin"])
def test_ties_are_shared_as_by_the_function_itself(name: str) -> None:
    def of(function: Callable[..., Any]) -> Callable[[Any], Any]:
        return lambda x: ag.sum(function(x, 0.0))

    x, shared = np.zeros(3), np.full(3, 0.5)
    for f in (of(getattr(np, name)), of(getattr(ag, name))):
        assert np.array_equal(ag.grad(f)(x), shared)
        assert np.array_equal(ag.compile(ag.grad(f))(x), shared)


CHOICES: dict[str, Callable[[Any], Any]] = {
    "np.maximum": lambda x: np.sum(np.maximum(x, 0.0)),
    "np.max": lambda x: np.max(x) * 2.0,
    "x.max": lambda x: x.max() * 2.0,
    "x.min": lambda x: (x * 3.0).min(axis=0),
    "np.clip": lambda x: np.sum(np.clip(x, 0.0, 1.0)),
    "x.clip": lambda x: np.sum(x.clip(0.0, 1.0)),
    "np.amin": lambda x: np.amin(x),
    "with a loop": lambda x: np.max(x) + sum(x[i] * x[i - 1] for i in range(3)),
}


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("at", [0.0, -0.0, 1.0])
def test_choices_of_numpy_share_at_ties_in_small_arrays(name: str, at: float) -> None:
    f, x = CHOICES[name], np.full(3, at)
    assert np.array_equal(ag.compile(ag.grad(f))(x), ag.grad(f)(x))


def test_choices_of_our_own_leave_small_arrays_number_by_number() -> None:
    compiled = ag.compile(lambda x: ag.maximum(x[0], 0.0) * x[1] + max(x[0], x[1]))
    compiled(np.array([1.0, 2.0]))
    assert not any("numpy" in program.machine for program in compiled.report().programs)
