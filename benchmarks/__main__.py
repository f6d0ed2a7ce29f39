"""make bench: our engines beside floors and peers, in one interleaved run.

Values are measured against plain floats, Tensors against NumPy programs with gradients by hand.
What counts are the ratios of medians.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence

from benchmarks import racing
from benchmarks.limits import OURS, Limit, above, faster, microseconds, times

VALUES = {  # workload: the tasks of which engines
    "mixed_chain": ["gradient", "graph", "hvp", "jvp", "python", "micrograd"],
    "mlp": ["gradient", "graph", "hvp", "python", "micrograd"],
    "mlp_dot": ["gradient", "graph", "hvp"],
    "heston": ["gradient", "graph", "hvp", "jvp", "hessian", "python", "micrograd"],
    "rosenbrock": ["gradient", "graph", "hvp", "python", "micrograd"],
    "long_chain": ["gradient", "python", "micrograd"],
    "coupled": ["gradient", "jvp", "hessian"],
}
TENSORS: dict[str, tuple[list[str], list[Limit]]] = {  # workload: who runs; what ours must keep to
    "mnist10": (["floor", OURS, "torch"], [times("floor", 1.6, 1.2), faster("torch", 2.5, 4)]),
    "mnist128": (["floor", OURS, "torch"], [times("floor", 1.2, 1.05), faster("torch", 1)]),
    "adam256": (["floor", OURS, "torch"], [times("floor", 1.1, 1.0), faster("torch", 1)]),
    "logistic": (["floor", OURS, "torch"], [times("floor", 1.1, 1.0)]),
    "ops": (["floor", OURS, "torch"], [microseconds(3, 1.5), faster("torch", 2, 4)]),
    "no_grad": (["numpy", OURS, "torch"], [above("numpy", 0.4)]),
    "conv": (["torch", OURS], [times("torch", 1.6, 1.0)]),
}
SCRIPTS = [  # measured apart, with their arguments
    ("chain", "1000000"),
    ("start",),
    ("drawing",),
    ("epochs", "chainrule", "30"),
]


def _values_worker(entrant: str, workload: str) -> subprocess.Popen[str]:
    """A process that waits to run; `float` for mlp_dot is the elementwise network."""
    engine, task, environment = "chainrule", entrant, {}
    if entrant in ("float", "micrograd"):
        engine, task = entrant, "gradient"
    if entrant == "python":
        task, environment["CHAINRULE_PURE_PYTHON"] = "gradient", "1"
    if entrant == "float" and workload == "mlp_dot":
        workload = "mlp"
    return racing.start(
        "worker.py", engine, task, workload, peer=engine == "micrograd", **environment
    )


def _values(workload: str, rounds: int) -> None:
    """Race plain floats, our engines and micrograd."""
    entrants = ["float", *VALUES[workload]]
    workers = {entrant: _values_worker(entrant, workload) for entrant in entrants}
    _report(workload, racing.race(workload, workers, rounds, tolerance=1e-8))


def _tensors(workload: str, rounds: int) -> None:
    """Race a floor, ours and torch."""
    entrants, limits = TENSORS[workload]
    workers = {
        entrant: racing.start("tensor_worker.py", entrant, workload, peer=entrant == "torch")
        for entrant in entrants
    }
    _report(workload, racing.race(workload, workers, rounds, tolerance=1e-3), limits)


def _report(
    name: str, seconds: Mapping[str, Sequence[float]], limits: Sequence[Limit] = ()
) -> None:
    """A line an entrant; the first is what the others are compared with."""
    medians = {entrant: statistics.median(times) for entrant, times in seconds.items()}
    base, best = next((statistics.median(times), min(times)) for times in seconds.values())
    for entrant, median in medians.items():
        least = min(seconds[entrant])
        line = f"{name:12} {entrant:10} median {1e6 * median:9.2f} {median / base:7.2f} x"
        line += f" {1e6 * (median - base):+10.2f}   min {1e6 * least:9.2f} {least / best:7.2f} x"
        print(line, flush=True)
        if entrant == OURS and limits:
            print(" " * 12, "; ".join(limit.report(medians) for limit in limits), flush=True)


def main() -> None:
    """Print a table a workload."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    known = [*VALUES, *TENSORS, *(name for name, *_ in SCRIPTS)]
    parser.add_argument("--only", nargs="*", default=known, choices=known)
    parser.add_argument("--torch-epoch", action="store_true", help="one by torch, too, scaled")
    options = parser.parse_args()
    racing.pin()
    if values := [name for name in options.only if name in VALUES]:
        print("Values: microseconds; times, and above, the evaluation on plain floats", flush=True)
    for name in values:
        _values(name, options.rounds)
    if tensors := [name for name in options.only if name in TENSORS]:
        print(
            "Tensors: microseconds a step or an operation; times, and above, the first", flush=True
        )
    for name in tensors:
        _tensors(name, options.rounds)
    for name, *arguments in SCRIPTS:
        if name in options.only:
            script = str(racing.HERE / f"{name}.py")
            subprocess.run([sys.executable, script, *arguments], check=True)
            if name == "epochs" and options.torch_epoch:
                subprocess.run([str(racing.PEERS), script, "torch", "1"], check=True)


if __name__ == "__main__":
    main()
