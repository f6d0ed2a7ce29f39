"""Activations; networks of Values, and the same in matrix form; states and tables of models."""

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value
from nn import activations
from nn.activations import ReLU, Sigmoid, Softmax
from nn.layers import BatchNorm, Conv2d, Dropout, Flatten, Linear
from nn.module import Module
from nn.neurons import MLP, Layer, Neuron
from nn.optim import SGD
from nn.sequential import Sequential

# Activations


def normal_distribution(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


FORMULAS: list[tuple[Any, Callable[[float], float]]] = [
    (activations.Identity(), lambda x: x),
    (activations.Identity(2.5), lambda x: 2.5 * x),
    (activations.Step(), lambda x: 1.0 if x >= 0 else 0.0),
    (activations.Step(0.5), lambda x: 1.0 if x >= 0.5 else 0.0),
    (Sigmoid(), lambda x: 1 / (1 + math.exp(-x))),
    (activations.Tanh(), math.tanh),
    (ReLU(), lambda x: max(0.0, x)),
    (activations.LeakyReLU(), lambda x: x if x > 0 else 0.01 * x),
    (activations.LeakyReLU(0.3), lambda x: x if x > 0 else 0.3 * x),
    (activations.ELU(2.0), lambda x: x if x > 0 else 2 * (math.exp(x) - 1)),
    (activations.GELU(), lambda x: x * normal_distribution(x)),
    (activations.SiLU(), lambda x: x / (1 + math.exp(-x))),
    (activations.Softplus(), lambda x: math.log(1 + math.exp(x))),
]


@pytest.mark.parametrize(("activation", "formula"), FORMULAS)
def test_activations_by_their_formulas(activation: Any, formula: Any) -> None:
    x = [-2.0, -0.1, 0.0, 0.5, 3.0]
    right = pytest.approx(list(map(formula, x)), rel=1e-14)
    assert activation(Tensor(x)).tolist() == right
    assert activation(np.array(x)).tolist() == right
    assert list(map(activation, x)) == right
    assert [activation(Value(number)).data for number in x] == right
    assert activation.parameters() == []


def test_softmax_is_of_all_outputs_together() -> None:
    x = np.array([[0.0, 1.0, -2.0], [5.0, 5.0, 5.0]])
    right = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    np.testing.assert_allclose(Softmax()(Tensor(x)).data, right)
    np.testing.assert_allclose(activations.LogSoftmax()(x), np.log(right))
    np.testing.assert_allclose(Softmax(0)(x.T), right.T)
    of_values = Softmax()(list(map(Value, x[0].tolist())))
    np.testing.assert_allclose([v.data for v in of_values], right[0])


def test_activations_by_name() -> None:
    assert activations.get("logistic") is activations.get(Sigmoid()) is ag.sigmoid
    assert activations.get(None) is activations.get("linear") is activations.identity
    assert activations.get("linear")(2.0) == 2.0
    assert activations.get(math.cos) is math.cos
    for name, function in activations.FUNCTIONS.items():
        assert activations.get(name) is function
    for wrong, error, message in (
        ("ReLU", ValueError, r"^activation: got 'ReLU' \(here it is relu\)$"),
        ("sofmax", ValueError, "got .sofmax.; it can be linear, identity, step"),
        ("qqq", ValueError, "^activation: got 'qqq'; it can be linear, identity, step, logistic"),
        (ReLU, TypeError, r"got the class ReLU; it needs an instance, as ReLU\(\)$"),
        (3, TypeError, "^activation: got 3; it needs a name or a function$"),
    ):
        with pytest.raises(error, match=message):
            activations.get(wrong)


# Neurons


def test_a_fused_neuron_computes_the_same_in_one_node() -> None:
    """The bias unit, whose output is 1, is the first input (notes 001)."""
    plain, fused = (
        Neuron(3, activation="tanh", bias=1.0, fused=fused, rng=np.random.default_rng(0))
        for fused in (False, True)
    )
    x = list(map(Value, (0.5, -1.0, 2.0)))
    one, two = plain(x), fused(x)
    assert two.data == pytest.approx(one.data, rel=1e-15)
    assert [node.op for node in (one.parents[0], two.parents[0])] == ["add", "dot"]
    one.backward()
    two.backward()
    for p, q in zip(plain.parameters(), fused.parameters()):
        assert q.grad == pytest.approx(p.grad, rel=1e-14)


def test_activations_of_layers() -> None:
    mlp = MLP(2, [2, 1, 3], activation=["logistic", None, "softmax"])
    assert repr(mlp.layers[0]) == "Layer of [sigmoidNeuron(2), sigmoidNeuron(2)]"
    assert repr(mlp.layers[1]) == "Layer of [LinearNeuron(2)]"
    assert repr(mlp.layers[2]).endswith("LinearNeuron(1)], softmax")
    assert sum(out.data for out in mlp([1.0, 2.0])) == pytest.approx(1.0)
    everywhere = MLP(2, [2, 1], activation=ag.tanh, bias=1.0)
    assert (
        str(everywhere)
        == "MLP of [Layer of [tanhNeuron(2), tanhNeuron(2)], Layer of [tanhNeuron(2)]]"
    )
    assert [layer.neurons[0].b.data for layer in everywhere.layers] == [1.0, 1.0]
    assert not Layer(2, 1, nonlin=False, activation="softmax").joint
    assert str(MLP(2, [1, 1])) == "MLP of [Layer of [ReLUNeuron(2)], Layer of [LinearNeuron(1)]]"


def test_a_frozen_neuron_is_a_constant_function() -> None:
    mlp = MLP(2, [2, 1], activation="tanh")
    x, optimizer = Value(0.5), SGD(mlp.parameters(), lr=1.0)
    before = mlp([x, -1.0]).data
    first, last = (layer.state_dict() for layer in mlp.layers)
    mlp.layers[0].freeze()
    mlp([x, -1.0]).backward()
    optimizer.step()
    assert len(mlp.parameters()) == 3
    assert mlp.layers[0].state_dict() == first
    assert mlp.layers[1].state_dict() != last
    assert mlp([x, -1.0]).data != before
    assert type(mlp.freeze()([0.5, -1.0])) is float


# Neuron by neuron, and in matrix form (notes 002, sections 1.2 and 3)

ELEMENTWISE = [
    "linear",
    "logistic",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "step",
]
SIZES = st.integers(1, 4)


@given(st.data(), SIZES, st.lists(SIZES, min_size=1, max_size=3), st.booleans(), st.integers(0, 99))
def test_the_same_network_in_matrix_form(
    data: st.DataObject, nin: int, nouts: list[int], fused: bool, seed: int
) -> None:
    names = [data.draw(st.sampled_from([*ELEMENTWISE, "softmax", "log_softmax"])) for _ in nouts]
    rng = np.random.default_rng(seed)
    mlp = MLP(nin, nouts, activation=names, bias=rng.normal(), fused=fused, rng=rng)
    net = mlp.to_tensors()
    X, weights = rng.normal(size=(3, nin)), rng.normal(size=nouts[-1])
    x = Tensor(X)
    out = net(x)
    ag.sum(out * weights).backward()
    by_input = []
    for row, expected in zip(X.tolist(), out.data):  # the sum of the losses of all examples
        inputs = list(map(Value, row))
        found = mlp(inputs)
        found = found if isinstance(found, list) else [found]
        np.testing.assert_allclose([y.data for y in found], expected, rtol=1e-12, atol=1e-12)
        ag.dot(found, weights).backward()
        by_input.append([v.grad for v in inputs])
    np.testing.assert_allclose(x.grad, by_input, rtol=1e-12, atol=1e-12)
    for layer, linear in zip(mlp.layers, net):
        W = [[w.grad for w in neuron.w] for neuron in layer.neurons]
        np.testing.assert_allclose(linear.W.grad, W, rtol=1e-12, atol=1e-12)
        b = [neuron.b.grad for neuron in layer.neurons]
        np.testing.assert_allclose(linear.b.grad, b, rtol=1e-12, atol=1e-12)
    again = MLP.from_tensors(net, fused=fused)
    assert [p.data for p in again.parameters()] == [p.data for p in mlp.parameters()]
    assert repr(again) == repr(mlp)


def test_activations_after_linear_layers_become_those_of_neurons() -> None:
    net = Sequential(Linear(3, 2), Sigmoid(), Linear(2, 2, "relu"), Linear(2, 2), Softmax())
    mlp = MLP.from_tensors(net)
    assert [layer.neurons[0].nonlin for layer in mlp.layers] == [True, True, False]
    x = [0.5, -1.0, 2.0]
    np.testing.assert_allclose([y.data for y in mlp(x)], net(x).data, rtol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: Neuron(2, activation="softmax"), ValueError, "Neuron: got activation softmax, which"),
        (lambda: MLP(2, [2, 1], activation=["relu"]), ValueError, "MLP: got 1 activations for 2 layers"),
        (lambda: MLP(2, [2], activation="rleu"), ValueError, r"activation: got 'rleu'; it can be linear, "),
        (lambda: mixed().to_tensors(), ValueError, "to_tensors: got neurons with identity, relu in a"),
        (lambda: MLP.from_tensors(Sequential()), ValueError, r"from_tensors: got layers with \[\] inputs"),
        (lambda: MLP.from_tensors(Sequential(Linear(2, 2), Linear(3, 1))), ValueError, r"\[2, 3\] inputs"),
        (lambda: MLP.from_tensors(Sequential(Linear(2, 2), Dropout(0.5))), TypeError, "from_tensors: got a Dropout as layer 1"),
        (lambda: MLP.from_tensors(Sequential(ReLU())), ValueError, "layer 0 is no activation of a"),
        (lambda: MLP.from_tensors(Sequential(Linear(1, 1, "relu"), ag.tanh)), ValueError, "layer 1 is no"),
        (lambda: MLP.from_tensors(Sequential(Linear(1, 1, use_bias=False))), ValueError, "layer 0 has no biases"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def mixed() -> Layer:
    layer = Layer(2, 2)
    layer.neurons[1].nonlin = False
    return layer


# States


def some_net() -> Sequential:
    return Sequential(Conv2d(1, 2, 2), BatchNorm(2), Flatten(), Linear(8, 3, "relu"))


def test_a_state_goes_round() -> None:
    one, two = some_net(), some_net()
    x = np.random.default_rng(0).normal(size=(4, 1, 3, 3))
    one(x)
    state = one.state_dict()
    two.load_state_dict(state)
    np.testing.assert_array_equal(one.eval()(x).data, two.eval()(x).data)
    assert list(state) == [
        "layers.0.W", "layers.0.b", "layers.1.weight", "layers.1.bias", "layers.3.W", "layers.3.b",
        "layers.1.running_mean", "layers.1.running_var",
    ]  # fmt: skip
    state["layers.0.W"][:] = 7.0
    assert not (one[0].W.data == 7.0).any()
    assert not (two[0].W.data == 7.0).any()


def test_a_state_takes_the_types_of_the_model() -> None:
    model, state = Linear(2, 1, dtype=np.float32), {"W": [[1, 2]], "b": np.array([0.5])}
    model.load_state_dict(state)
    assert [p.dtype for p in model.parameters()] == [np.float32, np.float32]
    neuron = Neuron(1)
    neuron.load_state_dict({"w.0": np.array(3.0), "b": 2})
    assert neuron([1.0]).data == 5.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"b": None}, "missing: b"),
        ({"bias": np.zeros(2), "b": None}, r"missing: b; unexpected: bias \(here it is b\)"),
        ({"w": np.zeros(2)}, r"unexpected: w \(here it is W\)"),
        ({"W": np.zeros((3, 2))}, r"misfits: W \(got shape \(3, 2\), for \(2, 3\)\)"),
        ({"W": np.zeros((2, 3), complex)}, r"misfits: W \(got complex128, for float64\)"),
        ({"W": [[1.0], [2.0, 3.0]]}, r"misfits: W \(got a ragged list"),
        ({"W": Tensor(np.zeros((2, 3)))}, r"misfits: W \(got a Tensor"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change: dict[str, Any], message: str) -> None:
    layer = Linear(3, 2)
    before = layer.state_dict()
    state = {"W": np.zeros((2, 3)), "b": np.zeros(2)} | change
    with pytest.raises(ValueError, match=rf"^load_state_dict: {message}") as caught:
        layer.load_state_dict({name: x for name, x in state.items() if x is not None})
    assert "\n" not in str(caught.value)
    for name, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_state_says_what_a_name_is_in_the_same_part_and_not_all_that_is_missing() -> None:
    with pytest.raises(ValueError, match=r"layers\.3\.bias \(here it is layers\.3\.b\)"):
        some_net().load_state_dict({"layers.3.bias": np.zeros(3)})
    with pytest.raises(ValueError, match=r"layers\.1\.bias and 4 more$"):
        some_net().load_state_dict({})
    with pytest.raises(TypeError, match="got str; it needs a dict"):
        some_net().load_state_dict("model.npz")
    model: Any = Module()
    model.parts = {0: Value(1.0), "0": Value(2.0)}
    with pytest.raises(ValueError, match=r"two parts have the path parts\.0"):
        model.state_dict()


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_apart(again: Callable[[Any], Any]) -> None:
    net = some_net()
    other = again(net)
    other[0].W.data = other[0].W.data + 1.0
    assert (net[0].W.data != other[0].W.data).all()


# Tables


def test_a_table_counts_what_is_shared_once_and_fits() -> None:
    relu, deep = ReLU(), Linear(2, 2)

    class Shares(Module):
        def __init__(self) -> None:
            self.W, self.me = Tensor(np.eye(2)), self
            self.forward = lambda x: self.net(x) @ self.W
            self.net = Sequential(deep, relu, Sequential(deep, relu), Softmax())
            self.a_part_that_has_a_name_of_so_many_letters_that_it_needs_most_of_a_line = deep

    model = Shares()
    lines = model.summary(example=np.ones((5, 2))).splitlines()
    assert model(np.ones((5, 2))).shape == (5, 2)
    assert [line.split()[:2] for line in lines[1:4]] == [
        ["Shares", "(5,"],
        ["net.layers.0", "Linear"],
        ["net.layers.1", "ReLU"],
    ]
    assert [line.split("  ")[0] for line in lines[4:6]] == [
        "net.layers.2.layers.0 Linear",
        "net.layers.2.layers.1 ReLU",
    ]
    assert lines[7].startswith("…")
    assert lines[-1] == "10 parameters: 10 trainable, 0 frozen"
    assert max(map(len, lines)) <= 80


def test_a_table_of_neurons() -> None:
    """Neurons take one example at a time, so there is no axis of a batch."""
    assert (
        MLP(3, [4, 2], activation=["relu", "softmax"]).summary((3,))
        == """\
layer           output  parameters
layers.0 Layer  (4,)            16  trainable
layers.1 Layer  (2,)            10  trainable
26 parameters: 26 trainable, 0 frozen"""
    )
