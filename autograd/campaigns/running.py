"""Run of a campaign: it hands out chunks, keeps what comes back, and gives it in order."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from typing import Any

from autograd.campaigns.crews import Crew, Work, WorkerDied, crew, is_integer
from autograd.campaigns.journal import Journal
from autograd.campaigns.sizing import Sizes
from autograd.campaigns.working import LoadError, PointError, failure
from autograd.files import FilePath
from autograd.value import shown

PIECES = 16
"""Number of pieces that a chunk is cut into when its worker died."""
DEATHS = 2
"""Workers that a point may take with it when nothing else was in its chunk."""


def campaign(
    f: Callable[[Any], Any],
    points: Sequence[Any],
    executor: Any = None,
    chunk: int | None = None,
    *,
    journal: FilePath | None = None,
    retry: bool = False,
    progress: bool | None = None,
) -> Campaign:
    """Compute f at many points, by many processes, and give the results in order, as they come.

    `executor` is a number of processes (None: one for each core), which the campaign begins, begins
    anew where they end, and ends; or an executor of yours: of `concurrent.futures`, a `Client` of
    Dask, `mpi4py.futures.MPIPoolExecutor`, or a `joblib.Parallel`. Points are sent in chunks of
    `chunk`; by default their sizes are found by timing. Where f is compiled, its `rows` take a
    chunk at once.

    A point at which f raises has a `PointError` in place of its result, an exception that is given,
    not raised; `failures` of what is returned has them all. So has a point at which a process ended
    twice while it had no other; on Dask, after as many deaths as the cluster allows.

    `journal` is the path of a file that each result is written to as soon as it is there. A
    campaign that was stopped, or killed, goes on where it was when it is called again with that
    file; with `retry=True` points that failed are computed again. Results must then be numbers,
    text, arrays, or lists, tuples and dicts of them. The journal knows the name of f and the
    points, not what f does.

    `progress` shows a bar; by default on a terminal.

    An executor of yours that breaks stops the campaign: concurrent.futures.BrokenExecutor. So does
    a result that the journal can't hold: TypeError. TypeError or ValueError, at once, for an f that
    can't be sent to other processes, points without length or order, and what else does not fit.

    >>> import math
    >>> import autograd as ag
    >>> found = ag.campaign(math.sqrt, [4.0, 9.0, -1.0], 2)
    >>> list(found)  # doctest: +ELLIPSIS
    [2.0, 3.0, PointError('ValueError', 'math domain error', ..., 2)]
    """
    if not callable(f):
        raise TypeError(f"campaign: got {shown(f)}; it needs a function of one point")
    has_order = hasattr(points, "__len__") and hasattr(points, "__getitem__")
    if not has_order or isinstance(points, Mapping) or getattr(points, "shape", None) == ():
        raise TypeError(
            f"campaign: got {shown(points)} as points; it needs a list or an array, with a length "
            "and an order"
        )
    if chunk is not None and not (is_integer(chunk) and chunk >= 1):
        raise ValueError(f"campaign: got chunk={chunk!r}; it must be 1, 2, ...")
    return Campaign(f, points, executor, Sizes(chunk), journal, retry, progress)


class Campaign(Iterator[Any]):
    """Campaign that runs while it is iterated over, once; `len` is the number of its points.

    `with` ends its workers also where not all results were taken.
    """

    def __init__(
        self,
        f: Callable[[Any], Any],
        points: Sequence[Any],
        executor: Any,
        sizes: Sizes,
        journal: FilePath | None,
        retry: bool,
        progress: bool | None,
    ) -> None:
        self._crew: Crew | None = None
        self._journal: Journal | None = None
        self._bar: Any = None
        self.failures: dict[int, PointError] = {}
        """Points that failed so far, by their places."""
        self._points, self._sizes, self._at = points, sizes, 0
        self._there: dict[int, Any] = {}
        """Results that were not given yet."""
        self._deaths: dict[int, int] = {}
        self._pieces: deque[range] = deque()
        """Chunks, and parts of such, that a worker took with it."""
        self._name, work = _named(f), Work(f)
        try:
            self._crew = crew(executor, work, len(points))
            if journal is not None:
                self._journal = Journal(journal, self._name, points)
                done = self._journal.done
                kept = {i for i in done if not (retry and isinstance(done[i], PointError))}
                self._keep(sorted(kept), [done[i] for i in sorted(kept)])
            self._rest = deque(_gaps(len(points), self._there))
            self._left = len(points) - len(self._there)
            self._bar = _bar(progress, len(points), len(self._there), self._name)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        n, failed = len(self._points), len(self.failures)
        how_far = f"{self._at:,} given, {failed:,} failed"
        return f"<campaign of {self._name} at {n:,} point{'s' * (n != 1)}: {how_far}>"

    def __len__(self) -> int:
        return len(self._points)

    def __iter__(self) -> Campaign:
        return self

    def __next__(self) -> Any:
        if self._at == len(self._points):
            self.close()
            raise StopIteration
        try:
            while self._at not in self._there:
                self._go_on()
        except BaseException:
            self.close()
            raise
        self._at += 1
        return self._there.pop(self._at - 1)

    def __enter__(self) -> Campaign:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """End its workers, and leave the journal on the disk."""
        crew, self._crew = self._crew, None
        is_done = self._at == len(self._points)
        try:
            if crew is not None:
                crew.close(at_once=not is_done)
        finally:
            if self._journal is not None:
                self._journal.close()
            if self._bar is not None:
                self._bar.close()

    # Work

    def _go_on(self) -> None:
        """Hand out chunks while there is room, and take in one that has ended."""
        crew = self._crew
        if crew is None:
            raise RuntimeError("campaign: it has been closed")
        try:
            while crew.has_room and (job := self._taken(crew.size)):
                try:
                    packed = crew.packed(self._points_of(job))
                except Exception as error:
                    self._divide(job, failure(error))
                    return
                crew.submit(job, packed)
            job, outcome = crew.wait()
        except LoadError as error:
            raise TypeError(f"campaign: a worker can't load the function: {error}") from None
        except BrokenExecutor as error:
            raise BrokenExecutor(f"{error}{self._told()}") from error.__cause__
        if isinstance(outcome, WorkerDied):
            self._died(job, outcome.times)
            return
        if isinstance(outcome, PointError):
            self._divide(job, outcome)
            return
        seconds, found = outcome
        self._sizes.note(len(job), seconds)
        self._end(job, found)

    def _taken(self, workers: int) -> range:
        """Return the next chunk; an empty one where there is none."""
        if self._pieces:
            return self._pieces.popleft()
        if not self._rest:
            return range(0)
        first = self._rest.popleft()
        size = self._sizes.next(self._left, workers)
        if first[size:]:
            self._rest.appendleft(first[size:])
        self._left -= len(first[:size])
        return first[:size]

    def _points_of(self, job: range) -> Any:
        points = self._points
        if hasattr(points, "dtype"):  # an array, whose slices are sent as arrays
            return points[job.start : job.stop]
        return [points[i] for i in job]

    def _divide(self, job: range, failed: PointError) -> None:
        """Cut a chunk, so that what is wrong with it is found; one point has failed."""
        if len(job) == 1:
            self._end(job, [failed])
            return
        size = -(-len(job) // PIECES)
        pieces = [job[start : start + size] for start in range(0, len(job), size)]
        self._pieces.extendleft(reversed(pieces))

    def _died(self, job: range, times: int) -> None:
        """Try a point that was alone once more; count it as failed after the second death."""
        if len(job) == 1:
            self._deaths[job[0]] = self._deaths.get(job[0], 0) + times
            if self._deaths[job[0]] < DEATHS:
                self._pieces.appendleft(job)
                return
        reason = "the process that computed it ended, and did so again when it had no other point"
        self._divide(job, PointError("WorkerDied", reason))

    def _end(self, job: Sequence[int], found: Sequence[Any]) -> None:
        """Keep the outcomes of a chunk."""
        if self._journal is not None:
            self._journal.add(job, found)
        self._keep(job, found)
        if self._bar is not None:
            self._bar.update(len(job))

    def _keep(self, job: Sequence[int], found: Sequence[Any]) -> None:
        for i, outcome in zip(job, found):
            if isinstance(outcome, PointError):
                outcome.index = i
                outcome.args = (*outcome.args[:3], i)
                self.failures[i] = outcome
            self._there[i] = outcome
        if self._bar is not None and self.failures:
            self._bar.set_postfix(failed=len(self.failures), refresh=False)

    def _told(self) -> str:
        """Return how far it came, for the message of what stops it."""
        there = self._at + len(self._there)
        where = ""
        if self._journal is not None:
            where = f", and in {self._journal.path}: called with it again, the campaign goes on"
        return f"; {there} of {len(self._points)} points are done{where}"


def _named(f: Any) -> str:
    """Return the name of a function, also in a wrapper; else that of its type."""
    while isinstance(f, functools.partial):
        f = f.func
    return str(getattr(f, "__qualname__", None) or type(f).__qualname__)


def _gaps(n: int, there: Mapping[int, Any]) -> Iterator[range]:
    """Iterate over the runs of places that are missing."""
    start = 0
    for i in [*sorted(there), n]:
        if i > start:
            yield range(start, i)
        start = i + 1


def _bar(progress: bool | None, total: int, done: int, name: str) -> Any:
    """Return a bar; None where there shall be none."""
    if progress is False:
        return None
    from tqdm import tqdm

    disable = None if progress is None else False  # None: off where there is no terminal
    return tqdm(total=total, initial=done, desc=name, unit="point", disable=disable)
