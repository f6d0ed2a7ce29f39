"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

import autograd as ag
from nn.data import batches, check_batches
from nn.optim import SGD

Array = npt.NDArray[Any]


@dataclass
class History:
    """What happened in each epoch: the mean training loss, the measure of the validation data."""

    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    seconds: float = 0.0


def fit(
    model: Callable[[Any], Any],
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    *,
    loss: Callable[[Any, Any], Any],
    optimizer: SGD,
    epochs: int,
    batch_size: int,
    validation: tuple[Array, Array] | None = None,
    metric: Callable[[Any, Any], float] | None = None,
    on_epoch: Callable[[int, History], None] | None = None,
    rng: np.random.Generator | None = None,
    progress: bool | None = None,
) -> History:
    """Train by mini-batches: forward, loss, backward, step; once through X and Y an epoch.

    `loss(prediction, target)` gives one number; `metric(prediction, target)` is taken on the
    `validation` pair after every epoch, then `on_epoch(epoch, history)` is called. `progress`
    shows a bar; by default on a terminal only. Raises ValueError for data, sizes or numbers of
    epochs that do not fit, FloatingPointError when the loss is no longer a number.
    """
    if epochs < 1:
        raise ValueError(f"fit: got {epochs} epochs; it needs at least 1")
    if (validation is None) != (metric is None):
        raise ValueError("fit: got one of validation and metric; they go together")
    X, Y = np.asarray(X), np.asarray(Y)
    if not len(X):
        raise ValueError("fit: got no examples")
    rng = rng or np.random.default_rng()
    check_batches(X, Y, batch_size)
    learns = False  # not known before the first step
    history, start = History(), time.perf_counter()
    total = epochs * -(-len(X) // batch_size)
    disable = None if progress is None else not progress
    with tqdm(total=total, disable=disable, unit="batch", leave=False) as bar:
        for epoch in range(1, epochs + 1):
            bar.set_description(f"epoch {epoch}/{epochs}")
            summed = 0.0
            for x, y in batches(X, Y, batch_size, rng):
                optimizer.zero_grad()
                cost = loss(model(x), y)
                if not isinstance(cost, (ag.Value, ag.Tensor)):
                    got = type(cost).__name__
                    raise TypeError(f"fit: the loss gave a {got}; it must give a Value or Tensor")
                cost.backward()
                if not (learns or any(p.has_grad for p in optimizer.parameters)):
                    raise ValueError(
                        "fit: the loss depends on no parameter of the optimizer "
                        "(inside no_grad nothing is recorded)"
                    )
                learns = True
                optimizer.step()
                summed += float(cost.data) * len(x)
                bar.update()
            history.loss.append(summed / len(X))
            history.seconds = time.perf_counter() - start
            if not math.isfinite(summed):
                raise FloatingPointError(f"fit: the loss became {summed} in epoch {epoch}")
            if validation is not None and metric is not None:
                with ag.no_grad():
                    measured = metric(model(validation[0]), validation[1])
                history.validation.append(float(getattr(measured, "data", measured)))
            if on_epoch is not None:
                on_epoch(epoch, history)
    history.seconds = time.perf_counter() - start
    return history
