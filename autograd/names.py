"""Names that are not found: what to write instead, where other packages have them.

The table of what people come with is in hints.py, which is loaded when a name is not found.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Never, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

GENERATED = " made from the table>"
"""Suffix of the file names of generated code."""

NODES = (
    "numpy cpu cuda device to float double half type requires_grad requires_grad_ is_leaf grad_fn"
    " retain_grad clone numel nelement dim view unsqueeze permute t expand clamp mm bmm mv matmul"
    " add sub mul div pow abs neg eq gt lt zero_ fill_ copy_ add_ sub_ mul_ div_ softmax"
    " log_softmax logsumexp norm median amax amin topk gather masked_fill chunk split inverse det"
    " inv tril triu diff nbytes strides flat tobytes at assign assign_add assign_sub"
    " _value tolist label _children"
).split()
"""Attributes that Values and Tensors lack, and others' have."""
MODULES = (
    "cuda cpu to weight bias weights requires_grad_ named_children modules register_buffer"
    " register_parameter predict predict_proba fit compile score save save_weights"
    " trainable_variables trainable_weights count_params coef_ intercept_"
).split()
"""Attributes that modules lack, and others' have."""


def hint(table: str, name: str) -> str:
    """Return the end of a message on a name that is not found; "" where the table has none.

    >>> hint("TENSOR", "numpy"), hint("TENSOR", "nothing")
    ('; write t.data', '')
    """
    import autograd.hints as hints  # not from autograd, which would ask for it here

    found = getattr(hints, table).get(name)
    return f"; write {found}" if found else ""


def word(name: str, known: Collection[str]) -> str | None:
    """Return what a word of another package is here, where it is among those known."""
    import autograd.hints as hints  # not from autograd, which would ask for it here

    found = hints.WORDS.get(name)
    return found if found in known else None


def present(x: object, names: Iterable[str]) -> list[str]:
    """Return the names that an object has, without those that are absent."""
    kinds = type(x).__mro__
    return [
        name
        for name in names
        if not isinstance(next((vars(k)[name] for k in kinds if name in vars(k)), None), Absent)
    ]


class Absent:
    """Attribute that an object lacks: a message says what it has in its place.

    A `__getattr__` of the class would cost time whenever any attribute is read.
    """

    def __init__(self, name: str, table: str = "") -> None:
        self.name, self.table = name, table

    def __get__(self, x: Any, kind: type) -> Never:
        what = f"type object {kind.__name__!r}" if x is None else f"{kind.__name__!r} object"
        told = hint(self.table or kind.__name__.upper(), self.name)
        raise AttributeError(f"{what} has no attribute {self.name!r}{told}")


class AbsentSlot(Absent):
    """Absent attribute of objects that can't be given other attributes."""

    def __set__(self, x: Any, new: Any) -> Never:
        self.__get__(x, type(x))


class Missing:
    """Names that a package lacks: imports of them are told what to write; a `__getattr__`, too.

    `elsewhere` says what has a name that is not in the table.
    """

    def __init__(self, module: str, elsewhere: Callable[[str], str | None]) -> None:
        self.module, self.elsewhere = module, elsewhere
        sys.meta_path.append(self)  # the last, which is asked for what nobody else has found

    def _told(self, name: str) -> str:
        if name[:2] == "__":
            return ""
        if told := hint(self.module.upper(), name):
            return told
        found = self.elsewhere(name)
        return f"; write {found}" if found else ""

    def __call__(self, name: str) -> Never:
        """Raise the error for an attribute."""
        told = self._told(name)
        raise AttributeError(f"module {self.module!r} has no attribute {name!r}{told}")

    def find_spec(self, path: str, *others: Any) -> None:
        """Raise the error for an import, where there is a hint."""
        parent, _, name = path.rpartition(".")
        if parent == self.module and (told := self._told(name)):
            raise ModuleNotFoundError(f"{parent!r} has no {name!r}{told}")


def unexpected(name: str, options: Iterable[str], known: Collection[str]) -> TypeError | None:
    """Return the error for the first option that is not known and has a hint; None without."""
    foreign = [option for option in options if option not in known]
    if foreign:
        import autograd.hints as hints

        for option in foreign:
            of_all = hints.ARGUMENTS.get(option, ())
            for meant in hints.ARGUMENTS.get(f"{name}.{option}", of_all):
                if meant[-1] != "=" or meant[:-1] in known:
                    return TypeError(f"{name}: got {option}=; write {meant}")
    return None


def unknown(name: str, options: Iterable[str], known: Collection[str]) -> TypeError:
    """Return the error for options of which one is not known, with a hint or what there is."""
    first = next(option for option in options if option not in known)
    plain = TypeError(f"{name}: got {first}=; it has {', '.join(known)}")
    return unexpected(name, options, known) or plain


def hinted(function: F) -> F:
    """Make a function say what an argument of another package is called here."""

    @functools.wraps(function)
    def told(*args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except TypeError as error:
            if named and (meant := better(function, named, error)):
                raise meant from None
            raise

    return told  # type: ignore[return-value]  # it has the same signature


def better(
    function: Callable[..., Any], named: Mapping[str, Any], error: TypeError
) -> TypeError | None:
    """Return an error for an argument that is not known, where the table has it; else None."""
    known = dict(inspect.signature(function).parameters)
    if any(each.kind is each.VAR_KEYWORD for each in known.values()):
        import numpy

        named = {option: x for option, x in named.items() if f"'{option}'" in str(error)}
        of_numpy = getattr(numpy, function.__name__, None)
        known |= dict(inspect.signature(of_numpy).parameters) if callable(of_numpy) else {}
    return unexpected(function.__name__, named, known)
