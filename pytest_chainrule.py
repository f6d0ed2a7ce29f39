"""Plugin of pytest: options for gradient tests, and a table of them at the end of a run.

It stands outside the packages and imports none, as that takes longer than pytest takes to start.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import Any

import pytest

KEY = "gradient_test"
"""Name of the property of a report that holds the summary of a gradient test."""
TITLES = ["test", "points", "verdicts", "digits", "seconds"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("chainrule", "gradient tests (chainrule)")
    group.addoption(
        "--gradcheck-seed", type=int, metavar="N", help="seed of gradient tests that have none"
    )
    group.addoption(
        "--gradcheck-time",
        type=float,
        metavar="SECONDS",
        help="end the search of a gradient test that has no time of its own after so long",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a time that is none."""
    seconds = config.getoption("--gradcheck-time")
    if seconds is not None and not seconds > 0:
        raise pytest.UsageError(f"--gradcheck-time: got {seconds:g}; it must be above 0")


def _search(item: pytest.Item) -> Any:
    """Return the search that a test runs, if it is a gradient test."""
    search = getattr(getattr(item, "function", None), "search", None)
    return search if type(search).__module__ == "autograd.testing.running" else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give a gradient test the options, where it has none, and a name for its drawing."""
    if search := _search(item):
        seed, seconds = map(item.config.getoption, ("--gradcheck-seed", "--gradcheck-time"))
        search.seed = seed if search.seed is None else search.seed
        search.seconds = seconds if search.seconds is None else search.seconds
        names = [item.path.stem, *item.nodeid.split("::")[1:]]
        search.title = re.sub(r"[^\w.\[\]-]", "_", ".".join(names))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the summary to the properties, which go to xdist's controller and into JUnit's file."""
    search = _search(item) if call.when == "call" else None
    if search and search.summary:
        item.user_properties.append((KEY, json.dumps(search.summary.to_dict())))
    return (yield)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, if there were gradient tests."""
    found = {
        report.nodeid: json.loads(text)
        for reports in terminalreporter.stats.values()
        for report in reports
        for key, text in getattr(report, "user_properties", ())
        if key == KEY
    }
    if not found or terminalreporter.config.getoption("no_summary"):
        return
    rows = [TITLES, *([nodeid, *_columns(found[nodeid])] for nodeid in sorted(found))]
    widths = [max(map(len, column)) for column in zip(*rows)]
    terminalreporter.section("gradient tests")
    for row in rows:
        cells = [f"{x:{side}{w}}" for x, side, w in zip(row, "<><>>", widths)]
        terminalreporter.line("  ".join(cells))
        for text in found[row[0]]["never_reached"] if row[0] in found else ():
            terminalreporter.line(f"    never reached: {text}")


def _columns(summary: dict[str, Any]) -> list[str]:
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in summary["verdicts"].items())
    digits = "" if summary["digits"] is None else f"{summary['digits']:.1f}"
    return [str(summary["points"]), verdicts, digits, f"{summary['seconds']:.2f}"]
