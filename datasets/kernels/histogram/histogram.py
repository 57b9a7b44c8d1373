"""Counts and sums by key: in shared memory a block, and in global memory for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request, wavefronts_per_request
from ptxenergy.measure.kernels.data import bits, integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line, pieces


class HistogramShared(Kernel):
    """counts[block] ← how many of a chunk's values fall in each of `bins` bins."""

    name = entry = "histogram_shared"
    family = "histogram"
    sizes = (
        {"n": 2_000_000, "chunk": 8_192, "bins": 256},
        {"n": 50_000_000, "chunk": 65_536, "bins": 4_096},
        {"n": 20_000_000, "chunk": 100_000, "bins": 32},
        {"n": 80_000_000, "chunk": 262_144, "bins": 8_192},
    )
    blocks = LINES
    check_size: Size = {"n": 4_001, "chunk": 1_500, "bins": 90}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, chunk, bins = size["n"], size["chunk"], size["bins"]
        values = integers(xp, (n,), (0, 1 << 32), xp.uint32, data)
        counts = xp.zeros((pieces(n, chunk), bins), dtype=xp.uint32)
        return values, counts, np.uint32(n), np.uint32(chunk), np.uint32(bins)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["n"], size["chunk"]))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * size["bins"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values = np.asarray(arguments[0], np.uint64)
        owner = np.arange(len(values)) // size["chunk"]
        bins = (values * np.uint64(size["bins"]) >> np.uint64(32)).astype(np.int64)
        counts = np.asarray(arguments[1])
        flat = np.bincount(owner * size["bins"] + bins, minlength=counts.size)
        return {1: flat.reshape(counts.shape)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        values = np.asarray(arguments[0])[: 1 << 16].astype(np.uint64)
        bins = values * np.uint64(size["bins"]) >> np.uint64(32)
        return (Pin("bin", "access", wavefronts_per_request(bins, 4)),)


class HistogramGlobal(Kernel):
    """sums[key] ← sums[key] + weight, by atomic additions; 2^`bits` keys."""

    name = entry = "histogram_global"
    family = "histogram"
    sizes = (
        {"quads": 100_000, "bits": 16},
        {"quads": 5_000_000, "bits": 12},
        {"quads": 4_000_000, "bits": 24},
        {"quads": 300_000, "bits": 6},
    )
    blocks = LINES
    check_size: Size = {"quads": 700, "bits": 7}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["quads"], 4
        keys = (bits(xp, 4 * size["quads"], data) >> xp.uint64(32)).astype(xp.uint32)
        weights = integers(xp, shape, (-99, 100), xp.int32, data, 1)
        sums = xp.zeros(1 << size["bits"], dtype=xp.int32)
        mask = np.uint32((1 << size["bits"]) - 1)
        return keys.reshape(shape), weights, sums, np.uint32(size["quads"]), mask

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["quads"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        keys, weights, sums = (np.array(argument) for argument in arguments[:3])
        np.add.at(sums, (keys & np.uint32(len(sums) - 1)).reshape(-1), weights.reshape(-1))
        return {2: sums}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        keys = np.asarray(arguments[0])[:, 0] & np.uint32((1 << size["bits"]) - 1)
        return (Pin("sums", "access", sectors_per_request(keys, 4)),)
