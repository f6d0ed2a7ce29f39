"""Arrays in graphs: the Tensor, its operations with their pullbacks, and its sweeps."""
