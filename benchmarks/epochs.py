"""A whole training: 784-30-10 on the 50,000 digits, in mini-batches of 10; seconds.

python benchmarks/epochs.py ENGINE EPOCHS

ENGINE is chainrule or torch; fewer epochs than 30 are scaled. The test images are classified after
every epoch, as users do.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from frameworks import FRAMEWORKS, network, training_step
from limits import OURS, seconds
from tensor_workloads import DIGITS, Training

FULL = 30
LIMIT = seconds(15, 8)
WORK = Training(DIGITS, (784,), batch=10)


def chainrule(m: Any, net: Any, train: Any, test: Any, epochs: int) -> float:
    """Train through `nn.fit`; the accuracy in the end."""
    nn = importlib.import_module("nn")
    history = nn.fit(
        net,
        train.images,
        train.labels,
        loss=m.cross_entropy,
        optimizer=m.sgd(net.parameters(), lr=WORK.lr),
        epochs=epochs,
        batch_size=WORK.batch,
        validation=(test.images, test.labels),
        metric=nn.accuracy,
        rng=np.random.default_rng(1),
        progress=False,
    )
    return float(history.validation[-1])


def torch(m: Any, net: Any, train: Any, test: Any, epochs: int) -> float:
    """Train by torch's usual loop; return the accuracy in the end."""
    step, torch = training_step(m, WORK, net), m.functions
    images, labels, unseen, answers = map(m.constant, (*train, *test))
    right = 0.0
    for _ in range(epochs):
        for chosen in torch.randperm(len(images)).split(WORK.batch):
            step(images[chosen], labels[chosen])
        with torch.no_grad():
            right = (net(unseen).argmax(1) == answers).float().mean().item()
    return right


def main() -> None:
    """Train and print."""
    engine, epochs = sys.argv[1], int(sys.argv[2])
    sys.path.append(str(Path(__file__).parents[1]))  # for the digits; peers do not see it
    train, test = importlib.import_module("demos.mnist_data").load()
    m = FRAMEWORKS[engine]()
    net = network(m, WORK)
    run = {"chainrule": chainrule, "torch": torch}[engine]
    start, busy = time.perf_counter(), time.process_time()
    accuracy = run(m, net, train, test, epochs)
    took, busy = (
        (now - then) * FULL / epochs
        for now, then in ((time.perf_counter(), start), (time.process_time(), busy))
    )
    what = f"{FULL} epochs" if epochs == FULL else f"{FULL} epochs ({epochs} run, scaled)"
    line = f"{what} of 784-30-10, {engine}: {took:.1f} s, {busy:.1f} s of them on the CPU"
    line += f", {100 * accuracy:.2f} % right"
    print(line + (f"   {LIMIT.report({OURS: took})}" if engine == OURS else ""))


if __name__ == "__main__":
    main()
