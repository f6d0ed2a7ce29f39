"""make bench-check: gradient checkers on plain functions, which leave no graph.

Each is checked as it is and refusing Values, by turns. A right derivative that is called wrong, and
a jump or a failure where there is none, are false alarms; a bug is accepted where it is called right
to a size below its own, which is 0.1 % where the verdict names none.

Of what is held out no misses are listed, only counts.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import functools
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tqdm import tqdm

from benchmarks.check_plain_bugs import KINDS, ONE, RIGHT
from benchmarks.check_plain_functions import PLAIN
from benchmarks.check_plain_rules import ACCEPTED, ALARM, PEERS, UNRESOLVED
from benchmarks.check_plain_running import OURS, Check, Settings, run

Chosen = Callable[[Check], bool]


def main() -> None:
    """Check, and print a table and what was to be reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check_plain", description=__doc__)
    parser.add_argument("--points", type=int, default=12, help="a function")
    parser.add_argument("--bugs", type=int, default=2, help="kinds of bugs, a point")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--tuning", action="store_true", help="without what is held out")
    parser.add_argument("--no-peers", action="store_true", help="nothing but gradcheck")
    parser.add_argument("--families", nargs="*", default=[], help="only these")
    parser.add_argument("--functions", nargs="*", default=list(PLAIN), help="their names")
    parser.add_argument("--list", action="store_true", help="misses that are not held out")
    options = parser.parse_args()
    names = [name for name in options.functions if not (options.tuning and PLAIN[name].held_out)]
    if options.families:
        names = [name for name in names if PLAIN[name].family in options.families]
    start = time.perf_counter()
    settings = Settings(options.points, options.bugs, options.seed, not options.no_peers)
    every = [check for found in _each(names, settings, options.processes) for check in found]
    checks = [check for check in every if not check.told]
    print_table(checks)
    _rows("told how exact", every, lambda c: c.told)
    if not options.no_peers:
        print_peers(checks)
    print_gates(checks)
    print(f"{len(names)} functions, {len(every):,} checks, {time.perf_counter() - start:.0f} s")
    if options.list:
        print_misses(every)


def _each(names: list[str], settings: Settings, processes: int) -> Iterable[list[Check]]:
    work = functools.partial(run, settings=settings)
    if processes == 1:
        yield from map(work, tqdm(names, disable=None))
        return
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        yield from tqdm(pool.map(work, names), total=len(names), disable=None)


def _rows(title: str, checks: Sequence[Check], chosen: Chosen) -> None:
    right = Counter(c.outcome for c in checks if chosen(c) and c.kind == RIGHT)
    bugs = Counter(c.outcome for c in checks if chosen(c) and c.kind != RIGHT)
    if not right and not bugs:
        return
    line = f"{title:18} {right.total() or '':>7}" + _share(right, ALARM) + _share(right, UNRESOLVED)
    line += f" {bugs.total() or '':>8}" + "".join(
        _share(bugs, outcome) for outcome in (ALARM, ACCEPTED, UNRESOLVED)
    )
    print(line)


def _share(counts: Counter[str], outcome: str) -> str:
    total = counts.total()
    return f"{counts[outcome]:7,} {_percent(counts[outcome], total):7.2f} %" if total else " " * 17


def _percent(count: int, total: int) -> float:
    return 100 * count / max(total, 1)


def print_table(checks: Sequence[Check]) -> None:
    """Print what came of the checks, by group."""
    print(f"{'':18} {'right':>7}{'false alarms':>17}{'unresolved':>17}", end="")
    print(f" {'bugs':>8}{'detected':>17}{'accepted':>17}{'unresolved':>17}")
    _rows("all", checks, lambda c: True)
    _rows("tuned on", checks, lambda c: not c.held_out)
    _rows("held out", checks, lambda c: c.held_out)
    _rows("smooth", checks, lambda c: c.smooth)
    _rows("refusing Values", checks, lambda c: c.refusing)
    _rows("as they are", checks, lambda c: not c.refusing)
    for family in dict.fromkeys(c.family for c in checks):
        _rows(family, checks, lambda c: c.family == family)  # noqa: B023
    for kind in KINDS:
        _rows(kind, checks, lambda c: c.kind == kind)  # noqa: B023


def print_peers(checks: Sequence[Check]) -> None:
    """Print what peers said of the same checks, but of those with float32 inputs."""
    asked = [c for c in checks if len(c.outcomes) > 1]
    families = dict.fromkeys(c.family for c in asked)
    _matrix(
        "% of right ones refused / unresolved",
        ALARM,
        [c for c in asked if c.kind == RIGHT],
        families,
    )
    bugs = [c for c in asked if c.kind != RIGHT]
    _matrix("% of bugs accepted / unresolved", ACCEPTED, bugs, families)
    if "numdifftools" not in PEERS:
        print("numdifftools is not asked; make .peers/.installed")


def _matrix(title: str, outcome: str, checks: Sequence[Check], families: Iterable[str]) -> None:
    print(f"\n{title:40}" + "".join(f"{who:>15}" for who in (OURS, *PEERS)))
    groups: dict[str, Chosen] = {"all": lambda c: True, "smooth": lambda c: c.smooth}
    groups |= {family: lambda c, family=family: c.family == family for family in families}
    groups |= {kind: lambda c, kind=kind: c.kind == kind for kind in KINDS}
    for words, chosen in groups.items():
        group = [c for c in checks if chosen(c)]
        if group:
            print(
                f"{words:30}{len(group):>10,}"
                + "".join(_cell(group, who, outcome) for who in (OURS, *PEERS))
            )


def _cell(group: Sequence[Check], who: str, outcome: str) -> str:
    counts = Counter(c.outcomes[who] for c in group)
    shares = (_percent(counts[each], len(group)) for each in (outcome, UNRESOLVED))
    return f"{' / '.join(f'{share:.1f}' for share in shares):>15}"


def print_gates(checks: Sequence[Check]) -> None:
    """Print what was to be reached, of the functions that checkers are tuned on and of the others."""
    print(f"\n{'Goals':52} {'all':>9} {'tuned on':>9} {'held out':>9}")
    groups: list[list[Check]] = [
        list(checks),
        [c for c in checks if not c.held_out],
        [c for c in checks if c.held_out],
    ]

    def gate(words: str, most: float | None, figure: Callable[[list[Check]], float]) -> None:
        figures = [figure(group) for group in groups]
        told = "" if most is None else "  reached" if max(figures) <= most else "  MISSED"
        print(f"{words:52} " + " ".join(f"{x:9.3f}" for x in figures) + told)

    def share(of: Chosen, outcome: str) -> Callable[[list[Check]], float]:
        return lambda group: _percent(
            sum(of(c) and c.outcome == outcome for c in group), sum(map(of, group))
        )

    gate("% false alarms, at most 0.2", 0.2, share(lambda c: c.kind == RIGHT, ALARM))
    gate("% bugs of 1 % accepted, at most 0.1", 0.1, share(lambda c: c.kind == ONE, ACCEPTED))
    gate(
        "% unresolved of smooth ones, at most 3", 3.0,
        share(lambda c: c.smooth and c.kind == RIGHT, UNRESOLVED),
    )  # fmt: skip
    gate("calls of smooth scalar ones, the mean, at most 30", 30.0, _calls(statistics.fmean))
    gate("calls of smooth scalar ones, the median", None, _calls(statistics.median))
    gate("calls of smooth scalar ones, the most", None, _calls(max))
    gate("ms a check, the mean", None, lambda group: 1e3 * _mean([c.seconds for c in group]))


def _calls(of: Callable[[list[int]], float]) -> Callable[[list[Check]], float]:
    def figure(group: list[Check]) -> float:
        calls = [c.calls for c in group if c.smooth and c.scalar and c.kind == RIGHT]
        return of(calls) if calls else 0.0

    return figure


def _mean(numbers: list[float]) -> float:
    return statistics.fmean(numbers) if numbers else 0.0


def print_misses(checks: Sequence[Check]) -> None:
    """Print the checks that did not end as they should; of what is held out, none."""
    groups: dict[str, Chosen] = {
        "false alarms where told how exact": lambda c: (
            c.told and c.kind == RIGHT and c.outcome == ALARM
        ),
        "false alarms": lambda c: not c.told and c.kind == RIGHT and c.outcome == ALARM,
        "bugs of 1 % accepted": lambda c: c.kind == ONE and c.outcome == ACCEPTED,
        "unresolved of smooth ones": lambda c: (
            c.smooth and c.kind == RIGHT and c.outcome == UNRESOLVED
        ),
        "other bugs accepted": lambda c: c.kind not in (RIGHT, ONE) and c.outcome == ACCEPTED,
        "bugs of smooth ones unresolved": lambda c: (
            c.smooth and c.kind != RIGHT and c.outcome == UNRESOLVED
        ),
        "more than 30 calls": lambda c: c.smooth and c.scalar and c.kind == RIGHT and c.calls > 30,
    }
    for words, chosen in groups.items():
        found = [c for c in checks if chosen(c) and not c.held_out]
        print(f"\n{words}, of those tuned on: {len(found)}")
        for c in found:
            print(f"  [{c.family}] {c.command}  # {c.verdict}, {c.calls} calls: {c.words}")


if __name__ == "__main__":
    main()
