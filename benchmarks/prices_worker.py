"""A price formula over many rows, by one engine in a process of its own.

    python benchmarks/prices_worker.py ENGINE [TASK] ROWS

ENGINE is numpy or numba (values alone), tape, llvm or jax (values and four derivatives); TASK is
exact or near.
"""

from __future__ import annotations

import importlib
import math
import sys
from typing import Any

import numpy as np
from racing import serve


def price(m: Any, spot: Any, strike: Any, years: Any, volatility: Any) -> Any:
    """An option's price, with a logistic curve near the normal one."""

    def normal(d: Any) -> Any:
        return 0.5 + 0.5 * m.tanh(0.7978845608 * (d + 0.044715 * d * d * d))

    rate = 0.03
    spread = volatility * m.sqrt(years)
    first = m.log(spot / strike) + (rate + volatility * volatility * 0.5) * years
    d = first / spread
    return spot * normal(d) - strike * m.exp(-rate * years) * normal(d - spread)


def _points(rows: int) -> list[Any]:
    r = np.random.default_rng(0)
    ranges = ((80, 120), (80, 120), (0.2, 2), (0.1, 0.4))
    return [r.uniform(*each, rows) for each in ranges]


def main() -> None:
    """Make ready, and answer."""
    engine, *task, rows = sys.argv[1:]
    xs = _points(int(rows))
    if engine == "numpy":
        serve(lambda: price(np, *xs), (), 1, int(rows))
        return
    if engine == "numba":
        numba = importlib.import_module("numba")
        of_row = numba.njit(price, fastmath=True)

        @numba.njit(fastmath=True)
        def prices(z: Any, s: Any, k: Any, t: Any, v: Any) -> None:
            for i in range(len(z)):
                z[i] = of_row(math, s[i], k[i], t[i], v[i])

        out = np.empty(int(rows))
        prices(out, *xs)
        serve(lambda: prices(out, *xs), [float(out[-1])], 1, int(rows))
        return
    if engine == "jax":
        jax = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", True)
        several = jax.vmap(jax.value_and_grad(lambda *x: price(jax.numpy, *x), (0, 1, 2, 3)))
        f, given = jax.jit(several), [jax.numpy.array(x) for x in xs]

        def run() -> Any:
            return jax.block_until_ready(f(*given))

    else:
        ag = importlib.import_module("autograd")
        value_and_grad = ag.value_and_grad(lambda *x: price(ag, *x), argnums=(0, 1, 2, 3))
        compiled = ag.compile(value_and_grad, machine=engine, wait=True)

        def run() -> Any:
            return compiled.rows(*xs, exact=task == ["exact"])

    values, slopes = run()
    serve(run, [float(values[-1]), *[float(x[-1]) for x in slopes]], 1, int(rows))


if __name__ == "__main__":
    main()
