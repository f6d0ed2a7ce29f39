"""What every module can do, and the layers one by one; states: test_neurons."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value, gradcheck
from nn import init
from nn.activations import ReLU, Tanh
from nn.layers import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    Linear,
    MaxPool2d,
)
from nn.module import Module
from nn.optim import SGD
from nn.sequential import Sequential


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


class Tree(Module):
    """Parts in every kind of container, shared ones, and a way back to itself."""

    def __init__(self) -> None:
        self.first = Linear(2, 2, rng=rng())
        self.again = {"same": self.first, "own": [Value(1.0), (Tensor([2.0]),)]}
        self.norm = BatchNorm(2)
        self.back = [self]
        self.back.append(self.back)

    def forward(self, x: Any, *, twice: bool = False) -> Any:
        y = self.norm(self.first(x))
        return self.first(y) if twice else y


def test_parts_are_found_once_wherever_they_are() -> None:
    tree = Tree()
    names = ["first.W", "first.b", "again.own.0", "again.own.1.0", "norm.weight", "norm.bias"]
    assert [name for name, _ in tree.named_parameters()] == names
    assert [name for name, _ in tree.named_modules()] == ["", "first", "norm"]
    assert [name for name, _ in tree.named_buffers()] == ["norm.running_mean", "norm.running_var"]
    assert tree.num_parameters == 4 + 2 + 1 + 1 + 2 + 2
    for modes in (tree.eval(), tree.train()):
        assert len({module.training for _, module in modes.named_modules()}) == 1
    assert tree.norm.training
    assert not tree.eval().norm.training


def test_calls_pass_options_on() -> None:
    tree, x = Tree().eval(), np.ones((3, 2))
    np.testing.assert_array_equal(tree(x, twice=True).data, tree.first(tree(x)).data)


def test_what_has_no_leaf_is_no_parameter() -> None:
    model = Tree()
    model.first.W = Tensor(np.ones((2, 2))) * 0.1
    with pytest.raises(ValueError, match=r"first\.W is a result of mul; it must be a leaf"):
        model.parameters()


def test_frozen_parts_get_no_gradient_and_no_steps() -> None:
    body, head = Linear(3, 4, "tanh", rng=rng()), Linear(4, 2, rng=rng(1))
    net = Sequential(body, head)
    optimizer = SGD(net.parameters(), lr=0.1)
    x = Tensor(rng(2).normal(size=(5, 3)))
    net(x).sum().backward()
    before, by_input = net.state_dict(), x.grad
    assert net[0].freeze() is body
    assert list(map(id, net.parameters())) == [id(head.W), id(head.b)]
    assert len(dict(net.named_parameters())) == 4
    x.zero_grad()
    net.zero_grad()
    net(x).sum().backward()
    assert [p.has_grad for _, p in net.named_parameters()] == [False, False, True, True]
    np.testing.assert_array_equal(x.grad, by_input)
    optimizer.step()
    changed = [name for name, now in net.state_dict().items() if (now != before[name]).any()]
    assert changed == ["layers.1.W", "layers.1.b"]
    assert isinstance(body(np.ones((1, 3))), np.ndarray)
    net.unfreeze()(x).sum().backward()
    assert all(p.has_grad for p in net.parameters())
    assert len(net.parameters()) == 4


def test_freezing_forgets_gradients_that_an_optimiser_would_use() -> None:
    layer = Linear(2, 1)
    layer(np.ones((1, 2))).sum().backward()
    layer.freeze()
    assert [p.has_grad for _, p in layer.named_parameters()] == [False, False]


def test_what_a_frozen_module_shares_stays_as_it_is() -> None:
    one, two = Linear(2, 2), Linear(2, 2)
    two.W = one.W
    net = Sequential(one, two)
    assert len(net.parameters()) == 3
    one.freeze()
    assert [id(p) for p in net.parameters()] == [id(two.b)]


# Layers


def with_parameters(layer: Any) -> Callable[..., Any]:
    """The layer as a function of its input and parameters: a weighted sum of what it gives."""
    names = [name for name, _ in layer.named_parameters()]

    def f(x: Any, *parameters: Any) -> Any:
        for name, new in zip(names, parameters):
            setattr(layer, name, new)
        y = layer(x)
        return ag.sum(y * np.cos(np.arange(y.size)).reshape(y.shape))

    return f


LAYERS: list[tuple[Any, tuple[int, ...], tuple[int, ...]]] = [
    (Linear(3, 2, rng=rng()), (3,), (2,)),
    (Linear(3, 2, "tanh", use_bias=False, rng=rng()), (4, 3), (4, 2)),
    (Linear(3, 2, "softmax", rng=rng()), (2, 4, 3), (2, 4, 2)),
    (Conv2d(2, 3, (2, 3), 2, 1, "sigmoid", rng=rng()), (1, 2, 3, 4), (1, 3, 2, 2)),
    (Conv2d(1, 2, 2, activation="gelu", rng=rng()), (1, 1, 3, 3), (1, 2, 2, 2)),
    (MaxPool2d(2, stride=1, padding=1), (2, 3, 3), (2, 4, 4)),
    (AvgPool2d((1, 2)), (1, 2, 2, 4), (1, 2, 2, 2)),
    (Flatten(), (2, 3, 2), (2, 6)),
    (LayerNorm(4), (2, 4), (2, 4)),
    (LayerNorm((2, 3)), (2, 2, 3), (2, 2, 3)),
    (BatchNorm(2), (5, 2), (5, 2)),
    (BatchNorm(2), (2, 2, 3), (2, 2, 3)),
    (BatchNorm(2).eval(), (3, 2), (3, 2)),
]


@pytest.mark.parametrize(("layer", "shape", "out"), LAYERS)
def test_shapes_and_gradients(layer: Any, shape: tuple[int, ...], out: tuple[int, ...]) -> None:
    layer, x = copy.deepcopy(layer), rng(3).permutation(np.prod(shape)).reshape(shape) / 7 - 0.5
    assert layer(x).shape == layer(Tensor(x)).shape == layer(x.tolist()).shape == out
    started = [parameter.data + 0.1 for parameter in layer.parameters()]
    report = gradcheck(with_parameters(layer), x, *started)
    assert report.count("right") == x.size + sum(p.size for p in started)


@pytest.mark.parametrize("activation", ["relu", ag.sigmoid, Tanh(), "logistic"])
@pytest.mark.parametrize(
    "make", [Linear, lambda nin, nout, f, **o: Conv2d(nin, nout, 1, 1, 0, f, **o)]
)
def test_an_activation_in_the_node_is_the_one_after_it(make: Any, activation: Any) -> None:
    inside, plain = make(3, 2, activation, rng=rng()), make(3, 2, None, rng=rng())
    after = {"relu": ag.relu, "logistic": ag.sigmoid}.get(activation, activation)
    x = rng(1).normal(size=(4, 3) if make is Linear else (4, 3, 2, 2))
    assert type(inside.activation) is str
    np.testing.assert_allclose(inside(x).data, after(plain(x)).data, rtol=1e-15)
    assert make(3, 2, ag.cos)(x).op == "cos"
    assert make(3, 2, "linear").activation is None


def test_initial_values() -> None:
    layer = Conv2d(4, 3, 5, bias=init.constant(1.0), rng=rng())
    np.testing.assert_array_equal(layer.W.data, init.scaled_normal()((3, 4, 5, 5), rng()))
    np.testing.assert_array_equal(layer.b.data, np.ones(3))
    assert Linear(2, 1, use_bias=False).b is None
    for small in (Linear(2, 1, dtype="f4"), Conv2d(1, 1, 1, dtype="f4"), LayerNorm(2, dtype="f4"),
                  BatchNorm(2, dtype="f4"), Embedding(2, 2, dtype="f4")):  # fmt: skip
        assert {array.dtype.name for array in small.state_dict().values()} == {"float32"}


def test_batch_norm_by_hand() -> None:
    layer = BatchNorm(3, momentum=0.2, eps=1e-3)
    layer.weight.data, layer.bias.data = [1.0, 2.0, 3.0], [0.0, 1.0, -1.0]
    mean, var = np.zeros(3), np.ones(3)
    for seed in range(4):
        x = rng(seed).normal(size=(6, 3, 2)) * 3 + 1
        of_batch, spread = x.mean((0, 2)), x.var((0, 2))
        standard = (x - of_batch[:, None]) / np.sqrt(spread + 1e-3)[:, None]
        by_hand = standard * layer.weight.data[:, None] + layer.bias.data[:, None]
        np.testing.assert_allclose(layer(x).data, by_hand, rtol=1e-12, atol=1e-13)
        mean, var = 0.8 * mean + 0.2 * of_batch, 0.8 * var + 0.2 * spread * 12 / 11
    np.testing.assert_allclose(layer.running_mean, mean, rtol=1e-13)
    np.testing.assert_allclose(layer.running_var, var, rtol=1e-13)
    layer.eval()
    used = (x - mean[:, None]) / np.sqrt(var + 1e-3)[:, None]
    used = used * layer.weight.data[:, None] + layer.bias.data[:, None]
    np.testing.assert_allclose(layer(x[:1]).data, used[:1], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(layer.train().freeze()(x), used, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(layer.running_mean, mean, rtol=1e-13)


def test_layer_norm_by_hand() -> None:
    x = rng().normal(size=(5, 2, 3))
    mean, var = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    np.testing.assert_allclose(LayerNorm((2, 3))(x).data, (x - mean) / np.sqrt(var + 1e-5))


def test_dropout_keeps_the_mean_and_does_nothing_in_use() -> None:
    layer, x = Dropout(0.25, rng()), np.ones(100_000)
    y = layer(x)
    assert set(np.unique(y)) == {0.0, 1 / 0.75}
    assert abs(y.mean() - 1) < 5 * np.sqrt(0.25 / 0.75 / x.size)
    assert layer.eval()(x) is x
    assert Dropout(0.0)(x) is x
    np.testing.assert_array_equal(Dropout(0.5, rng(1))(x), Dropout(0.5, rng(1))(x))


def test_embedding() -> None:
    layer = Embedding(4, 2, rng=rng())
    assert layer([[1, 3, 1]]).shape == (1, 3, 2)
    layer([[1, 3, 1]]).sum().backward()
    np.testing.assert_array_equal(layer.W.grad, [[0, 0], [2, 2], [0, 0], [1, 1]])


@given(st.data())
def test_windows_fit_as_the_formula_says(data: st.DataObject) -> None:
    size, stride = (data.draw(st.tuples(*[st.integers(1, 3)] * 2)) for _ in range(2))
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in size)
    least = [max(1, k - 2 * p) for k, p in zip(size, padding)]
    h, w = (data.draw(st.integers(k, k + 4)) for k in least)
    out = [(n + 2 * p - k) // s + 1 for n, p, k, s in zip((h, w), padding, size, stride)]
    x = rng().normal(size=(2, 3, h, w))
    for layer in (MaxPool2d(size, stride, padding), AvgPool2d(size, stride, padding)):
        assert layer(x).shape == (2, 3, *out)
    conv = Conv2d(3, 1, size, stride, padding, weight=lambda shape, _: np.ones(shape))
    sums = 3 * np.prod(size) * AvgPool2d(size, stride, padding)(x.mean(1))
    np.testing.assert_allclose(conv(x).data[:, 0], sums, atol=1e-12)


# Sequential


def test_a_sequence_of_layers() -> None:
    layers = [Linear(3, 4), ag.tanh, Linear(4, 2)]
    net = Sequential(*layers)
    assert (len(net), net[0], net[-1], list(net)) == (3, layers[0], layers[2], layers)
    assert isinstance(net[1:], Sequential)
    assert net[1:].parameters()[0] is net[2].W
    x = np.ones((2, 3))
    np.testing.assert_array_equal(net[1:](net[:1](x)).data, net(x).data)
    assert Sequential()(x) is x


class OddError(Exception):
    def __init__(self, what: str, how: int) -> None:
        super().__init__(what, how)


def raising(error: Exception) -> Any:
    def layer(x: Any) -> Any:
        raise error

    return layer


def test_errors_say_which_layer_and_keep_their_type() -> None:
    inner = Sequential(Linear(3, 4), Sequential(ReLU(), Linear(5, 2)))
    message = r"^layer 1 \(Sequential\): layer 1 \(Linear\): got inputs of shape \(2, 4\); it needs"
    with pytest.raises(ValueError, match=message):
        inner(np.ones((2, 3)))
    with pytest.raises(ZeroDivisionError, match=r"^layer 0 \(layer\): nothing: here$"):
        Sequential(raising(ZeroDivisionError("nothing: here")))(1.0)
    with pytest.raises(ValueError, match=r"^layer 0 \(Linear\): of its own$"):
        Sequential(Linear(2, 2, raising(ValueError("of its own"))))([1.0, 2.0])
    with pytest.raises(OddError) as caught:
        Sequential(ag.exp, raising(OddError("a", 1)))(1.0)
    assert caught.value.__notes__ == ["in layer 1 (layer)"]
    assert caught.value.args == ("a", 1)


images = np.ones((2, 3, 4, 4))


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: Linear(3, 2)(np.ones((2, 3, 4))), ValueError, r"Linear: got inputs of shape \(2, 3, 4\); it needs \(\.\.\., 3\)"),
        (lambda: Linear(3, 2, "softmax").freeze()(1.0), ValueError, r"Linear: got inputs of shape \(\)"),
        (lambda: Linear(2, 1)([[1.0], [1.0, 2.0]]), TypeError, "Linear: got a ragged list"),
        (lambda: Linear(2, 1, "rellu"), ValueError, r"activation: got 'rellu'; it can be linear, "),
        (lambda: Linear(2, 1, bias=False), TypeError, "Linear: got bias False; .*use_bias=False"),
        (lambda: Linear(2, 1, bias=init.constant(1), use_bias=False), ValueError, "Linear: got an init"),
        (lambda: Conv2d(2, 1, 3)(images), ValueError, r"Conv2d: got inputs of shape \(2, 3, 4, 4\); it needs \(n, 2, h, w\)"),
        (lambda: Conv2d(3, 1, 5)(images), ValueError, "it needs .* h >= 5 and w >= 5"),
        (lambda: Conv2d(3, 1, (7, 5), padding=1).freeze()(images), ValueError, "h >= 5 and w >= 3"),
        (lambda: Conv2d(3, 1, 3)(images[0]), ValueError, r"Conv2d: got inputs of shape \(3, 4, 4\)"),
        (lambda: Conv2d(3, 1, 0), ValueError, "Conv2d: got size 0; it needs an integer of at least 1"),
        (lambda: Conv2d(3, 1, 2, 1.5), ValueError, "Conv2d: got stride 1.5"),
        (lambda: MaxPool2d((1, 2, 3)), ValueError, r"MaxPool2d: got size \(1, 2, 3\)"),
        (lambda: AvgPool2d(2, padding=2), ValueError, r"AvgPool2d: got padding \(2, 2\)"),
        (lambda: MaxPool2d(5)(images), ValueError, r"MaxPool2d: got inputs .* h >= 5"),
        (lambda: AvgPool2d(1)(1.0), ValueError, r"AvgPool2d: got inputs of shape \(\)"),
        (lambda: Flatten()(1.0), ValueError, r"Flatten: got inputs of shape \(\)"),
        (lambda: Dropout(1.0), ValueError, "Dropout: got rate 1.0"),
        (lambda: LayerNorm(()), ValueError, "LayerNorm: got sizes none"),
        (lambda: LayerNorm((2, 3))(np.ones((2, 1))), ValueError, r"LayerNorm: got inputs of shape \(2, 1\); it needs \(\.\.\., 2, 3\)"),
        (lambda: BatchNorm(0), ValueError, "BatchNorm: got sizes 0; it must be an integer of at least 1"),
        (lambda: BatchNorm(2, momentum=2), ValueError, "BatchNorm: got momentum 2"),
        (lambda: BatchNorm(2)(images), ValueError, r"BatchNorm: got inputs of .*; it needs \(n, 2, \.\.\.\)"),
        (lambda: BatchNorm(3)(np.ones((1, 3))), ValueError, "it needs more than one number"),
        (lambda: Sequential(Embedding(2, 2))([2]), IndexError, r"layer 0 \(Embedding\): got indices from 2"),
        (lambda: Embedding(2, 2)([0.5]), TypeError, "embedding: got indices of type float64"),
        (lambda: Sequential(Linear(2, 2), ReLU), TypeError, r"Sequential: got the class ReLU; it needs"),
        (lambda: Linear(2, 2).summary((2,), np.ones(2)), ValueError, "summary: got input_shape and ex"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_a_table_of_the_layers() -> None:
    net = Sequential(Conv2d(1, 8, 3, padding=1), BatchNorm(8), MaxPool2d(2), Flatten(),
                     Linear(8 * 14 * 14, 10, "softmax"))  # fmt: skip
    net[1].freeze()
    before = {name: id(x) for name, x in net.named_buffers()}
    assert (
        net.summary((1, 28, 28))
        == """\
layer               output          parameters
layers.0 Conv2d     (n, 8, 28, 28)          80  trainable
layers.1 BatchNorm  (n, 8, 28, 28)          16  frozen
layers.2 MaxPool2d  (n, 8, 14, 14)           0
layers.3 Flatten    (n, 1568)                0
layers.4 Linear     (n, 10)             15,690  trainable
15,786 parameters: 15,770 trainable, 16 frozen"""
    )
    assert before == {name: id(x) for name, x in net.named_buffers()}
    assert net.training
    assert net[0].training
    assert "forward" not in vars(net[0])
    assert (
        repr(net.summary()).splitlines()[1] == "layers.0 Conv2d                     80  trainable"
    )
