"""How the pages are made: programs recorded from functions, and the script that plays with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import autograd as ag
from autograd.commands.expressions import ParsedExpression, UsageError
from autograd.drawing.page import whole
from demos.neuron import neuron

HERE = Path(__file__).parent
EXPRESSIONS = ("sin(x)", "exp(-x**2)", "1 / (1 + x**2)", "log(1 + x)", "tanh(2 * x)", "sqrt(1 + x)")
ORDER = 8
"""Highest order of a Taylor polynomial."""
UNITS = (2, 4, 4, 1)


class Playground(NamedTuple):
    """Contents of a page."""

    title: str
    words: str
    programs: dict[str, str]
    """Functions of the engine as JavaScript, by the names that the script has for them."""
    data: dict[str, Any]


def printed(f: Callable[..., Any], *points: Sequence[Any]) -> str:
    """Return a function as JavaScript of one list of numbers; a point for each of its branches."""
    compiled = ag.compile(f)
    for point in points:
        compiled(*point)
    return f"(() => {{\n{compiled.source('javascript')}\nreturn program;\n}})()"


def slowdown() -> Playground:
    """Return the page of the notes' learning slowdown: one example, x = 1 and y = 0."""

    def quadratic(w: Any, b: Any) -> Any:
        return 0.5 * ag.sigmoid(w + b) ** 2

    def entropy(w: Any, b: Any) -> Any:
        return -ag.log(1.0 - ag.sigmoid(w + b))

    start = (0.5, 0.25)
    programs = {
        "output": printed(lambda w, b: ag.sigmoid(w + b), start),
        "quadratic": printed(ag.value_and_grad(quadratic, argnums=(0, 1)), start),
        "entropy": printed(ag.value_and_grad(entropy, argnums=(0, 1)), start),
    }
    words = (
        "One sigmoid neuron is to answer 0 to the input 1. Both runs start with the same weight "
        "and bias. The slope of the quadratic cost (a − y)² / 2 has the factor σ′, which is nearly "
        "0 where the neuron is surest, and so where it is most wrong. Cross-entropy cancels it."
    )
    return Playground("The learning slowdown, and its cure", words, programs, {})


def absolute() -> Playground:
    """Return the page of |x| as the sum of two ReLUs."""
    xs = [k / 5 for k in range(-10, 11)]

    def network(w: Any, x: Any) -> Any:
        return w[4] * ag.relu(w[0] * x + w[2]) + w[5] * ag.relu(w[1] * x + w[3]) + w[6]

    def cost(w: Any) -> Any:
        return ag.sum([(network(w, x) - abs(x)) ** 2 for x in xs]) / (2 * len(xs))

    start = [0.5, -0.3, 0.2, 0.1, 0.7, 0.4, 0.0]
    programs = {
        "network": printed(network, (start, 0.5)),
        "cost": printed(ag.value_and_grad(cost), (start,)),
    }
    words = (
        "y = v₁ relu(w₁x + c₁) + v₂ relu(w₂x + c₂) + b can be |x|: one neuron passes x on where it "
        "is positive, the other −x. Descent finds it from some starts; from others a neuron is off "
        "at every point, gets no gradient, and stays off."
    )
    names = ["w₁", "w₂", "c₁", "c₂", "v₁", "v₂", "b"]
    return Playground("|x| from two ReLUs", words, programs, {"names": names, "start": start})


def moons() -> Playground:
    """Return the page of a network of two inputs, two layers of four and one output."""
    import numpy as np

    rng = np.random.default_rng(0)
    angle = np.pi * rng.uniform(size=60)
    label = np.arange(60) % 2
    x = np.where(label, 1 - np.cos(angle), np.cos(angle)) + 0.12 * rng.normal(size=60)
    y = np.where(label, 0.5 - np.sin(angle), np.sin(angle)) + 0.12 * rng.normal(size=60)
    count = sum((n + 1) * m for n, m in pairwise(UNITS))

    def network(w: Any, x: Any, y: Any) -> Any:
        values, k = [x, y], 0
        for size in UNITS[1:]:
            last = size == 1
            sums = []
            for _ in range(size):
                sums.append(sum((a * v for a, v in zip(w[k:], values)), w[k + len(values)]))
                k += len(values) + 1
            values = sums if last else [ag.tanh(z) for z in sums]
        return values[0]

    def cost(w: Any, x: Any, y: Any, t: Any) -> Any:
        z = network(w, x, y)
        return ag.softplus(z) - t * z

    start = (0.5 * rng.normal(size=count)).tolist()
    programs = {
        "network": printed(network, (start, 0.1, 0.2)),
        "cost": printed(ag.value_and_grad(cost), (start, 0.1, 0.2, 1.0)),
    }
    points = [[round(float(z), 4) for z in point] for point in zip(x, y, label)]
    words = (
        f"Two inputs, two layers of four tanh neurons, one output: {count} weights. Gradient "
        "descent on the cross-entropy of 60 points, all in each step. The ground shows what the "
        "network answers everywhere."
    )
    data = {"points": points, "count": count}
    return Playground("A 2-4-4-1 network learns two moons", words, programs, data)


def taylor(expressions: Sequence[str] = EXPRESSIONS) -> Playground:
    """Return the page of Taylor polynomials."""
    programs = {text: printed(_derivatives(_function(text), ORDER), (0.5,)) for text in expressions}
    words = (
        "The polynomial with the value and the derivatives of the expression at a. Derivatives of "
        f"all orders to {ORDER} come from the same rows, differentiated again and again."
    )
    return Playground("Taylor polynomials", words, programs, {"order": ORDER})


def steps(expressions: Sequence[str] = EXPRESSIONS) -> Playground:
    """Return the page of the errors of differences."""
    programs = {text: printed(_derivatives(_function(text), 1), (0.5,)) for text in expressions}
    words = (
        "A difference is wrong by the curve between its points where the step h is large, and by "
        "rounding where it is small. The exact slope is the one of the rows. A checker has to "
        "choose h, and to know how far it can be off: the best are near 10⁻⁸ and 10⁻⁵."
    )
    return Playground("The error of a difference", words, programs, {})


def _function(text: str) -> Callable[[Any], Any]:
    """Return the function of x that an expression is."""
    expression = ParsedExpression(text)
    if not set(expression.names) <= {"x"}:
        names = ", ".join(sorted(expression.names))
        raise UsageError(f"--expression: got {text!r} of {names}; it needs x alone")
    return lambda x: expression.over(ag, {"x": x})


def _derivatives(f: Callable[[Any], Any], order: int) -> Callable[[Any], Any]:
    return lambda x: [f(x), *(ag.derivative(f, order=n)(x) for n in range(1, order + 1))]


PLAYGROUNDS: dict[str, Callable[..., Playground]] = {
    "slowdown": slowdown,
    "absolute": absolute,
    "moons": moons,
    "taylor": taylor,
    "steps": steps,
}
OF_EXPRESSIONS = ("taylor", "steps")
NAMES = ("neuron", *PLAYGROUNDS)


def html(name: str, expressions: Sequence[str] = ()) -> str:
    """Return a page."""
    if name == "neuron":
        return ag.draw(neuron()[0]).html
    made = PLAYGROUNDS[name]
    given = [*expressions, *EXPRESSIONS]
    found = made(given) if name in OF_EXPRESSIONS else made()
    programs = ",\n".join(f"{json.dumps(key)}: {text}" for key, text in found.programs.items())
    script = "\n".join([
        '"use strict";',
        f"const programs = new Map(Object.entries({{{programs}}}));",
        f"const data = {json.dumps(found.data, ensure_ascii=False)};",
        *((HERE / f"{part}.js").read_text("utf-8") for part in ("shared", name)),
    ])  # fmt: skip
    script = script.replace("</", "<\\/").replace("<!--", "<\\!--")
    style = (HERE / "playground.css").read_text("utf-8")
    body = Template((HERE / "playground.html").read_text("utf-8")).substitute(
        title=found.title, words=found.words, script=script
    )
    return whole(found.title, body, style, script)
