"""Items of a cluster and the lines between them, before they are laid out, and the plan after."""

from __future__ import annotations

from dataclasses import dataclass, field

LABEL = 16.0
"""Height of a label on a line."""

Point = tuple[float, float]


@dataclass
class Item:
    """Box, or a cluster that is laid out already."""

    width: float
    height: float
    strip: float = 0.0
    """Width to the left of a box for labels on its lines."""
    ends: dict[int, float] = field(default_factory=dict)
    """Height below the top at which each edge enters."""
    starts: dict[int, float] = field(default_factory=dict)
    """Height below the top at which the lines of each source leave; of a box, the middle."""
    is_cluster: bool = False
    place: float = 0.0
    """Place in the order of all, in which it stands where nothing speaks against it."""
    left: float = 0.0
    top: float = 0.0


@dataclass
class Net:
    """Edges of one source."""

    start: int
    """Item that it leaves, or -1 for the outside."""
    place: float
    """Place of the source in the order of all."""
    ends: list[tuple[int, int]] = field(default_factory=list)
    """Edges and the items that they enter."""
    leaves: bool = False
    """True where there are edges to the outside."""


@dataclass
class Plan:
    """Layout of the items of one cluster: its size, and the ways of edges."""

    width: float
    height: float
    lines: dict[int, list[Point]] = field(default_factory=dict)
    """Ways of edges, from item to item, or from the left side to an item."""
    exits: dict[int, list[Point]] = field(default_factory=dict)
    """Ways of sources, from an item to the right side."""
    entries: dict[int, float] = field(default_factory=dict)
    """Heights at which edges come in."""

    @property
    def starts(self) -> dict[int, float]:
        """Heights at which the lines of sources leave."""
        return {source: points[-1][1] for source, points in self.exits.items()}

    def moved(self, x: float, y: float) -> Plan:
        """Return the same, farther to the right and down."""

        def moved(ways: dict[int, list[Point]]) -> dict[int, list[Point]]:
            return {i: [(a + x, b + y) for a, b in points] for i, points in ways.items()}

        entries = {edge: y + own for edge, own in self.entries.items()}
        return Plan(self.width, self.height, moved(self.lines), moved(self.exits), entries)
