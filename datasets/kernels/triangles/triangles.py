"""Triangles of a graph by intersecting neighbourhoods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line
from ptxenergy.measure.kernels.trips import trip_pin


def _merge(starts: Array, followers: Array, edges: Array, degree: int) -> Iterator[Array]:
    """Each step of all merges at once: place in the first list, in the second, and if equal."""
    i, j = starts[edges // degree], starts[followers[edges]]
    end_i, end_j = starts[edges // degree + 1], starts[followers[edges] + 1]
    goes_on = (i < end_i) & (j < end_j)
    while goes_on.any():
        a = followers[np.minimum(i, len(followers) - 1)]
        b = followers[np.minimum(j, len(followers) - 1)]
        yield np.stack([np.where(goes_on, i, -1), np.where(goes_on, j, -1), goes_on & (a == b)])
        i, j = i + (goes_on & (a <= b)), j + (goes_on & (b <= a))
        goes_on = (i < end_i) & (j < end_j)


class TrianglesMerge(Kernel):
    """Triangles at each edge; a vertex has `degree` followers, on average `spread` apart."""

    name = entry = "triangles_merge"
    family = "triangles"
    sizes = (
        {"vertices": 20_000, "degree": 8, "spread": 2},
        {"vertices": 300_000, "degree": 16, "spread": 8},
        {"vertices": 40_000, "degree": 64, "spread": 3},
        {"vertices": 2_000_000, "degree": 4, "spread": 50},
    )
    blocks = LINES
    check_size: Size = {"vertices": 151, "degree": 5, "spread": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        vertices, degree = size["vertices"], size["degree"]
        gaps = integers(xp, (vertices, degree), (1, 2 * size["spread"]), xp.int32, data)
        own = xp.arange(vertices, dtype=xp.int32).reshape(vertices, 1)
        followers = (own + xp.cumsum(gaps, axis=1)).astype(xp.int32).reshape(-1)
        # Those who follow the last vertices have no followers of their own.
        every = vertices + 2 * size["spread"] * degree + 1
        starts = xp.minimum(xp.arange(every, dtype=xp.int32), xp.int32(vertices))
        starts = (starts * xp.int32(degree)).astype(xp.int32)
        counts = xp.zeros(vertices * degree, dtype=xp.uint32)
        return starts, followers, counts, np.uint32(vertices * degree), np.uint32(degree)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["vertices"] * size["degree"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        starts, followers = (np.asarray(argument) for argument in arguments[:2])
        edges = np.arange(len(followers))
        steps = _merge(starts, followers, edges, size["degree"])
        return {2: sum((step[2] for step in steps), np.zeros(len(edges), np.int64))}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        starts, followers = (np.asarray(argument) for argument in arguments[:2])
        edges = np.arange(min(8192, len(followers)) // 32 * 32)
        steps = np.stack(list(_merge(starts, followers, edges, size["degree"])))
        merges = float((steps[0, 0] >= 0).mean())
        return (
            Pin("starts", "access", sectors_per_request(followers[edges], 4)),
            Pin("any", "branch", merges),
            trip_pin("merge", (steps[:, 0] >= 0).sum(axis=0)),
            Pin("from", "access", sectors_per_request(steps[:, 0].reshape(-1, 32), 4)),
            Pin("to", "access", sectors_per_request(steps[:, 1].reshape(-1, 32), 4)),
        )
