"""Graphs of a call of a function or a module: with variables, lines and scopes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.compiling.comparisons import compared
from autograd.drawing.graph import Graph
from autograd.nodes import is_node
from autograd.recording import record_lines
from autograd.tensors.tensor import Tensor
from autograd.transforms import gradients
from autograd.trees import flatten
from autograd.value import Value, shown


def graph_of_call(f: Callable[..., Any], arguments: Sequence[Any]) -> Graph:
    """Return the graph of a call of a function on floats and arrays, which become variables.

    They are named as its parameters. Where the result is one number, the derivatives by all nodes
    are computed too, else none are known; no `grad` changes. Raises TypeError where no node is
    returned.
    """
    names: dict[Any, str] = {}
    given = [
        _variables(argument, name, names)
        for argument, name in zip(arguments, _parameters(f, len(arguments)))
    ]
    with record_lines():
        result, comparisons = compared(lambda: f(*given))
    leaves, _ = flatten(result)
    roots = [leaf for leaf in leaves if is_node(leaf)]
    if not roots:
        called = getattr(f, "__name__", type(f).__name__)
        raise TypeError(
            f"draw: {called} returned {shown(result)}; it must return Values or Tensors, as floats "
            "become and arrays of them, but not integers"
        )
    graph = Graph(roots, names)
    graph.comparisons = comparisons
    graph.gradients = {}  # what parameters hold is left from another pass
    if len(graph.roots) == 1 and getattr(roots[0], "size", 1) == 1:
        found = gradients(roots[0], graph.nodes)
        graph.gradients = dict(zip(graph.nodes, found))
    return graph


def _variables(tree: Any, name: str, names: dict[Any, str]) -> Any:
    """Return a tree with variables in place of floats and arrays of them; all else as it is."""
    leaves, rebuild = flatten(tree)
    paths = list(_paths(tree, name))
    new: list[Any] = []
    for leaf, path in zip(leaves, paths):
        if isinstance(leaf, (float, np.floating)):
            leaf = Value(float(leaf), name=path)
        elif isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f":
            leaf = Tensor(leaf, name=path)
        elif is_node(leaf):
            names[leaf] = path
        new.append(leaf)
    return rebuild(new)


def _paths(tree: Any, name: str) -> Iterator[str]:
    """Iterate over the names of the leaves of a tree: x, x[0], x['w'], ..."""
    if isinstance(tree, dict):
        for key, part in tree.items():
            yield from _paths(part, f"{name}[{key!r}]")
    elif isinstance(tree, (list, tuple)):
        for i, part in enumerate(tree):
            yield from _paths(part, f"{name}[{i}]")
    elif isinstance(tree, np.ndarray) and tree.dtype == np.dtype(object):
        for i, part in enumerate(tree.flat):
            yield from _paths(part, f"{name}[{i}]")
    elif tree is not None:
        yield name


def _parameters(f: Callable[..., Any], count: int) -> list[str]:
    """Return the names of the first parameters."""
    try:
        parameters = list(inspect.signature(getattr(f, "forward", f)).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "argument")
    return (names + [f"{rest}[{i}]" for i in range(count)])[:count]
