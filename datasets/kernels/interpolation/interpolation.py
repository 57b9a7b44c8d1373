"""Images sampled between their pixels: fixed-point bilinear resizing, bicubic affine warps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane

_EXTENTS = ("in_width", "in_height", "out_width", "out_height")


class ResizeBilinear(Kernel):
    """out ← planes of bytes at another width and height, in fixed point of 11 bits."""

    name = entry = "resize_bilinear"
    family = "interpolation"
    sizes = tuple(
        dict(zip(("planes", *_EXTENTS), values, strict=True))
        for values in (
            (3, 640, 480, 1_280, 960),
            (96, 256, 256, 224, 224),
            (3, 1_920, 1_080, 7_680, 4_320),
            (24, 4_000, 3_000, 500, 375),
        )
    )
    blocks = PLANES
    check_size: Size = dict(zip(("planes", *_EXTENTS), (2, 23, 17, 41, 29), strict=True))

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        planes, *extents = (size[name] for name in ("planes", *_EXTENTS))
        in_width, in_height, out_width, out_height = extents
        shape = planes, in_height, in_width
        pixels = integers(xp, shape, (0, 256), xp.uint8, data)
        out = xp.zeros((planes, out_height, out_width), dtype=xp.uint8)
        steps = (in_width << 11) // out_width, (in_height << 11) // out_height
        return pixels, out, *(np.int32(value) for value in (*extents, *steps))

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["out_width"], size["out_height"], block, size["planes"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        pixels = np.asarray(arguments[0], np.int64)
        width, height, out_width, out_height, step_x, step_y = (int(a) for a in arguments[2:])
        at_x, at_y = np.arange(out_width) * step_x, np.arange(out_height)[:, None] * step_y
        x, y = np.minimum(at_x >> 11, width - 1), np.minimum(at_y >> 11, height - 1)
        right, below = np.minimum(x + 1, width - 1), np.minimum(y + 1, height - 1)
        u, v = at_x & 2047, at_y & 2047
        upper = pixels[:, y, x] * (2048 - u) + pixels[:, y, right] * u
        lower = pixels[:, below, x] * (2048 - u) + pixels[:, below, right] * u
        mixed = ((upper + 16) >> 5) * (2048 - v) + ((lower + 16) >> 5) * v
        return {1: (mixed + (1 << 16)) >> 17}


class WarpBicubic(Kernel):
    """out ← an image under an affine map, turned by `turn` thousandths of a radian."""

    name = entry = "warp_bicubic"
    family = "interpolation"
    sizes = tuple(
        dict(zip((*_EXTENTS, "turn"), values, strict=True))
        for values in (
            (1_024, 768, 800, 600, 100),
            (2_048, 2_048, 4_096, 4_096, 50),
            (8_000, 6_000, 1_500, 1_200, 700),
            (500, 500, 6_000, 5_000, 300),
        )
    )
    blocks = PLANES
    check_size: Size = dict(zip((*_EXTENTS, "turn"), (31, 23, 43, 19, 300), strict=True))

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        in_width, in_height, out_width, out_height = (size[name] for name in _EXTENTS)
        image = uniform(xp, (in_height, in_width), xp.float32, data)
        out = xp.zeros((out_height, out_width), dtype=xp.float32)
        c, s = np.cos(size["turn"] / 1000), np.sin(size["turn"] / 1000)
        scale_x, scale_y = in_width / out_width, in_height / out_height
        extents = (np.int32(size[name]) for name in _EXTENTS)
        turned = c * scale_x, -s * scale_x, s * scale_y, c * scale_y
        return image, out, *extents, *(np.float32(value) for value in turned)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["out_width"], size["out_height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        image = np.asarray(arguments[0], np.float64)
        a, b, c, d = (float(value) for value in arguments[6:])
        x, y = np.arange(size["out_width"]), np.arange(size["out_height"])[:, None]
        at_x, at_y = a * x + b * y, c * x + d * y
        left, top = np.floor(at_x), np.floor(at_y)
        across, down = _cubic(at_x - left), _cubic(at_y - top)
        total = np.zeros(at_x.shape)
        for j in range(4):
            row = np.clip(top - 1 + j, 0, size["in_height"] - 1).astype(int)
            for i in range(4):
                column = np.clip(left - 1 + i, 0, size["in_width"] - 1).astype(int)
                total += down[j] * across[i] * image[row, column]
        return {1: total}


def _cubic(t: Array) -> tuple[Array, ...]:
    """The four weights of Catmull and Rom's spline at a place between its middle two points."""
    return (
        ((-0.5 * t + 1) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1,
        ((-1.5 * t + 2) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    )
