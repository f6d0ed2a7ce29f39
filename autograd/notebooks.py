"""HTML for the cells of notebooks, in the colours of the notebook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

LIGHT_OR_DARK = "@media(prefers-color-scheme:dark)"
DARK = ":is([data-jp-theme-light=false],.vscode-dark,[theme=dark],[data-theme=dark])"
"""Ancestor that says that a notebook is dark: JupyterLab, VS Code, Colab, Sphinx's themes.

What the system prefers says nothing of a notebook, which may be light on a dark system.
"""
NARROW = 0.75
"""Part of its width that a picture keeps at least, so that its letters can be read."""
BAD, UNSURE = "#d1495b", "#b7791f"
"""Colours of words, each with a contrast of 3 at least on white and on black."""


def escaped(text: str) -> str:
    """Return a text for HTML, without characters that HTML can't have."""
    import html  # slow to import

    return html.escape(re.sub("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", text))


def scrolled(svg: str) -> str:
    """Return a picture as wide as its cell; where it would be too small to read, it scrolls.

    `svg` has its width in pixels, and rules for the dark under `LIGHT_OR_DARK`.
    """
    found = re.search(r'\bwidth="(\d+)', svg)
    narrow = NARROW * float(found[1]) if found else 0.0
    svg = svg.replace("<svg ", f'<svg style="min-width:{narrow:.0f}px" ', 1)
    return (
        "<style>.chainrule-cell{overflow:auto;max-height:80vh}"
        "@media print{.chainrule-cell{overflow:visible;max-height:none}}</style>"
        f'<div class="chainrule-cell">{svg.replace(LIGHT_OR_DARK, DARK)}</div>'
    )


class Page(str):
    """Page of HTML, as a string; notebooks show it in a frame, and consoles in a line."""

    __slots__ = ()

    def __repr__(self) -> str:
        kilobytes = len(self.encode()) / 1000
        how = "the drawing's .save('page.html') writes it"
        return f"<page of {kilobytes:,.0f} kB; a notebook shows it, and {how}>"

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own: its script can't reach the notebook."""
        look = "width:100%;height:100%;border:0;display:block;color-scheme:light"
        return (
            f"<style>.chainrule-page{{{look}}}{DARK} .chainrule-page{{color-scheme:dark}}</style>"
            '<div style="height:44rem;resize:vertical;overflow:hidden">'
            f'<iframe sandbox="allow-scripts" class="chainrule-page" srcdoc="{escaped(self)}">'
            "</iframe></div>"
        )


Cell = str | tuple[str, str]
"""Text, or text and its colour."""


def table(titles: Sequence[str], rows: Iterable[Sequence[Cell]], right: Sequence[int] = ()) -> str:
    """Return a table; `right` has the columns of numbers, which stand at the right."""

    def line(kind: str, cells: Sequence[Cell]) -> str:
        parts = []
        for i, cell in enumerate(cells):
            text, colour = (cell, "") if isinstance(cell, str) else cell
            style = f"text-align:{'right' if i in right else 'left'}"
            style += f";font-weight:bold;color:{colour}" * bool(colour)
            parts.append(f'<{kind} style="{style}">{escaped(text)}</{kind}>')
        return f"<tr>{''.join(parts)}</tr>"

    body = "".join(line("td", row) for row in rows)
    return f"<table><thead>{line('th', titles)}</thead><tbody>{body}</tbody></table>"


def paragraph(text: str, weight: str = "normal") -> str:
    """Return lines of text, as they are."""
    return f'<div style="white-space:pre-wrap;font-weight:{weight}">{escaped(text)}</div>'
