"""ptxenergy: joules, seconds and watts of a CUDA kernel launch, read from its PTX."""
