"""Compiled functions beside plain floats, CasADi, JAX and Numba: python -m benchmarks.compiled.

Value and gradient (of Numba, which has no derivatives, the value alone), in times the evaluation on
plain floats; each round runs all of them once, on one CPU. Medians, and minima, which a loaded
machine moves less. JAX takes a minute and more to compile what is left out here.
"""

from __future__ import annotations

import argparse
import statistics

from benchmarks import racing

WORKLOADS = ("mixed_chain", "mlp", "heston", "rosenbrock")
PEERS = {
    "casadi": WORKLOADS, "casadi-c": WORKLOADS, "jax": ("mixed_chain",),
    "numba": ("mixed_chain", "heston"),
}  # fmt: skip
"""Peers, and what each is raced with: Numba knows no lists of lists and no pairs of them."""
ENTRANTS = [
    ("float", "row"),
    ("tape", "row"), ("tape", "call"), ("tape", "array"), ("casadi", "array"),
    ("llvm", "row"), ("llvm", "call"), ("llvm", "array"), ("casadi-c", "array"),
    ("python", "row"), ("jax", "array"), ("numba", "value"),
    ("tape", "grad"), ("tape", "hvp"), ("llvm", "grad"), ("llvm", "hvp"),
    ("tape", "exact"), ("tape", "near"), ("llvm", "near"), ("casadi", "exact"), ("jax", "near"),
]  # fmt: skip
"""Engines and tasks of the worker; the peers' rows are in its row-major arrays, as ours are."""
ONE_ROW = dict(zip(WORKLOADS, (1.0, 0.16, 0.36, 0.23)))
BY_LLVM = dict(zip(WORKLOADS, (0.6, 0.012, 0.085, 0.03)))
GATES: dict[tuple[str, str], dict[str, float]] = {
    ("tape", "row"): ONE_ROW,
    ("tape", "array"): ONE_ROW,
    ("llvm", "array"): BY_LLVM,
    ("llvm", "near"): dict(zip(WORKLOADS, (0.03, 0.013, 0.016, 0.016))),
    ("tape", "exact"): dict.fromkeys(WORKLOADS, 0.3),
    ("tape", "near"): dict(zip(WORKLOADS, (0.06, 0.05, 0.04, 0.04))),
}
"""Most times plain floats that each may take."""
OTHERS = {
    ("tape", "hvp"): ("tape", "grad", dict(zip(WORKLOADS, (2.5, 7.0, 2.5, 2.5)))),
    ("llvm", "hvp"): ("llvm", "grad", dict(zip(WORKLOADS, (2.5, 7.0, 2.5, 2.5)))),
    ("tape", "array"): ("casadi", "array", dict.fromkeys(WORKLOADS, 1.05)),
    ("llvm", "array"): ("casadi-c", "array", dict.fromkeys(WORKLOADS, 1.0)),
}
"""Most times another entrant that each may take."""
AROUND = 1.5e-6
"""Most seconds that a call of arrays may take around its program."""


def report(workload: str, rounds: int, most: float) -> None:
    """Race all entrants of a workload, and print a line for each."""
    entrants = [e for e in ENTRANTS if workload in PEERS.get(e[0], WORKLOADS)]
    workers = {
        f"{engine} {task}": racing.start(
            "compiled_worker.py", engine, task, workload, peer=engine in PEERS
        )
        for engine, task in entrants
    }
    seconds = racing.race(workload, workers, rounds, tolerance=most)
    base = seconds["float row"]
    for engine, task in entrants:
        own = seconds[f"{engine} {task}"]
        median, least = statistics.median(own), min(own)
        ratio, best = median / statistics.median(base), least / min(base)
        gate = GATES.get((engine, task), {}).get(workload)
        line = f"{workload:12} {engine:8} {task:6} median {1e6 * median:9.2f} us {ratio:7.3f} x"
        line += f"   min {1e6 * least:9.2f} us {best:7.3f} x"
        if gate:
            line += f"   at most {gate}: {_kept(best, gate)}"
        if (engine, task) in OTHERS:
            other, what, gates = OTHERS[engine, task]
            times = least / min(seconds[f"{other} {what}"])
            line += f"   {times:.2f} of {other} {what}: {_kept(times, gates[workload])}"
        if task == "call":
            around = least - min(seconds[f"{engine} array"])
            line += f"   {1e6 * around:.2f} us around the program: {_kept(around, AROUND)}"
        print(line, flush=True)


def _kept(times: float, gate: float) -> str:
    return "kept" if times <= gate else "NOT KEPT"


def main() -> None:
    """Print a table a workload."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compiled", description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--only", nargs="*", default=WORKLOADS, choices=WORKLOADS)
    options = parser.parse_args()
    racing.pin()
    for workload in options.only:
        report(workload, options.rounds, most=1e-8)


if __name__ == "__main__":
    main()
