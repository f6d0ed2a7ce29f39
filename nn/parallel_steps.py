"""Training steps of workers, each of which computes some shards of every batch.

A batch is cut into a fixed number of shards. The gradient of the batch is the sum of theirs, each
times its part of the examples, added up as a binary tree. What is added to what is the same for any
number of workers; so are all bits.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd as ag
from nn.clipping import shorten
from nn.data import Batches
from nn.module import constant
from nn.parallel import Team
from nn.steps import PIECE, Function, NotFiniteError, Steps, check_loss, finite, number_of

Array = npt.NDArray[Any]
PLAIN = (bool, int, float, str, type(None))
SAMPLE = 16
"""Most rows of the data that are compared before the training."""
FEW = 128
"""Number of examples below which a shard is dear: most of its time is not spent on numbers."""
LEVEL = 5
"""Stack level of the caller of fit, for the warning of few examples."""


class Room:
    """One array for each dtype, and as views of them all gradients and all moves of buffers.

    Beside the gradients of a dtype are its counts, one for each parameter: of how many shards it
    has a gradient.
    """

    def __init__(self, parameters: Sequence[Any], buffers: Sequence[Array]) -> None:
        shapes = [(np.dtype(getattr(p, "dtype", float)), np.shape(p.data)) for p in parameters]
        places = [*shapes, *((dtype, ()) for dtype, _ in shapes)]
        places += [(x.dtype, x.shape) for x in buffers]
        sizes = {dtype: 0 for dtype, _ in places}
        starts = []
        for dtype, shape in places:
            starts.append(sizes[dtype])
            sizes[dtype] += math.prod(shape)
        self.arrays = {dtype: np.empty(size, dtype) for dtype, size in sizes.items()}
        views = [
            self.arrays[dtype][start : start + math.prod(shape)].reshape(shape)
            for (dtype, shape), start in zip(places, starts)
        ]
        count = len(parameters)
        self.gradients, self.counts = views[:count], views[count : 2 * count]
        self.moves = views[2 * count :]

    def clear(self) -> None:
        """Set all to 0."""
        for array in self.arrays.values():
            array[...] = 0

    def add(self, other: Room) -> None:
        """Add what another has."""
        for dtype, array in self.arrays.items():
            np.add(array, other.arrays[dtype], array)


@functools.lru_cache(maxsize=64)
def parts(count: int, shards: int) -> list[slice]:
    """Return the shards of a batch, of which the first may have one example more than others.

    None has a single example, of which batch normalisation would know no variance: the last ones of
    a small batch are empty.

    >>> [list(range(10)[part]) for part in parts(10, 4)]
    [[0, 1, 2], [3, 4, 5], [6, 7], [8, 9]]
    >>> [list(range(5)[part]) for part in parts(5, 4)]
    [[0, 1, 2], [3, 4], [], []]
    """
    full = max(1, min(shards, count // 2))
    whole, rest = divmod(count, full)
    ends = [min(k, full) * whole + min(k, rest) for k in range(shards + 1)]
    return [slice(*pair) for pair in itertools.pairwise(ends)]


def told(x: Any, sample: int = SAMPLE) -> str:
    """Return an argument in words that are the same where another worker has the same one.

    Of arrays a sample of rows is looked at, or with `sample=0` all of them.
    """
    if isinstance(x, PLAIN):
        return repr(x)
    if isinstance(x, functools.partial):
        return f"{told(x.func)} of {told(x.args)} and {told(x.keywords)}"
    if isinstance(x, Mapping):
        return str({name: told(each) for name, each in x.items()})
    if isinstance(x, (list, tuple)):
        return str([told(each) for each in x])
    if isinstance(x, Batches):
        return repr(x)
    if hasattr(x, "take") and hasattr(x, "dtype"):
        rows = np.arange(len(x)) if x.shape else np.empty(0, int)
        if sample and len(x) > sample:
            rows = np.linspace(0, len(x) - 1, sample).astype(int)
        seen = np.ascontiguousarray(x.take(rows, 0) if len(rows) else x)
        digest = hashlib.sha256(seen.tobytes()).hexdigest()[:8]
        return f"{x.dtype} of shape {x.shape} with the hash {digest}"
    return str(getattr(x, "__qualname__", type(x).__name__))


def card(steps: Steps, options: Mapping[str, Any]) -> dict[str, str]:
    """Return what all workers must have the same of, in words."""
    trained = steps.trained
    found = {f"the option {name}": told(x) for name, x in options.items()}
    found |= {"the inputs X": told(steps.X), "the targets Y": told(steps.Y)}
    for path, module in trained.modules:
        plain = {k: x for k, x in vars(module).items() if isinstance(x, PLAIN)}
        found[f"module {path or 'model'}"] = f"{type(module).__name__} {plain}"
    found |= {name: told(array, 0) for name, array in trained.weights().items()}
    plain = {k: x for k, x in vars(steps.optimizer).items() if isinstance(x, PLAIN)}
    found["the optimizer"] = f"{type(steps.optimizer).__name__} {plain}"
    state = steps.optimizer.state_dict().items()
    found |= {f"the optimizer's {name}": told(array, 0) for name, array in state}
    return found | {"NumPy": np.__version__}


@dataclass
class ShardedSteps(Steps):
    """Steps of an epoch, of which this worker computes some shards."""

    team: Team = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.by_example:
            raise TypeError(
                "fit: got shards and parameters that are Values; it needs Tensors, as of nn.Linear "
                "and of the to_tensors() of an nn.MLP"
            )
        self.buffers = [(owner, name) for _, owner, name in self.trained.parts.buffers()]
        for path, owner, name in self.trained.parts.buffers():
            dtype = np.asarray(getattr(owner, name)).dtype
            if dtype.kind != "f":
                got = f"a buffer {path} of type {dtype}"
                raise TypeError(
                    f"fit: got {got}; with shards, of which a mean is taken, it needs floats"
                )
        self.noise = [
            (module, name, held)
            for _, module in self.trained.modules
            for name, held in vars(module).items()
            if isinstance(held, np.random.Generator)
        ]
        self.drawing = {id(shared): np.random.default_rng(0) for _, _, shared in self.noise}
        self.own = range(self.team.rank * self.team.share, (self.team.rank + 1) * self.team.share)
        self.rooms = self.make_rooms(self.team.share)
        self.found: dict[int, Any] = {}
        self.traced = False
        few = self.plan.size // self.team.shards
        if few < FEW and self.team.rank == 0:
            got = f"{few} examples a shard (batches of {self.plan.size}, {self.team.shards} shards)"
            text = f"fit: got {got}; below {FEW} a step may take twice its time"
            warnings.warn(f"{text}: larger batches or fewer shards help", stacklevel=LEVEL)

    def make_rooms(self, share: int) -> list[Room]:
        """Return as many as a tree of some shards needs at a time."""
        buffers = [np.asarray(getattr(*buffer)) for buffer in self.buffers]
        return [Room(self.optimizer.parameters, buffers) for _ in range(share.bit_length())]

    def check_outputs(self) -> None:
        """Raise also where the loss of a batch is not the mean of the losses of its examples."""
        super().check_outputs()
        count = min(self.plan.size, len(self.X), FEW)
        noise, half = self.trained.noise(), count // 2
        if not half:
            return
        groups = [slice(0, count), slice(0, half), slice(half, count)]
        costs = [constant(self.cost(np.arange(*group.indices(count)))) for group in groups]
        whole, first, second = (number_of("the loss", cost) for cost in costs)
        mean = (half * first + (count - half) * second) / count
        if repr(self.trained.noise()) != repr(noise):  # numbers drawn at random say nothing
            self.trained.put_noise(noise)
            return
        near = math.sqrt(np.finfo(np.asarray(costs[0]).dtype).eps)
        if math.isfinite(whole) and abs(whole - mean) > near * max(
            *map(abs, (whole, first, second))
        ):
            got = f"a loss of {whole:.4g} for {count} examples, and {mean:.4g} as its halves' mean"
            needs = "with shards it must be a mean over examples, as reduction='mean' gives"
            raise ValueError(f"fit: got {got}; {needs}")

    def epoch(self, order: Array, tick: Any = None) -> float:
        """Make a step for each batch, with all workers; return the mean loss of the examples."""
        self.seeds = {id(g): [int(x) for x in g.integers(0, 2**32, 4)] for _, _, g in self.noise}
        self.totals = dict.fromkeys(self.own, 0.0)
        self.walk(order, tick)
        if self.others and self.team.rank == 0:
            self.tell_untrained(self.found)
        self.others = {}
        if not finite(parameter.data for parameter in self.optimizer.parameters):
            raise NotFiniteError("a parameter became nan or inf", self.count)
        totals = self.team.gathered(list(self.totals.values()))
        return math.fsum(itertools.chain(*totals)) / len(order)

    def walk(self, order: Array, tick: Any = None) -> None:
        """Make a step for each batch."""
        own, optimizer = self.own, self.optimizer
        self.states = {
            shard: {
                key: np.random.default_rng([*seed, shard]).bit_generator.state
                for key, seed in self.seeds.items()
            }
            for shard in own
        }
        if self.program is not None:
            self.program.begin()
        for number, chosen in enumerate(self.plan.parts(order), 1):
            whole = self.tree(chosen, number, own.start, own.stop, 0)
            for array in whole.arrays.values():
                self.team.sum(array)
            self.spread(whole)
            if not self.checked:
                self.check_gradients()
                self.others = self.found
            if self.clip_norm is not None:
                shorten("fit", optimizer.parameters, self.clip_norm)
            optimizer.step()
            if self.traced and not finite(p.data for p in optimizer.parameters):
                what = "a step that was too large (a lower lr, or clip_norm, may help)"
                raise NotFiniteError(what, number)
            if tick is not None:
                tick()

    def tree(self, chosen: Array, number: int, first: int, end: int, level: int) -> Room:
        """Return the sum of the shards from `first` to `end`, as a binary tree."""
        room = self.rooms[level]
        if end - first == 1:
            self.shard(chosen, number, first, room)
            return room
        middle = (first + end) // 2
        self.tree(chosen, number, first, middle, level)
        room.add(self.tree(chosen, number, middle, end, level + 1))
        return room

    def shard(self, chosen: Array, number: int, shard: int, room: Room) -> None:
        """Compute the part of a shard in the gradient of the batch, and in what buffers become."""
        rows = chosen[parts(len(chosen), self.team.shards)[shard]]
        if not len(rows):
            room.clear()
            return
        weight = len(rows) / len(chosen)
        with self.separate(shard) as starts:
            value = self.gradients(rows, number)
            if self.traced and not (
                math.isfinite(value) and finite(p.grad for p in self.optimizer.parameters)
            ):
                self.trace(rows, number, shard)
            for buffer, start, move in zip(self.buffers, starts, room.moves):
                np.multiply(getattr(*buffer) - start, weight, move)
        self.totals[shard] += value * len(rows)
        for p, gradient, count in zip(self.optimizer.parameters, room.gradients, room.counts):
            count[...] = p.has_grad
            if p.has_grad:
                np.multiply(p.grad, weight, gradient)
            else:
                gradient[...] = 0

    def gradients(self, rows: Array, number: int) -> float:
        """Compute the gradients of the loss of some examples, and return it."""
        if self.program is not None and self.checked and not self.others:
            value = self.program(self.X.take(rows, 0), self.Y.take(rows, 0), False)
        else:
            self.optimizer.zero_grad()
            cost = self.cost(rows)
            if not self.checked:
                check_loss(cost)
            if not self.checked or self.others:
                self.found = self.untrained(cost)
            value = float(cost.data)
            cost.backward(release=True) if isinstance(cost, ag.Tensor) else cost.backward()
        if not math.isfinite(value) and not self.traced:
            raise NotFiniteError(f"the loss became {value}", number)
        return value

    @contextmanager
    def separate(self, shard: int) -> Iterator[list[Array]]:
        """Let a shard draw its own numbers and move buffers of its own; yield these as before."""
        starts = [np.asarray(getattr(*buffer)) for buffer in self.buffers]
        for buffer, start in zip(self.buffers, starts):
            setattr(*buffer, start.copy())
        states = self.states[shard]
        for module, name, shared in self.noise:
            self.drawing[id(shared)].bit_generator.state = states[id(shared)]
            setattr(module, name, self.drawing[id(shared)])
        try:
            yield starts
        finally:
            for module, name, shared in self.noise:
                states[id(shared)] = self.drawing[id(shared)].bit_generator.state
                setattr(module, name, shared)
            for buffer, start in zip(self.buffers, starts):
                setattr(*buffer, start)

    def spread(self, whole: Room) -> None:
        """Give the parameters their gradients, and move the buffers by the mean of all moves."""
        for p, gradient, count in zip(self.optimizer.parameters, whole.gradients, whole.counts):
            if count:
                p.grad = gradient if isinstance(p, ag.Tensor) else float(gradient)
            else:
                p.zero_grad()
        for buffer, move in zip(self.buffers, whole.moves):
            setattr(*buffer, getattr(*buffer) + move)

    def measurement(self, X: Any, Y: Any, measures: Mapping[str, Function]) -> Any:
        """Return a function that measures the model on these examples, which workers share out.

        Worker 0 has all predictions, in their order, and computes the measures.
        """
        pieces = [
            slice(start, min(start + PIECE, part.stop))
            for part in parts(len(X), self.team.shards)[self.own.start : self.own.stop]
            for start in range(part.start, part.stop, PIECE)
        ]
        targets = np.asarray(Y[:]) if self.team.rank == 0 else None

        def measure() -> dict[str, float]:
            with ag.no_grad():
                predicted = self.team.to_first([self.rows(X[piece], Y[piece]) for piece in pieces])
                found: dict[str, float] = {}
                if self.team.rank == 0:
                    prediction = ag.Tensor(np.concatenate([*itertools.chain(*predicted)]))
                    found = {
                        name: number_of(name, f(prediction, targets))
                        for name, f in measures.items()
                    }
            measured: dict[str, float] = self.team.from_first(found)
            return measured

        return measure

    def rows(self, x: Array, y: Array) -> Array:
        """Predict some examples; ValueError unless there is a row for each."""
        predicted: Array = np.asarray(constant(self.predict(x, y)))
        if predicted.shape[:1] != x.shape[:1]:
            got = f"predictions of shape {predicted.shape} for {len(x)} examples"
            raise ValueError(f"fit: validation: got {got}; with shards it needs a row for each")
        return predicted

    # The diagnosis

    def retrace(self, order: Array, last: int) -> tuple[int, str]:
        """Return the batch where a number was first not finite, and which number it was.

        This worker runs the epoch again by itself: it is the same program for any number of them.
        """
        self.team, self.traced, self.program = Team(None, self.team.shards), True, None
        self.own = range(self.team.shards)
        self.rooms = self.make_rooms(self.team.shards)
        self.totals = dict.fromkeys(self.own, 0.0)
        try:
            self.walk(order[: last * self.plan.size])
        except NotFiniteError as first:
            return first.batch, first.what
        return last, "what did not happen again"

    def trace(self, rows: Array, number: int, shard: int) -> None:
        """Raise a NotFiniteError that names what first was not finite in a shard."""
        for name, data in (("X", self.X), ("Y", self.Y)):  # of files, they were not searched
            given = data.take(rows, 0).reshape(len(rows), -1)
            if data.dtype.kind == "f" and np.isnan(given).any():
                first = rows[np.isnan(given).any(1).argmax()]
                raise NotFiniteError(f"a nan in {name}[{first}]", number)
        for key, state in self.states[shard].items():
            self.drawing[key].bit_generator.state = state
        try:
            with ag.detect_anomaly():
                self.cost(rows).backward()
        except FloatingPointError as error:
            raise NotFiniteError(str(error).removeprefix("detect_anomaly: "), number) from None
        raise NotFiniteError("what did not happen again", number)
