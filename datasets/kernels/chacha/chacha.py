"""ChaCha stream cipher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import bits
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line

# "expand 32-byte k" (RFC 8439, section 2.3).
_WORDS = (0x61707865, 0x3320646E, 0x79622D32, 0x6B206574)
_WAYS = [(k, 4 + (k + s) % 4, 8 + (k + 2 * s) % 4, 12 + (k + 3 * s) % 4) for s in (0, 1)
         for k in range(4)]  # fmt: skip


class Chacha20Stream(Kernel):
    """cipher ← text XOR ChaCha of 2·`double_rounds` rounds, 64 bytes a block."""

    name = entry = "chacha20_stream"
    family = "chacha"
    sizes = (
        {"blocks": 200_000, "double_rounds": 10},
        {"blocks": 2_000_000, "double_rounds": 10},
        {"blocks": 1_000_000, "double_rounds": 4},
        {"blocks": 5_000_000, "double_rounds": 6},
    )
    blocks = LINES
    check_size: Size = {"blocks": 301, "double_rounds": 10}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        blocks = size["blocks"]
        text = (bits(xp, 16 * blocks, data) >> xp.uint64(32)).astype(xp.uint32)
        start = (bits(xp, 16, data, 1) >> xp.uint64(32)).astype(xp.uint32)
        start[:4] = xp.asarray(_WORDS, dtype=xp.uint32)
        cipher = xp.zeros((blocks, 16), dtype=xp.uint32)
        scalars = (np.uint32(blocks), np.uint32(size["double_rounds"]))
        return text.reshape(blocks, 16), start, cipher, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["blocks"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        text, start = (np.asarray(argument) for argument in arguments[:2])
        first = np.repeat(start[:, None], len(text), axis=1)
        first[12] += np.arange(len(text), dtype=np.uint32)
        x = first.copy()
        for _ in range(size["double_rounds"]):
            for a, b, c, d in _WAYS:
                for into, by, mixed, turn in (
                    (a, b, d, 16),
                    (c, d, b, 12),
                    (a, b, d, 8),
                    (c, d, b, 7),
                ):
                    x[into] += x[by]
                    x[mixed] ^= x[into]
                    x[mixed] = x[mixed] << np.uint32(turn) | x[mixed] >> np.uint32(32 - turn)
        return {2: text ^ (x + first).T}
