"""gradient_test(executor=): workers check and look; the answer is that of one process."""

import math
import pickle
from collections import Counter
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

import autograd as ag
from autograd.checking import GradientCheckError
from autograd.testing import gradient_test
from autograd.testing.strategies import arrays


class KilledWorker(Exception):  # noqa: N818  # Dask's name
    """Raised for a task that took its workers with it."""


class Here(Executor):
    """Executor that sends each chunk, as to another process, and runs it at once."""

    _max_workers = 1

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()

    def submit(self, fn: Any, *args: Any, **kwargs: Any) -> Future[Any]:
        do = pickle.loads(args[1])._do
        self.ran[type(do).__name__] += len(pickle.loads(args[2]))
        future: Future[Any] = Future()
        future.set_result(fn(*args))
        return future


def cube(x: Any) -> Any:
    return x**3


def slope(x: float) -> float:
    return 3 * x * x


def wrong(x: float) -> float:
    return 3 * x * x + (0.01 if 0.7 < x < 0.72 else 0.0)


def ends(x: float) -> float:
    return x


def inner(x: Any) -> Any:
    return ag.sum(ag.log(x))


def test_what_is_wrong_is_found_by_the_same_search() -> None:
    given: Any = {"derivative": wrong, "x": (-5, 5), "examples": 40, "folder": None, "seed": 1}
    with pytest.raises(GradientCheckError) as alone:
        gradient_test(cube, **given)()
    workers = Here()
    with pytest.raises(GradientCheckError) as shared:
        gradient_test(cube, **given, executor=workers)()
    assert str(shared.value) == str(alone.value)
    assert workers.ran["Checks"] > 20
    assert workers.ran["Looks"] > 400


def test_right_gradients_are_checked_by_workers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = gradient_test(cube, derivative=slope, x=(-5, 5), examples=20, seed=3)
    alone()
    shared = gradient_test(cube, derivative=slope, x=(-5, 5), examples=20, seed=3, executor=Here())
    monkeypatch.setattr("autograd.testing.running.gradcheck", None)
    shared()
    told = [test.search.summary for test in (alone, shared)]  # type: ignore[attr-defined]
    assert told[0].verdicts == told[1].verdicts
    assert abs(told[0].looks - told[1].looks) < 20, "points that come twice are looked at once"


def test_points_outside_the_domain_are_told_by_workers() -> None:
    workers = Here()
    test = gradient_test(
        math.log, derivative=lambda x: 1 / x, x=(-1, 1), examples=20, seed=1, executor=workers
    )
    test()
    assert test.search.summary.verdicts["outside"] > 3  # type: ignore[attr-defined]


def test_arrays_are_known_again() -> None:
    test = gradient_test(inner, x=arrays((2,), (0.5, 3)), examples=8, seed=1, executor=Here())
    test()
    assert test.search.summary.points == 8  # type: ignore[attr-defined]


def test_a_point_that_ends_its_process_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    def died(*args: Any, **kwargs: Any) -> Any:
        future: Future[Any] = Future()
        future.set_exception(KilledWorker())
        return future

    workers = Here()
    monkeypatch.setattr(workers, "submit", died)
    test = gradient_test(ends, derivative=slope, x=(0, 1), examples=3, seed=1, executor=workers)
    with pytest.raises(GradientCheckError, match="the function ended the process that called it"):
        test()
    assert not Path(".chainrule").exists()
