"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd as ag
from autograd.files import FilePath
from autograd.names import hinted
from nn.checkpoint import Checkpoint, TrainingState
from nn.data import Batches, Rows, examples
from nn.history import History, better_of, named
from nn.optim import Optimizer
from nn.options import COUNT, POSITIVE, Rng, checked, generator
from nn.parallel import Team, together
from nn.progress import progressing
from nn.schedules import Schedule
from nn.steps import Function, NotFiniteError, Steps

Array = npt.NDArray[Any]
Callback = Callable[[int, History], object]


@hinted
def fit(
    model: Callable[[Any], Any],
    X: npt.ArrayLike | Rows,
    Y: npt.ArrayLike | Rows,
    *,
    loss: Function,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | Batches,
    validation: tuple[npt.ArrayLike | Rows, npt.ArrayLike | Rows] | None = None,
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
    compile: bool | str = False,
    comm: Any = None,
    shards: int | None = None,
    timeout: float = 600.0,
) -> History:
    """Train by mini-batches: forward, loss, backward, step; once through X and Y an epoch.

    Training:

    - `model` gets a batch of X, as an array; `loss(prediction, target)` gives one number, the mean
      over the batch. Where all parameters are Values, the model gets one example at a time, as a
      list (a number, if X has one axis), and the loss lists of all outputs and targets.
    - `batch_size` may be `Batches(size, keep=k)`: new batches only every k epochs; or
      `Batches(size, drop_last=True)`: without a last batch that is smaller.
    - `schedule` gives a factor of the learning rate for each epoch (`nn.schedules`); the rate is
      restored at the end. `clip_norm` limits the norm of the gradient (`clip_gradients`).
    - `rng`, a generator or a seed, chooses the batches. A Module is in training mode for steps, in
      evaluation mode for measures, and in its own mode again at the end.

    Measures:

    - After every epoch `metric(prediction, target)`, or a dict of several by names, is computed on
      the `validation` pair, at most 1000 examples at a time; without a metric the loss, as "loss".
    - The first metric decides which epoch is best, for `patience` and `restore_best`. For this
      package's losses lower is better, for its metrics higher; for others `better` must be given:
      "lower" or "higher".
    - With `patience` training ends after that number of epochs without a better one.
      `restore_best` restores the weights of the best epoch at the end; it is on by default where
      `patience` is given.

    Progress:

    - `callbacks`, functions (epoch, history), are called after every epoch, counted from 1; where
      one returns True, training ends.
    - `progress` shows a bar on a terminal and in a notebook, where it is the default; elsewhere, if
      True, it prints a line for each epoch to stderr.

    Checkpoints:

    - `checkpoint` is a file with the complete state, written every `checkpoint_every` epochs and at
      the end. A killed run that is started again with the same arguments resumes from it, and ends
      with the same bits, if all random numbers come from the generators of fit and of the modules.
      With `resume=False` it starts anew. Callbacks of an epoch may be called again.
    - With `compile` steps are recorded by `ag.compile`, once for each form of a batch, and run as
      programs: every number is the same; with `compile="fast"` to some units in the last place.
      What the model and the loss read elsewhere, as globals, is read when they are recorded.
      Refused are parameters that are Values, numbers drawn at random but by Dropout, `backward()`
      in a loss, optimisers with a `step` of their own, and what else `ag.compile` can't record.
    - Ctrl-C ends training, and returns the history of the finished epochs. Then, as after every
      error, model, optimiser and generators are as at the end of the last finished epoch; with
      `restore_best`, after Ctrl-C, the weights are those of the best epoch.

    Much data, and workers (docs/scaling.md):

    - X and Y may be an `np.memmap`, or anything with a `shape` and rows for arrays of ascending
      indices, such as datasets of h5py and arrays of Zarr: a batch is read when it is needed, and
      what is not in memory is not searched for nans.
    - With `comm`, a communicator of mpi4py, its processes train together; each calls fit with the
      same arguments. `batch_size` stays that of all. A batch is cut into a number of `shards`, a
      power of two and 8 by default, of which all workers compute as many. On machines of one kind,
      all bits are the same for 1, 2, 4, ... workers, and for `shards` without `comm`.
    - The loss must be a mean over examples. Dropout draws for each shard, batch norm takes the
      statistics of each, and its buffers move by the mean of the moves. Worker 0 computes metrics,
      of all predictions, shows progress, and has the checkpoint; callbacks run on all.
    - A worker that waits for another longer than `timeout` seconds ends, and so do the others. An
      error, or Ctrl-C, that is not caught on one worker ends all.

    Raises ValueError and TypeError for arguments that do not fit, such as nan in the data; OSError
    for a checkpoint that can't be written; FloatingPointError, which names the first operation,
    when the loss or a parameter is no longer finite.

    >>> from autograd import Value
    >>> from nn import SGD, mse
    >>> slope = Value(0.0)
    >>> history = fit(
    ...     lambda x: slope * x, [1.0, -1.0], [2.0, -2.0],
    ...     loss=mse, optimizer=SGD([slope], lr=0.25), epochs=4, batch_size=2,
    ... )  # fmt: skip
    >>> history.loss, slope.data
    ([4.0, 1.0, 0.25, 0.0625], 1.875)
    """
    with together(comm, shards, timeout) as team:
        inputs, targets = examples("fit", X, Y)
        if not isinstance(epochs, (int, np.integer)) or epochs < 1:
            raise ValueError(f"fit: got {epochs} epochs; it needs an integer of at least 1")
        checked("fit", "checkpoint_every", checkpoint_every, COUNT)
        if patience is not None:
            checked("fit", "patience", patience, COUNT)
        if clip_norm is not None:
            checked("fit", "clip_norm", clip_norm, POSITIVE)
        for name, function, needs in (
            ("model", model, "a function of a batch, such as a network"),
            ("loss", loss, "a function (prediction, target), such as nn.mse"),
            ("schedule", schedule, "a function of the epoch, such as nn.schedules.cosine(10)"),
        ):
            if (function is not None or name != "schedule") and not callable(function):
                raise TypeError(f"fit: got {function!r} as {name}; it must be {needs}")
        if not isinstance(optimizer, Optimizer):
            kind = isinstance(optimizer, type)
            got = f"the class {optimizer.__name__}" if kind else f"a {type(optimizer).__name__}"
            needs = "one that goes by batches, such as nn.SGD(model.parameters(), lr=0.1)"
            raise TypeError(f"fit: got {got} as optimizer; it must be {needs}")
        if callable(callbacks):
            raise TypeError("fit: got a function as callbacks; it must be a list of functions")
        for callback in callbacks:
            if not callable(callback):
                raise TypeError(f"fit: got {callback!r} as a callback; it must be a function")
        restore_best = patience is not None if restore_best is None else restore_best
        plan = batch_size if isinstance(batch_size, Batches) else Batches(batch_size)
        trained = TrainingState(model, optimizer, generator("fit", rng))
        program = None
        if compile not in (False, True, "fast"):
            raise ValueError(f'fit: got compile={compile!r}; it must be True, False or "fast"')
        if compile:
            from nn.compiled import CompiledStep  # which takes long to import

            program = CompiledStep(model, loss, optimizer, trained, compile != "fast")
        alike = model, loss, optimizer, inputs, targets, plan, clip_norm, trained, program
        parallel = comm is not None or shards is not None
        if parallel:
            from nn.parallel_steps import ShardedSteps, card

            steps: Steps = ShardedSteps(*alike, team=team)
            options = {"batch_size": plan, "shards": team.shards, "metric": metric, "loss": loss}
            options |= {"epochs": epochs, "patience": patience, "restore_best": restore_best}
            options |= {"validation": validation, "callbacks": callbacks, "schedule": schedule}
            options |= {"clip_norm": clip_norm, "better": better, "compile": compile}
            options |= {"a checkpoint": checkpoint is not None, "resume": resume}
            team.agree(card(steps, options))
            trained.put_noise(team.from_first(trained.noise()))  # so a generator needs no seed
        else:
            steps = Steps(*alike)
        measures = {"loss": loss} if metric is None else named(metric)
        better = better_of(next(iter(measures.values())), loss, better)
        measured = list(measures) if validation is not None else []
        if validation is None and (metric is not None or restore_best):
            raise ValueError(
                "fit: got no validation data; metric, patience, restore_best need them"
            )
        if restore_best and not better:
            name = measured[0]
            raise ValueError(f"fit: got {name}, of which better='lower' or 'higher' must be said")
        history = History(better=better)
        with _modes(trained) as train, ag.no_grad():  # finds before training what does not fit
            train(False)
            steps.check_outputs()
        run = _Run(steps, trained, history, epochs, patience, restore_best, callbacks, team)
        if validation is not None:
            if not isinstance(validation, (tuple, list)) or len(validation) != 2:
                got = f"validation of type {type(validation).__name__}"
                raise ValueError(f"fit: got {got}; it must be a pair of inputs and targets")
            held_out = examples("fit: validation", *validation)
            with _modes(trained) as train, ag.no_grad():  # finds before training what does not fit
                train(False)
                steps.predict(held_out[0][:1], held_out[1][:1])
            run.measure = steps.measurement(*held_out, measures)
        if checkpoint is not None:
            setup: dict[str, Any] = {"optimizer": type(optimizer).__name__, "metrics": measured}
            setup |= {"batch_size": plan.size, "keep": plan.keep, "examples": len(inputs)}
            setup |= {"drop_last": plan.drop_last, "shards": team.shards if parallel else None}
            run.keep_in(Checkpoint(checkpoint, setup), checkpoint_every, resume)
        run.to_the_end(schedule, progress if team.rank == 0 else False)
        return run.history


@dataclass
class _Run:
    """Training run from epoch to epoch, and how it ends."""

    steps: Steps
    trained: TrainingState
    history: History
    epochs: int
    patience: int | None
    restore_best: bool
    callbacks: Sequence[Callback]
    team: Team
    measure: Callable[[], dict[str, float]] | None = None
    file: Checkpoint | None = None
    every: int = 1

    def __post_init__(self) -> None:
        self.kept, self.base = self.trained.take(0, None, None), self.steps.optimizer.lr
        self.written, self.stop = 0, False

    def keep_in(self, file: Checkpoint, every: int, resume: bool) -> None:
        """Resume from the checkpoint, if there is one, or begin it."""
        self.file, self.every = file, every
        is_there = False
        if self.team.rank == 0:  # the only one that needs to have the file
            file.clean()
            is_there = resume and Path(file.path).exists()
        if self.team.from_first(is_there):
            found = file.read(self.trained) if self.team.rank == 0 else None
            self.kept, self.history, self.base = self.team.from_first(found)
            self.written, self.stop = self.kept.epoch, self.history.ended == "callback"
            self.history.ended = ""
        self.trained.put(self.kept)  # which lays arrays out as in a run that is resumed
        if self.team.rank == 0 and not is_there:
            file.write(self.kept, self.history, self.base)

    def to_the_end(self, schedule: Schedule | None, progress: bool | None) -> None:
        """Train; leave model, optimiser and generators as `fit` says."""
        optimizer = self.steps.optimizer
        order = np.empty(0, int) if self.kept.order is None else self.kept.order
        rates = None if schedule is None else _rates(schedule, self.base, self.epochs)
        start = time.perf_counter() - self.history.seconds
        with _modes(self.trained) as train, self.shown(progress) as (tick, told):
            try:
                while not self.ended():
                    n = self.kept.epoch
                    if rates is not None:
                        optimizer.lr = rates[n]
                    train(True)
                    order = self.steps.plan.order(n, order, len(self.steps.X), self.trained.rng)
                    mean = self.steps.epoch(order, tick)
                    train(False)
                    measured = {} if self.measure is None else self.measure()
                    seconds = time.perf_counter() - start
                    self.history.add(mean, measured, optimizer.lr, seconds)
                    self.finish(order, told)
                self.history.ended = self.ended()
            except BaseException as error:
                self.trained.put(self.kept)
                self.history.cut(self.kept.epoch)
                if isinstance(error, NotFiniteError):
                    train(True)
                    told_of = self.steps.origin(self.kept, order, error)
                    raise FloatingPointError(told_of) from None
                if self.team.size > 1 or not isinstance(error, KeyboardInterrupt):
                    raise  # of several workers, some may be an epoch ahead
                self.history.ended = "interrupt"
                self.write()
            finally:
                if rates is not None:
                    optimizer.lr = self.base
        if self.restore_best and self.kept.best is not None:
            self.trained.put_weights(self.kept.best)

    def shown(self, progress: bool | None) -> Any:
        """Return the context in which progress is shown."""
        total, done = (epochs * self.steps.count for epochs in (self.epochs, self.kept.epoch))
        return progressing(progress, lambda: self.history.line(self.epochs), total, done)

    def finish(self, order: Array, told: Callable[[], None]) -> None:
        """End an epoch after its measures: best weights, callbacks, end of training, checkpoint."""
        n = self.kept.epoch + 1
        best = self.kept.best
        if self.restore_best and self.history.best == n:
            best = self.trained.weights()
        order_kept = order if n % self.steps.plan.keep else None
        self.kept = self.trained.take(n, best, order_kept)
        told()
        for callback in self.callbacks:
            wish = callback(n, self.history)
            self.stop |= isinstance(wish, (bool, np.bool_)) and bool(wish)
        if self.callbacks:
            self.stop = any(self.team.gathered(self.stop))
            self.kept = self.trained.take(n, best, order_kept)
        self.history.ended = self.ended()
        if self.history.ended or n % self.every == 0:
            self.write()

    def ended(self) -> str:
        """Return why training ends here, or ""."""
        n = self.kept.epoch
        if self.stop:
            return "callback"
        if self.patience is not None and n - (self.history.best or 0) >= self.patience:
            return "patience"
        return "epochs" if n >= self.epochs else ""

    def write(self) -> None:
        """Write the checkpoint, if it is not up to date."""
        if self.file is None or self.team.rank:
            return
        if self.written < self.kept.epoch:
            self.file.write(self.kept, self.history, self.base)
            self.written = self.kept.epoch


def _rates(schedule: Schedule, base: float, epochs: int) -> list[float]:
    """Return the learning rate of each epoch; ValueError unless all are positive and finite."""
    rates = [base * schedule(n) for n in range(epochs)]
    for n, rate in enumerate(rates):
        if not 0 < rate < math.inf:
            got = f"the learning rate {rate} from the schedule for epoch {n + 1}"
            raise ValueError(f"fit: got {got}; it must be positive and finite")
    return rates


@contextmanager
def _modes(trained: TrainingState) -> Iterator[Callable[[bool], object]]:
    """Yield a function that sets the mode of the modules; restore all modes at the end."""
    modes = [(module, module.training) for _, module in trained.modules]

    def train(mode: bool) -> None:
        for module, _ in modes:
            module.training = mode

    try:
        yield train
    finally:
        for module, before in modes:
            module.training = before
