"""Well-formed commands, whatever the formula and the numbers, end with an answer and never with a traceback."""

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograd.__main__ import main
from autograd.rules.elementary import BUILT_IN, TABLE

NUMBERS = ["0", "1", "2", "0.5", "3.0", "1e308", "5e-324", "1e-300", "1e999", "0.1", "pi", "e"]
POINTS = ["inf", "-inf", "nan", "1e308", "-1e308", "5e-324", "-5e-324", "-0.0", "0", "1", "-1"]
POINTS += ["0.3", "2.5", "-7", "1e16", "1e-9", "709.8", "1e5"]
ENDS = ["-inf", "-1e308", "-3", "-1", "-5e-324", "0", "5e-324", "1e-300", "0.5", "1", "20", "1e308"]
FUNCTIONS = sorted(set(BUILT_IN) - {"where"})


def calls(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Formulas of formulas."""

    def called(name: str) -> st.SearchStrategy[str]:
        row = TABLE[name]
        sizes = st.integers(len(row.operands) - len(row.defaults), len(row.operands))
        lists = sizes.flatmap(lambda n: st.lists(parts, min_size=n, max_size=n))
        return lists.map(lambda xs: f"{name}({', '.join(xs)})")

    infix = st.tuples(parts, st.sampled_from(["+", "-", "*", "/", "%", "**"]), parts)
    compared = st.tuples(parts, st.sampled_from(["<", "<=", ">", ">="]), parts).map(" ".join)
    choice = st.tuples(compared, parts, parts)
    return st.one_of(
        infix.map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        parts.map(lambda x: f"-({x})"),
        st.sampled_from(FUNCTIONS).flatmap(called),
        choice.map(lambda t: f"where({t[0]}, {t[1]}, {t[2]})"),
        choice.map(lambda t: f"(({t[1]}) if ({t[0]}) else ({t[2]}))"),
    )


FORMULAS = st.recursive(st.sampled_from(["x", "y", "x", *NUMBERS]), calls, max_leaves=8)


def answer(*arguments: str) -> tuple[int, str, str]:
    """The exit code of a command and what it says; raises what would have been a traceback."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


def no_constant(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


def well(code: int, out: str, err: str, is_json: bool) -> None:
    """What every answer keeps to."""
    assert code in (0, 1, 2)
    assert "Traceback" not in out + err
    if code == 2 and not out:
        assert len(err.splitlines()) == 1
    assert all(line.startswith("chainrule: ") for line in err.splitlines())
    if is_json and out:
        json.loads(out, parse_constant=no_constant)


def names_in(formula: str) -> list[str]:
    """The variables of a formula, in no function's name."""
    from autograd.commands.expressions import ParsedExpression

    return ParsedExpression(formula).names


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawn")


quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(FORMULAS, st.sampled_from(POINTS), st.sampled_from(POINTS), st.integers(1, 3), st.booleans())
@example("x * 1e999", "1", "1", 1, False)
@example("x * inf", "1", "1", 1, False)
@example("(1e-300 * 1e-300) / (1e-300 * x)", "5e-324", "1", 2, True)
@example("sin(x)", "inf", "1", 3, True)
def test_explain(formula: str, x: str, y: str, order: int, is_json: bool) -> None:
    values = [f"{name}={x if name == 'x' else y}" for name in names_in(formula)]
    well(*answer("explain", formula, *values, f"--order={order}", *["--json"] * is_json), is_json)


@quick
@given(
    FORMULAS,
    st.sampled_from(POINTS),
    st.sampled_from(POINTS),
    st.sampled_from(["", ".html", ".dot", ".txt"]),
    st.booleans(),
    st.booleans(),
)
def test_draw(
    folder: Path,
    formula: str,
    x: str,
    y: str,
    ending: str,
    grad: bool,
    is_json: bool,
) -> None:
    path = folder / f"drawn{ending}"
    values = [f"{name}={x if name == 'x' else y}" for name in names_in(formula)]
    options = ["--grad" if grad else "--no-grad", *["--json"] * is_json]
    options += ["-o", str(path)] if ending else []
    code, out, err = answer("draw", formula, *values, *options)
    well(code, out, err, is_json)
    assert code == 0
    if ending:
        assert path.read_text(encoding="utf-8")


@quick
@given(FORMULAS, st.sampled_from(POINTS))
def test_drawn_pictures_are_well_formed(folder: Path, formula: str, x: str) -> None:
    path = folder / "drawn.svg"
    values = [f"{name}={x}" for name in names_in(formula)]
    code, out, err = answer("draw", formula, *values, "-o", str(path))
    well(code, out, err, False)
    assert code == 0
    ElementTree.fromstring(path.read_text(encoding="utf-8"))


@quick
@given(
    FORMULAS,
    st.sampled_from([*ENDS, *POINTS]),
    st.integers(0, len(ENDS) - 2),
    st.integers(1, len(ENDS) - 1),
    st.integers(1, 3),
    st.integers(1, 2),
    st.none() | FORMULAS,
    st.booleans(),
)
@example("x if x > 0 else 0", "1", 5, 1, 3, 1, None, False)
@example("sin(x)", "1", 0, 11, 3, 1, None, True)
@example("x ** 2", "1", 0, 11, 3, 1, "2 * x", True)
def test_check(
    formula: str,
    y: str,
    low: int,
    width: int,
    points: int,
    order: int,
    by_hand: str | None,
    is_json: bool,
) -> None:
    interval = f"{ENDS[low]}:{ENDS[min(low + width, len(ENDS) - 1)]}"
    names = names_in(formula)
    arguments = [f"--domain=x={interval}"] * ("x" in names) + [f"y={y}"] * ("y" in names)
    if by_hand is not None:
        arguments.append(f"--derivative={by_hand}")
    arguments += [f"--points={points}", f"--order={order}", *["--json"] * is_json]
    well(*answer("check", formula, *arguments), is_json)


def test_functions_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users_classes.py").write_text(
        "class Model:\n"
        "    def __init__(self, x): self.x = x\n"
        "class Called:\n"
        "    def __call__(self, x): return x * x\n"
        "called = Called()\n"
        "def nothing(x): return None\n"
        "def text(x): return 'x'\n"
        "def infinite(x): return x * float('inf')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("Model", "called", "nothing", "text", "infinite"):
        for x in ("inf", "nan", "2", "1,nan,inf", "1,2"):
            for command in ("explain", "draw", "check"):
                for is_json in (False, True):
                    more = ["--json"] * is_json + ["-o", "page.html"] * (command == "draw")
                    found = answer(command, f"users_classes:{name}", f"x={x}", *more)
                    well(*found, is_json)
                    assert found[0] or name not in ("Model", "nothing", "text")
    assert "users_classes.py" in os.listdir(tmp_path)
