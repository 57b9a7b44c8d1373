"""The two steps of a blocked LU factorisation: a panel with row exchanges, and what it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import wavefronts_per_request
from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, pieces


class LuPanel(Kernel):
    """Factors of `panels` panels and which row was exchanged at each step."""

    name = entry = "lu_panel"
    family = "lu"
    sizes = (
        {"panels": 264, "rows": 64, "columns": 16},
        {"panels": 2_000, "rows": 256, "columns": 32},
        {"panels": 10_000, "rows": 40, "columns": 40},
        {"panels": 528, "rows": 700, "columns": 16},
    )
    blocks = LINES
    check_size: Size = {"panels": 2, "rows": 45, "columns": 6}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["panels"], size["rows"], size["columns"]
        panels = uniform(xp, shape, xp.float32, data)
        factors = xp.zeros(shape, dtype=xp.float32)
        pivots = xp.zeros((shape[0], shape[2]), dtype=xp.int32)
        return panels, factors, pivots, np.uint32(shape[1]), np.uint32(shape[2])

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["panels"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * size["rows"] * size["columns"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        factors = np.array(arguments[0], np.float64)
        pivots = np.zeros(np.shape(arguments[2]), np.int64)
        for panel, rows in zip(factors, pivots, strict=True):
            for k in range(size["columns"]):
                rows[k] = k + np.abs(panel[k:, k]).argmax()
                panel[[k, rows[k]]] = panel[[rows[k], k]]
                panel[k + 1 :, k] /= panel[k, k]
                panel[k + 1 :, k + 1 :] -= np.outer(panel[k + 1 :, k], panel[k, k + 1 :])
        return {1: factors, 2: pivots}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        # Neighbours of a row lie in neighbouring banks, whichever row it is.
        return (Pin("pivot", "access", wavefronts_per_request(np.arange(size["columns"]), 4)),)


class LuTrailing(Kernel):
    """out ← a − lower·upper for panels of `width` columns and rows."""

    name = entry = "lu_trailing"
    family = "gemm"
    sizes = (
        {"n": 600, "width": 16},
        {"n": 3_000, "width": 16},
        {"n": 5_000, "width": 8},
        {"n": 8_001, "width": 32},
    )
    blocks = tuple(block for block in PLANES if block.x <= 256)
    check_size: Size = {"n": 45, "width": 12}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, width = size["n"], size["width"]
        a = uniform(xp, (n, n), xp.float32, data)
        lower = uniform(xp, (n, width), xp.float32, data, 1)
        upper = uniform(xp, (width, n), xp.float32, data, 2)
        out = xp.zeros((n, n), dtype=xp.float32)
        return a, lower, upper, out, np.uint32(n), np.uint32(width)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["n"], block.x), pieces(size["n"], 2 * block.y))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * size["width"] * (2 * block.y + block.x)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a, lower, upper = (np.asarray(argument, np.float64) for argument in arguments[:3])
        return {3: a - lower @ upper}
