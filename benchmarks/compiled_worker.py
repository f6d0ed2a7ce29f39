"""Value and gradient of a workload, compiled by one engine in a process of its own.

    python benchmarks/compiled_worker.py ENGINE TASK WORKLOAD

ENGINE is float or numba (the evaluation alone, by Numba as machine code), tape, llvm, python,
casadi, casadi-c (its C, compiled) or jax. TASK is `row` (a call with numbers in and out), `call`
(one with arrays), `array` (the program alone, with arrays), `grad` or `hvp` (that of a gradient or
Hessian-vector product), `value` (of Numba), or `exact` or `near`: a thousand rows at once, of which
the time is that of one.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import sys
import tempfile
from collections.abc import Callable, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from racing import serve
from worker import FLOATS
from workloads import WORKLOADS, Workload

ROWS = 1000
LONGER = 20
"""Times that programs are run more often than plain floats: a round is no shorter than theirs."""
RUNS = 10
"""Times that rows are computed in a round: the first run finds numbers of others in caches."""
KEPT: list[object] = []
"""Objects that peers do not keep alive themselves."""
Work = tuple[Callable[[], object], Sequence[float]]
"""Function to time, and results to compare: the value, and slopes by the first inputs."""


def _function(work: Workload, m: Any) -> Callable[[Sequence[Any]], Any]:
    return lambda x: work.function(m, *(work.arrange(x) if work.arrange else x))


def _rows(work: Workload) -> Any:
    noise = np.random.default_rng(0).normal(size=(ROWS, len(work.inputs)))
    return np.array(work.inputs) * (1 + 0.02 * noise)


def _floats(work: Workload, task: str) -> Work:
    f = _function(work, FLOATS)
    return lambda: f(work.inputs), ()


def _numba(work: Workload, task: str) -> Work:
    numba, m = importlib.import_module("numba"), ModuleType("m")
    vars(m).update(vars(math), maximum=max)
    f, x = numba.njit(work.function), tuple(work.inputs)
    names = ", ".join([f"x{i}" for i in range(len(x))])
    scope = {"f": f, "m": m}
    exec(f"def value({names}): return f(m, {names})", scope)  # its modules are globals
    value: Any = numba.njit(scope["value"])
    return lambda: value(*x), [value(*x)]


def _ours(work: Workload, task: str, machine: str) -> Work:
    ag = importlib.import_module("autograd")
    transform = getattr(ag, task if task in ("grad", "hvp") else "value_and_grad")
    compiled = ag.compile(transform(_function(work, ag)), machine=machine, wait=True)
    x = np.array(work.inputs)
    if task in ("row", "call"):
        given: Any = work.inputs if task == "row" else x
        value, slopes = compiled(given)
        return lambda: compiled(given), [value, *slopes[:5]]
    moved = [x, np.linspace(1.0, 2.0, len(x))] if task == "hvp" else [x]
    # Of lists, whose program is one of numbers; of an array it is NumPy's calls
    first = np.ravel(compiled(*[x.tolist() for x in moved])[1])[:5].tolist()
    (version,) = compiled._versions()
    program = version.program
    if task in ("array", "grad", "hvp"):
        x, out = np.concatenate(moved), np.empty(len(program.outputs))
        run = version._ready
        run.into(out, x)
        return lambda: run.into(out, x), [out[0], *first] if task == "array" else ()
    own = importlib.import_module(f"autograd.compiling.{machine}")
    rows, x = own.rows(program, exact=task == "exact"), _rows(work)
    out, left = np.empty((ROWS, len(program.outputs))), np.empty(ROWS, np.int64)
    rows(ROWS, (x,), (out,), left)
    return lambda: rows(ROWS, (x,), (out,), left), [*out[-1, :6]]


def _casadi(work: Workload, task: str, to_c: bool = False) -> Work:
    """CasADi's virtual machine, or its C, called with memory that is made beforehand."""
    ca = importlib.import_module("casadi")
    m = SimpleNamespace(
        exp=ca.exp, log=ca.log, sqrt=ca.sqrt, tanh=ca.tanh, maximum=ca.fmax,
        relu=lambda x: ca.fmax(x, 0),
    )  # fmt: skip
    x = ca.SX.sym("x", len(work.inputs))
    y = _function(work, m)([x[i] for i in range(len(work.inputs))])
    options = {"jit": True, "compiler": "shell", "jit_options": {"flags": "-O3"}} if to_c else {}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # of what is compiled
        f = ca.Function("f", [x], [y, ca.gradient(y, x)], options)
    given = np.array(work.inputs)
    if task not in ("row", "array"):
        f, given = f.map(ROWS), _rows(work)
    value, slopes = np.empty(len(given) if given.ndim > 1 else 1), np.empty_like(given)
    buffer, run = f.buffer()
    KEPT.extend((buffer, f, given, value, slopes))
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(value))
    buffer.set_res(1, memoryview(slopes))
    run()
    return run, [value[-1], *np.atleast_2d(slopes)[-1, :5]]


def _jax(work: Workload, task: str) -> Work:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    m = SimpleNamespace(
        exp=jax.numpy.exp, log=jax.numpy.log, sqrt=jax.numpy.sqrt, tanh=jax.numpy.tanh,
        maximum=jax.numpy.maximum, relu=lambda x: jax.numpy.maximum(x, 0.0),
    )  # fmt: skip
    f = jax.value_and_grad(lambda x: _function(work, m)([x[i] for i in range(len(work.inputs))]))
    one = task in ("row", "array")
    f, given = jax.jit(f if one else jax.vmap(f)), np.array(work.inputs) if one else _rows(work)
    value, slopes = f(given)
    first = [float(np.ravel(value)[-1]), *map(float, np.atleast_2d(slopes)[-1, :5])]
    return lambda: jax.block_until_ready(f(given)), first


def main() -> None:
    """Make ready, and answer."""
    engine, task, name = sys.argv[1:]
    work = WORKLOADS[name]
    engines: dict[str, Callable[[Workload, str], Work]] = {
        "float": _floats,
        "casadi": _casadi,
        "casadi-c": lambda work, task: _casadi(work, task, to_c=True),
        "jax": _jax,
        "tape": lambda work, task: _ours(work, task, "tape"),
        "llvm": lambda work, task: _ours(work, task, "llvm"),
        "python": lambda work, task: _ours(work, task, "python"),
        "numba": _numba,
    }
    run, results = engines[engine](work, task)
    one = engine == "float" or task not in ("exact", "near")
    repeat = work.repeat if engine == "float" else LONGER * work.repeat
    serve(run, results, repeat if one else RUNS, 1 if one else ROWS)


if __name__ == "__main__":
    main()
