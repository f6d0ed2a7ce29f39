"""Colours of pictures and pages, for light and dark surroundings.

Orange and blue are told apart by people with any kind of colour blindness, and so are light and
deep. What red says, a word and a border say too.
"""

from __future__ import annotations

LIGHT = {
    "ink": "#1b1f24", "line": "#5b6570",
    "leaf": "#eef1f4", "result": "#e4f4e8", "other": "#ffffff", "folded": "#f1edf9",
    "bad": "#ffc9c2",
    "pos1": "#fff3e5", "pos2": "#ffe4c7", "pos3": "#ffd0a0", "pos4": "#ffb970", "pos5": "#ff9f40",
    "neg1": "#ebf2ff", "neg2": "#d3e3ff", "neg3": "#b3cfff", "neg4": "#8eb7ff", "neg5": "#6a9fff",
    "both1": "#f5effc", "both2": "#e8daf7", "both3": "#d8c0f0", "both4": "#c4a1e6",
    "both5": "#b083dc",
}  # fmt: skip
"""Colours by their names: "bad" is nan and infinite, and numbers are shades by size."""
DARK = {
    "ink": "#e9ebee", "line": "#8b96a3",
    "leaf": "#2a3038", "result": "#1d3526", "other": "#1b2026", "folded": "#2c2840",
    "bad": "#c0204c",
    "pos1": "#33291c", "pos2": "#4a3518", "pos3": "#614318", "pos4": "#785012", "pos5": "#8a580c",
    "neg1": "#1c2a40", "neg2": "#1d3557", "neg3": "#204271", "neg4": "#25508c", "neg5": "#2a5ca3",
    "both1": "#2d2536", "both2": "#3a2b4b", "both3": "#483261", "both4": "#573a78",
    "both5": "#65418d",
}  # fmt: skip


def shades() -> str:
    """Return the rules of CSS of the shades of numbers, by the names that pictures have."""
    names = [name for name in LIGHT if name[-1].isdigit() or name == "bad"]
    return "".join(f".chainrule .{name}{{fill:var(--drawn-{name})}}" for name in names)


def variables() -> str:
    """Return the colours as variables of CSS, such as `--drawn-pos1`."""
    light, dark = (
        "".join(f"--drawn-{name}:{colour};" for name, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"
