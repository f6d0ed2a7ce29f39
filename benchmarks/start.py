"""Time that it takes to import the package and find a first gradient, beyond importing NumPy.

python benchmarks/start.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

NUMPY = "import numpy"
FIRST = "import numpy, autograd as ag; x = ag.Value(2.0); (x * x).backward()"


def seconds(program: str) -> float:
    """How long a new process takes; compiled files are kept, as they are for users."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPATH": str(Path(__file__).parents[1])}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    return time.perf_counter() - start


def main() -> None:
    """Alternate between the two."""
    seconds(FIRST)
    rounds = [(seconds(NUMPY), seconds(FIRST)) for _ in range(40)]
    numpy, ours = ([1e3 * round_[i] for round_ in rounds] for i in (0, 1))
    median = statistics.median(ours) - statistics.median(numpy)
    print(
        f"import and first gradient, beyond NumPy: median {median:.1f} ms, "
        f"min {min(ours) - min(numpy):.1f} ms"
    )


if __name__ == "__main__":
    main()
