"""The commands of the command line: modules with `add(subparsers)`, which names what to run."""
