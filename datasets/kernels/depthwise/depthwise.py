"""Convolutions of each channel by itself: three rows deep, next to no reuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, pieces, plane


class DepthwisePlanes(Kernel):
    """out ← each plane convolved with a 3 × 3 window of its own, at every `stride`-th pixel."""

    name = entry = "depthwise_planes"
    family = "convolution"
    sizes = (
        {"channels": 32, "height": 112, "width": 112, "stride": 1},
        {"channels": 256, "height": 112, "width": 112, "stride": 2},
        {"channels": 64, "height": 500, "width": 501, "stride": 1},
        {"channels": 960, "height": 200, "width": 200, "stride": 3},
    )
    blocks = PLANES
    check_size: Size = {"channels": 2, "height": 21, "width": 43, "stride": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        channels, height, width = size["channels"], size["height"], size["width"]
        maps = uniform(xp, (channels, height, width), xp.float32, data)
        windows = uniform(xp, (channels, 3, 3), xp.float32, data, 1)
        extents = pieces(height, size["stride"]), pieces(width, size["stride"])
        out = xp.zeros((channels, *extents), dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("height", "width", "stride"))
        return maps, windows, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        stride = size["stride"]
        width, height = pieces(size["width"], stride), pieces(size["height"], stride)
        return plane(width, height, block, size["channels"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        maps, windows = (np.asarray(argument, np.float64) for argument in arguments[:2])
        padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)))
        patches = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
        chosen = patches[:, :: size["stride"], :: size["stride"]]
        return {2: np.einsum("cyxvu,cvu->cyx", chosen, windows)}


class DepthwiseRolling(Kernel):
    """out ← silu of each channel filtered over four steps; `stretch` steps a thread."""

    name = entry = "depthwise_rolling"
    family = "convolution"
    sizes = (
        {"steps": 1_000, "channels": 768, "stretch": 8},
        {"steps": 4_096, "channels": 4_096, "stretch": 64},
        {"steps": 32_768, "channels": 1_536, "stretch": 256},
        {"steps": 20_000, "channels": 5_000, "stretch": 16},
    )
    blocks = PLANES
    check_size: Size = {"steps": 101, "channels": 45, "stretch": 7}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        steps, channels = size["steps"], size["channels"]
        values = uniform(xp, (steps, channels), xp.float32, data)
        taps = uniform(xp, (4, channels), xp.float32, data, 1)
        bias = uniform(xp, (channels,), xp.float32, data, 2)
        out = xp.zeros((steps, channels), dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("steps", "channels", "stretch"))
        return values, taps, bias, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["channels"], pieces(size["steps"], size["stretch"]), block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values, taps, bias = (np.asarray(argument, np.float64) for argument in arguments[:3])
        steps = size["steps"]
        padded = np.pad(values, ((3, 0), (0, 0)))
        total = bias + sum(taps[back] * padded[3 - back : 3 - back + steps] for back in range(4))
        return {3: total / (1 + np.exp(-total))}
