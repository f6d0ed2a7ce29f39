"""The derivatives printed in notes 000: losses of one neuron, softmax, Jacobi matrices."""

from functools import partial
from typing import Any

import numpy as np

import autograd as ag
from demos.check_the_notes import Formula, Quantities

D = ag.jacobian  # for the factors that the notes leave as symbols
s, softmax, log = ag.sigmoid, ag.softmax, ag.log
ETA = 0.5


def ds(z: Any) -> Any:
    """s' as the notes have it; it has a row of its own."""
    return s(z) * (1 - s(z))


def neuron(rng: np.random.Generator) -> Quantities:
    """One sigmoid neuron, F = s(w x + b) = s(z), and any pair x, y."""
    w, b, x = rng.normal(size=3).tolist()
    return {"w": w, "b": b, "x": x, "y": rng.random(), "z": w * x + b, "F": s(w * x + b)}


def entropy(F: Any, y: Any) -> Any:
    """Equation (35) for one output."""
    return -(y * log(F) + (1 - y) * log(1 - F))


def toy(w: Any, b: Any) -> Any:
    """The quadratic cost of the pair x = 1, y = 0."""
    return (s(w + b) - 0) ** 2 / 2


def classes(rng: np.random.Generator) -> Quantities:
    """Softmax outputs for 4 examples and 3 classes; n has the right one of each example."""
    return {"b": rng.normal(size=3), "Q": rng.normal(size=(4, 3)), "n": rng.integers(3, size=4)}


def likelihood(b: Any, Q: Any, n: Any) -> Any:
    """-sum_i log F_n(x_i)."""
    return -ag.sum(log(chosen(b, Q, n)))


def chosen(b: Any, Q: Any, n: Any) -> Any:
    """F_n(x_i) of each example."""
    return softmax(Q + b)[np.arange(len(n)), n]


def line_2(b: Any, Q: Any, n: Any) -> Any:
    """As printed: the square of F_n, whatever j is."""
    F = chosen(b, Q, n)
    return np.array([-np.sum((F * (n == j) - F**2) / F) for j in range(len(b))])


def line_2_corrected(b: Any, Q: Any, n: Any) -> Any:
    """F_n F_j in its place."""
    F = chosen(b, Q, n)
    columns = softmax(Q + b).T  # F_j of every example
    return np.array([-np.sum((F * (n == j) - F * F_j) / F) for j, F_j in enumerate(columns)])


def line_3(b: Any, Q: Any, n: Any) -> Any:
    """As printed: the same sum for every j, in which y_n = 1."""
    return np.full(len(b), np.sum(chosen(b, Q, n) - 1))


def layer(rng: np.random.Generator) -> Quantities:
    """z' = g(q), q = W z + b; g is softmax, whose Jacobi matrix is not diagonal."""
    W, b, z, y = (rng.normal(size=shape) for shape in ((2, 3), 2, 3, 2))
    return {"W": W, "b": b, "z": z, "y": y, "q": W @ z + b}


def quadratic(F: Any, y: Any) -> Any:
    """The mean square error of one example."""
    return ag.sum((F - y) ** 2) / 2


def network(rng: np.random.Generator) -> Quantities:
    """Three layers, of sizes 2-3-2-3."""
    shapes: Quantities = {
        "W1": (3, 2),
        "b1": 3,
        "W2": (2, 3),
        "b2": 2,
        "W3": (3, 2),
        "b3": 3,
        "x": 2,
        "y": 3,
    }
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def cost(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, x: Any, y: Any) -> Any:
    """Of the network, with softmax last."""
    return quadratic(softmax(W3 @ s(W2 @ s(W1 @ x + b1) + b2) + b3), y)


def swept(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, x: Any, y: Any) -> Any:
    """(grad L)^T Df(3) Df(2) Dg(1)."""
    q1 = W1 @ x + b1
    z1, z2 = s(q1), s(W2 @ s(q1) + b2)
    Df2, Df3 = D(lambda z: s(W2 @ z + b2))(z1), D(lambda z: softmax(W3 @ z + b3))(z2)
    return D(lambda F: quadratic(F, y))(softmax(W3 @ z2 + b3)) @ Df3 @ Df2 @ D(s)(q1)


def swept_to_weights(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, x: Any, y: Any) -> Any:
    """Adjoint of the first layer, times dq(1)/dW(1)."""
    dq = D(lambda W: W @ x + b1)(W1)
    return np.tensordot(swept(W1, b1, W2, b2, W3, b3, x, y), dq, 1)


by_w = partial(Formula, neuron, lambda w, b, x, y: entropy(s(w * x + b), y), "w")
by_b = partial(Formula, neuron, lambda w, b, x, y: entropy(s(w * x + b), y), "b")
of_sigmoid = partial(Formula, neuron, lambda z: s(z), "z")
of_classes = partial(Formula, classes, likelihood, "b")
of_layer = partial(Formula, layer, lambda W, b, z: softmax(W @ z + b))
of_output = partial(Formula, layer, lambda W, b, z, y: quadratic(softmax(W @ z + b), y))

FORMULAS = [
    Formula(
        neuron, toy, "w", "quadratic cost", "dL/dw = s(w+b) s'(w+b)",
        lambda w, b: s(w + b) * ds(w + b),
    ),
    Formula(
        neuron, toy, "b", "quadratic cost", "dL/db = s(w+b) s'(w+b)",
        lambda w, b: s(w + b) * ds(w + b),
    ),
    by_w(
        "(36), line 1", "dL/dw = -(y / s(wx+b) - (1-y) / (1 - s(wx+b))) s'(wx+b) x",
        lambda w, b, x, y: (
            -(y / s(w * x + b) - (1 - y) / (1 - s(w * x + b))) * ds(w * x + b) * x
        ),
    ),
    by_w(
        "(36), line 2", "dL/dw = s'(wx+b) x / (s(wx+b) [1 - s(wx+b)]) [s(wx+b) - y]",
        lambda w, b, x, y: (
            ds(w * x + b) * x / (s(w * x + b) * (1 - s(w * x + b))) * (s(w * x + b) - y)
        ),
    ),
    by_w(
        "(36), line 3", "dL/dw = x [s(wx+b) - y]", lambda w, b, x, y: x * (s(w * x + b) - y)
    ),
    of_sigmoid("below (36)", "s'(z) = s(z) [1 - s(z)]", lambda z: s(z) * (1 - s(z))),
    by_b("(37)", "dL/db = s(wx+b) - y", lambda w, b, x, y: s(w * x + b) - y),
    by_b(
        "below (37)", "dL/db = dL/dF F'",
        lambda z, F, y: D(lambda F: entropy(F, y))(F) * D(s)(z),
    ),
    of_sigmoid("below (37)", "F' = F (1 - F)", lambda F: F * (1 - F)),
    Formula(
        neuron, entropy, "F", "below (37)", "dL/dF = (F - y) / (F (1 - F))",
        lambda F, y: (F - y) / (F * (1 - F)),
    ),
    of_classes(
        "softmax, line 1", "dL/db_j = -sum_i 1/F_n dF_n/db_j",
        lambda b, Q, n: -(1 / chosen(b, Q, n)) @ D(lambda b: chosen(b, Q, n))(b),
    ),
    of_classes(
        "softmax, line 2", "dL/db_j = -sum_i 1/F_n [F_n delta_nj - F_n^2]", line_2,
        "-sum_i 1/F_n [F_n delta_nj - F_n F_j]", line_2_corrected,
    ),
    of_classes(
        "softmax, line 3", "dL/db_j = sum_i [F_n - y_n]", line_3,
        "sum_i [F_j - y_j]",
        lambda b, Q, n: np.sum(softmax(Q + b) - np.eye(3)[n], axis=0),
    ),
    Formula(
        neuron, toy, "w", "gradient descent", "w' = w - eta dL/dw, so dL/dw = (w - w') / eta",
        lambda w, b: (w - (w - ETA * D(lambda w: toy(w, b))(w))) / ETA,
    ),
    of_layer(
        "W", "back-propagation", "dz(k)/dtheta = dg(k)/dq_i dq_i/dtheta",
        lambda W, b, z, q: np.tensordot(D(softmax)(q), D(lambda W: W @ z + b)(W), 1),
    ),
    of_layer(
        "W", "back-propagation", "dz(k)/dW_ij = dg(k)/dq_i z(k-1)_j",
        lambda q, z: np.multiply.outer(D(softmax)(q), z),
    ),
    of_layer("b", "back-propagation", "dz(k)/db_i = dg(k)/dq_i", lambda q: D(softmax)(q)),
    of_output(
        "W", "algorithm", "dL/dW(n)_ij = (grad L)^T dg(n)/dq_i z(n-1)_j",
        lambda q, z, y: np.outer(D(lambda F: quadratic(F, y))(softmax(q)) @ D(softmax)(q), z),
    ),
    of_output(
        "b", "algorithm", "dL/db(n)_i = (grad L)^T dg(n)/dq_i",
        lambda q, y: D(lambda F: quadratic(F, y))(softmax(q)) @ D(softmax)(q),
    ),
    Formula(
        network, cost, "W1", "algorithm",
        "dL/dW(k) = (grad L)^T Df(n)...Df(k+1) Dg(k) dq(k)/dW(k)", swept_to_weights,
    ),
    Formula(
        network, cost, "b1", "algorithm",
        "dL/db(k) = (grad L)^T Df(n)...Df(k+1) Dg(k) dq(k)/db(k)", swept,
    ),
]  # fmt: skip
