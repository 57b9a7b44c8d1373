"""Whether and where keys are in a set: a Bloom filter and a sorted list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import bits, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line

_ODD = np.array(
    [
        0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947,
        0x5C6BFB31,
    ],
    np.uint32,
)  # fmt: skip


def _block(keys: Array, blocks: int) -> tuple[Array, Array]:
    """The block of each key, and the number that picks its bits."""
    hashed = keys * np.uint64(0x9E3779B97F4A7C15)
    low = (hashed ^ hashed >> np.uint64(17)).astype(np.uint32)
    return ((hashed >> np.uint64(32)) * np.uint64(blocks) >> np.uint64(32)).astype(np.int64), low


class BloomProbe(Kernel):
    """Flags of the keys that a filter of `blocks` blocks of 256 bits lets pass."""

    name = entry = "bloom_probe"
    family = "set_membership"
    sizes = (
        {"keys": 2_000_000, "blocks": 4_096},
        {"keys": 20_000_000, "blocks": 500_000},
        {"keys": 5_000_000, "blocks": 5_000_000},
        {"keys": 40_000_000, "blocks": 300},
    )
    blocks = LINES
    check_size: Size = {"keys": 1_001, "blocks": 60}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        keys = bits(xp, size["keys"], data)
        words = 8 * size["blocks"]
        # Fifteen bits in sixteen are set, so that three keys in five pass.
        clear = bits(xp, words, data, 1)
        for stream in (2, 3, 4):
            clear = clear & bits(xp, words, data, stream)
        table = (~clear >> xp.uint64(32)).astype(xp.uint32)
        maybe = xp.zeros(-(-size["keys"] // 32), dtype=xp.uint32)
        return keys, table, maybe, np.uint32(size["keys"]), np.uint32(size["blocks"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["keys"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        keys, table = (np.asarray(argument) for argument in arguments[:2])
        block, low = _block(keys, size["blocks"])
        bit = low[:, None] * _ODD >> np.uint32(27)
        passes = (table.reshape(-1, 8)[block] >> bit & 1).all(axis=1)
        flags = np.packbits(np.pad(passes, (0, -len(keys) % 32)), bitorder="little")
        return {2: flags.view(np.uint32)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        block, _ = _block(np.asarray(arguments[0])[: 1 << 16], size["blocks"])
        each = sectors_per_request(block * 2, 16)
        return Pin("first", "access", each), Pin("second", "access", each)


class BinarySearch(Kernel):
    """How many of `length` sorted values are below each key."""

    name = entry = "binary_search"
    family = "set_membership"
    sizes = (
        {"keys": 1_000_000, "length": 10_000},
        {"keys": 10_000_000, "length": 1_000_000},
        {"keys": 5_000_000, "length": 20_000_000},
        {"keys": 30_000_000, "length": 100},
    )
    blocks = LINES
    check_size: Size = {"keys": 601, "length": 77}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        keys = uniform(xp, (size["keys"],), xp.float64, data)
        values = xp.sort(uniform(xp, (size["length"],), xp.float64, data, 1))
        below = xp.zeros(size["keys"], dtype=xp.uint32)
        return keys, values, below, np.uint32(size["keys"]), np.uint32(size["length"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["keys"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {2: np.searchsorted(np.asarray(arguments[1]), np.asarray(arguments[0]))}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        keys, values = np.asarray(arguments[0])[:65536], np.asarray(arguments[1])
        base, left, sectors = np.zeros(len(keys), np.int64), len(values), []
        while left > 1:
            half = left // 2
            sectors.append(sectors_per_request(base + half - 1, 8))
            base = np.where(values[base + half - 1] < keys, base + half, base)
            left -= half
        return (
            Pin("middle", "access", float(np.mean(sectors))),
            Pin("last", "access", sectors_per_request(base, 8)),
        )
