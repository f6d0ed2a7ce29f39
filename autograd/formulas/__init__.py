"""Rows as formulas: printed as Python and C, and compiled."""
