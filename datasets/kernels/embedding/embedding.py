"""Rows of a table picked by data: gathers of whole rows, alone or summed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, pieces, plane


class EmbeddingLookup(Kernel):
    """out ← table[token] + positions[place], `quads` quads a row."""

    name = entry = "embedding_lookup"
    family = "embedding"
    sizes = (
        {"tokens": 2_000, "vocabulary": 30_000, "quads": 192, "length": 512},
        {"tokens": 16_384, "vocabulary": 50_000, "quads": 256, "length": 2_048},
        {"tokens": 65_000, "vocabulary": 200_000, "quads": 64, "length": 100},
        {"tokens": 30_000, "vocabulary": 1_000, "quads": 1_024, "length": 30_000},
    )
    blocks = PLANES
    check_size: Size = {"tokens": 37, "vocabulary": 50, "quads": 21, "length": 16}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        tokens, columns, length = size["tokens"], 4 * size["quads"], size["length"]
        chosen = integers(xp, (tokens,), (0, size["vocabulary"]), xp.int32, data)
        table = uniform(xp, (size["vocabulary"], columns), xp.float32, data, 1)
        positions = uniform(xp, (length, columns), xp.float32, data, 2)
        out = xp.zeros((tokens, columns), dtype=xp.float32)
        scalars = (np.uint32(value) for value in (tokens, size["quads"], length))
        return chosen, table, positions, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["quads"], size["tokens"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        chosen, table, positions = (np.asarray(argument) for argument in arguments[:3])
        return {3: table[chosen] + positions[np.arange(len(chosen)) % size["length"]]}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        return (Pin("table", "access", 16.0),)


class EmbeddingBag(Kernel):
    """out ← the weighted sum of each bag's rows; bags hold 0 to 2·`mean` rows."""

    name = entry = "embedding_bag"
    family = "embedding"
    sizes = (
        {"bags": 2_000, "mean": 8, "rows": 20_000, "columns": 64},
        {"bags": 16_384, "mean": 20, "rows": 500_000, "columns": 128},
        {"bags": 50_000, "mean": 3, "rows": 1_000_000, "columns": 32},
        {"bags": 4_000, "mean": 100, "rows": 100_000, "columns": 256},
    )
    blocks = LINES
    check_size: Size = {"bags": 21, "mean": 3, "rows": 40, "columns": 37}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        bags, columns = size["bags"], size["columns"]
        held = integers(xp, (bags,), (0, 2 * size["mean"] + 1), xp.int32, data)
        starts = xp.concatenate([xp.zeros(1, dtype=xp.int32), xp.cumsum(held, dtype=xp.int32)])
        most = 2 * size["mean"] * bags
        members = integers(xp, (most,), (0, size["rows"]), xp.int32, data, 1)
        weights = uniform(xp, (most,), xp.float32, data, 2)
        table = uniform(xp, (size["rows"], columns), xp.float32, data, 3)
        out = xp.zeros((bags, columns), dtype=xp.float32)
        return starts, members, weights, table, out, np.uint32(bags), np.uint32(columns)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["bags"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        starts, members, weights, table = (np.asarray(argument) for argument in arguments[:4])
        terms = weights[:, None] * table[members].astype(np.float64)
        before = np.concatenate([np.zeros((1, table.shape[1])), terms.cumsum(axis=0)])
        return {4: before[starts[1:]] - before[starts[:-1]]}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        held = np.diff(np.asarray(arguments[0]))
        columns = size["columns"]
        sectors = sum(pieces(min(32, columns - first), 8) for first in range(0, columns, 32))
        return (
            Pin("filled", "branch", float((held > 0).mean())),
            Pin("bag", "trip", float(held[held > 0].mean())),
            Pin("member", "access", 1.0),
            Pin("row", "access", sectors / pieces(columns, 32)),
        )
