"""A race: both its ends, the one that starts the engines and the one that an engine answers with.

Every engine runs in a process of its own, on the CPU of this one; in each round each of them does
the same work once, so that a change in the machine's speed meets all alike.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE.parent / ".peers" / "bin" / "python"
WARM_UP = 2  # rounds that do not count


def pin() -> None:
    """Keep this process, and those that it starts, to one CPU and one thread."""
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    os.environ.update(dict.fromkeys(threads, "1"))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def start(*arguments: str, peer: bool = False, **environment: str) -> subprocess.Popen[str]:
    """A process that waits to run a script of this folder; peers must not see our packages."""
    script, *rest = arguments
    path = "" if peer else str(HERE.parent)
    return subprocess.Popen(
        [str(PEERS) if peer else sys.executable, str(HERE / script), *rest],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )


def race(
    name: str, workers: Mapping[str, subprocess.Popen[str]], rounds: int, tolerance: float
) -> dict[str, list[float]]:
    """Seconds that each entrant took, round after round.

    Ends the program where an engine fails, or where two differ by more than `tolerance`, relative.
    """
    seconds: dict[str, list[float]] = {entrant: [] for entrant in workers}
    results: dict[str, list[float]] = {}
    try:
        for turn in range(WARM_UP + rounds):
            for entrant, worker in workers.items():
                assert worker.stdin is not None
                assert worker.stdout is not None
                try:
                    worker.stdin.write("go\n")
                    worker.stdin.flush()
                except BrokenPipeError:
                    pass  # it gives no answer either
                answer = worker.stdout.readline().split()
                if not answer:
                    raise SystemExit(f"{name}: {entrant} failed")
                took, *results[entrant] = map(float, answer)
                if turn >= WARM_UP:
                    seconds[entrant].append(took)
            _check(name, results, tolerance)
    finally:
        for worker in workers.values():
            worker.terminate()
            worker.wait()
    return seconds


def _check(name: str, results: Mapping[str, Sequence[float]], tolerance: float) -> None:
    first, *others = results.values()
    for other in others:
        if not all(math.isclose(a, b, rel_tol=tolerance) for a, b in zip(first, other)):
            raise SystemExit(f"{name}: the engines disagree: {results}")


def serve(
    work: Callable[[], object],
    results: Sequence[float],
    repeat: int,
    parts: int = 1,
    after: Callable[[], object] | None = None,
) -> None:
    """Answer every line on standard input with the seconds a part of `work` took, and `results`.

    A round repeats the work; what comes `after` that is part of its time.
    """
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(repeat):
            work()
        if after:
            after()
        print((time.perf_counter() - start) / (repeat * parts), *results, flush=True)
