"""Workers that train one model together: what they send each other, and how they end.

A worker is a process of an MPI program (MPI Forum, MPI 4.1, 2023); `fit` is given a communicator of
mpi4py, which is imported by those who make one.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.options import COUNT, POSITIVE, checked

Array = npt.NDArray[Any]

SHARDS = 8
"""Number of shards of a batch, if none is given."""
HEAD_START = 3.0
"""Most seconds that a worker with an error leaves to those before it, which may have the same."""


class Team:
    """Workers of a communicator, each with an equal part of the shards; without one, a single one.

    A worker that waits for others longer than `timeout` seconds, while it runs itself, says so and
    ends its process.
    """

    def __init__(self, comm: Any = None, shards: int | None = None, timeout: float = 600.0) -> None:
        self.shards = SHARDS if shards is None else checked("fit", "shards", shards, COUNT)
        if self.shards & (self.shards - 1):
            raise ValueError(f"fit: got {shards} shards; it must be a power of two, such as 8")
        self.timeout = checked("fit", "timeout", timeout, POSITIVE)
        self.comm: Any = None if comm is None else _communicator(comm)
        self.rank: int = 0 if comm is None else comm.rank
        self.size: int = 1 if comm is None else comm.size
        if self.size > self.shards or self.size & (self.size - 1):
            possible = [str(1 << k) for k in range(self.shards.bit_length())]
            needs = f"it must be {', '.join(possible)}".replace(
                f", {self.shards}", f" or {self.shards}"
            )
            if not self.size & (self.size - 1):
                needs += f", or shards={self.size} or more"
            raise ValueError(f"fit: got {self.size} workers for {self.shards} shards; {needs}")
        self.share = self.shards // self.size
        self.spare = np.empty(0, np.uint8)
        self.waits, self.awaited = 0, ""
        self.over = threading.Event()

    def start(self) -> None:
        """Begin to send messages, apart from those of the program, and to watch the waiting."""
        if self.size > 1:
            threading.Thread(target=self._watch, name="fit: timeout", daemon=True).start()
            with self._wait("the others"):
                self.comm = self.comm.Dup()

    def end(self) -> None:
        """End what `start` began, where all workers come to it."""
        self.over.set()
        if self.size > 1:
            self.comm.Free()

    def sum(self, flat: Array) -> None:
        """Add up an array of all workers, in place, as a binary tree in the order of the workers.

        Workers 0 and 1, 2 and 3, ... are added first, then the sums of these pairs: the same tree,
        hence the same bits, as where one worker has the parts of several. In each round a worker
        sends one half of what it is to add to another and adds the other half; then the sums go
        back the same way (recursive halving and doubling; Rabenseifner 2004): 2 log2(workers)
        messages and the bytes of a ring.
        """
        raw = flat.view(np.uint8)
        if self.spare.size < raw.size:
            self.spare = np.empty_like(raw)
        spare = self.spare[: raw.size].view(flat.dtype)
        start, end, rounds, step = 0, flat.size, [], 1
        while step < self.size:
            middle, other = (start + end) // 2, self.rank ^ step
            parts = [slice(start, middle), slice(middle, end)]
            own, others = parts if self.rank < other else parts[::-1]
            mine, theirs = flat[own], spare[own]
            self._exchange(flat[others], theirs, other)
            np.add(mine, theirs, mine)
            rounds.append((own, others, other))
            start, end, step = own.start, own.stop, 2 * step
        for own, others, other in reversed(rounds):
            self._exchange(flat[own], flat[others], other)

    def _exchange(self, sent: Array, received: Array, other: int) -> None:
        self.waits += 1
        self.awaited = f"worker {other}"
        self.comm.Sendrecv(sent.view(np.uint8), other, 0, received.view(np.uint8), other)
        self.awaited = ""

    def gathered(self, x: Any) -> list[Any]:
        """Return what each worker gives, in their order."""
        if self.size == 1:
            return [x]
        with self._wait("the others"):
            found: list[Any] = self.comm.allgather(x)
        return found

    def to_first(self, x: Any) -> list[Any]:
        """Return, on worker 0, what each worker gives, in their order; [] on others."""
        if self.size == 1:
            return [x]
        with self._wait("worker 0" if self.rank else "the others"):
            return self.comm.gather(x) or []

    def from_first(self, x: Any) -> Any:
        """Return what worker 0 gives."""
        if self.size == 1:
            return x
        with self._wait("worker 0" if self.rank else "the others"):
            return self.comm.bcast(x)

    def agree(self, card: Mapping[str, str]) -> None:
        """Raise a ValueError that says what differs, unless all workers have the same texts."""
        cards = self.gathered(dict(card))
        for what in [*card, *(name for each in cards for name in each)]:
            found = [each.get(what, "none") for each in cards]
            odd = next((i for i, text in enumerate(found) if text != found[0]), 0)
            if odd:
                got = f"{found[0]} as {what} on worker 0 and {found[odd]} on worker {odd}"
                needs = "all must be given the same; weights are, where models are made with a seed"
                raise ValueError(f"fit: got {got}; {needs}")

    @contextmanager
    def _wait(self, whom: str) -> Iterator[None]:
        self.waits += 1
        self.awaited = whom
        yield
        self.awaited = ""

    def _watch(self) -> None:
        """End the process when one wait has lasted for the timeout.

        Short ticks are counted, so that the time does not run while this process is suspended.
        """
        tick, seen, left = min(1.0, self.timeout / 4), -1, self.timeout
        while not self.over.wait(tick):
            whom, wait = self.awaited, self.waits
            left = left - tick if whom and wait == seen else self.timeout
            seen = wait
            if left <= 0:
                who = f"worker {self.rank} of {self.size} has waited {self.timeout:g} s for {whom}"
                text = f"fit: {who}; training ends here, and its last checkpoint is whole"
                print(text, file=sys.stderr, flush=True)
                os._exit(1)  # MPI's own ways out wait for others


def _communicator(comm: Any) -> Any:
    """Return the communicator; TypeError for anything else."""
    mpi = sys.modules.get("mpi4py.MPI")
    if mpi is None or not isinstance(comm, mpi.Intracomm) or comm == mpi.COMM_NULL:
        is_null = mpi is not None and isinstance(comm, mpi.Comm) and comm == mpi.COMM_NULL
        got = "the null communicator" if is_null else f"a {type(comm).__name__}"
        needs = "an intra-communicator of mpi4py, such as MPI.COMM_WORLD"
        raise TypeError(f"fit: got {got} as comm; it must be {needs}")
    return comm


@contextmanager
def together(comm: Any, shards: int | None, timeout: float) -> Iterator[Team]:
    """Let workers train together; an error of one of them ends all, unless the program goes on.

    Where all have the same error, the first worker tells it. An error that nobody catches ends the
    other processes, too: they would wait for this one.
    """
    team = None
    try:
        team = Team(comm, shards, timeout)
        team.start()
        yield team
        team.end()
    except BaseException as error:
        if team is not None:
            team.over.set()
        mpi = sys.modules.get("mpi4py.MPI")
        if comm is not None and mpi is not None and mpi.COMM_WORLD.size > 1:
            world = mpi.COMM_WORLD
            error.add_note(f"on worker {world.rank} of {world.size}")
            time.sleep(HEAD_START * world.rank / world.size)
            _end_all_after_errors(world)
        raise


def _end_all_after_errors(world: Any) -> None:
    before = sys.excepthook

    def told(*error: Any) -> None:
        before(*error)
        sys.stdout.flush()
        sys.stderr.flush()
        world.Abort(1)

    sys.excepthook = told
