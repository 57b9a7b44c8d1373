"""Cellular automata: Life by words of bits, and rules of sums by tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import wavefronts_per_request
from ptxenergy.measure.kernels.data import bits, integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, pieces, plane


class LifePacked(Kernel):
    """A generation of Life on a torus of 32·`words` by `rows` cells."""

    name = entry = "life_packed"
    family = "stencil"
    sizes = (
        {"words": 256, "rows": 8_192},
        {"words": 1_024, "rows": 32_768},
        {"words": 40, "rows": 60_000},
        {"words": 3_000, "rows": 20_000},
    )
    blocks = PLANES
    check_size: Size = {"words": 35, "rows": 21}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["rows"], size["words"]
        random = (bits(xp, shape[0] * shape[1], data) >> xp.uint64(32)).astype(xp.uint32)
        scalars = (np.uint32(size["words"]), np.uint32(size["rows"]))
        return random.reshape(shape), xp.zeros(shape, dtype=xp.uint32), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["words"], size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        words = np.asarray(arguments[0])
        cells = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")
        shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
        around = sum(np.roll(cells, shift, (0, 1)) for shift in shifts)
        lives = (around == 3) | ((around == 2) & (cells == 1))
        return {1: np.packbits(lives, axis=1, bitorder="little").view(np.uint32)}


class RuleGenerations(Kernel):
    """`generations` generations of a row of cells of 16 states; beyond the row all is 0."""

    name = entry = "rule_generations"
    family = "stencil"
    sizes = (
        {"count": 1_000_000, "chunk": 2_048, "generations": 8},
        {"count": 20_000_000, "chunk": 8_192, "generations": 16},
        {"count": 5_000_000, "chunk": 16_384, "generations": 64},
        {"count": 100_000_000, "chunk": 4_096, "generations": 2},
    )
    blocks = LINES
    check_size: Size = {"count": 1_900, "chunk": 700, "generations": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        cells = integers(xp, (size["count"],), (0, 16), xp.uint8, data)
        table = integers(xp, (64,), (0, 16), xp.uint8, data, 1)
        after = xp.zeros(size["count"], dtype=xp.uint8)
        scalars = (np.uint32(size[name]) for name in ("count", "chunk", "generations"))
        return cells, table, after, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["count"], size["chunk"]))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 2 * (size["chunk"] + 2 * size["generations"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        cells, table = (np.asarray(argument) for argument in arguments[:2])
        for _ in range(size["generations"]):
            p = np.pad(cells, 1)
            cells = table[p[:-2] + 2 * p[1:-1] + p[2:]]
        return {2: cells}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        cells = np.asarray(arguments[0])[: 1 << 16]
        sums = cells[:-2] + 2 * cells[1:-1] + cells[2:]
        return (Pin("rule", "access", wavefronts_per_request(sums, 1)),)
