"""Compilation: the graph of a function as a program of primitives, and machines that run it."""
