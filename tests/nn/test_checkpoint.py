"""Models in files, and trainings that are killed and resumed.

CHAINRULE_KILLS says how many trainings are killed at random moments, 3 if it does not.
"""

import errno
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value
from nn.checkpoint import load, save
from nn.data import Batches

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CHAINRULE_KILLS", "2"))
X = np.random.default_rng(0).normal(size=(20, 3))
LABELS = (X.sum(1) > 0).astype(int)


class Everything(nn.Module):
    """Tensors of several types, Values, and buffers."""

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.single = nn.Linear(3, 4, rng=rng, dtype=np.float32)
        self.norm = nn.BatchNorm(4)
        self.norm.running_mean = rng.normal(size=4)
        self.parts = [Value(rng.normal()), {"b": Tensor(rng.normal(size=(2, 0, 3)))}]
        self.turned = Tensor(rng.normal(size=(3, 2)).T)


def state(model: nn.Module) -> dict[str, tuple[str, Any]]:
    return {name: (str(x.dtype), x.tolist()) for name, x in model.state_dict().items()}


def written(folder: Path, model: nn.Module) -> bytes:
    save(model, folder / "model.safetensors")
    return (folder / "model.safetensors").read_bytes()


# Models


def test_models_come_back_as_they_were(tmp_path: Path) -> None:
    for model, other in (
        (Everything(), Everything(1)),
        (nn.MLP(2, [3, 1]), nn.MLP(2, [3, 1])),
        (nn.Sequential(nn.Sigmoid()), nn.Sequential(nn.Sigmoid())),
    ):
        before = state(model)
        save(model, tmp_path / "model.safetensors")
        load(other, str(tmp_path / "model.safetensors"))
        assert state(other) == before == state(model)
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_others_can_read_the_file(tmp_path: Path) -> None:
    model = Everything()
    arrays = safetensors.numpy.load(written(tmp_path, model))
    assert {name: x.tolist() for name, x in arrays.items()} == {
        name: x.tolist() for name, x in model.state_dict().items()
    }


def refused(path: Path, model: nn.Module, error: type[Exception] = ValueError) -> str:
    """The one line with which a file is refused, while the model stays as it is."""
    before = state(model)
    with pytest.raises(error) as caught:
        load(model, path)
    assert state(model) == before
    text = str(caught.value)
    assert text.startswith("load: ")
    assert str(path) in text
    assert "\n" not in text
    return text


def test_what_is_cut_off_is_refused(tmp_path: Path) -> None:
    model, path = Everything(), tmp_path / "cut"
    data = written(tmp_path, model)
    header = 8 + int.from_bytes(data[:8], "little")
    mark = data.index(b"sha256")
    cuts = {0, 1, 7, 8, 9, mark, mark + 9, mark + 10, mark + 40, mark + 74, mark + 75, header - 1}
    for end in cuts | {header, header + 1, (header + len(data)) // 2, len(data) - 1}:
        path.write_bytes(data[:end])
        assert re.search("cut off|damaged", refused(path, model))
    path.write_bytes(data + b"\0")
    assert "damaged" in refused(path, model)


@given(at=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_what_was_changed_is_refused(
    at: int, flip: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model, folder = Everything(), tmp_path_factory.getbasetemp()
    data = bytearray(written(folder, model))
    data[at % len(data)] ^= flip
    (folder / "changed").write_bytes(data)
    refused(folder / "changed", model)


def test_files_of_others_are_refused(tmp_path: Path) -> None:
    path, model = tmp_path / "file", nn.Linear(2, 1)
    path.write_text("import os\n" * 100)
    assert "was not written by this package" in refused(path, model)
    safetensors.numpy.save_file(model.state_dict(), path)
    assert "was not written by this package" in refused(path, model)
    newer = {"format": "chainrule model 2", "state": 0}, "'chainrule model 2'; it must be a"
    for more, problem in (newer, ({}, "was not written by this package")):
        texts = {"chainrule": json.dumps({"sha256": "0" * 64, **more})}
        safetensors.numpy.save_file(model.state_dict(), path, texts)
        assert "damaged" in refused(path, model)
        data = path.read_bytes()
        path.write_bytes(data.replace(b"0" * 64, hashlib.sha256(data).hexdigest().encode(), 1))
        assert problem in refused(path, model)
    path.write_bytes(written(tmp_path, nn.Linear(3, 1)))
    assert "is of another model; misfits: W (got shape (1, 3), for (1, 2))" in refused(path, model)
    path.write_bytes(written(tmp_path, nn.Sequential(model)))
    assert "is of another model; missing: W, b; unexpected: layers.0." in refused(path, model)
    path.unlink()
    train(path, nn.Linear(3, 2))
    assert "is a 'chainrule training 1'; it must be a 'chainrule model 1'" in refused(path, model)


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    model = nn.Linear(2, 1)
    text = refused(tmp_path / "none", model, FileNotFoundError)
    assert text == f"load: can't read {tmp_path / 'none'}: No such file or directory"
    with pytest.raises(
        FileNotFoundError, match=r"^save: can't write .*: No such file or directory$"
    ):
        save(model, tmp_path / "none" / "file")
    with pytest.raises(IsADirectoryError, match=r"^save: can't write .*: Is a directory$"):
        save(model, tmp_path)
    for wrong in (save, load):
        with pytest.raises(TypeError, match=f"^{wrong.__name__}: got a dict; it must be a Module$"):
            wrong({}, written_path(tmp_path))  # type: ignore[arg-type]
    norm = nn.BatchNorm(1)
    norm.running_mean = np.array(["a"])
    with pytest.raises(TypeError, match=r"^save: safetensors can't hold all of <U1, float64"):
        save(norm, tmp_path / "words")
    assert os.listdir(tmp_path) == ["model.safetensors"]
    assert not list(tmp_path.parent.glob(".*.tmp"))


def written_path(folder: Path) -> Path:
    written(folder, nn.Linear(2, 1))
    return folder / "model.safetensors"


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = written(tmp_path, nn.Linear(2, 1))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "write":
        import resource

        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    else:
        monkeypatch.setattr(os, step, full)
    try:
        with pytest.raises(
            OSError, match=r"^save: can't write .*: (No space|File too large)"
        ) as caught:
            save(nn.Linear(200, 100), tmp_path / "model.safetensors")
    finally:
        if step == "write":
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, ignored)
    assert caught.value.errno in (errno.ENOSPC, errno.EFBIG)
    assert os.listdir(tmp_path) == ["model.safetensors"]
    assert (tmp_path / "model.safetensors").read_bytes() == old


# Trainings


def train(path: Path | None, model: Any = None, seed: int = 1, **options: Any) -> nn.History:
    """A training in which everything has a state: momentum, dropout, buffers, batches, a best epoch."""
    rng = np.random.default_rng(seed)
    model = model or nn.Linear(3, 2, rng=rng)
    usual = {"epochs": 6, "batch_size": Batches(6, keep=4), "metric": nn.accuracy}
    usual |= {"schedule": nn.schedules.exponential(0.9), "validation": (X, LABELS)}
    usual["optimizer"] = nn.Adam(model.parameters(), lr=0.05)
    usual |= {"loss": nn.cross_entropy, "restore_best": True, "rng": rng}
    return nn.fit(model, X, LABELS, checkpoint=path, **{**usual, **options})


def network(seed: int) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    layers = (
        nn.Linear(3, 8, rng=rng),
        nn.BatchNorm(8),
        nn.Dropout(0.3, rng=np.random.default_rng(9)),
    )
    return nn.Sequential(*layers, nn.Linear(8, 2, rng=rng))


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("stop", [1, 3, 6])
def test_what_was_interrupted_ends_with_the_same_bits(
    tmp_path: Path, stop: int, every: int
) -> None:
    """The second run begins with other weights and another generator: all is in the file."""
    whole = network(0)
    history = train(None, whole)

    def interrupt(epoch: int, history: nn.History) -> None:
        if epoch == stop:
            raise KeyboardInterrupt

    path = tmp_path / "run.safetensors"
    first = train(path, network(0), callbacks=[interrupt], checkpoint_every=every)
    assert (first.ended, len(first.loss)) == ("interrupt", stop)
    (tmp_path / ".run.safetensors.0123456789abcdef.tmp").write_bytes(
        b"half"
    )  # as a killed run leaves it
    again = network(5)
    resumed = train(path, again, seed=8, checkpoint_every=every)
    assert state(again) == state(whole)
    assert (resumed.loss, resumed.metrics, resumed.lr) == (
        history.loss,
        history.metrics,
        history.lr,
    )
    assert (resumed.ended, resumed.best) == ("epochs", history.best)
    assert resumed.seconds >= first.seconds > 0
    assert os.listdir(tmp_path) == ["run.safetensors"]


def test_a_training_that_is_over_is_not_repeated(tmp_path: Path) -> None:
    path, calls = tmp_path / "run", []
    callbacks = [lambda epoch, _: calls.append(epoch) or epoch == 2]
    for _ in range(2):
        assert train(path, callbacks=callbacks).ended == "callback"
    assert calls == [1, 2]
    longer = train(tmp_path / "longer", epochs=3)
    assert train(tmp_path / "longer").loss[:3] == longer.loss
    anew = train(tmp_path / "longer", epochs=2, resume=False)
    assert anew.loss == longer.loss[:2]


def test_parameters_outside_the_model_are_kept_too(tmp_path: Path) -> None:
    def run(epochs: int, path: Path | None, start: float) -> tuple[float, list[float]]:
        w, b = Value(start), Tensor([start])
        nn.fit(lambda x: w * x + b, X[:, 0], LABELS, loss=nn.mse, rng=0, batch_size=7,
               optimizer=nn.Adam([w, b], lr=0.1), epochs=epochs, checkpoint=path)  # fmt: skip
        return w.data, b.data.tolist()

    run(2, tmp_path / "run", 1.0)
    assert run(4, tmp_path / "run", 5.0) == run(4, None, 1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 5}, "batch_size 6, not 5"),
        ({"metric": {"right": nn.accuracy}}, r"metrics \['accuracy'\], not \['right'\]"),
        ({"model": nn.Linear(3, 3)}, r"misfits: W \(got shape \(2, 3\), for \(3, 3\)\)"),
        ({"model": nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.1))}, "missing: "),
        ({"optimizer": "sgd"}, "optimizer Adam, not SGD"),
        ({"rng": np.random.Generator(np.random.MT19937(0))}, "state must be for a MT19937"),
    ],
)  # fmt: skip
def test_checkpoints_of_other_trainings_are_refused(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "run"
    train(path, epochs=1)
    data = path.read_bytes()
    model = options.pop("model", nn.Linear(3, 2))
    if "optimizer" in options:
        options = {"optimizer": nn.SGD(model.parameters(), lr=0.1)}
    before = state(model)
    with pytest.raises(
        ValueError, match=f"^fit: .* is of another training: {message}.*; resume=False starts anew$"
    ):
        train(path, model, **options)
    assert state(model) == before
    assert path.read_bytes() == data
    path.write_bytes(data[:-1])
    with pytest.raises(ValueError, match=r"^fit: .* is damaged"):
        train(path)


def test_generators_of_every_kind_go_on(tmp_path: Path) -> None:
    for kind in (np.random.MT19937, np.random.Philox, np.random.SFC64, np.random.PCG64DXSM):
        path = tmp_path / kind.__name__
        whole = train(
            None, nn.Linear(3, 2, rng=np.random.default_rng(0)), rng=np.random.Generator(kind(3))
        )
        for epochs in (2, 6):
            model = nn.Linear(3, 2, rng=np.random.default_rng(0))
            history = train(path, model, rng=np.random.Generator(kind(3)), epochs=epochs)
        assert history.loss == whole.loss


def test_a_checkpoint_that_cannot_be_written_stops_before_training(tmp_path: Path) -> None:
    calls: list[int] = []
    with pytest.raises(
        FileNotFoundError, match=r"^fit: can't write .*: No such file or directory$"
    ):
        train(tmp_path / "none" / "run", callbacks=[lambda epoch, _: calls.append(epoch)])
    assert not calls


# Killed

PROGRAM = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_checkpoint as t
from nn.checkpoint import save
model = t.network(0)
t.train(sys.argv[1], model, epochs=60, callbacks=[lambda epoch, history: time.sleep(0.005)])
save(model, sys.argv[2])
"""


def started(*files: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *map(str, files)], cwd=ROOT)


def training_in(path: Path) -> dict[str, Any]:
    """The state of a training, from its file."""
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    state: dict[str, Any] = json.loads(header["__metadata__"]["chainrule"])["state"]
    state["history"]["seconds"] = 0.0
    return state | {"data": data[8 + int.from_bytes(data[:8], "little") :]}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], bytes]:
    folder = tmp_path_factory.mktemp("whole")
    assert started(folder / "run", folder / "model").wait(60) == 0
    return training_in(folder / "run"), (folder / "model").read_bytes()


@pytest.mark.parametrize("trial", range(KILLS))
def test_a_killed_training_goes_on(
    trial: int, uninterrupted: tuple[dict[str, Any], bytes], tmp_path: Path
) -> None:
    """SIGKILL at one or two random moments; what is resumed ends with the same bits."""
    run, model = tmp_path / "run", tmp_path / "model"
    moments = random.Random(trial)
    for _ in range(1 + trial % 2):
        process = started(run, model)
        try:
            deadline = time.monotonic() + 60
            size = run.stat().st_mtime_ns if run.exists() else 0
            while (
                process.poll() is None and (run.stat().st_mtime_ns if run.exists() else 0) == size
            ):
                assert time.monotonic() < deadline
                time.sleep(0.005)
            time.sleep(moments.uniform(0, 0.3))
        finally:
            process.kill()
            process.wait()
    assert started(run, model).wait(60) == 0
    assert (training_in(run), model.read_bytes()) == uninterrupted
    assert sorted(os.listdir(tmp_path)) == ["model", "run"]
