"""Pairs of functions and their derivatives by hand in a module, found by their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from autograd import custom, functions
from autograd.rules.elementary import BUILT_IN, TABLE

Function = Callable[..., Any]

FIRST = "derivative deriv der gradient grad prime slope jacobian jac score".split()
SECOND = "hessian hess".split()
"""Words for first and second derivatives, behind a function's name or before it."""
PRODUCTS = "hess_prod hessp hvp hessian_product hess_vec".split()
"""Words for the Hessian times a vector."""
VALUES = "__call__ f fun func function value evaluate loss cost objective loglike".split()
"""Names of functions whose derivative has a word alone for a name."""
JOINT = "_and_grad _and_gradient _and_jac _with_grad _with_gradient _and_derivative".split()
"""Endings of functions that return their value and their gradient."""


@dataclass(frozen=True)
class Pair:
    """Function, and its derivative by hand, as paths below a module."""

    of: str
    by: str = ""
    """Path of the derivative; "" for the engine's, of a rule of the user's own."""
    option: str = "derivative"
    """Argument of `gradient_test` that it is: derivative, jvp or vjp."""
    parameter: str = ""
    """Parameter of a partial derivative; "" for all."""
    style: str = "plain"
    """Or "joint", where one function returns both, or "layer", of `forward` and `backward`."""

    @property
    def name(self) -> str:
        """Name for a test."""
        path = (self.by or self.of).replace("()", "").replace("__call__", "")
        words = path.replace(".", "_").strip("_")
        return f"test_{words}"


def pairs_in(module: ModuleType) -> list[Pair]:
    """Return the pairs in a module and its classes, in the order of the module."""
    root = module.__name__.partition(".")[0]
    own = {
        name: x
        for name, x in vars(module).items()
        if callable(x) and (_is_from(x, module, root) or _is_rule(x)) and name.isidentifier()
    }
    found = list(_pairs({name: x for name, x in own.items() if not isinstance(x, type)}))
    for name, kind in own.items():
        if isinstance(kind, type) and not inspect.isabstract(kind):
            methods = {
                key: x
                for key in dir(kind)
                if (key == "__call__" or not key.startswith("__"))
                and callable(x := inspect.getattr_static(kind, key))
            }
            found += _pairs(methods, f"{name}().")
            if {"forward", "backward"} <= methods.keys():
                found.append(Pair(f"{name}()", option="vjp", style="layer"))
    return list(dict.fromkeys(found))


def _is_from(x: Any, module: ModuleType, root: str) -> bool:
    """Return whether the module, or the package that it belongs to, defines a name."""
    home = getattr(x, "__module__", None) or ""
    return bool(home == module.__name__ or home.partition(".")[0] == root)


def _is_rule(x: Any) -> bool:
    """Return whether a function is a `custom_vjp` or an `elementary` of the user's own."""
    code = getattr(x, "__code__", None)
    if code is None:
        return False
    if code.co_filename == custom.__file__:
        return bool(code.co_name == "of_operands")
    name = getattr(x, "__name__", "")
    return code.co_filename == functions.__file__ and name in TABLE and name not in BUILT_IN


def _pairs(space: Mapping[str, Function], prefix: str = "") -> Iterator[Pair]:
    taken = set()
    for name, f in space.items():
        if _is_rule(f):
            yield Pair(prefix + name)
        for pair in _of(name, f, space):
            taken.add(pair.by)
            yield _below(pair, prefix)
        if name.endswith(tuple(JOINT)):
            yield Pair(prefix + name, style="joint")
    for word in (*FIRST, "fprime", "df"):
        value = next((x for x in VALUES if x in space), None)
        if word in space and word not in taken and value:
            yield Pair(prefix + value, prefix + word)
            return


def _below(pair: Pair, prefix: str) -> Pair:
    return Pair(prefix + pair.of, prefix + pair.by, pair.option, pair.parameter, pair.style)


def _of(name: str, f: Function, space: Mapping[str, Function]) -> Iterator[Pair]:
    """Iterate over the derivatives of a function in a namespace."""
    first = next((x for x in _named(name, FIRST) if x in space), None)
    if first:
        yield Pair(name, first)
        for second in _named(name, SECOND):
            if second in space:
                yield Pair(first, second)
        for word in PRODUCTS:
            if f"{name}_{word}" in space:
                yield Pair(first, f"{name}_{word}", "jvp")
    for option in ("jvp", "vjp"):
        for by in (f"{name}_{option}", f"{option}_{name}"):
            if by in space:
                yield Pair(name, by, option)
    for parameter in _parameters(f):
        for by in (f"d{name}_d{parameter}", f"{name}_d{parameter}", f"d{name}d{parameter}"):
            if by in space:
                yield Pair(name, by, parameter=parameter)


def _named(name: str, words: list[str]) -> Iterator[str]:
    """Iterate over the names that a derivative of a function may have, the usual ones first."""
    for word in words:
        yield from (f"{name}_{word}", f"{word}_{name}", f"{word}_of_{name}")
        yield f"{name}{word.title()}"
    if words is FIRST:
        yield from (f"{name}prime", f"d_{name}", f"d{name}", f"{name}_dx", f"{name}_d1")


def _parameters(f: Function) -> list[str]:
    try:
        return list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        return []
