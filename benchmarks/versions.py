"""This checkout beside an older one, in one interleaved run: python -m benchmarks.versions FOLDER.

FOLDER is a checkout of another commit, built. Every row of `make bench` that our engines take part
in runs as pairs of rounds, one of each; what counts is the median of the ratios of the pairs. New
processes take over after some rounds, for where memory happens to lie moves a row by some percent,
and the one that is first is then second. The exit status is 1 where one row or the geometric mean
of all is above its gate.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import racing
from benchmarks.__main__ import TENSORS, VALUES
from benchmarks.limits import OURS

PEERS = ("float", "micrograd")
ROW, ALL = 1.05, 1.02
"""Gates: times as long as before, of one row and of the geometric mean."""
EACH = 3
"""Rounds of a pair of processes."""


def rows(only: list[str]) -> Iterator[tuple[str, str, list[str], dict[str, str]]]:
    """The name of each row, the script that runs it, its arguments and its environment."""
    for workload, entrants in VALUES.items():
        for task in [each for each in entrants if each not in PEERS and workload in only]:
            pure = {"CHAINRULE_PURE_PYTHON": "1"} if task == "python" else {}
            arguments = [OURS, "gradient" if pure else task, workload]
            yield f"{workload} {task}", "worker.py", arguments, pure
    for workload in [each for each in TENSORS if each in only]:
        yield workload, "tensor_worker.py", [OURS, workload], {}


def worker(
    root: Path, script: str, arguments: list[str], environment: dict[str, str]
) -> subprocess.Popen[str]:
    """A process of a checkout that waits to run."""
    return subprocess.Popen(
        [sys.executable, str(root / "benchmarks" / script), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
    )


def main() -> None:
    """Print a ratio a row, and the geometric mean."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.versions", description=__doc__)
    parser.add_argument("folder", type=Path, help="a built checkout of the older version")
    parser.add_argument("--pairs", type=int, default=5, help=f"of processes, {EACH} rounds each")
    known = [*VALUES, *TENSORS]
    parser.add_argument("--only", nargs="*", default=known, choices=known)
    options = parser.parse_args()
    racing.pin()
    roots = {"old": options.folder.resolve(), "new": racing.HERE.parent}
    ratios = {}
    for name, *how in rows(options.only):
        found: dict[str, list[float]] = {"old": [], "new": []}
        for turn in range(options.pairs):
            order = ("new", "old") if turn % 2 else ("old", "new")
            workers = {which: worker(roots[which], *how) for which in order}
            for which, seconds in racing.race(name, workers, EACH, tolerance=1e-6).items():
                found[which] += seconds
        pairs = [new / old for old, new in zip(found["old"], found["new"])]
        ratios[name] = statistics.median(pairs)
        least = min(found["new"]) / min(found["old"])
        word = "" if ratios[name] <= ROW else "  SLOWER"
        print(f"{name:22} median {ratios[name]:5.3f} x   min {least:5.3f} x{word}", flush=True)
    mean = statistics.geometric_mean(ratios.values())
    print(f"{'geometric mean':22} {mean:12.3f} x{'' if mean <= ALL else '  SLOWER'}")
    sys.exit(mean > ALL or any(ratio > ROW for ratio in ratios.values()))


if __name__ == "__main__":
    main()
