"""Hypothesis profiles: `dev` looks for new failures, `ci` always tries the same examples,
`quick` a few of them, and `thorough` (`make test PROFILE=thorough`) looks twenty times as long as `dev`.
"""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from autograd.rules.elementary import TABLE

settings.register_profile("dev", max_examples=100, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("quick", max_examples=20, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is there already: thousands of tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def table_as_it_was() -> Iterator[None]:
    """Rows that a test adds, such as those of examples in docs, are not there for the next."""
    before = set(TABLE)
    yield
    for name in set(TABLE) - before:
        del TABLE[name]
