"""Windows of feature maps made one value: greatest with its place, mean of packed bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, pieces, plane


class PoolingMaxPlanes(Kernel):
    """The greatest value of each window and where it lies, the first such place."""

    name = entry = "pooling_max_planes"
    family = "stencil"
    sizes = (
        {"planes": 64, "height": 112, "width": 112, "window": 3, "stride": 2},
        {"planes": 128, "height": 200, "width": 224, "window": 2, "stride": 2},
        {"planes": 16, "height": 501, "width": 500, "window": 5, "stride": 1},
        {"planes": 256, "height": 300, "width": 300, "window": 9, "stride": 4},
    )
    blocks = PLANES
    check_size: Size = {"planes": 2, "height": 22, "width": 37, "window": 6, "stride": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        planes, height, width = size["planes"], size["height"], size["width"]
        maps = uniform(xp, (planes, height, width), xp.float32, data)
        shape = (planes, pieces(height, size["stride"]), pieces(width, size["stride"]))
        greatest, place = xp.zeros(shape, dtype=xp.float32), xp.zeros(shape, dtype=xp.int32)
        names = ("height", "width", "window", "stride")
        return maps, greatest, place, *(np.int32(size[name]) for name in names)

    def grid(self, size: Size, block: Extent) -> Extent:
        stride = size["stride"]
        width, height = pieces(size["width"], stride), pieces(size["height"], stride)
        return plane(width, height, block, size["planes"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        maps, window, width = np.asarray(arguments[0]), size["window"], size["width"]
        margin = ((0, 0), (0, window - 1), (0, window - 1))
        padded = np.pad(maps, margin, constant_values=-np.inf)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (window, window), axis=(1, 2))
        chosen = windows[:, :: size["stride"], :: size["stride"]]
        flat = chosen.reshape(*chosen.shape[:3], -1)
        within = flat.argmax(axis=-1)
        row = np.arange(flat.shape[1])[:, None] * size["stride"] + within // window
        column = np.arange(flat.shape[2]) * size["stride"] + within % window
        return {1: flat.max(axis=-1), 2: row * width + column}


class PoolingMeanChannels(Kernel):
    """The mean of each 8-bit channel over an image's pixels, four channels a word."""

    name = entry = "pooling_mean_channels"
    family = "stencil"
    sizes = (
        {"images": 64, "pixels": 196, "channels": 512},
        {"images": 16, "pixels": 50_176, "channels": 64},
        {"images": 256, "pixels": 3_136, "channels": 256},
        {"images": 300, "pixels": 49, "channels": 2_048},
    )
    blocks = PLANES
    check_size: Size = {"images": 2, "pixels": 531, "channels": 40}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        images, pixels, channels = size["images"], size["pixels"], size["channels"]
        values = integers(xp, (images, pixels, channels), (0, 256), xp.uint8, data)
        mean = xp.zeros((images, channels), dtype=xp.float32)
        return values, mean, np.uint32(pixels), np.uint32(channels // 4)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(plane(size["channels"] // 4, 1, block).x, size["images"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 16 * block.volume

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: np.asarray(arguments[0], np.float64).mean(axis=1)}
