# build: numba-cuda-0.30.4 cc_75 cc_90
"""Julia set by complex arithmetic."""
# mypy: ignore-errors

from numba import cuda


def julia(image, constant, span, limit):
    """Escape time of one pixel a thread; z is a complex number."""
    x, y = cuda.grid(2)
    height, width = image.shape
    if x >= width or y >= height:
        return
    z = complex(span * (x / width - 0.5), span * (y / height - 0.5))
    trip = 0
    while trip < limit and z.real * z.real + z.imag * z.imag < 16.0:
        z = z * z + constant
        trip += 1
    image[y, x] = trip


BUILD = (julia, "void(int32[:, ::1], complex64, float32, int32)")
