"""Inputs of a check: numbers and arrays, their names, and the point."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from autograd.calls import places
from autograd.nodes import is_node
from autograd.tensors.tensor import Tensor
from autograd.trees import BRANCHES, FLOATS, flatten
from autograd.value import NUMBER, Value, shown

Function = Callable[..., Any]


NARROW = (np.dtype(np.float32), np.dtype(np.float16))
FINEST = 64.0
"""Finest step in a narrow type, in the distances of its numbers."""


class CheckError(Exception):
    """Error that says in one line why a check can't be run."""


class WrittenError(CheckError):
    """Error for a function that writes into its inputs."""


class RaisedError(Exception):
    """Error that a function raised when it was called; `word` says which function it is."""

    def __init__(self, error: Exception, function: Function, word: str) -> None:
        super().__init__(str(error))
        self.error, self.function, self.word = error, function, word


def call(f: Function, given: Sequence[Any], word: str = "the function") -> Any:
    """Call a function; RaisedError where it raises."""
    try:
        return f(*given)
    except CheckError:  # of a function that is made of the user's
        raise
    except Exception as error:
        raise RaisedError(error, f, word) from error


class Leaf:
    """Number or array that a check moves: its name, and the point of the check."""

    def __init__(self, name: str, x: Any, parameter: Any = None) -> None:
        self.name, self.parameter = name, parameter
        data = x.data if is_node(x) else x
        self.is_number = isinstance(x, Value) or isinstance(data, NUMBER)
        is_float = type(x) is float
        # a Tensor refuses what is not real
        self.array = np.array(x) if is_float else Tensor(data).data.astype(np.float64)
        kind = getattr(data, "dtype", None)
        self.narrow: Any = kind if kind in NARROW and parameter is None else None
        """Type of floats that plain functions get, where it is narrower than usual."""

    @property
    def epsilon(self) -> float:
        """Distance from 1 to the next number of its type."""
        return float(np.finfo(self.narrow or np.float64).eps)

    def steps(self, x: float, steps: Sequence[float]) -> list[float]:
        """Return steps from a number to others that its type has, without those it can't tell."""
        if self.narrow is None:
            return list(steps)
        with np.errstate(all="ignore"):
            exact = [float(self.narrow.type(x + h)) - x for h in steps]
        return [h for h in exact if FINEST * self.epsilon * abs(x) < h < math.inf]

    def names(self) -> list[str]:
        """Return the names of its numbers."""
        if not self.array.ndim:
            return [self.name]
        return [_at(self.name, index) for index in np.ndindex(self.array.shape)]

    def plain(self, array: Any) -> Any:
        """Return the number or array as users write it: a float, or an array of their own."""
        if self.narrow is not None:
            return self.narrow.type(array) if self.is_number else array.astype(self.narrow)
        return array.item() if self.is_number else array.copy()


class Inputs:
    """Inputs of a checked function: leaves that are moved, and options, which stay what they are.

    Moved are floats and arrays of floats. Where there are none among the inputs, and none among
    the parameters that `has_others` tells of, it is the ints; where `argnums` names inputs, it is
    the floats and ints of those.
    """

    def __init__(
        self, f: Function, given: Sequence[Any], argnums: Any = None, has_others: bool = False
    ) -> None:
        self.given = tuple(given)
        self.names = names_of(f, given)
        flat, rebuild = flatten(self.given)
        chosen = {*range(len(given))}
        if argnums is not None:
            chosen = {*places("gradcheck", argnums, len(given), ())}
        if argnums is None and {*map(type, flat)} <= FLOATS:
            kinds = ["f"] * len(flat)
        else:
            kinds = [k if i in chosen else "" for i, x in enumerate(given) for k in kinds_of(x)]
        are_ints_moved = argnums is not None or not (has_others or "f" in kinds)
        moved = [kind == "f" or (are_ints_moved and kind == "i") for kind in kinds]
        named = [path for x, name in zip(given, self.names) for path in paths(x, name)]
        self.leaves = [Leaf(name, x) for name, x, is_moved in zip(named, flat, moved) if is_moved]
        self.kept = [
            n for n, kind, is_moved in zip(named, kinds, moved) if (kind, is_moved) == ("i", False)
        ]
        """Names of the ints that are options."""
        self.form = self.given
        """The inputs, with `OPTION` in the place of each option."""
        self.rebuild: Callable[[Sequence[Any]], Any] = rebuild
        """Return the inputs with these numbers and arrays for the leaves."""
        if not all(moved):
            self.form = rebuild([x if is_moved else OPTION for x, is_moved in zip(flat, moved)])
            self.rebuild = lambda new: rebuild(_filled(flat, moved, new))
        self._rebuild, self._moved = rebuild, moved

    def tangents(self, rates: Sequence[Any]) -> list[Any]:
        """Return rates of change in the form of the inputs that are moved; None for an option."""
        trees = self._rebuild(_filled([None] * len(self._moved), self._moved, rates))
        return [tree for tree, form in zip(trees, self.form) if has_leaves(form)]

    def parts(self, given: Any, word: str) -> list[Any]:
        """Return the parts, one for each leaf, of a derivative in the form of the inputs."""
        if type(given) is Parts:
            return given
        if len(self.leaves) == 1 and not isinstance(given, BRANCHES[:3]):
            return [given]
        names, form = self.names, self.form
        moved = [i for i, part in enumerate(form) if has_leaves(part)]
        if len(moved) == 1:
            (i,) = moved
            is_one = _is_list(given) and len(given) == 1
            is_of_all = type(given) is tuple and 1 < len(given) == len(form)
            if _is_list(form[i]) or not (is_one or is_of_all):
                return matched(form[i], given, word, names[i])
        if not _is_list(given) or len(given) not in (len(form), len(moved)):
            got = f"{word} returned {shown(given)}"
            raise CheckError(f"{got}; it needs one for each of {len(moved)} inputs")
        own = given if len(given) == len(moved) else [given[i] for i in moved]
        return [part for i, x in zip(moved, own) for part in matched(form[i], x, word, names[i])]


class Parts(list[Any]):
    """Derivatives by all leaves in a row, whatever the form of the inputs."""


OPTION = object()
"""Mark in the place of an option."""


def _filled(flat: Sequence[Any], moved: Sequence[bool], new: Sequence[Any]) -> list[Any]:
    """Return leaves and options in a row; options that are arrays are copied."""
    rest = iter(new)
    return [
        next(rest) if is_moved else x.copy() if type(x) is np.ndarray else x
        for x, is_moved in zip(flat, moved)
    ]


def kinds_of(tree: Any, among_floats: bool = False) -> Iterable[str]:
    """Iterate over the kinds of the leaves: "f" of a float, "i" of an int, or another letter.

    A list or tuple of numbers is what an array of them would be: 1 is a float in [1, 2.5].

    >>> list(kinds_of(({"x": 2.0, "n": 3}, [1, 2.5], "relu", True)))
    ['f', 'i', 'f', 'f', 'U', 'b']
    """
    if tree is None:
        return
    if isinstance(tree, dict):
        parts: Iterable[Any] = tree.values()
    elif isinstance(tree, np.ndarray) and tree.dtype == np.dtype(object):
        parts = tree.flat
    elif isinstance(tree, (list, tuple)):
        parts = tree
        kinds = [*map(_kind, tree)] if not hasattr(tree, "_make") else []
        among_floats = "f" in kinds and {*kinds} <= {"f", "i"}
    else:
        kind = _kind(tree)
        yield "f" if kind == "i" and among_floats else kind
        return
    for part in parts:
        yield from kinds_of(part, among_floats)


def _kind(x: Any) -> str:
    """Return the kind of a leaf, a letter as in NumPy; of unsigned ints, too, it is "i"."""
    if isinstance(x, (*BRANCHES[:3], type(None))):
        return ""
    if isinstance(x, NUMBER) and not isinstance(x, (int, np.generic)):
        return "f"
    try:
        kind = str(np.asarray(x.data if is_node(x) else x).dtype.kind)
    except (TypeError, ValueError):
        return "O"
    return "i" if kind == "u" else kind


def _is_list(x: Any) -> bool:
    return isinstance(x, (list, tuple))


def has_leaves(form: Any) -> bool:
    """Return whether a form has leaves that are no options."""
    return any(leaf is not OPTION for leaf in flatten(form)[0])


def names_of(f: Function, inputs: Sequence[Any]) -> list[str]:
    """Return the name of each input; `leaf_names` has those of another library's function."""
    if hasattr(f, "leaf_names"):
        return list(f.leaf_names)
    known, rest = _parameters_of(f)
    alone = len(inputs) == 1 and not known
    more = [rest if alone else f"{rest}[{i}]" for i in range(len(inputs) - len(known))]
    return [*known, *more][: len(inputs)]


def _parameters_of(f: Function) -> tuple[list[str], str]:
    """Return the names of the parameters that are given by place, and that of `*rest`."""
    if type(f) is FunctionType and not f.__dict__:  # no __wrapped__ or __signature__: most, at once
        code = f.__code__
        is_variadic = code.co_flags & inspect.CO_VARARGS
        names = code.co_varnames[: code.co_argcount]
        last = code.co_varnames[code.co_argcount + code.co_kwonlyargcount] if is_variadic else "x"
        return [*names], last
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    known = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return known, next((p.name for p in parameters if p.kind == p.VAR_POSITIONAL), "x")


def paths(tree: Any, name: str) -> Iterable[str]:
    """Iterate over the names of the leaves of a tree, in the order of `flatten`."""
    if tree is None:
        return []
    if isinstance(tree, np.ndarray) and tree.dtype == np.dtype(object):
        indices = np.ndindex(tree.shape)
        return [p for i in indices for p in paths(tree[i], f"{name}[{', '.join(map(str, i))}]")]
    if isinstance(tree, dict):
        return [p for key, x in tree.items() for p in paths(x, f"{name}[{key!r}]")]
    if isinstance(tree, (list, tuple)):
        return [p for i, x in enumerate(tree) for p in paths(x, f"{name}[{i}]")]
    return [name]


def matched(form: Any, given: Any, word: str, name: str = "") -> list[Any]:
    """Return the parts of a tree at the leaves of another tree, which gives its form.

    The keys of dicts may stand in any order; CheckError says which are missing or unknown. What
    stands for an option is left out, or anything. `word` names the function that gave the tree,
    `name` what it is for.
    """
    of = f" for {name}" if name else ""
    if form is None or form is OPTION:
        return []
    if isinstance(form, dict):
        needed = {key: part for key, part in form.items() if has_leaves(part)}
        if not isinstance(given, dict):
            raise CheckError(
                f"{word} returned {shown(given)}{of}; it needs a dict of {_keys(needed)}"
            )
        if not needed.keys() <= given.keys() <= form.keys():
            got = f"{word} returned the keys {_keys(given)}{of}"
            raise CheckError(f"{got}; it needs {_keys(needed)}")
        pairs = [(part, given[key], f"[{key!r}]") for key, part in needed.items()]
    elif isinstance(form, np.ndarray) and form.dtype == np.dtype(object):
        if np.shape(given) != form.shape:
            raise CheckError(f"{word} returned {shown(given)}{of}; it needs shape {form.shape}")
        pairs = [(form[i], given[i], f"[{', '.join(map(str, i))}]") for i in np.ndindex(form.shape)]
    elif _is_list(form):
        needed_at = [i for i, part in enumerate(form) if has_leaves(part)]
        count = len(needed_at)
        if not _is_list(given) or len(given) not in (len(form), count):
            raise CheckError(f"{word} returned {shown(given)}{of}; it needs {count} of them")
        own = given if len(given) == count else [given[i] for i in needed_at]
        pairs = [(form[i], x, f"[{i}]") for i, x in zip(needed_at, own)]
    else:
        return [given]
    return [x for part, own, at in pairs for x in matched(part, own, word, f"{name}{at}")]


def change(before: Any, after: Any, name: str) -> str:
    """Return the name of the first part of a tree that is another one now; "" where none is.

    >>> change({"x": [1.0, 2.0]}, {"x": [1.0, 3.0]}, "p")
    "p['x'][1]"
    """
    if type(before) is np.ndarray and before.dtype != np.dtype(object):
        return _change_of_array(before, after, name)
    if isinstance(before, dict):
        if not isinstance(after, dict) or before.keys() != after.keys():
            return name
        pairs: list[Any] = [(before[key], after[key], f"{name}[{key!r}]") for key in before]
    elif isinstance(before, (list, tuple, np.ndarray)):
        if not isinstance(after, type(before)) or len(before) != len(after):
            return name
        indices: Iterable[Any] = range(len(before))
        if isinstance(before, np.ndarray):
            indices = np.ndindex(before.shape)
        pairs = [(before[i], after[i], _at(name, i)) for i in indices]
    else:
        same = before is after or (type(before) is type(after) and _is_equal(before, after))
        return "" if same else name
    return next(filter(None, (change(*pair) for pair in pairs)), "")


def _change_of_array(before: Any, after: Any, name: str) -> str:
    if type(after) is not np.ndarray or (before.shape, before.dtype) != (after.shape, after.dtype):
        return name
    if np.array_equal(before, after, equal_nan=before.dtype.kind == "f"):
        return ""
    off = np.argwhere((before != after) & ((before == before) | (after == after)))
    return _at(name, tuple(off[0].tolist())) if len(off) < before.size > 1 else name


def _at(name: str, index: Any) -> str:
    several = index if isinstance(index, tuple) else (index,)
    return f"{name}[{', '.join(map(str, several))}]"


def _is_equal(one: Any, other: Any) -> bool:
    """Return whether numbers and the like are equal; of other objects nothing is known."""
    return bool(one == other or one != one) if isinstance(one, (*NUMBER, str, bytes)) else True


def _keys(tree: dict[Any, Any]) -> str:
    return ", ".join(map(repr, tree)) or "none"


def parameters_of(given: Any) -> list[tuple[str, Any]]:
    """Return the parameters of a module, or leaves, with their names."""
    if given is None:
        return []
    if hasattr(given, "named_parameters"):
        return list(given.named_parameters())
    leaves, _ = flatten(list(given))
    for p in leaves:
        if not is_node(p) or p.op:
            raise TypeError(f"gradcheck: got {shown(p)} among the parameters; it needs leaves")
    return [(p.name or f"parameters[{i}]", p) for i, p in enumerate(leaves)]
