"""Campaigns: how much of their time workers work, and what 200 killed workers take with them.

    python -m benchmarks.campaigns [--kills 200] [--points 200] [--rounds 3]

Points sleep, so that other programs on the cores do not matter. Dask is left out, with a word,
where it is not installed. Exits with 1 where less is reached than was promised.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import autograd as ag
from autograd.campaigns import PointError

WORKERS = 2
CHUNK = 0.1
"""Seconds."""
SHORT = 0.005
"""Seconds of a point in campaigns whose workers are killed."""
MANY = 1000
"""Points of each of them."""
GATES = {"own processes": 0.95, "Dask": 0.85}


def asleep(seconds: float) -> float:
    """Sleep, and return how long it was."""
    begin = time.perf_counter()
    time.sleep(seconds)
    return time.perf_counter() - begin


def briefly(x: int) -> int:
    asleep(SHORT)
    return x * x


def efficiency(executor: Any, count: int) -> float:
    """Return the part of their time, once all have begun, that workers are at points."""
    first = 4 * WORKERS
    with ag.campaign(asleep, [CHUNK] * (first + count), executor, 1) as run:
        for _ in range(first):
            next(run)
        begin = time.perf_counter()
        return sum(run) / WORKERS / (time.perf_counter() - begin)


def killed(
    executor: Any, pids: Callable[[], list[int]], kills: int, pause: float
) -> tuple[int, int]:
    """Kill workers at random while campaigns run; return the numbers of workers and of points."""
    count = points = 0
    ended, advanced = threading.Event(), threading.Event()

    def kill() -> None:
        nonlocal count
        while count < kills and not ended.wait(random.uniform(0.5, 1.5) * pause):
            if advanced.is_set() and (workers := pids()):
                with suppress(ProcessLookupError):
                    os.kill(random.choice(workers), signal.SIGKILL)
                    count += 1
                    advanced.clear()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        while killer.is_alive() or not points:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "journal"
                run = ag.campaign(briefly, range(MANY), executor, journal=path)
                found = []
                for x in run:
                    found.append(x)
                    advanced.set()
                advanced.clear()
                lines = [json.loads(line)["i"] for line in path.read_text().splitlines()[1:]]
            lost = [x for x in found if isinstance(x, PointError)]
            assert not lost, f"lost: {lost[0]}"
            assert found == [x * x for x in range(MANY)], "out of order"
            assert sorted(lines) == [*range(MANY)], "twice in the journal, or not"
            points += MANY
            print(f"  {count} workers killed, {points:,} points", file=sys.stderr, flush=True)
    finally:
        ended.set()
        killer.join()
    return count, points


Engine = tuple[Any, Callable[[], list[int]]]
"""Executor, and a function that returns the processes of its workers."""


@contextmanager
def _dask() -> Iterator[Engine]:
    """Yield a cluster that begins its workers anew, however long they were away.

    One that is killed before it has begun is not begun anew by Dask.
    """
    import dask
    import distributed

    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 day"}),
        distributed.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1",
            dashboard_address="127.0.0.1:0", silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        yield client, lambda: list(client.run(os.getpid).values())


@contextmanager
def _own() -> Iterator[Engine]:
    yield WORKERS, lambda: [x.pid for x in multiprocessing.active_children() if x.pid is not None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=GATES)
    given = parser.parse_args()
    engines: dict[str, Callable[[], Any]] = {"own processes": _own, "Dask": _dask}
    code = 0
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, engine in engines.items():
        if given.only not in (None, name):
            continue
        try:
            with engine() as (executor, pids):
                parts = [efficiency(executor, given.points) for _ in range(given.rounds)]
                part, gate = statistics.median(parts), GATES[name]
                told = ", ".join(f"{x:.1%}" for x in parts)
                print(f"{name}: {part:.1%} of ideal (at least {gate:.0%}): {told}", flush=True)
                code |= part < gate
                if given.kills:
                    pause = 1.5 if name != "Dask" else 2.5
                    count, points = killed(executor, pids, given.kills, pause)
                    print(f"{name}: {count} workers killed, {points:,} points, none lost or twice")
        except ImportError:
            print("Dask is not installed, and left out: make .venv/.cluster")
    return code


if __name__ == "__main__":
    sys.exit(main())
