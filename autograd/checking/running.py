"""Run a check: from a function and its inputs to a report."""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.calls import places
from autograd.checking.byhand import Given
from autograd.checking.foreign import sets
from autograd.checking.foreign.patterns import missed
from autograd.checking.foreign.problems import Problem
from autograd.checking.foreign.recognising import foreign
from autograd.checking.inputs import CheckError, Inputs, RaisedError
from autograd.checking.judging import Judge
from autograd.checking.locating import first_wrong_rule
from autograd.checking.report import GradientReport, Verdict
from autograd.checking.restoring import as_they_were
from autograd.checking.subjects import Differentiated, TimeUp
from autograd.checking.timing import time_limit
from autograd.rules.elementary import ALIASES, TABLE
from autograd.transformed import needs_function

Function = Callable[..., Any]


def checked_set(
    f: Any,
    inputs: Sequence[Any],
    args: Any,
    of_set: Sequence[Any],
    forms: Sequence[Any],
    order: int,
    parameters: Any,
    timeout: float | None,
    seed: int,
    argnums: Any = None,
) -> GradientReport:
    """Return the report on a function, or one of all functions of a set: (jac, hess, hessp)."""
    if not sets.is_set(f) and all(x is None for x in of_set):
        f, derivative, jvp, vjp = sets.bound((f, *forms), args)
        if kind := foreign(f, inputs, parameters) if derivative is jvp is vjp is None else None:
            return checked_foreign(kind, f, inputs, order, parameters, timeout, seed, argnums)
        return checked(f, inputs, derivative, jvp, vjp, order, parameters, timeout, seed, argnums)
    if order != 1 or parameters is not None or any(x is not None for x in forms):
        raise ValueError(
            "gradcheck: got jac, hess or hessp beside order, parameters, derivative, jvp or vjp; "
            "a set has all of its derivatives"
        )
    inputs = sets.arrays(inputs)
    parts = sets.parts(f, inputs, args, of_set)
    found = {
        word: checked(
            part.f, inputs, part.derivative, part.jvp, None, 1, None, timeout, seed, argnums
        )
        for word, part in parts.items()
    }
    return sets.united(found)


def checked_foreign(
    kind: Callable[..., Problem],
    f: Any,
    inputs: Sequence[Any],
    order: int,
    parameters: Any,
    timeout: float | None,
    seed: int,
    argnums: Any,
) -> GradientReport:
    """Return the report on a function of another library."""
    chosen = None if argnums is None else {*places("gradcheck", argnums, len(inputs), ())}
    try:
        problem = kind(f, inputs, parameters, order, chosen)
        with problem.restored():
            jvp, vjp = problem.forms
            report = checked(problem, problem.at, None, jvp, vjp, 1, None, timeout, seed)
    except CheckError as error:
        return GradientReport((), str(error))
    return replace(report, notes=(*report.notes, *problem.remarks))


def checked(
    f: Function,
    inputs: Sequence[Any],
    derivative: Function | None,
    jvp: Function | None,
    vjp: Function | None,
    order: int,
    parameters: Any,
    timeout: float | None,
    seed: int,
    argnums: Any = None,
) -> GradientReport:
    """Return the report; an error of f itself is told in it."""
    needs_function("gradcheck", f)
    forms = [g for g in (derivative, jvp, vjp) if g is not None]
    if len(forms) > 1:
        raise TypeError("gradcheck: got several of derivative, jvp and vjp; it needs one at most")
    if not isinstance(order, int) or isinstance(order, bool) or order < 1:
        raise ValueError(f"gradcheck: got order={order!r}; it must be 1, 2, ...")
    if forms and order > 1:
        raise ValueError(
            f"gradcheck: got order={order} and a derivative by hand; "
            "check it as the derivative of the one before: gradcheck(df, x, derivative=ddf)"
        )
    if forms and parameters is not None:
        raise ValueError("gradcheck: got parameters and a derivative by hand; make them inputs")
    for g in forms:
        needs_function("gradcheck", g)
    if parameters is None and hasattr(f, "named_parameters") and not forms:
        f = copy.deepcopy(f)  # whatever happens, the user's module stays as it is
        parameters = f
    try:
        with time_limit(timeout), as_they_were(parameters), np.errstate(all="ignore"):
            given = Inputs(f, inputs, argnums, parameters is not None)
            subject = (
                Given(f, given, seed, derivative=derivative, jvp=jvp, vjp=vjp)
                if forms
                else Differentiated(f, given, parameters, order, seed)
            )
            judge = Judge(subject, seed)
            report = judge.report()
            if report.count(Verdict.WRONG):
                notes = (*report.notes, *first_wrong_rule(subject, judge.leak))
                if isinstance(subject, Given):
                    own = subject.result, subject.leaves, subject.jacobians
                    notes += missed(*own, report.entries)
                report = replace(report, notes=notes)
            return report
    except CheckError as error:
        return GradientReport((), str(error))
    except TimeUp:
        return GradientReport((), f"the function did not return within {timeout:g} s")
    except RaisedError as error:
        return GradientReport((), told(error.error, error.function, error.word))
    except Exception as error:
        if not _is_users(error):
            raise
        return GradientReport((), told(error))


def _is_users(error: Exception) -> bool:
    """Return whether an error comes out of the user's code."""
    traceback, files = error.__traceback__, []
    while traceback is not None:
        files.append(traceback.tb_frame.f_code.co_filename)
        traceback = traceback.tb_next
    ours = __file__.rpartition("checking")[0]
    return any(not file.startswith((ours, contextlib.__file__)) for file in files)


def told(error: Exception, f: Function | None = None, word: str = "the function") -> str:
    """Return an error of the user's function in one line, with a replacement for one of `math`."""
    import traceback

    ours = __file__.rpartition("checking")[0]
    found = traceback.extract_tb(error.__traceback__)
    frames = [x for x in found if not x.filename.startswith(ours)]
    place = f", at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    name = getattr(f, "__name__", "")
    if f is not None and getattr(math, name, None) is f and "float(" in str(error):
        known = ALIASES.get(name, name)
        remedy = f"use ag.{known}" if known in TABLE else "write it with ag's functions"
        return f"math.{name} takes no Values: {remedy}, or give its derivative by hand"
    reason = " ".join(str(error).split())
    return f"{word} raised {type(error).__name__}{': ' if reason else ''}{reason}{place}"
