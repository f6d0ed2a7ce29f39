"""Drawings as PNG and PDF."""

import io
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd as ag
from autograd import Value
from autograd.drawing import rendered
from autograd.drawing.palette import LIGHT

image: Any = pytest.importorskip("matplotlib.image")
DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))

from blocks import blocks  # noqa: E402  # after the path

sys.path.remove(str(DOCS))


def product() -> ag.Drawing:
    x = Value(2.0, name="<b>x & 漢 $y$</b>")
    y = x * 3.0
    y.backward()
    return ag.draw(y)


def test_a_png_has_the_size_and_the_colours_of_the_picture(tmp_path: Path) -> None:
    drawing = product()
    pixels = image.imread(drawing.save(tmp_path / "x.PNG"))
    root = ElementTree.fromstring(drawing.svg)
    width, height = (2 * int(root.attrib[side]) for side in ("width", "height"))
    assert pixels.shape == (pytest.approx(height, abs=2), pytest.approx(width, abs=2), 4)
    assert (pixels[..., 3] == 1).all(), "nothing shines through"
    cell = next(e for e in root.iter() if e.get("class") == "pos5")
    corners = np.array([each.split(",") for each in cell.attrib["points"].split()], float) + 4
    x, y = corners[:, 0].max() - 2, corners[:, 1].mean()
    scale = pixels.shape[1] / float(root.attrib["viewBox"].split()[2])
    colour = "#" + "".join(
        f"{round(255 * c):02x}" for c in pixels[int(y * scale), int(x * scale), :3]
    )
    assert colour == LIGHT["pos5"]


def test_a_pdf_is_one_page_and_the_same_bytes_again(tmp_path: Path) -> None:
    first, again = (product().save(tmp_path / f"{i}.pdf").read_bytes() for i in range(2))
    assert first.startswith(b"%PDF-")
    assert b"/Count 1" in first
    assert first == again
    assert b"CreationDate" not in first


def test_every_picture_of_the_gallery_can_be_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of its elements are known, and all of its shapes have places and colours."""
    names: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    for block in blocks((DOCS / "gallery.md").read_text()):
        block.run(names, "gallery")
    files = sorted(tmp_path.glob("*.svg"))
    assert len(files) > 8
    for file in files:
        root = ElementTree.fromstring(file.read_text("utf-8"))
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        assert width < 1_100, file.name  # so that letters have 9 pixels where a page has 900
        assert file.stat().st_size < 60_000, file.name
        texts = 0
        for path, style in rendered._shapes(
            root, (), {"fill": "?", "stroke": "?"}, rendered._Styles(root)
        ):
            assert style["fill"] != "?"
            assert style["stroke"] != "?"
            assert path.vertices.min() >= 0
            assert (path.vertices.max(0) <= (width, height)).all()
            texts += style["stroke"] == "none"
        assert texts == sum(e.tag.endswith("text") for e in root.iter())


def test_large_pictures_keep_to_what_files_can_have() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90000" width="90" height="90000"/>'
    )
    pixels = image.imread(io.BytesIO(rendered.rendered(svg, "png")))
    assert pixels.shape[:2] == (rendered.LONGEST, 30)
    assert b"14400" in rendered.rendered(svg, "pdf")


def test_without_matplotlib_a_line_names_it_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    for ending in ("png", "pdf"):
        with pytest.raises(
            ImportError, match=rf"^save: \.{ending} needs matplotlib, .*chainrule\[plot\]$"
        ):
            product().save(tmp_path / f"x.{ending}")
    assert not list(tmp_path.iterdir())
