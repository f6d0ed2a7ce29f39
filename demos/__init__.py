"""Runnable demonstrations: `make demo`, or `python -m demos.mnist --help`."""

from pathlib import Path

OUT = Path(__file__).parent / "out"
"""Where pictures are written to."""
