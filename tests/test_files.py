"""Files are written whole, whoever else writes, reads, interrupts or stands in the way."""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import autograd as ag
import nn
from autograd import files

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes, links and pipes of POSIX")


def save_bytes(path: Path) -> None:
    files.write(path, b"new")


def save_model(path: Path) -> None:
    nn.save(nn.Linear(2, 1), path)


def save_drawing(path: Path) -> None:
    ag.draw(ag.Value(1.0, name="x") * 2).save(path)


def train(path: Path, resume: bool = False) -> None:
    model = nn.Linear(1, 1)
    options = {"optimizer": nn.SGD(model.parameters(), lr=0.1), "batch_size": 1, "epochs": 1}
    nn.fit(model, [[1.0]], [[1.0]], loss=nn.mse, resume=resume, checkpoint=path, **options)


WRITERS = pytest.mark.parametrize("writer", [save_bytes, save_model, save_drawing, train])
Writer = Callable[[Path], None]


def test_threads_that_write_one_file_lose_nothing(tmp_path: Path) -> None:
    path, problems, stop = tmp_path / "file", [], threading.Event()
    contents = [bytes([k]) * (20_000 + k) for k in range(4)]
    files.write(path, contents[0])

    def writing(data: bytes) -> None:
        for _ in range(30):
            try:
                files.write(path, data)
            except OSError as error:
                problems.append(error)

    def reading() -> None:
        while not stop.is_set():
            if (found := path.read_bytes()) not in contents:
                problems.append(AssertionError(f"a part of {len(found)} bytes"))

    def cleaning() -> None:
        while not stop.is_set():
            files.clean(path)

    writers = [threading.Thread(target=writing, args=(data,)) for data in contents]
    others = [threading.Thread(target=f) for f in (reading, cleaning)]
    for thread in [*writers, *others]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in others:
        thread.join()
    assert not problems
    assert os.listdir(tmp_path) == ["file"]


def test_processes_that_write_one_file_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model"
    program = "import sys, nn\nfor _ in range(20): nn.save(nn.Linear(50, 50), sys.argv[1])\n"
    running = [subprocess.Popen([sys.executable, "-c", program, str(path)]) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    nn.load(nn.Linear(50, 50), path)
    assert os.listdir(tmp_path) == ["model"]


@WRITERS
def test_modes_and_links_stay(writer: Writer, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    real, link = tmp_path / "inner" / "real.svg", tmp_path / "link.svg"
    link.symlink_to(real)
    old = os.umask(0o027)
    try:
        writer(link)  # a link to nothing yet
        assert stat.S_IMODE(real.stat().st_mode) == 0o640
        for mode in (0o600, 0o644, 0o666):
            real.write_text("old")
            real.chmod(mode)
            writer(link)
            assert link.is_symlink()
            assert stat.S_IMODE(real.stat().st_mode) == mode
            assert real.read_bytes() not in (b"", b"old")
    finally:
        os.umask(old)
    assert os.listdir(tmp_path / "inner") == ["real.svg"]


@WRITERS
def test_what_is_no_regular_file_is_refused_and_stays(writer: Writer, tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe.svg", tmp_path / "folder.svg"
    os.mkfifo(pipe)
    folder.mkdir()
    with pytest.raises(OSError, match="not a regular file"):
        writer(pipe)
    with pytest.raises(IsADirectoryError):
        writer(folder)
    assert pipe.is_fifo()
    assert sorted(os.listdir(tmp_path)) == ["folder.svg", "pipe.svg"]


def test_models_are_read_from_regular_files_only(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(OSError, match=r"^load: can't read .*: it is a device, a pipe"):
            nn.load(nn.Linear(2, 1), path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        files.write(path, b"new")
    assert path.read_text() == "old"


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_an_interrupt_leaves_no_litter(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write(path, b"new")
    assert os.listdir(tmp_path) == ["file"]
    assert path.read_text() == "old"


def test_temporary_names_cannot_be_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (seen.append(Path(a).name), replace(a, b)))
    for name in ("file", "file", "é" * 120):
        files.write(tmp_path / name, b"")
    assert len(set(seen)) == 3
    assert all(re.fullmatch(r"\.(file|é{50})\.[0-9a-f]{16}\.tmp", name) for name in seen)


def test_what_a_killed_program_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "run"
    kept = ["run", ".run.tmp", ".run.0123456789abcdef.tmp.old", ".other.0123456789abcdef.tmp"]
    for name in [*kept, ".run.0123456789abcdef.tmp"]:
        (tmp_path / name).write_text("half")
    files.clean(path)
    assert sorted(os.listdir(tmp_path)) == sorted(kept)
    files.clean(tmp_path / "none" / "run")


def test_drawings_may_shout(tmp_path: Path) -> None:
    for ending in (".SVG", ".Html", ".DOT", ".txt"):
        save_drawing(tmp_path / f"x{ending}")
    for name in ("x.gif", "x", "x.svg.partial"):
        with pytest.raises(ValueError, match=r"the name must end in \.svg, "):
            save_drawing(tmp_path / name)
    (tmp_path / "x.svg.partial").write_text("somebody's own")
    save_drawing(tmp_path / "x.svg")
    assert (tmp_path / "x.svg.partial").read_text() == "somebody's own"


def forged(texts: str, header: dict[str, Any] | None = None, raw: bytes | None = None) -> bytes:
    """A file whose checksum is right, with other texts."""
    start = b'{"__metadata__":{"chainrule":"{\\"sha256\\": \\"'
    rest = json.dumps(texts)[1:-1].encode() + b'"}'
    tail = b"" if header is None else b"," + json.dumps(header)[1:-1].encode()
    inner = start + b"0" * 64 + rest + tail + b"}" if raw is None else raw
    data = len(inner).to_bytes(8, "little") + inner
    digest = hashlib.sha256(data).hexdigest().encode()
    return data.replace(b"0" * 64, digest, 1)


FORGED = {
    "deep state": forged('", "format": "chainrule model 1", "state": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    "deep texts": forged('", "format": ' + '{"a":' * 100_000 + "1" + "}" * 100_001),
    "no format": forged('"}'),
    "no JSON": forged('", "format": '),
    "huge": forged('", "format": "chainrule model 1", "state": null}', {"W": {"dtype": "F64", "shape": [2**40], "data_offsets": [0, 2**43]}}),
    "wrong type": forged('", "format": "chainrule model 1", "state": null}', {"W": {"dtype": "Q7", "shape": [], "data_offsets": [0, 8]}}),
    "deep header": forged("", raw=b'{"__metadata__":{"chainrule":"{\\"sha256\\": \\"' + b"0" * 64 + b'\\"}"},"W":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "list": forged('", "format": ["chainrule model 1"], "state": null}'),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORGED)
def test_forged_files_are_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "forged"
    path.write_bytes(FORGED[kind])
    with pytest.raises(ValueError, match=r"^load: ") as caught:
        nn.load(nn.Linear(2, 1), path)
    assert "damaged" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 500
    with pytest.raises(ValueError, match=r"^fit: "):
        train(path, resume=True)


@pytest.mark.parametrize(
    "name", ["a\ud800b", "a\x00b", "a\x1b[0m", "a\nb", "<&>\"'", "\ufffe", "a\x85b"]
)
def test_pictures_are_well_formed_whatever_names_are(name: str, tmp_path: Path) -> None:
    def f(x: Any) -> Any:
        with ag.scope(name):
            return x * ag.Value(2.0, name=name)

    f.__name__ = name
    for drawing in (ag.draw(f(ag.Value(1.0, name=name))), ag.draw(f, 1.0)):
        for ending in (".svg", ".html", ".dot", ".txt"):
            drawing.save(tmp_path / f"x{ending}")
        ElementTree.fromstring((tmp_path / "x.svg").read_text(encoding="utf-8"))
        assert str(drawing).encode()
    node = f(ag.Value(1.0, name=name))
    explained = ag.explain(node)
    assert f"{explained}{explained.latex}".encode()
