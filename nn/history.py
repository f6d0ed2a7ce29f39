"""History of a training run: numbers for each epoch, the best epoch, a plot."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

LOWER, HIGHER = "lower", "higher"


@dataclass(repr=False)
class History:
    """Numbers of a training run, epoch by epoch; notebooks show its curves.

    `loss` has the mean losses of training, while the weights moved; `metrics` the measures of the
    validation data by their names, after the epoch; `lr` the learning rates; `seconds` is the time
    that it took. `better` says whether "lower" or "higher" numbers are better in the first of the
    metrics, and `ended` why training ended: after its "epochs", for lack of "patience", on the wish
    of a "callback" or by an "interrupt"; it is "" until then.

    >>> history = History([0.9, 0.5, 0.4], {"accuracy": [0.6, 0.8, 0.7]}, better="higher")
    >>> history.validation, history.best
    ([0.6, 0.8, 0.7], 2)
    >>> history
    <history of 3 epochs: loss 0.4, accuracy 0.7, best epoch 2, 0.0 s>
    """

    loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    lr: list[float] = field(default_factory=list)
    seconds: float = 0.0
    better: str = ""
    ended: str = ""

    @property
    def validation(self) -> list[float]:
        """First of the metrics; without metrics, []."""
        return next(iter(self.metrics.values()), [])

    @property
    def best(self) -> int | None:
        """Number, from 1, of the best epoch by the first metric, or by the training loss if none.

        None where there is no number. Raises ValueError where `better` is not known.
        """
        numbers, better = (self.validation, self.better) if self.metrics else (self.loss, LOWER)
        if better not in (LOWER, HIGHER):
            name = next(iter(self.metrics))
            raise ValueError(
                f"History: it is not known which {name} is better; fit(..., better='lower') says so"
            )
        places = [i for i, x in enumerate(numbers) if not math.isnan(x)]
        choose = min if better == LOWER else max
        return choose(places, key=numbers.__getitem__) + 1 if places else None

    def add(self, loss: float, metrics: Mapping[str, float], lr: float, seconds: float) -> None:
        """Append the numbers of an epoch."""
        self.loss.append(loss)
        self.lr.append(lr)
        for name, number in metrics.items():
            self.metrics.setdefault(name, []).append(number)
        self.seconds = seconds

    def cut(self, epochs: int) -> None:
        """Remove all epochs after the first `epochs`."""
        for numbers in (self.loss, self.lr, *self.metrics.values()):
            del numbers[epochs:]

    def line(self, epochs: int) -> str:
        """Return the last epoch, of `epochs`, as a line of text."""
        return f"epoch {len(self.loss)}/{epochs}: {self._last()}, {self.seconds:.1f} s"

    def _last(self) -> str:
        """Return the numbers of the last epoch in words."""
        numbers = {"loss": self.loss[-1:]}
        for name, values in self.metrics.items():
            numbers["validation loss" if name == "loss" else name] = values[-1:]
        return ", ".join(f"{name} {x:.4g}" for name, values in numbers.items() for x in values)

    def _told(self) -> str:
        """Return all that is told in a line: the last numbers, the best epoch, time and end."""
        epochs = f"{len(self.loss):,} epoch{'s' * (len(self.loss) != 1)}"
        best = f"best epoch {self._marked:,}" if self._marked else ""
        end = f"ended by {self.ended}" if self.ended not in ("", "epochs") else ""
        told = filter(None, [self._last(), best, f"{self.seconds:.1f} s", end])
        return f"{epochs}: {', '.join(told)}"

    @property
    def _marked(self) -> int | None:
        """The best epoch, where it is known."""
        return self.best if self.better or not self.metrics else None

    def __repr__(self) -> str:
        return f"<history of {self._told()}>"

    def _repr_html_(self) -> str:
        """Return the curves, and the last numbers."""
        from autograd.notebooks import paragraph
        from nn.curves import curves

        picture = curves(self._panels(), self._marked) if self.loss else ""
        return f'<div style="overflow:auto">{picture}</div>{paragraph(self._told())}'

    def _panels(self) -> list[tuple[str, dict[str, list[float]]]]:
        """Return the lines of each measure, by their names."""
        panels: list[tuple[str, dict[str, list[float]]]] = [("loss", {"training": self.loss})]
        for name, numbers in self.metrics.items():
            if name == "loss":
                panels[0][1]["validation"] = numbers
            else:
                panels.append((name, {"validation": numbers}))
        return panels

    def plot(self, path: str | PathLike[str] | None = None) -> Any:
        """Draw losses and metrics by epoch; return matplotlib's figure.

        The figure is saved to `path`, if there is one.

        Raises ImportError where matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
            from matplotlib.ticker import MaxNLocator
        except ImportError:
            text = "History.plot: matplotlib is not installed; pip install chainrule[plot]"
            raise ImportError(text) from None
        panels = self._panels()
        figure = Figure(figsize=(6, 1 + 2.5 * len(panels)), layout="constrained")
        all_axes = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
        for axes, (name, lines) in zip(all_axes, panels):
            for label, numbers in lines.items():
                axes.plot(range(1, len(numbers) + 1), numbers, ".-", label=label)
            axes.set_ylabel(name)
            axes.legend()
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if path is not None:
            figure.savefig(path)
        return figure


def named(metric: Any) -> dict[str, Callable[[Any, Any], Any]]:
    """Return metrics by their names; ValueError or TypeError for anything else."""
    if not isinstance(metric, Mapping):
        if not callable(metric):
            got = f"{metric!r} as metric"
            raise TypeError(f"fit: got {got}; it must be a function, such as nn.accuracy")
        metric = {_plain(metric).__name__: metric}
    for name, each in metric.items():
        if not isinstance(name, str) or not callable(each):
            raise TypeError(f"fit: got {name!r}: {each!r} as a metric; it must be name: function")
    if not metric:
        raise ValueError("fit: got no metrics; None stands for the loss")
    return dict(metric)


def better_of(metric: Any, loss: Any, better: str | None) -> str:
    """Return whether "lower" or "higher" is better, as given or by this package; "" if unknown."""
    if better not in (None, LOWER, HIGHER):
        raise ValueError(f"fit: got better {better!r}; it must be 'lower' or 'higher'")
    if better is None:
        function = _plain(metric)
        home = getattr(function, "__module__", "")
        if function is _plain(loss) or home == "nn.losses":
            return LOWER
        return HIGHER if home == "nn.metrics" else ""
    return better


def _plain(function: Any) -> Any:
    """Return a function without functools.partial; for an object, its class."""
    while isinstance(function, functools.partial):
        function = function.func
    return function if hasattr(function, "__name__") else type(function)
