"""Hypothesis profiles, the order of the files, and a table of rows that every test finds as it was.

`dev` looks for new failures, `ci` always tries the same examples, `quick` a few of them, and
`thorough` (`make test PROFILE=thorough`) looks forty times as long as `dev`. The twin is given less
than half as many: both engines run the same tests, and test_twins.py holds their bits together.
"""

import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.joined import joined, rows_as_they_were

SOME = 20 if os.environ.get("CHAINRULE_PURE_PYTHON") == "1" else 50

settings.register_profile("dev", max_examples=SOME, deadline=None)
settings.register_profile("ci", max_examples=SOME, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("quick", max_examples=20, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


LONGEST = """
test_gradient_test test_write_tests test_mutation test_demos test_tensor_properties test_arrays
test_verdicts test_docs test_architecture test_demos_notes test_scatter test_numpy_signatures
test_strategies test_explaining test_gradients test_plugin test_array_forms test_core test_attack
test_ops test_linalg_functions test_layout test_accuracy test_benchmark_functions test_compiled
test_metrics test_precise test_nary test_llvm_rows test_subjects test_checkpoint test_docstrings
""".split()
"""Files that take a worker more than a few seconds."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files alone that have none of the tests asked for: to import them takes seconds."""
    asked, is_test = str(config.option.markexpr), collection_path.name.startswith("test_")
    left_out = (
        asked.startswith("both") and is_test and "mark.both" not in collection_path.read_text()
    )
    return True if left_out else None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the cases of a test be one test."""
    parser.addoption("--joined", action="store_true", help="run all cases of a test as one")


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Have no garbage looked for while tests are collected, which all stay."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that take long come first: workers, which get one file after another, end together."""
    if config.option.joined:
        items[:] = joined(items)
    rank = {name: k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is there already: thousands of tests.

    It comes when there are more new objects than for a user, whose program has no such tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Every test finds the rows as they are."""
    with rows_as_they_were():
        return (yield)
