"""Kept memory of a program of arrays: which calls write into which buffer."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiling.noted import UFUNCS, Method, Step
from autograd.compiling.plans import ArrayProgram, read


class Buffers:
    """Which calls write into kept memory, and into which."""

    def __init__(self, program: ArrayProgram) -> None:
        self.of: dict[int, int] = {}
        """Buffer of a call's result, by the place of that."""
        self.models: list[Any] = []
        """Arrays with the layouts of the buffers."""
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
                    free.setdefault(_layout(model), []).append(held.pop(group))

        for k, step in enumerate(program.code):
            sample = program.samples[step.result] if step.result >= 0 else None
            group = groups[step.result] if step.result >= 0 else -1
            if group not in program.kept and _takes_buffer(step, sample):
                if UFUNCS.get(step.function, step.function) is not np.matmul:
                    reading = {groups[i] for i in read(step)}
                    for each in [g for g in dying.get(k, ()) if g in held and g in reading]:
                        dying[k].remove(each)
                        free.setdefault(_layout(self.models[held[each]]), []).append(held.pop(each))
                same = free.get(_layout(sample))
                if same:
                    number = same.pop()
                else:
                    number = len(self.models)
                    self.models.append(np.empty_like(sample))
                self.of[step.result] = held[group] = number
            release(k)

    def made(self) -> list[Any]:
        """Return new buffers."""
        return [np.empty_like(model) for model in self.models]


def _layout(x: Any) -> Any:
    return x.dtype, x.shape, x.strides


def _takes_buffer(step: Step, sample: Any) -> bool:
    """Return whether a call is a ufunc of arrays that can write into a buffer."""
    function = UFUNCS.get(step.function, step.function)
    if type(sample) is not np.ndarray or not sample.ndim or not sample.size or step.writes:
        return False
    if is_sum(step):
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
        and len(step.args) <= 2
        and {*step.kwargs} <= {"axis", "keepdims"}
    )
