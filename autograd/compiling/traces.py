"""Traces: what a function of arrays computes, call by call, written down while it runs.

A function is called on stand-ins for its arrays, and each call of NumPy with one of them is a step,
with the arrays at hand as references: so whatever a function computes is noted, the engine's own
sweeps included, in eager order. Where the truth of an array is asked for, that is a guard.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, NoReturn

import numpy as np

from autograd.compiled import library
from autograd.compiling.ending import Ending
from autograd.compiling.noted import (
    IN_PLACE,
    WRITING,
    WRITTEN_BY_METHOD,
    CallBack,
    Guard,
    InsideError,
    Method,
    Outside,
    Raising,
    Ref,
    States,
    Step,
    form_of,
    has_fixed_form,
    has_form,
    is_operand,
    kept,
    leaves,
    overwrites,
)
from autograd.compiling.recording import refusal
from autograd.compiling.traced import Traced, plain
from autograd.recording import user_line
from autograd.rules.elementary import Elementary
from autograd.watching import drawing

SEEN_THROUGH = ("linear", "matmul", "real", "imag", "log_softmax", "logsumexp", "std", "norm")
"""Rows, beside those that move entries, of which each step is noted."""
FEW = 4096
"""Most elements of a weighted sum that C computes in its own loops, with bits of their own."""


MANY, SMALL = 512, 4
"""Steps after which a recording may stop, where nearly all have no more elements than that."""


class SmallStepsError(BaseException):
    """End of a recording whose steps are of single elements: no error that f may catch."""


class Trace(Ending):
    """Calls of a function's arrays, at one point; it may stop where these are of few elements."""

    def __init__(
        self,
        numbers: Sequence[Any],
        may_stop: bool = False,
        is_careful: bool = False,
        has_singles: bool = False,
    ) -> None:
        self.has_singles = has_singles or any(
            getattr(x, "dtype", None) == np.float32 for x in numbers
        )
        """True where there is float32, beside which a number has 32 bits."""
        self._may_stop, self._is_careful = may_stop, is_careful
        self.steps: list[Step] = []
        self.guards: list[Guard] = []
        self.values: list[Any] = []
        self.states = States()
        """Generators as they were before they drew."""
        self.constants: dict[int, Any] = {}
        """Constants by their places."""
        self._known: dict[int, tuple[Any, int]] = {}
        self._guarded: dict[int, bool] = {}
        self._rows: set[Any] = set()
        """Functions of rows, whose results have fixed shapes."""
        self._inside = 0
        self._calling: Any = None
        """Function that is called."""
        self._traced: dict[int, Traced] = {}
        self.inputs = [self.traced(x) for x in numbers]

    # Values

    def traced(self, value: Any) -> Any:
        """Return a stand-in for a new value."""
        made = Traced(self, self._new(value), value)
        if type(value) is np.ndarray:
            self._traced[id(value)] = made
        return made

    def _new(self, value: Any) -> int:
        """Return the place of a new value."""
        self.values.append(value)
        return len(self.values) - 1

    def constant(self, array: Any) -> Ref:
        """Return the reference of a constant array, of which a copy is kept as it is now."""
        known = self._known.get(id(array))
        if known is not None and _same_bits(self.constants[known[1]], array):
            return Ref(known[1])
        place = self._new(array)
        self.constants[place] = kept(array)
        self._known.pop(id(array), None)  # the last made is the last in it
        self._known[id(array)] = array, place
        return Ref(place)

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a function of arrays, and note it."""
        self._refuse_within()
        noted = self._noted(args)
        named = {name: self._noted(x) for name, x in kwargs.items()}
        written = self._written(function, args, kwargs)
        self.states.note(function)
        is_known = function in self._rows or has_fixed_form(function, args, kwargs)
        given = () if is_known or written else _arrays_in((args, kwargs))
        before = [x.tobytes() for x in given]
        self._calling = function
        draws = self._is_careful or isinstance(function, Outside)
        try:
            call = functools.partial(drawing, function) if draws else function
            value = call(*plain(args), **{name: plain(x) for name, x in kwargs.items()})
        except Exception as error:
            self._raised(function, noted, named, bool(written), type(error))
            raise
        finally:
            self._calling = None
        if before != [x.tobytes() for x in given] or (given and overwrites(function, args, kwargs)):
            what = f"{_name_of(function)}, which writes into an operand,"
            self.refuse(f"{what} can't be compiled; copy that")
        old = self._traced.get(id(value)) if type(value) is np.ndarray else None
        if old is not None:
            if written:
                self._add(function, noted, named, old.place, written)
            elif function not in self._rows and not _is_first(old, args):
                self.refuse("out= by place can't be compiled; name it")
            elif not is_known:
                self._add(function, noted, named, (place := self._new(value)), ())
                self._hold(is_operand, place, Ref(old.place))
            return old
        if value is None:
            self._add(function, noted, named, -1, written)
            return None
        result = self.traced(value)
        self._add(function, noted, named, result.place, written)
        return self._parts(result, value, is_known or type(function) is CallBack)

    def _raised(
        self, function: Any, noted: Any, named: Any, writes: bool, kind: type[Exception]
    ) -> None:
        """Note an error, which the function may catch: it holds for the rest of the program."""
        if self._inside or self.ending is not None:
            return
        if writes or isinstance(function, Outside):
            what = f"{kind.__name__} of {_name_of(function)}, which is caught,"
            self.caught = refusal(f"{what} can't be compiled; let it be raised")
            return
        raises = self.traced(True)
        self._add(Raising(function, kind), noted, named, raises.place, ())
        self.guards.append(Guard(raises.place, True, len(self.steps)))

    def _refuse_within(self) -> None:
        """Refuse what a function that is called does with an array that it was not given."""
        function, self._calling = self._calling, None
        if function is not None:
            what = f"{_name_of(function)}, which computes with an array that it was not given,"
            self.refuse(f"{what} can't be compiled; pass it as an operand")

    def _hold(self, predicate: Callable[..., bool], place: int, expected: Any) -> None:
        """Have a guard hold what may be otherwise at other points."""
        held = self._new(True)
        self._add(predicate, (Ref(place), expected), {}, held, ())
        self.guards.append(Guard(held, True, len(self.steps)))

    def _add(self, function: Any, args: Any, kwargs: Any, place: int, written: Any) -> None:
        self.steps.append(Step(function, args, kwargs, place, written, user_line()))
        if self._may_stop and len(self.steps) == MANY:
            results = [self.values[step.result] for step in self.steps if step.result >= 0]
            sizes = [sum(each.size for each in _arrays_in(x)) for x in results]
            if sum(size > SMALL for size in sizes) <= MANY // 16:
                self.end(SmallStepsError())

    def _parts(self, whole: Traced, value: Any, is_known: bool) -> Any:
        """Return the result of a step, with a stand-in for each of several arrays.

        Where their shapes are not known from those of the operands, guards hold them.
        """
        if isinstance(value, (tuple, list)):
            parts = []
            for i, x in enumerate(value):
                if x is None or isinstance(x, (str, np.dtype)):
                    parts.append(x)
                    continue
                known = self._traced.get(id(x)) if type(x) is np.ndarray else None
                part = self.traced(x)
                if known is not None:  # an operand, which goes by its first name
                    self._traced[id(x)] = known
                self._add(operator.getitem, (Ref(whole.place), i), {}, part.place, ())
                parts.append(self._parts(part, x, is_known))
            make = getattr(type(value), "_make", type(value))
            return make(parts)
        if isinstance(value, (np.ndarray, np.inexact, float, complex)) and not is_known:
            self._hold(has_form, whole.place, form_of(value))
        return whole

    def _written(self, function: Any, args: Any, kwargs: Any) -> tuple[int, ...]:
        """Return the places that a call writes into; refuse constants among them."""
        outs = kwargs.get("out")
        found = [*(outs if isinstance(outs, tuple) else (outs,))] if outs is not None else []
        owner = getattr(function, "__self__", None)
        if isinstance(function, np.ufunc):
            found += args[function.nin :]
        elif isinstance(owner, np.ufunc) and function.__name__ == "at":
            found.append(args[0])
        elif function in WRITING:
            found.append(args[WRITING[function]])
        elif (
            isinstance(function, Method) and function.name in WRITTEN_BY_METHOD
        ) or function in IN_PLACE:
            found.append(args[0])
        for x in found:
            if x is not None and not isinstance(x, Traced):
                self.refuse(
                    "a write of what the inputs move into a constant array can't be compiled; "
                    "make it by np.zeros_like(x)"
                )
        return tuple([x.place for x in found if x is not None])

    def _noted(self, x: Any) -> Any:
        """Return an operand with references for stand-ins and arrays."""
        if isinstance(x, Traced):
            if x.recorder is not self:
                self.refuse("an array of another recording can't be used; return it there")
            return Ref(x.place)
        kind = type(x)
        if kind is np.ndarray:
            return self.constant(x)
        if kind is tuple or kind is list:
            return kind([self._noted(each) for each in x])
        if isinstance(x, tuple) and hasattr(kind, "_make"):
            return kind._make([self._noted(each) for each in x])
        if kind is slice:
            return slice(self._noted(x.start), self._noted(x.stop), self._noted(x.step))
        if kind is dict:
            return {key: self._noted(each) for key, each in x.items()}
        return x

    # Guards, and operations as a whole

    def decide(self, x: Traced) -> bool:
        """Return the truth of a value, which is a guard."""
        self._refuse_within()
        if self._inside:
            raise InsideError
        answer = bool(x.value)
        if self._guarded.get(x.place) is not answer:
            self._guarded[x.place] = answer
            self.guards.append(Guard(x.place, answer, len(self.steps)))
        return answer

    def called(self, row: Any, function: Callable[..., Any], operands: Sequence[Any]) -> Any:
        """Call a function of a row: note what it does, or, where that can't be, itself."""
        if row is not None and row.is_custom:  # whose calls of what is the user's are noted
            return function(*operands)
        self._rows.add(function)
        if not (isinstance(row, Elementary) or (row and (row.moves or row.name in SEEN_THROUGH))):
            return self.call(function, *operands)
        if row.name == "linear" and _is_quick(function, operands):
            return self.call(function, *operands)
        before = len(self.steps), len(self.values), len(self.guards)
        self._inside += 1
        try:
            return function(*operands)
        except Exception:
            self._back(*before)
        finally:
            self._inside -= 1
        return self.call(function, *operands)

    def called_back(self, function: CallBack, args: Any, kwargs: Any) -> Any:
        """Call a function of the user's own, which the program is to call too."""
        fits, *found = self.call(function, *args, **kwargs)
        self.guards.append(Guard(fits.place, True, len(self.steps)))
        return function.build(found)

    def _back(self, steps: int, values: int, guards: int) -> None:
        del self.steps[steps:], self.guards[guards:]
        for place, x in enumerate(self.values[values:], values):
            self.constants.pop(place, None)
            made = self._traced.get(id(x))
            if made is not None and made.place >= values:
                del self._traced[id(x)]
        del self.values[values:]
        while self._known and next(reversed(self._known.values()))[1] >= values:
            self._known.popitem()

    def refuse(self, message: str) -> NoReturn:
        """Raise an error that names the line."""
        if self._inside:
            raise InsideError
        self.end(refusal(message))


def _is_quick(function: Any, operands: Sequence[Any]) -> bool:
    """Return whether C computes a weighted sum, or the shares of one, in its own loops."""
    if library is None or isinstance(function, FunctionType):
        return False
    x, W = operands[:2]
    is_pull = len(operands) > 5  # of a cotangent, the result, and the operands
    if not is_pull and not (np.ndim(x) and np.ndim(W) == 2):
        return False  # which the function refuses
    size = x.size if is_pull else x.size // max(x.shape[-1], 1) * W.shape[0]
    return bool(size <= FEW)


def _name_of(function: Any) -> str:
    return str(getattr(function, "owner", getattr(function, "__name__", "a function")))


def _arrays_in(x: Any) -> list[Any]:
    return [each for each in leaves(plain(x)) if isinstance(each, np.ndarray)]


def _is_first(x: Traced, args: Any) -> bool:
    return bool(args) and args[0] is x


def _same_bits(x: Any, y: Any) -> bool:
    return x is y or (
        x.dtype == y.dtype
        and x.shape == y.shape
        and (x.tobytes() == y.tobytes() if x.dtype != object else False)
    )
