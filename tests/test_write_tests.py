"""chainrule write-tests: what it writes is green where a derivative is right and red where it is not."""

import json
import math
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

from autograd.__main__ import main
from autograd.arithmetic.floats import floats
from autograd.checking import GradientCheckError
from autograd.rules.elementary import TABLE
from autograd.testing import guessing, hints, running
from autograd.testing.pairing import pairs_in
from autograd.testing.writing import tests_of as written

MODULE = '''
"""Functions with derivatives by hand, in every form."""
import math
import numpy as np
import autograd as ag

print("this module has been imported")

def softplus(x): return math.log1p(math.exp(x))
def softplus_grad(x): return SCALE / (1 + math.exp(-x))

def log_loss(p):
    """Loss of a probability p in (0, 1)."""
    return -math.log(p)
def dlog_loss(p): return -SCALE / p

def power(x, y):
    """x ** y, for x > 0."""
    return x**y
def grad_power(x, y): return SCALE * np.array([y * x ** (y - 1), x**y * math.log(x)])

def area(r: float, n: int): return n * r**3
def area_prime(r: float, n: int): return SCALE * 3 * n * r**2

def product(x, y): return x * y * y
def dproduct_dx(x, y): return SCALE * y * y
def dproduct_dy(x, y): return SCALE * 2 * x * y

def relu(x): return np.maximum(x, 0.0)
def relu_vjp(x, g): return SCALE * g * (x > 0)

def total(v: np.ndarray): return np.sum(v * v)
def total_jvp(v, t): return SCALE * 2 * v @ t

def picked(x): return x[x > 0].sum()
def picked_grad(x): return SCALE * np.where(x > 0, 1.0, 0.0)

def squares(x): return x[:] ** 2
def squares_der(x): return SCALE * 2 * x

def linear(W, x): return W @ x
def linear_vjp(g, W, x): return SCALE * np.outer(g, x), W.T @ g

def quadratic_and_grad(x): return x @ x, SCALE * 2 * x

def acosh(x): return math.acosh(x)
def acosh_deriv(x): return SCALE / math.sqrt(x * x - 1)

def logit(p):
    """Log odds."""
    p = min(max(p, 1e-15), 1 - 1e-15)
    return math.log(p / (1 - p))
def logit_deriv(p):
    p = min(max(p, 1e-15), 1 - 1e-15)
    return SCALE / (p * (1 - p))

class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y
    def backward(self, g): return SCALE * g * self.y * (1 - self.y)

class Logit:
    def __call__(self, p): return np.log(p / (1 - p))
    def deriv(self, p): return SCALE / (p * (1 - p))

@ag.custom_vjp(lambda g, z, x: SCALE * g * 3 * x**2)
def cube(x): return x**3

mine = ag.elementary("mine", lambda m, x: m.log(x), lambda m, x, z: (SCALE / x,), domain=((0, math.inf),))

def named(name: str): return 1.0
def named_grad(name: str): return 1.0

def broken(x): raise RuntimeError("no such luck")
def broken_grad(x): return 1.0

def text(x): return "text"
def text_grad(x): return "text"

def unrelated(x): return x
class Needs:
    def __init__(self, data): self.data = data
    def loss(self, x): return x * self.data
    def grad(self, x): return self.data
'''
RIGHT, WRONG = MODULE.replace("SCALE", "1.0"), MODULE.replace("SCALE", "1.01")
DOMAINS = {
    "softplus_grad": "x=(-10, 10),  # guessed",
    "dlog_loss": "p=(0, 1),  # from the docstring",
    "grad_power": "x=(0, 10),  # from the docstring",
    "area_prime": "lambda r: given_module.area(r, 2),  # guessed: n=2",
    "dproduct_dx": "x=(-10, 10),  # guessed",
    "dproduct_dy": "y=(-10, 10),  # guessed",
    "relu_vjp": "vjp=given_module.relu_vjp,",
    "total_jvp": "v=arrays((3,), (-10, 10)),  # guessed",
    "picked_grad": "x=arrays((3,), (-10, 10)),  # guessed",
    "squares_der": "vjp=lambda x, seed: seed * given_module.squares_der(x),",
    "linear_vjp": "vjp=lambda W, x, seed: given_module.linear_vjp(seed, W, x),",
    "quadratic_and_grad": "derivative=lambda x: given_module.quadratic_and_grad(x)[1],",
    "acosh_deriv": "x=(1, 10),  # guessed",
    "logit_deriv": "p=(0, 1),  # guessed: outside, the function is cut off",
    "Sigmoid": "lambda x: given_module.Sigmoid().forward(x),",
    "Logit_deriv": "p=(0, 1),  # guessed",
    "cube": "given_module.cube,",
    "mine": "x=(0, math.inf),\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    profile = settings()
    settings.register_profile(
        "forgetful", profile, database=None, phases=[Phase.generate]
    )  # what is found is not made simpler
    settings.load_profile("forgetful")
    yield tmp_path
    settings.register_profile("before", profile)
    settings.load_profile("before")
    sys.modules.pop("given_module", None)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["write-tests", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def made_short(source: str) -> dict[str, Callable[[], None]]:
    """The tests of a file that was written, made short."""
    scope: dict[str, Any] = {"__name__": "written_tests"}
    exec(source, scope)
    tests = {name: x for name, x in scope.items() if name.startswith("test_")}
    for test in tests.values():
        test.search.examples, test.search.folder, test.search.seed = 8, None, 0
    return tests


@pytest.mark.parametrize("module", [RIGHT, WRONG], ids=["right", "wrong"])
def test_written_tests_tell_right_from_wrong(
    module: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "simplest", lambda point, *_: point)  # which is tested elsewhere
    monkeypatch.setattr(guessing, "LONGEST", 100.0)  # however busy the machine is
    (folder / "given_module.py").write_text(module)
    code, source, err = told(capsys, "given_module")
    assert (code, err) == (0, "this module has been imported\n")
    for name, text in DOMAINS.items():
        (own,) = [part for part in source.split("\n\n") if part.startswith(f"test_{name} = ")]
        assert text in own
    tests = made_short(source)
    assert sorted(tests) == sorted(f"test_{name}" for name in DOMAINS)
    for test in tests.values():
        if module is RIGHT:
            test()
        else:
            with pytest.raises(GradientCheckError):
                test()
    *_, untried = source.partition("# Not tested:\n")
    assert untried.splitlines() == [
        "# - named, named_grad: its parameter name is a str",
        "# - broken, broken_grad: RuntimeError: no such luck",
        "# - text, text_grad: it returned str, which is not numbers",
        "# - Needs().loss: TypeError: Needs.__init__() missing 1 required positional argument: 'data'",
    ]


def test_scipys_rosenbrock_function(folder: Path) -> None:
    import scipy.optimize

    found = written(scipy.optimize)
    assert found.tests == ["test_rosen_der", "test_rosen_hess", "test_rosen_hess_prod"]
    for test in made_short(found.source).values():
        test()


ROWS = "exp log sqrt tanh asin acosh atanh erf sigmoid log1p softplus cbrt reciprocal".split()


@pytest.mark.parametrize("name", ROWS)
def test_domains_are_found_by_trial(name: str, folder: Path) -> None:
    """Of functions of which only the value is known."""
    row = TABLE[name]
    module = types.ModuleType("given_module")
    sys.modules["given_module"] = module
    for key, f in (
        ("f", lambda x: row.value(floats, x)),
        ("f_grad", lambda x: row.partials(floats, x, row.value(floats, x))[0]),
    ):
        f.__module__ = "given_module"
        setattr(module, key, f)
    (test,) = made_short(written(module).source).values()
    test()
    (inside,) = test.search._domains  # type: ignore[attr-defined]
    low, high = row.domain[0]
    assert low <= inside.low < inside.high <= high
    assert test.search.summary.verdicts.keys() <= {"right", "unresolved", "outside"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("doc", "interval"),
    [
        ("x > 0", (0, 10)),
        ("for 0 < x < 1 only", (0, 1)),
        ("x in [2, 3.5]", (2, 3.5)),
        ("x : float\n    A value between (-1, 1).", None),
        ("x : float in (0, pi)", (0, math.pi)),
        ("x <= 5", (-5, 5)),
        ("x must be positive", (0, 10)),
        ("x: non-negative", (0, 10)),
        ("x, a negative number", (-10, 0)),
        ("x : probability", (0, 1)),
        ("of a positive x", (0, 10)),
        ("x : array\n    A number.\nReturns the probabilities at x.", None),
        ("y > 0; a positive y", None),
        ("x >= -2 and x < inf", (-2, 8)),
        ("max > 3", None),
        ("", None),
    ],
)
def test_words_of_docstrings(doc: str, interval: tuple[float, float] | None) -> None:
    def f(x: float) -> float:
        return x

    f.__doc__ = doc
    assert hints.from_docstring(f, "x") == interval


def test_pairs_are_found_by_name(folder: Path) -> None:
    module = types.ModuleType("given_module")
    names = (
        "f df g g_prime gradient_h h sJac s t derivative_of_t u u_hess u_grad u_hessp v fprime_v"
    )
    for name in names.split():
        f = eval("lambda x: x")
        f.__module__ = "given_module"
        setattr(module, name, f)
    module.np = math  # type: ignore[attr-defined]
    found = {(pair.of, pair.by, pair.option) for pair in pairs_in(module)}
    assert found == {
        ("f", "df", "derivative"),
        ("g", "g_prime", "derivative"),
        ("h", "gradient_h", "derivative"),
        ("s", "sJac", "derivative"),
        ("t", "derivative_of_t", "derivative"),
        ("u", "u_grad", "derivative"),
        ("u_grad", "u_hess", "derivative"),
        ("u_grad", "u_hessp", "jvp"),
    }


SMALL = "def f(x): return x * x\ndef df(x): return 2 * x\n"


def test_files_are_not_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "given_module.py").write_text(SMALL)
    assert told(capsys, "given_module", "-o", "test_given.py") == (0, "", "")
    first = (folder / "test_given.py").read_text()
    assert "derivative=given_module.df" in first
    (folder / "test_given.py").write_text("mine")
    assert told(capsys, "given_module", "-o", "test_given.py") == (
        2, "", "chainrule: test_given.py: it is there already; add --force to write over it\n",
    )  # fmt: skip
    assert (folder / "test_given.py").read_text() == "mine"
    assert told(capsys, "given_module", "-o", "test_given.py", "--force") == (0, "", "")
    assert (folder / "test_given.py").read_text() == first
    code, out, _ = told(capsys, "given_module", "--json")
    assert json.loads(out) == {"tests": ["test_df"], "untried": [], "source": first}
    assert code == 0


def test_a_check_that_takes_too_long_is_not_tested_and_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: Any, **__: Any) -> None:
        time.sleep(9)

    monkeypatch.setattr(guessing, "LONGEST", 0.01)
    monkeypatch.setattr(guessing, "gradcheck", endless)
    (folder / "given_module.py").write_text(SMALL)
    code, out, err = told(capsys, "given_module", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["untried"] == ["f, df: its check took more than 0.05 s"]


def test_files_of_packages_are_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = folder / "given_folder/given_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "losses.py").write_text(SMALL)
    code, out, err = told(capsys, "given_folder/given_package/losses.py")
    assert (code, err) == (0, "")
    assert "\nimport given_package.losses\n" in out
    assert "    given_package.losses.f,\n" in out


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        ("x = 1", ["given_module"], "given_module: got no derivatives by hand; a function f and"),
        ("1 / 0", ["given_module"], "importing given_module raised ZeroDivisionError"),
        ("", ["no_such_module"], "got no module no_such_module; it must be a file"),
        ("", ["a b"], "got 'a b'; it needs a module or a file of Python"),
        ("", ["no/such.py"], "got 'no/such.py'; it needs a module or a file"),
        (SMALL, ["given_module", "x=1"], "got 'x=1'; it needs a module alone"),
        (SMALL, ["given_module", "-o", "no/such/folder.py"], "no/such/folder.py: No such file"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_line(
    source: str,
    arguments: list[str],
    message: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "given_module.py").write_text(source)
    code, out, err = told(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
