"""Blurs of images: separable in one pass, and by running sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, pieces, plane


class BlurSeparable(Kernel):
    """Gaussian blur of four bytes a pixel, rounded to the nearest."""

    name = entry = "blur_separable"
    family = "stencil"
    sizes = (
        {"width": 1_280, "height": 720, "radius": 3},
        {"width": 3_840, "height": 2_160, "radius": 7},
        {"width": 500, "height": 20_000, "radius": 1},
        {"width": 8_000, "height": 4_000, "radius": 4},
    )
    blocks = tuple(block for block in PLANES if block.x <= 128)
    check_size: Size = {"width": 45, "height": 19, "radius": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape, radius = (size["height"], size["width"], 4), size["radius"]
        image = integers(xp, shape, (0, 256), xp.uint8, data)
        distance = xp.arange(radius + 1, dtype=xp.float64) / radius
        weights = xp.exp(-2 * distance * distance)
        weights = (weights / (2 * weights.sum() - 1)).astype(xp.float32)
        scalars = (np.int32(size[name]) for name in ("width", "height", "radius"))
        return image, xp.zeros(shape, dtype=xp.uint8), weights, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 16 * block.x * (block.y + 2 * size["radius"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        image, weights = np.asarray(arguments[0], np.float64), np.asarray(arguments[2])
        radius = size["radius"]
        for axis in (1, 0):
            rim = [(radius, radius) if a == axis else (0, 0) for a in range(3)]
            p = np.pad(image, rim, mode="edge")
            length = image.shape[axis]
            parts = (
                weights[abs(k - radius)] * np.take(p, range(k, k + length), axis)
                for k in range(2 * radius + 1)
            )
            image = np.asarray(sum(parts))
        return {1: np.floor(image + 0.5)}


class BlurRunningBox(Kernel):
    """Mean of 2·radius+1 pixels of a column, by running sums over strips of `strip` rows."""

    name = entry = "blur_running_box"
    family = "stencil"
    sizes = (
        {"width": 4_000, "height": 1_000, "radius": 3, "strip": 32},
        {"width": 8_192, "height": 8_192, "radius": 20, "strip": 256},
        {"width": 1_000, "height": 60_000, "radius": 2, "strip": 64},
        {"width": 20_000, "height": 3_000, "radius": 50, "strip": 500},
    )
    blocks = LINES
    check_size: Size = {"width": 301, "height": 45, "radius": 3, "strip": 10}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        image = uniform(xp, shape, xp.float32, data)
        scalars = (np.uint32(size[name]) for name in ("width", "height", "radius", "strip"))
        return image, xp.zeros(shape, dtype=xp.float32), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["width"], block.volume), pieces(size["height"], size["strip"]))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        radius, height = size["radius"], size["height"]
        p = np.pad(np.asarray(arguments[0], np.float64), ((radius, radius), (0, 0)), mode="edge")
        parts = (p[k : k + height] for k in range(2 * radius + 1))
        return {1: np.asarray(sum(parts)) / (2 * radius + 1)}
