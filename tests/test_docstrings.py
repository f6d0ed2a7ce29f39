"""The docstrings of all modules: their examples are run, and print what stands below."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

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
    failed, _ = doctest.testmod(found)
    assert failed == 0
