"""Data of a page in fewer characters: what follows from what was told before is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LISTED = ("label", "op", "value", "edges", "formula")
"""Facts of a node that stand in a list; all others follow in a dict."""


def packed(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data for the script, which unpacks it (`unpacking.js`).

    A label is 0 where it is the next of v1, v2, ...; an edge without an id has none. Of a step of
    the backward pass, [2, node, place, gradient, slope, share, before, after], all but the node and
    the place are left out where they follow: the gradient and the sum before are those so far, the
    share is their product with the slope, and the sum after is that with it. These are operations
    of which each has one result, in JavaScript too. [node, place, share, after] has no such share.
    """
    numbers = data["numbers"]
    zero = numbers.index(0.0) if 0.0 in numbers else -1
    places = _Places(numbers)
    steps = _steps(data, zero, places)
    nodes = _nodes(data["nodes"], places)
    if zero >= 0:
        zero = places[zero]
    return {**data, "nodes": nodes, "steps": steps, "zero": zero, "numbers": places.used}


class _Places(dict[int, int]):
    """Places of the numbers that are used among these."""

    def __init__(self, numbers: Sequence[Any]) -> None:
        self.numbers = numbers
        self.used: list[Any] = []

    def __missing__(self, n: int) -> int:
        self.used.append(self.numbers[n])
        self[n] = len(self.used) - 1
        return self[n]

    def of(self, some: Sequence[Any]) -> list[Any]:
        """Return the places of some numbers; of None it is None."""
        return [None if n is None else self[n] for n in some]


def _nodes(nodes: Sequence[dict[str, Any]], places: _Places) -> list[list[Any]]:
    found, nameless = [], 0
    for node in nodes:
        label = node["label"]
        if label == f"v{nameless + 1}":
            label, nameless = 0, nameless + 1
        edges = []
        for source, name, slope, *more in node["edges"]:
            edges.append([source, *[name] * bool(name), *places.of([slope]), *more])
        own = [label, node.get("op", ""), places[node["value"]], edges, node.get("formula")]
        rest = {name: fact for name, fact in node.items() if name not in LISTED}
        if "check" in rest:
            rest["check"] = [*places.of(rest["check"][:3]), *rest["check"][3:]]
        if "operands" in rest:
            rest["operands"] = [[term, places[n]] for term, n in rest["operands"]]
        if "arrays" in rest:
            rest["arrays"] = {name: places[n] for name, n in rest["arrays"].items()}
        found.append([*own, rest] if rest else own)
    return found


def _steps(data: dict[str, Any], zero: int, places: _Places) -> list[list[Any]]:
    numbers = data["numbers"]
    (_, root, start), *others = data["steps"]
    sums, found = {root: start}, [[1, root, places[start]]]
    for _, i, place, gradient, slope, share, before, after in others:
        source, _, derivative, *_ = data["nodes"][i]["edges"][place]
        parts = [gradient, slope, share, before, after]
        if [sums.get(i), derivative, sums.get(source, zero)] != [gradient, slope, before]:
            found.append([2, i, place, *places.of(parts)])
        elif slope is not None and _follows(*[numbers[n] for n in parts]):
            found.append([i, place])
        else:
            found.append([i, place, *places.of([share, after])])
        sums[source] = after
    return found


def _follows(gradient: Any, slope: Any, share: Any, before: Any, after: Any) -> bool:
    """Return whether the share is the product, and the sum the sum, to the last bit."""
    gradient, slope, share, before, after = map(float, (gradient, slope, share, before, after))
    return repr(gradient * slope) == repr(share) and repr(before + share) == repr(after)
