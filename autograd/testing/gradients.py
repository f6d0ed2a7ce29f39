"""Gradient tests in one line: a search for points at which the gradient of a function is wrong."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from autograd.testing.pasting import called
from autograd.testing.running import Search
from autograd.testing.strategies.scalars import as_strategy
from autograd.value import shown

FOLDER = ".chainrule"


def gradient_test(
    f: Callable[..., Any] | None = None,
    /,
    *,
    derivative: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    order: int = 1,
    examples: int = 200,
    seed: int | None = None,
    seconds: float | None = None,
    strict: bool | None = None,
    folder: str | os.PathLike[str] | None = FOLDER,
    executor: Any = None,
    **arguments: Any,
) -> Callable[..., Any]:
    """Make a test that the gradient of f is right wherever its arguments may be.

    Each argument of f is given as an interval (low, high), without its ends, or as a strategy, such
    as `scalars(0, 5, closed=True)`, `arrays(3)` or any of Hypothesis. Ints and words beside floats,
    as of `sampled_from("ab")`, are options. The derivative under test and the order are given as in
    `gradcheck`.

        test_softplus = gradient_test(softplus, x=(-20, 20))

        @gradient_test(x=(0, 5), y=(0, 5))
        def ratio(x, y):
            return x / (x + y)

    pytest collects both. Called with arguments, a test is still the function.

    Hypothesis searches with `examples` full checks. It finds no narrow region that nothing in the
    code points at; so 12 times as many points, one in each stratum of each argument, get a quick
    look, and odd ones a full check. Points where f is not finite, or where hand-written Python
    raises ValueError or ArithmeticError, are outside its domain and left out. The search ends after
    `seconds`, where given.

    A test fails where `gradcheck` raises, and where no point could be judged. Of the points that
    Hypothesis draws a tenth (or 3) may stay unresolved; with `strict=True` none may, and with
    `strict=False` any may.

    A failure is made as simple as possible. Its message has the report, a test to paste, and the
    path of a drawing of the graph in `folder` (None: no drawing). Without a seed every run searches
    elsewhere, unless the profile of Hypothesis says `derandomize=True`. Afterwards
    `test.search.summary` counts the verdicts.

    `executor`, as of `ag.campaign`, shares checks and looks among processes; what fails is made
    simpler here. A process that ends is then a failure, too. It pays where f takes long, or
    examples are many. A function that is decorated can be sent where cloudpickle is installed.

    Raises TypeError or ValueError, at once, for arguments that do not fit.
    """
    if examples < 1:
        raise ValueError(f"gradient_test: got examples={examples!r}; it must be at least 1")
    if seconds is not None and not seconds > 0:
        raise ValueError(f"gradient_test: got seconds={seconds!r}; it must be above 0")
    options = {"derivative": derivative, "jvp": jvp, "vjp": vjp}
    options = {key: given for key, given in options.items() if given is not None}
    home = sys._getframe(1).f_globals.get("__name__", "")

    def made(f: Callable[..., Any]) -> Callable[..., Any]:
        if not callable(f):
            raise TypeError(f"gradient_test: got {shown(f)}; it needs a function")
        drawn = _strategies(f, arguments)
        given = f, drawn, options, order, examples, seed, seconds, strict, folder, home, executor
        search = Search(*given)

        def test(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            is_call = kwargs or (args and not _is_method_of(test, args[0]))
            return f(*args, **kwargs) if is_call else search.run()

        test.__name__ = test.__qualname__ = called(f)
        test.__module__, test.__doc__ = home, f.__doc__
        test.__test__ = True  # type: ignore[attr-defined]  # pytest collects it by any name
        test.search = search  # type: ignore[attr-defined]
        return test

    return made if f is None else made(f)


def _is_method_of(test: Callable[..., Any], x: Any) -> bool:
    """Return whether x is the `self` of a class of tests that a test is in."""
    return any(test is found for kind in type(x).__mro__ for found in vars(kind).values())


def _strategies(
    f: Callable[..., Any], arguments: Mapping[str, Any]
) -> dict[str, st.SearchStrategy[Any]]:
    """Return the strategy of each argument, in the order of the parameters."""
    name = f"gradient_test: {called(f)}"
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # as of some functions in C
        parameters = [inspect.Parameter("_", inspect.Parameter.VAR_POSITIONAL)]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    own = [p for p in parameters if p.kind in kinds]
    order = [p.name for p in own]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        order += [key for key in arguments if key not in order]
    for key in arguments:
        if key not in order:
            has = f"has {', '.join(order)}" if order else "takes nothing"
            raise TypeError(f"{name} {has}; got {key}=")
    last = max((order.index(key) for key in arguments), default=-1)
    for i, p in enumerate(own):
        if p.name not in arguments and (i < last or p.default is p.empty):
            raise TypeError(f"{name} needs {p.name}=, an interval (low, high) or a strategy")
    if not arguments:
        raise TypeError(f"{name} got no arguments; it needs an interval or a strategy for each")
    found = {}
    for key in order[: last + 1]:
        try:
            found[key] = as_strategy(arguments[key])
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {key}: {str(error).removeprefix('domain: ')}") from None
    return found
