"""chainrule draw: the graph of an expression or a function, as a picture, a page or text."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from autograd.commands.answers import note, subcommand, write_json
from autograd.commands.expressions import UsageError
from autograd.commands.targets import computed
from autograd.drawing.limits import MOST
from autograd.explaining.words import plain_data

EXAMPLES = """\
examples:
  chainrule draw "tanh(w*x + b)" w=0.5 x=2 b=0.1
  chainrule draw "tanh(w*x + b)" w=0.5 x=2 b=0.1 -o neuron.svg
  chainrule draw "x**2 * sin(x)" x=3 -o steps.html
  chainrule draw model:loss x=1.0 y=1,2,3 -o loss.svg
  chainrule draw model:loss x=1.0 y=1,2,3 -o loss.svg --no-fold

the last two draw what the function loss(x, y) of model.py in this folder returns
"""


def add(subparsers: Any) -> None:
    """Add the arguments of the command."""
    parser = subcommand(subparsers, "draw", "draw the graph of a computation", EXAMPLES, run)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a file .svg, .html, .dot, .txt, .png or .pdf (without: text)",
    )
    parser.add_argument(
        "--grad",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="run backward first, so that gradients show (default)",
    )
    parser.add_argument(
        "--most",
        type=int,
        metavar="N",
        default=MOST,
        help=f"fold what is alike and what is inside until there are about N boxes ({MOST})",
    )
    parser.add_argument(
        "--fold",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="fold large graphs (default), or draw all nodes, whatever their number",
    )


def run(given: argparse.Namespace) -> int:
    """Draw; return the exit code."""
    from autograd.drawing import draw

    roots, variables = computed(given)
    if given.grad and len(roots) == 1 and np.size(roots[0].data) == 1:
        with np.errstate(all="ignore"):
            roots[0].backward()
    elif given.grad and not (given.output or "").endswith(".html"):  # a page has its own
        note("no gradients, which need a result of one number")
    try:
        drawing = draw(roots, fold=given.fold, most=given.most)
        if given.output:
            drawing.save(given.output)
        elif not given.json:
            print(drawing.text)
    except OSError as error:
        raise UsageError(f"{given.output}: {error.strerror or error}") from None
    except (ImportError, ValueError, RuntimeError) as error:
        raise UsageError(str(error)) from None
    if given.json:
        write_json(
            target=given.target.strip(),
            values=[plain_data(root.data) for root in roots],
            variables={name: _told(x) for name, x in variables.items()},
            written=given.output,
        )
    return 0


def _told(x: Any) -> dict[str, Any]:
    return {
        "value": plain_data(x.data),
        "gradient": plain_data(x.grad) if x.has_grad else None,
    }
