"""All demos, one after the other, the longest of them in a short form: `make demo`."""

import signal
import sys
from typing import Any

from demos import (
    absolute_value,
    check_the_notes,
    checks,
    classification,
    compiled_pricing,
    fit,
    logistic,
    mnist,
    neuron,
    regression,
    scaling,
    slowdown,
    worked_example,
)

DEMOS: list[tuple[str, Any, list[str]]] = [
    ("A neuron of Values, differentiated and drawn", neuron, []),
    ("Every operation's derivative, checked", checks, []),
    ("A nonlinear fit, beside certified parameters", fit, []),
    ("The notes' 4-2-3-1 network, back-propagated to the end", worked_example, []),
    ("Every derivative formula of the notes, checked", check_the_notes, []),
    ("A book of options, compiled, with all sensitivities", compiled_pricing, []),
    ("The learning slowdown, and its cure", slowdown, []),
    ("|x| by two ReLUs", absolute_value, []),
    ("Regression with two outputs", regression, []),
    ("Logistic regression", logistic, []),
    ("Classification, binary and of ten digits", classification, []),
    (
        "One training by several processes, with the same bits",
        scaling,
        ["--examples", "8000", "--epochs", "2"],
    ),
    ("The notes' networks on MNIST, in a short form", mnist, ["--seeds", "0", "--epochs", "5"]),
]
"""The title of each, the module, and the arguments for its `main`."""


class Interrupted(BaseException):
    """Ctrl-C. `nn.fit` would take KeyboardInterrupt for the end of one training, and go on."""


def interrupt(*_: object) -> None:
    """Take the signal of Ctrl-C."""
    raise Interrupted


def main() -> int:
    """Run all; 130 if interrupted, as shells expect."""
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        for number, (title, demo, arguments) in enumerate(DEMOS, 1):
            heading = f"{number}. {title} (demos/{demo.__name__.rpartition('.')[2]}.py)"
            print(f"{heading}\n{'-' * len(heading)}", flush=True)
            demo.main(arguments)
            print(flush=True)
    except Interrupted:
        print("\ninterrupted", file=sys.stderr)
        return 130
    except (FileNotFoundError, ValueError) as error:  # the data file
        print(error, file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGINT, before)
    return 0


if __name__ == "__main__":
    sys.exit(main())
