"""make bench: our engine beside plain floats and peers, in one interleaved run.

Every engine runs in a process of its own, pinned to one CPU; in each round each of them does the
same work once, so that a change in the machine's speed meets all alike. What counts are the ratios
of medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE.parent / ".peers" / "bin" / "python"
ENGINES = {"float": sys.executable, "chainrule": sys.executable, "micrograd": str(PEERS)}
SCALAR = {"mlp": 10, "chain": 5, "rosenbrock": 10}


def race(workload: str, repeat: int, rounds: int) -> dict[str, list[float]]:
    """Seconds a round of each engine, round after round."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}", "OPENBLAS_NUM_THREADS": "1"}
    workers = {
        engine: subprocess.Popen(
            [python, str(HERE / "worker.py"), engine, workload, str(repeat)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment if engine != "micrograd" else {**environment, "PYTHONPATH": ""},
        )
        for engine, python in ENGINES.items()
    }
    seconds: dict[str, list[float]] = {engine: [] for engine in workers}
    results = set()
    try:
        for turn in range(rounds + 2):
            for engine, worker in workers.items():
                assert worker.stdin is not None
                assert worker.stdout is not None
                worker.stdin.write("go\n")
                worker.stdin.flush()
                took, result = worker.stdout.readline().split()
                results.add(round(float(result), 9))
                if turn >= 2:  # the first two warm up
                    seconds[engine].append(float(took))
    finally:
        for worker in workers.values():
            worker.terminate()
            worker.wait()
    if len(results) != 1:
        raise SystemExit(f"{workload}: the engines disagree: {results}")
    return seconds


def main() -> None:
    """Print a table a workload."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print("scalars: forward + backward + release, microseconds, and times plain floats")
    for workload, repeat in SCALAR.items():
        seconds = race(workload, repeat, options.rounds)
        floor = statistics.median(seconds["float"])
        for engine, times in seconds.items():
            median, best = statistics.median(times), min(times)
            line = f"{workload:12} {engine:10} median {1e6 * median:9.1f}  min {1e6 * best:9.1f}"
            print(f"{line}  {median / floor:7.1f} x", flush=True)


if __name__ == "__main__":
    main()
