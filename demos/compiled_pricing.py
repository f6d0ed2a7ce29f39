"""A book of options with all their sensitivities, compiled, beside the same in plain Python.

    python -m demos.compiled_pricing

Black and Scholes's price of a call or put is written once, with a branch, as for floats. What is
compiled is its value, its gradient (delta, vega, theta, rho) and a second derivative (gamma), which
autograd finds; plain Python has them written out by hand. All options are on one share, and are
priced at one rate, so the risk of the whole book is a gradient by what the rows share.

    10,000 calls and puts on one share at 100, rate 0.03
               value       delta       gamma        vega       theta         rho
       0     16.3344     -0.7262      0.0182     24.6904     -2.8743    -48.9074
    9999      1.8806     -0.1444      0.0100     26.4860     -1.4212    -22.1627
    book 111360.5928    935.6470    152.2394 339968.5164 -44054.1990 -20480.3508
    compiled and by hand agree to 1e-12: True
    risk of the book: delta 935.6470, rho -20480.3508
    microseconds an option
    plain Python, by hand                1.34
    plain Python, price alone            0.78
    Values, eager                      100.40
    compiled, one by one                 2.65
    compiled.rows                        0.16
    compiled.rows, exact=False           0.13
    compiled.rows, risk of the book      0.10
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd as ag

COUNT = 10_000
SPOT, RATE = 100.0, 0.03
GREEKS = ("value", "delta", "gamma", "vega", "theta", "rho")


def price(m: Any, kind: Any, strike: Any, years: Any, volatility: Any, spot: Any, rate: Any) -> Any:
    """Return the price of a call where kind is above 0, of a put elsewhere; m is math or ag."""
    spread = volatility * m.sqrt(years)
    d = (m.log(spot / strike) + (rate + volatility * volatility / 2) * years) / spread
    paid = strike * m.exp(-rate * years)
    if kind > 0:
        return spot * normal(m, d) - paid * normal(m, d - spread)
    return paid * normal(m, spread - d) - spot * normal(m, -d)


def normal(m: Any, d: Any) -> Any:
    """Return the standard normal distribution's share below d."""
    return m.erfc(d * -math.sqrt(0.5)) / 2


def by_autograd(kind: Any, strike: Any, years: Any, volatility: Any, spot: Any, rate: Any) -> Any:
    """Return the price, its derivatives by years, volatility, spot and rate, and gamma."""

    def own(*x: Any) -> Any:
        return price(ag, kind, strike, *x)

    at = years, volatility, spot, rate
    value, slopes = ag.value_and_grad(own, argnums=(0, 1, 2, 3))(*at)
    gamma = ag.grad(ag.grad(own, argnums=2), argnums=2)(*at)
    return value, slopes, gamma


def by_hand(
    kind: float, strike: float, years: float, volatility: float, spot: float, rate: float
) -> tuple[float, ...]:
    """Return the price and the sensitivities by their own formulas, in the order of `GREEKS`."""
    root = math.sqrt(years)
    spread = volatility * root
    d = (math.log(spot / strike) + (rate + volatility * volatility / 2) * years) / spread
    paid = strike * math.exp(-rate * years)
    density = math.exp(-d * d / 2) / math.sqrt(2 * math.pi)
    sign = 1.0 if kind > 0 else -1.0
    delta, paying = sign * normal(math, sign * d), normal(math, sign * (d - spread))
    theta = -spot * density * volatility / (2 * root) - sign * rate * paid * paying
    return (
        spot * delta - sign * paid * paying,
        delta,
        density / (spot * spread),
        spot * density * root,
        theta,
        sign * paid * years * paying,
    )


def book() -> list[Any]:
    """Return a column each of kinds, strikes, years and volatilities."""
    random = np.random.default_rng(0)
    kinds = random.choice([1.0, -1.0], COUNT)
    ranges = (80, 120), (0.2, 2), (0.1, 0.4)
    return [kinds, *[random.uniform(*each, COUNT) for each in ranges]]


def table(found: Any) -> Any:
    """Return results of autograd with a column each of `GREEKS`."""
    value, (by_years, by_volatility, by_spot, by_rate), gamma = found
    return np.stack([value, by_spot, gamma, by_volatility, -by_years, by_rate], -1)


def microseconds(run: Callable[[], Any], options: int, times: int = 5) -> float:
    """Return the least time that a run took, for each of its options."""
    least = math.inf
    for _ in range(times):
        start = time.perf_counter()
        run()
        least = min(least, time.perf_counter() - start)
    return 1e6 * least / options


def main(arguments: Sequence[str] = ()) -> None:
    """Price the book in each way, and print what it comes to and the times."""
    columns = book()
    rows = [*zip(*[x.tolist() for x in columns])]
    compiled = ag.compile(by_autograd, wait=True)
    shared = {"shared": ("spot", "rate")}
    hand = np.array([by_hand(*row, SPOT, RATE) for row in rows])
    found = table(compiled.rows(*columns, SPOT, RATE, **shared))
    print(f"{COUNT:,} calls and puts on one share at {SPOT:g}, rate {RATE:g}")
    print(f"{'':4}" + "".join(f"{name:>12}" for name in GREEKS))
    for name, line in (("0", found[0]), (f"{COUNT - 1}", found[-1]), ("book", found.sum(0))):
        print(f"{name:>4}" + "".join(f"{x:12.4f}" for x in line))
    off = np.max(abs(found - hand) / np.maximum(abs(hand), 1.0))
    print(f"compiled and by hand agree to 1e-12: {off <= 1e-12}")
    risk = ag.compile(ag.grad(functools.partial(price, ag), argnums=(4, 5)), wait=True)
    print(
        "risk of the book: delta {:.4f}, rho {:.4f}".format(
            *risk.rows(*columns, SPOT, RATE, **shared)
        )
    )
    few = rows[: COUNT // 100]
    ways: dict[str, tuple[Callable[[], Any], int]] = {
        "plain Python, by hand": (lambda: [by_hand(*x, SPOT, RATE) for x in rows], COUNT),
        "plain Python, price alone": (lambda: [price(math, *x, SPOT, RATE) for x in rows], COUNT),
        "Values, eager": (lambda: [by_autograd(*x, SPOT, RATE) for x in few], len(few)),
        "compiled, one by one": (lambda: [compiled(*x, SPOT, RATE) for x in rows], COUNT),
        "compiled.rows": (lambda: compiled.rows(*columns, SPOT, RATE, **shared), COUNT),
        "compiled.rows, exact=False": (
            lambda: compiled.rows(*columns, SPOT, RATE, exact=False, **shared),
            COUNT,
        ),
        "compiled.rows, risk of the book": (
            lambda: risk.rows(*columns, SPOT, RATE, exact=False, **shared),
            COUNT,
        ),
    }
    print("microseconds an option")
    for name, (run, options) in ways.items():
        print(f"{name:32}{microseconds(run, options):9.2f}", flush=True)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
