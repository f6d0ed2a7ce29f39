"""Graphs and programs in JavaScript, run by Node beside Python."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

import autograd as ag
from autograd.compiling.javascript import computation, library

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node")


def ran(script: str) -> Any:
    """What a script of JavaScript gives as `result`; of numbers that JSON lacks, their names."""
    told = "(k, x) => typeof x !== 'number' || isfinite(x) && !Object.is(x, -0) ? x : "
    told += "Object.is(x, -0) ? '-0' : String(x)"
    done = subprocess.run(
        [str(NODE), "-"],
        input=f"{script}\nconsole.log(JSON.stringify(result, {told}));",
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert not done.stderr, done.stderr
    return json.loads(done.stdout)


def computed(root: ag.Value, leaves: Sequence[ag.Value], points: Sequence[Sequence[float]]) -> Any:
    """Values of all nodes and gradients by the leaves at points, as JavaScript has them."""
    found = computation([root], leaves)
    return ran(
        f"""{library()}
        const c = {found.text};
        const result = {json.dumps(points)}.map((point) => {{
            point.forEach((x, k) => c.set(c.inputs[k], x));
            const stop = c.forward();
            c.backward();
            return [stop, [...c.value(c.root)], c.inputs.map((i) => c.gradient(i)[0])];
        }});"""
    )


def test_a_graph_is_computed_anew_as_python_does() -> None:
    def f(x: ag.Value, y: ag.Value) -> ag.Value:
        return ag.relu(x * y + 2) * ag.sqrt(x * x + y) / (y - 3) + ag.max([x, y, x - y])

    leaves = [ag.Value(0.5), ag.Value(0.25)]
    points = [(0.5, 0.25), (-3.0, 2.0), (2.0, -1.5)]
    found = computed(f(*leaves), leaves, points)
    for point, (stop, (value,), gradients) in zip(points, found):
        xs = [ag.Value(x) for x in point]
        y = f(*xs)
        y.backward()
        assert (stop, value, gradients) == (None, y.data, [x.grad for x in xs])


def test_programs_of_all_branches_are_one_function() -> None:
    @ag.compile
    def f(x: float, y: float) -> Any:
        return {"sum": [x + y, x * 3]} if x > y else {"sum": [x - y, -x]}

    points = [(1.5, 0.25), (-3.0, 2.0)]
    expected = [f(*point)["sum"] for point in points]
    text = f.source("javascript")
    assert ran(f"{text}\nconst result = {json.dumps(points)}.map(program);") == expected
