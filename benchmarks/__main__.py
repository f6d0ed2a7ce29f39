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
RACES = {  # workload: the tasks of which engines
    "mixed_chain": ["gradient", "graph", "hvp", "jvp", "python", "micrograd"],
    "mlp": ["gradient", "graph", "hvp", "python", "micrograd"],
    "mlp_dot": ["gradient", "graph", "hvp"],
    "heston": ["gradient", "graph", "hvp", "jvp", "hessian", "python", "micrograd"],
    "rosenbrock": ["gradient", "graph", "hvp", "python", "micrograd"],
    "long_chain": ["gradient", "python", "micrograd"],
    "coupled": ["gradient", "jvp", "hessian"],
}
SCRIPTS = [("chain", "1000000"), ("start",)]  # measured apart, with their arguments


def _worker(entrant: str, workload: str) -> subprocess.Popen[str]:
    """A process that waits to run; `float` for mlp_dot is the elementwise network."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}", "OPENBLAS_NUM_THREADS": "1"}
    python, engine, task = sys.executable, "chainrule", entrant
    if entrant in ("float", "micrograd"):
        engine, task = entrant, "gradient"
    if entrant == "micrograd":
        python, environment["PYTHONPATH"] = str(PEERS), ""
    if entrant == "python":
        task, environment["CHAINRULE_PURE_PYTHON"] = "gradient", "1"
    if entrant == "float" and workload == "mlp_dot":
        workload = "mlp"
    return subprocess.Popen(
        [python, str(HERE / "worker.py"), engine, task, workload],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def race(workload: str, entrants: list[str], rounds: int) -> dict[str, list[float]]:
    """Seconds a repetition of each entrant, round after round."""
    workers = {entrant: _worker(entrant, workload) for entrant in entrants}
    seconds: dict[str, list[float]] = {entrant: [] for entrant in workers}
    results = set()
    try:
        for turn in range(rounds + 2):
            for entrant, worker in workers.items():
                assert worker.stdin is not None
                assert worker.stdout is not None
                worker.stdin.write("go\n")
                worker.stdin.flush()
                took, result = worker.stdout.readline().split()
                results.add(f"{float(result):.9g}")
                if turn >= 2:  # the first two warm up
                    seconds[entrant].append(float(took))
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
    known = [*RACES, *(name for name, *_ in SCRIPTS)]
    parser.add_argument("--only", nargs="*", default=known, choices=known)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print("Values: microseconds, and times the evaluation on plain floats")
    for workload in filter(RACES.get, options.only):
        seconds = race(workload, ["float", *RACES[workload]], options.rounds)
        floor, best = statistics.median(seconds["float"]), min(seconds["float"])
        for entrant, times in seconds.items():
            median, least = statistics.median(times), min(times)
            line = f"{workload:12} {entrant:10} median {1e6 * median:9.1f} {median / floor:7.2f} x"
            print(f"{line}   min {1e6 * least:9.1f} {least / best:7.2f} x", flush=True)
    for name, *arguments in SCRIPTS:
        if name in options.only:
            subprocess.run([sys.executable, str(HERE / f"{name}.py"), *arguments], check=True)


if __name__ == "__main__":
    main()
