"""Programs in JavaScript beside Python's, and how far apart they may be.

    python -m tests.compiling.javascript           10,000 random programs

Arithmetic and square roots have the bits of Python; other functions may be `ULPS` units in the last
place apart, where they are fed with the same numbers. From there the distance of all that a program
computes is bounded: a primitive is computed at the ends of its operands' intervals.
"""

from __future__ import annotations

import base64
import itertools
import math
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiling.javascript.printing import functions, source
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Program
from tests.compiling.programs import is_decided, random_inputs, random_program

NODE = shutil.which("node")
ULPS = 4
EXACT = frozenset(
    """add sub mul div neg abs sqrt floor ceil trunc rint copysign fmod where
    lt le gt ge eq ne isnan isinf isfinite signbit and or not""".split()
)
"""Primitives that have the bits of Python."""


def node(script: str) -> str:
    """Run a script of JavaScript, and return the text that it prints."""
    done = subprocess.run(
        [str(NODE), "-"], input=script, capture_output=True, text=True, timeout=500
    )
    assert not done.stderr, done.stderr[:2000]
    return done.stdout


def text_of(numbers: Any) -> str:
    """A Float64Array of JavaScript."""
    data = base64.b64encode(np.asarray(numbers, np.float64).tobytes()).decode()
    return f"new Float64Array(Uint8Array.from(Buffer.from('{data}', 'base64')).buffer)"


def numbers_of(script: str) -> Any:
    """The numbers of a Float64Array, which a script calls `result`."""
    data = node(f"{script}\nconsole.log(Buffer.from(result.buffer).toString('base64'))")
    return np.frombuffer(base64.b64decode(data))


def ulps(x: float, y: float) -> float:
    """Distance in units in the last place; of nan and nan 0, of zeros of other signs infinite."""
    if math.isnan(x) or math.isnan(y):
        return 0.0 if math.isnan(x) and math.isnan(y) else math.inf
    if x == 0 == y:
        return 0.0 if math.copysign(1.0, x) == math.copysign(1.0, y) else math.inf
    if math.isinf(x) or math.isinf(y):
        return 0.0 if x == y else math.inf
    return abs(x - y) / math.ulp(min(abs(x), abs(y)))


def bounded(program: Program, inputs: Sequence[float]) -> tuple[list[Any], list[float]]:
    """All numbers of a program, and how far those of JavaScript may be from them.

    It is infinite where one number comes out nan, or a condition otherwise, within the bounds.
    """
    values: list[Any] = [*inputs, *program.constants]
    bounds = [0.0] * len(values)
    for op, places in program.code:
        compute = PRIMITIVES[op].compute
        xs = [values[i] for i in places]
        z = compute(*xs)
        bound = 0.0
        if any(bounds[i] for i in places):
            ends = [{x, x - bounds[i], x + bounds[i]} for x, i in zip(xs, places)]
            found = [compute(*each) for each in itertools.product(*ends)]
            apart = max(abs(float(y) - float(z)) for y in found)
            if any(math.isnan(y) != math.isnan(z) for y in found) or math.isnan(apart):
                bound = 0.0 if all(y == z for y in found) else math.inf
            else:
                bound = 1.01 * apart
            if not PRIMITIVES[op].is_condition and math.isfinite(z):
                bound += math.ulp(z)
            if PRIMITIVES[op].is_condition and apart:
                bound = math.inf
        if op not in EXACT and math.isfinite(z):
            bound += ULPS * math.ulp(abs(z) + (bound if math.isfinite(bound) else 0.0))
        values.append(z)
        bounds.append(bound)
    return values, bounds


def differences(programs: Sequence[tuple[Program, Sequence[float]]]) -> tuple[list[str], int]:
    """Differences of programs at points, and the number of those that were decided."""
    texts = [source([program]).removeprefix(functions()) for program, _ in programs]
    runs = [
        f"found.push((() => {{ {text}; return program({text_of(point)}); }})());"
        for text, (_, point) in zip(texts, programs)
    ]
    count = max(len(program.outputs) for program, _ in programs)
    script = f"""{functions()}
    const found = [];
    {"".join(runs)}
    const result = new Float64Array({len(programs) * (1 + count)});
    found.forEach((row, i) => {{
        result[i * {1 + count}] = row === null ? 1 : 0;
        if (row) result.set(row.map(Number), i * {1 + count} + 1);
    }});"""
    rows = numbers_of(script).reshape(len(programs), 1 + count).tolist()
    wrong, decided = [], 0
    for k, ((program, point), (failed, *outputs)) in enumerate(zip(programs, rows)):
        values, bounds = bounded(program, point)
        if any(math.isinf(bounds[guard.slot]) for guard in program.guards):
            continue
        if not is_decided(program, point):
            continue
        decided += 1
        fails = any(bool(values[guard.slot]) != guard.expected for guard in program.guards)
        if fails != bool(failed):
            wrong.append(f"program {k}: guards of Python {fails}, of JavaScript {failed}")
        for i, y in zip(program.outputs, outputs if not fails else ()):
            if math.isfinite(bounds[i]) and not _is_within(float(values[i]), y, bounds[i]):
                wrong.append(f"program {k}: {values[i]!r} +- {bounds[i]:.1e} is {y!r}")
    return wrong, decided


def _is_within(x: float, y: float, bound: float) -> bool:
    return (
        ulps(x, y) == 0.0
        if bound == 0.0
        else math.isnan(x) == math.isnan(y) and (math.isnan(x) or x == y or abs(x - y) <= bound)
    )


def random_ones(seeds: Sequence[int]) -> list[tuple[Program, Sequence[float]]]:
    """Random programs of all primitives, at points with edges."""
    return [(random_program(seed), random_inputs(seed, 3)) for seed in seeds]


def main() -> None:
    """Try 10,000 programs."""
    wrong, decided = list[str](), 0
    for first in range(0, 10_000, 1000):
        found, count = differences(random_ones(range(first, first + 1000)))
        wrong += [f"from seed {first}: {text}" for text in found]
        decided += count
    print(f"10,000 programs, {decided:,} decided, {len(wrong)} wrong")
    print(*wrong[:20], sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
