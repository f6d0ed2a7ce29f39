"""The C core, where it was built and is wanted; without it everything is done in Python.

`CHAINRULE_PURE_PYTHON=1` in the environment turns it off; `CHAINRULE_REQUIRE_C=1` makes its absence
an error.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from autograd.names import Absent, unknown
from autograd.rules.elementary import METHODS
from autograd.sources import changed_sources


def _library() -> ModuleType | None:
    required = os.environ.get("CHAINRULE_REQUIRE_C") == "1"
    if os.environ.get("CHAINRULE_PURE_PYTHON") == "1":
        if required:
            raise ImportError(
                "CHAINRULE_PURE_PYTHON=1 and CHAINRULE_REQUIRE_C=1 exclude each other"
            )
        return None
    try:
        found = importlib.import_module("autograd._core")
    except ImportError as error:
        if required:
            raise ImportError(f"CHAINRULE_REQUIRE_C=1, but there is no C core: {error}") from None
        return None
    built = os.stat(found.__file__).st_mtime if found.__file__ else 0.0
    changed = changed_sources(getattr(found, "sources", "rules/elementary.py=0"), built)
    if not changed:
        return found
    message = f"the C core is older than {', '.join(changed)}: install the package again"
    if required:
        raise ImportError(f"CHAINRULE_REQUIRE_C=1, but {message}")
    warnings.warn(f"{message}; the Python twin runs instead", RuntimeWarning, stacklevel=2)
    return None


library = _library()
core = "python" if library is None else "c"
"""Engine that runs, "c" or "python"."""

NARY = ("sum", "mean", "dot")
"""Operations of any number of operands that the core computes itself."""
CHOOSING = ("max", "min")
"""Operations for which it knows which operands a choice left out."""

BORROWED = (
    "__doc__ __dir__ __reduce_ex__ __copy__ __deepcopy__ __round__ clip __format__ __array_ufunc__ "
    "__array_function__ __floor__ __ceil__ __trunc__ shape ndim size dtype T item astype real "
    "conjugate imag is_integer hypot arctan2 fmod logical_xor _mask "
    "_reduced _again _named_again _record _extra _prev _op line scope"
)
"""Rarely used methods, borrowed from the Python class."""
SIGNATURES = {"backward": "($self, seed=1.0)"}


def in_c(
    twin: type,
    remade: Callable[..., Any],
    rows: Sequence[Any],
    to_float: Callable[[Any], float],
    as_number: Callable[[Any], Any],
) -> type:
    """Return the type of the C core for its Python twin (in the manner of PEP 399).

    `remade` makes a node of a copy or pickle. `rows` are the operations that the core knows, in its
    order. `to_float` and `as_number` read numbers of unusual types; the first raises TypeError for
    others, the second returns NotImplemented.
    """
    own: dict[str, Any] = {}
    for kind in reversed(twin.__mro__[:-1]):
        own |= vars(kind)
    docs = {
        name: f"{name}{SIGNATURES.get(name, '($self)')}\n--\n\n{x.__doc__}"
        if callable(x)
        else x.__doc__
        for name, x in own.items()
        if x.__doc__ and name[0] != "_"
    }
    docs |= {name: f"{name}($self)\n--\n\n{row.doc}" for name, row in METHODS.items()}
    borrowed = {name: own[name] for name in BORROWED.split()} | {"_remade": staticmethod(remade)}
    absent = {name: x for name, x in own.items() if isinstance(x, Absent)}
    borrowed |= {name: x for name, x in absent.items() if name not in METHODS}
    assert library is not None
    library.give(rows=tuple(rows), to_float=to_float, as_number=as_number, unknown=unknown)
    made: type = library.ready_values(borrowed, docs)
    return made
