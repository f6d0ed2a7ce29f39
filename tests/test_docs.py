"""The code in the README and in docs: every block is run, in order, and prints what stands below.

A block of `pycon` is a doctest; one of `python` is run as it is, and compared with the block of
`text` right below, if there is one. The blocks of a page share their names. Left out are programs
of other packages and processes, and the README's training is cut to one epoch.
"""

import doctest
import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(pycon|python)\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.M | re.S)
FOREIGN = re.compile(
    r"^(?:import|from) .*\b(?:torch|jax|micrograd|autograd\.numpy|subprocess)\b", re.M
)
OPTIONS = doctest.ELLIPSIS


def pages() -> list[Path]:
    return [
        p
        for p in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
        if BLOCK.search(p.read_text())
    ]


def run(language: str, code: str, names: dict[str, Any], place: str) -> str:
    """What a block prints; of doctests, what is wrong."""
    with redirect_stdout(io.StringIO()) as out:
        if language == "pycon":
            test = doctest.DocTestParser().get_doctest(code, names, place, None, 0)
            doctest.DocTestRunner(optionflags=OPTIONS).run(test, clear_globs=False)
            names.update(test.globs)
        else:
            exec(compile(code, place, "exec"), names)
    return out.getvalue()


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_the_code_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text, names = page.read_text(), dict[str, Any](__name__="page")
    blocks = [match for match in BLOCK.finditer(text) if not FOREIGN.search(match[2])]
    assert blocks
    for match in blocks:
        language, code, expected = match.groups()
        place = f"{page.name}, line {text[: match.start()].count(chr(10)) + 1}"
        printed = run(language, code.replace("epochs=30", "epochs=1"), names, place)
        assert printed == (expected or ""), place


def test_what_is_wrong_is_found() -> None:
    assert "Expected:\n    3\nGot:\n    2\n" in run("pycon", ">>> 1 + 1\n3\n", {}, "here")
    assert run("python", "print(1 + 1)\n", {}, "here") == "2\n"
    found = BLOCK.findall("```python\nx = 1\n```\n```text\n1\n```\n\n```pycon\n>>> x\n1\n```\n")
    assert found == [("python", "x = 1\n", "1\n"), ("pycon", ">>> x\n1\n", "")]
    assert FOREIGN.search("import numpy as np, torch\n")
    assert not FOREIGN.search("import numpy as np\nfrom autograd import Value\n")
