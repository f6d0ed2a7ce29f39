"""make bench-check: what checks cost in calls, and what becomes of parts that left the graph."""

from __future__ import annotations

import argparse

from benchmarks import check_costs, check_detached
from benchmarks.check_plain_functions import PLAIN


def main() -> None:
    """Check, and print what was to be reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check_figures", description=__doc__)
    parser.add_argument("--inputs", type=int, default=check_costs.MANY, help="how many")
    parser.add_argument("--jacobians", type=int, nargs="*", default=[300, 1000], help="their sizes")
    parser.add_argument("--detached", type=int, default=1200, help="expressions")
    parser.add_argument("--budgets", type=int, default=len(PLAIN), help="functions")
    parser.add_argument("--list", action="store_true", help="misses")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"\n{options.inputs:,} inputs and Jacobians{'':28} {'calls':>8} {'seconds':>8}")
    costs = list(check_costs.many(options.inputs, options.seed))
    jacobians = list(check_costs.transposed(options.jacobians, options.seed))
    for cost in (*costs, *jacobians):
        good = "" if cost.good else f"  not as it should be: {cost.words}"
        print(f"{cost.what:49} {cost.calls:8,} {cost.seconds:8.2f}{good}")
    for word, most in (("right", 40), ("wrong", 300)):
        found = [cost for cost in costs if cost.what.endswith(word)]
        calls = max(cost.calls for cost in found)
        good = all(cost.good for cost in found)
        _gate(
            f"calls of {options.inputs:,} inputs, {word}, at most {most}",
            calls,
            calls <= most and good,
        )
    _print_budget(options.budgets, options.list)
    _print_detached(options.detached, options.seed, options.list)


def _gate(words: str, figure: float, reached: bool) -> None:
    shown = f"{figure:,}" if isinstance(figure, int) else f"{figure:.2f}"
    print(f"{shown:>10} {words}: {'reached' if reached else 'MISSED'}")


def _print_budget(functions: int, listed: bool) -> None:
    if not check_costs.has_budget():
        print("gradcheck has no budget yet")
        return
    over = check_costs.over_budget(list(PLAIN)[:functions])
    worst = over[0][0]
    _gate(f"calls over a budget at most, of {len(over):,} checks, at most 1", worst, worst <= 1)
    if listed:
        print(*(f"  {calls} over: {case}" for calls, case in over if calls > 1), sep="\n")


def _print_detached(examples: int, seed: int, listed: bool) -> None:
    told = print if listed else lambda line: None
    verdicts = check_detached.run(examples, seed, told)
    total = verdicts.total()
    print(f"\nDetached parts: {total}:", ", ".join(f"{n} {v}" for v, n in verdicts.most_common()))
    share = 100.0 * verdicts["wrong"] / max(total, 1)
    _gate("% of detached parts called wrong, at least 99", share, share >= 99.0)
    _gate("detached parts called right, none", verdicts["right"], verdicts["right"] == 0)
    _gate("detached parts, at least 500", total, total >= 500)


if __name__ == "__main__":
    main()
