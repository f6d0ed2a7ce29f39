"""Kept memory of a program of arrays: which calls write into which buffer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiled import library
from autograd.compiling.inherited import layout
from autograd.compiling.kernels import Room
from autograd.compiling.noted import UFUNCS, Method, Step
from autograd.compiling.plans import ArrayProgram, read

LARGE = 1 << 14
"""Bytes from which on memory of results is used again where nobody holds them any longer."""


class Buffers:
    """Which calls write into kept memory, and into which."""

    def __init__(self, program: ArrayProgram) -> None:
        self.of: dict[int, int] = {}
        """Buffer of a call's result, by the place of that."""
        self.models: list[Any] = []
        """Arrays with the layouts of the buffers."""
        self.rooms: dict[int, Any] = {}
        """Callable that gives memory for a result, by its place."""
        self.bytes = 0
        """Bytes of all of it."""
        last: dict[int, int] = {}
        groups = program.groups
        for k, step in enumerate(program.code):
            for i in (*read(step), *step.writes, step.result):
                if i >= 0:
                    last[groups[i]] = k
        for guard in program.guards:
            last[groups[guard.place]] = max(last.get(groups[guard.place], 0), guard.after)
        dying: dict[int, list[int]] = {}
        for group, k in last.items():
            dying.setdefault(k, []).append(group)
        free: dict[Any, list[int]] = {}
        held: dict[int, int] = {}

        def release(k: int) -> None:
            for group in dying.pop(k, ()):
                if group in held:
                    model = self.models[held[group]]
                    free.setdefault(layout(model), []).append(held.pop(group))

        for k, step in enumerate(program.code):
            sample = program.samples[step.result] if step.result >= 0 else None
            group = groups[step.result] if step.result >= 0 else -1
            is_kept = _is_only_result(program, step)
            if library is not None and (is_kept or isinstance(step.function, Room)):
                model = np.empty_like(sample)
                self.rooms[step.result] = library.room(model, is_kept)
                self.bytes += 2 * is_kept * model.nbytes
            if group not in program.kept and _takes_buffer(step, program.samples):
                if UFUNCS.get(step.function, step.function) not in (np.matmul, np.dot):
                    reading = {groups[i] for i in read(step)}
                    for each in [g for g in dying.get(k, ()) if g in held and g in reading]:
                        dying[k].remove(each)
                        free.setdefault(layout(self.models[held[each]]), []).append(held.pop(each))
                same = free.get(layout(sample))
                if same:
                    number = same.pop()
                else:
                    number = len(self.models)
                    self.models.append(np.empty_like(sample))
                self.of[step.result] = held[group] = number
            release(k)
        self.bytes += sum(model.nbytes for model in self.models)

    def made(self) -> list[Any]:
        """Return new buffers."""
        return [np.empty_like(model) for model in self.models]


def _is_only_result(program: ArrayProgram, step: Step) -> bool:
    """Return whether a call gives a result of the program that shares memory with nothing."""
    if step.result not in program.outputs or step.function is np.dot or is_sum(step):
        return False
    sample = program.samples[step.result]
    if type(sample) is not np.ndarray or sample.nbytes < LARGE:
        return False
    group, groups = program.groups[step.result], program.groups
    others = [*program.outputs, *program.constants, *range(program.inputs)]
    return [groups[i] for i in others].count(group) == 1 and _takes_buffer(step, program.samples)


def _takes_buffer(step: Step, samples: Sequence[Any]) -> bool:
    """Return whether a call is a ufunc of arrays, or a product, that can write into a buffer."""
    sample = samples[step.result] if step.result >= 0 else None
    function = UFUNCS.get(step.function, step.function)
    if type(sample) is not np.ndarray or not sample.ndim or not sample.size or step.writes:
        return False
    if function is np.dot:
        operands = [samples[i] for i in read(step)]
        return (
            len(operands) == len(step.args) == 2
            and not step.kwargs
            and all(x.dtype == sample.dtype for x in operands)
            and bool(sample.flags.c_contiguous)
        )
    if is_sum(step) or isinstance(step.function, Room):
        return bool(np.empty_like(sample).strides == sample.strides)
    return (
        isinstance(function, np.ufunc)
        and function.nout == 1
        and not step.kwargs
        and len(step.args) == function.nin
        and np.empty_like(sample).strides == sample.strides
    )


def is_sum(step: Step) -> bool:
    """Return whether a call is a plain sum of an array."""
    return (
        isinstance(step.function, Method)
        and step.function.name == "sum"
        and len(read(step)) == 1  # and no axis that the inputs move
        and len(step.args) <= 2
        and {*step.kwargs} <= {"axis", "keepdims"}
    )
