"""The command that makes the playgrounds. tests/browser plays with them."""

from pathlib import Path

import pytest

from demos.playgrounds.__main__ import main
from demos.playgrounds.pages import NAMES, html


def test_one_command_makes_all_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "pages"
    assert main([str(folder)]) == 0
    assert sorted(path.stem for path in folder.iterdir()) == sorted(NAMES)
    assert capsys.readouterr().out.count("\n") == len(NAMES)
    for path in folder.iterdir():
        text = path.read_text("utf-8")
        assert text.startswith("<!doctype html>")
        assert len(text) < 100_000
        assert "http://www.w3.org/2000/svg" in text
        assert text.count("http") == text.count("http://www.w3.org/2000/svg") + text.count(
            "http-equiv"
        )


def test_an_expression_is_among_the_choices() -> None:
    assert '"x * sin(1 / x)": (' in html("taylor", ["x * sin(1 / x)"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sigmoid"], "got 'sigmoid'; there are neuron, "),
        (["taylor", "--expression", "x * y"], "got 'x * y' of x, y; it needs x alone"),
        (["taylor", "--expression", "__import__('os')"], "__import__"),
        (["steps", "--expression", "</script>"], "expression"),
    ],
)
def test_what_can_not_be_made_is_said_in_a_line_and_nothing_is_written(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "pages"), *arguments]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert words in told.err
    assert not (tmp_path / "pages").exists()


def test_a_folder_that_can_not_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path / "file"), "steps"]) == 2
    assert "file" in capsys.readouterr().err
