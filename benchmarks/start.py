"""Time that it takes to import the package and find a first gradient, beyond importing NumPy.

By new processes, one of each after the other, as a whole, with what Python needs to end, and by the
times that Python says of modules which NumPy alone does not import (`-X importtime`).

python benchmarks/start.py [--rounds 40]
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

NUMPY = "import numpy"
FIRST = """
import numpy, autograd as ag, time
start = time.perf_counter()
x = ag.Value(2.0)
(x * x).backward()
print(time.perf_counter() - start)
"""
NN = "import numpy, autograd, nn"
LINE = re.compile(r"import time: +(\d+) \| +\d+ \| +(\S+)")


def run(program: str, *options: str) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Return how many milliseconds a new process takes, and what it wrote.

    Compiled files are kept, as they are for users.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, *options, "-c", program]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    return 1e3 * (time.perf_counter() - start), done


def modules(program: str) -> tuple[dict[str, float], str]:
    """Return the milliseconds that each module takes by itself, and what the program printed."""
    done = run(program, "-X", "importtime")[1]
    return {name: int(us) / 1e3 for us, name in LINE.findall(done.stderr)}, done.stdout


def beyond(known: dict[str, float], found: dict[str, float]) -> float:
    """Return the time of the modules that are not among those known."""
    return sum(ms for name, ms in found.items() if name not in known)


def main() -> None:
    """Alternate between the programs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    told: dict[str, list[float]] = {}
    for each in range(rounds + 1):
        whole = {program: run(program)[0] for program in (NUMPY, FIRST, NN)}
        numpy, _ = modules(NUMPY)
        first, seconds = modules(FIRST)
        figures = {
            "a first gradient": beyond(numpy, first) + 1e3 * float(seconds),
            "nn": beyond(numpy, modules(NN)[0]),
            "a first gradient, the whole process": whole[FIRST] - whole[NUMPY],
            "nn, the whole process": whole[NN] - whole[NUMPY],
            "NumPy itself, and what Python starts with": beyond({}, numpy),
        }
        for name, ms in figures.items():
            told.setdefault(name, []).extend([ms] if each else [])  # the first one compiles files
    for name, times in told.items():
        print(f"{name}: median {statistics.median(times):.1f} ms, min {min(times):.1f} ms")


if __name__ == "__main__":
    main()
