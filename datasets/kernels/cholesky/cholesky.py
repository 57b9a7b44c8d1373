"""Cholesky factors of many small matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES


class CholeskyTile(Kernel):
    """factor·factorᵀ = matrix, of which only the lower triangle is read, in doubles."""

    name = entry = "cholesky_tile"
    family = "cholesky"
    sizes = (
        {"matrices": 1_000, "n": 16},
        {"matrices": 5_000, "n": 32},
        {"matrices": 528, "n": 77},
        {"matrices": 30_000, "n": 12},
    )
    blocks = PLANES
    check_size: Size = {"matrices": 2, "n": 13}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["matrices"], size["n"], size["n"]
        # A diagonal that outweighs its row keeps every pivot above zero.
        matrices = uniform(xp, shape, xp.float64, data) + xp.float64(shape[1]) * xp.eye(shape[1])
        return matrices, xp.zeros(shape, dtype=xp.float64), np.uint32(shape[1])

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["matrices"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 8 * size["n"] * (size["n"] + 1)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        lower = np.tril(np.asarray(arguments[0]))
        below = np.tril(lower, -1)
        return {1: np.linalg.cholesky(lower + below.transpose(0, 2, 1))}
