"""Machine code in a folder that the user names, from where other processes take it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

DIGEST = hashlib.sha256
SIZE = DIGEST().digest_size


class Store:
    """Folder with a file for each piece of code, named by all that the code follows from."""

    def __init__(self, folder: Any) -> None:
        if not isinstance(folder, (str, os.PathLike)) or not os.fspath(folder):
            raise TypeError(f"compile: got cache={folder!r}; it needs the path of a folder")
        self._folder = Path(folder).absolute()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = f"compile: got cache={str(folder)!r}, which can't be a folder: {error.strerror}"
            raise OSError(error.errno, what) from None

    def _path(self, origin: str) -> Path:
        return self._folder / f"{DIGEST(origin.encode()).hexdigest()}.code"

    def found(self, origin: str) -> bytes | None:
        """Return the code, if a whole file has it."""
        try:
            made = self._path(origin).read_bytes()
        except OSError:
            return None
        digest, code = made[:SIZE], made[SIZE:]
        return code if DIGEST(code).digest() == digest else None

    def keep(self, origin: str, code: bytes) -> None:
        """Write it into a file, at once; where that can't be, it is not kept."""
        written = ""
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                written = file.name
                file.write(DIGEST(code).digest() + code)
            os.replace(written, self._path(origin))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(written)
