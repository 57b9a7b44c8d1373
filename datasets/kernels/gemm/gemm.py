"""Products of matrices: plain, by tiles, by registers, by 16-byte loads, in batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, at_most, line, of_volume, plane


def _product(arguments: tuple[Argument, ...]) -> Array:
    a, b = (np.asarray(argument, np.float64) for argument in arguments[:2])
    return a @ b


class GemmNaive(Kernel):
    """c ← a·b, one thread an element."""

    name = entry = "gemm_naive"
    family = "gemm"
    sizes: tuple[Size, ...] = (
        {"m": 200, "n": 300, "k": 100},
        {"m": 1_000, "n": 1_000, "k": 64},
        {"m": 1_024, "n": 1_024, "k": 1_024},
        {"m": 333, "n": 2_000, "k": 1_501},
    )
    blocks = PLANES
    check_size: Size = {"m": 37, "n": 45, "k": 19}
    dtype = "float32"

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        m, n, k = size["m"], size["n"], size["k"]
        a = uniform(xp, (m, k), self.dtype, data)
        b = uniform(xp, (k, n), self.dtype, data, 1)
        return a, b, xp.zeros((m, n), dtype=self.dtype), np.uint32(m), np.uint32(n), np.uint32(k)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["n"], size["m"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {2: _product(arguments)}


class GemmTiled(GemmNaive):
    """c ← a·b through shared tiles of the block's extents and `depth`."""

    name = entry = "gemm_tiled"
    sizes = (
        {"m": 250, "n": 300, "k": 130, "depth": 16},
        {"m": 1_024, "n": 1_024, "k": 1_024, "depth": 16},
        {"m": 2_048, "n": 1_024, "k": 512, "depth": 8},
        {"m": 1_000, "n": 1_000, "k": 999, "depth": 33},
    )
    check_size: Size = {"m": 37, "n": 45, "k": 19, "depth": 9}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        return *super().arguments(xp, size, data), np.uint32(size["depth"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * size["depth"] * (block.x + block.y)


class GemmRegisterBlocked(GemmNaive):
    """c ← a·b in doubles, 4 × 4 elements a thread."""

    name = entry = "gemm_register_blocked"
    sizes = (
        {"m": 256, "n": 300, "k": 200},
        {"m": 1_024, "n": 1_024, "k": 1_024},
        {"m": 3_000, "n": 2_001, "k": 500},
        {"m": 2_048, "n": 2_048, "k": 2_048},
    )
    blocks = at_most(PLANES, 256)
    check_size: Size = {"m": 70, "n": 90, "k": 19}
    dtype = "float64"

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["n"], size["m"], Extent(4 * block.x, 4 * block.y))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 8 * 8 * 4 * (block.x + block.y)


class GemmVectorised(Kernel):
    """c ← α·a·b by 64 × 64 tiles, loads a tile ahead of the arithmetic."""

    name = entry = "gemm_vectorised"
    family = "gemm"
    sizes = (
        {"m": 512, "n": 512, "k": 256},
        {"m": 2_048, "n": 2_048, "k": 1_024},
        {"m": 4_096, "n": 1_024, "k": 4_096},
        {"m": 4_096, "n": 4_096, "k": 2_048},
    )
    blocks = of_volume(PLANES, 256)
    check_size: Size = {"m": 64, "n": 128, "k": 48}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        m, n, k = size["m"], size["n"], size["k"]
        a = uniform(xp, (m, k), xp.float32, data)
        b = uniform(xp, (k, n), xp.float32, data, 1)
        c = xp.zeros((m, n), dtype=xp.float32)
        return a, b, c, np.float32(0.5), np.uint32(n), np.uint32(k)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["n"], size["m"], Extent(64, 64))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {2: 0.5 * _product(arguments)}


class GemmBatchedSmall(Kernel):
    """c ← a·b for `batch` pairs of square matrices, one thread a row."""

    name = entry = "gemm_batched_small"
    family = "gemm"
    sizes = (
        {"batch": 20_000, "edge": 4},
        {"batch": 20_000, "edge": 12},
        {"batch": 100_000, "edge": 16},
        {"batch": 2_000_000, "edge": 5},
    )
    blocks = LINES
    check_size: Size = {"batch": 35, "edge": 11}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = (size["batch"], size["edge"], size["edge"])
        a, b = (uniform(xp, shape, xp.float32, data, stream) for stream in (0, 1))
        c = xp.zeros(shape, dtype=xp.float32)
        return a, b, c, np.uint32(size["batch"]), np.uint32(size["edge"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["batch"] * size["edge"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {2: _product(arguments)}
