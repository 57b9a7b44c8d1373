"""Products of matrices on tensor cores: panels copied and then multiplied, or copied ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, of_volume, plane


class GemmMmaHalf(Kernel):
    """c ← a·btᵀ of 16-bit floats summed in 32 bits, on tensor cores."""

    name = entry = "gemm_mma_half"
    family = "gemm"
    sizes = (
        {"m": 512, "n": 1_024, "k": 256},
        {"m": 4_096, "n": 4_096, "k": 4_096},
        {"m": 1_024, "n": 8_192, "k": 1_024},
        {"m": 8_192, "n": 4_096, "k": 512},
    )
    blocks = of_volume(LINES, 32, 64, 128, 256, 512)
    check_size: Size = {"m": 64, "n": 512, "k": 96}
    tolerance = 1e-3

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        m, n, k = size["m"], size["n"], size["k"]
        a = uniform(xp, (m, k), xp.float16, data)
        bt = uniform(xp, (n, k), xp.float16, data, 1)
        return a, bt, xp.zeros((m, n), dtype=xp.float32), np.uint32(n), np.uint32(k)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["n"], size["m"], Extent(block.volume, 32))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * 20 * (32 + block.volume)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a, bt = (np.asarray(argument, np.float64) for argument in arguments[:2])
        return {2: a @ bt.T}


class GemmMmaPipelined(Kernel):
    """c ← a·btᵀ of brain floats on tensor cores, panels copied ahead of their use."""

    name = entry = "gemm_mma_pipelined"
    family = "gemm"
    sizes = (
        {"m": 512, "n": 512, "k": 512},
        {"m": 4_096, "n": 4_096, "k": 4_096},
        {"m": 8_192, "n": 8_192, "k": 256},
        {"m": 256, "n": 16_384, "k": 4_096},
    )
    blocks = (*of_volume(PLANES, 128), Extent(64, 2), Extent(4, 32))
    check_size: Size = {"m": 128, "n": 64, "k": 96}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        m, n, k = size["m"], size["n"], size["k"]
        wide = (uniform(xp, (rows, k), xp.float32, data, s) for s, rows in enumerate((m, n)))
        a, bt = ((w.view(xp.uint32) >> xp.uint32(16)).astype(xp.uint16) for w in wide)
        return a, bt, xp.zeros((m, n), dtype=xp.float32), np.uint32(n), np.uint32(k)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["n"], size["m"], Extent(64, 64))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        words = (np.asarray(argument).astype(np.uint32) << 16 for argument in arguments[:2])
        a, bt = (word.view(np.float32).astype(np.float64) for word in words)
        return {2: a @ bt.T}
