"""Gates that our figures must keep to, and the goals beyond them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

OURS = "chainrule"
Medians = Mapping[str, float]  # seconds, by entrant


@dataclass(frozen=True)
class Limit:
    """A figure made of the medians of a race, with its gate and, where there is one, its goal.

    The figure must be at most the gate, or `at_least` as much.
    """

    figure: Callable[[Medians], float]
    words: str
    gate: float
    goal: float | None = None
    at_least: bool = False

    def report(self, medians: Medians) -> str:
        """The figure, what it must be, and whether it is."""
        figure = self.figure(medians)
        sign = -1 if self.at_least else 1
        verdict = "kept" if sign * figure <= sign * self.gate else "MISSED"
        if verdict == "kept" and self.goal is not None and sign * figure <= sign * self.goal:
            verdict = "goal reached"
        bound = f"at {'least' if self.at_least else 'most'} {self.gate:g}"
        goal = "" if self.goal is None else f" [{self.goal:g}]"
        return f"{figure:.2f} {self.words}, {bound}{goal}: {verdict}"


def times(base: str, gate: float, goal: float | None = None) -> Limit:
    """At most so many times the base."""
    return Limit(lambda medians: medians[OURS] / medians[base], f"x {base}", gate, goal)


def faster(peer: str, gate: float, goal: float | None = None) -> Limit:
    """At least so many times as fast as a peer."""
    words = f"times as fast as {peer}"
    return Limit(lambda medians: medians[peer] / medians[OURS], words, gate, goal, at_least=True)


def microseconds(gate: float, goal: float | None = None) -> Limit:
    """At most so many microseconds."""
    return Limit(lambda medians: 1e6 * medians[OURS], "us", gate, goal)


def above(base: str, gate: float, goal: float | None = None) -> Limit:
    """At most so many microseconds more than the base."""
    words = f"us above {base}"
    return Limit(lambda medians: 1e6 * (medians[OURS] - medians[base]), words, gate, goal)


def seconds(gate: float, goal: float | None = None) -> Limit:
    """At most so many seconds."""
    return Limit(lambda medians: medians[OURS], "s", gate, goal)
