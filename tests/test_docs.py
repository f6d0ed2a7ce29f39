"""The README and docs: all code is run, in order, and prints what stands below; nothing is missing.

A training of 30 epochs is cut to one.
"""

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import autograd as ag
import nn
from demos.playgrounds import pages as playgrounds

ROOT = Path(__file__).parent.parent
SHOWN = re.compile(r"\]\(([\w/]+\.svg|\w+\.html)\)")
sys.path.insert(0, str(ROOT / "docs"))

import public  # noqa: E402  # after the path
from blocks import Block, blocks  # noqa: E402

sys.path.remove(str(ROOT / "docs"))


def pages() -> list[Path]:
    return [
        page
        for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
        if any(blocks(page.read_text()))
    ]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_code_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page.read_text()):
        place = f"{page.name}, line {block.line}"
        short = block._replace(code=block.code.replace("epochs=30", "epochs=1"))
        assert short.run(names, place) == block.expected, place
    for name in SHOWN.findall(page.read_text()):
        made, kept = tmp_path / name, page.parent / name
        assert made.exists() or kept.exists(), name
        if made.exists() and kept.exists():
            assert made.read_text("utf-8") == kept.read_text("utf-8"), name


def test_the_one_picture_that_is_kept_is_of_the_readme_and_drawn_by_the_first_page() -> None:
    kept = {p for end in ("svg", "png", "html") for p in (ROOT / "docs").rglob(f"*.{end}")}
    assert kept == {ROOT / "docs/neuron.svg"}
    assert "(docs/neuron.svg)" in (ROOT / "README.md").read_text()
    assert '.save("neuron.svg")' in (ROOT / "docs/index.md").read_text()


def test_what_is_wrong_is_found() -> None:
    assert "Expected:\n    3\nGot:\n    2\n" in Block("pycon", ">>> 1 + 1\n3\n", 1, "").run({}, "")
    assert Block("python", "print(1 + 1)\n", 1, "").run({}, "") == "2\n"
    text = "```python\nx = 1\n```\n```text\n1\n```\n\n```pycon\n>>> x\n1\n```\n"
    assert [*blocks(text)] == [
        Block("python", "x = 1\n", 1, "1\n"),
        Block("pycon", ">>> x\n1\n", 8, ""),
    ]
    assert not any(blocks("```python\nimport numpy as np, torch\n```\n"))
    assert any(blocks("```python\nimport numpy as np\nfrom autograd import Value\n```\n"))


MODULES = (
    "autograd autograd.fft autograd.linalg autograd.testing nn nn.activations nn.init nn.schedules"
)


@pytest.mark.parametrize("module", MODULES.split())
def test_the_reference_has_every_public_name_once(module: str) -> None:
    """Where one is missing, name it on a page of docs/reference."""
    entries = [name for of, name in public.documented() if of == module]
    assert Counter(entries) == Counter(public.public(module))


def test_the_reference_is_of_both_packages() -> None:
    known = {module for module, _ in public.documented()}
    assert {*MODULES.split()} <= known
    assert {name for of, name in public.documented() if of == "autograd"} == {*ag.__all__}
    assert {name for of, name in public.documented() if of == "nn"} == {*nn.__all__}


def test_every_page_is_in_the_contents() -> None:
    docs = ROOT / "docs"
    listed = {"index"}
    for page in docs.rglob("*.md"):
        for part in page.read_text().split("```{toctree}\n")[1:]:
            lines = [line for line in part.split("```")[0].splitlines() if line and line[0] != ":"]
            listed |= {(page.parent / line).relative_to(docs).as_posix() for line in lines}
    assert listed == {p.relative_to(docs).with_suffix("").as_posix() for p in docs.rglob("*.md")}


def test_the_readme_fits_in_two_hundred_lines_and_all_of_it_is_in_its_contents() -> None:
    readme = (ROOT / "README.md").read_text()
    assert readme.count("\n") <= 200
    titles = re.findall(r"^## (.+)$", readme, re.M)
    anchors = [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles]
    assert re.findall(r"\(#([\w-]+)\)", readme) == anchors[2:]  # Two commands, Contents


def test_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        for link in re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", page.read_text()):
            assert (page.parent / link).exists(), (page.name, link)


def test_the_commands_of_the_readme_are_those_of_ci() -> None:
    readme, ci = (ROOT / "README.md").read_text(), (ROOT / ".ci/run").read_text()
    make = (ROOT / "Makefile").read_text()
    assert re.findall(r"^(make \w+)  ", readme, re.M) == ["make demo", "make test"]
    assert re.search(r"^make test$", ci, re.M)
    assert re.search(r"^demo: ", make, re.M)


def test_the_docs_link_every_playground() -> None:
    pages = "".join(page.read_text() for page in (ROOT / "docs").rglob("*.md"))
    assert {*re.findall(r"\((?:\.\./)?playgrounds/(\w+)\.html\)", pages)} == {*playgrounds.NAMES}
