"""How much is drawn, and how long it may take."""

MOST = 500
"""More nodes than this are folded."""
PATIENCE = 10.0
"""So many seconds a layout may take before more is folded."""
