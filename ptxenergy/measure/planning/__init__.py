"""Kernels → plan: which launches are measured, in which order, and what their data decides."""
