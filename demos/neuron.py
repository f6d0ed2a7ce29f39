"""A neuron of Values, tanh(w1*x1 + w2*x2 + b): computed, differentiated and drawn."""

from collections.abc import Sequence

import autograd as ag
from autograd import Value
from demos import OUT


def neuron() -> tuple[Value, list[Value]]:
    """The output of the neuron, after a backward pass, and its inputs."""
    x1, x2 = Value(2.0, name="x1"), Value(0.0, name="x2")
    w1, w2 = Value(-3.0, name="w1"), Value(1.0, name="w2")
    b = Value(6.881373587019543, name="b")  # so that tanh' is 1/2
    o = ag.tanh(w1 * x1 + w2 * x2 + b)
    o.name = "o"
    o.backward()
    return o, [x1, x2, w1, w2, b]


def main(arguments: Sequence[str] = ()) -> None:
    """Print the derivatives and write the drawing."""
    o, inputs = neuron()
    print(f"o = tanh(w1*x1 + w2*x2 + b) = {o:.6f}")
    for v in inputs:
        print(f"  do/d{v.name} = {v.grad:9.6f}    at {v.name} = {v:.6f}")
    OUT.mkdir(exist_ok=True)
    print(f"drawn to demos/out/{ag.draw(o).save(OUT / 'neuron.svg').name}")


if __name__ == "__main__":
    main()
