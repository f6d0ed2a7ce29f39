"""Run a check: from a function and its inputs to a report."""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.calls import places
from autograd.checking.byhand import Given
from autograd.checking.foreign import sets
from autograd.checking.foreign.adapting import adapted
from autograd.checking.foreign.patterns import missed
from autograd.checking.foreign.problems import Problem
from autograd.checking.foreign.recognising import advice, foreign
from autograd.checking.forms import Forms, added, compared, united
from autograd.checking.inputs import CheckError, Inputs, RaisedError
from autograd.checking.judging import Judge
from autograd.checking.locating import first_wrong_rule
from autograd.checking.report import GradientReport, Verdict
from autograd.checking.restoring import as_they_were
from autograd.checking.settings import Settings
from autograd.checking.subjects import Differentiated, Subject, TimeUp
from autograd.checking.timing import time_limit
from autograd.rules.elementary import ALIASES, TABLE
from autograd.transformed import needs_function

Function = Callable[..., Any]


def checked_set(
    f: Any,
    inputs: Sequence[Any],
    args: Any,
    of_set: Sequence[Any],
    given: Sequence[Any],
    *more: Any,
) -> GradientReport:
    """Return the report on a function, or one of all functions of a set: (jac, hess, hessp)."""
    is_of_set = sets.is_set(f) or any(of_set)
    if is_of_set or any(given):
        inputs, (f, *rest) = adapted(inputs, (f, *of_set, *given))
        of_set, given = rest[: len(of_set)], rest[len(of_set) :]
    if not is_of_set:
        f, *given = sets.bound((f, *given), args)
        if any(given):
            return checked(f, inputs, Forms(*given), *more)
        if kind := foreign(f, inputs, more[2]):
            return checked_foreign(kind, f, inputs, *more)
        return checked(f, inputs, None, *more)
    _, order, parameters, *_ = more
    if order != 1 or parameters is not None or any(given):
        raise ValueError(
            "gradcheck: got jac, hess or hessp beside order, parameters, derivative, jvp or vjp; "
            "a set has all of its derivatives"
        )
    inputs = sets.arrays(inputs)
    own = sets.Set(f, inputs, args, of_set)
    return checked(own.f, inputs, own, *more)


def checked_foreign(
    kind: Callable[..., Problem],
    f: Any,
    inputs: Sequence[Any],
    argnums: Any,
    order: int,
    parameters: Any,
    *more: Any,
) -> GradientReport:
    """Return the report on a function of another library."""
    chosen = None if argnums is None else {*places("gradcheck", argnums, len(inputs), ())}
    try:
        problem = kind(f, inputs, parameters, order, chosen)
        with problem.restored():
            jvp, vjp = problem.forms
            report = checked(problem, problem.at, Forms(jvp=jvp, vjp=vjp), None, 1, None, *more)
    except CheckError as error:
        return GradientReport((), str(error))
    return GradientReport(report.entries, report.problem, (*report.notes, *problem.remarks))


def checked(
    f: Function,
    inputs: Sequence[Any],
    forms: Forms | sets.Set | None,
    argnums: Any,
    order: int,
    parameters: Any,
    settings: Settings,
) -> GradientReport:
    """Return the report; an error of f itself is told in it."""
    needs_function("gradcheck", f)
    if not isinstance(order, int) or isinstance(order, bool) or order < 1:
        raise ValueError(f"gradcheck: got order={order!r}; it must be 1, 2, ...")
    if forms and order > 1:
        raise ValueError(
            f"gradcheck: got order={order} and a derivative by hand; "
            "give one of each order: derivative=(df, d2f)"
        )
    if forms and parameters is not None:
        raise ValueError("gradcheck: got parameters and a derivative by hand; make them inputs")
    if parameters is None and hasattr(f, "named_parameters") and not forms:
        f = copy.deepcopy(f)  # whatever happens, the user's module stays as it is
        parameters = f

    def report() -> GradientReport:
        with time_limit(settings.timeout), as_they_were(parameters), np.errstate(all="ignore"):
            at = Inputs(f, inputs, argnums, parameters is not None)
            if forms is None:
                return _judged(Differentiated(f, at, parameters, order, settings.seed), settings)
            return _of_forms(forms.subjects(f, at, settings.seed), settings)

    return _or_told(report, settings.timeout)


def _judged(subject: Subject, settings: Settings) -> GradientReport:
    subject.settings = settings
    settings.calls += 1  # that the subject has begun with
    judge = Judge(subject, settings.seed)
    report = judge.report()
    if report.count(Verdict.WRONG):
        notes = (*report.notes, *first_wrong_rule(subject, judge.leak))
        if isinstance(subject, Given):
            notes += missed(subject.result, subject.leaves, subject.jacobians, report.entries)
        report = GradientReport(report.entries, report.problem, notes)
    return report


def _of_forms(makers: Mapping[str, Callable[[], Given]], settings: Settings) -> GradientReport:
    """Judge each form, and several of one derivative by one another."""
    subjects: dict[str, Given] = {}

    def judged(word: str) -> GradientReport:
        subjects[word] = makers[word]()
        return _judged(subjects[word], settings)

    reports = {word: _or_told(partial(judged, word)) for word in makers}
    report = united(reports)
    if not report.problem:
        report = added(report, compared(subjects, reports))
    return report


def _or_told(run: Callable[[], GradientReport], timeout: float | None = None) -> GradientReport:
    """Return a report, or one that says why there is none; errors that are ours are raised."""
    try:
        return run()
    except CheckError as error:
        return GradientReport((), str(error))
    except TimeUp:
        if timeout is None:
            raise
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
    reason = " ".join(str(error).split()) + advice(error)
    return f"{word} raised {type(error).__name__}{': ' if reason else ''}{reason}{place}"
