"""The recorder: what a function does with Values, written down as a program while it runs.

A function is called on leaves that stand for its inputs. Its graph is turned into primitives when
it is needed: where numbers are compared, which is a guard, where derivatives are taken, and at the
end. What the function would have as a number is a Value here, which transforms take for a number:
their sweeps of numbers are written out, in the order of eager ones, and give Values that again
stand for numbers. Graphs of derivatives are those of today, made where a recorder follows.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from autograd import watching
from autograd.arithmetic import arrays
from autograd.compiling.called import Calls, CallsError
from autograd.compiling.ending import Ending
from autograd.compiling.keys import is_key
from autograd.compiling.lines import own_line, shown_line
from autograd.compiling.program import Program
from autograd.compiling.rows import FLATS, PARTIALS, VALUES, Number, Numbers
from autograd.compiling.writing import NOWHERE, writer
from autograd.derivatives import forward, reverse
from autograd.recording import LINES, OURS, recording
from autograd.rules import elementary
from autograd.rules.elementary import Elementary
from autograd.rules.row import Scalar
from autograd.series import Series
from autograd.tensors.tensor import Tensor
from autograd.value import NUMBER, Value, bare
from autograd.watching import unwatched

REMEDIES = {
    "float": "leave float() out, and write ag.exp(x) for math.exp(x), np.isnan(x) for "
    "math.isnan(x), np.array([x, y]) without a dtype, and lists for array[i] = x",
    "int": "leave int() out, or pass what is counted as an argument that is an int",
    "round": "use ag.round(x), or pass what is counted as an argument that is an int",
    "format": "return the number, and format it outside; print(x) shows it while f is recorded",
    "hash": "compare with ==, as any(x == key for key in keys) does, or pass it as an int or str",
    "data": "use x.detach() where a gradient is to end, and functions of numbers, not of arrays",
    "backward": "use ag.value_and_grad(f), and compile what it returns",
}
"""Remedies for what takes a number out of the recording."""

NARY = f"{OURS}/rules/nary.py"
"""File of rows that take one of their operands for a constant."""
READING = tuple([getattr(each, "fget", bare).__code__ for each in (Value.data, Series.data)])
READING += (bare.__code__,)
"""Code that reads `data` for someone else."""
BETWEEN = (__file__, watching.__file__)
READERS = {NARY} | {
    f"{OURS}/{name}.py"
    for name in "value nodes derivatives series calls graph modes transforms anomalies".split()
}
"""Files that read numbers of Values, and keep none that the inputs move."""


class RecordingError(TypeError):
    """Error of a function that does what a program can't do."""


RecordingError.__module__ = "autograd"


class ArrayError(RecordingError):
    """Error of a function of numbers that makes arrays of them, which may be taken as wholes."""


class Recorder(Ending):
    """Record of one call of a function, at one point."""

    def __init__(
        self, inputs: Sequence[float], may_call: bool = False, are_elements: bool = False
    ) -> None:
        self.builder = writer(inputs, True) if may_call else writer(inputs)
        self._numbers, self._calls = Numbers(self.builder), Calls(self.builder)
        self._may_call, self._are_elements = may_call, are_elements
        self._plain_edges: dict[Value, list[tuple[Value, int]]] = {}
        self._lines: dict[int, tuple[str, int]] = {}
        self.inputs = [self._leaf(i, x) for i, x in enumerate(inputs)]

        self.outputs: list[int] = []
        """References of the results of the function that the inputs move."""
        self.numbers: list[float] = []
        """Their numbers at this point."""
        self.statics: list[Any] = []
        """All its results, and None in the places of those."""

    def close(self, results: Sequence[Any]) -> None:
        """Take the results of the function, and let its nodes go."""
        self._close(results)
        if recording.doing().bits & LINES:
            nodes = self.builder.references.items()
            self._lines = {i: x.line for x, i in nodes if x.row and x.line}
        self.builder.forget()
        self._plain_edges = {}

    def line_of(self, index: int) -> str:
        """Return the line of the node of a primitive, if it was noted, as a part of a message."""
        after = [i for i in self._lines if i >= self.builder.inputs + index]
        return f"{shown_line(*self._lines[min(after)])}: " if after else ""

    def _close(self, results: Sequence[Any]) -> None:
        self.statics = [None if self._is_moved(x) else _plain(x) for x in results]
        moved = [x for x in results if self._is_moved(x)]
        self.outputs = [self.reference(x) for x in moved]
        self.numbers = [x._data for x in moved]

    def _is_moved(self, x: Any) -> bool:
        return type(x) is Value and self.reference(x) >= 0

    @property
    def calls(self) -> bool:
        """True where functions of Python are called."""
        return self._calls.made != 0

    def program(self) -> Program:
        """Return the program of the results that the inputs move."""
        return self.builder.program(self.outputs)

    # Nodes as references

    def _leaf(self, reference: int, number: float, level: int = NOWHERE) -> Any:
        if reference < 0 and level == NOWHERE:
            return self.builder.constants[~reference]
        leaf = Value(number)
        self.builder.know(leaf, reference, level)
        return leaf

    def reference(self, x: Any) -> int:
        """Return the reference of a Value or number, with all that it was computed from."""
        if type(x) is not Value:
            return self.builder.constant(float(x))
        return self.builder.reference(x, self._written)

    def _written(self, node: Value) -> int:
        """Write down the value of a node, from those of its operands."""
        row, operands = node.row, node.operands
        if row is None:
            return self.builder.constant(node._data)
        if row is elementary.where:
            return self.reference(operands[1])
        if isinstance(row, Elementary):
            emit = VALUES[row]
            references = map(self.reference, operands)
            (found,) = emit(self.builder.emit, self.builder.constant, *references)
        elif isinstance(row, Scalar):
            xs, options = row.split(operands)
            (found,) = self._numbers.numbers(row, "value_of", self._several(xs), *options)
        elif all(self.reference(x) < 0 for x in node._parents):
            return self.builder.constant(node._data)
        elif not self._may_call:
            self.end(CallsError())
        else:
            found = self._calls.result(row, self.reference)
        return found  # type: ignore[no-any-return]

    def _several(self, xs: Sequence[Any]) -> list[Number]:
        return [Number(self.builder, self.reference(x), _number(x)) for x in xs]

    def _partials(self, row: Any, node: Value, operands: Any, kind: str) -> Sequence[int]:
        """Write down the partials of a node by the operands of kind "v"."""
        constant = self.builder.constant
        if row is elementary.where:
            return [constant(1.0)]
        if isinstance(row, Elementary):
            references = map(self.reference, (node, *operands))
            return PARTIALS[row, kind](self.builder.emit, constant, *references)  # type: ignore[no-any-return]
        if row.is_custom:
            # by variables and what is a number
            found: Sequence[int] = [*map(constant, node._partials)]
            if any(self.reference(x) >= 0 for x in node._parents):
                found = self._calls.partials(row, self.reference)
            kinds = [k for x, k in zip(operands, kind) if type(x) is Value]
            return [d for d, k in zip(found, kinds) if k == "v"]
        xs, options = row.split(operands)
        *_, z = self._several([node])
        every = self._numbers.numbers(row, "partials_of", self._several(xs), z, *options)
        return [d for d, k in zip(every, kind) if k == "v"]

    def left_out(self, row: Scalar, xs: Sequence[Any], z: Any) -> list[bool]:
        """Return, for each operand of a row, whether its choice leaves it out; guards hold it."""
        if isinstance(row, Elementary):
            emit, references = FLATS[row], map(self.reference, xs)
            found = emit(self.builder.emit, self.builder.constant, *references)
        else:
            of_z = self._several([z])[0]
            found = self._numbers.numbers(row, "flats_of", self._several(xs), of_z)
        return [self._holds(reference) for reference in found]

    def _holds(self, reference: int) -> bool:
        """Return whether a condition holds at this point, which a guard demands."""
        holds = bool(self.builder.value(reference))
        self.builder.guard(reference, holds)
        return holds

    # What is asked while the function runs

    def is_number(self, x: Value) -> bool:
        """Return whether a Value stands for a number that the function would have."""
        self.reference(x)
        return self.builder.level(x) == NOWHERE

    def number(self, x: Value) -> Any:
        """Return what stands for the number of a Value; of one that nothing moves, the number."""
        if self.is_number(x):
            return x
        return self._leaf(self.reference(x), x._data)

    def variable(self, x: Value) -> Value:
        """Return a leaf to differentiate by, with the number of a Value."""
        leaf = Value(x._data)
        self.builder.know(leaf, self.reference(x), leaf.level)
        return leaf

    def _pause(self, x: Any) -> None:
        """Take a node that is a leaf from now on, in `no_grad`, with the number that it is."""
        if type(x) is Value and not self.is_number(x):
            self.builder.know(x, self.reference(x), recording.level)

    def made_inside(self, ys: Sequence[Any], level: int) -> bool:
        """Return whether the ys were made from leaves of this level, and numbers."""
        return all(self._levels_of(y) >= level for y in ys)

    def _levels_of(self, y: Any) -> int:
        if type(y) is Tensor:
            self._refuse_arrays()
        if type(y) is not Value:
            return NOWHERE
        self.reference(y)
        return self.builder.level(y)

    def asked(self, what: str, x: Value, y: Any) -> Any:
        """Answer a comparison or predicate, which is a guard; refuse what takes a number out."""
        if what == "random":
            message = "dropout would be frozen; use ag.compile(f, arrays=True), which draws anew"
            self.end(refusal(message, ArrayError))
        if what == "read":
            return NotImplemented  # its numbers are asked for as x.data, too
        if what == "paused":
            self._pause(x)
            return NotImplemented
        if type(x) is not Value:
            return NotImplemented  # a Tensor, which is constant
        if what in _COMPARISONS:
            return self._compared(what, x, y)
        if what == "bool":
            return bool(self._compared("ne", x, 0.0))
        if what in _PREDICATES:
            return np.bool_(self._guarded(what, [x], bool(_PREDICATES[what](x._data))))
        if what == "hash" and not is_key():
            return NotImplemented
        if self.reference(x) < 0:
            return NotImplemented  # nothing moves it
        if what == "copy":
            return x if self.is_number(x) else NotImplemented
        if what == "detach":
            return x if self.is_number(x) else self.variable(x)
        if what == "data" and (reader := _reader()) in READERS:
            return NotImplemented if reader != NARY else self.number(x)
        taken = "x.data, or a function of arrays," if what == "data" else f"{what}(x)"
        if what == "backward":
            taken = "x.backward()"
        if what == "hash":
            taken = "x as a key of a dict, or in a set,"
        kind = ArrayError if what == "data" else RecordingError
        message = f"{taken} would freeze a number that the inputs move; {REMEDIES[what]}"
        self.end(refusal(message, kind))

    def _compared(self, what: str, x: Value, y: Any) -> Any:
        if not (type(y) is Value or isinstance(y, NUMBER)):
            return NotImplemented
        if _is_wide(y):
            self._refuse_arrays()
        number = y._data if type(y) is Value else y if isinstance(y, (int, float)) else float(y)
        answer: bool = getattr(operator, what)(x._data, number)
        self._guarded(what, [x, y], answer)
        return np.bool_(answer) if self._are_elements and self.is_number(x) else answer

    def _guarded(self, what: str, operands: Sequence[Any], answer: bool) -> bool:
        reference = self.builder.emit(what, *map(self.reference, operands))
        self.builder.guard(reference, answer)
        return answer

    def told(self, predicate: Callable[..., Any], operands: Sequence[Any]) -> Any:
        """Return what a predicate of NumPy says of Values and numbers, which is a guard."""
        given = [x for x in operands if type(x) is not Value]
        if any(np.ndim(x) or _is_wide(x) for x in given):
            self._refuse_arrays()
        operands = [*map(_of_python, operands)]
        name = predicate.__name__.strip("_")
        compare = arrays.COMPARISONS.get(predicate, predicate)  # type: ignore[call-overload]
        if compare in arrays.COMPARISONS.values():
            return np.bool_(compare(*operands))
        if name in _PREDICATES and type(operands[0]) is Value:
            return self.asked(name, operands[0], None)
        if name.startswith("logical_"):
            return predicate(*map(bool, operands))
        return predicate(*map(bare, operands))

    # Sweeps of numbers, written out

    def reverse(
        self, ys: Sequence[Any], xs: Sequence[Any], seeds: Sequence[Any], level: int
    ) -> list[Any] | None:
        """Return the derivatives of the sum of all seed * y by the xs, as `reverse` does."""
        starts = [1.0 if seed is None else seed for seed in seeds]
        found = self.sweeps(ys, xs, [starts], level)
        return found if found is None else found[0]

    def sweeps(
        self, ys: Sequence[Any], xs: Sequence[Any], seeds: Sequence[Any], level: int = 0
    ) -> list[list[Any]] | None:
        """Return them for many seeds."""
        return self._swept(reverse, ys, xs, ys, seeds, xs, level)

    def forward(
        self, ys: Sequence[Any], xs: Sequence[Any], tangents: Sequence[Sequence[Any]], level: int
    ) -> list[list[Any]] | None:
        """Return the rates of change of the ys along each tangent, as `forward` does."""
        return self._swept(forward, ys, xs, xs, tangents, ys, level)

    def _swept(
        self,
        sweep: Callable[..., Any],
        ys: Sequence[Any],
        xs: Sequence[Any],
        begin: Sequence[Any],
        several: Sequence[Sequence[Any]],
        end: Sequence[Any],
        level: int,
    ) -> list[list[Any]] | None:
        if Tensor in map(type, [*ys, *xs]):
            self._refuse_arrays()
        if not self.made_inside(ys, level):
            return None
        for y in [*ys, *xs]:
            self.reference(y)
        numbers = unwatched(sweep, ys, xs, [[*map(_number, starts)] for starts in several])
        order = self.builder.order(ys)
        is_reverse = sweep is reverse
        nodes = order if is_reverse else order[::-1]
        return [
            self._sweep(is_reverse, nodes, begin, starts, tuple(end), each)
            for starts, each in zip(several, numbers)
        ]

    def _sweep(
        self,
        is_reverse: bool,
        nodes: tuple[Value, ...],
        begin: Sequence[Any],
        starts: Sequence[Any],
        ends: tuple[Any, ...],
        numbers: Sequence[float],
    ) -> list[Any]:
        """Write down a sweep; the numbers are what it comes to."""
        started: dict[Value, int] = {}
        for node, start in zip(begin, starts):
            if start != 0.0:  # of a Value a guard
                share = self.reference(start)
                before = started.get(node)
                started[node] = share if before is None else self.builder.emit("add", before, share)
        write = self.builder.sweep
        found = write(is_reverse, nodes, started, ends, self._edges, False)
        if self._met_nan(nodes, found):
            found = write(is_reverse, nodes, started, ends, self._edges, True)
        return [0.0 if x is None else self._leaf(x, number) for x, number in zip(found, numbers)]

    def _edges(self, node: Value, strict: bool) -> list[tuple[Value, int]]:
        """Return the parents of a node, but for numbers, and the partials by them."""
        if not strict and node in self._plain_edges:  # which many sweeps go through
            return self._plain_edges[node]
        row: Any = node.row
        operands, level = node.operands, self.builder.level
        xs = row.split(operands)[0] if row.options else operands
        kind = "".join(["v" if type(x) is Value and level(x) < NOWHERE else "c" for x in xs])
        found = [x for x, k in zip(xs, kind) if k == "v"]
        edges = [*zip(found, self._partials(row, node, operands, kind))]
        if not strict or row.flat is None:
            self._plain_edges[node] = edges
            return edges
        out = [flat for flat, k in zip(self.left_out(row, xs, node), kind) if k == "v"]
        return [edge for edge, flat in zip(edges, out) if not flat]

    def _met_nan(self, nodes: Sequence[Value], ends: list[int | None]) -> bool:
        """Return whether a plain sweep came to nan, and is repeated; guards hold it."""
        if not self.builder.chooses(nodes):
            return False  # repeated, it would be the same
        emit = self.builder.emit
        known = [end for end in ends if end is not None]
        if not known:
            return False
        sums = known
        while len(sums) > 1:  # in pairs: one by one, each would wait for the one before
            odd = sums[-1:] if len(sums) % 2 else []
            sums = [emit("add", x, y) for x, y in zip(sums[::2], sums[1::2])] + odd
        if not self._holds(emit("isnan", sums[0])):
            return False
        nans = [self._holds(emit("isnan", end)) for end in known]
        return any(nans)  # and not inf - inf

    def _refuse_arrays(self) -> NoReturn:
        message = "a Tensor can't be compiled yet; write it with functions of numbers or lists"
        self.end(refusal(message, ArrayError))

    def _refuse(self, message: str) -> NoReturn:
        self.end(refusal(message))


_COMPARISONS = ("lt", "le", "eq", "ne", "gt", "ge")
_PREDICATES: dict[str, Callable[[Any], Any]] = {
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
    "signbit": np.signbit,
}


def _plain(x: Any) -> Any:
    return x._data if type(x) is Value else x


def _is_wide(x: Any) -> bool:
    """Return whether a number of NumPy has more digits than one of Python."""
    is_longer = isinstance(x, (np.generic, np.ndarray)) and x.dtype.kind == "f" and x.itemsize > 8
    return is_longer and bool(x != float(x))


def _of_python(x: Any) -> Any:
    """Return a number of NumPy, or an array without axes, as one of Python, which asks no ufunc."""
    x = x[()] if isinstance(x, np.ndarray) else x
    if isinstance(x, np.floating):
        return float(x)
    return x.item() if isinstance(x, np.generic) else x


def _number(x: Any) -> float:
    return x._data if type(x) is Value else float(x)


def _reader() -> str:
    """Return the file that reads `data`."""
    frame: Any = sys._getframe(1)
    while frame.f_code.co_filename in BETWEEN or frame.f_code in READING:
        frame = frame.f_back
    return frame.f_code.co_filename  # type: ignore[no-any-return]


def refusal(message: str, kind: type[RecordingError] = RecordingError) -> RecordingError:
    """Return an error that names the line."""
    where = shown_line(*own_line())
    return kind(f"compile: {where}: {message}")
