"""Time that it takes to import the package and find a first gradient, beyond importing NumPy.

By new processes, one of each after the other: by the times that Python says of modules which NumPy
alone does not import (`-X importtime`), by a clock inside the process, and as a whole, with what
Python needs to end.

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
TIMED = """
import numpy, time
start = time.perf_counter()
import autograd as ag
{}
print(1e3 * (time.perf_counter() - start))
"""
FIRST = TIMED.format("x = ag.Value(2.0); (x * x).backward()")
GRAD = TIMED.format("ag.grad(lambda x: x * x)(2.0)")
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


def modules(program: str) -> dict[str, float]:
    """Return the milliseconds that each module takes by itself."""
    told = run(program, "-X", "importtime")[1].stderr
    return {name: int(us) / 1e3 for us, name in LINE.findall(told)}


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
        whole = {program: run(program) for program in (NUMPY, FIRST, GRAD, NN)}
        numpy = modules(NUMPY)
        figures = {
            "modules of a first gradient": beyond(numpy, modules(FIRST)),
            "modules of nn": beyond(numpy, modules(NN)),
            "import and a first backward()": float(whole[FIRST][1].stdout),
            "import and a first ag.grad": float(whole[GRAD][1].stdout),
            "the whole process of a first gradient": whole[FIRST][0] - whole[NUMPY][0],
            "the whole process of nn": whole[NN][0] - whole[NUMPY][0],
            "NumPy itself, and what Python starts with": beyond({}, numpy),
        }
        for name, ms in figures.items():
            told.setdefault(name, []).extend([ms] if each else [])  # the first one compiles files
    for name, times in told.items():
        print(f"{name}: median {statistics.median(times):.1f} ms, min {min(times):.1f} ms")


if __name__ == "__main__":
    main()
