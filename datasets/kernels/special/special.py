"""Special functions: Bessel functions by recurrence, gamma and beta functions by a series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line


class BesselFirst(Kernel):
    """J₀ … of arguments in [1, 5], `orders` of them."""

    name = entry = "bessel_first"
    family = "special"
    sizes = (
        {"n": 200_000, "orders": 4},
        {"n": 3_000_000, "orders": 1},
        {"n": 2_000_000, "orders": 20},
        {"n": 20_000_000, "orders": 3},
    )
    blocks = LINES
    check_size: Size = {"n": 301, "orders": 20}
    tolerance = 1e-9

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, orders = size["n"], size["orders"]
        x = 3 + 2 * uniform(xp, (n,), xp.float64, data)
        out = xp.zeros((orders, n), dtype=xp.float64)
        return x, out, np.uint32(n), np.uint32(orders)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["n"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        # Bessel's integral, by the rule of midpoints, which is exact here but for rounding.
        x, points = np.asarray(arguments[0]), 64
        angle = (np.arange(points) + 0.5) * (np.pi / points)
        order = np.arange(size["orders"])[:, None, None]
        return {1: np.cos(order * angle - x[:, None] * np.sin(angle)).mean(axis=-1)}


class GammaLogarithm(Kernel):
    """log B(x, y) for x and y in [1, 5], by three Lanczos sums of `terms` quotients."""

    name = entry = "gamma_logarithm"
    family = "special"
    sizes = (
        {"n": 500_000, "terms": 4},
        {"n": 5_000_000, "terms": 8},
        {"n": 50_000_000, "terms": 4},
        {"n": 2_000_000, "terms": 30},
    )
    blocks = LINES
    check_size: Size = {"n": 1001, "terms": 6}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, terms = size["n"], size["terms"]
        x, y = (3 + 2 * uniform(xp, (n,), xp.float32, data, stream) for stream in (0, 1))
        lanczos = xp.asarray(_lanczos(terms))
        return x, y, lanczos, xp.zeros_like(x), np.uint32(n), np.uint32(terms)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["n"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        x, y, lanczos = (np.asarray(argument, np.float64) for argument in arguments[:3])

        def log_gamma(value: Array) -> Array:
            series = 1 + (lanczos / (value[:, None] + np.arange(size["terms"]))).sum(axis=1)
            t = value + 4.5
            return np.asarray(0.9189385 + (value - 0.5) * np.log(t) - t + np.log(series))

        return {3: log_gamma(x) + log_gamma(y) - log_gamma(x + y)}


def _lanczos(terms: int) -> Array:
    """Six known coefficients; further terms are small and alter nothing that is measured."""
    known = (76.18009, -86.50532, 24.014098, -1.2317396, 0.0012086510, -0.0000053952)
    return np.array([*known, *(1e-7 / (1 + i) for i in range(terms))][:terms], np.float32)
