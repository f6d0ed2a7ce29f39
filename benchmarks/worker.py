"""One engine in a process of its own: for every line read, a round is run and timed.

    python benchmarks/worker.py ENGINE TASK WORKLOAD

ENGINE is float, chainrule or micrograd; TASK is `gradient` (forward, backward, release), `graph`
(the gradient as a graph), `hvp` (a product with the Hessian), `jvp` or `hessian`. micrograd's nodes
are cycles that only the garbage collector frees, so collecting them is part of its time.
"""

from __future__ import annotations

import gc
import importlib
import math
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from racing import serve
from workloads import WORKLOADS

FLOATS = SimpleNamespace(
    exp=math.exp, log=math.log, sqrt=math.sqrt, tanh=math.tanh, maximum=max,
    relu=lambda x: x if x > 0 else 0.0, Value=float,
    dot=lambda x, y: math.fsum(a * b for a, b in zip(x, y)),
)  # fmt: skip


def micrograd() -> Any:
    """micrograd, with the functions that it lacks, in its manner."""
    value = importlib.import_module("micrograd.engine").Value
    sys.setrecursionlimit(100_000)

    def function(op: Callable[[float], float], slope: Callable[[float, float], float]) -> Any:
        def apply(x: Any) -> Any:
            if not isinstance(x, value):
                return op(x)
            out = value(op(x.data), (x,), op.__name__)

            def backward() -> None:
                x.grad += slope(x.data, out.data) * out.grad

            out._backward = backward
            return out

        return apply

    return SimpleNamespace(
        exp=function(math.exp, lambda x, z: z), log=function(math.log, lambda x, z: 1 / x),
        sqrt=function(math.sqrt, lambda x, z: 0.5 / z), relu=lambda x: x.relu(), Value=value,
        tanh=function(math.tanh, lambda x, z: 1 - z * z),
        maximum=lambda x, c: function(lambda v: max(v, c), lambda v, z: float(v > c))(x),
    )  # fmt: skip


def task(engine: str, name: str, workload: str) -> tuple[Callable[[], float], int]:
    """Return one repetition of a workload, and how often a round repeats it."""
    work = WORKLOADS[workload]
    f, inputs = work.function, work.inputs
    m: Any = FLOATS
    if engine != "float":
        m = micrograd() if engine == "micrograd" else importlib.import_module("autograd")
    kept = [m.Value(x) for x in inputs] if work.arrange else []
    arranged = work.arrange(kept) if work.arrange else []

    def evaluate() -> tuple[Any, list[Any]]:
        leaves = kept or [m.Value(x) for x in inputs]
        return f(m, *(arranged or leaves)), leaves

    def plain() -> float:
        return float(evaluate()[0])

    def gradient() -> float:
        out, _ = evaluate()
        out.backward()
        return float(out.data)

    def graph() -> float:
        out, leaves = evaluate()
        m.gradients(out, leaves, create_graph=True)
        return float(out.data)

    def hvp() -> float:
        out, leaves = evaluate()
        product = 0.0
        for slope in m.gradients(out, leaves, create_graph=True):
            product = slope * 1.0 + product
        product.backward()
        return float(out.data)

    def jvp() -> float:
        value, _ = m.jvp(lambda *x: f(m, *x), inputs, [1.0] * len(inputs))
        return float(value)

    def hessian() -> float:
        by_all(*inputs)
        return expected

    if engine == "float":
        return plain, work.repeat
    if name == "hessian":
        by_all = m.hessian(lambda *x: f(m, *x), argnums=tuple(range(len(inputs))))
        expected = float(f(m, *inputs))
    tasks = {"gradient": gradient, "graph": graph, "hvp": hvp, "jvp": jvp, "hessian": hessian}
    return tasks[name], max(1, work.repeat // (10 if engine == "micrograd" else 1))


def main() -> None:
    """Make ready, and answer."""
    engine, name, workload = sys.argv[1:]
    work, repeat = task(engine, name, workload)
    serve(work, [work()], repeat, after=gc.collect if engine == "micrograd" else None)


if __name__ == "__main__":
    main()
