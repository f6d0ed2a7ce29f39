"""The command line, `chainrule` or `python -m autograd`."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Sequence

import numpy as np

from autograd.compiled import core
from autograd.version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the answer is the exit code."""
    parser = argparse.ArgumentParser(
        prog="chainrule", description="Derivatives of plain Python: the package autograd."
    )
    about = (
        f"chainrule {__version__} (core: {core}, Python {platform.python_version()}, "
        f"NumPy {np.__version__})"
    )
    parser.add_argument("--version", action="version", version=about)
    parser.parse_args(arguments)
    parser.print_help()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
