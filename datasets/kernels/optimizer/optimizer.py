"""A step of training from old to new state: many streams of memory, one root and one quotient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, line, pieces, plane


def _positive(xp: Any, shape: tuple[int, ...], data: Data, stream: int) -> Any:
    return xp.abs(uniform(xp, shape, xp.float32, data, stream)) + xp.float32(0.01)


class AdamStep(Kernel):
    """New weights and moments from old ones; `tensor` weights share a rate."""

    name = entry = "adam_step"
    family = "optimizer"
    sizes = (
        {"n": 500_000, "tensor": 10_000, "each": 1},
        {"n": 10_000_000, "tensor": 1_000, "each": 4},
        {"n": 40_000_000, "tensor": 4_194_304, "each": 1},
        {"n": 40_000_000, "tensor": 100_000, "each": 20},
    )
    blocks = LINES
    check_size: Size = {"n": 2501, "tensor": 300, "each": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, tensor = size["n"], size["tensor"]
        weights, gradients, first = (uniform(xp, (n,), xp.float32, data, s) for s in range(3))
        second = _positive(xp, (n,), data, 3)
        rates = 0.001 * _positive(xp, (pieces(n, tensor),), data, 4)
        results = (xp.zeros(n, dtype=xp.float32) for _ in range(3))
        scalars = (np.float32(value) for value in (1.25, 1.5, 0.01))
        return (
            *(weights, gradients, first, second, rates.astype(xp.float32), *results),
            *(np.uint32(n), np.uint32(tensor), *scalars),
        )

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(pieces(size["n"], size["each"]), block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        w, g, m, v, rates = (np.asarray(argument, np.float64) for argument in arguments[:5])
        first, second, decay = (float(value) for value in arguments[10:])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        rate = rates.repeat(size["tensor"])[: size["n"]]
        update = m * first / (np.sqrt(v * second) + 1e-8) + decay * w
        return {5: w - rate * update, 6: m, 7: v}


class FactoredStep(Kernel):
    """New weights and momentum of a matrix, by a factor a row and a factor a column."""

    name = entry = "factored_step"
    family = "optimizer"
    sizes = (
        {"rows": 500, "columns": 2_000},
        {"rows": 4_096, "columns": 4_096},
        {"rows": 50_000, "columns": 1_000},
        {"rows": 256, "columns": 300_000},
    )
    blocks = PLANES
    check_size: Size = {"rows": 35, "columns": 43}
    tolerance = 1e-3

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns = shape = size["rows"], size["columns"]
        weights, gradients = (uniform(xp, shape, xp.float32, data, s) for s in (0, 1))
        momentum = uniform(xp, shape, xp.float16, data, 2)
        of_row, of_column = (
            _positive(xp, (extent,), data, 3 + at) for at, extent in enumerate(shape)
        )
        results = xp.zeros(shape, dtype=xp.float32), xp.zeros(shape, dtype=xp.float16)
        scalars = np.uint32(rows), np.uint32(columns), np.float32(0.01), np.float32(2.0)
        return weights, momentum, gradients, of_row, of_column, *results, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["columns"], size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        w, m, g, of_row, of_column = (np.asarray(a, np.float64) for a in arguments[:5])
        rate, clip = (float(value) for value in arguments[9:])
        update = np.clip(g / np.sqrt(of_row[:, None] * of_column), -clip, clip)
        m = 0.9 * m + 0.1 * update
        return {5: w - rate * m, 6: m}
