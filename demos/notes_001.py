"""The derivatives printed in notes 001: gradient descent, and the back-propagated example."""

from functools import partial
from typing import Any

import numpy as np

import autograd as ag
from demos.check_the_notes import Formula, Quantities

D = ag.jacobian  # for the factors that the notes leave as symbols
s = ag.sigmoid
ETA = 0.5


def ds(z: Any) -> Any:
    """s' as the notes have it; it has a row of its own."""
    return s(z) * (1 - s(z))


def cost(y: Any, yhat: Any) -> Any:
    """Of one example."""
    return (y - yhat) ** 2 / 2


def examples(rng: np.random.Generator) -> Quantities:
    """Six examples for a network with weights Theta from 3 inputs to 2 neurons, then to one."""
    shapes: Quantities = {"Theta": (2, 3), "last": 2, "X": (6, 3), "Y": 6}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def costs(Theta: Any, last: Any, X: Any, Y: Any) -> Any:
    """Of each example."""
    return cost(Y, s(s(X @ Theta.T) @ last))


def step_of(size: int, where: str, text: str) -> Formula:
    """The step on the mean cost of a batch; it implies that the gradient is (theta - theta')/eta.

    For Theta alike, which holds every theta.
    """

    def mean(Theta: Any, last: Any, X: Any, Y: Any) -> Any:
        return ag.mean(costs(Theta, last, X[:size], Y[:size]))

    def implied(Theta: Any, last: Any, X: Any, Y: Any) -> Any:
        slopes = D(costs)(Theta, last, X, Y)[:size]  # example by example
        return (Theta - (Theta - ETA / size * sum(slopes))) / ETA

    return Formula(examples, mean, "Theta", where, text, implied)


def laid_out(Theta: Any, last: Any, X: Any, Y: Any) -> Any:
    """dC/dtheta_jk in row k and column j, one number theta_jk, from j to k, after the other."""
    found = np.zeros_like(Theta)
    for k, j in np.ndindex(Theta.shape):

        def of_one(theta: Any, k: int = k, j: int = j) -> Any:
            z = list(Theta @ X[0])
            z[k] = z[k] + (theta - Theta[k, j]) * X[0, j]
            return cost(Y[0], s(sum(v * s(z_k) for v, z_k in zip(last, z))))

        found[k, j] = D(of_one)(Theta[k, j])
    return found


def output(rng: np.random.Generator) -> Quantities:
    """The last neuron: z(4) = theta(3)^T a(3), of which a_0 = 1, and yhat = a(4) = s(z(4))."""
    theta, a, y = rng.normal(size=4), np.append(1.0, rng.random(3)), rng.random()
    z = float(theta @ a)
    return {"theta": theta, "a": a, "y": y, "z": z, "yhat": s(z)}


def hidden(rng: np.random.Generator) -> Quantities:
    """The layer before, a(3) = s(z(3)), and the weights and target of the last neuron."""
    z = rng.normal(size=3)
    return {"z": z, "a": s(z), "theta": rng.normal(size=4), "y": rng.random()}


def back_to_z(y: Any, z: Any) -> Any:
    """dC/dz(4), from the engine."""
    return D(lambda z: cost(y, s(z)))(z)


def to_theta(y: Any, theta: Any, a: Any, z: Any) -> Any:
    """dC/dz dz/dtheta."""
    return back_to_z(y, z) * D(lambda theta: theta @ a)(theta)


def z4(a: Any, theta: Any) -> Any:
    """Weighted input of the last neuron, from the hidden layer and its bias unit."""
    return theta[0] + theta[1:] @ a


def cost_of_hidden(a: Any, theta: Any, y: Any) -> Any:
    """Cost as a function of the hidden layer's outputs."""
    return cost(y, s(z4(a, theta)))


def back_to_a(a: Any, theta: Any, y: Any) -> Any:
    """dC/da(3), from the engine."""
    return D(cost_of_hidden)(a, theta, y)


def through_the_weights(a: Any, theta: Any, y: Any) -> Any:
    """As printed, with dtheta/da, which is 0: a weight is no function of an output."""
    dz_dtheta, dtheta_da = a, np.zeros_like(a)
    return back_to_z(y, z4(a, theta)) * dz_dtheta * dtheta_da


by_yhat = partial(Formula, output, cost, "yhat")
by_z = partial(Formula, output, lambda y, z: cost(y, s(z)), "z")
of_sigmoid = partial(Formula, output, lambda z: s(z), "z")
of_sum = partial(Formula, output, lambda theta, a: theta @ a, "theta")
by_theta = partial(Formula, output, lambda y, theta, a: cost(y, s(theta @ a)), "theta")
by_hidden_z = partial(Formula, hidden, lambda z, theta, y: cost_of_hidden(s(z), theta, y), "z")

FORMULAS = [
    step_of(1, "error derivatives", "theta' = theta - eta dC/dtheta"),
    Formula(
        examples, lambda Theta, last, X, Y: costs(Theta, last, X[:1], Y[:1])[0], "Theta",
        "error derivatives", "(grad C)[k,j] = dC/dtheta_jk, laid out as Theta is", laid_out,
    ),
    by_yhat(
        "step 1", "dC/dyhat = y - yhat", lambda y, yhat: y - yhat,
        "yhat - y", lambda y, yhat: yhat - y,
    ),
    by_yhat("step 1", "dC/dyhat = dC/da(4)", lambda y, yhat: D(lambda a: cost(y, a))(yhat)),
    by_z(
        "step 2", "dC/dz(4) = dC/da(4) da(4)/dz(4)",
        lambda y, z: D(lambda a: cost(y, a))(s(z)) * D(s)(z),
    ),
    of_sigmoid(
        "step 2", "da(4)/dz(4) = d/dz(4) s(theta(3)^T a(3)) = d/dz(4) s(z(4))",
        lambda z: D(s)(z),
    ),
    of_sigmoid("step 2", "d/dz s(z) = s(z) (1 - s(z))", lambda z: s(z) * (1 - s(z))),
    of_sigmoid("step 2", "da(4)/dz(4) = s(z(4)) (1 - s(z(4)))", lambda z: s(z) * (1 - s(z))),
    by_yhat(
        "step 2", "dC/da(4) = y - yhat", lambda y, yhat: y - yhat,
        "yhat - y", lambda y, yhat: yhat - y,
    ),
    by_z(
        "step 2", "dC/dz(4) = (y - yhat) da(4)/dz(4)", lambda y, yhat, z: (y - yhat) * D(s)(z),
        "(yhat - y) da(4)/dz(4)", lambda y, yhat, z: (yhat - y) * D(s)(z),
    ),
    by_z(
        "step 2", "dC/dz(4) = (y - s(z(4))) da(4)/dz(4)", lambda y, z: (y - s(z)) * D(s)(z),
        "(s(z(4)) - y) da(4)/dz(4)", lambda y, z: (s(z) - y) * D(s)(z),
    ),
    by_z(
        "step 2", "dC/dz(4) = s'(z(4)) (y - s(z(4)))", lambda y, z: ds(z) * (y - s(z)),
        "s'(z(4)) (s(z(4)) - y)", lambda y, z: ds(z) * (s(z) - y),
    ),
    by_theta("step 3", "dC/dtheta_jk = dC/dz_k dz_k/dtheta_jk", to_theta),
    # Here the notes restate z as s(theta^T a). It is the weighted input wherever they define it or
    # use it otherwise, and no reading makes the derivative by theta right: see the tests.
    of_sum(
        "step 3, line 1", "dz_k/dtheta_jk = s'(theta_k^T a) a_j",
        lambda theta, a: ds(theta @ a) * a,
        "a_j: z_k is theta_k^T a, without s", lambda a: a,
    ),
    of_sum(
        "step 3, line 2", "dz_k/dtheta_jk = s'(z_k) a_j", lambda z, a: ds(z) * a,
        "a_j: z_k is theta_k^T a, without s", lambda a: a,
    ),
    by_theta("step 3, theta_11", "dC/dtheta(3)_11 = dC/dz(4) dz(4)/dtheta(3)_11", to_theta),
    by_theta(
        "step 3, theta_11", "dC/dtheta(3)_11 = s'(z(4)) (y - s(z(4))) s'(z(4)) a(3)_1",
        lambda y, z, a: ds(z) * (y - s(z)) * ds(z) * a,
        "s'(z(4)) (s(z(4)) - y) a(3)_1", lambda y, z, a: ds(z) * (s(z) - y) * a,
    ),
    by_theta(
        "step 3, theta_11", "dC/dtheta(3)_11 = s'(z(4))^2 (y - s(z(4))) a(3)_1",
        lambda y, z, a: ds(z) ** 2 * (y - s(z)) * a,
        "s'(z(4)) (s(z(4)) - y) a(3)_1", lambda y, z, a: ds(z) * (s(z) - y) * a,
    ),
    by_hidden_z(
        "step 4, line 1", "dC/dz(3)_j = dC/da(3)_j da(3)_j/dz(3)_j",
        lambda a, theta, y, z: back_to_a(a, theta, y) * np.diag(D(s)(z)),
    ),
    by_hidden_z(
        "step 4, line 2", "dC/dz(3)_j = dC/da(3)_j d/dz(3)_j s(z(3)_j)",
        lambda a, theta, y, z: back_to_a(a, theta, y) * [D(s)(z_j) for z_j in z],
    ),
    by_hidden_z(
        "step 4, line 3", "dC/dz(3)_j = dC/da(3)_j s'(z(3)_j)",
        lambda a, theta, y, z: back_to_a(a, theta, y) * ds(z),
    ),
    Formula(
        hidden, cost_of_hidden, "a", "step 4",
        "dC/da(3)_j = dC/dz(4) sum_k dz(4)/dtheta_jk dtheta_jk/da(3)_j", through_the_weights,
        "sum_k dC/dz(4)_k theta(3)_jk",
        lambda a, theta, y: back_to_z(y, z4(a, theta)) * theta[1:],
    ),
    step_of(1, "all examples", "theta' = theta - eta dC/dtheta, example by example"),
    step_of(3, "mini-batches", "theta' = theta - eta/|D| sum_i dC/dtheta, where |D| = 3"),
    step_of(1, "stochastic", "theta' = theta - eta dC/dtheta, of one example"),
    step_of(6, "batch", "theta' = theta - eta/N sum_i dC/dtheta, where N = 6"),
]  # fmt: skip
