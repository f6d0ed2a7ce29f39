"""Random draws in what is compiled: each is seen, also where it falls on one side each time."""

from __future__ import annotations

import os
import random
import secrets
import sys
import threading
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import tests.compiling.test_chance as own
from autograd.compiling.chance import Chance

RNG, OLD, PYTHON = np.random.default_rng(0), np.random.RandomState(0), random.Random(0)
SYSTEM = random.SystemRandom()


class Slotted:
    __slots__ = ("rng",)

    def __init__(self) -> None:
        self.rng = np.random.default_rng(1)

    def draw(self, x: Any) -> Any:
        return x * (self.rng.integers(2) + 1)


class Callee:
    def __init__(self) -> None:
        self.parts = {"rngs": [np.random.default_rng(1)]}

    def __call__(self, x: Any) -> Any:
        return x * (self.parts["rngs"][0].integers(2) + 1)


def helper() -> bool:
    return random.random() < 1e-9


def by_name(x: Any, *, rng: Any = RNG) -> Any:
    return x * int(rng.permutation(2)[0] + 1)


def imported_inside(x: Any) -> Any:
    from numpy.random import default_rng as make

    return x * (make().integers(2) + 1)


def closed() -> Callable[[Any], Any]:
    rng = np.random.default_rng(3)
    return lambda x: x * (rng.choice([1, 1]))


def shuffled(x: Any) -> Any:
    places = [1, 2]
    random.shuffle(places)
    return x * places[0]


DRAWS: dict[str, Callable[[Any], Any]] = {
    "a rare branch": lambda x: x if random.random() < 1e-9 else x * 2,
    "in a helper": lambda x: x if helper() else x * 2,
    "in a module": lambda x: x if own.helper() else x * 2,
    "integers": lambda x: x * (RNG.integers(2) + 1),
    "legacy": lambda x: x * (OLD.randint(2) + 1),
    "of NumPy itself": lambda x: x * (np.random.randint(2) + 1),
    "of Python": lambda x: x * PYTHON.randint(1, 2),
    "shuffle": shuffled,
    "spawned": lambda x: x * (RNG.spawn(1)[0].integers(2) + 1),
    "slots": Slotted().draw,
    "an object": Callee(),
    "a default": by_name,
    "a closure": closed(),
    "fresh": lambda x: x * (np.random.default_rng().integers(2) + 1),
    "fresh legacy": lambda x: x * (np.random.RandomState().randint(2) + 1),
    "fresh of Python": lambda x: x * random.Random().randint(1, 2),
    "imported inside": imported_inside,
    "the system": lambda x: x * (os.urandom(1)[0] % 2 + 1),
    "the system's generator": lambda x: x * SYSTEM.randint(1, 2),
    "secrets": lambda x: x * (secrets.randbelow(2) + 1),
    "uuid": lambda x: x * (uuid.uuid4().int % 2 + 1),
    "in a derivative": ag.grad(lambda x: ag.sum(x * x * (RNG.integers(2) + 1))),
}
POINTS: dict[str, Any] = {"a number": 2.0, "numbers": np.ones(3), "wholes": np.ones(300)}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", DRAWS)
def test_draws_are_refused_with_their_line(name: str, point: str) -> None:
    before = RNG.bit_generator.state
    with pytest.raises(
        TypeError,
        match=r"^compile: line \d+ of test_chance.py.*draws random numbers, from .* frozen",
    ) as caught:
        ag.compile(DRAWS[name])(POINTS[point])
    assert "\n" not in str(caught.value)
    assert before == RNG.bit_generator.state
    assert sys.getprofile() is None


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * np.random.default_rng(0).integers(9),
        lambda x: x * random.Random(5).randint(1, 9),
        lambda x: x * (RNG.permutation(1)[0] + 2),  # which draws nothing
        lambda x: x * np.random.Generator(np.random.PCG64(4)).integers(9),
    ],
)
def test_what_is_the_same_each_time_is_a_constant(f: Any) -> None:
    compiled = ag.compile(f)
    for x in (2.0, 3.0):
        assert compiled(x) == f(x)


def test_draws_that_each_call_makes_anew_are_none() -> None:
    """Those of dropout and of functions with a derivative by hand, but not those beside them."""
    noisy = ag.custom_vjp(lambda g, z, x: g * (RNG.integers(2) + 1))(lambda x: x + RNG.normal())
    for f in (
        lambda x: ag.dropout(x, 0.5, RNG),
        lambda x: ag.dropout(x, 0.5),
        lambda x: ag.sum(noisy(x)),
        ag.grad(lambda x: ag.sum(noisy(x) * ag.dropout(x, 0.5, RNG))),
    ):
        compiled = ag.compile(f, arrays=True)
        assert len({np.asarray(compiled(np.ones(30))).tobytes() for _ in range(4)}) > 1
    compiled = ag.compile(lambda x: noisy(x) * 2.0)
    assert len({compiled(1.0) for _ in range(4)}) == 4
    for f in (
        lambda x: noisy(x) * RNG.integers(2),
        lambda x: RNG.integers(2) * noisy(x),
        lambda x: ag.dropout(x, 0.5, RNG) * RNG.integers(2),
        lambda x: RNG.integers(2) * ag.dropout(x, 0.5, RNG),
    ):
        with pytest.raises(TypeError, match=r"^compile: line \d+ of .*draws random numbers"):
            ag.compile(f, arrays=True)(np.ones(30))


def test_profilers_and_debuggers_stay_on_and_errors_come_out() -> None:
    seen: list[str] = []

    def profiler(frame: Any, event: str, arg: Any) -> None:
        seen.append(event)

    def failing(x: Any) -> Any:
        np.random.default_rng(0)
        raise KeyError("mine")

    def tracer(frame: Any, event: str, arg: Any) -> None:
        return None

    before = sys.gettrace()
    sys.setprofile(profiler)
    sys.settrace(tracer)
    try:
        with pytest.raises(KeyError, match="mine"):
            ag.compile(failing)(2.0)
        with pytest.raises(TypeError, match=r"^compile: .*draws random numbers"):
            ag.compile(DRAWS["fresh"])(2.0)
        with pytest.raises(TypeError, match=r"^compile: .*draws random numbers"):
            ag.compile(DRAWS["integers"])(2.0)
        assert (sys.getprofile(), sys.gettrace()) == (profiler, tracer)
    finally:
        sys.setprofile(None)
        sys.settrace(before)
    assert "c_call" in seen


def test_other_threads_may_draw_meanwhile() -> None:
    ends = threading.Event()

    def draw() -> None:
        while not ends.is_set():
            np.random.random()
            random.random()

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        for k in range(20):
            assert ag.compile(lambda x, k=k: x + k)(2.0) == 2.0 + k
    finally:
        ends.set()
        thread.join()


def test_large_data_that_a_function_reaches_takes_little_time() -> None:
    data = [float(i) for i in range(10**5)]
    compiled = ag.compile(lambda x: x * data[3])
    assert compiled(2.0) == 6.0
    assert not Chance("f", lambda: data)._may_ask


def test_draws_inside_of_functions_that_are_called_by_programs_are_made_anew() -> None:
    """Some of SciPy draw, as to estimate norms, and give the same but for roundings."""
    calls: list[int] = []

    def estimate(row: Any) -> Any:
        calls.append(np.random.randint(9))
        return row * 2.0

    def f(x: Any) -> Any:
        return np.apply_along_axis(estimate, 0, x)

    compiled = ag.compile(f, arrays=True)
    for k in range(3):
        calls.clear()
        np.testing.assert_array_equal(compiled(np.ones(3) + k), f(np.ones(3) + k))
    assert len(calls) == 2
    with pytest.raises(TypeError, match=r"^compile: line \d+ of .*draws random numbers"):
        ag.compile(lambda x: f(x) * (np.random.randint(2) + 1), arrays=True)(np.ones(3))


@pytest.mark.parametrize("size", [3, 500])
def test_dropout_by_a_generator_that_f_makes_says_to_pass_it(size: int) -> None:
    """It would go on in the program, where f begins anew."""

    def f(x: Any) -> Any:
        return ag.sum(ag.dropout(x, 0.5, rng=np.random.default_rng(1)))

    with pytest.raises(TypeError, match=r"^compile: line .*random .*; pass it as an argument$"):
        ag.compile(f)(np.ones(size))
