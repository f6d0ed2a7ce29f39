"""Compiled functions of arrays beside NumPy by hand (floors.py) and eager Tensors.

    python -m benchmarks.compiled_arrays [--rounds N] [--only WORKLOAD ...]

A step of a training with a cross-entropy, by SGD or Adam: `compiled` takes the parameters, and what
Adam remembers, and gives new ones; `donated` writes these into the old ones' memory; `fit` is an
epoch of nn.fit(compile=True), for each step; `near` and `fast` are `compiled` and `fit` with
`exact=False` and `compile="fast"`.
The value and gradients of 200 elementwise operations on 8 numbers: `double` has them in float64, as
arrays, `numbers` number by number. Each round runs all of them once, on one CPU; minima.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # as the workers have it

import floors
import numpy as np
import racing
from tensor_workloads import WORKLOADS, Chain, Training

ENTRANTS = {
    "mnist10": ("floor", "compiled", "donated", "near", "fit", "fast", "eager"),
    "mnist128": ("floor", "compiled", "donated", "near", "fit", "fast", "eager"),
    "adam256": ("floor", "compiled", "donated", "near", "fit", "fast", "eager"),
    "ops": ("floor", "compiled", "near", "double", "numbers", "eager"),
}
GATES = {
    ("mnist10", "compiled"): 1.0,
    ("mnist10", "donated"): 1.0,
    ("mnist10", "near"): 1.0,
    ("mnist128", "compiled"): 0.95,
    ("mnist128", "donated"): 0.95,
    ("mnist128", "near"): 0.95,
    ("adam256", "compiled"): 1.0,
    ("adam256", "donated"): 1.0,
    ("adam256", "near"): 1.0,
    ("ops", "compiled"): 0.15,
    ("ops", "near"): 0.15,
    ("ops", "double"): 0.15,
}
"""Most times the floor that each is to take."""
BETAS = 0.9, 0.999
Work = tuple[Any, list[float]]


def training(engine: str, work: Training) -> Work:
    """A step on one batch after the other, and the losses of three on the first."""
    ag, batches = importlib.import_module("autograd"), [*work.data()]
    kinds = [layer.activation or None for layer in work.layers]

    def loss(p: Any, x: Any, labels: Any) -> Any:
        for W, b, kind in zip(p[::2], p[1::2], kinds):
            x = ag.linear(x, W, b, kind)
        return ag.softmax_cross_entropy_sum(x, labels, len(x))

    def descend(p: Any, rate: Any, x: Any, labels: Any) -> Any:
        value, slopes = ag.value_and_grad(loss)(p, x, labels)
        return [each - rate * slope for each, slope in zip(p, slopes)], value

    def adam(p: Any, m: Any, v: Any, rate: Any, least: Any, x: Any, labels: Any) -> Any:
        value, slopes = ag.value_and_grad(loss)(p, x, labels)
        m = [BETAS[0] * each + g for each, g in zip(m, slopes)]
        v = [BETAS[1] * each + g * g for each, g in zip(v, slopes)]
        p = [x - rate * (a / (np.sqrt(b) + least)) for x, a, b in zip(p, m, v)]
        return p, m, v, value

    of = descend if work.optimizer == "sgd" else adam
    run = of
    if engine in ("compiled", "donated", "near"):
        given = ("p",) if of is descend else ("p", "m", "v")
        donate = given if engine == "donated" else ()
        run = ag.compile(of, exact=engine != "near", donate=donate)
    parameters, steps = work.parameters(), 0
    state = [parameters]
    if work.optimizer == "adam":
        state += [[np.zeros_like(p) for p in parameters] for _ in BETAS]

    def step(x: Any, labels: Any) -> float:
        nonlocal state, steps
        steps += 1
        numbers = [np.float32(work.lr)]
        if work.optimizer == "adam":
            scale = ((1 - BETAS[1]) / (1 - BETAS[1] ** steps)) ** 0.5
            rate = work.lr * (1 - BETAS[0]) / (1 - BETAS[0] ** steps)
            numbers = [np.float32(rate / scale), np.float32(1e-8 / scale)]
        *state, value = run(*state, *numbers, x, labels)
        return float(value)

    own = floors.classifier(work) if engine == "floor" else step
    losses = [own(*batches[0]) for _ in range(3)]
    endless = itertools.cycle(batches)
    return lambda: own(*next(endless)), losses


def _times(work: Training) -> int:
    """How often an epoch has each batch: what fit does once an epoch is little beside it."""
    return max(work.repeat // work.batches, 1)


def epochs(work: Training, compile: bool | str) -> Work:
    """An epoch of nn.fit, which waits after each, and the losses of three steps on one batch."""
    nn = importlib.import_module("nn")

    def fit(x: Any, y: Any, count: int, **more: Any) -> Any:
        start, layers = iter(work.parameters()), []
        for each in work.layers:
            made = nn.Linear(each.nin, each.nout, each.activation or None, rng=0, dtype=np.float32)
            made.W.data, made.b.data = next(start), next(start)
            layers.append(made)
        model = nn.Sequential(*layers)
        kind = {"sgd": nn.SGD, "adam": nn.Adam}[work.optimizer]
        optimizer = kind(model.parameters(), lr=work.lr)
        given = {"epochs": count, "batch_size": work.batch, "rng": 0, "progress": False, **more}
        return nn.fit(
            model, x, y, loss=nn.cross_entropy, optimizer=optimizer, compile=compile, **given
        )

    batches = [*work.data()]
    losses = fit(*batches[0], 3).loss
    x, y = map(np.concatenate, zip(*batches * _times(work)))
    go, done = threading.Semaphore(0), threading.Semaphore(0)

    def wait(*_: Any) -> None:
        done.release()
        go.acquire()

    threading.Thread(
        target=fit, args=(x, y, 10**9), kwargs={"callbacks": [wait]}, daemon=True
    ).start()
    done.acquire()

    def epoch() -> None:
        go.release()
        done.acquire()

    return epoch, losses


def chain(engine: str, work: Chain) -> Work:
    """The chain once, and the sums of its results."""
    ag, given = importlib.import_module("autograd"), work.inputs()
    if engine in ("double", "numbers"):
        given = given[0].astype(float), given[1].astype(float)
    f = ag.value_and_grad(lambda x, y: ag.sum(work(ag, x, y)), argnums=(0, 1))
    compiled = ag.compile(f, arrays=engine != "numbers", exact=engine != "near")
    run = {"floor": floors.chain(work), "eager": f}.get(engine, compiled)
    value, *slopes = run(*given)
    slopes = slopes if engine == "floor" else slopes[0]
    return lambda: run(*given), [float(value), *[float(each.sum()) for each in slopes]]


def serve(engine: str, workload: str) -> None:
    """Make ready, and answer."""
    work = WORKLOADS[workload]
    if engine in ("fit", "fast") and isinstance(work, Training):
        how = "fast" if engine == "fast" else True
        racing.serve(*epochs(work, how), 1, _times(work) * work.batches)
        return
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
