"""The example of notes 001 back-propagated to its end, by hand, by the engine and by differences.

    python -m demos.worked_example

The network has 4 inputs, layers of 2 and 3 neurons and one output; every neuron is logistic, and
unit 0 of each layer is the constant 1 that the bias is the weight of. The cost of an example is
C = (y - yhat)^2 / 2. The notes give no numbers, so weights and example are drawn from a seed. They
stop in the middle of step 4; there the sum over the neurons that an output goes to carries on:

    dC/da_j(l) = sum_k dC/dz_k(l+1) theta_jk(l)      back through the weights
    dC/dz_j(l) = dC/da_j(l) s'(z_j(l))               back through the logistic function
    dC/dtheta_jk(l) = dC/dz_k(l+1) a_j(l)            aside to the weights; a_0 = 1 for a bias

    C = 0.1660177, y = 0.943056, yhat = 0.366831
    x                value   dC/dx by hand       engine   differences
    a_1(4)        0.366831     -0.57622507  -0.57622507   -0.57622507
    z_1(4)       -0.545836     -0.13383751  -0.13383751   -0.13383751
    theta_01(3)   1.482571     -0.13383751  -0.13383751   -0.13383751
    theta_11(3)  -1.829604     -0.12643593  -0.12643593   -0.12643593
    theta_21(3)  -0.003081     -0.03142939  -0.03142939   -0.03142939
    theta_31(3)  -0.892056     -0.04489902  -0.04489902   -0.04489902
    a_1(3)        0.944697      0.24486964   0.24486964    0.24486964
    a_2(3)        0.234832      0.00041235   0.00041235    0.00041235
    a_3(3)        0.335474      0.11939052   0.11939052    0.11939052
    z_1(3)        2.838043      0.01279305   0.01279305    0.01279305
    theta_01(2)   2.252729      0.01279305   0.01279305    0.01279305
    ...
    theta_32(1)   0.510547      0.00025748   0.00025748    0.00025748
    theta_42(1)  -1.493117     -0.00064117  -0.00064117   -0.00064117
    largest disagreement of engine and hand: ...
    largest disagreement of differences and hand: ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import autograd as ag
from autograd import Value
from autograd.checking.differences import derivative

SIZES = (4, 2, 3, 1)
SEED = 4

Numbers = dict[str, Any]


def theta(layer: int, j: int, k: int) -> str:
    """The name of the weight from neuron j of a layer, 0 for the bias, to neuron k of the next."""
    return f"theta_{j}{k}({layer})"


def example(rng: np.random.Generator) -> Numbers:
    """Weights, inputs and target by name."""
    numbers: Numbers = {"y": rng.random()}
    numbers |= {f"a_{j}(1)": rng.normal() for j in range(1, SIZES[0] + 1)}
    for layer, (before, after) in enumerate(pairwise(SIZES), 1):
        names = [theta(layer, j, k) for k in range(1, after + 1) for j in range(before + 1)]
        numbers |= {name: rng.normal() for name in names}
    return numbers


def forward(given: Mapping[str, Any], instead: Mapping[str, float] | None = None) -> Numbers:
    """Everything that the network computes, by name, from floats or from Values.

    What `instead` names is not computed but has that value: so a z or an a inside can be moved.
    """
    instead = instead or {}
    n = {**given, **instead}
    for layer, (before, after) in enumerate(pairwise(SIZES), 1):
        for k in range(1, after + 1):
            z, a = f"z_{k}({layer + 1})", f"a_{k}({layer + 1})"
            total = n[theta(layer, 0, k)]
            for j in range(1, before + 1):
                total = total + n[theta(layer, j, k)] * n[f"a_{j}({layer})"]
            n[z] = instead.get(z, total)
            n[a] = instead.get(a, ag.sigmoid(n[z]))
    n["C"] = (n["y"] - n[f"a_1({len(SIZES)})"]) ** 2 / 2
    return n


def by_hand(n: Numbers) -> Numbers:
    """The derivatives of C from the formulas above, from the output back, by name."""
    last = len(SIZES)
    d: Numbers = {f"a_1({last})": n[f"a_1({last})"] - n["y"]}
    for layer in range(last, 1, -1):
        outputs, inputs = range(1, SIZES[layer - 1] + 1), range(1, SIZES[layer - 2] + 1)
        for k in outputs:
            a = n[f"a_{k}({layer})"]
            d[f"z_{k}({layer})"] = delta = d[f"a_{k}({layer})"] * a * (1 - a)
            d[theta(layer - 1, 0, k)] = delta
            for j in inputs:
                d[theta(layer - 1, j, k)] = delta * n[f"a_{j}({layer - 1})"]
        if layer > 2:  # what comes before are the inputs of the network
            for j in inputs:
                d[f"a_{j}({layer - 1})"] = sum(
                    d[f"z_{k}({layer})"] * n[theta(layer - 1, j, k)] for k in outputs
                )
    return d


def by_engine(given: Numbers) -> Numbers:
    """The gradients that one backward pass leaves at every node of the graph."""
    wrapped = {name: Value(v) if "theta" in name else v for name, v in given.items()}
    n = forward(wrapped)
    n["C"].backward()
    return {name: v.grad for name, v in n.items() if isinstance(v, Value)}


def by_differences(given: Numbers, name: str) -> float:
    """The derivative from values of C alone, where one number is moved."""
    at = forward(given)[name]
    return derivative(lambda v: float(forward(given, {name: v})["C"]), at).derivative


def main(arguments: Sequence[str] = ()) -> None:
    """Print every derivative three times, and how far apart they are."""
    given = example(np.random.default_rng(SEED))
    n = forward(given)
    hand, engine = by_hand(n), by_engine(given)
    differences = {name: by_differences(given, name) for name in hand}
    print(f"C = {n['C']:.7f}, y = {n['y']:.6f}, yhat = {n['a_1(4)']:.6f}")
    print(f"{'x':12}{'value':>10}{'dC/dx by hand':>16}{'engine':>13}{'differences':>14}")
    for name, d in hand.items():
        print(f"{name:12}{n[name]:10.6f}{d:16.8f}{engine[name]:13.8f}{differences[name]:14.8f}")
    for title, found in (("engine", engine), ("differences", differences)):
        furthest = max(abs(found[name] - d) for name, d in hand.items())
        print(f"largest disagreement of {title} and hand: {furthest:.0e}")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
