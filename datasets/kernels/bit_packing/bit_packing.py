"""Integers in as few bits as they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import bits, integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, pieces


class UnpackFrames(Kernel):
    """128 integers a frame, of 1 to `widest` bits each above the frame's least."""

    name = entry = "unpack_frames"
    family = "bit_packing"
    sizes = (
        {"frames": 20_000, "widest": 12},
        {"frames": 500_000, "widest": 20},
        {"frames": 1_000_000, "widest": 4},
        {"frames": 200_000, "widest": 30},
    )
    blocks = LINES
    check_size: Size = {"frames": 22, "widest": 20}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        frames, widest = size["frames"], size["widest"]
        # Frames come in pairs that together have as many bits, so that all have, whatever each.
        some = integers(xp, (frames // 2,), (1, widest + 1), xp.uint8, data)
        widths = xp.stack([some, xp.uint8(widest + 1) - some], axis=1).reshape(-1)
        # A frame of 128 numbers of w bits has 4·w words.
        ends = xp.cumsum(widths.astype(xp.uint32) * xp.uint32(4), dtype=xp.uint32)
        starts = xp.concatenate([xp.zeros(1, dtype=xp.uint32), ends[:-1]])
        words = (bits(xp, 2 * frames * (widest + 1) + 1, data, 1) >> xp.uint64(32)).astype(
            xp.uint32
        )
        least = integers(xp, (frames,), (-100_000, 100_000), xp.int32, data, 2)
        values = xp.zeros((frames, 128), dtype=xp.int32)
        return words, starts, widths, least, values, np.uint32(frames)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["frames"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        words, starts, widths, least = (np.asarray(argument) for argument in arguments[:4])
        values = []
        for start, width, base in zip(starts, widths.astype(np.int64), least, strict=True):
            packed = words[start : start + 4 * width].view(np.uint8)
            cut = np.unpackbits(packed, bitorder="little").reshape(128, width)
            values.append(base + (cut.astype(np.int64) << np.arange(width)).sum(axis=1))
        return {4: np.stack(values)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        starts, widths = (np.asarray(a)[:2048].astype(np.int64) for a in arguments[1:3])
        places = starts[:, None] + (4 * np.arange(32) * widths[:, None] >> 5)
        return (Pin("word", "access", sectors_per_request(places, 4)),)
