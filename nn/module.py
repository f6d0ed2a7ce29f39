"""Module: an object with parameters, with modes, freezing and a state to save."""

from __future__ import annotations

import reprlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from inspect import CO_VARKEYWORDS
from operator import itemgetter
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from autograd import Tensor, Value, scope
from autograd.names import MODULES, Absent, present, unexpected, word
from nn.summary import table

Parameter = Value | Tensor
Array = npt.NDArray[Any]


class Module:
    """Base of neurons, layers and networks.

    The parameters of a module are the Values and Tensors among its attributes, and the parameters
    of the modules among its attributes. Modules may refer to each other. Attributes are those of
    the object, of `__slots__` and of its class. Lists, tuples, deques, dicts, sets and object
    arrays are searched, also inside each other; objects of other kinds are not. A set has no
    lasting order: its parameters have their names as paths, and where these are not distinct, they
    can be trained, but not saved. A subclass sets attributes in `__init__` and computes in
    `forward`, which a call of the module runs.

    >>> class Line(Module):
    ...     def __init__(self) -> None:
    ...         self.slope, self.start = Value(2.0), Value(1.0)
    ...
    ...     def forward(self, x):
    ...         return self.slope * x + self.start
    >>> line = Line()
    >>> line(3.0).data, line.num_parameters
    (7.0, 2)
    """

    buffer_names: ClassVar[tuple[str, ...]] = ()
    """Names of the attributes that are buffers: arrays that are computed and saved, not trained."""

    training = True
    """True in training, False in use; `train()` and `eval()` set it."""

    frozen = False
    """True where the parameters are not to be trained; `freeze()` and `unfreeze()` set it."""

    opens: ClassVar[bool] = False
    """True where a summary has a row for each part, also inside another module."""

    forward: Callable[..., Any]

    def __new__(cls, *given: Any, **options: Any) -> Self:
        """Say what an option of another package is called here."""
        code = getattr(cls.__init__, "__code__", None)
        takes_any = code and code.co_flags & CO_VARKEYWORDS
        known = options if takes_any else code.co_varnames if code else ()
        if error := unexpected(cls.__name__, options, known):
            raise error
        if code is None and (given or options):
            raise TypeError(f"{cls.__name__}() takes no arguments")
        return super().__new__(cls)

    def __call__(self, x: Any, *more: Any, **options: Any) -> Any:
        """Compute the output."""
        if scope.wanted:  # drawings show what was computed in which module
            with scope(self):
                return self.forward(x, *more, **options)
        if more or options:
            return self.forward(x, *more, **options)
        return self.forward(x)  # the usual call, and the quicker one

    def __dir__(self) -> list[str]:
        return present(self, super().__dir__())

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        """Return the kind of module and its attributes, with shapes for parameters and arrays."""
        known = {"training", "frozen"}
        attributes = (f"{name}={brief(x)}" for name, x in vars(self).items() if name not in known)
        return f"{type(self).__name__}({', '.join(attributes)})"

    def _parts(self) -> Inventory:
        """Find this module and all that is in it, in one walk."""
        return Inventory(_walk(self, "", set()))

    def _held(self, path: str) -> Iterator[tuple[str, Module | Parameter]]:
        """Iterate over its own modules and parameters, with their paths."""
        return held(self, path)

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Iterate over this module and every one in it, once, with its path: "" for itself."""
        return iter(self._parts().modules())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Iterate over all parameters, each once, also if shared, with paths such as "layers.0.W".

        Raises ValueError where one is the result of an operation, which nothing could train.
        """
        return iter(self._parts().parameters())

    def parameters(self) -> list[Any]:
        """Return the parameters to train: each once, without those of frozen modules."""
        return self._parts().trainable()

    def named_buffers(self) -> Iterator[tuple[str, Array]]:
        """Iterate over all buffers, with paths such as "layers.1.running_mean"."""
        return ((path, getattr(owner, name)) for path, owner, name in self._parts().buffers())

    @property
    def num_parameters(self) -> int:
        """Number of scalars in all parameters, trainable or not."""
        return sum(np.size(parameter.data) for _, parameter in self.named_parameters())

    def zero_grad(self) -> None:
        """Clear the gradients of all parameters."""
        for _, parameter in self.named_parameters():
            parameter.zero_grad()

    def train(self, mode: bool = True) -> Self:
        """Set training mode: dropout is on, and batch norm takes the statistics of the batch."""
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set evaluation mode: no dropout, and the running statistics in batch norm."""
        return self.train(False)

    def freeze(self, mode: bool = True) -> Self:
        """Freeze this module and all in it, and clear their gradients.

        The layers of this package then take their parameters as constants. None gets a gradient, so
        that optimisers leave it alone; nothing is computed to find one; and a layer applied to
        plain arrays gives a plain array. A module of your own does the same through `in_use`; if it
        does not, make the optimiser after freezing, from `parameters()`.
        """
        for _, part, _ in self._parts():
            if isinstance(part, Module):
                part.frozen = mode
            elif mode:
                part.zero_grad()
        return self

    def unfreeze(self) -> Self:
        """Unfreeze this module and all in it."""
        return self.freeze(False)

    def in_use(self, *parameters: Any) -> Sequence[Any]:
        """Return parameters to compute with: themselves, or while frozen their numbers and arrays.

        >>> W, b = Module().freeze().in_use(Tensor([1.0, 2.0]), None)
        >>> W
        array([1., 2.])
        """
        return [constant(x) for x in parameters] if self.frozen else parameters

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all parameters and buffers, by their paths."""
        return {path: np.array(getattr(*place)) for path, place in self._parts().places().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set all parameters and buffers to copies of these, in the types that they have.

        Raises a ValueError that says what is missing, unexpected or of another shape or kind.
        Nothing has changed then.
        """
        if not isinstance(state, Mapping):
            got = type(state).__name__
            raise TypeError(f"load_state_dict: got {got}; it needs a dict of arrays by their paths")
        put(self._parts().places(), state)

    def summary(self, input_shape: int | Iterable[int] | None = None, example: Any = None) -> str:
        """Return a table of the layers: their outputs, their parameters, and which are frozen.

        The outputs are those for an `example`, a batch, or for a batch of one input of zeros:
        `input_shape` is its shape without the axis n of the batch, or its size if it has one axis.
        The model runs in evaluation mode, and stays as it is.
        """
        return table(self, input_shape, example)


for _name in MODULES:
    setattr(Module, _name, Absent(_name, "MODULE"))


class Inventory(list[tuple[str, "Module | Parameter", Module]]):
    """All parts of a module, depth first: the path of each, the part, the module that holds it.

    A module comes once; a parameter comes once for each module that has it.
    """

    def modules(self) -> list[tuple[str, Module]]:
        """Return the modules and their paths."""
        return [(path, part) for path, part, _ in self if isinstance(part, Module)]

    def parameters(self) -> list[tuple[str, Parameter]]:
        """Return the parameters, each once, and their paths; ValueError for a result."""
        found: dict[int, tuple[str, Parameter]] = {}
        for path, part, _ in self:
            if isinstance(part, Module):
                continue
            if part.op:
                got = f"{path} is a result of {part.op}"
                raise ValueError(f"parameters: {got}; it must be a leaf, as {path}.detach() is")
            found.setdefault(id(part), (path, part))
        return list(found.values())

    def trainable(self) -> list[Any]:
        """Return the parameters, each once, without those of frozen modules."""
        frozen = {id(part) for _, part, owner in self if owner.frozen}
        return [part for _, part in self.parameters() if id(part) not in frozen]

    def buffers(self) -> Iterator[tuple[str, Module, str]]:
        """Iterate over the buffers: path, module, name of the attribute."""
        for path, module in self.modules():
            for name in module.buffer_names:
                yield _joined(path, name), module, name

    def places(self) -> dict[str, tuple[object, str]]:
        """Return the object and the attribute that hold the state of each path."""
        places: dict[str, tuple[object, str]] = {}
        found = [(path, (parameter, "data")) for path, parameter in self.parameters()]
        for path, place in [*found, *((path, (m, name)) for path, m, name in self.buffers())]:
            if path in places:
                raise ValueError(f"state: two parts have the path {path}")
            if isinstance(path, _Unordered):
                got = f"{path} is in a set, of which the names are not distinct"
                raise ValueError(f"state: {got}; give each a name, or use a list")
            places[path] = place
        return places


def _walk(
    module: Module, path: str, seen: set[int]
) -> Iterator[tuple[str, Module | Parameter, Module]]:
    if id(module) in seen:
        return
    seen.add(id(module))
    yield path, module, module
    for name, part in held(module, path):
        if isinstance(part, Module):
            yield from _walk(part, name, seen)
        else:
            yield name, part, module


def put(places: Mapping[str, tuple[object, str]], state: Mapping[str, Any]) -> None:
    """Set all places to copies of the arrays, in the types that they have.

    Raises a ValueError that says what is missing, unexpected or of another shape or kind. Nothing
    has changed then.
    """
    arrays, misfits = {}, []
    for path in places.keys() & state.keys():
        fitted = _fitted(state[path], np.asarray(getattr(*places[path])))
        if isinstance(fitted, str):
            misfits.append(f"{path} {fitted}")
        arrays[path] = fitted
    missing = [path for path in places if path not in state]
    others = [str(path) for path in state if path not in places]
    unexpected = [path + suggested(path, missing or list(places)) for path in others]
    named = {"missing": missing, "unexpected": unexpected, "misfits": sorted(misfits)}
    problems = [f"{word}: {_listed(names)}" for word, names in named.items() if names]
    if problems:
        raise ValueError(f"load_state_dict: {'; '.join(problems)}")
    for path, array in arrays.items():
        place = places[path]
        setattr(*place, float(array) if isinstance(place[0], Value) else array)


def held(
    x: object, path: str = "", seen: set[int] | None = None
) -> Iterator[tuple[str, Module | Parameter]]:
    """Iterate over the modules and parameters in x, but not in its modules, with their paths."""
    seen = set() if seen is None else seen
    if id(x) in seen:  # a list may be in itself
        return
    seen.add(id(x))
    for key, part in _items(x):
        name = _joined(path, key)
        if isinstance(part, (Module, Value, Tensor)):
            yield name, part
        elif isinstance(part, _CONTAINERS):
            yield from held(part, name, seen)


class _Unordered(str):
    """Path through a set of parts without names, which differs from run to run."""


_CONTAINERS = (Mapping, list, tuple, deque, Set, np.ndarray)


def _items(x: Any) -> Iterable[tuple[object, Any]]:
    """Return the parts of a module or a container, with their keys or indices."""
    if isinstance(x, Module):
        return _attributes(x)
    if isinstance(x, Mapping):
        return list(x.items())
    if isinstance(x, np.ndarray):
        places = np.ndindex(x.shape) if x.dtype == object else ()
        return [(".".join(map(str, place)), x[place]) for place in places]
    if not isinstance(x, Set):
        return enumerate(x)
    names = {each: getattr(each, "name", None) for each in x}
    if len(x) == 1:
        return enumerate(x)
    if None not in names.values() and len({*names.values()}) == len(x):
        return sorted(((str(name), each) for each, name in names.items()), key=itemgetter(0))
    return [(_Unordered(i), each) for i, each in enumerate(x)]


def _attributes(x: Module) -> Iterable[tuple[str, Any]]:
    """Return the attributes of a module, its slots and its class; the first of a name wins."""
    found = dict(vars(x))
    kinds = type(x).__mro__[: type(x).__mro__.index(Module)]
    for kind in kinds:
        slots = vars(kind).get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if hasattr(x, name):
                found.setdefault(name, getattr(x, name))
    for kind in kinds:
        for name, each in vars(kind).items():
            if isinstance(each, (Module, Value, Tensor, *_CONTAINERS)) and name[:2] != "__":
                found.setdefault(name, each)
    return found.items()


def brief(x: object) -> str:
    """Return an attribute as the repr of a module shows it."""
    if isinstance(x, (Value, Tensor)):
        return str(np.shape(x.data))
    if isinstance(x, np.ndarray):
        return str(x.shape)
    if isinstance(x, list):
        return f"[{', '.join(map(brief, x))}]"
    if isinstance(x, np.random.Generator):
        return "Generator"
    return getattr(x, "__name__", repr(x))


def _joined(path: str, key: object) -> str:
    kind = _Unordered if isinstance(path, _Unordered) or isinstance(key, _Unordered) else str
    return kind(f"{path}.{key}" if path and key != "" else key if path == "" else path)


def constant(parameter: Any) -> Any:
    """Return the number or the array of a parameter; None, or a constant, as it is."""
    return parameter.data if isinstance(parameter, (Value, Tensor)) else parameter


def suggested(name: str, known: Iterable[str]) -> str:
    """Return what a word of another package is here, as the end of a message; "" if nothing."""
    part, dot, last = name.rpartition(".")
    found = word(last, [each.removeprefix(part + dot) for each in known])
    return f" (here it is {part}{dot}{found})" if found else ""


def _listed(names: list[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _fitted(given: Any, wanted: Array) -> Array | str:
    """Return a copy in the type wanted, or a text that says why it does not fit."""
    if isinstance(given, (Value, Tensor)):
        return f"(got a {type(given).__name__}, for an array)"
    try:
        array = np.asarray(given)
    except ValueError:
        return "(got a ragged list, for an array)"
    if array.shape != wanted.shape:
        return f"(got shape {array.shape}, for {wanted.shape})"
    if not np.can_cast(array.dtype, wanted.dtype, "same_kind"):
        return f"(got {array.dtype}, for {wanted.dtype})"
    return array.astype(wanted.dtype)
