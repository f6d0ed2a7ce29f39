"""Versions of a function: its programs for arguments of one form, and who runs them."""

from __future__ import annotations

import time
import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.compiling.background import Task
from autograd.compiling.called import called
from autograd.compiling.forms import Form
from autograd.compiling.machines import (
    CALLER,
    FASTEST,
    SLOW,
    Chosen,
    Costs,
    caller,
    calls_that_pay,
    costs_of,
    fastest,
)
from autograd.compiling.passing import Finish, reader_of
from autograd.compiling.program import Program, Run
from autograd.compiling.row_runs import RowsKey, RowsReady

MOST_PROGRAMS = 8
"""Most programs of one signature that are kept; the one that was used least recently goes."""


class Recorded(NamedTuple):
    """One recording of a function: its program, and how results are made of the outputs."""

    program: Program
    finish: Finish
    asked: int
    """Number of primitives before equal ones were shared."""
    seconds: float


class Version:
    """Program that is ready to run, and the point that it was recorded at."""

    def __init__(self, recorded: Recorded, chosen: Chosen, inputs: Sequence[float]) -> None:
        self.program, self._finish, self.asked, self.recording_seconds = recorded
        self.finish, self.inputs = self._finish.make, inputs
        self.called = called(self.program)
        """Names of functions of Python that it calls."""
        self._store = chosen.store
        begin = time.perf_counter()
        first = (caller if self.called else chosen.first)(self.program)
        self._seconds = time.perf_counter() - begin
        self.ready(first)
        self.task: Task | None = None
        self.rows: dict[RowsKey, RowsReady] = {}
        """Runs of many rows."""
        self.layout: Any = None
        """Places of the outputs in the results of rows."""
        self.others: dict[int, Version] = {}
        """Versions that fitted where this one did not, by the guard that failed."""
        self.used = 0

    def result(self, outputs: Sequence[float]) -> Any:
        """Return the result of outputs."""
        return self._finish.of(outputs)

    def source(self, language: str) -> str:
        """Return its source in a language."""
        if language == "llvm":
            from autograd.compiling.llvm import source
        else:
            from autograd.compiling.python import source
        return source(self.program)

    def ready(self, run: Run) -> None:
        """Run by this from now on."""
        self._ready = run
        self.run = self._finish.run(run)

    def improve(self, wait: bool) -> None:
        """Have it compiled by the fastest machine meanwhile, or wait for it."""
        program, store = self.program, self._store
        self.task = Task(self, lambda go_on: fastest(program, go_on, store))
        if wait:
            self.task.wait()

    def improve_where_it_pays(self) -> None:
        """Have it compiled after as many calls as take as long as to compile it."""
        known, ready = weakref.ref(self), self._ready

        def improve() -> None:
            version = known()
            if version is not None:
                version.improve(wait=False)

        if calls := calls_that_pay(self.program):
            ready.after(calls, improve)  # type: ignore[attr-defined]

    def machine(self, name: str) -> str:
        """Return the machine that runs, and why it is not the one that was chosen."""
        if self.called:
            return f"{CALLER}, which calls {self.called}"
        if self.task is None:
            return name
        if self.task.is_done and not self.task.reason:
            return FASTEST
        return f"{SLOW[FASTEST]}, {self.task.reason or f'until {FASTEST} is ready'}"

    def costs(self) -> Costs:
        """Return what it took to make it ready."""
        return costs_of(self._ready, self._seconds)


class Signature:
    """Programs of a function for arguments of one form."""

    def __init__(self, form: Form, first: Version) -> None:
        self.form, self.latest = form, first
        self.reader = reader_of(form)
        self.versions = [first]
        self.recordings = 1
        self.is_told = False

    def fitting(self, inputs: Any) -> tuple[Version | None, Sequence[float]]:
        """Return the version that fits, with its outputs; the guard that fails leads to it."""
        versions = self.versions
        first: tuple[Version, int] | None = None
        outputs: Sequence[float] = ()
        version: Version | None = self.latest
        waiting = sorted(versions, key=lambda v: v.used)
        while version is not None:
            outputs, failed = version.run(inputs)
            if failed < 0:
                if first is not None:
                    first[0].others[first[1]] = version
                return version, outputs
            first = first or (version, failed)
            waiting = [v for v in waiting if v is not version]
            version = version.others.get(failed)
            if version not in waiting:
                version = waiting[-1] if waiting else None
        return None, outputs

    def add(self, version: Version) -> None:
        """Keep one more version; the one that was used least recently goes if there are many."""
        kept = sorted(self.versions, key=lambda v: v.used)[1 - MOST_PROGRAMS :]
        self.versions = [*kept, version]
        self.recordings += 1
