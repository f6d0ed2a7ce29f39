"""DOT laid out as SVG, by a program that is installed with the package."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

FONT = "Helvetica"  # the metrics that layout programs know; what is shown may be its like
FAMILY = "Helvetica,Arial,Liberation Sans,Arimo,sans-serif"


def laid_out(dot: str, timeout: float = 60.0) -> str:
    """The picture of a DOT source.

    Raises RuntimeError where no layout program is found or where it fails.
    """
    import subprocess  # slow to import, and not everybody draws

    for program in programs():
        try:
            done = subprocess.run(
                [program, "-Kdot", "-Tsvg"],
                input=dot.encode(),
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except OSError:
            continue
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"draw: the layout took more than {timeout:g} s") from None
        errors = done.stderr.decode(errors="replace").strip()
        if done.returncode or "lost" in errors:  # a lost edge is an error, not a picture
            reason = errors.splitlines()[-1] if errors else f"status {done.returncode}"
            raise RuntimeError(f"draw: the layout failed: {reason}")
        text = done.stdout.decode()
        return accessible(text[text.index("<svg") :])
    raise RuntimeError("draw: found no layout program; pip install graphviz-pure, or use .dot")


def programs() -> Iterator[str]:
    """Where a layout program may be, the best first: graphviz-pure draws alike everywhere."""
    import shutil
    import sysconfig

    if chosen := os.environ.get("CHAINRULE_DOT"):
        yield chosen
    name = "graphviz-pure.exe" if sys.platform == "win32" else "graphviz-pure"
    folders = {sysconfig.get_path("scripts"), str(Path(sys.executable).parent)}
    folders.add(sysconfig.get_path("scripts", f"{os.name}_user"))
    for folder in sorted(folders):
        if (Path(folder) / name).exists():
            yield str(Path(folder) / name)
    for program in ("graphviz-pure", "dot"):
        if found := shutil.which(program):
            yield found


def accessible(svg: str) -> str:
    """Say that this is a picture, and of what; name fonts as wide as that of the layout."""
    svg = svg.replace(f'font-family="{FONT}', f'font-family="{FAMILY}')
    return svg.replace("<svg ", '<svg role="img" aria-label="computation graph" ', 1)
