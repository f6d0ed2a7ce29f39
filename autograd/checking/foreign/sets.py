"""Sets of SciPy's kind: a function with its gradient, its Hessian and products with the Hessian."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.byhand import Given
from autograd.checking.foreign.operators import is_operator
from autograd.checking.inputs import Inputs
from autograd.value import shown

Function = Callable[..., Any]


class Part(NamedTuple):
    """Function with a derivative, of a set of several."""

    f: Function
    derivative: Function | None = None
    jvp: Function | None = None


def is_set(f: Any) -> bool:
    """Return whether f is a tuple of functions, or a constraint of SciPy's."""
    return isinstance(f, tuple) or all(hasattr(f, name) for name in ("fun", "jac", "hess", "lb"))


class Set:
    """Functions of SciPy's kind in one: what is to be checked, and of which function."""

    def __init__(self, f: Any, inputs: Sequence[Any], args: Any, given: Sequence[Any]) -> None:
        self.parts = parts(f, inputs, args, given)
        self.f = self.parts["jac"].f

    def subjects(self, f: Function, inputs: Inputs, seed: int) -> dict[str, Callable[[], Given]]:
        """Return what is to be checked, by name: functions that make the subjects."""
        return {
            word: partial(
                Given, part.f, inputs, seed, derivative=part.derivative, jvp=part.jvp,
                words=("the function" if part.f is f else "jac", word),
            )
            for word, part in self.parts.items()
        }  # fmt: skip


def parts(f: Any, inputs: Sequence[Any], args: Any, given: Sequence[Any]) -> dict[str, Part]:
    """Return what is to be checked: the gradient, and what is the derivative of the gradient.

    `given` has jac, hess and hessp, each None where there is none.
    """
    if isinstance(f, tuple):
        if not 2 <= len(f) <= 4 or any(x is not None for x in given):
            raise ValueError(
                f"gradcheck: got a tuple of {len(f)}; it needs (fun, jac), (fun, jac, hess) or "
                "(fun, jac, hess, hessp), and none of them as a keyword"
            )
        f, *given = *f, None, None
    is_constraint = is_set(f)
    if is_constraint:
        f, given = f.fun, (f.jac, f.hess, None)
    args = args if isinstance(args, tuple) else (args,)
    fun, jac = _function("fun", f), given[0]
    hess, hessp = _function("hess", given[1]), _function("hessp", given[2])
    if fun is None or jac is None or jac is False:
        raise ValueError("gradcheck: got a set without fun or jac; it needs both")
    if (hess or hessp) and len(inputs) != 1:
        raise ValueError(
            f"gradcheck: got hess or hessp and {len(inputs)} inputs; they are of one input, "
            "and what stays as it is goes into args"
        )
    if jac is True:
        fun, jac = _item(fun, 0), _item(fun, 1)
    else:
        jac = _function("jac", jac)
    fun = _bound(fun, args)
    slope = _bound(jac, args, like=fun)  # its inputs have the function's names
    found = {"jac": Part(fun, slope)}
    if hess and is_constraint:
        found["hess"] = _of_constraint(fun, slope, hess)
    elif hess:
        found["hess"] = Part(slope, _bound(hess, args))
    if hessp:
        found["hessp"] = Part(slope, jvp=_bound(hessp, args))
    return found


def bound(functions: Sequence[Any], args: Any) -> Sequence[Any]:
    """Return f, derivative, jvp, vjp, hessian and hvp with these arguments behind the inputs."""
    args = args if isinstance(args, tuple) else (args,)
    if not args:
        return functions
    f, derivative, jvp, vjp, hessian, hvp = functions
    if jvp is not None or vjp is not None or hvp is not None or isinstance(derivative, tuple):
        raise ValueError(
            "gradcheck: got args and jvp, vjp, hvp or several derivatives; "
            "make functions of the inputs alone"
        )
    return [_bound(f, args), derivative and _bound(derivative, args), None, None,
            hessian and _bound(hessian, args), None]  # fmt: skip


def arrays(inputs: Sequence[Any]) -> list[Any]:
    """Return the inputs with lists of numbers as arrays of floats, as SciPy takes them."""
    return [np.asarray(x, np.float64) if isinstance(x, (list, tuple)) else x for x in inputs]


def _function(name: str, f: Any) -> Any:
    """Return a function of a set, or None; a way of taking differences is none."""
    if f is None or callable(f):
        return f
    raise TypeError(
        f"gradcheck: got {name}={shown(f)}; it needs a function, "
        "for what takes differences itself has no derivative to check"
    )


def _bound(f: Function, args: tuple[Any, ...], like: Function | None = None) -> Function:
    """Return the function with these arguments behind the others, named as another one is."""
    if not args and like is None:
        return f
    return functools.wraps(like or f)(lambda *given: f(*given, *args))


def _item(f: Function, i: int) -> Function:
    return functools.wraps(f)(lambda *given: f(*given)[i])


def _of_constraint(fun: Function, jac: Function, hess: Function) -> Part:
    """Return the sum of a constraint's Hessians, with fixed weights, and what it is of."""

    def weights(x: Any) -> Any:
        return np.cos(1.0 + np.arange(np.size(fun(x))))

    @functools.wraps(fun)
    def slope(x: Any) -> Any:
        g = jac(x)
        return np.atleast_1d(g.T @ weights(x) if is_operator(g) else weights(x) @ np.atleast_2d(g))

    return Part(slope, lambda x: hess(x, weights(x)))
