"""chainrule check: verdicts over a domain, exit codes, and what it says of bad input."""

import json
import time
from pathlib import Path

import pytest

from autograd.__main__ import main

MODULE = """
import math, time
import autograd as ag

def entropy(p):
    return -p * ag.log(p) - (1 - p) * ag.log(1 - p)

def wrong_in_a_band(p):
    return math.log(1 - p) - math.log(p) + (0.01 if 0.7 < p < 0.72 else 0.0)

def by_place(x, /, k=1.0):
    return k * ag.sin(x)

def scaled(x, k=1.0):
    return k * ag.sin(x)

def slope(x, k=1.0):
    return k * math.cos(x)

def product(x, y):
    return x * y * y

def slopes(x, y):
    return y * y, 2 * x * y

def wrongs(x, y):
    return y * y, 0.0

def raises(x):
    raise RuntimeError("no such luck")

def powers(x, n, kind="plain"):
    assert type(n) is int and kind in ("plain", "scaled")
    return (2.0 if kind == "scaled" else 1.0) * x**n

def power_slope(x, n):
    return n * x ** (n - 1)

def sleeps_a_little(x):
    time.sleep(0.02)
    return x

def sleeps(x):
    time.sleep(60)
    return x
"""


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["check", *arguments])
    out, err = capsys.readouterr()
    return code, out + err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "checked_module.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_right_derivative(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(capsys, "x * log(x)", "--domain", "x=0:5", "--points", "30")
    assert (code, text.split()[:2]) == (0, ["right", "x"])
    assert int(text.split()[2]) in range(25, 33)
    assert told(capsys, "exp(x*y)", "--domain", "x=-1:1", "y=2", "--points", "9")[0] == 0
    assert told(capsys, "sin(x)", "--domain=x=-inf:inf", "--points", "30", "--order", "3")[0] == 0


def test_parameters_that_have_a_place_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "checked_module:by_place", "--domain", "x=0:1", "--points", "9")[0] == 0
    assert told(capsys, "numpy:sinc", "--domain", "x=0.1:1", "--points", "9")[0] == 0
    _, text = told(capsys, "math:sin", "--domain", "x=0:1", "--points", "9")
    assert "use x.data for the number" in text


def test_wrong_derivatives_are_shown_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(capsys, "x**2", "--domain", "x=0:5", "--derivative", "x", "--points", "30")
    assert code == 1
    assert "wrong: analytic 1, numeric 2 " in text
    assert text.rstrip().endswith("more")


def test_kinks_pass_and_jumps_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "abs(x)", "--domain", "x=-1:1", "--points", "9")[0] == 0
    code, text = told(capsys, "floor(x)", "--domain", "x=-1:2.5", "--points", "9")
    assert code == 1
    assert "x = 1: discontinuous" in text


def test_lost_digits_are_another_code(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(capsys, "(1-cos(x))/x**2", "--domain", "x=0:1", "--points", "30")
    assert code == 2
    assert "inaccurate" in text


def test_functions_of_the_users_own(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    for arguments in (
        ["checked_module:entropy", "--domain", "p=0:1"],
        ["checked_module:scaled", "--domain", "x=0:9", "k=2", "--derivative", "checked_module:slope"],
        ["checked_module:scaled", "--domain", "x=0:9"],
        ["checked_module:product", "--domain", "y=0:3", "--domain", "x=-2:2",
         "--derivative", "checked_module:slopes"],
    ):  # fmt: skip
        assert told(capsys, *arguments, "--points", "12")[0] == 0, arguments
    band = [
        "checked_module:entropy",
        "--domain=p=0:1",
        "--derivative=checked_module:wrong_in_a_band",
    ]
    code, text = told(capsys, *band, "--points", "300")
    assert code == 1
    assert "p = 0.7" in text
    code, text = told(capsys, "checked_module:raises", "x=1")
    assert (code, "failed: the function raised RuntimeError: no such luck" in text) == (1, True)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(capsys, "abs(x) * y", "x=0", "--domain", "y=1:2", "--points", "5", "--json")
    answer = json.loads(text)
    assert (code, answer["ok"], answer["counts"]) == (0, True, {"right": len(answer["entries"])})
    assert answer["entries"][0]["point"]["x"] == 0.0
    assert {entry["name"] for entry in answer["entries"]} == {"y"}


def test_a_check_that_takes_too_long_is_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["check", "checked_module:sleeps", "x=1", "--timeout", "1"]
    monkeypatch.setattr("sys.argv", ["chainrule", *arguments])
    start = time.monotonic()
    assert main(arguments) == 2
    assert time.monotonic() - start < 20
    assert capfd.readouterr().err == "chainrule: check: it did not end within 1 s\n"
    monkeypatch.setattr("sys.argv", ["chainrule", "check", "sin(x)", "x=1", "--timeout", "50"])
    assert main(["check", "sin(x)", "x=1", "--timeout", "50"]) == 0
    assert "right" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x*y", "--domain", "x=0:1"], "got no domain for y; add --domain y=0:1"),
        (["x", "--domain", "x=1:0"], "got x=1:0; the lower end must be below the upper"),
        (["x", "--domain", "x=1:1"], "got x=1:1; the lower end"),
        (["x", "--domain", "x=1"], "got 'x=1'; domains are given as x=0:5"),
        (["x", "--domain", "x=nan:1"], "domains are given as x=0:5"),
        (["x", "--domain", "x=0:1", "--domain", "x=0:2"], "got x twice"),
        (["x", "--domain", "x=0:1", "x=2"], "x: got a number and a domain"),
        (["x", "--domain", "y=0:1", "x=2"], "got y, but y is not in x"),
        (["1 + 1"], "got no variables; there is nothing to check"),
        (["x", "x=2", "--points", "0"], "--points: got 0"),
        (["x", "x=2", "--order", "2", "--derivative", "1"], "--order: got 2 and --derivative"),
        (["x", "x=2", "--timeout", "0"], "--timeout: got 0; it must be above 0"),
        (["x", "x=1", "--fixed", "n"], "--fixed: got 'n'; it is given as n=3"),
        (["x", "x=1", "--fixed", "n=1", "--fixed", "n=2"], "--fixed: got n twice"),
        (["x", "x=1", "--fixed", "n=1"], "got n, but n is not in x"),
        (
            ["checked_module:scaled", "x=1", "--fixed", "n=1"],
            "got n, but n is not in checked_module:scaled",
        ),
        (["x*n", "x=1", "n=1", "--fixed", "n=2"], "n: got a fixed value and another"),
        (["x*n", "x=1", "--fixed", "n=many"], "--fixed: got n=many; an expression needs a number"),
        (["x", "x=1", "--workers", "0"], "--workers: got 0; it must be from 1 to 64"),
        (
            ["x", "x=1", "--workers", "2", "--dask", "a:1"],
            "--workers: got 2 and --dask; it needs one",
        ),
        (["x", "x=1", "--seconds", "0"], "--seconds: got 0; it must be above 0"),
        (
            ["x", "x=1", "--points", "100000000"],
            "--points: got 100000000; it must be from 1 to 100000",
        ),
        (["x", "x=1", "--order", "1000000"], "--order: got 1000000; it must be from 1 to 10"),
        (["x), (x", "x=1"], "expression"),
        (["checked_module:scaled", "z=1"], "got z, but the function has x, k"),
        (["checked_module:scaled", "k=1"], "got no domain for x"),
    ],
)
def test_bad_input(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    code, text = told(capsys, *arguments)
    assert code == 2
    assert message in text
    assert text.count("\n") == 1


def test_points_are_whole_and_failures_told_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = told(capsys, "checked_module:product", "x=2", "y=3", "--derivative",
                      "checked_module:wrongs")  # fmt: skip
    assert code == 1
    assert "x = 2, y = 3: by y: wrong: analytic 0, numeric 12 exactly" in text
    code, text = told(capsys, "checked_module:raises", "--domain", "x=0:1", "--points", "20")
    assert code == 1
    assert text.count("no such luck") == 1
    assert " other points)" in text
    code, text = told(capsys, "checked_module:scaled", "x=1,2,3", "k=2")
    assert (code, text.count("\n")) == (0, 5)
    code, text = told(capsys, "x * k", "x=inf", "k=2")
    assert code == 2
    assert "x = inf, k = 2:\n  by x: unresolved: analytic 2, numeric unknown; " in text
    assert "nan" not in text


def test_fixed_arguments_stay_what_they_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    power = ["checked_module:powers", "--domain", "x=1:2", "--points", "9", "--fixed", "n=3"]
    assert told(capsys, *power)[0] == 0
    assert told(capsys, *power, "--derivative", "checked_module:power_slope")[0] == 0
    scaled = [*power, "--fixed", "kind=scaled"]
    code, text = told(capsys, *scaled, "--derivative", "checked_module:power_slope")
    assert (code, text.split()[0]) == (1, "wrong")
    assert told(capsys, *scaled, "--derivative", "6 * x**2")[0] == 0
    assert told(capsys, "x**n", "x=2", "--fixed", "n=3", "--derivative", "n * x**2")[0] == 0


def test_several_results(capsys: pytest.CaptureFixture[str]) -> None:
    several = ["x*y, x + y", "--domain", "x=0:1", "y=2", "--points", "9"]
    assert told(capsys, *several)[0] == 0
    assert told(capsys, *several, "--derivative", "(y, 1)")[0] == 0
    code, text = told(capsys, *several, "--derivative", "y, 2")
    assert (code, text.split()[0]) == (1, "wrong")
    both = ["(x*y, x + y)", "x=1", "y=2", "--derivative", "(y, 1), (x, 1)"]
    assert told(capsys, *both)[0] == 0
    assert told(capsys, "x*y", "x=1", "y=2", "--derivative", "y, x")[0] == 0
    assert told(capsys, "(x + 1) * (x + 2)", "x=1")[0] == 0


def test_a_point_is_said_in_one_piece(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(capsys, "x * y", "x=2", "y=3", "--derivative", "x, y")
    assert code == 1
    assert text.endswith(
        "x = 2, y = 3:\n"
        "  by x: wrong: analytic 2, numeric 3 exactly\n"
        "  by y: wrong: analytic 3, numeric 2 exactly\n"
    )


def test_workers_find_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    band = [
        "checked_module:entropy",
        "--domain=p=0:1",
        "--derivative=checked_module:wrong_in_a_band",
        "--points=60",
        "--json",
    ]
    assert told(capsys, *band) == told(capsys, *band, "--workers", "2")


def test_strictness_is_another_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "x * 2", "x=inf")[0] == 2
    assert told(capsys, "x * 2", "x=inf", "--strict")[0] == 1
    assert told(capsys, "x * 2", "x=1", "--strict")[0] == 0
    assert told(capsys, "(1-cos(x))/x**2", "x=1e-9", "--strict")[0] == 2, "that is inaccurate"


def test_a_check_says_how_far_it_came(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slow = ["checked_module:sleeps_a_little", "--domain", "x=0:1", "--points", "50"]
    code, text = told(capsys, *slow, "--seconds", "0.001")
    assert code == 0
    assert text.splitlines()[-1].startswith("1 of ")
    assert text.endswith(" points were checked in 0.001 s\n")
    answer = json.loads(told(capsys, *slow, "--seconds", "0.001", "--json")[1])
    assert len(answer["entries"]) == 1
    assert answer["unchecked"] > 40
