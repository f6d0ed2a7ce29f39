"""What the C core is made of, so that one that was built from other sources is never used."""

from __future__ import annotations

import zlib
from pathlib import Path

HERE = Path(__file__).parent


def checksum(source: str) -> int:
    """A number that changes with a source file of the core."""
    return zlib.crc32((HERE / source).read_bytes())


def changed_sources(sources: str) -> list[str]:
    """The source files that are not as they were when `sources`, names and checksums, was written.

    Those that are not here, as C is not where only the built package is, count as unchanged.
    """
    entries = (entry.split("=") for entry in sources.split())
    return [
        name for name, known in entries if (HERE / name).exists() and checksum(name) != int(known)
    ]
