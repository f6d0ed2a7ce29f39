"""Crews: the workers of a campaign, of its own or of an executor of the user's."""

from __future__ import annotations

import functools
import os
import pickle
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from autograd.campaigns.working import (
    LoadError,
    Outcome,
    PointError,
    computed,
    dumps,
    failure,
    hold,
    remote,
)
from autograd.value import shown

DEEP, FAR = 2, 4
"""Chunks for each worker: the one that it works at, and next ones; more where messages travel."""
BIRTHS, MORE_BIRTHS = 3, 30
"""Processes that may end, one after the other, before they begin: while none has, and later."""
MOST = 1024
"""Most processes of a campaign's own."""
ASKED = 2.0
"""Seconds after which a cluster is asked again how many workers it has."""
EXECUTORS = (
    "a number of processes, a concurrent.futures executor, a Client of Dask, an MPIPoolExecutor or "
    "a joblib.Parallel"
)


class WorkerDied:
    """Outcome of a chunk whose worker ended; `times` over."""

    def __init__(self, times: int) -> None:
        self.times = times


End = Outcome | WorkerDied | PointError
"""End of a chunk; a `PointError` where its outcome could not be unpickled."""


class Work:
    """Function as it goes to workers: pickled once, under a key of this campaign."""

    def __init__(self, f: Callable[[Any], Any]) -> None:
        self.f, self.key, self.packed = f, os.urandom(8).hex(), b""

    def pack(self, begin_here: bool) -> None:
        """Pickle the function; TypeError where it can't be.

        Processes that begin here run the program's own file again, if it has one. Others look for
        functions of the program in their own, and so these are sent as they are, by cloudpickle.
        """
        has_file = begin_here and hasattr(sys.modules["__main__"], "__file__")
        try:
            self.packed = dumps(self.f, by_value=None if has_file else b"__main__")
        except Exception as error:
            raise TypeError(
                f"campaign: got {shown(self.f)}, which can't be sent to other processes "
                f"({' '.join(str(error).split())}); it needs a function that is defined by def at "
                "the top of a module"
            ) from None


class Crew(ABC):
    """Workers that take chunks, and tell their outcomes in any order."""

    def __init__(self, work: Work) -> None:
        self.work = work

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of workers."""

    @property
    @abstractmethod
    def has_room(self) -> bool:
        """Return whether it takes another chunk."""

    @abstractmethod
    def submit(self, job: range, points: Any) -> None:
        """Take a chunk: the places of points, and these as they are sent."""

    @abstractmethod
    def wait(self) -> tuple[range, End]:
        """Wait until a chunk has ended."""

    @abstractmethod
    def close(self, at_once: bool) -> None:
        """End: at once, or when nothing is in hand."""

    def packed(self, points: Sequence[Any]) -> Any:
        """Return points as they are sent; an error where they can't be."""
        return dumps(points)


def _got(queue: SimpleQueue[Any]) -> Any:
    """Wait for an entry of a queue; short waits let Ctrl-C through on every system."""
    while True:
        try:
            return queue.get(timeout=1.0)
        except Empty:
            continue


def _unpacked(packed: bytes) -> End:
    try:
        return pickle.loads(packed)  # type: ignore[no-any-return]  # it is one
    except Exception as error:  # of an object of the user's
        return failure(error)


class _Process:
    """Pool of one process: where it ends, it is known which chunk it was at."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.jobs: deque[tuple[range, Any]] = deque()
        self.births = 0
        self.begin()

    def begin(self) -> None:
        """Begin a new process, with the chunks that the old one left."""
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        begun = hold, (self._work.key, self._work.packed)
        self.pool = ProcessPoolExecutor(1, get_context("spawn"), *begun)
        self.pid = self.pool.submit(os.getpid)
        self.births += 1

    def kill(self) -> None:
        """End the process, whatever it is at."""
        import multiprocessing

        self.pool.shutdown(wait=False, cancel_futures=True)
        try:
            pid = self.pid.result(60)
        except (BrokenExecutor, CancelledError, TimeoutError):
            return
        for child in multiprocessing.active_children():
            if child.pid == pid:
                child.kill()


class Own(Crew):
    """Processes of the campaign's own, which are begun anew where they end."""

    def __init__(self, work: Work, workers: int) -> None:
        super().__init__(work)
        self._ends: SimpleQueue[tuple[_Process, Any, range, Future[bytes]]] = SimpleQueue()
        self._processes = [_Process(work) for _ in range(workers)]
        self._births = BIRTHS

    @property
    def size(self) -> int:
        """Number of workers."""
        return len(self._processes)

    @property
    def has_room(self) -> bool:
        """Return whether it takes another chunk."""
        return any(len(each.jobs) < DEEP for each in self._processes)

    def submit(self, job: range, points: Any) -> None:
        """Give a chunk to the process that has the fewest."""
        process = min(self._processes, key=lambda each: len(each.jobs))
        process.jobs.append((job, points))
        self._hand(process, job, points)

    def _hand(self, process: _Process, job: range, points: Any) -> None:
        pool = process.pool
        try:
            future = pool.submit(remote, self.work.key, None, points)
        except BrokenExecutor as error:  # it has just ended
            future = Future()
            future.set_exception(error)
        future.add_done_callback(lambda end: self._ends.put((process, pool, job, end)))

    def wait(self) -> tuple[range, End]:
        """Wait until a chunk has ended."""
        while True:
            process, pool, job, end = _got(self._ends)
            if pool is not process.pool:  # the process ended, and this has been handed on
                continue
            try:
                packed = end.result()
            except BrokenExecutor as error:
                if (lost := self._replaced(process, error)) is not None:
                    return lost, WorkerDied(1)
                continue
            process.births, self._births = 0, MORE_BIRTHS
            process.jobs.remove(next(each for each in process.jobs if each[0] == job))
            return job, _unpacked(packed)

    def _replaced(self, process: _Process, error: BaseException) -> range | None:
        """Begin a new process, and return the chunk that the old one was at, if it had begun."""
        has_begun = process.pid.done() and process.pid.exception() is None
        process.pool.shutdown(wait=True)
        lost = process.jobs.popleft()[0] if has_begun else None
        if not has_begun and process.births >= self._births:
            raise BrokenExecutor(
                f"campaign: {process.births} processes ended before they began; a program that "
                "runs a campaign has what it does under `if __name__ == '__main__':`"
            ) from error
        process.begin()
        for job, points in process.jobs:
            self._hand(process, job, points)
        return lost

    def close(self, at_once: bool) -> None:
        """End all processes."""
        if at_once:
            for process in self._processes:
                process.kill()
        for process in self._processes:
            process.pool.shutdown(wait=True)


class Given(Crew):
    """Executor of the user's, which stays open."""

    def __init__(
        self,
        work: Work,
        submit: Callable[..., Any],
        size: Callable[[], int],
        is_here: bool = False,
    ) -> None:
        super().__init__(work)
        self._submit, self._ask, self._is_here = submit, size, is_here
        self._size, self._asked = size(), time.monotonic()
        self._ends: SimpleQueue[range] = SimpleQueue()
        self._futures: dict[range, Any] = {}
        if not is_here:
            work.pack(begin_here=False)

    @property
    def size(self) -> int:
        """Number of workers, now: a cluster may grow and shrink."""
        if time.monotonic() - self._asked > ASKED:
            self._size, self._asked = self._ask(), time.monotonic()
        return max(1, self._size)

    @property
    def has_room(self) -> bool:
        """Return whether it takes another chunk."""
        return len(self._futures) < FAR * self.size

    def packed(self, points: Sequence[Any]) -> Any:
        """Return points as they are sent."""
        return points if self._is_here else super().packed(points)

    def submit(self, job: range, points: Any) -> None:
        """Take a chunk."""
        try:
            if self._is_here:
                future = self._submit(computed, self.work.f, points)
            else:
                future = self._submit(remote, self.work.key, self.work.packed, points)
        except RuntimeError as error:  # it is closed, or broken
            raise _broken(error) from error
        self._futures[job] = future
        future.add_done_callback(lambda _: self._ends.put(job))

    def wait(self) -> tuple[range, End]:
        """Wait until a chunk has ended."""
        job = _got(self._ends)
        try:
            found = self._futures.pop(job).result()
        except (LoadError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # asyncio's CancelledError is no Exception
            if type(error).__name__ == "KilledWorker":  # Dask's, after it tried several
                return job, WorkerDied(1 + getattr(error, "allowed_failures", 3))
            raise _broken(error) from error
        return job, found if self._is_here else _unpacked(found)

    def close(self, at_once: bool) -> None:
        """Take back what is in hand."""
        for future in self._futures.values():
            with suppress(Exception):  # of an executor that broke
                future.cancel()


def _broken(error: BaseException) -> BrokenExecutor:
    reason = " ".join(str(error).split())
    return BrokenExecutor(
        f"campaign: the executor broke: {type(error).__name__}{': ' if reason else ''}{reason}"
    )


def crew(executor: Any, work: Work, count: int) -> Crew:
    """Return the crew for what was given as executor; TypeError for what is none."""
    if executor is None:
        executor = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
        executor = min(executor or os.cpu_count() or 1, MOST)
    if is_integer(executor):
        if not 1 <= executor <= MOST:
            raise ValueError(
                f"campaign: got executor={executor}; a number of processes is from 1 to {MOST}"
            )
        work.pack(begin_here=True)
        return Own(work, max(1, min(int(executor), count)))
    if isinstance(executor, ThreadPoolExecutor):
        return Given(work, executor.submit, lambda: _workers(executor), is_here=True)
    if isinstance(executor, Executor):
        return Given(work, executor.submit, lambda: _workers(executor))
    distributed, joblib = sys.modules.get("distributed"), sys.modules.get("joblib")
    if distributed is not None and isinstance(executor, distributed.Client):
        return _of_dask(work, executor)
    if joblib is not None and isinstance(executor, joblib.Parallel):
        return _of_joblib(work, executor)
    raise TypeError(f"campaign: got {shown(executor)} as executor; it takes {EXECUTORS}")


def is_integer(x: Any) -> bool:
    """Return whether something is an integer, of Python or of NumPy."""
    return isinstance(x, (int, np.integer)) and not isinstance(x, bool)


def _workers(executor: Any) -> int:
    """Return how many workers an executor has; as many as there are cores where it won't say."""
    told = getattr(executor, "num_workers", None) or getattr(executor, "_max_workers", None)
    return told if isinstance(told, int) else os.cpu_count() or 1


def _of_dask(work: Work, client: Any) -> Crew:
    if client.asynchronous:
        raise ValueError("campaign: got an asynchronous Client; it needs Client(...) as it is")
    try:
        submit = functools.partial(client.submit, pure=False)
        return Given(work, submit, lambda: sum(client.nthreads().values()))
    except (OSError, ValueError, RuntimeError) as error:
        raise _broken(error) from error


def _of_joblib(work: Work, parallel: Any) -> Crew:
    """Return the crew of joblib's own pool of processes, which is an executor."""
    from joblib import effective_n_jobs
    from joblib.externals.loky import get_reusable_executor

    name = type(parallel._backend).__name__
    if name != "LokyBackend":
        raise TypeError(
            f"campaign: got a joblib.Parallel with {name}; it needs one with loky, or "
            f"{EXECUTORS.replace(' or a joblib.Parallel', '')}"
        )
    workers = effective_n_jobs(parallel.n_jobs)
    return Given(work, get_reusable_executor(workers).submit, lambda: workers)
