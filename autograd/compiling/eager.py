"""Programs held against their functions, which are called on plain numbers where they are recorded.

A function may see that it is given variables: it catches an error that NumPy raises about those
alone, or looks at a type. What it does then it would not do with numbers. So each new program is
compared with it, loosely: the order of sums may be another one. Where they differ, also at a point
beside, the two ways through its lines are followed to where they part.
"""

from __future__ import annotations

import contextlib
import dis
import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from types import FrameType
from typing import Any, NamedTuple, NoReturn

import numpy as np

from autograd.compiling.doubts import Doubts, far_from
from autograd.compiling.forms import Form, rebuilt
from autograd.compiling.lines import is_of_users, shown_line
from autograd.compiling.noted import kept
from autograd.compiling.recording import RecordingError
from autograd.recording import recorded
from autograd.tensors.tensor import Tensor
from autograd.value import Value, shown
from autograd.watching import unwatched

MOST_LINES = 100_000
"""Most lines that are followed."""
REMEDY = (
    "let it neither catch errors nor look at types, so that it does for both what it does for "
    "numbers"
)
NEAR, ROUNDED = 0.375, 0.6
"""Powers of the unit in the last place: what differs by less, relative to the numbers themselves,
and to the largest number that was computed with, is alike."""


SINGLE = 1e-12
"""Most that results of functions with float32 differ by: it gives numbers 32 bits, of Values 64."""


plainly: ContextVar[bool] = ContextVar("called on plain numbers", default=False)
"""True where a function is called on plain numbers: compiled ones in it need not be recorded."""


def nothing() -> None:
    """Do nothing."""


class OtherError(RecordingError):
    """Error of a program that is not what its function does with numbers."""


class At(NamedTuple):
    """Line that is run, or the error that is raised there."""

    file: str
    line: int
    error: str = ""


class Raised(NamedTuple):
    """Error that a function raises, in place of a result."""

    error: Exception


class Held(NamedTuple):
    """Function, one of its programs, and how it is recorded."""

    name: str
    f: Callable[..., Any]
    doubts: Doubts
    form: Form
    run: Callable[[Any], Any]
    finish: Callable[[Any], Any]
    moved: Callable[[Sequence[Any]], list[Any]]
    """Function that gives a point beside another one."""
    record: Callable[[Sequence[Any]], Any]
    """Function that records once more, at a point."""
    may_vary: bool = False
    """True where the program may give other numbers each time."""
    restore: Callable[[], None] = nothing
    """Function that puts the generators that it draws from back."""
    in_place: bool = False
    of_numpy: bool = False
    """True where the numbers are NumPy's, of 64 bits, which share programs with Python's."""

    def hold(self, inputs: Sequence[Any]) -> None:
        """Raise OtherError where the program is not what the function does with numbers."""
        self._hold(inputs)
        if self.doubts.sees and self.form[0] != "arrays":
            self._replace(of_numpy=True)._hold(inputs)
        if self.doubts.catches and sys.gettrace() is None:
            self._hold_errors(inputs)
        if self.doubts.catches or self.doubts.sees:
            for point in far_from(inputs):
                self._hold(point)

    def _hold(self, inputs: Sequence[Any]) -> None:
        first = self._pair(inputs)
        is_single = self.doubts.has_singles and self.form[0] != "arrays"
        if first is None or (not is_single and alike(*first)):
            return
        second = self._pair(self.moved(inputs))  # a tie is none there
        if is_single:
            if all(pair is None or alike(*pair, SINGLE) for pair in (first, second)):
                return
        elif second is None or self._rounded(inputs, first, second):
            return
        again = self._plainly(inputs)
        if self.may_vary and (again is None or not alike(again[0], first[1])):
            return
        self._refuse(inputs, *first)

    def _hold_errors(self, inputs: Sequence[Any]) -> None:
        """Raise where an error is raised for variables alone, which the function catches."""
        plain, own = self._both(inputs)
        for at in own:
            if at.error and at not in plain:
                raise OtherError(
                    f"compile: {shown_line(at.file, at.line)}: {at.error} is raised for variables, "
                    f"not for numbers, and {self.name} catches it; {REMEDY}"
                )

    def _both(self, inputs: Sequence[Any]) -> tuple[list[At], list[At]]:
        """Return the lines that the function runs with numbers, and with variables."""
        plain = _followed(lambda: self._plainly(inputs))
        with np.errstate(all="ignore"):
            own = _followed(lambda: self.record(inputs))
        self.restore()
        return plain, own

    def _pair(self, inputs: Sequence[Any]) -> tuple[Any, Any] | None:
        """Return what the program gives, and what the function does, if it gives something."""
        own = [*map(_copied, inputs)]
        try:
            outputs, failed = self.run(own)
            if failed >= 0:
                return None
            found = self.finish(outputs)
            self.restore()
            plain = self._plainly(inputs)
        except Exception:  # of NumPy, at other points
            return None
        finally:
            self.restore()
        if plain is None:
            return None
        if isinstance(plain[0], Raised):
            again = self._plainly(inputs)
            if again is not None and isinstance(again[0], Raised):  # not once, as an interrupt
                self._refuse(inputs, found, plain[0])
            return None
        return ((found, own), plain) if self.in_place else (found, plain[0])

    def _plainly(self, inputs: Sequence[Any]) -> tuple[Any, Any] | None:
        """Call the function on plain numbers; return its result and what became of the inputs.

        An error that it raises by itself is a result too. One of Python's floats, or of what is for
        variables alone, is none.
        """
        own = [*map(_copied, inputs)]
        args, kwargs = _arguments(self.form, [*map(np.float64, own)] if self.of_numpy else own)
        token = plainly.set(True)
        try:
            with recorded(), np.errstate(all="ignore"):
                return unwatched(lambda: self.f(*args, **kwargs)), own
        except Exception as error:
            return (Raised(error), own) if is_raised_by_users(error) else None
        finally:
            plainly.reset(token)

    def _rounded(self, inputs: Sequence[Any], one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
        """Return whether results differ by what rounding may do, at a point or one beside."""
        try:
            with np.errstate(all="ignore"):
                largest, unit = _largest(self.record(inputs))
        except Exception:  # far away; nothing is known of rounding there
            return True
        finally:
            self.restore()
        near, most = unit**NEAR, unit**ROUNDED * largest
        return any(
            alike(*pair, near, most, beside[0]) for pair, beside in ((one, other), (other, one))
        )

    def _refuse(self, inputs: Sequence[Any], found: Any, plain: Any) -> NoReturn:
        if self.in_place and not isinstance(plain, Raised):
            found, plain = found[0], plain[0]
        does = f"raises {plain.error!r}" if isinstance(plain, Raised) else f"gives {shown(plain)}"
        numbers = "numbers of NumPy" if self.of_numpy else "numbers"
        raise OtherError(
            f"compile: {self._parting(inputs)}{self.name} {does} for {numbers} and "
            f"{shown(found)} for variables; {REMEDY}"
        )

    def _parting(self, inputs: Sequence[Any]) -> str:
        """Return the line after which the function goes other ways, as a part of a message."""
        if sys.gettrace() is not None:
            return ""
        last = None
        for one, other in zip(*self._both(inputs)):
            if one != other:
                break
            last = one
        else:
            return ""
        errors = [(x, who) for x, who in ((other, "variables"), (one, "numbers")) if x.error]
        at = errors[0][0] if errors else last
        if at is None:
            return ""
        what = f"{errors[0][0].error} is raised for {errors[0][1]}; " if errors else ""
        return f"{shown_line(at.file, at.line)}: {what}"


def is_raised_by_users(error: Exception) -> bool:
    """Return whether an error comes of a `raise` or `assert` in a function of a user's own."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or not is_of_users(trace.tb_frame):
        return False
    return dis.opname[trace.tb_frame.f_code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"


def _followed(function: Callable[[], Any]) -> list[At]:
    """Return the lines of users that a function runs."""
    found: list[At] = []

    def at(frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line" or event == "exception":
            error = f"{arg[0].__name__}" if event == "exception" else ""
            found.append(At(frame.f_code.co_filename, frame.f_lineno, error))
        if len(found) >= MOST_LINES:
            sys.settrace(None)
        return at

    def entered(frame: FrameType, event: str, arg: Any) -> Any:
        return at if is_of_users(frame) else None

    sys.settrace(entered)
    try:
        with contextlib.suppress(Exception):  # of a recording that is not compared
            function()
    finally:
        sys.settrace(None)
    return found


def _largest(recording: Any) -> tuple[float, float]:
    """Return the largest number that a recording computed with, and the largest unit of a type."""
    if hasattr(recording, "trace"):
        values = recording.trace.values
    else:
        builder = recording.builder
        values = [*builder.constants, *map(builder.value, range(builder.inputs + builder.size))]
    arrays = [x for each in values if (x := _numbers(each)) is not None]
    sizes = [abs(x[np.isfinite(x)]).max(initial=0.0) for x in arrays]
    types = {x.dtype for x in values if hasattr(x, "dtype") and x.dtype.kind in "fc"}
    units = [float(np.finfo(kind).eps) for kind in types]
    return float(max(sizes, default=0.0)), max([sys.float_info.epsilon, *units])


def _copied(x: Any) -> Any:
    return kept(x) if isinstance(x, np.ndarray) else x


def _arguments(form: Form, inputs: Sequence[Any]) -> tuple[Any, Any]:
    leaves: Iterator[Any] = iter(inputs)
    if form[0] in ("call", "arrays"):
        return rebuilt(form[1], leaves, np.float64), rebuilt(form[2], leaves, np.float64)
    return rebuilt(form, leaves, np.float64), {}


def alike(x: Any, y: Any, near: float = 1e-6, most: float = 0.0, beside: Any = None) -> bool:
    """Return whether two results are, but for rounding, the same.

    Numbers are, where they differ by `near` times themselves and `most`, and by some of what comes
    of a step to the result beside.
    """
    x, y = _bare(x), _bare(y)
    if isinstance(y, dict):
        is_dict = isinstance(x, dict) and x.keys() == y.keys()
        return is_dict and all(alike(x[key], y[key], near, most, _part(beside, key)) for key in y)
    if isinstance(y, (list, tuple)):
        if not isinstance(x, (list, tuple)) or len(x) != len(y):
            return False
        parts = [_part(beside, k) for k in range(len(y))]
        return isinstance(x, list) == isinstance(y, list) and all(
            alike(i, j, near, most, part) for i, j, part in zip(x, y, parts)
        )
    one, two, step = _numbers(x), _numbers(y), _numbers(_bare(beside))
    if one is None or two is None:
        is_plain = any(isinstance(each, (str, bytes, type(None))) for each in (x, y))
        return not is_plain or bool(type(x) is type(y) and x == y)
    if one.shape != two.shape:
        return False
    if two.dtype.kind == "c" != one.dtype.kind and np.isnan(one).all():
        return True  # a power of Python's floats, which is complex
    with np.errstate(all="ignore"):
        room = near * np.maximum(abs(one), abs(two)) + most
        if step is not None and step.shape == one.shape:
            room = room + 4 * abs(step - one)
        same = (
            (one == two)
            | ((abs(one - two) <= room) & np.isfinite(room))
            | (np.isnan(one) & np.isnan(two))
        )
        return bool(same.all())


def _part(x: Any, key: Any) -> Any:
    try:
        return None if x is None else x[key]
    except (LookupError, TypeError):
        return None


def _bare(x: Any) -> Any:
    return x._data if isinstance(x, (Value, Tensor)) else x


def _numbers(x: Any) -> Any:
    """Return numbers as an array of float64 or complex ones; None where it has others."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        parts = [_bare(y) for y in x.flat]
        if not all(isinstance(y, (int, float, np.number, np.bool_)) for y in parts):
            return None
        x = np.array(parts, np.float64).reshape(x.shape)
    if not isinstance(x, (bool, int, float, complex, np.generic, np.ndarray)):
        return None
    try:
        array = np.asarray(x)
        is_number = array.dtype.kind in "biufc"
        return (
            array.astype(complex if array.dtype.kind == "c" else np.float64) if is_number else None
        )
    except OverflowError:  # of a large int
        return None
