"""Sources of the C core with checksums, so that a stale build is never used."""

from __future__ import annotations

import zlib
from pathlib import Path

HERE = Path(__file__).parent


def checksum(source: str) -> int:
    """Return a number that changes with a source file of the core."""
    return zlib.crc32((HERE / source).read_bytes())


def changed_sources(sources: str) -> list[str]:
    """Return the source files that have changed since `sources`, names and checksums, was written.

    Files that are not here, as C is not in a built package, count as unchanged.
    """
    entries = (entry.split("=") for entry in sources.split())
    return [
        name for name, known in entries if (HERE / name).exists() and checksum(name) != int(known)
    ]
