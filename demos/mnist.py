"""The notes' network on the MNIST digits: 784-30-10, 30 epochs, about 95.5 % (notes 000).

Sigmoid hidden layer; sigmoid outputs with cross-entropy, computed from the logits, summed over the
outputs and averaged over the batch; weights and biases N(0, 1); learning rate 0.5; mini-batches
of 10; 50,000 images to train and 10,000 to test.
"""

import argparse
import functools
import statistics
from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

import nn
from demos import OUT, mnist_data
from demos.mnist_data import Digits

NOTES = 95.49
"""The accuracy in the notes, in percent: that of the best epoch."""


def network(hidden: int, rng: np.random.Generator) -> nn.Sequential:
    """784 inputs, a sigmoid hidden layer, 10 logits."""
    normal = nn.init.normal()
    first = nn.Linear(784, hidden, weight=normal, bias=normal, rng=rng, dtype=np.float32)
    second = nn.Linear(hidden, 10, weight=normal, bias=normal, rng=rng, dtype=np.float32)
    return nn.Sequential(first, nn.Sigmoid(), second)


def train(train: Digits, test: Digits, epochs: int, seed: int) -> nn.History:
    """Train the network from a seed; a line for every fifth epoch."""
    rng = np.random.default_rng(seed)
    net = network(30, rng)

    def report(epoch: int, history: nn.History) -> None:
        if epoch in (1, epochs) or epoch % 5 == 0:
            accuracy = f"test accuracy {100 * history.validation[-1]:.2f} %"
            loss = f"training loss {history.loss[-1]:.4f}"
            tqdm.write(f"  epoch {epoch:2}: {accuracy}, {loss}, {history.seconds:.1f} s")

    return nn.fit(
        net,
        train.images,
        nn.one_hot(train.labels, 10, np.float32),
        loss=functools.partial(nn.bce, from_logits=True, reduction="batch"),
        optimizer=nn.SGD(net.parameters(), lr=0.5),
        epochs=epochs,
        batch_size=10,
        validation=(test.images, test.labels),
        metric=nn.accuracy,
        callbacks=[report],
        rng=rng,
    )


def plot(histories: dict[int, nn.History]) -> None:
    """Accuracy by epoch, to demos/out/mnist.svg."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5), layout="constrained")
    for seed, history in histories.items():
        epochs = range(1, len(history.validation) + 1)
        axes.plot(epochs, [100 * a for a in history.validation], ".-", label=f"seed {seed}")
    axes.axhline(NOTES, linestyle="--", color="grey", label=f"the notes: {NOTES} %")
    axes.set(xlabel="epoch", ylabel="test accuracy, %", title="784-30-10 on MNIST")
    axes.legend()
    figure.savefig(OUT / "mnist.svg")
    pyplot.close(figure)


def main(arguments: Sequence[str] = ()) -> None:
    """Train, print and plot."""
    parser = argparse.ArgumentParser(prog="python -m demos.mnist", description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    options = parser.parse_args(arguments)
    if options.epochs < 1:
        parser.error(f"argument --epochs: got {options.epochs}; it must be at least 1")
    print("reading the digits ...", flush=True)
    digits = mnist_data.load()
    histories = {}
    for seed in options.seeds:
        print(f"training on {len(digits[0].images):,} images, seed {seed}", flush=True)
        histories[seed] = history = train(*digits, options.epochs, seed)
        final, best = (100 * a for a in (history.validation[-1], max(history.validation)))
        print(f"final {final:.2f} %, best epoch {best:.2f} %; the notes: {NOTES} %", flush=True)
    if len(histories) > 1:
        median = statistics.median(100 * max(h.validation) for h in histories.values())
        print(f"median best epoch over {len(histories)} seeds: {median:.2f} %")
    OUT.mkdir(exist_ok=True)
    plot(histories)
    print("accuracy by epoch drawn to demos/out/mnist.svg")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
