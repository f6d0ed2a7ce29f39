"""The training loop."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd as ag
from nn.checkpoint import Checkpoint, FilePath, Snapshot, Trained
from nn.data import Batches, Rng, examples
from nn.history import History, better_of, named
from nn.module import Module
from nn.optim import COUNT, POSITIVE, Optimizer, checked, clip_gradients
from nn.schedules import Schedule

Array = npt.NDArray[Any]
Function = Callable[[Any, Any], Any]
Callback = Callable[[int, History], object]


def fit(
    model: Callable[[Any], Any],
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    *,
    loss: Function,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | Batches,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    metric: Function | Mapping[str, Function] | None = None,
    better: str | None = None,
    patience: int | None = None,
    restore_best: bool | None = None,
    schedule: Schedule | None = None,
    clip_norm: float | None = None,
    callbacks: Sequence[Callback] = (),
    rng: Rng = None,
    progress: bool | None = None,
    checkpoint: FilePath | None = None,
    checkpoint_every: int = 1,
    resume: bool = True,
) -> History:
    """Train by mini-batches: forward, loss, backward, step; once through X and Y an epoch.

    What is trained:

    - `model` gets a batch of X, as an array; `loss(prediction, target)` gives one number, the mean
      over the batch. Where all parameters are Values, the model gets one example at a time, as a
      list (a number, if X has one axis), and the loss lists of all outputs and targets.
    - `batch_size` may be `Batches(size, keep=k)`: new batches only every k epochs.
    - `schedule` gives the factor by which the learning rate is multiplied (`nn.schedules`); in the
      end it is what it was. `clip_norm` limits the norm of the gradient (`clip_gradients`).
    - `rng`, a generator or a seed, chooses the batches. A Module is in the mode of training then,
      in that of use when it is measured, and in its own again in the end.

    What is measured:

    - After every epoch `metric(prediction, target)`, or several by names, on the `validation` pair;
      without a metric the loss, as "loss".
    - The first metric tells which epoch is best, for `patience` and `restore_best`. Of this
      package's losses lower numbers are better, of its measures higher ones; for others `better`
      has to say it: "lower" or "higher".
    - With `patience` training ends after so many epochs without a better one. `restore_best` puts
      the weights of the best epoch back in the end; by default where there is patience.

    What is seen:

    - `callbacks`, functions (epoch, history), are called after every epoch, the first of which is
      1; where one returns True, it is the last.
    - `progress` shows a bar on a terminal, which is the default there, and else, if True, prints a
      line for each epoch; both to stderr.

    What is kept:

    - `checkpoint` is a file that has, every `checkpoint_every` epochs and in the end, all that the
      rest depends on: a run that was killed and is started again as it was goes on from there, and
      ends with the same bits, if all that is random comes from the generators of fit and of the
      modules. With `resume=False` it starts anew. Callbacks of an epoch may be called again.
    - Ctrl-C ends training, and gives the history of the epochs that are finished. Then, as after
      every error, model, optimiser and generators are as at the end of the last of these.

    Raises ValueError and TypeError for what does not fit, nan in the data among it; OSError for a
    checkpoint that can't be written; FloatingPointError when the loss or a parameter is no longer a
    finite number, which names the operation that began it.

    >>> from nn.losses import mse
    >>> from nn.optim import SGD
    >>> slope = ag.Value(0.0)
    >>> history = fit(
    ...     lambda x: slope * x, [1.0, -1.0], [2.0, -2.0],
    ...     loss=mse, optimizer=SGD([slope], lr=0.25), epochs=4, batch_size=2,
    ... )  # fmt: skip
    >>> history.loss, slope.data
    ([4.0, 1.0, 0.25, 0.0625], 1.875)
    """
    X, Y = examples("fit", X, Y)
    if not isinstance(epochs, (int, np.integer)) or epochs < 1:
        raise ValueError(f"fit: got {epochs} epochs; it needs an integer of at least 1")
    checked("fit", "checkpoint_every", checkpoint_every, COUNT)
    for name, limit, needs in (("patience", patience, COUNT), ("clip_norm", clip_norm, POSITIVE)):
        if limit is not None:
            checked("fit", name, limit, needs)
    if not isinstance(optimizer, Optimizer):
        got = f"a {type(optimizer).__name__} as optimizer"
        raise TypeError(f"fit: got {got}; it must be one that goes by batches, such as SGD")
    restore_best = patience is not None if restore_best is None else restore_best
    plan = batch_size if isinstance(batch_size, Batches) else Batches(batch_size)
    trained = Trained(model, optimizer, np.random.default_rng(rng))
    steps = _Steps(model, loss, optimizer, X, Y, plan, clip_norm, trained)
    measures = {"loss": loss} if metric is None else named(metric)
    better = better_of(next(iter(measures.values())), loss, better)
    if validation is None and (metric is not None or restore_best):
        raise ValueError("fit: got no validation data; metric, patience, restore_best need them")
    if restore_best and not better:
        raise ValueError(f"fit: got {[*measures][0]}; better='lower' or 'higher' must say which is")
    run = _Run(steps, plan, trained, History(better=better), epochs, patience, restore_best)
    if validation is not None:
        run.measure = steps.measurement(*examples("fit: validation", *validation), measures)
    run.callbacks = callbacks
    if checkpoint is not None:
        setup = {"batch_size": plan.size, "keep": plan.keep, "examples": len(X)}
        setup |= {"optimizer": type(optimizer).__name__}
        run.keep_in(Checkpoint(checkpoint, setup), checkpoint_every, resume)
    run.rates = _rates(schedule, run.base, epochs)
    with _modes(model) as run.train, _display(progress, run.history, epochs, steps) as run.told:
        run.to_the_end()
    return run.history
