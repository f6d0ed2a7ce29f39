"""The attacks, each for a moment, in a process of their own: a wrong step in C ends it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks import ATTACKS

pytestmark = [pytest.mark.both, pytest.mark.once]  # of the twin: make attack


@pytest.fixture(scope="module")
def attacked() -> subprocess.CompletedProcess[str]:
    """All of them, in one process."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.attacks", "--short"],
        cwd=Path(__file__).parents[1], env=os.environ, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_it_withstands(name: str, attacked: subprocess.CompletedProcess[str]) -> None:
    assert f"{name}: withstood" in attacked.stdout, attacked.stderr[-3000:]
    assert attacked.returncode == 0, attacked.stderr[-3000:]
