"""Straight lines of an image by votes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import wavefronts_per_request
from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, pieces

_DISTANCES = 1024


class HoughLines(Kernel):
    """votes[strip][angle][distance] of the edge pixels, one in `edge_one_in`."""

    name = entry = "hough_lines"
    family = "hough"
    sizes = (
        {"width": 512, "height": 512, "strip": 64, "angles": 90, "edge_one_in": 16},
        {"width": 1_920, "height": 1_080, "strip": 135, "angles": 180, "edge_one_in": 8},
        {"width": 800, "height": 600, "strip": 600, "angles": 720, "edge_one_in": 3},
        {"width": 3_000, "height": 3_000, "strip": 500, "angles": 45, "edge_one_in": 100},
    )
    blocks = LINES
    check_size: Size = {"width": 41, "height": 30, "strip": 16, "angles": 3, "edge_one_in": 5}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        width, height, angles = size["width"], size["height"], size["angles"]
        chosen = integers(xp, (height, width), (0, size["edge_one_in"]), xp.int32, data)
        edges = (chosen == size["edge_one_in"] // 2).astype(xp.uint8)
        turn = (xp.arange(angles, dtype=xp.float64) + 0.37) * (np.pi / angles)
        directions = xp.stack([xp.cos(turn), xp.sin(turn)], axis=1).astype(xp.float32)
        strips = pieces(height, size["strip"])
        votes = xp.zeros((strips, angles, _DISTANCES), dtype=xp.uint32)
        scalars = (np.uint32(v) for v in (width, height, size["strip"], _DISTANCES))
        scale = np.float32(0.49 * _DISTANCES / np.hypot(width, height))
        return edges, directions, votes, *scalars, scale

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["angles"], pieces(size["height"], size["strip"]))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * _DISTANCES

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        edges, directions, votes = (np.array(argument) for argument in arguments[:3])
        y, x = np.nonzero(edges)
        along = directions.astype(np.float64) @ np.stack([x, y])
        place = np.floor(along * float(arguments[7]) + _DISTANCES / 2).astype(np.int64)
        angle = np.arange(size["angles"])[:, None]
        np.add.at(votes, (y[None, :] // size["strip"], angle, place), 1)
        return {2: votes}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        edges, directions = (np.asarray(argument) for argument in arguments[:2])
        pixel = np.arange(min(edges.size, 1 << 14))
        y, x = np.divmod(pixel, size["width"])
        along = directions[:16].astype(np.float64) @ np.stack([x, y])
        place = np.floor(along * float(arguments[7]) + _DISTANCES / 2).astype(np.int64)
        place = np.where(edges.reshape(-1)[pixel] > 0, place, -1)
        place = place[:, : len(pixel) // 32 * 32].reshape(-1, 32)
        return (
            Pin("edge", "branch", float(edges.mean())),
            Pin("bin", "access", wavefronts_per_request(place, 4)),
        )
