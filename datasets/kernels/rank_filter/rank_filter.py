"""Filters by order: the middle, the largest and the least of each pixel's neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, pieces, plane


def _around(image: Array, radius: int) -> Array:
    """All pixels of each pixel's square, along a new first axis; edges repeat."""
    p = np.pad(image, radius, mode="edge")
    seen = np.lib.stride_tricks.sliding_window_view(p, (2 * radius + 1,) * 2)
    return seen.reshape(*image.shape, -1).transpose(2, 0, 1)


class Median3x3(Kernel):
    """The middle one of nine, of 16-bit pixels."""

    name = entry = "median_3x3"
    family = "stencil"
    sizes = (
        {"width": 3_841, "height": 2_160},
        {"width": 6_000, "height": 8_000},
        {"width": 150, "height": 60_000},
        {"width": 12_000, "height": 10_000},
    )
    blocks = PLANES
    check_size: Size = {"width": 75, "height": 21}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        image = integers(xp, shape, (0, 1 << 14), xp.uint16, data)
        scalars = (np.int32(size["width"]), np.int32(size["height"]))
        return image, xp.zeros(shape, dtype=xp.uint16), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(pieces(size["width"], 2), size["height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: np.median(_around(np.asarray(arguments[0]), 1), axis=0)}


class MorphologyGradient(Kernel):
    """Dilation minus erosion by a square of radius 1 to 3, of bytes in `words` words a row."""

    name = entry = "morphology_gradient"
    family = "stencil"
    sizes = (
        {"words": 960, "height": 2_160, "radius": 1},
        {"words": 2_000, "height": 6_000, "radius": 3},
        {"words": 60, "height": 60_000, "radius": 2},
        {"words": 4_000, "height": 16_000, "radius": 2},
    )
    blocks = PLANES
    check_size: Size = {"words": 35, "height": 19, "radius": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], 4 * size["words"]
        image = integers(xp, shape, (0, 256), xp.uint8, data)
        scalars = (np.int32(size[name]) for name in ("words", "height", "radius"))
        return image, xp.zeros(shape, dtype=xp.uint8), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["words"], size["height"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 8 * block.x * (block.y + 2 * size["radius"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        around = _around(np.asarray(arguments[0]), size["radius"])
        return {1: around.max(axis=0) - around.min(axis=0)}
