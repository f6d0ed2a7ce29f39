"""Machine code in a folder that the user names, from where other processes take it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

DIGEST = hashlib.sha256
SIZE = DIGEST().digest_size


def folder_of(cache: Any) -> str:
    """Return the folder of an option, which stays where it is now; it is made if need be."""
    if (
        not isinstance(cache, (str, os.PathLike))
        or not isinstance(os.fspath(cache), str)
        or not cache
    ):
        raise TypeError(f"compile: got cache={cache!r}; it needs the path of a folder")
    folder = Path(cache).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        number = getattr(error, "errno", None) or errno.EINVAL
        what = f"compile: got cache={str(cache)!r}, which can't be a folder: {why}"
        raise OSError(number, what) from None
    return str(folder)


class Store:
    """Folder with a file for each piece of code, named by all that the code follows from."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

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
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                try:
                    file.write(DIGEST(code).digest() + code)
                    file.close()
                    os.replace(file.name, self._path(origin))
                except BaseException:  # an interrupt, too
                    with contextlib.suppress(OSError):
                        os.unlink(file.name)
                    raise
        except OSError:
            pass
