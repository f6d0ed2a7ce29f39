"""Classification: two moons by a network of neurons, handwritten digits by matrices.

    python -m demos.classification

Binary: scikit-learn's `make_moons`, half circles that no line divides. The network is one of
Values, and its one output a logit; `to_tensors()` gives the same network as matrices. Several
classes: scikit-learn's `load_digits`, pictures of 8 x 8 pixels (Alpaydin and Kaynak 1998), labels
0 to 9, and scores that become probabilities in the loss. Measures are of examples not learned from.

    moons: 750 to learn from in 20 epochs, 250 others
      accuracy 0.960; of logistic regression 0.860
      binary: precision 0.967, recall 0.952, specificity 0.968, f1 0.960
      was / found   0   1
                0 121   4
                1   6 119
      area under the ROC curve 0.992
      the neurons and the matrices agree to 1e-12: True
    digits: 1347 to learn from in 20 epochs, 450 others
      accuracy 0.982; of logistic regression 0.982
      macro: precision 0.981, recall 0.983, specificity 0.998, f1 0.982
      was / found   0   1   2   3   4   5   6   7   8   9
                0  49   .   .   .   .   .   .   .   .   .
                1   .  45   .   .   .   .   .   .   .   .
                2   .   .  54   .   .   .   .   .   .   .
                3   .   .   .  38   .   .   .   .   .   .
                4   .   .   .   .  51   .   .   1   .   1
                5   .   .   .   .   .  43   .   .   .   .
                6   1   .   .   .   .   .  45   .   .   .
                7   .   .   .   .   .   .   .  36   .   .
                8   .   1   .   .   .   .   .   .  37   .
                9   .   .   .   .   .   2   .   .   2  44
      right in two guesses 0.998
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

import nn
from demos.real_data import Split, datasets, split

EPOCHS = 20
MEASURES = ("precision", "recall", "specificity", "f1")


def moons() -> Split:
    """Points in the plane; 0 for one moon, 1 for the other."""
    return split(*datasets().make_moons(1000, noise=0.2, random_state=0))


def learn_moons(data: Split) -> nn.MLP:
    """A network 2-8-1 of Values, trained by mini-batches."""
    rng = np.random.default_rng(0)
    net = nn.MLP(2, [8, 1], activation=["tanh", "linear"], fused=True, rng=rng)
    nn.fit(
        net, data.X, data.Y,
        loss=partial(nn.bce, from_logits=True), optimizer=nn.Adam(net.parameters(), lr=0.03),
        epochs=EPOCHS, batch_size=20, rng=rng,
    )  # fmt: skip
    return net


def pictures() -> Split:
    """Brightness of 64 pixels, and which digit it is."""
    data = datasets().load_digits()
    return split(data.data, data.target)


def learn_pictures(data: Split) -> nn.Sequential:
    """A network 64-32-10, trained by mini-batches."""
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(64, 32, "relu", rng=rng), nn.Linear(32, 10, rng=rng))
    nn.fit(
        net, data.X, data.Y,
        loss=nn.cross_entropy, optimizer=nn.Adam(net.parameters(), lr=0.01),
        epochs=EPOCHS, batch_size=32, rng=rng,
    )  # fmt: skip
    return net


def linearly(data: Split) -> float:
    """The accuracy of scikit-learn's logistic regression, which divides by lines."""
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(max_iter=1000).fit(data.X, data.Y)
    return nn.accuracy(found.predict(data.X_test), data.Y_test)


def show(name: str, data: Split, scores: Any, average: str) -> None:
    """Print measures of scores of the test examples, and for each class what it was taken for."""
    labels, options = data.Y_test, {"threshold": 0.0, "average": average}  # 0 for logits
    measures = [f"{m} {getattr(nn, m)(scores, labels, **options):.3f}" for m in MEASURES]
    print(f"{name}: {len(data.X)} to learn from in {EPOCHS} epochs, {len(labels)} others")
    accuracy = nn.accuracy(scores, labels, threshold=0.0)
    print(f"  accuracy {accuracy:.3f}; of logistic regression {linearly(data):.3f}")
    print(f"  {average}: {', '.join(measures)}")
    counts = nn.confusion_matrix(scores, labels, threshold=0.0)
    print("  was / found" + "".join(f"{k:4}" for k in range(len(counts))))
    for k, row in enumerate(counts):
        print(f"  {k:11}" + "".join(f"{n:4}" if n else "   ." for n in row))


def main(arguments: Sequence[str] = ()) -> None:
    """Learn both, and measure them on examples that they have not seen."""
    data = moons()
    net = learn_moons(data)
    logits = net.to_tensors()(data.X_test)[:, 0]
    show("moons", data, logits, "binary")
    print(f"  area under the ROC curve {nn.roc_auc(logits, data.Y_test):.3f}")
    one_by_one = np.array([net(x).data for x in data.X_test.tolist()])
    same = np.allclose(logits.data, one_by_one, rtol=0, atol=1e-12)
    print(f"  the neurons and the matrices agree to 1e-12: {same}")
    data = pictures()
    scores = learn_pictures(data)(data.X_test)
    show("digits", data, scores, "macro")
    print(f"  right in two guesses {nn.top_k_accuracy(scores, data.Y_test, k=2):.3f}")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
