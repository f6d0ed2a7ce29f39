"""Runnable demonstrations: `make demo`, or `python -m demos.mnist --help`."""

import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices this small gain nothing from more

OUT = Path(__file__).parent / "out"
"""Where pictures are written to."""
