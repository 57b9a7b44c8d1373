"""AES-128 in counter mode by tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import wavefronts_per_request
from ptxenergy.measure.kernels.data import bits
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, pieces

_NONCE = (0x1B2F3C4D, 0x5E6A7B80, 0x91A2B3C4)


def _doubled(value: int) -> int:
    """Times x in the field of 256 elements (FIPS 197, section 4.2)."""
    return (value << 1) ^ (0x11B if value & 0x80 else 0)


def _product(a: int, b: int) -> int:
    result = 0
    while b:
        result ^= a if b & 1 else 0
        a, b = _doubled(a), b >> 1
    return result


def _substitution() -> list[int]:
    """FIPS 197, section 5.1.1: the inverse in the field, then an affine map of its bits."""
    inverse = [0] * 256
    for a in range(1, 256):
        inverse[a] = next(b for b in range(1, 256) if _product(a, b) == 1) if a > 1 else 1
    boxes = []
    for value in inverse:
        turned = value * 0x0101
        mixed = value ^ turned >> 4 ^ turned >> 5 ^ turned >> 6 ^ turned >> 7
        boxes.append((mixed & 255) ^ 0x63)
    return boxes


_BOX = _substitution()
_TABLE = np.array(
    [_doubled(s) | s << 8 | s << 16 | (_doubled(s) ^ s) << 24 for s in _BOX], np.uint32
)


def _expanded(key: Array) -> Array:
    """The 44 words of round keys of four words, little-endian (FIPS 197, section 5.2)."""
    words, constant = [int(word) for word in key], 1
    for i in range(4, 44):
        word = words[-1]
        if i % 4 == 0:
            word = (word >> 8 | word << 24) & 0xFFFFFFFF
            word = sum(_BOX[word >> 8 * b & 255] << 8 * b for b in range(4)) ^ constant
            constant = _doubled(constant)
        words.append(words[i - 4] ^ word)
    return np.array(words, np.uint32)


class AesCounter(Kernel):
    """cipher ← text XOR the AES-128 of nonce and block number; each thread does `each` blocks."""

    name = entry = "aes_counter"
    family = "aes"
    sizes = (
        {"blocks": 400_000, "each": 1},
        {"blocks": 4_000_000, "each": 4},
        {"blocks": 1_000_000, "each": 16},
        {"blocks": 20_000_000, "each": 8},
    )
    blocks = LINES
    check_size: Size = {"blocks": 501, "each": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        blocks = size["blocks"]
        text = (bits(xp, 4 * blocks, data) >> xp.uint64(32)).astype(xp.uint32).reshape(-1, 4)
        keys = _expanded((bits(np, 4, data, 1) >> np.uint64(32)).astype(np.uint32))
        tables = (xp.asarray(_TABLE), xp.asarray(keys))
        nonce = (np.uint32(word) for word in _NONCE)
        return text, *tables, xp.zeros((blocks, 4), dtype=xp.uint32), np.uint32(blocks), *nonce

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["blocks"], size["each"] * block.volume))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        text, _, keys = (np.asarray(argument) for argument in arguments[:3])
        count = np.arange(len(text), dtype=np.uint32).byteswap()
        state = np.stack([*(np.full_like(count, word) for word in _NONCE), count], axis=1)
        rows = (state ^ keys[:4]).view(np.uint8).reshape(-1, 4, 4)
        box, lanes = np.array(_BOX, np.uint8), np.arange(4)
        for number in range(1, 11):
            rows = box[rows][:, (lanes[:, None] + lanes) % 4, lanes]
            if number < 10:
                rows = self._mixed(rows)
            rows = rows ^ keys[4 * number : 4 * number + 4].view(np.uint8).reshape(4, 4)
        return {3: text ^ np.ascontiguousarray(rows).reshape(-1, 16).view(np.uint32)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        # After two rounds the state is as random as the text.
        letters = np.asarray(arguments[0])[: 1 << 16, 0] & 255
        return (Pin("table", "access", wavefronts_per_request(letters, 4)),)

    @staticmethod
    def _mixed(columns: Array) -> Array:
        """FIPS 197, section 5.1.3."""
        double = np.array([_doubled(v) & 255 for v in range(256)], np.uint8)
        after, opposite = np.roll(columns, -1, 2), np.roll(columns, -2, 2)
        return double[columns] ^ double[after] ^ after ^ opposite ^ np.roll(columns, -3, 2)
