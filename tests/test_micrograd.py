"""Programs as micrograd's users write them, with only the import changed.

The numbers are those that micrograd 0.1.0 gives; its README's expression, a test of every operator
as its own tests have it, and a training run on two moons in the manner of its demo.
"""

import random

import numpy as np
import pytest

from autograd import Value
from nn import MLP, Layer, Module, Neuron

pytestmark = pytest.mark.both


def test_the_expression_of_its_readme() -> None:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_a_reused_node_under_relu() -> None:
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_what_its_drawing_code_looks_at() -> None:
    a = Value(2.0)
    b = a * a
    assert (b._op, b._prev, a._op, a._prev) == ("*", {a}, "", set())
    assert b.relu()._op == "relu"


def _moons(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaving half circles, with a little noise."""
    rng = np.random.default_rng(0)
    t = np.linspace(0, np.pi, n // 2)
    outer, inner = np.c_[np.cos(t), np.sin(t)], np.c_[1 - np.cos(t), 0.5 - np.sin(t)]
    X = np.concatenate([outer, inner]) + rng.normal(scale=0.05, size=(n, 2))
    return X, np.repeat([-1, 1], n // 2)


@pytest.mark.once
def test_two_moons() -> None:
    model = MLP(2, [8, 8, 1])
    draw = random.Random(1337)
    for neuron in (n for layer in model.layers for n in layer.neurons):
        for p in neuron.w:
            p.data = draw.uniform(-1, 1)
    assert str(model.layers[2]) == "Layer of [LinearNeuron(8)]"
    assert str(model).startswith("MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)")
    assert len(model.parameters()) == 105
    X, y = _moons(40)
    losses = []
    for k in range(30):
        inputs = [list(map(Value, row)) for row in X]
        scores = list(map(model, inputs))
        hinge = [(1 + -yi * score).relu() for yi, score in zip(y, scores)]
        data_loss = sum(hinge) * (1.0 / len(hinge))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total = data_loss + reg_loss
        model.zero_grad()
        total.backward()
        learning_rate = 1.0 - 0.9 * k / 30
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        losses.append(total.data)
    accuracy = np.mean([(yi > 0) == (score.data > 0) for yi, score in zip(y, scores)])
    assert accuracy > 0.8
    assert losses[-1] == pytest.approx(0.3119546275870369, rel=1e-10)
    # what micrograd 0.1.0 gives from the same weights on the same data
    assert losses[0] == pytest.approx(0.7338362413462067, rel=1e-13)
    assert losses[9] == pytest.approx(0.347239564141516, rel=1e-12)


def test_its_classes() -> None:
    neuron, layer = Neuron(3), Layer(2, 3)
    assert isinstance(neuron, Module)
    assert len(layer.parameters()) == 9
    assert [type(out) for out in layer([Value(1.0), 2.0])] == [Value] * 3
    assert repr(Neuron(2, nonlin=False)) == "LinearNeuron(2)"
    with pytest.raises(ValueError, match=r"^Neuron: got 1 inputs; it needs 3$"):
        MLP(3, [4, 1])([1.0])
    with pytest.raises(ValueError, match=r"^MLP: got no layers"):
        MLP(3, [])
    with pytest.raises(ValueError, match=r"^Layer: got 0 neurons"):
        Layer(3, 0)
