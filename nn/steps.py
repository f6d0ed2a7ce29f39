"""One training epoch, and the diagnosis of a loss or parameter that is not finite."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import autograd as ag
from nn.checkpoint import Kept, TrainingState
from nn.clipping import shorten
from nn.data import Batches
from nn.losses import bce, kl
from nn.metrics import plain
from nn.optim import Optimizer

if TYPE_CHECKING:
    from nn.compiled import CompiledStep

Array = npt.NDArray[Any]
Function = Callable[[Any, Any], Any]
PIECE = 1000
"""Number of examples that are predicted at a time: convolutions need much memory for each."""


MOST_NAMED = 5
LEVEL = 6
"""Stack level of the caller of fit, for warnings."""


class NotFiniteError(Exception):
    """Error of training at a number that is not finite: says what, and in which batch."""

    def __init__(self, what: str, batch: int) -> None:
        super().__init__(what)
        self.what, self.batch = what, batch


@dataclass
class Steps:
    """Steps of an epoch."""

    model: Callable[[Any], Any]
    loss: Function
    optimizer: Optimizer
    X: Array
    Y: Array
    plan: Batches
    clip_norm: float | None
    trained: TrainingState
    program: CompiledStep | None = None

    def __post_init__(self) -> None:
        own = [parameter for _, parameter in self.trained.parts.parameters()]
        parameters = [*self.optimizer.parameters, *own]
        self.by_example = not any(isinstance(p, ag.Tensor) for p in parameters)
        self.count = self.plan.count("fit", len(self.X))
        self.checked = False
        self.others: dict[int, Any] = {}

    def predict(self, X: Array, Y: Array) -> Any:
        """Compute the outputs of the model, nested as the targets are."""
        if not self.by_example:
            return self.model(X)
        outputs = [self.model(x) for x in X.tolist()]
        if Y.ndim == 2 and Y.shape[1] == 1 and not isinstance(outputs[0], (list, tuple)):
            return [[x] for x in outputs]
        return outputs

    def predict_all(self, X: Array, Y: Array) -> Any:
        """Compute the outputs for many examples, in pieces if there is a row for each example."""
        if self.by_example or len(X) <= PIECE:
            return self.predict(X[:], Y[:])
        pieces = []
        for at in range(0, len(X), PIECE):
            x, y = X[at : at + PIECE], Y[at : at + PIECE]
            pieces.append(self.predict(x, y))
            if getattr(pieces[-1], "shape", ())[:1] != (len(x),):
                return self.predict(X[:], Y[:])
        return np.concatenate(pieces)

    def check_outputs(self) -> None:
        """Raise where the loss takes probabilities and the model's outputs must be logits."""
        loss: Any = self.loss
        options = {}
        if isinstance(loss, functools.partial):
            loss, options = loss.func, loss.keywords
        if loss not in (bce, kl) or options.get("from_logits"):
            return
        numbers = plain(self.predict(self.X[: self.plan.size], self.Y[: self.plan.size]))
        if ((numbers < 0) | (numbers > 1 + 1e-6)).any():  # what adds up to 1 may round
            got = f"predictions from {numbers.min():.4g} to {numbers.max():.4g}"
            needs = f"{loss.__name__} needs probabilities, or logits with from_logits=True"
            raise ValueError(f"fit: got {got}; {needs}")

    def cost(self, chosen: Array) -> Any:
        """Compute the loss of a batch."""
        x, y = self.X.take(chosen, 0), self.Y.take(chosen, 0)
        return self.loss(self.predict(x, y), y.tolist() if self.by_example else y)

    def epoch(self, order: Array, tick: Callable[[], object] | None = None) -> float:
        """Make a step for each batch; return the mean loss of the examples."""
        model, loss, optimizer, clip_norm = self.model, self.loss, self.optimizer, self.clip_norm
        X, Y, size, total, number = self.X, self.Y, self.plan.size, 0.0, 0
        program, last = self.program, (len(order) - 1) // size * size
        if program is not None:
            program.begin()
        for at in range(0, len(order), size):  # with little around each step
            chosen = order[at : at + size]
            number += 1
            if program is not None and self.checked and not self.others:
                # the last step leaves gradients for those who look
                updates = clip_norm is None and at != last
                value = program(X.take(chosen, 0), Y.take(chosen, 0), updates)
                if not math.isfinite(value):
                    raise NotFiniteError(f"the loss became {value}", number)
                if not updates:
                    if clip_norm is not None:
                        shorten("fit", optimizer.parameters, clip_norm)
                    optimizer.step()
                total += value * len(chosen)
                if tick is not None:
                    tick()
                continue
            optimizer.zero_grad()
            if self.by_example:
                cost = self.cost(chosen)
            else:
                cost = loss(model(X.take(chosen, 0)), Y.take(chosen, 0))
            if not self.checked:
                check_loss(cost)
                self.others = self.untrained(cost)
            elif self.others:
                self.tell_untrained(self.untrained(cost))
            value = float(cost.data)
            if not math.isfinite(value):
                raise NotFiniteError(f"the loss became {value}", number)
            if isinstance(cost, ag.Tensor):
                cost.backward(release=True)
            else:
                cost.backward()
            if not self.checked:
                self.check_gradients()
            if clip_norm is not None:
                shorten("fit", optimizer.parameters, clip_norm)
            optimizer.step()
            total += value * len(chosen)
            if tick is not None:
                tick()
        if self.others and number == 1:
            self.tell_untrained(self.others)
        if not finite(parameter.data for parameter in optimizer.parameters):
            raise NotFiniteError("a parameter became nan or inf", number)
        return total / len(order)

    def check_gradients(self) -> None:
        """Raise unless the first loss gave a gradient."""
        if not any(parameter.has_grad for parameter in self.optimizer.parameters):
            raise ValueError(
                "fit: the loss depends on no parameter of the optimizer "
                "(inside no_grad nothing is recorded)"
            )
        self.checked = True

    def untrained(self, cost: Any) -> dict[int, Any]:
        """Return the leaves of a loss that the optimiser does not have, without the frozen ones."""
        parts = self.trained.parts
        frozen = {id(p) for _, p in parts.parameters()} - {id(p) for p in parts.trainable()}
        left_alone = {id(p) for p in self.optimizer.parameters} | frozen
        found, seen, stack = {}, set(), [cost]
        while stack:
            node = stack.pop()
            if id(node) not in seen:
                seen.add(id(node))
                stack += node.parents
                if not node.op and id(node) not in left_alone:
                    found[id(node)] = node
        return found

    def tell_untrained(self, again: Mapping[int, Any]) -> None:
        """Warn of the untrained leaves that a second loss has too; leaves it makes are its own."""
        paths = {id(p): path for path, p in self.trained.parts.parameters()}
        names = [
            paths.get(i) or leaf.name or f"a {type(leaf).__name__} of shape {np.shape(leaf.data)}"
            for i, leaf in self.others.items()
            if i in again
        ]
        self.others = {}
        if names:
            told = ", ".join(sorted(names)[:MOST_NAMED]) + ", ..." * (len(names) > MOST_NAMED)
            text = f"fit: the loss depends on {told}, which the optimizer does not have: it stays"
            advice = "as it is; give it to the optimizer, freeze() its module, or use detach()"
            warnings.warn(f"{text} {advice}", stacklevel=LEVEL)

    def origin(self, kept: Kept, order: Array, error: NotFiniteError) -> str:
        """Replay the epoch to find where the error began; return the message; restore the state."""
        try:
            with np.errstate(all="ignore"):
                number, began = self.retrace(order, error.batch)
        finally:
            self.trained.put(kept)
        met = f"{error.what} in epoch {kept.epoch + 1}, batch {error.batch}"
        first = "" if number == error.batch else f" in batch {number}"
        whose = f"of the end of epoch {kept.epoch}" if kept.epoch else "that it started with"
        return f"fit: {met}; it began{first} with {began}; the model has the weights {whose}"

    def retrace(self, order: Array, last: int) -> tuple[int, str]:
        """Return the batch where a number was first not finite, and which number it was."""
        optimizer = self.optimizer
        for number, chosen in enumerate(self.plan.parts(order), 1):
            noise = self.trained.noise()
            optimizer.zero_grad()
            cost = self.cost(chosen)
            fine = math.isfinite(float(cost.data))
            if fine:
                cost.backward()
                fine = finite(p.grad for p in optimizer.parameters if p.has_grad)
            if not fine:
                self.trained.put_noise(noise)
                try:
                    with ag.detect_anomaly():
                        self.cost(chosen).backward()
                except FloatingPointError as error:
                    return number, str(error).removeprefix("detect_anomaly: ")
                return number, "what did not happen again"
            if self.clip_norm is not None:
                shorten("fit", optimizer.parameters, self.clip_norm)
            optimizer.step()
            if not finite(parameter.data for parameter in optimizer.parameters):
                return number, "a step that was too large (a lower lr, or clip_norm, may help)"
            if number == last:
                break
        return last, "what did not happen again"

    def measurement(
        self, X: Array, Y: Array, measures: Mapping[str, Function]
    ) -> Callable[[], dict[str, float]]:
        """Return a function that measures the model on these examples."""
        targets = Y[:].tolist() if self.by_example else Y[:]

        def measure() -> dict[str, float]:
            with ag.no_grad():
                prediction = self.predict_all(X, Y)
                return {
                    name: number_of(name, f(prediction, targets)) for name, f in measures.items()
                }

        return measure


def check_loss(cost: Any) -> None:
    """Raise unless a loss is one number to differentiate."""
    if not isinstance(cost, (ag.Value, ag.Tensor)):
        got = f"a {type(cost).__name__}"
        raise TypeError(f"fit: the loss gave {got}; it must give a Value or a Tensor")
    if np.shape(cost.data):
        got = f"shape {np.shape(cost.data)}"
        raise ValueError(f"fit: the loss gave {got}; it must give one number")


def finite(numbers: Iterable[Any]) -> bool:
    """Return whether there is no inf and no nan."""
    return all(math.isfinite(x) if isinstance(x, float) else np.isfinite(x).all() for x in numbers)


def number_of(name: str, x: Any) -> float:
    """Return a measure as a float."""
    array = np.asarray(x.data if isinstance(x, (ag.Value, ag.Tensor)) else x)
    if array.size != 1 or array.dtype.kind not in "biuf":
        got = f"{array.dtype} of shape {array.shape}"
        raise TypeError(f"fit: got {got} from {name}; it must give one number")
    return float(array.item())
