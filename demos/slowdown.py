"""A sigmoid neuron that is far off learns slowly from quadratic cost, fast from cross-entropy.

    python -m demos.slowdown

The toy of notes 000: one neuron s(w x + b), one example, x = 1 and y = 0. The gradient of the
quadratic cost has the factor s', which vanishes where the neuron is surest, and so also where it is
most wrong. Cross-entropy cancels it: equations (36) and (37). The notes give no weights to start
from; both runs start with the same w and b, which make the output nearly 1.

    x = 1, y = 0, w = b = 2 at the start, learning rate 0.15
    quadratic: the notes' dL/dw and dL/db, 22 right
    cross-entropy: the notes' dL/dw and dL/db, 22 right
                output s(w + b)               slope dL/dw
      step     quadratic cross-entropy     quadratic cross-entropy
         0         0.982         0.982        0.0173        0.9820
         1         0.982         0.976        0.0174        0.9760
         5         0.982         0.928        0.0178        0.9277
        10         0.981         0.775        0.0182        0.7751
        20         0.980         0.376        0.0192        0.3764
        50         0.976         0.099        0.0229        0.0985
       100         0.964         0.041        0.0333        0.0411
       150         0.933         0.026        0.0580        0.0257
       200         0.789         0.019        0.1314        0.0186
       250         0.357         0.015        0.0820        0.0146
       300         0.203         0.012        0.0328        0.0120
    quadratic: the output is below 1/2 after 232 steps
    cross-entropy: the output is below 1/2 after 17 steps
    drawn to demos/out/slowdown.png
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
import nn
from demos import OUT

X, Y = 1.0, 0.0
START = 2.0
ETA = 0.15
STEPS = 300
SHOWN = (0, 1, 5, 10, 20, 50, 100, 150, 200, 250, 300)

Loss = Callable[[Any, Any], Any]
quadratic: Loss = functools.partial(nn.mse, half=True)
entropy: Loss = nn.bce
COSTS = {"quadratic": quadratic, "cross-entropy": entropy}
"""The losses by what they are called in the table and in the picture."""


class Moment(NamedTuple):
    """The neuron before one of the steps."""

    w: float
    b: float
    output: float
    slope: float
    """dL/dw."""


def learn(loss: Loss) -> list[Moment]:
    """Gradient descent, moment by moment."""
    neuron = nn.Neuron(1, activation=ag.sigmoid)
    (w,), b = neuron.w, neuron.b
    w.data = b.data = START
    optimizer = nn.SGD(neuron.parameters(), lr=ETA)
    moments = []
    for _ in range(STEPS + 1):
        optimizer.zero_grad()
        output = neuron([X])
        loss(output, Y).backward()
        moments.append(Moment(w.data, b.data, output.data, w.grad))
        optimizer.step()
    return moments


def quadratic_gradient(w: Any, b: Any) -> tuple[Any, Any]:
    """dL/dw and dL/db of the quadratic cost, as the notes have them for x = 1 and y = 0."""
    s = ag.sigmoid(w + b)
    return s * s * (1 - s), s * s * (1 - s)


def entropy_gradient(w: Any, b: Any) -> tuple[Any, Any]:
    """Equations (36) and (37)."""
    s = ag.sigmoid(w * X + b)
    return X * (s - Y), s - Y


GRADIENTS = {"quadratic": quadratic_gradient, "cross-entropy": entropy_gradient}
"""By hand, for the losses of the same names."""


def check(name: str, moments: Sequence[Moment]) -> ag.GradientReport:
    """The notes' derivatives by w and by b against differences, at each of the moments.

    Raises GradientCheckError where one is wrong.
    """
    entries = [
        entry
        for at in moments
        for entry in ag.gradcheck(
            lambda w, b: COSTS[name](ag.sigmoid(w * X + b), Y),
            at.w,
            at.b,
            derivative=GRADIENTS[name],
        ).entries
    ]
    return ag.GradientReport(tuple(entries))


def plot(runs: dict[str, list[Moment]], file: Path) -> None:
    """Output by step, and slope by output, which explains it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), dpi=120, layout="constrained")
    figure.suptitle(f"A sigmoid neuron, x = {X:g}, y = {Y:g}, w = b = {START:g} at the start")
    curves, slopes = figure.subplots(1, 2)
    z = np.linspace(-8, 8, 401)  # what the neuron gets, with b = 0
    for name, moments in runs.items():
        (line,) = curves.plot([m.output for m in moments], label=name)
        slopes.plot(ag.sigmoid(z), GRADIENTS[name](z, 0.0)[0], color=line.get_color(), label=name)
        slopes.plot(moments[0].output, moments[0].slope, "o", color=line.get_color())
    curves.set(title="Learning curves", ylabel="output s(w + b)", xlim=(0, STEPS), ylim=(0, 1.02))
    curves.set_xlabel(f"gradient steps, learning rate {ETA}")
    slopes.set(title="What drives them (dots: the start)", xlabel="output s(w + b)")
    slopes.set(ylabel="slope dL/dw", xlim=(0, 1.02), ylim=(0, 1.02))
    for axes in (curves, slopes):
        axes.grid(alpha=0.3)
        axes.legend(title="cost")
    part = file.with_suffix(".part")
    figure.savefig(part, format="png")
    part.replace(file)  # whoever looks meanwhile sees the old picture or the new one


def main(arguments: Sequence[str] = ()) -> None:
    """Check the formulas, print the learning curves and draw them."""
    runs = {name: learn(loss) for name, loss in COSTS.items()}
    print(f"x = {X:g}, y = {Y:g}, w = b = {START:g} at the start, learning rate {ETA}")
    for name, moments in runs.items():
        report = check(name, [moments[k] for k in SHOWN])
        print(f"{name}: the notes' dL/dw and dL/db, {report.count('right')} right")
    print(f"{'':6}{'output s(w + b)':^28}{'slope dL/dw':^28}")
    print(f"{'step':>6}" + 2 * "".join(f"{name:>14}" for name in runs))
    for k in SHOWN:
        outputs = "".join(f"{moments[k].output:14.3f}" for moments in runs.values())
        slopes = "".join(f"{moments[k].slope:14.4f}" for moments in runs.values())
        print(f"{k:6}{outputs}{slopes}")
    for name, moments in runs.items():
        first = next(k for k, m in enumerate(moments) if m.output < 0.5)
        print(f"{name}: the output is below 1/2 after {first} steps")
    OUT.mkdir(exist_ok=True)
    try:
        plot(runs, OUT / "slowdown.png")
    except ImportError:
        print("no picture: matplotlib is not installed (pip install chainrule[plot])")
    else:
        print("drawn to demos/out/slowdown.png")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
