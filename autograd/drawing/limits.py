"""Limits of drawings."""

MOST = 60
"""Largest number of nodes that are drawn unfolded, and of boxes where they are folded."""
