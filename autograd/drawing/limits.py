"""Limits of drawings: their size, and the time of their layout."""

MOST = 500
"""Largest number of nodes that are drawn unfolded."""
PATIENCE = 10.0
"""Seconds that a layout may take before more is folded."""
