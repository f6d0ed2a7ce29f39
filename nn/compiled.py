"""Steps of training as programs: loss, gradients and update of a batch, recorded once.

What is recorded is what `fit` does by itself: the model's forward and the loss on the parameters,
the engine's sweep, and the rule of the optimiser. So every number is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.compiling.objects import InPlace, RecordingError, gradients, holding
from nn.checkpoint import TrainingState
from nn.optim import Optimizer

PLAIN = (bool, int, float, str, type(None))


class CompiledStep:
    """Step for a batch, as a program for each form of a batch."""

    def __init__(
        self,
        model: Callable[[Any], Any],
        loss: Callable[[Any, Any], Any],
        optimizer: Optimizer,
        trained: TrainingState,
        exact: bool = True,
    ) -> None:
        self.model, self.loss, self.optimizer, self.trained = model, loss, optimizer, trained
        everything = [*optimizer.parameters, *[p for _, p in trained.parts.parameters()]]
        if not all(isinstance(p, Tensor) for p in everything):
            raise TypeError(
                "fit: got compile=True and parameters that are Values; it needs Tensors, as of "
                "nn.Linear and of the to_tensors() of an nn.MLP"
            )
        kind = type(optimizer)
        if kind.step is not Optimizer.step:
            raise TypeError(
                f"fit: got compile=True and {kind.__name__}, which has a step() of its own; it "
                "needs an optimizer that has only a _rule of its own, as those of this package"
            )
        self.groups = optimizer.groups
        self.tensors = [group.tensor for group in self.groups]
        self.memory = [x for group in self.groups for x in group.memory]
        own = {id(p) for p in self.tensors}
        self.moved = [(p, "data") for p in self.tensors]
        self.others = [place for place in trained.places.values() if id(place[0]) not in own]
        self.program = InPlace(self._step, exact)
        self.same = (0,) * len(self.groups)
        self.settings: Any = None

    def begin(self) -> None:
        """Forget all programs where an option or a module was changed since they were recorded."""
        settings: list[Any] = [_settings(self.optimizer, without=("lr",))]
        for path, part, _ in self.trained.model_parts():
            settings.append((path, id(part), _settings(part) if hasattr(part, "forward") else None))
        if settings != self.settings:
            self.program.clear()
            self.settings = settings

    def __call__(self, x: Any, y: Any, updates: bool) -> float:
        """Make a step with a batch; without the update, give the parameters their gradients."""
        arrays = [group.writable() for group in self.groups]
        others = [getattr(*place) for place in self.others]
        numbers, which = self._numbers() if updates else ([], ())
        given = arrays, self.memory, numbers, which, others, x, y, updates
        try:
            value, found, changed = self.program(*given)
        except RecordingError as error:
            problem = str(error).removeprefix("compile: ")
            raise TypeError(f"fit: compile=True can't compile the step: {problem}") from None
        if updates:
            for group, is_moved in zip(self.groups, found):
                group.steps[0] += is_moved
        else:
            for tensor, gradient in zip(self.tensors, found):
                if gradient is None:
                    tensor.zero_grad()
                else:
                    tensor.grad = gradient
        for place, new in zip(self.others, changed):
            if new is not None:
                setattr(*place, new)
        return float(value)

    def _numbers(self) -> tuple[list[Any], tuple[int, ...]]:
        """Return the numbers that updates need, and which of them each parameter does."""
        keys = [(group.steps[0] + 1, group.dtype) for group in self.groups]
        if keys.count(keys[0]) == len(keys):  # mostly
            return [self.optimizer.numbers(*keys[0])], self.same
        known = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        numbers = [self.optimizer.numbers(*key) for key in known]
        return numbers, tuple([known[key] for key in keys])

    def _step(
        self,
        arrays: Sequence[Any],
        memory: Sequence[Any],
        numbers: Sequence[Any],
        which: Sequence[int],
        others: Sequence[Any],
        x: Any,
        y: Any,
        updates: bool,
    ) -> Any:
        """Return the loss, what has come of the parameters, and buffers that have changed."""
        with holding([*self.moved, *self.others], [*arrays, *others]) as changed:
            cost = self.loss(self.model(x), y)
            if not isinstance(cost, Tensor):
                raise RecordingError(f"the loss gave a {type(cost).__name__}, not a Tensor")
            value, found = cost.data, gradients(cost, self.tensors)
        if updates:
            count = len(memory) // len(self.groups)
            for k, (p, gradient) in enumerate(zip(arrays, found)):
                if gradient is not None:  # kernels go over it piece by piece
                    own = memory[k * count : (k + 1) * count]
                    piece = p, gradient, own, np.empty_like(p), np.empty_like(p)
                    self.optimizer.move(piece, numbers[which[k]])
            found = [gradient is not None for gradient in found]
        return value, found, changed[len(self.moved) :]


def _settings(x: Any, without: Sequence[str] = ()) -> dict[str, Any]:
    """Return the attributes that say what an object does."""
    return {
        name: value
        for name, value in vars(x).items()
        if name not in without and (isinstance(value, PLAIN) or callable(value))
    }
