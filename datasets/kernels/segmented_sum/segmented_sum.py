"""Sums of segments that flags mark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import bits, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, pieces


class SegmentedScan(Kernel):
    """Sums that start afresh at one value in eight and at each chunk, a multiple of 32."""

    name = entry = "segmented_scan"
    family = "reduction"
    sizes = (
        {"n": 4_000_000, "chunk": 256},
        {"n": 30_000_000, "chunk": 2_048},
        {"n": 10_000_000, "chunk": 64},
        {"n": 100_000_000, "chunk": 8_192},
    )
    blocks = LINES
    check_size: Size = {"n": 3_001, "chunk": 96}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n = size["n"]
        values = uniform(xp, (n,), xp.float32, data)
        words = pieces(n, 32)
        flags = bits(xp, words, data, 1) & bits(xp, words, data, 2) & bits(xp, words, data, 3)
        flags = (flags >> xp.uint64(32)).astype(xp.uint32)
        sums = xp.zeros(n, dtype=xp.float32)
        return values, flags, sums, np.uint32(n), np.uint32(size["chunk"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(pieces(size["n"], size["chunk"]), block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values, flags = np.asarray(arguments[0], np.float64), np.asarray(arguments[1])
        heads = np.unpackbits(flags.view(np.uint8), bitorder="little")[: len(values)]
        heads[:: size["chunk"]] = 1
        starts = np.nonzero(heads)[0][np.cumsum(heads) - 1]
        before = np.concatenate([[0.0], values.cumsum()])
        return {2: before[1:] - before[starts]}
