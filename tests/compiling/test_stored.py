"""Machine code in a folder: another process takes it, and nothing that is not whole."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.compiling import llvm
from autograd.compiling.stored import Store, folder_of

lack = llvm.lacks()
needed = pytest.mark.skipif(lack is not None, reason=f"LLVM can't run: {lack}")


def loss(x: Any) -> Any:
    return ag.tanh(x[0] * x[1]) + x[1] ** 2 if x[0] > 0 else x[0] - x[1]


def made(folder: Any) -> Any:
    """A function that was not compiled before, with its results for one row and for many."""
    compiled = ag.compile(ag.value_and_grad(loss), "llvm", wait=True, cache=folder)
    one = compiled([0.5, 2.0]), compiled([-0.5, 2.0])
    many = compiled.rows(np.array([[0.5, 2.0], [-0.5, 2.0]]), exact=False)
    assert {row.machine for row in compiled.report().programs} == {"llvm"}
    return repr((one, many))


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What LLVM compiles from now on, with a compiler of its own."""
    llvm._made.cache_clear()
    compiler, found = llvm._compiler(), list[bytes]()

    class Target:
        def __init__(self, target: Any) -> None:
            self.target = target

        def emit_object(self, module: Any) -> bytes:
            found.append(self.target.emit_object(module))
            return found[-1]

    monkeypatch.setattr(compiler, "_target", Target(compiler._target))
    return found


@needed
def test_code_is_compiled_once(tmp_path: Path, compilations: list[bytes]) -> None:
    folder = tmp_path / "of" / "code"
    expected = made(None)
    without = len(compilations)
    compilations.clear()
    assert made(folder) == expected
    stored = len(compilations)
    assert 0 < stored <= without
    assert made(str(folder)) == expected
    assert len(compilations) == stored, "all of it was there"
    assert len([*folder.iterdir()]) == stored, "and nothing else"


@needed
@pytest.mark.parametrize("harm", ["empty", "short", "long", "other", "gone", "folder"])
def test_code_that_is_not_whole_is_compiled_anew(
    tmp_path: Path, compilations: list[bytes], harm: str
) -> None:
    expected, first = made(tmp_path), len(compilations)
    for file in tmp_path.iterdir():
        code = file.read_bytes()
        if harm in ("gone", "folder"):
            file.unlink()
            if harm == "folder":
                file.mkdir()
            continue
        file.write_bytes({
            "empty": b"", "short": code[:-1], "long": code + b"\0",
            "other": code[:40] + bytes([code[40] ^ 1]) + code[41:],
        }[harm])  # fmt: skip
    assert made(tmp_path) == expected
    assert len(compilations) == 2 * first or harm == "folder", "where nothing can be written"
    compilations.clear()
    assert made(tmp_path) == expected
    assert bool(compilations) == (harm == "folder"), "or it was mended"
    assert not [x for x in tmp_path.iterdir() if x.suffix != ".code"]


@needed
def test_code_for_another_processor_is_not_taken(tmp_path: Path, compilations: list[bytes]) -> None:
    expected, first = made(tmp_path), len(compilations)
    compiler = llvm._compiler()
    compiler._target_text += " and more"
    try:
        assert made(tmp_path) == expected
    finally:
        llvm._made.cache_clear()
    assert len(compilations) == 2 * first


class Bytes(os.PathLike[bytes]):
    def __fspath__(self) -> bytes:
        return b"x"


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    for wrong in (3, b"x", "", True, ["x"], Bytes()):
        with pytest.raises(TypeError, match="needs the path of a folder"):
            ag.compile(loss, cache=wrong)  # type: ignore[arg-type]
    file = tmp_path / "file"
    file.touch()
    for path in (file, file / "inside", "a\0b"):
        with pytest.raises(OSError, match="can't be a folder"):
            ag.compile(loss, cache=path)


def test_a_folder_that_goes_away_is_no_error(tmp_path: Path) -> None:
    store = Store(folder_of(tmp_path / "folder"))
    store.keep("a", b"code")
    assert store.found("a") == b"code"
    for file in (tmp_path / "folder").iterdir():
        file.unlink()
    os.rmdir(tmp_path / "folder")
    assert store.found("a") is None
    store.keep("a", b"code")
    assert store.found("a") is None


def test_an_interrupt_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        Store(str(tmp_path)).keep("a", b"code")
    assert not [*tmp_path.iterdir()]


def test_a_folder_stays_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For pickles and for what is made of the function, too."""
    monkeypatch.chdir(tmp_path)
    compiled = ag.compile(ag.grad(loss), cache="folder")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    again = pickle.loads(pickle.dumps(compiled))
    assert again._options == compiled._options
    assert again([0.5, 2.0]) == ag.grad(loss)([0.5, 2.0])
    square = ag.vectorize(ag.compile(lambda x: x * x, cache=tmp_path / "folder"))
    assert ag.grad(lambda x: ag.sum(square(x)))(np.ones(3)).tolist() == [2.0] * 3
    assert not [*(tmp_path / "elsewhere").iterdir()]
