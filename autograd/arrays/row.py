"""The decorator by which a function becomes one that Tensors know."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np

from autograd.arrays.making import lifted
from autograd.tensors.complexes import TAKE_COMPLEX, refuse_complex
from autograd.tensors.operations import OPERATIONS
from autograd.tensors.options import REFUSALS
from autograd.tensors.protocols import NUMPY, array_function
from autograd.tensors.refusals import refused
from autograd.tensors.tensor import Tensor

P = ParamSpec("P")
R = TypeVar("R")


def _has_tensor(xs: Iterable[Any]) -> bool:
    return any(type(x) is Tensor or (isinstance(x, list) and _has_tensor(x)) for x in xs)


def _of_ufunc(
    name: str, compute: Callable[..., Any], lift: Callable[[Any], Any], *operands: Any
) -> Any:
    if name not in TAKE_COMPLEX:
        refuse_complex(name, operands)
    return compute(*map(lift, operands))


def implements(
    numpy: Callable[..., Any], *aliases: Callable[..., Any], lift: Callable[[Any], Any] = lifted
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Teach Tensors a function of NumPy, under all its names, and return the public one.

    What is decorated computes it where a Tensor is among the operands. The public function makes
    Tensors of Values and of lists with nodes in them, by `lift`, and leaves the rest to NumPy: so
    it computes arrays and numbers as NumPy does.
    """

    def taught(of_tensors: Callable[P, R]) -> Callable[P, R]:
        compute: Callable[..., Any] = of_tensors
        for each in (numpy, *aliases):
            if isinstance(each, np.ufunc):  # which Values come to as well
                OPERATIONS[each] = functools.partial(_of_ufunc, each.__name__, compute, lift)
            else:
                NUMPY[each] = of_tensors

        @functools.wraps(of_tensors)
        def function(*operands: P.args, **named: P.kwargs) -> R:
            try:
                options = {name: lift(x) for name, x in named.items()}
                xs = tuple(map(lift, operands))
                if not isinstance(numpy, np.ufunc) and _has_tensor((*xs, *options.values())):
                    return cast("R", array_function(numpy, xs, options))  # NumPy may not look there
                found: R = numpy(*xs, **options)
            except REFUSALS as error:
                raise refused(numpy, error, operands, named) from None
            return found

        return function

    return taught
