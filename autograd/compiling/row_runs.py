"""Runs of many rows: a program by the machine that is best meanwhile."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd.compiling.background import Task
from autograd.compiling.called import called
from autograd.compiling.machines import CALLER, FASTEST, SLOW, Chosen, rows_of, rows_that_pay
from autograd.compiling.program import Program, RowsRun


class RowsKey(NamedTuple):
    """Kind of a run: the inputs that rows share, the outputs that are summed, whether exact."""

    shared: tuple[bool, ...]
    summed: tuple[bool, ...]
    exact: bool


class RowsReady:
    """Program that is ready to run for many rows.

    Where a machine is slow to make it ready, another runs it until it is; where none was named, the
    fastest takes over after as many rows as would have paid for it. `wait` waits for it.
    """

    def __init__(self, program: Program, chosen: Chosen, wait: bool, key: RowsKey) -> None:
        calls = called(program)
        self.program, self.key, self._store = program, key, chosen.store
        self.name = CALLER if calls else SLOW.get(chosen.name, chosen.name)
        self.run = rows_of(self.name)(program, *key)
        self.task: Task | None = None
        self._left = 0
        if calls:
            return
        if chosen.name in SLOW or (chosen.may_change and wait):
            self._improve(wait)
        elif chosen.may_change:
            self._left = rows_that_pay(program, key.exact)

    def __call__(
        self, count: int, inputs: tuple[Any, ...], outputs: tuple[Any, ...], left: Any
    ) -> int:
        """Run rows, as `RowsRun` does."""
        gone = self.run(count, inputs, outputs, left)
        if self._left > 0:
            self._left -= count
            if self._left <= 0:
                self._improve(wait=False)
        return gone

    def ready(self, run: RowsRun) -> None:
        """Run by this from now on."""
        self.run, self.name = run, FASTEST

    def _improve(self, wait: bool) -> None:
        make, program, key, store = rows_of(FASTEST), self.program, self.key, self._store
        self.task = Task(self, lambda go_on: make(program, *key, go_on=go_on, store=store))
        if wait:
            self.task.wait()
