# build: numba-cuda-0.30.4 cc_80 cc_90
"""y += a x over a grid-stride loop."""
# mypy: ignore-errors

from numba import cuda


def axpy(a, x, y):
    """One thread takes every grid-size-th element."""
    for i in range(cuda.grid(1), x.size, cuda.gridsize(1)):
        y[i] += a * x[i]


BUILD = (axpy, "void(float64, float64[::1], float64[::1])")
