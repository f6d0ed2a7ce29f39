"""Odd functions and arguments, and choices by index: right results, or one line that says what to do."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import warnings
from collections import OrderedDict, deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.compiling import functions
from tests.compiling.test_compiled import numbers

pytestmark = pytest.mark.both


@dataclasses.dataclass
class Pair:
    a: float
    b: float = 2.0


CHANGING: dict[str, tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "a dataclass": (Pair(3.0), lambda d: setattr(d, "a", 5.0), lambda d: d.a),
    "a namespace": (SimpleNamespace(a=3.0), lambda d: setattr(d, "a", 5.0), lambda d: d.a),
    "an ordered dict": (OrderedDict(a=3.0), lambda d: d.update(a=5.0), lambda d: d["a"]),
    "a deque": (deque([3.0]), lambda d: d.append(5.0), sum),
    "a set": ({3.0}, lambda d: d.add(5.0), sum),
    "integers": (np.array([3, 4]), lambda d: d.fill(5), lambda d: int(d[0])),
    "a list of its own": (type("L", (list,), {})([3]), lambda d: d.append(5), sum),
    "inside a list": ([{3.0}], lambda d: d[0].add(5.0), lambda d: sum(d[0])),
}


@pytest.mark.parametrize("name", CHANGING)
def test_what_is_static_and_changes_is_another_argument(name: str) -> None:
    """Also where it is changed in place, and comes back."""
    thing, change, number = CHANGING[name]
    compiled = ag.compile(lambda x, thing: x * number(thing))
    assert compiled(2.0, thing) == 2.0 * number(thing)
    change(thing)
    for _ in range(2):
        assert compiled(2.0, thing) == 2.0 * number(thing)
    assert len(compiled.report().programs) == 2


def test_a_function_gets_copies_of_what_is_static() -> None:
    def spoil(x: Any, items: Any, counts: Any) -> Any:
        items.add(7.0)
        counts += 1
        return x * sum(items) * counts[0]

    compiled, items, counts = ag.compile(spoil), {1.0}, np.array([1, 2])
    assert [compiled(2.0, items, counts) for _ in range(3)] == [32.0] * 3
    assert (items, counts.tolist()) == ({1.0}, [1, 2])


SIGNATURES: dict[str, tuple[Callable[..., Any], list[tuple[tuple[Any, ...], dict[str, Any]]]]] = {
    "by name alone": (lambda *, x: x * 2, [((), {"x": 3.0})]),
    "in another order": (lambda x, y: x - y, [((), {"x": 1.0, "y": 3.0}), ((), {"y": 3.0, "x": 1.0})]),
    "a default": (lambda x, y=3.0: x * y, [((2.0,), {}), ((2.0, 5.0), {}), ((2.0,), {"y": 5.0})]),
    "any number": (lambda *xs: sum(xs), [((1.0,), {}), ((1.0, 2.0), {}), ((1.0, 2, True), {})]),
    "any names": (lambda **xs: xs["a"] * xs["b"], [((), {"a": 2.0, "b": 3.0})]),
    "a partial": (functools.partial(lambda a, x: a * x, 3.0), [((2.0,), {})]),
    "nested": (lambda p: p["a"]["b"][0] * p["c"][1][0], [(({"a": {"b": [2.0]}, "c": (1, [3.0])},), {})]),
    "compiled twice": (ag.compile(lambda x: x * 2.0), [((2.0,), {})]),
    "compiled inside": (
        ag.grad(lambda x: ag.compile(ag.grad(lambda y: y**3 * x))(x)), [((2.0,), {})],
    ),
    "a function": (lambda f, x: f(x), [((abs, -2.0), {}), ((ag.exp, 2.0), {})]),
    "mixed results": (lambda x: [{"a": x, "n": 3}, None, ("s", True, x > 1), np.array([x, 1.0])], [((2.0,), {}), ((0.5,), {})]),
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNATURES)
def test_odd_signatures(name: str) -> None:
    f, calls = SIGNATURES[name]
    compiled = ag.compile(f)
    for args, kwargs in calls * 2:
        assert repr(compiled(*args, **kwargs)).replace("np.float64", "") == repr(
            f(*args, **kwargs)
        ).replace("np.float64", "")


def test_recursion_takes_a_program_for_each_depth() -> None:
    @ag.compile
    def factorial(x: Any) -> Any:
        return 1.0 if x <= 1 else x * factorial(x - 1)

    assert [factorial(x) for x in (5.0, 3.0, 5.0)] == [120.0, 6.0, 120.0]
    assert len(factorial.report().programs) == 2


REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "a set": (lambda x: {x}, r"^compile: line .*: x as a key of a dict, or in a set, would freeze"),
    "a dataclass": (lambda x: Pair(x), r"^compile: <lambda> returned Pair .*; it must return numbers"),
    "an iterator": (lambda x: map(abs, [x]), r"^compile: <lambda> returned .* map, .*must return numbers"),
    "its text": (lambda x: f"{x:.2f}", r"^compile: line .*: format\(x\) would freeze"),
    "text of it": (lambda x: str(x), r"^compile: <lambda> returned str .*; it must return numbers"),
    "an array of floats": (lambda x: np.array([x, x], float), r".*np.array\(\[x, y\]\) without a dtype"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_results_that_no_program_has(name: str) -> None:
    f, message = REFUSED[name]
    with pytest.raises(TypeError, match=message) as caught:
        ag.compile(f)(2.0)
    assert "\n" not in str(caught.value)


async def coroutine(x: float) -> float:
    return x


def generator(x: float) -> Any:
    yield x


@pytest.mark.parametrize("arrays", [None, True])
def test_iterators_are_refused_for_they_are_gone_through_once(arrays: Any) -> None:
    compiled = ag.compile(lambda xs, y: sum(x * y for x in xs), arrays=arrays)
    for make in (lambda: (x for x in [1.0, 2.0]), lambda: map(float, [1, 2]), lambda: iter([1.0])):
        with pytest.raises(
            TypeError, match=r"^compile: got .* gone through once; it needs a list$"
        ):
            compiled(make(), 2.0)
    assert compiled(range(3), 2.0) == 6.0


def test_what_can_not_be_compiled_at_all() -> None:
    for f, kind in ((coroutine, "coroutines"), (generator, "generators")):
        with pytest.raises(
            TypeError, match=rf"^compile: got {f.__name__}, which makes {kind}; it needs"
        ):
            ag.compile(f)
    for array in (np.ma.array([1.0, 2.0], mask=[0, 1]), np.zeros(2).view(np.recarray)):
        with pytest.raises(
            TypeError, match=r"^compile: got (MaskedArray|recarray), whose operations .* np.asarray"
        ):
            ag.compile(lambda v: v)(array)


def test_an_argument_that_is_another_in_each_call_is_told_of_once() -> None:
    compiled = ag.compile(lambda x, n: x * n)
    with pytest.warns(
        RuntimeWarning, match=r"^compile: <lambda> was recorded for more than 64 forms"
    ):
        assert [compiled(2.0, n) for n in range(80)] == [2.0 * n for n in range(80)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(2.0, 100) == 200.0
    assert len(compiled.report().programs) == functions.MOST_SIGNATURES


# Choices by index


def scores(v: Any) -> Any:
    return [x * x - 2.0 * x for x in v]


CHOICES: dict[str, Callable[[Any], Any]] = {
    "max by key": lambda v: max(v, key=lambda x: x * x - 2.0 * x) * v[0],
    "index of the max": lambda v: v[scores(v).index(max(scores(v)))] * 2.0,
    "argmax": lambda v: v[int(np.argmax(np.array(scores(v), object)))] * v[1],
    "argmin": lambda v: v[int(np.argmin(np.array(scores(v), object)))] * v[1],
    "sorted": lambda v: [x * (k + 1) for k, x in enumerate(sorted(v))],
    "sorted by key": lambda v: sum([x * k for k, x in enumerate(sorted(v, key=lambda x: -x * x))]),
    "indices": lambda v: [v[i] * k for k, i in enumerate(sorted(range(3), key=lambda i: v[i]))],
    "argsort": lambda v: [v[i] * k for k, i in enumerate(np.argsort(np.array([*v], object)))],
    "largest two": lambda v: (lambda s: s[0] * s[1])(sorted(v, reverse=True)),
    "count": lambda v: v[0] * sum([x > 0.0 for x in v]),
}  # fmt: skip


@pytest.mark.parametrize(
    "transform",
    [lambda f: f, ag.value_and_grad, ag.jacobian],
    ids=["value", "gradient", "jacobian"],
)
@pytest.mark.parametrize("name", CHOICES)
def test_choices_by_index_are_guards_at_both_sides_and_at_ties(name: str, transform: Any) -> None:
    f = CHOICES[name]
    is_list = isinstance(f([1.0, 2.0, 3.0]), list)
    if is_list == (transform.__name__ == "value_and_grad"):
        return
    whole = transform(f)
    compiled = ag.compile(whole)
    points = [
        *itertools.product((-1.0, 0.0, 1.0), repeat=3),
        *itertools.permutations((0.5, 1.5, 2.5)),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of many ways
        warnings.simplefilter("ignore", UserWarning)  # of slopes that are 0
        for point in points * 2:
            assert numbers(compiled([*point])) == numbers(whole([*point])), point
    assert len(compiled.report().programs) <= 8


def test_too_many_orders_are_told_of_and_run_as_they_are() -> None:
    compiled = ag.compile(lambda v: [x * k for k, x in enumerate(sorted(v))])
    points = [*itertools.permutations((0.0, 1.0, 2.0, 3.0, 4.0))]
    with pytest.warns(RuntimeWarning, match=r"^compile: <lambda> took 32 ways"):
        found = [compiled([*point]) for point in points]
    assert found == [[0.0, 1.0, 4.0, 9.0, 16.0]] * 120
    assert len(compiled.report().programs) == 8


CAUGHT: dict[str, Callable[[Any], Any]] = {
    "float": lambda x: float(x[0]) * x,
    "asarray": lambda x: np.asarray(x, float) * 2.0,
    "item": lambda x: float(x[0].item()) * x,
    "sort": ag.sort,
}


@pytest.mark.parametrize("name", CAUGHT)
@pytest.mark.parametrize("options", [{}, {"arrays": True}, {"arrays": False}], ids=str)
@pytest.mark.parametrize("size", [3, 300])
def test_what_ends_a_recording_is_raised_where_f_catches_it(
    name: str, options: dict[str, Any], size: int
) -> None:
    """It would be a program of what f does instead, which it does not do with numbers."""

    def f(x: Any) -> Any:
        try:
            return ag.sum(CAUGHT[name](x) * np.arange(size))
        except Exception:
            return ag.sum(x) * 0.0

    x = np.sin(np.arange(size) + 1.0)
    if name == "sort" and options != {"arrays": False}:
        assert np.isclose(ag.compile(f, **options)(x), f(x), rtol=1e-12)
    else:
        with pytest.raises(TypeError, match=r"^compile: line "):
            ag.compile(f, **options)(x)


def test_the_clear_one_of_two_errors_is_raised() -> None:
    """Arrays of objects have no fmod, says NumPy; taken as wholes they are refused."""

    def f(x: Any) -> Any:
        return np.fmod(x, 2.0) * np.asarray(x, float)

    with pytest.raises(TypeError, match=r"compile: line .*np\.asarray"):
        ag.compile(f)(np.ones(3))
