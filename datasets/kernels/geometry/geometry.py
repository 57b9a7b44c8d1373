"""Points and polygons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line


class PointInPolygon(Kernel):
    """How many of a polygon's `sides` sides a ray from each point to the right crosses."""

    name = entry = "point_in_polygon"
    family = "geometry"
    sizes = (
        {"points": 20_000, "sides": 100},
        {"points": 500_000, "sides": 400},
        {"points": 2_000_000, "sides": 30},
        {"points": 34_000, "sides": 5_000},
    )
    blocks = LINES
    check_size: Size = {"points": 301, "sides": 45}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        points = uniform(xp, (size["points"], 2), xp.float64, data)
        turn = xp.arange(size["sides"], dtype=xp.float64) * (2 * np.pi / size["sides"])
        far = 0.75 + 0.2 * uniform(xp, (size["sides"],), xp.float64, data, 1)
        corners = xp.stack([far * xp.cos(turn), far * xp.sin(turn)], axis=1)
        crossings = xp.zeros(size["points"], dtype=xp.int32)
        return points, corners, crossings, np.uint32(size["points"]), np.uint32(size["sides"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["points"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 16 * (block.volume + 1)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        points, a = (np.asarray(argument) for argument in arguments[:2])
        b = np.roll(a, -1, axis=0)
        x, y = points[:, :1], points[:, 1:]
        with np.errstate(divide="ignore"):
            at = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
        return {2: (((a[:, 1] > y) != (b[:, 1] > y)) & (x < at)).sum(axis=1)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        points, a = (np.asarray(argument) for argument in arguments[:2])
        above = a[:, 1] > points[:1024, 1:]
        return (Pin("level", "branch", float((above != np.roll(above, -1, axis=1)).mean())),)
