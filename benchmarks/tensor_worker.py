"""One engine in a process of its own: for every line read, a round is run and timed.

    python benchmarks/tensor_worker.py ENGINE WORKLOAD

ENGINE is floor (by hand, see floors.py), numpy, chainrule or torch. Beside the time stand what
all must agree in: the losses of the first three steps, or the value and gradients of the chain.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable

import floors
import numpy as np
from frameworks import FRAMEWORKS, network, training_step
from racing import serve
from tensor_workloads import WORKLOADS, Chain, Training

Work = tuple[Callable[[], object], list[float]]  # a repetition, and the results to agree in


def training(engine: str, work: Training) -> Work:
    """A step on one batch after the other."""
    if engine == "floor":
        floor = {"cross_entropy": floors.classifier, "bce": floors.logistic}[work.loss]
        step, constant = floor(work), np.asarray
    else:
        m = FRAMEWORKS[engine]()
        step, constant = training_step(m, work, network(m, work)), m.constant
    batches = [(constant(x), constant(y)) for x, y in work.data()]
    # Three steps on the same batch, whose losses tell much of the gradients
    losses = [step(*batches[0]) for _ in range(3)]
    endless = itertools.cycle(batches)
    return lambda: step(*next(endless)), losses


def chain(engine: str, work: Chain) -> Work:
    """The chain of operations once, from new variables."""
    arrays = work.inputs()
    if engine == "floor":
        floor = floors.chain(work)
        return lambda: floor(*arrays), [float(np.sum(a)) for a in floor(*arrays)]
    m = FRAMEWORKS[engine]()

    def with_gradients() -> list[float]:
        leaves = [m.variable(a) for a in arrays]
        total = m.functions.sum(work(m.functions, *leaves))
        m.backward(total)
        return [total.item(), *(float(leaf.grad.sum()) for leaf in leaves)]

    def value() -> list[float]:
        with m.no_grad():
            out = work(m.functions, *(m.variable(a) for a in arrays))
            return [m.functions.sum(out).item()]

    repetition = with_gradients if work.recorded else value
    return repetition, repetition()


def main() -> None:
    """Make ready, and answer."""
    engine, workload = sys.argv[1:]
    work = WORKLOADS[workload]
    ready = chain(engine, work) if isinstance(work, Chain) else training(engine, work)
    serve(*ready, work.repeat, parts=4 * work.cycles if isinstance(work, Chain) else 1)


if __name__ == "__main__":
    main()
