"""Compiled functions of arrays beside NumPy by hand (floors.py) and eager Tensors.

    python -m benchmarks.compiled_arrays [--rounds N] [--only WORKLOAD ...]

A step of a training with SGD, which takes the parameters and gives new ones, and the value and
gradients of 200 elementwise operations on 8 numbers: `double` has them in float64, which compiled
functions take number by number. Each round runs all of them once, on one CPU; minima.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # as the workers have it

import floors
import numpy as np
import racing
from tensor_workloads import WORKLOADS, Chain, Training

ENTRANTS = {
    "mnist10": ("floor", "compiled", "eager"),
    "mnist128": ("floor", "compiled", "eager"),
    "ops": ("floor", "compiled", "double", "eager"),
}
GATES = {
    ("mnist10", "compiled"): 1.0,
    ("mnist128", "compiled"): 0.95,
    ("ops", "double"): 0.15,
}
"""Most times the floor that each is to take."""
Work = tuple[Any, list[float]]


def training(engine: str, work: Training) -> Work:
    """A step on one batch after the other, and the losses of three on the first."""
    ag = importlib.import_module("autograd")
    state, rate = work.parameters(), np.float32(work.lr)

    def loss(p: Any, x: Any, labels: Any) -> Any:
        hidden = ag.sigmoid(ag.linear(x, p[0], p[1]))
        return ag.softmax_cross_entropy_sum(ag.linear(hidden, p[2], p[3]), labels, len(x))

    def descend(p: Any, x: Any, labels: Any) -> Any:
        value, slopes = ag.value_and_grad(loss)(p, x, labels)
        return [each - rate * slope for each, slope in zip(p, slopes)], value

    run = ag.compile(descend) if engine == "compiled" else descend

    def step(x: Any, labels: Any) -> float:
        nonlocal state
        state, value = run(state, x, labels)
        return float(value)

    own = floors.classifier(work) if engine == "floor" else step
    batches = [*work.data()]
    losses = [own(*batches[0]) for _ in range(3)]
    endless = itertools.cycle(batches)
    return lambda: own(*next(endless)), losses


def chain(engine: str, work: Chain) -> Work:
    """The chain once, and the sums of its results."""
    ag, given = importlib.import_module("autograd"), work.inputs()
    if engine == "double":
        given = given[0].astype(float), given[1].astype(float)
    f = ag.value_and_grad(lambda x, y: ag.sum(work(ag, x, y)), argnums=(0, 1))
    run = floors.chain(work) if engine == "floor" else f if engine == "eager" else ag.compile(f)
    value, *slopes = run(*given)
    slopes = slopes if engine == "floor" else slopes[0]
    return lambda: run(*given), [float(value), *[float(each.sum()) for each in slopes]]


def serve(engine: str, workload: str) -> None:
    """Make ready, and answer."""
    work = WORKLOADS[workload]
    ready = chain(engine, work) if isinstance(work, Chain) else training(engine, work)
    racing.serve(*ready, work.repeat)


def main() -> None:
    """Print a table a workload."""
    if sys.argv[1:2] == ["--serve"]:
        return serve(*sys.argv[2:])
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compiled_arrays", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--only", nargs="*", default=[*ENTRANTS], choices=[*ENTRANTS])
    options = parser.parse_args()
    racing.pin()
    for name in options.only:
        workers = {
            engine: racing.start("compiled_arrays.py", "--serve", engine, name)
            for engine in ENTRANTS[name]
        }
        seconds = racing.race(name, workers, options.rounds, tolerance=1e-4)
        for engine, own in seconds.items():
            least, times = min(own), min(own) / min(seconds["floor"])
            line = f"{name:9} {engine:9} min {1e6 * least:9.2f} us {times:6.2f} x"
            if gate := GATES.get((name, engine)):
                line += f"   at most {gate}: {'kept' if times <= gate else 'NOT KEPT'}"
            print(line, flush=True)
    return None


if __name__ == "__main__":
    main()
