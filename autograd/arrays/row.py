"""The decorator by which a function becomes one that Tensors know."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from autograd.arrays.making import lifted
from autograd.tensors.protocols import NUMPY

P = ParamSpec("P")
R = TypeVar("R")


def implements(
    numpy: Callable[..., Any], *aliases: Callable[..., Any], lift: Callable[[Any], Any] = lifted
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Teach Tensors a function of NumPy, under all its names, and return the public one.

    What is decorated computes it where a Tensor is among the operands. The public function makes
    Tensors of Values and of lists with nodes in them, by `lift`, and leaves the rest to NumPy: so
    it computes arrays and numbers as NumPy does.
    """

    def taught(of_tensors: Callable[P, R]) -> Callable[P, R]:
        NUMPY.update(dict.fromkeys((numpy, *aliases), of_tensors))

        @functools.wraps(of_tensors)
        def function(*operands: P.args, **named: P.kwargs) -> R:
            options = {name: lift(x) for name, x in named.items()}
            found: R = numpy(*map(lift, operands), **options)
            return found

        return function

    return taught
