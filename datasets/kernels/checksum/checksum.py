"""Checksums of many packets: CRC-32 by tables, Adler-32 by dot products."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import wavefronts_per_request
from ptxenergy.measure.kernels.data import bits
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line, pieces


def _tables() -> Array:
    """What each byte adds to a CRC-32, and what it adds when one to three zero bytes follow."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, np.uint32(0xEDB88320) ^ table >> 1, table >> 1)
    tables = [table]
    for _ in range(3):
        tables.append(table[tables[-1] & 255] ^ tables[-1] >> 8)
    return np.stack(tables)


class Crc32Slices(Kernel):
    """CRC-32 of packets of `words` words, which lie word by word."""

    name = entry = "crc32_slices"
    family = "checksum"
    sizes = (
        {"packets": 40_000, "words": 128},
        {"packets": 200_000, "words": 375},
        {"packets": 3_000_000, "words": 16},
        {"packets": 34_000, "words": 4_000},
    )
    blocks = LINES
    check_size: Size = {"packets": 301, "words": 11}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        packets, words = size["packets"], size["words"]
        text = (bits(xp, packets * words, data) >> xp.uint64(32)).astype(xp.uint32)
        sums = xp.zeros(packets, dtype=xp.uint32)
        scalars = (np.uint32(packets), np.uint32(words))
        return text.reshape(words, packets), xp.asarray(_tables()), sums, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["packets"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        text = np.asarray(arguments[0]).T
        return {2: np.array([zlib.crc32(packet.tobytes()) for packet in text], np.uint32)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        # A word mixed with what came before is as random as the word.
        letters = np.asarray(arguments[0])[0, : 1 << 16] & 255
        return (Pin("table", "access", wavefronts_per_request(letters, 4)),)


class Adler32Chunks(Kernel):
    """Adler-32 of packets of 16·`quads` bytes, one after the other."""

    name = entry = "adler32_chunks"
    family = "checksum"
    sizes = (
        {"packets": 5_000, "quads": 96},
        {"packets": 100_000, "quads": 256},
        {"packets": 1_000_000, "quads": 20},
        {"packets": 4_000, "quads": 16_000},
    )
    blocks = LINES
    check_size: Size = {"packets": 19, "quads": 45}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        packets, quads = size["packets"], size["quads"]
        text = (bits(xp, 4 * packets * quads, data) >> xp.uint64(32)).astype(xp.uint32)
        sums = xp.zeros(packets, dtype=xp.uint32)
        return text.reshape(packets, -1), sums, np.uint32(packets), np.uint32(quads)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["packets"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        text = np.asarray(arguments[0])
        return {1: np.array([zlib.adler32(packet.tobytes()) for packet in text], np.uint32)}
