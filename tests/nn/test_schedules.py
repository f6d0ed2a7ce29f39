"""Learning-rate schedules: their formulas, their shapes, what optimisers make of them, refusals."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value
from nn.schedules import (
    Schedule,
    constant,
    cosine,
    exponential,
    sequence,
    step_decay,
    warmup,
)

lengths, epochs = st.integers(1, 50), st.integers(0, 200)
factors, floors = st.floats(0.5, 1.0), st.floats(0.0, 0.9)


@given(lengths, factors, floors, epochs)
def test_formulas(length: int, factor: float, floor: float, n: int) -> None:
    half_wave = (1 + math.cos(math.pi * n / length)) / 2 if n < length else 0.0
    wanted = {
        constant(): 1.0,
        step_decay(length, factor): factor ** math.floor(n / length),
        exponential(factor): math.prod([factor] * n),
        cosine(length, floor): floor + (1 - floor) * half_wave,
        warmup(length): min((n + 1) / (length + 1), 1.0),
    }
    for schedule, factor in wanted.items():
        assert schedule(n) == pytest.approx(factor, rel=1e-12, abs=1e-15)


@st.composite
def falling(draw: Callable[[Any], Any]) -> Schedule:
    """A schedule that starts at 1 and never rises."""
    schedules = [
        constant(), step_decay(draw(lengths), draw(factors)), exponential(draw(factors)),
        cosine(draw(lengths), draw(floors)),
    ]  # fmt: skip
    return draw(st.sampled_from(schedules))


@given(falling())
def test_all_start_at_1_and_never_rise(schedule: Schedule) -> None:
    factors = [schedule(n) for n in range(100)]
    assert factors[0] == 1.0
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] >= 0.0


@given(lengths, falling())
def test_warmup_rises_evenly_to_where_the_next_begins(steps: int, then: Schedule) -> None:
    factors = [warmup(steps, then)(n) for n in range(steps + 20)]
    rises = [b - a for a, b in zip([0.0, *factors], factors[: steps + 1])]
    assert rises == pytest.approx([1 / (steps + 1)] * (steps + 1))
    assert factors[steps:] == [then(n) for n in range(20)]


@given(lengths, lengths, falling(), falling(), falling(), epochs)
def test_sequences_follow_one_another(a: int, b: int, f: Any, g: Any, h: Any, n: int) -> None:
    """However they are put together, each starts from its own 0."""
    left = sequence(sequence(f, a, g), a + b, h)
    right = sequence(f, a, sequence(g, b, h))
    wanted = f(n) if n < a else g(n - a) if n < a + b else h(n - a - b)
    assert left(n) == right(n) == wanted


@given(lengths, floors)
def test_cosine_is_symmetric_and_above_0_to_its_end(total: int, floor: float) -> None:
    schedule = cosine(total, floor)
    for n in range(total):
        assert schedule(n) > 0
        assert schedule(n) + schedule(total - n) == pytest.approx(1 + floor)


def test_an_optimiser_follows_a_schedule() -> None:
    x = Value(0.0)
    optimizer, schedule = nn.SGD([x], lr=0.5), warmup(1, cosine(4))
    moved, rate = [], optimizer.lr
    for epoch in range(5):
        optimizer.lr = rate * schedule(epoch)
        x.grad, before = -1.0, x.data
        optimizer.step()
        moved.append(x.data - before)
    assert moved == pytest.approx([0.5 * schedule(epoch) for epoch in range(5)])


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: step_decay(0), ValueError, "^step_decay: got every 0; it must be an int of at least 1"),
        (lambda: step_decay(1.5), ValueError, "^step_decay: got every 1.5; it must be an int"),
        (lambda: step_decay("2"), TypeError, "^step_decay: got every of type str; it must be an int"),
        (lambda: step_decay(2, 0.0), ValueError, "^step_decay: got factor 0.0; it must be a positive"),
        (lambda: exponential(math.nan), ValueError, "^exponential: got factor nan"),
        (lambda: exponential(-1), ValueError, "^exponential: got factor -1"),
        (lambda: cosine(0), ValueError, "^cosine: got total 0"),
        (lambda: cosine(3, floor=1.0), ValueError, "^cosine: got floor 1.0; it must be a number of at least 0"),
        (lambda: warmup(-1), ValueError, "^warmup: got steps -1"),
        (lambda: warmup(3, then=0.5), TypeError, "^sequence: got then of type float; it must be a schedule"),
        (lambda: sequence(None, 1, constant()), TypeError, "^sequence: got first of type NoneType"),
        (lambda: sequence(constant(), 0, constant()), ValueError, "^sequence: got steps 0"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
