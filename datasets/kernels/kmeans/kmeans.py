"""Points to their nearest centres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line


class KmeansAssign(Kernel):
    """label ← the nearest of `clusters` centres, a multiple of eight, and how far it is."""

    name = entry = "kmeans_assign"
    family = "nearest"
    sizes = (
        {"points": 50_000, "dimensions": 8, "clusters": 16},
        {"points": 1_000_000, "dimensions": 3, "clusters": 64},
        {"points": 200_000, "dimensions": 64, "clusters": 128},
        {"points": 2_000_000, "dimensions": 20, "clusters": 8},
    )
    blocks = LINES
    check_size: Size = {"points": 701, "dimensions": 5, "clusters": 16}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, dimensions, clusters = size["points"], size["dimensions"], size["clusters"]
        points = uniform(xp, (dimensions, n), xp.float32, data)
        centres = uniform(xp, (clusters, dimensions), xp.float32, data, 1)
        labels, distances = xp.zeros(n, dtype=xp.int32), xp.zeros(n, dtype=xp.float32)
        scalars = (np.uint32(value) for value in (n, dimensions, clusters))
        return points, centres, labels, distances, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["points"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * size["clusters"] * size["dimensions"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        points, centres = (np.asarray(argument, np.float64) for argument in arguments[:2])
        squares = ((points.T[:, None, :] - centres) ** 2).sum(axis=2)
        return {2: squares.argmin(axis=1), 3: squares.min(axis=1)}
