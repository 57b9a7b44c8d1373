"""Triangular systems with many right sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line


class TriangularSolveBlocked(Kernel):
    """x ← L⁻¹ b, L of `n` rows, a multiple of eight, with ones on its diagonal."""

    name = entry = "triangular_solve_blocked"
    family = "triangular_solve"
    sizes = (
        {"n": 64, "sides": 20_000},
        {"n": 512, "sides": 40_000},
        {"n": 32, "sides": 1_000_000},
        {"n": 1_024, "sides": 9_000},
    )
    blocks = LINES
    check_size: Size = {"n": 48, "sides": 75}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, sides = size["n"], size["sides"]
        # Small enough that the solution neither grows nor fades with n.
        lower = uniform(xp, (n, n), xp.float32, data) / xp.float32(n)
        b = uniform(xp, (n, sides), xp.float32, data, 1)
        x = xp.zeros((n, sides), dtype=xp.float32)
        return lower, b, x, np.uint32(n), np.uint32(sides)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["sides"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        lower, b = (np.asarray(argument, np.float64) for argument in arguments[:2])
        return {2: np.linalg.solve(np.tril(lower, -1) + np.eye(size["n"]), b)}
