"""Learning-rate schedules: functions of the number of epochs done, made by the functions here.

A schedule takes n, the number of epochs (or steps) that have been done, 0 at first, and gives the
factor by which the learning rate that the optimiser was made with is multiplied in the next one.

>>> schedule = warmup(2, then=cosine(4))
>>> [round(schedule(n), 3) for n in range(6)]
[0.333, 0.667, 1.0, 0.854, 0.5, 0.146]
"""

from __future__ import annotations

import math
from collections.abc import Callable

from nn.options import COUNT, POSITIVE, SHARE, checked

Schedule = Callable[[int], float]


def constant() -> Schedule:
    """1: the learning rate stays as it is.

    >>> constant()(7)
    1.0
    """
    return lambda n: 1.0


def step_decay(every: int, factor: float = 0.1) -> Schedule:
    """factor^floor(n / every): a drop each time that `every` epochs have been done.

    >>> [step_decay(2, factor=0.5)(n) for n in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    every = checked("step_decay", "every", every, COUNT)
    factor = checked("step_decay", "factor", factor, POSITIVE)
    return lambda n: factor ** (n // every)


def exponential(factor: float) -> Schedule:
    """factor^n.

    >>> [exponential(0.5)(n) for n in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """
    factor = checked("exponential", "factor", factor, POSITIVE)
    return lambda n: factor**n


def cosine(total: int, floor: float = 0.0) -> Schedule:
    """floor + (1 - floor) (1 + cos(pi n / total)) / 2, and `floor` from n = total on.

    Half a wave down from 1, in `total` epochs (Loshchilov and Hutter 2016, without restarts). Above
    0 for n < total, which is all that a training of `total` epochs asks for.

    >>> [round(cosine(4, floor=0.1)(n), 3) for n in range(6)]
    [1.0, 0.868, 0.55, 0.232, 0.1, 0.1]
    """
    total = checked("cosine", "total", total, COUNT)
    floor = checked("cosine", "floor", floor, SHARE)
    return lambda n: floor + (1 - floor) * (1 + math.cos(math.pi * min(n / total, 1))) / 2


def warmup(steps: int, then: Schedule | None = None) -> Schedule:
    """(n + 1) / (steps + 1) in the first `steps` epochs (Goyal et al. 2017), then 1 or a schedule.

    >>> [warmup(3)(n) for n in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """
    steps = checked("warmup", "steps", steps, COUNT)
    return sequence(lambda n: (n + 1) / (steps + 1), steps, constant() if then is None else then)


def sequence(first: Schedule, steps: int, then: Schedule) -> Schedule:
    """first(n) in the first `steps` epochs, then(n - steps) from there on.

    >>> [sequence(constant(), 2, exponential(0.5))(n) for n in range(5)]
    [1.0, 1.0, 1.0, 0.5, 0.25]
    """
    steps = checked("sequence", "steps", steps, COUNT)
    for what, schedule in (("first", first), ("then", then)):
        if not callable(schedule):
            got = f"{what} of type {type(schedule).__name__}"
            raise TypeError(f"sequence: got {got}; it must be a schedule, such as cosine(10)")
    return lambda n: first(n) if n < steps else then(n - steps)
