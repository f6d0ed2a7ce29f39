"""A price formula over many rows beside NumPy, JAX and Numba: python -m benchmarks.prices.

Values and four derivatives by compiled functions and JAX, whole calls, in times NumPy's values
alone; Numba, which has no derivatives, computes values alone, too. Each round runs all of them
once, on one CPU.
"""

from __future__ import annotations

import argparse
import statistics

from benchmarks import racing

ENTRANTS = {
    "numpy": None,
    "tape exact": 3.0, "tape near": None, "llvm exact": 3.0, "llvm near": 0.5,
    "jax near": None, "numba near": None,
}  # fmt: skip
"""Engines and tasks of the worker, and the most times NumPy that each may take."""
PEERS = ("jax", "numba")
OF_JAX = 0.25
"""Most times JAX that the fastest may take."""


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prices", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--rows", type=int, default=10**6)
    options = parser.parse_args()
    racing.pin()
    workers = {
        name: racing.start(
            "prices_worker.py", *name.split(), str(options.rows), peer=name.startswith(PEERS)
        )
        for name in ENTRANTS
        if not name.startswith(PEERS) or racing.PEERS.exists()
    }
    seconds = racing.race("prices", workers, options.rounds, tolerance=1e-9)
    base = seconds["numpy"]
    for name, own in seconds.items():
        ratio, best = statistics.median(own) / statistics.median(base), min(own) / min(base)
        line = f"{name:10} median {1e9 * statistics.median(own):7.1f} ns a row {ratio:6.3f} x"
        line += f"   min {1e9 * min(own):7.1f} ns {best:6.3f} x"
        if most := ENTRANTS[name]:
            line += f"   at most {most}: {'kept' if best <= most else 'NOT KEPT'}"
        print(line, flush=True)
    if "jax near" in seconds:
        ratio = min(seconds["llvm near"]) / min(seconds["jax near"])
        is_kept = "kept" if ratio <= OF_JAX else "NOT KEPT"
        print(f"llvm near, of jax: {ratio:.3f}, at most {OF_JAX}: {is_kept}")


if __name__ == "__main__":
    main()
