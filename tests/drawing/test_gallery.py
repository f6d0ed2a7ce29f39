"""The gallery in docs/ is what its script makes."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_gallery_is_current() -> None:
    code = "import json, make_gallery; print(json.dumps(make_gallery.files()))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=DOCS, capture_output=True, text=True, check=True)
    files = json.loads(done.stdout)
    assert set(files) == {"gallery.md", *(f"gallery/{p.name}" for p in DOCS.glob("gallery/*"))}
    for name, text in files.items():
        assert (DOCS / name).read_text("utf-8") == text, f"{name}: run docs/make_gallery.py"
        if name.endswith(".svg"):
            ET.fromstring(text)
            assert len(text) < 60_000
            assert f"]({name})" in files["gallery.md"]
