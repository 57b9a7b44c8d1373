"""A blur that keeps edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane


class BilateralFilter(Kernel):
    """Weighted mean of (2·radius+1)² pixels; edges repeat."""

    name = entry = "bilateral_filter"
    family = "stencil"
    sizes = (
        {"width": 800, "height": 600, "radius": 2},
        {"width": 2_048, "height": 2_048, "radius": 4},
        {"width": 200, "height": 30_000, "radius": 3},
        {"width": 1_920, "height": 1_080, "radius": 9},
    )
    blocks = PLANES
    check_size: Size = {"width": 41, "height": 19, "radius": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        image = uniform(xp, shape, xp.float32, data)
        scalars = (np.int32(size[name]) for name in ("width", "height", "radius"))
        slopes = (np.float32(-1 / size["radius"] ** 2), np.float32(-1.5))
        return image, xp.zeros(shape, dtype=xp.float32), *scalars, *slopes

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        image, radius = np.asarray(arguments[0], np.float64), size["radius"]
        p = np.pad(image, radius, mode="edge")
        total, weights = np.zeros_like(image), np.zeros_like(image)
        for dy in range(-radius, radius + 1):
            for dx in range(-radius, radius + 1):
                value = np.roll(p, (-dy, -dx), (0, 1))[radius:-radius, radius:-radius]
                power = -(dx * dx + dy * dy) / radius**2 - 1.5 * (value - image) ** 2
                total += np.exp2(power) * value
                weights += np.exp2(power)
        return {1: total / weights}
