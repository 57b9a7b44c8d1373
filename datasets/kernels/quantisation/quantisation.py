"""Values of few bits: spread from 4 bits, rounded to 8, multiplied four at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, pieces, plane


class Int4Dequantise(Kernel):
    """out ← (4-bit value − zero) · scale in 16-bit floats; `group` words share zero and scale."""

    name = entry = "int4_dequantise"
    family = "quantisation"
    sizes = (
        {"rows": 1_000, "words": 512, "group": 16},
        {"rows": 8_192, "words": 1_024, "group": 16},
        {"rows": 50_000, "words": 300, "group": 4},
        {"rows": 14_336, "words": 3_584, "group": 8},
    )
    blocks = PLANES
    check_size: Size = {"rows": 21, "words": 45, "group": 4}
    tolerance = 1e-3

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, words = size["rows"], size["words"]
        packed = integers(xp, (rows, words), (0, 2**32), xp.uint32, data)
        shape = rows, pieces(words, size["group"])
        scales = (xp.abs(uniform(xp, shape, xp.float32, data, 1)) + xp.float32(0.01)).astype(
            xp.float16
        )
        zeros = integers(xp, shape, (0, 16), xp.uint32, data, 2)
        groups = scales.view(xp.uint16).astype(xp.uint32) | (zeros << xp.uint32(16))
        out = xp.zeros((rows, 8 * words), dtype=xp.float16)
        scalars = (np.uint32(value) for value in (rows, words, size["group"]))
        return packed, groups, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["words"], size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        packed, groups = (np.asarray(argument) for argument in arguments[:2])
        nibbles = (packed[..., None] >> np.arange(0, 32, 4, dtype=np.uint32)) & 15
        scales = (groups & 0xFFFF).astype(np.uint16).view(np.float16).astype(np.float32)
        spread = (
            part.repeat(size["group"], axis=1)[:, : size["words"], None]
            for part in (scales, groups >> 16)
        )
        scale, zero = spread
        return {2: (nibbles.astype(np.float32) - zero) * scale}


class Int8QuantiseRows(Kernel):
    """out ← rows over their greatest absolute value, in 127 steps each way; and the step."""

    name = entry = "int8_quantise_rows"
    family = "quantisation"
    sizes = (
        {"rows": 2_000, "quads": 256},
        {"rows": 16_384, "quads": 1_024},
        {"rows": 200_000, "quads": 24},
        {"rows": 3_000, "quads": 10_000},
    )
    blocks = LINES
    check_size: Size = {"rows": 19, "quads": 203}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, quads = size["rows"], size["quads"]
        # Eighths of a step away from where rounding turns, so that every machine rounds alike.
        steps = integers(xp, (rows, 4 * quads), (-126, 127), xp.float32, data)
        values = steps + xp.float32(0.25) * uniform(xp, steps.shape, xp.float32, data, 1)
        values[:, 0] = 127
        out = xp.zeros((rows, 4 * quads), dtype=xp.int8)
        scales = xp.zeros(rows, dtype=xp.float32)
        return values, out, scales, np.uint32(rows), np.uint32(quads)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["rows"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values = np.asarray(arguments[0], np.float64)
        top = np.abs(values).max(axis=1)
        return {1: np.rint(values * (127 / top[:, None])).astype(np.int8), 2: top / 127}


class Int8Gemv(Kernel):
    """out ← 8-bit vectors times an 8-bit matrix, `blocks16` times 16 columns."""

    name = entry = "int8_gemv"
    family = "gemm"
    sizes = (
        {"rows": 2_000, "blocks16": 64, "vectors": 1},
        {"rows": 16_384, "blocks16": 256, "vectors": 4},
        {"rows": 50_000, "blocks16": 512, "vectors": 1},
        {"rows": 14_336, "blocks16": 700, "vectors": 3},
    )
    blocks = LINES
    check_size: Size = {"rows": 21, "blocks16": 45, "vectors": 4}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, vectors, columns = size["rows"], size["vectors"], 16 * size["blocks16"]
        matrix = integers(xp, (rows, columns), (-128, 128), xp.int8, data)
        kept = integers(xp, (vectors, columns), (-128, 128), xp.int8, data, 1)
        row_scales = uniform(xp, (rows,), xp.float32, data, 2)
        vector_scales = uniform(xp, (vectors,), xp.float32, data, 3)
        out = xp.zeros((vectors, rows), dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("rows", "blocks16", "vectors"))
        return matrix, kept, row_scales, vector_scales, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["rows"], block.volume // 32))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 16 * size["blocks16"] * size["vectors"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        matrix, kept, row_scales, vector_scales = (np.asarray(a) for a in arguments[:4])
        sums = kept.astype(np.int64) @ matrix.T.astype(np.int64)
        return {4: sums * row_scales.astype(np.float64) * vector_scales[:, None]}
