"""From arguments to inputs, and from outputs to results: functions printed for their forms."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import compiled
from autograd.compiling.forms import DOUBLE, FLOATS, Form
from autograd.compiling.program import Run
from autograd.formulas.generated import compile_function
from autograd.trees import _array

Reader = Callable[[tuple[Any, ...], dict[str, Any]], Any]
"""Function that gives the inputs of arguments of one form, or None for those of others."""
MOST_LINES = 2000
"""Most lines of a function that is printed; what is larger takes the general way."""
OBJECT = np.dtype(object)
PLAIN = (int, bool, str)
"""Types of which the quick reader compares what is static."""


def _all_floats(x: Any) -> bool:
    return {*map(type, x)} == FLOATS


all_floats: Callable[[Any], bool] = (
    _all_floats if compiled.library is None else compiled.library.all_floats
)
"""Function that tells whether a list or tuple has floats alone."""


class _Lines:
    """Lines of a function, and the objects that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.scope: dict[str, Any] = {"all_floats": all_floats, "ndarray": np.ndarray}
        self.scope |= {"DOUBLE": DOUBLE, "float64": np.float64, "array_of": _array}
        self._counts = itertools.count()

    def kept(self, x: Any) -> str:
        """Return a name of an object."""
        self.scope[name := f"k{len(self.scope)}"] = x
        return name

    def variable(self) -> str:
        """Return a new name of a variable."""
        return f"v{next(self._counts)}"

    def function(self, name: str, parameters: str) -> Callable[..., Any] | None:
        """Return the function, if it is not too long."""
        if len(self.lines) > MOST_LINES:
            return None
        body = "".join([f"    {line}\n" for line in self.lines])
        return compile_function(f"def {name}({parameters}):\n{body}", name, self.scope)


# Arguments


class _UnknownError(Exception):
    """Form that has no quick reader."""


def reader_of(form: Form) -> Reader | None:
    """Return a quick reader of the arguments of a form, if it has one.

    It gives one list or array of floats as it is, and makes one list of all others.
    """
    lines = _Lines()
    try:
        if form[0] in ("call", "arrays"):
            _read(form[1], "args", lines, "")
            _read(form[2], "kwargs", lines, "")
        else:
            lines.lines.append("if kwargs: return None")
            _read(form, "args", lines, "")
    except (_UnknownError, RecursionError):
        return None
    adding = [k for k, line in enumerate(lines.lines) if line.lstrip().startswith("out")]
    only = lines.lines[adding[0]] if len(adding) == 1 else ""
    if only.startswith("out += "):  # and not in a loop
        del lines.lines[adding[0]]
        lines.lines.append(f"return {only[7:].replace('.tolist()', '')}")
    else:
        lines.lines = ["out = []", *lines.lines, "return out"]
    return lines.function("read", "args, kwargs")


def _read(form: Form, name: str, to: _Lines, indent: str) -> None:
    """Print what reads an argument of a name: a check of its form, and where its numbers go."""
    tag, *rest = form

    def add(line: str) -> None:
        to.lines.append(indent + line)
        if len(to.lines) > MOST_LINES:
            raise _UnknownError

    def refuse(condition: str, more: str = "") -> None:
        add(f"{more}if {condition}: return None")

    if tag == "float":
        add(f"if type({name}) is not float:")
        refuse(f"type({name}) is not float64", " ")
        add(f" {name} = float({name})")
        add(f"out.append({name})")
    elif tag == "array":
        shape = to.kept(rest[0])
        refuse(f"type({name}) is not ndarray or {name}.dtype is not DOUBLE")
        refuse(f"{name}.shape != {shape}")
        add(f"out += {name}.ravel().tolist()")
    elif tag == "number":
        refuse(f"type({name}) is not {to.kept(rest[0])}")
        add(f"out.append({name})")
    elif tag == "whole":
        dtype, shape, strides = map(to.kept, rest)
        refuse(f"type({name}) is not ndarray or {name}.dtype is not {dtype}")
        refuse(f"{name}.shape != {shape} or {name}.strides != {strides}")
        add(f"out.append({name})")
    elif tag == "static":
        x = rest[0].value
        kept = to.kept(x)
        kind: Any = type(x)
        if kind in PLAIN:
            refuse(f"type({name}) is not {kind.__name__} or {name} != {kept}")
        elif x is None or (kind.__eq__ is object.__eq__ and kind.__hash__ is object.__hash__):
            refuse(f"{name} is not {kept}")
        else:
            raise _UnknownError
    elif tag in (list, tuple) and rest and type(rest[0]) is int:
        refuse(f"type({name}) is not {tag.__name__} or len({name}) != {rest[0]}")
        refuse(f"not all_floats({name})")
        add(f"out += {name}")
    elif tag in (list, tuple):
        refuse(f"type({name}) is not {tag.__name__} or len({name}) != {len(rest)}")
        _read_each(rest, name, to, indent)
    elif tag == "dict":
        keys = to.kept(rest[0])
        refuse(f"type({name}) is not dict or tuple({name}) != {keys}")
        _read_each(rest[1:], f"{name}.values()", to, indent)
    elif tag == "named":
        refuse(f"type({name}) is not {to.kept(rest[0])} or len({name}) != {len(rest) - 1}")
        _read_each(rest[1:], name, to, indent)
    else:
        raise _UnknownError


def _read_each(forms: Sequence[Form], name: str, to: _Lines, indent: str) -> None:
    """Print what reads several arguments; those of one form in a loop."""
    if len(forms) > 2 and all(form == forms[0] for form in forms):
        to.lines.append(f"{indent}for {(each := to.variable())} in {name}:")
        _read(forms[0], each, to, indent + " ")
    elif forms:
        names = [to.variable() for _ in forms]
        to.lines.append(f"{indent}{', '.join(names)}, = {name}")
        for form, each in zip(forms, names):
            _read(form, each, to, indent)


# Results


class Finish(NamedTuple):
    """Maker of results from outputs, which it may need as an array."""

    make: Callable[[Any], Any]
    of_array: bool

    def run(self, run: Run) -> Run:
        """Return a run that gives its outputs as they are needed."""
        if not self.of_array:
            return run
        in_c: Run | None = getattr(run, "array", None)

        def to_array(inputs: Any) -> Any:
            found, failed = run(inputs)
            return np.array(found), failed

        return in_c or to_array


class _Place:
    """Place of an output in a result."""

    def __init__(self, index: int) -> None:
        self.index = index


def finish_of(leaves: Sequence[Any], build: Callable[[Sequence[Any]], Any]) -> Finish:
    """Return what puts outputs into the places of None among the leaves of a result."""
    count = itertools.count()
    tree = build([_Place(next(count)) if x is None else x for x in leaves])
    of_array = _has_array(tree)
    to = _Made(of_array, next(count))
    to.lines.append(f"return {to.text(tree)}")
    made = to.function("finish", "o")
    if made is not None:
        return Finish(made, of_array)
    return Finish(lambda outputs: _general(leaves, build, outputs), False)


def _general(leaves: Sequence[Any], build: Any, outputs: Sequence[float]) -> Any:
    numbers = iter(outputs)
    new = [x.copy() if isinstance(x, np.ndarray) else x for x in leaves]
    return build([next(numbers) if x is None else x for x in new])


def _is_of_numbers(x: Any) -> bool:
    """Return whether it is an array of outputs and perhaps floats."""
    return (
        isinstance(x, np.ndarray)
        and x.dtype == OBJECT
        and all(isinstance(each, (_Place, float)) for each in x.flat)
    )


def _has_array(tree: Any) -> bool:
    if isinstance(tree, (list, tuple)):
        return any(map(_has_array, tree))
    return any(map(_has_array, tree.values())) if isinstance(tree, dict) else _is_of_numbers(tree)


class _Made(_Lines):
    """Lines that make a result of outputs `o`, which are in the order of its leaves."""

    def __init__(self, of_array: bool, count: int) -> None:
        super().__init__()
        self.of_array, self.count = of_array, count

    def text(self, x: Any) -> str:
        """Return the expression of a part of the result; branches have lines of their own."""
        if isinstance(x, _Place):
            return f"o.item({x.index})" if self.of_array else f"o[{x.index}]"
        if type(x) in (list, tuple):
            return self._sequence(type(x), x)
        if isinstance(x, tuple):
            return self._line(f"{self.kept(type(x))}._make({self._sequence(list, x)})")
        if isinstance(x, dict):
            pairs = [f"{self.kept(key)}: {self.text(each)}" for key, each in x.items()]
            return self._line(f"{{{', '.join(pairs)}}}")
        if not isinstance(x, np.ndarray):
            return "None" if x is None else self.kept(x)
        if x.dtype != OBJECT:
            return f"{self.kept(x)}.copy('K')"
        if _is_of_numbers(x):
            return self._array(x)
        elements = self._sequence(list, [*x.flat])
        return self._line(f"array_of({elements}, {self.kept(x.shape)})")

    def _line(self, text: str) -> str:
        self.lines.append(f"{(name := self.variable())} = {text}")
        return name

    def _sequence(self, kind: type, xs: Sequence[Any]) -> str:
        """Return a list or tuple; outputs in a row are a slice."""
        parts: list[str] = []
        is_whole = False
        for is_place, run in itertools.groupby(xs, lambda x: isinstance(x, _Place)):
            some = [*run]
            if not is_place or len(some) == 1:
                parts += map(self.text, some)
                continue
            first = some[0].index
            text = "o" if len(some) == self.count else f"o[{first}:{first + len(some)}]"
            text += ".tolist()" if self.of_array else ""
            is_whole = len(some) == len(xs)
            parts.append(text if is_whole else f"*{text}")
        if is_whole:
            return parts[0] if kind is list else f"tuple({parts[0]})"
        inner = ", ".join(parts)
        return self._line(f"[{inner}]" if kind is list else f"({inner}{',' * bool(inner)})")

    def _array(self, x: Any) -> str:
        """Return an array of outputs, in which there may be floats too."""
        places = [i for i, each in enumerate(x.flat) if isinstance(each, _Place)]
        first = x.flat[places[0]].index if places else 0
        text = "o" if len(places) == self.count else f"o[{first}:{first + len(places)}].copy()"
        if len(places) == x.size:
            return text if x.ndim == 1 else f"{text}.reshape({self.kept(x.shape)})"
        numbers = np.array([0.0 if isinstance(each, _Place) else each for each in x.flat])
        name = self._line(f"{self.kept(numbers)}.copy()")
        self.lines.append(f"{name}[{self.kept(np.array(places, np.intp))}] = {text}")
        return f"{name}.reshape({self.kept(x.shape)})"
