"""From arguments to inputs, and from outputs to results: functions printed for their forms."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
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
        is_flat = len(rest[0]) == 1
        add(f"out += {name}{'' if is_flat else '.ravel()'}.tolist()")
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


A_NUMBER = -1
"""Size of a piece that is a number, not an array."""


class Finish(NamedTuple):
    """Maker of results from pieces of the outputs: numbers, and arrays of several in a row."""

    make: Callable[[Any], Any]
    sizes: tuple[int, ...]
    """Sizes of the pieces, where any is an array."""

    def run(self, run: Run) -> Run:
        """Return a run that gives its outputs in pieces."""
        if not self.sizes:
            return run
        in_c = getattr(run, "pieces", None)
        if in_c is not None:
            return functools.partial(in_c, self.sizes)

        def in_pieces(inputs: Any) -> Any:
            found, failed = run(inputs)
            return self._pieces(found) if failed < 0 else found, failed

        return in_pieces

    def of(self, outputs: Sequence[float]) -> Any:
        """Return the result of outputs."""
        return self.make(self._pieces(outputs) if self.sizes else outputs)

    def _pieces(self, outputs: Sequence[float]) -> list[Any]:
        rest = iter(outputs)
        return [
            next(rest) if n == A_NUMBER else np.array([*itertools.islice(rest, n)])
            for n in self.sizes
        ]


_OUTPUT = object()
"""Stands for an output in a result."""


def finish_of(leaves: Sequence[Any], build: Callable[[Sequence[Any]], Any]) -> Finish:
    """Return what puts outputs into the places of None among the leaves of a result."""
    tree = build([_OUTPUT if x is None else x for x in leaves])
    to = _Made(sum([x is None for x in leaves]))
    to.lines.append(f"return {to.text(tree)}")
    made = to.function("finish", "o")
    if made is not None:
        return Finish(made, tuple(to.sizes) if {*to.sizes} - {A_NUMBER} else ())
    return Finish(lambda outputs: _general(leaves, build, outputs), ())


def numbers_of(pieces: Iterable[Any]) -> list[float]:
    """Return the outputs that are in pieces."""
    return [y for x in pieces for y in (x.tolist() if isinstance(x, np.ndarray) else (x,))]


def _general(leaves: Sequence[Any], build: Any, outputs: Sequence[float]) -> Any:
    numbers = iter(outputs)
    new = [x.copy() if isinstance(x, np.ndarray) else x for x in leaves]
    return build([next(numbers) if x is None else x for x in new])


def _is_of_numbers(x: Any) -> bool:
    """Return whether it is an array of outputs and perhaps floats."""
    return (
        isinstance(x, np.ndarray)
        and x.dtype == OBJECT
        and all(each is _OUTPUT or isinstance(each, float) for each in x.flat)
    )


class _Made(_Lines):
    """Lines that make a result of the pieces `o` of outputs, in the order of its leaves."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self.sizes: list[int] = []
        """Sizes of the pieces so far."""

    def _piece(self, size: int) -> str:
        """Return the expression of one more piece."""
        self.sizes.append(size)
        return f"o[{len(self.sizes) - 1}]"

    def text(self, x: Any) -> str:
        """Return the expression of a part of the result; branches have lines of their own."""
        if x is _OUTPUT:
            return self._piece(A_NUMBER)
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
        for is_output, run in itertools.groupby(xs, lambda x: x is _OUTPUT):
            some = [*run]
            if not is_output or len(some) == 1:
                parts += map(self.text, some)
                continue
            first = len(self.sizes)
            self.sizes += [A_NUMBER] * len(some)
            text = "o" if len(some) == self._count else f"o[{first}:{first + len(some)}]"
            is_whole = len(some) == len(xs)
            parts.append(text if is_whole else f"*{text}")
        if is_whole:
            return parts[0] if kind is list else f"tuple({parts[0]})"
        inner = ", ".join(parts)
        return self._line(f"[{inner}]" if kind is list else f"({inner}{',' * bool(inner)})")

    def _array(self, x: Any) -> str:
        """Return an array of outputs, in which there may be floats too."""
        places = [i for i, each in enumerate(x.flat) if each is _OUTPUT]
        if places and len(places) == x.size:
            text = self._piece(x.size)
            return text if x.ndim == 1 else f"{text}.reshape({self.kept(x.shape)})"
        numbers = np.array([0.0 if each is _OUTPUT else each for each in x.flat])
        name = self._line(f"{self.kept(numbers)}.copy()")
        if places:
            at = self.kept(np.array(places, np.intp))
            self.lines.append(f"{name}[{at}] = {self._piece(len(places))}")
        return f"{name}.reshape({self.kept(x.shape)})"
