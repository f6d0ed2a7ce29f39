"""The attacks, each for a moment, in processes of their own: a wrong step in C ends a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks import ATTACKS

pytestmark = pytest.mark.both


@pytest.mark.parametrize("name", ATTACKS)
def test_it_withstands(name: str) -> None:
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.attacks", "--short", name],
        cwd=Path(__file__).parents[1],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert found.returncode == 0, found.stderr[-3000:]
    assert f"{name}: withstood" in found.stdout
