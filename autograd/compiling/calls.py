"""Programs of arrays as functions of Python, in which each call is a line."""

from __future__ import annotations

import keyword
import operator
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any

import numpy as np

from autograd.compiled import library
from autograd.compiling.buffers import Buffers, is_sum
from autograd.compiling.inherited import Heir
from autograd.compiling.kernels import Kernel, Room, kerneled
from autograd.compiling.noted import (
    INFIX,
    PREFIX,
    UFUNCS,
    Attribute,
    CallBack,
    Draw,
    Method,
    Ref,
    States,
    Step,
    kept,
    leaves,
)
from autograd.compiling.plans import ArrayProgram, module_of, read, with_early_looks
from autograd.formulas.generated import compile_function

PLAIN = (int, float, str, bool, type(None), complex, type(Ellipsis))


ANY = Method("any")


def any_of(x: Any) -> bool:
    """Return whether an array has an element that is not 0: mostly the one in the middle."""
    return bool((x.size and x.item(x.size // 2)) or x.any())


ARITHMETIC = (np.add, np.subtract, np.multiply, np.divide)


def _as_array(x: Any, sample: Any) -> Any:
    """Return a number as NumPy takes it fastest: an array without axes, of the type of a result."""
    is_number = type(x) in (float, int) or (isinstance(x, np.generic) and x.dtype == sample.dtype)
    if not is_number or sample.dtype.kind != "f" or (type(x) is int and abs(x) > 1 << 10):
        return x
    with np.errstate(all="ignore"):
        return np.array(x, sample.dtype)


class Printed:
    """Source of a program, and the objects that it names."""

    def __init__(self, program: ArrayProgram, buffers: Buffers, in_place: bool) -> None:
        self.program = program
        self.buffers = buffers
        self._in_place = in_place
        self.scope: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._kept: list[Any] = []
        self.lines: list[str] = []
        used = {i for step in program.code for i in read(step)} | {*program.outputs}
        self._asked = {guard.place for guard in program.guards} - used
        for i, x in program.constants.items():
            self.scope[f"c{i}"] = x
        self._text()
        for name, x in self.scope.items():
            self.scope[name] = as_outside(x) if is_foreign(x) else x

    def _text(self) -> None:
        program, add = self.program, self.lines.append
        if program.inputs:
            add(f"{', '.join(f'x{i}' for i in range(program.inputs))}, = inputs")
        if memory := [f"b{i}" for i in range(len(self.buffers.models))]:
            add(f"{', '.join(memory)}, = buffers")
        self.scope |= {f"r{i}": room for i, room in self.buffers.rooms.items()}
        taken = [x for s in program.code if isinstance(s.function, Room) for x in s.args]
        changed = {i for step in program.code for i in step.writes}
        inputs = {program.groups[i]: i for i in range(program.inputs)}
        for group in {program.groups[i] for i in changed}:  # it gets copies of arguments
            if group in inputs and not self._in_place:
                add(f"x{inputs[group]} = {self._of(kept)}(x{inputs[group]})")
        for group in {program.groups[i] for i in changed}:
            for i in program.constants:
                if program.groups[i] == group:
                    self.scope[f"k_{i}"] = self.scope.pop(f"c{i}")
                    add(f"c{i} = {self._of(kept)}(k_{i})")
        guards: dict[int, list[Any]] = {}
        for k, guard in enumerate(program.guards):
            guards.setdefault(guard.after, []).append((k, guard))
        for position in range(len(program.code) + 1):
            for k, guard in guards.get(position, ()):
                test = f"{'not ' * guard.expected}{self._name(guard.place)}"
                add(f"if {test}: return [], {k}")
            if position < len(program.code):
                step = program.code[position]
                if taken and isinstance(step.function, Room) and step.args[:1] == (taken[0],):
                    assert library is not None
                    name = self._of(library.unshared)
                    add(f"{', '.join(f'w{i}' for i in taken)}, = {name}(inputs, {(*taken,)})")
                if isinstance(step.function, Kernel):
                    self.lines += [f"# {note}" for note in step.function.notes]
                text = self._call(step)
                is_result = step.result >= 0 and not (
                    step.writes and step.result in self._defined(step)
                )
                add(f"t{step.result} = {text}" if is_result else text)
        results = ", ".join(map(self._output, program.outputs))
        add(f"return [{results}], -1")

    def _defined(self, step: Step) -> set[int]:
        return set(step.writes)

    def _name(self, i: int) -> str:
        if i in self.program.constants:
            return f"c{i}"
        return f"x{i}" if i < self.program.inputs else f"t{i}"

    def _output(self, i: int) -> str:
        is_constant = any(
            self.program.groups[i] == self.program.groups[k] for k in self.program.constants
        )
        return self._name(i) + ".copy('K')" * (
            is_constant and isinstance(self.program.samples[i], np.ndarray)
        )

    def _call(self, step: Step) -> str:
        function, args = step.function, step.args
        into = "" if step.writes else self._memory(step.result)
        if isinstance(function, Room):
            return f"r{step.result}(w{args[0]})" if args else into
        if isinstance(function, Heir):
            return self._name(args[0])
        if isinstance(function, Kernel):
            name = self._of(function)
            self.scope[name] = function.run  # without a call of Python around it
            return f"{name}({', '.join(map(self.operand, args))})"
        if into:
            if is_sum(step):
                axis = args[1] if len(args) > 1 else step.kwargs.get("axis")
                keeps = step.kwargs.get("keepdims", False)
                given = [self.operand(args[0]), self.operand(axis), "None", into]
                return f"{self._of(np.add.reduce)}({', '.join([*given, self.operand(keeps)])})"
            function = UFUNCS.get(function, function)
            by_name = "out=" if function in (np.maximum, np.minimum) else ""  # as NumPy wants
            if function in ARITHMETIC:
                args = tuple([_as_array(x, self.program.samples[step.result]) for x in args])
            given = [*map(self.operand, args), f"{by_name}{into}"]
            return f"{self._of(function)}({', '.join(given)})"
        if function in INFIX:
            return f" {INFIX[function]} ".join(map(self.operand, args))
        if function in PREFIX:
            return f"{PREFIX[function]}{self.operand(args[0])}"
        if function is operator.getitem:
            return f"{self.operand(args[0])}[{self.operand(args[1])}]"
        if function is operator.setitem:
            x, index, new = map(self.operand, args)
            return f"{x}[{index}] = {new}"
        if function == ANY and len(args) == 1 and not step.kwargs and step.result in self._asked:
            function = any_of
        texts = [*map(self.operand, args)]
        texts += [f"{name}={self.operand(x)}" for name, x in step.kwargs.items()]
        if isinstance(function, Attribute):
            return f"{texts[0]}.{function.name}"
        if isinstance(function, Method):
            return f"{texts[0]}.{function.name}({', '.join(texts[1:])})"
        return f"{self._of(function)}({', '.join(texts)})"

    def _memory(self, i: int) -> str:
        """Return the expression of the memory that a result is written into, if it is kept."""
        buffer = self.buffers.of.get(i)
        if buffer is not None:
            return f"b{buffer}"
        return f"r{i}()" if i in self.buffers.rooms else ""

    def _of(self, function: Any) -> str:
        """Return a name of a function."""
        name = getattr(function, "__name__", "f")
        owner = getattr(function, "__self__", None)
        if isinstance(owner, np.ufunc):
            name = f"{owner.__name__}_{name}"
        if not name.isidentifier() or keyword.iskeyword(name) or name[0] in "xtbckrw":
            name = f"f_{name}" if name.isidentifier() else "f"
        text, k = name, 1
        while text in self.scope and self.scope[text] != function:
            k += 1
            text = f"{name}_{k}"
        self.scope[text] = function
        return text

    def operand(self, x: Any) -> str:
        """Return the expression of an operand."""
        kind = type(x)
        if kind is Ref:
            return self._name(x)
        if kind in PLAIN and x == x and x not in (np.inf, -np.inf):
            text = "..." if x is Ellipsis else repr(x)
            return f"({text})" if text[0] == "-" else text
        if kind is tuple:
            inner = ", ".join(map(self.operand, x))
            return f"({inner}{',' * (len(x) == 1)})"
        if kind is list:
            return f"[{', '.join(map(self.operand, x))}]"
        if kind is slice:
            return f"slice({', '.join(map(self.operand, (x.start, x.stop, x.step)))})"
        if kind is dict and all(isinstance(key, str) for key in x):
            return f"{{{', '.join(f'{key!r}: {self.operand(each)}' for key, each in x.items())}}}"
        self._kept.append(x)
        name = f"k{len(self._kept)}"
        self.scope[name] = x
        return name

    @property
    def source(self) -> str:
        """Source of a function `run(inputs, buffers) -> (outputs, failed)`."""
        body = "".join([f"    {line}\n" for line in self.lines])
        return f"def run(inputs, buffers):\n{body}"


def _quiet() -> Context:
    """Return a context in which NumPy gives no warnings, and large arrays take kept memory."""
    context = Context()
    context.run(np.seterr, all="ignore")
    if library is not None:
        context.run(library.keep_memory)
    return context


KNOWN = ("numpy", "scipy", "autograd", "_operator", "builtins")


def is_foreign(function: Any) -> bool:
    """Return whether a function is somebody's own, who may look at the context."""
    if isinstance(function, CallBack):
        return True
    if isinstance(function, np.ufunc):
        return all(set(types) == set("O->") for types in function.types)  # of np.frompyfunc
    return callable(function) and module_of(function).split(".")[0] not in KNOWN


ERRORS: ContextVar[Any] = ContextVar("errors outside of a program")
"""NumPy's handling of errors, for functions that are somebody's own."""


def as_outside(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does what it does outside of the silence of a program."""

    def call(*args: Any, **kwargs: Any) -> Any:
        with np.errstate(**ERRORS.get()):
            return function(*args, **kwargs)

    return call


def _calls_others(step: Step) -> bool:
    """Return whether a call is of a function of somebody's own, or given one."""
    return any(map(is_foreign, (step.function, *leaves((step.args, step.kwargs)))))


class Run:
    """Program that is ready to run; calls of several threads have buffers of their own."""

    def __init__(self, program: ArrayProgram, in_place: bool = False) -> None:
        program = kerneled(with_early_looks(program))
        self._in_place, self._raised = in_place, len(program.guards)
        self._buffers = Buffers(program)
        printed = Printed(program, self._buffers, in_place)
        self.source = printed.source
        self._run = compile_function(self.source, "run", printed.scope)
        self._draws = [step.function for step in program.code if type(step.function) is Draw]
        self._free: list[tuple[list[Any], Callable[..., Any]]] = []
        self._calls_others = any(map(_calls_others, program.code))
        self.bytes = self._buffers.bytes
        self.donated = sum(len(s.args) for s in program.code if isinstance(s.function, Room))
        """Number of results that are written into arguments where these can be."""

    def __call__(self, inputs: Any) -> Any:
        """Compute the outputs, and the index of the first guard that fails, or -1.

        An error is one more guard: the function, which may catch it, is to be recorded with it.
        """
        try:
            kept = self._free.pop()
        except IndexError:
            kept = self._buffers.made(), _quiet().run
        states = None
        if self._draws:
            states = States()
            for draw in self._draws:
                states.note(draw)
        buffers, inside = kept
        try:
            if self._calls_others:  # in the context of the caller
                before = ERRORS.set(np.geterr())
                try:
                    with np.errstate(all="ignore"):
                        found = self._run(inputs, buffers)
                finally:
                    ERRORS.reset(before)
            else:
                found = inside(self._run, inputs, buffers)
        except Exception as error:
            is_late = self.donated and isinstance(error, MemoryError)  # others come before writes
            if self._in_place or is_late:
                raise
            found = [], self._raised
        self._free.append(kept)
        if states is not None and found[1] >= 0:
            states.restore()
        return found
