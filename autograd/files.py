"""Atomic writes of files: at any moment there is the old file or the new one."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FilePath = str | os.PathLike[str]
NAMED = 50
"""Number of letters of a file's name that the name of its temporary file begins with."""


def write(path: FilePath, data: bytes | bytearray) -> None:
    """Write a file, or leave everything as it was.

    A link is followed, and stays; a file that is there keeps its mode. Threads and processes may
    write one file at the same time: the last to end wins. Raises OSError where the file can't be
    written, also for anything but a regular file.
    """
    target = Path(os.path.realpath(path))
    old = status(target)
    if old is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    while not _is_written(target, data, old):
        pass
    if os.name == "posix":  # elsewhere folders can't be opened
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _is_written(target: Path, data: bytes | bytearray, old: os.stat_result | None) -> bool:
    """Write the new file beside the old one and move it there; return False if it was cleaned."""
    temporary = target.with_name(f".{target.name[:NAMED]}.{os.urandom(8).hex()}.tmp")
    with _removed_after(temporary), open(temporary, "xb", opener=_private if old else None) as file:
        with suppress(OSError):  # some file systems have no locks
            _lock(file, wait=True)
        if not os.fstat(file.fileno()).st_nlink:
            return False
        file.write(data)
        file.flush()
        if old is not None:
            _keep_mode(temporary, old)
        os.fsync(file.fileno())
        if os.name != "posix":  # open files can't be renamed there
            file.close()
        os.replace(temporary, target)
        return True


def read(path: FilePath) -> bytes:
    """Read a regular file; OSError for anything else, which might never end."""
    status(path)
    return Path(path).read_bytes()


def clean(path: FilePath) -> None:
    """Remove temporary files of killed programs, but none in use."""
    target = Path(os.path.realpath(path))
    left = re.compile(rf"\.{re.escape(target.name[:NAMED])}\.[0-9a-f]{{16}}\.tmp")
    for other in target.parent.iterdir() if target.parent.is_dir() else ():
        if left.fullmatch(other.name):
            with suppress(OSError), open(other, "rb") as file:  # in use, or gone by now
                _lock(file, wait=False)
                other.unlink(missing_ok=True)


def status(path: FilePath) -> os.stat_result | None:
    """Return the status of a regular file; None where there is nothing; OSError for another."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        what = "it is a device, a pipe or a socket, not a regular file"
        raise OSError(errno.EINVAL, what, str(path))
    return found


@contextmanager
def _removed_after(temporary: Path) -> Iterator[None]:
    """Remove a temporary file, if it is still there."""
    try:
        yield
    finally:
        temporary.unlink(missing_ok=True)


def _private(name: str, flags: int) -> int:
    """Open a file that nobody else can read yet: the old one's mode may be as narrow."""
    return os.open(name, flags, 0o600)


def _keep_mode(temporary: Path, old: os.stat_result) -> None:
    """Give the new file the owner, where that is allowed, and the mode of the old one."""
    if os.name == "posix":
        with suppress(PermissionError):
            os.chown(temporary, old.st_uid, old.st_gid)
    os.chmod(temporary, stat.S_IMODE(old.st_mode))


def _lock(file: IO[bytes], wait: bool) -> None:
    """Lock a temporary file as in use until it is closed; OSError where it is, or can't be."""
    if os.name == "posix":  # elsewhere open files can't be removed anyway
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
