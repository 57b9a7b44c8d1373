"""Depth from two eyes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, at_most, pieces


class StereoMatch(Kernel):
    """The shift below `range` at which squares of 5 by 5 of two images differ least."""

    name = entry = "stereo_match"
    family = "stereo"
    sizes = (
        {"width": 640, "height": 480, "range": 16, "strip": 4},
        {"width": 1_920, "height": 1_080, "range": 32, "strip": 8},
        {"width": 4_000, "height": 3_000, "range": 8, "strip": 16},
        {"width": 1_000, "height": 300, "range": 128, "strip": 2},
    )
    blocks = at_most(LINES, 768)
    check_size: Size = {"width": 75, "height": 11, "range": 5, "strip": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        left, right = (integers(xp, shape, (0, 256), xp.uint8, data, s) for s in (0, 1))
        scalars = (np.int32(size[name]) for name in ("width", "height", "range", "strip"))
        return left, right, xp.zeros(shape, dtype=xp.uint8), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["width"], block.volume), pieces(size["height"], size["strip"]))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        left, right = (np.asarray(argument, np.int64) for argument in arguments[:2])
        x = np.arange(size["width"])
        costs = []
        for shift in range(size["range"]):
            apart = np.abs(left - right[:, np.maximum(x - shift, 0)])
            p = np.pad(apart, 2, mode="edge")
            windows = np.lib.stride_tricks.sliding_window_view(p, (5, 5))
            costs.append(windows.sum(axis=(2, 3)))
        return {2: np.stack(costs).argmin(axis=0)}
