"""Functions that compute with single elements of arrays: they are programs of numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd as ag


def filtered(x: Any) -> Any:
    """Return a recursive filter of a signal, element by element."""
    y: Any = 0.0
    for i in range(len(x)):
        y = 0.9 * y + ag.tanh(x[i])
    return y


def machine(compiled: Any) -> str:
    (program,) = compiled.report().programs
    return str(program.machine)


def test_loops_over_the_elements_of_an_array_are_programs_of_numbers() -> None:
    compiled, x = ag.compile(ag.value_and_grad(filtered)), np.linspace(-1.0, 2.0, 700)
    for scale in (1.0, 2.0):
        value, slopes = compiled(scale * x)
        expected, of_all = ag.value_and_grad(filtered)(scale * x)
        assert np.isclose(value, expected, rtol=1e-14)
        assert type(slopes) is np.ndarray
        assert np.allclose(slopes, of_all, rtol=1e-13)
    assert machine(compiled) != "numpy"


def test_an_argument_that_is_read_only_in_part_is_no_reason_against_it() -> None:
    def f(x: Any) -> Any:
        return sum(x[i] * x[i + 1] for i in range(400))

    compiled, x = ag.compile(ag.grad(f)), np.linspace(1.0, 2.0, 4000)
    assert np.array_equal(compiled(x), ag.grad(f)(x))
    assert machine(compiled) != "numpy"


def test_rows_of_arrays_stay_calls_of_numpy() -> None:
    def f(W: Any, rows: Any) -> Any:
        h = np.zeros(20)
        for row in rows:
            h = ag.tanh(W @ h + row)
        return ag.sum(h * h)

    rng = np.random.default_rng(0)
    compiled = ag.compile(ag.grad(f))
    given = 0.1 * rng.normal(size=(20, 20)), rng.normal(size=(150, 20))
    assert np.array_equal(compiled(*given), ag.grad(f)(*given))
    assert machine(compiled) == "numpy"


def test_what_can_not_be_recorded_number_by_number_stays_whole() -> None:
    def f(x: Any) -> Any:
        return filtered(x[:300]) + ag.sum(ag.sort(x)[::2])

    compiled, x = ag.compile(ag.grad(f)), np.random.default_rng(0).normal(size=400)
    for _ in range(2):
        assert np.array_equal(compiled(x), ag.grad(f)(x))
    assert machine(compiled) == "numpy"


def test_errors_are_those_of_the_function() -> None:
    def f(x: Any) -> Any:
        y = filtered(x)
        raise KeyError("its own")
        return y

    with pytest.raises(KeyError, match="its own"):
        ag.compile(f)(np.ones(700))


def test_a_function_that_catches_everything_is_recorded_as_it_is() -> None:
    def f(x: Any) -> Any:
        y: Any = 0.0
        for i in range(len(x)):
            try:
                y = y + x[i]
            except Exception:  # as users do
                y = -1.0
        return y

    assert np.isclose(ag.compile(f)(np.ones(700)), 700.0)


def test_more_elements_warn_and_say_the_remedy() -> None:
    def f(x: Any) -> Any:
        return sum(x[i] * x[i] for i in range(200))

    x = np.ones(5000)
    compiled = ag.compile(ag.grad(f))
    with pytest.warns(RuntimeWarning, match=r"single elements .* arrays=False compiles"):
        slopes = compiled(x)
    assert np.array_equal(slopes, ag.grad(f)(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(x)
        assert np.array_equal(ag.compile(ag.grad(f), arrays=False)(x), slopes)


def test_a_function_that_catches_everything_is_taken_number_by_number_too() -> None:
    def f(x: Any) -> Any:
        total: Any = 0.0
        for i in range(len(x)):
            try:
                total = total + x[i] * x[i]
            except BaseException:
                total = 0.0
        return total

    compiled, x = ag.compile(f), np.linspace(1.0, 2.0, 700)
    assert compiled(x) == f(x)
    assert machine(compiled) != "numpy"


def test_small_arrays_stay_whole_where_their_numbers_cannot_be_recorded() -> None:
    def f(x: Any) -> Any:
        for _ in range(200):
            a, b, c = x
            x = x + 0.01 * np.stack([b - a, a * (2.0 - c), a * b - c])  # of arrays, not of Values
        return x

    compiled = ag.compile(f)
    for x in (np.ones(3), np.arange(3.0)):
        assert np.array_equal(compiled(x), f(x))
    assert machine(compiled) == "numpy"


def test_an_interrupt_does_not_settle_how_arrays_are_taken() -> None:
    interrupts = [KeyboardInterrupt]

    def f(x: Any) -> Any:
        if type(x) is np.ndarray and interrupts:  # of objects: number by number
            raise interrupts.pop()
        return filtered(x)

    compiled, x = ag.compile(f), np.linspace(-1.0, 2.0, 700)
    with pytest.raises(KeyboardInterrupt):
        compiled(x)
    assert np.isclose(compiled(x), filtered(x), rtol=1e-14)
    assert machine(compiled) != "numpy"
