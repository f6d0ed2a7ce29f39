"""Arguments that are given away: results are written into them where they fit.

That is done at the end of a program, after the last guard and all that may fail, by kernels that
run in one call: until then arguments are as they were.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import Any

import numpy as np

from autograd.compiling.inherited import fitting, is_in_a_row
from autograd.compiling.noted import CallBack, Guard
from autograd.compiling.passes import ONE, WHOLE, Pass, pass_of
from autograd.compiling.plans import ArrayProgram, read

BY_PLACE = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def keys_of(f: Callable[..., Any], donate: Any) -> frozenset[int | str]:
    """Return the places and names of arguments that are donated, each of which is named by one."""
    several = list(donate) if isinstance(donate, (list, tuple, set, frozenset)) else [donate]
    if not all(type(key) in (int, str) for key in several):
        raise TypeError(
            f"compile: got donate={donate!r}; it needs names or places of arguments, as in (0, 'x')"
        )
    try:
        parameters = [*inspect.signature(f).parameters.values()]
    except (TypeError, ValueError):  # of a function in C
        return frozenset(several)
    kinds = [each.kind for each in parameters]
    by_place = [each.name for each in parameters if each.kind in BY_PLACE]
    known = {each.name for each in parameters if each.kind in BY_NAME} | {*by_place}
    for key in several:
        if isinstance(key, int):
            is_known = 0 <= key < len(by_place) or (key >= 0 and Parameter.VAR_POSITIONAL in kinds)
        else:
            is_known = key in known or Parameter.VAR_KEYWORD in kinds
        if not is_known:
            names = ", ".join([each.name for each in parameters]) or "none"
            raise ValueError(f"compile: got donate={key!r}; the arguments are {names}")
    named = [by_place[key] if key in range(len(by_place)) else key for key in several]
    twice = [key for key, count in Counter(named).items() if count > 1]
    if twice:
        raise ValueError(f"compile: got donate={donate!r}, which names {twice[0]!r} twice")
    places = [*enumerate(by_place)]
    return frozenset([*several, *[x for pair in places if {*pair} & {*several} for x in pair]])


def results_last(program: ArrayProgram) -> tuple[ArrayProgram, int]:
    """Return the program with elementwise calls that results alone need last, and how many before.

    What follows them in the program neither reads what they give nor writes into what they read.
    """
    groups, code = program.groups, program.code
    needed, written = {guard.place for guard in program.guards}, set[int]()
    early = [True] * len(code)
    for k in range(len(code) - 1, -1, -1):
        step = code[k]
        one = pass_of(step, program.samples, groups)
        touched = {groups[i] for i in (*read(step), step.result)}
        if one and not one.is_written and one.result not in needed | {-1} and _is_safe(one):
            early[k] = bool(touched & written)
        if early[k]:
            needed.update(read(step))
            written.update([groups[i] for i in step.writes])
    before = [0]
    for is_early in early:
        before.append(before[-1] + is_early)
    order = sorted(range(len(code)), key=lambda k: not early[k])
    guards: list[Guard] = [g._replace(after=before[g.after]) for g in program.guards]
    moved = program._replace(code=tuple([code[k] for k in order]), guards=tuple(guards))
    return moved, before[-1]


def _is_safe(one: Pass) -> bool:
    """Return whether a pass raises nothing, whatever it computes with."""
    loop: Any = one.loop_of
    if isinstance(loop, str):
        return True
    is_numpys = bool(getattr(np, loop.__name__, None) is loop)
    return is_numpys and loop.types[one.loop][-1] in "fd?"


def taken_over(program: ArrayProgram, passes: Sequence[Pass]) -> dict[int, int]:
    """Return which results go into which given argument, by their places.

    The passes are those at the end. An argument is written into where it has the type and layout of
    the result, and is read for the last time.
    """
    samples, groups = program.samples, program.groups
    reads: dict[int, tuple[int, set[Any]]] = {}
    first: dict[int, int] = {}
    for k, one in enumerate(passes):
        for x in one.operands:
            if x.place >= 0:
                known = reads.get(groups[x.place], (k, set()))[1]
                reads[groups[x.place]] = k, known | {(x.place, x.kind in (WHOLE, ONE))}
        first.setdefault(one.result, k)
    owned = [*program.outputs, *program.constants, *range(program.inputs)]
    owners = Counter([groups[i] for i in owned])
    own = {i for i in owned if owners[groups[i]] == 1 and is_in_a_row(samples[i])}
    free = {d: -1 for d in program.donated if d in own}
    for step in program.code:
        for i in {groups[i] for i in step.writes} & {*free}:
            del free[i]
        if type(step.function) is CallBack:  # which may keep what it gets
            for i in {groups[i] for i in read(step)} & {*free}:
                del free[i]
    for d in [*free]:
        free[d], known = reads.get(d, (-1, set()))
        if known - {(d, True)}:  # a part of it
            del free[d]
    found: dict[int, int] = {}
    for o in program.outputs:
        if o not in first or o not in own:
            continue
        # What the result was computed from was read there, or shortly before
        place = fitting(o, first[o], free, samples)
        if place is not None:
            found[o] = place
            del free[place]
    return found
