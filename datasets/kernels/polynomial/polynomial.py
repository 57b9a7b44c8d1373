"""Values of long polynomials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line


class PolynomialHorner(Kernel):
    """Value and slope of a polynomial of `degree` at 2·`pairs` places, in doubles."""

    name = entry = "polynomial_horner"
    family = "polynomial"
    sizes = (
        {"pairs": 200_000, "degree": 20},
        {"pairs": 2_000_000, "degree": 50},
        {"pairs": 10_000_000, "degree": 7},
        {"pairs": 300_000, "degree": 1_000},
    )
    blocks = LINES
    check_size: Size = {"pairs": 301, "degree": 21}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["pairs"], 2
        places = uniform(xp, shape, xp.float64, data)
        coefficients = uniform(xp, (size["degree"] + 1,), xp.float64, data, 1)
        values, slopes = (xp.zeros(shape, dtype=xp.float64) for _ in range(2))
        scalars = (np.uint32(size["pairs"]), np.uint32(size["degree"]))
        return places, coefficients, values, slopes, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["pairs"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        polynomial = np.polynomial.Polynomial(np.asarray(arguments[1]))
        places = np.asarray(arguments[0])
        return {2: polynomial(places), 3: polynomial.deriv()(places)}


class ChebyshevSeries(Kernel):
    """A series of `rows` by `columns` Chebyshev products at `count` places."""

    name = entry = "chebyshev_series"
    family = "polynomial"
    sizes = (
        {"count": 400_000, "rows": 8, "columns": 8},
        {"count": 5_000_000, "rows": 6, "columns": 10},
        {"count": 500_000, "rows": 30, "columns": 40},
        {"count": 20_000_000, "rows": 4, "columns": 4},
    )
    blocks = LINES
    check_size: Size = {"count": 301, "rows": 5, "columns": 7}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        count, shape = size["count"], (size["rows"], size["columns"])
        x, y = (uniform(xp, (count,), xp.float32, data, stream) for stream in (0, 1))
        coefficients = uniform(xp, shape, xp.float32, data, 2)
        scalars = (np.uint32(value) for value in (count, *shape))
        return x, y, coefficients, xp.zeros(count, dtype=xp.float32), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["count"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * size["rows"] * size["columns"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        x, y, coefficients = (np.asarray(argument, np.float64) for argument in arguments[:3])
        return {3: np.polynomial.chebyshev.chebval2d(y, x, coefficients)}
