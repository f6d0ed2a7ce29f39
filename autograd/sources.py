"""Sources of the C core with checksums, so that a stale build is never used."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent


def checksum(source: str) -> int:
    """Return a number that changes with a source file of the core."""
    import zlib  # which an import of the package rarely needs

    return zlib.crc32((HERE / source).read_bytes())


def changed_sources(sources: str, built: float = 0.0) -> list[str]:
    """Return the source files that have changed since `sources`, names and checksums, was written.

    Only files that are newer than the time `built` are read, for that takes longer than to load the
    core. Files that are not here, as C is not in a built package, count as unchanged.
    """
    entries = (entry.split("=") for entry in sources.split())
    return [
        name for name, known in entries if _written(name) > built and checksum(name) != int(known)
    ]


def _written(source: str) -> float:
    try:
        return os.stat(f"{HERE}/{source}").st_mtime
    except OSError:
        return 0.0
