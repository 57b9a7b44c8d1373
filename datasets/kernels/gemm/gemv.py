"""Products of a matrix and a vector: a warp a row, a thread a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line, pieces


class GemvRows(Kernel):
    """y ← a·x, one warp a row of `quads` quads."""

    name = entry = "gemv_rows"
    family = "gemm"
    sizes = (
        {"rows": 2_000, "quads": 256},
        {"rows": 50_000, "quads": 100},
        {"rows": 8_192, "quads": 2_048},
        {"rows": 1_000, "quads": 40_000},
    )
    blocks = LINES
    check_size: Size = {"rows": 19, "quads": 41}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, quads = size["rows"], size["quads"]
        a = uniform(xp, (rows, 4 * quads), xp.float32, data)
        x = uniform(xp, (4 * quads,), xp.float32, data, 1)
        return a, x, xp.zeros(rows, dtype=xp.float32), np.uint32(rows), np.uint32(quads)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["rows"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a, x = (np.asarray(argument, np.float64) for argument in arguments[:2])
        return {2: a @ x}


class GemvColumns(Kernel):
    """parts ← x·a over each slab of `slab` rows, one thread a column."""

    name = entry = "gemv_columns"
    family = "gemm"
    sizes = (
        {"rows": 1_000, "columns": 3_000, "slab": 50},
        {"rows": 8_192, "columns": 8_192, "slab": 256},
        {"rows": 100_000, "columns": 500, "slab": 2_000},
        {"rows": 20_000, "columns": 10_000, "slab": 400},
    )
    blocks = LINES
    check_size: Size = {"rows": 50, "columns": 300, "slab": 21}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns, slab = size["rows"], size["columns"], size["slab"]
        a = uniform(xp, (rows, columns), xp.float32, data)
        x = uniform(xp, (rows,), xp.float32, data, 1)
        parts = xp.zeros((pieces(rows, slab), columns), dtype=xp.float32)
        return a, x, parts, np.uint32(rows), np.uint32(columns), np.uint32(slab)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(line(size["columns"], block).x, pieces(size["rows"], size["slab"]))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * size["slab"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a, x = (np.asarray(argument, np.float64) for argument in arguments[:2])
        terms = np.pad(a * x[:, None], ((0, -len(a) % size["slab"]), (0, 0)))
        return {2: terms.reshape(-1, size["slab"], size["columns"]).sum(axis=1)}
