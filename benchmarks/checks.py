"""make bench-check: gradient checkers on right and on wrong derivatives of known functions.

A right derivative that a checker refuses is a false alarm; a bug is a change of a derivative by
0.1 % or more. Peers are represented by their rules, which accept or refuse; torch's is held against
torch itself where that is installed (make .peers/.installed).
"""

from __future__ import annotations

import argparse
import concurrent.futures
import functools
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable

from tqdm import tqdm

import autograd as ag
from benchmarks import check_jacobians, racing
from benchmarks.check_bugs import KINDS as BUGS
from benchmarks.check_bugs import RIGHT
from benchmarks.check_functions import FUNCTIONS
from benchmarks.check_points import KINDS as POINTS
from benchmarks.check_rules import RULES
from benchmarks.check_running import OURS, Group, Miss, Results, Settings, run

CHAIN = "chain of sines"  # of 21 operations: what the time of a check is measured on


def main() -> None:
    """Check, and print a table and what was to be reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checks", description=__doc__)
    parser.add_argument("--points", type=int, default=55, help="of each kind, a function")
    parser.add_argument("--bugs", type=int, default=2, help="kinds of bugs, a point")
    parser.add_argument("--jacobians", type=int, default=100, help="trials of each kind")
    parser.add_argument("--torch", type=int, default=20, help="checks in torch itself, a function")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--functions", nargs="*", default=list(FUNCTIONS), help="their names")
    parser.add_argument(
        "--list-misses", type=int, nargs="?", const=10**9, default=0, metavar="N",
        help="as commands to run them again; N of each group",
    )  # fmt: skip
    options = parser.parse_args()
    torch = options.torch if racing.PEERS.exists() else 0
    settings = Settings(options.points, options.bugs, options.seed, torch)
    results = Results()
    for found in _each(options.functions, settings, options.processes):
        results.add(found)
    _print_table(results.counts)
    _print_verdicts(results)
    _print_torch(results)
    if options.list_misses:
        _print_misses(results.misses, options.list_misses)
    print("\nJacobians of tanh(A x) up to 300 x 300, with a single wrong entry, by one projection")
    told: Callable[[str], object] = print if options.list_misses else lambda line: None
    jacobians = check_jacobians.run(options.jacobians, options.seed, told)
    for bug in check_jacobians.BUGS:
        verdicts = {verdict: n for (kind, verdict), n in jacobians.items() if kind == bug}
        print(f"{bug:10}", *(f"{n} {verdict}" for verdict, n in verdicts.items()))
    _print_gates(results, jacobians)


def _each(names: list[str], settings: Settings, processes: int) -> Iterable[Results]:
    """The results of each function; in other processes where there are to be several."""
    work = functools.partial(run, settings=settings)
    if processes == 1:
        yield from map(work, tqdm(names, disable=None))
        return
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        yield from tqdm(pool.map(work, names), total=len(names), disable=None)


def _share(count: int, total: int) -> str:
    return f"{count:8,} {100 * count / total:8.3f} %" if total else f"{'':19}"


def _rows(title: str, counts: Counter[Group], selected: Callable[[Group], bool]) -> None:
    """A line a checker; right ones and bugs of the groups selected."""
    for who in (OURS, *RULES):
        right: Counter[str] = Counter()
        bugs: Counter[str] = Counter()
        for group, n in counts.items():
            if group.who == who and selected(group):
                (right if group.kind == RIGHT else bugs)[group.outcome] += n
        line = f"{title:18} {who:9} {right.total() or '':>8}"
        line += f"{_share(right['alarm'], right.total())}{_share(right['another'], right.total())}"
        line += f" {bugs.total() or '':>9}"
        shares = (
            _share(bugs[outcome], bugs.total()) for outcome in ("alarm", "accepted", "another")
        )
        print(line + "".join(shares))
        title = ""


def _print_table(counts: Counter[Group]) -> None:
    print(f"{'':28} {'right':>8}{'false alarms':>19}{'other verdicts':>19}", end="")
    print(f" {'bugs':>9}{'detected':>19}{'accepted':>19}{'unresolved':>19}")
    _rows("all", counts, lambda group: True)
    _rows("tuned on", counts, lambda group: not group.held_out)
    _rows("held out", counts, lambda group: group.held_out)
    for point in (*POINTS, "at a smooth join"):
        _rows(point, counts, lambda group: group.point == point)  # noqa: B023
    for kind in BUGS:
        _rows(kind, counts, lambda group: group.kind == kind)  # noqa: B023


def _print_verdicts(results: Results) -> None:
    for right, words in ((True, "right derivatives"), (False, "bugs")):
        said = [(n, verdict) for (told, verdict), n in results.verdicts.items() if told == right]
        print(f"{OURS} of {words}:", ", ".join(f"{n:,} {v}" for n, v in sorted(said, reverse=True)))
    checks = results.verdicts.total()
    slowest, case = results.slowest
    print(f"{1e3 * results.seconds / max(checks, 1):.2f} ms a check; {slowest:.2f} s: {case}")


def _print_misses(misses: list[Miss], most: int) -> None:
    groups = Counter(miss.group for miss in misses)
    for group, n in groups.most_common():
        print(f"\n{group}: {n}")
        print(*[miss.case for miss in misses if miss.group == group][:most], sep="\n")


def _print_torch(results: Results) -> None:
    """Return whether torch's rule, as written here, is what torch does."""
    if not results.torch:
        print("torch itself is not asked")
        return
    lines = "".join(json.dumps(check) + "\n" for check, _ in results.torch)
    answers, _ = racing.start("check_torch.py", peer=True).communicate(lines)
    accepted = [line == "1" for line in answers.split()]
    if len(accepted) != len(results.torch):
        raise SystemExit("torch: it failed")
    same = sum(a == b for a, (_, b) in zip(accepted, results.torch))
    ruled = sum(b for _, b in results.torch)
    print(
        f"torch itself accepts {sum(accepted):,} of {len(accepted):,}, its rule {ruled:,}; ", end=""
    )
    print(f"they agree on {same:,}")


def _print_gates(results: Results, jacobians: Counter[tuple[str, str]]) -> None:
    ours: Counter[tuple[bool, str]] = Counter()
    kinks: Counter[bool] = Counter()
    for group, n in results.counts.items():
        if group.who == OURS:
            right = group.kind == RIGHT
            ours[right, group.outcome] += n
            if group.point == "at a kink":
                kinks[group.outcome == ("accepted" if right else "alarm")] += n
    rights = sum(n for (right, _), n in ours.items() if right)
    bugs = sum(n for (right, _), n in ours.items() if not right)
    found = sum(n for (bug, verdict), n in jacobians.items() if bug != RIGHT and verdict == "wrong")
    wrong = sum(n for (bug, _), n in jacobians.items() if bug != RIGHT)
    alarms = sum(n for (bug, verdict), n in jacobians.items() if bug == RIGHT and verdict != RIGHT)
    least, median = _times()
    print("\nGoals")
    _gate("right derivatives checked", rights, 50_000, at_least=True)
    _gate("false alarms", ours[True, "alarm"], 0)
    others, deserved = ours[True, "another"], results.deserved
    words = "% other verdicts on right ones that floats keep six digits of"
    _gate(words, _percent(others - deserved, rights - deserved), 1.5)
    print(
        f"{_percent(deserved, rights):10.3f} % of right ones lose more digits: inaccurate, as said"
    )
    _gate("% of bugs detected", _percent(ours[False, "alarm"], bugs), 99.9, at_least=True)
    _gate("% of bugs accepted", _percent(ours[False, "accepted"], bugs), 0.05)
    _gate("% of kinks judged rightly", _percent(kinks[True], kinks.total()), 100, at_least=True)
    _gate("% of wrong entries of Jacobians detected", _percent(found, wrong), 99.9, at_least=True)
    _gate("right Jacobians not called right", alarms, 0)
    _gate(f"ms a check of 21 operations, at the least {1e3 * least:.2f}", 1e3 * median, 3)


def _percent(count: int, total: int) -> float:
    return 100 * count / max(total, 1)


def _gate(words: str, figure: float, bound: float, at_least: bool = False) -> None:
    kept = figure >= bound if at_least else figure <= bound
    shown = f"{figure:,}" if isinstance(figure, int) else f"{figure:.3f}"
    told = f"at {'least' if at_least else 'most'} {bound:,}"
    print(f"{shown:>10} {words}, {told}: {'reached' if kept else 'MISSED'}")


def _times() -> tuple[float, float]:
    """Seconds that a check of a longer function takes, where differences decide: least, median."""
    f, seconds = FUNCTIONS[CHAIN], []
    for k in range(200):
        start = time.perf_counter()
        ag.gradcheck(f.value, 0.5 + 0.01 * k, derivative=f.derivative, raise_error=False)
        seconds.append(time.perf_counter() - start)
    return min(seconds), statistics.median(seconds)


if __name__ == "__main__":
    main()
