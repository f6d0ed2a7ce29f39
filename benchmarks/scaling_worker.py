"""Worker that benchmarks.scaling starts by mpiexec: an act and its words; answers are JSON."""

import hashlib
import json
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

import nn
from nn.parallel import Team

WORLD = MPI.COMM_WORLD
SIZES = 784, 100, 10
warnings.filterwarnings("ignore", "fit: got .* examples a shard")


def network() -> nn.Sequential:
    rng, (nin, hidden, nout) = np.random.default_rng(0), SIZES
    first = nn.Linear(nin, hidden, "sigmoid", rng=rng, dtype=np.float32)
    return nn.Sequential(first, nn.Linear(hidden, nout, rng=rng, dtype=np.float32))


def data(rows: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    return rng.random((rows, SIZES[0]), np.float32), rng.integers(0, SIZES[-1], rows)


def seconds_a_step(rows: int, steps: int, comm: Any, shards: int | None) -> tuple[float, str]:
    """Median over epochs of the time of a step, and a hash of the parameters."""
    X, labels = data(rows * steps)
    model, ends = network(), [time.perf_counter()]
    nn.fit(model, X, labels, loss=nn.cross_entropy, optimizer=nn.SGD(model.parameters(), lr=0.1),
           epochs=5, batch_size=rows, rng=2, comm=comm, shards=shards,
           callbacks=[lambda *_: ends.append(time.perf_counter())])  # fmt: skip
    digest = hashlib.sha256(b"".join(x.tobytes() for x in model.state_dict().values()))
    return float(np.median(np.diff(ends)[1:])) / steps, digest.hexdigest()[:12]


def weak(rows: str, rounds: str) -> dict[str, list[float]]:
    """Times of a step: of each worker by itself, at the same moment, and of all together."""
    size, each = WORLD.size, int(rows)
    steps = max(4, min(40, 20_000 // each))
    found: dict[str, list[float]] = {"alone": [], "together": []}
    for _ in range(int(rounds)):
        WORLD.Barrier()
        own, _ = seconds_a_step(each, steps, None, None)
        found["alone"].append(float(np.mean(WORLD.allgather(own))))
        WORLD.Barrier()
        found["together"].append(seconds_a_step(each * size, steps, WORLD, size)[0])
    return found


def sums(count: str, rounds: str) -> dict[str, list[float]]:
    """Times of a sum of float32 over all workers: in our order, and in any order by MPI's own."""
    team = Team(WORLD, 64)
    flat = np.zeros(int(count), np.float32)
    found: dict[str, list[float]] = {"fixed order": [], "Allreduce": []}
    for _ in range(int(rounds)):
        for name, add in (
            ("fixed order", lambda: team.sum(flat)),
            ("Allreduce", lambda: WORLD.Allreduce(MPI.IN_PLACE, flat)),
        ):
            WORLD.Barrier()
            start = time.perf_counter()
            add()
            found[name].append(time.perf_counter() - start)
    return found


def memory(path: str, count: str) -> dict[str, Any]:
    """Most anonymous memory of each worker in an epoch over a file of rows, in MB."""
    rows = int(count)
    X = np.memmap(path, np.float32, "r", shape=(rows, SIZES[0]))
    labels = (np.arange(rows) % SIZES[-1]).astype(np.int32)
    found, over = [anonymous()], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            found.append(anonymous())

    thread = threading.Thread(target=watch)
    thread.start()
    model, start = network(), time.perf_counter()
    history = nn.fit(model, X, labels, loss=nn.cross_entropy, epochs=1, batch_size=4096, rng=0,
                     optimizer=nn.SGD(model.parameters(), lr=0.1), comm=WORLD)  # fmt: skip
    seconds = time.perf_counter() - start
    over.set()
    thread.join()
    start_and_most = WORLD.gather((found[0], max(found)))
    return {"MB": start_and_most, "seconds": seconds, "loss": history.loss[0]}


def anonymous() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(x.split()[1]) / 1000 for x in status.splitlines() if "RssAnon" in x)


def hosts(rows: str) -> dict[str, Any]:
    """The time of a step over hosts, and what is needed to predict it."""
    size, each = WORLD.size, int(rows)
    parameters = sum(x.size for x in network().state_dict().values())
    flat = np.zeros(parameters, np.float32)
    spare, latencies, transfers = np.empty_like(flat), [], []
    for _ in range(30):
        for count, into in ((1, latencies), (flat.size // 2, transfers)):
            other = WORLD.rank ^ 1
            WORLD.Barrier()
            start = time.perf_counter()
            WORLD.Sendrecv(flat[:count], other, 0, spare[:count], other)
            into.append(time.perf_counter() - start)
    WORLD.Barrier()
    alone, _ = seconds_a_step(each, 4, None, None)
    WORLD.Barrier()
    together, digest = seconds_a_step(each * size, 4, WORLD, 8)
    latency, transfer = WORLD.allreduce(float(np.median(latencies))), float(np.median(transfers))
    return {
        "alone": WORLD.allreduce(alone) / size,
        "together": together,
        "latency": latency / size,
        "transfer": WORLD.allreduce(transfer) / size,
        "bytes": flat.nbytes,
        "hash": digest,
    }


def one(rows: str) -> str:
    """The hash that `hosts` is to have with as many rows in all."""
    return seconds_a_step(int(rows), 4, WORLD, 8)[1]


if __name__ == "__main__":
    act: Callable[..., Any] = globals()[sys.argv[1]]
    answer = act(*sys.argv[2:])
    if WORLD.rank == 0:
        print(json.dumps(answer), flush=True)
