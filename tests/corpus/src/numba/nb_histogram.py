# build: numba-cuda-0.30.4 cc_80 cc_90
"""Histogram of angles into bins, with a privatised copy in shared memory."""
# mypy: ignore-errors

import math

from numba import cuda, int32


def angles(xs, ys, bins):
    """The bin is the angle of (x, y) in 64 sectors."""
    local = cuda.shared.array(64, int32)
    if cuda.threadIdx.x < 64:
        local[cuda.threadIdx.x] = 0
    cuda.syncthreads()
    i = cuda.grid(1)
    if i < xs.size:
        turn = (math.atan2(ys[i], xs[i]) + math.pi) / (2 * math.pi)
        cuda.atomic.add(local, min(int(turn * 64), 63), 1)
    cuda.syncthreads()
    if cuda.threadIdx.x < 64:
        cuda.atomic.add(bins, cuda.threadIdx.x, local[cuda.threadIdx.x])


BUILD = (angles, "void(float32[::1], float32[::1], int32[::1])")
