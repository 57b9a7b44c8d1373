"""Scores of aligned sequences: whole ones by anti-diagonals, pieces of them along a warp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import wavefronts_per_request
from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, pieces

_MATCH, _MISMATCH, _GAP = 3, -2, 2
_OPEN, _EXTEND = 5, 1
_QUERY = 128


def _added(mine: Array, places: Array) -> Array:
    """Both together, -1 where the second is negative."""
    return np.where(places < 0, -1, mine + places)


class AlignmentGlobal(Kernel):
    """Needleman–Wunsch scores of `pairs` pairs of four letters."""

    name = entry = "alignment_global"
    family = "alignment"
    sizes = (
        {"pairs": 528, "length": 100},
        {"pairs": 2_000, "length": 400},
        {"pairs": 132, "length": 2_000},
        {"pairs": 40_000, "length": 64},
    )
    blocks = LINES
    check_size: Size = {"pairs": 3, "length": 37}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["pairs"], size["length"]
        first, second = (integers(xp, shape, (0, 4), xp.int8, data, s) for s in (0, 1))
        scores = xp.zeros(shape[0], dtype=xp.int32)
        costs = (np.int32(value) for value in (_MATCH, _MISMATCH, _GAP))
        return first, second, scores, np.uint32(shape[1]), *costs

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["pairs"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 3 * 4 * (size["length"] + 1)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        first, second = (np.asarray(argument) for argument in arguments[:2])
        n = size["length"]
        table = np.zeros((n + 1, n + 1, size["pairs"]), np.int64)
        table[0] = table[:, 0] = -_GAP * np.arange(n + 1)[:, None]
        for i in range(1, n + 1):
            for j in range(1, n + 1):
                same = np.where(first[:, i - 1] == second[:, j - 1], _MATCH, _MISMATCH)
                gapped = np.maximum(table[i - 1, j], table[i, j - 1]) - _GAP
                table[i, j] = np.maximum(table[i - 1, j - 1] + same, gapped)
        return {2: table[n, n]}


class AlignmentLocal(Kernel):
    """Smith–Waterman scores with affine gaps, queries of 128 of 24 letters."""

    name = entry = "alignment_local"
    family = "alignment"
    sizes = (
        {"pairs": 2_000, "length": 200},
        {"pairs": 30_000, "length": 350},
        {"pairs": 4_224, "length": 3_000},
        {"pairs": 100_000, "length": 60},
    )
    blocks = LINES
    check_size: Size = {"pairs": 10, "length": 13}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        pairs, length = size["pairs"], size["length"]
        queries = integers(xp, (pairs, _QUERY), (0, 24), xp.int8, data)
        targets = integers(xp, (pairs, length), (0, 24), xp.int8, data, 1)
        table = integers(xp, (24, 24), (-4, 6), xp.int32, data, 2)
        scalars = (np.uint32(pairs), np.uint32(length), np.int32(_OPEN), np.int32(_EXTEND))
        return queries, targets, table, xp.zeros(pairs, dtype=xp.int32), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["pairs"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        queries, targets, table = (np.asarray(argument) for argument in arguments[:3])
        above, down = np.zeros((2, _QUERY + 1, size["pairs"]), np.int64)
        down -= 1000
        best = np.zeros(size["pairs"], np.int64)
        for letters in targets.T:
            similar = table[queries.T, letters]
            row, gap = np.zeros_like(above), np.full_like(best, -1000)
            down = np.maximum(down - _EXTEND, above - _OPEN)
            for c in range(_QUERY):
                gap = np.maximum(gap - _EXTEND, row[c] - _OPEN)
                here = np.maximum(above[c] + similar[c], np.maximum(gap, down[c + 1]))
                row[c + 1] = np.maximum(here, 0)
            above, best = row, np.maximum(best, row.max(axis=0))
        return {3: best}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        queries, targets = (np.asarray(a)[:32].astype(np.int64) for a in arguments[:2])
        # At one step lane k holds the letter that lane 0 held k steps before.
        row = np.arange(size["length"] + 31)[:, None] - np.arange(32)
        letters = targets[:, np.clip(row, 0, size["length"] - 1)]
        places = np.where((row >= 0) & (row < size["length"]), letters, -1)
        mine = 24 * queries[:, None, ::4]
        return (Pin("likeness", "access", wavefronts_per_request(_added(mine, places), 4)),)
