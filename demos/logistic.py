"""Logistic regression: which tumours are malignant, by one neuron, and its minimum found thrice.

    python -m demos.logistic

The data are scikit-learn's `load_breast_cancer`: 30 measures of the nuclei of cells from 569
tumours (Wolberg, Street and Mangasarian 1995). The output of a sigmoid neuron is the probability
that a tumour is malignant. What is minimised is the sum of equation (35) of notes 000 plus
|w|^2 / 2, without which the weights would have no end where a plane divides the classes.

    30 weights and a bias from 426 tumours: the minimum
      found by              cost    digits that are scikit-learn's, at least
      gradient descent  26.35336     1
      L-BFGS            26.35327     5
      Newton's method   26.35327    12
    of 143 other tumours: 52 of 57 malignant and 85 of 86 benign found
      accuracy    0.9580
      precision   0.9811
      recall      0.9123
      specificity 0.9884
      f1          0.9455
      area of ROC 0.9957
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd as ag
import nn
from demos.fit import digits
from demos.real_data import Array, Split, datasets, split

EPOCHS = 500


def tumours() -> Split:
    """The measures, and 1 for malignant, which scikit-learn calls 0."""
    data = datasets().load_breast_cancer()
    return split(data.data, 1 - data.target[:, None])


def cost(logits: Any, w: Any, y: Array) -> Any:
    """The sum of equation (35), and |w|^2 / 2."""
    return nn.bce(logits, y, from_logits=True, reduction="sum") + ag.sum(w**2) / 2


def neuron(data: Split) -> nn.Linear:
    """The weighted sum of the neuron, the logit of its output; all parameters are 0."""
    zero = nn.init.constant(0.0)
    return nn.Linear(data.X.shape[1], 1, weight=zero, bias=zero)


def descend(net: nn.Linear, data: Split) -> None:
    """Gradient descent with momentum; each step is of all examples."""
    m = len(data.X)
    nn.fit(
        net, data.X, data.Y,
        loss=lambda logits, y: cost(logits, net.W, y) / m,
        optimizer=nn.SGD(net.parameters(), lr=0.3, momentum=0.9),
        epochs=EPOCHS, batch_size=m,
    )  # fmt: skip


def lbfgs(net: nn.Linear, data: Split) -> None:
    """Steps by a model of the curvature that is made from gradients."""

    def closure() -> Any:
        loss = cost(net(data.X), net.W, data.Y)
        loss.backward()
        return loss

    nn.LBFGS(net.parameters(), max_iterations=1000).step(closure)


def newton(net: nn.Linear, data: Split) -> None:
    """Steps to the minimum of the parabola with the same second derivatives."""
    ones = np.c_[np.ones(len(data.X)), data.X]  # the bias is the weight of an input 1
    theta = np.zeros(ones.shape[1])

    def of(theta: Any) -> Any:
        return cost(ones @ theta, theta[1:], data.Y[:, 0])

    for _ in range(12):
        theta -= np.linalg.solve(ag.hessian(of)(theta), ag.grad(of)(theta))
    net.b.data, net.W.data = theta[:1], theta[None, 1:]


WAYS = (("gradient descent", descend, 1), ("L-BFGS", lbfgs, 5), ("Newton's method", newton, 12))
"""The ways to the minimum, and to how many digits they are compared."""


def measure(logits: Array, y: Array) -> None:
    """Print how good it is on these: a tumour is called malignant where the logit is above 0."""
    (tn, fp), (fn, tp) = nn.confusion_matrix(logits, y, threshold=0.0)
    found = f"{tp} of {tp + fn} malignant and {tn} of {tn + fp} benign found"
    print(f"of {len(y)} other tumours: {found}")
    for name in ("accuracy", "precision", "recall", "specificity", "f1"):
        print(f"  {name:12}{getattr(nn, name)(logits, y, threshold=0.0):.4f}")
    print(f"  {'area of ROC':12}{nn.roc_auc(logits, y):.4f}")


def main(arguments: Sequence[str] = ()) -> None:
    """Find the minimum thrice, and measure the neuron on tumours that it has not seen."""
    data = tumours()
    from sklearn.linear_model import LogisticRegression

    other = LogisticRegression(solver="newton-cholesky", tol=1e-14).fit(data.X, data.Y[:, 0])
    print(f"{data.X.shape[1]} weights and a bias from {len(data.X)} tumours: the minimum")
    print(f"{'  found by':20}{'cost':>8}    digits that are scikit-learn's, at least")
    for name, way, most in WAYS:
        net = neuron(data)
        way(net, data)
        loss = cost(net(data.X), net.W, data.Y).item()
        found, wanted = [*net.W.data[0], *net.b.data], [*other.coef_[0], *other.intercept_]
        same = min(most, int(digits(found, wanted)))  # what lies beyond depends on the machine
        print(f"  {name:18}{loss:8.5f}{same:6}")
    measure(net(data.X_test).data, data.Y_test)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
