"""Many values into few: sums, extrema and prefix sums, by shuffles and by shared memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, POWERS, pieces, plane


def _chunked(values: Array, chunk: int) -> Array:
    """The values in rows of one chunk, the last one filled up with zeros."""
    return np.pad(values, (0, -len(values) % chunk)).reshape(-1, chunk)


class ReductionDot(Kernel):
    """partial ← a·b of each chunk of `chunk` elements."""

    name = entry = "reduction_dot"
    family = "reduction"
    sizes = (
        {"n": 1_000_003, "chunk": 4_096},
        {"n": 20_000_000, "chunk": 16_384},
        {"n": 20_000_000, "chunk": 151_552},
        {"n": 200_000_000, "chunk": 65_536},
    )
    blocks = LINES
    check_size: Size = {"n": 5003, "chunk": 2000}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, chunk = size["n"], size["chunk"]
        a, b = (uniform(xp, (n,), xp.float32, data, stream) for stream in (0, 1))
        partial = xp.zeros(pieces(n, chunk), dtype=xp.float32)
        return a, b, partial, np.uint32(n), np.uint32(chunk)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["n"], size["chunk"]))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a, b = (np.asarray(argument, np.float64) for argument in arguments[:2])
        return {2: _chunked(a * b, size["chunk"]).sum(axis=1)}


class ReductionTree(Kernel):
    """sums ← the sum of each of `segments` segments, in doubles."""

    name = entry = "reduction_tree"
    family = "reduction"
    sizes = (
        {"segments": 1_000, "length": 1_024},
        {"segments": 132, "length": 100_000},
        {"segments": 20_000, "length": 2_000},
        {"segments": 50_000, "length": 300},
    )
    blocks = POWERS
    check_size: Size = {"segments": 3, "length": 1500}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        segments, length = size["segments"], size["length"]
        values = uniform(xp, (segments, length), xp.float64, data)
        return values, xp.zeros(segments, dtype=xp.float64), np.uint32(length)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["segments"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 8 * block.volume

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: np.asarray(arguments[0]).sum(axis=1)}


class ReductionRowExtrema(Kernel):
    """Least, greatest and mean square of each row, one warp a row."""

    name = entry = "reduction_row_extrema"
    family = "reduction"
    sizes = (
        {"rows": 3_000, "columns": 500},
        {"rows": 500_000, "columns": 40},
        {"rows": 40_000, "columns": 1_000},
        {"rows": 8_000, "columns": 16_000},
    )
    blocks = LINES
    check_size: Size = {"rows": 21, "columns": 77}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns = size["rows"], size["columns"]
        matrix = uniform(xp, (rows, columns), xp.float32, data)
        results = (xp.zeros(rows, dtype=xp.float32) for _ in range(3))
        return matrix, *results, np.uint32(rows), np.uint32(columns)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["rows"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        matrix = np.asarray(arguments[0])
        squares = (matrix.astype(np.float64) ** 2).mean(axis=1)
        return {1: matrix.min(axis=1), 2: matrix.max(axis=1), 3: squares}


class ReductionArgmax(Kernel):
    """The place and the value of each segment's greatest integer; few values, so many are equal."""

    name = entry = "reduction_argmax"
    family = "reduction"
    sizes = (
        {"segments": 2_000, "length": 1_000},
        {"segments": 264, "length": 100_000},
        {"segments": 30_000, "length": 3_000},
        {"segments": 1_000, "length": 150_000},
    )
    blocks = LINES
    check_size: Size = {"segments": 4, "length": 1301}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        segments, length = size["segments"], size["length"]
        values = integers(xp, (segments, length), (-400, 400), xp.int32, data)
        place = xp.zeros(segments, dtype=xp.uint32)
        return values, place, xp.zeros(segments, dtype=xp.int32), np.uint32(length)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["segments"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values = np.asarray(arguments[0])
        return {1: values.argmax(axis=1), 2: values.max(axis=1)}


class ReductionScanChunks(Kernel):
    """Inclusive prefix sums of each chunk of `chunk` integers."""

    name = entry = "reduction_scan_chunks"
    family = "reduction"
    sizes = (
        {"n": 1_000_000, "chunk": 2_048},
        {"n": 10_000_000, "chunk": 8_192},
        {"n": 40_000_000, "chunk": 2_500},
        {"n": 100_000_000, "chunk": 65_536},
    )
    blocks = LINES
    check_size: Size = {"n": 4001, "chunk": 1500}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n = size["n"]
        values = integers(xp, (n,), (-1000, 1000), xp.int32, data)
        return values, xp.zeros(n, dtype=xp.int32), np.uint32(n), np.uint32(size["chunk"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["n"], size["chunk"]))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        sums = _chunked(np.asarray(arguments[0]), size["chunk"]).cumsum(axis=1)
        return {1: sums.reshape(-1)[: size["n"]]}


class ReductionColumns(Kernel):
    """The sum of each column over each slab of `slab` rows."""

    name = entry = "reduction_columns"
    family = "reduction"
    sizes = (
        {"rows": 1_000, "columns": 2_000, "slab": 64},
        {"rows": 100_000, "columns": 100, "slab": 512},
        {"rows": 8_000, "columns": 8_000, "slab": 250},
        {"rows": 30_000, "columns": 4_096, "slab": 2_048},
    )
    blocks = PLANES
    check_size: Size = {"rows": 75, "columns": 45, "slab": 30}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns, slab = size["rows"], size["columns"], size["slab"]
        matrix = uniform(xp, (rows, columns), xp.float32, data)
        sums = xp.zeros((pieces(rows, slab), columns), dtype=xp.float32)
        return matrix, sums, np.uint32(rows), np.uint32(columns), np.uint32(slab)

    def grid(self, size: Size, block: Extent) -> Extent:
        over_columns = plane(size["columns"], 1, block)
        return Extent(over_columns.x, pieces(size["rows"], size["slab"]))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * block.volume

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        matrix = np.asarray(arguments[0], np.float64)
        padded = np.pad(matrix, ((0, -len(matrix) % size["slab"]), (0, 0)))
        return {1: padded.reshape(-1, size["slab"], size["columns"]).sum(axis=1)}
