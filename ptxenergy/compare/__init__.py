"""What a change costs: two versions of kernels side by side, and kernels held to limits."""
