"""What the tests start under mpiexec: `program.py ACT [WORDS]`. Worker 0 prints a line of JSON."""

import hashlib
import json
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import nn
import nn.parallel
from nn.data import Batches

warnings.filterwarnings("ignore", "fit: got .* examples a shard")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(203, 6))
LABELS = (X[:, 0] + X[:, 1] > 0).astype(int)
WITH_ALL = {"clip_norm": 0.5, "validation": (X[:77], LABELS[:77]), "metric": nn.accuracy}
TRAININGS: dict[str, dict[str, Any]] = {
    "plain steps": {},
    "momentum": {"momentum": 0.9, "rng": None},
    "float32": {"dtype": np.float32, "momentum": 0.9},
    "Adam, dropout, batch normalisation": {"between": True, "kind": nn.Adam, "lr": 0.02},
    "a clipped gradient, a metric": {"between": True, **WITH_ALL},
    "patience": {"between": True, "patience": 2, "epochs": 30, "lr": 0.5, **WITH_ALL},
    "a schedule": {"schedule": nn.schedules.cosine(6)},
    "whole batches, kept": {"batch_size": Batches(50, keep=2, drop_last=True), "momentum": 0.5},
    "a compiled step": {"between": True, "compile": True, "kind": nn.Adam, "lr": 0.02},
    "a callback": {"epochs": 9, "callbacks": [lambda epoch, _: epoch == 2]},
}


def network(between: bool, dtype: Any, seed: int | None) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    more = [nn.BatchNorm(8), nn.Dropout(0.2)] if between else []
    first = nn.Linear(6, 8, "relu", rng=rng, dtype=dtype)
    return nn.Sequential(first, *more, nn.Linear(8, 2, rng=rng, dtype=dtype))


def train(
    comm: Any,
    between: bool = False,
    dtype: Any = float,
    seed: int | None = 0,
    kind: Any = nn.SGD,
    lr: float = 0.1,
    momentum: float = 0.0,
    **options: Any,
) -> list[Any]:
    """What has become of a training: a hash of all bits, and the history."""
    model = network(between, dtype, seed)
    for _, module in model.named_modules():
        if isinstance(module, nn.Dropout) and (comm is None or comm.rank == 0):
            module.rng = np.random.default_rng(5)  # others have some generator of their own
    extra = {"momentum": momentum} if momentum else {}
    optimizer = kind(model.parameters(), lr=lr, **extra)
    if options.get("rng", 0) is None and (comm is None or comm.rank == 0):
        options["rng"] = 11
    usual = {"loss": nn.cross_entropy, "epochs": 4, "batch_size": 32, "rng": 3, "shards": 8}
    usual |= {"comm": comm, "optimizer": optimizer}
    given = options.pop("data", (X, LABELS))
    history = nn.fit(options.pop("model", model), *given, **{**usual, **options})
    digest = hashlib.sha256()
    for array in [*model.state_dict().values(), *optimizer.state_dict().values()]:
        digest.update(array.tobytes())
    return [digest.hexdigest(), history.loss, history.metrics, history.lr, history.ended]


def on_all(comm: Any, found: Any) -> Any:
    """What a worker has found, where all have found it."""
    everyone = [found] if comm is None else comm.allgather(found)
    assert all(each == found for each in everyone), everyone
    return found


def trainings(comm: Any, *names: str) -> dict[str, Any]:
    return {name: on_all(comm, train(comm, **TRAININGS[name])) for name in names or TRAININGS}


def resumed(comm: Any, path: str, seconds: str = "inf", rank: str = "0") -> Any:
    """A training with a checkpoint; after some time, the worker with this rank is killed."""
    if comm is not None and comm.rank == int(rank) and seconds != "inf":
        threading.Timer(float(seconds), os.kill, (os.getpid(), 9)).start()
    slow = [lambda *_: time.sleep(0.03 if seconds != "inf" else 0)]
    checkpoint = path if comm is None or comm.rank == 0 else path + ".nowhere"
    options = TRAININGS["patience"] | {"patience": 99, "callbacks": slow, "momentum": 0.5}
    return on_all(comm, train(comm, checkpoint=checkpoint, **options))


def raises(comm: Any) -> None:
    def model(x: Any) -> Any:
        if comm.rank == 1 and len(x) > 1:
            raise RuntimeError(f"at {time.time():.2f}")
        return network(False, float, 0)(x)

    train(comm, model=model)


def breaks(comm: Any) -> None:
    """Rows of a file, one of which has a nan that is found when its shard is computed."""

    class Far:
        shape = X.shape

        def __getitem__(self, rows: Any) -> Any:
            found = X[rows]
            found[rows == 101, 2] = np.nan
            return found

    train(comm, data=(Far(), LABELS), clip_norm=1.0)


def stalls(comm: Any) -> None:
    def callback(epoch: int, _: Any) -> None:
        if comm.rank == 1 and epoch == 2:
            print(f"at {time.time():.2f}", file=sys.stderr, flush=True)
            time.sleep(1000)

    train(comm, callbacks=[callback], timeout=1.0)


def differs(comm: Any) -> None:
    """All but worker 0 have other weights."""
    train(comm, seed=comm.rank)


def bad(comm: Any) -> list[str]:
    """What is said of bad input, of which worker 1 alone has some."""
    nn.parallel.HEAD_START = 0.0  # each is caught by all
    first = comm.rank == 0
    other = X.copy()
    other[0, 0] += 1
    cases: list[dict[str, Any]] = [
        {"comm": int},
        {"shards": 1},
        {"data": (X if first else X[:100], LABELS if first else LABELS[:100])},
        {"data": (X if first else X.astype(np.float32), LABELS)},
        {"data": (X if first else other, LABELS)},
        {"seed": comm.rank},
        {"lr": 0.1 if first else 0.2},
        {"kind": nn.SGD if first else nn.Adam},
        {"batch_size": 32 if first else 64},
        {"loss": nn.cross_entropy if first else nn.nll},
        {"between": first},
        {"epochs": 0},
    ]
    return [on_all(comm, said(comm, case)) for case in cases]


def said(comm: Any, case: dict[str, Any]) -> str:
    try:
        train(**{"comm": comm, **case})
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


if __name__ == "__main__":
    from mpi4py import MPI

    act: Callable[..., Any] = globals()[sys.argv[1]]
    answer = act(MPI.COMM_WORLD, *sys.argv[2:])
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps(answer), flush=True)
