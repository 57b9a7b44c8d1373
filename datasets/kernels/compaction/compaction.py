"""Keeping what passes a test, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, pieces


def _limit(size: Size) -> np.float32:
    return np.float32(2 * size["keep_percent"] / 100 - 1)


class CompactChunks(Kernel):
    """The values below a limit, about `keep_percent` of them, and where they came from."""

    name = entry = "compact_chunks"
    family = "reduction"
    sizes = (
        {"n": 3_000_000, "chunk": 4_096, "keep_percent": 50},
        {"n": 40_000_000, "chunk": 32_768, "keep_percent": 10},
        {"n": 20_000_000, "chunk": 20_000, "keep_percent": 90},
        {"n": 50_000_000, "chunk": 65_536, "keep_percent": 1},
    )
    blocks = LINES
    check_size: Size = {"n": 3_001, "chunk": 1_100, "keep_percent": 30}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, chunk = size["n"], size["chunk"]
        chunks = pieces(n, chunk)
        values = uniform(xp, (n,), xp.float32, data)
        short = xp.full(chunks * chunk - n, 2.0, dtype=xp.float32)
        keeps = (xp.concatenate([values, short]) < _limit(size)).reshape(chunks, chunk)
        ends = xp.cumsum(xp.sum(keeps, axis=1), dtype=xp.uint32)
        begins = xp.concatenate([xp.zeros(1, dtype=xp.uint32), ends[:-1]])
        kept, origins = xp.zeros(n, dtype=xp.float32), xp.zeros(n, dtype=xp.uint32)
        return values, begins, kept, origins, np.uint32(n), np.uint32(chunk), _limit(size)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["n"], size["chunk"]))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values = np.asarray(arguments[0])
        (chosen,) = np.nonzero(values < _limit(size))
        short = (0, len(values) - len(chosen))
        return {2: np.pad(values[chosen], short), 3: np.pad(chosen, short)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        keeps = np.asarray(arguments[0]) < _limit(size)
        places = np.where(keeps, np.cumsum(keeps) - 1, -1)
        return (
            Pin("keeps", "branch", float(keeps.mean())),
            Pin("kept", "access", sectors_per_request(places, 4)),
        )
