"""Random numbers: by a counter and multiplications, by a state and shifts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import bits, integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line, pieces

_LOW = np.uint64(0xFFFFFFFF)
_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)


class RngPhilox(Kernel):
    """Four floats in [0, 1) for each counter, under one of `streams` keys; `each` a thread."""

    name = entry = "rng_philox"
    family = "rng"
    sizes = (
        {"n": 500_000, "streams": 1, "each": 1},
        {"n": 5_000_000, "streams": 64, "each": 4},
        {"n": 20_000_000, "streams": 1_000, "each": 1},
        {"n": 40_000_000, "streams": 1, "each": 32},
    )
    blocks = LINES
    check_size: Size = {"n": 1001, "streams": 7, "each": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        keys = integers(xp, (size["streams"], 2), (0, 2**32), xp.uint32, data)
        out = xp.zeros((size["n"], 4), dtype=xp.float32)
        return keys, out, np.uint32(size["n"]), np.uint32(size["streams"]), np.uint32(3)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(pieces(size["n"], size["each"]), block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        place = np.arange(size["n"], dtype=np.uint64)
        key = np.asarray(arguments[0]).astype(np.uint64)[place % np.uint64(size["streams"])].T
        c = [place, *(np.full_like(place, word) for word in (3, 0x243F6A88, 0x85A308D3))]
        steps = np.array([[0x9E3779B9], [0xBB67AE85]], np.uint64)
        for turn in range(10):
            k = (key + np.uint64(turn) * steps) & _LOW
            first, second = c[0] * _MULTIPLIERS[0], c[2] * _MULTIPLIERS[1]
            c = [
                second >> np.uint64(32) ^ c[1] ^ k[0],
                second & _LOW,
                first >> np.uint64(32) ^ c[3] ^ k[1],
                first & _LOW,
            ]
        return {1: np.stack(c, axis=-1).astype(np.uint32) // 256 / np.float32(2**24)}


class RngXoshiro(Kernel):
    """`words` random words of each thread's 256-bit state, and the state after them."""

    name = entry = "rng_xoshiro"
    family = "rng"
    sizes = (
        {"threads": 50_000, "words": 8},
        {"threads": 200_000, "words": 64},
        {"threads": 1_000_000, "words": 16},
        {"threads": 20_000, "words": 1_000},
    )
    blocks = LINES
    check_size: Size = {"threads": 301, "words": 5}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        threads, words = size["threads"], size["words"]
        states = bits(xp, 4 * threads, data).reshape(threads, 4)
        out = xp.zeros((words, threads), dtype=xp.uint64)
        return states, out, xp.zeros_like(states), np.uint32(threads), np.uint32(words)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["threads"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a, b, c, d = np.asarray(arguments[0]).T.copy()
        words = []
        for _ in range(size["words"]):
            words.append(_rotated(b * np.uint64(5), 7) * np.uint64(9))
            shifted = b << np.uint64(17)
            c, d = c ^ a, d ^ b
            b, a = b ^ c, a ^ d
            c, d = c ^ shifted, _rotated(d, 45)
        return {1: np.stack(words), 2: np.stack([a, b, c, d], axis=-1)}


def _rotated(x: Array, by: int) -> Array:
    return np.asarray(x << np.uint64(by) | x >> np.uint64(64 - by))
