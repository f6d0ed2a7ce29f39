"""Hints for names of other packages: each runs, and is given where such a name is used."""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value, hints, names
from nn.activations import FUNCTIONS

pytestmark = pytest.mark.both


def a_place(folder: Path) -> dict[str, Any]:
    """What the code of hints may name."""
    t, v = Tensor([1.0, 2.0]), Value(2.0)
    A, layer = Tensor([[2.0, 1.0], [1.0, 3.0]]), nn.Linear(2, 1, rng=0)
    return {
        "ag": ag, "nn": nn, "np": np, "a": np.array([1.0, 2.0]), "t": t, "u": Tensor([3.0, 4.0]),
        "v": v, "A": A, "f": lambda x: x * x, "x": 2.0, "y": (t * t).sum(), "p": Tensor([0.3, 0.6]),
        "q": np.array([[0.5, 0.5], [0.2, 0.8]]), "labels": np.array([0, 1]), "i": np.array([1, 0]),
        "X": np.ones((4, 2)), "Y": np.ones((4, 1)), "rng": np.random.default_rng(0),
        "layer": layer, "model": layer, "path": folder / "model.safetensors",
        "options": {"loss": nn.mse, "optimizer": nn.SGD(layer.parameters(), 0.1), "epochs": 1,
                    "batch_size": 2, "progress": False},
    }  # fmt: skip


TABLES = {name: table for name, table in vars(hints).items() if name.isupper()}
WRITTEN = [
    pytest.param(text, id=f"{table}-{name}")
    for table in ("AUTOGRAD", "NN", "TENSOR", "VALUE", "MODULE")
    for name, text in TABLES[table].items()
] + [
    pytest.param(text, id=f"ARGUMENTS-{name}")
    for name, several in hints.ARGUMENTS.items()
    for text in several
    if not text.endswith("=")
]


@pytest.mark.parametrize("text", WRITTEN)
def test_what_a_hint_says_runs(text: str, tmp_path: Path) -> None:
    exec(text, a_place(tmp_path))
    told = re.sub(r"#.*", "", text)
    assert len(text) < 90, "a message is one line"
    assert "torch" not in told


def test_what_exists_has_no_hint() -> None:
    assert not [name for name in hints.AUTOGRAD if hasattr(ag, name)]
    assert not [name for name in hints.NN if hasattr(nn, name)]
    assert not [name for name in hints.TENSOR if hasattr(Tensor, name)]
    assert not [name for name in hints.VALUE if hasattr(Value, name)]
    assert not [name for name in hints.MODULE if hasattr(nn.Module, name)]
    assert {*hints.TENSOR, *hints.VALUE} == {*names.NODES}
    assert set(hints.MODULE) == {*names.MODULES}


def parameters() -> dict[str, set[str]]:
    """Parameters of all that is public, by the name of its owner."""
    owners = [getattr(room, name) for room in (ag, nn) for name in room.__all__]
    found = {}
    for owner in filter(callable, owners):
        try:
            found[owner.__name__] = {*inspect.signature(owner).parameters}
        except (TypeError, ValueError):  # of built-in classes
            continue
    return found | {"Value": {"data", "name"}}


def test_arguments_are_those_of_something() -> None:
    known = parameters()
    for option, several in hints.ARGUMENTS.items():
        for meant in several:
            if meant.endswith("="):
                having = [name for name, options in known.items() if meant[:-1] in options]
                assert having, (option, meant)


def test_words_are_those_of_something() -> None:
    parts = {"W", "b", "weight", "bias", "running_mean", "running_var"}
    for word, meant in hints.WORDS.items():
        assert meant in {*FUNCTIONS, "mean", "batch", "none"} | parts, word
        assert word not in FUNCTIONS


T, V, LAYER, W = Tensor([1.0, 2.0]), Value(2.0), nn.Linear(2, 1, rng=0), [Tensor([1.0])]
USED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: nn.MSELoss, AttributeError, "module 'nn' has no attribute 'MSELoss'; write nn.mse(t, u)"),
    (lambda: nn.relu, AttributeError, "module 'nn' has no attribute 'relu'; write ag.relu"),
    (lambda: T.numpy(), AttributeError, "'Tensor' object has no attribute 'numpy'; write t.data"),
    (lambda: V.numpy(), AttributeError, "'Value' object has no attribute 'numpy'; write v.data"),
    (lambda: V.mm, AttributeError, "'Value' object has no attribute 'mm'"),
    (lambda: Tensor.mm, AttributeError, "type object 'Tensor' has no attribute 'mm'; write A @ A"),
    (lambda: LAYER.weight, AttributeError, "'Linear' object has no attribute 'weight'; write layer.W"),
    (lambda: setattr(T, "requires_grad", True), AttributeError, "; write ag.Tensor(a)  # it is differentiated by; a NumPy array is a constant"),
    (lambda: Tensor([1.0], requires_grad=True), TypeError, "Tensor: got requires_grad=; write ag.Tensor(a)  # it is differentiated by; a NumPy array is a constant"),
    (lambda: Tensor([1.0], nam="t"), TypeError, "Tensor: got nam=; it has data, dtype, name"),
    (lambda: Value(1.0, label="a"), TypeError, "Value: got label=; write name="),
    (lambda: Value(1.0, nam="a"), TypeError, "Value: got nam=; it has data, name"),
    (lambda: ag.grad(abs, argnum=1), TypeError, "grad: got argnum=; write argnums="),
    (lambda: ag.grad(abs, argnms=1), TypeError, "grad() got an unexpected keyword argument 'argnms'"),
    (lambda: ag.gradients(V, V, grad_outputs=1.0), TypeError, "gradients: got grad_outputs=; write seed="),
    (lambda: nn.mse(input=1.0, target=2.0), TypeError, "mse: got input=; write prediction="),
    (lambda: nn.Linear(in_features=2, out_features=1), TypeError, "Linear: got in_features=; write nin="),
    (lambda: T.sum(dim=0), TypeError, "sum: got dim=; write axis="),
    (lambda: T.max(dim=0, keepdim=True), TypeError, "max: got dim=; write axis="),
    (lambda: T.cumsum(dim=0), TypeError, "cumsum: got dim=; write axis="),
    (lambda: ag.flip(T, dim=0), TypeError, "flip: got dim=; write axis="),
    (lambda: ag.dropout(T, p=0.5), TypeError, "dropout: got p=; write rate="),
    (lambda: ag.max_pool2d(T, kernel_size=2), TypeError, "max_pool2d: got kernel_size=; write size="),
    (lambda: ag.linear(T, T, bias=T), TypeError, "linear: got bias=; write b="),
    (lambda: ag.exp(T, out=T), TypeError, "exp: got out=; np.exp has options"),
    (lambda: ag.relu(V, inplace=True), TypeError, "relu: got inplace=; its operands have no names"),
    (lambda: V.backward(retain_graph=True), TypeError, "backward: got retain_graph=; write y.backward()  # the graph stays until nothing refers to it"),
    (lambda: T[0].backward(retain_graph=True), TypeError, "backward: got retain_graph=; write y.backward()  # the graph stays until nothing refers to it"),
    (lambda: V.backward(gradient=1.0), TypeError, "backward: got gradient=; write seed="),
    (lambda: ag.gradcheck(ag.exp, 1.0, eps=1e-6), TypeError, "gradcheck: got eps=; write ag.gradcheck(f, x)  # it chooses steps, and has no tolerance"),
    (lambda: ag.gradcheck(ag.exp, 1.0, raise_exception=False), TypeError, "gradcheck: got raise_exception=; write raise_error="),
    (lambda: nn.Dropout(p=0.5), TypeError, "Dropout: got p=; write rate="),
    (lambda: nn.ReLU(inplace=True), TypeError, "ReLU: got inplace=; write nn.ReLU()"),
    (lambda: nn.ReLU(1), TypeError, "ReLU() takes no arguments"),
    (lambda: nn.Adam(W, learning_rate=0.1), TypeError, "Adam: got learning_rate=; write lr="),
    (lambda: nn.Adam(W, lrr=0.1), TypeError, "Adam: got lrr=; it has parameters, lr, weight_decay, betas, eps"),
    (lambda: nn.fit(LAYER, [], [], verbose=0), TypeError, "fit: got verbose=; write progress="),
    (lambda: nn.bce(0.5, 1.0, reduction="batchmean"), ValueError, "it must be one of mean, batch, sum, none (here it is batch)"),
    (lambda: nn.Linear(2, 1, "ReLU"), ValueError, "activation: got 'ReLU' (here it is relu)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "words"), USED, ids=range(len(USED)))
def test_a_hint_is_given_where_a_name_is_used(
    call: Callable[[], Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)  # newer Pythons add a guess
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import autograd.numpy as np", "'autograd' has no 'numpy'; write import numpy as np"),
        ("from autograd import jacrev", "'autograd' has no 'jacrev'; write ag.jacobian"),
        ("from nn import DataLoader", "'nn' has no 'DataLoader'; write nn.batches"),
        ("from autograd import around", "'autograd' has no 'around'; write np.around"),
        ("from autograd import multiply", "'autograd' has no 'multiply'; write np.multiply"),
        ("from autograd import sine", "cannot import name 'sine' from 'autograd'"),
        ("import autograd.sine", "No module named 'autograd.sine'"),
        ("import sine", "No module named 'sine'"),
    ],
)
def test_imports_are_told_too(line: str, words: str) -> None:
    with pytest.raises(ImportError, match=re.escape(words)):
        exec(line)


def test_what_is_absent_is_no_attribute() -> None:
    for x in (T, V, LAYER):
        absent = [name for name in (*names.NODES, *names.MODULES) if not hasattr(x, name)]
        assert absent
        assert not {*dir(x)} & {*absent}
    LAYER.weight = 3.0  # it is a name like any other
    assert LAYER.weight == 3.0
    del LAYER.weight


@pytest.mark.once
def test_the_table_is_read_when_a_name_is_not_found_and_not_before() -> None:
    program = (
        "import sys, autograd as ag, nn; assert 'autograd.hints' not in sys.modules;"
        "hasattr(nn, 'MSELoss'); assert 'autograd.hints' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
