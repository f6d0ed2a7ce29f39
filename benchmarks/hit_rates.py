"""How often a mistake in a small region of the arguments is met: python -m benchmarks.hit_rates

A derivative is right but for a region, where it is 1 % too large. Strategies meet the mistake if
one of their examples is in the region; `gradient_test` if it fails, for which it takes 12 quick
looks, of three calls or so an argument, besides each example. Each campaign draws anew, and the
band of width 0.02 is somewhere else between -10 and 10 in each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from autograd.checking import GradientCheckError
from autograd.testing import gradient_test
from autograd.testing.strategies import scalars

Region = Callable[..., bool]
REAL = (float("-inf"), float("inf"))


def _band(random: Random) -> Region:
    low = random.uniform(-10, 9.98)
    return lambda x, y: low < x < low + 0.02


REGIONS: dict[str, Callable[[Random], Region]] = {
    "x = 0": lambda random: lambda x, y: x == 0,
    "x = y": lambda random: lambda x, y: x == y,
    "|x| < 1e-5": lambda random: lambda x, y: abs(x) < 1e-5,
    "y an integer": lambda random: lambda x, y: y == y // 1,
    "|x| > 30": lambda random: lambda x, y: abs(x) > 30,
    "x > 709": lambda random: lambda x, y: x > 709,
    "x = 1": lambda random: lambda x, y: x == 1,
    "a < x < a + 0.02": _band,
}
STRATEGIES: dict[str, st.SearchStrategy[float]] = {
    "floats()": st.floats(allow_nan=False, allow_infinity=False),
    "floats(-10, 10)": st.floats(-10, 10),
    "scalars()": scalars(),
}


def is_met(
    strategy: st.SearchStrategy[float], region: Region, examples: int, campaign: int
) -> bool:
    """Return whether one of the examples of a strategy is in a region."""
    met = []
    profile = settings(max_examples=examples, database=None, deadline=None, phases=[Phase.generate])

    @seed(campaign)
    @profile
    @given(strategy, strategy)
    def draw(x: float, y: float) -> None:
        met.append(region(x, y))

    draw()
    return any(met)


def is_found(region: Region, examples: int, campaign: int, interval: Any = REAL) -> bool:
    """Return whether a test of a gradient that is wrong in a region fails."""

    def f(x: float, y: float) -> float:
        return x * x + 3 * x + y

    def slope(x: float, y: float) -> tuple[float, float]:
        return (2 * x + 3) * (1.01 if region(x, y) else 1.0), 1.0

    options: dict[str, Any] = {"seed": campaign, "folder": None, "examples": examples}
    try:
        gradient_test(f, derivative=slope, x=interval, y=interval, **options)()
    except GradientCheckError:
        return True
    return False


def main(arguments: Sequence[str] = ()) -> None:
    """Print a line a region: the percentage of campaigns that met it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hit_rates", description=__doc__)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--campaigns", type=int, default=20)
    given = parser.parse_args(arguments)
    settings.register_profile("measured", database=None)  # nothing is remembered
    settings.load_profile("measured")
    titles = [*STRATEGIES, "gradient_test"]
    print(f"{'% of campaigns':18}{''.join(f'{title:>17}' for title in titles)}{'s a campaign':>15}")
    for name, region in REGIONS.items():
        rates = []
        for entrant in titles:
            start, met = time.perf_counter(), 0
            for campaign in range(given.campaigns):
                place = region(Random(campaign))
                if entrant in STRATEGIES:
                    met += is_met(STRATEGIES[entrant], place, given.examples, campaign)
                else:
                    met += is_found(place, given.examples, campaign)
            rates.append(100 * met / given.campaigns)
        took = (time.perf_counter() - start) / given.campaigns
        print(f"{name:18}{''.join(f'{r:17.0f}' for r in rates)}{took:15.2f}", flush=True)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
