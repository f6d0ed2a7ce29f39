"""The command that makes the pages."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from autograd import files
from autograd.commands.expressions import UsageError
from demos import OUT
from demos.playgrounds.pages import NAMES, html


def main(arguments: Sequence[str] = ()) -> int:
    """Make the pages that are asked for; 2 where something asked for can't be had."""
    parser = argparse.ArgumentParser("python -m demos.playgrounds", description="Make playgrounds.")
    parser.add_argument("folder", nargs="?", type=Path, default=OUT, help="where to (demos/out)")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--expression", action="append", default=[], help="for taylor and steps")
    given = parser.parse_args(arguments)
    try:
        if unknown := set(given.names) - set(NAMES):
            raise UsageError(f"got {min(unknown)!r}; there are {', '.join(NAMES)}")
        pages = {name: html(name, given.expression) for name in given.names or NAMES}
        given.folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            files.write(given.folder / f"{name}.html", text.encode())
            print(f"{given.folder / name}.html")
    except (UsageError, OSError) as error:
        print(f"playgrounds: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
