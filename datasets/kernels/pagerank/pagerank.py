"""A step of PageRank over a random web."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.ragged import gathered, lane_trips, row_starts, row_steps
from ptxenergy.measure.kernels.shapes import LINES, pieces
from ptxenergy.measure.kernels.trips import trip_pin


class PagerankPull(Kernel):
    """Each page's rank from those of the 0 to 2·`mean` pages that point to it."""

    name = entry = "pagerank_pull"
    family = "spmv"
    sizes = (
        {"pages": 100_000, "mean": 8},
        {"pages": 1_000_000, "mean": 12},
        {"pages": 200_000, "mean": 64},
        {"pages": 3_000_000, "mean": 4},
    )
    blocks = LINES
    check_size: Size = {"pages": 206, "mean": 9}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        pages, mean = size["pages"], size["mean"]
        starts = row_starts(xp, pages, mean, data)
        sources = integers(xp, (pages * mean,), (0, pages), xp.int32, data, 1)
        ranks = xp.float32(1) + xp.float32(0.5) * uniform(xp, (pages,), xp.float32, data, 2)
        links = integers(xp, (pages,), (1, 2 * mean), xp.int32, data, 3)
        next_ranks, change = (xp.zeros(pages, dtype=xp.float32) for _ in range(2))
        scalars = (np.uint32(pages), np.float32(0.85))
        return starts, sources, ranks, links, next_ranks, change, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(8 * size["pages"], block.volume))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        starts, sources, ranks, links = (np.asarray(argument) for argument in arguments[:4])
        given = (ranks.astype(np.float64) / links)[sources]
        before = np.concatenate([[0.0], given.cumsum()])
        after = 0.15 + 0.85 * (before[starts[1:]] - before[starts[:-1]])
        return {4: after, 5: np.abs(after - ranks)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        starts, sources = (np.asarray(argument) for argument in arguments[:2])
        places, busy = row_steps(starts, 8), lane_trips(starts, 8)
        return (
            Pin("any", "branch", float((busy > 0).mean())),
            trip_pin("links", busy.ravel()),
            Pin("source", "access", sectors_per_request(places, 4)),
            Pin("rank", "access", sectors_per_request(gathered(places, sources), 4)),
        )
