"""Journal of a campaign: a file of JSON lines, to which each chunk that ends adds its points.

The first line names the campaign: the function, the number of its points, and a hash of them. Each
other line is a point: `{"i": 7, "y": result}`, or `{"i": 7, "error": [kind, reason, trace]}`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from typing import IO, Any

import numpy as np

from autograd import files
from autograd.campaigns.encoding import TAKES, decoded, encoded
from autograd.campaigns.working import PointError
from autograd.files import FilePath

FORMAT = 1
BLOCK = 65536
"""Points of an array that are hashed at once."""


class Journal:
    """Open journal: what was done before, and a file to add to.

    Lines are handed to the system as whole chunks, so that a process that is killed loses none of
    them; a machine that stops may lose those of its last seconds. A last line that is torn is
    removed when the file is opened again.
    """

    def __init__(self, path: FilePath, name: str, points: Sequence[Any]) -> None:
        self.path, self.done = os.fspath(path), dict[int, Any]()
        files.status(self.path)  # others, such as /dev/zero, may have no end
        head = {"campaign": FORMAT, "function": name, "points": len(points), "hash": _hash(points)}
        self._file: IO[bytes] = open(path, "a+b")  # noqa: SIM115  # until the campaign ends
        try:
            self._lock()
            self._file.seek(0)
            data = self._file.read()
            if data:
                self._read(data, head)
            else:
                self._write([head])
        except BaseException:
            self._file.close()
            raise

    def _lock(self) -> None:
        if os.name != "posix":
            return
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"campaign: another campaign writes {self.path} now") from None
        except OSError:  # some file systems have no locks
            pass

    def _read(self, data: bytes, head: dict[str, Any]) -> None:
        """Take in what was done, of this campaign."""
        lines = data.split(b"\n")
        torn = lines.pop()
        first = _parsed(lines[0]) if lines else None
        if not isinstance(first, dict) or first.get("campaign") != FORMAT:
            raise ValueError(
                f"campaign: {self.path} is no journal of a campaign; give the path of a new file"
            )
        if first != head:
            as_many = first.get("points") == head["points"]
            has_others = as_many and first.get("hash") != head["hash"]
            raise ValueError(
                f"campaign: {self.path} is the journal of another campaign: of "
                f"{first.get('function')} at {first.get('points')} points, while this one is of "
                f"{head['function']} at {head['points']}" + (", which differ" if has_others else "")
            )
        for number, line in enumerate(lines[1:], 2):
            entry = _parsed(line)
            try:
                i = entry["i"]
                if type(i) is not int or not 0 <= i < head["points"]:
                    raise ValueError
                error = entry.get("error")
                found = decoded(entry["y"]) if error is None else _failed(i, *error)
            except (TypeError, KeyError, ValueError, AttributeError):
                raise ValueError(
                    f"campaign: line {number} of {self.path} is damaged; remove that line, and its "
                    "point is computed again"
                ) from None
            self.done[i] = found
        if torn:
            self._file.truncate(len(data) - len(torn))

    def add(self, points: Sequence[int], outcomes: Sequence[Any]) -> None:
        """Write the points of a chunk; TypeError for a result that can't be written."""
        lines = []
        for i, outcome in zip(points, outcomes):
            if isinstance(outcome, PointError):
                error = [outcome.kind, outcome.reason, outcome.trace]
                lines.append({"i": i, "error": error})
                continue
            try:
                lines.append({"i": i, "y": encoded(outcome)})
            except TypeError as error:
                raise TypeError(
                    f"campaign: the result of points[{i}] is or has {error}, which a journal can't "
                    f"hold; it takes {TAKES}"
                ) from None
        self._write(lines)

    def _write(self, lines: Sequence[dict[str, Any]]) -> None:
        texts = [json.dumps(line, allow_nan=False, separators=(",", ":")) for line in lines]
        self._file.write("".join([text + "\n" for text in texts]).encode())
        self._file.flush()

    def close(self) -> None:
        """Leave the file on the disk."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()


def _failed(i: int, kind: str, reason: str, trace: str) -> PointError:
    return PointError(kind, reason, trace, i)


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _hash(points: Sequence[Any]) -> str:
    """Return a hash of the numbers, words and arrays that points are made of."""
    found = hashlib.sha256()
    if isinstance(points, np.ndarray) and points.dtype.kind in "biufc":
        found.update(f"{points.dtype.str} {points.shape}".encode())
        for start in range(0, len(points), BLOCK):
            found.update(np.ascontiguousarray(points[start : start + BLOCK]))
        return found.hexdigest()
    for i in range(len(points)):
        try:
            text = json.dumps(encoded(points[i]), allow_nan=False)
        except TypeError as error:
            raise TypeError(
                f"campaign: points[{i}] is or has {error}, by which a journal can't know it again; "
                f"it takes {TAKES}"
            ) from None
        found.update(f"{text}\n".encode())
    return found.hexdigest()
