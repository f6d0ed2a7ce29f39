"""Limits of drawings."""

MOST = 500
"""Largest number of nodes that are drawn unfolded."""
