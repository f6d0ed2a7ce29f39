"""One engine in a process of its own: for every line read, so many rounds are run and timed.

    python benchmarks/worker.py ENGINE WORKLOAD ROUNDS

ENGINE is float, chainrule or micrograd. micrograd's nodes are cycles that only the garbage
collector frees, so collecting them is part of its time.
"""

from __future__ import annotations

import gc
import importlib
import sys
import time

from workloads import WORKLOADS


def main() -> None:
    """Answer every line on standard input with the seconds that a round took, and its result."""
    engine, workload, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if engine == "float":
        work = WORKLOADS[workload](float, None)
    elif engine == "micrograd":
        sys.setrecursionlimit(100_000)
        value = importlib.import_module("micrograd.engine").Value
        work = WORKLOADS[workload](value, importlib.import_module("micrograd.nn"))
    else:
        value = importlib.import_module("autograd").Value
        work = WORKLOADS[workload](value, importlib.import_module("nn"))
    result = work()
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(rounds):
            result = work()
        if engine == "micrograd":
            gc.collect()
        print((time.perf_counter() - start) / rounds, repr(result), flush=True)


if __name__ == "__main__":
    main()
