"""Regression with several outputs: the petals of an iris from its sepals.

    python -m demos.regression

The data are scikit-learn's `load_iris` (Fisher 1936), 150 flowers: length and width of the petals,
in cm, are to be found from those of the sepals. A linear layer alone is linear regression: its
minimum is what least squares gives in closed form. A layer of tanh before it finds how the three
species differ, which a plane can't follow. Errors are absolute, on flowers not learned from.

    a linear layer after L-BFGS is least squares to 7 digits or more
    errors on 38 other flowers, in cm
                            length                  width
                          R^2   mean    RMS      R^2   mean    RMS
      the mean          -0.01   1.48   1.65    -0.03   0.69   0.78
      linear             0.84   0.56   0.65     0.74   0.34   0.39
      network            0.93   0.35   0.45     0.84   0.26   0.31
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import nn
from demos.fit import digits
from demos.real_data import Array, Split, datasets, split

HIDDEN = 16
EPOCHS = 100
OUTPUTS = ("length", "width")


def flowers() -> Split:
    """Length and width of sepals; length and width of petals."""
    data = datasets().load_iris().data
    return split(data[:, :2], data[:, 2:])


def linear(data: Split) -> nn.Linear:
    """Linear regression: the minimum of the residual sum of squares, by gradients."""
    layer = nn.Linear(2, 2, rng=np.random.default_rng(0))

    def closure() -> Any:
        loss = nn.rss(layer(data.X), data.Y)
        loss.backward()
        return loss

    nn.LBFGS(layer.parameters(), max_iterations=100).step(closure)
    return layer


def network(data: Split) -> nn.Sequential:
    """A layer of tanh before the linear one, trained by mini-batches."""
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(2, HIDDEN, "tanh", rng=rng), nn.Linear(HIDDEN, 2, rng=rng))
    nn.fit(
        net, data.X, data.Y,
        loss=nn.mse, optimizer=nn.Adam(net.parameters(), lr=0.01),
        epochs=EPOCHS, batch_size=16, rng=rng,
    )  # fmt: skip
    return net


def measure(name: str, found: Array, wanted: Array) -> None:
    """Print a line: of each output, R^2, mean absolute error and root of the mean squared error."""
    errors = nn.mae(found, wanted, reduction="none").mean(0)
    squares = nn.mse(found, wanted, reduction="none").mean(0)
    columns = ""
    for k in range(len(OUTPUTS)):
        r2 = nn.r2(found[:, k], wanted[:, k])
        columns += f"{r2:9.2f}{errors[k]:7.2f}{np.sqrt(squares[k]):7.2f}"
    print(f"  {name:14}{columns}")


def main(arguments: Sequence[str] = ()) -> None:
    """Fit both, and measure them on flowers that they have not seen."""
    data = flowers()
    from sklearn.linear_model import LinearRegression

    layer, other = linear(data), LinearRegression().fit(data.X, data.Y)
    found, wanted = [*layer.W.data.flat, *layer.b.data], [*other.coef_.flat, *other.intercept_]
    same = min(7, int(digits(found, wanted)))  # what lies beyond depends on the machine
    print(f"a linear layer after L-BFGS is least squares to {same} digits or more")
    print(f"errors on {len(data.X_test)} other flowers, in cm")
    print(f"  {'':14}" + "".join(f"{name:^23}" for name in OUTPUTS).rstrip())
    print(f"  {'':14}" + len(OUTPUTS) * f"{'R^2':>9}{'mean':>7}{'RMS':>7}")
    mean = np.broadcast_to(data.Y.mean(0), data.Y_test.shape)
    measure("the mean", mean, data.Y_test)
    for name, model in (("linear", layer), ("network", network(data))):
        measure(name, model(data.X_test).data, data.Y_test)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
