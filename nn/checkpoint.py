"""Files of models and of training runs: safetensors with a checksum, written atomically."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd.files as files
from autograd import Value
from autograd.files import FilePath
from nn.history import History
from nn.module import Inventory, Module, put
from nn.optim import Optimizer

Array = npt.NDArray[Any]

MODEL, TRAINING = "model", "training"
_START, _BLANK = b'{"__metadata__":{"chainrule":"{\\"sha256\\": \\"', b"0" * 64
_SUM = slice(8 + len(_START), 8 + len(_START) + len(_BLANK))
"""Place of the checksum in a file; it is computed with zeros there."""


def save(model: Module, path: FilePath) -> None:
    """Write the parameters and buffers of a model to a safetensors file.

    The file is there as a whole or, after an error, as it was before. Raises OSError where it can't
    be written, TypeError for anything but a Module and for arrays that safetensors does not have.

    >>> import tempfile
    >>> from nn.layers import Linear
    >>> net, again = Linear(3, 2), Linear(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(net, f"{folder}/net.safetensors")
    ...     load(again, f"{folder}/net.safetensors")
    >>> bool((net.W.data == again.W.data).all())
    True
    """
    write("save", path, MODEL, _module("save", model, path).state_dict())


def load(model: Module, path: FilePath) -> None:
    """Give a model the parameters and buffers that `save` has written from one like it.

    Raises OSError where the file can't be read; ValueError for one that is cut off, changed, or not
    written by `save`, and for one of another model. Then the model is as it was.
    """
    module = _module("load", model, path)
    arrays, _ = read("load", path, MODEL)
    try:
        module.load_state_dict(arrays)
    except ValueError as error:
        problem = str(error).removeprefix("load_state_dict: ")
        raise ValueError(f"load: {path} is of another model; {problem}") from None


def _module(owner: str, model: Any, path: Any) -> Module:
    if not isinstance(model, Module):
        is_path = isinstance(model, (str, os.PathLike))
        needs = f"the model comes first: {owner}(model, path)" if is_path else "it must be a Module"
        raise TypeError(f"{owner}: got a {type(model).__name__}; {needs}")
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{owner}: got a {type(path).__name__} as path; it must be a path")
    return model


# What training changes


@dataclass(frozen=True)
class Kept:
    """Copies of everything that training changes, at the end of an epoch."""

    epoch: int
    weights: Mapping[str, Array]
    optimizer: Mapping[str, Array]
    generators: Mapping[str, Any]
    best: Mapping[str, Array] | None = None
    order: Array | None = None


class TrainingState:
    """State of a training run (model, optimiser, random generators), to be copied and restored.

    The generators are that of the training and those of modules, such as dropout's.
    """

    def __init__(self, model: Any, optimizer: Optimizer, rng: np.random.Generator) -> None:
        self.optimizer, self.rng = optimizer, rng
        self.model = model
        self.parts = self.model_parts()
        self.modules, self.places = self.parts.modules(), self.parts.places()
        own = {id(parameter) for _, parameter in self.parts.parameters()}
        self.others = [p for p in optimizer.parameters if id(p) not in own]
        self.rngs = {"fit": rng}
        for path, module in self.modules:
            for name, held in vars(module).items():
                if isinstance(held, np.random.Generator):
                    self.rngs[f"{path}.{name}"] = held

    def model_parts(self) -> Inventory:
        """Return all parts of the model, as it is now; none of a function."""
        return self.model._parts() if isinstance(self.model, Module) else Inventory()

    def weights(self) -> dict[str, Array]:
        """Return copies of all parameters and buffers."""
        places = self.places.items()
        model = {f"model.{path}": np.array(getattr(*place)) for path, place in places}
        return model | {f"other.{i}": np.array(p.data) for i, p in enumerate(self.others)}

    def put_weights(self, weights: Mapping[str, Array]) -> None:
        """Set all parameters and buffers; ValueError, and no change, where they do not fit."""
        # one order in memory: sums of an array in another one can differ in their last bits
        laid = {name: np.array(array, order="C") for name, array in weights.items()}
        others = [laid.pop(f"other.{i}", np.empty(0)) for i in range(len(self.others))]
        for parameter, array in zip(self.others, others):
            if array.shape != np.shape(parameter.data):
                raise ValueError("another number or shape of parameters")
        put(self.places, {name.removeprefix("model."): laid[name] for name in laid})
        for parameter, array in zip(self.others, others):
            parameter.data = float(array) if isinstance(parameter, Value) else array

    def noise(self) -> dict[str, Any]:
        """Return the states of the generators."""
        return {name: rng.bit_generator.state for name, rng in self.rngs.items()}

    def put_noise(self, states: Mapping[str, Any]) -> None:
        """Set the states of the generators."""
        if states.keys() != self.rngs.keys():
            raise ValueError("another number of random generators")
        for name, state in states.items():
            self.rngs[name].bit_generator.state = state

    def take(self, epoch: int, best: Mapping[str, Array] | None, order: Array | None) -> Kept:
        """Return a copy of everything."""
        weights = self.weights()
        return Kept(
            epoch, weights, self.optimizer.state_dict(), self.noise(), best=best, order=order
        )

    def put(self, snapshot: Kept) -> None:
        """Restore everything, and clear the gradients."""
        self.put_weights(snapshot.weights)
        self.optimizer.load_state_dict(snapshot.optimizer)
        self.put_noise(snapshot.generators)
        self.optimizer.zero_grad()


# Checkpoints of trainings


@dataclass
class Checkpoint:
    """File of a training run, which resumes only where `setup` is the same."""

    path: FilePath
    setup: Mapping[str, Any]

    def write(self, snapshot: Kept, history: History, lr: float) -> None:
        """Keep the state at the end of an epoch; `lr` is the rate that schedules multiply."""
        arrays = dict(snapshot.weights)
        arrays |= {f"optimizer.{name}": array for name, array in snapshot.optimizer.items()}
        arrays |= {f"best.{name}": array for name, array in (snapshot.best or {}).items()}
        if snapshot.order is not None:
            arrays["order"] = snapshot.order
        state = {"setup": self.setup, "epoch": snapshot.epoch, "lr": lr}
        state |= {"generators": snapshot.generators, "history": asdict(history)}
        write("fit", self.path, TRAINING, arrays, state)

    def read(self, trained: TrainingState) -> tuple[Kept, History, float]:
        """Restore the state from the file; ValueError, and no change, where it does not fit."""
        arrays, state = read("fit", self.path, TRAINING)
        before = trained.take(0, None, None)
        try:
            for name, wanted in self.setup.items():
                found = state["setup"].get(name)
                if found != wanted:
                    raise ValueError(f"{name} {found}, not {wanted}")
            parts: dict[str, dict[str, Array]] = {"optimizer": {}, "best": {}, "": {}}
            for name, array in arrays.items():
                part, _, rest = name.partition(".")
                home, key = (part, rest) if part in parts else ("", name)
                parts[home][key] = array
            order = parts[""].pop("order", None)
            best = parts["best"] or None
            where = parts[""], parts["optimizer"], state["generators"]
            snapshot = Kept(state["epoch"], *where, best=best, order=order)
            trained.put(snapshot)
            return snapshot, _history(state["history"], state["epoch"]), float(state["lr"])
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            trained.put(before)
            problem = str(error).removeprefix("load_state_dict: ")
            text = f"fit: {self.path} is of another training: {problem}; resume=False starts anew"
            raise ValueError(text) from None

    def clean(self) -> None:
        """Remove the temporary files of a killed run."""
        files.clean(self.path)


def _history(given: Any, epochs: int) -> History:
    """Return the history of `epochs` epochs; ValueError or TypeError for anything else."""
    history = History(**given)
    for numbers in (history.loss, history.lr, *history.metrics.values()):
        if len(numbers) != epochs or not all(isinstance(x, (int, float)) for x in numbers):
            raise ValueError("a history of other epochs")
    return history


# Files


def write(
    owner: str, path: FilePath, kind: str, arrays: Mapping[str, Array], state: Any = None
) -> None:
    """Write arrays, and a state that JSON can hold, with a sha256 of the whole file."""
    import json

    from safetensors import SafetensorError
    from safetensors.numpy import save as serialized

    texts = {"sha256": _BLANK.decode(), "format": f"chainrule {kind} 1", "state": state}
    metadata = {"chainrule": json.dumps(texts, default=np.ndarray.tolist)}
    try:
        data = bytearray(serialized({name: _plain(x) for name, x in arrays.items()}, metadata))
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        types = ", ".join(sorted({str(x.dtype) for x in arrays.values()}))
        raise TypeError(f"{owner}: safetensors can't hold all of {types} ({error})") from None
    assert data[8 : _SUM.stop] == _START + _BLANK, "safetensors has another header"
    data[_SUM] = _checksum(data)
    try:
        files.write(path, data)
    except OSError as error:
        raise _told(error, f"{owner}: can't write {path}") from None


def read(owner: str, path: FilePath, kind: str) -> tuple[dict[str, Array], Any]:
    """Read what `write` has written; ValueError for anything else."""
    import json

    from safetensors import SafetensorError
    from safetensors.numpy import load as parsed

    try:
        data = bytearray(files.read(path))
    except OSError as error:
        raise _told(error, f"{owner}: can't read {path}") from None
    if data[8 : _SUM.start] != _START:
        raise ValueError(f"{owner}: {path} was not written by this package, or is cut off")
    digest, data[_SUM] = data[_SUM], _BLANK
    if _checksum(data) != digest:
        raise ValueError(f"{owner}: {path} is damaged: its checksum does not fit")
    try:
        arrays = parsed(bytes(data))
        size = int.from_bytes(data[:8], "little")
        texts = json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["chainrule"])
        found, state = texts["format"], texts["state"]
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError, MemoryError) as error:
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise ValueError(f"{owner}: {path} was not written by this package ({reason})") from None
    if found != f"chainrule {kind} 1":
        raise ValueError(f"{owner}: {path} is a {found!r}; it must be a 'chainrule {kind} 1'")
    return arrays, state


def _checksum(data: bytearray) -> bytes:
    import hashlib  # which takes as long as the rest of the package

    return hashlib.sha256(data).hexdigest().encode()


def _plain(x: Array) -> Array:
    """Return an array in C order and with native bytes, for a file."""
    return np.array(x, x.dtype.newbyteorder("="), order="C")


def _told(error: OSError, what: str) -> OSError:
    """Return an error of the same type with a message of one line."""
    told = type(error)(f"{what}: {error.strerror or error}")
    told.errno = error.errno
    return told
