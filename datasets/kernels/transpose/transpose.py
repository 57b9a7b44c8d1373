"""Axes of arrays exchanged: nothing but data movement, in patterns that fit badly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, pieces, plane


class TransposeNaive(Kernel):
    """out ← inᵀ, one element a thread."""

    name = entry = "transpose_naive"
    family = "transpose"
    sizes: tuple[Size, ...] = (
        {"rows": 1_000, "columns": 1_500},
        {"rows": 4_000, "columns": 3_999},
        {"rows": 200, "columns": 100_000},
        {"rows": 9_000, "columns": 10_000},
    )
    blocks = PLANES
    check_size: Size = {"rows": 45, "columns": 70}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns = size["rows"], size["columns"]
        out = xp.zeros((columns, rows), dtype=xp.float32)
        source = uniform(xp, (rows, columns), xp.float32, data)
        return source, out, np.uint32(rows), np.uint32(columns)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["columns"], size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: np.asarray(arguments[0]).T.copy()}


class TransposeTiled(TransposeNaive):
    """out ← inᵀ through tiles whose bank conflicts follow from `padding`."""

    name = entry = "transpose_tiled"
    sizes = (
        {"rows": 1_000, "columns": 1_500, "padding": 0},
        {"rows": 4_096, "columns": 4_096, "padding": 1},
        {"rows": 4_096, "columns": 4_096, "padding": 0},
        {"rows": 10_001, "columns": 8_000, "padding": 4},
        {"rows": 16_000, "columns": 10_000, "padding": 1},
    )
    blocks = (*LINES, Extent(32, 4), Extent(32, 16), Extent(32, 32), Extent(32, 2))
    check_size: Size = {"rows": 45, "columns": 70, "padding": 1}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        return *super().arguments(xp, size, data), np.uint32(size["padding"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["columns"], size["rows"], Extent(32, 32))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * 32 * (32 + size["padding"])


class TransposeSwizzledPairs(Kernel):
    """out ← inᵀ of 16-bit elements, 2 × 2 at a time; extents are even."""

    name = entry = "transpose_swizzled_pairs"
    family = "transpose"
    sizes = (
        {"rows": 2_000, "columns": 1_500},
        {"rows": 8_192, "columns": 4_096},
        {"rows": 12_002, "columns": 16_000},
    )
    blocks = LINES
    check_size: Size = {"rows": 74, "columns": 102}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns = size["rows"], size["columns"]
        out = xp.zeros((columns, rows), dtype=xp.uint16)
        source = integers(xp, (rows, columns), (0, 65_536), xp.uint16, data)
        return source, out, np.uint32(rows), np.uint32(columns)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["columns"], 64), pieces(size["rows"], 64))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: np.asarray(arguments[0]).T.copy()}


class TransposeRotateAxes(Kernel):
    """out[c, a, b] ← in[a, b, c] in doubles; `slices` blocks along z walk over a."""

    name = entry = "transpose_rotate_axes"
    family = "transpose"
    sizes = (
        {"a": 100, "b": 120, "c": 128, "slices": 100},
        {"a": 64, "b": 500, "c": 600, "slices": 16},
        {"a": 1_000, "b": 33, "c": 300, "slices": 250},
        {"a": 300, "b": 400, "c": 500, "slices": 75},
    )
    blocks = PLANES
    check_size: Size = {"a": 5, "b": 21, "c": 37, "slices": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        a, b, c = size["a"], size["b"], size["c"]
        volume = uniform(xp, (a, b, c), xp.float64, data)
        out = xp.zeros((c, a, b), dtype=xp.float64)
        return volume, out, np.uint32(a), np.uint32(b), np.uint32(c)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["c"], size["b"], block, size["slices"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: np.moveaxis(np.asarray(arguments[0]), 2, 0).copy()}
