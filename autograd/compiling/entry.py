"""The function that compiles; the rest of this room is imported when it is first called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence


def compile(
    f: Callable[..., Any] | None = None,
    machine: str | None = None,
    wait: bool = False,
    arrays: bool | None = None,
    exact: bool = True,
    donate: int | str | Sequence[int | str] = (),
    cache: str | os.PathLike[str] | None = None,
) -> Any:
    """Return a function that records f once and then runs what was recorded, much faster.

    It takes and gives what f does. Floats and arrays of floats are variables; all else is static,
    and a new value records anew. f may be a transformed function, as `ag.value_and_grad(g)`, whose
    derivatives are then part of the program. Branches are followed: where a comparison comes out
    otherwise, f is recorded for that side too. Globals and closures are read when f is recorded;
    `compiled.clear()` forgets. Results have the bits that f gives for numbers. A decorator too.

    `machine` is "tape", of the C core, "python", or "llvm", of the extra chainrule[compile]. By
    default it is the first that is here, and where llvmlite is installed, LLVM takes over in a
    program that has run so often that compiling it would have paid: 50,000 times or more. With
    "llvm" a program is compiled to machine code from its first call on, in the background, which
    takes about 60 us an operation, while the tape runs it. `wait=True` waits for LLVM, if it is
    here, in the first call.

    With `arrays=True` arrays are computed as wholes, by NumPy, with the bits of f; with False they
    are taken number by number, and what can't be is refused. By default that is done with at most
    256 elements of float64 in all, and with up to 4096 where f computes with single ones, if f can
    be recorded so.

    With `exact=False` results of arrays as wholes, and of `rows`, may be off by some units in the
    last place: polynomials take the place of NumPy's exp, log, tanh, sin and cos, products are
    fused into sums, and sums of all elements are made on the way, in doubles. One row of numbers
    stays exact.

    `donate` names arguments that are given away, by name or place, as a training gives away the
    parameters before a step: results are written into their arrays where type and layout fit, and
    are these arrays. What else is left of a donated argument may be either; use the results.

    `cache` names a folder in which machine code of LLVM is kept, from where other processes take it
    instead of compiling it once more. The folder is made if need be; code for another processor or
    of another LLVM is not taken. Whoever can write there can have any code run.

    Raises TypeError where f takes numbers out of what is recorded, as `float(x)` does, and
    ValueError for options that are none.

    >>> import autograd as ag
    >>> @ag.compile
    ... def f(x, y):
    ...     return ag.exp(x) * y if x < y else x - y
    >>> f(0.0, 2.0), f(3.0, 1.0)
    (2.0, 2.0)
    >>> slopes = ag.compile(ag.grad(lambda v: v[0] * v[1] ** 2))
    >>> slopes([2.0, 3.0])
    [9.0, 12.0]
    """
    from autograd.compiling.functions import Compiled

    switches = ("wait", wait, False), ("exact", exact, True), ("arrays", arrays, None)
    for name, given, default in switches:
        if given is not default and not isinstance(given, bool):
            raise ValueError(f"compile: got {name}={given!r}; it must be True or False")
    options = machine, wait, arrays, exact, donate, cache
    if f is None:
        return lambda own: Compiled(compile, own, *options)
    return Compiled(compile, f, *options)
