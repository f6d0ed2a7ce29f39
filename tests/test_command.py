"""The command line."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import autograd as ag
from autograd.__main__ import main

pytestmark = pytest.mark.both

MODULE = """\
import math
import autograd as ag

def loss(x, y):
    return ag.sum((x * ag.Tensor([1.0, 2.0, 3.0]) - y) ** 2)

def square(x, n=2):
    return x ** n

def pair(x):
    return [x * 2, x + 1]

def wrong(x):
    return 1 / 0

def leaves(x):
    raise SystemExit("bye")

def plain(x):
    return math.exp(x.data)

def slow(x):
    while True:
        pass

class Holder:
    method = staticmethod(square)

NUMBER = 3
"""

COMMAND = [sys.executable, "-m", "autograd"]


def run(*arguments: str, cwd: Path | None = None, **options: Any) -> Any:
    here = str(Path(ag.__file__).parent.parent)
    env = {**os.environ, "PYTHONPATH": here, **options.pop("env", {})}
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, cwd=cwd, env=env, check=False
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module of the user's."""
    (tmp_path / "users_module.py").write_text(MODULE)
    (tmp_path / "broken_module.py").write_text("import no_such_thing_here\n")
    (tmp_path / "failing_module.py").write_text("x = {}['key']\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("users_module", "broken_module", "failing_module"):
        sys.modules.pop(name, None)
    return tmp_path


def test_it_says_its_version_and_its_engine(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(
        f"chainrule {ag.__version__} (core: {ag.core}, Python"
    )


@pytest.mark.once
def test_without_a_word_it_says_what_it_can() -> None:
    found = run()
    assert found.returncode == 2
    assert found.stderr.startswith("usage: chainrule")
    assert "draw" in found.stderr
    assert "exit codes" in found.stderr
    assert not found.stdout


@pytest.mark.parametrize("command", ["draw", "explain"])
def test_help_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"examples:\n  chainrule {command} " in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["--nonsense"], ["nonsense"], ["draw"], ["draw", "x", "x=1", "--nonsense"], ["explain", "x", "x=1", "--order", "two"]]
)  # fmt: skip
def test_what_it_does_not_know_it_refuses(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    out, err = capsys.readouterr()
    assert not (out and err), "either an answer or what is wrong"
    return code, out + err


def test_explaining_an_expression(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "explain", "x**2 * sin(x)", "x=3", "--wrt", "x", "--order", "2") == (
        0,
        "x**2 * sin(x) = 1.2700800725388048, at x = 3.0\n"
        "d/dx = x**2 * cos(x) + 2 * x * sin(x) = -8.063212421044806\n"
        "d²/dx² = 4 * x * cos(x) + 2 * sin(x) - x**2 * sin(x) = -12.867750015624416\n",
    )
    code, text = told(capsys, "explain", "w*x + b", "w=2", "x=3", "b=1", "--wrt=x", "--wrt", "b")
    assert (code, text.splitlines()[1:]) == (0, ["∂/∂x = w = 2.0", "∂/∂b = 1.0"])
    assert told(capsys, "explain", "-x", "x=1") == (0, "-x = -1.0, at x = 1.0\nd/dx = -1.0\n")
    assert told(capsys, "explain", "9**9**9**9")[1].startswith("9**9**9**9 = inf\nthere are no")
    code, text = told(capsys, "explain", "where(x > 0, 1, 2)", "x=1")
    assert (code, text.splitlines()[1]) == (0, "d/dx = 0.0")
    code, text = told(capsys, "explain", "1/(1 + exp(-x))*tanh(x)**3", "x=.3", "--order=5")
    assert (code, text.count("\n")) == (0, 6)


def test_explaining_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(capsys, "explain", "x**2 / 0", "x=3", "--json")
    found = json.loads(text)
    assert code == 0
    assert found["value"] == "inf"
    code, text = told(capsys, "explain", "sin(x*y)", "x=3", "y=1", "--wrt", "y", "--json")
    (d,) = json.loads(text)["derivatives"]
    assert (d["by"], d["order"], d["formula"], d["agrees"]) == ("y", 1, "x * cos(x * y)", True)
    assert d["value"] == pytest.approx(d["formula_value"])
    assert d["latex"] == r"x \, \cos\left( x \, y \right)"


def test_a_formula_that_differs_is_a_failed_check(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograd.commands.explain.evaluated", lambda f, numbers: (6.1, 9.0))
    assert main(["explain", "x**2", "x=3"]) == 1
    out, err = capsys.readouterr()
    assert "d/dx = 2 * x = 6.0" in out
    assert err == "chainrule: order 1 by x: the formula gives 6.1, but by the rules it is 6.0\n"


def test_where_a_rule_has_a_pole_the_formula_does_not_decide(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "sqrt(x)**2", "x=0"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("d/dx = nan\n")
    assert "the formula gives 1.0, by the rules it is nan" in err


def test_large_graphs_are_folded_where_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    """A polynomial in Horner's form, of eighty nodes."""
    text = "x"
    for _ in range(15):
        text = f"({text}*x + 1)"
    for options, count in (
        (["--most=9"], "31 nodes in 4 boxes"),
        (["--most=9", "--no-fold"], ""),
        ([], ""),
    ):
        code, told_ = told(capsys, "draw", text, "x=0.5", *options)
        assert code == 0
        assert ("nodes in" in told_) == bool(count)
        assert count in told_


def test_drawing_an_expression(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, text = told(capsys, "draw", "tanh(w*x + b)", "w=0.5", "x=2", "b=0.1")
    assert code == 0
    assert "tanh" in text
    assert "grad +0.1796" in text
    assert "grad —" in told(capsys, "draw", "x*x", "x=1", "--no-grad")[1]
    for ending, sign in (
        (".svg", "<svg"),
        (".html", "<!doctype"),
        (".dot", "digraph"),
        (".txt", "tanh"),
    ):
        assert told(capsys, "draw", "tanh(x)", "-o", f"out{ending}", "x=1") == (0, "")
        assert sign in (folder / f"out{ending}").read_text(encoding="utf-8").lower()
    code, text = told(capsys, "draw", "x*x", "x=3", "--json", "-oa.dot")
    assert json.loads(text) == {
        "target": "x*x",
        "values": [9.0],
        "variables": {"x": {"value": 3.0, "gradient": 6.0}},
        "written": "a.dot",
    }


def test_functions_of_the_users_own(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, text = told(capsys, "draw", "users_module:loss", "x=1.0", "y=1,2,4", "--json")
    found = json.loads(text)
    assert (code, found["values"]) == (0, [1.0])
    assert found["variables"]["x"] == {"value": 1.0, "gradient": -6.0}
    assert found["variables"]["y"]["gradient"] == [0.0, 0.0, 2.0]
    code, text = told(capsys, "explain", "users_module:square", "x=3")
    assert code == 0
    assert f"at {folder}/users_module.py:8" in text
    assert "gradient ∂square/∂x = 6, from one use" in text
    assert told(capsys, "explain", "users_module:Holder.method", "x=3", "n=3", "--wrt", "x")[0] == 0
    assert json.loads(told(capsys, "explain", "users_module:square", "x=3", "--json")[1])
    assert main(["draw", "users_module:pair", "x=1"]) == 0
    out, err = capsys.readouterr()
    assert out.count("grad —") == 3
    assert err == "chainrule: no gradients, which need a result of one number\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "sine(x)", "x=1"], "expression: got the function 'sine'; allowed are those of the table, such as sin, exp, sqrt, tanh, maximum and where"),
        (["explain", "x*y", "x=1"], "got no value for y; add y=1.0"),
        (["explain", "x", "x=1", "y=2"], "got y=..., but y is not in the expression"),
        (["explain", "x", "x=one"], "x: got 'one'; it needs a number, as 1.0"),
        (["explain", "x", "x"], "got 'x'; values are given as x=1.0"),
        (["explain", "x", "x=1", "x=2"], "got x twice"),
        (["explain", "x", "x=1,2"], "x: got several numbers; an expression needs one"),
        (["explain", "x", "x=1", "e=2"], "e: got a value for a constant; call the variable otherwise"),
        (["explain", "x", "x=1", "sin=2"], "sin: got a value for a function; call the variable otherwise"),
        (["explain", "x", "x=1", "--wrt", "z"], "--wrt: got z; there is x"),
        (["explain", "x", "x=1", "--order", "11"], "--order: got 11; it must be from 1 to 10"),
        (["draw", "x", "x=1", "-o", "x.gif"], "save: got 'x.gif'; the name must end in .svg, .dot, .html, .txt, .png, .pdf"),
        (["draw", "x", "x=1", "-o", "nowhere/x.svg"], "nowhere/x.svg: No such file or directory"),
        (["draw", "users_module:wrong", "x=1"], "users_module:wrong raised ZeroDivisionError: division by zero, at {folder}/users_module.py:14"),
        (["draw", "users_module:leaves", "x=1"], "users_module:leaves raised SystemExit: bye, at {folder}/users_module.py:17"),
        (["draw", "users_module:plain", "x=0"], "users_module:plain: it returned float 1.0; it must return Values or Tensors, computed with the functions of this package"),
        (["draw", "users_module:sqare", "x=1"], "got no sqare in users_module"),
        (["draw", "users_module:NUMBER"], "users_module:NUMBER: got int; it needs a function"),
        (["draw", "users_module:square"], "users_module:square: missing a required argument: 'x'; values are given as x=1.0"),
        (["draw", "users_module:square", "x=1", "q=2"], "users_module:square: got an unexpected keyword argument 'q'; values are given as x=1.0"),
        (["draw", "no_such_module:f", "x=1"], "got no module no_such_module; it must be a file of this folder or be installed"),
        (["draw", "broken_module:f"], "importing broken_module raised ModuleNotFoundError: No module named 'no_such_thing_here', at {folder}/broken_module.py:1"),
        (["draw", "failing_module:f"], "importing failing_module raised KeyError: 'key', at {folder}/failing_module.py:1"),
        (["explain", "users_module:pair", "x=1"], "users_module:pair: it returned more than one number; explain needs one"),
        (["draw", "users_module"], "got 'users_module'; a function of it is given as users_module:function"),
        (["check", "users_module.py:square", "x=1"], "got 'users_module.py:square'; a function of it is given as users_module:square"),
        (["explain", "users_module:square(x)", "x=1"], "got 'users_module:square(x)'; a function of it is given as users_module:square"),
        (["check", "x", "x=1", "--order", "1000000"], "--order: got 1000000; it must be from 1 to 10"),
        (["check", "x", "x=1", "--points", "100000000"], "--points: got 100000000; it must be from 1 to 100000"),
        (["check", "x", "x=1", "--points", "0"], "--points: got 0; it must be from 1 to 100000"),
        (["check", "x", "x=1", "--timeout", "inf"], "--timeout: got inf; it must be above 0, 1e+06 at most"),
        (["check", "x", "x=1", "--timeout", "nan"], "--timeout: got nan; it must be above 0, 1e+06 at most"),
        (["check", "x", "--domain", "x=0:5e-324"], "--domain: got x=0.0:5e-324; no number is in between"),
        (["explain", "users_module:square", "x=1", "--order=2"], "--order: got a function; higher orders are for expressions"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(
    arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = told(capsys, *arguments)
    assert (code, text) == (2, f"chainrule: {message.format(folder=folder)}\n")


@pytest.mark.parametrize("command", ["draw", "explain", "check"])
def test_with_expression_nothing_is_imported(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = [["users_module:square"], ["failing_module:f"], ["users_module"]]
    targets += [["x", "--derivative", "users_module:square"]] * (command == "check")
    for target in targets:
        code, text = told(capsys, command, *target, "x=1", "--expression")
        assert code == 2
        assert text.startswith(("chainrule: expression: got ", "chainrule: got "))
    assert "users_module" not in sys.modules
    assert told(capsys, command, "x**2", "x=1", "--expression")[0] == 0


def test_a_variable_may_be_called_as_a_file_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "explain", "users_module", "users_module=1")[0] == 0
    assert told(capsys, "check", "users_module", "--domain=users_module=0:1")[0] == 0


@pytest.mark.once
def test_as_a_program_it_imports_what_is_in_the_folder(folder: Path) -> None:
    found = run("explain", "users_module:square", "x=3", cwd=folder)
    assert (found.returncode, found.stderr) == (0, "")
    assert "x = 3, a leaf of the graph" in found.stdout
    found = run("draw", "users_module:wrong", "x=3", cwd=folder)
    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
    found = run("draw", "x", "x=1", env={"PYTHONIOENCODING": "ascii"})
    assert found.returncode == 0, found.stderr


@pytest.mark.once
def test_a_reader_that_leaves_and_an_interrupt_end_it_quietly(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    found = subprocess.run(
        [*COMMAND, "explain", "x", "x=1"], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (found.returncode, found.stderr) == (0, b"")
    program = (
        "import os, signal, sys; from autograd.__main__ import main;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # in the background it is ignored
        "os.write(1, b'.'); sys.exit(main(sys.argv[1:]))"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program, "draw", "users_module:slow", "x=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(ag.__file__).parent.parent)},
    )
    assert started.stdout is not None
    started.stdout.read(1)
    time.sleep(0.2)
    started.send_signal(signal.SIGINT)
    try:
        _, err = started.communicate(timeout=20)
    finally:
        started.kill()
    assert (started.returncode, err) == (130, b"")


@pytest.mark.once
def test_the_page_about_it_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parent.parent / "docs/command-line.md").read_text()
    blocks = re.findall(r"```\n(\$.*?)```", page, re.DOTALL)
    sessions = [s for block in blocks for s in re.split(r"^\$ ", block, flags=re.M) if s]
    assert len(sessions) == 9
    for session in sessions:
        command, _, answer = session.partition("\n")
        main(shlex.split(command)[1:])
        out, err = capsys.readouterr()
        assert out + err == answer, command
