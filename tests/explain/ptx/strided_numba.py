"""One load whose lanes lie side by side and one whose lanes lie 32 words apart, in Numba.

`strided_numba.ptx` is what `cuda.compile_ptx(strided, SIGNATURE, cc=(8, 0), lineinfo=True)` of
numba-cuda 0.30.4 makes of it.
"""
# mypy: ignore-errors

from numba import cuda

SIGNATURE = "void(float32[::1], float32[::1], float32[::1])"


def strided(out, side, apart):
    i = cuda.grid(1)
    if i < out.size:
        one = side[i]
        other = apart[32 * i]
        out[i] = one + other
