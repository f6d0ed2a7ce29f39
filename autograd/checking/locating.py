"""Locating a wrong derivative: the pullback of each operation of the graph, checked on its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.checking.byhand import Given
from autograd.checking.inputs import Inputs, RaisedError
from autograd.checking.judging import Judge
from autograd.checking.report import Entry
from autograd.checking.subjects import Differentiated, Subject
from autograd.graph import backward_order
from autograd.nodes import is_node
from autograd.recording import record_lines
from autograd.rules import elementary, structural
from autograd.rules.nary import Nary
from autograd.tensors.operations import apply as apply_to_tensors
from autograd.tensors.tensor import Tensor
from autograd.value import Value, nary
from autograd.value import apply as apply_to_values

MOST = 2000
"""Largest number of operations that are checked."""
SILENT = (elementary.where, structural.values)
"""Operations without a pullback of their own."""


def first_wrong_rule(subject: Subject, leak: str = "") -> tuple[str, ...]:
    """Return the first operation behind the result whose pullback is wrong, in words, if any.

    Where all are right, it is the leak: where a number left the graph.
    """
    if not isinstance(subject, Differentiated):
        return ()
    with record_lines():
        root, _ = subject.graph(subject.at)
    if not is_node(root):
        return ()
    checked = 0
    for node in reversed(backward_order([root])):
        if node.row is None or node.row in SILENT or checked >= MOST:
            continue
        checked += 1
        wrong = _wrong(node)
        if wrong is not None:
            return (_told(node, wrong),)
    if checked >= MOST:
        return (f"the rules of the first {MOST} operations are right, taken one by one",)
    may = "something that depends on the inputs may have left the graph"
    ways = "by .data, float, detach() or stop_gradient"
    return (f"every operation's own rule is right: {leak or f'{may}, {ways}'}",)


def _wrong(node: Any) -> Entry | None:
    """Judge the pullback; None where it is not wrong."""
    local = _local(node)
    if local is None:
        return None
    try:
        entries = Judge(local, 0).entries()
        return next((entry for entry in entries if not entry.ok), None)
    except (ArithmeticError, ValueError, TypeError, RaisedError):
        return None


def _local(node: Any) -> Subject | None:
    """Return the operation as a function of those of its operands that are nodes."""
    row, given = node.row, list(node.operands)
    positions = [i for i, x in enumerate(given) if is_node(x)]

    def among(xs: Any) -> list[Any]:
        for i, x in zip(positions, xs):
            given[i] = x
        return given

    def operation(*xs: Any) -> Any:
        operands = among(xs)
        if isinstance(row, Nary):
            inputs, options = row.split(operands)
            return nary(row, inputs, *options)
        return (apply_to_tensors if isinstance(node, Tensor) else apply_to_values)(row, *operands)

    starts = [given[i]._data for i in positions]
    inputs = Inputs(operation, starts, range(len(starts)))
    if not row.is_custom:
        return _named(Differentiated(operation, inputs), node, positions)
    plain = [x._data if is_node(x) else x for x in given]

    def pulled(*xs_and_seed: Any) -> Any:
        *xs, seed = xs_and_seed
        given = list(plain)
        for i, x in zip(positions, xs):
            given[i] = x
        return tuple(row.pull(seed, row.function(*given), *given))

    def function(*xs: Any) -> Any:
        given = list(plain)
        for i, x in zip(positions, xs):
            given[i] = x
        return row.function(*given)

    return _named(Given(function, inputs, vjp=pulled), node, positions)


def _named(local: Subject, node: Any, positions: list[int]) -> Subject:
    """Return the subject with operands named as in the program, or as in the row."""
    words = getattr(node.row, "operands", ())
    for leaf, i in zip(local.leaves, positions):
        word = words[i] if i < len(words) else f"operand {i + 1}"
        leaf.name = node.operands[i].name or word
    return local


def _told(node: Any, wrong: Entry) -> str:
    operands = ", ".join(_short(x) for x in node.operands)
    place = f", made at {node.line[0]}:{node.line[1]}" if node.line else ""
    kind = "Value" if isinstance(node, Value) else "Tensor"
    return (
        f"the first rule that is wrong is that of {node.op}({operands}) of {kind}s{place}: {wrong}"
    )


def _short(x: Any) -> str:
    data = x._data if is_node(x) else x
    if isinstance(data, np.ndarray):
        return f"shape {data.shape}"
    return f"{data:.6g}" if isinstance(data, (int, float)) else str(data)
