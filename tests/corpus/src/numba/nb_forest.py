# build: numba-cuda-0.30.4 cc_80 cc_90
"""Prediction of a forest of decision trees."""
# mypy: ignore-errors

from numba import cuda


def forest(rows, features, thresholds, children, leaves, roots, out):
    """Walks every tree from its root; a negative child is a leaf."""
    row = cuda.grid(1)
    if row >= rows.shape[0]:
        return
    total = 0.0
    for tree in range(roots.size):
        node = roots[tree]
        while node >= 0:
            side = 1 if rows[row, features[node]] > thresholds[node] else 0
            node = children[node, side]
        total += leaves[-node - 1]
    out[row] = total / roots.size


BUILD = (
    forest,
    "void(float32[:, ::1], int32[::1], float32[::1], int32[:, ::1], float32[::1], int32[::1], "
    "float32[::1])",
)
