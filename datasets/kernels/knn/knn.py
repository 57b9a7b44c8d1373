"""The nearest references to each query, by comparing with all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line

_KEPT = 4


def _squares(queries: Array, references: Array) -> Array:
    return np.asarray(((queries[:, None, :] - references) ** 2).sum(axis=2))


class KnnNearest(Kernel):
    """The four nearest of `among` references in four dimensions, nearest first."""

    name = entry = "knn_nearest"
    family = "nearest"
    sizes = (
        {"queries": 10_000, "among": 2_000},
        {"queries": 100_000, "among": 10_000},
        {"queries": 500_000, "among": 300},
        {"queries": 20_000, "among": 50_000},
    )
    blocks = LINES
    check_size: Size = {"queries": 77, "among": 301}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        queries = uniform(xp, (size["queries"], 4), xp.float32, data)
        references = uniform(xp, (size["among"], 4), xp.float32, data, 1)
        distances = xp.zeros((size["queries"], _KEPT), dtype=xp.float32)
        places = xp.zeros((size["queries"], _KEPT), dtype=xp.int32)
        scalars = (np.uint32(size["queries"]), np.uint32(size["among"]))
        return queries, references, distances, places, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["queries"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 16 * block.volume

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        queries, references = (np.asarray(argument, np.float64) for argument in arguments[:2])
        squares = _squares(queries, references)
        order = squares.argsort(axis=1)[:, :_KEPT]
        return {2: np.take_along_axis(squares, order, axis=1), 3: order}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        queries, references = (np.asarray(argument) for argument in arguments[:2])
        squares = _squares(queries[:64], references)
        kept = np.full((len(squares), _KEPT), np.inf)
        closer = 0
        for column in squares.T:
            closer += int((column < kept[:, -1]).sum())
            kept = np.sort(np.concatenate([kept, column[:, None]], axis=1), axis=1)[:, :_KEPT]
        return (Pin("closer", "branch", closer / squares.size),)
