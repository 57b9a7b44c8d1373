"""Diffusion with sources and with coefficients that follow the image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane


def _slopes(values: Array) -> tuple[Array, Array, Array, Array]:
    """Differences to the neighbours north, south, west, east; edges repeat."""
    p = np.pad(values, 1, mode="edge")
    around = p[:-2, 1:-1], p[2:, 1:-1], p[1:-1, :-2], p[1:-1, 2:]
    north, south, west, east = (neighbour - values for neighbour in around)
    return north, south, west, east


class HotspotStep(Kernel):
    """A step of heat on a chip, by a tile and its rim in shared memory."""

    name = entry = "hotspot_step"
    family = "stencil"
    sizes = (
        {"width": 2_048, "height": 1_024},
        {"width": 4_096, "height": 4_096},
        {"width": 200, "height": 60_000},
        {"width": 9_000, "height": 7_001},
    )
    blocks = PLANES
    check_size: Size = {"width": 43, "height": 35}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        heat, power = (uniform(xp, shape, xp.float32, data, stream) for stream in (0, 1))
        out = xp.zeros(shape, dtype=xp.float32)
        extents = (np.int32(size["width"]), np.int32(size["height"]))
        return heat, power, out, *extents, *(np.float32(v) for v in (2.0, 3.0, 0.5, 0.8))

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * (block.x + 2) * (block.y + 2)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        heat, power = (np.asarray(argument, np.float64) for argument in arguments[:2])
        north, south, west, east = _slopes(heat)
        change = power + 3.0 * (north + south) + 2.0 * (west + east) + 0.5 * (0.8 - heat)
        return {2: heat + 0.05 * change}


class SradCoefficient(Kernel):
    """Slopes and diffusion coefficient of each pixel of a speckled image."""

    name = entry = "srad_coefficient"
    family = "stencil"
    sizes = (
        {"width": 1_000, "height": 916},
        {"width": 2_048, "height": 3_000},
        {"width": 100, "height": 50_000},
        {"width": 8_000, "height": 4_000},
    )
    blocks = PLANES
    check_size: Size = {"width": 45, "height": 21}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        image = xp.float32(1.5) + uniform(xp, shape, xp.float32, data)
        slopes = xp.zeros((*shape, 4), dtype=xp.float32)
        coefficient = xp.zeros(shape, dtype=xp.float32)
        scalars = (np.uint32(size["width"]), np.uint32(size["height"]), np.float32(0.3))
        return image, slopes, coefficient, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        image = np.asarray(arguments[0], np.float64)
        slopes = np.stack(_slopes(image), axis=-1)
        steep = (slopes**2).sum(axis=-1) / image**2
        curved = slopes.sum(axis=-1) / image
        scale = float(arguments[5])
        variation = (0.5 * steep - 0.0625 * curved**2) / (1 + 0.25 * curved) ** 2
        coefficient = 1 / (1 + (variation - scale) / (scale * (1 + scale)))
        return {1: slopes, 2: np.clip(coefficient, 0, 1)}
