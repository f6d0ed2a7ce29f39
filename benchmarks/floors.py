"""The floors: what the races of Tensors cost when the gradients are written by hand in NumPy.

Every buffer is made beforehand and every operation writes in place, a whole batch at a time. They
are part of the yardstick, so they stay as they are when the engine gets better.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tensor_workloads import Array, Chain, Training, f32

Step = Callable[[Array, Array], float]
add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
dot, exp, log, tanh = np.dot, np.exp, np.log, np.tanh
negative, reciprocal = np.negative, np.reciprocal
total, largest = np.add.reduce, np.maximum.reduce


def constant(x: float) -> Array:
    """A number as NumPy takes it fastest: an array without axes."""
    return np.array(x, f32)


ZERO, HALF, ONE = constant(0.0), constant(0.5), constant(1.0)


def classifier(work: Training) -> Step:
    """A step of a network of linear layers whose last gives the logits of the classes."""
    parameters = work.parameters()
    gradients = [np.empty_like(p) for p in parameters]
    weights, biases = parameters[::2], parameters[1::2]
    by_weights, by_biases = gradients[::2], gradients[1::2]
    outputs = [np.empty((work.batch, len(b)), f32) for b in biases]
    *inner, logits = outputs
    up = list(zip((W.T for W in weights), biases, outputs))
    spare = [(np.empty_like(a), np.empty_like(a)) for a in inner]
    down = list(zip(weights[1:], by_weights[1:], by_biases[1:], inner, spare))[::-1]
    gW0, gb0 = gradients[:2]
    activate, slope = ACTIVATIONS[work.layers[0].activation]
    loss_and_gradient = softmax_cross_entropy(logits)
    update = {"sgd": sgd, "adam": adam}[work.optimizer](parameters, gradients, work.lr)
    ones = np.ones(work.batch, f32)

    def step(x: Array, labels: Array) -> float:
        a = x
        for WT, b, z in up:
            a = add(dot(a, WT, z), b, z)
            if z is not logits:
                activate(z)
        loss = loss_and_gradient(labels)
        g = logits
        for W, gW, gb, a, (ga, t) in down:
            dot(g.T, a, gW)
            dot(ones, g, gb)
            g = multiply(dot(g, W, ga), slope(a, t), ga)
        dot(g.T, x, gW0)
        dot(ones, g, gb0)
        update()
        return loss

    return step


def _sigmoid(z: Array) -> None:
    reciprocal(add(exp(negative(z, z), z), ONE, z), z)


def _sigmoid_slope(a: Array, t: Array) -> Array:
    return multiply(subtract(ONE, a, t), a, t)


def _relu(z: Array) -> None:
    np.maximum(z, ZERO, out=z)


ACTIVATIONS: dict[str, tuple[Callable[[Array], None], Callable[[Array, Array], Array]]] = {
    "sigmoid": (_sigmoid, _sigmoid_slope),
    "relu": (_relu, np.sign),
}  # in place; the slope from the value of the activation, into t


def softmax_cross_entropy(z: Array) -> Callable[[Array], float]:
    """The mean loss for labels; `z`, the logits, becomes their gradient."""
    batch, classes = z.shape
    rows, chosen = np.eye(classes, dtype=f32), np.empty_like(z)
    column, ones, share = np.empty((batch, 1), f32), np.ones(classes, f32), constant(1 / batch)
    flat, flat_chosen, flat_column = z.reshape(-1), chosen.reshape(-1), column.reshape(-1)

    def loss_and_gradient(labels: Array) -> float:
        largest(z, axis=1, out=column, keepdims=True)
        subtract(z, column, z)
        rows.take(labels, 0, chosen, "clip")
        right = dot(flat, flat_chosen)
        exp(z, z)
        dot(z, ones, flat_column)
        divide(z, column, z)
        losses = total(log(flat_column, flat_column)) - right
        multiply(subtract(z, chosen, z), share, z)
        return float(losses / batch)

    return loss_and_gradient


def sgd(parameters: list[Array], gradients: list[Array], lr: float) -> Callable[[], None]:
    """Gradient descent."""
    pairs, rate = list(zip(parameters, gradients)), constant(lr)

    def update() -> None:
        for p, g in pairs:
            subtract(p, multiply(g, rate, g), p)

    return update


def adam(parameters: list[Array], gradients: list[Array], lr: float) -> Callable[[], None]:
    """Adam with the usual constants, in pieces that stay in the cache.

    The moments are kept as m / (1 - beta1) and v / (1 - beta2), which saves two products.
    """
    beta1, beta2, epsilon, size = 0.9, 0.999, 1e-8, 16_384
    buffer = np.empty(size, f32)
    pieces = []
    for p, g in zip(parameters, gradients):
        flat = [a.reshape(-1) for a in (p, g, np.zeros_like(p), np.zeros_like(p))]
        for i in range(0, p.size, size):
            piece = [a[i : i + size] for a in flat]
            pieces.append((*piece, buffer[: len(piece[0])]))
    keep1, keep2, steps = constant(beta1), constant(beta2), 0

    def update() -> None:
        nonlocal steps
        steps += 1
        scale = ((1 - beta2) / (1 - beta2**steps)) ** 0.5
        rate = constant(lr * (1 - beta1) / (1 - beta1**steps) / scale)
        least = constant(epsilon / scale)
        for p, g, m, v, t in pieces:
            add(multiply(m, keep1, m), g, m)
            add(multiply(v, keep2, v), multiply(g, g, t), v)
            add(np.sqrt(v, t), least, t)
            subtract(p, multiply(divide(m, t, t), rate, t), p)

    return update


def logistic(work: Training) -> Step:
    """A step of logistic regression: loss max(z, 0) - z y + log(1 + e), e = exp(-|z|)."""
    (W, b), n = work.parameters(), work.batch
    w, rate = W.reshape(-1), constant(work.lr / n)
    z, t, p = (np.empty(n, f32) for _ in range(3))
    gw = np.empty_like(w)

    def step(x: Array, y: Array) -> float:
        target = y.reshape(-1)
        add(dot(x, w, z), b, z)
        loss = total(np.maximum(z, ZERO, out=t)) - dot(z, target)
        add(exp(negative(np.abs(z, t), t), t), ONE, t)
        reciprocal(t, p)  # the sigmoid of |z|; that of -z is 1 - that of z
        loss += total(log(t, t))
        add(np.copysign(subtract(p, HALF, p), z, p), HALF, p)
        subtract(p, target, p)
        subtract(w, multiply(dot(p, x, gw), rate, gw), w)
        subtract(b, rate * total(p), b)
        return float(loss) / n

    return step


def chain(work: Chain) -> Callable[[Array, Array], tuple[Any, Array, Array]]:
    """The sum of the results of the chain, and its gradients by x and y."""
    first, *ends = np.empty((work.cycles + 1, 8), f32)
    cycles = list(zip([first, *ends], np.empty((work.cycles, 8), f32), ends))
    backwards = cycles[::-1]
    g, gx, gy, t, ones = np.ones((5, 8), f32)

    def value_and_gradients(x: Array, y: Array) -> tuple[Any, Array, Array]:
        np.copyto(first, x)
        for v, a, z in cycles:
            tanh(add(multiply(v, y, a), x, a), a)
            exp(a, z)
        g.fill(1)
        gx.fill(0)
        gy.fill(0)
        for v, a, z in backwards:
            multiply(g, z, g)
            multiply(g, subtract(ones, multiply(a, a, t), t), g)
            add(gx, g, gx)
            add(gy, multiply(g, v, t), gy)
            multiply(g, y, g)
        add(gx, g, gx)  # x is also where the chain begins
        return total(ends[-1]), gx, gy

    return value_and_gradients
