"""Arithmetics that rows are evaluated in."""
