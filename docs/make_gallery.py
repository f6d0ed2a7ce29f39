"""Writes docs/gallery.md and its pictures.

    python docs/make_gallery.py

A test asserts that the files are what this writes.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import autograd as ag  # noqa: E402  # after the path
import nn  # noqa: E402

Figure = Callable[[], ag.Drawing]


def neuron() -> ag.Drawing:
    """A neuron, as notes 001 draw it in figure 1, here with tanh."""

    def neuron(x1: float, w1: float, x2: float, w2: float, b: float) -> ag.Value:
        return ag.tanh(w1 * x1 + w2 * x2 + b)

    return ag.draw(neuron, 2.0, -3.0, 0.0, 1.0, 6.88)


def absolute_value() -> ag.Drawing:
    """The network of notes 002 that makes |x| from two ReLUs. One of them is always dead."""
    x = ag.Value(-1.5, name="x")
    z1 = ag.relu(1.0 * x)
    z2 = ag.relu(-1.0 * x)
    y = z1 + z2
    z1.name, z2.name, y.name = "z1", "z2", "y"
    y.backward()
    return ag.draw(y)


def notes_001() -> ag.Drawing:
    """The network of figure 5 of notes 001, 4-2-3-1, a box for each neuron and one for its weights.

    Every neuron is logistic, and its bias starts at 1.
    """
    net = nn.MLP(4, [2, 3, 1], activation="sigmoid", bias=1.0, rng=np.random.default_rng(4))

    def cost(x: list[float], y: float) -> ag.Value:
        return (y - net(x)) ** 2 / 2

    return ag.draw(cost, [0.5, -1.0, 0.25, 2.0], 0.1, depth=2, most=32)


def training_step() -> ag.Drawing:
    """A step of training: the loss of a line and three points, after a backward pass.

    What gradient descent subtracts from w and b, times the learning rate, is in their boxes.
    """
    w, b = ag.Tensor(0.5, name="w"), ag.Tensor(0.0, name="b")
    x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])
    error = w * x + b - y
    error.name = "error"
    loss = (error**2).mean()
    loss.name = "loss"
    loss.backward()
    return ag.draw(loss)


def hessian_vector_product() -> ag.Drawing:
    """A Hessian-vector product: the gradient as a graph, times v, and differentiated once more.

    The gradients in the boxes of x and y are the product of v and the Hessian of x³ y.
    """
    x, y = ag.Value(2.0, name="x"), ag.Value(3.0, name="y")
    with ag.scope("f"):
        f = x**3 * y
    with ag.scope("gradient"):
        slopes = ag.gradients(f, [x, y], create_graph=True)
    with ag.scope("times v"):
        product = slopes[0] * 1.0 + slopes[1] * -1.0
    product.backward()
    return ag.draw(product)


def mnist() -> ag.Drawing:
    """The notes' network for MNIST, 784-30-10, with its layers folded, on a batch of ten."""
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(784, 30, rng=rng), nn.Sigmoid(), nn.Linear(30, 10, rng=rng))
    labels = nn.one_hot(np.arange(10), 10)

    def loss(images: ag.Tensor) -> ag.Tensor:
        return nn.bce(net(images), labels, from_logits=True, reduction="batch")

    return ag.draw(loss, rng.random((10, 784)), depth=1)


def many_values() -> ag.Drawing:
    """A network of 6,000 Values. Neurons that are alike are one box, and so are their weights."""
    net = nn.MLP(16, [32, 32, 16, 1], activation="tanh", rng=np.random.default_rng(0))
    return ag.draw(net, np.linspace(-1.0, 1.0, 16).tolist())


def newton_iteration() -> ag.Drawing:
    """Twelve steps of Newton's method towards the square root of 2; the last of them is open.

    Nothing says where a step begins: what comes again and again is found.
    """

    def root(a: float, x: float) -> ag.Value:
        for _ in range(12):
            x = x - (x * x - a) / (2.0 * x)
        return x

    return ag.draw(root, 2.0, 5000.0)


def what_goes_wrong() -> ag.Drawing:
    """What goes wrong is marked: 0 log 0 is nan, and a saturated neuron stops the gradient."""

    def loss(p: float, z: float) -> ag.Value:
        return p * ag.log(p) + ag.sigmoid(z) + ag.relu(z)

    return ag.draw(loss, 0.0, -20.0)


FIGURES: list[Figure] = [
    neuron, absolute_value, notes_001, training_step, hessian_vector_product, mnist, many_values,
    newton_iteration, what_goes_wrong,
]  # fmt: skip

HEAD = """\
# Gallery

Every picture is what `ag.draw` gives, and is written by `python docs/make_gallery.py`.

A box has an operation, as a formula where its operands have names, a name, a value, and the
gradient: the derivative of the result by that node. Gradients are orange where they are positive,
blue where they are negative, violet for arrays that have both, and the deeper the larger, a shade a
decade. A small array is shown number by number, of a larger one the value and, to the right, the
gradient as heat maps; nan and infinite is red. Grey boxes are leaves, the green one is the result,
lilac ones are several nodes. An arrow is the wider the more the chain rule sends back
along it, or, between boxes of several nodes, the more edges it stands for. Resting on a box or an
arrow tells more, such as the local derivative. The pictures follow the light or dark of their
surroundings.

```python
import numpy as np

import autograd as ag
import nn
```
"""


def files() -> dict[str, str]:
    """The text of each file, by its name."""
    page, found = [HEAD], {}
    for figure in FIGURES:
        name = figure.__name__
        found[f"gallery/{name}.svg"] = figure().svg
        said = inspect.cleandoc(figure.__doc__ or "")
        page.append(f"## {_title(name)}\n\n{said}\n\n![{said.splitlines()[0]}](gallery/{name}.svg)")
        page.append(f"```python\n{_source(figure)}\n```\n")
    return {"gallery.md": "\n".join(page), **found}


def _title(name: str) -> str:
    words = name.replace("_", " ").replace("mnist", "MNIST").replace("notes 001", "4-2-3-1")
    return words[0].upper() + words[1:]


def _source(figure: Figure) -> str:
    """The body of a function, without its docstring."""
    lines = textwrap.dedent(inspect.getsource(figure)).splitlines()[1:]
    end = next(
        i for i, line in enumerate(lines) if line.endswith('"""') and (i or line.count('"""') == 2)
    )
    body = textwrap.dedent("\n".join(lines[end + 1 :])).strip("\n")
    body = re.sub(r"(?<=\n)\n(?=def )|(?<=\n)\n(?=return)", "\n\n", body)  # functions stand apart
    return body.replace("return ag.draw", "ag.draw")


def main() -> None:
    """Write them."""
    (HERE / "gallery").mkdir(exist_ok=True)
    for name, text in files().items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
