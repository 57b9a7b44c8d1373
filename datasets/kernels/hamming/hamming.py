"""Distances between signatures of bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import bits
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line


class HammingNearest(Kernel):
    """bits·2²² + place of the nearest of `among` (at most 2²²) signatures of 256 bits."""

    name = entry = "hamming_nearest"
    family = "nearest"
    sizes = (
        {"queries": 10_000, "among": 2_000},
        {"queries": 60_000, "among": 20_000},
        {"queries": 500_000, "among": 500},
        {"queries": 34_000, "among": 40_000},
    )
    blocks = LINES
    check_size: Size = {"queries": 75, "among": 131}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        queries, references = (
            (bits(xp, 8 * size[name], data, stream) >> xp.uint64(32)).astype(xp.uint32)
            for stream, name in enumerate(("queries", "among"))
        )
        nearest = xp.zeros(size["queries"], dtype=xp.uint32)
        scalars = (np.uint32(size["queries"]), np.uint32(size["among"]))
        return queries.reshape(-1, 8), references.reshape(-1, 8), nearest, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["queries"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 32 * block.volume

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        queries, references = (np.asarray(argument) for argument in arguments[:2])
        apart = np.bitwise_count(queries[:, None, :] ^ references).sum(axis=2, dtype=np.int64)
        return {2: ((apart << 22) + np.arange(size["among"])).min(axis=1)}
