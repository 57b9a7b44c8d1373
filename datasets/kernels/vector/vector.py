"""Element by element over vectors: the memory system with next to no arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, line, pieces, plane


class VectorAdd(Kernel):
    """sum ← left + right; `each` elements a thread."""

    name = entry = "vector_add"
    family = "vector"
    sizes = (
        {"n": 2_000_003, "each": 1},
        {"n": 8_000_000, "each": 4},
        {"n": 50_000_000, "each": 1},
        {"n": 50_000_000, "each": 16},
        {"n": 200_000_000, "each": 8},
    )
    blocks = LINES
    check_size: Size = {"n": 3001, "each": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n = size["n"]
        left, right = (uniform(xp, (n,), xp.float32, data, stream) for stream in (0, 1))
        return left, right, xp.zeros(n, dtype=xp.float32), np.uint32(n)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(pieces(size["n"], size["each"]), block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        left, right = (np.asarray(argument) for argument in arguments[:2])
        return {2: left + right}


class VectorTriad(Kernel):
    """out ← a + s·b by quads; `chunk` quads a lane."""

    name = entry = "vector_triad"
    family = "vector"
    sizes = (
        {"quads": 1_000_001, "chunk": 1},
        {"quads": 4_000_000, "chunk": 8},
        {"quads": 20_000_000, "chunk": 2},
        {"quads": 40_000_000, "chunk": 16},
    )
    blocks = LINES
    check_size: Size = {"quads": 1501, "chunk": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        quads = size["quads"]
        a, b = (uniform(xp, (quads, 4), xp.float32, data, stream) for stream in (0, 1))
        out = xp.zeros((quads, 4), dtype=xp.float32)
        return a, b, out, np.float32(0.75), np.uint32(quads), np.uint32(size["chunk"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(32 * pieces(size["quads"], 32 * size["chunk"]), block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a, b, _, s = (np.asarray(argument) for argument in arguments[:4])
        return {2: a + s * b}


class VectorSaxpyPitched(Kernel):
    """out ← a·x + y in doubles over a pitched plane; what lies between rows stays."""

    name = entry = "vector_saxpy_pitched"
    family = "vector"
    sizes = (
        {"rows": 500, "columns": 1_001, "pitch": 1_024},
        {"rows": 4_000, "columns": 3_999, "pitch": 4_001},
        {"rows": 20_000, "columns": 255, "pitch": 256},
        {"rows": 60, "columns": 500_000, "pitch": 500_000},
        {"rows": 8_000, "columns": 8_000, "pitch": 8_002},
    )
    blocks = PLANES
    check_size: Size = {"rows": 37, "columns": 61, "pitch": 67}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns, pitch = size["rows"], size["columns"], size["pitch"]
        x, y = (uniform(xp, (rows, pitch), xp.float64, data, stream) for stream in (0, 1))
        out = xp.zeros((rows, pitch), dtype=xp.float64)
        return x, y, out, np.float64(1.25), np.uint32(rows), np.uint32(columns), np.uint32(pitch)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["columns"], size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        x, y, out, a = (np.asarray(argument) for argument in arguments[:4])
        result, columns = out.copy(), size["columns"]
        result[:, :columns] = (a * x + y)[:, :columns]
        return {2: result}


class VectorComplexProduct(Kernel):
    """out ← Σ a·conj(b) over `terms` pairs of complex vectors."""

    name = entry = "vector_complex_product"
    family = "vector"
    sizes = (
        {"n": 1_000_003, "terms": 1},
        {"n": 300_000, "terms": 12},
        {"n": 10_000_000, "terms": 4},
        {"n": 2_000_000, "terms": 32},
    )
    blocks = LINES
    check_size: Size = {"n": 901, "terms": 9}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, terms = size["n"], size["terms"]
        a, b = (uniform(xp, (terms, n, 2), xp.float32, data, stream) for stream in (0, 1))
        return a, b, xp.zeros((n, 2), dtype=xp.float32), np.uint32(n), np.uint32(terms)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["n"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a, b = (np.asarray(argument, np.float64) for argument in arguments[:2])
        product = (a[..., 0] + 1j * a[..., 1]) * (b[..., 0] - 1j * b[..., 1])
        total = product.sum(axis=0)
        return {2: np.stack([total.real, total.imag], axis=-1)}
