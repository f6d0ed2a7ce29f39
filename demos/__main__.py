"""All that `make demo` shows, in order: a neuron, gradient checks, the notes' network on MNIST."""

import sys

from demos import checks, mnist, neuron


def main() -> int:
    """Run the three; 130 if interrupted, as shells expect."""
    try:
        for title, part in (
            ("1. A neuron of Values", neuron.main),
            ("2. Every operation's derivative, checked", checks.main),
            ("3. The notes' network on the MNIST digits", mnist.main),
        ):
            print(f"{title}\n{'-' * len(title)}", flush=True)
            part([])
            print(flush=True)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    except (FileNotFoundError, ValueError) as error:  # the data file
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
