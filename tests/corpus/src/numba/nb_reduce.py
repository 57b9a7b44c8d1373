# build: numba-cuda-0.30.4 cc_80 cc_90
"""Sum of squares by block through a shared array."""
# mypy: ignore-errors

from numba import cuda, float32


def squares(values, sums):
    """One partial sum a block of 256 threads."""
    shared = cuda.shared.array(256, float32)
    lane = cuda.threadIdx.x
    total = float32(0)
    for i in range(cuda.grid(1), values.size, cuda.gridsize(1)):
        total += values[i] * values[i]
    shared[lane] = total
    cuda.syncthreads()
    half = 128
    while half > 0:
        if lane < half:
            shared[lane] += shared[lane + half]
        cuda.syncthreads()
        half //= 2
    if lane == 0:
        sums[cuda.blockIdx.x] = shared[0]


BUILD = (squares, "void(float32[::1], float32[::1])")
