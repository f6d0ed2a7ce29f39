"""The command line."""

import subprocess
import sys

import pytest

import autograd as ag
from autograd.__main__ import main


def test_it_says_its_version_and_its_engine(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(
        f"chainrule {ag.__version__} (core: {ag.core}, Python"
    )


def test_without_a_word_it_says_what_it_can() -> None:
    command = [sys.executable, "-m", "autograd"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.startswith("usage: chainrule")
    assert not found.stderr


def test_what_it_does_not_know_it_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--nonsense"])
    assert ended.value.code == 2
    assert "--nonsense" in capsys.readouterr().err
