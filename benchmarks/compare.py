"""Every operation of Tensors beside PyTorch's and JAX's: python -m benchmarks.compare [--write].

It runs with the peers' interpreter, which has benchmarks/peers.txt, in the folder of this project.
The operations are those of tests/tensor_table.py, of float64 operands; values and
gradients of a weighted sum must agree to 1e-9. Then come the points where one has to choose, which
may differ; `--write` writes what was found to docs/conventions.md. The exit status is 1 where
something differs that is not known to.
"""

from __future__ import annotations

import argparse
import functools
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import complex_points
from benchmarks.compare_frameworks import Framework, ours
from benchmarks.compare_jax import jax
from benchmarks.compare_points import POINTS, PRECISION, Found, Point
from benchmarks.compare_torch import pytorch
from tests.tensor_table import OPERATIONS, PLAIN, Example, Operation, Ours, seeded

PAGE = Path(__file__).parent.parent / "docs" / "conventions.md"
TRIES = 3
"""Examples of every operation."""


def examples(operation: Operation) -> Iterator[tuple[Example, list[Any], np.random.Generator]]:
    """Some of what NumPy does: calls, operands, and a generator for more."""
    for seed in range(TRIES * operation.tries):
        rng = np.random.default_rng(seed)
        example = operation.example(seeded(rng))
        arrays = example.arrays(rng)
        try:
            example.f(PLAIN, *arrays)
        except (ValueError, TypeError, IndexError):
            continue
        yield example, arrays, rng


def compared(operation: Operation, us: Framework, peers: Sequence[Framework]) -> dict[str, str]:
    """Return the remark on each peer: nothing, if it agrees."""
    said: dict[str, str] = {}
    for example, arrays, rng in examples(operation):
        f = functools.partial(example.f, Ours(operation.roads[0]))
        seed = rng.uniform(0.5, 1.5, us.pull(f, arrays)[0].shape)
        z, gradients = us.pull(f, arrays, seed)
        for peer in peers:
            try:
                theirs, slopes = peer.pull(functools.partial(example.f, peer.m), arrays, seed)
            except Exception as error:  # whatever they say
                said.setdefault(peer.name, f"{type(error).__name__}: {str(error).splitlines()[0]}")
                continue
            whats = ["value", *["gradient"] * len(slopes)]
            for what, x, y in zip(whats, [z, *gradients], [theirs, *slopes]):
                if x.shape != y.shape:
                    said.setdefault(peer.name, f"{what} of shape {y.shape}, ours {x.shape}")
                elif not np.allclose(x, y, PRECISION, PRECISION):
                    said.setdefault(peer.name, f"{what} differs by {np.max(np.abs(x - y)):.1e}")
    return said


REPEATS = {"PyTorch": "where an index repeats, all that was written gets a gradient, not the last"}
KNOWN: dict[str, dict[str, str]] = {
    "std": {"JAX": "of one element the slope is nan"},
    "max of no rows": {"PyTorch": "the median of nothing is refused"},
    "tril": {"JAX": "vectors are refused"},
    "split": {"JAX": "places that go back are refused"},
    "x[index] = y": REPEATS,
    "x[index] += y": REPEATS,
    "det of singular matrices": {"PyTorch": "the gradient is 0 where a pivot is exactly 0"},
}
"""Operations that are known to differ."""
HEAD = """\
# Conventions

Where a value or a derivative is a choice, and what it is in float64, here, in {names}.
Written by `python -m benchmarks.compare --write`, which calls all three; no number here was typed
in. Each cell has the value, then the derivative of its sum by each operand; bold is what differs
from ours.

Elsewhere they agree: the same program compares each of the {count} operations of
[tests/tensor_table.py](../tests/tensor_table.py), value and gradient, to {precision:g}. These were
found to differ, by their names there:

"""
Rows = list[tuple[Point, list[Found]]]
"""Points, with what each framework gives there."""


def page(
    differing: dict[str, list[str]], found: dict[str, Rows], frameworks: Sequence[Framework]
) -> str:
    """docs/conventions.md."""
    versions = [f"{f.name} {f.module.__version__.partition('+')[0]}" for f in frameworks[1:]]
    text = HEAD.format(names=" and ".join(versions), count=len(OPERATIONS), precision=PRECISION)
    text += "".join(f"- `{name}`: {'; '.join(said)}.\n" for name, said in differing.items())
    for group, rows in found.items():
        second = "; the derivative is the second one, of the sum of the first" * (
            rows[0][0].order == 2
        )
        text += f"\n## {group}{second}\n\n"
        text += f"| what | ours | {' | '.join(f.name for f in frameworks[1:])} | why ours is so |\n"
        text += "|---|---|---|---|---|\n"
        for point, (us, *theirs) in rows:
            cells = [us.words, *(w.words if w.agrees(us) else f"**{w.words}**" for w in theirs)]
            text += f"| {point.what} | {' | '.join(cells)} | {point.why} |\n"
    return text + complex_points.section()


def compare_operations(
    us: Framework, peers: Sequence[Framework]
) -> tuple[dict[str, list[str]], int]:
    """Those that differ, with what there is to say, and how many of them are not known to."""
    differing: dict[str, list[str]] = {}
    wrong = 0
    for name, operation in OPERATIONS.items():
        said, reasons = compared(operation, us, peers), KNOWN.get(name, {})
        surprise = said.keys() - reasons
        wrong += bool(surprise)
        if said:
            differing[name] = [f"{peer}: {reasons.get(peer, said[peer])}" for peer in said]
        verdict = "DIFFERS: " if surprise else "known to differ: " if said else "agree"
        print(f"{name:44} {verdict}{'; '.join(differing.get(name, []))}", flush=True)
    print(f"{len(OPERATIONS)} operations: {len(differing)} differ, {wrong} not known to")
    return differing, wrong


def compare_points(us: Framework, peers: Sequence[Framework]) -> tuple[dict[str, Rows], int]:
    """Return the findings at each point, and how many differ in another peer than is known."""
    found: dict[str, Rows] = {}
    wrong = 0
    for group, points in POINTS.items():
        found[group] = [(point, [point.found(f) for f in (us, *peers)]) for point in points]
        for point, (mine, *theirs) in found[group]:
            others = [(f.name, w.words) for f, w in zip(peers, theirs) if not w.agrees(mine)]
            surprise = [name for name, _ in others] != point.differs.split()
            wrong += surprise
            words = [mine.words, *(f"{name}: {text}" for name, text in others)]
            print(f"{'SURPRISE ' * surprise}{group}, {point.what}: {'  |  '.join(words)}")
    print(f"{sum(map(len, POINTS.values()))} points: {wrong} not as known")
    return found, wrong


def main() -> None:
    """Compare everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/conventions.md")
    write = parser.parse_args().write
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    us, *peers = frameworks = [ours(), pytorch(), jax()]
    differing, wrong = compare_operations(us, peers)
    found, surprises = compare_points(us, peers)
    text = page(differing, found, frameworks)
    if write:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        print(f"docs/{PAGE.name} is not current; --write")
    sys.exit(bool(wrong or surprises))


if __name__ == "__main__":
    main()
