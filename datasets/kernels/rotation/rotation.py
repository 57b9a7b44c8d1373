"""Vertices turned by quaternions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane


class RotateBodies(Kernel):
    """`count` vertices of each of `bodies` bodies, turned, scaled and moved."""

    name = entry = "rotate_bodies"
    family = "rotation"
    sizes = (
        {"count": 2_000, "bodies": 600},
        {"count": 200, "bodies": 60_000},
        {"count": 500_000, "bodies": 40},
        {"count": 33, "bodies": 50_000},
    )
    blocks = PLANES
    check_size: Size = {"count": 75, "bodies": 21}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        count, bodies = size["count"], size["bodies"]
        vertices = uniform(xp, (3, bodies, count), xp.float32, data)
        turns, moves = (uniform(xp, (bodies, 4), xp.float32, data, stream) for stream in (1, 2))
        turns = turns + xp.asarray([0, 0, 0, 1.5], dtype=xp.float32)
        out = xp.zeros((3, bodies, count), dtype=xp.float32)
        return vertices, turns, moves, out, np.uint32(count), np.uint32(bodies)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["count"], size["bodies"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        vertices, turns, moves = (np.asarray(a, np.float64) for a in arguments[:3])
        unit = turns / np.linalg.norm(turns, axis=1, keepdims=True)
        axis, real = unit[:, None, :3], unit[:, None, 3:]
        points = np.moveaxis(vertices, 0, -1)
        once = np.cross(axis, points) + real * points
        turned = points + 2 * np.cross(axis, once)
        return {3: np.moveaxis(moves[:, None, 3:] * turned + moves[:, None, :3], -1, 0)}
