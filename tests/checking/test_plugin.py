"""The plugin of pytest: collection by any name, options, and the table at the end."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import autograd as ag
from autograd.testing import gradient_test

def cube(x):
    return x**3

cubic = gradient_test(cube, x=(-5, 5), examples=10)
limited = gradient_test(lambda x: x if x < 9 else 9.0, x=(0, 5), examples=10)
wrong = gradient_test(cube, derivative=lambda x: x, x=(1, 5), examples=10)

class TestMine:
    wrong = gradient_test(cube, derivative=lambda x: x, x=(3, 5), examples=10)

    @gradient_test(x=(0, 5), examples=10)
    def softplus(x):
        return ag.log(1 + ag.exp(x))

def test_else():
    assert cubic(2.0) == 8.0
"""
NAMES = ["TestMine::softplus", "TestMine::wrong", "cubic", "limited", "wrong"]


def table(result: pytest.RunResult) -> list[list[str]]:
    """The rows below the titles of the table."""
    start = next(i for i, line in enumerate(result.outlines) if "= gradient tests =" in line)
    assert result.outlines[start + 1].split() == ["test", "points", "verdicts", "digits", "seconds"]
    rest = result.outlines[start + 2 :]
    return [line.split() for line in rest[: next(i for i, x in enumerate(rest) if x[:1] == "=")]]


@pytest.mark.parametrize("workers", [0, 2])
def test_gradient_tests_collect_by_any_name_and_are_told_in_a_table(
    pytester: pytest.Pytester, workers: int
) -> None:
    pytester.makepyfile(test_mine=TESTS)
    result = pytester.runpytest_subprocess(
        "-W", "error", *(["-n", str(workers)] if workers else [])
    )
    result.assert_outcomes(passed=4, failed=2)
    rows = table(result)
    (note,) = [row for row in rows if row[0] == "never"]
    assert " ".join(note) == "never reached: line 8 (else of if x < 9)"
    assert rows[rows.index(note) - 1][0] == "test_mine.py::limited"
    rows.remove(note)
    assert [row[0] for row in rows] == [f"test_mine.py::{name}" for name in NAMES]
    right, off, *_ = rows
    assert (right[1], right[2:4]) == ("10", ["10", "right"])
    assert 3 < float(right[4]) <= 16
    assert float(right[5]) >= 0
    assert "wrong" in off
    told = result.stdout.str()
    for at, name in (("2.0", "test_mine.wrong"), ("4.0", "test_mine.TestMine.wrong")):
        assert f"cube fails at x={at}" in told
        assert f"    ag.gradcheck(cube, {at}, derivative=lambda x: x)\n" in told
        assert f"Its graph is drawn in .chainrule/{name}.svg" in told.replace("\\", "/")
        assert (pytester.path / f".chainrule/{name}.svg").exists()


def test_there_is_no_table_of_nothing_and_none_without_the_plugin(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_mine=TESTS)
    for without in (["-k", "else"], ["-p", "no:chainrule"], ["--no-summary"]):
        result = pytester.runpytest("-W", "error", *without)
        assert "gradient tests" not in result.stdout.str()
        assert result.ret == (0 if "else" in without else 1)
    assert pytester.runpytest("-p", "no:terminal").ret == 1


def test_summaries_are_properties_of_reports(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine=TESTS)
    pytester.runpytest("--junitxml", "told.xml", "-k", "cubic")
    (told,) = ElementTree.parse(pytester.path / "told.xml").iter("property")
    assert told.get("name") == "gradient_test"
    assert json.loads(told.get("value") or "")["verdicts"] == {"right": 10}


SEEDED = """
from autograd.testing import gradient_test

seen = []

def square(x):
    return x * x

def slope(x):
    seen.append(x)
    return 2 * x

one = gradient_test(square, derivative=slope, x=(0, 5), examples=10)
own = gradient_test(square, derivative=slope, x=(0, 5), examples=10, seed=5, seconds=100)

def test_options(request):
    searches = one.search, own.search
    print([(s.seed, s.seconds) for s in searches], [s.summary.points for s in searches], sum(seen))
"""


def test_seed_and_time_are_given_to_the_tests_that_have_none(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine=SEEDED)

    def printed(*options: str) -> str:
        told = pytester.runpytest("-s", "-p", "no:cacheprovider", *options).stdout.str()
        return next(line for line in told.splitlines() if "[(" in line).partition("[")[2]

    seven = printed("--gradcheck-seed", "7")
    assert seven.startswith("(7, None), (5, 100)]")
    assert printed("--gradcheck-seed", "7") == seven != printed("--gradcheck-seed", "8")
    assert printed("--gradcheck-time", "1e-9").startswith("(None, 1e-09), (5, 100)] [1, ")
    assert printed().startswith("(None, None), (5, 100)] [10, ")
    refused = pytester.runpytest("--gradcheck-time", "0")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines("ERROR: --gradcheck-time: got 0; it must be above 0")


def test_pytest_starts_without_our_packages(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing(request):
            assert request.config.pluginmanager.hasplugin("chainrule")
            assert not {"autograd", "nn", "numpy", "hypothesis"} & {*sys.modules}
        """
    )
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_the_plugin_imports_what_pytest_has_imported() -> None:
    import pytest_chainrule

    own = {name for name, x in vars(pytest_chainrule).items() if type(x) is type(sys)}
    assert {name for name in own if "@" not in name} == {"json", "re", "pytest"}
    assert len(Path(pytest_chainrule.__file__).read_text().splitlines()) < 120
