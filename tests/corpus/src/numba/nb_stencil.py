# build: numba-cuda-0.30.4 cc_80 cc_90
"""Heat diffusion step on a plane, edges held."""
# mypy: ignore-errors

from numba import cuda


def diffuse(old, new, rate):
    """Five points; one thread a cell."""
    row, column = cuda.grid(2)
    if row >= old.shape[0] or column >= old.shape[1]:
        return
    if row == 0 or column == 0 or row == old.shape[0] - 1 or column == old.shape[1] - 1:
        new[row, column] = old[row, column]
        return
    around = (
        old[row - 1, column] + old[row + 1, column] + old[row, column - 1] + old[row, column + 1]
    )
    new[row, column] = old[row, column] + rate * (around - 4 * old[row, column])


BUILD = (diffuse, "void(float32[:, ::1], float32[:, ::1], float32)")
