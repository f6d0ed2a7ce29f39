"""gradient_test: right gradients pass, wrong ones fail with the simplest point and a test to paste."""

import functools
import json
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

import autograd as ag
from autograd.checking import GradientCheckError
from autograd.checking.domains import Domain
from autograd.testing import gradient_test
from autograd.testing.pasting import called, literal, spelled
from autograd.testing.running import LOOKS
from autograd.testing.searching import Quick, simplest
from autograd.testing.strategies import Expression, arrays, broadcastable, scalars
from autograd.testing.strategies.expressions import Term

REAL = (-math.inf, math.inf)
Function = Callable[..., Any]


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pictures are drawn in an empty folder, and Hypothesis remembers nothing."""
    monkeypatch.chdir(tmp_path)
    profile = settings()
    settings.register_profile("forgetful", profile, database=None)
    settings.load_profile("forgetful")
    yield
    settings.register_profile("before", profile)
    settings.load_profile("before")


def cube(x: Any) -> Any:
    return x**3


def cube_slope(x: Any) -> Any:
    return 3 * x * x


def failure(test: Function) -> str:
    """Return the message of a test that fails."""
    with pytest.raises(GradientCheckError) as caught:
        test()
    return str(caught.value)


few = {"examples": 20}
fewer = {"examples": 10}
RIGHT: dict[str, Function] = {
    "engine": gradient_test(lambda x: ag.log(1 + ag.exp(x)), x=(0, 5), **few),
    "of the table": gradient_test(ag.softplus, x=REAL, **few),
    "two": gradient_test(lambda x, y: x / (x + y), x=(0, 5), y=scalars(0, 5), **few),
    "by hand": gradient_test(cube, derivative=cube_slope, x=(-10, 10), **few),
    "overflowing": gradient_test(math.exp, derivative=math.exp, x=REAL, **few),
    "outside its domain for half": gradient_test(math.log, derivative=lambda x: 1 / x, x=REAL, **few),
    "kinks": gradient_test(lambda x, y: ag.relu(x) + ag.maximum(x, y), x=REAL, y=REAL, **few),
    "arrays": gradient_test(lambda x: (x * x).sum(), x=arrays(elements=(-3, 3)), **fewer),
    "array result": gradient_test(lambda x: ag.sin(x), x=arrays((3,), (-3, 3)), **fewer),
    "several in one": gradient_test(lambda xy: ag.sum(xy[0] * xy[1]), xy=broadcastable(least=1), **fewer),
    "jvp": gradient_test(cube, jvp=lambda x, t: 3 * x * x * t, x=(-2, 2), **few),
    "vjp": gradient_test(cube, vjp=lambda x, g: 3 * x * x * g, x=(-2, 2), **few),
    "order 2": gradient_test(lambda x: ag.sin(x) * x, x=(-5, 5), order=2, **few),
    "any strategy": gradient_test(lambda x, n: x * n, x=(0, 1), n=st.sampled_from([2.0, 3.0]), **few),
    "inaccurate": gradient_test(lambda x: (1 - ag.cos(x)) / x, x=(0, 1), **few),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_right_gradients_pass(name: str) -> None:
    RIGHT[name]()
    assert not os.listdir(), "nothing is drawn"


some = {"examples": 40}
WRONG: dict[str, tuple[Function, str]] = {
    "everywhere": (gradient_test(cube, derivative=lambda x: 3 * x, x=(-10, 10), **some), "x=-1.0"),
    "at 0": (gradient_test(lambda x: 3 * x, derivative=lambda x: 3.0 if x else 0.0, x=REAL, **some), "x=0.0"),
    "above": (gradient_test(lambda x: x * x, derivative=lambda x: 2 * x * (1.0 if x < 30 else 1.01), x=REAL, **some), "x=30.0"),
    "huge": (gradient_test(lambda x: x * x, derivative=lambda x: min(2 * x, 3000.0), x=REAL, **some), "x=2000.0"),
    "tie": (gradient_test(lambda x, y: x * y, derivative=lambda x, y: (y, x if x != y else 0.0), x=(0, 5), y=(0, 9), **some), "x=1.0, y=1.0"),
    "opposite": (gradient_test(lambda x, y: x * y, derivative=lambda x, y: (y, x if x != -y else 0.0), x=REAL, y=REAL, **some), "x=1.0, y=-1.0"),
    "array": (gradient_test(lambda x: np.sum(x**3), derivative=lambda x: 3 * x**2 * (x < 2), x=arrays((1,), (-9, 9)), **some), "x=np.array([2.0])"),
    "graph": (gradient_test(lambda x, y: ag.stop_gradient(x) * ag.sin(y) + ag.exp(x), x=(0, 5), y=(-5, 5), **some), "x=1.0, y=1.0"),
    "kink": (gradient_test(abs, derivative=lambda x: math.copysign(1.0, x) if x else 2.0, x=(-1, 1), **some), "x=0.0"),
    "jump": (gradient_test(lambda x: x + (x > 1), derivative=lambda x: 1.0, x=(0, 5), **some), "x=1.0"),
    "raises": (gradient_test(lambda x: x if x < 3 else {}["key"], derivative=lambda x: 1.0, x=(0, 5), **some), "x="),
    "derivative raises": (gradient_test(cube, derivative=lambda x: 3 * x * x / (x - 2) * (x - 2), x=(0, 5), **some), "x=2.0"),
    "order 2": (gradient_test(lambda x: ag.sin(x) * ag.stop_gradient(x), x=(1, 5), order=2, **some), "x="),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gradients_fail_at_the_simplest_point(name: str) -> None:
    test, at = WRONG[name]
    told = failure(test)
    assert f" fails at {at}" in told.splitlines()[0]
    assert (" raised " in told) == ("raises" in name)


@pytest.mark.parametrize("seed", range(2))
def test_a_narrow_band_is_found_and_told_in_few_digits(seed: int) -> None:
    def slope(x: float) -> float:
        return cube_slope(x) * (1.01 if low < x < low + 0.02 else 1.0)

    low = np.random.default_rng(seed).uniform(-9, 9)
    told = failure(gradient_test(cube, derivative=slope, x=(-10, 10), seed=seed, folder=None))
    first = told.splitlines()[0]
    at = float(first.partition("x=")[2])
    assert low < at < low + 0.02
    assert len(f"{abs(at):g}") <= 5


def test_looks_tell_a_wrong_gradient_from_rounding() -> None:
    noisy = Quick(lambda x: math.log(1 + math.exp(x)), lambda x: 1 / (1 + math.exp(-x)))
    wavy = Quick(math.sin, math.cos)
    for look, xs in ((noisy, np.linspace(-40, 40, 500)), (wavy, np.linspace(1e5, 1e7, 500))):
        assert not any(look.is_odd((x,)) for x in xs.tolist())
    for factor in (1.01, -1.0, 0.0, math.inf, math.nan):
        wrong = Quick(math.exp, lambda x, factor=factor: factor * math.exp(x))
        assert all(wrong.is_odd((x,)) for x in np.linspace(-5, 5, 100).tolist())


def test_looks_are_spread_over_the_domain() -> None:
    seen: list[float] = []

    def slope(x: float) -> float:
        seen.append(x)
        return cube_slope(x)

    gradient_test(cube, derivative=slope, x=(-10, 10), examples=10, seed=1)()
    assert len(seen) > 10 * LOOKS
    counts, _ = np.histogram(seen, bins=60, range=(-10, 10))
    assert counts.min() >= 1


PASTED = """
import autograd as ag

def test_the_gradient_of_cube():
    ag.gradcheck(cube, 2.0, derivative=slope)
"""


def test_the_pasted_test_fails_and_passes_when_the_derivative_is_right() -> None:
    def slope(x: float) -> float:
        return cube_slope(x) if x < 2 else 0.0

    told = failure(gradient_test(cube, derivative=slope, x=(-10, 10)))
    paste = "\n".join(line[4:] for line in told.splitlines() if line.startswith("    "))
    assert paste == PASTED.replace("\n\n", "\n").strip() or paste.strip() == PASTED.strip()
    for given, passes in ((slope, False), (cube_slope, True)):
        scope: dict[str, Any] = {"cube": cube, "slope": given}
        exec(paste, scope)
        if passes:
            scope["test_the_gradient_of_cube"]()
        else:
            with pytest.raises(GradientCheckError, match="x = 2: wrong: analytic 0, numeric 12"):
                scope["test_the_gradient_of_cube"]()


def test_what_a_pasted_test_needs_is_imported() -> None:
    told = failure(
        gradient_test(np.square, derivative=lambda x: x if x.any() else 2 * x, x=arrays((2,)))
    )
    paste = "\n".join(line[4:] for line in told.splitlines() if line.startswith("    "))
    assert "ag.gradcheck(np.square, np.array([" in paste
    assert "derivative=lambda x: x if x.any() else 2 * x)" in paste
    scope: dict[str, Any] = {}
    exec(paste, scope)
    with pytest.raises(GradientCheckError):
        scope["test_the_gradient_of_square"]()
    told = failure(gradient_test(math.sin, derivative=math.sin, x=(0, 1)))
    assert "    import math\n" in told
    assert "ag.gradcheck(math.sin, 0.5, derivative=math.sin)" in told


def test_functions_of_every_kind_are_written_down() -> None:
    expression = Expression("x", [Term("sin", (0,))], 1, (1.0,))
    made = eval("lambda x: x")  # its source is nowhere
    for f, name, text in (
        (expression, "Expression", "lambda x: ag.sin(x)"),
        (functools.partial(cube), "cube", "cube"),
        (ag.linalg.solve, "solve", "solve"),
        (made, "lambda_1", "lambda_1"),
    ):
        assert called(f) == name
        assert spelled(f, __name__)[0] == text
    assert spelled(ag.linalg.solve, __name__)[1] == "from autograd.linalg import solve"


def test_the_graph_is_drawn_where_the_message_says() -> None:
    def twice(x: Any) -> Any:
        return ag.stop_gradient(x) + ag.sin(x)

    pictures = []
    for _ in range(2):
        told = failure(gradient_test(twice, x=(-3, 3)))
        path = Path(told.splitlines()[-1].removeprefix("Its graph is drawn in "))
        assert path == Path(".chainrule/test_gradient_test.twice.svg")
        pictures.append(path.read_bytes())
        assert ET.fromstring(pictures[-1]).tag.endswith("svg")
    assert pictures[0] == pictures[1]
    assert Path(".chainrule/.gitignore").read_text() == "*\n"
    failure(gradient_test(twice, x=(-3, 3), folder="elsewhere/deep"))
    assert Path("elsewhere/deep/test_gradient_test.twice.svg").exists()
    assert "drawn" not in failure(gradient_test(twice, x=(-3, 3), folder=None))
    plain = gradient_test(lambda x: math.sin(float(x)), derivative=math.sin, x=(0, 1))
    assert "drawn" not in failure(plain), "what can't run on Values has no graph"


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        (gradient_test(lambda x: ag.log(x), x=(-5, -1)), "200 outside"),
        (gradient_test(lambda x: math.log(x), derivative=lambda x: 1 / x, x=(-5, -1)), "200 outside"),
        (gradient_test(lambda x: (1 - ag.cos(x)) / x, x=(1e-9, 1e-8), examples=20), "[0-9]+ inaccurate"),
        (gradient_test(lambda x: ag.sum(x), x=arrays((0,))), "none"),
    ],
)  # fmt: skip
def test_a_test_that_judges_nothing_fails(test: Function, reason: str) -> None:
    with pytest.raises(
        GradientCheckError,
        match=f"^gradient_test: lambda_[0-9]+ could not be judged at any point: {reason}",
    ):
        test()


def at_infinity_too(finite: int, infinite: int, **options: Any) -> Function:
    """A test of points of which some are at infinity, where nothing can be told."""
    numbers = [*map(float, range(1, finite + 1)), *[math.inf] * infinite]
    return gradient_test(
        math.atan, derivative=lambda x: 1 / (1 + x * x), x=st.sampled_from(numbers), folder=None, **options
    )  # fmt: skip


def test_one_unresolved_point_fails_a_strict_test_and_many_fail_any() -> None:
    for finite, infinite, strict in ((20, 1, None), (20, 1, False), (4, 3, None), (10, 10, False)):
        test = at_infinity_too(finite, infinite, strict=strict)
        test()
        assert test.search.summary.verdicts["unresolved"] >= 1  # type: ignore[attr-defined]
    told = failure(at_infinity_too(20, 1, strict=True))
    assert told.startswith("gradient_test: atan fails at x=np.inf\n")
    assert (
        "ag.gradcheck(math.atan, np.inf, derivative=lambda x: 1 / (1 + x * x), strict=True)" in told
    )
    told = failure(at_infinity_too(20, 10))
    assert re.match(
        r"gradient_test: atan could not be judged at 10 of 30 points \(a tenth may be so\), as x=np.inf\n"
        "gradcheck: 1 unresolved\n",
        told,
    )


def test_a_summary_counts_points_by_their_worst_verdict() -> None:
    test = gradient_test(
        lambda x, y: ag.relu(x) * y, x=scalars(-1, 1), y=(1, 2), examples=30, seed=1
    )
    search = test.search  # type: ignore[attr-defined]
    assert search.summary is None
    test()
    told = search.summary.to_dict()
    assert told["points"] == sum(told["verdicts"].values()) >= 30
    assert {*told["verdicts"]} == {"right", "kink"}
    assert told["looks"] > 200
    assert 3 < told["digits"] <= 16
    assert told["seconds"] > 0
    assert json.loads(json.dumps(told)) == told


def test_a_search_ends_when_its_time_is_up_and_checks_one_point_at_least() -> None:
    called = []

    def slow(x: float) -> float:
        called.append(x)
        return cube(x)

    test = gradient_test(slow, derivative=cube_slope, x=(0, 5), seconds=1e-9)
    test()
    assert test.search.summary.points == 1  # type: ignore[attr-defined]
    assert len(called) < 300
    with pytest.raises(ValueError, match=r"gradient_test: got seconds=0; it must be above 0$"):
        gradient_test(cube, x=(0, 1), seconds=0)


def power(n: int, x: Any, kind: str) -> Any:
    assert type(n) is int
    return x**n * {"plain": 1.0, "doubled": 2.0}[kind]


def power_slope(n: int, x: float, kind: str) -> float:
    return n * x ** (n - 1) * {"plain": 1.0, "doubled": 2.0}[kind]


def test_options_stay_what_they_are_and_points_get_looks() -> None:
    def narrow(n: int, x: float, kind: str) -> float:
        return power_slope(n, x, kind) + (0.1 if kind == "doubled" and 0.700 < x < 0.705 else 0.0)

    options = {"n": st.integers(1, 4), "kind": st.sampled_from(["plain", "doubled"])}
    for derivative in (None, power_slope, lambda *xs: (None, power_slope(*xs), None)):
        test = gradient_test(power, derivative=derivative, x=(-2, 2), examples=30, **options)
        test()
        assert test.search.summary.looks > 300  # type: ignore[attr-defined]
    told = failure(
        gradient_test(power, derivative=narrow, x=(-2, 2), folder=None, seed=0, **options)
    )
    assert "kind='doubled'" in told.splitlines()[0]


@gradient_test(x=(0, 5), examples=10)
def decorated(x: Any) -> Any:
    """x times its sine."""
    return x * ag.sin(x)


def test_a_decorated_function_is_still_one() -> None:
    assert decorated(2.0) == 2.0 * math.sin(2.0)
    assert ag.grad(decorated)(0.0) == 0.0
    assert decorated() is None
    assert decorated.__name__ == "decorated"
    assert decorated.__doc__ == "x times its sine."


COLLECTED = """
import autograd as ag
from autograd.testing import gradient_test

@gradient_test(x=(0, 5), examples=10)
def softplus(x):
    return ag.log(1 + ag.exp(x))

def cube(x):
    return x**3

test_cube = gradient_test(cube, x=(-5, 5), examples=10)
test_wrong = gradient_test(cube, derivative=lambda x: x, x=(1, 5), examples=10)

class TestMine:
    test_wrong = gradient_test(cube, derivative=lambda x: x, x=(3, 5), examples=10)
"""


def test_pytest_collects_both_forms(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(COLLECTED)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-W",
        "error",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    for line in (
        "::softplus PASSED",
        "::test_cube PASSED",
        "mine.py::test_wrong FAILED",
        "TestMine::test_wrong FAILED",
    ):
        assert line in done.stdout, done.stdout + done.stderr
    assert "cube fails at x=2.0" in done.stdout
    assert "cube fails at x=4.0" in done.stdout
    assert "collected 4 items" in done.stdout


def test_a_profile_without_randomness_always_does_the_same() -> None:
    def searched(**options: Any) -> list[float]:
        seen: list[float] = []

        def slope(x: float) -> float:
            seen.append(x)
            return cube_slope(x)

        gradient_test(cube, derivative=slope, x=(-10, 10), examples=10, **options)()
        return seen

    assert searched(seed=3) == searched(seed=3) != searched(seed=4)
    settings.register_profile("fixed", settings(), derandomize=True)
    settings.load_profile("fixed")
    assert searched() == searched()


def no_parameters() -> float:
    return 1.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gradient_test(cube, x=(5, 0)), ValueError, r"gradient_test: cube: x: got the interval \(5, 0\), which is empty; it needs low < high"),
        (lambda: gradient_test(cube, x=(1, 1)), ValueError, r"cube: x: got the interval \(1, 1\), which is empty"),
        (lambda: gradient_test(cube, x=3), TypeError, r"cube: x: got int 3; it needs an interval \(low, high\)"),
        (lambda: gradient_test(cube), TypeError, r"cube needs x=, an interval \(low, high\) or a strategy"),
        (lambda: gradient_test(cube, x=(0, 1), y=(0, 1)), TypeError, r"cube has x; got y="),
        (lambda: gradient_test(no_parameters), TypeError, "no_parameters got no arguments"),
        (lambda: gradient_test(no_parameters, x=(0, 1)), TypeError, "no_parameters takes nothing; got x="),
        (lambda: gradient_test(lambda x, k=1.0, y=2.0: x, x=(0, 1), y=(0, 1)), TypeError, "needs k="),
        (lambda: gradient_test(3, x=(0, 1)), TypeError, "gradient_test: got int 3; it needs a function"),  # type: ignore[arg-type]
        (lambda: gradient_test(cube, x=(0, 1), examples=0), ValueError, "got examples=0; it must be at least 1"),
    ],
)  # fmt: skip
def test_refusals(call: Function, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "x",
    [
        0.1, -3.0, 7, True, [1.0, (2.0,)], {"w": np.array([[1.0, 0.1]]), "b": (1.0, [])}, np.zeros((0, 3)),
        np.zeros((2, 0), np.float32), np.float32([0.1, 2.0]), np.array(3.0), np.float64(0.1), np.array([True]),
        math.inf, -math.inf, math.nan, np.array([math.nan, -math.inf]), np.float32(math.inf), {"inf": (math.inf,)},
    ],
)  # fmt: skip
def test_literals_are_what_they_write(x: Any) -> None:
    back = eval(literal(x), {"np": np})
    assert type(back) is type(x)
    if isinstance(x, np.ndarray):
        assert (back.dtype, back.shape) == (x.dtype, x.shape)
        assert np.array_equal(back, x, equal_nan=x.dtype.kind == "f")
    else:
        assert repr(back) == repr(x)


def test_a_failure_far_out_is_brought_to_where_it_begins() -> None:
    for x in (3e11, -7e9, 1.7e4):
        assert simplest((x,), [Domain(-math.inf, math.inf)], lambda p: abs(p[0]) > 1500) == (
            math.copysign(2000.0, x),
        )
    assert simplest((3e-11,), [Domain(0.0, 1.0)], lambda p: p[0] < 3e-4) == (1e-4,)
