"""Edges of images: slopes and threshold, and thinning along the slope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import PLANES, pieces, plane

_TANGENT = np.float32(0.41421356)


class SobelEdges(Kernel):
    """Strength of edges of an image of bytes; the width is a multiple of four."""

    name = entry = "sobel_edges"
    family = "stencil"
    sizes = (
        {"width": 3_840, "height": 2_160},
        {"width": 8_192, "height": 8_192},
        {"width": 400, "height": 60_000},
        {"width": 16_000, "height": 12_000},
    )
    blocks = PLANES
    check_size: Size = {"width": 132, "height": 21}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        image = integers(xp, shape, (0, 256), xp.uint8, data)
        scalars = (np.int32(size["width"]), np.int32(size["height"]), np.int32(40))
        return image, xp.zeros(shape, dtype=xp.uint8), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(pieces(size["width"], 4), size["height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        p = np.pad(np.asarray(arguments[0], np.int64), 1, mode="edge")
        columns = p[:-2] + 2 * p[1:-1] + p[2:]
        rows = p[:, :-2] + 2 * p[:, 1:-1] + p[:, 2:]
        strength = np.abs(columns[:, 2:] - columns[:, :-2]) + np.abs(rows[2:] - rows[:-2])
        strength >>= 3
        return {1: np.where(strength > 40, strength, 0)}


class EdgeThinning(Kernel):
    """0, 1 (weak) or 2 (strong) where an edge is strongest across itself; slopes are given."""

    name = entry = "edge_thinning"
    family = "stencil"
    sizes = (
        {"width": 1_920, "height": 1_080, "weak_percent": 40},
        {"width": 4_096, "height": 4_096, "weak_percent": 90},
        {"width": 300, "height": 60_000, "weak_percent": 20},
        {"width": 8_000, "height": 7_000, "weak_percent": 130},
    )
    blocks = PLANES
    check_size: Size = {"width": 45, "height": 37, "weak_percent": 60}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        across, down = (uniform(xp, shape, xp.float32, data, stream) for stream in (0, 1))
        weak = size["weak_percent"] / 100
        scalars = (np.uint32(size["width"]), np.uint32(size["height"]))
        levels = (np.float32(weak), np.float32(weak + 0.3))
        return across, down, xp.zeros(shape, dtype=xp.uint8), *scalars, *levels

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"] - 2, size["height"] - 2, block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        across, down = (np.asarray(argument) for argument in arguments[:2])
        steep = (across**2 + down**2).reshape(-1)
        at = np.arange(steep.size).reshape(across.shape)[1:-1, 1:-1]
        step = self._step(across, down)[1:-1, 1:-1]
        is_top = (steep[at] > steep[at + step]) & (steep[at] >= steep[at - step])
        kind = np.zeros(across.shape, np.uint8)
        level = np.where(steep[at] >= arguments[6], 2, 1)
        kind[1:-1, 1:-1] = np.where((steep[at] >= arguments[5]) & is_top, level, 0)
        return {2: kind}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        across, down = (np.asarray(argument)[:66] for argument in arguments[:2])
        candidate = (across**2 + down**2 >= arguments[5])[1:-1, 1:-1]
        at = np.arange(across.size).reshape(across.shape)[1:-1, 1:-1]
        step = self._step(across, down)[1:-1, 1:-1]
        ahead, behind = (np.where(candidate, at + sign * step, -1) for sign in (1, -1))
        short = -at.shape[1] % 32
        warps = [np.pad(p, ((0, 0), (0, short)), constant_values=-1) for p in (ahead, behind)]
        return (
            Pin("candidate", "branch", float(candidate.mean())),
            Pin("ahead", "access", sectors_per_request(warps[0].reshape(-1, 32), 4)),
            Pin("behind", "access", sectors_per_request(warps[1].reshape(-1, 32), 4)),
        )

    @staticmethod
    def _step(across: Array, down: Array) -> Array:
        width, ax, ay = across.shape[1], np.abs(across), np.abs(down)
        slanted = np.where(across * down >= 0, width + 1, width - 1)
        return np.where(ay < _TANGENT * ax, 1, np.where(ax < _TANGENT * ay, width, slanted))
