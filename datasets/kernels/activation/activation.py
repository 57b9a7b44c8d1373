"""Smooth steps between layers: one special function an element."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, line, pieces, plane


class GeluBias(Kernel):
    """out ← ½·v·(1 + erf(v / √2)) with v = in + bias of the column."""

    name = entry = "gelu_bias"
    family = "activation"
    sizes = (
        {"rows": 500, "columns": 3_072},
        {"rows": 8_192, "columns": 4_096},
        {"rows": 65_000, "columns": 300},
        {"rows": 2_048, "columns": 50_000},
    )
    blocks = PLANES
    check_size: Size = {"rows": 35, "columns": 41}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns = size["rows"], size["columns"]
        values = 3 * uniform(xp, (rows, columns), xp.float32, data)
        bias = uniform(xp, (columns,), xp.float32, data, 1)
        out = xp.zeros((rows, columns), dtype=xp.float32)
        return values, bias, out, np.uint32(rows), np.uint32(columns)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["columns"], size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values, bias = (np.asarray(argument, np.float64) for argument in arguments[:2])
        value = values + bias
        return {2: 0.5 * value * (1 + np.vectorize(math.erf)(value / math.sqrt(2)))}


class SwigluHalf(Kernel):
    """out ← x·sigmoid(x)·gate of 16-bit floats; `each` octets a thread."""

    name = entry = "swiglu_half"
    family = "activation"
    sizes = (
        {"rows": 500, "columns": 4_096, "each": 1},
        {"rows": 4_096, "columns": 11_008, "each": 4},
        {"rows": 16_384, "columns": 5_120, "each": 1},
        {"rows": 10_000, "columns": 8_200, "each": 16},
    )
    blocks = LINES
    check_size: Size = {"rows": 13, "columns": 168, "each": 2}
    tolerance = 2e-3

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns = size["rows"], size["columns"]
        values = xp.float16(4) * uniform(xp, (rows, 2, columns), xp.float16, data)
        out = xp.zeros((rows, columns), dtype=xp.float16)
        return values, out, np.uint32(rows), np.uint32(columns // 8)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(pieces(size["rows"] * size["columns"] // 8, size["each"]), block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values = np.asarray(arguments[0], np.float64)
        x, gate = values[:, 0], values[:, 1]
        return {1: x / (1 + np.exp(-x)) * gate}
