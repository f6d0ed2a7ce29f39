"""Inputs of a check: numbers and arrays, their names, and the point."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd.nodes import is_node
from autograd.tensors.tensor import Tensor
from autograd.trees import flatten
from autograd.value import NUMBER, Value, shown

Function = Callable[..., Any]


class CheckError(Exception):
    """Error that says in one line why a check can't be run."""


class RaisedError(Exception):
    """Error that a function raised when it was called."""

    def __init__(self, error: Exception, function: Function) -> None:
        super().__init__(str(error))
        self.error, self.function = error, function


class Leaf:
    """Number or array among the inputs: its name, and the point of the check."""

    def __init__(self, name: str, x: Any, parameter: Any = None) -> None:
        self.name, self.parameter = name, parameter
        data = x.data if is_node(x) else x
        self.is_number = isinstance(x, Value) or isinstance(data, NUMBER)
        self.array = Tensor(data).data.astype(np.float64)  # refuses what is not real

    def plain(self, array: Any) -> Any:
        """Return the number or array as users write it: a float, or an array of their own."""
        return array.item() if self.is_number else array.copy()


def names_of(f: Function, inputs: Sequence[Any]) -> list[str]:
    """Return the name of each input."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    known = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind == p.VAR_POSITIONAL), "x")
    alone = len(inputs) == 1 and not known
    more = [rest if alone else f"{rest}[{i}]" for i in range(len(inputs) - len(known))]
    return [*known, *more][: len(inputs)]


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

    The keys of dicts may stand in any order; CheckError says which are missing or unknown. `word`
    names the function that gave the tree, `name` what it is for.
    """
    of = f" for {name}" if name else ""
    if form is None:
        return []
    if isinstance(form, dict):
        if not isinstance(given, dict):
            raise CheckError(
                f"{word} returned {shown(given)}{of}; it needs a dict of {_keys(form)}"
            )
        if form.keys() != given.keys():
            raise CheckError(f"{word} returned the keys {_keys(given)}{of}; it needs {_keys(form)}")
        pairs = [(form[key], given[key], f"[{key!r}]") for key in form]
    elif isinstance(form, np.ndarray) and form.dtype == np.dtype(object):
        if np.shape(given) != form.shape:
            raise CheckError(f"{word} returned {shown(given)}{of}; it needs shape {form.shape}")
        pairs = [(form[i], given[i], f"[{', '.join(map(str, i))}]") for i in np.ndindex(form.shape)]
    elif isinstance(form, (list, tuple)):
        if not isinstance(given, (list, tuple)) or len(given) != len(form):
            raise CheckError(f"{word} returned {shown(given)}{of}; it needs {len(form)} of them")
        pairs = [(part, x, f"[{i}]") for i, (part, x) in enumerate(zip(form, given))]
    else:
        return [given]
    return [x for part, own, at in pairs for x in matched(part, own, word, f"{name}{at}")]


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
