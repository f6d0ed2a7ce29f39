"""Symbolic pullbacks of array operations: a pullback run on named arrays yields formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arithmetic.base import Operators
from autograd.explaining.notations import latex_name, told_name
from autograd.formulas.formula import SIGN
from autograd.rules.structural import Structural

LONGEST = 100
"""Length above which a formula says nothing to a reader."""


class Named(Operators):
    """Array with a name, or with the formula that it was computed by, in text and LaTeX."""

    def __init__(self, array: Any, text: str, latex: str | None = None, atom: bool = True) -> None:
        self.array, self.text, self.atom = array, text, atom
        self.latex = _typewriter(text) if latex is None else latex

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.array, name)
        if name in ("shape", "ndim", "dtype", "size"):
            return found
        if name in ("T", "mT"):
            return Named(found, f"{self._inside}.{name}", rf"{self._latex_inside}^{{\top}}")
        if not callable(found):
            raise AttributeError(name)
        return self._called(found, f"{self._inside}.{name}")

    @property
    def _inside(self) -> str:
        return self.text if self.atom else f"({self.text})"

    @property
    def _latex_inside(self) -> str:
        return self.latex if self.atom else rf"\left( {self.latex} \right)"

    @staticmethod
    def _called(function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def called(*operands: Any, **options: Any) -> Any:
            texts = [_told(x) for x in operands]
            texts += [f"{word}={_told(x)}" for word, x in options.items()]
            found = function(*_bare(operands), **{k: _bare(x) for k, x in options.items()})
            return Named(found, f"{name}({', '.join(texts)})")

        return called

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self._called(function, function.__name__)(*args, **kwargs)

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        signs = {np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/"}
        if ufunc in signs and not kwargs:
            return _infix(args[0], signs[ufunc], args[1])
        return self._called(getattr(ufunc, method), ufunc.__name__)(*args, **kwargs)

    def _applied(self, op: Structural, *operands: Any) -> Any:
        return self._called(lambda *arrays: np.asarray(op.of_arrays(*arrays)), op.name)(*operands)

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        where = ", ".join(map(_told, parts))
        return Named(self.array[_bare(index)], f"{self._inside}[{where}]")

    def operated(self, op: str, *operands: Any) -> Any:
        """Apply an operator to arrays with names and others."""
        if op == "neg":
            return Named(-self.array, f"-{self._inside}", f"-{self._latex_inside}", False)
        return _infix(operands[0], SIGN[op], operands[1])

    def __matmul__(self, other: Any) -> Any:
        return _infix(self, "@", other)

    def __rmatmul__(self, other: Any) -> Any:
        return _infix(other, "@", self)

    def __eq__(self, other: object) -> Any:
        return _infix(self, "==", other)

    __hash__ = object.__hash__


SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "@": lambda x, y: x @ y,
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "==": lambda x, y: x == y,
}
IN_LATEX = {"@": r"\,", "*": r"\odot", "/": r"\oslash", "==": "="}


def _infix(x: Any, sign: str, y: Any) -> Named:
    texts = [z._inside if isinstance(z, Named) else _told(z) for z in (x, y)]
    latex = [z._latex_inside if isinstance(z, Named) else _typewriter(_told(z)) for z in (x, y)]
    return Named(
        SIGNS[sign](_bare(x), _bare(y)),
        f" {sign} ".join(texts),
        f" {IN_LATEX.get(sign, sign)} ".join(latex),
        False,
    )


def _bare(x: Any) -> Any:
    if isinstance(x, (tuple, list)):
        return type(x)(map(_bare, x))
    return x.array if isinstance(x, Named) else x


def _told(x: Any) -> str:
    """Return an operand or an option as text."""
    if isinstance(x, Named):
        return x.text
    if isinstance(x, np.ndarray):
        return f"array of shape {x.shape}" if x.size > 6 else str(x.tolist())
    if isinstance(x, slice):
        parts = ["" if i is None else str(i) for i in (x.start, x.stop, x.step)]
        return ":".join(parts if x.step is not None else parts[:2])
    if isinstance(x, (tuple, list)):
        return str(tuple(x))
    return "..." if x is ... else x.name if isinstance(x, np.dtype) else str(x)


def _typewriter(text: str) -> str:
    letters = latex_name("__" + text, longest=LONGEST)  # never taken for a single letter
    return letters.replace(r"\mathrm{\_\_", r"\mathtt{", 1)


def rules(node: Any, labels: list[str]) -> list[tuple[str, str] | None]:
    """Return each operand's share of the cotangent g, as text and in LaTeX, before it is summed.

    A share is None for constants and where the pullback can't be written in a line.
    """
    op = node.row
    found: list[tuple[str, str] | None] = [None] * len(node.operands)
    if not isinstance(op, Structural) or not node._inputs:
        return found
    g = Named(np.ones(node.shape, node.dtype), "g", "g")
    z = Named(node.data, "z", "z")
    inputs = [
        Named(x, told_name(label), latex_name(label))
        if isinstance(x, np.ndarray) and i < len(op.pullbacks) and op.pullbacks[i] is not None
        else x
        for i, (x, label) in enumerate(zip(node._inputs, labels))
    ]
    if op.keeps:
        inputs.append(None)
    for i, x in enumerate(node.operands):
        pullback = op.pullbacks[i] if i < len(op.pullbacks) else None
        if pullback is None or not hasattr(x, "parents"):
            continue
        try:
            with np.errstate(all="ignore"):
                adjoint = op.through(g, z, *inputs) if op.through else g
                share = pullback(adjoint, z, *inputs)
        except Exception:  # it does what arrays with names can't: then there is no rule to show
            continue
        if isinstance(share, Named) and len(share.text) <= LONGEST:
            found[i] = share.text, share.latex
    return found
