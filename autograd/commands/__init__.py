"""Commands of the command line: modules with `add(subparsers)`, which names the function to run."""
