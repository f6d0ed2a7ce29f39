"""Arrays as wholes: their forms, the recording of functions of them, and its versions.

The counterpart of `recording` and `versions`, in which arrays are taken number by number.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from autograd.arithmetic.standing import StandIn, standing
from autograd.compiling.calls import Run
from autograd.compiling.chance import Chance, DrewError
from autograd.compiling.doubts import Doubts
from autograd.compiling.eager import Held
from autograd.compiling.forms import Form, Nodes, Static, form_of, rebuilt
from autograd.compiling.lines import shown_line
from autograd.compiling.machines import Costs
from autograd.compiling.noted import CallBack, Draw, Guard, Raising, Ref, has_form, kept
from autograd.compiling.passing import Finish, finish_of
from autograd.compiling.plans import ArrayProgram, planned
from autograd.compiling.repeating import FrozenError, other_result
from autograd.compiling.traced import Traced
from autograd.compiling.traces import Trace
from autograd.recording import recorded
from autograd.tensors.tensor import Tensor
from autograd.trees import flatten
from autograd.value import Value

FEW = 256
"""Most elements of arrays of float64, in all, that are taken number by number from the start."""
MOST = 4096
"""Most of those that are taken so where a function computes with single ones."""
DOUBLE = np.dtype(np.float64)
NUMBERS = (float, complex, np.inexact)


# Forms


class Size(NamedTuple):
    """Size of some arguments."""

    elements: int
    is_whole: bool
    """True where some array can't be taken number by number."""


def size_of(x: Any) -> Size:
    """Return how many elements the arrays in an argument have."""
    if isinstance(x, np.ndarray) and x.dtype != object:
        is_whole = x.dtype.kind in "fc" and x.dtype != DOUBLE
        return Size(x.size, is_whole or not x.size)
    if isinstance(x, (complex, np.inexact)):
        return Size(0, not isinstance(x, float))
    if isinstance(x, dict):
        x = [*x.values()]
    if not isinstance(x, (list, tuple)) or {*map(type, x)} <= {float, int}:
        return Size(0, False)
    sizes = [size_of(each) for each in x]
    return Size(sum(each.elements for each in sizes), any(each.is_whole for each in sizes))


def has_arrays(x: Any) -> bool:
    """Return whether there are arrays with elements in an argument."""
    return size_of(x).elements > 0


class Forms:
    """Which arguments of a function are taken number by number, and which arrays as wholes."""

    def __init__(self, whole: bool | None, chooses: Callable[[], bool]) -> None:
        self.whole = whole
        """Way that the user chose: by number, as wholes, or None."""
        self._chooses = chooses
        """Function that says whether NumPy chooses numbers, which it does not for objects."""
        self._not_by_number: set[Form] = set()
        self._by_number: set[Form] = set()
        self.settled: set[Form] = set()
        """Forms of arrays as wholes that stay so, however small the steps are."""

    def of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Form, list[Any]]:
        """Return the form of the arguments of a call, and its inputs: numbers, or arrays."""
        whole = self.whole
        if whole is None:
            size = size_of((args, kwargs))
            whole = size.is_whole or size.elements > FEW
            whole = whole or bool(size.elements and self._chooses())
        if whole:
            form, inputs = whole_form(args, kwargs)
            return number_form(args, kwargs) if form in self._by_number else (form, inputs)
        form, inputs = number_form(args, kwargs)
        return whole_form(args, kwargs) if form in self._not_by_number else (form, inputs)

    def other(
        self, form: Form, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Form, list[Any]] | None:
        """Return the form by the other way, and its inputs, where there is one to be tried."""
        if self.whole is not None:
            return None
        if form[0] != "arrays":
            return whole_form(args, kwargs)
        size = size_of((args, kwargs))
        is_whole = size.is_whole or not size.elements or size.elements > MOST
        return None if is_whole else number_form(args, kwargs)

    def prefer_other(self, form: Form) -> None:
        """Take arguments of this form the other way from now on."""
        (self._by_number if form[0] == "arrays" else self._not_by_number).add(form)


def number_form(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Form, list[Any]]:
    """Return the form of arguments in which arrays are taken number by number, and the numbers."""
    inputs: list[Any] = []
    form = form_of(args, inputs)
    return (("call", form, form_of(kwargs, inputs)) if kwargs else form), inputs


def whole_form(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Form, list[Any]]:
    """Return the form of arguments in which arrays are taken as wholes, and those."""
    inputs: list[Any] = []
    return ("arrays", _form(args, inputs), _form(kwargs, inputs)), inputs


def _form(x: Any, inputs: list[Any]) -> Form:
    kind = type(x)
    if isinstance(x, (Value, Tensor, StandIn)):
        raise Nodes
    if (kind is np.ndarray or kind is np.memmap) and x.dtype != object:
        inputs.append(np.asarray(x))
        return ("whole", x.dtype, x.shape, x.strides)
    if isinstance(x, NUMBERS):
        inputs.append(x)
        return ("number", kind)
    if kind is list or kind is tuple:
        return (kind, *[_form(each, inputs) for each in x])
    if isinstance(x, tuple) and hasattr(kind, "_make"):
        return ("named", kind, *[_form(each, inputs) for each in x])
    if kind is dict:
        return ("dict", tuple(x), *[_form(each, inputs) for each in x.values()])
    return form_of(x, inputs)


# Recording


class Recording:
    """One call of a function of arrays, recorded; under a name, with an eye on random draws.

    A careful one, which takes longer, lets calls that are noted draw, as some of SciPy do: those of
    a program draw anew.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        form: Form,
        inputs: Sequence[Any],
        may_stop: bool = False,
        name: str = "",
        is_careful: bool = False,
        has_singles: bool = False,
    ) -> None:
        self.trace = Trace(inputs, may_stop, is_careful, has_singles)
        leaves = iter(self.trace.inputs)
        args, kwargs = rebuilt(form[1], leaves), rebuilt(form[2], leaves)
        self._given = {**dict(enumerate(args)), **kwargs}
        standing.append(self)
        try:
            with recorded():
                call = functools.partial(f, *args, **kwargs)
                if name:
                    call = functools.partial(Chance(name, call, is_careful).watched, call)
                out = self.trace.to_the_end(call)
        finally:
            standing.remove(self)
            self.trace.states.restore()
        leaves_of, self._build = flatten(out)
        found = [self._plain(x) for x in leaves_of]
        self.outputs = [x.place for x in found if isinstance(x, Traced)]
        self.statics = [None if isinstance(x, Traced) else x for x in found]

    def _plain(self, x: Any) -> Any:
        if isinstance(x, Tensor):
            x = x._data.item() if not x.ndim else x._data
        if isinstance(x, Value):
            return x._data
        if isinstance(x, Traced) and x.recorder is not self.trace:
            x.refuse("a result of another recording", "return it there")
        return x

    @property
    def finish(self) -> Finish:
        """Maker of results: it puts outputs into the places of a result."""
        return finish_of(self.statics, self._build)

    def program(self, in_place: bool, donated: Collection[int | str] = ()) -> ArrayProgram:
        """Return the program of the results; with what is written into inputs, or without.

        Results may be written into the arrays of arguments that are donated.
        """
        found = planned(self.trace, self.outputs, range(len(self.trace.inputs) * in_place))
        given = flatten([x for key, x in self._given.items() if key in donated])[0]
        return found._replace(donated=tuple([x.place for x in given if isinstance(x, Traced)]))

    def results(self) -> list[Any]:
        """Return the outputs at this point."""
        return [self.trace.values[i] for i in self.outputs]


def moved(inputs: Sequence[Any]) -> list[Any]:
    """Return a point beside another one, in a direction that is no special one."""
    return [_moved(x, k) for k, x in enumerate(inputs)]


def _moved(x: Any, k: int) -> Any:
    array = np.asarray(x)
    if array.dtype.kind not in "fc":
        return x
    steps = 1.0 + (0.618 * (k + np.arange(array.size).reshape(array.shape))) % 1.0
    with np.errstate(all="ignore"):
        sizes = np.where(array == 0, 2.0**-30, 2.0**-20 * np.abs(array))
        near = np.where(np.isfinite(array), array + sizes * steps, array).astype(array.dtype)
    if not isinstance(x, np.ndarray):
        return type(x)(near.item())
    made = kept(x)
    made[...] = near
    return made


def compare(name: str, first: Recording, second: Recording) -> None:
    """Raise where two recordings differ before a guard that came out otherwise."""
    a, b = first.trace, second.trace
    length, turned = max(len(a.steps), len(b.steps)), False
    for one, two in zip(a.guards, b.guards):
        held = _held(a, one) != _held(b, two)
        if one != two or held:
            length, turned = min(one.after, two.after) - held, True
            break
    for k, (step, other) in enumerate(zip(a.steps[:length], b.steps)):
        function, own = step.function, other.function
        raises = (type(function) is Raising) is not (type(own) is Raising)
        if raises or (type(function) is CallBack and not function.is_like(own)):
            length, turned = k, True
            break
    for step, other in zip(a.steps[:length], b.steps[:length]):
        same = (
            _equal(step.function, other.function)
            and step.result == other.result
            and _same(a, b, step.args, other.args)
            and _same(a, b, step.kwargs, other.kwargs)
        )
        if not same:
            _refuse(name, f"computed {_name(step)} with other numbers", step.line)
    if turned:
        return
    if len(a.steps) != len(b.steps) or first.outputs != second.outputs:
        _refuse(name, "did something else", None)
    for x, y in zip(first.statics, second.statics):
        if not _equal(x, y) or (x is not y and _is_by_identity(x)):
            raise other_result(f"compile: {name}", x)


def _held(trace: Trace, guard: Guard) -> Any:
    """Return the form that a guard holds, or None."""
    step = trace.steps[guard.after - 1] if guard.after else None
    return step.args[1] if step and step.function is has_form else None


def _name(step: Any) -> str:
    return getattr(step.function, "__name__", "something")


def _same(a: Trace, b: Trace, x: Any, y: Any) -> bool:
    if type(x) is not type(y):
        return False
    if type(x) is Ref:
        own, other = a.constants.get(x), b.constants.get(y)
        if own is None or other is None:
            return bool(x == y)
        return _equal(own, other)
    if isinstance(x, (tuple, list)):
        return len(x) == len(y) and all(_same(a, b, i, j) for i, j in zip(x, y))
    if type(x) is slice:
        return _same(a, b, (x.start, x.stop, x.step), (y.start, y.stop, y.step))
    if type(x) is dict:
        return x.keys() == y.keys() and all(_same(a, b, x[key], y[key]) for key in x)
    return _equal(x, y)


def _equal(x: Any, y: Any) -> bool:
    """Return whether two objects are equal; one nan is like another."""
    if x is y:
        return True
    if isinstance(x, (np.ndarray, np.generic, float, complex)) and type(x) is type(y):
        one, two = np.asarray(x), np.asarray(y)
        if one.dtype != two.dtype or one.shape != two.shape:
            return False
        return one.tobytes() == two.tobytes() or bool(
            np.array_equal(one, two, equal_nan=one.dtype.kind in "fc")
        )
    if type(x) is not type(y):
        return False
    return _is_by_identity(x) or Static(x) == Static(y)


def _is_by_identity(x: Any) -> bool:
    """Return whether nobody can say if it is equal to another."""
    own: Any = type(x).__eq__
    return own is object.__eq__


def _refuse(name: str, what: str, line: Any) -> None:
    where = f"{shown_line(*line)}: " if line else ""
    raise FrozenError(
        f"compile: {where}{name} {what} at a point beside the first: a number was frozen in the "
        "program (taken out of an array, or drawn at random); pass it as an argument",
        None,
    )


# Versions


def _own(x: Any) -> Any:
    return kept(x) if isinstance(x, np.ndarray) else x


class ArrayVersion:
    """Program of arrays that is ready to run, and the point that it was recorded at."""

    task = None
    rows: ClassVar[dict[Any, Any]] = {}

    def __init__(
        self,
        name: str,
        f: Callable[..., Any],
        doubts: Doubts,
        form: Form,
        inputs: Sequence[Any],
        in_place: bool = False,
        may_stop: bool = False,
        exact: bool = True,
        donated: Collection[int | str] = (),
    ) -> None:
        begin = time.perf_counter()
        inputs = [*map(_own, inputs)]
        first, singles = None, doubts.has_singles
        with contextlib.suppress(DrewError):
            first = Recording(f, form, [*map(_own, inputs)], may_stop, name, False, singles)
        if first is None:
            first = Recording(f, form, [*map(_own, inputs)], may_stop, name, True, singles)
        self.program = first.program(in_place, donated)._replace(exact=exact)
        self.recording_seconds = time.perf_counter() - begin
        try:
            second = Recording(f, form, moved(inputs))
        except Exception:  # the function, which may not like that point
            pass
        else:
            compare(name, first, second)
        begin = time.perf_counter()
        self.run = Run(self.program, in_place)
        self._seconds = time.perf_counter() - begin
        self.asked, self.inputs = len(first.trace.steps), inputs
        owners = [s.function.owner for s in self.program.code if type(s.function) is CallBack]
        self.called = ", ".join(dict.fromkeys(owners))
        """Names of functions of the user's own that it calls."""
        self.finish = first.finish.make
        self.others: dict[int, Any] = {}
        self.used = 0
        self._hold(name, first)
        draws = any(type(step.function) is Draw for step in self.program.code)
        Held(
            name, f, doubts, form, self.run, self.finish, moved,
            functools.partial(Recording, f, form), bool(self.called) or draws,
            first.trace.states.restore, in_place,
        ).hold(inputs)  # fmt: skip

    def _hold(self, name: str, first: Recording) -> None:
        """Raise where the program is not what the function did."""
        draws = any(step.function == Draw(None) for step in self.program.code)
        if self.called or draws or not self.program.exact:
            return  # it may give other numbers each time, or than the function
        outputs, failed = self.run([*map(_own, self.inputs)])
        first.trace.states.restore()
        results = first.results()
        for x, y in [*zip(outputs, results)] if failed < 0 else [(f"guard {failed}", results)]:
            if failed >= 0 or not _equal(x, y):
                raise RuntimeError(
                    f"compile: the program of {name} gives {x!r} where {name} gave {y!r}; "
                    "this is a fault of compile, which a report would help to mend"
                )

    def machine(self, name: str) -> str:
        """Return what runs it."""
        found = f"numpy, which calls {self.called}" if self.called else "numpy"
        count = self.run.donated
        return found + f"; {count} result{'s' * (count > 1)} in arguments" * bool(count)

    def costs(self) -> Costs:
        """Return what it took to make it ready."""
        return Costs(self.run.bytes, 0.0, self._seconds)

    def source(self, language: str) -> str:
        """Return its source, which is Python."""
        if language != "python":
            raise ValueError(f'source: got {language!r}; a program of arrays has "python" alone')
        return self.run.source
