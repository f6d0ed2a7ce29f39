"""Compiled functions: their signatures, the programs of each, and what is done where none fits."""

from __future__ import annotations

import functools
import inspect
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np

from autograd.compiling.called import CallsError, called
from autograd.compiling.chance import Chance
from autograd.compiling.donated import keys_of
from autograd.compiling.doubts import Doubts, doubts_of
from autograd.compiling.eager import Held, OtherError, plainly
from autograd.compiling.errors import CaughtError, hold_errors, of_variables
from autograd.compiling.forms import Form, Nodes, has_floats, in_floats, kept, rebuilt
from autograd.compiling.machines import (
    SLOW,
    chosen,
)
from autograd.compiling.passing import Reader, finish_of, numbers_of
from autograd.compiling.program import Program
from autograd.compiling.recording import ArrayError, Recorder, RecordingError
from autograd.compiling.repeating import FrozenError, compare, compare_calls, held, moved
from autograd.compiling.seen import Seen
from autograd.compiling.traces import SmallStepsError
from autograd.compiling.versions import Recorded, Signature, Version
from autograd.compiling.whole import MOST, ArrayVersion, Forms, has_arrays
from autograd.recording import record_lines, recorded, user_line
from autograd.tensors.tensor import Tensor
from autograd.trees import flatten
from autograd.watching import watched

Function = Callable[..., Any]

MOST_RECORDINGS = 32
"""Most recordings of one signature, after which it runs as it is where no program fits."""
AS_NUMBERS = (TypeError, AttributeError)
"""Errors of numbers that may be no more where NumPy computes with them, as it does with arrays."""
MOST_SIGNATURES = 64
"""Most signatures of a function that are kept."""


class Compiled(Seen):
    """Function that runs as programs, which are recorded when they are first needed."""

    in_place = False
    """True where programs of arrays write into arguments, as the function does."""

    def __init__(
        self,
        compile: Function,
        f: Function,
        machine: str | None,
        wait: bool,
        arrays: bool | None = None,
        exact: bool = True,
        donate: Any = (),
        cache: Any = None,
    ) -> None:
        if cache is not None:
            from autograd.compiling.stored import folder_of

            cache = folder_of(cache)
        super().__init__(compile, f, f, machine, wait, arrays, exact, donate, cache)
        self._arrays, self._exact = arrays, exact
        self._donated = keys_of(f, donate)
        self._chosen, self._wait = chosen(machine, cache), wait
        self._lock = threading.RLock()
        self._clock, self._may_call, self._is_told = 0, False, False
        if inspect.iscoroutinefunction(f) or inspect.isgeneratorfunction(f):
            kind = "coroutines" if inspect.iscoroutinefunction(f) else "generators"
            raise TypeError(
                f"compile: got {self._called}, which makes {kind}; it needs a function that "
                "returns numbers"
            )
        self.clear()

    def clear(self) -> None:
        """Forget all programs: the next call records anew, with globals as they are then."""
        self._known_doubts: Doubts | None = None
        self._signatures = {}
        self._refused: dict[Form, str] = {}
        self._quick: tuple[Reader, Signature] | None = None
        self.derived: dict[Any, Compiled] = {}
        """Compiled functions that were made of it, as those of its derivatives."""
        self._forms = Forms(self._arrays, lambda: self._doubts.chooses)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute it."""
        quick = self._quick
        if quick is not None:
            inputs = quick[0](args, kwargs)
            if inputs is not None:
                version = quick[1].latest
                outputs, failed = version.run(inputs)
                if failed < 0:
                    return version.finish(outputs)
                return self._elsewhere(quick[1], inputs, args, kwargs)
        return self._general(args, kwargs)

    def _general(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            form, inputs = self._forms.of(args, kwargs)
        except Nodes:
            return self.__wrapped__(*args, **kwargs)
        if plainly.get() and form not in self._signatures:
            return self._as_it_is(args, kwargs)
        try:
            signature = self._signature(form, inputs)
        except CaughtError:
            return self._as_it_is(args, kwargs)
        except (Exception, SmallStepsError) as error:
            signature, inputs = self._otherwise(error, form, inputs, args, kwargs)
        return self._computed(signature, inputs, args, kwargs)

    def _computed(self, signature: Signature, inputs: Any, args: Any, kwargs: Any) -> Any:
        if signature.reader is not None:
            self._quick = signature.reader, signature
        version = signature.latest
        outputs, failed = version.run(inputs)
        if failed < 0:
            return version.finish(outputs)
        return self._elsewhere(signature, inputs, args, kwargs)

    def _otherwise(
        self, error: BaseException, form: Form, inputs: Any, args: Any, kwargs: Any
    ) -> tuple[Signature, Any]:
        """Take arguments as wholes where their numbers can't be, or number by number where it pays.

        Numbers without arrays are so, where NumPy makes arrays of them.
        """
        other, of_arrays = self._forms.other(form, args, kwargs), has_arrays((args, kwargs))
        if form[0] == "arrays":
            if not (isinstance(error, SmallStepsError) or (other and self._doubts.chooses)):
                self._raise(error, args, kwargs)
            if other is None:
                self._forms.settled.add(form)
                self._warn_of_small_steps(
                    "computes with single elements of arrays that have more than "
                    f"{MOST} in all, as NumPy does, one call each; arrays=False compiles their "
                    "numbers"
                )
                return self._signature(form, inputs), inputs
        elif other is None or not (of_arrays or isinstance(error, AS_NUMBERS)):
            self._raise(error, args, kwargs)
        elif of_arrays:  # the last way left, however small its steps are
            self._forms.settled.add(other[0])
        are_small = False
        try:
            try:
                found = self._signature(*other), other[1]
            except SmallStepsError:
                if form[0] == "arrays":
                    raise
                are_small = True
                self._forms.settled.add(other[0])
                found = self._signature(*other), other[1]
        except (Exception, SmallStepsError) as second:
            if form[0] == "arrays":
                self._forms.settled.add(form)
                return self._signature(form, inputs), inputs
            if not (isinstance(error, RecordingError) and isinstance(second, RecordingError)):
                self._as_it_is(args, kwargs)  # whose own error it may be
            is_clear = isinstance(error, RecordingError) and not isinstance(error, ArrayError)
            is_clearer = isinstance(second, RecordingError) and not is_clear
            self._raise(second if is_clearer else error, args, kwargs)
        self._forms.prefer_other(form)
        if are_small:
            self._warn_of_small_steps(
                "is run as calls of NumPy, most of them with few numbers; arrays=True does so "
                f"without a warning. Number by number: {str(error).removeprefix('compile: ')}"
            )
        return found

    def _raise(self, error: BaseException, args: Any, kwargs: Any) -> NoReturn:
        """Raise an error of a recording: that of the function, if it is raised for numbers too."""
        is_own = isinstance(error, RecordingError) or str(error).startswith("compile:")
        if is_own or not isinstance(error, (*AS_NUMBERS, ValueError, AssertionError)):
            raise error from None
        self._as_it_is(args, kwargs)
        raise of_variables(self._called, error) from error

    def _warn_of_small_steps(self, what: str) -> None:
        message = f"compile: {self._called} {what}"
        warnings.warn_explicit(message, RuntimeWarning, *(user_line() or ("<unknown>", 0)))

    def _signature(self, form: Form, inputs: Sequence[float]) -> Signature:
        """Return the signature of a form, recorded if need be."""
        signature = self._signatures.get(form)
        if signature is None:
            with self._lock:
                signature = self._signatures.get(form)
                if signature is None:
                    form = kept(form)
                    signature = Signature(form, self._version(form, inputs))
                    self._keep(form, signature)
        return signature

    def _keep(self, form: Form, signature: Signature) -> None:
        signatures = dict(self._signatures)
        if len(signatures) >= MOST_SIGNATURES:
            del signatures[next(iter(signatures))]
            if not self._is_told:
                self._is_told = True
                warnings.warn(
                    f"compile: {self._called} was recorded for more than {MOST_SIGNATURES} forms "
                    "of its arguments; what is another in each call should be a float or an array "
                    "of float64, not an int or another object",
                    RuntimeWarning,
                    stacklevel=5,
                )
        self._signatures = {**signatures, form: signature}

    def _elsewhere(self, signature: Signature, inputs: Any, args: Any, kwargs: Any) -> Any:
        """Compute it where the latest program does not fit: by another, recorded if need be."""
        try:
            version, outputs = self._found(signature, inputs)
        except Exception as error:
            if signature.form[0] == "arrays":
                self._raise(error, args, kwargs)
            signature, inputs = self._otherwise(error, signature.form, inputs, args, kwargs)
            return self._computed(signature, inputs, args, kwargs)
        if version is None:
            self._tell(signature)
            return self._as_it_is(args, kwargs)
        return version.finish(outputs)

    def _as_it_is(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the function, on copies of lists and arrays."""
        leaves, build = flatten((args, kwargs))
        args, kwargs = build([x.copy() if isinstance(x, np.ndarray) else x for x in leaves])
        return self.__wrapped__(*args, **kwargs)

    def _found(self, signature: Signature, inputs: Any) -> tuple[Version | None, Sequence[float]]:
        """Return the version that fits, recorded if it may be, with its outputs."""
        version, outputs = signature.fitting(inputs)
        if version is None and not plainly.get():
            with self._lock:
                version, outputs = signature.fitting(inputs)
                if version is None:
                    if signature.recordings >= MOST_RECORDINGS:
                        return None, ()
                    try:
                        version = self._version(signature.form, inputs)
                    except CaughtError:
                        signature.recordings += 1
                        return None, ()
                    outputs, failed = version.run(inputs)
                    signature.add(version)
                    if failed >= 0:  # a function of the user's own gives something else
                        return None, ()
        if version is not None:
            self._use(version)
            signature.latest = version
        return version, outputs

    def _use(self, version: Version) -> None:
        """Note that a version was used last."""
        self._clock += 1
        version.used = self._clock

    def rows(self, *args: Any, shared: Any = (), exact: bool | None = None, **kwargs: Any) -> Any:
        """Compute it for many rows at once: inputs and results have one more axis, in front.

        `shared` names the arguments that all rows have, which have no such axis, and neither has
        what is static. Lists of numbers are arrays, and arrays of any numbers are taken as float64.
        Results are arrays, with the bits of a call for each row; `exact=False`, here or where it
        was compiled, lets exp, log, tanh and their like be computed faster, within 4 ulp, products
        be fused into sums, and numbers be divided by a product with the reciprocal. Where the
        function is what `grad` or `value_and_grad` returned, the gradient by a shared argument is
        summed over the rows, and has no such axis. Rows that branch elsewhere run by programs of
        their own.
        """
        from autograd.compiling.many import rows

        if self._arrays:
            got = f"{self._called} of arrays as wholes, by arrays=True"
            raise TypeError(f"rows: got {got}; it needs arrays=False, or numbers and lists")
        return rows(self, args, kwargs, shared, self._exact if exact is None else exact)

    def _tell(self, signature: Signature) -> None:
        if not signature.is_told and signature.recordings >= MOST_RECORDINGS:
            signature.is_told = True
            message = (
                f"compile: {self._called} took {MOST_RECORDINGS} ways through its branches; where "
                "no program fits, it runs as it is from now on"
            )
            warnings.warn_explicit(message, RuntimeWarning, *(user_line() or ("<unknown>", 0)))

    @property
    def _doubts(self) -> Doubts:
        if self._known_doubts is None:
            self._known_doubts = doubts_of(self.__wrapped__)
        return self._known_doubts

    def _version(self, form: Form, inputs: Sequence[Any]) -> Any:
        if form in self._refused:
            raise OtherError(self._refused[form])  # one that was raised would keep all frames
        if self._doubts.is_loud:
            raise RecordingError(
                f"compile: {self._called} has NumPy raise errors, and catches them; a program is "
                "silent: ask for what they stand for by an if, or np.where"
            )
        if form[0] == "arrays":
            may_stop = self._arrays is None and form not in self._forms.settled
            may_stop = may_stop and form not in self._signatures
            given = self._called, self.__wrapped__, self._doubts, form, inputs
            with self._refusing(form):
                more = self.in_place, may_stop, self._exact, self._donated
                return ArrayVersion(*given, *more)
        inputs = [*map(float, inputs)]
        recorded, recorder = self._recorded(form, inputs)
        self._repeat(form, inputs, recorder, recorded.program)
        version = Version(recorded, self._chosen, inputs)
        outputs, failed = version.run(inputs)
        held(self._called, recorder, numbers_of(outputs), failed)
        with self._refusing(form):
            Held(
                self._called, self.__wrapped__, self._doubts, form, version.run, version.finish,
                moved, lambda point: self._followed(form, point)[0], bool(version.called),
            ).hold(inputs)  # fmt: skip
        if version.called:
            return version
        if self._chosen.name in SLOW or (self._chosen.may_change and self._wait):
            version.improve(self._wait)
        elif self._chosen.may_change:
            version.improve_where_it_pays()
        return version

    @contextmanager
    def _refusing(self, form: Form) -> Iterator[None]:
        """Refuse a form from now on where a program of it is not what the function does."""
        try:
            yield
        except OtherError as error:
            self._refused[form] = str(error)
            self._signatures = {k: v for k, v in self._signatures.items() if k != form}
            self._quick = None
            raise

    def _recorded(self, form: Form, inputs: Sequence[float]) -> tuple[Recorded, Recorder]:
        begin = time.perf_counter()
        recorder, finish = self._followed(form, inputs, is_first=True)
        program = recorder.program()
        seconds = time.perf_counter() - begin
        return Recorded(program, finish, recorder.builder.asked, seconds), recorder

    def _followed(
        self, form: Form, inputs: Sequence[float], is_first: bool = False
    ) -> tuple[Recorder, Any]:
        """Call the function with a recorder, and return what makes a result of outputs too."""
        if not self._may_call:
            try:
                return self._follow(form, inputs, is_first)
            except CallsError:
                self._may_call = True
        return self._follow(form, inputs, is_first)

    def _follow(self, form: Form, inputs: Sequence[float], is_first: bool) -> tuple[Recorder, Any]:
        recorder = Recorder(inputs, self._may_call, not has_floats(form))
        leaves = iter(recorder.inputs)
        args: Any
        try:
            if form[0] == "call":
                args, kwargs = rebuilt(form[1], leaves), rebuilt(form[2], leaves)
            else:
                args, kwargs = rebuilt(form, leaves), {}
        except StopIteration:  # another thread took some away
            raise RuntimeError(f"compile: arguments of {self._called} change in its call") from None
        with recorded():  # also where the caller records nothing
            call = functools.partial(self.__wrapped__, *args, **kwargs)
            if is_first:
                call = functools.partial(Chance(self._called, call).watched, call)
            out = recorder.to_the_end(functools.partial(watched, recorder, call))
        found, build = flatten(in_floats(out))
        if any(isinstance(x, Tensor) for x in found):
            raise RecordingError(
                f"compile: {self._called} returned a Tensor; Tensors can't be compiled yet"
            )
        recorder.close(found)
        if self._doubts.catches:
            hold_errors(self._called, recorder.builder)
        return recorder, finish_of(recorder.statics, build)

    def _repeat(
        self, form: Form, inputs: Sequence[float], first: Recorder, program: Program
    ) -> None:
        """Record once more, beside the point, and compare: what is frozen there differs."""
        beside = moved(inputs)
        try:
            second, _ = self._followed(form, beside)
        except Exception:  # the function, which may not like that point
            return
        if type(first.builder) is not type(second.builder):  # it calls Python from now on
            first, _ = self._followed(form, inputs)
        try:
            compare(self._called, first, second)
            if names := called(program):
                compare_calls(self._called, names, program, second, beside)
        except FrozenError as error:
            line = self._line_of(form, inputs, error.index)
            raise RecordingError(f"compile: {line}{error}") from None

    def _line_of(self, form: Form, inputs: Sequence[float], index: int | None) -> str:
        """Return the line of a primitive, from a recording that notes lines."""
        if index is None:
            return ""
        try:
            with record_lines():
                recorder, _ = self._followed(form, inputs)
        except Exception:  # the function, which need not do the same again
            return ""
        return recorder.line_of(index)
