"""A chain of very many nodes: bytes and nanoseconds a node, for the engine that runs.

python benchmarks/chain.py NODES
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import autograd as ag


def resident() -> int:
    """Bytes of memory that this process holds now, or held at most where that is not told."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Build, sweep and release a chain of products and sums."""
    n = int(sys.argv[1])
    x, y = ag.Value(0.999), ag.Value(0.001)
    before, start = resident(), time.perf_counter()
    v = x
    for _ in range(n // 2):
        v = v * x
        v = v + y
    built = time.perf_counter()
    v.backward()
    swept, held = time.perf_counter(), resident()
    del v
    end = time.perf_counter()
    times = [1e9 * t / n for t in (built - start, swept - built, end - swept, end - start)]
    print(f"{n:,} nodes, {ag.core}: {(held - before) / n:.1f} bytes a node; nanoseconds a node:")
    print("  built {:.0f}, swept {:.0f}, released {:.0f}, together {:.0f}".format(*times))


if __name__ == "__main__":
    main()
