"""Compiled functions: what they take and give, their branches, and what they refuse."""

from __future__ import annotations

import copy
import math
import pickle
import random
import threading
import time
import warnings
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Value
from autograd.compiling import functions, program, versions
from autograd.trees import flatten
from tests.threads import at_once

pytestmark = pytest.mark.both

Pair = namedtuple("Pair", "a b")


@ag.compile
def cubic(x: Any, scale: float = 1.0) -> Any:
    """A cubic."""
    return scale * x * x * x


class Model:
    rate = 0.5

    @ag.compile
    def __call__(self, x: Any) -> Any:
        return self.rate * x


FORMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = {
    "numbers": (lambda x, y: x * y, (2.0, 3.0), {}),
    "a list": (lambda v: [v[0] + v[1], v[0]], ([2.0, 3.0],), {}),
    "a tuple": (lambda v: (v[0] + v[1], 1.0, None, "s"), ((2.0, 3.0),), {}),
    "a dict": (lambda p: {"sum": p["w"] + p["x"][0], "n": 3}, ({"w": 2.0, "x": [3.0]},), {}),
    "a named tuple": (lambda p: Pair(p.b, p.a * p.b), (Pair(2.0, 3.0),), {}),
    "an array": (lambda v: v * v + np.sum(v), (np.array([1.0, 2.0, 4.0]),), {}),
    "a matrix": (lambda a: a @ a, (np.array([[1.0, 2.0], [3.0, 4.0]]),), {}),
    "an array without axes": (lambda a: a * 2.0, (np.array(3.0),), {}),
    "NumPy's number": (lambda x: x * x, (np.float64(3.0),), {}),
    "keywords": (lambda x, *, y=2.0: x - y, (3.0,), {"y": 5.0}),
    "static": (lambda x, n, mode: x**n if mode == "power" else x, (3.0, 4, "power"), {}),
    "counted": (lambda x, n: sum([x] * n), (3.0, 4), {}),
    "an empty list": (lambda v, x: x + len(v), ([], 3.0), {}),
    "a constant": (lambda x: 7.0, (3.0,), {}),
    "its argument": (lambda x: x, (3.0,), {}),
    "nothing": (lambda x: None, (3.0,), {}),
    "gradient": (ag.grad(lambda p: p["w"] * p["x"][0] + p["x"][1]), ({"w": 2.0, "x": [3.0, 4.0]},), {}),
    "by name": (ag.grad(lambda x, rate: x * rate**2, argnames="rate"), (2.0,), {"rate": 3.0}),
    "with more": (ag.value_and_grad(lambda x: (x * x, {"a": x + 1}), has_aux=True), (2.0,), {}),
    "of an array": (ag.grad(lambda v: v[0] * v[1]), (np.array([2.0, 3.0]),), {}),
    "hessian of an array": (ag.hessian(lambda v: np.sum(v**2) * v[0]), (np.array([1.0, 2.0]),), {}),
    "jacobian": (ag.jacobian(lambda v: [v[0] * v[1], v[0]]), ([2.0, 3.0],), {}),
    "forward": (ag.jacobian(lambda v: [v[0] * v[1], v[0]], mode="forward"), ([2.0, 3.0],), {}),
    "vjp": (lambda v, w: ag.vjp(lambda v: [v[0] * v[1]], v)[1]([w]), ([2.0, 3.0], 4.0), {}),
    "derivative": (ag.derivative(lambda x: x**4, order=3), (2.0,), {}),
    "slopes": (ag.elementwise_grad(lambda v: [x * x for x in v]), ([2.0, 3.0],), {}),
    "of nodes": (ag.grad(lambda x: x * ag.gradients(ag.exp(x) * x, x)), (2.0,), {}),
    "stopped": (ag.grad(lambda x: x * ag.stop_gradient(x) + x.detach()), (3.0,), {}),
    "predicates": (lambda x: np.isnan(x) or np.signbit(x) or not np.less(x, 2.0), (3.0,), {}),
    "minimum of Python": (lambda v: min(v) + sorted(v)[1], ([3.0, 1.0, 2.0],), {}),
    "rounded": (lambda x: round(x, 1) + ag.floor(x), (2.26,), {}),
}  # fmt: skip


def alike(x: Any, y: Any) -> None:
    """True of containers of one type with equal numbers in them."""
    (xs, _), (ys, _) = flatten(x), flatten(y)
    assert len(xs) == len(ys)
    for a, b in zip(xs, ys):
        assert type(a) is type(b) or (isinstance(a, float) and isinstance(b, float)), (a, b)
        assert np.array_equal(a, b, equal_nan=isinstance(b, float))
    assert type(x) is type(y) or isinstance(x, float)


@pytest.mark.parametrize("name", FORMS)
def test_forms(name: str) -> None:
    """Twice, with other numbers the second time."""
    f, args, kwargs = FORMS[name]
    compiled = ag.compile(f)
    for factor in (1.0, 1.0, 1.25):
        leaves, build = flatten((args, kwargs))
        moved = [x * factor if isinstance(x, (float, np.ndarray)) else x for x in leaves]
        given, named = build(moved)
        alike(compiled(*given, **named), f(*given, **named))
    if name not in ("predicates", "rounded"):
        assert len(compiled.report().programs) == 1


def test_what_is_static_is_told_apart() -> None:
    """By type too: 1, 1.0 and True are equal."""
    compiled = ag.compile(lambda x, k: [x, k])
    for k in (1, True, "1", 1.0, None, 2, (1, 2), np.array([1, 2]), {1: 2.0}):
        assert repr(compiled(3.0, k)) == repr([3.0, k])
    assert len(compiled.report().programs) == 9
    compiled.clear()
    assert compiled.report().programs == ()


def test_methods_names_and_docs() -> None:
    assert cubic(2.0) == 8.0
    assert cubic(2.0, scale=0.5) == 4.0
    assert cubic.__doc__.endswith("A cubic.")
    model = Model()
    assert model(3.0) == 1.5
    Model.rate = 2.0
    assert model(3.0) == 1.5, "attributes are read when it is recorded"
    Model.__call__.clear()
    assert model(3.0) == 6.0
    Model.rate = 0.5


def test_pickles_and_copies_record_anew() -> None:
    assert pickle.loads(pickle.dumps(cubic)) is cubic
    other = pickle.loads(pickle.dumps(ag.compile(math.copysign, machine="python")))
    assert other.report().programs == ()
    assert copy.copy(ag.compile(ag.relu))(2.0) == 2.0


def test_values_go_through() -> None:
    """So that others can differentiate a compiled function."""
    assert ag.grad(cubic)(2.0) == 12.0
    assert ag.compile(ag.grad(lambda x: cubic(x) * x))(2.0) == 32.0
    assert type(cubic(Value(2.0))) is Value


def branching(x: float, y: float) -> Any:
    if x < y:
        return ag.sin(x) * y
    if x == y:
        return x * 3.0
    return x / y if x else -y


def test_both_sides_of_a_branch_and_its_tie() -> None:
    compiled, slopes = ag.compile(branching), ag.compile(ag.grad(branching, argnums=(0, 1)))
    for _ in range(2):
        for x, y in (
            (1.0, 2.0),
            (2.0, 1.0),
            (1.0, 1.0),
            (0.0, -1.0),
            (math.nan, 1.0),
            (-0.0, -2.0),
        ):
            assert repr(compiled(x, y)) == repr(float(branching(x, y)))
            assert repr(slopes(x, y)) == repr(ag.grad(branching, argnums=(0, 1))(x, y))
    assert len(compiled.report().programs) == 4


def test_many_ways_through_branches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The eight that were used last are kept; then it warns once, and runs as it is."""

    def digits(x: float) -> Any:
        n = 0.0
        while x > 1.0:
            x, n = x / 2.0, n + x
        return n

    compiled = ag.compile(digits)
    for k in range(12):
        assert compiled(2.0**k) == digits(2.0**k)
        assert compiled(2.0**k) == digits(2.0**k)
    assert len(compiled.report().programs) == versions.MOST_PROGRAMS
    monkeypatch.setattr(functions, "MOST_RECORDINGS", 14)
    with pytest.warns(RuntimeWarning, match=r"^compile: digits took 14 ways"):
        assert [compiled(2.0**k) for k in range(24)] == [digits(2.0**k) for k in range(24)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(2.0**30) == digits(2.0**30)


def test_what_a_choice_leaves_out_contributes_nothing() -> None:
    """Where the plain sweep comes to nan, another program has the strict one."""
    f = ag.grad(lambda x: ag.maximum(ag.sqrt(x), 1.0) + ag.where(x > 0, ag.sqrt(x), 0.0))
    compiled = ag.compile(f)
    for x in (4.0, 0.0, 4.0, 0.25, 0.0, -1.0):
        assert repr(compiled(x)) == repr(f(x))


REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "float": (
        lambda x: float(x) * x,
        r"line \d+ of test_functions.py, .*: float\(x\) would freeze",
    ),
    "math": (lambda x: math.exp(x), r".*write ag.exp\(x\) for math.exp\(x\)"),
    "int": (lambda x: [0.0][int(x) - 2], r".*: int\(x\) would freeze"),
    "round": (lambda x: round(x) * 1.0, r".*: round\(x\) would freeze"),
    "data": (ag.grad(lambda x: x * x.data), r".*: x.data, .* use x.detach\(\)"),
    "item": (ag.grad(lambda x: x * x.item()), r".*: x.data, .* would freeze"),
    "backward": (ag.grad(lambda x: (x * x).backward()), r".*: x.backward\(\) .*ag.value_and_grad"),
    "a Tensor": (lambda x: x * np.ones(3), r".* arrays"),
    "an array function": (lambda x: ag.sort(np.array([x, 2.0]))[0], r".* arrays"),
    "random": (
        lambda x: x * random.random(),
        r"line \d+ of test_functions.py, 'lambda x: x \* random.*: <lambda> draws random .*; pass them",
    ),
    "random in a slope": (
        ag.grad(lambda x: ag.sin(x) * random.random() + x),
        r"line \d+ of test_functions.py, .*random.*: .* draws random numbers, from .*; pass them",
    ),
    "random result": (lambda x: [x, random.random()], r"line \d+ .* draws random .*"),
    "the clock": (lambda x: [x, time.perf_counter()], r"<lambda> computed its result with .*"),
    "the clock inside": (
        lambda x: x * time.perf_counter(),
        r"line \d+ of test_functions.py, 'lambda x: x \* time.*: <lambda> computed mul .*; pass it",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    f, message = REFUSED[name]
    compiled = ag.compile(f, arrays=False)
    for _ in range(2):
        with pytest.raises(TypeError, match=rf"^(sort: .*)?compile: {message}") as caught:
            compiled(2.0)
        assert "\n" not in str(caught.value)
    assert compiled.report().programs == ()
    assert cubic(2.0) == 8.0, "nothing is left on"


@pytest.mark.parametrize("x", [1j, np.float32(2.0), [np.complex64(1)]])
def test_other_numbers_are_refused_where_arrays_are_not_to_be_wholes(x: Any) -> None:
    with pytest.raises(TypeError, match=r"^compile: got .*64"):
        ag.compile(lambda x: x, arrays=False)(x)


def test_where_nothing_is_recorded() -> None:
    """As in no_grad, which is for graphs."""
    with ag.no_grad():
        assert ag.compile(cubic.__wrapped__)(2.0) == 8.0
        assert ag.compile(ag.grad(cubic.__wrapped__))(2.0) == 12.0


def test_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST", 100)
    with pytest.raises(ValueError, match=r"^compile: got more than 100 primitives$"):
        ag.compile(lambda v: sum([x * x for x in v]))([1.0] * 60)


def test_errors_of_the_function_come_out() -> None:
    compiled = ag.compile(lambda v, i: v[i])
    for _ in range(2):
        with pytest.raises(IndexError):
            compiled([1.0], 3)
    assert compiled([1.0], 0) == 1.0


def test_an_interrupt_leaves_nothing_half_made() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return x * 2.0

    compiled = ag.compile(f)
    with pytest.raises(KeyboardInterrupt):
        compiled(1.0)
    assert compiled.report().programs == ()
    assert compiled(1.0) == 2.0
    assert Value(1.0).data == 1.0


def test_threads_run_one_function_at_once() -> None:
    compiled = ag.compile(ag.value_and_grad(branching))

    def work(k: int) -> None:
        r = random.Random(k)
        for _ in range(200):
            x, y = r.choice((-1.0, 0.0, 1.0, 2.5)), r.choice((1.0, 2.0))
            assert compiled(x, y) == ag.value_and_grad(branching)(x, y)

    at_once(work)


def test_a_recording_in_one_thread_leaves_others_alone() -> None:
    inside, done = threading.Event(), threading.Event()

    def slow(x: Any) -> Any:
        inside.set()
        done.wait(5)
        return x * 2.0

    thread = threading.Thread(target=ag.compile(slow), args=(1.0,))
    thread.start()
    inside.wait(5)
    x = Value(2.0)
    assert [x > 1, bool(x), x.data] == [True, True, 2.0]
    assert ag.grad(lambda x: x * x.data if x > 1 else x)(3.0) == 3.0
    with pytest.raises(TypeError, match=r"^float\(Value\) would drop"):
        float(x)
    done.set()
    thread.join()


def test_what_there_is_to_see() -> None:
    compiled = ag.compile(lambda x: ag.exp(x) * ag.exp(x), machine="python")
    compiled(1.0)
    assert str(compiled) == "compile(<lambda>): 1 program, 2 primitives, python"
    (row,) = compiled.report().programs
    assert (row.inputs, row.asked, row.primitives, row.guards) == (1, 3, 2, 0)
    assert "<lambda>, machine python" in str(compiled.report())
    drawn = str(ag.draw(compiled))
    assert drawn.splitlines()[0].startswith("v2 *  value 7.3891")
    assert "v1 exp" in drawn
    assert "t0 = exp(x0)\n    t1 = t0 * t0\n" in compiled.source("python")
    assert compiled.source("c") == compiled.c_source("program")
    with pytest.raises(ValueError, match=r"^draw: relu has not been called yet"):
        ag.draw(ag.compile(ag.relu))
    with pytest.raises(ValueError, match=r"^source: got 'fortran'"):
        compiled.source("fortran")


@pytest.mark.parametrize(
    "options",
    [{"machine": "abacus"}, {"machine": "forms"}, {"arrays": "no"}, {"exact": "fast"}, {"wait": 1}],
)
def test_options_that_there_are_not(options: dict[str, Any]) -> None:
    ((name, given),) = options.items()
    with pytest.raises(ValueError, match=rf"^compile: got {name}={given!r}; it must be "):
        ag.compile(ag.exp, **options)


def test_a_large_function() -> None:
    def f(x: Any) -> Any:
        for _ in range(5000):
            x = ag.sin(x) + 0.5
        return x

    both = ag.compile(ag.value_and_grad(f), machine="python")
    assert both(0.3) == ag.value_and_grad(f)(0.3)
    assert both(0.7) == ag.value_and_grad(f)(0.7)
