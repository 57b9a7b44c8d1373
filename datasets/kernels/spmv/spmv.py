"""Sparse matrices times vectors: a thread a row, a warp a row, and padded rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.ragged import (
    gathered,
    lane_trips,
    row_gather_sectors,
    row_starts,
    row_steps,
    row_walk_sectors,
)
from ptxenergy.measure.kernels.shapes import LINES, line, pieces
from ptxenergy.measure.kernels.trips import trip_pin


def _matrix(xp: Any, size: Size, data: Data, dtype: Any) -> tuple[Array, Array, Array, Array]:
    """Starts, columns, values and the vector of a random sparse matrix."""
    rows, mean = size["rows"], size["mean"]
    starts = row_starts(xp, rows, mean, data)
    columns = integers(xp, (rows * mean,), (0, size["columns"]), xp.int32, data, 1)
    values = uniform(xp, (rows * mean,), dtype, data, 2)
    return starts, columns, values, uniform(xp, (size["columns"],), dtype, data, 3)


def _product(arguments: tuple[Argument, ...]) -> Array:
    starts, columns, values, x = (np.asarray(argument) for argument in arguments[:4])
    terms = values.astype(np.float64) * x[columns]
    before = np.concatenate([[0.0], terms.cumsum()])
    return np.asarray(before[starts[1:]] - before[starts[:-1]])


class SpmvCsrScalar(Kernel):
    """y ← A x, one thread a row of 0 to 2·`mean` elements."""

    name = entry = "spmv_csr_scalar"
    family = "spmv"
    sizes = (
        {"rows": 100_000, "mean": 8, "columns": 50_000},
        {"rows": 500_000, "mean": 12, "columns": 500_000},
        {"rows": 2_000_000, "mean": 3, "columns": 10_000},
        {"rows": 100_000, "mean": 60, "columns": 1_000_000},
    )
    blocks = LINES
    check_size: Size = {"rows": 602, "mean": 3, "columns": 300}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        y = xp.zeros(size["rows"], dtype=xp.float32)
        return *_matrix(xp, size, data, xp.float32), y, np.uint32(size["rows"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {4: _product(arguments)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        starts, columns = np.asarray(arguments[0]), np.asarray(arguments[1])
        walked, filled = row_walk_sectors(starts, 4), float((np.diff(starts) > 0).mean())
        return (
            Pin("any", "branch", filled),
            trip_pin("row", np.diff(starts)),
            Pin("column", "access", walked),
            Pin("value", "access", walked),
            Pin("vector", "access", row_gather_sectors(starts, columns, 4)),
        )


class SpmvCsrVector(Kernel):
    """y ← scale·A x in doubles, one warp a row of 0 to 2·`mean` elements."""

    name = entry = "spmv_csr_vector"
    family = "spmv"
    sizes = (
        {"rows": 4_000, "mean": 64, "columns": 4_000},
        {"rows": 100_000, "mean": 100, "columns": 100_000},
        {"rows": 500_000, "mean": 16, "columns": 2_000_000},
        {"rows": 20_000, "mean": 1_000, "columns": 50_000},
    )
    blocks = LINES
    check_size: Size = {"rows": 46, "mean": 21, "columns": 300}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        y = xp.zeros(size["rows"], dtype=xp.float64)
        scalars = (np.uint32(size["rows"]), np.float64(0.75))
        return *_matrix(xp, size, data, xp.float64), y, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["rows"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {4: 0.75 * _product(arguments)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        starts, columns = (np.asarray(argument) for argument in arguments[:2])
        places = row_steps(starts, 32)
        busy = lane_trips(starts, 32)
        return (
            Pin("any", "branch", float((busy > 0).mean())),
            Pin("row", "trip", float(busy[busy > 0].mean())),
            Pin("column", "access", sectors_per_request(places, 4)),
            Pin("value", "access", sectors_per_request(places, 8)),
            Pin("vector", "access", sectors_per_request(gathered(places, columns), 8)),
        )


class SpmvEll(Kernel):
    """y ← A x, `width` places a row, column-major; one place in eight is empty."""

    name = entry = "spmv_ell"
    family = "spmv"
    sizes = (
        {"rows": 100_000, "width": 12, "columns": 20_000},
        {"rows": 1_000_000, "width": 7, "columns": 1_000_000},
        {"rows": 200_000, "width": 40, "columns": 4_000},
        {"rows": 60_000, "width": 200, "columns": 3_000_000},
    )
    blocks = LINES
    check_size: Size = {"rows": 525, "width": 5, "columns": 300}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        pitch = -(-size["rows"] // 32) * 32
        shape = size["width"], pitch
        columns = integers(xp, shape, (0, size["columns"]), xp.int32, data)
        is_empty = integers(xp, shape, (0, 8), xp.int32, data, 1) == 7
        columns = xp.where(is_empty, xp.int32(-1), columns)
        values = uniform(xp, shape, xp.float32, data, 2)
        x = uniform(xp, (size["columns"],), xp.float32, data, 3)
        y = xp.zeros(size["rows"], dtype=xp.float32)
        return columns, values, x, y, *(np.uint32(v) for v in (size["rows"], pitch, size["width"]))

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        columns, values, x = (np.asarray(argument) for argument in arguments[:3])
        terms = np.where(columns >= 0, values.astype(np.float64) * x[columns], 0)
        return {3: terms.sum(axis=0)[: size["rows"]]}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        columns = np.asarray(arguments[0])
        return (
            Pin("filled", "branch", float((columns >= 0).mean())),
            Pin("vector", "access", sectors_per_request(columns.reshape(-1, 32), 4)),
        )
