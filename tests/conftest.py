"""Hypothesis profiles, the order of the files, and a table of rows that every test finds as it was.

`dev` looks for new failures, `ci` always tries the same examples, `quick` a few of them, and
`thorough` (`make test PROFILE=thorough`) looks forty times as long as `dev`.
"""

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import settings

from autograd.rules.elementary import TABLE

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("quick", max_examples=20, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is there already: thousands of tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Rows that a test adds, such as those of examples in docs, are not there for the next."""
    before = len(TABLE)
    result = yield
    for name in [*TABLE][before:]:
        del TABLE[name]
    return result
