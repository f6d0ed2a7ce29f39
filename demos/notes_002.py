"""The derivatives printed in notes 002: activations, losses, a layer, and many observations.

The notes keep a loss for each output and look at each alone; a derivative by something that all
outputs depend on is that of their sum. Where the notes leave open which way a row vector lies, it
lies as what it is the derivative by.
"""

from functools import partial
from typing import Any

import numpy as np

import autograd as ag
from demos.check_the_notes import Formula, Quantities

D = ag.jacobian  # for the factors that the notes leave as symbols
s, relu, tanh = ag.sigmoid, ag.relu, ag.tanh


def ds(h: Any) -> Any:
    """s' as the notes have it; it has a row of its own."""
    return s(h) * (1 - s(h))


def drelu(x: Any) -> Any:
    """ReLU' as the notes have it; it has a row of its own."""
    return np.where(x > 0, 1.0, 0.0)


def losses(y: Any, yhat: Any) -> Any:
    """The log loss of each output."""
    return -(y * ag.log(yhat) + (1 - y) * ag.log(1 - yhat))


def loss(y: Any, yhat: Any) -> Any:
    """Their sum."""
    return ag.sum(losses(y, yhat))


# Sections 1.3 and 2.2.2: activations


def argument(rng: np.random.Generator) -> Quantities:
    """Arguments of an activation, one number x or three, h, at a distance from ReLU's kink."""
    x, *h = (rng.uniform(0.2, 2, 4) * rng.choice([-1, 1], 4)).tolist()
    return {"x": x, "h": np.array(h)}


of_relu = partial(Formula, argument, lambda x: relu(x), "x")
of_relus = partial(Formula, argument, lambda h: relu(h), "h", "2.2.2")
of_sigmoid = partial(Formula, argument, lambda x: s(x), "x")
of_sigmoids = partial(Formula, argument, lambda h: s(h), "h", "2.2.2")
of_linear = partial(Formula, argument, lambda x: x, "x")
of_linears = partial(Formula, argument, lambda h: h, "h", "2.2.2")


# Sections 2.2.1, 2.2.3, 2.2.4 and 2.3: a layer, and the last one


def layer(rng: np.random.Generator) -> Quantities:
    """h = W z + c and yhat = s(h), for targets that are 0 or 1."""
    W, z, c = (rng.normal(size=shape) for shape in ((2, 3), 3, 2))
    y, h = rng.integers(2, size=2), W @ z + c
    return {"W": W, "z": z, "c": c, "h": h, "y": y, "yhat": s(h)}


def h_of(W: Any, z: Any, c: Any) -> Any:
    """The linear part."""
    return W @ z + c


def to_h(y: Any, yhat: Any, h: Any) -> Any:
    """dL/dyhat dyhat/dh."""
    return D(loss, 1)(y, yhat) @ D(s)(h)


def to_weights(W: Any, z: Any, c: Any, y: Any, yhat: Any, h: Any) -> Any:
    """dL/dyhat dyhat/dh dh/dW."""
    return np.tensordot(to_h(y, yhat, h), D(h_of)(W, z, c), 1)


def to_intercepts(W: Any, z: Any, c: Any, y: Any, yhat: Any, h: Any) -> Any:
    """dL/dyhat dyhat/dh dh/dc."""
    return to_h(y, yhat, h) @ D(h_of, 2)(W, z, c)


def one_by_one(W: Any, z: Any, c: Any, y: Any, h: Any) -> Any:
    """sum_i dL/dpsi_i dpsi_i/dtheta, where theta is each z and psi the h that it affects."""
    dL, dh = D(lambda h: loss(y, s(h)))(h), D(h_of, 1)(W, z, c)
    return sum(dL[i] * dh[i] for i in range(len(h)))


def T(W: Any, z: Any) -> Any:
    """The tensor of section 2.2.3: z^T in row i of matrix i, and zeros."""
    found = np.zeros((len(W), *W.shape))
    for i in range(len(W)):
        found[i, i] = z
    return found


def printed_factor(y: Any, yhat: Any) -> Any:
    """dL/dyhat as section 2.3 has it: the minus has got outside the bracket, before both terms."""
    return -(y / yhat + (1 - y) / (1 - yhat))


def right_factor(y: Any, yhat: Any) -> Any:
    """dL/dyhat as section 2.2.1 has it; it has a row of its own."""
    return -y / yhat + (1 - y) / (1 - yhat)


of_h = partial(Formula, layer, h_of)
by_yhat = partial(Formula, layer, loss, "yhat")
by_weights = partial(Formula, layer, lambda W, z, c, y: loss(y, s(W @ z + c)), "W")
by_intercepts = partial(Formula, layer, lambda W, z, c, y: loss(y, s(W @ z + c)), "c")
by_outputs = partial(Formula, layer, lambda W, z, c, y: loss(y, s(W @ z + c)), "z")


# Section 2.1: three layers


def network(rng: np.random.Generator) -> Quantities:
    """Layers of two neurons, L = 3, tanh, tanh and sigmoid."""
    shapes: Quantities = {
        "W1": (2, 3),
        "c1": 2,
        "W2": (2, 2),
        "c2": 2,
        "W3": (2, 2),
        "c3": 2,
        "z0": 3,
    }
    q: Quantities = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    q["h1"] = h_of(q["W1"], q["z0"], q["c1"])
    q["h2"] = h_of(q["W2"], tanh(q["h1"]), q["c2"])
    q["h3"] = h_of(q["W3"], tanh(q["h2"]), q["c3"])
    return q | {"y": rng.integers(2, size=2)}


def from_h2(h2: Any, W3: Any, c3: Any, y: Any) -> Any:
    """The loss as a function of h(L-1)."""
    return loss(y, s(W3 @ tanh(h2) + c3))


def from_W2(W2: Any, c2: Any, h1: Any, W3: Any, c3: Any, y: Any) -> Any:
    """The loss as a function of W(L-1)."""
    return from_h2(W2 @ tanh(h1) + c2, W3, c3, y)


def from_W1(W1: Any, c1: Any, z0: Any, W2: Any, c2: Any, W3: Any, c3: Any, y: Any) -> Any:
    """The loss as a function of W(L-2)."""
    return from_W2(W2, c2, W1 @ z0 + c1, W3, c3, y)


def to_W2(W2: Any, c2: Any, h1: Any, h2: Any, W3: Any, c3: Any, h3: Any, y: Any) -> Any:
    """dL/dyhat dyhat/dh(L) dh(L)/dz(L-1) dz(L-1)/dh(L-1) dh(L-1)/dW(L-1)."""
    z1, z2 = tanh(h1), tanh(h2)
    back = to_h(y, s(h3), h3) @ D(h_of, 1)(W3, z2, c3) @ D(tanh)(h2)
    return np.tensordot(back, D(h_of)(W2, z1, c2), 1)


def to_W1(
    W1: Any, c1: Any, z0: Any, W2: Any, c2: Any, h1: Any, h2: Any, W3: Any, c3: Any, y: Any
) -> Any:
    """Grad h(L-1) dh(L-1)/dz(L-2) dz(L-2)/dh(L-2) dh(L-2)/dW(L-2)."""
    back = D(from_h2)(h2, W3, c3, y) @ D(h_of, 1)(W2, tanh(h1), c2) @ D(tanh)(h1)
    return np.tensordot(back, D(h_of)(W1, z0, c1), 1)


# Section 3: a column for each observation


def observations(rng: np.random.Generator) -> Quantities:
    """Two layers of two neurons, L = 2, and three observations.

    H1 = Q1 + c1 is of the first layer, Z = tanh(H1), H = W Z + c, and P = Yhat^T = s(H).
    """
    Q1, c1, W, c = (rng.normal(size=shape) for shape in ((2, 3), 2, (2, 2), 2))
    H1 = Q1 + c1.reshape(2, 1)
    H = H_of(W, tanh(H1), c)
    q = {"Q1": Q1, "c1": c1, "H1": H1, "Z": tanh(H1), "W": W, "c": c, "H": H, "P": s(H)}
    return q | {"Y": rng.integers(2, size=(2, 3))}


def H_of(W: Any, Z: Any, c: Any) -> Any:
    """W Z, with c added to every column."""
    return W @ Z + c.reshape(2, 1)


def total(W: Any, Z: Any, c: Any, Y: Any) -> Any:
    """The loss over the observations."""
    return loss(Y, s(H_of(W, Z, c)))


def nabla(H: Any, Y: Any) -> Any:
    """dL/dH, from the engine."""
    return D(lambda H: loss(Y, s(H)))(H)


def by_observation(W: Any, Z: Any, c: Any, Y: Any) -> Any:
    """sum_n dL(yhat_n)/dW."""
    return sum(D(total)(W, Z[:, [n]], c, Y[:, [n]]) for n in range(3))


def by_output(P: Any, Y: Any) -> Any:
    """The vector of losses, each over the observations."""
    return ag.sum(losses(Y, P), axis=1)


def where(kept: Any, P: Any, Y: Any) -> Any:
    """dL_e/dP[i,d], with zeros where kept(e, i, d) does not hold."""
    every = D(by_output)(P, Y)
    return np.where(np.fromfunction(kept, every.shape), every, 0)


def elementwise(H: Any, first_of_last_row: Any) -> Any:
    """dP/dH, element by element, but for one that is given."""
    found = np.array([[D(s)(h) for h in row] for row in H])
    found[-1, 0] = first_of_last_row
    return found


def with_H1(H: Any, H1: Any, W: Any, c: Any) -> Any:
    """As printed: one element of the last row is by an element of H(1).

    Another is by one of "L(L)", which there is not; H(L) is taken for it.
    """
    return elementwise(H, D(lambda H1: s(H_of(W, tanh(H1), c))[-1, 0])(H1)[-1, 0])


def sum_for_intercept(W: Any, Z: Any, c: Any, H: Any, Y: Any) -> Any:
    """sum_n dL/dH[i,n] dH[i,n]/dc_i for each i."""
    dL, dH = nabla(H, Y), D(H_of, 2)(W, Z, c)
    return [sum(dL[i, n] * dH[i, n, i] for n in range(3)) for i in range(2)]


def H_by_weights(Z: Any) -> Any:
    """dH[i,n]/dW[k,j] = Z[j,n] where k = i; no other row of W has a part in it."""
    return np.einsum("ik,jn->inkj", np.eye(2), Z)


of_total = partial(Formula, observations, total)
of_columns = partial(Formula, observations, H_of)
by_columns = partial(Formula, observations, lambda H, Y: loss(Y, s(H)), "H")


FORMULAS = [
    of_relu("1.3", "d ReLU(x)/dx = 1 where x > 0, 0 where x <= 0", lambda x: drelu(x)),
    of_sigmoid(
        "1.3", "ds(x)/dx = exp(-x) / (1 + exp(-x))^2",
        lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
    ),
    of_sigmoid(
        "1.3", "ds(x)/dx = 1 / (1 + exp(-x)) exp(-x) / (1 + exp(-x))",
        lambda x: 1 / (1 + np.exp(-x)) * np.exp(-x) / (1 + np.exp(-x)),
    ),
    of_sigmoid("1.3", "ds(x)/dx = s(x) (1 - s(x))", lambda x: s(x) * (1 - s(x))),
    of_linear("1.3", "df(x)/dx = 1, where f(x) = x", lambda x: 1),
    by_weights("2.1", "dL/dW(L) = dL/dyhat dyhat/dh(L) dh(L)/dW(L)", to_weights),
    by_intercepts("2.1", "dL/dc(L) = dL/dyhat dyhat/dh(L) dh(L)/dc(L)", to_intercepts),
    Formula(
        network, from_W2, "W2", "2.1",
        "dL/dW(L-1) = dL/dyhat dyhat/dh(L) dh(L)/dz(L-1) dz(L-1)/dh(L-1)...", to_W2,
    ),
    Formula(
        layer, lambda y, h: loss(y, s(h)), "h", "2.1",
        "grad h(L) = dL/dyhat dyhat/dh(L)", to_h,
    ),
    Formula(
        network, from_W1, "W1", "2.1",
        "dL/dW(L-2) = grad h(L-1) dh(L-1)/dz(L-2) dz(L-2)/dh(L-2)...", to_W1,
    ),
    Formula(
        layer, lambda y, yhat: ag.sum((y - yhat) ** 2), "yhat", "2.2.1",
        "dL/dyhat = -2 (y - yhat)^T, squares", lambda y, yhat: -2 * (y - yhat),
    ),
    by_yhat(
        "2.2.1", "dL/dyhat = (-y/yhat + (1-y)/(1-yhat))^T, log loss",
        lambda y, yhat: -y / yhat + (1 - y) / (1 - yhat),
    ),
    of_relus("dz_i/dh_j = 0 where i != j", lambda h: np.where(np.eye(3), D(relu)(h), 0)),
    of_relu("2.2.2", "dz_i/dh_i = 1 where h_i > 0, 0 where h_i <= 0", lambda x: drelu(x)),
    of_relus("dz/dh = diag(h > 0)", lambda h: np.diag(h > 0)),
    of_sigmoids("dz_i/dh_j = 0 where i != j", lambda h: np.where(np.eye(3), D(s)(h), 0)),
    of_sigmoid("2.2.2", "dz_i/dh_i = s(h_i) (1 - s(h_i))", lambda x: s(x) * (1 - s(x))),
    of_sigmoids("dz/dh = diag(s(h) (1 - s(h)))", lambda h: np.diag(s(h) * (1 - s(h)))),
    of_linears(
        "dz_i/dh_j = 1 where i = j, 0 where i != j, linear f",
        lambda h: [[1 if i == j else 0 for j in range(3)] for i in range(3)],
    ),
    of_linears("dz/dh = I, linear f", lambda h: np.eye(3)),
    of_h("c", "2.2.3", "dh/dc = I", lambda c: np.eye(2)),
    of_h("W", "2.2.3", "dh/dW = T, with z^T in row i of matrix i and zeros elsewhere", T),
    by_weights(
        "2.2.4", "dL/dW(L) = dL/dyhat dyhat/dh(L) dh(L)/dW(L)",
        lambda W, z, y, yhat, h: np.tensordot(to_h(y, yhat, h), T(W, z), 1),
    ),
    of_h("z", "2.2.4", "dh(l)/dz(l-1) = W(l)", lambda W: W),
    by_weights("2.3, W, line 1", "dL/dW(2) = dL/dyhat dyhat/dh(2) dh(2)/dW(2)", to_weights),
    by_weights(
        "2.3, W, line 2", "dL/dW(2) = -(y/yhat + (1-y)/(1-yhat))^T diag(s(h) (1-s(h))) T",
        lambda W, z, y, yhat, h: (
            np.tensordot(printed_factor(y, yhat) @ np.diag(ds(h)), T(W, z), 1)
        ),
        "(-y/yhat + (1-y)/(1-yhat))^T diag(s(h) (1-s(h))) T",
        lambda W, z, y, yhat, h: np.tensordot(right_factor(y, yhat) @ np.diag(ds(h)), T(W, z), 1),
    ),
    by_weights(
        "2.3, W, line 3", "dL/dW(2), row i = -(y_i/yhat_i + (1-y_i)/(1-yhat_i)) s'(h_i) z",
        lambda z, y, yhat, h: np.outer(printed_factor(y, yhat) * ds(h), z),
        "(-y_i/yhat_i + (1-y_i)/(1-yhat_i)) s'(h_i) z",
        lambda z, y, yhat, h: np.outer(right_factor(y, yhat) * ds(h), z),
    ),
    by_intercepts("2.3, c, line 1", "dL/dc(2) = dL/dyhat dyhat/dh(2) dh(2)/dc(2)", to_intercepts),
    by_intercepts(
        "2.3, c, line 2", "dL/dc(2) = -(y/yhat + (1-y)/(1-yhat))^T diag(s(h) (1-s(h))) I",
        lambda y, yhat, h: printed_factor(y, yhat) @ np.diag(ds(h)) @ np.eye(2),
        "(-y/yhat + (1-y)/(1-yhat))^T diag(s(h) (1-s(h))) I",
        lambda y, yhat, h: right_factor(y, yhat) @ np.diag(ds(h)) @ np.eye(2),
    ),
    by_intercepts(
        "2.3, c, line 3", "dL/dc(2)_i = -(y_i/yhat_i + (1-y_i)/(1-yhat_i)) s'(h_i)",
        lambda y, yhat, h: printed_factor(y, yhat) * ds(h),
        "(-y_i/yhat_i + (1-y_i)/(1-yhat_i)) s'(h_i)",
        lambda y, yhat, h: right_factor(y, yhat) * ds(h),
    ),
    of_total("W", "3", "dL/dW(L) = sum_n dL(yhat_n)/dW(L)", by_observation),
    by_outputs("3.2", "dL/dtheta = sum_i dL/dpsi_i dpsi_i/dtheta", one_by_one),
    Formula(
        observations, by_output, "P", "3.2", "dL_e/dYhat^T[i,d] = 0 where e != d",
        lambda P, Y: where(lambda e, i, d: e == d, P, Y),
        "0 where e != i (misprint)", lambda P, Y: where(lambda e, i, d: e == i, P, Y),
    ),
    Formula(
        observations, lambda P, Y: loss(Y, P), "P", "3.2", "(dL/dYhat^T)[d,n] = dL_d/dYhat^T[d,n]",
        lambda P, Y: np.array([D(by_output)(P, Y)[d, d] for d in range(2)]),
    ),
    Formula(
        observations, lambda H: ag.sum(s(H)), "H", "3.2",
        "dYhat^T/dH(L), last row = dYhat^T[D,1]/dH(1)[D,1] ...", with_H1,
        "dYhat^T[D,1]/dH(L)[D,1] ... (misprint)", lambda H: elementwise(H, D(s)(H[-1, 0])),
    ),
    by_columns(
        "3.2", "dL/dH(L) = dL/dYhat^T o dYhat^T/dH(L), elementwise",
        lambda H, P, Y: D(loss, 1)(Y, P) * elementwise(H, D(s)(H[-1, 0])),
    ),
    of_total("c", "3.2", "dL/dc(L)_1 = sum_n dL/dH(L)[1,n] dH(L)[1,n]/dc(L)_1", sum_for_intercept),
    of_columns(
        "c", "3.2", "dH(L)[1,n]/dc(L)_1 = 1",
        lambda H: np.fromfunction(lambda i, n, j: i == j, (2, 3, 2)),
    ),
    Formula(
        observations, lambda Q1, c1, W, c, Y: total(W, tanh(Q1 + c1.reshape(2, 1)), c, Y), "c1",
        "3.2", "dL/dc(1) = row sum of dL/dH(L)",
        lambda H, Y: np.sum(nabla(H, Y), axis=1),
        "row sum of dL/dH(1), or both of L (misprint)",
        lambda H1, W, c, Y: np.sum(D(lambda H1: total(W, tanh(H1), c, Y))(H1), axis=1),
    ),
    of_total(
        "c", "3.2", "dL/dc(L)_i = sum_n dL/dH(L)[i,n]", lambda H, Y: np.sum(nabla(H, Y), axis=1)
    ),
    of_columns("W", "3.2", "dH(L)[i,n]/dW(L)[i,j] = Z(L-1)[j,n]", H_by_weights),
    of_total(
        "W", "3.2", "dL/dW(L)[i,j] = sum_n dL/dH(L)[i,n] dH(L)[i,n]/dW(L)[i,j]",
        lambda W, Z, c, H, Y: np.einsum("in,inij->ij", nabla(H, Y), D(H_of)(W, Z, c)),
    ),
    of_total(
        "W", "3.2", "dL/dW(L)[i,j] = sum_n (grad H(L))[i,n] Z(L-1)[j,n]",
        lambda Z, H, Y: np.einsum("in,jn->ij", nabla(H, Y), Z),
    ),
    of_total(
        "Z", "3.2", "dL/dZ(L-1)[i,n] = sum_r dL/dH(L)[r,n] dH(L)[r,n]/dZ(L-1)[i,n]",
        lambda W, Z, c, H, Y: np.einsum("rn,rnin->in", nabla(H, Y), D(H_of, 1)(W, Z, c)),
    ),
    of_total(
        "Z", "3.2", "dL/dZ(L-1)[i,n] = sum_r (grad H(L))[r,n] W(L)[r,i]",
        lambda W, H, Y: np.einsum("rn,ri->in", nabla(H, Y), W),
    ),
]  # fmt: skip
