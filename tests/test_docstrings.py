"""The docstrings of all modules: their examples are run, and print what stands below."""

import doctest
import importlib
import inspect
import linecache
import pkgutil
from unittest import mock

import pytest
from hypothesis import Phase, settings

import autograd
import nn


def _modules() -> list[str]:
    found = [autograd.__name__, nn.__name__]
    for package in (autograd, nn):
        found += [m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return found


@pytest.mark.parametrize("module", _modules())
def test_docstrings(module: str) -> None:
    found = importlib.import_module(module)
    for each in [*vars(found).values()]:
        inspect.unwrap(each) if callable(each) else None  # what is imported later adds to the names
    profile = settings()
    # Hypothesis would try for long what else of an example that it found may be as it likes
    settings.register_profile("found", profile, phases=[*{*Phase} - {Phase.explain}])
    settings.load_profile("found")
    try:
        # The debugger of each example would look at every file that was ever read
        with mock.patch.object(linecache, "checkcache"):
            failed, _ = doctest.testmod(found)
    finally:
        settings.register_profile("before", profile)
        settings.load_profile("before")
    assert failed == 0
